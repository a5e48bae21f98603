"""Messages: both ends exist, carry the same fields and are matched by a key; buttons on the case page."""

from __future__ import annotations

from collections.abc import Iterator

from engine.diagram import Element
from engine.lint.procedure import Procedure
from engine.lint.registry import Notes, rule
from engine.lint.variables import payload_names
from engine.lint.world import CATCHING, THROWING

BUTTONS = ("boundaryEvent", "intermediateCatchEvent")


@rule("message-ref", "消息事件或发送任务没有指定消息，或消息没有名称")
def message_ref(procedure: Procedure) -> Notes:
    for element in procedure.elements:
        if (element.kind == "sendTask" or element.event == "message") and not element.message:
            if element.message == "":
                yield procedure.note(element, "所用的消息没有名称，没有办法投递。请给消息写上名称。")
            else:
                yield procedure.note(element, "没有指定消息，会当作什么都没有。请选择消息（messageRef）。")


@rule("correlation-key", "消息的抛出或接收方没有写 correlationKey")
def correlation_key(procedure: Procedure) -> Notes:
    for element in _ends(procedure):
        if not procedure.properties(element).get("correlationKey", "").strip():
            text = (
                f"消息“{element.message}”没有写特性“correlationKey”，不知投给哪个案卷。"
                f"请写上，如 ${{业务键}}。"
            )
            yield procedure.note(element, text)


@rule("no-receiver", "发出的消息没有任何流程接收")
def no_receiver(procedure: Procedure) -> Notes:
    for element in _ends(procedure):
        excused = procedure.properties(element).get("无接收方", "").strip()
        if element.kind in THROWING and not excused and not procedure.world.catchers(element.message or ""):
            text = (
                f"没有流程接收消息“{element.message}”，它会停在“未送达”里。"
                "请画出接收方；确实不需要的，写特性“无接收方”说明原因。"
            )
            yield procedure.note(element, text)


@rule("no-sender", "等待的消息没有任何流程发出，也没有做成按钮")
def no_sender(procedure: Procedure) -> Notes:
    for element in _ends(procedure):
        pressed = procedure.properties(element).get("operators", "").strip()
        if element.kind in CATCHING and not pressed and not procedure.world.throwers(element.message or ""):
            text = (
                f"没有流程发出消息“{element.message}”，永远等不到。"
                "请画出发送方，或写特性 operators 和 form 做成按钮。"
            )
            yield procedure.note(element, text)


@rule("payload-differs", "同一消息的各个发出处所带的字段不一样")
def payload_differs(procedure: Procedure) -> Notes:
    for element in _ends(procedure):
        if element.kind in THROWING:
            yield from _lacking(procedure, element)


def _lacking(procedure: Procedure, element: Element) -> Notes:
    own = payload_names(procedure.properties(element).get("payload", ""))
    told: set[str] = set()
    for other, thrower in procedure.world.throwers(element.message or ""):
        theirs = payload_names(other.properties(thrower).get("payload", ""))
        lacking = sorted(theirs - own - told)
        told.update(lacking)
        if lacking:
            names = "、".join(f"“{name}”" for name in lacking)
            text = (
                f"消息“{element.message}”没有带 {names}，"
                f"而流程“{other.key}”的{thrower.label}发出的同一消息带了。"
                "请在 payload 里补齐（没有值的写 = None），使接收方总能取到。"
            )
            yield procedure.note(element, text)


@rule("button-payload", "按钮的表单字段与同一消息别处所带的字段不一样")
def button_payload(procedure: Procedure) -> Notes:
    for element in _ends(procedure):
        key = procedure.form_key(element)
        if element.kind not in CATCHING or not key or key not in procedure.forms:
            continue
        fields = procedure.form_fields(key)
        for other, thrower in procedure.world.throwers(element.message or ""):
            theirs = payload_names(other.properties(thrower).get("payload", ""))
            if theirs != fields:
                names = "、".join(f"“{name}”" for name in sorted(theirs ^ fields))
                text = (
                    f"按钮的表单“{key}”与流程“{other.key}”的{thrower.label}所发的同一消息，"
                    f"字段不一样（{names}）。"
                    "请改成一样的，使后面总能取到。"
                )
                yield procedure.note(element, text)


@rule("two-starts", "同一消息启动两个流程")
def two_starts(procedure: Procedure) -> Notes:
    for element in _ends(procedure):
        if element.kind != "startEvent":
            continue
        for other, _ in (
            each for each in procedure.world.catchers(element.message or "") if each[1].kind == "startEvent"
        ):
            together = {other.bundle.pack, procedure.bundle.pack} & {
                "shared"
            } or other.bundle.pack == procedure.bundle.pack
            if other.key != procedure.key and together:
                text = f"消息“{element.message}”也启动流程“{other.key}”，不知启动哪一个。请改用不同的消息。"
                yield procedure.note(element, text)


@rule("button", "案卷页按钮缺 operators 或 form")
def button(procedure: Procedure) -> Notes:
    for element in procedure.diagram.of_kind(*BUTTONS):
        properties = procedure.properties(element)
        operators, form = properties.get("operators", "").strip(), properties.get("form", "").strip()
        if operators and not form:
            yield procedure.note(
                element, "写了 operators 而没有写 form，按钮不知填什么。请写特性 form（表单键）。"
            )
        if form and not operators:
            yield procedure.note(
                element, "写了 form 而没有写 operators，按钮谁也看不到。请写特性 operators（岗位）。"
            )
        if properties.get("确认语") and not operators:
            yield procedure.note(
                element, "写了确认语而没有写 operators，不会成为按钮。请写特性 operators，或删去确认语。"
            )


def _ends(procedure: Procedure) -> Iterator[Element]:
    """The elements that send or receive a message."""
    return (each for each in procedure.elements if each.message and each.kind in (*THROWING, *CATCHING))
