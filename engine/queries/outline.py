"""Procedures as outlines in words: of a published version, and of a draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from engine.definitions import Bundle
from engine.diagram import Diagram
from engine.drafts import bundle_of, own_pack, require_draft
from engine.errors import NotFound
from engine.outline import Outline, outline
from engine.outline_facts import surroundings
from engine.parameters import NO, YES
from engine.process_engine import SHARED, LoadedPack, ProcessEngine
from engine.rules import Clause

READ = ("definitions", "review")


@dataclass(frozen=True)
class OutlineView:
    """The outline of a version, or of a draft when `version` is None.

    `clauses` are those of the reader's town that the procedure is based on, by id, with the title of the rules, in the order
    of the rules. `called` gives the definition id of each procedure it calls that is published.
    """

    key: str
    version: int | None
    current: bool
    outline: Outline
    clauses: Mapping[str, tuple[str, Clause]]
    called: Mapping[str, int]


def procedure_outline(
    engine: ProcessEngine, login: str, key: str, definition_id: int | None = None
) -> OutlineView:
    """The outline of the version published now, or of that with the id. Raises NotFound."""
    with engine.database.reading() as session:
        pack = engine.pack_of(session, login)
        current = engine.definitions.current(session, key)
        found = current if definition_id is None else engine.definitions.get(session, definition_id)
        if found.key != key or found.pack not in (pack.key, SHARED):
            raise NotFound()
        view = _outline(engine, session, pack, found.bundle)
        return OutlineView(
            key, found.version, found.id == current.id, view, _clauses(pack, view), dict(found.pins)
        )


def draft_outline(engine: ProcessEngine, login: str, key: str) -> OutlineView:
    """The outline of an open draft. Raises Forbidden, NotFound, BadDiagram while its diagram cannot be read."""
    with engine.database.reading() as session:
        own_pack(engine, session, login, *READ)
        pack = engine.pack_of(session, login)
        bundle = bundle_of(require_draft(session, key, pack.key))
        view = _outline(engine, session, pack, bundle)
        published = {each.key: each.id for each in engine.definitions.all_current(session)}
        called = {each: published[each] for each in bundle.diagram.called if each in published}
        return OutlineView(key, None, False, view, _clauses(pack, view), called)


def _outline(engine: ProcessEngine, session: Session, pack: LoadedPack, bundle: Bundle) -> Outline:
    values = {each.name: _said(each.value) for each in pack.parameters.parameters()}
    around = surroundings(_diagrams(engine, session, pack.key), values, bundle.diagram)
    return outline(bundle, around)


def _diagrams(engine: ProcessEngine, session: Session, pack: str) -> dict[str, Diagram]:
    return {
        each.key: each.diagram
        for each in engine.definitions.all_current(session)
        if each.pack in (pack, SHARED)
    }


def _said(value: object) -> str:
    if isinstance(value, bool):
        return YES if value else NO
    return str(value)


def _clauses(pack: LoadedPack, view: Outline) -> dict[str, tuple[str, Clause]]:
    named: set[str] = set(view.clauses)
    for step in view.steps():
        named.update(step.clauses)
    return {each.id: (pack.rules.title, each) for each in pack.rules.clauses if each.id in named}


__all__ = ["OutlineView", "draft_outline", "procedure_outline"]
