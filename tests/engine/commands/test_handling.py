"""Claiming, handing over, reminding, copying, cancelling, and the buttons of a case."""

from __future__ import annotations

import pytest

from engine import commands, queries
from engine.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from engine.models import (
    Attachment,
    AttachmentUse,
    InboxEntry,
    Incident,
    Notification,
    Subscription,
    Task,
    TimerRow,
)
from tests.engine.conftest import MakeTown
from tests.support.cases import ADMIN, CLERK, FIXER, GUARD, HEAD, KEEPER, STORE, Town
from tests.support.diagrams import Drawing


def shared_task() -> Drawing:
    drawing = (
        Drawing("x", "领料", 可见岗位="主管")
        .start("s")
        .user("a", "填写")
        .user("b", "核对", groups="仓库管理员")
    )
    return drawing.end("e").flow("s a b e")


def at_b(make_town: MakeTown) -> tuple[Town, str, str]:
    town = make_town(shared_task())
    case = town.start()
    town.do(case, "a")
    return town, case, town.task(case, "b")


def has(town: Town, login: str, task: str) -> bool:
    return task in {item.id for item in queries.inbox(town.engine, login).items}


def test_a_claimed_task_is_only_the_claimants_until_it_is_given_back(make_town: MakeTown) -> None:
    town, _, task = at_b(make_town)
    assert has(town, KEEPER, task)
    assert has(town, STORE, task)
    commands.claim_task(town.engine, KEEPER, task)
    commands.claim_task(town.engine, KEEPER, task)
    assert has(town, KEEPER, task)
    assert not has(town, STORE, task)
    with pytest.raises(Conflict, match="丁四"):
        commands.claim_task(town.engine, STORE, task)
    with pytest.raises(Forbidden, match="丁四"):
        commands.complete_user_task(town.engine, STORE, task, {})
    with pytest.raises(Forbidden):
        commands.unclaim_task(town.engine, STORE, task)
    commands.unclaim_task(town.engine, KEEPER, task)
    assert has(town, KEEPER, task)
    assert has(town, STORE, task)
    commands.complete_user_task(town.engine, STORE, task, {})
    with pytest.raises(Conflict, match="丙三"):
        commands.claim_task(town.engine, KEEPER, task)


def test_the_only_person_asked_cannot_give_a_task_back(make_town: MakeTown) -> None:
    town = make_town(shared_task())
    task = town.task(town.start(), "a")
    commands.claim_task(town.engine, CLERK, task)
    with pytest.raises(Refused, match="转办"):
        commands.unclaim_task(town.engine, CLERK, task)


def test_a_task_handed_over_is_the_other_persons_alone(make_town: MakeTown) -> None:
    town, case, task = at_b(make_town)
    for to, reason, field in ((FIXER, " ", "reason"), ("nobody", "忙", "to"), (KEEPER, "忙", "to")):
        with pytest.raises(Invalid) as refused:
            commands.transfer_task(town.engine, KEEPER, task, to, reason)
        assert field in refused.value.errors
    with pytest.raises(NotFound):
        commands.transfer_task(town.engine, GUARD, task, FIXER, "忙")
    commands.transfer_task(town.engine, KEEPER, task, FIXER, "出差", idempotency_key="k")
    commands.transfer_task(town.engine, KEEPER, task, FIXER, "出差", idempotency_key="k")
    assert [has(town, login, task) for login in (KEEPER, STORE, FIXER)] == [False, False, True]
    assert [note.kind for note in town.rows(Notification, login=FIXER)] == ["transfer"]
    assert queries.may_see(town.engine, FIXER, case) == "part"
    # Who sees the whole case may hand it on too, without being able to do it.
    commands.transfer_task(town.engine, HEAD, task, GUARD, "休假")
    with pytest.raises(Forbidden):
        commands.complete_user_task(town.engine, HEAD, task, {})
    commands.complete_user_task(town.engine, GUARD, task, {})
    assert town.case(case).state == "completed"


