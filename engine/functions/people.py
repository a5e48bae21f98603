"""The organisation: people are logins, units and posts are names, everything as of a day."""

from datetime import date
from typing import Any

from engine.functions.dates import day_of
from engine.functions.registry import Scope, function

GROUP = "组织"


def _day(scope: Scope, day: str | None) -> date:
    return day_of(day) if day else scope.today


@function(
    "分管领导",
    GROUP,
    "分管领导(条线或条线列表)",
    "分管该条线的领导；没有分管的为空；给列表得去重的列表",
    traced=True,
)
def portfolio_leader(scope: Scope, line: str | list[str] | None) -> Any:
    if isinstance(line, list):
        found = (portfolio_leader(scope, each) for each in line)
        return list(dict.fromkeys(leader for leader in found if leader))
    if not line:
        return None
    leader = scope.organisation.portfolio_leader(line, scope.today)
    return leader.login if leader else None


@function("单位分管领导", GROUP, "单位分管领导(单位)", "分管该单位的领导；没有分管的为空", traced=True)
def unit_leader(scope: Scope, unit: str | None) -> str | None:
    leader = scope.organisation.unit_leader(unit, scope.today) if unit else None
    return leader.login if leader else None


@function("相关分管领导", GROUP, "相关分管领导(单位列表)", "各单位的分管领导，去重", traced=True)
def unit_leaders(scope: Scope, units: list[str] | None) -> list[str]:
    return [p.login for p in scope.organisation.unit_leaders([u for u in units or [] if u], scope.today)]


@function("单位条线", GROUP, "单位条线(单位)", "该单位所属的条线；没有的为空")
def unit_line(scope: Scope, unit: str | None) -> str | None:
    return scope.organisation.unit_line(unit, scope.today) if unit else None


@function("岗位人员", GROUP, "岗位人员(岗位, 日期=今天)", "当日任该岗位的人员列表", traced=True)
def holders(scope: Scope, post: str | None, day: str | None = None) -> list[str]:
    return [p.login for p in scope.organisation.holders(post, _day(scope, day))] if post else []


@function("在任", GROUP, "在任(岗位, 日期)", "同 岗位人员", traced=True)
def in_office(scope: Scope, post: str | None, day: str | None = None) -> list[str]:
    people: list[str] = holders(scope, post, day)
    return people


@function(
    "领导成员", GROUP, "领导成员(日期=今天)", "当日在任、在组织数据里标为领导成员的人员列表", traced=True
)
def leaders(scope: Scope, day: str | None = None) -> list[str]:
    return [p.login for p in scope.organisation.leaders(_day(scope, day))]


@function("单位负责人", GROUP, "单位负责人(单位)", "登录名；没有的为空", traced=True)
def unit_head(scope: Scope, unit: str | None) -> str | None:
    head = scope.organisation.unit_head(unit, scope.today) if unit else None
    return head.login if head else None


@function("单位办理人", GROUP, "单位办理人(单位)", "该单位的经办人员列表", traced=True)
def unit_handlers(scope: Scope, unit: str | list[str] | None) -> list[str]:
    units = unit if isinstance(unit, list) else [unit]
    found = (p.login for each in units if each for p in scope.organisation.unit_handlers(each, scope.today))
    return list(dict.fromkeys(found))


@function("单位成员", GROUP, "单位成员(单位)", "该单位全体人员列表", traced=True)
def unit_members(scope: Scope, unit: str | None) -> list[str]:
    return [p.login for p in scope.organisation.unit_members(unit, scope.today)] if unit else []


@function("单位列表", GROUP, "单位列表(类型='')", "全部单位，或某一类型的单位")
def units(scope: Scope, kind: str = "") -> list[str]:
    return [unit.name for unit in scope.organisation.units(kind or None)]


@function("所在单位", GROUP, "所在单位(人员)", "人员所在单位名")
def unit_of(scope: Scope, login: str | None) -> str | None:
    person = scope.organisation.find_person(login) if login else None
    return person.unit if person else None


@function("姓名", GROUP, "姓名(人员)", "显示用的姓名；给列表得列表")
def name_of(scope: Scope, login: Any) -> Any:
    if isinstance(login, list):
        return [name_of(scope, each) for each in login]
    person = scope.organisation.find_person(login) if login else None
    return person.name if person else (login or "")


@function("职务", GROUP, "职务(人员)", "显示用的职务；给列表得列表")
def title_of(scope: Scope, login: Any) -> Any:
    if isinstance(login, list):
        return [title_of(scope, each) for each in login]
    person = scope.organisation.find_person(login) if login else None
    return person.title if person else ""


@function("有效委托", GROUP, "有效委托(类型, 日期, 人)", "该日有无给此人的这类委托", traced=True)
def delegated(scope: Scope, kind: str, day: str | None, login: str | None) -> bool:
    return bool(login) and bool(scope.organisation.delegated(kind, _day(scope, day), str(login)))
