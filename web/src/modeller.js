// The modeller of process owners: draws, asks and saves the diagram of a draft. Loaded by its own page only.
import './polyfills.js';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import 'bpmn-js/dist/assets/bpmn-font/css/bpmn-embedded.css';
import '@bpmn-io/properties-panel/dist/assets/properties-panel.css';
import 'diagram-js-minimap/assets/diagram-js-minimap.css';
import 'bpmn-js-token-simulation/assets/css/bpmn-js-token-simulation.css';
import './modeller/modeller.css';
import { getBusinessObject } from 'bpmn-js/lib/util/ModelUtil';
import Modeler from 'bpmn-js/lib/Modeler';
import {
  BpmnPropertiesPanelModule,
  BpmnPropertiesProviderModule,
  CamundaPlatformPropertiesProviderModule,
} from 'bpmn-js-properties-panel';
import simulationModule from 'bpmn-js-token-simulation';
import camunda from 'camunda-bpmn-moddle/resources/camunda.json';
import minimapModule from 'diagram-js-minimap';

import { Arranging } from './modeller/arranging.js';
import { banner } from './modeller/dialogs.js';
import { Exchange, showAll, showText } from './modeller/exchange.js';
import { Findings } from './modeller/findings.js';
import { offeringModule } from './modeller/offering.js';
import { panelModule } from './modeller/panel.js';
import { Writer, placesOf } from './modeller/properties.js';
import { Saving } from './modeller/saving.js';
import { Server, pageData } from './modeller/server.js';
import { watchSimulation } from './modeller/simulation.js';
import { missing, translate, translateModule, watchWords } from './modeller/words.js';

const RECENT_MINUTES = 15;
const element = (id) => document.getElementById(id);

class BoundWriter extends Writer {}
BoundWriter.$inject = ['injector'];

async function open() {
  const data = pageData();
  const { draft } = data;
  const path = `${draft.key}.bpmn`;
  const server = new Server(data);
  const choices = { found: await server.choices() };
  const forms = {
    address: (key) => data.forms.replace('FORM', key),
    create: (shape) => makeForm(shape, choices, (others) => saving.changed(others), modeller),
  };
  const modeller = new Modeler({
    container: element('gc-canvas'),
    propertiesPanel: { parent: element('gc-panel') },
    textRenderer: { defaultStyle: { fontFamily: getComputedStyle(document.body).fontFamily } },
    moddleExtensions: { camunda },
    additionalModules: [
      BpmnPropertiesPanelModule,
      BpmnPropertiesProviderModule,
      CamundaPlatformPropertiesProviderModule,
      minimapModule,
      simulationModule,
      offeringModule,
      panelModule,
      translateModule,
      {
        guichengWriter: ['type', BoundWriter],
        guichengChoices: ['value', choices],
        guichengServer: ['value', server],
        guichengForms: ['value', forms],
        guichengDecisions: ['value', (name) => data.decisions.replace('DECISION', name)],
      },
    ],
  });
  watchWords(element('gc-canvas'));
  watchWords(element('gc-panel'));

  let shown = draft.files[path];
  let resting = false;
  const text = async () => (modeller.get('commandStack').canUndo() || shown === null ? (await modeller.saveXML({ format: true })).xml : shown);
  const show = async (next) => {
    const before = shown;
    shown = next;
    const done = await showText({ modeller, server, text: next });
    if (!done) {
      shown = before;
      await modeller.importXML(before).catch(() => null);
    } else if (!/BPMNShape\b/.test(next)) {
      // The server drew it: from here on what is drawn is the text.
      shown = null;
    }
    findings.changed();
    return done;
  };
  const saving = new Saving({ server, draft, me: data.me, path, text, show, status: element('gc-status') });
  const findings = new Findings({
    server,
    modeller,
    path,
    text,
    list: element('gc-findings'),
    summary: element('gc-summary'),
    beside: () => saving.waiting(),
    reveal: () => {
      element('gc-check').open = true;
    },
    fix: (finding) => repair(finding),
  });
  const exchange = new Exchange({
    modeller,
    server,
    name: draft.key,
    path,
    show,
    before: text,
    changed: (others) => saving.changed(others),
  });

  const layOut = async () => {
    const before = await text();
    banner('layout', translate('Laying out …'));
    try {
      const fresh = await server.layout(before);
      await show(fresh);
      saving.changed();
      banner('layout', translate('The diagram has been laid out afresh.'), [
        [translate('Back to the drawing before'), async () => {
          await show(before);
          saving.changed();
        }],
      ]);
    } catch (error) {
      banner('layout', error.message);
    }
  };
  const arranging = new Arranging({ modeller, server, text });
  const repair = async (finding) => {
    if (finding.fix.kind === 'layout') {
      await layOut();
      return;
    }
    const shape = modeller.get('elementRegistry').get(finding.element);
    for (const [object, name] of shape ? placesOf(shape, finding.fix.old) : []) {
      modeller.get('modeling').updateModdleProperties(shape, object, { [name]: finding.fix.new });
    }
  };

  const stack = modeller.get('commandStack');
  modeller.on('commandStack.changed', () => {
    element('gc-undo').disabled = !stack.canUndo();
    element('gc-redo').disabled = !stack.canRedo();
  });
  modeller.on('elements.changed', () => {
    if (!resting) {
      saving.changed();
      findings.changed();
    }
  });
  const press = (id, action) => element(id).addEventListener('click', action);
  document.addEventListener('keydown', (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === 's') {
      event.preventDefault();
      saving.save();
    }
  });
  press('gc-undo', () => stack.undo());
  press('gc-redo', () => stack.redo());
  // The search looks at keys only; what is pasted or comes from an input method counts, too.
  element('gc-canvas').addEventListener('input', ({ target }) => {
    if (target.closest('.djs-search-input')) {
      target.dispatchEvent(new KeyboardEvent('keyup', { bubbles: true }));
    }
  });
  // Opened after this click has run its course: a click anywhere else closes it.
  press('gc-search', () => setTimeout(() => modeller.get('searchPad').toggle(), 0));
  element('gc-layout').title = translate('With several steps selected, only these are laid out.');
  press('gc-layout', () => (arranging.steps().length > 1 ? arranging.arrange() : layOut()));
  press('gc-whole', () => showAll(modeller));
  press('gc-save', () => saving.save());
  press('gc-export-bpmn', () => exchange.diagram());
  press('gc-export-svg', () => exchange.drawing());
  press('gc-export-png', () => exchange.picture().catch((error) => banner('export', error.message)));
  element('gc-import').addEventListener('change', (event) => {
    const [file] = event.target.files;
    if (file) {
      exchange.bring(file);
    }
    event.target.value = '';
  });
  watchSimulation(modeller, element('gc-simulate'), (on) => {
    resting = on;
    for (const id of ['gc-undo', 'gc-redo', 'gc-layout', 'gc-import']) {
      element(id).disabled = on;
    }
  });
  await show(draft.files[path]);
  element('gc-canvas').setAttribute('aria-busy', 'false');
  offerKept(saving, show);
  warnOfOthers(draft);
  // An address may name the element that is to be seen. The panel listens once it has been drawn itself.
  const named = modeller.get('elementRegistry').get(decodeURIComponent(window.location.hash.slice(1)));
  if (named) {
    requestAnimationFrame(() => setTimeout(() => findings.jump(named), 50));
  }
  findings.check();
  return { modeller, saving, findings, missing };
}

