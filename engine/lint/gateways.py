"""Gateways: conditions, default flows, forks and joins."""

from __future__ import annotations

from itertools import combinations

from engine.expressions import ExpressionError, compile_expression
from engine.lint.graph import branching, joins
from engine.lint.procedure import Procedure
from engine.lint.registry import Notes, rule
from engine.lint.vocabulary import BRANCHING, KIND_NAMES


@rule("condition-missing", "排他、包容网关的出线既没有条件，也不是默认分支")
def condition_missing(procedure: Procedure) -> Notes:
    for gateway in branching(procedure.diagram):
        for flow in procedure.diagram.outgoing[gateway.id]:
            if flow.condition is None and flow.id != gateway.default:
                yield procedure.note(flow, "网关的这条出线没有条件。请写条件，或把它设为默认分支。")


@rule("condition-misplaced", "条件写在不选择分支的出线上，不起作用")
def condition_misplaced(procedure: Procedure) -> Notes:
    for flow in procedure.diagram.flows:
        source = procedure.diagram.elements.get(flow.source)
        if flow.condition is None or source is None:
            continue
        kind = KIND_NAMES.get(source.kind, "元素")
        if source.kind not in BRANCHING:
            yield procedure.note(
                flow, f"{kind}的出线上的条件不起作用。请在后面画一个排他网关，把条件写在它的出线上。"
            )
        elif len(procedure.diagram.outgoing[source.id]) == 1:
            yield procedure.note(
                flow, f"{kind}只有这一条出线，不应有条件：条件不成立时案卷会卡住。请删去条件。"
            )


@rule("default-missing", "排他、包容网关没有默认分支")
def default_missing(procedure: Procedure) -> Notes:
    for gateway in branching(procedure.diagram):
        flows = procedure.diagram.outgoing[gateway.id]
        if gateway.default is None and any(flow.condition is not None for flow in flows):
            text = "没有默认分支，条件都不成立时案卷会卡住。请把从严的一支设为默认分支，并去掉它的条件。"
            yield procedure.note(gateway, text)
    for element in procedure.elements:
        if element.default is not None:
            if element.kind not in BRANCHING:
                yield procedure.note(element, "默认分支只有排他、包容网关才有。请去掉。")
            elif element.default not in [flow.id for flow in procedure.diagram.outgoing[element.id]]:
                yield procedure.note(element, f"默认分支“{element.default}”不是它的出线。请重新指定。")


@rule("default-condition", "默认分支上写了条件")
def default_condition(procedure: Procedure) -> Notes:
    for gateway in branching(procedure.diagram):
        for flow in procedure.diagram.outgoing[gateway.id]:
            if flow.id == gateway.default and flow.condition is not None:
                yield procedure.note(flow, "默认分支上的条件不起作用。请去掉条件，或改设别的默认分支。")


@rule("gateway-order", "同一网关的两条出线条件完全一样，走哪条取决于画的高低")
def gateway_order(procedure: Procedure) -> Notes:
    for gateway in procedure.diagram.of_kind("exclusiveGateway"):
        flows = [f for f in procedure.diagram.outgoing[gateway.id] if f.condition and f.id != gateway.default]
        for first, second in combinations(flows, 2):
            if _plain(first.condition or "") == _plain(second.condition or ""):
                ends = "、".join(procedure.name_of(flow.target) for flow in (first, second))
                text = f"到{ends}的两条出线条件一样，走哪条取决于画的高低。请改成互斥的条件。"
                yield procedure.note(gateway, text)


@rule("event-gateway", "事件网关后面不是捕获事件，或定时多于一个，或只有一条出线")
def event_gateway(procedure: Procedure) -> Notes:
    for gateway in procedure.diagram.of_kind("eventBasedGateway"):
        targets = [procedure.diagram.elements.get(f.target) for f in procedure.diagram.outgoing[gateway.id]]
        for target in targets:
            if target is not None and target.kind != "intermediateCatchEvent":
                yield procedure.note(
                    gateway, f"事件网关后面只能直接连捕获事件，不能连{target.label}。请在中间加上捕获事件。"
                )
            elif target is not None and len(procedure.diagram.incoming[target.id]) > 1:
                yield procedure.note(gateway, f"事件网关后面的{target.label}不能再有别的进线。请另画一个。")
        timers = [target for target in targets if target is not None and target.event == "timer"]
        if len(timers) > 1:
            yield procedure.note(gateway, f"事件网关后面有 {len(timers)} 个定时，至多一个。请只留最早的。")
        if len(targets) == 1:
            yield procedure.note(gateway, "事件网关只有一条出线。请再连一个捕获事件，或去掉网关。")


@rule("join-in-loop", "并行或包容汇合处在退回圈里，第二圈会提前放行")
def join_in_loop(procedure: Procedure) -> Notes:
    for join in joins(procedure.diagram).values():
        if procedure.graph.in_loop(join.id):
            kind = KIND_NAMES[join.kind]
            text = (
                f"{kind}汇合处在退回圈里，第二圈会提前放行。请把分叉到汇合的整块放进内嵌子流程，每圈是新的。"
            )
            yield procedure.note(join, text)


@rule("parallel-join", "并行汇合的两条进线来自同一支，会永远等下去")
def parallel_join(procedure: Procedure) -> Notes:
    for join in procedure.diagram.of_kind("parallelGateway"):
        flows = procedure.diagram.incoming[join.id]
        tokens = [procedure.graph.tokens(flow) for flow in flows]
        for (first, here), (second, there) in combinations(zip(flows, tokens, strict=True), 2):
            if here & there and not procedure.graph.in_loop(join.id):
                ends = "和".join(procedure.name_of(flow.source) for flow in (first, second))
                text = (
                    f"从{ends}来的两条进线属于同一支，只会到一条，汇合会永远等下去。"
                    "请先用排他网关把它们并成一条，再进并行汇合。"
                )
                yield procedure.note(join, text)
                break


@rule("gateway-shape", "网关既汇合又分叉，或只有一进一出")
def gateway_shape(procedure: Procedure) -> Notes:
    for gateway in procedure.diagram.of_kind("parallelGateway", "inclusiveGateway"):
        into, out = procedure.diagram.incoming[gateway.id], procedure.diagram.outgoing[gateway.id]
        if len(into) > 1 and len(out) > 1:
            yield procedure.note(gateway, "一个网关既汇合又分叉，看不清楚。请拆成两个：先汇合，再分叉。")
        elif len(into) == 1 and len(out) == 1:
            yield procedure.note(gateway, "网关只有一条进线和一条出线，不起作用。请删去。")


def _plain(condition: str) -> str:
    try:
        return "".join(compile_expression(condition).source.split())
    except ExpressionError:
        return condition
