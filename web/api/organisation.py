"""The organisation of the town, its changes, and the accounts of its people."""

from __future__ import annotations

from datetime import date
from typing import Any

from engine import commands, queries
from web import session
from web.api.operations import Answer, Call, operation
from web.api.schema import BOOLEAN, DATE, MOMENT, define, listed, nullable, page_of, record, text
from web.api.shapes import LOGIN, moment

TAG = "组织和账号"
NAME = text(100, 1)
OPEN_DAY = nullable(DATE)
GROUP = {"name": text(), "people": listed(LOGIN)}
ORGANISATION = define(
    "Organisation",
    record(
        {
            "town": text(),
            "posts": listed(
                record({**GROUP, "collective": {**BOOLEAN, "description": "由几个岗位合成，不能直接任命"}})
            ),
            "units": listed(record(GROUP)),
            "appointments": listed(
                record(
                    {
                        "login": LOGIN,
                        "post": text(),
                        "unit": text(),
                        "leader": BOOLEAN,
                        "from": DATE,
                        "to": OPEN_DAY,
                    }
                )
            ),
            "portfolios": listed(
                record(
                    {
                        "line": text(),
                        "leader": nullable(LOGIN),
                        "units": listed(text()),
                        "from": DATE,
                        "to": OPEN_DAY,
                    }
                )
            ),
            "delegations": listed(
                record(
                    {
                        "type": text(),
                        "giver": LOGIN,
                        "receiver": LOGIN,
                        "from": DATE,
                        "to": DATE,
                        "basis": text(),
                    }
                )
            ),
            "delegation_types": listed(text()),
        }
    ),
)
ACCOUNT = define(
    "Account",
    record(
        {
            "login": LOGIN,
            "name": text(),
            "post": text(),
            "unit": text(),
            "has_password": BOOLEAN,
            "locked": BOOLEAN,
            "administrator": BOOLEAN,
            "link_expires": nullable(MOMENT),
        }
    ),
)


@operation("GET", "/organisation", TAG, "本镇的单位、岗位、任职、分工和委托", ORGANISATION)
def directory(call: Call) -> Answer:
    """Portfolios and delegations include those still to come."""
    return _organisation(call)


