// Lays out the selected steps only: in the order of the server's fresh drawing, at the place where they are now.
import { getBusinessObject, is, isAny } from 'bpmn-js/lib/util/ModelUtil';
import { getMid } from 'diagram-js/lib/layout/LayoutUtil';
import { getBBox, selfAndAllChildren } from 'diagram-js/lib/util/Elements';

import { banner, dismiss } from './dialogs.js';
import { leadAnew } from './leading.js';
import { translate } from './words.js';

const COMMAND = 'guicheng.arrange';
// The least gaps of engine/layout/grid.py; the name of a flow needs this much beside its own width, as there.
const [COLUMN_GAP, ROW_GAP, NAME_MARGIN] = [40, 30, 22];
// A lane reaches at least this far beyond what stands in it, and its right end as far as in engine/layout/grid.py.
const [LANE_EDGE, RIGHT_EDGE] = [6, 26];
// Middles that are no farther apart stand in one line.
const SAME_LINE = 5;

const isStep = (element) => is(element, 'bpmn:FlowNode') && !is(element, 'bpmn:BoundaryEvent') && !element.labelTarget;
const nameOf = (element) => getBusinessObject(element).name || element.id;
const lanesOf = (step) => getBusinessObject(step).get('lanes');
/** A step with what moves along with it: boundary events and the names beside them. */
const alongWith = (step) => [step, ...step.attachers].flatMap((each) => [each, ...each.labels]);
/** What stands in the middle of the row of a step: of an open sub-process its start, as in engine/layout. */
const rowMark = (step) => step.children.find((child) => is(child, 'bpmn:StartEvent')) || step;
const rowOf = (step) => getMid(rowMark(step)).y;
const rightOf = (box) => box.x + box.width;
const bottomOf = (box) => box.y + box.height;
const besides = (one, other) => one.y < bottomOf(other) && other.y < bottomOf(one);
const covers = (one, other) => besides(one, other) && one.x < rightOf(other) && other.x < rightOf(one);
const most = (values, value) => Math.max(...values.map(value));
const least = (values, value) => Math.min(...values.map(value));

/** The steps in lines, by where their middles are in the fresh drawing. */
function linesOf(steps, at) {
  const lines = [];
  for (const step of [...steps].sort((one, other) => at(one) - at(other))) {
    const last = lines[lines.length - 1];
    if (last && at(step) - at(last.steps[0]) <= SAME_LINE) {
      last.steps.push(step);
    } else {
      lines.push({ steps: [step], middle: 0 });
    }
  }
  return lines;
}

/** Give each line its middle, so that what reaches beyond the middles is a gap apart. */
function spread(lines, [before, after], gap) {
  lines.forEach((line, index) => {
    const last = lines[index - 1];
    const begin = last ? last.middle + most(last.steps, after) + gap(last, line) : 0;
    line.middle = Math.round(begin + most(line.steps, before));
  });
}

/** The gap between two columns: where the name of a flow stands between them, as wide as that. */
function columnGap(left, right) {
  const between = left.steps.flatMap((step) => [...step.outgoing, ...step.incoming]).filter(({ source, target, label }) =>
    label && [source, target].some((end) => right.steps.includes(end)));
  return Math.max(COLUMN_GAP, ...between.map(({ label }) => label.width + NAME_MARGIN));
}

export class Arranging {
  constructor({ modeller, server, text }) {
    Object.assign(this, { modeller, server, text });
    modeller.get('commandStack').registerHandler(COMMAND, Arrange);
  }

  /** The selected elements that can be laid out by themselves. */
  steps() {
    return this.modeller.get('selection').get().filter(isStep);
  }

  async arrange() {
    banner('layout', translate('Laying out …'));
    try {
      const places = await this.freshPlaces();
      // What was selected may have changed while the server was drawing.
      const steps = this.steps();
      if (steps.length < 2) {
        dismiss('layout');
        return;
      }
      const plan = this.plan(steps, places);
      const before = steps.map((step) => [...lanesOf(step)]);
      const stack = this.modeller.get('commandStack');
      if (plan.spaces.length || plan.moves.length) {
        stack.execute(COMMAND, plan);
      }
      const changed = (step, index) => lanesOf(step).length !== before[index].length || lanesOf(step).some((lane) => !before[index].includes(lane));
      if (steps.some(changed)) {
        stack.undo();
        throw new Error(translate('A step would come into another lane. Select nothing to lay out the whole diagram.'));
      }
      banner('layout', translate('The selected steps have been laid out. “Undo” takes it back.'));
    } catch (error) {
      banner('layout', error.message);
    }
  }

