"""What an outline tells about the flows of its diagram, read back from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.diagram import Diagram
from engine.outline import Item, Leap, Outline, Step


def leaps(items: Sequence[Item]) -> Iterator[tuple[Step | None, Leap]]:
    """Each leap, with the step it stands behind in its row."""
    before: Step | None = None
    for item in items:
        if isinstance(item, Leap):
            yield before, item
            continue
        before = item
        for row in (item.inside, *item.events, *(branch.steps for branch in item.branches)):
            yield from leaps(row)


def flows_told(found: Outline, diagram: Diagram) -> list[tuple[str, str]]:
    """The flows as somebody reads them: what follows a step in its row, or begins its branches."""
    return sorted(_told(found.items, diagram))


def flows_drawn(diagram: Diagram) -> list[tuple[str, str]]:
    """The flows of the diagram."""
    return sorted((flow.source, flow.target) for flow in diagram.flows)


def _told(items: Sequence[Item], diagram: Diagram) -> Iterator[tuple[str, str]]:
    for number, item in enumerate(items):
        if isinstance(item, Leap):
            continue
        if len(diagram.outgoing[item.id]) == 1:
            yield item.id, _place(items[number + 1])
        for branch in item.branches:
            yield item.id, _place(branch.steps[0])
        for row in (item.inside, *item.events, *(branch.steps for branch in item.branches)):
            yield from _told(row, diagram)


def _place(item: Item) -> str:
    return item.element if isinstance(item, Leap) else item.id
