"""People, clauses, notifications, common opinions, incidents, undelivered messages, the calendar's gaps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from engine.clock import CN
from engine.errors import Forbidden, NotFound
from engine.models import Incident, Notification, OutboxMessage, Phrase, ProcessInstance
from engine.organisation import Organisation, Person
from engine.phrases import offered
from engine.process_engine import ProcessEngine
from engine.rules import Clause


@dataclass(frozen=True)
class PersonCard:
    """A person as shown on pages and in the interface."""

    login: str
    name: str
    title: str
    unit: str
    posts: tuple[str, ...]
    pack: str
    leader: bool


def _card(organisation: Organisation, person: Person, day: date) -> PersonCard:
    return PersonCard(
        person.login,
        person.name,
        person.title,
        person.unit,
        organisation.posts_of(person.login, day),
        organisation.pack,
        person in organisation.leaders(day),
    )


def _today(engine: ProcessEngine) -> date:
    return engine.now().astimezone(CN).date()


def person_card(engine: ProcessEngine, login: str) -> PersonCard:
    """Raises NotFound."""
    with engine.database.reading() as session:
        pack = engine.pack_of(session, login)
        person = pack.organisation.person(login)
        return _card(pack.organisation, person, _today(engine))


def people(
    engine: ProcessEngine, login: str, post: str | None = None, unit: str | None = None
) -> list[PersonCard]:
    """Everybody in office in the person's own pack, those of a post or unit if given."""
    with engine.database.reading() as session:
        organisation, day = engine.pack_of(session, login).organisation, _today(engine)
        cards = [_card(organisation, person, day) for person in organisation.people(day)]
    return [card for card in cards if (not post or post in card.posts) and (not unit or card.unit == unit)]


def colleagues(engine: ProcessEngine, login: str) -> list[PersonCard]:
    """Those to whom one's own work can be given: everybody in office but who merely runs the program."""
    with engine.database.reading() as session:
        organisation, day = engine.pack_of(session, login).organisation, _today(engine)
        return [
            _card(organisation, person, day)
            for person in organisation.people(day)
            if organisation.works(person.login, day)
        ]


def mentions(engine: ProcessEngine, logins: Sequence[str | None]) -> Mapping[str, str]:
    """Login → name, for whoever is known."""
    with engine.database.reading() as session:
        packs = engine.packs(session)
    found = {}
    for login in logins:
        for pack in packs:
            person = pack.organisation.find_person(login or "")
            if person:
                found[person.login] = person.name
    return found


def clause_texts(engine: ProcessEngine, pack: str, clauses: Sequence[str]) -> list[tuple[str, Clause]]:
    """Title of the rules and clause, for the ids this pack has (shared procedures name several packs' clauses)."""
    with engine.database.reading() as session:
        rules = engine.pack(session, pack).rules
    return [(rules.title, clause) for each in clauses if (clause := rules.find(each)) is not None]


def notifications(engine: ProcessEngine, login: str, limit: int = 100) -> list[Notification]:
    """One's own, unread first, latest first."""
    with engine.database.reading() as session:
        return list(
            session.scalars(
                select(Notification)
                .where(Notification.login == login)
                .order_by(Notification.read_at.is_not(None), Notification.at.desc(), Notification.id.desc())
                .limit(limit)
            )
        )


def phrases(engine: ProcessEngine, login: str) -> list[Phrase]:
    """One's own common opinions and, with an empty login, those the pack shares; most used first."""
    with engine.database.reading() as session:
        try:
            pack = engine.pack_of(session, login).key
        except NotFound:
            pack = ""
        return offered(session, login, pack)


def _require(engine: ProcessEngine, login: str, capability: str) -> str:
    """The key of the person's own pack; raises Forbidden."""
    with engine.database.reading() as session:
        pack = engine.pack_of(session, login)
        if not pack.organisation.may(capability, login, _today(engine)):
            raise Forbidden("您的岗位没有这项权限。如有需要，请联系系统管理员。")
        return pack.key


@dataclass(frozen=True)
class IncidentLine:
    """What failed where. Values stay hidden from administrators, who see no content of cases."""

    id: int
    instance_id: str
    process: str
    element: str
    element_name: str
    expression: str
    reason: str
    at: datetime


def incidents(engine: ProcessEngine, login: str) -> list[IncidentLine]:
    """Open incidents of the person's own pack, oldest first. Raises Forbidden."""
    pack = _require(engine, login, "incidents")
    with engine.database.reading() as session:
        rows = session.execute(
            select(Incident, ProcessInstance.key)
            .join(ProcessInstance, ProcessInstance.id == Incident.instance_id)
            .where(Incident.resolved_at.is_(None), ProcessInstance.pack == pack)
            .order_by(Incident.at, Incident.id)
        )
        return [
            IncidentLine(
                each.id,
                each.instance_id,
                key,
                each.element,
                each.element_name,
                each.expression,
                each.reason,
                each.at,
            )
            for each, key in rows
        ]


def undelivered_messages(engine: ProcessEngine, login: str) -> list[OutboxMessage]:
    """Messages of the person's own pack nobody took, oldest first. Raises Forbidden."""
    pack = _require(engine, login, "incidents")
    with engine.database.reading() as session:
        return list(
            session.scalars(
                select(OutboxMessage)
                .where(OutboxMessage.state == "undelivered", OutboxMessage.pack == pack)
                .order_by(OutboxMessage.id)
            )
        )


def calendar_prompt(engine: ProcessEngine, login: str) -> str | None:
    """The reminder to import a year's arrangement, for those who look after the calendar; None when all is there."""
    with engine.database.reading() as session:
        try:
            organisation = engine.pack_of(session, login).organisation
        except NotFound:
            return None
        if not organisation.may("calendar", login, _today(engine)):
            return None
        years = engine.calendar(session).missing_years(_today(engine))
    if not years:
        return None
    names = "、".join(f"{year} 年" for year in years)
    return f"{names}的放假调休安排还没有导入，涉及的期限按暂定计算。公布后请导入，期限会自动重算。"
