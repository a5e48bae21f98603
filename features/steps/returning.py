"""Sentences about going back: returning a task to an earlier step, taking back what one has just submitted."""

from pytest_bdd import then, when

from engine import commands, queries
from engine.errors import Conflict
from features.steps.town import Town, cells, sentence


@when(sentence("“{person}”打开“{task}”"))
def read(town: Town, person: str, task: str) -> None:
    commands.open_task_page(town.engine, town.login(person), town.task(person, task).id)


@when(sentence("“{person}”把“{task}”退回到“{step}”，理由“{reason}”"))
def send_back(town: Town, person: str, task: str, step: str, reason: str) -> None:
    found, login = town.task(person, task).id, town.login(person)
    ways = {way.name: way for way in queries.ways_back(town.engine, login, found)}
    if step not in ways:
        raise Conflict(f"“{task}”不能退回到“{step}”，可以退回到：{'、'.join(ways)}")
    commands.return_task(town.engine, login, found, ways[step].task_id, reason)
    commands.drain(town.engine)


@when(sentence("“{person}”试图把“{task}”退回到“{step}”，理由“{reason}”"))
def try_send_back(town: Town, person: str, task: str, step: str, reason: str) -> None:
    town.attempt(lambda: send_back(town, person, task, step, reason))


@when(sentence("“{person}”撤回“{task}”"))
def take_back(town: Town, person: str, task: str) -> None:
    login = town.login(person)
    finished = queries.done_tasks(town.engine, login, limit=200).items
    done = [each for each in finished if each.name == task and not each.undone]
    assert done, f"“{person}”没有办过“{task}”"
    commands.withdraw_task(town.engine, login, done[0].id)
    commands.drain(town.engine)


@when(sentence("“{person}”试图撤回“{task}”"))
def try_take_back(town: Town, person: str, task: str) -> None:
    town.attempt(lambda: take_back(town, person, task))


@then(sentence("“{person}”可以把“{task}”退回到“{choices}”"))
def ways(town: Town, person: str, task: str, choices: str) -> None:
    found = queries.ways_back(town.engine, town.login(person), town.task(person, task).id)
    open_ways = [way.name for way in found if not way.blocked]
    assert open_ways == cells(choices), f"可以退回到的是 {open_ways}"


@then(sentence("把“{task}”退回到“{step}”时，“{person}”看到“{words}”"))
def means(town: Town, task: str, step: str, person: str, words: str) -> None:
    found = queries.ways_back(town.engine, town.login(person), town.task(person, task).id)
    [way] = [each for each in found if each.name == step]
    told = [way.blocked, *(f"也要重新办理{each}" for each in way.again)]
    told += [f"仍然有效{each}" for each in way.kept] + [f"收回{each}" for each in way.stopped]
    assert any(words in each for each in told), f"看到的是：{told}"
