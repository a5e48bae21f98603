"""Routes edges over the grid: A* for each, then rip-up and reroute until nothing changes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from .grid import Grid
from .model import MESSAGE, PARTICIPANT, SEQUENCE, E, Edge, N, Node, Point, Port, S, W
from .search import BENT, FREE, MERGED, TRUNK, Dock, Search
from .text import label_size

ROUNDS = 4
NAME_MARGIN, LOOP_ROOM = 22, 20
"""Room around the name of an edge, and for a loop beside its shape."""
UNLIKELY = 300.0
"""A docking point that costs so much more than the best is not tried."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What a route avoids, in pixels of detour."""

    bend: float = 40
    crossing: float = 300
    touch: float = 600
    overlap: float = 1500
    shared: float = 4
    trunk: float = 12
    """Running together with others of one source, for an edge whose name must stand behind the fork."""


class Router:
    """Finds a path and two docking points for every edge of a grid."""

    def __init__(self, grid: Grid, costs: Costs) -> None:
        self.grid, self.costs = grid, costs
        self.edges = grid.scope.edges
        self.step = (grid.ny, 1, -grid.ny, -1)
        self.port_use: dict[tuple[Node, Port], list[tuple[Edge, bool]]] = {}
        self.point_use: dict[int, dict[Edge, int]] = {}
        self.segment_use: dict[int, list[Edge]] = {}
        self.xs = [line.at for line in grid.xl]
        self.ys = [line.at for line in grid.yl]
        self.free = [b is None for b in grid.blocked]

    def route(self) -> None:
        """Sets path and ports of every edge, and gives the grid lines their final coordinates."""
        todo = sorted(self.edges, key=lambda e: (e.kind != SEQUENCE, e.back, _reach(e)))
        ideal = {e: self.find(e) for e in todo}
        price: dict[Edge, float] = {}
        for e in todo:
            price[e] = self.find(e)
            self.mark(e)
        for _ in range(ROUNDS):
            changed = False
            for e in todo:
                if price[e] > ideal[e] + 1:
                    old = e.path, e.ports
                    self.unmark(e)
                    price[e] = self.find(e)
                    self.mark(e)
                    changed |= old != (e.path, e.ports)
            if not changed:
                break
        self.settle()

    def settle(self) -> None:
        """Drops the tracks that no edge runs along, and makes room for the names of edges."""
        ny = self.grid.ny
        used_x = {a // ny for e in self.edges for a, b in pairwise(e.path) if abs(a - b) == 1}
        used_y = {a % ny for e in self.edges for a, b in pairwise(e.path) if abs(a - b) != 1}
        room: dict[int, float] = {}
        for e in self.edges:
            if e.name and not e.s.host and not e.s.frame:
                rank, wanted = self.name_room(e)
                room[rank] = max(room.get(rank, 0), wanted)
        self.grid.place(used_x, used_y, room)

    def name_room(self, e: Edge) -> tuple[int, float]:
        """The gap in which the name of an edge would stand, and how wide that gap should be."""
        side, n, extents = e.ports[0].side, e.s, self.grid.extents
        length = label_size(e.name)[0] + NAME_MARGIN
        left, right = extents.left[n.rank] - n.w / 2, extents.right[n.rank] - n.w / 2
        if e.s is e.t:
            return n.rank + 1, length + LOOP_ROOM - right if E in (side, e.ports[1].side) else 0
        if e.back:
            return n.rank, length - left if side == W and e.t.rank == n.rank - 1 else 0
        forked = any(o is not e and o.s is n and o.ports[0] == e.ports[0] for o in self.edges)
        if side == E:  # those that share the beginning part in the middle of the gap, where others also cross
            return n.rank + 1, 2 * length if forked or self.crossed_at_once(e) else length - right
        return n.rank + 1, length - n.w / 2 - right if forked else 0

    def crossed_at_once(self, e: Edge) -> bool:
        """Whether another edge crosses this one in the first gap."""
        for point in e.path:
            line = self.grid.xl[point // self.grid.ny]
            if (line.kind == "gap" and line.index != e.s.rank + 1) or self.point_use[point][e] == BENT:
                return False
            if any(mode & 1 for o, mode in self.point_use[point].items() if o is not e):
                return True
        return False

    # -- what a place costs
    def docks(self, e: Edge, leaving: bool) -> list[Dock]:
        """The likely ways to dock at one end of an edge."""
        n = e.s if leaving else e.t
        found = []
        for port, point in self.grid.ports[n]:
            cost = self.dock_cost(e, n, port, leaving)
            users = [(user, role) for user, role in self.port_use.get((n, port), ()) if user is not e]
            cost += sum(self.sharing_cost(e, n, port, leaving, user, role) for user, role in users)
            (x, y), (bx, by) = self.grid.point(point), self.grid.border(n, port)
            cost += abs(x - bx) + abs(y - by)
            found.append(Dock(cost, port, point, any(role == leaving for _, role in users)))
        if e.s is e.t:  # the best place to leave may also be the best to return to
            return found
        limit = min((dock.cost for dock in found), default=0) + UNLIKELY
        return [dock for dock in found if dock.cost < limit]

    def dock_cost(self, e: Edge, n: Node, port: Port, leaving: bool) -> float:
        """How unusual it is to leave or enter a shape by this side."""
        if n.frame or n.host:
            return 0
        other = (e.t if leaving else e.s).own
        vertical = port.side in (N, S)
        toward = (other.line < n.line and port.side == N) or (other.line > n.line and port.side == S)
        line = (self.grid.xl if vertical else self.grid.yl)[port.line]
        cost = 34.0 * bool(line.off)
        if e.kind != SEQUENCE:
            return cost + (0 if toward else 120 if vertical else 200 if e.kind == MESSAGE else 60)
        if e.back:
            return cost + self.back_dock_cost(
                n, port.side, leaving, vertical and other.line != n.line and not toward
            )
        if not vertical:
            straight = (port.side == E) == leaving
            return cost + (60 if other.rank == n.rank and straight else 0 if straight else 400)
        if n.gateway:
            return cost + (12 if toward else 45)
        away = 40 if not toward else 0
        return cost + away + (90 if leaving else 40) + (160 if n.inner and leaving else 0)

    def back_dock_cost(self, n: Node, side: int, leaving: bool, away: bool) -> float:
        if side in (N, S):
            return (0 if n.gateway else 10) + (25 if away else 0)
        if side == E:
            return 70 if leaving else 160
        return 30 if leaving else 60

    def sharing_cost(self, e: Edge, n: Node, port: Port, leaving: bool, user: Edge, role: bool) -> float:
        """How bad it is to dock where another edge docks: worst where one comes and the other goes."""
        if n.frame:
            return 2000
        if role != leaving or SEQUENCE not in (e.kind, user.kind) or e.kind != user.kind:
            return 400
        if user.s is e.s and user.t is e.t:
            return 400
        if n.roomy:
            return 160
        return 220 if port.side == E else 80

    def point_cost(self, e: Edge, point: int, mode: int, phase: int, after: int) -> float:
        """What the others at a grid point cost an edge that passes it straight or bends there."""
        total = 0.0
        for other, used in self.point_use[point].items():
            if mode != BENT and used != BENT:
                total += self.costs.crossing * (used != mode)
            elif not ((other.s is e.s and phase == TRUNK) or (other.t is e.t and MERGED in (phase, after))):
                total += self.costs.touch
        return total

    def step_cost(self, e: Edge, users: list[Edge], phase: int) -> tuple[float, int]:
        """Cost of running along others, and the next phase: only a trunk or a common end is fine."""
        cost = self.costs.overlap * sum(o.s is not e.s and o.t is not e.t for o in users)
        from_source, to_target = any(o.s is e.s for o in users), any(o.t is e.t for o in users)
        if phase == TRUNK and from_source:
            return cost + (self.costs.trunk if e.name else self.costs.shared), TRUNK
        if phase == MERGED:
            return (cost + self.costs.shared, MERGED) if to_target else (cost + self.costs.overlap, FREE)
        if to_target:
            return cost + self.costs.shared, MERGED
        return cost + self.costs.overlap * from_source, FREE

    # -- search
    def find(self, e: Edge) -> float:
        """Finds the cheapest route given the others; sets path and ports, returns its cost."""
        return Search(self, e).run()

    def mark(self, e: Edge) -> None:
        """Records what an edge occupies."""
        for n, port, leaving in ((e.s, e.ports[0], True), (e.t, e.ports[1], False)):
            self.port_use.setdefault((n, port), []).append((e, leaving))
        for point, mode in self.modes(e):
            self.point_use.setdefault(point, {})[e] = mode
        for a, b in pairwise(e.path):
            self.segment_use.setdefault(_segment(a, b), []).append(e)

    def unmark(self, e: Edge) -> None:
        for n, port, leaving in ((e.s, e.ports[0], True), (e.t, e.ports[1], False)):
            self.port_use[n, port].remove((e, leaving))
        for point in e.path:
            users = self.point_use[point]
            users.pop(e, None)
            if not users:
                del self.point_use[point]
        for a, b in pairwise(e.path):
            at = self.segment_use[_segment(a, b)]
            at.remove(e)
            if not at:
                del self.segment_use[_segment(a, b)]

    def modes(self, e: Edge) -> list[tuple[int, int]]:
        """For every point of a path, whether the edge passes it straight or bends there."""
        towards = [self.step.index(b - a) for a, b in pairwise(e.path)]
        headings = [e.ports[0].side, *towards, e.ports[1].side ^ 2]
        return [(p, BENT if a != b else a & 1) for p, (a, b) in zip(e.path, pairwise(headings), strict=True)]

    def polyline(self, e: Edge) -> list[Point]:
        """The waypoints of a routed edge in whole pixels, without points on a straight stretch."""
        ends = [self.grid.border(n, port) for n, port in zip((e.s, e.t), e.ports, strict=True)]
        exact = [ends[0], *(self.grid.point(p) for p in e.path), ends[1]]
        points = [(round(x), round(y)) for x, y in exact]
        kept: list[Point] = [points[0]]
        for p in points[1:]:
            if p == kept[-1]:
                continue
            if len(kept) > 1 and (kept[-2][0] == kept[-1][0] == p[0] or kept[-2][1] == kept[-1][1] == p[1]):
                kept[-1] = p
            else:
                kept.append(p)
        return kept


def _segment(a: int, b: int) -> int:
    return min(a, b) * 2 + (abs(a - b) == 1)


def _reach(e: Edge) -> int:
    if PARTICIPANT in (e.s.kind, e.t.kind):
        return 0
    return abs(e.s.own.line - e.t.own.line) + abs(e.s.rank - e.t.rank)
