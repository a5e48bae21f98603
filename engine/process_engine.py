"""The process engine of one installation: its database, clock, packs, calendar and caches.

Pages, interfaces and scenarios hold one `ProcessEngine` and hand it to the functions of `engine.commands` and
`engine.queries`.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.calendar import WorkCalendar, load_calendar, parse_year
from engine.clock import CN, Clock, FixedClock, SystemClock, parse_moment
from engine.database import Database
from engine.definitions import Definitions
from engine.errors import NotFound
from engine.models import CalendarYear, Pack, ProcessInstance, Setting
from engine.organisation import Organisation
from engine.parameters import Parameters, parse_parameters
from engine.rules import Rules, parse_rules
from engine.spiff.live import Passed

SHARED = "shared"
"""The folder of procedures that belong to no single town."""
DEMO_CLOCK = "demo_clock"


@dataclass(frozen=True)
class LoadedPack:
    """One town's rules as of one revision."""

    key: str
    revision: int
    organisation: Organisation
    rules: Rules
    parameters: Parameters


class ProcessEngine:
    """Holds what all commands and queries share. Thread-safe; close it at the end."""

    def __init__(
        self,
        database_url: str,
        processes: Path,
        data: Path,
        clock: Clock | None = None,
        demo: bool = False,
        hash_algorithm: str = "sha256",
    ):
        self.database = Database(database_url)
        self.processes = processes
        self.attachments = data / "attachments"
        self.clock = clock or SystemClock()
        self.demo = demo
        self.hash_algorithm = hash_algorithm
        self.definitions = Definitions()
        self.observers: list[Callable[[ProcessInstance, Sequence[Passed]], None]] = []
        """Called with a case and the elements it has just passed; scenarios record coverage so."""
        self._packs: dict[str, LoadedPack] = {}
        self._calendar: tuple[object, WorkCalendar] | None = None
        self._shared_parameters: Parameters | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        """Bring the database up to date and set the demo clock to where it stood."""
        self.database.migrate()
        if self.demo:
            with self.database.reading() as session:
                saved = session.get(Setting, DEMO_CLOCK)
            moment = parse_moment(str(saved.value)) if saved else datetime.now(CN)
            self.clock = FixedClock(moment)

    def close(self) -> None:
        self.database.close()

    def now(self) -> datetime:
        return self.clock.now()

    def pack(self, session: Session, key: str) -> LoadedPack:
        """The pack as it is now, the same within one session; raises NotFound."""
        seen: dict[str, LoadedPack] = session.info.setdefault("packs", {})
        if key not in seen:
            seen[key] = self._pack(session, key)
        return seen[key]

    def _pack(self, session: Session, key: str) -> LoadedPack:
        revision = session.scalar(select(Pack.revision).where(Pack.key == key))
        if revision is None:
            raise NotFound(f"没有制度包“{key}”。")
        loaded = self._packs.get(key)
        if loaded is None or loaded.revision != revision:
            row = session.get(Pack, key, populate_existing=True)
            assert row is not None
            loaded = LoadedPack(
                key,
                row.revision,
                Organisation.from_document(row.organisation, key),
                parse_rules(row.rules, key),
                parse_parameters(row.parameters, key, self.shared_parameters()),
            )
            self._packs[key] = loaded
        return loaded

    def packs(self, session: Session) -> list[LoadedPack]:
        """All packs, by key."""
        if "pack_keys" not in session.info:
            session.info["pack_keys"] = list(session.scalars(select(Pack.key).order_by(Pack.key)))
        return [self.pack(session, key) for key in session.info["pack_keys"]]

    def shared_parameters(self) -> Parameters | None:
        """What packs fall back on: shared/parameters.yml, read once."""
        if self._shared_parameters is None:
            path = self.processes / SHARED / "parameters.yml"
            if path.exists():
                self._shared_parameters = parse_parameters(path.read_text("utf-8"), SHARED)
        return self._shared_parameters

    def calendar(self, session: Session) -> WorkCalendar:
        """The shipped calendar with the years imported since."""
        state = tuple(session.scalars(select(CalendarYear.text).order_by(CalendarYear.year)))
        with self._lock:
            if self._calendar is None or self._calendar[0] != state:
                calendar = load_calendar(self.processes / "calendar")
                for text in state:
                    calendar = calendar.with_year(parse_year(text))
                self._calendar = (state, calendar)
            return self._calendar[1]

    def pack_of(self, session: Session, login: str) -> LoadedPack:
        """The pack whose organisation lists this person; raises NotFound."""
        for pack in self.packs(session):
            if pack.organisation.find_person(login):
                return pack
        raise NotFound(f"没有登录名为“{login}”的人员。")

    def principals(self, session: Session, login: str) -> frozenset[str]:
        """Everything a task may be addressed to so that this person gets it today."""
        seen: dict[str, frozenset[str]] = session.info.setdefault("principals", {})
        if login not in seen:
            try:
                pack = self.pack_of(session, login)
                seen[login] = pack.organisation.principals(login, self.now().astimezone(CN).date())
            except NotFound:
                seen[login] = frozenset({f"user:{login}"})
        return seen[login]
