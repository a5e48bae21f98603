"""Two processes at the same moment: one wins, nothing is done twice, nothing is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from engine.history import SYSTEM
from engine.maintenance import verify_history
from engine.models import Draft, HistoryEvent, NumberGiven, NumberSeries, OutboxMessage, ProcessInstance, Task
from tests.engine.conftest import MakeTown
from tests.engine.spiff.test_multi_instance import blocks, calls, tasks
from tests.support.cases import CLERK, KEEPER, STORE
from tests.support.diagrams import Drawing
from tests.support.other_process import Others, job

Race = Callable[[list[dict[str, Any]]], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def race() -> Iterator[Race]:
    """Does jobs at the same time in processes of their own."""
    others = Others()
    yield others.race
    others.close()


def test_of_two_people_who_complete_the_same_task_one_wins(make_town: MakeTown, race: Race) -> None:
    drawing = (
        Drawing("x")
        .start("s")
        .user("b", "核对", groups="仓库管理员", fields={"结论": "textfield"})
        .user("c")
        .end("e")
    )
    town = make_town(drawing.flow("s b c e"))
    for _ in range(3):
        case = town.start()
        task = town.task(case, "b")
        answers = race(
            [job(town, "complete", login=login, task=task, data={"结论": login}) for login in (KEEPER, STORE)]
        )
        winners = [
            login for login, answer in zip((KEEPER, STORE), answers, strict=True) if "result" in answer
        ]
        losers = [answer for answer in answers if "error" in answer]
        assert len(winners) == 1
        assert losers[0]["error"] == "Conflict"
        name = {KEEPER: "丁四", STORE: "丙三"}[winners[0]]
        assert losers[0]["message"] == f"这项任务已由{name}于11月23日 09:00 办理，不能重复提交。"
        assert len(town.rows(HistoryEvent, chain=case, kind="task.completed")) == 1
        assert town.rows(Task, id=task)[0].data == {"结论": winners[0]}
        assert town.open(case) == ["c"]
    assert verify_history(town.engine)[0] == []


def test_the_same_submission_sent_twice_at_once_is_one(make_town: MakeTown, race: Race) -> None:
    town = make_town(Drawing("x").start("s").user("a").user("c").end("e").flow("s a c e"))
    case = town.start()
    task = town.task(case, "a")
    answers = race([job(town, "complete", login=CLERK, task=task, data={}, key="k") for _ in range(2)])
    assert answers[0] == answers[1]
    assert answers[0]["result"]["task"] == task
    assert town.open(case) == ["c"]


def test_a_case_is_started_once_however_often_it_is_sent(make_town: MakeTown, race: Race) -> None:
    town = make_town(Drawing("x").start("s").user("a").end("e").flow("s a e"))
    for number in range(3):
        answers = race(
            [job(town, "start", login=CLERK, key="x", idempotency_key=f"k{number}") for _ in range(2)]
        )
        assert answers[0] == answers[1]
        assert "result" in answers[0]
    assert len(town.rows(ProcessInstance)) == 3


def test_numbers_have_no_gap_and_no_duplicate(make_town: MakeTown, race: Race) -> None:
    drawing = Drawing("x").start("s").script("n", "号 = 编号('领料', 'LL-{年}-{序}')").user("a").end("e")
    town = make_town(drawing.flow("s n a e"))
    race([job(town, "start", login=CLERK, key="x", times=15) for _ in range(2)])
    numbers = sorted(int(row.value.rpartition("-")[2]) for row in town.rows(NumberGiven))
    assert numbers == list(range(1, 31))
    assert sorted(str(row.variables["号"]) for row in town.rows(ProcessInstance)) == sorted(
        f"LL-2026-{number}" for number in numbers
    )


def test_a_number_given_in_a_command_that_fails_is_given_back(make_town: MakeTown, race: Race) -> None:
    drawing = (
        Drawing("x")
        .start("s")
        .user("a", fields={"数量": "number"})
        .script("n", "号 = 编号('领料', '{年}-{序}')")
    )
    town = make_town(drawing.script("d", "商 = 1 / 数量").end("e").flow("s a n d e"))
    mine, theirs = [[town.task(town.start(), "a") for _ in range(8)] for _ in range(2)]
    forms = [{"数量": number % 2} for number in range(8)]
    answers = race([job(town, "try", login=CLERK, tasks=ids, data=forms) for ids in (mine, theirs)])
    assert all(answer["result"] == ["Refused", "done"] * 4 for answer in answers)
    assert sorted(row.value for row in town.rows(NumberGiven)) == [f"2026-{number}" for number in range(1, 9)]
    assert [row.last for row in town.rows(NumberSeries)] == [8]


@pytest.mark.parametrize("chain", [SYSTEM, "a" * 32])
def test_lines_written_at_once_form_one_chain(make_town: MakeTown, race: Race, chain: str) -> None:
    town = make_town()
    before = len(town.rows(HistoryEvent, chain=chain))
    answers = race([job(town, "note", chain=chain, times=25) for _ in range(2)])
    assert answers == [{"result": 25}] * 2
    assert len(town.rows(HistoryEvent, chain=chain)) == before + 50
    assert verify_history(town.engine)[0] == []


def test_a_message_is_delivered_once_when_two_processes_deliver(make_town: MakeTown, race: Race) -> None:
    receiver = (
        Drawing("jie", 公开变量="次")
        .start("s")
        .script("n", "次 = 0")
        .catch("c", message="到货", correlationKey="${'k'}")
    )
    receiver.script("p", "次 = 次 + 数").xor("g", default="c").end("e").flow("s n c p g c").flow(
        "g e", when="次 >= 10"
    )
    sender = (
        Drawing("fa")
        .start("s")
        .throw("t", message="到货", correlationKey="${'k'}", payload="数 = 1")
        .end("e")
        .flow("s t e")
    )
    town = make_town(receiver, sender)
    case = town.start("jie")
    for _ in range(10):
        town.start("fa", drain=False)
    answers = race([job(town, "drain") for _ in range(2)])
    assert answers == [{"result": True}] * 2
    assert (town.value(case, "次"), town.case(case).state) == (10, "completed")
    assert {row.state for row in town.rows(OutboxMessage)} == {"delivered"}
    assert len(town.rows(HistoryEvent, chain=case, kind="message.delivered")) == 10


def test_drafts_saved_at_once_do_not_break_anything(make_town: MakeTown, race: Race) -> None:
    town = make_town(Drawing("x").start("s").user("a", fields={"数量": "number"}).end("e").flow("s a e"))
    task = town.task(town.start(), "a")
    answers = race([job(town, "draft", login=CLERK, task=task, times=10) for _ in range(2)])
    assert answers == [{"result": 10}] * 2
    assert [draft.data for draft in town.rows(Draft)] == [{"数量": 9}]


def test_cases_in_the_middle_of_a_multi_instance_are_finished_by_another_process(
    make_town: MakeTown, race: Race
) -> None:
    drawings = []
    for sequential in (False, True):
        for make in (tasks, blocks, calls):
            made = make(sequential)
            name = f"{make.__name__}{sequential}".lower()
            made = made if isinstance(made, tuple) else (made,)
            for drawing in made:
                drawing.rename(drawing.key + name)
                # The forms of these drawings are empty, and what is submitted has to be a field.
                drawing.form("count", {"数": "textfield"})
            drawings += made
    town = make_town(*drawings)
    started = [town.start(drawing.key) for drawing in drawings if drawing.key.startswith("pandian")]
    assert len(started) == 6
    for case in started:
        town.do(case, "count", 数="1")
    (answer,) = race([job(town, "complete_all", login=CLERK, instances=started, data={"count": {"数": "2"}})])
    assert answer == {"result": [["count", "count", "sum"]] * 6}
    assert {town.case(case).state for case in started} == {"completed"}
