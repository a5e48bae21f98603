"""Every place of a procedure where an expression is written, compiled once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.diagram import NAMED_AS, Element, Flow, split
from engine.expressions import Expression, ExpressionError, compile_expression, lone_placeholder
from engine.expressions.script import compile_payload, compile_script
from engine.forms.texts import compile_text
from engine.names import STARTER
from engine.services import PLACEHOLDER

if TYPE_CHECKING:
    from engine.lint.procedure import Procedure

BEFORE, SCRIPT, AFTER = "before", "script", "after"
"""When an expression is computed: as its element is reached, line by line, or as its element is left."""
ROUND_NAMES = frozenset({"应办人数", "已办人数", "结果"})
"""What the condition that ends a multi-instance early knows besides the variables of the case."""


@dataclass(frozen=True)
class Site:
    """One expression, or why it is none. `names` exist only there, such as what earlier lines of a script have set."""

    element: Element | Flow | None
    what: str
    expression: Expression | None
    error: str | None = None
    when: str = BEFORE
    item: bool = True
    """Whether the element variable of a multi-instance exists here."""
    names: frozenset[str] = frozenset()
    target: str = ""
    """The variable the result is given to, in scripts and payloads."""


def sites(procedure: Procedure) -> Iterator[Site]:
    """All expressions of the diagram, in the order of the file; those of forms are looked at apart."""
    properties = procedure.properties(None)
    for name in ("标题", "业务键"):
        yield from _single(None, f"特性“{name}”", properties.get(name, ""))
    for element in procedure.elements:
        yield from _of_element(procedure, element)
    for flow in procedure.diagram.flows:
        if flow.condition is not None:
            yield from _single(flow, "条件", flow.condition, when=AFTER, required=True)


def _of_element(procedure: Procedure, element: Element) -> Iterator[Site]:
    properties = procedure.properties(element)
    if element.collection:
        yield from _single(element, "集合", element.collection, item=False)
    if element.completion is not None:
        yield from _single(
            element, "完成条件", element.completion, item=False, required=True, names=ROUND_NAMES
        )
    if element.event == "timer":
        yield from _single(element, "定时", element.timer or "", required=True)
        if element.kind == "boundaryEvent":
            yield from _single(element, "特性“重复”", properties.get("重复", ""))
    if element.kind == "businessRuleTask":
        yield from _decision(procedure, element)
    if element.kind == "userTask":
        for name, what in (("dueDate", "到期"), ("assignee", "办理人"), ("candidateUsers", "候选人员")):
            yield from _single(element, what, procedure.attribute(element, name))
        yield from _lone(element, "候选岗位", procedure.attribute(element, "candidateGroups"))
    if element.kind == "scriptTask":
        yield from _script(element)
    if element.kind == "callActivity":
        for mapping in procedure.mappings(element, "in"):
            what = f"传入“{mapping.get('target', '')}”"
            yield from _single(element, what, mapping.get("sourceExpression") or mapping.get("source", ""))
    # The key of a message start is a field of the message, which exists once the message is there.
    when = AFTER if element.kind == "startEvent" else BEFORE
    yield from _single(element, "特性“correlationKey”", properties.get("correlationKey", ""), when=when)
    yield from _single(element, f"特性“{STARTER}”", properties.get(STARTER, ""), when=when)
    yield from _payload(element, properties.get("payload", ""))
    for name in ("operators", "通知对象"):
        yield from _lone(element, f"特性“{name}”", properties.get(name, ""))
    for name in ("通知内容", "文书名称", NAMED_AS):
        yield from _text(element, f"特性“{name}”", properties.get(name, ""))


def _single(
    element: Element | Flow | None,
    what: str,
    source: str,
    *,
    when: str = BEFORE,
    item: bool = True,
    required: bool = False,
    names: frozenset[str] = frozenset(),
) -> Iterator[Site]:
    if source.strip() or required:
        yield _site(element, what, lambda: compile_expression(source), when=when, item=item, names=names)


def _lone(element: Element, what: str, source: str) -> Iterator[Site]:
    """Posts by comma, of which some may be an expression."""
    for part in [source] if lone_placeholder(source) else split(source):
        if lone_placeholder(part):
            yield from _single(element, what, part)
        elif "$" in part or "{" in part:
            text = (
                f"“{source}”既不是岗位，也不是一个完整的 ${{…}}。请只写岗位（逗号分隔），或只写一个表达式。"
            )
            yield Site(element, what, None, text)
            return


def _decision(procedure: Procedure, element: Element) -> Iterator[Site]:
    """What the decision table asks for; a table that cannot be read is told apart."""
    decision = procedure.decisions.get(procedure.attribute(element, "decisionRef"))
    for part in decision.expressions() if decision is not None else ():
        yield Site(element, part.where, part.expression, names=part.names)


def _script(element: Element) -> Iterator[Site]:
    try:
        lines = compile_script(element.script or "")
    except ExpressionError as error:
        yield Site(element, "脚本", None, str(error), SCRIPT)
        return
    earlier: set[str] = set()
    for line in lines:
        yield Site(element, "脚本", line.expression, when=SCRIPT, names=frozenset(earlier), target=line.name)
        earlier.add(line.name)


def _payload(element: Element, source: str) -> Iterator[Site]:
    try:
        parts = compile_payload(source)
    except ExpressionError as error:
        yield Site(element, "特性“payload”", None, str(error))
        return
    for part in parts:
        yield Site(element, "特性“payload”", part.expression, target=part.name)


def _text(element: Element, what: str, source: str) -> Iterator[Site]:
    try:
        expressions = compile_text(source, what).expressions
    except ExpressionError as error:
        yield Site(element, what, None, str(error))
        return
    if len(expressions) != len(PLACEHOLDER.findall(source)):
        yield Site(element, what, None, "一个 ${…} 里的大括号套得太深，会读错。请在之前的脚本任务里先算好。")
        return
    for expression in expressions:
        yield Site(element, what, expression)


def _site(
    element: Element | Flow | None,
    what: str,
    compiled: Callable[[], Expression],
    *,
    when: str,
    item: bool,
    names: frozenset[str],
) -> Site:
    try:
        return Site(element, what, compiled(), when=when, item=item, names=names)
    except ExpressionError as error:
        return Site(element, what, None, str(error), when, item)
