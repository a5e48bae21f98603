"""Who holds which post, who is in charge of what and who acts for whom on a given day.

An organisation is read from the `organisation.yml` of a rule pack and never changes: each `with_…` returns
a new one. Whoever asks gives the day, so that an old case is answered as of its time.
The file's keys are described in engine/organisation_document.py and docs/organisation.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from engine.located_yaml import Document, PackFileError
from engine.nearest import suggestion
from engine.organisation_checks import check
from engine.organisation_document import read_parts, write_parts
from engine.organisation_parts import (
    CAPABILITIES,
    Appointment,
    Delegation,
    DelegationType,
    Lane,
    Parts,
    Person,
    Portfolio,
    Post,
    Unit,
    holds,
    plain_posts,
)

__all__ = [
    "CAPABILITIES",
    "Appointment",
    "Delegation",
    "DelegationType",
    "Lane",
    "Organisation",
    "OrganisationError",
    "Person",
    "Portfolio",
    "Post",
    "Unit",
    "parse_organisation",
]


class OrganisationError(PackFileError):
    """The organisation's document is wrong, or a name asked for is not in it."""


def parse_organisation(text: str, pack: str) -> Organisation:
    """Read the YAML `text` of the pack `pack`. Raises OrganisationError: one located sentence per fault."""
    return _organisation(Document.from_text(text), pack)


