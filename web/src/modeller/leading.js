// Leads sequence flows anew: of all ways with one long stretch the one the check has least against, see engine/layout.
import { is } from 'bpmn-js/lib/util/ModelUtil';
import { getMid } from 'diagram-js/lib/layout/LayoutUtil';
import { withoutRedundantPoints } from 'diagram-js/lib/layout/ManhattanLayout';

// How far a flow goes straight out of a shape, how far ways lie apart, how far beside the middle of a task they dock.
const [STUB, TRACK, BESIDE_X, BESIDE_Y] = [20, 15, 30, 20];
// The drawing program puts all but the first and the last stroke on this grid.
const GRID = 10;
const ROOMY = 80;
// Levels farther away than this lead nowhere.
const FAR = 400;
// What is wrong with a way, in the order of the check, and what only makes it less plain.
const COST = { slanting: 1000, shape: 100, along: 60, label: 30, border: 20, crossing: 8, near: 4, corner: 3, kept: -3 };
const NEAR = 8;
// Strokes that run beside each other look like one when they are no farther apart.
const BLURRED = 5;
// Where a name stands: so far along its stroke and beside it.
const [ALONG, ASIDE] = [8, 5];

const grown = ({ x, y, width, height }, by) => ({ x: x - by, y: y - by, width: width + 2 * by, height: height + 2 * by });
const snapped = (value) => Math.round(value / GRID) * GRID;
const meets = (one, other) => one.x < other.x + other.width && other.x < one.x + one.width
  && one.y < other.y + other.height && other.y < one.y + one.height;

/** The straight parts of a way, as boxes. */
function strokesOf(points) {
  return points.slice(1).map((end, index) => {
    const begin = points[index];
    const [width, height] = [Math.abs(end.x - begin.x), Math.abs(end.y - begin.y)];
    return { x: Math.min(begin.x, end.x), y: Math.min(begin.y, end.y), width, height };
  });
}

/** Where flows may dock at a shape: the point, the column in which they come to their level, and what it costs. */
function portsOf(shape, begins) {
  const { x, y } = getMid(shape);
  const { width, height, host } = shape;
  const roomy = !host && height >= ROOMY;
  const upright = is(shape, 'bpmn:Gateway') ? 0 : 1;
  const ports = [];
  for (const off of roomy ? [0, -BESIDE_X, BESIDE_X] : [0]) {
    ports.push({ x: x + off, y: shape.y, up: true, at: x + off, cost: upright + (off ? 1 : 0) });
    ports.push({ x: x + off, y: shape.y + height, down: true, at: x + off, cost: upright + (off ? 1 : 0) });
  }
  for (const off of roomy ? [0, -BESIDE_Y, BESIDE_Y] : [0]) {
    ports.push({ x: shape.x + width, y: y + off, at: snapped(shape.x + width + STUB), cost: (begins ? 0 : 4) + (off ? 1 : 0) });
    ports.push({ x: shape.x, y: y + off, at: snapped(shape.x - STUB), cost: (begins ? 4 : 0) + (off ? 1 : 0) });
  }
  // A boundary event is left on the side that looks away from its host.
  return host ? ports.filter((port) => !meets({ ...port, width: 1, height: 1 }, grown(host, -1))) : ports;
}

/** Heights at which the long stretch may run: through the middles of both ends, above and below what stands there. */
function levelsOf({ source, target }, shapes) {
  const [from, to] = [Math.min(source.x, target.x), Math.max(source.x + source.width, target.x + target.width)];
  const [first, last] = [Math.min(source.y, target.y) - FAR, Math.max(source.y, target.y) + FAR];
  const levels = new Set([source, target].flatMap((end) => [0, -BESIDE_Y, BESIDE_Y].map((off) => getMid(end).y + off)));
  for (const shape of shapes.filter((each) => each.x < to && from < each.x + each.width && each.y > first && each.y < last)) {
    for (const off of [STUB, STUB + TRACK, STUB + 2 * TRACK]) {
      levels.add(snapped(shape.y - off)).add(snapped(shape.y + shape.height + off));
    }
  }
  return [...levels];
}

function* waysOf(connection, shapes) {
  const { source, target } = connection;
  const fits = (port, level) => (!port.up || level <= port.y - STUB / 2) && (!port.down || level >= port.y + STUB / 2);
  const ends = portsOf(target, false);
  const levels = levelsOf(connection, shapes);
  for (const begin of portsOf(source, true)) {
    for (const end of ends) {
      for (const level of levels.filter((each) => fits(begin, each) && fits(end, each))) {
        const points = [begin, { x: begin.at, y: begin.y }, { x: begin.at, y: level }, { x: end.at, y: level }, { x: end.at, y: end.y }, end];
        yield { points: withoutRedundantPoints(points.map(({ x, y }) => ({ x, y }))), cost: begin.cost + end.cost };
      }
    }
  }
}

