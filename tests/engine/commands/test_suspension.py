"""A case that stands still: nothing of it can be done, nothing of it is late, and its dates move when it goes on."""

from __future__ import annotations

from datetime import datetime

import pytest

from engine import commands, queries
from engine.clock import CN
from engine.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from engine.models import Notification, OutboxMessage, Suspension, Task, TimerRow
from tests.engine.conftest import MakeTown
from tests.support.cases import ADMIN, CLERK, GUARD, HEAD, KEEPER, STORE, Town
from tests.support.diagrams import Drawing


def local(moment: datetime | None) -> str:
    return moment.astimezone(CN).strftime("%m-%d %H:%M") if moment else ""


def dated() -> Drawing:
    """The keeper has three working days; a reminder hangs on the task, a deadline on the block around it."""
    drawing = Drawing("x", "领料", 可见岗位="主管").start("s").user("a", fields={"起": "textfield"})
    with drawing.sub("block"):
        drawing.start("bs")
        drawing.user("b", "核对", {"数": "number"}, groups="仓库管理员", due="${工作日后(起, 3)}")
        drawing.boundary("warn", "b", timer="${工作日后(起, 2, '09:00')}", interrupting=False)
        drawing.notify("n", "仓库管理员", "快到期了").end("be").end("we")
        drawing.flow("bs b be").flow("warn n we")
    drawing.boundary("out", "block", timer="${工作日后(起, 3, '12:00')}").end("e").end("oe")
    return drawing.flow("s a block e").flow("out oe")


def at_b(make_town: MakeTown) -> tuple[Town, str, str]:
    town = make_town(dated())
    case = town.start()
    town.do(case, "a", 起="2026-11-23")
    return town, case, town.task(case, "b")


def test_only_who_looks_after_the_case_may_suspend_and_resume(make_town: MakeTown) -> None:
    town, case, _ = at_b(make_town)
    commands.copy_case(town.engine, CLERK, case, [GUARD])
    for login, error in ((KEEPER, Forbidden), (CLERK, Forbidden), (GUARD, Forbidden), (ADMIN, NotFound)):
        with pytest.raises(error):
            commands.suspend_case(town.engine, login, case, "等")
    with pytest.raises(Invalid, match="有误") as refused:
        commands.suspend_case(town.engine, HEAD, case, " ")
    assert set(refused.value.errors) == {"reason"}
    with pytest.raises(Conflict, match="没有挂起"):
        commands.resume_case(town.engine, HEAD, case, "走")
    first = commands.suspend_case(town.engine, HEAD, case, "等上级批复", idempotency_key="k")
    assert commands.suspend_case(town.engine, HEAD, case, "等上级批复", idempotency_key="k") == first
    with pytest.raises(Conflict, match="甲一于11月23日 09:00 挂起，理由：等上级批复"):
        commands.suspend_case(town.engine, HEAD, case, "再等")
    with pytest.raises(Forbidden):
        commands.resume_case(town.engine, KEEPER, case, "走")
    with pytest.raises(Invalid):
        commands.resume_case(town.engine, HEAD, case, "")
    commands.resume_case(town.engine, HEAD, case, "已批复")
    assert town.case(case).state == "active"
    town.do(case, "b", login=KEEPER, 数="1")
    with pytest.raises(Conflict, match="办结"):
        commands.suspend_case(town.engine, HEAD, case, "等")


def test_nothing_can_be_done_but_drafts_are_kept(make_town: MakeTown) -> None:
    town, case, task = at_b(make_town)
    commands.suspend_case(town.engine, HEAD, case, "等上级批复")
    engine = town.engine
    for refused in (
        lambda: commands.complete_user_task(engine, KEEPER, task, {"数": "1"}),
        lambda: commands.claim_task(engine, KEEPER, task),
        lambda: commands.transfer_task(engine, KEEPER, task, STORE, "忙"),
        lambda: commands.urge_task(engine, CLERK, task),
    ):
        with pytest.raises(Conflict, match="挂起，理由：等上级批复"):
            refused()
    commands.save_draft(engine, KEEPER, task, {"数": "7"})
    page = queries.task_view(engine, KEEPER, task)
    assert page.values == {"数": 7}
    assert page.suspension is not None
    assert (page.suspension.by, page.suspension.reason) == (HEAD, "等上级批复")
    (line,) = queries.inbox(engine, KEEPER).items
    assert line.suspended
    assert {note.login for note in town.rows(Notification, kind="suspended")} == {KEEPER, STORE, CLERK}


def test_it_is_never_late_and_its_dates_move_when_it_goes_on(make_town: MakeTown) -> None:
    town, case, task = at_b(make_town)
    assert local(town.rows(Task, id=task)[0].due_at) == "11-26 17:30"
    town.at("2026-11-24T10:00:00+08:00")
    commands.suspend_case(town.engine, HEAD, case, "等上级批复")
    # A weekend lies between: from Tuesday to Wednesday week six working days pass.
    town.at("2026-12-02T10:00:00+08:00")
    assert [kind for kind, _ in town.history(case) if kind.startswith("timer")] == []
    assert queries.inbox_counts(town.engine, KEEPER)["late"] == 0
    assert queries.inbox(town.engine, KEEPER).total == 1
    assert queries.inbox(town.engine, KEEPER, due_before=town.engine.now()).total == 0
    done = commands.resume_case(town.engine, HEAD, case, "已批复")
    assert done["days"] == 6
    row = town.rows(Task, id=task)[0]
    assert local(row.due_at) == "12-04 17:30"
    sentence = queries.task_view(town.engine, KEEPER, task).due_sentence
    assert sentence == (
        "起 2026年11月23日后第 3 个工作日，即 2026年11月26日 17:30；挂起 6 个工作日，顺延至 2026年12月4日 17:30"
    )
    # The reminder hangs on the task and moves with it; the deadline of the block has passed and fires.
    changed = [body for kind, body in town.history(case) if kind == "timer.due_changed"]
    assert [(body["element"][1], body["after"]) for body in changed] == [
        ("warn", "2026-12-03T09:00:00+08:00")
    ]
    assert town.case(case).state == "completed"
    (kept,) = town.rows(Suspension)
    assert (kept.suspended_by, kept.resumed_by, local(kept.resumed_at)) == (HEAD, HEAD, "12-02 10:00")


