"""Chooses rows and columns by a deterministic search: straight longest way, few crossings, few rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from .coarse import Picture
from .model import ANNOTATION, MESSAGE, Edge, Node, Scope
from .ranks import Columns

SEARCH_WORK = 300_000
"""Upper bound on edges drawn coarsely, so that a very large diagram is still finished in seconds."""

EPSILON = 1e-9
COLUMNS = 1 << 16
"""More columns than any scope has."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One way to begin the search and to judge: different plans end in different arrangements."""

    straight: bool
    """Whether the longest way is put into one row per lane first."""
    upward: bool
    """Whether side branches are tried above before below."""
    crossing: float
    """What a crossing costs, in bends."""
    main_bend: float
    """What it costs that the longest way changes its row, in bends."""


PLANS = (Plan(True, False, 3, 1.5), Plan(True, True, 3, 5), Plan(False, False, 5, 1.5))


def arrange(scope: Scope, plan: Plan) -> None:
    """Sets column, row and line of every node of a scope, and the lane of every row."""
    search = _Search(scope, plan)
    if search.cells:
        search.place()
        search.improve()
    scope.owner = search.picture.number_rows()
    for n in scope.nodes.values():
        n.line = n.own.line


class _Search:
    def __init__(self, scope: Scope, plan: Plan) -> None:
        self.scope, self.plan = scope, plan
        for e in scope.edges:
            e.steep = False
        self.columns = Columns(scope)
        self.picture = Picture(scope, plan.crossing, plan.main_bend)
        self.cells = scope.cells
        self.flows = [e for e in scope.edges if e.kind != MESSAGE]
        self.left = SEARCH_WORK // max(1, len(self.flows))
        self.best = 0.0
        self.seen: set[tuple[int, ...]] = set()
        """Arrangements judged before; as the best only gets better, they need not be judged again."""

    def place(self) -> None:
        """A first arrangement: every node in the row of its predecessor, or the nearest free one."""
        taken: dict[tuple[int, int, float], Node] = {}
        straight = self.plan.straight
        order = sorted(self.cells, key=lambda n: (n.kind == ANNOTATION, straight and not n.main, n.rank))
        for n in order:
            want = self.wanted_row(n, set(taken.values()))
            signs = (-1, 1) if self.plan.upward else (1, -1)
            rows = (want + sign * d for d in count() for sign in signs)
            n.row = next(row for row in rows if (n.lane, n.rank, row) not in taken)
            taken[n.lane, n.rank, n.row] = n

    def wanted_row(self, n: Node, placed: set[Node]) -> float:
        """The row of a predecessor in the lane; the handler of a boundary event hangs one below its host."""
        if self.plan.straight and n.main:
            return 0
        for e in self.flows:
            if n not in (e.t.own, e.s) or e.back or (e.s is n and n.kind != ANNOTATION):
                continue
            before = e.s.own if e.t.own is n else e.t.own
            if before in placed and before.lane == n.lane:
                return before.row + bool(e.s.host)
        return 0

    def improve(self) -> None:
        """Takes every move that lowers the cost, until none does or the work is used up."""
        self.best = self.picture.cost(self.picture.number_rows())
        improved = True
        while improved and self.left > 0:
            improved = self.move_rows()
            improved |= self.move_columns()

    def better(self) -> bool:
        """Whether the present arrangement is the best so far; then it is kept as such."""
        owner = self.picture.number_rows()
        key = tuple([n.line * COLUMNS + n.rank for n in self.cells])
        if key in self.seen:
            return False
        self.seen.add(key)
        self.left -= 1
        cost = self.picture.cost(owner, self.best)
        if cost < self.best - EPSILON:
            self.best = cost
            self.normalize()
            return True
        return False

    def normalize(self) -> None:
        """Numbers the rows of every lane from 0 again, after one was put between two others."""
        for lane in range(len(self.scope.pool_of_lane)):
            here = [n for n in self.cells if n.lane == lane]
            place = {row: i for i, row in enumerate(sorted({n.row for n in here}))}
            for n in here:
                n.row = place[n.row]

    # -- rows
    def move_rows(self) -> bool:
        improved = False
        for n in sorted(self.cells, key=lambda n: n.rank):
            for group in self.groups(n):
                for delta in self.deltas(n):
                    if self.left > 0 and self.try_rows(group, delta):
                        improved = True
        return improved

    def deltas(self, n: Node) -> list[float]:
        """One or two rows up or down, or beyond all others of the lane."""
        rows = [m.row for m in self.cells if m.lane == n.lane]
        near = [-2, -1.5, -1, -0.5, 0.5, 1, 1.5, 2]
        return near + [d for d in (min(rows) - 1 - n.row, max(rows) + 1 - n.row) if d not in (*near, 0)]

    def try_rows(self, group: list[Node], delta: float) -> bool:
        before = [(n, n.row) for n in self.cells]
        self.shift(group, delta)
        if self.better():
            return True
        for n, row in before:
            n.row = row
        return False

    def shift(self, group: list[Node], delta: float) -> None:
        """Moves nodes by some rows; a node in the way goes the other way."""
        at = {(n.lane, n.rank, n.row): n for n in self.cells if n not in group}
        for n in group:
            n.row += delta
            other = at.get((n.lane, n.rank, n.row))
            if other:
                other.row -= delta

    def groups(self, n: Node) -> Iterator[list[Node]]:
        """What may move together: the node, the chain it begins, its row rightward or leftward."""
        yield [n]
        chain = [n]
        while True:
            following = [e.t.own for e in self.columns.out.get(chain[-1], ()) if not e.s.host and not e.back]
            if len(following) != 1:
                break
            m = following[0]
            if m.lane != n.lane or m in chain or m.row != n.row:
                break
            chain.append(m)
            yield list(chain)
        same = [m for m in self.cells if (m.lane, m.row) == (n.lane, n.row)]
        yield [m for m in same if m.rank >= n.rank]
        yield [m for m in same if m.rank <= n.rank]

    # -- columns
    def move_columns(self) -> bool:
        """Lets targets of gateways and boundary events stand straight above or below, where it is better."""
        improved = False
        for e in self.columns.flows:
            large = e.t.content or e.s.own.content  # the middle of such a column is far from its neighbours
            if (e.s.gateway or e.s.host) and not large and not e.closes_cycle and self.left > 0:
                improved |= self.try_steep(e)
        return improved

    def try_steep(self, e: Edge) -> bool:
        before = [(n, n.row) for n in self.cells]
        e.steep = not e.steep
        self.columns.assign()
        groups = list(self.groups(e.t.own))
        chain = max((g for g in groups if all(m.row == e.t.own.row for m in g)), key=len)
        for group in ([e.t.own], chain):
            for delta in (0, *self.deltas(e.t.own)):
                if delta:
                    self.shift(group, delta)
                if self.better():
                    return True
                for n, row in before:
                    n.row = row
        e.steep = not e.steep
        self.columns.assign()
        return False
