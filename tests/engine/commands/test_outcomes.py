"""What a case decides by itself stands in its history: rows of decision tables, rounds that end early, reminders."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from engine import commands, lint, queries
from engine.clock import parse_moment
from engine.errors import BadDiagram, Conflict, Refused
from engine.lint import Finding
from engine.models import InboxEntry, Incident, Notification, Task, TimerRow
from tests.engine.conftest import MakeTown
from tests.support.cases import CLERK, FIXER, KEEPER, OTHER_FIXER, STORE, Town
from tests.support.diagrams import Drawing
from tests.support.tables import table

ROUTE = table(
    [("急件", "boolean"), ("件数", "integer", ">= 0")],
    [("方式", "string"), ("要签收", "boolean")],
    [
        ["true", "-", '"加急"', "true"],
        ["false", "[1..3]", '"自取"', "false"],
        ["false", "> 3", '"送货"', "true"],
    ],
)


def routed() -> Drawing:
    drawing = Drawing("fahuo").start("s").user("fill", fields={"急件": "checkbox", "件数": "number"})
    drawing.decide("d", ROUTE, "办法").user("send", due="${今天()}").end("e")
    return drawing.flow("s fill d send e")


def together(enough: str = "${已办人数 >= 1}", sequential: bool = False) -> Drawing:
    people = f"${{['{KEEPER}', '{FIXER}', '{OTHER_FIXER}']}}"
    drawing = Drawing("huiqian").start("s")
    drawing.user(
        "sign",
        "会签",
        {"意见": "textfield"},
        users="${人}",
        each="人",
        of=people,
        sequential=sequential,
        enough=enough,
    )
    return drawing.user("sum").end("e").flow("s sign sum e")


def told(town: Town, login: str) -> list[str]:
    with town.session() as session:
        return list(session.scalars(select(Notification.text).where(Notification.login == login)))


def test_the_history_tells_which_row_of_which_table_matched(make_town: MakeTown) -> None:
    town = make_town(routed())
    case = town.start("fahuo")
    town.do(case, "fill", 急件=False, 件数=2)
    assert town.value(case, "办法") == {"方式": "自取", "要签收": False}
    line = next(body for kind, body in town.history(case) if kind == "decision.made")
    assert line == {
        "task": "d",
        "process": "fahuo",
        "element": "d",
        "decision": "发货方式",
        "rows": [2],
        "notes": [],
        "result": {"方式": "自取", "要签收": False},
    }


def test_what_a_table_cannot_answer_becomes_an_incident_that_names_it(make_small_town: MakeTown) -> None:
    town = make_small_town(routed())
    case = town.start("fahuo")
    with pytest.raises(Refused, match="决策表“发货方式”没有一行符合：急件=否、件数=0"):
        town.do(case, "fill", 急件=False, 件数=0)
    incident = town.rows(Incident, instance_id=case)[0]
    assert "决策表“发货方式”没有一行符合" in str(vars(incident))
    assert town.open(case) == ["fill"]
    town.do(case, "fill", 急件=False, 件数=1)
    assert town.open(case) == ["send"]


def test_a_running_case_keeps_the_table_of_its_version(make_small_town: MakeTown) -> None:
    town = make_small_town(routed())
    case = town.start("fahuo")
    other = routed()
    other.files["decisions/route.dmn"] = ROUTE.replace("自取", "快递")
    assert town.deploy(other).deployed == ["fahuo"]
    later = town.start("fahuo")
    for each in (case, later):
        town.do(each, "fill", 急件=False, 件数=1)
    assert [town.value(each, "办法")["方式"] for each in (case, later)] == ["自取", "快递"]


def test_who_need_not_answer_any_more_is_told_and_has_the_task_no_longer(make_town: MakeTown) -> None:
    town = make_town(together())
    case = town.start("huiqian")
    spared = [town.task(case, "sign", each) for each in (KEEPER, OTHER_FIXER)]
    town.do(case, "sign", FIXER, item=FIXER, 意见="同意")
    assert town.open(case) == ["sum"]
    for task in spared:
        assert town.rows(Task, id=task)[0].state == "cancelled"
        assert town.rows(InboxEntry, task_id=task) == []
    name = queries.mentions(town.engine, [FIXER])[FIXER]
    for login in (KEEPER, OTHER_FIXER):
        assert told(town, login) == [f"“huiqian”的任务“会签”已由{name}办理，达到结束条件，无需再办。"]
    assert told(town, FIXER) == []
    line = next(body for kind, body in town.history(case) if kind == "round.cut_short")
    assert (line["task"], line["done"], line["all"]) == ("会签", 1, 3)
    assert set(line["people"]) == {KEEPER, OTHER_FIXER}
    with pytest.raises(Conflict):
        commands.complete_user_task(town.engine, KEEPER, spared[0], {"意见": "同意"})


def test_a_sequence_ends_early_without_asking_the_others(make_small_town: MakeTown) -> None:
    town = make_small_town(together("${'不同意' in 取列(结果, '意见')}", sequential=True))
    case = town.start("huiqian")
    town.do(case, "sign", KEEPER, 意见="同意")
    town.do(case, "sign", FIXER, 意见="不同意")
    assert town.open(case) == ["sum"]
    assert told(town, OTHER_FIXER) == []
    line = next(body for kind, body in town.history(case) if kind == "round.cut_short")
    assert (line["done"], line["all"], line["people"]) == (2, 3, [])


def test_when_all_have_answered_nothing_was_cut_short(make_small_town: MakeTown) -> None:
    town = make_small_town(together("${已办人数 == 应办人数}"))
    case = town.start("huiqian")
    for login in (KEEPER, FIXER, OTHER_FIXER):
        town.do(case, "sign", login, item=login, 意见="同意")
    assert "round.cut_short" not in [kind for kind, _ in town.history(case)]


def test_a_repeating_reminder_survives_downtime_and_tells_once_for_each_moment(make_town: MakeTown) -> None:
    drawing = (
        Drawing("cuiban")
        .start("s")
        .user("a")
        .end("e")
        .notify("tell", f"${{['{STORE}']}}", "请办理")
        .end("e2")
    )
    drawing.boundary(
        "bell",
        "a",
        timer="${工作日后(今天(), 1, '09:00')}",
        interrupting=False,
        重复="${工作日后(今天(), 1, '09:00')}",
    )
    town = make_town(drawing.flow("s a e").flow("bell tell e2"))
    case = town.start("cuiban")

    def due() -> list[str]:
        return [row.due_at.isoformat() for row in town.rows(TimerRow, instance_id=case)]

    assert due() == [
        parse_moment("2026-11-24T09:00:00+08:00").astimezone(town.rows(TimerRow)[0].due_at.tzinfo).isoformat()
    ]
    town.at("2026-11-24T09:00:00+08:00")
    assert len(told(town, STORE)) == 1
    # Nothing ran from Tuesday to Friday afternoon.
    town.at("2026-11-27T15:00:00+08:00")
    town.at("2026-11-27T15:00:00+08:00")
    assert len(told(town, STORE)) == 2
    # Over the weekend it rests; on Monday it comes back.
    town.at("2026-11-30T08:59:00+08:00")
    assert len(told(town, STORE)) == 2
    town.at("2026-11-30T09:00:00+08:00")
    assert len(told(town, STORE)) == 3
    town.do(case, "a", CLERK)
    assert due() == []
    town.at("2026-12-11T09:00:00+08:00")
    assert len(told(town, STORE)) == 3


def test_what_is_only_told_as_a_warning_does_not_hinder_a_deployment(
    make_small_town: MakeTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = make_small_town(routed())
    told = Finding("lianxi/fahuo/decisions/route.dmn", "", "decision-doubt", "证明不了。", warning=True)
    monkeypatch.setattr(lint, "check_folder", lambda folder: [told])
    assert commands.deploy_packs(town.engine).unchanged == ["fahuo"]
    monkeypatch.setattr(lint, "check_folder", lambda folder: [told, replace(told, warning=False)])
    with pytest.raises(BadDiagram, match="1 处问题"):
        commands.deploy_packs(town.engine)
