"""Something failed while a case was running: an incident keeps what, where and with which values."""

import logging
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from engine.errors import ElementFailed, EngineError
from engine.models import Incident, ProcessInstance
from engine.transaction import Transaction

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
