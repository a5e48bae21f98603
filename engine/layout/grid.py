"""The grid of one scope: port lines of shapes and tracks in the gaps, and the coordinates they get."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import sqrt

from .extents import Extents
from .model import (
    EVENT_SIZE,
    MESSAGE,
    STEP_X,
    STEP_Y,
    Box,
    E,
    Edge,
    N,
    Node,
    Point,
    Port,
    S,
    Scope,
    W,
)

TRACK = 14
SPREAD_X, SPREAD_Y = 30, 20
"""Distance of further docking points of a task from the middle of its side."""
GUEST_DOCKS: tuple[tuple[int, ...], ...] = ((0,), (0,), (-9, 9), (-9, 0, 9))
"""Docking points of a boundary event, by how many sorts of edges it has: messages dock beside its flow."""
CORNER = 40
CLOSED_GAP = 5
"""Above and below the empty row of a pool without content."""
EPSILON = 1e-6


@dataclass(frozen=True, slots=True)
class Spacing:
    """How generously a drawing is spaced: tracks in each gap, least distances in pixels."""

    tracks: int = 4
    x_gap: int = 40
    y_gap: int = 30
    lane_pad: int = 22
    pool_gap: int = 60


@dataclass(slots=True)
class Line:
    """One grid line: a track of a gap, a port line of a column or row, or the rim of the grid."""

    kind: str
    index: int
    off: float
    at: float = 0


@dataclass(slots=True)
class Gap:
    """A strip between rows (`row`), at the edge of a lane (`edge`, `closed`) or above a pool (`pool`)."""

    kind: str
    lane: int
    row: int | None = None
    """The row right below it."""
    tracks: list[int] = field(default_factory=list)
    """Indexes of its tracks among the horizontal lines."""
    top: float = 0
    bottom: float = 0


class Grid:
    """Grid lines, blocked points and docking points of a scope whose rows and columns are chosen."""

    def __init__(self, scope: Scope, spacing: Spacing) -> None:
        self.scope, self.spacing = scope, spacing
        self.ranks = 1 + max((n.rank for n in scope.cells), default=0)
        self.offsets = {n: self.port_offsets(n) for n in scope.nodes.values()}
        self.xl = self.x_lines()
        self.gaps: list[Gap] = []
        self.yl = self.y_lines()
        self.nx, self.ny = len(self.xl), len(self.yl)
        self.ix = {(line.index, line.off): i for i, line in enumerate(self.xl) if line.kind == "col"}
        self.iy = {(line.index, line.off): i for i, line in enumerate(self.yl) if line.kind == "row"}
        self.rows_of = self.row_ranges()
        self.extents = Extents(scope, self.ranks)
        self.blocked = self.block()
        self.ports = {n: self.port_list(n) for n in (*scope.nodes.values(), *scope.frames.values())}
        self.place(range(self.nx), range(self.ny), {})

    # -- lines
    def port_offsets(self, n: Node) -> dict[int, list[float]]:
        """For each side of a node, the offsets of its docking points from the middle of that side."""
        touching = [e for e in self.scope.edges if n in (e.s, e.t)]
        if n.host:
            roles = {(e.kind, e.s is n) for e in touching}
            return {n.side: [n.off + d for d in GUEST_DOCKS[min(len(roles), 3)]]}
        busy = n.roomy and sum((e.s is n) + (e.t is n) for e in touching) > 2
        x_off: list[float] = [0, -SPREAD_X, SPREAD_X] if busy else [0]
        y_off: list[float] = [0, -SPREAD_Y, SPREAD_Y] if busy else [0]
        if n.inner:
            x_off = [0, CORNER - n.w / 2, n.w / 2 - CORNER]
        above = [e.s for e in touching if e.t is n and e.s.host and e.s.rank == n.rank]
        x_off += [g.off for g in above if g.off not in x_off and abs(g.off) < n.w / 2 - 10]
        sides: dict[int, list[float]] = {E: y_off, W: y_off}
        for side in (N, S):
            taken = [g.off for g in n.guests if g.side == side]
            sides[side] = [o for o in x_off if all(abs(o - g) > 25 for g in taken)]
        return sides

    def x_lines(self) -> list[Line]:
        lines = [Line("rim", 0, 0)]
        for rank in range(self.ranks):
            lines += [Line("gap", rank, k) for k in range(self.spacing.tracks)]
            here = [sides for n, sides in self.offsets.items() if n.rank == rank]
            offs = {o for sides in here for side in (N, S) for o in sides.get(side, ())} | {0}
            lines += [Line("col", rank, o) for o in sorted(offs)]
        return [*lines, *(Line("gap", self.ranks, k) for k in range(self.spacing.tracks)), Line("rim", 1, 0)]

    def y_lines(self) -> list[Line]:
        owner, lines = self.scope.owner, [Line("rim", 0, 0)]
        for i, lane in enumerate(owner):
            begins, ends = i == 0 or owner[i - 1] != lane, i + 1 == len(owner) or owner[i + 1] != lane
            edge = "closed" if lane in self.scope.closed else "edge"
            if begins and lane and self.scope.pool_of_lane[lane - 1] != self.scope.pool_of_lane[lane]:
                self.add_gap(lines, Gap("pool", lane))
            self.add_gap(lines, Gap(edge if begins else "row", lane, row=i))
            here = [sides for n, sides in self.offsets.items() if n.line == i and not n.host]
            offs = {o for sides in here for side in (E, W) for o in sides.get(side, ())} | {0}
            lines += [Line("row", i, o) for o in sorted(offs)]
            if ends:
                self.add_gap(lines, Gap(edge, lane))
        return [*lines, Line("rim", 1, 0)]

    def add_gap(self, lines: list[Line], gap: Gap) -> None:
        tracks = 0 if gap.kind == "closed" else self.spacing.tracks
        gap.tracks = list(range(len(lines), len(lines) + tracks))
        lines += [Line("gap", len(self.gaps), k) for k in range(tracks)]
        self.gaps.append(gap)

    def row_ranges(self) -> list[tuple[int, int]]:
        """For every pool, the first and the last of its horizontal grid lines."""
        ranges: list[tuple[int, int]] = []
        first = 1
        for gap in self.gaps:
            if gap.kind == "pool":
                ranges.append((first, gap.tracks[0] - 1))
                first = gap.tracks[-1] + 1
        return [*ranges, (first, self.ny - 2)]

    def block(self) -> list[Node | bool | None]:
        """For every grid point the node on it, True on the rim, else None."""
        blocked: list[Node | bool | None] = [None] * (self.nx * self.ny)
        for x in range(self.nx):
            for y in range(self.ny):
                if x in (0, self.nx - 1) or y in (0, self.ny - 1):
                    blocked[x * self.ny + y] = True
        for n in self.scope.cells:
            columns = [i for i, line in enumerate(self.xl) if line.kind == "col" and line.index == n.rank]
            top, bottom = self.extents.span[n]
            rows = [i for i, line in enumerate(self.yl) if line.kind == "row" and top <= line.index <= bottom]
            if n.inner:
                rows = list(range(rows[0], rows[-1] + 1))
            for x in columns:
                for y in rows:
                    if abs(self.xl[x].off) <= n.w / 2 + 8 and (n.inner or abs(self.yl[y].off) <= n.h / 2 + 8):
                        blocked[x * self.ny + y] = n
        return blocked

    def port_list(self, n: Node) -> list[tuple[Port, int]]:
        """The docking points of a node, each with the first free grid point in front of it."""
        if n.frame:
            return self.frame_ports(n.frame)
        found = []
        for side, offs in self.offsets[n].items():
            for off in offs:
                if side in (N, S):
                    line = self.ix[n.rank, off]
                    point = line * self.ny + self.iy[n.line, 0]
                else:
                    line = self.iy[n.line, off]
                    point = self.ix[n.rank, 0] * self.ny + line
                step = STEP_X[side] * self.ny + STEP_Y[side]
                while self.blocked[point] is n.own:
                    point += step
                if self.blocked[point] is None:
                    found.append((Port(side, line), point))
        return found

    def frame_ports(self, frame: tuple[int, int]) -> list[tuple[Port, int]]:
        """A pool is left and entered anywhere along its upper and lower border."""
        owner = self.scope.owner
        rows = [i for i, line in enumerate(self.yl) if line.kind == "row" and owner[line.index] in frame]
        pools = [gap.tracks for gap in self.gaps if gap.kind == "pool"]
        above = [tracks[-1] for tracks in pools if tracks[-1] < rows[0]][-1:]
        below = [tracks[0] for tracks in pools if tracks[0] > rows[-1]][:1]
        columns = [i for i, line in enumerate(self.xl) if line.kind != "rim"]
        borders = [(side, y) for side, ys in ((N, above), (S, below)) for y in ys]
        return [(Port(side, x), x * self.ny + y) for side, y in borders for x in columns]

    # -- coordinates
    def place(self, used_x: Iterable[int], used_y: Iterable[int], room: dict[int, float]) -> None:
        """Gives every line its coordinate; a gap is as wide as its used tracks and its labels require."""
        self.place_x(set(used_x), room)
        used = set(used_y)
        self.place_y(used)
        while self.stretch():
            self.place_y(used)

    def place_x(self, used: set[int], room: dict[int, float]) -> None:
        self.col, x = [0.0] * self.ranks, 0.0
        tracks: list[list[int]] = [[] for _ in range(self.ranks + 1)]
        for i, line in enumerate(self.xl):
            if line.kind == "gap" and i in used:
                tracks[line.index].append(i)
        for rank in range(self.ranks + 1):
            outer = rank in (0, self.ranks)
            least = (20 if self.scope.nested else 26) if outer else self.spacing.x_gap
            wide = (24 if outer else 36) + TRACK * (len(tracks[rank]) - 1) if tracks[rank] else 0
            width = max(least, wide, room.get(rank, 0))
            _spread(self.xl, tracks[rank], x, width)
            x += width
            if rank < self.ranks:
                self.col[rank] = x + self.extents.left[rank]
                x = self.col[rank] + self.extents.right[rank]
        for line in self.xl:
            if line.kind == "col":
                line.at = self.col[line.index] + line.off
        self.width = x

    def place_y(self, used: set[int]) -> None:
        y = 0.0
        self.row = [0.0] * len(self.scope.owner)
        for gap in self.gaps:
            tracks = [i for i in gap.tracks if i in used]
            gap.top, height = y, self.gap_height(gap.kind, len(tracks))
            _spread(self.yl, tracks, y, height)
            y = gap.bottom = y + height
            if gap.row is not None:
                self.row[gap.row] = y + self.extents.above[gap.row]
                y = self.row[gap.row] + self.extents.below[gap.row]
        self.height = y
        inside = [gap for gap in self.gaps if gap.kind != "pool"]
        edges = [[gap for gap in inside if gap.lane == lane] for lane in range(len(self.scope.pool_of_lane))]
        self.bands = [(gaps[0].top, gaps[-1].bottom) for gaps in edges]
        for line in self.yl:
            if line.kind == "row":
                line.at = self.row[line.index] + line.off

    def gap_height(self, kind: str, tracks: int) -> float:
        if kind == "closed":
            return CLOSED_GAP
        spacing = self.spacing
        least = {"edge": spacing.lane_pad, "row": spacing.y_gap, "pool": spacing.pool_gap}[kind]
        border = 14 if kind == "edge" else 16
        return max(least, 2 * border + TRACK * (tracks - 1) if tracks else 0)

    def stretch(self) -> bool:
        """Lets rows grow until the large shapes fit into them; whether any had to."""
        grown = False
        for n in self.scope.cells:
            if n.inner:
                (top, bottom), (up, down) = self.extents.span[n], self.extents.reach[n]
                over = up - (self.row[n.line] - self.row[top] + self.extents.above[top])
                under = down - (self.row[bottom] + self.extents.below[bottom] - self.row[n.line])
                if over > EPSILON or under > EPSILON:
                    self.extents.above[top] += max(0, over)
                    self.extents.below[bottom] += max(0, under)
                    grown = True
        return grown

    # -- geometry
    def box(self, n: Node) -> Box:
        """The bounds of a node."""
        if n.host:
            x, y, w, h = self.box(n.host)
            return x + w / 2 + n.off - n.w / 2, y + (h if n.side == S else 0) - n.h / 2, n.w, n.h
        up = n.inner.anchor if n.inner else n.h / 2
        return self.col[n.rank] - n.w / 2, self.row[n.line] - up, n.w, n.h

    def border(self, n: Node, port: Port) -> Point:
        """Where an edge meets the outline of a node."""
        if n.frame:
            first, last = n.frame
            return self.xl[port.line].at, self.bands[first][0] if port.side == N else self.bands[last][1]
        x, y, w, h = self.box(n)
        if port.side in (E, W):
            return (x + w if port.side == E else x), self.yl[port.line].at
        at = self.xl[port.line].at
        if not n.host:
            return at, (y + h if port.side == S else y)
        radius = EVENT_SIZE / 2
        return at, y + h / 2 + STEP_Y[port.side] * sqrt(radius**2 - (at - x - radius) ** 2)

    def point(self, index: int) -> Point:
        """The coordinates of a grid point."""
        return self.xl[index // self.ny].at, self.yl[index % self.ny].at

    def rows_for(self, e: Edge) -> tuple[int, int]:
        """The horizontal lines an edge may use: a sequence flow stays in its pool."""
        if e.kind == MESSAGE:
            return 1, self.ny - 2
        return self.rows_of[self.scope.pool_of_lane[e.s.lane]]


def _spread(lines: list[Line], tracks: list[int], start: float, width: float) -> None:
    for k, i in enumerate(tracks):
        lines[i].at = start + width / 2 + (k - (len(tracks) - 1) / 2) * TRACK
