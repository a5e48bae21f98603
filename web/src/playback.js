// Plays a scenario back: sentence by sentence its steps are marked in the diagrams, beside the clauses they rest on.
import './polyfills.js';
import { within } from './viewer-within.js';

const READABLE_SCALE = 0.8;
const PER_SENTENCE = 1300;
const PER_STEP = 420;

const root = document.getElementById('playback');
const data = JSON.parse(document.getElementById('gc-data').textContent);
const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
const viewers = new Map();
let at = -1;
let timers = [];
let playing = null;
let shown = data.key;

const drawing = (process) => [...root.querySelectorAll('[data-process]')].find((each) => each.dataset.process === process);

/** The viewer of a procedure's diagram, drawn when it is first looked at. */
function viewer(process) {
  if (!viewers.has(process)) {
    const place = drawing(process).querySelector('[data-play-url]');
    viewers.set(process, window.guichengDiagram(place, place.dataset.playUrl));
  }
  return viewers.get(process);
}

/** The procedure to look at with a sentence: the one it went to last, or where the last one went that moved. */
function processAt(index) {
  for (let number = index; number >= 0; number -= 1) {
    const steps = data.frames[number];
    if (steps.length) {
      return steps[steps.length - 1].process;
    }
  }
  return data.key;
}

/** The flows a token has surely gone by: the only way out of what was passed, or the only way in to it. */
function flowsBetween(registry, passed) {
  return registry.filter((each) => {
    if (each.type !== 'bpmn:SequenceFlow') {
      return false;
    }
    const { source, target } = each;
    const ways = (list) => (list || []).filter((one) => one.type === 'bpmn:SequenceFlow').length;
    return passed.has(source.id) && passed.has(target.id) && (ways(source.outgoing) === 1 || ways(target.incoming) === 1);
  });
}

function mark(drawn, process, before, now) {
  const canvas = drawn.get('canvas');
  const registry = drawn.get('elementRegistry');
  const wanted = new Map();
  const passed = new Set();
  for (const step of [...before, ...now].filter((each) => each.process === process)) {
    passed.add(step.element);
    wanted.set(step.element, 'gc-done');
  }
  for (const flow of flowsBetween(registry, passed)) {
    wanted.set(flow.id, 'gc-done');
  }
  for (const step of now.filter((each) => each.process === process)) {
    wanted.set(step.element, 'gc-now');
  }
  for (const element of registry.filter((each) => each.parent)) {
    for (const name of ['gc-done', 'gc-now']) {
      if (wanted.get(element.id) === name) {
        canvas.addMarker(element, name);
      } else if (canvas.hasMarker(element, name)) {
        canvas.removeMarker(element, name);
      }
    }
  }
}

/** Bring an element into the middle, large enough to be read. */
function lookAt(drawn, id) {
  const element = drawn.get('elementRegistry').get(id);
  if (!element) {
    return;
  }
  const canvas = drawn.get('canvas');
  const { inner, outer, scale } = canvas.viewbox();
  const now = Math.max(scale, READABLE_SCALE);
  const [width, height] = [outer.width / now, outer.height / now];
  canvas.viewbox({
    x: within(element.x + (element.width || 0) / 2, width, inner.x, inner.width),
    y: within(element.y + (element.height || 0) / 2, height, inner.y, inner.height),
    width,
    height,
  });
}

async function paint(index, until) {
  const steps = data.frames[index].slice(0, until);
  const last = index === data.frames.length - 1 && !data.passed;
  const now = last ? [...steps, ...data.standing] : steps;
  const process = steps.length ? steps[steps.length - 1].process : processAt(index);
  for (const section of root.querySelectorAll('[data-process]')) {
    section.classList.toggle('away', section.dataset.process !== process);
  }
  shown = process;
  const drawn = await viewer(process);
  if (at !== index || shown !== process) {
    return;
  }
  const before = data.frames.slice(0, index).flat();
  mark(drawn, process, before, now);
  const here = [...before, ...now].filter((each) => each.process === process).pop();
  if (here) {
    lookAt(drawn, here.element);
  }
}

