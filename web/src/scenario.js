// The page on which a scenario is written: sentences and names are offered, lines are checked, a trial is watched.
import './polyfills.js';
import { offers } from './scenario/offering.js';

const CHECK_AFTER = 600;
const ASK_EVERY = 700;

const form = document.querySelector('[data-scenario]');
const area = document.getElementById('f-text');
const list = document.getElementById('sc-offers');
const found = document.getElementById('sc-found');
const english = document.documentElement.lang.startsWith('en');
let words = null;
let loading = false;
let typed = false;
let current = [];
let active = -1;

// ---- what is offered

/** Ask for sentences and names once; who has typed meanwhile is offered what fits then. */
async function load() {
  if (loading) {
    return;
  }
  loading = true;
  try {
    const response = await fetch(form.dataset.words, { credentials: 'same-origin' });
    words = response.ok ? await response.json() : null;
  } catch (error) {
    // Nothing is offered; asked again at the next letter.
  }
  loading = Boolean(words);
  if (words && typed) {
    offer();
  }
}

function hide() {
  current = [];
  active = -1;
  list.hidden = true;
  list.replaceChildren();
  area.removeAttribute('aria-activedescendant');
}

function choose(number) {
  active = number;
  for (const [index, line] of [...list.children].entries()) {
    line.setAttribute('aria-selected', String(index === number));
    if (index === number) {
      line.scrollIntoView({ block: 'nearest' });
    }
  }
  if (number < 0) {
    area.removeAttribute('aria-activedescendant');
  } else {
    area.setAttribute('aria-activedescendant', `sc-offer-${number}`);
  }
}

function offer() {
  if (!words || area.selectionStart !== area.selectionEnd) {
    hide();
    return;
  }
  const fitting = offers(words, area.value, area.selectionStart);
  if (!fitting.length) {
    hide();
    return;
  }
  current = fitting;
  list.replaceChildren(
    ...fitting.map((each, index) => {
      const line = document.createElement('div');
      line.id = `sc-offer-${index}`;
      line.setAttribute('role', 'option');
      line.textContent = each.label;
      if (each.note) {
        const note = document.createElement('span');
        note.textContent = each.note;
        line.append(' ', note);
      }
      line.addEventListener('mousedown', (event) => {
        event.preventDefault();
        take(index);
      });
      return line;
    }),
  );
  list.hidden = false;
  choose(-1);
}

function take(index) {
  const chosen = current[Math.max(index, 0)];
  area.setRangeText(chosen.put, chosen.from, chosen.to, 'end');
  area.setSelectionRange(chosen.caret, chosen.caret);
  area.focus();
  hide();
  area.dispatchEvent(new Event('input', { bubbles: true }));
}

area.setAttribute('aria-autocomplete', 'list');
area.setAttribute('aria-controls', list.id);
area.addEventListener('focus', load);
area.addEventListener('blur', hide);
area.addEventListener('input', (event) => {
  typed = true;
  if (!words) {
    load();
  } else if (!event.isComposing) {
    offer();
  }
  later();
});
area.addEventListener('compositionend', offer);
area.addEventListener('click', hide);
area.addEventListener('keydown', (event) => {
  if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) {
    return;
  }
  if (list.hidden) {
    if (event.key === 'Enter') {
      keepMargin(event);
    }
    return;
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    choose((active + step + current.length) % current.length);
  } else if ((event.key === 'Tab' && !event.shiftKey) || (event.key === 'Enter' && active >= 0)) {
    event.preventDefault();
    take(active);
  } else if (event.key === 'Escape') {
    event.preventDefault();
    hide();
  } else if (event.key === 'Enter') {
    hide();
    keepMargin(event);
  }
});

/** A new line begins below the one before it. */
function keepMargin(event) {
  const start = area.value.lastIndexOf('\n', area.selectionStart - 1) + 1;
  const margin = area.value.slice(start, area.selectionStart).match(/^ */)[0];
  if (margin && !event.shiftKey) {
    event.preventDefault();
    area.setRangeText(`\n${margin}`, area.selectionStart, area.selectionEnd, 'end');
    area.dispatchEvent(new Event('input', { bubbles: true }));
  }
}

// ---- what is wrong

let timer = null;
let asked = 0;

function later() {
  clearTimeout(timer);
  timer = setTimeout(check, CHECK_AFTER);
}

async function check() {
  asked += 1;
  const mine = asked;
  const body = Object.fromEntries(['file', 'scenario', 'rule', 'whole', 'text'].map((name) => [name, value(name)]));
  let problems;
  try {
    const response = await fetch(form.dataset.scenario, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'Content-Type': 'application/json', Accept: 'application/json', 'X-CSRF-Token': value('csrf_token') },
      credentials: 'same-origin',
    });
    if (!response.ok) {
      return;
    }
    problems = await response.json();
  } catch (error) {
    // Without the server nothing can be checked; pressing a button will say so.
    return;
  }
  if (mine !== asked) {
    return;
  }
  found.replaceChildren(
    ...problems.map(({ line, message, warning }) => {
      const shown = document.createElement('p');
      shown.className = warning ? 'sc-hint' : 'error';
      if (line) {
        const link = document.createElement('a');
        link.href = '#f-text';
        link.dataset.line = line;
        link.textContent = english ? `Line ${line}` : `第 ${line} 行`;
        shown.append(link, '：');
      }
      shown.append(message);
      return shown;
    }),
  );
  if (!problems.length) {
    const shown = document.createElement('p');
    shown.className = 'sc-fine';
    shown.textContent = english ? 'Nothing wrong found.' : '没有发现问题。';
    found.replaceChildren(shown);
  }
}

function value(name) {
  const field = form.elements.namedItem(name);
  return field ? field.value : '';
}

/** Put the cursor at a line and select it. */
document.addEventListener('click', (event) => {
  const link = event.target.closest('[data-line]');
  if (!link) {
    return;
  }
  event.preventDefault();
  const lines = area.value.split('\n');
  const number = Math.min(Number(link.dataset.line), lines.length) - 1;
  const start = lines.slice(0, number).join('\n').length + (number ? 1 : 0);
  area.focus();
  area.setSelectionRange(start, start + lines[number].length);
  area.scrollTop = (number - 4) * parseFloat(getComputedStyle(area).lineHeight);
});

// ---- how the trial goes

const trial = document.getElementById('trial');

async function watch() {
  const part = trial.querySelector('[data-state="running"]');
  if (!part) {
    return;
  }
  try {
    const response = await fetch(part.dataset.progress, { credentials: 'same-origin' });
    if (response.ok) {
      const shown = await response.text();
      if (!shown.includes('data-state="running"')) {
        trial.innerHTML = shown;
        return;
      }
    }
  } catch (error) {
    // Asked again below.
  }
  setTimeout(watch, ASK_EVERY);
}

if (!trial.hidden) {
  trial.scrollIntoView({ block: 'nearest' });
}
watch();

// ---- nothing typed is lost by leaving

const first = area.value;
let sent = false;
form.addEventListener('submit', () => {
  sent = true;
});
window.addEventListener('pageshow', () => {
  sent = false;
});
window.addEventListener('beforeunload', (event) => {
  if (!sent && area.value !== first) {
    event.preventDefault();
  }
});
