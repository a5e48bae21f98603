"""Ways through a process: what can be reached from where, inside one scope."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.diagram import Diagram, Element, Flow
from engine.lint.vocabulary import BRANCHING


class Graph:
    """The flows of a diagram, with a step from each activity to its boundary events."""

    def __init__(self, diagram: Diagram) -> None:
        self.diagram = diagram
        self.guests: dict[str, list[str]] = {}
        for event in diagram.of_kind("boundaryEvent"):
            if event.attached_to in diagram.elements:
                self.guests.setdefault(str(event.attached_to), []).append(event.id)

    def after(self, element: str) -> list[str]:
        """Where a token may go next from here."""
        targets = [
            flow.target for flow in self.diagram.outgoing[element] if flow.target in self.diagram.elements
        ]
        return [*targets, *self.guests.get(element, ())]

    def before(self, element: str) -> list[str]:
        """Where a token may have come from."""
        event = self.diagram.elements[element]
        sources = [
            flow.source for flow in self.diagram.incoming[element] if flow.source in self.diagram.elements
        ]
        host = event.attached_to or ""
        return (
            [*sources, host] if event.kind == "boundaryEvent" and host in self.diagram.elements else sources
        )

    def reachable(self, starts: Iterable[str]) -> set[str]:
        """The elements reached from `starts`, these included."""
        found: set[str] = set()
        waiting = list(starts)
        while waiting:
            here = waiting.pop()
            if here not in found:
                found.add(here)
                waiting += self.after(here)
        return found

    def leading_to(self, ends: Iterable[str]) -> set[str]:
        """The elements from which one of `ends` can be reached, these included."""
        found: set[str] = set()
        waiting = list(ends)
        while waiting:
            here = waiting.pop()
            if here not in found:
                found.add(here)
                waiting += self.before(here)
        return found

    def in_loop(self, element: str) -> bool:
        """Whether a token that has left the element may come back to it."""
        return element in self.reachable(self.after(element))

    def tokens(self, flow: Flow) -> frozenset[str]:
        """Which tokens may arrive by this flow: the branches of the nearest forks behind it.

        A branch is named by the id of the flow that leaves the fork, by a boundary event that does not
        interrupt, or by a start event. Two flows that share a branch never both carry a token of it.
        """
        elements = self.diagram.elements
        found: set[str] = set()
        seen: set[str] = set()
        waiting = [flow]
        while waiting:
            flow = waiting.pop()
            if flow.id in seen or flow.source not in elements:
                continue
            seen.add(flow.id)
            source = elements[flow.source]
            if self._forks(source):
                found.add(flow.id)
                continue
            while source.kind == "boundaryEvent" and source.interrupting and source.attached_to in elements:
                source = elements[str(source.attached_to)]
            into = self.diagram.incoming[source.id]
            if source.kind == "boundaryEvent" or not into:
                found.add(source.id)
            waiting += into
        return frozenset(found)

    def _forks(self, element: Element) -> bool:
        many = len(self.diagram.outgoing[element.id]) > 1
        return many and element.kind in ("parallelGateway", "inclusiveGateway")


def joins(diagram: Diagram) -> Mapping[str, Element]:
    """The gateways that wait for several tokens, by id."""
    return {
        each.id: each
        for each in diagram.of_kind("parallelGateway", "inclusiveGateway")
        if len(diagram.incoming[each.id]) > 1
    }


def branching(diagram: Diagram) -> list[Element]:
    """The gateways that choose among several flows."""
    return [each for each in diagram.of_kind(*BRANCHING) if len(diagram.outgoing[each.id]) > 1]
