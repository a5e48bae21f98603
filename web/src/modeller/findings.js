// What the server's check says of the drawing: a mark at each element, and a list from which one jumps there. There is
// one check only; it looks at the text as it is now, saved or not.
import { make, translate } from './words.js';

const CHECK_AFTER = 900;

export class Findings {
  constructor({ server, modeller, path, text, list, summary, fix, beside = () => ({}), reveal = null, turnTo = null }) {
    Object.assign(this, { server, modeller, path, text, list, summary, fix, beside, reveal, turnTo });
    this.timer = null;
    this.round = 0;
  }

  /** The drawing has changed: look again when it has come to rest. */
  changed() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.check(), CHECK_AFTER);
  }

  async check() {
    clearTimeout(this.timer);
    this.round += 1;
    const round = this.round;
    try {
      const found = await this.server.findings({ ...this.beside(), [this.path]: await this.text() });
      if (round === this.round) {
        this.show(found);
      }
    } catch (error) {
      this.summary.textContent = error.message;
    }
  }

  show(found) {
    this.found = found;
    const errors = found.filter((each) => !each.warning).length;
    const warnings = found.length - errors;
    this.summary.textContent = found.length
      ? translate('{errors} to put right, {warnings} to think about', { errors, warnings })
      : translate('The check finds nothing wrong.');
    this.summary.dataset.errors = String(errors);
    this.list.replaceChildren(...found.map((each) => this.line(each)));
    if (this.modeller) {
      this.mark(found);
    }
  }

  line(finding) {
    const kind = make('span', {
      className: finding.warning ? 'gc-level warning' : 'gc-level error',
      text: translate(finding.warning ? 'Think about' : 'Put right'),
    });
    const item = make('li', {}, kind, this.message(finding));
    if (finding.path !== this.path) {
      // Where it can be put right: another file of the draft, if that has a page.
      const address = { href: finding.url, className: 'gc-where', text: finding.path };
      item.append(finding.url ? make('a', address) : make('span', { className: 'gc-where', text: finding.path }));
    }
    if (finding.fix) {
      item.append(make('button', { type: 'button', className: 'btn small', text: finding.fix.label, click: () => this.fix(finding) }));
    }
    item.dataset.code = finding.code;
    return item;
  }

  /** The sentence: it leads to the element, to the cell, or to the page of the file. */
  message(finding) {
    const text = finding.message;
    const element = this.modeller && finding.element && this.modeller.get('elementRegistry').get(finding.element);
    if (element) {
      return make('button', { type: 'button', className: 'gc-jump', text, click: () => this.jump(element) });
    }
    if (this.turnTo && finding.path === this.path && finding.line) {
      return make('button', { type: 'button', className: 'gc-jump', text, click: () => this.turnTo(finding.line, finding.column) });
    }
    return finding.url && finding.path !== this.path
      ? make('a', { href: finding.url, className: 'gc-jump', text })
      : make('span', { text });
  }

  mark(found) {
    const overlays = this.modeller.get('overlays');
    const registry = this.modeller.get('elementRegistry');
    overlays.remove({ type: 'gc-finding' });
    const elements = new Map();
    for (const each of found) {
      if (registry.get(each.element)) {
        elements.set(each.element, [...(elements.get(each.element) || []), each]);
      }
    }
    for (const [id, list] of elements) {
      const serious = list.some((each) => !each.warning);
      const sign = make('button', {
        type: 'button',
        className: serious ? 'gc-sign error' : 'gc-sign warning',
        text: serious ? '!' : '?',
        title: list.map((each) => each.message).join('\n'),
        click: () => this.point(list[0]),
      });
      sign.setAttribute('aria-label', list.map((each) => each.message).join(' '));
      overlays.add(id, 'gc-finding', { position: { top: -10, left: -10 }, html: sign, show: { minZoom: 0.2 } });
    }
  }

  /** Show the element of a line. */
  jump(element) {
    const canvas = this.modeller.get('canvas');
    const root = canvas.findRoot(element);
    if (root && root !== canvas.getRootElement()) {
      canvas.setRootElement(root);
    }
    canvas.scrollToElement(element);
    this.modeller.get('selection').select(element);
  }

  /** Show the line of a mark. */
  point(finding) {
    if (this.reveal) {
      this.reveal();
    }
    const line = this.list.children[this.found.indexOf(finding)];
    const target = line && line.querySelector('button');
    if (target) {
      target.focus();
      line.scrollIntoView({ block: 'nearest' });
    }
  }
}
