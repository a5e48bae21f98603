"""One more person or unit takes part in a step that several do, or one less."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from engine import commands, queries
from engine.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from engine.models import InboxEntry, Notification, Task
from tests.engine.conftest import MakeTown
from tests.support.cases import CLERK, FIXER, GUARD, HEAD, KEEPER, OTHER_FIXER, STORE, Town
from tests.support.diagrams import Drawing


def people(
    hard: bool = False, sequential: bool = False, enough: str = "", who: Sequence[str] = (FIXER, OTHER_FIXER)
) -> Drawing:
    drawing = Drawing("x", "盘点", 可见岗位="主管").start("s").user("plan", "计划", groups="仓库管理员")
    drawing.script("who", f"人员 = {list(who)!r}")
    drawing.user(
        "count",
        "清点",
        fields={"数": "number"},
        users="${人}",
        each="人",
        of="${人员}",
        sequential=sequential,
        enough=enough,
        **({"硬约束": "是"} if hard else {}),
    )
    return drawing.user("sum", "汇总").end("e").flow("s plan who count sum e")


def begun(make_town: MakeTown, drawing: Drawing) -> tuple[Town, str]:
    town = make_town(drawing)
    case = town.start()
    town.do(case, "plan", KEEPER)
    return town, case


def test_one_more_person_counts_like_the_others(make_town: MakeTown) -> None:
    town, case = begun(make_town, people())
    task = town.task(case, "count", FIXER)
    for login, error in ((GUARD, NotFound), (FIXER, Forbidden), (STORE, NotFound)):
        with pytest.raises(error):
            commands.add_instance(town.engine, login, task, GUARD, "人手不够")
    for item, reason, field in (
        (FIXER, "人手不够", "item"),
        ("nobody", "人手不够", "item"),
        ("车队", "人手不够", "item"),
        (GUARD, " ", "reason"),
    ):
        with pytest.raises(Invalid) as refused:
            commands.add_instance(town.engine, HEAD, task, item, reason)
        assert list(refused.value.errors) == [field]
    done = commands.add_instance(town.engine, HEAD, task, GUARD, "人手不够", idempotency_key="k")
    assert commands.add_instance(town.engine, HEAD, task, GUARD, "人手不够", idempotency_key="k") == done
    assert town.open(case) == ["count"] * 3
    assert "请您一并办理：人手不够" in town.rows(Notification, login=GUARD)[-1].text
    assert town.value(case, "人员") == [FIXER, OTHER_FIXER, GUARD]
    for login in (GUARD, FIXER, OTHER_FIXER):
        town.do(case, "count", login, item=login, 数="1")
    assert town.open(case) == ["sum"]
    assert [row["人"] for row in town.value(case, "count_results").values()] == [FIXER, OTHER_FIXER, GUARD]


def test_who_did_the_step_before_may_change_the_round(make_town: MakeTown) -> None:
    town, case = begun(make_town, people())
    (line,) = queries.case_rounds(town.engine, KEEPER, case)
    assert [(each.item, each.open) for each in line.items] == [(FIXER, True), (OTHER_FIXER, True)]
    assert line.may_remove
    assert GUARD in dict(line.choices)
    assert queries.case_rounds(town.engine, STORE, case) == []
    commands.add_instance(town.engine, KEEPER, line.task_id, GUARD, "人手不够")
    task = town.task(case, "count", OTHER_FIXER)
    commands.remove_instance(town.engine, KEEPER, task, "请假")
    assert town.rows(InboxEntry, task_id=task) == []
    assert "不用您办理了：请假" in town.rows(Notification, login=OTHER_FIXER)[-1].text
    assert town.rows(Task, id=task)[0].state == "cancelled"
    with pytest.raises(Conflict):
        commands.complete_user_task(town.engine, OTHER_FIXER, task, {"数": "1"})
    for login in (GUARD, FIXER):
        town.do(case, "count", login, item=login, 数="1")
    assert town.open(case) == ["sum"]
    assert town.value(case, "人员") == [FIXER, GUARD]


def test_the_last_that_is_open_cannot_be_taken_off(make_town: MakeTown) -> None:
    town, case = begun(make_town, people())
    town.do(case, "count", FIXER, item=FIXER, 数="1")
    task = town.task(case, "count", OTHER_FIXER)
    with pytest.raises(Conflict, match="只剩"):
        commands.remove_instance(town.engine, HEAD, task, "请假")
    with pytest.raises(Forbidden):
        commands.remove_instance(town.engine, OTHER_FIXER, task, "请假")


def test_when_one_is_taken_off_the_round_may_have_enough(make_town: MakeTown) -> None:
    drawing = people(enough="${达到比例(已办人数, 应办人数, 1, 2)}", who=[FIXER, OTHER_FIXER, GUARD])
    town, case = begun(make_town, drawing)
    town.do(case, "count", FIXER, item=FIXER, 数="1")
    assert town.open(case) == ["count"] * 2
    commands.remove_instance(town.engine, HEAD, town.task(case, "count", OTHER_FIXER), "请假")
    assert town.open(case) == ["sum"]
    assert "达到结束条件，无需再办" in town.rows(Notification, login=GUARD)[-1].text
    # Who was taken off is told that, and not that the others were enough.
    told = [each.text for each in town.rows(Notification, login=OTHER_FIXER)]
    assert "不用您办理了：请假" in told[-1]
    assert not any("无需再办" in text for text in told)
    line = next(body for kind, body in town.history(case) if kind == "round.cut_short")
    assert (line["done"], line["all"], line["people"]) == (1, 2, [GUARD])


def test_a_hard_rule_is_never_made_smaller_but_may_be_made_larger(make_town: MakeTown) -> None:
    town, case = begun(make_town, people(hard=True))
    task = town.task(case, "count", FIXER)
    with pytest.raises(Refused, match="硬约束"):
        commands.remove_instance(town.engine, HEAD, task, "请假")
    commands.add_instance(town.engine, HEAD, task, GUARD, "人手不够")
    assert not queries.case_rounds(town.engine, HEAD, case)[0].may_remove


def test_in_a_sequence_the_one_added_comes_last(make_town: MakeTown) -> None:
    town, case = begun(make_town, people(sequential=True))
    task = town.task(case, "count")
    assert commands.add_instance(town.engine, HEAD, task, GUARD, "人手不够")["opened"] is None
    for login in (FIXER, OTHER_FIXER, GUARD):
        town.do(case, "count", login, 数="1")
    assert town.open(case) == ["sum"]


def test_units_are_added_where_units_take_part(make_town: MakeTown) -> None:
    drawing = Drawing("x", "盘点", 可见岗位="主管").start("s")
    drawing.user("count", "清点", users="${单位成员(科)}", each="科", of="${['车队']}").end("e")
    town = make_town(drawing.flow("s count e"))
    case = town.start()
    task = town.task(case, "count")
    with pytest.raises(Invalid):
        commands.add_instance(town.engine, HEAD, task, GUARD, "也请清点")
    commands.add_instance(town.engine, HEAD, task, "仓储科", "也请清点")
    assert {row.item for row in town.rows(Task, state="open")} == {"车队", "仓储科"}


def test_what_is_no_round_of_people_or_units_is_refused(make_town: MakeTown) -> None:
    drawing = Drawing("x", "盘点", 可见岗位="主管").start("s").user("a").parallel("f")
    drawing.user("count", each="数", of="${[1, 2]}").user("b").parallel("j").end("e")
    town = make_town(drawing.flow("s a f count j e").flow("f b j"))
    case = town.start()
    town.do(case, "a")
    with pytest.raises(Conflict, match="不是几个人"):
        commands.add_instance(town.engine, HEAD, town.task(case, "b"), GUARD, "人手不够")
    with pytest.raises(Invalid):
        commands.add_instance(town.engine, HEAD, town.task(case, "count"), GUARD, "人手不够")
    with pytest.raises(NotFound):
        commands.add_instance(town.engine, HEAD, "0" * 32, GUARD, "人手不够")


def test_who_starts_without_a_step_before_may_not(make_town: MakeTown) -> None:
    drawing = Drawing("x", "盘点", 可见岗位="主管").start("s")
    drawing.user("count", users="${人}", each="人", of="${['jiliu', 'gengqi']}").end("e")
    town = make_town(drawing.flow("s count e"))
    case = town.start()
    with pytest.raises(Forbidden):
        commands.add_instance(town.engine, CLERK, town.task(case, "count"), GUARD, "人手不够")
    assert queries.case_rounds(town.engine, CLERK, case) == []
