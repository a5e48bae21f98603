// While somebody fills in a sheet, what depends on the entries follows: fields that come and go, what must be filled
// in, what can be chosen, what is computed. The server works it out; without scripts a button asks for it.
import { entryOf, merge } from './merge.js';

// Somebody who types pauses about so long between words; a click is answered at once.
const TYPING_MS = 350;
const CLICK_MS = 20;
const CLICKED = ['checkbox', 'radio', 'select-one', 'file'];

export function watchReactions() {
  for (const form of document.querySelectorAll('form[data-watched]')) {
    const watched = new Set(JSON.parse(form.dataset.watched));
    if (watched.size) {
      new Reaction(form, watched).listen();
    }
  }
}

class Reaction {
  constructor(form, watched) {
    this.form = form;
    this.watched = watched;
    this.turn = 0;
    this.timer = 0;
    this.running = null;
    this.composing = false;
    this.put = new Map();
  }

  listen() {
    this.form.addEventListener('input', (event) => {
      if (!event.isComposing && this.watches(event.target.name)) {
        this.ask(CLICKED.includes(event.target.type) ? CLICK_MS : TYPING_MS);
      }
    });
    // Letters on their way to becoming a Chinese character must not be disturbed.
    this.form.addEventListener('compositionstart', () => {
      this.composing = true;
    });
    this.form.addEventListener('compositionend', (event) => {
      this.composing = false;
      if (this.watches(event.target.name)) {
        this.ask(TYPING_MS);
      }
    });
    this.form.addEventListener('submit', () => this.stop());
    // A browser that goes back puts in again what had been typed.
    window.addEventListener('pageshow', () => {
      if (this.controls().some((each) => this.watches(each.name) && isChanged(each))) {
        this.ask(CLICK_MS);
      }
    });
  }

  /** Whether something depends on an input: `字段`, or `表.0.列`. */
  watches(name) {
    const [field, , ...column] = (name || '').split('.');
    return this.watched.has(field) || (column.length > 0 && this.watched.has(column.join('.')));
  }

  controls() {
    return [...this.form.querySelectorAll('input, select, textarea')];
  }

  ask(delay) {
    // From here on no earlier answer counts: it knows less than has been typed by now.
    this.turn += 1;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), delay);
  }

  stop() {
    this.turn += 1;
    clearTimeout(this.timer);
    if (this.running) {
      this.running.abort();
    }
  }

  async send() {
    const turn = this.turn;
    if (this.running) {
      this.running.abort();
    }
    this.running = new AbortController();
    const entries = new Map(this.controls().map((each) => [each, entryOf(each)]));
    let answer;
    try {
      answer = await this.fetch();
    } catch (error) {
      if (turn === this.turn) {
        // Nothing is lost: the button that asks for it by hand comes back, and the next change tries again.
        this.form.classList.add('by-hand');
      }
      return;
    }
    if (turn !== this.turn) {
      return;
    }
    this.form.classList.remove('by-hand');
    if (this.composing) {
      this.ask(TYPING_MS);
      return;
    }
    this.show(answer, entries);
  }

  async fetch() {
    const body = new FormData(this.form);
    for (const input of this.form.querySelectorAll('input[type=file]')) {
      body.delete(input.name);
    }
    body.set('_refresh', 'part');
    const response = await fetch(this.form.getAttribute('action') || location.href, {
      method: 'POST',
      body,
      credentials: 'same-origin',
      signal: this.running.signal,
    });
    if (!response.ok || response.redirected) {
      throw new Error(`HTTP ${response.status}`);
    }
    return new DOMParser().parseFromString(await response.text(), 'text/html');
  }

  show(answer, entries) {
    const focused = this.form.contains(document.activeElement) ? document.activeElement : null;
    const later = focused ? after(this.form, focused) : [];
    const use = {
      keeps: (control) =>
        !entries.has(control) ||
        entryOf(control) !== entries.get(control) ||
        (control === focused && !CLICKED.includes(control.type)),
      removed: (element) => this.remember(element),
      added: (element) => this.restore(element),
    };
    for (const part of document.querySelectorAll('[data-part]')) {
      const fresh = answer.querySelector(`[data-part="${part.dataset.part}"]`);
      if (fresh) {
        merge(part, fresh, use);
      }
    }
    if (focused && !focused.isConnected) {
      const next = later.find((each) => each.isConnected);
      if (next) {
        next.focus();
      }
    }
    this.form.dispatchEvent(new CustomEvent('sheet:changed', { bubbles: true }));
  }

  /** A field that goes takes what was entered along; should it come back, so does its entry. */
  remember(element) {
    for (const control of controlsIn(element)) {
      const filled = control.type === 'file' ? control.files.length : control.value;
      if (filled && !CLICKED.slice(0, 2).includes(control.type) && isField(control.name)) {
        this.put.set(control.name, control);
      }
    }
  }

  restore(element) {
    for (const control of controlsIn(element)) {
      const before = this.put.get(control.name);
      if (!before || before.type !== control.type) {
        continue;
      }
      if (control.type === 'file') {
        control.replaceWith(before);
      } else if (!control.value) {
        control.value = before.value;
        control.dispatchEvent(new Event('input', { bubbles: true }));
      }
      this.put.delete(control.name);
    }
  }
}

/** Whether a name is that of a field. Rows change their places, so what stood in one belongs to none. */
function isField(name) {
  const field = name.startsWith('_files.') ? name.slice('_files.'.length) : name;
  return Boolean(field) && !field.startsWith('_') && !field.includes('.');
}

function controlsIn(element) {
  return [element, ...element.querySelectorAll('*')].filter((each) => each.matches('input, select, textarea'));
}

function after(form, focused) {
  const all = [...form.querySelectorAll('input:not([type=hidden]), select, textarea, button')];
  return all.slice(all.indexOf(focused) + 1);
}

function isChanged(control) {
  if (control.type === 'select-one') {
    const set = [...control.options].findIndex((option) => option.defaultSelected);
    return control.selectedIndex !== Math.max(set, 0);
  }
  return CLICKED.includes(control.type)
    ? control.checked !== control.defaultChecked
    : control.type !== 'hidden' && control.value !== control.defaultValue;
}
