"""Trying again what failed."""

from sqlalchemy import select

from engine.access import require_capability
from engine.commands.run import deliver_message, fire_timers, recompute_deadlines
from engine.errors import Conflict, NotFound
from engine.models import Incident, OutboxMessage, ProcessInstance
from engine.process_engine import ProcessEngine
from engine.suspension import SUSPENDED
from engine.transaction import begin


def retry_incident(engine: ProcessEngine, actor: str, incident_id: int) -> bool:
    """Run the failed command again; True when the incident is gone. Raises NotFound, Forbidden."""
    with begin(engine, actor) as tx:
        pack = require_capability(tx, "incidents")
        incident = tx.session.get(Incident, incident_id)
        row = tx.session.get(ProcessInstance, incident.instance_id) if incident is not None else None
        if incident is None or incident.resolved_at is not None or row is None or row.pack != pack:
            raise NotFound("这个异常已经处理，或者不存在。")
        if row.state == SUSPENDED:
            raise Conflict("案卷已经挂起，异常要等恢复办理以后才能重试。")
        incident.resolved_at = tx.now
        instance_id, command, arguments = incident.instance_id, incident.command, dict(incident.arguments)
        others = tx.session.scalar(
            select(Incident.id).where(
                Incident.instance_id == instance_id,
                Incident.resolved_at.is_(None),
                Incident.id != incident_id,
            )
        )
        if row.state == "incident" and others is None:
            row.state = "active"
        if command == "deliver_message":
            message = tx.session.get(OutboxMessage, arguments["message"])
            if message is not None and message.state == "failed":
                message.state = "pending"
        tx.record(instance_id, "incident.retried", {"incident": incident_id, "command": command})
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
