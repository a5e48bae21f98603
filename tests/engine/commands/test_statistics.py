"""运行统计: compared with a naive count over random histories; who may see it, and of what."""

from __future__ import annotations

import random
import statistics as plain
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from engine import commands, queries
from engine.clock import CN
from engine.errors import Forbidden, Invalid, NotFound
from engine.ids import new_id
from engine.models import ProcessDefinition, ProcessInstance, Suspension, Task
from engine.readers import mirror_readers
from tests.engine.conftest import MakeTown
from tests.support.cases import CLERK, GUARD, HEAD, KEEPER, Town
from tests.support.diagrams import Drawing
from tests.support.statements import statements

BEGIN, END = date(2026, 11, 2), date(2026, 11, 20)
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=CN)
OPENING, CLOSING = time(9), time(17, 30)


def drawings() -> list[Drawing]:
    return [
        Drawing("x", "领料", 可见岗位="主管")
        .start("s")
        .user("a", "填写")
        .user("b", "核对")
        .end("e")
        .flow("s a b e"),
        Drawing("y", "盘点").start("s").user("a", "清点").end("e").flow("s a e"),
    ]


@pytest.fixture
def town(make_town: MakeTown) -> Town:
    return make_town(*drawings())


# ---- random histories


def moment(rng: random.Random, first: datetime, last: datetime) -> datetime:
    return first + timedelta(minutes=rng.randrange(int((last - first) / timedelta(minutes=1)) + 1))


def history(
    town: Town, seed: int, cases: int = 40
) -> tuple[list[ProcessInstance], list[Task], list[Suspension]]:
    """Cases that begin from October on, some ended, some cancelled, some suspended for a while or still."""
    rng = random.Random(seed)
    first = datetime(2026, 10, 12, 8, 0, tzinfo=CN)
    ids = {each.key: each.id for each in town.rows(ProcessDefinition)}
    rows: list[ProcessInstance] = []
    tasks: list[Task] = []
    pauses: list[Suspension] = []
    for _ in range(cases):
        key = rng.choice(["x", "x", "y"])
        state = rng.choice(
            ["active", "active", "completed", "completed", "cancelled", "suspended", "incident"]
        )
        started = moment(rng, first, NOW)
        ended = moment(rng, started, NOW) if state in ("completed", "cancelled") else None
        row = ProcessInstance(
            id=new_id(), definition_id=ids[key], key=key, pack="lianxi", title="案卷", state=state, variables={},
            public={}, elements={}, readers=["post:lianxi/主管"], started_by=CLERK, started_at=started, ended_at=ended,
        )  # fmt: skip
        rows.append(row)
        for number in range(rng.randrange(1, 4)):
            opened = moment(rng, started, ended or NOW)
            closed = moment(rng, opened, ended or NOW)
            done = ended is not None or number > 0
            cut = done and rng.random() < 0.1
            tasks.append(
                Task(
                    id=new_id(), instance_id=row.id, definition_id=ids[key], process=key,
                    element=rng.choice(["a", "b"] if key == "x" else ["a"]), name="环节", scope="", activation="",
                    state="cancelled" if cut else "done" if done else "open", why={}, opened_at=opened,
                    closed_at=closed if done else None, data={}, item="",
                    due_at=moment(rng, started, NOW + timedelta(days=5)) if rng.random() < 0.7 else None,
                    undone_at=closed if done and not cut and rng.random() < 0.1 else None,
                )
            )  # fmt: skip
        at = started
        for _ in range(rng.randrange(3)):
            begins = moment(rng, at, ended or NOW)
            at = moment(rng, begins, ended or NOW)
            pauses.append(pause(row, begins, at))
        if state == "suspended":
            pauses.append(pause(row, moment(rng, at, NOW), None))
    with town.engine.database.writing() as session:
        session.add_all(rows)
        session.flush()
        session.add_all([*tasks, *pauses])
        for row in rows:
            mirror_readers(session, row)
    return rows, tasks, pauses


