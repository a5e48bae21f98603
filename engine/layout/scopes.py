"""Draws one scope whose rows and columns are chosen: boundary events, edges, labels."""

from __future__ import annotations

from itertools import combinations

from .extents import guest_pitch, whole
from .geometry import meetings
from .grid import Grid, Spacing
from .labels import place_labels
from .model import Box, Drawing, N, Node, Point, S, Scope
from .routing import Costs, Router
from .text import NAME_SIZE, text_width

TITLE = 30
"""Height of the strip that holds the name of an expanded sub-process; the viewer centres it there."""
MARKER = 16
"""Height of the strip for the loop marker at the bottom of an activity."""
GUEST_INSET = 40.0
PER_CROSSING, PER_WIDTH, PER_HEIGHT, PER_DRIFT = 10.0, 1 / 150, 1 / 100, 1 / 100


def draw_content(scope: Scope, spacing: Spacing, costs: Costs) -> Drawing:
    """The drawing of a scope, after the contents of its sub-processes are drawn with the same spacing."""
    for n in scope.nodes.values():
        if n.content:
            fill(n, draw_content(n.content, spacing, costs))
    return draw_scope(scope, spacing, costs)


def fill(n: Node, inner: Drawing) -> None:
    """Gives a sub-process its drawn content and the size that needs."""
    n.inner = inner
    wanted = text_width(n.name, NAME_SIZE) + 40, guest_pitch(n) * len(n.guests) + GUEST_INSET
    n.w = whole(max(inner.w, *wanted))
    n.h = inner.h + (MARKER if n.looped else 0)


def draw_scope(scope: Scope, spacing: Spacing, costs: Costs) -> Drawing:
    """The drawing of a scope whose sub-processes are filled; raises NoRoute when an edge finds no way."""
    for n in scope.cells:
        _seat_guests(scope, n)
    grid = Grid(scope, spacing)
    router = Router(grid, costs)
    router.route()
    boxes: dict[str, Box] = {}
    for n in scope.nodes.values():
        x, y, w, h = grid.box(n)
        boxes[n.id] = round(x), round(y), round(w), round(h)
    lines: dict[str, list[Point]] = {e.id: router.polyline(e) for e in scope.edges}
    flat = Drawing(edges=lines, labels=place_labels(grid, boxes, lines))
    for n in scope.nodes.values():
        flat.shapes[n.id] = boxes[n.id]
        if n.inner:
            flat.expanded.add(n.id)
            flat.take(n.inner, boxes[n.id][0] + round((n.w - n.inner.w) / 2), boxes[n.id][1])
    top = TITLE if scope.nested else 0
    first = next((n.line for n in scope.cells if n.kind == "startEvent"), 0)
    drawing = Drawing(round(grid.width), round(grid.height) + top, round(grid.row[first]) + top)
    drawing.bands = [(round(a), round(b)) for a, b in grid.bands]
    drawing.take(flat, 0, top)
    _judge(drawing, scope, lines)
    return drawing


def _judge(drawing: Drawing, scope: Scope, lines: dict[str, list[Point]]) -> None:
    """Counts crossings; adds up what readers mind: those, bends, size, a main line that moves up or down."""
    drawing.crossings = sum(meetings(a, b).count("cross") for a, b in combinations(lines.values(), 2))
    bends = sum(len(points) - 2 for points in lines.values())
    drift = sum(abs(lines[e.id][0][1] - lines[e.id][-1][1]) for e in scope.edges if e.main)
    size = PER_WIDTH * drawing.w + PER_HEIGHT * drawing.h
    drawing.price = PER_CROSSING * drawing.crossings + bends + size + PER_DRIFT * drift


def _seat_guests(scope: Scope, host: Node) -> None:
    """Puts boundary events on the edge that faces their targets, in an order that avoids crossings."""
    targets: dict[Node, Node] = {}
    for e in scope.edges:
        if e.s.host is host:
            targets.setdefault(e.s, e.t.own)
    seated: dict[int, list[tuple[bool, int, int, Node]]] = {N: [], S: []}
    for g in host.guests:
        t = targets.get(g, host)
        depth, leftward = abs(t.line - host.line), t.rank < host.rank
        seated[N if t.line < host.line else S].append((leftward, -depth if leftward else depth, t.rank, g))
    for side, found in seated.items():
        # From right to left: near targets first, so that the flow of the next passes beyond.
        found.sort(key=lambda item: item[:3])
        for g, off in zip((item[3] for item in found), _offsets(host, len(found)), strict=True):
            g.side, g.off = side, off


def _offsets(host: Node, guests: int) -> list[float]:
    """Where the boundary events of one edge sit, from right to left, in pixels from its middle."""
    pitch = guest_pitch(host)
    if host.inner:
        return [host.w / 2 - GUEST_INSET - i * pitch for i in range(guests)]
    first = 30.0 if guests == 1 else pitch * (guests - 1) / 2
    return [first - pitch * i for i in range(guests)]
