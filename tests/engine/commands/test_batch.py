"""Several tasks of one element done with one sheet: each on its own, nothing lost, repeated without harm."""

from __future__ import annotations

from typing import Any

import pytest

from engine import commands, queries
from engine.errors import Invalid, NotFound, Refused
from engine.models import Task
from engine.queries import Entered
from tests.engine.conftest import MakeTown
from tests.support.cases import CLERK, GUARD, HEAD, KEEPER, STORE, Town
from tests.support.diagrams import Drawing

FIELDS: dict[str, Any] = {
    "方式": {
        "type": "radio",
        "values": [{"label": "在线", "value": "在线"}, {"label": "纸质", "value": "纸质"}],
        "validate": {"required": True},
        "properties": {"初值": "在线"},
    },
    "原因": {
        "type": "textfield",
        "properties": {"显示条件": "${方式 == '纸质'}", "必填条件": "${方式 == '纸质'}"},
    },
    "份数": {"type": "number", "properties": {"初值": "${应领}"}},
    "时间": {"type": "datetime", "subtype": "datetime", "properties": {"只读": "是", "初值": "${现在()}"}},
}


def receipts(make_town: MakeTown, *copies: int) -> tuple[Town, list[str]]:
    drawing = Drawing("x", "发放", 可见岗位="主管").start("s").user("a", fields={"应领": "number"})
    drawing.user("b", "领取", FIELDS, groups="仓库管理员", 可批量="是").user("c", "归档", users="${发起人}")
    town = make_town(drawing.end("e").flow("s a b c e"))
    tasks = []
    for count in copies:
        case = town.start()
        town.do(case, "a", 应领=str(count))
        tasks.append(town.task(case, "b"))
    return town, tasks


def outcomes(done: dict[str, Any]) -> list[str]:
    return [item["outcome"] for item in done["items"]]


def data_of(town: Town, task: str) -> dict[str, Any]:
    return dict(town.rows(Task, id=task)[0].data or {})


def test_what_is_the_same_is_asked_once_and_the_rest_is_each_tasks_own(make_town: MakeTown) -> None:
    town, tasks = receipts(make_town, 1, 2, 2)
    page = queries.batch_page(town.engine, KEEPER, tasks)
    assert page.filled is not None
    assert [field.component.name for field in page.filled.fields if field.visible] == ["方式"]
    assert [line.own for line in page.tasks] == [[("份数", "1")], [("份数", "2")], [("份数", "2")]]
    # With those alike only, the number is asked too; an entry shows what depends on it.
    alike = queries.batch_page(town.engine, KEEPER, tasks[1:], Entered({"方式": "纸质"}))
    assert alike.filled is not None
    assert [field.component.name for field in alike.filled.fields if field.visible] == [
        "方式",
        "原因",
        "份数",
    ]
    done = commands.complete_batch(town.engine, KEEPER, tasks, {"方式": "纸质", "原因": "停电"})
    assert outcomes(done) == ["done"] * 3
    assert [data_of(town, task)["份数"] for task in tasks] == [1, 2, 2]
    assert [data_of(town, task)["原因"] for task in tasks] == ["停电"] * 3
    assert all(data_of(town, task)["时间"] for task in tasks)


def test_one_that_cannot_be_done_keeps_no_other_back(make_town: MakeTown) -> None:
    town, tasks = receipts(make_town, 1, 1, 1)
    commands.complete_user_task(town.engine, STORE, tasks[1], {"方式": "在线"})
    done = commands.complete_batch(town.engine, KEEPER, tasks, {"方式": "在线"}, idempotency_key="k")
    assert outcomes(done) == ["done", "conflict", "done"]
    assert "已由丙三" in done["items"][1]["detail"]
    # Sent again, what was done is told again and nothing is done twice.
    again = commands.complete_batch(town.engine, KEEPER, tasks, {"方式": "在线"}, idempotency_key="k")
    assert outcomes(again) == ["done", "conflict", "done"]
    later = commands.complete_batch(town.engine, KEEPER, tasks, {"方式": "在线"}, idempotency_key="other")
    assert outcomes(later) == ["conflict"] * 3


