"""One A* search for the route of an edge over the grid."""

from __future__ import annotations

import heapq
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from .model import E, Edge, N, Point, Port, S, W

if TYPE_CHECKING:
    from .routing import Router

FREE, TRUNK, MERGED = range(3)
"""Phases of a route: alone, together with others of its source, together with others into its target."""

BENT = 2
"""How a route passes a point when not straight; 0 is horizontally, 1 vertically."""

TURNS = ((0, 1, 3), (1, 2, 0), (2, 3, 1), (3, 0, 2))
"""For every direction, the directions that may follow: the same, right, left."""

HASTE = 1.1
"""How much the way that is left counts: a little over 1 saves a quarter of the time."""

START = -1
FAR = 1e18


class Dock(NamedTuple):
    """A way to dock: cost, docking point, the free grid point before it, whether others dock alike."""

    cost: float
    port: Port
    point: int
    shared: bool


class _Side(NamedTuple):
    """The docks of the target on one side, for the lower bound: direction of arrival, extent, least cost."""

    into: int
    left: float
    right: float
    top: float
    bottom: float
    cost: float


class NoRoute(Exception):
    """An edge has no way at all on this grid."""

    def __init__(self, edge: Edge) -> None:
        super().__init__(edge.id)
        self.edge = edge


class Search:
    """A* from the docks of the source to those of the target.

    A state is a grid point, the direction of arrival there and the phase, packed into one number.
    """

    def __init__(self, router: Router, e: Edge) -> None:
        self.router, self.e = router, e
        grid = router.grid
        self.ny = grid.ny
        self.first, self.last = grid.rows_for(e)
        self.goals: dict[int, list[Dock]] = {}
        for dock in router.docks(e, leaving=False):
            self.goals.setdefault(dock.point, []).append(dock)
        self.sides = self.summarize()
        self.guesses: dict[int, float] = {}
        self.best: dict[int, float] = {}
        self.parent: dict[int, int] = {}
        self.start: dict[int, Port] = {}

    def run(self) -> float:
        """Sets path and ports of the edge; answers the cost. Raises NoRoute."""
        cost, state, port = self.expand(self.open())
        path = [state // 12]
        while self.parent[state] != START:
            state = self.parent[state]
            path.append(state // 12)
        self.e.path = path[::-1]
        self.e.ports = (self.start[state], port)
        return cost

    def open(self) -> list[tuple[float, int, float, int]]:
        heap: list[tuple[float, int, float, int]] = []
        for dock in self.router.docks(self.e, leaving=True):
            arrival = dock.point * 4 + dock.port.side
            state = arrival * 3 + (TRUNK if dock.shared else FREE)
            if dock.cost < self.best.get(state, FAR):
                self.best[state], self.parent[state], self.start[state] = dock.cost, START, dock.port
                heapq.heappush(heap, (dock.cost + self.guess(arrival), len(heap) + 1, dock.cost, state))
        return heap

    def summarize(self) -> list[_Side]:
        sides = []
        for side in (E, S, W, N):
            docks = [d for found in self.goals.values() for d in found if d.port.side == side]
            if docks:
                points: list[Point] = [self.router.grid.point(d.point) for d in docks]
                xs, ys = [p[0] for p in points], [p[1] for p in points]
                sides.append(_Side(side ^ 2, min(xs), max(xs), min(ys), max(ys), min(d.cost for d in docks)))
        return sides

    def guess(self, arrival: int) -> float:
        """A lower bound of the way that is left: distance, least number of bends, docking."""
        x, y = self.router.grid.point(arrival >> 2)
        heading, bend = arrival & 3, self.router.costs.bend
        least = FAR
        for into, left, right, top, bottom, cost in self.sides:
            aside = left - x if x < left else x - right if x > right else 0.0
            beside = top - y if y < top else y - bottom if y > bottom else 0.0
            bound = aside + beside + cost
            if heading != into:
                bound += bend * (2 if heading == into ^ 2 else 1)
            elif (aside if heading & 1 else beside) > 0:
                bound += 2 * bend
            if bound < least:
                least = bound
        return least

    def expand(self, heap: list[tuple[float, int, float, int]]) -> tuple[float, int, Port]:
        router, ny = self.router, self.ny
        xs, ys, free, steps = router.xs, router.ys, router.free, router.step
        best, parent, guesses, goals = self.best, self.parent, self.guesses, self.goals
        segment_use, point_use, bend = router.segment_use, router.point_use, router.costs.bend
        ticks = count(0, -1)  # among equals the latest first: it is nearer to the goal
        reached, finish = FAR, None
        while heap:
            estimate, _, cost, state = heapq.heappop(heap)
            if estimate >= reached:
                break
            if cost > best[state]:
                continue
            point, heading, phase = state // 12, state // 3 & 3, state % 3
            for dock in goals.get(point, ()):
                total = cost + self.arrival(point, heading, phase, dock)
                if total < reached and not self.loops_back(state, dock.port):
                    reached, finish = total, (state, dock.port)
            x, y = divmod(point, ny)
            crowd = point in point_use
            for turn in TURNS[heading]:
                to = point + steps[turn]
                if not free[to]:
                    continue
                if turn & 1:
                    to_y = to - x * ny
                    if not self.first <= to_y <= self.last:
                        continue
                    price = cost + abs(ys[y] - ys[to_y])
                    users = segment_use.get((point if turn == S else to) * 2 + 1)
                else:
                    price = cost + abs(xs[x] - xs[to // ny])
                    users = segment_use.get((point if turn == E else to) * 2)
                after = FREE
                if users:
                    step, after = router.step_cost(self.e, users, phase)
                    price += step
                elif phase == MERGED:
                    price += router.costs.overlap
                if turn != heading:
                    price += bend
                if crowd:
                    price += router.point_cost(
                        self.e, point, BENT if turn != heading else turn & 1, phase, after
                    )
                arrival = to * 4 + turn
                following = arrival * 3 + after
                if price < best.get(following, FAR):
                    best[following], parent[following] = price, state
                    guess = guesses.get(arrival)
                    if guess is None:
                        guess = guesses[arrival] = self.guess(arrival)
                    if price + guess < reached:
                        heapq.heappush(heap, (price + HASTE * guess, next(ticks), price, following))
        if finish is None:
            raise NoRoute(self.e)
        return reached, *finish

    def arrival(self, point: int, heading: int, phase: int, dock: Dock) -> float:
        """What the last bend, the merging with others and the docking itself cost."""
        into = dock.port.side ^ 2
        if heading == dock.port.side:
            return FAR
        costs = self.router.costs
        cost = dock.cost + (costs.overlap if phase == MERGED and not dock.shared else 0)
        if into != heading:
            cost += costs.bend
        if point in self.router.point_use:
            mode = BENT if into != heading else into & 1
            cost += self.router.point_cost(self.e, point, mode, phase, MERGED if dock.shared else FREE)
        return cost

    def loops_back(self, state: int, port: Port) -> bool:
        """Whether a loop on one shape would end where it began."""
        if self.e.s is not self.e.t:
            return False
        while self.parent[state] != START:
            state = self.parent[state]
        return self.start[state] == port
