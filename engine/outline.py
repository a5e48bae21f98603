"""A procedure as a nested outline in words: made from the diagram, for those who read rather than look.

Each element stands in it exactly once. What follows a fork stands below it, branch by branch; where the branches meet again
the outline goes on below the fork. A flow to a step that stands elsewhere is told as a leap to its number. The order is that
of the dominator tree of the flows: below an element stands what can only be reached through it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.definitions import Bundle
from engine.diagram import Diagram, split
from engine.errors import BadDiagram
from engine.outline_facts import (
    Fact,
    Surroundings,
    condition_of,
    element_facts,
    process_facts,
    step_name,
)
from engine.outline_order import Placed, PlacedItem, numbers_of, placed


@dataclass(frozen=True)
class Leap:
    """The flow goes on at a step that stands elsewhere; `back` when that was before."""

    element: str
    number: int
    name: str
    back: bool


@dataclass(frozen=True)
class Step:
    """An element with its number in the outline, what is known about it, and what stands below it.

    `events` are the boundary events, each with what follows it; `inside` are the steps of a sub-process.
    """

    id: str
    kind: str
    number: int
    name: str
    hard: bool
    facts: Sequence[Fact]
    clauses: Sequence[str]
    inside: Sequence[Item]
    events: Sequence[Sequence[Item]]
    branches: Sequence[Branch]


Item = Step | Leap


@dataclass(frozen=True)
class Branch:
    """One way out of a fork: the name of the flow, its condition in words, the steps below it."""

    id: str
    name: str
    condition: str
    steps: Sequence[Item]


@dataclass(frozen=True)
class LaneLine:
    """A lane and the user tasks in it: number, id and name."""

    name: str
    tasks: Sequence[tuple[int, str, str]]


@dataclass(frozen=True)
class Outline:
    """The whole procedure. `facts` and `clauses` are those of the process itself."""

    key: str
    name: str
    facts: Sequence[Fact]
    clauses: Sequence[str]
    lanes: Sequence[LaneLine]
    items: Sequence[Item]

    def steps(self) -> Iterator[Step]:
        """All steps, by number."""
        yield from _steps(self.items)


def outline(bundle: Bundle, around: Surroundings) -> Outline:
    """The outline of a procedure. Raises BadDiagram when its diagram cannot be read."""
    diagram = bundle.diagram
    try:
        places = placed(diagram)
        numbers = numbers_of(places)
        items = _Builder(diagram, bundle, around, numbers).row(places)
    except RecursionError as error:
        raise BadDiagram(f"流程“{diagram.name}”的环节套得太深，写不成提纲。请分成几个流程。") from error
    return Outline(
        diagram.key,
        diagram.name,
        tuple(process_facts(diagram, around)),
        _clauses(diagram),
        tuple(_lanes(diagram, numbers)),
        items,
    )


def _clauses(diagram: Diagram) -> tuple[str, ...]:
    return split(diagram.properties.get("clause", ""))


def _lanes(diagram: Diagram, numbers: Mapping[str, int]) -> Iterator[LaneLine]:
    for lane in diagram.lanes:
        tasks = [(numbers[each.id], each) for each in diagram.of_kind("userTask") if each.lane == lane]
        tasks.sort(key=lambda pair: pair[0])
        yield LaneLine(lane, tuple((number, each.id, step_name(diagram, each)) for number, each in tasks))


def _steps(items: Sequence[Item]) -> Iterator[Step]:
    for item in items:
        if isinstance(item, Step):
            yield item
            yield from _steps(item.inside)
            for event in item.events:
                yield from _steps(event)
            for branch in item.branches:
                yield from _steps(branch.steps)


@dataclass(frozen=True)
class _Builder:
    """Gives the items their numbers and words."""

    diagram: Diagram
    bundle: Bundle
    around: Surroundings
    numbers: Mapping[str, int]

    def row(self, items: Sequence[PlacedItem], before: str | None = None) -> tuple[Item, ...]:
        """The items; `before` is the step below which they stand."""
        found: list[Item] = []
        for item in items:
            if isinstance(item, str):
                # A leap stands behind a step; it goes back when its target does not come after that.
                back = before is not None and self.numbers[item] <= self.numbers[before]
                name = step_name(self.diagram, self.diagram.elements[item])
                found.append(Leap(item, self.numbers[item], name, back))
            else:
                found.append(self.step(item))
                before = item.id
        return tuple(found)

    def step(self, place: Placed) -> Step:
        element = self.diagram.elements[place.id]
        return Step(
            place.id,
            element.kind,
            self.numbers[place.id],
            step_name(self.diagram, element),
            element.hard,
            tuple(element_facts(self.diagram, element, self.bundle, self.around)),
            element.clauses,
            self.row(place.inside, place.id),
            tuple(self.row(each, place.id) for each in place.events),
            tuple(
                Branch(
                    flow.id, flow.name, condition_of(element, flow, self.around), self.row(steps, place.id)
                )
                for flow, steps in place.branches
            ),
        )


__all__ = ["Branch", "Fact", "Item", "LaneLine", "Leap", "Outline", "Step", "Surroundings", "outline"]
