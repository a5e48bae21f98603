"""What happens by itself: messages are delivered, timers fire, deadlines follow what they depend on."""

from collections.abc import Iterator
from datetime import datetime
from time import monotonic
from typing import Any

from sqlalchemy import bindparam, exists, or_, select
from sqlalchemy.orm import Session, aliased

from engine import projections
from engine.case import Case
from engine.incidents import as_failure, raise_incident
from engine.models import (
    AttachmentUse,
    Incident,
    Job,
    OutboxMessage,
    ProcessInstance,
    Subscription,
    Task,
    TimerRow,
)
from engine.process_engine import ProcessEngine
from engine.sheets import note_attachments
from engine.suspension import HELD, SUSPENDED
from engine.transaction import Transaction, begin

MAX_ROUNDS = 10_000


def next_message(session: Session, sender: str | None = None) -> int | None:
    """The oldest message that may be delivered: of each sender only the first one that has not arrived.

    What is behind a message whose delivery failed waits until that one is tried again.
    """
    if sender is not None:
        return session.scalars(_NEXT_MESSAGE_OF, {"sender": sender}).first()
    return session.scalars(_NEXT_MESSAGE).first()


_EARLIER = aliased(OutboxMessage)
# Asked after every step of every case, so these are put together only once.
_NEXT_MESSAGE = (
    select(OutboxMessage.id)
    .where(
        OutboxMessage.state == "pending",
        ~exists().where(
            _EARLIER.state.in_(("pending", "failed")),
            _EARLIER.instance_id == OutboxMessage.instance_id,
            _EARLIER.seq < OutboxMessage.seq,
        ),
    )
    .order_by(OutboxMessage.id)
    .limit(1)
)
_NEXT_MESSAGE_OF = _NEXT_MESSAGE.where(OutboxMessage.instance_id == bindparam("sender"))
_NEXT_JOB = select(Job).where(Job.state == "waiting").order_by(Job.id).limit(1)
_NEXT_DUE = (
    select(TimerRow.instance_id, TimerRow.due_at)
    .join(ProcessInstance, ProcessInstance.id == TimerRow.instance_id)
    .where(
        TimerRow.due_at <= bindparam("until", type_=TimerRow.due_at.type),
        ProcessInstance.state != SUSPENDED,
        ~exists().where(
            Incident.instance_id == TimerRow.instance_id,
            Incident.resolved_at.is_(None),
            Incident.command == "fire_timers",
        ),
    )
    .order_by(TimerRow.due_at, TimerRow.id)
    .limit(1)
)


def settle(engine: ProcessEngine, instance_id: str, waiting: frozenset[str] = frozenset()) -> None:
    """Deliver what this case has sent, before anything else happens to it.

    Otherwise its questions about waiting cases would miss what is under way. `waiting` are the cases for whose sake this
    happens: two cases that have sent each other something would else wait for each other for ever.
    """
    for _ in range(MAX_ROUNDS):
        with engine.database.reading() as session:
            pending = next_message(session, instance_id)
        if pending is None:
            return
        deliver_message(engine, pending, waiting | {instance_id})


def deliver_message(engine: ProcessEngine, message_id: int, waiting: frozenset[str] = frozenset()) -> bool:
    """Hand one message to the case that waits for it, or to the procedure it starts; False when it had to stay.

    Nobody to take it: it goes to the list of undelivered messages. `waiting`: see `settle`.
    """
    with engine.database.reading() as session:
        message = session.get(OutboxMessage, message_id)
        if message is None or message.state != "pending":
            return False
        receiver = _receiver(session, message)
    if receiver is not None and receiver.instance_id not in waiting | {message.instance_id}:
        settle(engine, receiver.instance_id, waiting | {str(message.instance_id)})
    try:
        with begin(engine, None) as tx:
            return _deliver(tx, message_id)
    except Exception as error:
        failure = as_failure(error)
        instance_id = receiver.instance_id if receiver else message.instance_id
        with begin(engine, None) as tx:
            failed = tx.session.get(OutboxMessage, message_id)
            if failed is not None:
                failed.state = "failed"
            if instance_id:
                raise_incident(tx, instance_id, "deliver_message", {"message": message_id}, failure)
        return False


