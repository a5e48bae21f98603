"""What the form editor of a draft asks: its forms and templates, and what their expressions may use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from engine.drafts import bundle_of, own_pack, require_draft
from engine.forms import Form
from engine.functions import CATALOGUE
from engine.gate import published
from engine.lint.procedure import Procedure
from engine.lint.sites import Site
from engine.lint.world import World
from engine.process_engine import ProcessEngine
from engine.queries.modelling import DOCUMENTS, FORMS
from engine.queries.samples import EXAMPLE, FORM

TEMPLATE = ".html"
NO_WORLD = World((), {}, date.min)
"""Enough for what a procedure says by itself."""


@dataclass(frozen=True)
class FormCard:
    """One form of a draft. `used_at` are the names of the elements that show it; `exists` is false for one they only name."""

    key: str
    title: str
    used_at: Sequence[str]
    fields: int
    exists: bool
    readable: bool
    has_example: bool


@dataclass(frozen=True)
class DocumentCard:
    """One template of a draft, and where it is used: names of elements, keys of forms."""

    name: str
    used_at: Sequence[str]
    exists: bool


@dataclass(frozen=True)
class FormsOfDraft:
    """The forms and the templates of a draft, those first that the diagram names and that are missing."""

    forms: Sequence[FormCard]
    documents: Sequence[DocumentCard]


def forms_of_draft(engine: ProcessEngine, login: str, key: str) -> FormsOfDraft:
    """What a draft has of forms and templates, and what it lacks. Raises Forbidden, NotFound."""
    with engine.database.reading() as session:
        procedure = _procedure(engine, session, login, key)
    used: dict[str, list[str]] = {}
    templates: dict[str, list[str]] = {}
    if procedure.readable:
        for form, elements in procedure.form_keys().items():
            used[form] = [each.name or each.id for each in elements]
        for task in procedure.diagram.of_kind("serviceTask"):
            name = procedure.properties(task).get("模板", "").strip()
            if name and procedure.attribute(task, "topic") == "document":
                templates.setdefault(name, []).append(task.name or task.id)
    for form_key, parsed in procedure.forms.items():
        for component in parsed.documents():
            name = component.properties.get("模板", "").strip()
            if name:
                templates.setdefault(name, []).append(f"{form_key}{FORM}")
    files = procedure.bundle.files
    there = [path.removeprefix(FORMS).removesuffix(FORM) for path in procedure.files(FORMS, FORM)]
    papers = [path.removeprefix(DOCUMENTS) for path in procedure.files(DOCUMENTS, TEMPLATE)]
    return FormsOfDraft(
        [
            FormCard(
                each,
                _title(procedure.forms.get(each)),
                used.get(each, ()),
                len(procedure.forms[each].fields()) if each in procedure.forms else 0,
                each in there,
                each in procedure.forms,
                f"{FORMS}{each}{EXAMPLE}" in files,
            )
            for each in sorted({*there, *used}, key=lambda form: (form in there, form))
        ],
        [
            DocumentCard(each, templates.get(each, ()), each in papers)
            for each in sorted({*papers, *templates}, key=lambda name: (name in papers, name))
        ],
    )


def form_places(engine: ProcessEngine, login: str, key: str, form_key: str) -> list[str]:
    """The names of the elements of a draft that show a form. Raises Forbidden, NotFound."""
    with engine.database.reading() as session:
        bundle = bundle_of(require_draft(session, key, own_pack(engine, session, login)))
    procedure = Procedure(bundle, NO_WORLD)
    if not procedure.readable:
        return []
    return [each.name or each.id for each in procedure.form_keys().get(form_key, ())]


def _title(form: Form | None) -> str:
    return form.title if form else ""


def _procedure(engine: ProcessEngine, session: Session, login: str, key: str) -> Procedure:
    draft = require_draft(session, key, own_pack(engine, session, login))
    bundle = bundle_of(draft)
    return Procedure(bundle, published(engine, session).world.with_bundle(bundle))


# -- what can be written in an expression


@dataclass(frozen=True)
class FunctionWord:
    """One function of the expression language."""

    name: str
    group: str
    signature: str
    meaning: str


@dataclass(frozen=True)
class Writing:
    """The names and functions that an expression of a form may use."""

    variables: Sequence[str]
    functions: Sequence[FunctionWord]


def form_words(engine: ProcessEngine, login: str, key: str, form_key: str) -> Writing:
    """What expressions of this form may use: variables that exist where it is shown, functions. Raises NotFound, Forbidden."""
    with engine.database.reading() as session:
        procedure = _procedure(engine, session, login, key)
    names: set[str] = set()
    if procedure.readable:
        elements = procedure.form_keys().get(form_key, [])
        places = (procedure.known(Site(each, "", None)) for each in elements)
        names = set(frozenset[str]().union(*places)) if elements else set(procedure.everything)
    functions = [
        FunctionWord(each.name, each.group, each.signature, each.meaning)
        for each in CATALOGUE.values()
        if not each.scripts_only
    ]
    return Writing(sorted(names), functions)


__all__ = [
    "DocumentCard",
    "FormCard",
    "FormsOfDraft",
    "FunctionWord",
    "Writing",
    "form_places",
    "form_words",
    "forms_of_draft",
]
