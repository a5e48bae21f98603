"""Completing a task: everything or nothing, once, and nobody is lied to."""

from __future__ import annotations

import pytest

from engine import commands, queries
from engine.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from engine.models import Draft, HistoryEvent, Incident, Notification, Task
from tests.engine.conftest import MakeTown
from tests.support.cases import ADMIN, CLERK, FIXER, GUARD, KEEPER, STORE
from tests.support.diagrams import Drawing

REQUIRED = {"type": "textfield", "validate": {"required": True}}


def simple(**properties: str) -> Drawing:
    drawing = (
        Drawing("x", "领料", **properties)
        .start("s")
        .user("a", "填写", fields={"用途": REQUIRED, "数量": "number"})
    )
    return (
        drawing.user("b", "核对", groups="仓库管理员", fields={"结论": "textfield"}).end("e").flow("s a b e")
    )


@pytest.mark.parametrize(
    "data", [{}, {"用途": ""}, {"用途": "灯管", "数量": "许多"}, {"用途": "x", "没有的": 1}]
)
def test_wrong_data_writes_nothing(make_town: MakeTown, data: dict[str, object]) -> None:
    town = make_town(simple())
    case = town.start()
    before = town.everything()
    with pytest.raises(Invalid) as refused:
        commands.complete_user_task(town.engine, CLERK, town.task(case, "a"), data)
    assert refused.value.errors
    assert town.everything() == before


def test_what_was_submitted_is_kept_and_the_case_goes_on(make_town: MakeTown) -> None:
    town = make_town(simple(标题="${'领料：' + 用途}", 公开变量="用途"))
    case = town.start()
    task = town.do(case, "a", 用途="换灯管", 数量="4")
    assert town.open(case) == ["b"]
    row = town.rows(Task, id=task)[0]
    assert (row.state, row.completed_by, row.data) == ("done", CLERK, {"用途": "换灯管", "数量": 4})
    instance = town.case(case)
    assert instance.variables == {"用途": "换灯管", "数量": 4}
    assert (instance.title, instance.public) == ("领料：换灯管", {"用途": "换灯管"})
    town.do(case, "b", KEEPER)
    assert town.case(case).state == "completed"
    # A field left empty is there all the same, so that no condition misses it.
    assert town.value(case, "结论") is None
    assert [kind for kind, _ in town.history(case)] == [
        "instance.started",
        "instance.advanced",
        "task.completed",
        "task.completed",
        "instance.completed",
    ]


def test_a_repeated_key_gets_the_first_answer_and_changes_nothing(make_town: MakeTown) -> None:
    town = make_town(simple())
    case = town.start()
    task = town.task(case, "a")
    first = commands.complete_user_task(town.engine, CLERK, task, {"用途": "x"}, idempotency_key="k1")
    before = town.everything()
    again = commands.complete_user_task(town.engine, CLERK, task, {"用途": "另一个"}, idempotency_key="k1")
    assert again == first
    assert town.everything() == before
    with pytest.raises(Conflict, match="戊五于11月23日 09:00 办理"):
        commands.complete_user_task(town.engine, CLERK, task, {"用途": "x"}, idempotency_key="k2")
    assert town.everything() == before


def test_a_key_used_for_something_else_is_refused(make_town: MakeTown) -> None:
    town = make_town(simple())
    one, other = town.start(), town.start()
    commands.complete_user_task(town.engine, CLERK, town.task(one, "a"), {"用途": "x"}, idempotency_key="k")
    with pytest.raises(Conflict, match="提交标识"):
        commands.complete_user_task(
            town.engine, CLERK, town.task(other, "a"), {"用途": "x"}, idempotency_key="k"
        )
    with pytest.raises(Conflict, match="提交标识"):
        commands.start_process_instance(town.engine, CLERK, "x", idempotency_key="k")
    assert town.open(other) == ["a"]
    # Another person's key is another key.
    commands.complete_user_task(town.engine, KEEPER, town.task(one, "b"), {}, idempotency_key="k")


