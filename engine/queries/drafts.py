"""Drafts and versions to be looked at: files, findings, differences, what a change touches, runs of the scenarios."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.definitions import Bundle
from engine.differences import Change, differences, parameter_changes
from engine.drafts import (
    bundle_of,
    candidate_of,
    candidate_tried,
    current_row,
    name_of_bundle,
    own_pack,
    require_draft,
    require_procedure,
)
from engine.errors import NotFound
from engine.gate import failures, plan, published, read_scenarios, state_of
from engine.gate.candidate import readable, users
from engine.gate.scenarios import Unreadable
from engine.models import DraftChange, GateRun, ProcessDefinition, ProcessDraft, ProcessInstance, Task
from engine.outline_facts import step_name
from engine.parameters import Value
from engine.process_engine import SHARED, ProcessEngine

READ = ("definitions", "review")


@dataclass(frozen=True)
class DraftView:
    """An open draft. `base` is the version it is measured against, `current` the one published now, None for neither."""

    key: str
    name: str
    pack: str
    files: Mapping[str, str]
    parameters: Mapping[str, Value]
    drafters: Sequence[str]
    revision: int
    updated_by: str | None
    updated_at: datetime
    note: str
    base_id: int | None
    base: int | None
    current: int | None
    can_undo: bool

    @property
    def outdated(self) -> bool:
        """Another version was published since it was opened."""
        return self.base != self.current


def process_draft(engine: ProcessEngine, login: str, key: str) -> DraftView:
    """The open draft of a procedure. Raises Forbidden, NotFound when there is none."""
    with engine.database.reading() as session:
        draft = require_draft(session, key, own_pack(engine, session, login, *READ))
        base = session.get(ProcessDefinition, draft.base_id) if draft.base_id else None
        current = current_row(session, key)
        undo = session.scalar(select(DraftChange.revision).where(DraftChange.key == key).limit(1))
        return DraftView(
            key,
            name_of_bundle(bundle_of(draft)),
            draft.pack,
            draft.files,
            draft.parameters,
            draft.drafters,
            draft.revision,
            draft.updated_by,
            draft.updated_at,
            draft.note,
            draft.base_id,
            base.version if base else None,
            current.version if current else None,
            undo is not None,
        )


# -- what differs, what it touches


def draft_changes(engine: ProcessEngine, login: str, key: str) -> list[Change]:
    """How the draft differs from what is published now. Raises Forbidden, NotFound."""
    with engine.database.reading() as session:
        pack = own_pack(engine, session, login, *READ)
        draft = require_draft(session, key, pack)
        row = current_row(session, key)
        loaded = engine.pack(session, pack)
        values = {each.name: each.value for each in loaded.parameters.parameters()}
        before = Bundle(row.key, row.pack, row.files) if row else None
        return [*differences(before, bundle_of(draft)), *parameter_changes(values, draft.parameters)]


@dataclass(frozen=True)
class DraftImpact:
    """What a draft touches: `open_cases` version → cases still run on it, `people` who have open tasks in them at changed
    elements, `clauses` of changed elements, `scenarios` that will be run, `callers` that get a new version with it."""

    open_cases: Mapping[int, int]
    people: Sequence[str]
    clauses: Sequence[str]
    files: Sequence[str]
    scenarios: int
    callers: Sequence[str]


def draft_impact(engine: ProcessEngine, login: str, key: str) -> DraftImpact:
    """What publishing the draft would touch. Raises Forbidden, NotFound."""
    with engine.database.reading() as session:
        pack = own_pack(engine, session, login, *READ)
        draft = require_draft(session, key, pack)
        candidate, now = candidate_of(draft, pack), published(engine, session)
        before, after = now.bundles.get(key), candidate.bundles[0]
        diagrams = readable({"before": before, "after": after} if before else {"after": after})
        touched = {
            change.id
            for change in differences(before, after)
            if change.about == "element" and change.kind != "moved"
        }
        clauses = {
            clause
            for diagram in diagrams.values()
            for element in diagram.elements.values()
            if element.id in touched
            for clause in element.clauses
        }
        planned = plan(candidate, now)
        files = planned.files
        callers = users(key, readable(candidate.after(now)))
        return DraftImpact(
            _open_cases(session, key),
            _people(session, key, touched),
            sorted(clauses),
            sorted(files),
            _count(files, planned.scenarios),
            sorted(now.bundles[each].diagram.name for each in callers if each in now.bundles),
        )


def _open_cases(session: Session, key: str) -> dict[int, int]:
    rows = session.execute(
        select(ProcessDefinition.version, func.count())
        .join(ProcessInstance, ProcessInstance.definition_id == ProcessDefinition.id)
        .where(ProcessDefinition.key == key, ProcessInstance.ended_at.is_(None))
        .group_by(ProcessDefinition.version)
        .order_by(ProcessDefinition.version)
    )
    return {row[0]: row[1] for row in rows}


def _people(session: Session, key: str, elements: set[str]) -> list[str]:
    """Logins of those who have claimed an open task at one of these elements."""
    rows = session.scalars(
        select(Task.assignee)
        .where(
            Task.process == key,
            Task.state == "open",
            Task.element.in_(sorted(elements)),
            Task.assignee.is_not(None),
        )
        .distinct()
    )
    return sorted(str(each) for each in rows)


def _count(files: Mapping[str, str], chosen: Sequence[str]) -> int:
    total = 0
    for file, text in files.items():
        try:
            found = read_scenarios({file: text})
        except Unreadable:
            continue
        total += sum(
            sum(len(rows) - 1 for rows in each.examples) or 1
            for each in found
            if not chosen or each.id in chosen
        )
    return total


def element_labels(engine: ProcessEngine, login: str, key: str = "") -> dict[str, dict[str, str]]:
    """Procedure key → element id → its name, of what is published, or of the draft of `key`. Raises Forbidden."""
    with engine.database.reading() as session:
        pack = own_pack(engine, session, login, *READ)
        bundles = {each.key: each.bundle for each in engine.definitions.all_current(session)}
        draft = session.get(ProcessDraft, key)
        if draft is not None and draft.pack in (pack, SHARED):
            bundles[key] = bundle_of(draft)
    return {
        each: {id: step_name(diagram, element) for id, element in diagram.elements.items()}
        for each, diagram in readable(bundles).items()
    }


# -- runs and versions


@dataclass(frozen=True)
class GateView:
    """A run of the scenarios. `stale` says that what it tried is no longer there as it was.

    It tried the published version `version`, or the draft when that is None, with `files` in the place of its own.
    `results`: one mapping for each scenario with `id`, `scenario` (the same for every row of an outline), `file`, `rule`,
    `name`, `line`, `tags`, `hard`, `outcome` (passed, failed; removed: it is no longer there), `sentence` and `message` of
    the failure, `at` (elements at which the case stood then: [process, element]), `clauses` passed, `change` (new, altered,
    removed or ""), `recalled` (there when it passed before and nothing it came across has changed since), `steps`
    ([{"sentence", "elements": [[process, element], …]}, …], the failed one last).
    `to_waive` are the scenarios for which the publisher must give a reason.
    """

    id: int
    key: str
    state: str
    started_by: str | None
    started_at: datetime
    finished_at: datetime | None
    only: Sequence[str]
    version: int | None
    files: Mapping[str, str]
    done: int
    total: int
    results: Sequence[Mapping[str, Any]]
    refusals: Sequence[Mapping[str, str]]
    to_waive: Sequence[str]
    stale: bool


def gate_run(engine: ProcessEngine, login: str, key: str, run_id: int | None = None) -> GateView | None:
    """A run of the procedure's scenarios: of this id, else the last that ran all of them. None: there was none."""
    with engine.database.reading() as session:
        pack = own_pack(engine, session, login, *READ)
        run = session.get(GateRun, run_id) if run_id is not None else _last_run(session, key)
        if run is None:
            return None
        if run.key != key:
            raise NotFound()
        draft = session.get(ProcessDraft, key)
        row = current_row(session, key)
        if (draft or row) is None or (draft.pack if draft else row.pack if row else "") not in (pack, SHARED):
            raise NotFound()
        candidate = candidate_tried(session, key, pack, run.version, run.files)
        stale = candidate is None or state_of(candidate, published(engine, session)) != run.draft_hash
        return GateView(
            run.id,
            run.key,
            run.state,
            run.started_by,
            run.started_at,
            run.finished_at,
            run.only,
            run.version,
            run.files,
            run.done,
            run.total,
            run.results,
            run.refusals,
            failures(run.results),
            stale,
        )