def test_a_draft_is_ones_own_and_only_for_those_asked(make_town: MakeTown) -> None:
    town, _, task = at_b(make_town)
    commands.save_draft(town.engine, KEEPER, task, {"什么": "都行"})
    assert queries.task_view(town.engine, KEEPER, task).draft_saved_at is not None
    assert queries.task_view(town.engine, STORE, task).draft_saved_at is None
    for login, error in ((GUARD, NotFound), (HEAD, Forbidden), (CLERK, Forbidden)):
        with pytest.raises(error):
            commands.save_draft(town.engine, login, task, {})
    commands.complete_user_task(town.engine, STORE, task, {})
    with pytest.raises(Conflict, match="丙三"):
        commands.save_draft(town.engine, KEEPER, task, {})


def test_urging_reminds_those_who_have_the_task(make_town: MakeTown) -> None:
    town, case, task = at_b(make_town)
    assert commands.urge_task(town.engine, CLERK, task)["people"] == [STORE, KEEPER]
    commands.claim_task(town.engine, KEEPER, task)
    assert commands.urge_task(town.engine, HEAD, task, "快")["people"] == [KEEPER]
    assert [note.kind for note in town.rows(Notification, login=KEEPER)] == ["urge", "urge"]
    with pytest.raises(Forbidden):
        commands.urge_task(town.engine, STORE, task)
    with pytest.raises(NotFound):
        commands.urge_task(town.engine, GUARD, task)
    commands.complete_user_task(town.engine, KEEPER, task, {})
    with pytest.raises(Conflict):
        commands.urge_task(town.engine, CLERK, task)
    assert [kind for kind, _ in town.history(case)].count("task.urged") == 2


def test_who_gets_a_copy_reads_the_whole_case(make_town: MakeTown) -> None:
    town, case, _ = at_b(make_town)
    with pytest.raises(Forbidden):
        commands.copy_case(town.engine, KEEPER, case, [GUARD])
    with pytest.raises(NotFound):
        commands.copy_case(town.engine, FIXER, case, [GUARD])
    with pytest.raises(Invalid):
        commands.copy_case(town.engine, CLERK, case, ["nobody"])
    commands.copy_case(town.engine, CLERK, case, [GUARD, GUARD], "请阅")
    assert queries.may_see(town.engine, GUARD, case) == "whole"
    assert len(town.rows(Notification, login=GUARD, kind="copy")) == 1


def test_the_starter_may_cancel_until_somebody_has_done_a_task(make_town: MakeTown) -> None:
    town = make_town(shared_task())
    first, second = town.start(), town.start()
    with pytest.raises(NotFound):
        commands.cancel_process_instance(town.engine, GUARD, first, "不要了")
    with pytest.raises(Forbidden):
        commands.cancel_process_instance(town.engine, HEAD, first, "不要了")
    with pytest.raises(Invalid):
        commands.cancel_process_instance(town.engine, CLERK, first, " ")
    task = town.task(first, "a")
    commands.cancel_process_instance(town.engine, CLERK, first, "写错了")
    assert town.case(first).state == "cancelled"
    assert town.rows(InboxEntry, task_id=task) == []
    with pytest.raises(Conflict):
        commands.complete_user_task(town.engine, CLERK, task, {})
    with pytest.raises(Conflict):
        commands.cancel_process_instance(town.engine, CLERK, first, "再撤")
    town.do(second, "a")
    with pytest.raises(Forbidden, match="已经有人办理"):
        commands.cancel_process_instance(town.engine, CLERK, second, "不要了")
    commands.cancel_process_instance(town.engine, ADMIN, second, "重复")
    assert town.case(second).state == "cancelled"


def test_a_cancelled_case_waits_for_nothing_and_has_no_incident(make_town: MakeTown) -> None:
    drawing = (
        Drawing("x")
        .start("s")
        .user("a", fields={"数": "number"})
        .script("d", "商 = 1 / 数")
        .end("e")
        .end("e2")
        .end("e3")
    )
    drawing.boundary("t", "a", timer="${'2026-11-30T09:00:00+08:00'}").boundary("m", "a", message="改期")
    town = make_town(drawing.flow("s a d e").flow("t e2").flow("m e3"))
    case = town.start()
    with pytest.raises(Refused):
        town.do(case, "a", 数="0")
    assert town.case(case).state == "incident"
    commands.cancel_process_instance(town.engine, CLERK, case, "写错了")
    assert (town.rows(TimerRow), town.rows(Subscription)) == ([], [])
    assert queries.incidents(town.engine, ADMIN) == []
    assert town.rows(Incident)[0].resolved_at is not None
    town.at("2026-12-30T09:00:00+08:00")
    assert (town.case(case).state, town.open(case)) == ("cancelled", [])


