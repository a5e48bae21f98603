"""A task is entrusted to another person, prepared and given back; only its owner submits it."""

from __future__ import annotations

from typing import Any

import pytest

from engine import commands, queries
from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.models import Draft, InboxEntry, Notification, Task
from tests.engine.conftest import MakeTown
from tests.support.cases import CLERK, FIXER, GUARD, HEAD, KEEPER, STORE, VICE, Town
from tests.support.diagrams import Drawing


def at_b(make_town: MakeTown) -> tuple[Town, str, str]:
    fields: dict[str, Any] = {"数量": {"type": "number", "validate": {"required": True}}, "单": "filepicker"}
    drawing = Drawing("x", "领料", 可见岗位="主管").start("s").user("a", "填写")
    drawing.user("b", "核对", fields=fields, groups="仓库管理员").end("e").flow("s a b e")
    town = make_town(drawing)
    case = town.start()
    town.do(case, "a")
    return town, case, town.task(case, "b")


def has(town: Town, login: str, task: str) -> bool:
    return task in {item.id for item in queries.inbox(town.engine, login).items}


def test_a_task_is_prepared_by_another_and_submitted_by_its_owner(make_town: MakeTown) -> None:
    town, case, task = at_b(make_town)
    file = town.upload(KEEPER)
    commands.save_draft(town.engine, KEEPER, task, {"数量": "2", "单": [file]})
    commands.delegate_task(town.engine, KEEPER, task, FIXER, "请清点", idempotency_key="k")
    commands.delegate_task(town.engine, KEEPER, task, FIXER, "请清点", idempotency_key="k")
    assert [has(town, login, task) for login in (KEEPER, STORE, FIXER)] == [False, False, True]
    assert queries.inbox(town.engine, FIXER).items[0].entrusted_by == KEEPER
    # What was typed goes along, with the file.
    view = queries.task_view(town.engine, FIXER, task)
    assert (view.values["数量"], view.values["单"]) == (2, [file])
    assert view.why[0] == "由丁四委派给己六准备，要求：请清点"
    assert queries.attachment_file(town.engine, FIXER, file).name == "单据.pdf"
    with pytest.raises(Forbidden, match="丁四提交"):
        commands.complete_user_task(town.engine, FIXER, task, {"数量": "3"})
    for act in (
        lambda: commands.delegate_task(town.engine, FIXER, task, GUARD, "请清点"),
        lambda: commands.complete_user_task(town.engine, KEEPER, task, {"数量": "3"}),
        lambda: commands.transfer_task(town.engine, KEEPER, task, GUARD, "忙"),
        lambda: commands.add_signer(town.engine, KEEPER, task, GUARD, "before", "请看"),
    ):
        with pytest.raises(Conflict):
            act()
    for act in (
        lambda: commands.transfer_task(town.engine, FIXER, task, GUARD, "忙"),
        lambda: commands.add_signer(town.engine, FIXER, task, GUARD, "before", "请看"),
        lambda: commands.unclaim_task(town.engine, FIXER, task),
    ):
        with pytest.raises(Forbidden):
            act()
    assert queries.task_view(town.engine, KEEPER, task).signing.owned
    other = town.upload(FIXER, "清单.pdf")
    with pytest.raises(Invalid):
        commands.return_delegated_task(town.engine, FIXER, task, {}, " ")
    done = commands.return_delegated_task(
        town.engine, FIXER, task, {"数量": "很多", "单": [other]}, "点好了", idempotency_key="k"
    )
    assert list(done["mistakes"]) == ["数量"]
    assert [has(town, login, task) for login in (KEEPER, STORE, FIXER)] == [True, False, False]
    assert "还有 1 处需要核对）：点好了" in town.rows(Notification, login=KEEPER)[-1].text
    view = queries.task_view(town.engine, KEEPER, task)
    assert (view.values["数量"], view.values["单"]) == ("很多", [other])
    assert view.why == ["这个环节由岗位“仓库管理员”办理，您任“仓库管理员”"]
    assert [draft.login for draft in town.rows(Draft)] == [KEEPER]
    assert queries.may_see(town.engine, FIXER, case) == "part"
    # Given back to the post it does not come to who only prepared it.
    commands.unclaim_task(town.engine, KEEPER, task)
    assert not has(town, FIXER, task)
    commands.complete_user_task(town.engine, KEEPER, task, {"数量": "3", "单": [other]})
    assert town.rows(Task, id=task)[0].completed_by == KEEPER
    kinds = [kind for kind, _ in town.history(case)]
    assert kinds[-5:-2] == ["task.delegated", "task.delegation_returned", "task.unclaimed"]


