"""A coarse picture of the edges, cheap enough to judge thousands of arrangements of the nodes.

Cells have even coordinates, the gaps between them odd ones. Every edge takes the cheapest of a few plausible
shapes, given the edges before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, repeat

from .model import ANNOTATION, MESSAGE, Edge, Node, Scope

STRIDE = 1 << 16
"""One position is `x * STRIDE + y + 1`; the 1 leaves room for the gap above the first row."""

NEVER = 1e9
THROUGH, OVERLAP, SAME_EXIT = 6.0, 0.5, 0.25
PER_ROW, PER_COLUMN, GUEST_ABOVE = 1.5, 1.0, 2.0

Cell = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Shape:
    """One way to draw an edge: what it costs alone, the cells it passes, and what it occupies."""

    cost: float
    cells: tuple[int, ...]
    across: tuple[int, ...]
    """Positions strictly inside its horizontal segments."""
    along: tuple[int, ...]
    """Positions strictly inside its vertical segments."""
    steps: frozenset[int]
    """Unit steps: twice the lower position, plus one when vertical."""
    leaving: frozenset[int]
    """Those of the first segment."""
    ends: tuple[int, int]


class Picture:
    """Judges the present columns, lanes and rows of a scope."""

    def __init__(self, scope: Scope, crossing: float, main_bend: float) -> None:
        self.scope = scope
        self.crossing, self.main_bend = crossing, main_bend
        self.cells = scope.cells
        self.edges = [e for e in scope.edges if e.kind != MESSAGE]
        self.main = [n for n in self.cells if n.main]
        self.lanes = len(scope.pool_of_lane)
        self.known: dict[tuple[int, int, int, int, int], tuple[Shape, ...]] = {}

    def number_rows(self) -> list[int]:
        """Counts rows over all lanes; the answer is the lane of each."""
        used: list[set[float]] = [set() for _ in range(self.lanes)]
        for n in self.cells:
            used[n.lane].add(n.row)
        owner: list[int] = []
        place: list[dict[float, int]] = []
        for lane, rows in enumerate(used):
            place.append({row: len(owner) + i for i, row in enumerate(sorted(rows))})
            owner += [lane] * max(1, len(rows))
        for n in self.cells:
            n.line = place[n.lane][n.row]
        return owner

    def cost(self, owner: list[int], limit: float = NEVER) -> float:
        """The lower the better; NEVER when two nodes share a cell, or once `limit` is sure to be passed."""
        occupied = self.occupied(owner)
        if occupied is None:
            return NEVER
        columns = 1 + max(n.rank for n in self.cells)
        bends = len({n.line for n in self.main}) - len({n.lane for n in self.main})
        total = PER_ROW * len(owner) + PER_COLUMN * columns + self.main_bend * bends
        choices = [(e, self.shapes(e)) for e in self.edges]
        total += sum(shapes[0].cost * (2 if e.main else 1) for e, shapes in choices)
        total += sum(GUEST_ABOVE for e in self.edges if _reminder_above(e))
        drawn = _Drawn(self.crossing)
        for e, shapes in choices:
            if total >= limit:
                return NEVER
            best, chosen = NEVER, shapes[0]
            for shape in shapes:
                if shape.cost >= best:
                    break
                cost = shape.cost if occupied.isdisjoint(shape.cells) else shape.cost + THROUGH
                if cost < best:
                    cost += drawn.conflicts(shape, best - cost)
                if cost < best:
                    best, chosen = cost, shape
            total += (best - shapes[0].cost) * (2 if e.main else 1)
            drawn.add(chosen)
        return total

    def occupied(self, owner: list[int]) -> set[int] | None:
        """The cells that edges cannot pass; None when two nodes share one."""
        cells = {n.rank * 2 * STRIDE + n.line * 2 + 1 for n in self.cells}
        if len(cells) < len(self.cells):
            return None
        for n in self.cells:
            if n.inner:  # a large shape may cover the free rows of its lane
                cells |= {n.rank * 2 * STRIDE + i * 2 + 1 for i, lane in enumerate(owner) if lane == n.lane}
        return cells

    def shapes(self, e: Edge) -> tuple[Shape, ...]:
        """The plausible shapes of an edge, the cheapest alone first."""
        s, t = e.s.own, e.t.own
        if e.s.host:
            manner = 3 if s is not t else 4
        elif ANNOTATION in (s.kind, t.kind):
            manner = 2
        else:
            manner = 1 if e.s.gateway else 0
        key = (manner * 2 + e.back, s.rank, s.line, t.rank, t.line)
        found = self.known.get(key)
        if found is None:
            ways = _ways(manner, e.back, s.rank * 2, s.line * 2, t.rank * 2, t.line * 2)
            found = tuple(
                sorted((_shape(cost, points) for cost, points in ways), key=lambda shape: shape.cost)
            )
            self.known[key] = found
        return found


def _reminder_above(e: Edge) -> bool:
    """Whether the handler of a boundary event stands above its host; people look for it below."""
    host: Node | None = e.s.host
    return host is not None and e.t.lane == host.lane and e.t.own.line < host.line


def _ways(manner: int, back: bool, x1: int, y1: int, x2: int, y2: int) -> Iterator[tuple[float, list[Cell]]]:
    """Costs of bends and unusual exits, and the polylines they belong to."""
    if (x1, y1) == (x2, y2):  # a loop on one shape
        yield 2, [(x1, y1), (x1, y1 - 1)]
    elif manner >= 3:
        yield from _guest_ways(x1, y1, x2, y2)
    elif x1 == x2:
        yield (0 if manner else 0.8), [(x1, y1), (x1, y2)]
        for x in (x1 + 1, x1 - 1):
            yield 3, [(x1, y1), (x, y1), (x, y2), (x2, y2)]
    elif back:
        for y in sorted({min(y1, y2) - 1, max(y1, y2) + 1, y1 - 1, y1 + 1, y2 - 1, y2 + 1}):
            yield 2, [(x1, y1), (x1, y), (x2, y), (x2, y2)]
        if y1 != y2:
            yield 1.2, [(x1, y1), (x2, y1), (x2, y2)]
            yield 1.2, [(x1, y1), (x1, y2), (x2, y2)]
    else:
        yield from _forward_ways(0 if manner else 0.8, x1, y1, x2, y2)


def _forward_ways(
    vertical_exit: float, x1: int, y1: int, x2: int, y2: int
) -> Iterator[tuple[float, list[Cell]]]:
    if y1 == y2:
        yield 0, [(x1, y1), (x2, y2)]
        for y in (y1 - 1, y1 + 1):
            yield 2.2 + vertical_exit, [(x1, y1), (x1, y), (x2, y), (x2, y2)]
        return
    yield 1 + vertical_exit, [(x1, y1), (x1, y2), (x2, y2)]
    yield 1.4, [(x1, y1), (x2, y1), (x2, y2)]
    for x in sorted({x1 + 1, x2 - 1}):
        yield 2, [(x1, y1), (x, y1), (x, y2), (x2, y2)]
    toward = 1 if y2 > y1 else -1
    for y in sorted({y1 + toward, y2 - toward}):
        yield 2.6, [(x1, y1), (x1, y), (x2, y), (x2, y2)]


def _guest_ways(x1: int, y1: int, x2: int, y2: int) -> Iterator[tuple[float, list[Cell]]]:
    """A boundary event sits above when its target does, else below, and is left vertically."""
    side = -1 if y2 < y1 else 1
    if x1 == x2:
        yield 0, [(x1, y1), (x1, y2)]
    else:
        if y1 != y2:
            yield 1, [(x1, y1), (x1, y2), (x2, y2)]
        for y in sorted({y1 + side, y2 - side if y1 != y2 else y1 + side}):
            yield 2, [(x1, y1), (x1, y), (x2, y), (x2, y2)]


def _shape(cost: float, points: list[Cell]) -> Shape:
    cells: list[int] = []
    across: list[int] = []
    along: list[int] = []
    steps: list[int] = []
    leaving: list[int] = []
    ends = (_position(*points[0]), _position(*points[-1]))
    for i, (a, b) in enumerate(pairwise(points)):
        (x1, y1), (x2, y2) = min(a, b), max(a, b)
        vertical = x1 == x2
        cost += (x2 - x1) * 0.02 + (y2 - y1) * 0.15
        inside = [(x1, y) for y in range(y1, y2 + 1)] if vertical else [(x, y1) for x in range(x1, x2 + 1)]
        cells += [_position(x, y) for x, y in inside if x % 2 == 0 and y % 2 == 0]
        (along if vertical else across).extend(_position(x, y) for x, y in inside[1:-1])
        steps += [_position(x, y) * 2 + vertical for x, y in inside[:-1]]
        leaving = leaving if i else list(steps)
    passed = tuple(cell for cell in dict.fromkeys(cells) if cell not in ends)
    return Shape(cost, passed, tuple(across), tuple(along), frozenset(steps), frozenset(leaving), ends)


def _position(x: int, y: int) -> int:
    return x * STRIDE + y + 1


class _Drawn:
    """The shapes taken so far, indexed so that conflicts with one more are found quickly."""

    def __init__(self, crossing: float) -> None:
        self.crossing = crossing
        self.across: dict[int, int] = {}
        self.along: dict[int, int] = {}
        self.steps: dict[int, list[Shape]] = {}

    def add(self, shape: Shape) -> None:
        across, along, steps = self.across, self.along, self.steps
        for position in shape.across:
            across[position] = across.get(position, 0) + 1
        for position in shape.along:
            along[position] = along.get(position, 0) + 1
        for step in shape.steps:
            if step in steps:
                steps[step].append(shape)
            else:
                steps[step] = [shape]

    def conflicts(self, shape: Shape, limit: float) -> float:
        """What crossings, and running together with others, cost; anything from `limit` on is as bad as that.

        Running together is bad without a common end, and a little when two leave a source by the same side.
        """
        total = 0.0
        if not self.across.keys().isdisjoint(shape.along):
            total += self.crossing * sum(map(self.across.get, shape.along, repeat(0)))
        if not self.along.keys().isdisjoint(shape.across):
            total += self.crossing * sum(map(self.along.get, shape.across, repeat(0)))
        if total >= limit:
            return total
        met: dict[int, float] = {}
        source, target = shape.ends
        for step in self.steps.keys() & shape.steps:
            for other in self.steps[step]:
                if source != other.ends[0]:
                    if target != other.ends[1]:
                        met[id(other)] = OVERLAP
                elif step in shape.leaving and step in other.leaving:
                    met[id(other)] = SAME_EXIT
        return total + sum(met.values())
