"""Something failed while a case was running: an incident keeps what, where and with which values."""

from typing import Any

from sqlalchemy import select

from engine.errors import ElementFailed
from engine.models import Incident, ProcessInstance
from engine.transaction import Transaction


def raise_incident(
    tx: Transaction, instance_id: str, command: str, arguments: dict[str, Any], error: ElementFailed
) -> None:
    """Record the incident, once for the same command and arguments, and mark the case."""
    open_ones = tx.session.scalars(
        select(Incident).where(Incident.instance_id == instance_id, Incident.resolved_at.is_(None))
    )
    if any(each.command == command and each.arguments == arguments for each in open_ones):
        return
    tx.session.add(
        Incident(
            instance_id=instance_id,
            command=command,
            arguments=arguments,
            element=error.element[:64],
            element_name=error.name[:200],
            expression=error.expression,
            reason=error.reason,
            values=error.names,
            at=tx.now,
        )
    )
    row = tx.session.get(ProcessInstance, instance_id)
    if row is not None and row.state == "active":
        row.state = "incident"
    tx.record(
        instance_id,
        "incident.raised",
        {"command": command, "element": error.element, "expression": error.expression, "reason": error.reason},
    )
