"""Whether every expression can be computed: its spelling, names, functions and what these are asked."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator

from engine.diagram import Element
from engine.expressions import Call, Expression, unknown
from engine.functions import CATALOGUE
from engine.lint.procedure import Procedure
from engine.lint.registry import Note, Notes, rule
from engine.lint.sites import Site
from engine.lint.variables import script_names
from engine.nearest import suggestion

ASSIGNING = ("到期", "办理人", "候选人员", "候选岗位")


@rule("expression", "表达式写法有误")
def expression(procedure: Procedure) -> Notes:
    for site in procedure.sites:
        if site.error is not None:
            yield procedure.note(site.element, f"{site.what}：{site.error}")


@rule("unknown-name", "表达式用了不存在的变量")
def unknown_name(procedure: Procedure) -> Notes:
    for site, each in _compiled(procedure):
        known = procedure.known(site)
        for problem in unknown(each, known, CATALOGUE):
            if problem.kind == "name":
                yield procedure.note(
                    site.element, f"{site.what}：{_ended(problem.message)}请改正，或先给它赋值。"
                )


@rule("unknown-function", "表达式用了不存在的函数")
def unknown_function(procedure: Procedure) -> Notes:
    for site, each in _compiled(procedure):
        for problem in unknown(each, each.names, CATALOGUE):
            if problem.kind == "function":
                text = f"{site.what}：{_ended(problem.message)}请改用函数目录里的函数。"
                yield procedure.note(site.element, text)


@rule("unassigned", "用到的变量在此之前不是每条路径上都已赋值")
def unassigned(procedure: Procedure) -> Notes:
    for site, each in _compiled(procedure):
        missing = (each.names & procedure.known(site)) - procedure.surely(site)
        if site.element is None or (missing and site.what in ASSIGNING and _own(procedure, site, missing)):
            continue
        for name in sorted(missing):
            text = f"{site.what}用到“{name}”，而到这里不是每条路径上都已给它赋值。请在开头用脚本任务置初值。"
            yield procedure.note(site.element, text)


@rule("own-field", "到期、办理人用了要在这个任务里才填写的字段")
def own_field(procedure: Procedure) -> Notes:
    for site, each in _compiled(procedure):
        missing = each.names - procedure.surely(site)
        for name in sorted(_own(procedure, site, missing) if site.what in ASSIGNING else ()):
            text = f"{site.what}用到“{name}”，而它要在这个任务里才填写。请改用之前已有的变量。"
            yield procedure.note(site.element, text)


@rule("scripts-only", "编号这类函数用在了脚本任务以外")
def scripts_only(procedure: Procedure) -> Notes:
    for site, each in _compiled(procedure):
        if not (isinstance(site.element, Element) and site.element.kind == "scriptTask"):
            for name in _scripts_only(each):
                yield procedure.note(
                    site.element, f"{site.what}：“{name}”只能用在脚本任务里。请移到之前的脚本任务。"
                )
    for key, form in procedure.forms.items():
        for component, rule_name, each in procedure.form_expressions(form):
            for name in _scripts_only(each):
                text = (
                    f"“{component.label or component.name}”的“{rule_name}”："
                    f"“{name}”只能用在脚本任务里。请移到之前的脚本任务。"
                )
                yield Note("", text, f"forms/{key}.form")


@rule("empty-script", "脚本任务没有内容，或脚本格式不是 guicheng")
def empty_script(procedure: Procedure) -> Notes:
    for element in procedure.diagram.of_kind("scriptTask"):
        if not script_names(element.script or "") and not procedure.error_at(element, "脚本"):
            yield procedure.note(
                element, "脚本任务没有内容。请写上“名称 = 表达式”，一行一个，或删去这个任务。"
            )
        written = element.node.get("scriptFormat") if element.node is not None else None
        if written != "guicheng":
            yield procedure.note(element, f'脚本格式是“{written or ""}”。请写 scriptFormat="guicheng"。')


@rule("public-variable", "公开变量从来没有赋值")
def public_variable(procedure: Procedure) -> Notes:
    for name in procedure.diagram.public:
        if name not in procedure.variables.case:
            near = suggestion(name, procedure.variables.case)
            yield procedure.note(None, f"公开变量“{name}”从来没有赋值{near}。请改正或删去。")


@rule("arguments", "函数的参数个数或名称不对")
def arguments(procedure: Procedure) -> Notes:
    yield from _of_calls(procedure, _misfit)


@rule("asked", "函数所问的参数、编号、流程、消息、元素、岗位等不存在")
def asked(procedure: Procedure) -> Notes:
    yield from _of_calls(procedure, _asked)


def _of_calls(procedure: Procedure, faults: Callable[[Procedure, Call], Iterator[str]]) -> Notes:
    """A note for each fault of a call, in the diagram or in a form."""
    for site, each in _compiled(procedure):
        for call in each.calls:
            for fault in faults(procedure, call):
                yield procedure.note(site.element, f"{site.what}：{fault}")
    for key, form in procedure.forms.items():
        for component, name, each in procedure.form_expressions(form):
            for call in each.calls:
                for fault in faults(procedure, call):
                    text = f"“{component.label or component.name}”的“{name}”：{fault}"
                    yield Note("", text, f"forms/{key}.form")


def _misfit(procedure: Procedure, call: Call) -> Iterator[str]:
    entry = CATALOGUE.get(call.name)
    if entry is not None:
        try:
            inspect.signature(entry.call).bind(None, *call.arguments, **dict(call.keywords))
        except TypeError:
            yield f"“{call.name}”的参数个数或名称不对，应为 {entry.signature}。请改正。"


def _asked(procedure: Procedure, call: Call) -> Iterator[str]:
    first = call.arguments[0] if call.arguments else None
    if not isinstance(first, str):
        return
    entry = CATALOGUE.get(call.name)
    if entry is not None and entry.queries == "process":
        yield from _process(procedure, call, first)
    elif entry is not None and entry.queries == "message":
        yield from _missing("消息", first, procedure.world.messages())
    elif call.name == "办理记录":
        yield from _missing("用户任务", first, [task.id for task in procedure.diagram.of_kind("userTask")])
    elif call.name == "最近值":
        fields = (procedure.form_fields(key) for key in procedure.form_keys())
        yield from _missing("字段", first, frozenset[str]().union(*fields))
    elif call.name in ("参数", "枚举", "岗位人员", "在任"):
        what = {"参数": "参数", "枚举": "枚举"}.get(call.name, "岗位")
        for pack in procedure.packs:
            known = procedure.catalogue(pack, call.name)
            if known is not None:
                yield from _missing(f"制度包“{pack.key}”的{what}", first, known)


def _process(procedure: Procedure, call: Call, key: str) -> Iterator[str]:
    others = procedure.world.procedures
    if key not in others:
        yield from _missing("流程", key, others)
        return
    position = {"在办值": 1, "实例值": 2}.get(call.name)
    if position is not None and len(call.arguments) > position:
        field = call.arguments[position]
        if isinstance(field, str):
            yield from _missing(
                f"流程“{key}”的公开变量", field, (*others[key].diagram.public, "业务键", "标题", "提交时间")
            )


def _missing(what: str, name: str, known: Iterable[str]) -> Iterator[str]:
    every = list(known)
    if name not in every:
        yield f"没有{what}“{name}”{suggestion(name, every)}。请改正。"


def _compiled(procedure: Procedure) -> Iterator[tuple[Site, Expression]]:
    return ((site, site.expression) for site in procedure.sites if site.expression is not None)


def _own(procedure: Procedure, site: Site, missing: frozenset[str]) -> frozenset[str]:
    """Which of the missing names are fields that only the task's own form sets."""
    element = site.element
    if not isinstance(element, Element) or element.kind != "userTask":
        return frozenset()
    own = procedure.form_fields(procedure.form_key(element))
    elsewhere = procedure.variables.handed_in.union(
        *(procedure.variables.sets(other) for other in procedure.elements if other.id != element.id)
    )
    return frozenset(missing & own - elsewhere)


def _scripts_only(each: Expression) -> Iterator[str]:
    return (call.name for call in each.calls if call.name in CATALOGUE and CATALOGUE[call.name].scripts_only)


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith(("。", "）", ")")) else f"{sentence}。"
