"""How much room nodes need beside and above the middle of their cells, and over how many rows."""

from __future__ import annotations

from math import ceil

from .model import GUEST_PITCH, N, Node, S, Scope
from .text import label_size

EMPTY_WIDTH = 120
OVERHANG = 16
"""How far the rightmost name may reach into the gap beside the column."""
STEM = 10
"""Distance of the name of a boundary event from the line that leaves it."""


class Extents:
    """Room left and right of the middle of each column, above and below the middle of each row."""

    def __init__(self, scope: Scope, ranks: int) -> None:
        self.scope = scope
        least = 20.0 if scope.nodes else EMPTY_WIDTH / 2
        self.left, self.right = [least] * ranks, [least] * ranks
        rows = len(scope.owner)
        self.above, self.below = [25.0] * rows, [25.0] * rows
        self.reach: dict[Node, tuple[float, float]] = {}
        """For every node, how far it and its boundary events reach above and below its row."""
        self.span: dict[Node, tuple[int, int]] = {}
        """For every node, the first and the last row it covers."""
        self.taken = {(n.rank, n.line) for n in scope.cells}
        for n in sorted(scope.cells, key=lambda n: n.line):
            self.measure(n)

    def measure(self, n: Node) -> None:
        lw, lh = label_size(n.name) if n.labelled else (0, 0)
        left, right = _reach_of_names(n)
        self.left[n.rank] = max(self.left[n.rank], n.w / 2, lw / 2, left)
        self.right[n.rank] = max(self.right[n.rank], n.w / 2, lw / 2, right)
        up, down = n.h / 2, n.h / 2
        if n.inner:
            up, down = n.inner.anchor, n.h - n.inner.anchor
        up += max((_clearance(g) for g in n.guests if g.side == N), default=0)
        down += max((_clearance(g) for g in n.guests if g.side == S), default=0)
        self.reach[n] = up, down
        if n.inner:
            self.span[n] = self.free_rows(n)
        else:
            self.span[n] = n.line, n.line
            self.above[n.line] = max(self.above[n.line], up)
            self.below[n.line] = max(self.below[n.line], down, n.h / 2 + 4 + lh if lh else 0)

    def free_rows(self, n: Node) -> tuple[int, int]:
        """The rows of its lane, around its own, in which its column is free; the upper of two shapes chooses."""
        owner = self.scope.owner
        top = bottom = n.line
        while top > 0 and owner[top - 1] == n.lane and (n.rank, top - 1) not in self.taken:
            top -= 1
        while (
            bottom + 1 < len(owner) and owner[bottom + 1] == n.lane and (n.rank, bottom + 1) not in self.taken
        ):
            bottom += 1
        self.taken |= {(n.rank, row) for row in range(top, bottom + 1)}
        return top, bottom


def guest_pitch(host: Node) -> float:
    """The distance of neighbouring boundary events; from three on, a name must fit between two of them."""
    if len(host.guests) < 3:
        return GUEST_PITCH
    return whole(max(GUEST_PITCH, *(label_size(g.name)[0] + 2 * STEM for g in host.guests)))


def whole(length: float) -> float:
    """A length in steps of 20 px, so that docking lines of one column are either the same or well apart."""
    return 20.0 * ceil(length / 20)


def _clearance(guest: Node) -> float:
    """How far a boundary event and its name reach beyond its host."""
    return guest.h / 2 + 6 + label_size(guest.name)[1]


def _reach_of_names(host: Node) -> tuple[float, float]:
    """How far from the middle the names of boundary events reach to the left and to the right."""
    left = right = 0.0
    for side in (N, S):
        seated = sorted((g for g in host.guests if g.side == side), key=lambda g: g.off)
        if seated:
            right = max(right, seated[-1].off + STEM + label_size(seated[-1].name)[0] - OVERHANG)
        if len(seated) > 1:
            left = max(left, STEM + label_size(seated[0].name)[0] - seated[0].off)
    return left, right
