"""The history in words: rounds in one line, which of several things a line is about, nothing in the language of the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from flask import Flask
from lxml import html

from engine import ProcessEngine, commands, queries
from engine.clock import CN
from engine.queries.cases import HistoryLine
from tests.support import toy
from tests.support.pages import Visitor, words
from tests.web.conftest import Visit
from web.happened import WORDS
from web.timeline import MOST_NAMES, Event, Round, documents_together

ENGINE = Path(__file__).parents[2] / "engine"
OF_A_CASE = re.compile(
    r"(instance|task|timer|case|button|document|message|deadlines|incident|version|token)\.[a-z_]+"
)
FIXERS = (toy.FIXER, toy.OTHER_FIXER, toy.GUARD)


def repaired(town: ProcessEngine, fixers: tuple[str, ...], done: int) -> str:
    """A repair given to some people, of whom the first few have done it."""
    for login in set(fixers) - {toy.FIXER, toy.OTHER_FIXER}:
        commands.appoint(town, None, toy.PACK, login, "维修工", date(2026, 1, 1))
    instance = str(commands.start_process_instance(town, toy.CLERK, "repair")["instance"])
    task = queries.open_task_of(town, instance, "登记报修")
    data = {"地点": "二楼走廊", "故障": "灯不亮。", "维修人": list(fixers)}
    commands.complete_user_task(town, toy.CLERK, task, data)
    for fixer in fixers[:done]:
        commands.complete_user_task(town, fixer, toy.open_task(town, fixer, "维修"), {"维修结果": "修好了"})
    commands.drain(town)
    return instance


def lines(visitor: Visitor, url: str) -> list[str]:
    """The lines of the history, as far as they stand open."""
    found = html.fromstring(visitor.get(url).text).xpath("//ol[@class='time']/li")
    for each in found:
        for folded in each.xpath(".//details"):
            folded.drop_tree()
    return ["".join(each.text_content().split()) for each in found]


def test_what_three_people_did_in_one_round_stands_in_one_line(visit: Visit, town: ProcessEngine) -> None:
    case = repaired(town, FIXERS, 3)
    clerk = visit(toy.CLERK)
    found = lines(clerk, f"/cases/{case}")
    assert "维修：已办3人（己六、庚七、辛八）11月24日（周二）09:00" in found
    assert not [line for line in found if line.startswith("维修己六")]
    page = clerk.get(f"/cases/{case}")
    single = html.fromstring(page.text).xpath("//li[@class='round']//ol/li")
    assert ["己六" in each.text_content() for each in single] == [True, False, False]
    assert all("修好了" in each.text_content() for each in single)


def test_two_lines_stand_each_for_itself(visit: Visit, town: ProcessEngine) -> None:
    case = repaired(town, FIXERS, 2)
    found = lines(visit(toy.CLERK), f"/cases/{case}")
    assert [line for line in found if line.startswith("维修")] == [
        "维修11月24日（周二）09:00，己六",
        "维修11月24日（周二）09:00，庚七",
        "维修（当前）辛八",
    ]


def test_who_sees_only_the_own_part_sees_no_round(visit: Visit, town: ProcessEngine) -> None:
    case = repaired(town, FIXERS, 3)
    fixer = visit(toy.FIXER)
    assert lines(fixer, f"/cases/{case}") == ["维修11月24日（周二）09:00，己六"]
    assert "庚七" not in words(fixer.get(f"/cases/{case}"))


def test_many_names_are_left_out(visit: Visit, town: ProcessEngine) -> None:
    everybody = (*FIXERS, toy.KEEPER, toy.STORE)
    assert len(everybody) > MOST_NAMES
    found = lines(visit(toy.CLERK), f"/cases/{repaired(town, everybody, 5)}")
    assert "维修：已办5人（己六、庚七、辛八、丁四等）11月24日（周二）09:00" in found


def test_open_tasks_of_one_name_stand_together(visit: Visit, town: ProcessEngine) -> None:
    everybody = (*FIXERS, toy.KEEPER, toy.STORE)
    case = repaired(town, everybody, 0)
    clerk = visit(toy.CLERK)
    (line,) = (each for each in lines(clerk, f"/cases/{case}") if "当前" in each)
    assert line.startswith("维修（当前，5件）")
    assert line.endswith("等")
    many = html.fromstring(clerk.get(f"/cases/{case}").text).xpath("//li[@class='many']//ul/li")
    assert len(many) == 5
    # Each of them can still be urged.
    assert all(each.xpath(".//form[contains(@action, '/urge')]") for each in many)


def a_line(number: int, kind: str, name: str) -> Event:
    at = datetime(2026, 11, 24, 9, number, tzinfo=CN)
    line = HistoryLine(number, at, toy.CLERK, kind, None, {}, "", None)
    return Event(line, "生成文书" if kind == "document.made" else name, "", name, [])


def test_documents_made_one_after_the_other_stand_in_one_line(app: Flask) -> None:
    made = [a_line(number, "document.made", f"出库单{number}") for number in range(1, 6)]
    between = a_line(9, "case.copied", "抄送")
    with app.test_request_context():
        (one, other, *rest) = documents_together([*made, between, *made[:2]])
        assert isinstance(one, Round)
        assert one.title == "生成文书 5 份：出库单1、出库单2、出库单3、出库单4等"
        assert (one.begin.minute, one.end.minute) == (1, 5)
        assert other is between
        assert rest == made[:2], "two stand each for itself"


def test_on_the_page_of_a_task_what_is_long_past_is_folded(visit: Visit, town: ProcessEngine) -> None:
    _case, task = toy.start_requisition(town)
    for _ in range(7):
        commands.claim_task(town, toy.CLERK, task)
        commands.unclaim_task(town, toy.CLERK, task)
    page = html.fromstring(visit(toy.CLERK).get(f"/tasks/{task}").text)
    (earlier,) = page.xpath("//li[@class='earlier']")
    assert "更早的 5 条记录" in earlier.text_content()
    assert len(earlier.xpath(".//ol/li")) == 5
    assert len(page.xpath("//ol[@class='time']/li")) == 11


def kinds() -> Iterator[str]:
    """Every kind of line the engine writes into the history of a case."""
    for path in ENGINE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("record", "save"):
                values = [each.value for each in node.args if isinstance(each, ast.Constant)]
                yield from (each for each in values if isinstance(each, str) and OF_A_CASE.fullmatch(each))


def test_every_kind_of_line_has_words() -> None:
    found = set(kinds())
    assert {"instance.started", "task.completed", "incident.raised"} <= found
    assert found - WORDS.keys() == set()
