"""Call activities: the called procedure exists, gets all it uses, and gives back what is taken out."""

from __future__ import annotations

from collections.abc import Iterator

from engine.diagram import BY_HAND, NO, Element
from engine.lint.people import lane_names
from engine.lint.procedure import Procedure
from engine.lint.registry import Notes, rule
from engine.names import FIXED_NAMES
from engine.nearest import suggestion


@rule("unknown-call", "调用活动没有写流程，或调用的流程不存在、不能被调用")
def unknown_call(procedure: Procedure) -> Notes:
    for call in procedure.diagram.of_kind("callActivity"):
        known = [key for key in procedure.world.procedures if key != procedure.key]
        called = procedure.world.procedures.get(call.called or "")
        if not call.called:
            yield procedure.note(call, "没有写调用哪个流程。请写 calledElement（流程键）。")
        elif called is None and not _unreadable(procedure, call.called):
            near = suggestion(call.called, known)
            yield procedure.note(call, f"没有流程“{call.called}”{near}。请改 calledElement，或补上这个流程。")
        elif called is not None and called.diagram.none_start() is None:
            yield procedure.note(
                call, f"流程“{call.called}”没有空白开始事件，不能被调用。请给它画一个，或改用消息启动。"
            )


def _unreadable(procedure: Procedure, key: str) -> bool:
    return any(bundle.key == key for bundle in procedure.world.bundles)


@rule("call-circle", "流程互相调用成了圈")
def call_circle(procedure: Procedure) -> Notes:
    for call in procedure.diagram.of_kind("callActivity"):
        if call.called and any(each.key == procedure.key for each in _called(procedure, call.called)):
            text = f"流程“{call.called}”又会调用“{procedure.key}”，成了圈，永远调用不完。请改用消息。"
            yield procedure.note(call, text)


@rule("mapping", "调用活动传值写错：传全部变量、缺 source 或 target")
def mapping(procedure: Procedure) -> Notes:
    for call in procedure.diagram.of_kind("callActivity"):
        for kind in ("in", "out"):
            for each in procedure.mappings(call, kind):
                source = each.get("source") or each.get("sourceExpression")
                if each.get("variables") is not None or each.get("businessKey") is not None:
                    text = (
                        f"camunda:{kind} 不支持传全部变量或业务键。请逐个写出要传的变量（source、target）。"
                    )
                    yield procedure.note(call, text)
                elif not source or not each.get("target"):
                    yield procedure.note(
                        call, f"camunda:{kind} 要写 source（或 sourceExpression）和 target。请补上。"
                    )
                elif kind == "out" and each.get("sourceExpression"):
                    text = "camunda:out 只能写 source，不能写 sourceExpression。请在被调流程里先算好。"
                    yield procedure.note(call, text)


@rule("call-in", "调用活动没有传被调流程用到的变量")
def call_in(procedure: Procedure) -> Notes:
    for call, called in _calls(procedure):
        given = {each.get("target") for each in procedure.mappings(call, "in")}
        for name in sorted(_needs(called) - given):
            text = (
                f"被调流程“{called.key}”用到变量“{name}”，自己没有给它赋值，这里也没有传。请加 camunda:in。"
            )
            yield procedure.note(call, text)


@rule("call-out", "取出的变量被调流程没有赋值，或不是每条路径上都赋值")
def call_out(procedure: Procedure) -> Notes:
    for call, called in _calls(procedure):
        for each in procedure.mappings(call, "out"):
            source = each.get("source")
            if not source or source in called.variables.at_end:
                continue
            if source not in called.variables.case:
                near = suggestion(source, called.variables.case)
                yield procedure.note(
                    call, f"被调流程“{called.key}”没有变量“{source}”{near}。请改 camunda:out。"
                )
            else:
                text = (
                    f"取出的“{source}”在被调流程“{called.key}”里不是每条路径上都赋值。"
                    "请在它的开头用脚本任务置初值。"
                )
                yield procedure.note(call, text)


@rule("hand-start", "可以人工发起，却要用到只有调用方才会传入的变量")
def hand_start(procedure: Procedure) -> Notes:
    start = procedure.diagram.none_start()
    if start is None or not procedure.world.callers(procedure.key):
        return
    if procedure.properties(None).get(BY_HAND) == NO:
        return
    needs = sorted(_needs(procedure))
    if needs and (start.lane or procedure.diagram.extensions.get("candidateStarterGroups")):
        text = (
            f"人工发起时没有变量“{needs[0]}”，案卷会停下来。只供其他流程调用的，请给流程写特性 {BY_HAND}=否；"
            "也供人工发起的，请在开头给它赋值。"
        )
        yield procedure.note(None, text)


@rule("sub-process-id", "子流程的 id 与流程键或一起运行的其他子流程相同")
def sub_process_id(procedure: Procedure) -> Notes:
    taken = dict.fromkeys(procedure.world.procedures, "一个流程的流程键")
    for other in _called(
        procedure, *(call.called or "" for call in procedure.diagram.of_kind("callActivity"))
    ):
        if other.key != procedure.key:
            taken |= {
                each.id: f"被调流程“{other.key}”里一个子流程的 id"
                for each in other.diagram.of_kind("subProcess")
            }
    for element in procedure.diagram.of_kind("subProcess"):
        if element.id in taken:
            yield procedure.note(element, f"id 也是{taken[element.id]}，一起运行时会混淆。请换一个 id。")


def _calls(procedure: Procedure) -> Iterator[tuple[Element, Procedure]]:
    for call in procedure.diagram.of_kind("callActivity"):
        called = procedure.world.procedures.get(call.called or "")
        if called is not None and called.key != procedure.key:
            yield call, called


def _needs(called: Procedure) -> frozenset[str]:
    """The variables a procedure uses without setting them itself."""
    own = called.variables.own | set(FIXED_NAMES)
    return (called.needed | lane_names(called)) - own


def _called(procedure: Procedure, *keys: str) -> list[Procedure]:
    """Everything the procedures of these keys call, these included."""
    found: dict[str, Procedure] = {}
    waiting = list(keys)
    while waiting:
        key = waiting.pop()
        called = procedure.world.procedures.get(key)
        if called is not None and key not in found:
            found[key] = called
            waiting += called.diagram.called
    return list(found.values())
