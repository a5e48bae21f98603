"""Chooses each node's column: the longest way from the start, with loops and returns drawn leftward."""

from __future__ import annotations

from .model import ANNOTATION, ASSOCIATION, MESSAGE, Edge, Node, Scope


class Columns:
    """Columns of a scope. `assign` is repeatable, so a search may make edges steep and ask again."""

    def __init__(self, scope: Scope) -> None:
        self.notes = [n for n in scope.cells if n.kind == ANNOTATION]
        self.nodes = [n for n in scope.cells if n.kind != ANNOTATION]
        self.flows = [e for e in scope.edges if e.kind != MESSAGE and ANNOTATION not in (e.s.kind, e.t.kind)]
        self.ties = [e for e in scope.edges if e.kind == ASSOCIATION and ANNOTATION in (e.s.kind, e.t.kind)]
        self.out: dict[Node, list[Edge]] = {n: [] for n in self.nodes}
        self.into: dict[Node, list[Edge]] = {n: [] for n in self.nodes}
        for e in self.flows:
            self.out[e.s.own].append(e)
            self.into[e.t.own].append(e)
        self.order = self.walk()
        self.returning = self.find_returning()
        self.mark_main_path()
        self.assign()

    def walk(self) -> list[Node]:
        """Marks the edges that close a cycle in a depth-first walk; returns the nodes sources first."""
        started: set[Node] = set()
        done: list[Node] = []
        finished: set[Node] = set()
        for root in sorted(
            self.nodes, key=lambda n: bool(self.into[n])
        ):  # entries first, then document order
            if root in started:
                continue
            started.add(root)
            stack = [(root, iter(self.out[root]))]
            while stack:
                node, edges = stack[-1]
                for e in edges:
                    target = e.t.own
                    if target not in started:
                        started.add(target)
                        stack.append((target, iter(self.out[target])))
                        break
                    e.closes_cycle = target not in finished
                else:
                    stack.pop()
                    finished.add(node)
                    done.append(node)
        return done[::-1]

    def find_returning(self) -> set[Node]:
        """Nodes from which every way leads back: they stand near the first of their sources."""
        found: set[Node] = set()
        for n in reversed(self.order):
            ways = [e for e in self.out[n] if not e.s.host and e.t.own is not n]
            if ways and all(e.closes_cycle or e.t.own in found for e in ways):
                found.add(n)
        return found

    def mark_main_path(self) -> None:
        """The longest way from the start event along forward edges; boundary events do not begin one."""
        ahead: dict[Node, int] = {}
        forward = {n: [e for e in self.out[n] if not e.closes_cycle and not e.s.host] for n in self.nodes}
        for n in reversed(self.order):
            ahead[n] = max((1 + ahead[e.t.own] for e in forward[n]), default=0)
        if not self.nodes:
            return
        at = next((n for n in self.nodes if n.kind == "startEvent"), self.nodes[0])
        while ahead[at]:
            e = next(e for e in forward[at] if ahead[e.t.own] == ahead[at] - 1)
            e.main = e.s.main = e.t.own.main = True
            at = e.t.own

    def assign(self) -> None:
        """Sets the column of every node, and which edges are drawn backward."""
        seen: set[Node] = set()
        for n in self.order:
            arriving = [e for e in self.into[n] if not e.closes_cycle and e.s.own in seen]
            ranks = [e.s.own.rank + (not e.steep) for e in arriving]
            n.rank = (min if n in self.returning else max)(ranks, default=0)
            seen.add(n)
        for n in self.nodes:
            later = [e.t.own.rank - (not e.steep) for e in self.out[n] if e.t.own is not n]
            if later and not self.into[n]:  # a late entry moves next to what it starts
                n.rank = max(n.rank, min(later))
        for n in self.nodes:
            for guest in n.guests:
                guest.rank = n.rank
        for note in self.notes:
            ends = (e.s if e.t is note else e.t for e in self.ties if note in (e.s, e.t))
            note.rank = next((end.own.rank for end in ends), 0)
        for e in self.flows:
            e.back = e.s.own.rank > e.t.own.rank or (e.s.own.rank == e.t.own.rank and e.closes_cycle)
