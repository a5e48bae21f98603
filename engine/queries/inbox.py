"""A person's open tasks by due date, and those done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from engine.access import addressed_to, deputy_of
from engine.models import Circulation, InboxEntry, Notification, ProcessInstance, Task
from engine.process_engine import ProcessEngine
from engine.queries.paging import containing, decode_cursor, encode_cursor
from engine.suspension import SUSPENDED

CAP = 999
SEARCHED = (ProcessInstance.title, ProcessInstance.business_key, Task.name)


@dataclass(frozen=True)
class InboxItem:
    """A line of a task list."""

    id: str
    name: str
    case: str
    instance_id: str
    business_key: str | None
    process: str
    due_at: datetime | None
    assignee: str | None
    item: Any
    opened_at: datetime
    closed_at: datetime | None
    acting_for: str | None
    """Whose deputy the person is, or was, in this task."""
    suspended: bool
    """The case stands still: nothing of it can be done now."""
    role: str
    """do, or sign: the person was asked to sign it."""
    entrusted_by: str | None
    """For whom the person prepares it."""
    undone: bool
    """A return or withdrawal took it back after it was done."""
    in_batches: bool
    """Several of its element may be done with one sheet."""


@dataclass(frozen=True)
class InboxPage:
    """Some lines, how many there are in all (exact up to 999) and where to go on."""

    items: Sequence[InboxItem]
    total: int
    total_is_capped: bool
    next_cursor: str | None


def inbox(
    engine: ProcessEngine,
    login: str,
    q: str = "",
    limit: int = 50,
    cursor: str | None = None,
    due_before: datetime | None = None,
    due_from: datetime | None = None,
    unclaimed: bool = False,
) -> InboxPage:
    """Open tasks addressed to this person, soonest due first.

    `q` searches titles, task names and business keys; `due_before`/`due_from` bound the due date; `unclaimed` leaves
    out what somebody has claimed.
    """
    limit = max(1, min(limit, 200))
    with engine.database.reading() as session:
        entries = _entries(engine, session, login)
        matching = entries.subquery()
        query = (
            select(Task, ProcessInstance, matching.c.due_at, matching.c.role)
            .join(matching, matching.c.task_id == Task.id)
            .join(ProcessInstance, ProcessInstance.id == Task.instance_id)
        )
        query = query.where(*containing(q, *SEARCHED))
        if due_before is not None:
            query = query.where(matching.c.due_at < due_before)
        if due_from is not None:
            query = query.where(matching.c.due_at >= due_from)
        if unclaimed:
            query = query.where(Task.assignee.is_(None))
        every = query
        if cursor:
            due, task_id = decode_cursor(cursor)
            query = query.where(
                or_(matching.c.due_at > due, and_(matching.c.due_at == due, Task.id > task_id))
            )
        rows = session.execute(query.order_by(matching.c.due_at, Task.id).limit(limit + 1)).all()
        more = len(rows) > limit
        total = _total(session, every) if more or cursor else len(rows)
        rows = rows[:limit]
        acting = deputy_of(engine, session, login, [task.id for task, *_ in rows])
        return InboxPage(
            items=[
                _item(engine, session, task, instance, acting.get(task.id), role)
                for task, instance, _due, role in rows
            ],
            total=min(total, CAP),
            total_is_capped=total > CAP,
            next_cursor=encode_cursor(rows[-1].due_at, rows[-1].Task.id) if more else None,
        )


def _total(session: Session, every: Select[*tuple[Any, ...]]) -> int:
    """How many tasks there are, up to one more than CAP; a page that shows them all need not ask."""
    capped = every.with_only_columns(Task.id).limit(CAP + 1).subquery()
    return session.scalar(select(func.count()).select_from(capped)) or 0


def _entries(engine: ProcessEngine, session: Session, login: str) -> Select[*tuple[Any, ...]]:
    return (
        select(
            InboxEntry.task_id,
            func.min(InboxEntry.due_at).label("due_at"),
            # Who may do a task and was asked to sign it too, by way of another post, does it.
            func.min(InboxEntry.role).label("role"),
        )
        .where(addressed_to(engine, session, login))
        .group_by(InboxEntry.task_id)
    )


def _item(
    engine: ProcessEngine,
    session: Session,
    task: Task,
    instance: ProcessInstance,
    acting_for: str | None,
    role: str = "do",
) -> InboxItem:
    drawn = engine.definitions.get(session, task.definition_id).diagram.elements[task.element]
    return InboxItem(
        id=task.id,
        name=task.name,
        case=instance.title,
        instance_id=instance.id,
        business_key=instance.business_key,
        process=instance.key,
        due_at=task.due_at,
        assignee=task.assignee,
        item=task.item,
        opened_at=task.opened_at,
        closed_at=task.closed_at,
        acting_for=acting_for,
        suspended=instance.state == SUSPENDED,
        role=role,
        entrusted_by=task.owner if task.state == "open" and role == "do" else None,
        undone=task.undone_at is not None,
        in_batches=drawn.in_batches and role == "do" and task.owner is None,
    )


def inbox_counts(engine: ProcessEngine, login: str) -> dict[str, int]:
    """`open` (capped at 999) and `late` for the menu badge, `unread` notifications, `to_read` cases handed round."""
    with engine.database.reading() as session:
        entries = _entries(engine, session, login).limit(CAP + 1).subquery()
        total, late = session.execute(
            select(func.count(), func.count().filter(entries.c.due_at < engine.now())).select_from(entries)
        ).one()
        unread = session.scalar(
            select(func.count())
            .select_from(Notification)
            .where(Notification.login == login, Notification.read_at.is_(None))
        )
        to_read = session.scalar(
            select(func.count())
            .select_from(Circulation)
            .where(Circulation.login == login, Circulation.read_at.is_(None))
        )
    return {
        "open": min(total, CAP),
        "late": min(late, CAP),
        "unread": unread or 0,
        "to_read": to_read or 0,
    }


def done_tasks(
    engine: ProcessEngine, login: str, q: str = "", limit: int = 50, cursor: str | None = None
) -> InboxPage:
    """Tasks this person completed, latest first."""
    limit = max(1, min(limit, 200))
    with engine.database.reading() as session:
        query = (
            select(Task, ProcessInstance)
            .join(ProcessInstance, ProcessInstance.id == Task.instance_id)
            .where(Task.completed_by == login, Task.state == "done")
        )
        query = query.where(*containing(q, *SEARCHED))
        every = query
        if cursor:
            closed, task_id = decode_cursor(cursor)
            query = query.where(
                or_(Task.closed_at < closed, and_(Task.closed_at == closed, Task.id > task_id))
            )
        rows = session.execute(query.order_by(Task.closed_at.desc(), Task.id).limit(limit + 1)).all()
        more = len(rows) > limit
        total = _total(session, every) if more or cursor else len(rows)
        rows = rows[:limit]
        return InboxPage(
            items=[_item(engine, session, task, instance, task.acted_for) for task, instance in rows],
            total=min(total, CAP),
            total_is_capped=total > CAP,
            next_cursor=encode_cursor(rows[-1].Task.closed_at, rows[-1].Task.id) if more else None,
        )


__all__ = ["CAP", "InboxItem", "InboxPage", "done_tasks", "inbox", "inbox_counts"]
