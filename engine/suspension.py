"""Cases that stand still (挂起): since when and why, and what that forbids."""

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.access import name_of
from engine.clock import CN
from engine.errors import Conflict
from engine.models import OutboxMessage, Suspension

if TYPE_CHECKING:
    from engine.case import Case

SUSPENDED = "suspended"
"""The state of a case that stands still."""
HELD = "held"
"""The state of a message whose receiver stands still."""


def open_suspension(session: Session, instance_id: str) -> Suspension | None:
    """The suspension a case is under."""
    return session.scalar(
        select(Suspension)
        .where(Suspension.instance_id == instance_id, Suspension.resumed_at.is_(None))
        .order_by(Suspension.id.desc())
        .limit(1)
    )


def require_running(case: "Case") -> None:
    """Raises Conflict, with who suspended the case and why, while it stands still."""
    if case.row.state != SUSPENDED:
        return
    found = open_suspension(case.tx.session, case.row.id)
    assert found is not None
    at = found.suspended_at.astimezone(CN)
    raise Conflict(
        f"案卷已由{name_of(case.tx, found.suspended_by)}于{at.month}月{at.day}日 {at:%H:%M} 挂起，"
        f"理由：{found.reason.rstrip('。')}。恢复办理以后才能继续；已经填写的内容可以存为草稿。"
    )


def release_messages(case: "Case") -> None:
    """Let the messages that were held for this case be delivered, in the order they were sent."""
    held = case.tx.session.scalars(
        select(OutboxMessage).where(OutboxMessage.state == HELD, OutboxMessage.receiver == case.row.id)
    )
    for message in held:
        message.state, message.receiver = "pending", None
    case.tx.session.flush()


__all__ = ["HELD", "SUSPENDED", "open_suspension", "release_messages", "require_running"]