def test_one_key_starts_one_case(make_town: MakeTown) -> None:
    town = make_town(simple())
    answers = [
        commands.start_process_instance(town.engine, CLERK, "x", idempotency_key="k") for _ in range(2)
    ]
    assert answers[0] == answers[1]
    assert len(town.cases("x")) == 1


def test_a_changed_form_is_refused_and_a_fresh_one_accepted(make_town: MakeTown) -> None:
    from engine import queries

    town = make_town(simple())
    case = town.start()
    town.do(case, "a", 用途="x")
    task = town.task(case, "b")
    seen = queries.task_view(town.engine, KEEPER, task).revision
    # One's own draft changes nothing, another person's does.
    commands.save_draft(town.engine, KEEPER, task, {"结论": "够"})
    assert queries.task_view(town.engine, KEEPER, task).revision == seen
    commands.save_draft(town.engine, STORE, task, {"结论": "不够"})
    with pytest.raises(Conflict, match="有了变化"):
        commands.complete_user_task(town.engine, KEEPER, task, {"结论": "够"}, revision=seen)
    assert town.open(case) == ["b"]
    assert [draft.data for draft in town.rows(Draft, login=KEEPER)] == [{"结论": "够"}]
    fresh = queries.task_view(town.engine, KEEPER, task).revision
    commands.complete_user_task(town.engine, KEEPER, task, {"结论": "够"}, revision=fresh)
    assert town.rows(Draft) == []


def test_only_the_people_asked_may_complete(make_town: MakeTown) -> None:
    town = make_town(simple(可见岗位="门卫"))
    case = town.start()
    task = town.task(case, "a")
    before = town.everything()
    with pytest.raises(NotFound):
        commands.complete_user_task(town.engine, FIXER, task, {"用途": "x"})
    with pytest.raises(NotFound):
        commands.complete_user_task(town.engine, ADMIN, task, {"用途": "x"})
    with pytest.raises(Forbidden):
        commands.complete_user_task(town.engine, GUARD, task, {"用途": "x"})
    with pytest.raises(NotFound):
        commands.complete_user_task(town.engine, CLERK, "0" * 32, {})
    assert town.everything() == before


def failing() -> Drawing:
    drawing = (
        Drawing("x", "领料").start("s").user("a", "填写", fields={"数量": "number", "单位": "textfield"})
    )
    drawing.script("n", "号 = 编号('领料', 'LL-{年}-{序}')").xor("g", default="e").user("b").end("e").end(
        "e2"
    )
    return drawing.flow("s a n g e").flow("g b e2", when="参数('没有这个') > 数量")


def test_a_failing_condition_is_an_incident_and_nothing_is_half_written(make_town: MakeTown) -> None:
    town = make_town(failing())
    case = town.start()
    task = town.task(case, "a")
    commands.save_draft(town.engine, CLERK, task, {"数量": 1})
    before = town.everything()
    for _ in range(2):
        with pytest.raises(Refused, match="已存为草稿"):
            commands.complete_user_task(
                town.engine, CLERK, task, {"数量": "3", "单位": "箱"}, idempotency_key="k"
            )
    after = town.everything()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"draft", "incident", "history_event", "process_instance"}
    assert [draft.data for draft in town.rows(Draft)] == [{"数量": "3", "单位": "箱"}]
    incident = town.rows(Incident)[0]
    assert len(town.rows(Incident)) == 1
    assert (incident.element, incident.resolved_at) == ("g", None)
    assert "没有这个" in incident.expression + incident.reason
    assert incident.values == {"数量": 3}
    assert town.case(case).state == "incident"
    assert town.open(case) == ["a"]


def test_after_the_cause_is_mended_the_task_is_completed_and_the_incident_is_gone(
    make_town: MakeTown,
) -> None:
    town = make_town(failing())
    case = town.start()
    with pytest.raises(Refused):
        town.do(case, "a", 数量="3")
    parameters = town.engine.processes / "lianxi" / "parameters.yml"
    parameters.write_text(
        parameters.read_text("utf-8").replace(
            "series:", "  没有这个: {value: 1, unit: 个, source: LX-2}\nseries:"
        ),
        "utf-8",
    )
    town.deploy()
    assert commands.retry_incident(town.engine, ADMIN, town.rows(Incident)[0].id, "已处理")
    town.do(case, "a", 数量="3")
    assert town.case(case).state == "completed"
    # The number of the attempt that failed was given back.
    assert town.value(case, "号") == "LL-2026-1"


