"""A deputy does another's tasks for some days: what is seen, recorded and told, and what no deputy may do."""

from __future__ import annotations

from datetime import date

import pytest

from engine import commands, queries
from engine.errors import Forbidden, Invalid
from engine.models import HistoryEvent, Notification, Task
from tests.engine.conftest import MakeTown
from tests.support.cases import ADMIN, CLERK, FIXER, GUARD, HEAD, KEEPER, OTHER_FIXER, STORE, VICE, Town
from tests.support.diagrams import Drawing

FIRST, LAST = date(2026, 11, 23), date(2026, 11, 25)


def give(
    town: Town, giver: str, receiver: str, first: date = FIRST, last: date = LAST, actor: str = ""
) -> None:
    commands.give_delegation(
        town.engine, actor or giver, "", "代理", giver, receiver, first, last, "外出学习"
    )


def drawn() -> Drawing:
    paper = {"type": "documentPreview", "properties": {"模板": "单.html", "文书名称": "审批单"}}
    drawing = Drawing("x", "领料", 可见岗位="主管").start("s").user("a")
    drawing.user("b", "审批", {"意见": "textfield", "单": paper}, groups="主管")
    drawing.user("c", "签名", groups="主管", 不得代理="是")
    drawing.template("单.html", "<p>办理人{{ 办理人|姓名 }}，代{{ 代谁|姓名 }}。</p>")
    drawing.script("r", "记录 = 办理记录('b')").user("d", users="${记录[0]['代谁']}")
    return drawing.end("e").flow("s a b r c d e")


def at_b(make_town: MakeTown) -> tuple[Town, str, str]:
    town = make_town(drawn())
    case = town.start()
    town.do(case, "a")
    return town, case, town.task(case, "b")


def names(town: Town, login: str) -> list[str]:
    return [item.name for item in queries.inbox(town.engine, login).items]


def test_a_person_gives_their_own_and_ends_it(make_town: MakeTown) -> None:
    town, _, _ = at_b(make_town)
    for actor, giver in ((CLERK, KEEPER), (ADMIN, KEEPER)):
        with pytest.raises(Forbidden):
            give(town, giver, GUARD, actor=actor)
    with pytest.raises(Invalid) as refused:
        give(town, KEEPER, GUARD, first=date(2026, 11, 20))
    assert set(refused.value.errors) == {"begins"}
    for receiver in (ADMIN, "nobody"):
        with pytest.raises(Invalid) as refused:
            give(town, KEEPER, receiver)
        assert set(refused.value.errors) == {"receiver"}
    give(town, KEEPER, GUARD)
    own = queries.own_delegations(town.engine, KEEPER)
    assert [(each.receiver, each in own.in_force) for each in own.given] == [(GUARD, True)]
    assert [kind.name for kind in own.kinds] == ["代理"]
    assert queries.own_delegations(town.engine, GUARD).acting_for == [KEEPER]
    with pytest.raises(Forbidden):
        commands.withdraw_delegation(town.engine, GUARD, "", "代理", KEEPER, FIRST)
    commands.withdraw_delegation(town.engine, KEEPER, "", "代理", KEEPER, date(2026, 11, 22), FIRST)
    assert queries.own_delegations(town.engine, KEEPER).given == []
    told = [note.text for note in town.rows(Notification, login=GUARD)]
    assert told == [
        "丁四委托您“代理”，自 2026-11-23 至 2026-11-25，依据：外出学习",
        "丁四委托您的“代理”已收回。",
    ]
    kinds = [event.kind for event in town.rows(HistoryEvent, chain="system")]
    assert kinds[-2:] == ["delegation.given", "delegation.withdrawn"]


def test_one_may_give_again_but_not_pass_on(make_town: MakeTown) -> None:
    town, _, _ = at_b(make_town)
    give(town, HEAD, VICE)
    with pytest.raises(Invalid, match="有误") as refused:
        give(town, HEAD, GUARD)
    assert "一次只能委托一人" in refused.value.errors[""]
    with pytest.raises(Invalid) as refused:
        give(town, VICE, GUARD)
    assert "不能再把它转托别人" in refused.value.errors[""]
    give(town, HEAD, GUARD, date(2026, 11, 26), date(2026, 11, 27))
    assert names(town, GUARD) == []


