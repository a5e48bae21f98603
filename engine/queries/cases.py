"""Cases: lists, one case's page, its history, its diagram."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from engine.access import Sight, sight
from engine.case import FIXED_NAMES
from engine.commands.cases import starters
from engine.definitions import Definition
from engine.errors import NotFound
from engine.models import (
    Document,
    HistoryEvent,
    ProcessInstance,
    Subscription,
    Task,
    TaskCandidate,
    TimerRow,
)
from engine.process_engine import SHARED, ProcessEngine
from engine.queries.paging import containing, decode_cursor, encode_cursor


@dataclass(frozen=True)
class CaseLine:
    """A line of a case list."""

    id: str
    key: str
    process_name: str
    title: str
    business_key: str | None
    state: str
    started_by: str | None
    started_at: datetime
    ended_at: datetime | None
    open_tasks: tuple[str, ...]


@dataclass(frozen=True)
class CasePage:
    items: Sequence[CaseLine]
    next_cursor: str | None


def list_cases(
    engine: ProcessEngine,
    login: str,
    definition: str | None = None,
    state: str | None = None,
    started_by: str | None = None,
    q: str = "",
    limit: int = 50,
    cursor: str | None = None,
) -> CasePage:
    """Cases this person may see, latest first."""
    limit = max(1, min(limit, 200))
    with engine.database.reading() as session:
        query = select(ProcessInstance).order_by(ProcessInstance.started_at.desc(), ProcessInstance.id)
        if definition:
            query = query.where(ProcessInstance.key == definition)
        if state:
            query = query.where(ProcessInstance.state == state)
        if started_by:
            query = query.where(ProcessInstance.started_by == started_by)
        query = query.where(*containing(q, ProcessInstance.title, ProcessInstance.business_key))
        if cursor:
            started, key = decode_cursor(cursor)
            query = query.where(
                or_(
                    ProcessInstance.started_at < started,
                    and_(ProcessInstance.started_at == started, ProcessInstance.id > key),
                )
            )
        principals = engine.principals(session, login)
        involved = set(
            session.scalars(
                select(Task.instance_id)
                .outerjoin(TaskCandidate, TaskCandidate.task_id == Task.id)
                .where(
                    or_(
                        TaskCandidate.principal.in_(principals),
                        Task.completed_by == login,
                        Task.assignee == login,
                    )
                )
                .distinct()
            )
        )
        found: list[ProcessInstance] = []
        # Readers are a JSON list of posts and people, so this last condition is asked row by row.
        for row in session.scalars(query.execution_options(yield_per=200)):
            if row.started_by == login or row.id in involved or principals & set(row.readers):
                found.append(row)
                if len(found) > limit:
                    break
        more = len(found) > limit
        found = found[:limit]
        return CasePage(
            [_line(engine, session, row) for row in found],
            encode_cursor(found[-1].started_at, found[-1].id) if more else None,
        )


def _line(engine: ProcessEngine, session: Session, row: ProcessInstance) -> CaseLine:
    names = session.scalars(
        select(Task.name).where(Task.instance_id == row.id, Task.state == "open").order_by(Task.opened_at)
    )
    return CaseLine(
        id=row.id,
        key=row.key,
        process_name=engine.definitions.get(session, row.definition_id).name,
        title=row.title,
        business_key=row.business_key,
        state=row.state,
        started_by=row.started_by,
        started_at=row.started_at,
        ended_at=row.ended_at,
        open_tasks=tuple(dict.fromkeys(names)),
    )


@dataclass(frozen=True)
class OpenTaskLine:
    """An open task on a case's page; `people` are the logins asked today, in order."""

    id: str
    name: str
    item: Any
    lane: str | None
    assignee: str | None
    principals: tuple[str, ...]
    due_at: datetime | None
    mine: bool


@dataclass(frozen=True)
class Button:
    element: str
    name: str


@dataclass(frozen=True)
class DocumentLine:
    id: int
    name: str
    made_at: datetime
    sha256: str


@dataclass(frozen=True)
class TimerLine:
    name: str
    due_at: datetime


@dataclass(frozen=True)
class CaseView:
    """A case's page. What `sight` does not cover is left out."""

    id: str
    key: str
    process_name: str
    definition_id: int
    version: int
    pack: str
    title: str
    business_key: str | None
    state: str
    started_by: str | None
    started_at: datetime
    ended_at: datetime | None
    sight: Sight
    variables: Mapping[str, Any]
    open_tasks: Sequence[OpenTaskLine]
    buttons: Sequence[Button]
    documents: Sequence[DocumentLine]
    timers: Sequence[TimerLine]
    elements: Mapping[str, Mapping[str, str]]
    diagrams: Sequence[tuple[str, str, int]]
    """Procedure key, name and definition id of the case and everything it has called so far."""


