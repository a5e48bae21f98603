"""Failures of cases: looked at, tried again, the case moved on to another element, or cancelled."""

from __future__ import annotations

import pytest

from engine import commands, queries
from engine.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from engine.models import Incident, InstanceState, Notification, TimerRow
from tests.engine.conftest import MakeTown
from tests.support.cases import ADMIN, CLERK, GUARD, HEAD, KEEPER, Town
from tests.support.diagrams import Drawing


def failing(hard: bool = False) -> Drawing:
    """After `a` a gateway knows no way on for small numbers; `h` may be a hard rule on the way to `c`."""
    drawing = Drawing("x", "领料", 可见岗位="主管").start("s").user("a", "登记", {"数": "number"}).xor("ok")
    drawing.user("h", "核对", **({"硬约束": "是"} if hard else {})).user("c", "发料", groups="仓库管理员")
    drawing.user("k", "另办").end("e")
    drawing.flow("s a ok").flow("ok h c e", when="数 > 5").flow("ok k e", when="数 > 3")
    return drawing


def failed(town: Town) -> tuple[str, int]:
    case = town.start()
    with pytest.raises(Refused, match="没有一条出线"):
        town.do(case, "a", 数="1")
    return case, town.rows(Incident, instance_id=case)[0].id


def kinds(town: Town, case: str) -> list[str]:
    return [kind for kind, _ in town.history(case)]


def test_it_says_what_failed_where_and_where_the_case_may_go(make_town: MakeTown) -> None:
    town = make_town(failing())
    case, incident = failed(town)
    view = queries.incident_view(town.engine, ADMIN, incident)
    assert (view.instance_id, view.process, view.version, view.element) == (case, "领料", 1, "ok")
    assert "没有一条出线" in view.reason
    # Who looks after failures sees no content of cases.
    assert (view.title, view.values) == (None, None)
    assert (view.standing, view.immovable) == ("登记", "")
    assert {each.element: each.why_not for each in view.places} == dict.fromkeys("hcke", "")
    for login in (CLERK, HEAD, GUARD):
        with pytest.raises(Forbidden):
            queries.incident_view(town.engine, login, incident)
        with pytest.raises(Forbidden):
            commands.move_token(town.engine, login, incident, "h", "走不下去")
    with pytest.raises(NotFound):
        queries.incident_view(town.engine, ADMIN, incident + 1)
    with pytest.raises(NotFound):
        commands.move_token(town.engine, ADMIN, incident + 1, "h", "走不下去")


def test_the_case_goes_on_where_it_is_moved_to(make_town: MakeTown) -> None:
    town = make_town(failing())
    case, incident = failed(town)
    task = town.task(case, "a")
    with pytest.raises(Invalid) as wrong:
        commands.move_token(town.engine, ADMIN, incident, "c", " ")
    assert set(wrong.value.errors) == {"reason"}
    with pytest.raises(Invalid) as wrong:
        commands.move_token(town.engine, ADMIN, incident, "nothing", "走不下去")
    assert set(wrong.value.errors) == {"element"}
    done = commands.move_token(town.engine, ADMIN, incident, "c", "库存已核", "k")
    assert commands.move_token(town.engine, ADMIN, incident, "c", "库存已核", "k") == done
    assert (town.open(case), town.case(case).state) == (["c"], "active")
    assert queries.incidents(town.engine, ADMIN) == []
    body = next(body for kind, body in town.history(case) if kind == "token.moved")
    assert (body["from"], body["to"], body["reason"]) == ("登记", "发料", "库存已核")
    texts = {each.login: each.text for each in town.rows(Notification, kind="moved")}
    assert set(texts) >= {CLERK, KEEPER}
    assert "壬九把“领料”从“登记”移到“发料”" in texts[KEEPER]
    with pytest.raises(Conflict):
        commands.complete_user_task(town.engine, CLERK, task, {"数": "9"})
    town.do(case, "c", login=KEEPER)
    assert town.case(case).state == "completed"


