"""Cases handed round (传阅): what a person has to read, and who has read a case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select

from engine.access import sight
from engine.models import Circulation, HistoryEvent, ProcessInstance
from engine.process_engine import ProcessEngine
from engine.queries.paging import containing, decode_cursor, encode_cursor


@dataclass(frozen=True)
class CirculationLine:
    """A case handed to one person; `urged` are the moments of the reminders."""

    id: int
    instance_id: str
    case: str
    business_key: str | None
    login: str
    sent_by: str
    sent_at: datetime
    note: str
    read_at: datetime | None
    words: str | None
    urged: Sequence[tuple[str, datetime]] = ()


@dataclass(frozen=True)
class CirculationPage:
    items: Sequence[CirculationLine]
    next_cursor: str | None


def to_read(
    engine: ProcessEngine,
    login: str,
    q: str = "",
    limit: int = 50,
    cursor: str | None = None,
    read: bool = False,
) -> CirculationPage:
    """What was handed to this person and not confirmed yet, or with `read` what was; latest first."""
    limit = max(1, min(limit, 200))
    with engine.database.reading() as session:
        query = (
            select(Circulation, ProcessInstance)
            .join(ProcessInstance, ProcessInstance.id == Circulation.instance_id)
            .where(
                Circulation.login == login,
                Circulation.read_at.is_not(None) if read else Circulation.read_at.is_(None),
                *containing(q, ProcessInstance.title, ProcessInstance.business_key, Circulation.note),
            )
        )
        if cursor:
            sent, key = decode_cursor(cursor)
            number = int(key) if key.isascii() and key.isdigit() else 0
            query = query.where(
                or_(
                    Circulation.sent_at < sent,
                    and_(Circulation.sent_at == sent, Circulation.id < number),
                )
            )
        rows = session.execute(
            query.order_by(Circulation.sent_at.desc(), Circulation.id.desc()).limit(limit + 1)
        ).all()
        more, rows = len(rows) > limit, rows[:limit]
        last = rows[-1][0] if more else None
        return CirculationPage(
            [_line(row, instance) for row, instance in rows],
            encode_cursor(last.sent_at, str(last.id)) if last is not None else None,
        )


def circulations(engine: ProcessEngine, login: str, instance_id: str) -> list[CirculationLine]:
    """To whom the case was handed, in that order; for those who do not see the whole case only themselves.

    Raises NotFound.
    """
    with engine.database.reading() as session:
        instance = session.get(ProcessInstance, instance_id)
        whole = sight(engine, session, login, instance).whole
        assert instance is not None
        rows = session.scalars(
            select(Circulation).where(Circulation.instance_id == instance_id).order_by(Circulation.id)
        )
        reminders = list(
            session.scalars(
                select(HistoryEvent)
                .where(HistoryEvent.chain == instance_id, HistoryEvent.kind == "case.reading_urged")
                .order_by(HistoryEvent.seq)
            )
        )
        return [
            _line(
                row,
                instance,
                [
                    (str(event.actor), event.at)
                    for event in reminders
                    if row.login in event.body.get("people", [])
                    and row.sent_at <= event.at
                    and (row.read_at is None or event.at <= row.read_at)
                ],
            )
            for row in rows
            if whole or row.login == login
        ]


def _line(
    row: Circulation, instance: ProcessInstance, urged: Sequence[tuple[str, datetime]] = ()
) -> CirculationLine:
    return CirculationLine(
        row.id,
        row.instance_id,
        instance.title,
        instance.business_key,
        row.login,
        row.sent_by,
        row.sent_at,
        row.note,
        row.read_at,
        row.words,
        urged,
    )


__all__ = ["CirculationLine", "CirculationPage", "circulations", "to_read"]
