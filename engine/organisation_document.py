"""Turns the document of an organisation into its parts and back.

The file is a mapping with these keys (docs/organisation.md shows an example):

    town, note          the town's name and a remark
    units               list of {name, type}
    posts               list of {name, members, unit_head, unit_handler, portfolios, single, system}
    capabilities        name of a capability of the program → posts that have it
    people              list of {login, name, title, unit, posts: list of {post, from, to, unit, leader}}
    portfolios          list of {line, leader: login or nothing, units, from, to}
    delegation_types    list of {name, givers, receivers, acts, enabled}
    delegations         list of {type, giver, receiver, from, to, basis}
    lanes               name of a lane → {posts: […]} or {people: ${expression}}

Days are written 2026-01-31; `from` and `to` are both included; without `to` there is no end.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from engine.located_yaml import Entry
from engine.organisation_parts import (
    Appointment,
    Delegation,
    DelegationType,
    Lane,
    Parts,
    Person,
    Portfolio,
    Post,
    Unit,
)

_KEYS = (
    "town",
    "note",
    "units",
    "posts",
    "capabilities",
    "people",
    "portfolios",
    "delegation_types",
    "delegations",
    "lanes",
)
_LOGIN = re.compile(r"[a-z][a-z0-9]{0,39}\Z")


def read_parts(root: Entry) -> Parts:
    """Read all parts. What is missing or of the wrong kind becomes a fault of the entry's document."""
    root.only(*_KEYS)
    return Parts(
        town=root.text("town"),
        note=root.text("note", ""),
        units=tuple(_unit(entry) for entry in root.entries("units")),
        posts=tuple(_post(entry) for entry in root.entries("posts")),
        capabilities=_capabilities(root),
        people=tuple(_person(entry) for entry in root.entries("people")),
        portfolios=tuple(_portfolio(entry) for entry in root.entries("portfolios")),
        delegation_types=tuple(_delegation_type(entry) for entry in root.entries("delegation_types")),
        delegations=tuple(_delegation(entry) for entry in root.entries("delegations")),
        lanes=tuple(_lane(name, entry) for name, entry in root.table("lanes").items()),
    )


def write_parts(parts: Parts) -> dict[str, Any]:
    """Return the document of `parts`: only mappings, lists, texts, booleans and None, dates as ISO texts."""
    return {
        "town": parts.town,
        "note": parts.note,
        "units": [{"name": unit.name, "type": unit.kind} for unit in parts.units],
        "posts": [_short(_post_document(post)) for post in parts.posts],
        "capabilities": {name: list(posts) for name, posts in parts.capabilities},
        "people": [_person_document(person) for person in parts.people],
        "portfolios": [
            {
                "line": portfolio.line,
                "leader": portfolio.leader,
                "units": list(portfolio.units),
                **_period(portfolio.begins, portfolio.ends),
            }
            for portfolio in parts.portfolios
        ],
        "delegation_types": [
            {
                "name": kind.name,
                "givers": list(kind.givers),
                "receivers": list(kind.receivers),
                "acts": kind.acts,
                "enabled": kind.enabled,
                "by_giver": kind.by_giver,
            }
            for kind in parts.delegation_types
        ],
        "delegations": [
            {
                "type": delegation.type,
                "giver": delegation.giver,
                "receiver": delegation.receiver,
                "basis": delegation.basis,
                **_period(delegation.begins, delegation.ends),
            }
            for delegation in parts.delegations
        ],
        "lanes": {
            lane.name: {"people": lane.people} if lane.people else {"posts": list(lane.posts)}
            for lane in parts.lanes
        },
    }


def _unit(entry: Entry) -> Unit:
    entry.only("name", "type")
    return Unit(entry.text("name"), entry.text("type"))