def case_view(engine: ProcessEngine, login: str, instance_id: str) -> CaseView:
    """The case as `login` sees it. Raises NotFound."""
    with engine.database.reading() as session:
        row = session.get(ProcessInstance, instance_id)
        seen = sight(engine, session, login, row)
        assert row is not None
        principals = engine.principals(session, login)
        definition = engine.definitions.get(session, row.definition_id)
        versions = engine.definitions.called(session, definition)
        tasks = session.scalars(
            select(Task)
            .where(Task.instance_id == row.id, Task.state == "open")
            .order_by(Task.opened_at, Task.id)
        )
        open_tasks = [_open_line(session, task, principals) for task in tasks if seen.of_task(task.id)]
        subscriptions = session.scalars(
            select(Subscription).where(Subscription.instance_id == row.id).order_by(Subscription.element)
        )
        buttons = [
            Button(each.element, each.element_name)
            for each in subscriptions
            if each.operators and principals & set(each.operators)
        ]
        documents = [
            DocumentLine(each.id, each.name, each.made_at, each.sha256)
            for each in session.scalars(
                select(Document).where(Document.instance_id == row.id).order_by(Document.id)
            )
            if seen.of_task(each.task_id)
        ]
        timers = (
            [
                TimerLine(each.name, each.due_at)
                for each in session.scalars(
                    select(TimerRow).where(TimerRow.instance_id == row.id).order_by(TimerRow.due_at)
                )
            ]
            if seen.whole
            else []
        )
        reached = [key for key in versions if key in row.elements]
        return CaseView(
            id=row.id,
            key=row.key,
            process_name=definition.name,
            definition_id=definition.id,
            version=definition.version,
            pack=row.pack,
            title=row.title,
            business_key=row.business_key,
            state=row.state,
            started_by=row.started_by,
            started_at=row.started_at,
            ended_at=row.ended_at,
            sight=seen,
            variables={k: v for k, v in row.variables.items() if k not in FIXED_NAMES} if seen.whole else {},
            open_tasks=open_tasks,
            buttons=buttons,
            documents=documents,
            timers=timers,
            elements=row.elements,
            diagrams=[(key, versions[key].name, versions[key].id) for key in reached],
        )


def _open_line(session: Session, task: Task, principals: frozenset[str]) -> OpenTaskLine:
    asked = tuple(session.scalars(select(TaskCandidate.principal).where(TaskCandidate.task_id == task.id)))
    who = (f"user:{task.assignee}",) if task.assignee else asked
    return OpenTaskLine(
        id=task.id,
        name=task.name,
        item=task.item,
        lane=task.lane,
        assignee=task.assignee,
        principals=who,
        due_at=task.due_at,
        mine=bool(principals & set(who)),
    )


@dataclass(frozen=True)
class HistoryLine:
    """One line of a case's history, with the form as submitted for those who may see it."""

    seq: int
    at: datetime
    actor: str | None
    kind: str
    task_id: str | None
    body: Mapping[str, Any]


def history_of(engine: ProcessEngine, login: str, instance_id: str) -> list[HistoryLine]:
    """The history from the beginning; of somebody else's tasks only who sees the whole case learns."""
    with engine.database.reading() as session:
        row = session.get(ProcessInstance, instance_id)
        seen = sight(engine, session, login, row)
        events = session.scalars(
            select(HistoryEvent).where(HistoryEvent.chain == instance_id).order_by(HistoryEvent.seq)
        )
        lines = []
        for event in events:
            if not seen.of_task(event.task_id):
                continue
            lines.append(HistoryLine(event.seq, event.at, event.actor, event.kind, event.task_id, event.body))
        return lines


def startable_definitions(engine: ProcessEngine, login: str) -> list[tuple[Definition, bool]]:
    """Published procedures of the person's pack and the shared ones, with whether the person may start them."""
    with engine.database.reading() as session:
        pack = engine.pack_of(session, login)
        principals = engine.principals(session, login)
        found = []
        for definition in engine.definitions.all_current(session):
            if definition.pack in (pack.key, SHARED):
                allowed = starters(definition, pack.organisation)
                found.append((definition, bool(allowed and principals & set(allowed))))
        return found


def diagram_xml(engine: ProcessEngine, login: str, instance_id: str, definition_id: int) -> str:
    """The drawing of the case's procedure, or of one it calls. Raises NotFound."""
    with engine.database.reading() as session:
        row = session.get(ProcessInstance, instance_id)
        sight(engine, session, login, row)
        assert row is not None
        definition = engine.definitions.get(session, row.definition_id)
        for each in engine.definitions.called(session, definition).values():
            if each.id == definition_id:
                return str(each.files[f"{each.key}.bpmn"])
        raise NotFound()