def test_mistakes_are_told_task_by_task_and_can_be_mended(make_town: MakeTown) -> None:
    town, tasks = receipts(make_town, 1, 2)
    done = commands.complete_batch(town.engine, KEEPER, tasks, {"方式": "纸质"}, idempotency_key="k")
    assert outcomes(done) == ["invalid", "invalid"]
    assert set(done["items"][0]["errors"]) == {"原因"}
    page = queries.batch_page(town.engine, KEEPER, tasks, Entered({"方式": "纸质"}, frozenset(), check=True))
    assert page.filled is not None
    assert set(page.filled.errors) == {"原因"}
    mended = commands.complete_batch(
        town.engine,
        KEEPER,
        tasks,
        {"方式": "纸质", "原因": "停电"},
        own={tasks[1]: {"份数": "9"}},
        idempotency_key="k",
    )
    assert outcomes(mended) == ["done", "done"]
    assert data_of(town, tasks[1])["份数"] == 9


def test_a_draft_is_the_tasks_own(make_town: MakeTown) -> None:
    town, tasks = receipts(make_town, 1, 1)
    commands.save_draft(town.engine, KEEPER, tasks[0], {"份数": "7"})
    assert outcomes(commands.complete_batch(town.engine, KEEPER, tasks, {"方式": "在线"})) == ["done"] * 2
    assert [data_of(town, task)["份数"] for task in tasks] == [7, 1]


def test_who_may_do_what_is_asked_for_every_task(make_town: MakeTown) -> None:
    town, tasks = receipts(make_town, 1)
    done = commands.complete_batch(town.engine, GUARD, tasks, {"方式": "在线"})
    assert outcomes(done) == ["not_found"]
    assert outcomes(commands.complete_batch(town.engine, HEAD, tasks, {"方式": "在线"})) == ["forbidden"]
    with pytest.raises(NotFound):
        queries.batch_page(town.engine, GUARD, tasks)
    assert queries.batch_page(town.engine, HEAD, tasks).skipped == tasks


def test_only_like_tasks_that_say_so_and_not_too_many(make_town: MakeTown) -> None:
    town, tasks = receipts(make_town, 1)
    other = Drawing("y").start("s").user("a").user("b", "领工具", {}, groups="仓库管理员", 可批量="是")
    town.deploy(other.end("e").flow("s a b e"))
    case = town.start("y")
    first = town.task(case, "a")
    with pytest.raises(Refused, match="不能批量"):
        queries.batch_page(town.engine, CLERK, [first])
    assert outcomes(commands.complete_batch(town.engine, CLERK, [first], {})) == ["refused"]
    town.do(case, "a")
    for ask in (
        lambda ids: commands.complete_batch(town.engine, KEEPER, ids, {}),
        lambda ids: queries.batch_page(town.engine, KEEPER, ids),
    ):
        for ids in ([], [*tasks, town.task(case, "b")], [f"{n:032x}" for n in range(101)]):
            with pytest.raises(Invalid):
                ask(ids)


def test_the_same_element_of_another_version_is_another(make_town: MakeTown) -> None:
    town, tasks = receipts(make_town, 1)
    drawing = Drawing("x", "发放新版", 可见岗位="主管").start("s").user("a", fields={"应领": "number"})
    drawing.user("b", "领取", FIELDS, groups="仓库管理员", 可批量="是")
    town.deploy(drawing.end("e").flow("s a b e"))
    case = town.start()
    town.do(case, "a", 应领="1")
    with pytest.raises(Invalid, match="有误"):
        commands.complete_batch(town.engine, KEEPER, [*tasks, town.task(case, "b")], {"方式": "在线"})


def test_a_line_of_the_inbox_says_whether(make_town: MakeTown) -> None:
    town, _ = receipts(make_town, 1)
    assert [item.in_batches for item in queries.inbox(town.engine, KEEPER).items] == [True]
    town.start()
    assert [item.in_batches for item in queries.inbox(town.engine, CLERK).items] == [False]
