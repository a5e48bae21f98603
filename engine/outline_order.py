"""Where each element of a diagram stands in an outline: the dominator tree of the flows as nested rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from engine.diagram import Diagram, Element, Flow

HOISTED = 4
"""So many steps make a branch long enough to go on below its fork instead of inside it."""
ROOT = ""


def placed(diagram: Diagram) -> list[PlacedItem]:
    """Everything in its place."""
    return _Scope(diagram, ROOT).items()


def numbers_of(items: Sequence[PlacedItem]) -> dict[str, int]:
    """The number of each element, from 1, in the order in which they are read."""
    found: dict[str, int] = {}
    _number(items, found)
    return found


def _number(items: Sequence[PlacedItem], found: dict[str, int]) -> None:
    for item in items:
        if isinstance(item, Placed):
            found[item.id] = len(found) + 1
            _number(item.inside, found)
            for event in item.events:
                _number(event, found)
            for _flow, steps in item.branches:
                _number(steps, found)


@dataclass
class Placed:
    """An element with what stands below it; an item that is a text is a leap to the element of this id."""

    id: str
    inside: list[PlacedItem] = field(default_factory=list)
    events: list[list[PlacedItem]] = field(default_factory=list)
    branches: list[tuple[Flow, list[PlacedItem]]] = field(default_factory=list)


PlacedItem = Placed | str


class _Scope:
    """The elements of the process, or of one sub-process, and how they follow one another."""

    def __init__(self, diagram: Diagram, parent: str) -> None:
        self.diagram = diagram
        self.elements = {id: each for id, each in diagram.elements.items() if each.parent == parent}
        self.flows = {id: list(self._flows(each)) for id, each in self.elements.items()}
        self.events: dict[str, list[str]] = {id: [] for id in self.elements}
        for each in self.elements.values():
            if each.attached_to in self.events and each.attached_to != each.id:
                self.events[each.attached_to].append(each.id)
        self.next: dict[str, list[str]] = {
            id: [*(flow.target for flow in self.flows[id]), *self.events[id]] for id in self.elements
        }
        self.next[ROOT] = self._beginnings()
        self.order = self._order()
        self.dominator = self._dominators()
        self.size = self._sizes()

    def _flows(self, element: Element) -> Iterator[Flow]:
        out = [flow for flow in self.diagram.outgoing[element.id] if flow.target in self.elements]
        # The branch for all other cases is told last.
        yield from sorted(out, key=lambda flow: bool(element.default) and flow.id == element.default)

    def _beginnings(self) -> list[str]:
        """Starts, what nothing leads to, and one element of each circle that nothing leads into."""
        led_to = {target for targets in self.next.values() for target in targets}
        found = [id for id, each in self.elements.items() if each.kind == "startEvent" and id not in led_to]
        found += [id for id in self.elements if id not in led_to and id not in found]
        reached: set[str] = set()
        for id in [*found, *self.elements]:
            if id in reached:
                continue
            if id not in found:
                found.append(id)
            waiting = [id]
            while waiting:
                each = waiting.pop()
                if each not in reached:
                    reached.add(each)
                    waiting += self.next[each]
        return found

    def _order(self) -> dict[str, int]:
        """The place of each element in reverse postorder: before what follows it, but for circles."""
        seen, post = {ROOT}, []
        stack = [(ROOT, iter(reversed(self.next[ROOT])))]
        while stack:
            node, targets = stack[-1]
            following = next((each for each in targets if each not in seen), None)
            if following is None:
                post.append(node)
                stack.pop()
            else:
                seen.add(following)
                stack.append((following, iter(reversed(self.next[following]))))
        return {id: place for place, id in enumerate(reversed(post))}

    def _dominators(self) -> dict[str, str]:
        """The last element through which every way to an element leads (Cooper, Harvey, Kennedy 2001)."""
        before: dict[str, list[str]] = {id: [] for id in self.order}
        for id, targets in self.next.items():
            for target in targets:
                before[target].append(id)
        found = {ROOT: ROOT}
        changed = True
        while changed:
            changed = False
            for id in list(self.order)[1:]:
                known = [each for each in before[id] if each in found]
                new = known[0]
                for each in known[1:]:
                    new = self._common(found, new, each)
                if found.get(id) != new:
                    found[id], changed = new, True
        self.before = before
        return found

    def _common(self, found: Mapping[str, str], a: str, b: str) -> str:
        while a != b:
            while self.order[a] > self.order[b]:
                a = found[a]
            while self.order[b] > self.order[a]:
                b = found[b]
        return a

    def _sizes(self) -> dict[str, int]:
        sizes = dict.fromkeys(self.order, 1)
        for id in reversed(self.order):
            if id != ROOT:
                sizes[self.dominator[id]] += sizes[id]
        return sizes

    def items(self) -> list[PlacedItem]:
        """Everything in its place."""
        return self._row([id for id in self.order if id != ROOT and self.dominator[id] == ROOT], "")

    def _row(self, ids: Sequence[str], after: str) -> list[PlacedItem]:
        out: list[PlacedItem] = []
        for number, id in enumerate(ids):
            out += self._chain(id, ids[number + 1] if number + 1 < len(ids) else after)
        return out

    def _inline(self, node: str, target: str) -> bool:
        """Whether the target is reached from here alone, circles aside."""
        ahead = [each for each in self.before[target] if self.order[each] < self.order[target]]
        return self.dominator[target] == node and ahead == [node]

    def _chain(self, node: str, after: str) -> list[PlacedItem]:
        """The element and all that stands below it or goes on from it; `after` is what comes next in the row."""
        out: list[PlacedItem] = []
        while True:
            flows, step = self.flows[node], Placed(node)
            out.append(step)
            if any(each.parent == node for each in self.diagram.elements.values()):
                step.inside = _Scope(self.diagram, node).items()
            step.events = [self._chain(each, "") for each in self.events[node]]
            inline = [flow.target for flow in flows if self._inline(node, flow.target)]
            below = {*inline, *self.events[node]}
            rest = [id for id in self.order if self.dominator[id] == node and id != ROOT and id not in below]
            if len(flows) == 1:
                rest = inline + rest
                if not inline and flows[0].target != (rest[0] if rest else after):
                    out.append(flows[0].target)
            elif flows:
                main = self._main(inline)
                rest = ([main] if main else []) + rest
                step.branches = [
                    (
                        flow,
                        self._chain(flow.target, "")
                        if flow.target in inline and flow.target != main
                        else [flow.target],
                    )
                    for flow in flows
                ]
            if not rest:
                return out
            out += self._row(rest[:-1], rest[-1])
            node = rest[-1]

    def _main(self, inline: Sequence[str]) -> str:
        """The branch that goes on below the fork, because it is much longer than the others; empty for none."""
        sizes = sorted((self.size[each] for each in inline), reverse=True)
        if not sizes or sizes[0] < HOISTED or (len(sizes) > 1 and sizes[0] < 2 * sizes[1]):
            return ""
        return max(inline, key=lambda each: self.size[each])


__all__ = ["Placed", "PlacedItem", "numbers_of", "placed"]