def _organisation(call: Call) -> dict[str, Any]:
    found = queries.directory(call.engine, call.login)
    return {
        "town": found.town,
        "posts": [
            {
                "name": name,
                "people": [each.login for each in holders],
                "collective": name not in found.plain_posts,
            }
            for name, holders in found.posts.items()
        ],
        "units": [
            {"name": name, "people": [each.login for each in members]}
            for name, members in found.units.items()
        ],
        "appointments": [
            {
                "login": card.login,
                "post": each.post,
                "unit": each.unit or card.unit,
                "leader": each.leader,
                "from": each.begins.isoformat(),
                "to": _day(each.ends),
            }
            for card, each in found.appointments
        ],
        "portfolios": [
            {
                "line": each.line,
                "leader": each.leader,
                "units": list(each.units),
                "from": each.begins.isoformat(),
                "to": _day(each.ends),
            }
            for each in found.portfolios
        ],
        "delegations": [
            {
                "type": each.type,
                "giver": each.giver,
                "receiver": each.receiver,
                "from": each.begins.isoformat(),
                "to": each.ends.isoformat(),
                "basis": each.basis,
            }
            for each in found.delegations
        ],
        "delegation_types": [each.name for each in found.delegation_types],
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _changed(call: Call) -> Answer:
    """Due dates may follow the organisation, so they are computed before the answer."""
    session.drain()
    return _organisation(call)


@operation(
    "POST",
    "/organisation/appointments",
    TAG,
    "任职；给出 name 时可以是新来的人",
    ORGANISATION,
    refusals=(403,),
    body=define(
        "AppointmentBody",
        record(
            {
                "login": text(64, 1),
                "post": NAME,
                "from": DATE,
                "to": OPEN_DAY,
                "leader": BOOLEAN,
                "unit": text(100),
                "name": NAME,
                "title": text(100),
            },
            optional=("to", "leader", "unit", "name", "title"),
        ),
    ),
)
def appoint(call: Call) -> Answer:
    """Give a person a post from a day on."""
    body, ends = call.body, call.body.get("to")
    commands.appoint(
        call.engine,
        call.login,
        "",
        body["login"],
        body["post"],
        date.fromisoformat(body["from"]),
        date.fromisoformat(ends) if ends else None,
        body.get("leader", False),
        body.get("unit", ""),
        body.get("name"),
        body.get("title", ""),
    )
    return _changed(call)


@operation(
    "POST",
    "/organisation/appointments/end",
    TAG,
    "免去任职，last_day 是最后一天",
    ORGANISATION,
    refusals=(403,),
    body=define("AppointmentEndBody", record({"login": LOGIN, "post": NAME, "last_day": DATE})),
)
def end_appointment(call: Call) -> Answer:
    """End a person's post."""
    last = date.fromisoformat(call.body["last_day"])
    commands.end_appointment(call.engine, call.login, "", call.body["login"], call.body["post"], last)
    return _changed(call)


@operation(
    "POST",
    "/organisation/portfolios",
    TAG,
    "调整分管；units 不给时单位不变",
    ORGANISATION,
    refusals=(403,),
    body=define(
        "PortfolioBody",
        record(
            {"line": NAME, "leader": nullable(LOGIN), "from": DATE, "units": listed(NAME, 200)},
            optional=("units",),
        ),
    ),
)
def assign_portfolio(call: Call) -> Answer:
    """Put a leader, or nobody, in charge of a line from a day on."""
    body = call.body
    commands.assign_portfolio(
        call.engine,
        call.login,
        "",
        body["line"],
        body["leader"],
        date.fromisoformat(body["from"]),
        body.get("units"),
    )
    return _changed(call)


@operation(
    "POST",
    "/organisation/delegations",
    TAG,
    "登记委托",
    ORGANISATION,
    refusals=(403,),
    body=define(
        "DelegationBody",
        record(
            {"type": NAME, "giver": LOGIN, "receiver": LOGIN, "from": DATE, "to": DATE, "basis": text(500, 1)}
        ),
    ),
)
def give_delegation(call: Call) -> Answer:
    """Let a person act for another."""
    body = call.body
    begins, ends = date.fromisoformat(body["from"]), date.fromisoformat(body["to"])
    commands.give_delegation(
        call.engine,
        call.login,
        "",
        body["type"],
        body["giver"],
        body["receiver"],
        begins,
        ends,
        body["basis"],
    )
    return _changed(call)


@operation(
    "POST",
    "/organisation/delegations/withdraw",
    TAG,
    "收回委托，last_day 是最后一天",
    ORGANISATION,
    refusals=(403,),
    body=define(
        "DelegationEndBody",
        record(
            {
                "type": NAME,
                "giver": LOGIN,
                "last_day": DATE,
                "from": {**DATE, "description": "委托的第一天；写明的，还没有开始的也可以收回"},
            },
            optional=("from",),
        ),
    ),
)
def withdraw_delegation(call: Call) -> Answer:
    """End a delegation."""
    body = call.body
    last, begins = date.fromisoformat(body["last_day"]), body.get("from")
    commands.withdraw_delegation(
        call.engine,
        call.login,
        "",
        body["type"],
        body["giver"],
        last,
        date.fromisoformat(begins) if begins else None,
    )
    return _changed(call)


@operation("GET", "/accounts", TAG, "账号", page_of("Accounts", ACCOUNT), refusals=(403,))
def accounts(call: Call) -> Answer:
    """Everybody of the town with the state of their account."""
    items = [
        {
            "login": each.login,
            "name": each.name,
            "post": each.title,
            "unit": each.unit,
            "has_password": each.has_password,
            "locked": each.locked,
            "administrator": each.administrator,
            "link_expires": moment(each.link_expires),
        }
        for each in queries.accounts(call.engine, call.login)
    ]
    return {"items": items, "next_cursor": None}


@operation(
    "POST",
    "/accounts/{login}/link",
    TAG,
    "发一个设置密码的一次性链接；此前的作废",
    define("PasswordLink", record({"path": text()})),
    status=201,
    refusals=(403,),
)
def make_password_link(call: Call, login: str) -> Answer:
    """The path to hand to the person; it is shown this once."""
    path = f"/link/{commands.make_password_link(call.engine, call.login, login)}"
    return {"path": path}, path


@operation("DELETE", "/accounts/{login}/link", TAG, "收回一次性链接", status=204, refusals=(403,))
def withdraw_password_link(call: Call, login: str) -> Answer:
    """Make a person's open link worthless."""
    commands.withdraw_password_link(call.engine, call.login, login)
    return None
