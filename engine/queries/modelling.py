"""What the modeller page asks while somebody draws: what can be chosen, a fresh drawing, files from elsewhere."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from engine.definitions import DECISIONS, Bundle
from engine.diagram import Diagram
from engine.drafts import bundle_of, check_path, own_pack, read_uploads, require_draft
from engine.errors import BadDiagram, Refused
from engine.layout import LayoutError, layout
from engine.models import ProcessDraft
from engine.process_engine import SHARED, LoadedPack, ProcessEngine

FORMS, DOCUMENTS = "forms/", "documents/"


@dataclass(frozen=True)
class ClauseChoice:
    """A clause an element may be based on."""

    id: str
    heading: str
    text: str
    hard: bool


@dataclass(frozen=True)
class MessageChoice:
    """A message some procedure sends or waits for."""

    name: str
    key: str
    """The correlation key as it is written elsewhere."""
    payload: str


@dataclass(frozen=True)
class ModellingChoices:
    """What the panel of an element offers; all by the names that stand in the diagram."""

    posts: Sequence[str]
    lanes: Sequence[str]
    """Names that the organisation knows beside the posts."""
    clauses: Sequence[ClauseChoice]
    forms: Sequence[tuple[str, str]]
    """Key and title of each form of the draft."""
    decisions: Sequence[str]
    documents: Sequence[str]
    messages: Sequence[MessageChoice]
    procedures: Sequence[tuple[str, str]]
    """Key and name of each published procedure."""


def modelling_choices(engine: ProcessEngine, login: str, key: str) -> ModellingChoices:
    """What can be chosen in the modeller of a draft. Raises NotFound, Forbidden."""
    with engine.database.reading() as session:
        draft = require_draft(session, key, own_pack(engine, session, login))
        packs = packs_of_draft(engine, session, login, draft)
        published = engine.definitions.all_current(session)
        diagrams = [each.diagram for each in published if each.key != key]
        bundle = bundle_of(draft)
        own = _readable(bundle)
        return ModellingChoices(
            posts=_each_once(post.name for pack in packs for post in pack.organisation.posts()),
            lanes=_each_once(lane.name for pack in packs for lane in pack.organisation.lanes()),
            clauses=[
                ClauseChoice(clause.id, clause.heading, clause.text, clause.hard)
                for pack in packs
                for clause in pack.rules.clauses
                if clause.kind not in ("metadata", "heading")
            ],
            forms=[(each, _title(bundle, each)) for each in _named(bundle, FORMS, ".form")],
            decisions=_named(bundle, DECISIONS, ".dmn"),
            documents=[path.removeprefix(DOCUMENTS) for path in bundle.files if path.startswith(DOCUMENTS)],
            messages=_messages([*diagrams, own] if own else diagrams),
            procedures=[(each.key, each.name) for each in published if each.key != key],
        )


def packs_of_draft(
    engine: ProcessEngine, session: Session, login: str, draft: ProcessDraft
) -> list[LoadedPack]:
    """The packs whose people and clauses a draft may name: its own; for a shared one all, the person's own first."""
    if draft.pack != SHARED:
        return [engine.pack(session, draft.pack)]
    mine = engine.pack_of(session, login)
    return [mine, *(each for each in engine.packs(session) if each.key != mine.key)]


def _each_once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _readable(bundle: Bundle) -> Diagram | None:
    try:
        return bundle.diagram
    except BadDiagram:
        return None


def _named(bundle: Bundle, folder: str, suffix: str) -> list[str]:
    """The names of the files of a folder of the bundle."""
    return sorted(
        path.removeprefix(folder).removesuffix(suffix)
        for path in bundle.files
        if path.startswith(folder) and path.endswith(suffix)
    )


def _title(bundle: Bundle, form: str) -> str:
    """What the diagram calls the element that shows the form, or the form's key."""
    diagram = _readable(bundle)
    for element in diagram.elements.values() if diagram else ():
        if element.extensions.get("formKey", element.id) == form or element.properties.get("form") == form:
            return element.name or form
    return form


def _messages(diagrams: Iterable[Diagram]) -> list[MessageChoice]:
    found: dict[str, MessageChoice] = {}
    for diagram in diagrams:
        for element in diagram.elements.values():
            if element.message:
                known = found.get(element.message, MessageChoice(element.message, "", ""))
                found[element.message] = MessageChoice(
                    element.message,
                    known.key or element.properties.get("correlationKey", ""),
                    known.payload or element.properties.get("payload", ""),
                )
    return [found[name] for name in sorted(found)]


# ---- files and drawings from elsewhere

PROCESS = re.compile(r"<(?:\w+:)?process\b[^>]*?\sid=\"([\w.-]+)\"")


def _renamed(text: str, key: str) -> str:
    """The diagram with the id its process has here: other modellers make one up. All else keeps its bytes."""
    found = PROCESS.findall(text)
    if len(found) != 1 or found[0] == key or f'id="{key}"' in text:
        return text
    return re.sub(rf'(\s(?:id|processRef|bpmnElement)=)"{re.escape(found[0])}"', rf'\1"{key}"', text)


def unpacked_bundle(
    engine: ProcessEngine, login: str, key: str, name: str, content: bytes
) -> Mapping[str, str]:
    """The texts of a diagram or an archive that may take the place of files of this draft; nothing is stored.

    The diagram gets the draft's name; what cannot stand in the draft is left out. Raises Invalid, NotFound, Forbidden.
    """
    with engine.database.reading() as session:
        require_draft(session, key, own_pack(engine, session, login))
        keys = [each.key for each in engine.definitions.all_current(session)]
    if name.lower().endswith(".xml"):
        # Some modellers give diagrams the general ending.
        name = f"{name[:-4]}.bpmn"
    texts = {
        f"{key}.bpmn" if path.endswith(".bpmn") else path: _renamed(text, key)
        if path.endswith(".bpmn")
        else text
        for path, text in read_uploads({name: content}).items()
    }
    return {path: text for path, text in texts.items() if check_path(key, path, keys) is None}


def fresh_layout(engine: ProcessEngine, login: str, xml: str) -> str:
    """The same diagram, drawn anew; also for one that has no drawing, without what cannot be drawn and is in no drawing yet.

    Raises Refused, Forbidden.
    """
    with engine.database.reading() as session:
        own_pack(engine, session, login)
    try:
        return layout(xml.encode(), forgiving=True).decode()
    except LayoutError as error:
        raise Refused(str(error)) from error


__all__ = [
    "ClauseChoice",
    "MessageChoice",
    "ModellingChoices",
    "fresh_layout",
    "modelling_choices",
    "unpacked_bundle",
]