@dataclass(frozen=True)
class Organisation:
    """The organisation of one town. Lists of people come in the order of the file."""

    pack: str
    parts: Parts

    @classmethod
    def from_document(cls, document: Mapping[str, Any], pack: str) -> Organisation:
        """Rebuild what `to_document` wrote. Raises OrganisationError."""
        return _organisation(Document(document), pack)

    def to_document(self) -> dict[str, Any]:
        """Return mappings, lists, texts, booleans and None only, with the keys of the file."""
        return write_parts(self.parts)

    # -- people and posts

    def people(self, day: date | None = None) -> tuple[Person, ...]:
        """Return everyone ever listed, or with `day` those who hold a post on that day."""
        if day is None:
            return self.parts.people
        return tuple(person for person in self.parts.people if person.active_appointments(day))

    def person(self, login: str) -> Person:
        """Return the person with this login. Raises OrganisationError when there is none."""
        self._known(login, self._people, "登录名")
        return self._people[login]

    def find_person(self, login: str) -> Person | None:
        """Return the person with this login, or None."""
        return self._people.get(login)

    def posts(self) -> tuple[Post, ...]:
        """Return all posts, collective ones included."""
        return self.parts.posts

    def holders(self, post: str, day: date, unit: str | None = None) -> tuple[Person, ...]:
        """Return who holds `post` (of a collective one: a member post) on `day`, in `unit` if given."""
        self._known(post, self._posts, "岗位")
        plain = plain_posts(self.parts.posts, (post,))
        if unit is None:
            return tuple(person for person in self.parts.people if holds(person, plain, day))
        return self._appointed(plain, unit, day)

    def posts_of(self, login: str, day: date) -> tuple[str, ...]:
        """Return the posts the person holds on `day`, then the collective posts these belong to."""
        held = {appointment.post for appointment in self.person(login).active_appointments(day)}
        own = [post.name for post in self.parts.posts if post.name in held]
        collective = [post.name for post in self.parts.posts if held.intersection(post.members)]
        return (*own, *collective)

    def works(self, login: str, day: date) -> bool:
        """Whether the person holds a post on `day` that does not merely run the program."""
        running = {post.name for post in self.parts.posts if post.system}
        return self.find_person(login) is not None and bool(set(self.posts_of(login, day)) - running)

    def leaders(self, day: date) -> tuple[Person, ...]:
        """Return who counts among the town's leaders on `day`: an appointment in force says so."""
        return tuple(
            person
            for person in self.parts.people
            if any(appointment.leader for appointment in person.active_appointments(day))
        )

    # -- units

    def units(self, kind: str | None = None) -> tuple[Unit, ...]:
        """Return all units, or those of one kind. Raises OrganisationError when no unit is of that kind."""
        if kind is None:
            return self.parts.units
        self._known(kind, dict.fromkeys(unit.kind for unit in self.parts.units), "单位类型")
        return tuple(unit for unit in self.parts.units if unit.kind == kind)

    def unit_head(self, unit: str, day: date) -> Person | None:
        """Return the holder of a post that heads the unit; the first listed when there are several."""
        return next(iter(self._appointed(self._plain_names("unit_head"), unit, day)), None)

    def unit_handlers(self, unit: str, day: date) -> tuple[Person, ...]:
        """Return the holders of a post that handles what is addressed to the unit."""
        return self._appointed(self._plain_names("unit_handler"), unit, day)

    def unit_members(self, unit: str, day: date) -> tuple[Person, ...]:
        """Return the people of the unit, and those appointed in it, who hold a post on `day`."""
        self._known_unit(unit)
        return tuple(
            person
            for person in self.parts.people
            if any(unit in (person.unit, appointment.unit) for appointment in person.active_appointments(day))
        )

    # -- portfolios

    def lines(self, day: date) -> tuple[str, ...]:
        """Return the lines of work in force on `day`."""
        return tuple(portfolio.line for portfolio in self._portfolios(day))

    def portfolio_leader(self, line: str, day: date) -> Person | None:
        """Return who is in charge of a line. None: nobody, or the one named holds no such post any more."""
        self._known(line, dict.fromkeys(portfolio.line for portfolio in self.parts.portfolios), "条线")
        return self._leader(next((p for p in self._portfolios(day) if p.line == line), None), day)

    def unit_line(self, unit: str, day: date) -> str | None:
        """Return the line of work the unit belongs to on `day`, None for an unlisted unit."""
        portfolio = self._unit_portfolio(unit, day)
        return portfolio.line if portfolio else None

    def unit_leader(self, unit: str, day: date) -> Person | None:
        """Return who is in charge of the line the unit belongs to. None: the head of the town directly."""
        return self._leader(self._unit_portfolio(unit, day), day)

    def unit_leaders(self, units: Iterable[str], day: date) -> tuple[Person, ...]:
        """Return who is in charge of any of `units`, each once, in the order of the file."""
        leaders = {leader.login for unit in units if (leader := self.unit_leader(unit, day))}
        return tuple(person for person in self.parts.people if person.login in leaders)

    # -- who may do what

    def lane(self, name: str) -> Lane:
        """Return what a lane stands for. Raises OrganisationError when the file has no such lane."""
        self._known(name, self._lanes, "泳道")
        return self._lanes[name]

    def lanes(self) -> tuple[Lane, ...]:
        """Return all lanes of the file."""
        return self.parts.lanes

    def principals(self, login: str, day: date) -> frozenset[str]:
        """Return whom a task for this person may be addressed to: `user:<login>`, `post:<pack>/<post>`.

        The principals of anyone for whom the person acts are included, but for posts that run the program.
        """
        result = set(self.own_principals(login, day))
        for giver in self.acting_for(login, day):
            result |= self.lent_principals(giver.login, day)
        return frozenset(result)

    def lent_principals(self, giver: str, day: date) -> frozenset[str]:
        """Return whom a task may be addressed to so that a deputy of `giver` gets it."""
        posts = (post for post in self.posts_of(giver, day) if not self._posts[post].system)
        return frozenset({f"user:{giver}"} | {self._principal(post) for post in posts})

    def acting_for(self, login: str, day: date) -> tuple[Person, ...]:
        """Return whose tasks this person does on `day` under a delegation of a type that `acts`."""
        acting = {kind.name for kind in self.parts.delegation_types if kind.acts}
        givers = {
            given.giver for given in self.delegations(day) if given.receiver == login and given.type in acting
        }
        return tuple(person for person in self.parts.people if person.login in givers)

    def delegations(self, day: date, kind: str | None = None) -> tuple[Delegation, ...]:
        """Return the delegations in force on `day`.

        One lapses when its type is switched off or when either side no longer holds a post the type asks for.
        """
        if kind is not None:
            self._known(kind, self._delegation_types, "委托类型")
        return tuple(
            given
            for given in self.parts.delegations
            if given.active(day) and kind in (None, given.type) and self._stands(given, day)
        )

    def own_principals(self, login: str, day: date) -> frozenset[str]:
        """Return the part of `principals` the person has without acting for anybody."""
        return frozenset({f"user:{login}"} | {self._principal(post) for post in self.posts_of(login, day)})

    def deputies(self, login: str, day: date) -> tuple[Person, ...]:
        """Return who does this person's tasks on `day` under a delegation of a type that `acts`."""
        acting = {kind.name for kind in self.parts.delegation_types if kind.acts}
        receivers = {
            given.receiver for given in self.delegations(day) if given.giver == login and given.type in acting
        }
        return tuple(person for person in self.parts.people if person.login in receivers)

    def delegated(self, kind: str, day: date, login: str) -> bool:
        """Tell whether the person holds a delegation of this type on `day`. Raises for an unknown type."""
        return any(given.receiver == login for given in self.delegations(day, kind))

    def may(self, capability: str, login: str, day: date) -> bool:
        """Tell whether the person holds a post that has a capability of the program (CAPABILITIES)."""
        self._known(capability, CAPABILITIES, "权限")
        posts = dict(self.parts.capabilities).get(capability, ())
        return not set(posts).isdisjoint(self.posts_of(login, day))

    # -- changes

    def with_person(self, login: str, name: str, title: str = "", unit: str = "") -> Organisation:
        """Add a person without posts, or change name, title and unit of the one with this login."""
        known = self._people.get(login)
        if known is None:
            return self._changed(people=(*self.parts.people, Person(login, name, title, unit)))
        return self._with_person(replace(known, name=name, title=title, unit=unit))

    def with_appointment(
        self,
        login: str,
        post: str,
        begins: date,
        ends: date | None = None,
        unit: str = "",
        leader: bool = False,
    ) -> Organisation:
        """Appoint a person to a post from `begins` on. Raises OrganisationError when it does not fit."""
        person = self.person(login)
        appointment = Appointment(post, begins, ends, unit, leader)
        return self._with_person(replace(person, appointments=(*person.appointments, appointment)))

    def with_appointment_ended(self, login: str, post: str, last_day: date) -> Organisation:
        """Let the person's appointment to `post` that is in force on `last_day` end with that day."""
        person = self.person(login)
        current = [a for a in person.active_appointments(last_day) if a.post == post]
        if not current:
            raise OrganisationError([f"{person.name}在 {last_day} 不任“{post}”，没有可以结束的任职。"])
        ended = tuple(replace(a, ends=last_day) if a in current else a for a in person.appointments)
        return self._with_person(replace(person, appointments=ended))

    def with_portfolio(
        self,
        line: str,
        leader: str | None,
        begins: date,
        units: Iterable[str] | None = None,
        ends: date | None = None,
    ) -> Organisation:
        """Put `leader` (a login, None for nobody) in charge of a line from `begins` on.

        What is in force then ends the day before. Without `units` the line keeps the units it has.
        """
        current = next((p for p in self._portfolios(begins) if p.line == line and p.begins < begins), None)
        if units is None:
            units = current.units if current else ()
        closed = tuple(
            replace(p, ends=begins - timedelta(days=1)) if p is current else p for p in self.parts.portfolios
        )
        return self._changed(portfolios=(*closed, Portfolio(line, leader, tuple(units), begins, ends)))

    def with_delegation(
        self, kind: str, giver: str, receiver: str, begins: date, ends: date, basis: str
    ) -> Organisation:
        """Register a delegation with the basis it rests on. Raises OrganisationError when it does not fit."""
        if not basis.strip():
            raise OrganisationError([f"登记委托“{kind}”要写明依据。"])
        given = Delegation(kind, giver, receiver, begins, ends, basis)
        return self._changed(delegations=(*self.parts.delegations, given))

    def with_delegation_ended(
        self, kind: str, giver: str, last_day: date, begins: date | None = None
    ) -> Organisation:
        """Let the giver's delegation of this type that covers `last_day` end with that day.

        With `begins` the one that begins then is meant; it is taken away when no day of it is left. Raises
        OrganisationError when there is no such delegation.
        """
        current = [
            d
            for d in self.parts.delegations
            if d.type == kind
            and d.giver == giver
            and (d.active(last_day) if begins is None else d.begins == begins and last_day <= d.ends)
        ]
        if not current:
            raise OrganisationError([f"{self.person(giver).name}在 {last_day} 没有“{kind}”的委托可以结束。"])
        ended = tuple(
            replace(d, ends=last_day) if d in current else d
            for d in self.parts.delegations
            if d not in current or d.begins <= last_day
        )
        return self._changed(delegations=ended)

    # -- inside

    @cached_property
    def _people(self) -> dict[str, Person]:
        return {person.login: person for person in self.parts.people}

    @cached_property
    def _posts(self) -> dict[str, Post]:
        return {post.name: post for post in self.parts.posts}

    @cached_property
    def _lanes(self) -> dict[str, Lane]:
        return {lane.name: lane for lane in self.parts.lanes}

    @cached_property
    def _delegation_types(self) -> dict[str, DelegationType]:
        return {kind.name: kind for kind in self.parts.delegation_types}

    def _known(self, name: str, known: Mapping[str, object], what: str) -> None:
        if name not in known:
            raise OrganisationError([f"组织数据里没有{what}“{name}”{suggestion(name, known)}。"])

    def _known_unit(self, unit: str) -> None:
        self._known(unit, dict.fromkeys(known.name for known in self.parts.units), "单位")

    def _plain_names(self, trait: str) -> frozenset[str]:
        return plain_posts(self.parts.posts, (post.name for post in self.parts.posts if getattr(post, trait)))

    def _appointed(self, plain: frozenset[str], unit: str, day: date) -> tuple[Person, ...]:
        self._known_unit(unit)
        return tuple(
            person
            for person in self.parts.people
            if any(
                appointment.post in plain and person.unit_of(appointment) == unit
                for appointment in person.active_appointments(day)
            )
        )

    def _portfolios(self, day: date) -> tuple[Portfolio, ...]:
        return tuple(portfolio for portfolio in self.parts.portfolios if portfolio.active(day))

    def _unit_portfolio(self, unit: str, day: date) -> Portfolio | None:
        self._known_unit(unit)
        return next((portfolio for portfolio in self._portfolios(day) if unit in portfolio.units), None)

    def _leader(self, portfolio: Portfolio | None, day: date) -> Person | None:
        if portfolio is None or portfolio.leader is None:
            return None
        leader = self._people[portfolio.leader]
        return leader if holds(leader, self._plain_names("portfolios"), day) else None

    def _stands(self, given: Delegation, day: date) -> bool:
        found = self._delegation_types[given.type]
        sides = ((given.giver, found.givers), (given.receiver, found.receivers))
        return found.enabled and all(
            not posts or holds(self._people[login], plain_posts(self.parts.posts, posts), day)
            for login, posts in sides
        )

    def _principal(self, post: str) -> str:
        return f"post:{self.pack}/{post}"

    def _with_person(self, person: Person) -> Organisation:
        return self._changed(
            people=tuple(person if known.login == person.login else known for known in self.parts.people)
        )

    def _changed(self, **parts: Any) -> Organisation:
        changed = replace(self, parts=replace(self.parts, **parts))
        return Organisation.from_document(changed.to_document(), self.pack)


def _organisation(document: Document, pack: str) -> Organisation:
    parts = read_parts(document.root())
    # Names can only be compared once every part could be read: otherwise one slip would be told many times.
    faults = document.faults or check(parts)
    if faults:
        raise OrganisationError(document.located(faults))
    return Organisation(pack, parts)
