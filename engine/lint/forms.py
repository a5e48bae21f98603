"""Forms: present, well formed, with names that exist, each with an example that fits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.diagram import Element
from engine.expressions import ExpressionError, unknown
from engine.forms import Component, Form, FormContext, FormError, Option, as_posted, problems
from engine.forms.checks import FIXED_NAMES
from engine.forms.texts import compile_text
from engine.forms.values import option_key
from engine.functions import CATALOGUE
from engine.lint.procedure import Procedure
from engine.lint.registry import Note, Notes, rule
from engine.lint.sites import Site
from engine.located_yaml import Document
from engine.nearest import suggestion
from engine.organisation import Organisation

MOST_ASKED = 10
"""So many fields at most stand in a form that is filled in once for several tasks."""


@rule("missing-form", "用户任务或按钮的表单文件没有")
def missing_form(procedure: Procedure) -> Notes:
    known = [path.removeprefix("forms/").removesuffix(".form") for path in procedure.files("forms/", ".form")]
    for key, elements in procedure.form_keys().items():
        if key not in known:
            for element in elements:
                near = suggestion(key, known)
                yield procedure.note(element, f"没有表单文件 forms/{key}.form{near}。请补上，或改表单键。")


@rule("form", "表单文件写错")
def form(procedure: Procedure) -> Notes:
    for key, faults in procedure.form_faults.items():
        for fault in faults:
            yield Note("", fault, f"forms/{key}.form")


@rule("form-name", "表单里的表达式用了不存在的变量或函数")
def form_name(procedure: Procedure) -> Notes:
    for key, form, element in _used(procedure):
        known = procedure.known(Site(element, "", None))
        for problem in problems(form, known, CATALOGUE):
            yield Note(
                "", f"{problem}请改正。" if problem.endswith("。") else f"{problem}。请改正。", _path(key)
            )


@rule("form-unassigned", "表单用到的变量在打开表单时不一定已赋值")
def form_unassigned(procedure: Procedure) -> Notes:
    for key, form, element in _used(procedure):
        site = Site(element, "", None)
        open_names = procedure.known(site) - procedure.surely(site)
        for component, name, expression in procedure.form_expressions(form):
            columns = frozenset[str]().union(
                *(t.column_names for t in form.fields() if component in t.components)
            )
            own = {*form.by_key, *FIXED_NAMES, *columns}
            # A field that reads its own name before it is filled means the variable of the case.
            if name == "初值":
                own -= {component.name}
            for missing in sorted((expression.names & open_names) - own):
                text = (
                    f"“{component.label or component.name}”的“{name}”用到“{missing}”，而到{element.label}"
                    "不是每条路径上都已给它赋值。请在开头用脚本任务置初值。"
                )
                yield Note("", text, _path(key))


@rule("batch-form", "可批量的任务的表单不能几件一起填")
def batch_form(procedure: Procedure) -> Notes:
    for key, form, element in _used(procedure):
        if not element.in_batches:
            continue
        place = f"{element.label}写了“可批量”，而表单"
        for table in (each for each in form.fields() if each.type == "dynamiclist"):
            yield Note(
                "",
                f"{place}里有表格“{table.label}”，不能几件一起填。请去掉表格，或不写“可批量”。",
                _path(key),
            )
        asked = [each for each in form.fields() if not each.rules.readonly]
        if len(asked) > MOST_ASKED:
            text = f"{place}有 {len(asked)} 个要填的字段，多于 {MOST_ASKED} 个，不宜几件一起填。请减少，或不写“可批量”。"
            yield Note("", text, _path(key))


@rule("unused-form", "表单或样例没有被用到")
def unused_form(procedure: Procedure) -> Notes:
    used = procedure.form_keys()
    for path in procedure.files("forms/", ""):
        key = path.removeprefix("forms/").removesuffix(".form").removesuffix(".example.yml")
        if key not in used:
            yield Note("", "没有任务或按钮用到它。请删去，或在图上填写表单键。", path)


@rule("missing-example", "表单没有样例")
def missing_example(procedure: Procedure) -> Notes:
    for key in procedure.form_keys():
        if f"forms/{key}.form" in procedure.bundle.files and procedure.bundle.example_text(key) is None:
            yield Note("", f"没有样例 forms/{key}.example.yml。请补上一份填好的样例。", _path(key))


@rule("example", "表单样例写错")
def example(procedure: Procedure) -> Notes:
    for key, form in procedure.forms.items():
        text = procedure.bundle.example_text(key)
        if text is None:
            continue
        path = f"forms/{key}.example.yml"
        document = Document.from_text(text)
        written = {name: document.root().raw(name) for name in document.root()}
        if document.faults:
            yield from (Note("", fault, path) for fault in document.located(document.faults))
            continue
        for fault in (*_computed(procedure, form, key, written), *_posted(procedure, form, written)):
            yield Note("", fault, path)
        yield from (Note("", fault, path) for fault in _choices(form, written))


def _computed(procedure: Procedure, form: Form, key: str, written: object) -> Iterator[str]:
    """Faults of the values that are expressions: they are compiled, not computed."""
    elements = procedure.form_keys().get(key, [])
    known = {*form.by_key, *FIXED_NAMES}.union(*(procedure.known(Site(each, "", None)) for each in elements))
    for text in _texts(written):
        if "${" in text:
            try:
                expressions = compile_text(text, "样例").expressions
            except ExpressionError as error:
                yield str(error)
                continue
            for expression in expressions:
                yield from (problem.message for problem in unknown(expression, known, CATALOGUE))


def _posted(procedure: Procedure, form: Form, written: Mapping[str, object]) -> tuple[str, ...]:
    """Faults of the fields, columns, people and files, in whichever pack has the fewest."""
    plain = {name: _without_expressions(value) for name, value in written.items()}
    found: list[tuple[str, ...]] = []
    organisations = [pack.organisation for pack in procedure.packs if pack.organisation is not None]
    for organisation in organisations or (None,):
        try:
            as_posted(form, plain, _context(organisation))
            return ()
        except FormError as error:
            found.append(tuple(each.partition("：")[2] or each for each in error.problems))
    return min(found, key=len)


def _context(organisation: Organisation | None) -> FormContext:
    people = organisation.people() if organisation else ()
    names = {person.login: person.name for person in people}
    return FormContext(
        names={},
        functions=dict.fromkeys(CATALOGUE, _nothing),
        people=lambda: [Option(login, name) for login, name in names.items()],
        person_name=lambda login: names.get(login, login),
        example_attachment=lambda name: name,
    )


def _nothing(*arguments: object, **named: object) -> None:
    return None


def _choices(form: Form, written: Mapping[str, object]) -> Iterator[str]:
    """Values that are not among the options written in the form."""
    for component in form.fields():
        value = written.get(component.name)
        yield from _choice(component, value, f"“{component.label}”")
        for row in value if component.type == "dynamiclist" and isinstance(value, list) else ():
            if isinstance(row, Mapping):
                for column in component.components:
                    yield from _choice(
                        column, row.get(column.name), f"表格“{component.label}”的列“{column.label}”"
                    )


def _choice(component: Component, value: object, place: str) -> Iterator[str]:
    if not component.options:
        return
    known = {option_key(each.value) for each in component.options} | {
        each.label for each in component.options
    }
    for each in value if isinstance(value, list) else [value]:
        several = component.is_list and isinstance(each, str)
        if each in (None, "") or several or (isinstance(each, str) and "${" in each):
            continue
        if not isinstance(each, str | int | float) or option_key(each) not in known:
            yield f"{place}没有“{each}”这个选项{suggestion(str(each), known)}。请改正。"


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from _texts(inner)


def _without_expressions(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _without_expressions(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [
            _without_expressions(inner) for inner in value if not (isinstance(inner, str) and "${" in inner)
        ]
    return None if isinstance(value, str) and "${" in value else value


def _used(procedure: Procedure) -> Iterator[tuple[str, Form, Element]]:
    for key, elements in procedure.form_keys().items():
        if key in procedure.forms:
            yield from ((key, procedure.forms[key], element) for element in elements)


def _path(key: str) -> str:
    return f"forms/{key}.form"
