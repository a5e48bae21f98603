"""Operators on time: a timer that is not there, a timer or a due date that is off by one working day."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lxml import etree

from engine.bpmn_xml import BPMN, CAMUNDA
from engine.definitions import Bundle
from engine.diagram import Diagram, Element, before
from engine.expressions.tokens import unwrapped
from engine.mutation.mutant import Mutant, Sketch, words_of

COUNTING = ("工作日前", "工作日后")
"""The functions whose second argument counts working days."""


def drop_timer(bundle: Bundle) -> Iterator[Mutant]:
    """A timer never goes off: on an activity it is removed with what only it leads to; on the way, nobody waits for it."""
    diagram = bundle.diagram
    for element in _timers(diagram):
        sketch = Sketch(bundle)
        sources = [diagram.elements[flow.source] for flow in diagram.incoming[element.id]]
        if element.attached_to or any(each.kind == "eventBasedGateway" for each in sources):
            sketch.remove(element.id)
        else:
            onward = diagram.outgoing[element.id][0]
            for flow in diagram.incoming[element.id]:
                sketch.reconnect(flow.id, target=onward.target)
            sketch.remove(element.id, onward.id)
        sketch.prune()
        yield sketch.mutant(
            "drop_timer",
            element.id,
            f"去掉定时：{_label(element, diagram)}",
            before(diagram, element.id),
            _words(element, diagram),
            redrawn=True,
        )


def shift_date(bundle: Bundle) -> Iterator[Mutant]:
    """A timer or a due date counts one working day too many."""
    diagram = bundle.diagram
    for element in diagram.elements.values():
        due = element.extensions.get("dueDate")
        if isinstance(due, str) and due:
            sketch = Sketch(bundle)
            sketch.node(element.id).set(CAMUNDA + "dueDate", one_day_off(due))
            yield sketch.mutant(
                "shift_date",
                element.id,
                f"办理时限差一个工作日：{element.name or element.id}",
                before(diagram, element.id),
                (f"“{element.name}”办理时限是", f"“{element.name}”写明时限由来", *words_of(element)),
                "due",
            )
    for element in _timers(diagram):
        if element.timer:
            sketch = Sketch(bundle)
            _expression(sketch.node(element.id)).text = one_day_off(element.timer)
            yield sketch.mutant(
                "shift_date",
                element.id,
                f"定时差一个工作日：{_label(element, diagram)}",
                before(diagram, element.id),
                _words(element, diagram),
                "timer",
            )


def one_day_off(expression: str) -> str:
    """The expression with every count of working days one higher; one without any gives the next working day.

    >>> one_day_off("${工作日前(领用日期, 2)}")
    '${工作日前(领用日期, 2 + 1)}'
    >>> one_day_off("${归还期限}")
    '${工作日后(日期部分(归还期限), 1)}'
    """
    text = unwrapped(expression)
    tree = ast.parse(text, mode="eval").body
    counts = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in COUNTING
    ]
    for call in counts:
        call.args[1] = ast.BinOp(call.args[1], ast.Add(), ast.Constant(1))
    if not counts:
        return "${工作日后(日期部分(" + text + "), 1)}"
    return "${" + ast.unparse(ast.fix_missing_locations(tree)) + "}"


def _timers(diagram: Diagram) -> Iterator[Element]:
    return (
        each for each in diagram.of_kind("boundaryEvent", "intermediateCatchEvent") if each.event == "timer"
    )


def _expression(node: etree._Element) -> etree._Element:
    found = next(node.iterfind(f"{BPMN}timerEventDefinition/*"), None)
    assert found is not None
    return found


def _label(element: Element, diagram: Diagram) -> str:
    host = diagram.elements.get(element.attached_to or "")
    name = element.name or element.id
    return f"{host.name or host.id}：{name}" if host else name


def _words(element: Element, diagram: Diagram) -> tuple[str, ...]:
    following = [diagram.elements[flow.target] for flow in diagram.outgoing[element.id]]
    host = diagram.elements.get(element.attached_to or "")
    return tuple(name for each in (element, *following, host) if each is not None for name in words_of(each))