def pause(row: ProcessInstance, begins: datetime, ends: datetime | None) -> Suspension:
    return Suspension(
        instance_id=row.id,
        suspended_by=HEAD,
        suspended_at=begins,
        reason="等",
        resumed_by=None,
        resumed_at=ends,
    )


# ---- the naive count


def worked(town: Town, begins: datetime, ends: datetime, without: list[tuple[datetime, datetime]]) -> float:
    """Working days, minute after minute."""
    with town.session() as session:
        calendar = town.engine.calendar(session)
    total, at = 0.0, begins
    step = timedelta(minutes=1)
    workdays: dict[date, bool] = {}
    while at < ends:
        day = at.date()
        if day not in workdays:
            workdays[day] = calendar.is_workday(day)
        if not workdays[day]:
            at = datetime.combine(day + timedelta(days=1), time(), CN)
            continue
        if OPENING <= at.time() < CLOSING and not any(a <= at < b for a, b in without):
            total += 1
        at += step
    return total / (8.5 * 60)


def in_period(at: datetime | None) -> bool:
    return at is not None and BEGIN <= at.astimezone(CN).date() <= END


@pytest.mark.parametrize("seed", range(3))
def test_numbers_equal_a_naive_count(make_small_town: MakeTown, seed: int) -> None:
    town = make_small_town(*drawings())
    rows, tasks, pauses = history(town, seed)
    found = queries.statistics(town.engine, HEAD, begin=BEGIN, end=END)
    suspended = {row.id for row in rows if row.state == "suspended"}
    finished = [t for t in tasks if t.state == "done" and t.undone_at is None and in_period(t.closed_at)]
    waiting = [t for t in tasks if t.state == "open"]
    overdue = {t.instance_id for t in waiting if t.due_at and t.due_at < NOW}
    for each in found.procedures:
        mine = [row for row in rows if row.key == each.key]
        open_now = [row for row in mine if row.state in ("active", "suspended", "incident")]
        dated = [t for t in finished if t.process == each.key and t.due_at]
        assert each.started == sum(in_period(row.started_at) for row in mine)
        assert each.done == sum(row.state == "completed" and in_period(row.ended_at) for row in mine)
        assert each.open == len(open_now)
        assert each.late == sum(row.id in overdue and row.id not in suspended for row in open_now)
        assert (each.with_due, each.on_time) == (len(dated), sum(t.closed_at <= t.due_at for t in dated))
        oldest = min(open_now, key=lambda row: (row.started_at, row.id), default=None)
        assert (each.oldest.instance_id if each.oldest else None) == (oldest.id if oldest else None)
        if each.oldest and oldest:
            assert each.oldest.days == pytest.approx(worked(town, oldest.started_at, NOW, []), abs=0.001)
    assert {each.key for each in found.procedures} == {row.key for row in rows}
    for name in ("started", "done", "open", "late", "with_due", "on_time"):
        assert getattr(found.total, name) == sum(getattr(each, name) for each in found.procedures)
    assert {(s.process, s.element) for s in found.steps} == {
        (t.process, t.element) for t in [*finished, *waiting]
    }
    for step in found.steps:
        done = [t for t in finished if (t.process, t.element) == (step.process, step.element)]
        still = [t for t in waiting if (t.process, t.element) == (step.process, step.element)]
        spent = [worked(town, t.opened_at, t.closed_at, paused(pauses, t)) for t in done]
        assert (step.done, step.open) == (len(done), len(still))
        assert step.late == sum(bool(t.due_at and t.closed_at > t.due_at) for t in done) + sum(
            bool(t.due_at and t.due_at < NOW) and t.instance_id not in suspended for t in still
        )
        assert step.median_days == (pytest.approx(plain.median(spent), abs=0.011) if spent else None)


def paused(pauses: list[Suspension], task: Task) -> list[tuple[datetime, datetime]]:
    return [(p.suspended_at, p.resumed_at or NOW) for p in pauses if p.instance_id == task.instance_id]