def test_a_draft_saved_is_what_is_given_back(make_town: MakeTown) -> None:
    town, _, task = at_b(make_town)
    commands.delegate_task(town.engine, KEEPER, task, FIXER, "请清点")
    commands.save_draft(town.engine, FIXER, task, {"数量": "7"})
    done = commands.return_delegated_task(town.engine, FIXER, task, None, "点好了")
    assert done["mistakes"] == {}
    assert queries.task_view(town.engine, KEEPER, task).values["数量"] == 7


def test_nothing_prepared_leaves_the_owners_draft(make_town: MakeTown) -> None:
    town, _, task = at_b(make_town)
    commands.delegate_task(town.engine, KEEPER, task, FIXER, "请清点")
    commands.return_delegated_task(town.engine, FIXER, task, None, "没有时间，退还")
    assert town.rows(Draft) == []
    with pytest.raises(NotFound):
        commands.return_delegated_task(town.engine, GUARD, task, None, "退还")
    with pytest.raises(Conflict, match="没有委派"):
        commands.return_delegated_task(town.engine, KEEPER, task, None, "退还")


def test_the_owner_calls_it_back(make_town: MakeTown) -> None:
    town, case, task = at_b(make_town)
    with pytest.raises(Conflict):
        commands.recall_delegated_task(town.engine, KEEPER, task)
    commands.delegate_task(town.engine, KEEPER, task, FIXER, "请清点")
    for login, error in ((GUARD, NotFound), (STORE, Forbidden), (HEAD, Forbidden), (FIXER, Forbidden)):
        with pytest.raises(error):
            commands.recall_delegated_task(town.engine, login, task)
    commands.recall_delegated_task(town.engine, KEEPER, task, "我自己来")
    assert [has(town, login, task) for login in (KEEPER, FIXER)] == [True, False]
    assert "我自己来" in town.rows(Notification, login=FIXER)[-1].text
    commands.complete_user_task(town.engine, KEEPER, task, {"数量": "3"})
    assert town.case(case).state == "completed"


def test_whom_one_can_ask(make_town: MakeTown) -> None:
    town, _, task = at_b(make_town)
    commands.add_signer(town.engine, KEEPER, task, GUARD, "after", "请看")
    for to, words, field in (
        (FIXER, " ", "words"),
        ("nobody", "请清点", "to"),
        (KEEPER, "请清点", "to"),
        (GUARD, "请清点", "to"),
    ):
        with pytest.raises(Invalid) as refused:
            commands.delegate_task(town.engine, KEEPER, task, to, words)
        assert list(refused.value.errors) == [field]
    with pytest.raises(Forbidden):
        commands.delegate_task(town.engine, HEAD, task, FIXER, "请清点")
    with pytest.raises(NotFound):
        commands.delegate_task(town.engine, VICE, task, FIXER, "请清点")


def test_who_sees_the_whole_case_can_end_it_by_handing_the_task_over(make_town: MakeTown) -> None:
    town, _, task = at_b(make_town)
    commands.delegate_task(town.engine, KEEPER, task, FIXER, "请清点")
    commands.transfer_task(town.engine, HEAD, task, STORE, "休假")
    assert [has(town, login, task) for login in (KEEPER, STORE, FIXER)] == [False, True, False]
    assert "委派随之结束" in town.rows(Notification, login=KEEPER)[-1].text
    commands.complete_user_task(town.engine, STORE, task, {"数量": "3"})


def test_a_deputy_entrusts_for_the_person_whose_task_it_is(make_town: MakeTown) -> None:
    town, _, task = at_b(make_town)
    commands.claim_task(town.engine, KEEPER, task)
    today = town.engine.now().date()
    commands.give_delegation(town.engine, HEAD, "lianxi", "代理", KEEPER, VICE, today, today, "出差")
    commands.delegate_task(town.engine, VICE, task, FIXER, "请清点")
    commands.return_delegated_task(town.engine, FIXER, task, {"数量": "3"}, "点好了")
    assert [has(town, login, task) for login in (KEEPER, VICE, FIXER)] == [True, True, False]


def test_a_deadline_closes_an_entrusted_task(make_town: MakeTown) -> None:
    drawing = Drawing("x", "领料").start("s").user("a", "填写")
    drawing.boundary("t", "a", timer="${'2026-11-24T17:30:00+08:00'}").end("e").end("e2")
    town = make_town(drawing.flow("s a e").flow("t e2"))
    case = town.start()
    task = town.task(case, "a")
    commands.delegate_task(town.engine, CLERK, task, FIXER, "请填")
    town.at("2026-11-24T17:30:00+08:00")
    assert town.rows(InboxEntry) == []
    with pytest.raises(Conflict):
        commands.return_delegated_task(town.engine, FIXER, task, {}, "填好了")


def test_rebuilding_keeps_who_has_it(make_town: MakeTown) -> None:
    town, case, task = at_b(make_town)
    commands.delegate_task(town.engine, KEEPER, task, FIXER, "请清点")
    before = town.everything()
    commands.rebuild_projections(town.engine, case)
    assert town.everything() == before
