"""Tokens on the drawn flows of one process or sub-process: can they get stuck, or meet where only one belongs?

Nothing is executed and no condition is looked at: every gateway may take every way. That is enough to tell whether a
case may stand at given elements of a diagram it did not come to by itself.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import combinations
from typing import Any

from SpiffWorkflow.bpmn.specs.control import (
    BoundaryEventJoin,
    BoundaryEventSplit,
    StartEventJoin,
    StartEventSplit,
    _EndJoin,
)
from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent, EventBasedGateway, ParallelGateway
from SpiffWorkflow.bpmn.specs.event_definitions.simple import TerminateEventDefinition

from engine.spiff.tasks import Choice, Inclusive

MOST_MARKINGS = 20_000
"""So many ways of standing in a diagram are looked at; what needs more is answered with “cannot be told”."""
MOST_BRANCHES = 6
"""Of an inclusive gateway with more ways out only each alone and all together are tried."""

Marking = frozenset[str]
"""Places with a token: the name of an element, or `<join><<source>` for a token that waits at a join."""


class Stuck(Exception):
    """Tokens would wait for ever at an element, or two would meet there; `element` is its name in the spec."""

    def __init__(self, element: str, double: bool = False):
        super().__init__(element)
        self.element, self.double = element, double


class Unclear(Exception):
    """There are too many ways of standing in this diagram to look at all."""


class Net:
    """The flows of one parsed process or sub-process."""

    def __init__(self, spec: Any):
        self._specs: Mapping[str, Any] = spec.task_specs

    @cached_property
    def ways(self) -> Mapping[str, tuple[str, ...]]:
        """Element → the elements its flows lead to; before one with boundary events stands a split, to it and to these."""
        return {name: self._forward(name) for name in self._specs}

    def _main(self, split: str) -> str:
        return str(next(e.name for e in self._specs[split].outputs if not isinstance(e, BoundaryEvent)))

    def _events_on(self, name: str) -> list[str]:
        split = self._specs.get(f"{name}.BoundaryEventSplit")
        outputs = split.outputs if split is not None else ()
        return [str(e.name) for e in outputs if isinstance(e, BoundaryEvent)]

    def joins(self, name: str) -> bool:
        """Whether the element waits for several branches."""
        spec = self._specs.get(name)
        if not isinstance(spec, (ParallelGateway, Inclusive)):
            return False
        return len({each.name for each in spec.inputs}) > 1

    def sources(self, join: str) -> frozenset[str]:
        """The elements whose flows come together in a join."""
        return frozenset(str(each.name) for each in self._specs[join].inputs)

    def reached(self, begin: Iterable[str], without: Iterable[str] = ()) -> set[str]:
        """Everything that flows lead to from these elements, themselves not included unless on a circle.

        Nothing is passed that stands in `without`; boundary events of such an element still fire.
        """
        closed, found = set(without), set[str]()
        waiting = [each for name in begin for each in (*self.ways.get(name, ()), *self._events_on(name))]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                if name not in closed:
                    waiting.extend(self.ways.get(name, ()))
        return found

    def possible(self, without: Iterable[str]) -> set[str]:
        """Everything that can be reached from the start when the elements of `without` are never finished.

        A join is passed only when all its branches can come.
        """
        closed = set(without)
        found: set[str] = {"Start"}
        while True:
            more = set()
            for name in found - closed:
                for target in self.ways.get(name, ()):
                    if target in found:
                        continue
                    needed = self.sources(target) if self.joins(target) else frozenset()
                    inclusive = isinstance(self._specs[target], Inclusive)
                    if inclusive or needed <= found - closed:
                        more.add(target)
            if not more:
                return found
            found |= more

    def shape(self, begin: Iterable[str]) -> frozenset[tuple[Any, ...]]:
        """All that matters of what lies ahead of these elements, to compare two versions."""
        start = set(begin)
        return frozenset(
            (
                name,
                type(self._specs[name]).__name__,
                tuple(sorted(self.ways.get(name, ()))),
                tuple(sorted(self.sources(name))) if self.joins(name) else (),
            )
            for name in start | self.reached(start)
            if name in self._specs
        )

    def place(self, target: str, source: str) -> str | None:
        """Where a token stands that goes from `source` to `target`; None when it has ended."""
        spec = self._specs[target]
        if isinstance(spec, _EndJoin):
            return None
        if isinstance(spec, BoundaryEventSplit):
            return self._main(target)
        return f"{target}<{source}" if self.joins(target) else target

    def require_sound(self, begin: Marking) -> None:
        """Look at every way of standing in the diagram that can follow; raises Stuck or Unclear."""
        seen, waiting = {begin}, [begin]
        while waiting:
            marking = waiting.pop()
            moved = False
            for after in self._steps(marking):
                moved = True
                if after not in seen:
                    seen.add(after)
                    waiting.append(after)
            if marking and not moved:
                raise Stuck(sorted(marking)[0].split("<")[0])
            if len(seen) > MOST_MARKINGS:
                raise Unclear

    def _steps(self, marking: Marking) -> Iterator[Marking]:
        arrived: dict[str, set[str]] = {}
        for place in sorted(marking):
            join, mark, source = place.partition("<")
            if mark:
                arrived.setdefault(join, set()).add(source)
                continue
            for targets in self._leads_to(place):
                yield self._move(marking, {place}, place, targets)
        for join, sources in arrived.items():
            used = {f"{join}<{source}" for source in sources}
            if isinstance(self._specs[join], Inclusive):
                others = [each for each in marking if each.partition("<")[0] != join]
                if any(join in self.reached([each.partition("<")[0]]) for each in others):
                    continue
            elif sources != self.sources(join):
                continue
            for targets in self._chosen(join):
                yield self._move(marking, used, join, targets)

    def _move(self, marking: Marking, used: set[str], source: str, targets: Iterable[str]) -> Marking:
        rest = marking - used
        for target in targets:
            place = self.place(target, source)
            if place is None:
                continue
            if place in rest:
                raise Stuck(target, double=True)
            rest |= {place}
        return frozenset() if self._ends_all(source) else rest

    def _ends_all(self, name: str) -> bool:
        definition = getattr(self._specs[name], "event_definition", None)
        return isinstance(definition, TerminateEventDefinition)

    def _leads_to(self, name: str) -> Iterator[tuple[str, ...]]:
        """The sets of elements a token may go on to from here."""
        yield from self._chosen(name)
        for event in self._events_on(name):
            if self._specs[event].cancel_activity:
                yield self._forward(event)

    def _chosen(self, name: str) -> Iterator[tuple[str, ...]]:
        spec, targets = self._specs[name], self._forward(name)
        if isinstance(spec, (Choice, EventBasedGateway, StartEventSplit)):
            yield from ((each,) for each in targets)
        elif isinstance(spec, Inclusive):
            sizes = range(1, len(targets) + 1) if len(targets) <= MOST_BRANCHES else (1, len(targets))
            for size in sizes:
                yield from combinations(targets, size)
        else:
            yield targets

    def _forward(self, name: str) -> tuple[str, ...]:
        spec = self._specs[name]
        hidden = (BoundaryEventJoin, StartEventJoin)
        return tuple(each.name for each in spec.outputs if not isinstance(each, hidden))


__all__ = ["Marking", "Net", "Stuck", "Unclear"]
