"""Sentences about handing round, deputies, doing several tasks at once, and letting a case stand still."""

from datetime import date

from pytest_bdd import then, when

from engine import commands, queries
from features.steps.town import STATES, Town, cells, sentence
from features.steps.work import Table, pairs


@when(sentence("“{person}”把“{case}”传阅给“{people}”，附言“{words}”"))
def circulate(town: Town, person: str, case: str, people: str, words: str) -> None:
    logins = [town.login(each) for each in cells(people)]
    commands.circulate_case(town.engine, town.login(person), town.case(case), logins, words)


@when(sentence("“{person}”试图把“{case}”传阅给“{people}”，附言“{words}”"))
def try_circulate(town: Town, person: str, case: str, people: str, words: str) -> None:
    town.attempt(lambda: circulate(town, person, case, people, words))


@when(sentence("“{person}”已阅“{case}”，意见“{words}”"))
def confirm_reading(town: Town, person: str, case: str, words: str) -> None:
    login, instance = town.login(person), town.case(case)
    waiting = [each for each in queries.to_read(town.engine, login).items if each.instance_id == instance]
    assert waiting, f"“{person}”没有待阅的“{case}”"
    commands.confirm_reading(town.engine, login, waiting[0].id, words)


@when(sentence("“{person}”催阅“{case}”"))
def urge_readers(town: Town, person: str, case: str) -> None:
    commands.urge_readers(town.engine, town.login(person), town.case(case))


@when(sentence("“{person}”自“{begin}”至“{end}”把“{kind}”交给“{other}”，依据“{basis}”"))
def give_own_delegation(
    town: Town, person: str, begin: str, end: str, kind: str, other: str, basis: str
) -> None:
    login = town.login(person)
    first, last = date.fromisoformat(begin), date.fromisoformat(end)
    commands.give_delegation(
        town.engine, login, town.pack, kind, login, town.login(other), first, last, basis
    )
    commands.drain(town.engine)


@when(sentence("“{person}”批量办理“{task}”，填写："))
def complete_all(town: Town, person: str, task: str, datatable: Table) -> None:
    login = town.login(person)
    tasks = [each.id for each in town.open_tasks(person) if each.name == task]
    assert tasks, f"“{person}”的待办里没有“{task}”"
    data = queries.entered_sheet(town.engine, login, tasks[0], pairs(datatable), town.upload_for(login))
    done = commands.complete_batch(town.engine, login, tasks, data)
    wrong = [item["errors"] or item["detail"] for item in done["items"] if item["outcome"] != "done"]
    assert not wrong, f"没有都办成：{wrong}"
    commands.drain(town.engine)


@when(sentence("“{person}”挂起“{case}”，理由“{reason}”"))
def suspend(town: Town, person: str, case: str, reason: str) -> None:
    commands.suspend_case(town.engine, town.login(person), town.case(case), reason)
    commands.drain(town.engine)


@when(sentence("“{person}”试图挂起“{case}”，理由“{reason}”"))
def try_suspend(town: Town, person: str, case: str, reason: str) -> None:
    town.attempt(lambda: suspend(town, person, case, reason))


@when(sentence("“{person}”恢复“{case}”，理由“{reason}”"))
def resume(town: Town, person: str, case: str, reason: str) -> None:
    commands.resume_case(town.engine, town.login(person), town.case(case), reason)
    commands.drain(town.engine)


@when(sentence("“{person}”试图再次催办“{case}”的“{task}”"))
def try_urge_again(town: Town, person: str, case: str, task: str) -> None:
    found = queries.open_task_of(town.engine, town.case(case), task)
    town.attempt(lambda: commands.urge_task(town.engine, town.login(person), found))


@then(sentence("“{people}”待阅“{case}”"))
def waits_to_be_read(town: Town, people: str, case: str) -> None:
    instance = town.case(case)
    for person in cells(people):
        waiting = queries.to_read(town.engine, town.login(person)).items
        assert instance in [each.instance_id for each in waiting], f"“{person}”没有待阅的“{case}”"


@then(sentence("案卷“{case}”的传阅中，“{people}”已阅"))
def has_read(town: Town, case: str, people: str) -> None:
    _readers(town, case, people, True)


@then(sentence("案卷“{case}”的传阅中，“{people}”未阅"))
def has_not_read(town: Town, case: str, people: str) -> None:
    _readers(town, case, people, False)


def _readers(town: Town, case: str, people: str, read: bool) -> None:
    instance = town.case(case)
    for person in cells(people):
        login = town.login(person)
        lines = queries.circulations(town.engine, login, instance)
        found = [each.read_at is not None for each in lines if each.login == login]
        assert found, f"“{case}”没有传阅给“{person}”"
        assert found[-1] is read, f"“{person}”{'已阅' if found[-1] else '未阅'}“{case}”"


@then(sentence("“{person}”的“{task}”注明代“{other}”办理"))
def acts_for(town: Town, person: str, task: str, other: str) -> None:
    found = town.task(person, task).acting_for
    assert found == town.login(other), f"注明的是代 {found} 办理"


@then(sentence("案卷“{case}”的办理记录写明“{person}”代“{other}”办理“{task}”"))
def acted_for(town: Town, case: str, person: str, other: str, task: str) -> None:
    lines = queries.history_of(town.engine, town.login(other), town.case(case))
    done = [(line.actor, line.body.get("for")) for line in lines if line.body.get("task") == task]
    assert (town.login(person), town.login(other)) in done, f"办理记录是：{done}"


@then(sentence("案卷“{case}”已挂起"))
def suspended(town: Town, case: str) -> None:
    states = [line.state for line in queries.find_cases(town.engine, town.pack, case)]
    assert states, f"没有找到案卷“{case}”"
    assert states[0] == "suspended", f"案卷“{case}”没有挂起（{STATES[states[0]]}）"
