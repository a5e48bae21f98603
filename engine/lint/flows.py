"""How elements are connected: ends of flows, ways in, ways out."""

from __future__ import annotations

from engine.diagram import Element
from engine.lint.procedure import Procedure
from engine.lint.registry import Notes, rule
from engine.lint.vocabulary import GATEWAYS, KIND_NAMES


@rule("flow-ends", "连线没有接在同一层的两个元素上")
def flow_ends(procedure: Procedure) -> Notes:
    elements = procedure.diagram.elements
    for flow in procedure.diagram.flows:
        source, target = elements.get(flow.source), elements.get(flow.target)
        if source is None or target is None:
            yield procedure.note(flow, "连线有一头没有接在元素上。请在建模器里重新连接或删去。")
        elif source.parent != target.parent:
            yield procedure.note(flow, "连线不能穿过子流程的边框。请接到子流程上，或接到里面的元素上。")


@rule("start", "流程或子流程没有开始事件，或有多个空白开始事件")
def start(procedure: Procedure) -> Notes:
    for scope in procedure.scopes:
        owner = procedure.diagram.elements.get(scope)
        what = "子流程" if owner else "流程"
        starts = [each for each in procedure.scope(scope) if each.kind == "startEvent"]
        plain = [each for each in starts if not each.event]
        if not starts:
            yield procedure.note(owner, f"{what}没有开始事件。请画一个。")
        elif len(plain) > 1:
            yield procedure.note(
                plain[1], f"{what}有 {len(plain)} 个空白开始事件。只留一个，不知从哪一个开始。"
            )
        if owner and len(starts) > len(plain):
            message = next(each for each in starts if each.event)
            yield procedure.note(message, "子流程里的开始事件只能是空白的。请删去它的事件定义。")
        if owner and len(starts) > 1 and len(plain) <= 1:
            yield procedure.note(starts[1], "子流程只能有一个开始事件。请删去多余的。")


@rule("start-end-flow", "开始事件有进线，或结束事件有出线，或边界事件有进线")
def start_end_flow(procedure: Procedure) -> Notes:
    for element in procedure.elements:
        if element.kind in ("startEvent", "boundaryEvent") and procedure.diagram.incoming[element.id]:
            yield procedure.note(element, f"{KIND_NAMES[element.kind]}不能有进线。请删去，或改成中间事件。")
        if element.kind == "endEvent" and procedure.diagram.outgoing[element.id]:
            yield procedure.note(element, "结束事件不能有出线。请删去连线，或改成中间抛出事件。")


@rule("no-outgoing", "元素后面没有连线")
def no_outgoing(procedure: Procedure) -> Notes:
    for element in procedure.elements:
        if element.kind != "endEvent" and not procedure.diagram.outgoing[element.id]:
            yield procedure.note(
                element, f"{KIND_NAMES.get(element.kind, '元素')}后面没有连线。请连到下一步或结束事件。"
            )


@rule("many-outgoing", "任务或事件有一条以上的出线")
def many_outgoing(procedure: Procedure) -> Notes:
    for element in procedure.elements:
        count = len(procedure.diagram.outgoing[element.id])
        if count > 1 and element.kind not in (*GATEWAYS, "endEvent"):
            kind = KIND_NAMES.get(element.kind, "元素")
            yield procedure.note(
                element, f"{kind}有 {count} 条出线，看不出是选一条还是都走。请在后面画一个排他或并行网关。"
            )


@rule("unreachable", "从开始事件走不到的元素")
def unreachable(procedure: Procedure) -> Notes:
    for scope in procedure.scopes:
        inside = procedure.scope(scope)
        starts = [each.id for each in inside if each.kind == "startEvent"]
        reached = procedure.graph.reachable(starts)
        if starts:
            for element in inside:
                if element.id not in reached and not _guest_of_unreached(element, reached, procedure):
                    yield procedure.note(element, "从开始事件走不到这里，永远不会执行。请连上，或删去。")


def _guest_of_unreached(element: Element, reached: set[str], procedure: Procedure) -> bool:
    """Only the first unreached element of a chain is told."""
    before = procedure.graph.before(element.id)
    return any(each not in reached for each in before)


@rule("no-end", "从这里走不到任何结束事件")
def no_end(procedure: Procedure) -> Notes:
    for scope in procedure.scopes:
        inside = procedure.scope(scope)
        ends = [each.id for each in inside if each.kind == "endEvent"]
        owner = procedure.diagram.elements.get(scope)
        if not ends:
            yield procedure.note(owner, f"{'子流程' if owner else '流程'}没有结束事件。请画一个。")
            continue
        ending = procedure.graph.leading_to(ends)
        for element in inside:
            stuck = element.id not in ending and procedure.diagram.outgoing[element.id]
            if stuck and any(each in ending for each in procedure.graph.before(element.id)):
                yield procedure.note(
                    element, "从这里出发走不到任何结束事件，案卷永远不能办结。请连到结束事件。"
                )
        if not any(each.id in ending for each in inside if each.kind == "startEvent") and len(inside) > len(
            ends
        ):
            yield procedure.note(owner, "从开始事件走不到任何结束事件，案卷永远不能办结。请把连线接通。")
