"""Asking others to sign before and after, signing, taking signers off, and what each of it holds up."""

from __future__ import annotations

from typing import Any

import pytest

from engine import commands, queries
from engine.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from engine.models import AddedSigner, Document, InboxEntry, Incident, Notification, Task
from tests.engine.conftest import MakeTown
from tests.support.cases import CLERK, FIXER, GUARD, HEAD, KEEPER, OTHER_FIXER, STORE, VICE, Town
from tests.support.diagrams import Drawing

BEFORE, AFTER = "before", "after"


def drawing(**more: Any) -> Drawing:
    fields: dict[str, Any] = {
        "数量": {"type": "number", "validate": {"required": True}},
        "单": "filepicker",
        "单据": {
            "type": "documentPreview",
            "properties": {"模板": "单.html", "文书名称": "出库单"},
        },
    }
    text = "<p>{{ 办理人|姓名 }}</p>{% for each in 加签 %}<p>{{ each.加签人|姓名 }}：{{ each.意见 }}</p>{% endfor %}"
    return (
        Drawing("x", "领料", 可见岗位="主管")
        .start("s")
        .user("a", "填写", fields={"数量": "number"})
        .user("b", "核对", fields=fields, groups="仓库管理员", **more)
        .template("单.html", text)
        .end("e")
        .flow("s a b e")
    )


def at_b(make_town: MakeTown, **more: Any) -> tuple[Town, str, str]:
    town = make_town(drawing(**more))
    case = town.start()
    town.do(case, "a", 数量="3")
    return town, case, town.task(case, "b")


def lines(town: Town, login: str) -> list[tuple[str, str]]:
    return [(item.name, item.role) for item in queries.inbox(town.engine, login).items]


def test_a_signer_before_holds_up_the_submission_until_answered(make_town: MakeTown) -> None:
    town, case, task = at_b(make_town)
    commands.add_signer(town.engine, KEEPER, task, FIXER, BEFORE, "请看数量", idempotency_key="k")
    commands.add_signer(town.engine, KEEPER, task, FIXER, BEFORE, "请看数量", idempotency_key="k")
    assert len(town.rows(AddedSigner)) == 1
    assert lines(town, KEEPER) == [("核对", "do")]
    assert lines(town, STORE) == []
    assert lines(town, FIXER) == [("核对", "sign")]
    with pytest.raises(Conflict, match="己六"):
        commands.complete_user_task(town.engine, KEEPER, task, {"数量": "3"})
    # Who signs does not do.
    for act in (
        lambda: commands.complete_user_task(town.engine, FIXER, task, {"数量": "3"}),
        lambda: commands.save_draft(town.engine, FIXER, task, {}),
        lambda: commands.transfer_task(town.engine, FIXER, task, GUARD, "忙"),
        lambda: commands.add_signer(town.engine, FIXER, task, GUARD, BEFORE, "忙"),
    ):
        with pytest.raises(Forbidden):
            act()
    assert queries.may_see(town.engine, FIXER, case) == "part"
    for opinion, said in ((" ", "写明意见"), ("已阅。", "已阅"), ("圈阅", "圈阅"), ("好" * 2001, "2000")):
        with pytest.raises(Invalid) as refused:
            commands.sign_task(town.engine, FIXER, task, True, opinion)
        assert said in refused.value.errors["opinion"]
    done = commands.sign_task(town.engine, FIXER, task, False, "数量对不上，请再点。")
    assert done["completed"] is False
    assert lines(town, FIXER) == []
    notes = [note.text for note in town.rows(Notification, login=KEEPER, kind="sign")]
    assert "己六就“领料”的任务“核对”加签，不同意：数量对不上，请再点。" in notes[0]
    # Before the submission an opinion is advice.
    commands.complete_user_task(town.engine, KEEPER, task, {"数量": "3"})
    assert town.case(case).state == "completed"
    kinds = dict(town.history(case))
    assert kinds["task.completed"]["signed"][0]["opinion"] == "数量对不上，请再点。"
    with pytest.raises(Conflict):
        commands.sign_task(town.engine, FIXER, task, True, "再说一句")


