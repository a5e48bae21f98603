"""Due dates and timers follow what they depend on, and the demo clock walks through everything on its way."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from engine import commands, queries
from engine.clock import CN, FixedClock, parse_moment
from engine.errors import Forbidden, Invalid, Refused
from engine.models import InboxEntry, Notification, ProcessInstance, Task, TimerRow
from tests.engine.conftest import MakeTown
from tests.support.cases import CLERK, HEAD, KEEPER, Town
from tests.support.diagrams import ROOT, Drawing

ARRANGEMENT = (ROOT / "tests" / "engine" / "data" / "arrangement_2027.yml").read_text("utf-8")


def local(moment: datetime | None) -> str:
    return moment.astimezone(CN).strftime("%m-%d %H:%M") if moment else ""


def depending() -> tuple[Drawing, Drawing]:
    """One case says when it is, another's due date and reminder count back from that."""
    event = (
        Drawing("huodong", 公开变量="日期")
        .start("s")
        .user("set", fields={"日期": "textfield"})
        .user("move", fields={"日期": "textfield"})
    )
    event.user("c").end("e").flow("s set move c e")
    date = "在办值('huodong', '日期')"
    other = (
        Drawing("zhunbei")
        .start("s")
        .user("a", due=f"${{工作日前({date}, 2)}}")
        .user("late")
        .end("e")
        .end("e2")
    )
    other.boundary("t", "a", timer=f"${{工作日前({date}, 1, '12:00')}}").flow("s a e").flow("t late e2")
    return event, other


def test_due_dates_and_timers_follow_the_public_variable_of_another_case(make_town: MakeTown) -> None:
    town = make_town(*depending())
    event = town.start("huodong")
    case = town.start("zhunbei")
    task = town.task(case, "a")
    # Nothing is known yet: no due date, and a timer that waits.
    assert town.rows(Task, id=task)[0].due_at is None
    assert town.rows(TimerRow)[0].due_at.year == 9999
    town.do(event, "set", 日期="2026-12-04")
    assert local(town.rows(Task, id=task)[0].due_at) == "12-02 17:30"
    assert local(town.rows(TimerRow)[0].due_at) == "12-03 12:00"
    town.do(event, "move", 日期="2026-12-11")
    row = town.rows(Task, id=task)[0]
    assert (local(row.due_at), local(town.rows(TimerRow)[0].due_at)) == ("12-09 17:30", "12-10 12:00")
    assert {local(entry.due_at) for entry in town.rows(InboxEntry, task_id=task)} == {"12-09 17:30"}
    changes = [body for kind, body in town.history(case) if kind == "task.due_changed"]
    assert [(body["before"] is None, body["after"][:10]) for body in changes] == [
        (True, "2026-12-02"),
        (False, "2026-12-09"),
    ]
    # The page shows a new form, so a submission from the old one is refused.
    assert row.revision == 3
    # Moved into the past, the timer fires at once.
    town.at("2026-12-09T09:00:00+08:00")
    assert town.open(case) == ["a"]


def test_a_timer_moved_into_the_past_fires_at_once(make_town: MakeTown) -> None:
    town = make_town(*depending())
    event, case = town.start("huodong"), town.start("zhunbei")
    town.do(event, "set", 日期="2026-12-04")
    town.do(event, "move", 日期="2026-11-20")
    assert town.open(case) == ["late"]
    assert "t" in town.case(case).elements["zhunbei"]


def test_the_change_of_a_timer_is_in_the_history(make_town: MakeTown) -> None:
    town = make_town(*depending())
    event, case = town.start("huodong"), town.start("zhunbei")
    town.do(event, "set", 日期="2026-12-04")
    town.do(event, "move", 日期="2026-12-11")
    changes = [body for kind, body in town.history(case) if kind == "timer.due_changed"]
    assert [(body["element"], body["before"], body["after"]) for body in changes] == [
        (["zhunbei", "t"], None, "2026-12-03T12:00:00+08:00"),
        (["zhunbei", "t"], "2026-12-03T12:00:00+08:00", "2026-12-10T12:00:00+08:00"),
    ]


