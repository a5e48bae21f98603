"""What an organisation consists of: units, posts, people, portfolios, delegations and lanes, as records.

Every period runs from its first day to its last day, both included; `ends` is None while no end is known.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

# What the program itself asks leave for. The organisation file names the posts that may do each.
CAPABILITIES = {
    "organisation": "维护单位、岗位、人员和分工",
    "delegations": "登记委托",
    "calendar": "维护工作日历",
    "parameters": "维护规则参数",
    "definitions": "修改、发布流程",
    "review": "审阅场景和条款覆盖",
    "audit": "查看全部办理历史",
    "incidents": "处理运行故障和未送达的消息",
    "statistics": "查看运行统计",
}


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of the town; `kind` is free text that lists are filtered by."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Post:
    """A post people hold. With `members` it is collective: whoever holds one of these posts belongs to it."""

    name: str
    members: tuple[str, ...] = ()
    unit_head: bool = False
    """Its holder heads the unit the appointment is for."""
    unit_handler: bool = False
    """Its holder handles what is addressed to the unit the appointment is for."""
    portfolios: bool = False
    """Its holder may be put in charge of a portfolio."""
    single: bool = False
    """At most one person holds it on any day."""
    system: bool = False
    """It runs the program and takes no part in the town's business: no lane may name it."""


@dataclass(frozen=True, slots=True)
class Appointment:
    """A post held by a person over a period; `leader` counts the person among the town's leaders then."""

    post: str
    begins: date
    ends: date | None = None
    unit: str = ""
    """The unit the post is held in when it is not the person's own."""
    leader: bool = False

    def active(self, day: date) -> bool:
        """Tell whether `day` lies in the period."""
        return active(self.begins, self.ends, day)


@dataclass(frozen=True, slots=True)
class Person:
    """A person with a login. `unit` is empty for those who belong to no unit."""

    login: str
    name: str
    title: str
    unit: str
    appointments: tuple[Appointment, ...] = ()

    def unit_of(self, appointment: Appointment) -> str:
        """Return the unit an appointment is for: its own, or else the person's."""
        return appointment.unit or self.unit

    def active_appointments(self, day: date) -> tuple[Appointment, ...]:
        """Return the appointments in force on `day`."""
        return tuple(appointment for appointment in self.appointments if appointment.active(day))


@dataclass(frozen=True, slots=True)
class Portfolio:
    """A line of work with its units over a period; without `leader` it falls to the head of the town."""

    line: str
    leader: str | None
    units: tuple[str, ...]
    begins: date
    ends: date | None = None

    def active(self, day: date) -> bool:
        """Tell whether `day` lies in the period."""
        return active(self.begins, self.ends, day)


@dataclass(frozen=True, slots=True)
class DelegationType:
    """A kind of delegation. Empty `givers` or `receivers` put no limit on who may give or receive it."""

    name: str
    givers: tuple[str, ...] = ()
    receivers: tuple[str, ...] = ()
    acts: bool = False
    """The receiver does the giver's tasks; otherwise it is only a fact that conditions ask for."""
    enabled: bool = True
    by_giver: bool = False
    """Whoever gives it registers it, without leave to register those of others."""


@dataclass(frozen=True, slots=True)
class Delegation:
    """One person's leave to another, of one type, over a closed period, with the basis it rests on."""

    type: str
    giver: str
    receiver: str
    begins: date
    ends: date
    basis: str

    def active(self, day: date) -> bool:
        """Tell whether `day` lies in the period."""
        return active(self.begins, self.ends, day)


@dataclass(frozen=True, slots=True)
class Lane:
    """What a lane of a diagram stands for: posts, or an expression over the case that yields people."""

    name: str
    posts: tuple[str, ...] = ()
    people: str | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything an organisation file holds, in the order of the file."""

    town: str
    note: str = ""
    units: tuple[Unit, ...] = ()
    posts: tuple[Post, ...] = ()
    capabilities: tuple[tuple[str, tuple[str, ...]], ...] = ()
    people: tuple[Person, ...] = ()
    portfolios: tuple[Portfolio, ...] = ()
    delegation_types: tuple[DelegationType, ...] = ()
    delegations: tuple[Delegation, ...] = ()
    lanes: tuple[Lane, ...] = ()


def active(begins: date, ends: date | None, day: date) -> bool:
    """Tell whether `day` lies between two days, both included; no end means for ever."""
    return begins <= day and (ends is None or day <= ends)


def overlap(first: tuple[date, date | None], second: tuple[date, date | None]) -> bool:
    """Tell whether two periods share a day."""
    (begins, ends), (other_begins, other_ends) = first, second
    return (other_ends is None or begins <= other_ends) and (ends is None or other_begins <= ends)


def plain_posts(posts: Iterable[Post], names: Iterable[str]) -> frozenset[str]:
    """Return `names` with every collective post replaced by the posts it consists of."""
    members = {post.name: post.members for post in posts if post.members}
    return frozenset(plain for name in names for plain in members.get(name, (name,)))


def holds(person: Person, plain: frozenset[str], day: date) -> bool:
    """Tell whether the person holds one of the posts `plain` (no collective ones) on `day`."""
    return any(appointment.post in plain for appointment in person.active_appointments(day))
