"""Due dates as people count them: in working days from now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from engine.clock import CN
from engine.process_engine import ProcessEngine

SOON = 3
"""A task due within so many working days is soon."""


@dataclass(frozen=True)
class Due:
    """`kind` is late, today, soon, later or none; `days` are the working days left, or overdue."""

    kind: str
    days: int = 0


def due_states(engine: ProcessEngine, moments: Sequence[datetime | None]) -> list[Due]:
    """How far away each due date is now."""
    now = engine.now().astimezone(CN)
    with engine.database.reading() as session:
        calendar = engine.calendar(session)
    found = []
    for moment in moments:
        if moment is None:
            found.append(Due("none"))
            continue
        local = moment.astimezone(CN)
        days = calendar.working_days_between(now.date(), local.date())
        if local < now:
            found.append(Due("late", -days))
        elif local.date() == now.date():
            found.append(Due("today"))
        else:
            found.append(Due("soon" if days <= SOON else "later", days))
    return found


def soon_limit(engine: ProcessEngine) -> datetime:
    """The moment before which everything that is late or soon falls due."""
    today = engine.now().astimezone(CN).date()
    with engine.database.reading() as session:
        last = engine.calendar(session).after(today, SOON + 1)
    return (
        datetime.combine(last, time(), CN)
        if last > today
        else datetime.combine(today + timedelta(1), time(), CN)
    )
