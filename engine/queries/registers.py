"""Registers (台账): which ones a person may open, and a page of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.clock import CN
from engine.errors import NotFound
from engine.process_engine import LoadedPack, ProcessEngine
from engine.queries.paging import decode_place, encode_place
from engine.register_rows import (
    Cell,
    RegisterFilter,
    RegisterReader,
    RegisterRow,
    find_register,
    may_open,
)
from engine.registers import DAY, MOMENT, PEOPLE, STATES, UNIT, Column, Register


@dataclass(frozen=True)
class RegisterCard:
    """A register in the list of those a person may open."""

    name: str
    description: str
    procedure: str


def registers(engine: ProcessEngine, login: str) -> list[RegisterCard]:
    """The registers of the person's pack that one of their posts opens, in the order of the file."""
    with engine.database.reading() as session:
        try:
            pack = engine.pack_of(session, login)
        except NotFound:
            return []
        return [
            RegisterCard(each.name, each.description, each.procedure)
            for each in pack.registers.all()
            if may_open(engine, session, login, pack, each)
        ]


@dataclass(frozen=True)
class RegisterHead:
    """A register with what its rows can be filtered by; lists are empty where no column is of that kind."""

    name: str
    description: str
    town: str
    columns: Sequence[Column]
    states: Mapping[str, str]
    """State of a case → what it is called."""
    date_columns: Sequence[str]
    units: Sequence[str]
    people: Sequence[tuple[str, str]]
    """Login and name."""
    restricted: bool
    """Undecided matters are not exported."""


@dataclass(frozen=True)
class RegisterPage:
    """Rows of a register; `next_cursor` is None on the last page."""

    head: RegisterHead
    items: Sequence[RegisterRow]
    next_cursor: str | None


def register_page(
    engine: ProcessEngine,
    login: str,
    name: str,
    wanted: RegisterFilter | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> RegisterPage:
    """A page of the register: cases this person sees all of. Raises NotFound, and Invalid for a wrong filter."""
    limit = max(1, min(limit, 200))
    wanted = wanted or RegisterFilter()
    with engine.database.reading() as session:
        pack, register = find_register(engine, session, login, name)
        reader = RegisterReader(engine, session, login, pack, register, wanted)
        found: list[RegisterRow] = []
        for row in reader.rows(decode_place(cursor) if cursor else None):
            found.append(row)
            if len(found) > limit:
                break
        head = head_of(engine, pack, register, reader.restricted)
    more = len(found) > limit
    found = found[:limit]
    after = encode_place(found[-1].place, found[-1].instance_id) if more else None
    return RegisterPage(head, found, after)


def head_of(engine: ProcessEngine, pack: LoadedPack, register: Register, restricted: bool) -> RegisterHead:
    """What stands around the rows."""
    kinds = {column.kind for column in register.columns}
    day = engine.now().astimezone(CN).date()
    organisation = pack.organisation
    return RegisterHead(
        name=register.name,
        description=register.description,
        town=organisation.parts.town,
        columns=register.columns,
        states=STATES,
        date_columns=[each.title for each in register.columns if each.kind in (DAY, MOMENT)],
        units=[each.name for each in organisation.units()] if UNIT in kinds else [],
        people=[(each.login, each.name) for each in organisation.people(day)] if PEOPLE in kinds else [],
        restricted=restricted,
    )


__all__ = [
    "Cell",
    "RegisterCard",
    "RegisterFilter",
    "RegisterHead",
    "RegisterPage",
    "RegisterRow",
    "register_page",
    "registers",
]
