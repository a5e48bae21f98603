"""Service tasks and the templates of printable documents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from jinja2 import TemplateSyntaxError, meta, nodes

from engine.documents import environment
from engine.functions import CATALOGUE
from engine.lint.procedure import Procedure
from engine.lint.registry import Note, Notes, rule
from engine.nearest import suggestion
from engine.services import REQUIRED, TOPICS

MADE_AT = "制作时间"
DOERS = frozenset({"办理人", "代谁", "加签"})
"""A document made when a form is submitted also knows who submitted it, for whom, and who has signed it."""
FORBIDDEN = re.compile(
    r"<\s*(script|style|html|head|body|iframe|object|embed|link|meta|form|base)\b|\bjavascript:|<[^>]*\son\w+\s*=",
    re.I,
)


def _nothing(*arguments: object, **named: object) -> None:
    return None


_ENVIRONMENT = environment(dict.fromkeys(CATALOGUE, _nothing))


@rule("topic", "服务任务的类型或 topic 不认识")
def topic(procedure: Procedure) -> Notes:
    for task in procedure.diagram.of_kind("serviceTask"):
        named = procedure.attribute(task, "topic")
        if procedure.attribute(task, "type") != "external":
            yield procedure.note(task, '服务任务要写 camunda:type="external"。请补上。')
        if named not in TOPICS:
            near = suggestion(named, TOPICS)
            text = f"没有名为“{named}”的服务{near}。camunda:topic 可以是：{'、'.join(TOPICS)}。"
            yield procedure.note(task, text)


@rule("service-property", "服务任务缺少必要的特性")
def service_property(procedure: Procedure) -> Notes:
    for task in procedure.diagram.of_kind("serviceTask"):
        for name in REQUIRED.get(procedure.attribute(task, "topic"), ()):
            if not procedure.properties(task).get(name, "").strip():
                yield procedure.note(task, f"没有写特性“{name}”。请补上。")


@rule("missing-template", "文书模板文件没有")
def missing_template(procedure: Procedure) -> Notes:
    known = [path.removeprefix("documents/") for path in procedure.files("documents/", ".html")]
    for where, name in _templates(procedure):
        if name and name not in known:
            near = suggestion(name, known)
            yield where._replace(
                message=f"{where.message}没有文书模板 documents/{name}{near}。请补上，或改特性“模板”。"
            )


@rule("unused-template", "文书模板没有被用到")
def unused_template(procedure: Procedure) -> Notes:
    if procedure.form_faults:
        return  # A form that cannot be read may use any of them.
    used = {name for _, name in _templates(procedure)}
    for path in procedure.files("documents/", ".html"):
        if path.removeprefix("documents/") not in used:
            yield Note("", "没有服务任务或表单用到它。请删去，或在图上、表单里写特性“模板”。", path)


@rule("template", "文书模板写法有误，或用了不存在的过滤器")
def template(procedure: Procedure) -> Notes:
    for path, text in _texts(procedure):
        fault = _read(text).fault
        if fault:
            yield Note("", fault, path)


@rule("template-name", "文书模板用了不存在的变量，会印成空白")
def template_name(procedure: Procedure) -> Notes:
    by_forms = {name for where, name in _templates(procedure) if where.file}
    for path, text in _texts(procedure):
        known = procedure.everything | set(CATALOGUE) | {MADE_AT}
        known |= DOERS if path.removeprefix("documents/") in by_forms else set()
        for name in sorted(_read(text).names - known):
            near = suggestion(name, known)
            yield Note("", f"没有变量“{name}”，会印成空白{near}。请改正。", path)


@rule("template-html", "文书模板里有整页标签、脚本、样式或 safe 过滤器")
def template_html(procedure: Procedure) -> Notes:
    for path, text in _texts(procedure):
        for found in FORBIDDEN.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            yield Note("", f"第 {line} 行：文书里不能写“{found.group(0)[:20]}”，只写正文。请删去。", path)
        for line in _read(text).unsafe:
            yield Note("", f"第 {line} 行：不能用过滤器 safe，填写的内容会被当作网页代码。请删去。", path)


class _Template(NamedTuple):
    fault: str = ""
    names: frozenset[str] = frozenset()
    unsafe: tuple[int, ...] = ()
    """The lines that switch escaping off."""


@lru_cache(maxsize=256)
def _read(text: str) -> _Template:
    try:
        tree = _ENVIRONMENT.parse(text)
        # Looking for names visits every filter, too, and refuses an unknown one.
        names = meta.find_undeclared_variables(tree)
    except TemplateSyntaxError as error:
        return _Template(f"第 {error.lineno} 行：模板写法有误（{error.message}）。请改正。")
    except (RecursionError, MemoryError):
        return _Template("模板层次太深。请减少嵌套。")
    # Jinja's own globals, such as range and dict, are not what an official means by a variable.
    unsafe = tuple(each.lineno for each in tree.find_all(nodes.Filter) if each.name == "safe")
    return _Template("", frozenset(names) - set(_ENVIRONMENT.globals), unsafe)


def _templates(procedure: Procedure) -> Iterator[tuple[Note, str]]:
    """Where a template is named, with the beginning of a message, and its name."""
    for task in procedure.diagram.of_kind("serviceTask"):
        if procedure.attribute(task, "topic") == "document":
            yield procedure.note(task, ""), procedure.properties(task).get("模板", "").strip()
    for key, form in procedure.forms.items():
        for component in form.documents():
            place = Note("", f"“{component.label or '文书'}”：", f"forms/{key}.form")
            yield place, component.properties.get("模板", "").strip()


def _texts(procedure: Procedure) -> Iterator[tuple[str, str]]:
    return ((path, procedure.bundle.files[path]) for path in procedure.files("documents/", ".html"))