  /** Where the server would draw everything: the middle of each shape by its id. */
  async freshPlaces() {
    const fresh = await this.server.layout(await this.text());
    const { rootElement } = await this.modeller.get('moddle').fromXML(fresh);
    const drawn = rootElement.get('diagrams').flatMap(({ plane }) => plane.get('planeElement'));
    return new Map(drawn.filter((each) => each.bpmnElement && each.bounds).map((each) => [each.bpmnElement.id, getMid(each.bounds)]));
  }

  /** Which steps move how far, and where space is made first. Throws the sentence that says why it cannot be done. */
  plan(steps, places) {
    const [{ parent }] = steps;
    const lost = steps.find((step) => !places.has(step.id) || !places.has(rowMark(step).id));
    if (steps.some((step) => step.parent !== parent)) {
      throw new Error(translate('The selected steps lie in different pools or sub-processes. Select steps of one of them, or nothing to lay out the whole diagram.'));
    }
    if (lost) {
      throw new Error(translate('There is no place for “{name}” in the layout. Select nothing to lay out the whole diagram.', { name: nameOf(lost) }));
    }
    const to = this.middles(steps, places);
    const deltas = new Map(steps.map((step) => [step, { x: to.get(step).x - getMid(step).x, y: to.get(step).y - rowOf(step) }]));
    const boxes = steps.map((step) => {
      const box = getBBox(alongWith(step));
      return { ...box, x: box.x + deltas.get(step).x, y: box.y + deltas.get(step).y };
    });
    const others = parent.children
      .filter((each) => !each.waypoints && !each.labelTarget && !each.host && !isAny(each, ['bpmn:Lane', 'bpmn:Participant', 'bpmn:Group']))
      .filter((each) => !steps.includes(each))
      .map((shape) => ({ shape, ...getBBox(alongWith(shape)) }));
    const spaces = this.spaces(steps, places, boxes, others);
    for (const other of others) {
      const moved = spaces.filter(({ start }) => other.shape.x > start).reduce((sum, { delta }) => sum + delta, 0);
      if (boxes.some((box) => covers(box, { ...other, x: other.x + moved }))) {
        throw new Error(translate('“{name}” is in the way of the selected steps. Move it away first, or select nothing to lay out the whole diagram.', { name: nameOf(other.shape) }));
      }
    }
    return { steps, spaces, moves: [...deltas].filter(([, { x, y }]) => x || y) };
  }

  /** Where the middle of each step comes: columns go through all lanes, rows are those of its own lane. */
  middles(steps, places) {
    const reach = new Map(steps.map((step) => {
      const [box, { x }, y] = [getBBox(alongWith(step)), getMid(step), rowOf(step)];
      return [step, { left: x - box.x, right: rightOf(box) - x, up: y - box.y, down: bottomOf(box) - y }];
    }));
    const sides = (...names) => names.map((name) => (step) => reach.get(step)[name]);
    const to = new Map(steps.map((step) => [step, { x: 0, y: 0 }]));
    const place = (lines, axis, shift) => lines.forEach((line) => line.steps.forEach((step) => {
      to.get(step)[axis] = line.middle + shift;
    }));

    const columns = linesOf(steps, (step) => places.get(step.id).x);
    spread(columns, sides('left', 'right'), columnGap);
    const left = least(columns, (line) => line.middle - most(line.steps, (step) => step.width / 2));
    place(columns, 'x', least(steps, (step) => step.x) - left);

    for (const [around, inside] of this.byLane(steps)) {
      const rows = linesOf(inside, (step) => places.get(rowMark(step).id).y);
      spread(rows, sides('up', 'down'), () => ROW_GAP);
      const height = rows[rows.length - 1].middle + most(rows[rows.length - 1].steps, sides('down')[0]);
      const top = least(rows, (line) => line.middle - most(line.steps, (step) => rowOf(step) - step.y));
      let shift = least(inside, (step) => step.y) - top;
      // A pool, lane or sub-process has a height; the open canvas has none.
      if (around.height) {
        const [first, last] = [around.y + LANE_EDGE, bottomOf(around) - LANE_EDGE - height];
        if (last < first) {
          const name = nameOf(around);
          throw new Error(is(around, 'bpmn:Lane')
            ? translate('Lane “{name}” is too low for the selected steps. Make it higher first, or select nothing to lay out the whole diagram.', { name })
            : translate('“{name}” is too low for the selected steps. Make it higher first, or select nothing to lay out the whole diagram.', { name }));
        }
        shift = Math.max(first, Math.min(last, shift));
      }
      place(rows, 'y', shift);
    }
    return to;
  }

