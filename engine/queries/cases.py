"""Cases: lists, one case's page, its history, its diagram."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from engine import signing
from engine.access import Sight, offering, oversees, sight
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
from engine.names import FIXED_NAMES
from engine.process_engine import SHARED, ProcessEngine
from engine.queries.paging import contains, decode_cursor, encode_cursor, words
from engine.queries.suspension import SuspensionView, suspension_view
from engine.readers import has_part, sees_whole
from engine.suspension import SUSPENDED


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
    """Cases this person may see, latest first.

    Every word of `q` must stand in the title or key or, of a case the person sees all of, in its `search_text`.
    """
    limit = max(1, min(limit, 200))
    with engine.database.reading() as session:
        query = select(ProcessInstance).order_by(ProcessInstance.started_at.desc(), ProcessInstance.id)
        if definition:
            query = query.where(ProcessInstance.key == definition)
        if state:
            query = query.where(ProcessInstance.state == state)
        if started_by:
            query = query.where(ProcessInstance.started_by == started_by)
        if cursor:
            started, key = decode_cursor(cursor)
            query = query.where(
                or_(
                    ProcessInstance.started_at < started,
                    and_(ProcessInstance.started_at == started, ProcessInstance.id > key),
                )
            )
        whole = sees_whole(engine, session, login)
        pressing = ProcessInstance.id.in_(offering(session, engine.principals(session, login)))
        query = query.where(or_(whole, has_part(engine, session, login), pressing))
        for word in words(q):
            # Who sees only a part must not learn from what is found what stands in the rest.
            named = contains(word, ProcessInstance.title, ProcessInstance.business_key)
            query = query.where(or_(named, and_(whole, contains(word, ProcessInstance.search_text))))
        found = list(session.scalars(query.limit(limit + 1)))
        more = len(found) > limit
        found = found[:limit]
        return CasePage(
            case_lines(engine, session, found),
            encode_cursor(found[-1].started_at, found[-1].id) if more else None,
        )


def case_lines(engine: ProcessEngine, session: Session, rows: Sequence[ProcessInstance]) -> list[CaseLine]:
    """The lines of these cases; the open tasks of all are asked for at once."""
    steps: dict[str, list[str]] = {}
    for instance_id, name in session.execute(
        select(Task.instance_id, Task.name)
        .where(Task.instance_id.in_([row.id for row in rows]), Task.state == "open")
        .order_by(Task.opened_at)
    ):
        steps.setdefault(instance_id, []).append(name)
    return [_line(engine, session, row, steps.get(row.id, [])) for row in rows]


def _line(
    engine: ProcessEngine, session: Session, row: ProcessInstance, open_steps: Sequence[str]
) -> CaseLine:
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
        open_tasks=tuple(dict.fromkeys(open_steps)),
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
    owner: str | None
    """Who has entrusted it to the assignee."""
    signers: tuple[str, ...]
    """Who has to sign it now."""


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
    void_at: datetime | None
    """Since when it no longer holds: what it was made of was taken back."""


@dataclass(frozen=True)
class TimerLine:
    name: str
    due_at: datetime


@dataclass(frozen=True)
class WaitLine:
    """A place in the diagram where the case waits for another one: its name and the message."""

    name: str
    message: str
    since: datetime


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
    waits: Sequence[WaitLine]
    suspension: SuspensionView | None
    """Under which it stands still now."""
    oversees: bool
    """The person looks after its going on: may hand tasks over, suspend and resume."""
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
        ).all()
        buttons = [
            Button(each.element, each.element_name)
            for each in subscriptions
            if each.operators and principals & set(each.operators) and row.state != SUSPENDED
        ]
        documents = [
            DocumentLine(each.id, each.name, each.made_at, each.sha256, each.void_at)
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
        waits = [
            WaitLine(each.element_name, each.name, each.since)
            for each in subscriptions
            if seen.whole and not each.operators and _stands_at(versions, each)
        ]
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
            waits=waits,
            suspension=suspension_view(session, row),
            oversees=oversees(engine, session, login, row),
            elements=row.elements,
            diagrams=[(key, versions[key].name, versions[key].id) for key in reached],
        )


def _stands_at(versions: Mapping[str, Definition], each: Subscription) -> bool:
    """Whether the case goes no further before this message, which a boundary event does not say."""
    return versions[each.process].diagram.elements[each.element].kind == "intermediateCatchEvent"


def _open_line(session: Session, task: Task, principals: frozenset[str]) -> OpenTaskLine:
    candidates = select(TaskCandidate.principal).where(
        TaskCandidate.task_id == task.id, TaskCandidate.role == "do"
    )
    asked = tuple(session.scalars(candidates))
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
        owner=task.owner,
        signers=tuple(each.login for each in signing.due_signers(session, task)),
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
    round: str
    """The same for all tasks of one element that were given out together; empty where no task is meant."""
    item: Any
    """What its task was about, where there was one for each of several things or people."""


def history_of(engine: ProcessEngine, login: str, instance_id: str) -> list[HistoryLine]:
    """The history from the beginning; of somebody else's tasks only who sees the whole case learns."""
    with engine.database.reading() as session:
        row = session.get(ProcessInstance, instance_id)
        seen = sight(engine, session, login, row)
        events = session.scalars(
            select(HistoryEvent).where(HistoryEvent.chain == instance_id).order_by(HistoryEvent.seq)
        )
        tasks = {
            task.id: task for task in session.scalars(select(Task).where(Task.instance_id == instance_id))
        }
        return [
            _history_line(event, tasks.get(event.task_id or ""))
            for event in events
            if seen.of_task(event.task_id)
        ]


def _history_line(event: HistoryEvent, task: Task | None) -> HistoryLine:
    return HistoryLine(
        seq=event.seq,
        at=event.at,
        actor=event.actor,
        kind=event.kind,
        task_id=event.task_id,
        body=event.body,
        round=f"{task.process}/{task.element}/{task.scope}/{task.activation}" if task else "",
        item=task.item if task else None,
    )


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
