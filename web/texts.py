"""People, dates and sizes in words, in the language of the page."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from flask import g
from flask_babel import get_locale
from flask_babel import gettext as _

from engine import queries
from engine.clock import CN
from engine.queries.cases import OpenTaskLine
from web.session import engine

WEEKDAYS = "一二三四五六日"
NAME = "名称"
"""How the key of a row ends under which the row says what it is called."""


def N_(text: str) -> str:
    """Mark a sentence for the catalogue; it is translated where it is shown."""
    return text


def person_name(login: str | None) -> str:
    """The name of a person, or the login itself; the system when there is none."""
    if not login:
        return str(_("系统"))
    known: dict[str, str] = g.setdefault("names", {})
    if login not in known:
        known[login] = queries.mentions(engine(), [login]).get(login, login)
    return known[login]


def doer(login: str | None, acted_for: str | None = None) -> str:
    """Who did something, and for whom as a deputy."""
    name = person_name(login)
    return str(_("%(name)s（代%(giver)s）", name=name, giver=person_name(acted_for))) if acted_for else name


def about(item: Any) -> str:
    """Which of several like tasks one is: the person or unit it is for, or what its row is called."""
    if isinstance(item, str):
        return person_name(item)
    if isinstance(item, Mapping):
        return next((str(value) for key, value in item.items() if value and key.endswith(NAME)), "")
    return ""


def is_person(item: Any) -> bool:
    """Whether an item of a multi-instance is somebody's login."""
    return isinstance(item, str) and person_name(item) != item


def people_names(logins: Sequence[str]) -> str:
    return str(_("、")).join(person_name(login) for login in logins)


def principal(text: str) -> str:
    """Whom a task is addressed to: the person's name, or the post."""
    kind, _colon, name = text.partition(":")
    return person_name(name) if kind == "user" else name.partition("/")[2]


def asked(task: OpenTaskLine) -> str:
    """Who is to do an open task."""
    if task.assignee:
        who = person_name(task.assignee)
        if task.owner:
            who = str(_("%(name)s（%(owner)s委派）", name=who, owner=person_name(task.owner)))
    else:
        who = str(_("、")).join(principal(each) for each in task.principals)
    if task.signers:
        who = str(_("%(who)s，等%(people)s加签", who=who, people=people_names(task.signers)))
    return who


def english() -> bool:
    return str(get_locale()) == "en"


def day(value: date | datetime) -> str:
    """11月24日（周二）; with the year when it is not the present one."""
    local = value.astimezone(CN).date() if isinstance(value, datetime) else value
    other_year = local.year != engine().now().astimezone(CN).year
    if english():
        return f"{local:%a} {local.day} {local:%b}" + (f" {local.year}" if other_year else "")
    year = f"{local.year}年" if other_year else ""
    return f"{year}{local.month}月{local.day}日（周{WEEKDAYS[local.weekday()]}）"


def moment(value: datetime) -> str:
    """11月24日（周二）17:30."""
    return f"{day(value)}{' ' if english() else ''}{hour(value)}"


def hour(value: datetime) -> str:
    return f"{value.astimezone(CN):%H:%M}"


def clock_now() -> datetime:
    return engine().now().astimezone(CN)


def size(count: int) -> str:
    """1.8 MB."""
    if count >= 1_000_000:
        return f"{count / 1_000_000:.1f} MB"
    return f"{max(1, round(count / 1000))} KB"
