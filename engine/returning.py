"""Going back (退回, 撤回): which finished steps one can go back to, what that undoes, and undoing it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from engine import numbers
from engine.access import name_of
from engine.clock import CN
from engine.models import Document, Draft, OutboxMessage, ProcessInstance, Task, TaskCandidate
from engine.projections import enter_inboxes
from engine.spiff.views import StepBack
from engine.suspension import HELD

if TYPE_CHECKING:
    from engine.case import Case

ENDED = ("completed", "cancelled")


@dataclass(frozen=True)
class WayBack:
    """A finished step and what going back to it means, in the words a person is shown before confirming.

    `again` and `kept` are finished tasks of elsewhere (name and doer) that will be asked again or stay; `stopped` are
    open ones, with who has them. `blocked` says why there is no way at present, else it is empty.
    """

    task_id: str
    element: str
    name: str
    doers: tuple[str, ...]
    done_at: datetime | None
    again: tuple[str, ...]
    kept: tuple[str, ...]
    stopped: tuple[str, ...]
    blocked: str


def ways_back(case: "Case", task_id: str) -> list[WayBack]:
    """The steps an open task may be returned to, latest first."""
    rows = {
        row.id: row
        for row in case.tx.session.scalars(
            select(Task).where(Task.instance_id == case.row.id).order_by(Task.closed_at, Task.id)
        )
    }
    return [_way_back(case, step, rows.values()) for step in case.live.steps_back(task_id)]


def _way_back(case: "Case", step: StepBack, rows: Collection[Task]) -> WayBack:
    tx = case.tx
    counted = [row for row in rows if row.state == "done" and row.undone_at is None]
    target = next(row for row in counted if row.id == step.task_id)
    taken = [row for row in counted if row.id in step.takes_back]
    of_target = [row for row in taken if row.activation == target.activation]
    kept = [row for row in counted if row.id not in step.takes_back | step.before]
    stopped = [row for row in rows if row.state == "open" and row.id in step.takes_back]
    return WayBack(
        task_id=step.task_id,
        element=step.element,
        name=target.name,
        doers=tuple(dict.fromkeys(name_of(tx, row.completed_by) for row in of_target)),
        done_at=target.closed_at,
        again=tuple(_called(case, row, row.completed_by) for row in taken if row not in of_target),
        kept=tuple(_called(case, row, row.completed_by) for row in kept),
        stopped=tuple(_called(case, row, row.assignee) for row in stopped),
        blocked=hindrance(case, step),
    )


def _called(case: "Case", row: Task, login: str | None) -> str:
    return f"{row.name}（{name_of(case.tx, login)}）" if login else row.name


def hindrance(case: "Case", step: StepBack) -> str:
    """Why a step cannot be returned to now, in a clause; empty when it can."""
    if why := blocked(case, step.takes_back):
        return why
    if over := lapsed(case, step):
        return f"{over}，退回去会立即到期"
    return ""


def lapsed(case: "Case", step: StepBack, alone: bool = False) -> str:
    """Which deadline would end the step the moment it is asked again, in a clause; empty when none."""
    found = case.copy().lapse(step.task_id, alone)
    if found is None:
        return ""
    name, moment = found
    return f"“{step.name}”的“{name}”是 {moment.astimezone(CN):%Y-%m-%d %H:%M}，已经过了"


def blocked(case: "Case", takes_back: Iterable[str]) -> str:
    """Why what these events have sent cannot be taken back now: another case works on it and has not answered."""
    session = case.tx.session
    for message in messages_of(case, takes_back):
        if message.state == "failed":
            return f"已发出的“{message.name}”投递失败，正由系统管理员处理，处理后才能退回到这一步"
        if message.state != "delivered" or message.receiver in (None, case.row.id):
            continue
        receiver = session.get(ProcessInstance, message.receiver)
        if receiver is None or receiver.state in ENDED:
            continue
        answered = session.scalar(
            select(OutboxMessage.id).where(
                OutboxMessage.instance_id == receiver.id,
                OutboxMessage.receiver == case.row.id,
                OutboxMessage.state == "delivered",
                OutboxMessage.id > message.id,
            )
        )
        if answered is None:
            return f"已发出的“{message.name}”正由“{receiver.title}”办理，待其答复或撤回后才能退回到这一步"
    return ""


def messages_of(case: "Case", events: Iterable[str]) -> list[OutboxMessage]:
    """What these events of the case have thrown, in order."""
    return list(
        case.tx.session.scalars(
            select(OutboxMessage)
            .where(OutboxMessage.instance_id == case.row.id, OutboxMessage.thrown_by.in_(list(events)))
            .order_by(OutboxMessage.seq)
        )
    )


def go_back(case: "Case", step: StepBack, alone: bool = False) -> list[Task]:
    """Undo what came after a finished step and open it again; the caller saves the case, then calls `hand_back`.

    The records of what is undone stay, marked, and no longer count. Returns them, earliest first.
    """
    session = case.tx.session
    taken = session.scalars(
        select(Task)
        .where(
            Task.instance_id == case.row.id,
            Task.state.in_(("done", "open")),
            Task.undone_at.is_(None),
            Task.id.in_(step.takes_back),
        )
        .order_by(Task.closed_at, Task.id)
    ).all()
    for row in taken:
        row.undone_at = case.tx.now
    undone = [row for row in taken if row.state == "done"]
    # What has not arrived anywhere never will; it would come from a step that has not been taken.
    session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.instance_id == case.row.id,
            OutboxMessage.thrown_by.in_(step.takes_back),
            OutboxMessage.state.in_(("undelivered", HELD)),
        )
        .values(state="withdrawn")
    )
    numbers.put_aside(case.tx, case.row.id, step.scopes)
    session.flush()
    case.live.go_back(step.task_id, alone)
    case.row.variables = case.live.variables()
    return undone


def make_void(case: "Case", step: StepBack) -> list[str]:
    """Mark the documents made by what a return takes back: they are kept, but no longer hold. Returns their names."""
    made = case.tx.session.scalars(
        select(Document)
        .where(
            Document.instance_id == case.row.id,
            Document.made_by.in_(step.takes_back),
            Document.void_at.is_(None),
        )
        .order_by(Document.id)
    ).all()
    for each in made:
        each.void_at = case.tx.now
    return [each.name for each in made]


def hand_back(case: "Case", undone: Sequence[Task], step: StepBack) -> list[Task]:
    """Give the tasks opened again to those who did them, with what they had filled in as their draft."""
    session, before = case.tx.session, {row.id: row for row in undone}
    target = before[step.task_id]
    again = session.scalars(
        select(Task).where(
            Task.instance_id == case.row.id,
            Task.state == "open",
            Task.process == target.process,
            Task.element == target.element,
            Task.opened_at == case.tx.now,
        )
    )
    opened = []
    for row in again:
        earlier = next(
            (
                each
                for each in reversed(undone)
                if each.activation == target.activation and each.item == row.item and each.completed_by
            ),
            None,
        )
        opened.append(row)
        if earlier is None:
            continue
        doer = str(earlier.completed_by)
        candidates = set(
            session.scalars(select(TaskCandidate.principal).where(TaskCandidate.task_id == row.id))
        )
        if not candidates & case.tx.engine.principals(session, doer):
            continue
        session.add(Draft(task_id=row.id, login=doer, data=dict(earlier.data or {}), saved_at=case.tx.now))
        if candidates != {f"user:{doer}"}:
            row.assignee = doer
            enter_inboxes(case, row)
    session.flush()
    return opened


__all__ = ["WayBack", "go_back", "hand_back", "hindrance", "lapsed", "make_void", "messages_of", "ways_back"]