def test_a_failure_that_goes_away_by_itself_is_resolved_by_the_next_submission(make_town: MakeTown) -> None:
    drawing = (
        Drawing("x")
        .start("s")
        .user("a", fields={"数量": "number"})
        .script("d", "商 = 10 / 数量")
        .end("e")
        .flow("s a d e")
    )
    town = make_town(drawing)
    case = town.start()
    with pytest.raises(Refused, match="执行出错"):
        town.do(case, "a", 数量="0")
    assert town.case(case).state == "incident"
    town.do(case, "a", 数量="5")
    assert town.case(case).state == "completed"
    assert all(each.resolved_at for each in town.rows(Incident))


def test_an_overdue_interrupting_timer_beats_the_person_who_is_late(make_town: MakeTown) -> None:
    drawing = (
        Drawing("x").start("s").user("a").user("late", users="${'jiayi'}").end("e").end("e2").flow("s a e")
    )
    drawing.boundary("t", "a", timer="${'2026-11-25T12:00:00+08:00'}").flow("t late e2")
    town = make_town(drawing)
    case = town.start()
    task = town.task(case, "a")
    from engine.clock import parse_moment

    town.engine.clock.set(parse_moment("2026-11-25T12:00:00+08:00"))
    with pytest.raises(Conflict, match="期限已到"):
        commands.complete_user_task(town.engine, CLERK, task, {})
    commands.drain(town.engine)
    assert town.open(case) == ["late"]
    with pytest.raises(Conflict):
        commands.complete_user_task(town.engine, CLERK, task, {})


def test_a_task_for_nobody_calls_for_attention(make_town: MakeTown) -> None:
    drawing = (
        Drawing("x", 可见岗位="主管").start("s").user("a", "没人的", users="${[]}").end("e").flow("s a e")
    )
    town = make_town(drawing)
    town.start()
    assert [(note.login, note.kind) for note in town.rows(Notification)] == [("jiayi", "attention")]


def test_start_variables_are_variables_of_the_case(make_town: MakeTown) -> None:
    town = make_town(simple(启动变量="用途", 公开变量="用途"))
    with pytest.raises(Invalid):
        town.start(数量=3)
    case = town.start(用途="先填")
    assert town.value(case, "用途") == "先填"
    assert town.case(case).public == {"用途": "先填"}
    assert len(town.rows(HistoryEvent, chain=case, kind="instance.started")) == 1


def test_a_task_can_be_named_after_what_the_case_knows(make_town: MakeTown) -> None:
    drawing = Drawing("x", "领料").start("s").user("a", "填写", fields={"急": "checkbox"})
    drawing.user("b", "主管审核", groups="仓库管理员", 待办名称="${'主管' if 急 else '仓库管理员'}审核")
    drawing.user("c", "发料", groups="仓库管理员").end("e").flow("s a b c e")
    town = make_town(drawing)
    names = []
    for urgent in (True, False):
        case = town.start()
        town.do(case, "a", 急=urgent)
        names += [row.name for row in town.rows(Task, instance_id=case, state="open")]
        town.do(case, "b", KEEPER)
        # It keeps its name in what is told of it.
        ways = queries.ways_back(town.engine, KEEPER, town.task(case, "c"))
        assert names[-1] in [each.name for each in ways]
    assert names == ["主管审核", "仓库管理员审核"]


def test_a_name_that_cannot_be_told_is_an_incident(make_town: MakeTown) -> None:
    drawing = Drawing("x", "领料").start("s").user("a", "填写").user("b", "核对", 待办名称="${没有}核对")
    town = make_town(drawing.end("e").flow("s a b e"))
    case = town.start()
    with pytest.raises(Refused):
        town.do(case, "a")
    assert town.open(case) == ["a"]