def test_dates_stay_moved_when_they_are_computed_again(make_town: MakeTown) -> None:
    drawing = Drawing("x", "领料", 可见岗位="主管").start("s").user("a", due="${工作日后('2026-11-23', 3)}")
    drawing.boundary("warn", "a", timer="${工作日后('2026-11-23', 2, '09:00')}").end("e").end("we")
    town = make_town(drawing.flow("s a e").flow("warn we"))
    case = town.start()
    commands.suspend_case(town.engine, HEAD, case, "等")
    town.at("2026-11-25T08:00:00+08:00")
    commands.resume_case(town.engine, HEAD, case, "好了")
    for _ in range(2):
        commands.recompute_all(town.engine)
        commands.drain(town.engine)
        (row,) = town.rows(Task)
        (timer,) = town.rows(TimerRow)
        assert (local(row.due_at), local(timer.due_at)) == ("11-30 17:30", "11-27 09:00")
    # A second suspension adds to the first.
    commands.suspend_case(town.engine, HEAD, case, "又等")
    town.at("2026-11-26T08:00:00+08:00")
    commands.resume_case(town.engine, HEAD, case, "又好了")
    assert local(town.rows(Task)[0].due_at) == "12-01 17:30"
    assert local(town.rows(TimerRow)[0].due_at) == "11-30 09:00"


def talking() -> tuple[Drawing, Drawing, Drawing]:
    receiver = Drawing("shou", 可见岗位="主管").start("s").catch("c", message="到货", correlationKey="${'k'}")
    receiver.user("a").end("e").flow("s c a e")
    other = Drawing("bie").start("s").catch("c", message="另一件", correlationKey="${'k'}")
    other.user("a").end("e").flow("s c a e")
    sender = Drawing("fa").start("s").user("a", fields={"数": "number"})
    sender.throw("t", "到货", correlationKey="${'k'}", payload="数")
    sender.throw("t2", "另一件", correlationKey="${'k'}").end("e").flow("s a t t2 e")
    return receiver, other, sender


def test_messages_to_it_are_held_and_hold_nothing_else_up(make_town: MakeTown) -> None:
    town = make_town(*talking())
    receiver, other, sender = town.start("shou"), town.start("bie"), town.start("fa")
    commands.suspend_case(town.engine, HEAD, receiver, "等")
    town.do(sender, "a", 数="5")
    (held,) = town.rows(OutboxMessage, state="held")
    assert (held.name, held.receiver) == ("到货", receiver)
    assert town.open(other) == ["a"]
    assert town.open(receiver) == []
    commands.resume_case(town.engine, HEAD, receiver, "好了")
    commands.drain(town.engine)
    assert town.open(receiver) == ["a"]
    assert town.value(receiver, "数") == 5
    assert town.messages("held") == []


def test_a_case_that_stands_still_can_be_cancelled(make_town: MakeTown) -> None:
    town = make_town(*talking())
    receiver, sender = town.start("shou"), town.start("fa")
    commands.suspend_case(town.engine, HEAD, receiver, "等")
    town.do(sender, "a", 数="5")
    commands.cancel_process_instance(town.engine, CLERK, receiver, "不要了")
    commands.drain(town.engine)
    assert town.case(receiver).state == "cancelled"
    # Its message goes on looking for somebody to take it.
    assert {message.name for message in town.messages("undelivered")} == {"到货", "另一件"}


def test_buttons_and_retries_wait_too(make_town: MakeTown) -> None:
    drawing = Drawing("x", 可见岗位="主管").start("s").user("a", fields={"数": "number"})
    drawing.boundary("m", "a", message="改期", name="改期", operators="主管")
    drawing.script("d", "商 = 1 / 数").end("e").end("e2")
    town = make_town(drawing.flow("s a d e").flow("m e2"))
    case = town.start()
    with pytest.raises(Refused):
        town.do(case, "a", 数="0")
    incident = queries.incidents(town.engine, ADMIN)[0].id
    commands.suspend_case(town.engine, HEAD, case, "等修好")
    assert queries.case_view(town.engine, HEAD, case).buttons == []
    with pytest.raises(Conflict, match="挂起"):
        commands.press_button(town.engine, HEAD, case, "m", {})
    with pytest.raises(Conflict, match="挂起"):
        commands.retry_incident(town.engine, ADMIN, incident, "已处理")
    commands.resume_case(town.engine, HEAD, case, "修好了")
    # What failed before has still to be looked after.
    assert town.case(case).state == "incident"
    town.do(case, "a", 数="2")
    assert town.case(case).state == "completed"


def test_rebuilding_keeps_it_out_of_the_late_ones(make_town: MakeTown) -> None:
    town, case, _ = at_b(make_town)
    commands.suspend_case(town.engine, HEAD, case, "等")
    before = town.everything()
    commands.rebuild_projections(town.engine, case)
    assert town.everything() == before
