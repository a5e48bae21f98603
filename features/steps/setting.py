"""Sentences that set the scene: the date, who holds which post, who is in charge of what."""

from datetime import date

from pytest_bdd import given, when

from engine import commands
from features.steps.town import Town, sentence


@given(sentence("现在是“{moment}”"))
def now(town: Town, moment: str) -> None:
    town.set_clock(moment)


@given(sentence("“{name}”自“{day}”起任“{post}”，计入领导成员"))
def appoint_leader(town: Town, name: str, day: str, post: str) -> None:
    _appoint(town, name, post, day, True)


@given(sentence("“{name}”自“{day}”起任“{post}”"))
def appoint(town: Town, name: str, day: str, post: str) -> None:
    _appoint(town, name, post, day, False)


def _appoint(town: Town, name: str, post: str, day: str, leader: bool) -> None:
    login = town.login_or_new(name)
    commands.appoint(
        town.engine,
        None,
        town.pack,
        login,
        post,
        date.fromisoformat(day),
        leader=leader,
        name=name,
        title=post,
    )
    commands.drain(town.engine)


@given(sentence("“{name}”自“{day}”后不再任“{post}”"))
def leave(town: Town, name: str, day: str, post: str) -> None:
    commands.end_appointment(town.engine, None, town.pack, town.login(name), post, date.fromisoformat(day))
    commands.drain(town.engine)


@given(sentence("“{line}”条线自“{day}”起由“{name}”分管"))
def portfolio(town: Town, line: str, day: str, name: str) -> None:
    commands.assign_portfolio(town.engine, None, town.pack, line, town.login(name), date.fromisoformat(day))
    commands.drain(town.engine)


@given(sentence("“{line}”条线自“{day}”起无人分管"))
def no_portfolio(town: Town, line: str, day: str) -> None:
    commands.assign_portfolio(town.engine, None, town.pack, line, None, date.fromisoformat(day))
    commands.drain(town.engine)


@given(sentence("“{giver}”自“{begin}”至“{end}”委托“{receiver}”“{kind}”，依据“{basis}”"))
def delegate(town: Town, giver: str, begin: str, end: str, receiver: str, kind: str, basis: str) -> None:
    commands.give_delegation(
        town.engine,
        None,
        town.pack,
        kind,
        town.login(giver),
        town.login(receiver),
        date.fromisoformat(begin),
        date.fromisoformat(end),
        basis,
    )


@given(sentence("规则参数“{field}”改为“{value}”，理由“{reason}”"))
def set_parameter(town: Town, field: str, value: str, reason: str) -> None:
    commands.set_parameter(town.engine, None, town.pack, field, value, reason)
    commands.drain(town.engine)


@when(sentence("“{person}”试图把规则参数“{field}”改为“{value}”，理由“{reason}”"))
def try_set_parameter(town: Town, person: str, field: str, value: str, reason: str) -> None:
    login = town.login(person)
    town.attempt(
        lambda: commands.set_parameter(town.engine, login, town.pack, field, value, reason),
    )
