"""Events: which kinds are supported, timers, boundary events."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from engine.bpmn_xml import BPMN
from engine.diagram import Element
from engine.expressions import ExpressionError, compile_expression
from engine.lint.procedure import Procedure
from engine.lint.registry import Notes, rule
from engine.lint.vocabulary import EVENT_KINDS, EVENT_NAMES, EVENTS, KIND_NAMES

REPEAT = "重复"
HOSTS = ("userTask", "subProcess", "callActivity")


@rule("event-kind", "事件种类不受支持，或一个事件写了两个定义")
def event_kind(procedure: Procedure) -> Notes:
    for element in procedure.diagram.of_kind(*EVENTS):
        kind, event = KIND_NAMES[element.kind], EVENT_NAMES.get(element.event, element.event)
        allowed = EVENT_KINDS[element.kind]
        if element.event not in allowed:
            supported = "、".join(EVENT_NAMES[each] for each in allowed)
            text = f"不支持{event}{kind}，写了不会起作用。{kind}可以是：{supported}。请改成其中一种。"
            yield procedure.note(element, text)
        definitions = _definitions(element)
        if len(definitions) > 1:
            yield procedure.note(
                element, f"一个事件写了 {len(definitions)} 个事件定义。请只留一个，其余另画事件。"
            )


@rule("timer", "定时没有写 timeDate，或用了周期、时长")
def timer(procedure: Procedure) -> Notes:
    for element in procedure.elements:
        for definition in _definitions(element):
            if element.event != "timer" or element.event not in EVENT_KINDS.get(element.kind, ()):
                continue
            kinds = [etree.QName(child).localname for child in definition if isinstance(child.tag, str)]
            kinds = [each for each in kinds if each.startswith("time")]
            if kinds != ["timeDate"]:
                written = f"写的是 {'、'.join(kinds)}" if kinds else "没有写时刻"
                text = f"定时{written}。请写 timeDate，内容是给出时刻的表达式，如 ${{工作日后(今天(), 2)}}。"
                yield procedure.note(element, text)


@rule("boundary", "边界事件没有挂在用户任务、子流程或调用活动上，或种类不对")
def boundary(procedure: Procedure) -> Notes:
    for element in procedure.diagram.of_kind("boundaryEvent"):
        host = procedure.diagram.elements.get(element.attached_to or "")
        if host is None:
            yield procedure.note(
                element, "边界事件没有挂在任何活动上。请拖到用户任务、子流程或调用活动的边上。"
            )
        elif host.kind not in HOSTS:
            kind = KIND_NAMES.get(host.kind, "元素")
            yield procedure.note(
                element, f"边界事件挂在{kind}上，它一到就完成，事件永远不会发生。请删去或移走。"
            )
        elif host.parent != element.parent:
            yield procedure.note(element, f"边界事件和它所挂的{host.label}不在同一层。请重新画。")
        if element.event == "message" and not element.interrupting:
            text = "不支持不中断的消息边界事件。请改成中断的，或画成并行的一支用消息捕获事件。"
            yield procedure.note(element, text)


@rule("repeat", "重复写在了中断的定时上")
def repeat(procedure: Procedure) -> Notes:
    for event in procedure.diagram.of_kind("boundaryEvent"):
        if event.event == "timer" and event.interrupting and REPEAT in procedure.properties(event):
            text = (
                f"中断的定时一到，任务就结束了，特性“{REPEAT}”不起作用。"
                '请改成非中断的（cancelActivity="false"），或删去。'
            )
            yield procedure.note(event, text)


@rule("same-timer", "调用活动的中断定时与被调流程里的中断定时是同一时刻")
def same_timer(procedure: Procedure) -> Notes:
    for event in procedure.diagram.of_kind("boundaryEvent"):
        host = procedure.diagram.elements.get(event.attached_to or "")
        called = (
            procedure.world.procedures.get(host.called or "")
            if host and host.kind == "callActivity"
            else None
        )
        if host is None or called is None or event.event != "timer" or not event.interrupting:
            continue
        outer = _plain(event.timer)
        given = {
            _plain(each.get("sourceExpression") or each.get("source")): each.get("target", "")
            for each in procedure.mappings(host, "in")
        }
        same = {given.get(outer), outer if _passed_on(outer, given) else None} - {None, ""}
        for inner in called.diagram.of_kind("boundaryEvent"):
            if inner.event == "timer" and inner.interrupting and _plain(inner.timer) in same:
                text = (
                    f"中断定时与被调流程“{called.key}”里的{inner.label}是同一时刻："
                    "外层先到，里面产生的变量会丢失。"
                    "请让外层晚一些。"
                )
                yield procedure.note(event, text)


def _passed_on(text: str, given: Mapping[str, str]) -> bool:
    """Whether every variable of the expression goes into the called procedure under its own name."""
    try:
        names = compile_expression(text).names
    except ExpressionError:
        return False
    return all(given.get(name) == name for name in names)


def _plain(text: str | None) -> str:
    bare = (text or "").strip()
    if bare.startswith("${") and bare.endswith("}"):
        bare = bare[2:-1]
    return "".join(bare.split())


def _definitions(element: Element) -> list[etree._Element]:
    if element.node is None or element.kind not in EVENTS:
        return []
    return [
        c for c in element.node if isinstance(c.tag, str) and c.tag.startswith(BPMN) and _is_definition(c)
    ]


def _is_definition(node: etree._Element) -> bool:
    return str(etree.QName(node).localname).endswith(("EventDefinition", "eventDefinitionRef"))
