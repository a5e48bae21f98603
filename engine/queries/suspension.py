"""A case that stands still, as pages tell it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from engine.models import ProcessInstance
from engine.suspension import SUSPENDED, open_suspension


@dataclass(frozen=True)
class SuspensionView:
    """Who let a case stand still, when and why."""

    by: str
    at: datetime
    reason: str


def suspension_view(session: Session, row: ProcessInstance) -> SuspensionView | None:
    """The suspension the case is under now."""
    found = open_suspension(session, row.id) if row.state == SUSPENDED else None
    return SuspensionView(found.suspended_by, found.suspended_at, found.reason) if found else None
