// The draft beside the published version: both drawn, what differs coloured, and listed in words.
import './polyfills.js';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import './modeller/modeller.css';
import './modeller/compare.css';
import { BpmnModdle } from 'bpmn-moddle';
import { diff } from 'bpmn-js-differ';
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import camunda from 'camunda-bpmn-moddle/resources/camunda.json';

import { banner } from './modeller/dialogs.js';
import { Server, pageData } from './modeller/server.js';
import { make, translate } from './modeller/words.js';

const element = (id) => document.getElementById(id);
const KINDS = [
  ['added', 'Added', '_added'],
  ['removed', 'Removed', '_removed'],
  ['changed', 'Changed', '_changed'],
  ['moved', 'Moved', '_layoutChanged'],
];

async function model(xml) {
  return (await new BpmnModdle({ camunda }).fromXML(xml)).rootElement;
}

async function viewer(container, xml) {
  const made = new NavigatedViewer({
    container,
    textRenderer: { defaultStyle: { fontFamily: getComputedStyle(document.body).fontFamily } },
  });
  await made.importXML(xml);
  const canvas = made.get('canvas');
  canvas.zoom(canvas.zoom('fit-viewport', 'auto') * 0.94, 'auto');
  return made;
}

/** Both pictures move together: what one looks at in one stands in the same place of the other. */
function together(one, other) {
  let leading = null;
  for (const [from, to] of [[one, other], [other, one]]) {
    from.on('canvas.viewbox.changed', ({ viewbox }) => {
      if (leading === to) {
        return;
      }
      leading = from;
      to.get('canvas').viewbox({ x: viewbox.x, y: viewbox.y, width: viewbox.width, height: viewbox.height });
      leading = null;
    });
  }
}

async function open() {
  const data = pageData();
  const server = new Server(data);
  const now = data.draft.files[`${data.draft.key}.bpmn`];
  const response = await fetch(data.urls.published, { credentials: 'same-origin' });
  const right = await viewer(element('gc-draft'), now);
  if (!response.ok) {
    element('gc-published').textContent = translate('There is no published version yet.');
    return { right };
  }
  const before = await response.text();
  const left = await viewer(element('gc-published'), before);
  const found = diff(await model(before), await model(now));
  const words = data.changes || [];
  const lines = [];
  for (const [kind, title, name] of KINDS) {
    for (const id of Object.keys(found[name] || {})) {
      for (const each of kind === 'added' ? [right] : kind === 'removed' ? [left] : [left, right]) {
        if (each.get('elementRegistry').get(id)) {
          each.get('canvas').addMarker(id, `gc-${kind}`);
        }
      }
      const said = words.filter((each) => each.element === id);
      const entry = found[name][id];
      const object = entry.model || entry;
      lines.push({ kind, title, id, name: object.name || id, said: said.map((each) => each.text) });
    }
  }
  const told = new Set(lines.map((each) => each.id));
  for (const each of words.filter((word) => !told.has(word.element))) {
    lines.push({ kind: 'changed', title: 'Changed', id: '', name: '', said: [each.text] });
  }
  element('gc-changes').replaceChildren(
    ...(lines.length ? lines.map((line) => changeLine(line, left, right)) : [make('li', { text: translate('There is no difference.') })]),
  );
  together(left, right);
  return { left, right, server };
}

function changeLine({ kind, title, id, name, said }, left, right) {
  const shown = [left, right].filter((each) => id && each.get('elementRegistry').get(id));
  const text = said.length ? said.join(' ') : `“${name}”`;
  const jump = () => {
    for (const each of shown) {
      const target = each.get('elementRegistry').get(id);
      each.get('canvas').scrollToElement(target);
      each.get('selection').select(target);
    }
  };
  const item = make('li', {}, make('span', { className: `gc-level ${kind}`, text: translate(title) }));
  item.append(shown.length ? make('button', { type: 'button', className: 'gc-jump', text, click: jump }) : make('span', { text }));
  return item;
}

open().then(
  (page) => {
    window.guichengCompare = page;
    for (const id of ['gc-draft', 'gc-published']) {
      element(id).setAttribute('aria-busy', 'false');
    }
  },
  (error) => banner('failed', error.message),
);
