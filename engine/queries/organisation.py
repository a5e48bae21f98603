"""The organisation as pages show it: who holds which post, who belongs where, who is in charge of what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.clock import CN
from engine.organisation import Appointment, Delegation, DelegationType, Portfolio
from engine.process_engine import ProcessEngine
from engine.queries.office import PersonCard, _card


@dataclass(frozen=True)
class Directory:
    """A town's organisation on one day. Portfolios and delegations include those still to come."""

    town: str
    people: Sequence[PersonCard]
    posts: Mapping[str, Sequence[PersonCard]]
    plain_posts: Sequence[str]
    units: Mapping[str, Sequence[PersonCard]]
    appointments: Sequence[tuple[PersonCard, Appointment]]
    portfolios: Sequence[Portfolio]
    delegations: Sequence[Delegation]
    delegation_types: Sequence[DelegationType]


def directory(engine: ProcessEngine, login: str) -> Directory:
    """The organisation of the person's own pack. Raises NotFound."""
    with engine.database.reading() as session:
        organisation = engine.pack_of(session, login).organisation
    day = engine.now().astimezone(CN).date()
    cards = {person.login: _card(organisation, person, day) for person in organisation.people(day)}
    posts = {
        post.name: [cards[person.login] for person in organisation.holders(post.name, day)]
        for post in organisation.posts()
    }
    units = {
        unit.name: [cards[person.login] for person in organisation.unit_members(unit.name, day)]
        for unit in organisation.units()
    }
    return Directory(
        town=organisation.parts.town,
        people=list(cards.values()),
        posts=posts,
        plain_posts=[post.name for post in organisation.posts() if not post.members],
        units=units,
        appointments=[
            (cards[person.login], appointment)
            for person in organisation.people(day)
            for appointment in person.active_appointments(day)
        ],
        portfolios=[each for each in organisation.parts.portfolios if each.ends is None or each.ends >= day],
        delegations=[each for each in organisation.parts.delegations if each.ends >= day],
        delegation_types=[each for each in organisation.parts.delegation_types if each.enabled],
    )