# ---- buttons


def with_buttons() -> Drawing:
    drawing = (
        Drawing("x", 可见岗位="主管,门卫", 公开变量="新日期")
        .start("s")
        .user("a")
        .user("b", users="${'jiliu'}")
    )
    drawing.boundary(
        "moved",
        "a",
        message="改期",
        name="改期",
        operators="主管,${发起人}",
        form="f_move",
        确认语="确定改期？",
    )
    drawing.form(
        "f_move",
        {
            "新日期": {"type": "datetime", "subtype": "date", "validate": {"required": True}},
            "依据": "filepicker",
        },
    )
    drawing.boundary("silent", "a", message="外部", name="外部").end("e").end("e2")
    return drawing.flow("s a e").flow("moved b e2").flow("silent b")


def test_a_button_is_pressed_by_its_operators_with_its_form(make_town: MakeTown) -> None:
    town = make_town(with_buttons())
    case = town.start()
    for login, names in ((CLERK, ["改期"]), (HEAD, ["改期"]), (GUARD, [])):
        assert [button.name for button in queries.case_view(town.engine, login, case).buttons] == names
    data = {"新日期": "2026-12-01"}
    with pytest.raises(Forbidden):
        commands.press_button(town.engine, GUARD, case, "moved", data)
    with pytest.raises(NotFound):
        commands.press_button(town.engine, KEEPER, case, "moved", data)
    with pytest.raises(Invalid):
        commands.press_button(town.engine, HEAD, case, "moved", {})
    with pytest.raises(Conflict):
        commands.press_button(town.engine, HEAD, case, "silent", {})
    assert town.open(case) == ["a"]
    answers = [
        commands.press_button(town.engine, HEAD, case, "moved", data, idempotency_key="k") for _ in range(2)
    ]
    assert answers[0] == answers[1]
    assert town.open(case) == ["b"]
    assert town.value(case, "新日期") == "2026-12-01"
    with pytest.raises(Conflict, match="不再可用"):
        commands.press_button(town.engine, HEAD, case, "moved", data)
    (body,) = [body for kind, body in town.history(case) if kind == "button.pressed"]
    assert body["data"] == {"新日期": "2026-12-01", "依据": []}


def test_a_file_given_with_a_button_belongs_to_the_case(make_town: MakeTown) -> None:
    town = make_town(with_buttons())
    case = town.start()
    file = town.upload(CLERK)
    commands.press_button(town.engine, CLERK, case, "moved", {"新日期": "2026-12-01", "依据": [file]})
    assert queries.attachment_file(town.engine, HEAD, file).name == "单据.pdf"
    with pytest.raises(NotFound):
        queries.attachment_file(town.engine, KEEPER, file)
    assert len(town.rows(AttachmentUse, attachment_id=file)) == len(town.rows(Attachment)) == 1


@pytest.mark.parametrize("where", ["operators", "name of a document"])
def test_a_faulty_expression_beside_the_flow_is_an_incident_too(make_town: MakeTown, where: str) -> None:
    drawing = Drawing("x").start("s")
    if where == "operators":
        drawing.user("a").user("b").boundary("m", "b", message="改期", operators="${没有的}").end("e2").flow(
            "m e2"
        )
    else:
        fields = {
            "单": {"type": "documentPreview", "properties": {"模板": "单.html", "文书名称": "${没有的}单"}}
        }
        drawing.user("a", fields=fields).user("b").template("单.html", "<p>x</p>")
    town = make_town(drawing.end("e").flow("s a b e"))
    case = town.start()
    with pytest.raises(Refused, match="没有的"):
        town.do(case, "a")
    assert (town.open(case), town.case(case).state) == (["a"], "incident")
    assert town.rows(Task, state="done") == []
