"""Operators on flows: a branch never taken, two steps swapped, the default branch swapped."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions import Bundle
from engine.diagram import Diagram, Element, Flow, before
from engine.mutation.mutant import Mutant, Sketch, flow_label, words_of

NEVER = "${False}"
CHOOSING = ("exclusiveGateway", "inclusiveGateway")
SPLITTING = ("parallelGateway", "eventBasedGateway")
STEPS = (
    "userTask",
    "scriptTask",
    "serviceTask",
    "sendTask",
    "businessRuleTask",
    "callActivity",
    "subProcess",
    "intermediateThrowEvent",
)


def drop_branch(bundle: Bundle) -> Iterator[Mutant]:
    """One branch of a gateway is not there any more.

    Where one is chosen the branch is never taken, which no check can see; a parallel branch, or what an event gateway waits
    for, is removed with all that only it leads to.
    """
    diagram = bundle.diagram
    for gateway in diagram.of_kind(*CHOOSING, *SPLITTING):
        flows = diagram.outgoing[gateway.id]
        if len(flows) < 2:
            continue
        for flow in flows:
            if gateway.kind == "eventBasedGateway" and diagram.elements[flow.target].event == "timer":
                continue  # That is a timer removed.
            sketch = Sketch(bundle)
            if gateway.kind in SPLITTING:
                sketch.remove(flow.id)
                sketch.prune()
            else:
                if flow.id == gateway.default:
                    heir = [each for each in flows if each.id != flow.id][-1]
                    sketch.node(gateway.id).set("default", heir.id)
                    sketch.condition(heir.id, None)
                sketch.condition(flow.id, NEVER)
            label = f"去掉分支：{flow_label(flow, diagram)}"
            yield sketch.mutant(
                "drop_branch",
                flow.id,
                label,
                before(diagram, gateway.id),
                _words(flow, diagram),
                redrawn=True,
            )


def swap_default(bundle: Bundle) -> Iterator[Mutant]:
    """The default branch and the first conditional one lead where the other should."""
    diagram = bundle.diagram
    for gateway in diagram.of_kind(*CHOOSING):
        flows = diagram.outgoing[gateway.id]
        default = next((flow for flow in flows if flow.id == gateway.default), None)
        other = next((flow for flow in flows if flow.condition), None)
        if default is None or other is None or default.target == other.target:
            continue
        sketch = Sketch(bundle)
        sketch.reconnect(default.id, target=other.target)
        sketch.reconnect(other.id, target=default.target)
        label = f"默认分支对调：{gateway.name or gateway.id}"
        yield sketch.mutant(
            "swap_default",
            gateway.id,
            label,
            before(diagram, gateway.id),
            (*_words(default, diagram), *_words(other, diagram)),
            redrawn=True,
        )


def swap_tasks(bundle: Bundle) -> Iterator[Mutant]:
    """Two steps, the second of which follows only the first, in the wrong order."""
    diagram = bundle.diagram
    for first in diagram.of_kind(*STEPS):
        link = diagram.outgoing[first.id]
        if len(link) != 1:
            continue
        second = diagram.elements[link[0].target]
        if second.kind not in STEPS or second.parent != first.parent or len(diagram.incoming[second.id]) != 1:
            continue
        sketch = Sketch(bundle)
        for flow in diagram.incoming[first.id]:
            sketch.reconnect(flow.id, target=second.id)
        for flow in diagram.outgoing[second.id]:
            sketch.reconnect(flow.id, source=first.id)
        sketch.reconnect(link[0].id, source=second.id, target=first.id)
        yield sketch.mutant(
            "swap_tasks",
            first.id,
            f"前后对调：{_name(first)} 与 {_name(second)}",
            before(diagram, first.id),
            (*words_of(second), *words_of(first)),
            second.id,
            redrawn=True,
        )


def _words(flow: Flow, diagram: Diagram) -> tuple[str, ...]:
    return (
        flow.name,
        *words_of(diagram.elements[flow.target]),
        *words_of(diagram.elements[flow.source]),
    )


def _name(element: Element) -> str:
    return element.name or element.id