def _last_run(session: Session, key: str) -> GateRun | None:
    """The last run of all scenarios; while there is a draft, of the draft."""
    found = select(GateRun).where(GateRun.key == key).order_by(GateRun.id.desc()).limit(50)
    if session.get(ProcessDraft, key) is not None:
        found = found.where(GateRun.version.is_(None))
    return next((run for run in session.scalars(found) if not run.only), None)


@dataclass(frozen=True)
class VersionLine:
    """A version that was published at some time; `open_cases` still run on it."""

    id: int
    version: int
    name: str
    origin: str
    current: bool
    hash: str
    deployed_at: datetime
    drafted_by: Sequence[str]
    published_by: str | None
    published_at: datetime | None
    note: str
    gate: Mapping[str, Any]
    waivers: Mapping[str, str]
    open_cases: int


def versions(engine: ProcessEngine, login: str, key: str) -> list[VersionLine]:
    """All versions of a procedure, the newest first. Raises Forbidden, NotFound."""
    with engine.database.reading() as session:
        require_procedure(session, key, own_pack(engine, session, login, *READ))
        cases = _open_cases(session, key)
        rows = session.scalars(
            select(ProcessDefinition)
            .where(ProcessDefinition.key == key)
            .order_by(ProcessDefinition.version.desc())
        )
        return [
            VersionLine(
                row.id,
                row.version,
                row.name,
                row.origin,
                row.current,
                row.hash,
                row.deployed_at,
                row.drafted_by,
                row.published_by,
                row.published_at,
                row.note,
                row.gate,
                row.waivers,
                cases.get(row.version, 0),
            )
            for row in rows
        ]


__all__ = [
    "Change",
    "DraftImpact",
    "DraftView",
    "GateView",
    "VersionLine",
    "draft_changes",
    "draft_impact",
    "element_labels",
    "gate_run",
    "process_draft",
    "versions",
]