def test_a_period_that_counts_from_the_day_it_began_does_not_begin_anew(make_town: MakeTown) -> None:
    drawing = Drawing("x", 公开变量="数").start("s").parallel("f").user("a", due="${工作日后(今天(), 2)}")
    drawing.user("b", fields={"数": "number"}).user("late").end("e").end("e2").end("e3").flow("s f a e").flow(
        "f b e2"
    )
    drawing.boundary("t", "a", timer="${工作日后(今天(), 3)}").flow("t late e3")
    town = make_town(drawing)
    case = town.start()
    due = (local(town.rows(Task, element="a")[0].due_at), local(town.rows(TimerRow)[0].due_at))
    assert due == ("11-25 17:30", "11-26 17:30")
    town.at("2026-11-25T10:00:00+08:00")
    town.do(case, "b", 数=1)
    commands.import_calendar_year(town.engine, HEAD, ARRANGEMENT)
    commands.drain(town.engine)
    commands.recompute_deadlines(town.engine, case)
    assert (local(town.rows(Task, element="a")[0].due_at), local(town.rows(TimerRow)[0].due_at)) == due
    town.at("2026-11-26T17:30:00+08:00")
    assert town.open(case) == ["late"]


def test_a_timer_that_asks_for_a_field_of_its_own_case_follows_it(make_town: MakeTown) -> None:
    drawing = (
        Drawing("x")
        .start("s")
        .parallel("f")
        .user("a", fields={"定于": "textfield"})
        .user("b")
        .user("late")
        .end("e")
        .end("e2")
        .end("e3")
    )
    drawing.boundary("t", "b", timer="${最近值('定于')}").flow("s f a e").flow("f b e2").flow("t late e3")
    town = make_town(drawing)
    case = town.start()
    assert town.rows(TimerRow)[0].due_at.year == 9999
    town.do(case, "a", 定于="2026-12-01T09:00:00+08:00")
    assert local(town.rows(TimerRow)[0].due_at) == "12-01 09:00"
    town.at("2026-12-01T09:00:00+08:00")
    assert town.open(case) == ["late"]


def test_an_imported_calendar_moves_provisional_dates_and_says_so(make_town: MakeTown) -> None:
    drawing = Drawing("x").start("s").user("a", due="${工作日后('2027-01-01', 2)}").end("e").flow("s a e")
    town = make_town(drawing)
    case = town.start()
    task = town.task(case, "a")
    before = queries.task_view(town.engine, CLERK, task)
    assert before.provisional
    with pytest.raises(Forbidden):
        commands.import_calendar_year(town.engine, KEEPER, ARRANGEMENT)
    with pytest.raises(Invalid):
        commands.import_calendar_year(town.engine, HEAD, "year: 2027")
    assert commands.import_calendar_year(town.engine, HEAD, ARRANGEMENT) == 2027
    commands.drain(town.engine)
    after = queries.task_view(town.engine, CLERK, task)
    assert not after.provisional


def test_a_second_import_of_a_year_at_the_same_moment_counts(make_town: MakeTown) -> None:
    town = make_town()
    commands.import_calendar_year(town.engine, HEAD, ARRANGEMENT)
    with town.engine.database.reading() as session:
        first = town.engine.calendar(session)
    changed = corrected(ARRANGEMENT)
    commands.import_calendar_year(town.engine, HEAD, changed)
    with town.engine.database.reading() as session:
        second = town.engine.calendar(session)
    days = [datetime(2027, month, day).date() for month in range(1, 13) for day in range(1, 29)]
    assert [day for day in days if first.is_workday(day) != second.is_workday(day)]


def corrected(text: str) -> str:
    """The arrangement without its days worked on a weekend."""
    return "".join(line for line in text.splitlines(True) if "kind: 班" not in line)


# ---- the demo clock


def chain_of_timers() -> Drawing:
    drawing = Drawing("x", 公开变量="见").start("s").script("n", "见 = []")
    last = "n"
    for number, moment in enumerate(("2026-11-24T09:00:00+08:00", "2026-11-25T17:30:00+08:00")):
        drawing.catch(f"t{number}", timer=f"${{'{moment}'}}").script(f"x{number}", "见 = 合并(见, [现在()])")
        drawing.flow(f"{last} t{number} x{number}")
        last = f"x{number}"
    # This one is only known when the one before has fired.
    drawing.catch("t9", timer="${工作日后(今天(), 1, '08:00')}").script("x9", "见 = 合并(见, [现在()])").end(
        "e"
    )
    return drawing.flow("s n").flow(f"{last} t9 x9 e")


