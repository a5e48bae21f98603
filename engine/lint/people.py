"""Who does what: lanes, posts and candidates, in every pack in which the procedure runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.diagram import IN_BATCHES, NO_DEPUTY, Element, split
from engine.expressions import Expression, ExpressionError, compile_expression, lone_placeholder
from engine.lint.procedure import Procedure
from engine.lint.registry import Note, Notes, rule
from engine.lint.world import Pack
from engine.nearest import suggestion
from engine.organisation import Lane, Organisation

CANDIDATES = ("assignee", "candidateUsers", "candidateGroups")


@rule("no-handler", "用户任务没有泳道，也没有写办理人")
def no_handler(procedure: Procedure) -> Notes:
    for task in procedure.diagram.of_kind("userTask"):
        if not task.parent and not task.lane and not _candidates(procedure, task):
            text = (
                "没有泳道，也没有写办理人，谁也看不到这个任务。"
                "请放进泳道，或写 candidateGroups、candidateUsers。"
            )
            yield procedure.note(task, text)


@rule("sub-process-handler", "子流程里的用户任务没有自己的办理人")
def sub_process_handler(procedure: Procedure) -> Notes:
    for task in procedure.diagram.of_kind("userTask"):
        if task.parent and not _candidates(procedure, task):
            text = "子流程里的任务不跟泳道走。请写 candidateGroups、candidateUsers 或 assignee。"
            yield procedure.note(task, text)


@rule("unknown-lane", "泳道在 organisation.yml 里没有")
def unknown_lane(procedure: Procedure) -> Notes:
    for pack, organisation in _organisations(procedure):
        known = [lane.name for lane in organisation.lanes()]
        for lane in procedure.diagram.lanes:
            if lane not in known:
                near = suggestion(lane, known)
                text = (
                    f"制度包“{pack.key}”的 organisation.yml 里没有泳道“{lane}”{near}。"
                    "请在 lanes 里补上，或改泳道名。"
                )
                yield Note(_lane_id(procedure, lane), f"泳道“{lane}”：{text}")


@rule("lane-people", "靠泳道定办理人的任务，今天没有人在这个岗位上")
def lane_people(procedure: Procedure) -> Notes:
    for task, pack, organisation, lane in _by_lane(procedure):
        if lane.posts and not any(organisation.holders(post, procedure.world.today) for post in lane.posts):
            posts = "、".join(lane.posts)
            text = (
                f"泳道“{lane.name}”的岗位（{posts}）在制度包“{pack.key}”里今天无人在任。"
                "请登记任职，或改泳道。"
            )
            yield procedure.note(task, text)


@rule("lane-expression", "泳道的人员表达式在这个任务上算不出来")
def lane_expression(procedure: Procedure) -> Notes:
    for task, pack, _, lane in _by_lane(procedure):
        expression = _compiled(lane.people)
        for name in sorted(expression.names - procedure.variables.before[task.id]) if expression else ():
            text = (
                f"泳道“{lane.name}”在制度包“{pack.key}”里的人员取自变量“{name}”，"
                "而到这里不是每条路径上都已给它赋值。"
                "请先赋值，或给任务写 candidateUsers。"
            )
            yield procedure.note(task, text)


@rule("unknown-post", "岗位在 organisation.yml 里没有")
def unknown_post(procedure: Procedure) -> Notes:
    starters = procedure.diagram.extensions.get("candidateStarterGroups")
    properties = procedure.properties(None)
    for name in _plain(str(starters or "")):
        yield from _unknown(procedure, None, "可发起岗位", name)
    for name in split(properties.get("可见岗位", "")):
        yield from _unknown(procedure, None, "特性“可见岗位”", name)
    for element in procedure.elements:
        groups = procedure.attribute(element, "candidateGroups") if element.kind == "userTask" else ""
        for name in _plain(groups):
            yield from _unknown(procedure, element, "候选岗位", name)
        for what in ("operators", "通知对象"):
            for name in _plain(procedure.properties(element).get(what, "")):
                yield from _unknown(procedure, element, f"特性“{what}”", name, people_too=True)


@rule("handling-value", "特性“不得代理”“可批量”的值不是“是”")
def handling_value(procedure: Procedure) -> Notes:
    for task in procedure.diagram.of_kind("userTask"):
        for name in (NO_DEPUTY, IN_BATCHES):
            value = procedure.properties(task).get(name)
            if value is not None and value != "是":
                yield procedure.note(
                    task, f"特性“{name}”写的是“{value}”，不起作用。请写“是”，不需要的请删去。"
                )


def _unknown(
    procedure: Procedure, element: Element | None, what: str, name: str, people_too: bool = False
) -> Iterator[Note]:
    for pack, organisation in _organisations(procedure):
        posts = [post.name for post in organisation.posts()]
        if name not in posts and not (people_too and organisation.find_person(name)):
            near = suggestion(name, posts)
            text = (
                f"{what}：制度包“{pack.key}”里没有岗位“{name}”{near}。请改正，或在 organisation.yml 里补上。"
            )
            yield procedure.note(element, text)


def _plain(text: str) -> list[str]:
    """The posts of a list; expressions, and lists that mix both wrongly, are looked at elsewhere."""
    return (
        []
        if lone_placeholder(text)
        else [part for part in split(text) if "$" not in part and "{" not in part]
    )


def _candidates(procedure: Procedure, task: Element) -> bool:
    return any(procedure.attribute(task, name) for name in CANDIDATES)


def _organisations(procedure: Procedure) -> Iterator[tuple[Pack, Organisation]]:
    return ((pack, pack.organisation) for pack in procedure.packs if pack.organisation is not None)


def _by_lane(procedure: Procedure) -> Iterator[tuple[Element, Pack, Organisation, Lane]]:
    """The tasks that are given to their lane, with what the lane stands for in each pack."""
    for pack, organisation in _organisations(procedure):
        lanes = {lane.name: lane for lane in organisation.lanes()}
        for task in procedure.diagram.of_kind("userTask"):
            lane = lanes.get(task.lane or "")
            if lane is not None and not task.parent and not _candidates(procedure, task):
                yield task, pack, organisation, lane


def lane_names(procedure: Procedure) -> frozenset[str]:
    """The variables that lanes ask for at tasks given to them."""
    used: Iterable[Expression | None] = (_compiled(lane.people) for _, _, _, lane in _by_lane(procedure))
    return frozenset().union(*(expression.names for expression in used if expression))


def _compiled(text: str | None) -> Expression | None:
    try:
        return compile_expression(text) if text else None
    except ExpressionError:
        return None


def _lane_id(procedure: Procedure, name: str) -> str:
    for node in procedure.process.iter("{*}lane"):
        if node.get("name") == name:
            return node.get("id") or ""
    return ""
