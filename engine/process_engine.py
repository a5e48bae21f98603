"""The process engine of one installation: its database, clock, packs, calendar and caches.

Pages, interfaces and scenarios hold one `ProcessEngine` and hand it to the functions of `engine.commands` and
`engine.queries`.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

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
from engine.registers import Registers, parse_registers
from engine.rules import Rules, parse_rules
from engine.spiff.views import Passed

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
    written_parameters: Parameters
    """As the file says, without what was set in the program."""
    registers: Registers


# Asked in nearly every session, so these are put together only once.
_PACK_REVISIONS = select(Pack.key, Pack.revision).order_by(Pack.key)
_CALENDAR_YEARS = select(CalendarYear.text).order_by(CalendarYear.year)


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
        durable: bool = True,
    ):
        self.database = Database(database_url, durable)
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
        self._shared_registers: Registers | None = None
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

    def remembered(self) -> Mapping[str, object]:
        """What it remembers of a database that will be set back to this moment: hand it to `remember` then."""
        return {"packs": dict(self._packs), "calendar": self._calendar}

    def remember(self, moment: Mapping[str, Any]) -> None:
        """Forget what was read since `remembered` gave this; for scenarios that go back to a common beginning."""
        self._packs, self._calendar = dict(moment["packs"]), moment["calendar"]

    def pack(self, session: Session, key: str) -> LoadedPack:
        """The pack as it is now, the same within one session; raises NotFound."""
        seen: dict[str, LoadedPack] = session.info.setdefault("packs", {})
        if key not in seen:
            seen[key] = self._pack(session, key)
        return seen[key]

    def forget_packs(self, session: Session) -> None:
        """Read them again in this session: it has changed one."""
        session.info.pop("packs", None)
        session.info.pop("pack_revisions", None)

    def _revisions(self, session: Session) -> dict[str, int]:
        """Revision of every pack by its key, in order, asked for once in a session."""
        if "pack_revisions" not in session.info:
            session.info["pack_revisions"] = {
                row.key: row.revision for row in session.execute(_PACK_REVISIONS)
            }
        known: dict[str, int] = session.info["pack_revisions"]
        return known

    def _pack(self, session: Session, key: str) -> LoadedPack:
        revision = self._revisions(session).get(key)
        if revision is None:
            raise NotFound(f"没有制度包“{key}”。")
        loaded = self._packs.get(key)
        if loaded is None or loaded.revision != revision:
            row = session.get(Pack, key, populate_existing=True)
            assert row is not None
            written = parse_parameters(row.parameters, key, self.shared_parameters())
            loaded = LoadedPack(
                key,
                row.revision,
                Organisation.from_document(row.organisation, key),
                parse_rules(row.rules, key),
                written.with_values(row.parameter_values),
                written,
                parse_registers(row.registers, key, self.shared_registers()),
            )
            self._packs[key] = loaded
        return loaded

    def packs(self, session: Session) -> list[LoadedPack]:
        """All packs, by key."""
        return [self.pack(session, key) for key in self._revisions(session)]

    def shared_parameters(self) -> Parameters | None:
        """What packs fall back on: shared/parameters.yml, read once."""
        if self._shared_parameters is None:
            path = self.processes / SHARED / "parameters.yml"
            if path.exists():
                self._shared_parameters = parse_parameters(path.read_text("utf-8"), SHARED)
        return self._shared_parameters

    def shared_registers(self) -> Registers | None:
        """The registers of every pack: shared/registers.yml, read once."""
        if self._shared_registers is None:
            path = self.processes / SHARED / "registers.yml"
            if path.exists():
                self._shared_registers = parse_registers(path.read_text("utf-8"), SHARED)
        return self._shared_registers

    def calendar(self, session: Session) -> WorkCalendar:
        """The shipped calendar with the years imported since."""
        state = tuple(session.scalars(_CALENDAR_YEARS))
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
        """Everything a task may be addressed to so that this person gets it today, as a deputy or not."""
        own, lent = self._principals(session, login)
        return own.union(*lent.values())

    def own_principals(self, session: Session, login: str) -> frozenset[str]:
        """The part of `principals` that is the person's own."""
        return self._principals(session, login)[0]

    def lent_principals(self, session: Session, login: str) -> Mapping[str, frozenset[str]]:
        """Login of each person this one is the deputy of today → what a task may be addressed to for that."""
        return self._principals(session, login)[1]

    def _principals(
        self, session: Session, login: str
    ) -> tuple[frozenset[str], Mapping[str, frozenset[str]]]:
        seen: dict[str, tuple[frozenset[str], Mapping[str, frozenset[str]]]]
        seen = session.info.setdefault("principals", {})
        if login not in seen:
            try:
                organisation, day = (
                    self.pack_of(session, login).organisation,
                    self.now().astimezone(CN).date(),
                )
                seen[login] = (
                    organisation.own_principals(login, day),
                    {
                        giver.login: organisation.lent_principals(giver.login, day)
                        for giver in organisation.acting_for(login, day)
                    },
                )
            except NotFound:
                seen[login] = (frozenset({f"user:{login}"}), {})
        return seen[login]
