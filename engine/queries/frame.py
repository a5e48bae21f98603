"""What stands around every page: the town, the person, and what of the program this person may use."""

from dataclasses import dataclass

from sqlalchemy import select

from engine import access
from engine.clock import CN
from engine.commands.cases import starters
from engine.errors import Forbidden, NotFound
from engine.models import Account, ProcessInstance
from engine.organisation import CAPABILITIES
from engine.process_engine import SHARED, ProcessEngine
from engine.queries.inbox import inbox_counts
from engine.queries.office import PersonCard, _card
from engine.register_rows import may_open


@dataclass(frozen=True)
class Frame:
    """The frame of a person's pages. `person` is None when no organisation lists the account any more."""

    town: str
    person: PersonCard | None
    open: int
    late: int
    unread: int
    to_read: int
    may_start: bool
    keeps_registers: bool
    capabilities: frozenset[str]
    administrator: bool


def frame(engine: ProcessEngine, login: str) -> Frame:
    """The frame for this person now."""
    counts = inbox_counts(engine, login)
    with engine.database.reading() as session:
        account = session.get(Account, login)
        administrator = bool(account and account.administrator)
        try:
            pack = engine.pack_of(session, login)
        except NotFound:
            return Frame(
                "",
                None,
                counts["open"],
                counts["late"],
                counts["unread"],
                counts["to_read"],
                False,
                False,
                frozenset(),
                administrator,
            )
        day = engine.now().astimezone(CN).date()
        organisation = pack.organisation
        principals = engine.principals(session, login)
        return Frame(
            town=organisation.parts.town,
            person=_card(organisation, organisation.person(login), day),
            open=counts["open"],
            late=counts["late"],
            unread=counts["unread"],
            to_read=counts["to_read"],
            may_start=any(
                definition.pack in (pack.key, SHARED)
                and principals & set(starters(definition, organisation) or ())
                for definition in engine.definitions.all_current(session)
            ),
            keeps_registers=any(
                may_open(engine, session, login, pack, each) for each in pack.registers.all()
            ),
            capabilities=frozenset(each for each in CAPABILITIES if organisation.may(each, login, day)),
            administrator=administrator,
        )


@dataclass(frozen=True)
class DemoTown:
    """A town with its people by unit, those without a unit under their posts."""

    name: str
    groups: dict[str, list[PersonCard]]


def demo_towns(engine: ProcessEngine) -> list[DemoTown]:
    """Who can sign in with one click. Raises Forbidden outside demo mode."""
    if not engine.demo:
        raise Forbidden("只有演示模式可以不用密码登录。")
    day = engine.now().astimezone(CN).date()
    towns = []
    with engine.database.reading() as session:
        for pack in engine.packs(session):
            groups: dict[str, list[PersonCard]] = {}
            for person in pack.organisation.people(day):
                card = _card(pack.organisation, person, day)
                groups.setdefault(card.unit, []).append(card)
            towns.append(DemoTown(pack.organisation.parts.town, groups))
    return towns


def has_cases(engine: ProcessEngine) -> bool:
    """Whether there is any case yet."""
    with engine.database.reading() as session:
        return session.scalar(select(ProcessInstance.id).limit(1)) is not None


def oversees(engine: ProcessEngine, login: str, instance_id: str) -> bool:
    """Whether the person holds a post that sees all of this case, and so may hand its tasks to others."""
    with engine.database.reading() as session:
        row = session.get(ProcessInstance, instance_id)
        return row is not None and access.oversees(engine, session, login, row)
