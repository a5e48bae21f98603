"""Sentences about several people and one task: entrusting it, signing it, one more or one less who takes part."""

from typing import Any

from pytest_bdd import then, when

from engine import commands, queries
from features.steps.town import Town, sentence
from features.steps.work import Table, pairs

AGREES = {"同意": True, "不同意": False}


@when(sentence("“{person}”把“{task}”委派给“{other}”准备，要求“{words}”"))
def entrust(town: Town, person: str, task: str, other: str, words: str) -> None:
    found = town.task(person, task)
    commands.delegate_task(town.engine, town.login(person), found.id, town.login(other), words)


@when(sentence("“{person}”试图把“{task}”委派给“{other}”准备，要求“{words}”"))
def try_entrust(town: Town, person: str, task: str, other: str, words: str) -> None:
    town.attempt(lambda: entrust(town, person, task, other, words))


@when(sentence("“{person}”办好“{task}”退还，说明“{words}”，填写："))
def give_back(town: Town, person: str, task: str, words: str, datatable: Table) -> None:
    found = town.task(person, task)
    data = town.sheet(person, found.id, pairs(datatable))
    commands.return_delegated_task(town.engine, town.login(person), found.id, data, words)


@when(sentence("“{person}”收回“{case}”中委派出去的“{task}”"))
def call_back(town: Town, person: str, case: str, task: str) -> None:
    found = queries.open_task_of(town.engine, town.case(case), task)
    commands.recall_delegated_task(town.engine, town.login(person), found)


@when(sentence("“{person}”请“{other}”在提交“{task}”前加签，理由“{reason}”"))
def ask_before(town: Town, person: str, other: str, task: str, reason: str) -> None:
    _ask(town, person, other, task, "before", reason)


@when(sentence("“{person}”请“{other}”在提交“{task}”后加签，理由“{reason}”"))
def ask_after(town: Town, person: str, other: str, task: str, reason: str) -> None:
    _ask(town, person, other, task, "after", reason)


def _ask(town: Town, person: str, other: str, task: str, place: str, reason: str) -> None:
    found = town.task(person, task)
    commands.add_signer(town.engine, town.login(person), found.id, town.login(other), place, reason)


@when(sentence("“{person}”加签“{task}”，“{agreement}”，意见“{words}”"))
def sign(town: Town, person: str, task: str, agreement: str, words: str) -> None:
    found: Any = town.task(person, task)
    commands.sign_task(town.engine, town.login(person), found.id, AGREES[agreement], words)
    commands.drain(town.engine)


@when(sentence("“{person}”试图加签“{task}”，“{agreement}”，意见“{words}”"))
def try_sign(town: Town, person: str, task: str, agreement: str, words: str) -> None:
    town.attempt(lambda: sign(town, person, task, agreement, words))


@when(sentence("“{person}”对“{case}”的“{task}”减签“{other}”"))
def take_signer_off(town: Town, person: str, case: str, task: str, other: str) -> None:
    found = queries.open_task_of(town.engine, town.case(case), task)
    commands.remove_signer(town.engine, town.login(person), found, town.login(other))
    commands.drain(town.engine)


@when(sentence("“{person}”给“{case}”的“{task}”加办“{about}”，理由“{reason}”"))
def one_more(town: Town, person: str, case: str, task: str, about: str, reason: str) -> None:
    _found, choices = _round(town, person, case, task)
    item = next((value for value, label in choices if label.partition("（")[0] == about), about)
    commands.add_instance(town.engine, town.login(person), _found, item, reason)
    commands.drain(town.engine)


@when(sentence("“{person}”从“{case}”的“{task}”减办“{about}”，理由“{reason}”"))
def one_less(town: Town, person: str, case: str, task: str, about: str, reason: str) -> None:
    lines = queries.case_rounds(town.engine, town.login(person), town.case(case))
    parts = [part for line in lines if line.name == task for part in line.items]
    [found] = [part.task_id for part in parts if about in (part.item, *town.names([str(part.item)]))]
    assert found, f"“{about}”的“{task}”现在不能减"
    commands.remove_instance(town.engine, town.login(person), found, reason)
    commands.drain(town.engine)


@when(sentence("“{person}”试图从“{case}”的“{task}”减办“{about}”，理由“{reason}”"))
def try_one_less(town: Town, person: str, case: str, task: str, about: str, reason: str) -> None:
    town.attempt(lambda: one_less(town, person, case, task, about, reason))


def _round(town: Town, person: str, case: str, task: str) -> tuple[str, Any]:
    lines = queries.case_rounds(town.engine, town.login(person), town.case(case))
    [line] = [line for line in lines if line.name == task]
    return line.task_id, line.choices


@then(sentence("“{person}”的“{task}”上等“{people}”加签"))
def waits_for(town: Town, person: str, task: str, people: str) -> None:
    view = queries.task_view(town.engine, town.login(person), town.task(person, task).id)
    names = "、".join(town.names([each.login for each in view.signing.open]))
    assert names == people, f"等加签的是“{names}”"


@then(sentence("“{person}”的办理记录里，“{case}”的“{task}”由“{other}”提交，“{people}”加签"))
def signed_by(town: Town, person: str, case: str, task: str, other: str, people: str) -> None:
    lines = queries.history_of(town.engine, town.login(person), town.case(case))
    [line] = [each for each in lines if each.kind == "task.completed" and each.body["task"] == task][-1:]
    assert town.names([str(line.actor)]) == [other], line.actor
    signed = "、".join(town.names([each["signer"] for each in line.body.get("signed", [])]))
    assert signed == people, f"加签的是“{signed}”"