function clausesOf(index) {
  const wanted = new Set(data.frames[index].flatMap((each) => each.clauses || []));
  let first = null;
  for (const each of root.querySelectorAll('[data-clause]')) {
    const on = wanted.has(each.dataset.clause);
    each.classList.toggle('on', on);
    first = first || (on ? each : null);
  }
  const others = root.querySelector('[data-others]');
  if (others) {
    others.hidden = !root.querySelector('.sc-other.on');
  }
  const column = root.querySelector('.sc-beside');
  if (first && column.scrollHeight > column.clientHeight) {
    column.scrollTop = first.offsetTop - column.offsetTop - 8;
  }
}

function go(index) {
  const wanted = Math.min(Math.max(index, 0), data.frames.length - 1);
  for (const timer of timers) {
    clearTimeout(timer);
  }
  timers = [];
  at = wanted;
  const lines = root.querySelectorAll('[data-frame]');
  for (const line of lines) {
    const current = Number(line.dataset.frame) === wanted;
    line.classList.toggle('on', current);
    if (current) {
      line.setAttribute('aria-current', 'step');
    } else {
      line.removeAttribute('aria-current');
    }
  }
  root.querySelector('[data-play-count]').textContent = `${wanted + 1} / ${data.frames.length}`;
  const passed = lines[wanted].querySelector('.hint');
  root.querySelector('[data-play-said]').textContent =
    lines[wanted].querySelector('.sc-frame').textContent + (passed ? `（${passed.textContent.trim()}）` : '');
  clausesOf(wanted);
  const count = data.frames[wanted].length;
  if (still || count < 2) {
    paint(wanted, count);
    return;
  }
  for (let until = 1; until <= count; until += 1) {
    timers.push(setTimeout(() => paint(wanted, until), (until - 1) * PER_STEP));
  }
}

const button = root.querySelector('[data-play="run"]');
const label = button.textContent;

function pause() {
  clearTimeout(playing);
  playing = null;
  button.textContent = label;
  button.setAttribute('aria-pressed', 'false');
}

function playOn() {
  const wait = PER_SENTENCE + (still ? 0 : PER_STEP * data.frames[at].length);
  playing = setTimeout(() => {
    if (at >= data.frames.length - 1) {
      pause();
      return;
    }
    go(at + 1);
    playOn();
  }, wait);
}

function play() {
  if (playing) {
    pause();
    return;
  }
  button.textContent = button.dataset.stop;
  button.setAttribute('aria-pressed', 'true');
  if (at >= data.frames.length - 1) {
    go(0);
  }
  playOn();
}

const moves = {
  first: () => go(0),
  back: () => go(at - 1),
  on: () => go(at + 1),
  last: () => go(data.frames.length - 1),
  run: play,
};

function move(name) {
  if (name !== 'run') {
    pause();
  }
  moves[name]();
}

root.addEventListener('click', (event) => {
  const pressed = event.target.closest('[data-play], [data-go]');
  if (!pressed) {
    return;
  }
  if (pressed.dataset.go) {
    pause();
    go(Number(pressed.dataset.go));
  } else {
    move(pressed.dataset.play);
  }
});

const KEYS = { ArrowLeft: 'back', ArrowRight: 'on', Home: 'first', End: 'last', ' ': 'run' };

document.addEventListener('keydown', (event) => {
  const name = KEYS[event.key];
  // In the drawing the keys move the drawing; a space on a button presses that button.
  const own = event.target.closest('.gc-diagram, input, textarea, select');
  const pressed = event.key === ' ' && event.target.closest('button, a, summary');
  if (!name || own || pressed || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) {
    return;
  }
  event.preventDefault();
  move(name);
});

go(0);
window.guichengPlayback = { go, viewer };