def _receiver(session: Any, message: OutboxMessage) -> Subscription | None:
    """The case of the same pack that has waited longest for this name and key."""
    found: Subscription | None = session.scalars(
        select(Subscription)
        .join(ProcessInstance, ProcessInstance.id == Subscription.instance_id)
        .where(
            Subscription.name == message.name,
            Subscription.correlation_key == message.correlation_key,
            ProcessInstance.pack == message.pack,
        )
        .order_by(Subscription.since, Subscription.task_id)
        .limit(1)
    ).first()
    return found


def _deliver(tx: Transaction, message_id: int) -> bool:
    message = tx.session.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.id == message_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if message.state != "pending":
        return False
    about = {"message": message.name, "key": message.correlation_key, "sender": message.instance_id}
    subscription = _receiver(tx.session, message)
    if subscription is not None:
        case = Case.open(tx, subscription.instance_id)
        if case.row.state == SUSPENDED:
            # It waits for its receiver and holds up nothing else of its sender.
            message.state, message.receiver = HELD, case.row.id
            tx.record(case.row.id, "message.held", about)
            return True
        case.live.fire_timers()
        still = any(
            each.id == subscription.task_id
            and each.name == message.name
            and each.key == message.correlation_key
            for each in case.live.waiting_messages()
        )
        if not still:
            # A timer or another command was faster. Save what happened, and look for a receiver again.
            if case.live.passed():
                case.save("timer.fired", {})
            return True
        _hand_over_attachments(tx, message, case)
        case.live.catch(subscription.task_id, message.name, message.payload)
        case.save(
            "message.delivered",
            {**about, "element": [subscription.process, subscription.element], "payload": message.payload},
        )
        message.state, message.receiver = "delivered", case.row.id
        return True
    for definition in tx.engine.definitions.all_current(tx.session):
        if message.name in definition.diagram.message_starts() and definition.pack in (
            message.pack,
            "shared",
        ):
            case = Case.create(
                tx, definition, message.pack, message.payload, message.name, caused_by=message.instance_id
            )
            _hand_over_attachments(tx, message, case)
            case.save("message.delivered", about)
            message.state, message.receiver = "delivered", case.row.id
            return True
    message.state = "undelivered"
    tx.record(message.instance_id or "system", "message.undelivered", about)
    return True


def _hand_over_attachments(tx: Transaction, message: OutboxMessage, receiver: Case) -> None:
    """Files of the sending case that a message carries may be used in the receiving one.

    They belong to no task there: only who sees the whole case, or has a form in which they stand, may open them.
    """
    carried = {text for text in _texts(message.payload) if len(text) == 32}
    if not carried or message.instance_id is None:
        return
    sent = tx.session.scalars(
        select(AttachmentUse.attachment_id).where(
            AttachmentUse.instance_id == message.instance_id, AttachmentUse.attachment_id.in_(carried)
        )
    )
    note_attachments(receiver, sent)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


def fire_timers(engine: ProcessEngine, instance_id: str) -> None:
    """Let a case notice the time; an error becomes an incident."""
    settle(engine, instance_id)
    try:
        with begin(engine, None) as tx:
            case = Case.open(tx, instance_id)
            if case.row.state == SUSPENDED:
                return
            due = [t for t in case.live.timers() if t.due <= tx.now]
            case.live.fire_timers()
            case.save(
                "timer.fired",
                {"timers": [[t.process, t.element, t.due.isoformat(), t.element_name] for t in due]},
            )
    except Exception as error:
        failure = as_failure(error)
        with begin(engine, None) as tx:
            raise_incident(tx, instance_id, "fire_timers", {}, failure)