def _post(entry: Entry) -> Post:
    entry.only("name", "members", "unit_head", "unit_handler", "portfolios", "single", "system")
    return Post(
        name=entry.text("name"),
        members=entry.names("members"),
        unit_head=entry.flag("unit_head"),
        unit_handler=entry.flag("unit_handler"),
        portfolios=entry.flag("portfolios"),
        single=entry.flag("single"),
        system=entry.flag("system"),
    )


def _capabilities(root: Entry) -> tuple[tuple[str, tuple[str, ...]], ...]:
    table = root.within("capabilities")
    return tuple((name, table.names(name)) for name in table)


def _person(entry: Entry) -> Person:
    entry.only("login", "name", "title", "unit", "posts")
    login = entry.text("login")
    if login and not _LOGIN.match(login):
        entry.fault(f"登录名“{login}”只能用小写字母和数字，以字母开头，如 zhangsan（ü 写作 v）", "login")
    return Person(
        login=login,
        name=entry.text("name"),
        title=entry.text("title", ""),
        unit=entry.text("unit", ""),
        appointments=tuple(_appointment(item) for item in entry.entries("posts")),
    )


def _appointment(entry: Entry) -> Appointment:
    entry.only("post", "from", "to", "unit", "leader")
    begins, ends = _days(entry)
    return Appointment(entry.text("post"), begins, ends, entry.text("unit", ""), entry.flag("leader"))


def _portfolio(entry: Entry) -> Portfolio:
    entry.only("line", "leader", "units", "from", "to")
    begins, ends = _days(entry)
    return Portfolio(entry.text("line"), entry.text("leader", "") or None, entry.names("units"), begins, ends)


def _delegation_type(entry: Entry) -> DelegationType:
    entry.only("name", "givers", "receivers", "acts", "enabled", "by_giver")
    return DelegationType(
        name=entry.text("name"),
        givers=entry.names("givers"),
        receivers=entry.names("receivers"),
        acts=entry.flag("acts"),
        enabled=entry.flag("enabled", True),
        by_giver=entry.flag("by_giver"),
    )


def _delegation(entry: Entry) -> Delegation:
    entry.only("type", "giver", "receiver", "from", "to", "basis")
    begins, ends = _days(entry)
    if ends is None:
        entry.fault("委托必须有截止日期，请写“to: 2026-01-31”")
    return Delegation(
        entry.text("type"),
        entry.text("giver"),
        entry.text("receiver"),
        begins,
        ends or begins,
        entry.text("basis"),
    )


def _lane(name: str, entry: Entry) -> Lane:
    entry.only("posts", "people")
    return Lane(name, entry.names("posts"), entry.text("people", "") or None)


def _days(entry: Entry) -> tuple[date, date | None]:
    begins, ends = entry.day("from"), entry.day("to")
    if begins is None:
        if entry.raw("from") is None:
            entry.fault("缺少起始日期，请写“from: 2026-01-31”")
        return date.min, ends
    return begins, ends


def _post_document(post: Post) -> dict[str, Any]:
    return {
        "name": post.name,
        "members": list(post.members),
        "unit_head": post.unit_head,
        "unit_handler": post.unit_handler,
        "portfolios": post.portfolios,
        "single": post.single,
        "system": post.system,
    }


def _person_document(person: Person) -> dict[str, Any]:
    return {
        "login": person.login,
        "name": person.name,
        "title": person.title,
        "unit": person.unit,
        "posts": [
            {
                "post": appointment.post,
                **_period(appointment.begins, appointment.ends),
                **_short({"unit": appointment.unit, "leader": appointment.leader}),
            }
            for appointment in person.appointments
        ],
    }


def _period(begins: date, ends: date | None) -> dict[str, Any]:
    return {"from": begins.isoformat()} | ({"to": ends.isoformat()} if ends else {})


def _short(document: dict[str, Any]) -> dict[str, Any]:
    """Leave out what says nothing, so that the stored document reads like the file."""
    return {key: value for key, value in document.items() if value not in ("", False, [])}
