"""The record of reminders (催办): who reminded whom of which task, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from engine.access import sight
from engine.commands.notices import URGE_AGAIN
from engine.models import HistoryEvent, ProcessInstance
from engine.process_engine import ProcessEngine


@dataclass(frozen=True)
class Urging:
    """One reminder; `people` are the logins of those reminded."""

    task_id: str
    by: str
    at: datetime
    people: Sequence[str]
    text: str
    recent: bool
    """The same person has to wait before reminding of it again."""


def urgings(engine: ProcessEngine, login: str, instance_id: str) -> dict[str, list[Urging]]:
    """Task id → its reminders, oldest first, for the tasks this person sees. Raises NotFound."""
    with engine.database.reading() as session:
        seen = sight(engine, session, login, session.get(ProcessInstance, instance_id))
        events = session.scalars(
            select(HistoryEvent)
            .where(HistoryEvent.chain == instance_id, HistoryEvent.kind == "task.urged")
            .order_by(HistoryEvent.seq)
        )
        found: dict[str, list[Urging]] = {}
        for event in events:
            if event.task_id is not None and seen.of_task(event.task_id):
                found.setdefault(event.task_id, []).append(
                    Urging(
                        event.task_id,
                        str(event.actor),
                        event.at,
                        [str(each) for each in event.body.get("people", [])],
                        str(event.body.get("text", "")),
                        event.at > engine.now() - URGE_AGAIN,
                    )
                )
        return found


__all__ = ["Urging", "urgings"]
