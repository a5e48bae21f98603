"""What failed is tried again, or the case is moved on to another element; cancelling it is `cancel_process_instance`."""

from sqlalchemy import select

from engine.access import name_of, require_capability
from engine.case import Case
from engine.commands.once import Result, once
from engine.commands.run import deliver_message, fire_timers, recompute_deadlines
from engine.commands.settled import on_settled_case
from engine.errors import Conflict, ElementFailed, Invalid, NotFound, Refused
from engine.incidents import movable, open_incident
from engine.models import InboxEntry, Incident, OutboxMessage, ProcessInstance, Task
from engine.notices import notify
from engine.process_engine import ProcessEngine
from engine.spiff import Immovable
from engine.suspension import SUSPENDED, require_running
from engine.transaction import Transaction, begin


def retry_incident(engine: ProcessEngine, actor: str, incident_id: int, reason: str) -> bool:
    """Run the failed command again; True when the case has no incident any more. `reason` goes into the history.

    Raises NotFound, Forbidden, Invalid, Conflict.
    """
    with begin(engine, actor) as tx:
        incident, row = open_incident(tx.session, require_capability(tx, "incidents"), incident_id)
        if not reason.strip():
            raise Invalid({"reason": "请写明重试的理由。"})
        if row.state == SUSPENDED:
            raise Conflict("案卷已经挂起，异常要等恢复办理以后才能重试。")
        instance_id, command, arguments = incident.instance_id, incident.command, dict(incident.arguments)
        _resolve(tx, incident, row)
        tx.record(
            instance_id,
            "incident.retried",
            {"incident": incident_id, "command": command, "reason": reason.strip()},
        )
    if command == "deliver_message":
        deliver_message(engine, arguments["message"])
    elif command == "fire_timers":
        fire_timers(engine, instance_id)
    elif command == "recompute_deadlines":
        recompute_deadlines(engine, instance_id)
    with engine.database.reading() as session:
        return (
            session.scalar(
                select(Incident.id).where(Incident.instance_id == instance_id, Incident.resolved_at.is_(None))
            )
            is None
        )


def _resolve(tx: Transaction, incident: Incident, row: ProcessInstance) -> None:
    """The incident is done with; a message whose delivery failed is to be delivered once more."""
    incident.resolved_at = tx.now
    others = tx.session.scalar(
        select(Incident.id).where(
            Incident.instance_id == incident.instance_id,
            Incident.resolved_at.is_(None),
            Incident.id != incident.id,
        )
    )
    if row.state == "incident" and others is None:
        row.state = "active"
    if incident.command == "deliver_message":
        message = tx.session.get(OutboxMessage, incident.arguments["message"])
        if message is not None and message.state == "failed":
            message.state = "pending"


def move_token(
    engine: ProcessEngine,
    actor: str,
    incident_id: int,
    element: str,
    reason: str,
    idempotency_key: str | None = None,
) -> Result:
    """Take the case away from where it failed and let it go on at another element, forward or back in a row.

    Never into or out of parallel branches, sub-processes, calls or rounds, and never past an element marked 硬约束 that was
    not done (see `queries.incident_view`). Variables stay what they are. Returns `{"incident", "instance", "element"}`.
    Raises NotFound, Forbidden, Conflict, Invalid, Refused when the case could not go on from there.
    """
    with begin(engine, actor) as tx:
        pack = require_capability(tx, "incidents")
        found = tx.session.get(Incident, incident_id)
        row = tx.session.get(ProcessInstance, found.instance_id) if found is not None else None
        if found is None or row is None or row.pack != pack:
            raise NotFound("这个异常已经处理，或者不存在。")
        instance_id = found.instance_id

    def do(tx: Transaction, case: Case) -> Result:
        return once(
            tx,
            "move_token",
            idempotency_key,
            lambda: _move(tx, case, pack, incident_id, element, reason.strip()),
            incident=incident_id,
        )

    try:
        return on_settled_case(engine, actor, instance_id, do)
    except ElementFailed as error:
        raise Refused(
            f"移动以后仍然出错，没有移动：{str(error).rstrip('。')}。请另选一处，或者修改流程。"
        ) from error


def _move(tx: Transaction, case: Case, pack: str, incident_id: int, element: str, reason: str) -> Result:
    incident, _ = open_incident(tx.session, pack, incident_id)
    require_running(case)
    if not reason:
        raise Invalid({"reason": "请写明移动的理由。"})
    try:
        token = movable(case, incident)
        target = token.targets.get(element)
        if target is None:
            raise Invalid({"element": "请从列出的环节中选择一个。"})
        told = _asked(tx, case)
        case.live.move(token.task_id, element)
    except Immovable as error:
        raise Conflict(f"{error}。") from error
    case.save(
        "token.moved",
        {
            "from": token.name,
            "to": target[0],
            "reason": reason,
            "incident": incident_id,
            "places": [token.element, element],
        },
    )
    _resolve(tx, incident, case.row)
    tx.session.flush()
    told |= _asked(tx, case)
    notify(
        case,
        sorted(told - {f"user:{tx.actor}"}),
        "moved",
        f"{name_of(tx, tx.actor)}把“{case.row.title}”从“{token.name}”移到“{target[0]}”，从那里继续办理。理由：{reason}",
    )
    return {"incident": incident_id, "instance": case.row.id, "element": element}


def _asked(tx: Transaction, case: Case) -> set[str]:
    """Principals of whoever has a task of the case in hand."""
    asked = (
        select(InboxEntry.principal)
        .join(Task, Task.id == InboxEntry.task_id)
        .where(Task.instance_id == case.row.id)
    )
    return set(tx.session.scalars(asked))
