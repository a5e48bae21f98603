// Brings a part of the page up to date from a fresh copy of it, leaving in place whatever somebody is using.
//
// Elements are never moved and, where old and fresh mean the same thing, never replaced: so the focus, the caret,
// chosen files, scrolled tables and opened details stay as they are.

const KEPT_ATTRIBUTES = { DETAILS: ['open'], INPUT: ['value', 'checked'], OPTION: ['selected'], TEXTAREA: [] };
const CHECKABLE = ['checkbox', 'radio'];
// Of these several may have one name, and only their values tell them apart.
const NAMED_ALIKE = [...CHECKABLE, 'hidden', 'submit'];

/** What a control holds, as one value that can be compared. */
export function entryOf(control) {
  return CHECKABLE.includes(control.type) ? control.checked : control.value;
}

/**
 * Make the children of `old` like those of `fresh`.
 *
 * @param {Element} old part of the page
 * @param {Element} fresh its new state, from the server
 * @param {{keeps: function(Element): boolean, removed: function(Element), added: function(Element)}} use
 *   `keeps`: whether the entry of a control is newer than the fresh one; the others hear what goes and what comes
 */
export function merge(old, fresh, use) {
  let spot = old.firstChild;
  for (const wanted of fresh.childNodes) {
    const found = counterpart(spot, wanted);
    if (found) {
      spot = removeUntil(spot, found, use);
      update(found, wanted, use);
      spot = found.nextSibling;
    } else {
      const added = document.importNode(wanted, true);
      old.insertBefore(added, spot);
      tell(added, use.added);
    }
  }
  removeUntil(spot, null, use);
}

function tell(node, hear) {
  if (node.nodeType === Node.ELEMENT_NODE) {
    hear(node);
  }
}

function removeUntil(from, end, use) {
  let node = from;
  while (node !== end) {
    const next = node.nextSibling;
    tell(node, use.removed);
    node.remove();
    node = next;
  }
  return node;
}

// What has no key of its own is only compared with what stands in its place: looking further for it would remove
// what stands between. The order of fields never changes, so what has a key is looked for further on.
function counterpart(spot, wanted) {
  const key = keyOf(wanted);
  for (let node = spot; node; node = node.nextSibling) {
    if (node.nodeName === wanted.nodeName && keyOf(node) === key) {
      return node;
    }
    if (!key) {
      return null;
    }
  }
  return null;
}

function keyOf(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) {
    return '';
  }
  if (node.dataset && node.dataset.field) {
    return node.dataset.field;
  }
  switch (node.nodeName) {
    case 'INPUT':
    case 'BUTTON':
      return `${node.type} ${node.name} ${NAMED_ALIKE.includes(node.type) ? node.getAttribute('value') : ''}`;
    case 'SELECT':
    case 'TEXTAREA':
      return node.name;
    case 'OPTION':
      return `option ${node.value}`;
    case 'LABEL':
    case 'LI': {
      const input = node.querySelector('input');
      return input ? keyOf(input) : node.htmlFor || '';
    }
    default:
      return node.id;
  }
}

function update(node, wanted, use) {
  if (node.nodeType !== Node.ELEMENT_NODE) {
    if (node.data !== wanted.data) {
      node.data = wanted.data;
    }
    return;
  }
  updateAttributes(node, wanted);
  if (node.nodeName === 'INPUT' || node.nodeName === 'TEXTAREA') {
    updateEntry(node, wanted, use);
  } else if (node.nodeName === 'SELECT') {
    const [kept, before] = [use.keeps(node), node.value];
    merge(node, wanted, use);
    const offered = [...node.options].some((option) => option.value === before);
    node.value = kept && offered ? before : wanted.value;
  } else {
    merge(node, wanted, use);
  }
}

function updateAttributes(node, wanted) {
  // A size that somebody has given to a box of text lies in its style.
  const kept = ['style', ...(KEPT_ATTRIBUTES[node.nodeName] || [])];
  for (const { name } of [...node.attributes]) {
    if (!wanted.hasAttribute(name) && !kept.includes(name)) {
      node.removeAttribute(name);
    }
  }
  for (const { name, value } of wanted.attributes) {
    const hidden = node.type === 'hidden' && name === 'value';
    if ((hidden || !kept.includes(name)) && node.getAttribute(name) !== value) {
      node.setAttribute(name, value);
    }
  }
}

function updateEntry(control, wanted, use) {
  if (control.type === 'file' || control.type === 'hidden' || use.keeps(control)) {
    return;
  }
  if (CHECKABLE.includes(control.type)) {
    control.checked = wanted.checked;
  } else if (control.value !== wanted.value) {
    control.value = wanted.value;
  }
}
