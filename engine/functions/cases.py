"""Other instances, and what was submitted in this one. Only public variables of others are visible."""

from typing import Any

from engine.functions.registry import Scope, function

GROUP = "实例与历史"
Row = dict[str, Any]


def _matching(rows: list[Row], condition: Row | None) -> list[Row]:
    return [row for row in rows if all(row.get(key) == value for key, value in (condition or {}).items())]


@function(
    "等待中的",
    GROUP,
    "等待中的(消息名, 条件={})",
    "正等该消息的实例；每行有 业务键、标题、提交时间 和公开变量；条件按公开变量相等筛选",
    queries="message",
)
def waiting(scope: Scope, message: str, condition: Row | None = None) -> list[Row]:
    return _matching(scope.cases.waiting(message), condition)


@function(
    "都在等待", GROUP, "都在等待(消息名, 键列表)", "这些业务键的实例是否都在等该消息", queries="message"
)
def all_waiting(scope: Scope, message: str, keys: list[str] | None) -> bool:
    return set(keys or ()) <= {row["业务键"] for row in scope.cases.waiting(message)}


@function("在办个数", GROUP, "在办个数(流程, 条件={})", "其他在办实例的个数（不含本实例）", queries="process")
def active_count(scope: Scope, key: str, condition: Row | None = None) -> int:
    return len(_matching(scope.cases.instances(key, False), condition))


@function(
    "在办值",
    GROUP,
    "在办值(流程, 字段, 条件={})",
    "其他在办实例中最早一个的公开变量；没有则为空",
    queries="process",
    traced=True,
)
def active_value(scope: Scope, key: str, field: str, condition: Row | None = None) -> Any:
    rows = _matching(scope.cases.instances(key, False), condition)
    return rows[0].get(field) if rows else None


@function(
    "实例值", GROUP, "实例值(流程, 业务键, 字段)", "该业务键的实例（含已办结）的公开变量", queries="process"
)
def instance_value(scope: Scope, key: str, business_key: str | None, field: str) -> Any:
    rows = [*scope.cases.instances(key, False), *scope.cases.instances(key, True)]
    return next((row.get(field) for row in rows if row["业务键"] == business_key), None)


@function("已办结", GROUP, "已办结(流程, 条件={})", "有没有符合条件的已办结实例", queries="process")
def ended(scope: Scope, key: str, condition: Row | None = None) -> bool:
    return bool(_matching(scope.cases.instances(key, True), condition))


@function(
    "实例列表",
    GROUP,
    "实例列表(流程, 条件={}, 已结=False)",
    "其他实例，旧的在前；每行有 业务键、标题、提交时间 和公开变量；已结=True 时取已办结的，已结=None 时全取",
    queries="process",
)
def instances(scope: Scope, key: str, condition: Row | None = None, ended: bool | None = False) -> list[Row]:
    kinds = (False, True) if ended is None else (ended,)
    return [row for kind in kinds for row in _matching(scope.cases.instances(key, kind), condition)]


@function(
    "办理记录",
    GROUP,
    "办理记录(元素号)",
    "本圈该元素各人最近一次提交；每行有 办理人、代谁（受谁委托代办，没有的为空）、办理时间、元素变量和表单各字段",
    queries="case",
)
def submissions(scope: Scope, element: str) -> list[Row]:
    return scope.cases.submissions(element)


@function("最近值", GROUP, "最近值(字段)", "本实例该字段最近一次提交的值；没有则为空", queries="case")
def last_value(scope: Scope, field: str) -> Any:
    return scope.cases.last_value(field)