def test_a_signer_after_lets_the_submission_take_effect(make_town: MakeTown) -> None:
    town, case, task = at_b(make_town)
    for login in (FIXER, GUARD):
        commands.add_signer(town.engine, KEEPER, task, login, AFTER, "请复核")
    assert lines(town, FIXER) == []
    with pytest.raises(Conflict, match="还没有提交"):
        commands.sign_task(town.engine, FIXER, task, True, "没有问题。")
    file = town.upload(KEEPER)
    with pytest.raises(Invalid):
        commands.complete_user_task(town.engine, KEEPER, task, {"数量": "很多"})
    data = {"数量": "3", "单": [file]}
    done = commands.complete_user_task(town.engine, KEEPER, task, data, idempotency_key="k")
    assert done["signers"] == [FIXER, GUARD]
    assert commands.complete_user_task(town.engine, KEEPER, task, data, idempotency_key="k") == done
    assert (town.case(case).state, town.open(case)) == ("active", ["b"])
    assert [lines(town, login) for login in (KEEPER, FIXER, GUARD)] == [
        [],
        [("核对", "sign")],
        [("核对", "sign")],
    ]
    assert queries.attachment_file(town.engine, FIXER, file).name == "单据.pdf"
    for act in (
        lambda: commands.complete_user_task(town.engine, KEEPER, task, data),
        lambda: commands.transfer_task(town.engine, HEAD, task, VICE, "忙"),
        lambda: commands.unclaim_task(town.engine, KEEPER, task),
        lambda: commands.delegate_task(town.engine, KEEPER, task, VICE, "请填"),
        lambda: commands.add_signer(town.engine, KEEPER, task, VICE, AFTER, "请看"),
    ):
        with pytest.raises(Conflict, match="己六、辛八"):
            act()
    assert town.rows(Document) == []
    assert commands.sign_task(town.engine, FIXER, task, True, "数量属实。")["completed"] is False
    assert commands.sign_task(town.engine, GUARD, task, True, "同意放行。", idempotency_key="k")["completed"]
    assert commands.sign_task(town.engine, GUARD, task, True, "同意放行。", idempotency_key="k")["completed"]
    (row,) = town.rows(Task, id=task)
    assert (row.state, row.completed_by, row.submitted) == ("done", KEEPER, None)
    assert row.data == {"数量": 3, "单": [file]}
    assert town.case(case).state == "completed"
    (document,) = town.rows(Document)
    assert "丁四" in document.html
    assert "辛八：同意放行。" in document.html
    happened = [(line.kind, line.actor) for line in queries.history_of(town.engine, CLERK, case)]
    assert happened[-6:] == [
        ("task.submitted", KEEPER),
        ("task.signed", FIXER),
        ("task.signed", GUARD),
        ("document.made", KEEPER),
        ("task.completed", KEEPER),
        ("instance.completed", KEEPER),
    ]


def test_an_objection_gives_the_sheet_back_and_all_are_asked_again(make_town: MakeTown) -> None:
    town, case, task = at_b(make_town)
    for login in (FIXER, GUARD, VICE):
        commands.add_signer(town.engine, KEEPER, task, login, AFTER, "请复核")
    commands.complete_user_task(town.engine, KEEPER, task, {"数量": "3"})
    seen = queries.task_view(town.engine, VICE, task).revision
    commands.sign_task(town.engine, FIXER, task, True, "没有问题。")
    commands.sign_task(town.engine, GUARD, task, False, "少了一箱。")
    assert [lines(town, login) for login in (KEEPER, FIXER, GUARD, VICE)] == [[("核对", "do")], [], [], []]
    view = queries.task_view(town.engine, KEEPER, task)
    assert view.values["数量"] == 3
    assert "已退回给您修改：少了一箱。" in town.rows(Notification, login=KEEPER)[-1].text
    with pytest.raises(Conflict, match="还没有提交"):
        commands.sign_task(town.engine, VICE, task, True, "没有问题。")
    commands.complete_user_task(town.engine, KEEPER, task, {"数量": "4"})
    assert [lines(town, login) for login in (FIXER, GUARD, VICE)] == [[("核对", "sign")]] * 3
    # Nobody signs a sheet they have not seen.
    with pytest.raises(Conflict, match="有了变化"):
        commands.sign_task(town.engine, VICE, task, True, "没有问题。", revision=seen)
    for login in (FIXER, GUARD, VICE):
        commands.sign_task(town.engine, login, task, True, "这次对了。")
    assert town.rows(Task, id=task)[0].data == {"数量": 4, "单": []}
    assert town.case(case).state == "completed"


