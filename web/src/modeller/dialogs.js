// Questions and notices of the drawing pages, as ordinary elements that keys and screen readers reach.
import { make, translate } from './words.js';

/** Ask and wait: the name of the button that was pressed. `links` are [words, text, file name] to be saved. */
export function ask({ title, text = [], links = [], buttons, body = null }) {
  return new Promise((answer) => {
    const before = document.activeElement;
    const close = (name) => {
      cover.remove();
      if (before && before.focus) {
        before.focus();
      }
      answer(name);
    };
    const choices = buttons.map(([name, words], index) =>
      make('button', { type: 'button', className: index ? 'btn' : 'btn main', text: words, click: () => close(name) }),
    );
    const files = links.map(([words, content, name]) =>
      make('p', {}, make('a', { text: words, href: textAddress(content), download: name })),
    );
    const box = make(
      'div',
      { className: 'gc-dialog', role: 'dialog', tabIndex: -1 },
      make('h2', { text: title, id: 'gc-dialog-title' }),
      ...text.map((each) => make('p', { text: each })),
      ...(body ? [body] : []),
      ...files,
      make('p', { className: 'gc-dialog-buttons' }, ...choices),
    );
    box.setAttribute('aria-modal', 'true');
    box.setAttribute('aria-labelledby', 'gc-dialog-title');
    const cover = make('div', { className: 'gc-cover gc-own-text' }, box);
    box.addEventListener('keydown', (event) => {
      event.stopPropagation();
      if (event.key === 'Tab') {
        keepInside(event, box);
      }
    });
    document.body.append(cover);
    box.focus();
  });
}

function keepInside(event, box) {
  const inside = [...box.querySelectorAll('a, button, input, select, textarea')];
  const [first, last] = [inside[0], inside[inside.length - 1]];
  if (event.shiftKey && (document.activeElement === first || document.activeElement === box)) {
    last.focus();
    event.preventDefault();
  } else if (!event.shiftKey && document.activeElement === last) {
    first.focus();
    event.preventDefault();
  }
}

/** Say something above the drawing; what was said under the same name goes away. */
export function banner(name, text, actions = []) {
  const place = document.getElementById('gc-banners');
  dismiss(name);
  const close = make('button', { type: 'button', className: 'btn small', text: translate('Close'), click: () => dismiss(name) });
  const buttons = actions.map(([words, action]) =>
    make('button', {
      type: 'button',
      className: 'btn small',
      text: words,
      click: () => {
        dismiss(name);
        action();
      },
    }),
  );
  const line = make('div', { className: 'gc-banner', role: 'status' }, make('span', { text }), ...buttons, close);
  line.dataset.name = name;
  place.append(line);
}

export function dismiss(name) {
  const found = document.querySelector(`.gc-banner[data-name="${name}"]`);
  if (found) {
    found.remove();
  }
}

export function textAddress(text, type = 'application/xml') {
  return URL.createObjectURL(new Blob([text], { type }));
}

/** Let the browser save a file. */
export function offerFile(name, address) {
  const link = make('a', { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
}
