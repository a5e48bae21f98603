"""Putting a case under way onto another version of its procedure (应用到在办事项), and back: what follows it, and what hinders it."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from engine.access import name_of
from engine.deadlines import watched_process
from engine.definitions import Definition
from engine.diagram import Element, split
from engine.models import (
    HistoryEvent,
    InstanceState,
    OutboxMessage,
    Subscription,
    Task,
    TaskCandidate,
    TimerRow,
    VersionChange,
)
from engine.projections import assignment_of, enter_inboxes, name_of_task, refresh
from engine.readers import mirror_readers
from engine.spiff import LiveInstance, OpenTask, same
from engine.suspension import SUSPENDED

if TYPE_CHECKING:
    from engine.case import Case

ENDED = ("completed", "cancelled")
ASSIGNMENT = ("assignee", "candidateUsers", "candidateGroups")
"""Attributes that say who does a task; without any of them its lane does."""


def hindered(case: "Case") -> str:
    """Why the case cannot change its version now, as a sentence without its end; empty when nothing hinders it."""
    session = case.tx.session
    if case.row.state in ENDED:
        return "案卷已经办结"
    if case.row.state == SUSPENDED:
        return "案卷已经挂起，恢复办理以后才能改"
    for row in open_rows(case):
        if row.submitted is not None:
            return f"“{drawn_before(case, row).name}”已经提交，正等加签，签完以后才能改"
    waiting = session.scalar(
        select(OutboxMessage.id)
        .where(OutboxMessage.instance_id == case.row.id, OutboxMessage.state.in_(("pending", "failed")))
        .limit(1)
    )
    return "案卷发出的消息还没有送达，送达以后才能改" if waiting is not None else ""


def open_rows(case: "Case") -> list[Task]:
    """The open tasks, in the order they were opened."""
    return list(
        case.tx.session.scalars(
            select(Task)
            .where(Task.instance_id == case.row.id, Task.state == "open")
            .order_by(Task.opened_at, Task.id)
        )
    )


def state_of(case: "Case") -> bytes:
    """The stored state of the case."""
    return case.tx.session.get_one(InstanceState, case.row.id, populate_existing=True).blob


def carry(case: "Case", target: Definition, onward: bool = True) -> None:
    """Let the case live under `target`; rows follow with `follow`. Raises NotCarried, ElementFailed.

    When not `onward` nothing happens by it, which is enough to see whether it can be done.
    """
    definitions, session = case.tx.engine.definitions, case.tx.session
    state, old = state_of(case), definitions.parsed(session, case.definition)
    new = definitions.parsed(session, target)
    case.use(target)
    case.live = LiveInstance.carry(state, old, new, case, onward)


def take_back(case: "Case", change: VersionChange) -> None:
    """Let the case live again as it was before the change; rows follow with `follow`."""
    definitions, session = case.tx.engine.definitions, case.tx.session
    target = definitions.get(session, change.from_id)
    case.use(target)
    case.live = LiveInstance.load(change.before, definitions.parsed(session, target), case)


def follow(case: "Case", before: Definition) -> list[str]:
    """Make readers, open tasks, timers and subscriptions those of the version the case has now; `case.save` follows.

    Returns the ids of the tasks that others do now. Raises ElementFailed when it cannot be told who does one.
    """
    session, row = case.tx.session, case.row
    row.definition_id = case.definition.id
    was, now = (_posts(row.pack, each) for each in (before, case.definition))
    row.readers = list(dict.fromkeys([*(each for each in row.readers if each not in was), *now]))
    mirror_readers(session, row)
    live = {task.id: task for task in case.live.open_tasks()}
    moved = [each.id for each in open_rows(case) if each.id in live and _follow(case, live[each.id], each)]
    _mend_rows(case)
    return moved


def _mend_rows(case: "Case") -> None:
    """Rows of timers and messages say what they are called and asked now; since when a message is waited for stays."""
    session = case.tx.session
    timers = {timer.id: timer for timer in case.live.timers()}
    for row in session.scalars(select(TimerRow).where(TimerRow.instance_id == case.row.id)):
        if row.id in timers:
            row.name = timers[row.id].element_name
            row.watches = watched_process(timers[row.id].expression)
    since: dict[tuple[str, str, str], datetime] = {}
    for each in session.scalars(select(Subscription).where(Subscription.instance_id == case.row.id)):
        since[each.task_id, each.element, each.name] = each.since
        session.delete(each)
    session.flush()
    refresh(case)
    for each in session.scalars(select(Subscription).where(Subscription.instance_id == case.row.id)):
        each.since = since.get((each.task_id, each.element, each.name), each.since)
    session.flush()


def _posts(pack: str, definition: Definition) -> list[str]:
    return [f"post:{pack}/{post}" for post in split(definition.diagram.properties.get("可见岗位", ""))]


def _follow(case: "Case", task: OpenTask, row: Task) -> bool:
    """Whether somebody else does the task now."""
    old = drawn_before(case, row)
    row.definition_id = case.versions[task.process].id
    row.name, row.lane, row.revision = name_of_task(case, task), task.lane, row.revision + 1
    drawn = case.versions[task.process].diagram.elements[task.element]
    moved = reassigned(old, drawn) and not _taken(row, old)
    if moved:
        _assign(case, task, row)
    case.tx.session.flush()
    enter_inboxes(case, row)
    return moved


def drawn_before(case: "Case", row: Task) -> Element:
    """The element of a task in the version it was opened in, or last carried to while open."""
    definitions = case.tx.engine.definitions
    return definitions.get(case.tx.session, row.definition_id).diagram.elements[row.element]


def reassigned(old: Element, new: Element) -> bool:
    """Whether the versions say differently who does an element."""
    return old.lane != new.lane or any(old.extensions.get(a) != new.extensions.get(a) for a in ASSIGNMENT)


def _taken(row: Task, old: Element) -> bool:
    """Somebody has claimed the task, or was given it, and finishes it."""
    return row.assignee is not None and not old.extensions.get("assignee")


def will_move(row: Task, old: Element, new: Element) -> bool:
    """Whether the open task gets other doers under the new version."""
    return reassigned(old, new) and not _taken(row, old)


def _assign(case: "Case", task: OpenTask, row: Task) -> None:
    session, assignment = case.tx.session, assignment_of(case, task)
    known = {
        each.principal: each
        for each in session.scalars(select(TaskCandidate).where(TaskCandidate.task_id == row.id))
    }
    for principal, candidate in known.items():
        # Who was asked before may look back.
        candidate.role = "do" if principal in assignment.principals else "see"
    session.add_all(
        TaskCandidate(task_id=row.id, principal=each) for each in assignment.principals if each not in known
    )
    row.assignee, row.acted_for, row.owner, row.why = assignment.assignee, None, None, assignment.why


def last_change(case: "Case") -> VersionChange | None:
    """The change of version the case is under."""
    return case.tx.session.scalars(
        select(VersionChange)
        .where(VersionChange.instance_id == case.row.id, VersionChange.reverted_at.is_(None))
        .order_by(VersionChange.id.desc())
        .limit(1)
    ).first()


def fixed_by(case: "Case", change: VersionChange) -> str:
    """Why a change of version cannot be taken back, as a sentence without its end; empty when it can."""
    if change.reverted_at is not None:
        return f"已由{name_of(case.tx, change.reverted_by)}撤销"
    last = last_change(case)
    if last is None or last.id != change.id:
        return "后来又改按别的版本办理，要先撤销后面那一次"
    if change.fired:
        return f"应用时“{'”“'.join(change.fired)}”的时限已到，随即执行，不能撤销"
    if why := hindered(case):
        return why
    if not same(change.after, state_of(case)):
        return _since(case)
    return ""


def _since(case: "Case") -> str:
    session, chain = case.tx.session, HistoryEvent.chain == case.row.id
    applied = session.scalar(
        select(func.max(HistoryEvent.seq)).where(chain, HistoryEvent.kind == "version.applied")
    )
    done = session.scalars(
        select(HistoryEvent)
        .where(chain, HistoryEvent.kind == "task.completed", HistoryEvent.seq > applied)
        .order_by(HistoryEvent.seq)
        .limit(1)
    ).first()
    row = session.get(Task, done.task_id) if done is not None and done.task_id else None
    if done is not None and row is not None:
        # By its drawn name: what it is called for who does it may tell what the case is about.
        name = drawn_before(case, row).name
        return f"应用以后“{name}”已由{name_of(case.tx, done.actor)}办理，不能撤销"
    return "应用以后案卷有了进展，或者期限重新计算过，不能撤销"