def test_who_may_ask_and_whom(make_town: MakeTown) -> None:
    town, _, task = at_b(make_town)
    with pytest.raises(NotFound):
        commands.add_signer(town.engine, GUARD, task, FIXER, BEFORE, "请看")
    with pytest.raises(Forbidden):
        commands.add_signer(town.engine, HEAD, task, FIXER, BEFORE, "请看")
    wrong = (
        ("nobody", BEFORE, "请看", "to"),
        (KEEPER, BEFORE, "请看", "to"),
        (FIXER, "beside", "请看", "place"),
        (FIXER, AFTER, " ", "reason"),
    )
    for to, place, reason, field in wrong:
        with pytest.raises(Invalid) as refused:
            commands.add_signer(town.engine, KEEPER, task, to, place, reason)
        assert list(refused.value.errors) == [field]
    commands.add_signer(town.engine, KEEPER, task, FIXER, BEFORE, "请看")
    for place in (BEFORE, AFTER):
        with pytest.raises(Invalid) as refused:
            commands.add_signer(town.engine, KEEPER, task, FIXER, place, "再看")
        assert "已经请过" in refused.value.errors["to"]
    with pytest.raises(Invalid) as refused:
        commands.transfer_task(town.engine, KEEPER, task, FIXER, "忙")
    assert "加签" in refused.value.errors["to"]
    with pytest.raises(Refused, match="减签"):
        commands.unclaim_task(town.engine, KEEPER, task)
    with pytest.raises(Forbidden, match="没有请您"):
        commands.sign_task(town.engine, STORE, task, True, "看过，没有问题。")
    # Handed over, the new doer has to wait for the signer too, and may take them off.
    commands.transfer_task(town.engine, KEEPER, task, STORE, "出差")
    with pytest.raises(Conflict, match="己六"):
        commands.complete_user_task(town.engine, STORE, task, {"数量": "1"})
    commands.remove_signer(town.engine, STORE, task, FIXER)
    commands.complete_user_task(town.engine, STORE, task, {"数量": "1"})


def test_taking_signers_off(make_town: MakeTown) -> None:
    town, case, task = at_b(make_town)
    for login, place in ((FIXER, BEFORE), (GUARD, AFTER), (VICE, AFTER)):
        commands.add_signer(town.engine, KEEPER, task, login, place, "请看")
    with pytest.raises(Forbidden):
        commands.remove_signer(town.engine, GUARD, task, FIXER)
    with pytest.raises(NotFound):
        commands.remove_signer(town.engine, OTHER_FIXER, task, FIXER)
    with pytest.raises(Invalid):
        commands.remove_signer(town.engine, KEEPER, task, HEAD)
    commands.remove_signer(town.engine, HEAD, task, FIXER)
    assert lines(town, FIXER) == []
    assert "取消了请您" in town.rows(Notification, login=FIXER)[-1].text
    with pytest.raises(Conflict, match="已经答复，或者已经减签"):
        commands.remove_signer(town.engine, KEEPER, task, FIXER)
    with pytest.raises(Conflict, match="减签"):
        commands.sign_task(town.engine, FIXER, task, True, "没有问题。")
    commands.complete_user_task(town.engine, KEEPER, task, {"数量": "3"})
    commands.sign_task(town.engine, GUARD, task, True, "同意放行。")
    # With the last one off nobody is left to wait for.
    assert commands.remove_signer(town.engine, KEEPER, task, VICE)["completed"] is True
    assert town.rows(Task, id=task)[0].completed_by == KEEPER
    assert town.case(case).state == "completed"
    assert [kind for kind, _ in town.history(case)].count("task.signer_removed") == 2


