"""应用到在办事项, looked at before it is done: which cases a version would carry, and which changes can be taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from engine import versions
from engine.access import sight
from engine.case import Case
from engine.drafts import own_pack, require_procedure
from engine.errors import EngineError, NotFound
from engine.models import ProcessDefinition, ProcessInstance, Task, VersionChange
from engine.process_engine import SHARED, ProcessEngine
from engine.spiff import NotCarried
from engine.transaction import Transaction

MOST = 200
"""So many cases are looked at in one dry run, the oldest first."""


@dataclass(frozen=True)
class OpenStep:
    """A task somebody has in hand: its name as drawn, who has claimed it, and what the version changes about it."""

    name: str
    assignee: str | None
    renamed: str
    others: bool
    """Others would be asked to do it."""


@dataclass(frozen=True)
class CarriedCase:
    """What the version would mean for one case. `refused` says why it cannot be carried, else it is empty.

    `title` is None for those who do not see the case. `due` are the names of what would happen at once.
    """

    instance_id: str
    title: str | None
    version: int
    state: str
    started_at: datetime
    steps: Sequence[OpenStep]
    due: Sequence[str]
    refused: str


@dataclass(frozen=True)
class RebasePreview:
    """The cases under way that are not on this version yet; `left_out` more are not looked at."""

    definition_id: int
    key: str
    name: str
    version: int
    cases: Sequence[CarriedCase]
    left_out: int


def rebase_preview(engine: ProcessEngine, login: str, definition_id: int) -> RebasePreview:
    """A dry run of `apply_version` for every case under way. Raises Forbidden, NotFound."""
    with engine.database.reading() as session:
        pack = own_pack(engine, session, login)
        row = session.get(ProcessDefinition, definition_id)
        if row is None or row.pack not in (pack, SHARED):
            raise NotFound("没有这个版本。")
        rows = session.scalars(
            select(ProcessInstance)
            .where(
                ProcessInstance.key == row.key,
                ProcessInstance.pack == pack,
                ProcessInstance.ended_at.is_(None),
                ProcessInstance.definition_id != definition_id,
            )
            .order_by(ProcessInstance.started_at, ProcessInstance.id)
        ).all()
        tx = Transaction(engine, session, engine.now(), login)
        # Nothing may be written while trying out.
        with session.no_autoflush:
            cases = [_try(tx, each, definition_id) for each in rows[:MOST]]
        return RebasePreview(definition_id, row.key, row.name, row.version, cases, max(0, len(rows) - MOST))


def _try(tx: Transaction, row: ProcessInstance, definition_id: int) -> CarriedCase:
    case = Case.view(tx, row)
    version, target = case.definition.version, tx.engine.definitions.get(tx.session, definition_id)
    open_rows = versions.open_rows(case)
    refused, due = versions.hindered(case), list[str]()
    if not refused:
        try:
            versions.carry(case, target, onward=False)
            due = case.live.due_now()
        except NotCarried as error:
            refused = str(error)
        except EngineError as error:
            refused = str(error).rstrip("。")
    steps = [_step(case, each, bool(refused)) for each in open_rows]
    return CarriedCase(
        row.id, _title(tx, row), version, row.state, row.started_at, steps, [] if refused else due, refused
    )


def _step(case: Case, row: Task, refused: bool) -> OpenStep:
    old = versions.drawn_before(case, row)
    if refused:
        return OpenStep(old.name or old.id, row.assignee, "", False)
    new = case.versions[row.process].diagram.elements[row.element]
    renamed = new.name if new.name != old.name else ""
    return OpenStep(old.name or old.id, row.assignee, renamed, versions.will_move(row, old, new))


def _title(tx: Transaction, row: ProcessInstance) -> str | None:
    """Looking after procedures is no reason to see what cases are about."""
    try:
        sight(tx.engine, tx.session, str(tx.actor), row)
    except NotFound:
        return None
    return row.title


@dataclass(frozen=True)
class VersionChangeLine:
    """A case that was put onto another version; `fixed` says why that cannot be taken back, else it is empty."""

    id: int
    instance_id: str
    title: str | None
    before: int
    after: int
    reason: str
    made_by: str
    made_at: datetime
    reverted_by: str | None
    reverted_at: datetime | None
    revert_reason: str | None
    fixed: str


def version_changes(engine: ProcessEngine, login: str, key: str) -> list[VersionChangeLine]:
    """The latest changes of version of cases of a procedure, newest first. Raises Forbidden, NotFound."""
    with engine.database.reading() as session:
        pack = own_pack(engine, session, login)
        require_procedure(session, key, pack)
        tx = Transaction(engine, session, engine.now(), login)
        numbers: Mapping[int, int] = {
            each.id: each.version
            for each in session.scalars(select(ProcessDefinition).where(ProcessDefinition.key == key))
        }
        found = session.execute(
            select(VersionChange, ProcessInstance)
            .join(ProcessInstance, ProcessInstance.id == VersionChange.instance_id)
            .where(ProcessInstance.key == key, ProcessInstance.pack == pack)
            .order_by(VersionChange.id.desc())
            .limit(MOST)
        )
        return [
            VersionChangeLine(
                change.id,
                row.id,
                _title(tx, row),
                numbers[change.from_id],
                numbers[change.to_id],
                change.reason,
                change.made_by,
                change.made_at,
                change.reverted_by,
                change.reverted_at,
                change.revert_reason,
                versions.fixed_by(Case.view(tx, row), change),
            )
            for change, row in found
        ]


__all__ = [
    "CarriedCase",
    "OpenStep",
    "RebasePreview",
    "VersionChangeLine",
    "rebase_preview",
    "version_changes",
]