def recompute_deadlines(engine: ProcessEngine, instance_id: str) -> None:
    """Evaluate due dates and timers of a case again; changes are recorded."""
    settle(engine, instance_id)
    try:
        with begin(engine, None) as tx:
            case = Case.open(tx, instance_id)
            if case.row.state == SUSPENDED:
                # All are computed again when it is resumed.
                return
            before = {t.id: t.due for t in case.live.timers()}
            case.live.recompute_timers()
            after = {t.id: t.due for t in case.live.timers()}
            if before != after:
                case.save("deadlines.recomputed", {})
            else:
                for task in case.live.open_tasks():
                    row = tx.session.get(Task, task.id)
                    if row is not None and row.state == "open":
                        projections.redate(case, task, row)
    except Exception as error:
        failure = as_failure(error)
        with begin(engine, None) as tx:
            raise_incident(tx, instance_id, "recompute_deadlines", {}, failure)


def recompute_all(engine: ProcessEngine) -> None:
    """Ask for every open deadline to be computed again; the worker does it every hour, in case a change was missed."""
    with begin(engine, None) as tx:
        tx.session.add(Job(kind="recompute", arguments={"watches": "*"}, made_at=tx.now))


def _recompute_watching(engine: ProcessEngine, watches: str) -> None:
    """All cases with an open due date or timer that asks for the process `watches`; `*`: every open case."""
    with engine.database.reading() as session:
        if watches == "*":
            ids = set(
                session.scalars(
                    select(Task.instance_id).where(
                        Task.state == "open", or_(Task.due_at.is_not(None), Task.watches.is_not(None))
                    )
                )
            )
            ids |= set(session.scalars(select(TimerRow.instance_id)))
        else:
            wanted = (watches, "*")
            ids = set(
                session.scalars(
                    select(Task.instance_id).where(Task.state == "open", Task.watches.in_(wanted))
                )
            )
            ids |= set(session.scalars(select(TimerRow.instance_id).where(TimerRow.watches.in_(wanted))))
    for instance_id in sorted(ids):
        recompute_deadlines(engine, instance_id)


def next_due(engine: ProcessEngine, until: datetime) -> tuple[str, datetime] | None:
    """The case whose timer falls due first, not after `until`.

    Cases with an open incident wait for its retry, those that stand still for being resumed.
    """
    with engine.database.reading() as session:
        return _next_due(session, until)


def _next_due(session: Session, until: datetime) -> tuple[str, datetime] | None:
    row = session.execute(_NEXT_DUE, {"until": until}).first()
    return (row.instance_id, row.due_at) if row else None


def drain(engine: ProcessEngine, seconds: float | None = None) -> bool:
    """Do all the work that waits: messages, jobs, timers that are due. False when `seconds` were not enough."""
    end = None if seconds is None else monotonic() + seconds
    for _ in range(MAX_ROUNDS):
        if end is not None and monotonic() > end:
            return False
        if not _do_one(engine):
            return True
    return False


def _do_one(engine: ProcessEngine) -> bool:
    with engine.database.reading() as session:
        message = next_message(session)
        job = None if message else session.scalars(_NEXT_JOB).first()
        due = None if message or job else _next_due(session, engine.now())
    if message is not None:
        deliver_message(engine, message)
        return True
    if job is not None:
        _do_job(engine, job)
        return True
    if due is not None:
        fire_timers(engine, due[0])
        return True
    return False


def _do_job(engine: ProcessEngine, job: Job) -> None:
    if job.kind == "recompute":
        _recompute_watching(engine, job.arguments["watches"])
    with begin(engine, None) as tx:
        row = tx.session.get(Job, job.id)
        if row is not None:
            tx.session.delete(row)


__all__ = ["deliver_message", "drain", "fire_timers", "next_due", "recompute_deadlines", "settle"]
