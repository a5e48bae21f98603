// The editor of a decision table of a draft. Loaded by its own page only.
import './polyfills.js';
import 'dmn-js/dist/assets/diagram-js.css';
import 'dmn-js/dist/assets/dmn-js-shared.css';
import 'dmn-js/dist/assets/dmn-js-drd.css';
import 'dmn-js/dist/assets/dmn-js-decision-table.css';
import 'dmn-js/dist/assets/dmn-js-decision-table-controls.css';
import 'dmn-js/dist/assets/dmn-js-literal-expression.css';
import 'dmn-js/dist/assets/dmn-font/css/dmn-embedded.css';
import './modeller/modeller.css';
import DmnModeler from 'dmn-js/lib/Modeler';

import { banner } from './modeller/dialogs.js';
import { Findings } from './modeller/findings.js';
import { Saving } from './modeller/saving.js';
import { Server, pageData } from './modeller/server.js';
import { missing, translate, translateModule, watchWords } from './modeller/words.js';

const element = (id) => document.getElementById(id);

function emptyTable(id) {
  return `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="${id}_definitions" name="${id}" namespace="http://camunda.org/schema/1.0/dmn">
  <decision id="${id}" name="${translate('Decision table')}">
    <decisionTable id="${id}_table" hitPolicy="FIRST">
      <input id="${id}_input" label="${translate('Input')}"><inputExpression id="${id}_expression" typeRef="string"><text></text></inputExpression></input>
      <output id="${id}_output" label="${translate('Output')}" name="${translate('Output')}" typeRef="string" />
    </decisionTable>
  </decision>
</definitions>
`;
}

/** Show a row, counted from 1, or the cell of it that stands in the column of this name. */
function turnTo(modeller, container, row, name) {
  const viewer = modeller.getActiveViewer();
  const { rows, cols } = viewer.get('sheet').getRoot();
  const rule = rows[row - 1];
  if (!rule) {
    return;
  }
  const named = ({ label, name: own, inputExpression }) => [label, own, inputExpression && inputExpression.text].includes(name);
  const column = cols.find(({ businessObject }) => named(businessObject));
  const cells = [...container.querySelectorAll(`[data-row-id="${CSS.escape(rule.id)}"]`)];
  const cell = cells.find((each) => column && each.dataset.colId === column.id) || cells.find((each) => each.dataset.colId) || cells[0];
  if (cell) {
    cell.scrollIntoView({ block: 'center', inline: 'center' });
    const editable = cell.querySelector('[contenteditable]');
    (editable || cell).focus();
  }
}

/** The row and column that the address asks for. */
function asked() {
  const given = new URLSearchParams(window.location.search);
  return [Number.parseInt(given.get('row'), 10), given.get('column') || ''];
}

async function open() {
  const data = pageData();
  const { draft, path } = data;
  const server = new Server(data);
  const container = element('gc-canvas');
  const modules = { additionalModules: [translateModule] };
  const modeller = new DmnModeler({
    container,
    drd: modules,
    decisionTable: modules,
    literalExpression: modules,
    boxedExpression: modules,
  });
  watchWords(container);
  let shown = draft.files[path] || emptyTable(data.decision);
  let edited = false;
  const text = async () => (edited ? (await modeller.saveXML({ format: true })).xml : shown);
  const watched = new Set();
  const watch = () => {
    const viewer = modeller.getActiveViewer();
    if (viewer && !watched.has(viewer)) {
      watched.add(viewer);
      viewer.on('elements.changed', () => {
        edited = true;
        saving.changed();
        findings.changed();
      });
    }
  };
  const show = async (next) => {
    try {
      await modeller.importXML(next || emptyTable(data.decision));
      edited = false;
      shown = next;
      const table = modeller.getViews().find((view) => view.type === 'decisionTable');
      if (table) {
        await modeller.open(table);
      }
      watch();
      findings.changed();
    } catch (error) {
      banner('import', translate('This decision table cannot be read. Earlier versions are on the page of versions.'));
    }
  };
  const saving = new Saving({ server, draft, me: data.me, path, text, show, status: element('gc-status') });
  const findings = new Findings({
    server,
    modeller: null,
    path,
    text,
    list: element('gc-findings'),
    summary: element('gc-summary'),
    fix: () => {},
    turnTo: (row, column) => turnTo(modeller, container, row, column),
  });
  element('gc-save').addEventListener('click', () => saving.save());
  modeller.on('views.changed', watch);
  await show(shown);
  if (draft.files[path] === undefined) {
    // A new table is saved with the first change; until then the draft stays as it is.
    saving.saved = undefined;
  }
  const kept = saving.kept();
  saving.say('All changes are saved.');
  if (kept && draft.files[path] !== undefined) {
    banner('kept', translate('This browser kept a drawing of {when} that was never saved.', { when: new Date(kept.at).toLocaleString() }), [
      [translate('Take it over'), async () => {
        await show(kept.text);
        saving.changed();
      }],
    ]);
  }
  container.setAttribute('aria-busy', 'false');
  const [row, column] = asked();
  if (row) {
    turnTo(modeller, container, row, column);
  }
  findings.check();
  return { modeller, saving, findings, missing };
}

open().then(
  (page) => {
    window.guichengDecisions = page;
  },
  (error) => banner('failed', error.message),
);