def test_the_deputy_does_it_and_everything_says_for_whom(make_town: MakeTown) -> None:
    town, case, task = at_b(make_town)
    assert names(town, VICE) == []
    give(town, HEAD, VICE)
    assert [(item.name, item.acting_for) for item in queries.inbox(town.engine, VICE).items] == [
        ("审批", HEAD)
    ]
    assert [item.acting_for for item in queries.inbox(town.engine, HEAD).items] == [None]
    assert queries.task_view(town.engine, VICE, task).acting_for == HEAD
    commands.complete_user_task(town.engine, VICE, task, {"意见": "同意"})
    row = town.rows(Task, id=task)[0]
    assert (row.completed_by, row.acted_for) == (VICE, HEAD)
    (body,) = [
        body for kind, body in town.history(case) if kind == "task.completed" and body["element"] == "b"
    ]
    assert body["for"] == HEAD
    assert "办理人乙二，代甲一。" in queries.document_text(town.engine, case, "审批单")
    (note,) = town.rows(Notification, login=HEAD, kind="deputy")
    assert note.text == "乙二代您办理了“领料”的任务“审批”。"
    assert [item.acting_for for item in queries.done_tasks(town.engine, VICE).items] == [HEAD]


def test_what_no_deputy_may_do_stays_with_the_person(make_town: MakeTown) -> None:
    town, case, task = at_b(make_town)
    commands.complete_user_task(town.engine, HEAD, task, {"意见": "同意"})
    give(town, HEAD, VICE)
    sign = town.task(case, "c")
    assert names(town, VICE) == []
    assert names(town, HEAD) == ["签名"]
    with pytest.raises(Forbidden, match="不得代理"):
        commands.complete_user_task(town.engine, VICE, sign, {})
    with pytest.raises(Forbidden, match="不得代理"):
        commands.claim_task(town.engine, VICE, sign)
    assert commands.urge_task(town.engine, CLERK, sign)["people"] == [HEAD]
    commands.complete_user_task(town.engine, HEAD, sign, {})


def test_both_are_told(make_town: MakeTown) -> None:
    town, _, task = at_b(make_town)
    give(town, HEAD, VICE)
    assert commands.urge_task(town.engine, CLERK, task)["people"] == [HEAD, VICE]


def test_it_begins_and_ends_at_midnight(make_town: MakeTown) -> None:
    town, _, _ = at_b(make_town)
    give(town, HEAD, VICE, date(2026, 11, 24), date(2026, 11, 25))
    for moment, has in (
        ("2026-11-23T23:59:59+08:00", False),
        ("2026-11-24T00:00:00+08:00", True),
        ("2026-11-25T23:59:59+08:00", True),
        ("2026-11-26T00:00:00+08:00", False),
    ):
        town.at(moment)
        assert ("审批" in names(town, VICE)) is has, moment


def test_what_a_deputy_has_claimed_goes_back_when_it_ends(make_town: MakeTown) -> None:
    town, case, task = at_b(make_town)
    give(town, HEAD, VICE)
    commands.claim_task(town.engine, VICE, task)
    assert names(town, VICE) == ["审批"]
    town.at("2026-11-26T00:00:00+08:00")
    assert names(town, VICE) == []
    with pytest.raises(Forbidden):
        commands.complete_user_task(town.engine, VICE, task, {"意见": "同意"})
    assert names(town, HEAD) == ["审批"]
    commands.complete_user_task(town.engine, HEAD, task, {"意见": "同意"})
    row = town.rows(Task, id=task)[0]
    assert (row.completed_by, row.acted_for) == (HEAD, None)
    assert town.case(case).state == "incident" or town.open(case)


def test_ones_own_task_stays_ones_own(make_town: MakeTown) -> None:
    drawing = Drawing("x", "领料").start("s").user("a", "核对", groups="仓库管理员")
    town = make_town(drawing.end("e").flow("s a e"))
    case = town.start()
    give(town, STORE, KEEPER)
    task = town.task(case, "a")
    assert [item.acting_for for item in queries.inbox(town.engine, KEEPER).items] == [None]
    commands.complete_user_task(town.engine, KEEPER, task, {})
    assert town.rows(Task, id=task)[0].acted_for is None


def test_a_deputy_of_one_is_not_the_deputy_of_those_one_is_the_deputy_of(make_town: MakeTown) -> None:
    town, _, _ = at_b(make_town)
    give(town, FIXER, GUARD)
    give(town, OTHER_FIXER, CLERK)
    assert queries.own_delegations(town.engine, GUARD).acting_for == [FIXER]
    assert queries.own_delegations(town.engine, CLERK).acting_for == [OTHER_FIXER]