  /** The steps by the innermost lane that holds them; without lanes by what is drawn around them. */
  byLane(steps) {
    const registry = this.modeller.get('elementRegistry');
    const groups = new Map();
    for (const step of steps) {
      const lanes = lanesOf(step).map(({ id }) => registry.get(id)).filter(Boolean).sort((one, other) => one.height - other.height);
      const around = lanes[0] || step.parent;
      groups.set(around, [...(groups.get(around) || []), step]);
    }
    return groups;
  }

  /** Where space is made to the right: before what would be covered there, and at the right end of what is around. */
  spaces(steps, places, boxes, others) {
    const [{ parent }] = steps;
    const freshOf = ({ shape }) => (places.has(shape.id) ? places.get(shape.id).x : -Infinity);
    const [now, fresh] = [most(steps, (step) => getMid(step).x), most(steps, (step) => places.get(step.id).x)];
    const left = least(boxes, (box) => box.x);
    // To the right is what stands there now, and what the fresh drawing puts there.
    const beyond = others.filter((other) => other.x > left && (other.x > now || freshOf(other) > fresh));
    const missing = (other) => Math.max(0, ...boxes
      .filter((box) => besides(box, other) && rightOf(box) + COLUMN_GAP / 2 > other.x)
      .map((box) => rightOf(box) + COLUMN_GAP - other.x));
    const pressed = beyond.filter(missing);
    const spaces = [];
    if (pressed.length) {
      // Whole columns go along, also where a wider shape of another lane begins further left.
      const middle = least(pressed, ({ shape }) => getMid(shape).x) - SAME_LINE;
      const along = others.filter(({ shape }) => shape.x > left && getMid(shape).x >= middle);
      spaces.push({ start: least(along, ({ shape }) => shape.x) - 1, delta: Math.ceil(most(pressed, missing)) });
    }
    if (parent.width) {
      const end = rightOf(parent) + (spaces.length ? spaces[0].delta : 0);
      const short = Math.ceil(most(boxes, rightOf) + RIGHT_EDGE - end);
      if (short > 0) {
        spaces.push({ start: end - 1, delta: short });
      }
    }
    return spaces;
  }
}

/** All of it as one command, so that one step back takes it back: makes space, moves the steps, leads their flows anew. */
class Arrange {
  constructor(canvas, registry, modeling, spaceTool) {
    Object.assign(this, { canvas, registry, modeling, spaceTool });
  }

  preExecute({ steps, spaces, moves }) {
    const { canvas, modeling, registry, spaceTool } = this;
    for (const { start, delta } of spaces) {
      // The selected steps get their own places afterwards.
      const own = new Set(selfAndAllChildren(steps.flatMap(alongWith), true));
      const all = selfAndAllChildren(canvas.findRoot(steps[0]), true).filter((each) => !own.has(each));
      const { movingShapes, resizingShapes } = spaceTool.calculateAdjustments(all, 'x', delta, start);
      modeling.createSpace(movingShapes, resizingShapes, { x: delta, y: 0 }, 'e', start);
    }
    // What goes equally far goes at once, and the flows in between keep their shape.
    const together = new Map();
    for (const [step, delta] of moves) {
      const key = `${delta.x} ${delta.y}`;
      together.set(key, { delta, moving: [...(together.has(key) ? together.get(key).moving : []), step] });
    }
    for (const { delta, moving } of together.values()) {
      modeling.moveElements(moving, delta, undefined, { autoResize: false });
    }
    leadAnew(steps.flatMap((step) => [step, ...step.attachers]), modeling, registry);
  }
}
Arrange.$inject = ['canvas', 'elementRegistry', 'modeling', 'spaceTool'];