def test_never_past_what_is_hard(make_town: MakeTown) -> None:
    town = make_town(failing(hard=True))
    case, incident = failed(town)
    state = town.rows(InstanceState, instance_id=case)[0].blob
    why = {each.element: each.why_not for each in queries.incident_view(town.engine, ADMIN, incident).places}
    assert why == {"h": "", "k": "", "e": "", "c": "要越过没有办过的硬约束环节“核对”"}
    with pytest.raises(Conflict, match="不能移到“发料”：要越过没有办过的硬约束环节“核对”"):
        commands.move_token(town.engine, ADMIN, incident, "c", "走不下去")
    assert town.rows(InstanceState, instance_id=case)[0].blob == state
    commands.move_token(town.engine, ADMIN, incident, "h", "走不下去")
    assert town.open(case) == ["h"]


def test_where_it_would_fail_again_nothing_is_moved(make_town: MakeTown) -> None:
    drawing = (
        Drawing("x", "领料").start("s").user("a", "登记").script("bad", "数 = 没有 + 1").user("b", "发料")
    )
    drawing.script("worse", "数 = 没有 + 2").end("e").flow("s a bad b worse e")
    town = make_town(drawing)
    case = town.start()
    with pytest.raises(Refused):
        town.do(case, "a")
    incident = town.rows(Incident, instance_id=case)[0].id
    with pytest.raises(Refused, match="移动以后仍然出错，没有移动"):
        commands.move_token(town.engine, ADMIN, incident, "worse", "走不下去")
    assert (town.open(case), kinds(town, case).count("token.moved")) == (["a"], 0)
    commands.move_token(town.engine, ADMIN, incident, "b", "不用算")
    assert town.open(case) == ["b"]


def test_a_timer_that_fails(make_town: MakeTown) -> None:
    drawing = Drawing("x", "领料").start("s").catch("wait", timer="${工作日后('2026-11-23', 1)}")
    drawing.script("bad", "数 = 没有 + 1").user("b", "发料").end("e").flow("s wait bad b e")
    town = make_town(drawing)
    case = town.start()
    town.at("2026-12-01T09:00:00+08:00")
    assert town.case(case).state == "incident"
    view = queries.incident_view(town.engine, ADMIN, town.rows(Incident, instance_id=case)[0].id)
    assert (view.command, view.standing) == ("fire_timers", "wait")
    commands.move_token(town.engine, ADMIN, view.id, "b", "不用算")
    assert (town.open(case), town.rows(TimerRow, instance_id=case)) == (["b"], [])


def test_in_parallel_branches_it_says_why_not(make_town: MakeTown) -> None:
    drawing = Drawing("x", "领料").start("s").parallel("fork").parallel("join").end("e")
    drawing.user("a").user("b").script("bad", "数 = 没有 + 1").flow("s fork a bad join e").flow("fork b join")
    town = make_town(drawing)
    case = town.start()
    with pytest.raises(Refused):
        town.do(case, "a")
    view = queries.incident_view(town.engine, ADMIN, town.rows(Incident, instance_id=case)[0].id)
    assert (view.immovable, view.places) == ("案卷在这里有几支并行，不能移动", [])
    with pytest.raises(Conflict, match="几支并行"):
        commands.move_token(town.engine, ADMIN, view.id, "b", "走不下去")


def test_a_suspended_case_is_not_moved(make_town: MakeTown) -> None:
    town = make_town(failing())
    case, incident = failed(town)
    commands.suspend_case(town.engine, HEAD, case, "等")
    assert queries.incident_view(town.engine, ADMIN, incident).suspended
    with pytest.raises(Conflict, match="挂起"):
        commands.move_token(town.engine, ADMIN, incident, "h", "走不下去")


def test_tried_again_and_cancelled_with_a_reason(make_town: MakeTown) -> None:
    town = make_town(failing())
    case, incident = failed(town)
    assert commands.retry_incident(town.engine, ADMIN, incident, "请再提交一次")
    body = next(body for kind, body in town.history(case) if kind == "incident.retried")
    assert body["reason"] == "请再提交一次"
    case, incident = failed(town)
    commands.cancel_process_instance(town.engine, ADMIN, case, "重复登记")
    with pytest.raises(NotFound):
        queries.incident_view(town.engine, ADMIN, incident)
