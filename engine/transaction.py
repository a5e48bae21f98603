"""What one command works with: one database transaction, one moment, one person."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import history
from engine.calendar import WorkCalendar
from engine.clock import CN
from engine.process_engine import LoadedPack, ProcessEngine


@dataclass
class Transaction:
    """Lives from `begin` to its commit. `actor` is a login, or None when time or a message acts."""

    engine: ProcessEngine
    session: Session
    now: datetime
    actor: str | None
    _packs: dict[str, LoadedPack] = field(default_factory=dict)
    _calendar: WorkCalendar | None = None

    @property
    def today(self) -> date:
        return self.now.astimezone(CN).date()

    @property
    def calendar(self) -> WorkCalendar:
        if self._calendar is None:
            self._calendar = self.engine.calendar(self.session)
        return self._calendar

    def pack(self, key: str) -> LoadedPack:
        if key not in self._packs:
            self._packs[key] = self.engine.pack(self.session, key)
        return self._packs[key]

    def record(self, chain: str, kind: str, body: dict[str, Any], task_id: str | None = None) -> None:
        """Add a line to the history of a case, or of the system."""
        history.append(
            self.session, chain, self.now, self.actor, kind, body, task_id, self.engine.hash_algorithm
        )

    @contextmanager
    def acting_as(self, login: str) -> Iterator[None]:
        """Inside, `login` acts: what somebody else's command lets happen is still that person's doing."""
        before, self.actor = self.actor, login
        try:
            yield
        finally:
            self.actor = before


@contextmanager
def begin(engine: ProcessEngine, actor: str | None) -> Iterator[Transaction]:
    """Open the one transaction of a command; committed at the end, rolled back on any exception."""
    with engine.database.writing() as session:
        yield Transaction(engine, session, engine.now(), actor)