/** A drawing that never reached the server, from a page that was closed: offered, never taken without a word. */
function offerKept(saving, show) {
  const kept = saving.kept();
  saving.say('All changes are saved.');
  if (!kept) {
    return;
  }
  const when = new Date(kept.at).toLocaleString(document.documentElement.lang, { dateStyle: 'medium', timeStyle: 'short' });
  const { by, when: saved, revision } = saving.draft;
  const since = kept.revision < revision ? translate('Since then {name} saved at {when}.', { name: by, when: saved }) : '';
  banner('kept', `${translate('This browser kept a drawing of {when} that was never saved.', { when })}${since}`, [
    [translate('Take it over'), async () => {
      await show(kept.text);
      saving.changed();
    }],
    [translate('Throw it away'), () => localStorage.removeItem(saving.place)],
  ]);
}

/** Somebody else has just been at it. */
function warnOfOthers({ mine, by, when, age }) {
  if (!mine && age < RECENT_MINUTES) {
    banner('others', translate('{name} was editing this draft at {when}. Agree with each other before you go on.', { name: by, when }));
  }
}

/** A small form for a task, to be filled in on its own page. */
function makeForm(shape, choices, changed, modeller) {
  const { id, name } = getBusinessObject(shape);
  const content = {
    type: 'default',
    id,
    schemaVersion: 16,
    components: [{ key: '说明', label: '说明', type: 'textarea', validate: { required: true } }],
  };
  if (!choices.found.forms.some(([key]) => key === id)) {
    choices.found.forms.push([id, name || id]);
  }
  changed({
    [`forms/${id}.form`]: `${JSON.stringify(content, null, 2)}\n`,
    [`forms/${id}.example.yml`]: '说明: 情况说明\n',
  });
  modeller.get('guichengWriter').attributes(shape, { 'camunda:formKey': id });
  banner('form', translate('A form for it was made; fill it in on the page of forms.'));
}

// On a narrow screen the page shows the viewer and a notice instead; on a wide one there is nothing for it to draw.
if (window.matchMedia('(min-width: 900px)').matches) {
  document.querySelector('.gc-only-narrow').remove();
  open().then(
    (page) => {
      window.guichengModeller = page;
    },
    (error) => {
      banner('failed', error.message);
      element('gc-canvas').setAttribute('aria-busy', 'false');
    },
  );
}