/** What speaks against a way; at most `most` is of interest. */
function burden(points, { source, target }, around, most = Infinity) {
  const strokes = strokesOf(points);
  let sum = 0;
  for (const stroke of strokes) {
    const { width, height } = stroke;
    sum += COST.corner + (width + height) / 100 + (width > 1 && height > 1 ? COST.slanting : 0);
    if (sum > most) {
      return sum;
    }
    for (const shape of around.shapes) {
      const own = shape === source || shape === target;
      // The last few pixels of a flow lie inside round and slanted outlines.
      if (meets(stroke, grown(shape, own ? -3 : -1))) {
        sum += COST.shape;
      } else if (!own && meets(stroke, grown(shape, NEAR))) {
        sum += COST.near;
      }
    }
    sum += COST.label * around.labels.filter((label) => meets(stroke, grown(label, -1))).length;
    if (height <= 1) {
      sum += COST.border * around.borders.filter((each) => Math.abs(each.y - stroke.y) < 4 && each.x < stroke.x + width && stroke.x < each.x + each.width).length;
    }
    for (const other of around.flows) {
      const common = other.source === source || other.target === target;
      for (const line of common ? [] : other.strokes) {
        const parallel = width > 1 === line.width > 1;
        if (meets(grown(stroke, parallel ? BLURRED : 0.5), grown(line, 0.5))) {
          sum += parallel ? COST.along : COST.crossing;
        }
      }
    }
  }
  return sum;
}

/** Places for the name of a flow: on both sides of each of its strokes, the first of them first. */
function placesAt({ label: { width, height }, waypoints }) {
  return strokesOf(waypoints).flatMap((stroke, index) => {
    const [begin, end] = [waypoints[index], waypoints[index + 1]];
    const x = end.x > begin.x ? begin.x + ALONG : begin.x - ALONG - width;
    const y = end.y > begin.y ? begin.y + ALONG : begin.y - ALONG - height;
    return stroke.height > 1
      ? [stroke.x + ASIDE, stroke.x - ASIDE - width].map((each) => ({ x: each, y, width, height }))
      : [stroke.y - ASIDE - height, stroke.y + ASIDE].map((each) => ({ x, y: each, width, height }));
  });
}

/** Places for the name of an event or a gateway: below and above its middle, then at its corners. */
function placesAround(shape) {
  const { width, height } = shape.label;
  const { x } = getMid(shape);
  const rows = [shape.y + shape.height + ASIDE, shape.y - ASIDE - height];
  return [x - width / 2, x + ASIDE, x - ASIDE - width].flatMap((left) => rows.map((y) => ({ x: left, y, width, height })));
}

/** Put a name where nothing else stands, unless it stands well. */
function placeName(label, places, reach, around, modeling) {
  const taken = [...around.shapes, ...around.labels.filter((each) => each !== label), ...around.flows.flatMap((flow) => flow.strokes)];
  const free = (box) => !taken.some((each) => meets(grown(box, -1), grown(each, 1)))
    && !around.borders.some((each) => each.x < box.x + box.width && box.x < each.x + each.width && box.y < each.y && each.y < box.y + box.height);
  const near = reach.some((each) => meets(grown(each, STUB), label));
  const place = near && free(label) ? null : places.find(free);
  if (place) {
    modeling.moveShape(label, { x: Math.round(place.x - label.x), y: Math.round(place.y - label.y) });
  }
}

/** What stands and runs where a step does; what still waits to be led anew does not count. */
function surroundings(step, registry, waiting = new Set()) {
  const near = registry.filter((each) => each.parent === step.parent);
  return {
    shapes: near.filter((each) => !each.waypoints && !each.labelTarget && !is(each, 'bpmn:Lane') && !is(each, 'bpmn:Group')),
    labels: near.filter((each) => each.labelTarget && !waiting.has(each.labelTarget)),
    // The upper and the lower line of each lane.
    borders: near.filter((each) => is(each, 'bpmn:Lane')).flatMap(({ x, y, width, height }) => [{ x, y, width }, { x, y: y + height, width }]),
    flows: near.filter((each) => each.waypoints && !waiting.has(each))
      .map((flow) => ({ source: flow.source, target: flow.target, strokes: strokesOf(flow.waypoints) })),
  };
}

/** Lead the sequence flows of some steps anew where that is better, the shortest first; then place the names. */
export function leadAnew(steps, modeling, registry) {
  const length = ({ source, target }) => Math.abs(getMid(source).x - getMid(target).x) + Math.abs(getMid(source).y - getMid(target).y);
  const flows = [...new Set(steps.flatMap((step) => [...step.incoming, ...step.outgoing]))]
    .filter((each) => is(each, 'bpmn:SequenceFlow'))
    .sort((one, other) => length(one) - length(other));
  const waiting = new Set(flows);
  for (const flow of flows) {
    const around = surroundings(flow.source, registry, waiting);
    let best = { cost: burden(flow.waypoints, flow, around) + COST.kept, points: null };
    for (const way of waysOf(flow, around.shapes)) {
      const cost = way.cost + burden(way.points, flow, around, best.cost);
      if (cost < best.cost) {
        best = { ...way, cost };
      }
    }
    if (best.points) {
      modeling.layoutConnection(flow, { waypoints: best.points });
    }
    waiting.delete(flow);
  }
  for (const step of steps.filter(({ label }) => label)) {
    placeName(step.label, placesAround(step), [step], surroundings(step, registry), modeling);
  }
  for (const flow of flows.filter(({ label }) => label)) {
    placeName(flow.label, placesAt(flow), strokesOf(flow.waypoints), surroundings(flow.source, registry), modeling);
  }
}
