// Opens every BPMN file named on standard input (a JSON list of paths) as a desktop modeller does, saves it and opens
// what was saved. Prints {path: {original, warnings, saved, difference}}: the text read, what the modeller complains
// about, the text it would save, and where the model read from that text first differs ("" when nowhere).
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

import { BpmnModdle } from 'bpmn-moddle';

const camunda = createRequire(import.meta.url)('camunda-bpmn-moddle/resources/camunda.json');

const moddle = new BpmnModdle({ camunda });

async function open(text) {
  const { rootElement, warnings } = await moddle.fromXML(text);
  return { root: rootElement, warnings: warnings.map((warning) => warning.message) };
}

// A model as plain data: what an element refers to is given by id, what it contains is given in full. Every property
// is asked for, so that one left out counts as its default.
function plain(element) {
  const found = { $type: element.$type, $attrs: { ...element.$attrs } };
  if (!element.$descriptor.isGeneric) {
    for (const { name, isReference } of element.$descriptor.properties) {
      found[name] = value(element.get(name), isReference);
    }
    return found;
  }
  for (const name of Object.keys(element).filter((each) => !each.startsWith('$'))) {
    found[name] = value(element[name], false);
  }
  return found;
}

function value(given, isReference) {
  if (Array.isArray(given)) {
    return given.map((each) => value(each, isReference));
  }
  if (given && typeof given === 'object') {
    return isReference && given.id ? { reference: given.id } : plain(given);
  }
  return given;
}

function difference(before, after, path = '') {
  if (before === null || typeof before !== 'object' || after === null || typeof after !== 'object') {
    return before === after ? '' : `${path}: ${JSON.stringify(before)} became ${JSON.stringify(after)}`;
  }
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const found = difference(before[name], after[name], `${path}/${before[name]?.id ?? name}`);
    if (found) {
      return found;
    }
  }
  return '';
}

async function check(path) {
  const original = await readFile(path, 'utf8');
  const first = await open(original);
  const { xml } = await moddle.toXML(first.root, { format: true });
  const second = await open(xml);
  return {
    original,
    warnings: [...first.warnings, ...second.warnings],
    saved: xml,
    difference: difference(plain(first.root), plain(second.root)),
  };
}

let input = '';
for await (const chunk of process.stdin) {
  input += chunk;
}
const found = {};
for (const path of JSON.parse(input)) {
  try {
    found[path] = await check(path);
  } catch (error) {
    found[path] = { original: '', warnings: [error.message], saved: '', difference: '' };
  }
}
process.stdout.write(JSON.stringify(found));
