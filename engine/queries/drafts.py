"""Drafts and versions to be looked at: files, findings, differences, what a change touches, runs of the scenarios."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import lint
from engine.definitions import Bundle
from engine.differences import Change, differences, parameter_changes
from engine.drafts import (
    bundle_of,
    candidate_of,
    current_row,
    name_of_bundle,
    own_pack,
    require_draft,
    require_procedure,
)
from engine.errors import NotFound
from engine.gate import Candidate, failures, plan, published, read_scenarios, state_of
from engine.gate.candidate import readable, users
from engine.gate.scenarios import Unreadable
from engine.lint.features import Feature
from engine.models import DraftChange, GateRun, ProcessDefinition, ProcessDraft, ProcessInstance, Task
from engine.parameters import Value
from engine.process_engine import SHARED, ProcessEngine

READ = ("definitions", "review")
_LINE = re.compile(r"第 (\d+) 行")


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


# -- what is wrong, what differs


@dataclass(frozen=True)
class DraftFinding:
    """What the linter says: `file` as it names it, `path` that in the draft, `line` where the message tells one."""

    file: str
    path: str
    line: int | None
    element: str
    code: str
    message: str
    warning: bool

    @property
    def rule(self) -> str:
        return self.code


def draft_findings(
    engine: ProcessEngine, login: str, key: str, files: Mapping[str, str | None] | None = None
) -> list[DraftFinding]:
    """Everything the linter finds in the draft, with `files` in the place of those saved; errors first.

    Raises Forbidden, NotFound.
    """
    with engine.database.reading() as session:
        draft = require_draft(session, key, own_pack(engine, session, login, *READ))
        world = published(engine, session).world
        saved = bundle_of(draft)
    texts = {k: str(v) for k, v in {**saved.files, **(files or {})}.items() if v is not None}
    return bundle_findings(Bundle(saved.key, saved.pack, texts), world)


def bundle_findings(bundle: Bundle, world: lint.World) -> list[DraftFinding]:
    """What the linter finds in a procedure and its scenarios, among what is published."""
    changed = world.with_bundle(bundle)
    found = [
        _finding(each, each.file.removeprefix(f"{bundle.pack}/{bundle.key}/"))
        for each in lint.check_bundle(bundle, world)
    ]
    for name, text in bundle.features.items():
        feature = Feature(f"features/{name}", text, changed)
        found += [_finding(each, bundle.feature_path(name)) for each in lint.feature_findings(feature)]
    return sorted(found, key=lambda each: (each.warning, each.path, each.line or 0, each.element))


def _finding(each: lint.Finding, path: str) -> DraftFinding:
    line = _LINE.search(each.message)
    return DraftFinding(
        each.file, path, int(line[1]) if line else None, each.element, each.code, each.message, each.warning
    )


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


# -- runs and versions


@dataclass(frozen=True)
class GateView:
    """A run of the scenarios. `stale` says that what it tried is no longer what would be published.

    `results`: one mapping for each scenario with `id`, `scenario` (the same for every row of an outline), `file`, `rule`,
    `name`, `line`, `tags`, `hard`, `outcome` (passed, failed; removed: it is no longer there), `sentence` and `message` of
    the failure, `at` (elements at which the case stood then: [process, element]), `clauses` passed, `change` (new, altered,
    removed or ""), `steps` ([{"sentence", "elements": [[process, element], …]}, …], the failed one last).
    `to_waive` are the scenarios for which the publisher must give a reason.
    """

    id: int
    key: str
    state: str
    started_by: str | None
    started_at: datetime
    finished_at: datetime | None
    only: Sequence[str]
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
        if draft is not None:
            candidate = candidate_of(draft, pack)
        else:
            candidate = Candidate((Bundle(key, row.pack, row.files),) if row else ())
        stale = state_of(candidate, published(engine, session)) != run.draft_hash
        return GateView(
            run.id,
            run.key,
            run.state,
            run.started_by,
            run.started_at,
            run.finished_at,
            run.only,
            run.done,
            run.total,
            run.results,
            run.refusals,
            failures(run.results),
            stale,
        )


def _last_run(session: Session, key: str) -> GateRun | None:
    runs = session.scalars(select(GateRun).where(GateRun.key == key).order_by(GateRun.id.desc()).limit(50))
    return next((run for run in runs if not run.only), None)


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
    "DraftFinding",
    "DraftImpact",
    "DraftView",
    "GateView",
    "VersionLine",
    "bundle_findings",
    "draft_changes",
    "draft_findings",
    "draft_impact",
    "gate_run",
    "process_draft",
    "versions",
]
