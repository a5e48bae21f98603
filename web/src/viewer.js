// Draws a BPMN diagram that can be looked at, with the state of a case marked in it.
//
//   <div data-diagram-url="/…" data-states='{"approve": "now"}' data-label="领料流程图"></div>
//
// States may also stand in a <script type="application/json"> inside the element, colours in one with data-heat. What the element shows before
// (a sentence, a link to the file) stays for those without scripts and is replaced by the drawing.
import './polyfills.js';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import './viewer.css';
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';

import { heatOf, warm } from './viewer-heat.js';
import { watchKeyboard, watchTouch, watchWheel } from './viewer-navigation.js';
import { within } from './viewer-within.js';
import { words } from './viewer-words.js';

const STATES = ['done', 'now', 'todo'];
// Below this scale names can no longer be read, so a drawing with a current step opens at that step instead.
const READABLE_SCALE = 0.75;

/**
 * Draw a diagram into an element of the page and mark the elements of the case.
 *
 * @param {HTMLElement} container emptied first; its size is the size of the drawing
 * @param {string} source the address of the XML, or the XML itself
 * @param {Object<string, 'done'|'now'|'todo'>} states element id → state; ids the drawing does not show are ignored
 * @returns {Promise<NavigatedViewer>} rejected when the diagram cannot be fetched or read
 */
export async function guichengDiagram(container, source, states = {}) {
  container.setAttribute('aria-busy', 'true');
  const heats = heatOf(container);
  try {
    const xml = source.trimStart().startsWith('<') ? source : await load(source);
    container.replaceChildren();
    container.classList.add('gc-diagram');
    const viewer = new NavigatedViewer({
      container,
      // The wheel belongs to the page; watchWheel zooms with the control key.
      zoomScroll: { enabled: false },
      textRenderer: { defaultStyle: { fontFamily: getComputedStyle(container).fontFamily } },
    });
    await viewer.importXML(xml);
    mark(viewer, states);
    warm(viewer, heats);
    describe(viewer, container);
    show(viewer, states);
    container.append(toolbar(viewer));
    watchKeyboard(viewer);
    watchTouch(viewer);
    watchWheel(viewer);
    watchSize(viewer, container, states);
    return viewer;
  } finally {
    container.removeAttribute('aria-busy');
  }
}

async function load(url) {
  const response = await fetch(url, { headers: { Accept: 'application/xml' }, credentials: 'same-origin' });
  if (!response.ok) {
    throw new Error(`HTTP ${response.status}`);
  }
  return response.text();
}

function mark(viewer, states) {
  const canvas = viewer.get('canvas');
  const registry = viewer.get('elementRegistry');
  for (const [id, state] of Object.entries(states)) {
    if (STATES.includes(state) && registry.get(id)) {
      canvas.addMarker(id, `gc-${state}`);
    }
  }
}

function describe(viewer, container) {
  const svg = viewer.get('canvas').getContainer().querySelector('svg');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', `${container.dataset.label || words().diagram}${words().keys}`);
}

function show(viewer, states) {
  const canvas = viewer.get('canvas');
  const scale = canvas.zoom('fit-viewport', 'auto');
  const current = Object.keys(states).find((id) => states[id] === 'now');
  const element = current && viewer.get('elementRegistry').get(current);
  if (element && scale < READABLE_SCALE) {
    const { inner, outer } = canvas.viewbox();
    const width = outer.width / READABLE_SCALE;
    const height = outer.height / READABLE_SCALE;
    canvas.viewbox({
      x: within(element.x + (element.width || 0) / 2, width, inner.x, inner.width),
      y: within(element.y + (element.height || 0) / 2, height, inner.y, inner.height),
      width,
      height,
    });
  }
}

// A window made wider, a phone turned or a folded part opened again: the drawing fits its new size. Who has moved or
// zoomed it keeps what they were looking at in the middle.
function watchSize(viewer, container, states) {
  const canvas = viewer.get('canvas');
  const sizeNow = () => `${container.clientWidth} ${container.clientHeight}`;
  const viewNow = () => {
    const { x, y, width, height, scale } = canvas.viewbox();
    return { middle: { x: x + width / 2, y: y + height / 2 }, scale };
  };
  let [size, shown, last] = [sizeNow(), JSON.stringify(viewNow()), viewNow()];
  viewer.get('eventBus').on('canvas.viewbox.changed', () => {
    last = viewNow();
  });
  new ResizeObserver(() => {
    if (sizeNow() === size || !container.clientWidth || !container.clientHeight) {
      return;
    }
    size = sizeNow();
    const moved = JSON.stringify(last) !== shown ? last : null;
    canvas.resized();
    if (moved) {
      const [width, height] = [container.clientWidth / moved.scale, container.clientHeight / moved.scale];
      canvas.viewbox({ x: moved.middle.x - width / 2, y: moved.middle.y - height / 2, width, height });
    } else {
      show(viewer, states);
      last = viewNow();
      shown = JSON.stringify(last);
    }
  }).observe(container);
}

// Buttons do what keys and dragging do, for fingers and for those who cannot drag. They stand at the top: the
// mark of bpmn.io at the bottom right must never be covered.
function toolbar(viewer) {
  const bar = document.createElement('div');
  bar.className = 'gc-diagram-tools';
  const canvas = viewer.get('canvas');
  const zoomScroll = viewer.get('zoomScroll');
  const buttons = [
    ['＋', words().closer, () => zoomScroll.stepZoom(1)],
    ['－', words().further, () => zoomScroll.stepZoom(-1)],
    [words().all, words().whole, () => canvas.zoom('fit-viewport', 'auto')],
  ];
  for (const [sign, label, action] of buttons) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = sign;
    button.title = label;
    button.setAttribute('aria-label', label);
    button.addEventListener('click', action);
    bar.append(button);
  }
  return bar;
}

function statesOf(element) {
  const script = element.querySelector('script[type="application/json"]:not([data-heat])');
  return JSON.parse(element.dataset.states || (script && script.textContent) || '{}');
}

async function drawAll(root) {
  const inside = [...root.querySelectorAll('[data-diagram-url]')];
  const all = root.matches && root.matches('[data-diagram-url]') ? [root, ...inside] : inside;
  for (const element of all) {
    const folded = element.closest('details:not([open])');
    if (folded) {
      // What is folded away has no size to fit a drawing into.
      folded.addEventListener('toggle', () => drawAll(folded), { once: true });
      continue;
    }
    if (element.dataset.drawn) {
      continue;
    }
    element.dataset.drawn = 'true';
    try {
      await guichengDiagram(element, element.dataset.diagramUrl, statesOf(element));
    } catch (error) {
      const message = document.createElement('p');
      message.className = 'gc-diagram-error';
      message.setAttribute('role', 'alert');
      message.textContent = words().failed(error.message);
      element.replaceChildren(message);
    }
  }
}

window.guichengDiagram = guichengDiagram;

// Scripts are loaded with `defer`, so the page is there.
drawAll(document);
