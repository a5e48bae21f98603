// Every word of the drawing pages in the language of the page. The programs we build on speak English and ask a
// translate function; what they write without asking is put into words by watching what appears on the page.
import drawing from './zh-drawing.js';
import own from './zh-own.js';
import panel from './zh-panel.js';
import tables from './zh-tables.js';

const chinese = { ...drawing, ...panel, ...tables, ...own };
const speaksChinese = !document.documentElement.lang.startsWith('en');

/** What was asked for and stands in no dictionary; a test demands that it stays empty. */
export const missing = new Set();

/** The words for an English sentence, with `{name}` replaced. */
export function translate(sentence, replacements = {}) {
  let found = sentence;
  if (speaksChinese && sentence) {
    if (Object.hasOwn(chinese, sentence)) {
      found = chinese[sentence];
    } else if (/[a-z]{2}/i.test(sentence)) {
      missing.add(sentence);
    }
  }
  return found.replace(/{([^}]+)}/g, (all, name) => {
    const value = replacements[name];
    return value === undefined ? all : speaksChinese && Object.hasOwn(chinese, value) ? chinese[value] : value;
  });
}

/** The module that makes a drawing program ask us. */
export const translateModule = { translate: ['value', translate] };

// Sentences with a number, which are put together before anybody is asked.
const COUNTED = [
  [/^List contains (\d+) items?$/, '列表有 $1 项'],
  [/^Set animation speed = (\w+)$/, '推演速度：$1'],
  [/^Focus process instance (\S+)$/, '看这一件'],
];

function chineseFor(text) {
  if (Object.hasOwn(chinese, text)) {
    return chinese[text];
  }
  const counted = COUNTED.find(([pattern]) => pattern.test(text));
  return counted ? text.replace(...counted) : text;
}

const ATTRIBUTES = ['title', 'aria-label', 'placeholder'];

/** Put into words what appears inside an element without having been asked for. */
export function watchWords(root) {
  if (!speaksChinese) {
    return;
  }
  const put = (node) => {
    if (node.nodeType === Node.TEXT_NODE) {
      const text = node.data.trim();
      if (text && chineseFor(text) !== text) {
        node.data = node.data.replace(text, chineseFor(text));
      }
      return;
    }
    if (node.nodeType !== Node.ELEMENT_NODE || node.closest('svg, input, textarea, [contenteditable], .gc-own-text')) {
      return;
    }
    for (const name of ATTRIBUTES) {
      const value = node.getAttribute(name);
      if (value && chineseFor(value) !== value) {
        node.setAttribute(name, chineseFor(value));
      }
    }
    node.childNodes.forEach(put);
  };
  put(root);
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === 'childList') {
        change.addedNodes.forEach(put);
      } else {
        put(change.target);
      }
    }
  }).observe(root, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ATTRIBUTES });
}

/** An element with a class, a text and a click. */
export function make(tag, { className = '', text = '', title = '', click = null, ...rest } = {}, ...children) {
  const element = Object.assign(document.createElement(tag), rest);
  if (className) {
    element.className = className;
  }
  if (text) {
    element.textContent = text;
  }
  if (title) {
    element.title = title;
  }
  if (click) {
    element.addEventListener('click', click);
  }
  element.append(...children);
  return element;
}
