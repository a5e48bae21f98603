"""Forms and documents of a draft filled in with sample values: how they will look, and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from jinja2 import TemplateError
from sqlalchemy.orm import Session

from engine import documents
from engine.clock import CN
from engine.definitions import Bundle
from engine.drafts import bundle_of, own_pack, require_draft
from engine.expressions import ExpressionError, compile_expression
from engine.forms import Component, Form, FormError, parse_form, read_example
from engine.forms.model import RuleFailed
from engine.lint.documents import FORBIDDEN
from engine.located_yaml import Document
from engine.process_engine import ProcessEngine
from engine.queries.modelling import DOCUMENTS, FORMS, packs_of_draft
from engine.queries.samples import EXAMPLE, FORM, Samples
from engine.queries.sheets import Entered, FilledForm, filled_form

RULES_LEFT_OUT = 60
"""So many rules that cannot be computed with sample values are left out of a trial before it is given up."""
_LINE = re.compile(r"第 (\d+) 行：")
_INSIDE = re.compile(r"\$\{(.*?)\}", re.DOTALL)


@dataclass(frozen=True)
class FormTrial:
    """A form filled in with sample values. `faults` say what cannot be read, `left_out` what the samples do not give."""

    form: Form | None
    filled: FilledForm | None
    faults: Sequence[str] = ()
    left_out: Sequence[str] = ()
    sample: Mapping[str, Any] = field(default_factory=dict)
    """The entries of the example sheet."""


def form_trial(
    engine: ProcessEngine,
    login: str,
    key: str,
    form_key: str,
    files: Mapping[str, str] | None = None,
    entered: Entered | None = None,
) -> FormTrial:
    """A form of a draft, with `files` in the place of those saved, filled in with its example or as `entered`.

    Raises Forbidden, NotFound for the draft; a form that cannot be read only has faults.
    """
    path, example = f"{FORMS}{form_key}{FORM}", f"{FORMS}{form_key}{EXAMPLE}"
    with engine.database.reading() as session:
        samples, bundle = _samples(engine, session, login, key, files)
    try:
        form = parse_form(bundle.files.get(path, ""), path)
    except FormError as error:
        return FormTrial(None, None, [each.removeprefix(f"{path}：") for each in error.problems])
    sample = samples.example(form, bundle.files.get(example, ""))
    context = samples.context(_names(form))
    # What the sheet itself fills in is not yet a variable of the case while it is open.
    own = set(form.by_key) - _own_names(form)
    context = replace(
        context, names={name: value for name, value in context.names.items() if name not in own}
    )
    left_out: list[str] = []
    shown = form
    while True:
        try:
            filled = filled_form(shown, {}, context, entered or Entered(sample))
            return FormTrial(form, filled, (), list(dict.fromkeys(left_out)), sample)
        except RuleFailed as error:
            left_out.append(str(error).partition("中")[2] or str(error))
            simpler = _without(shown, error)
            if simpler is None or len(left_out) > RULES_LEFT_OUT:
                return FormTrial(form, None, (), left_out, sample)
            shown = simpler
        except FormError as error:
            return FormTrial(form, None, (), [*left_out, str(error)], sample)


def _samples(
    engine: ProcessEngine, session: Session, login: str, key: str, files: Mapping[str, str] | None
) -> tuple[Samples, Bundle]:
    draft = require_draft(session, key, own_pack(engine, session, login))
    saved = bundle_of(draft)
    bundle = Bundle(saved.key, saved.pack, {**saved.files, **(files or {})})
    pack = packs_of_draft(engine, session, login, draft)[0]
    others = [each.bundle for each in engine.definitions.all_current(session) if each.key != key]
    return Samples(engine, session, login, pack, [bundle, *others]), bundle


def _names(form: Form) -> frozenset[str]:
    """All names the expressions of a form use."""
    found = {name for each in form.everything() for _, rule in each.rules.written() for name in rule.names}
    for expression in form.note_text.expressions if form.note_text else ():
        found |= expression.names
    return frozenset(found)


def _own_names(form: Form) -> set[str]:
    """The fields that read their own name: that means what the case had before."""
    return {each.name for each in form.everything() if each.name in each.rules.reads}


_RULES = {
    "显示条件": "shown",
    "必填条件": "required",
    "只读条件": "readonly_when",
    "初值": "initial",
    "可选值": "options",
    "最少行": "least",
    "最多行": "most",
    "description": "description",
    "text": "body",
    "文书名称": "body",
    "警示": "warning",
    "警示语": "warning",
}


def _without(form: Form, failed: RuleFailed) -> Form | None:
    """The form without the rule that failed; None when there is nothing to leave out."""
    if failed.rule == "说明":
        return replace(form, note_text=None) if form.note_text is not None else None
    name = _RULES.get(failed.rule, "checks")
    empty: Any = {"least": 0, "most": 500, "checks": ()}.get(name)
    rules = failed.component.rules
    if getattr(rules, name) == empty:
        return None
    simpler = replace(failed.component, rules=replace(rules, **{name: empty}))
    return replace(form, components=_swapped(form.components, failed.component, simpler))


def _swapped(components: Sequence[Component], old: Component, new: Component) -> tuple[Component, ...]:
    return tuple(
        new
        if each is old
        else replace(each, components=_swapped(each.components, old, new))
        if each.components
        else each
        for each in components
    )


def example_faults(
    engine: ProcessEngine, login: str, key: str, form_key: str, text: str, form_text: str | None = None
) -> dict[str, str]:
    """What is wrong with an example sheet, by field; the name `""` stands for the whole. Raises Forbidden, NotFound.

    `form_text` stands in the place of the form that is saved.
    """
    path = f"{FORMS}{form_key}{FORM}"
    with engine.database.reading() as session:
        samples, bundle = _samples(
            engine, session, login, key, None if form_text is None else {path: form_text}
        )
    try:
        form = parse_form(bundle.files.get(path, ""), path)
        context = samples.context(_names(form) | _written_names(text))
        read_example(form, text, context)
    except FormError as error:
        return _by_field([each.partition("：")[2] or each for each in error.problems], text)
    return {}


def _written_names(text: str) -> frozenset[str]:
    """The names the expressions of an example use."""
    found: set[str] = set()
    for inside in _INSIDE.findall(text):
        try:
            found |= compile_expression(inside).names
        except ExpressionError:
            continue
    return frozenset(found)


def _by_field(faults: Sequence[str], text: str) -> dict[str, str]:
    lines = {path[0]: line for path, line in Document.from_text(text).lines.items() if len(path) == 1}
    found: dict[str, list[str]] = {}
    for fault in faults:
        located = _LINE.match(fault)
        before = [name for name, line in lines.items() if located and line <= int(located[1])]
        name = max(before, key=lambda each: lines[each], default="")
        found.setdefault(str(name), []).append(fault[located.end() :] if located else fault)
    return {name: " ".join(each) for name, each in found.items()}


# -- documents

_SAID = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (
            r"unknown tag '(\w+)'.*block that needs to be closed is '(\w+)'",
            "不认识“{}”；前面的“{}”还没有结束。请改正。",
        ),
        (r"unknown tag '(\w+)'", "不认识“{}”，可以用 if、for、set 等。请改正。"),
        (
            r"Unexpected end of template.*block that needs to be closed is '(\w+)'",
            "“{0}”没有结束，请补上 end{0}。",
        ),
        (r"[Uu]nexpected end of template|unexpected end of", "没有写完，请检查括号和 if、for 的结束。"),
        (r"expected token '(.*?)', got '(.*?)'", "“{1}”附近写法有误，请检查引号、括号和花括号。"),
        (r"unexpected '(.*?)'", "“{}”附近写法有误，请检查引号、括号和花括号。"),
        (r"unexpected char '(.*?)'", "“{}”这个符号不能这样写，请检查是不是全角。"),
        (r"No filter named '(.*?)'", "没有名为“{}”的过滤器。请改正。"),
    )
)


@dataclass(frozen=True)
class DocumentTrial:
    """A template filled in with sample values, or what is wrong with it and in which line."""

    html: str
    fault: str = ""
    line: int | None = None


def document_trial(
    engine: ProcessEngine, login: str, key: str, name: str, text: str | None = None
) -> DocumentTrial:
    """A template of a draft, or `text` in its place, with the sample values of the draft. Raises NotFound, Forbidden."""
    path = f"{DOCUMENTS}{name}"
    with engine.database.reading() as session:
        samples, bundle = _samples(engine, session, login, key, None if text is None else {path: text})
        functions = samples.context().functions
    source = bundle.files.get(path, "")
    forbidden = FORBIDDEN.search(source)
    if forbidden is not None:
        number = source.count("\n", 0, forbidden.start()) + 1
        return DocumentTrial("", f"文书里不能写“{forbidden.group(0)[:20]}”，只写正文。请删去。", number)
    names = {**samples.values, **samples.fixed}
    names["制作时间"] = engine.now().astimezone(CN).isoformat(timespec="seconds")
    try:
        return DocumentTrial(documents.render(source, names, functions))
    except (TemplateError, ValueError, TypeError, ArithmeticError, LookupError, AttributeError) as error:
        line = getattr(error, "lineno", None)
        return DocumentTrial("", _template_fault(str(error)), line)


def _template_fault(message: str) -> str:
    """What the template's reader says, in the words of whoever writes templates."""
    for pattern, words in _SAID:
        found = pattern.search(message)
        if found:
            return words.format(*found.groups())
    return f"模板写法有误（{message}）。请改正。"


__all__ = ["DocumentTrial", "FormTrial", "document_trial", "example_faults", "form_trial"]
