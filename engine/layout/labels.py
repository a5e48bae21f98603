"""Places the names of events, gateways and flows where they touch nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from .grid import Grid
from .model import ASSOCIATION, GATEWAY_SIZE, Box, Edge, Node, Point
from .text import LABEL_SIZE, label_size, wrap

Spot = tuple[float, Box]
"""How unusual a place is, and the place."""

ROUNDS = 3
ON_SHAPE, ON_LINE, ON_LABEL, ON_WALL, OUTSIDE, CROWDED = 60.0, 50.0, 70.0, 25.0, 80.0, 3.0
NEAR_LINE = 1.2
DEFAULT_MARK = 9
"""How far from the source the stroke of a default flow is drawn."""


def place_labels(grid: Grid, boxes: dict[str, Box], lines: dict[str, list[Point]]) -> dict[str, Box]:
    """Bounds of all labels of a scope by element id, given its shapes and polylines by element id."""
    surroundings = _Surroundings(grid, boxes, lines)
    prices: dict[str, list[Spot]] = {}
    for n in grid.scope.nodes.values():
        if n.labelled:
            prices[n.id] = surroundings.rank(n.id, _node_spots(n, boxes[n.id]))
    edges = [e for e in grid.scope.edges if e.kind != ASSOCIATION]
    for e in edges:
        if e.name:
            points = _after_trunk(e, edges, lines)
            prices[e.id] = surroundings.rank(e.id, _edge_spots(points, e.name))
            if prices[e.id][0][0] >= ON_WALL:
                prices[e.id] = surroundings.rank(
                    e.id, (*_edge_spots(points, e.name), *_any_spots(points, e.name))
                )
    done = min(
        (_settle(prices, keys) for keys in (list(prices), list(prices)[::-1])), key=lambda found: found[0]
    )[1]
    return {key: (round(x), round(y), round(w), round(h)) for key, (x, y, w, h) in done.items()}


def _settle(prices: dict[str, list[Spot]], keys: list[str]) -> tuple[float, dict[str, Box]]:
    """Places labels one after the other, each again after the others; answers the cost and the places."""
    done: dict[str, Spot] = {}
    for _ in range(ROUNDS):
        before = dict(done)
        for key in keys:
            done[key] = _cheapest(prices[key], [spot[1] for k, spot in done.items() if k != key])
        if done == before:
            break
    return sum(price for price, _ in done.values()), {key: box for key, (_, box) in done.items()}


def _cheapest(spots: list[Spot], others: list[Box]) -> Spot:
    """The best place given the other labels, and what it costs with them."""
    best, chosen = 1e18, spots[0]
    for price, box in spots:
        if price >= best:
            break
        price += sum(ON_LABEL if _hit(box, b, 3) else CROWDED for b in others if _hit(box, b, 10))
        if price < best:
            best, chosen = price, (price, box)
    return chosen


def _hit(a: Box, b: Box, pad: float = 0) -> bool:
    return (
        a[0] < b[0] + b[2] + pad
        and b[0] < a[0] + a[2] + pad
        and a[1] < b[1] + b[3] + pad
        and b[1] < a[1] + a[3] + pad
    )


class _Surroundings:
    """What labels must keep clear of: shapes, lines, the borders of lanes, the edge of the drawing."""

    def __init__(self, grid: Grid, boxes: dict[str, Box], lines: dict[str, list[Point]]) -> None:
        self.size = grid.width, grid.height
        self.boxes = list(boxes.values())
        self.walls = [(0.0, y - 1, grid.width, 2.0) for band in grid.bands for y in band]
        self.lines = {key: [_stroke(a, b) for a, b in pairwise(points)] for key, points in lines.items()}
        self.strokes = [stroke for strokes in self.lines.values() for stroke in strokes]
        for e in grid.scope.edges:
            if e.default:
                (ax, ay), (bx, by) = lines[e.id][:2]
                mx, my = ax + DEFAULT_MARK * _sign(bx - ax), ay + DEFAULT_MARK * _sign(by - ay)
                self.strokes.append((mx - 8, my - 8, 16, 16))

    def rank(self, key: str, spots: Iterable[Spot]) -> list[Spot]:
        """The places with their prices here, the best first."""
        return sorted(((self.price(key, spot), spot[1]) for spot in spots), key=lambda spot: spot[0])

    def price(self, key: str, spot: Spot) -> float:
        cost, box = spot
        cost += ON_SHAPE * sum(_hit(box, b, 1) for b in self.boxes)
        cost += ON_LINE * sum(_hit(box, s, 1) for s in self.strokes)
        cost += ON_WALL * sum(_hit(box, wall) for wall in self.walls)
        if key in self.lines:
            others = (strokes for k, strokes in self.lines.items() if k != key)
            cost += NEAR_LINE * sum(any(_hit(box, s, 7) for s in strokes) for strokes in others)
        x, y, w, h = box
        return cost + OUTSIDE * (x < 2 or x + w > self.size[0] - 2 or y < 0 or y + h > self.size[1])


def _stroke(a: Point, b: Point) -> Box:
    return min(a[0], b[0]) - 1, min(a[1], b[1]) - 1, abs(a[0] - b[0]) + 2, abs(a[1] - b[1]) + 2


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


def _node_spots(n: Node, shape: Box) -> Iterator[Spot]:
    """Below, above, and at the four corners, in three widths."""
    x, y, w, h = shape
    cx = x + w / 2
    corner = 0.32 * w if h == GATEWAY_SIZE else 0.5 * w
    for limit, wide in ((90, 0), (114, 3), (140, 6)):
        lw, lh = label_size(n.name, limit)
        lines = wrap(n.name, LABEL_SIZE, limit)
        extra = wide + 3 * (len(lines) > 1 and len(lines[-1]) < 3)
        below, above = y + h + 3, y - 3 - lh
        if not n.host:
            yield extra, (cx - lw / 2, below, lw, lh)
            yield 2 + extra, (cx - lw / 2, above, lw, lh)
        for right, cost in ((True, 4 + extra), (False, 6 + extra)):
            beside = cx + 7 if right else cx - 7 - lw
            inset = (w / 2 - corner) * 0.6
            outside = x + w + 1 - inset if right else x - 1 + inset - lw
            yield cost, (beside, below - 2, lw, lh)
            yield cost + 1, (beside, above + 2, lw, lh)
            yield cost + 2, (outside, y + h / 2 + 5, lw, lh)
            yield cost + 3, (outside, y + h / 2 - 5 - lh, lw, lh)


def _edge_spots(points: list[Point], name: str) -> Iterator[Spot]:
    """Beside the first stretches of a line, near its beginning first."""
    for limit, wide in ((90, 0), (140, 5)):
        lw, lh = label_size(name, limit)
        if wide and label_size(name)[1] == lh:
            break
        for i, ((ax, ay), (bx, by)) in enumerate(list(pairwise(points))[:4]):
            length = abs(ax - bx) + abs(ay - by)
            for step, at in enumerate((8, 20, 34, length / 2, length - 40)):
                if not 0 <= at <= length:
                    continue
                cost = wide + 6 * i + step * 0.7
                if ay == by:
                    x = ax + at if bx > ax else ax - at - lw
                    over = max(0, at + lw - length + 8) * 0.4
                    yield cost + over, (x, ay - 3 - lh, lw, lh)
                    yield cost + over + 1.5, (x, ay + 4, lw, lh)
                else:
                    y = ay + at if by > ay else ay - at - lh
                    over = max(0, at + lh - length + 8) * 0.4
                    yield cost + over, (ax + 5, y, lw, lh)
                    yield cost + over + 1, (ax - 5 - lw, y, lw, lh)


def _any_spots(points: list[Point], name: str) -> Iterator[Spot]:
    """Anywhere beside a line, in three widths: the last resort in crowded surroundings."""
    for limit in (60, 90, 140):
        lw, lh = label_size(name, limit)
        for i, ((ax, ay), (bx, by)) in enumerate(pairwise(points)):
            for at in range(0, round(abs(ax - bx) + abs(ay - by)) + 1, 8):
                x, y = ax + at * _sign(bx - ax), ay + at * _sign(by - ay)
                cost = 12 + 2 * i + at / 50
                if ay == by:
                    yield cost, (x - lw / 2, y - 3 - lh, lw, lh)
                    yield cost, (x - lw / 2, y + 4, lw, lh)
                else:
                    yield cost, (x + 5, y - lh / 2, lw, lh)
                    yield cost, (x - 5 - lw, y - lh / 2, lw, lh)


def _after_trunk(e: Edge, edges: list[Edge], lines: dict[str, list[Point]]) -> list[Point]:
    """The part of a polyline that it does not share with other edges leaving the same point."""
    points = lines[e.id]
    shared = max(
        (
            _common_length(points, lines[o.id])
            for o in edges
            if o is not e and o.s is e.s and o.ports[0] == e.ports[0]
        ),
        default=0.0,
    )
    total = sum(abs(a[0] - b[0]) + abs(a[1] - b[1]) for a, b in pairwise(points))
    if shared < 2 or shared >= total:
        return points
    rest, left = [], shared
    for a, b in pairwise(points):
        length = abs(a[0] - b[0]) + abs(a[1] - b[1])
        if left < length:
            cut = max(left, 0)
            rest.append((a[0] + cut * _sign(b[0] - a[0]), a[1] + cut * _sign(b[1] - a[1])))
        left -= length
    return [*rest, points[-1]]


def _common_length(a: list[Point], b: list[Point]) -> float:
    """How far two orthogonal polylines run together from their common beginning."""
    total = 0.0
    if a[0] != b[0]:
        return total
    for (p, q), (r, s) in zip(pairwise(a), pairwise(b), strict=False):
        if (_sign(q[0] - p[0]), _sign(q[1] - p[1])) != (_sign(s[0] - r[0]), _sign(s[1] - r[1])):
            break
        first, second = abs(q[0] - p[0]) + abs(q[1] - p[1]), abs(s[0] - r[0]) + abs(s[1] - r[1])
        total += min(first, second)
        if first != second:
            break
    return total