def test_signers_are_told_when_the_task_closes_without_them(make_town: MakeTown) -> None:
    late = (
        drawing()
        .boundary("t", "b", timer="${'2026-11-24T17:30:00+08:00'}")
        .user("c", groups="主管")
        .end("e2")
    )
    town = make_town(late.flow("t c e2"))
    case = town.start()
    town.do(case, "a", 数量="3")
    task = town.task(case, "b")
    commands.add_signer(town.engine, KEEPER, task, FIXER, BEFORE, "请看")
    commands.add_signer(town.engine, KEEPER, task, GUARD, AFTER, "请看")
    town.at("2026-11-24T17:30:00+08:00")
    assert town.open(case) == ["c"]
    assert {row.state for row in town.rows(AddedSigner)} == {"withdrawn"}
    assert town.rows(InboxEntry, task_id=task) == []
    for login in (FIXER, GUARD):
        assert "不用再加签" in town.rows(Notification, login=login)[-1].text
    with pytest.raises(Conflict):
        commands.sign_task(town.engine, FIXER, task, True, "没有问题。")
    assert "task.signers_withdrawn" in [kind for kind, _ in town.history(case)]


def test_what_was_submitted_lapses_with_the_task(make_town: MakeTown) -> None:
    town, case, task = at_b(make_town)
    commands.add_signer(town.engine, KEEPER, task, FIXER, AFTER, "请看")
    commands.complete_user_task(town.engine, KEEPER, task, {"数量": "3"})
    commands.cancel_process_instance(town.engine, "renjiu", case, "重复")
    assert town.rows(InboxEntry) == []
    assert town.rows(Task, id=task)[0].state == "cancelled"
    assert town.rows(AddedSigner)[0].state == "withdrawn"


def test_a_case_that_cannot_go_on_keeps_the_opinion_out_and_can_be_tried_again(make_town: MakeTown) -> None:
    stuck = Drawing("x", "领料", 可见岗位="主管").start("s").user("a", fields={"数": "number"})
    town = make_town(stuck.script("d", "商 = 6 / 数").end("e").flow("s a d e"))
    case = town.start()
    task = town.task(case, "a")
    commands.add_signer(town.engine, CLERK, task, FIXER, AFTER, "请看")
    commands.complete_user_task(town.engine, CLERK, task, {"数": "0"})
    with pytest.raises(Refused, match="没有办成"):
        commands.sign_task(town.engine, FIXER, task, True, "没有问题。")
    assert town.case(case).state == "incident"
    assert town.rows(AddedSigner)[0].state == "open"
    commands.sign_task(town.engine, FIXER, task, False, "不能是零。")
    commands.complete_user_task(town.engine, CLERK, task, {"数": "2"})
    commands.sign_task(town.engine, FIXER, task, True, "这次对了。")
    assert town.case(case).state == "completed"
    assert all(row.resolved_at for row in town.rows(Incident))


def test_a_deputy_signs_for_the_person_asked(make_town: MakeTown) -> None:
    town, case, task = at_b(make_town)
    today = town.engine.now().date()
    commands.give_delegation(town.engine, HEAD, "lianxi", "代理", VICE, GUARD, today, today, "出差")
    commands.add_signer(town.engine, KEEPER, task, VICE, BEFORE, "请看")
    assert lines(town, GUARD) == [("核对", "sign")]
    commands.sign_task(town.engine, GUARD, task, True, "代为核对，没有问题。")
    body = dict(town.history(case))["task.signed"]
    assert (body["signer"], body["for"]) == (VICE, VICE)
    assert town.rows(AddedSigner)[0].state == "agreed"


def test_rebuilding_keeps_the_signers(make_town: MakeTown) -> None:
    town, case, task = at_b(make_town)
    commands.add_signer(town.engine, KEEPER, task, FIXER, BEFORE, "请看")
    before = town.everything()
    commands.rebuild_projections(town.engine, case)
    assert town.everything() == before