def demo(make: MakeTown, *drawings: Drawing) -> Town:
    return make(*drawings, demo=True)


def test_the_demo_clock_fires_everything_in_order_at_its_own_moment(make_town: MakeTown) -> None:
    town = demo(make_town, chain_of_timers())
    cases = [town.start(), town.start()]
    moment = parse_moment("2026-12-31T00:00:00+08:00")
    assert commands.set_demo_clock(town.engine, HEAD, moment) == moment
    for case in cases:
        assert town.value(case, "见") == [
            "2026-11-24T09:00:00+08:00",
            "2026-11-25T17:30:00+08:00",
            "2026-11-26T08:00:00+08:00",
        ]
    assert town.engine.now() == moment
    with pytest.raises(Invalid):
        commands.set_demo_clock(town.engine, HEAD, parse_moment("2026-12-30T00:00:00+08:00"))


def test_the_demo_clock_stands_again_where_it_stood(make_small_town: MakeTown, tmp_path: Path) -> None:
    town = demo(make_small_town, chain_of_timers())
    town.start()
    commands.set_demo_clock(town.engine, HEAD, parse_moment("2026-11-24T08:00:00+08:00"))
    from engine import ProcessEngine

    again = ProcessEngine(town.url, town.engine.processes, tmp_path / "data", demo=True)
    again.start()
    assert again.now().isoformat() == "2026-11-24T08:00:00+08:00"
    again.close()


def test_the_clock_of_a_real_town_cannot_be_set(make_small_town: MakeTown) -> None:
    town = make_small_town()
    with pytest.raises(Refused):
        commands.set_demo_clock(town.engine, HEAD, parse_moment("2026-12-31T00:00:00+08:00"))


def test_the_demo_clock_passes_a_timer_that_fails(make_small_town: MakeTown) -> None:
    bad = (
        Drawing("huai")
        .start("s")
        .catch("t", timer="${'2026-11-24T09:00:00+08:00'}")
        .script("x", "a = 1 / 0")
        .end("e")
        .flow("s t x e")
    )
    town = demo(make_small_town, bad, chain_of_timers())
    town.start("huai")
    good = town.start()
    commands.set_demo_clock(town.engine, HEAD, parse_moment("2026-12-31T00:00:00+08:00"))
    assert town.case(good).state == "completed"
    assert town.case(town.cases("huai")[0].id).state == "incident"


def test_a_reminder_goes_to_the_people_named_and_into_the_history(make_town: MakeTown) -> None:
    drawing = Drawing("x").start("s").user("a").end("e").flow("s a e").end("e2")
    drawing.boundary("t", "a", timer="${'2026-11-24T09:00:00+08:00'}", interrupting=False)
    drawing.notify("n", "仓库管理员,${发起人}", "${姓名(发起人)}还没有填写。").flow("t n e2")
    town = make_town(drawing)
    case = town.start()
    town.at("2026-11-24T09:00:00+08:00")
    assert sorted(note.login for note in town.rows(Notification)) == ["bingsan", "dingsi", "wuwu"]
    assert {note.text for note in town.rows(Notification)} == {"戊五还没有填写。"}
    assert [body["people"] for kind, body in town.history(case) if kind == "notified"] == [
        ["bingsan", "dingsi", "wuwu"]
    ]
    assert isinstance(town.engine.clock, FixedClock)


def test_the_hourly_round_finds_a_change_that_nobody_announced(make_small_town: MakeTown) -> None:
    town = make_small_town(*depending())
    event, case = town.start("huodong"), town.start("zhunbei")
    assert town.rows(Task, element="a")[0].due_at is None
    with town.engine.database.writing() as session:
        row = session.get_one(ProcessInstance, event)
        row.public = {"日期": "2026-12-04"}
    commands.recompute_all(town.engine)
    commands.drain(town.engine)
    assert local(town.rows(Task, element="a", instance_id=case)[0].due_at) == "12-02 17:30"
