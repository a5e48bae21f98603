"""Chooses the arrangement of a scope by drawing it after several searches and keeping the best drawing."""

from __future__ import annotations

from math import inf

from .grid import Spacing
from .model import Drawing, Scope
from .routing import Costs
from .rows import PLANS, arrange
from .scopes import draw_scope, fill
from .search import NoRoute

TANGLED = 8
"""Crossings in one scope beyond which no other search is tried."""


class Arrangement:
    """Columns, rows and directions of a scope, to be taken up again."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.owner = list(scope.owner)
        self.nodes = [(n, n.rank, n.row, n.line) for n in scope.nodes.values()]
        self.edges = [(e, e.steep, e.back) for e in scope.edges]

    def restore(self) -> None:
        self.scope.owner = self.owner
        for n, rank, row, line in self.nodes:
            n.rank, n.row, n.line = rank, row, line
        for e, steep, back in self.edges:
            e.steep, e.back = steep, back


def choose_arrangement(scope: Scope, spacing: Spacing, costs: Costs) -> Drawing | None:
    """Arranges a scope and all that is nested in it, the innermost first; answers the drawing, if any.

    Without a crossing the first search will do; with a few, others may find a better arrangement; a graph so
    tangled that it crosses everywhere gains nothing from them.
    """
    complete = True
    for n in scope.nodes.values():
        if n.content:
            inner = choose_arrangement(n.content, spacing, costs)
            complete &= inner is not None
            fill(n, inner or Drawing())
    best: tuple[float, Arrangement, Drawing | None] | None = None
    for plan in PLANS:
        arrange(scope, plan)
        drawing = _try_drawing(scope, spacing, costs)
        price = drawing.price if drawing else inf
        if best is None or price < best[0]:
            best = price, Arrangement(scope), drawing
        if drawing and not 0 < drawing.crossings <= TANGLED:
            break
    assert best is not None
    best[1].restore()
    return best[2] if complete else None


def _try_drawing(scope: Scope, spacing: Spacing, costs: Costs) -> Drawing | None:
    try:
        return draw_scope(scope, spacing, costs)
    except NoRoute:
        return None