def test_the_number_of_statements_does_not_grow(make_small_town: MakeTown) -> None:
    town = make_small_town(*drawings())
    counts = []
    for seed in range(2):
        history(town, seed, 10 if seed == 0 else 100)
        queries.statistics(town.engine, HEAD)
        counts.append(statements(town.engine, lambda: queries.statistics(town.engine, HEAD)))
    assert counts[0] == counts[1] <= 12


# ---- through the real commands


def test_a_suspension_does_not_count(town: Town) -> None:
    case, other = town.start("x"), town.start("y")
    town.at("2026-11-23T13:15:00+08:00")
    commands.suspend_case(town.engine, HEAD, case, "等料")
    town.at("2026-11-25T13:15:00+08:00")
    commands.resume_case(town.engine, HEAD, case, "料到了")
    town.at("2026-11-25T17:30:00+08:00")
    town.do(case, "a")
    town.do(other, "a")
    found = {
        (each.process, each.element): each.median_days for each in queries.statistics(town.engine, HEAD).steps
    }
    assert found[("x", "a")] == 1.0
    assert found[("y", "a")] == 3.0


def test_the_period_is_this_month_and_its_days_are_ours(town: Town) -> None:
    case = town.start("y")
    town.at("2026-11-30T23:59:00+08:00")
    town.do(case, "a")
    assert queries.statistics(town.engine, HEAD).total.done == 1
    town.at("2026-12-01T00:01:00+08:00")
    found = queries.statistics(town.engine, HEAD)
    assert (found.begin, found.end, found.total.done) == (date(2026, 12, 1), date(2026, 12, 1), 0)
    assert (
        queries.statistics(town.engine, HEAD, begin=date(2026, 11, 30), end=date(2026, 11, 30)).total.done
        == 1
    )


def test_the_oldest_case_is_named_to_those_who_see_it_only(town: Town) -> None:
    town.start("y")
    found = {each.key: each for each in queries.statistics(town.engine, HEAD).procedures}
    assert found["y"].oldest is not None
    assert (found["y"].oldest.instance_id, found["y"].oldest.title) == (None, None)
    case = town.start("x")
    found = {each.key: each for each in queries.statistics(town.engine, HEAD).procedures}
    assert found["x"].oldest is not None
    assert found["x"].oldest.instance_id == case


def test_heat_of_one_version(town: Town) -> None:
    old = town.start("x")
    town.deploy(Drawing("x", "领料", 可见岗位="主管").start("s").user("a", "填写").end("e").flow("s a e"))
    new = town.start("x")
    town.do(old, "a")
    town.do(new, "a")
    current = queries.heat_map(town.engine, HEAD, "x")
    assert (current.version, [number for _, number in current.versions]) == (2, [2, 1])
    assert [(each.element, each.done, each.open) for each in current.steps] == [("a", 1, 0)]
    first = queries.heat_map(town.engine, HEAD, "x", version=1)
    assert {each.element: (each.done, each.open) for each in first.steps} == {"a": (1, 0), "b": (0, 1)}
    assert "<bpmn:process" in queries.statistics_diagram(town.engine, HEAD, first.definition_id)
    for ask in (
        lambda: queries.heat_map(town.engine, HEAD, "x", version=9),
        lambda: queries.heat_map(town.engine, HEAD, "nothing"),
        lambda: queries.statistics_diagram(town.engine, HEAD, 999),
    ):
        with pytest.raises(NotFound):
            ask()


@pytest.mark.parametrize("login", [CLERK, KEEPER, GUARD])
def test_only_those_who_may(town: Town, login: str) -> None:
    asks: list[Callable[[], Any]] = [
        lambda: queries.statistics(town.engine, login),
        lambda: queries.heat_map(town.engine, login, "x"),
        lambda: queries.statistics_diagram(town.engine, login, 1),
    ]
    for ask in asks:
        with pytest.raises(Forbidden):
            ask()


def test_what_nobody_can_mean_is_refused(town: Town) -> None:
    with pytest.raises(Invalid):
        queries.statistics(town.engine, HEAD, process="nothing")
    with pytest.raises(Invalid):
        queries.statistics(town.engine, HEAD, begin=END, end=BEGIN)
