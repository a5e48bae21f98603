"""Something failed while a case was running: an incident keeps what, where and with which values."""

import logging
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from engine.errors import ElementFailed, EngineError, NotFound
from engine.models import Incident, ProcessInstance, Subscription
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.case import Case
    from engine.spiff.views import Movable

_log = logging.getLogger(__name__)


def as_failure(error: Exception) -> ElementFailed:
    """What an incident says about an error that stopped something nobody waits for.

    Without it one case would stop the work of all others. Errors of the database are raised again: they pass.
    """
    if isinstance(error, ElementFailed):
        return error
    if isinstance(error, SQLAlchemyError):
        raise error
    if isinstance(error, EngineError):
        return ElementFailed("", "", "", str(error).rstrip("。"))
    _log.error("a case failed in a way it must not", exc_info=error)
    return ElementFailed("", "", "", f"程序内部错误（{type(error).__name__}），请联系系统管理员查看运行日志")


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
    # Locked, so that a case that ends at this moment is not called open again.
    row = tx.session.get(ProcessInstance, instance_id, with_for_update=True, populate_existing=True)
    if row is not None and row.state == "active":
        row.state = "incident"
    tx.record(
        instance_id,
        "incident.raised",
        {
            "command": command,
            "element": error.element,
            "name": error.name,
            "expression": error.expression,
            "reason": error.reason,
        },
    )


def open_incident(session: Session, pack: str, incident_id: int) -> tuple[Incident, ProcessInstance]:
    """An incident of this pack that is still to be dealt with, and its case. Raises NotFound."""
    incident = session.get(Incident, incident_id, populate_existing=True)
    row = session.get(ProcessInstance, incident.instance_id) if incident is not None else None
    if incident is None or incident.resolved_at is not None or row is None or row.pack != pack:
        raise NotFound("这个异常已经处理，或者不存在。")
    return incident, row


def movable(case: "Case", incident: Incident) -> "Movable":
    """The token the incident is about and where it may be moved to. Raises Immovable."""
    task_id, element = incident.arguments.get("task"), incident.element
    if task_id is None and incident.arguments.get("element"):
        task_id = case.tx.session.scalar(
            select(Subscription.task_id).where(
                Subscription.instance_id == case.row.id,
                Subscription.element == incident.arguments["element"],
            )
        )
    return case.live.movable(task_id, element)
