"""A run of a scenario looked at again: its sentences, what each passed in the diagrams, and the clauses behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine.diagram import Diagram
from engine.drafts import candidate_tried, current_row, own_pack
from engine.errors import NotFound
from engine.gate import Published, published, state_of
from engine.gate.candidate import readable
from engine.models import GateRun, ProcessDraft
from engine.process_engine import SHARED, ProcessEngine
from engine.queries.drafts import READ
from engine.queries.scenarios import clauses_of
from engine.rules import Clause


@dataclass(frozen=True)
class Passage:
    """An element a sentence passed; `name` is empty when it has none."""

    process: str
    element: str
    name: str
    clauses: Sequence[str]


@dataclass(frozen=True)
class Frame:
    """A sentence of the scenario with what it passed, in order."""

    sentence: str
    passed: Sequence[Passage]


@dataclass(frozen=True)
class Playback:
    """A scenario as it went in run `run`. `procedures`: key → name of those it passed, the one it belongs to first.

    `clauses`: tag of the scenario or id at an element → title of the rules and clause. `stale`: what was tried has changed
    since. `standing` is where the case stood when a sentence failed.
    """

    run: int
    key: str
    name: str
    rule: str
    scenario: str
    passed: bool
    sentence: str
    message: str
    by: str | None
    at: datetime
    version: int | None
    stale: bool
    tags: Sequence[str]
    frames: Sequence[Frame]
    standing: Sequence[Passage]
    procedures: Mapping[str, str]
    clauses: Mapping[str, tuple[str, Clause]]


def playback(engine: ProcessEngine, login: str, key: str, run_id: int, result_id: str) -> Playback:
    """One result of a run, to be looked at sentence by sentence. Raises Forbidden, NotFound."""
    with engine.database.reading() as session:
        pack = own_pack(engine, session, login, *READ)
        run = _run(session, key, run_id, pack)
        result = next((each for each in run.results if each["id"] == result_id), None)
        if result is None or not result["steps"]:
            raise NotFound("这次试跑里没有这个场景的经过。")
        now = published(engine, session)
        diagrams = _diagrams(session, run, key, pack, now)
        frames = [Frame(each["sentence"], _passages(each["elements"], diagrams)) for each in result["steps"]]
        standing = _passages(result["at"], diagrams)
        processes = dict.fromkeys([key, *(each.process for frame in frames for each in frame.passed)])
        names = [*result["tags"], *(c for frame in frames for each in frame.passed for c in each.clauses)]
        return Playback(
            run.id,
            key,
            str(result["name"]),
            str(result["rule"]),
            str(result["scenario"]),
            result["outcome"] == "passed",
            str(result["sentence"]),
            str(result["message"]),
            run.started_by,
            run.started_at,
            run.version,
            _stale(session, run, key, pack, now),
            result["tags"],
            frames,
            standing,
            {each: diagrams[each].name for each in processes if each in diagrams},
            clauses_of(now, pack, names),
        )


def playback_diagram(engine: ProcessEngine, login: str, key: str, run_id: int, process: str) -> str:
    """The diagram of a procedure as the run saw it. Raises Forbidden, NotFound."""
    with engine.database.reading() as session:
        pack = own_pack(engine, session, login, *READ)
        run = _run(session, key, run_id, pack)
        now = published(engine, session)
        bundle = now.bundles.get(process)
        if process == key:
            tried = candidate_tried(session, key, pack, _version(session, run, key), {})
            bundle = tried.bundles[0] if tried else bundle
        if bundle is None or bundle.pack not in (pack, SHARED):
            raise NotFound()
        return bundle.files[f"{process}.bpmn"]


def _run(session: Session, key: str, run_id: int, pack: str) -> GateRun:
    """A run of the procedure's scenarios, or of all when its version was let through. Raises NotFound."""
    run, row, draft = session.get(GateRun, run_id), current_row(session, key), session.get(ProcessDraft, key)
    owner = draft.pack if draft else row.pack if row else ""
    if (
        run is None
        or owner not in (pack, SHARED)
        or (run.key != key and run.id != _let_through(session, key))
    ):
        raise NotFound()
    return run


def _let_through(session: Session, key: str) -> int | None:
    row = current_row(session, key)
    return row.gate.get("run") if row else None


def _version(session: Session, run: GateRun, key: str) -> int | None:
    """The published version a run tells of: also that of the draft or files it let through."""
    row = current_row(session, key)
    return row.version if row is not None and row.gate.get("run") == run.id else run.version


def _stale(session: Session, run: GateRun, key: str, pack: str, now: Published) -> bool:
    version = _version(session, run, key)
    if version != run.version:
        return False
    tried = candidate_tried(session, key, pack, version, run.files)
    return tried is None or state_of(tried, now) != run.draft_hash


def _diagrams(session: Session, run: GateRun, key: str, pack: str, now: Published) -> dict[str, Diagram]:
    """All diagrams as the run saw them, as far as they are still there."""
    tried = candidate_tried(session, key, pack, _version(session, run, key), {})
    return readable({**now.bundles, **(tried.by_key if tried else {})})


def _passages(elements: Sequence[Any], diagrams: Mapping[str, Diagram]) -> list[Passage]:
    found = []
    for process, element in elements:
        drawn = diagrams[process].elements.get(element) if process in diagrams else None
        if drawn is not None:
            found.append(Passage(process, element, drawn.name, drawn.clauses))
    return found


__all__ = ["Frame", "Passage", "Playback", "playback", "playback_diagram"]
