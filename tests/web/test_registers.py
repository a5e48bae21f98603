"""Registers and statistics on the pages: menu, filter, paper, workbook, numbers, colours."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask
from lxml import html
from sqlalchemy import select

from engine import ProcessEngine, commands, queries
from engine.models import HistoryEvent
from tests.support import toy
from tests.support.workbooks import read_workbook
from tests.web.conftest import Visit
from web import statistics as pages

NAME = "领料台账"
URL = f"/registers/{quote(NAME)}"


@pytest.fixture
def town(town: ProcessEngine) -> ProcessEngine:
    """Two cases: one filled in, one decided and completed."""
    toy.filled_requisition(town)
    done = toy.filled_requisition(town)
    for login, name, data in (
        (toy.KEEPER, "核对库存", {"库存足够": "足够"}),
        (toy.HEAD, "主管审批", {"审批结论": "不同意", "审批意见": "不急。"}),
    ):
        commands.complete_user_task(town, login, queries.open_task_of(town, done, name), data)
        commands.drain(town)
    return town


def cells(text: str) -> list[list[str]]:
    rows = html.fromstring(text).xpath("//table[contains(@class, 'register')]/tbody/tr")
    return [[" ".join(cell.text_content().split()) for cell in row] for row in rows]


def exported(town: ProcessEngine) -> list[dict[str, object]]:
    with town.database.reading() as session:
        lines = session.scalars(select(HistoryEvent).where(HistoryEvent.kind == "register.exported"))
        return [each.body for each in lines]


def test_the_menu_leads_to_what_one_may_see(visit: Visit) -> None:
    assert "台账" in visit(toy.HEAD).read("/tasks")
    assert "运行统计" in visit(toy.HEAD).read("/tasks")
    assert "台账" not in visit(toy.GUARD).read("/tasks")
    assert "运行统计" not in visit(toy.CLERK).read("/tasks")
    assert NAME in visit(toy.HEAD).read("/registers")
    assert "没有您可以查看的台账" in visit(toy.GUARD).read("/registers")


def test_a_register_shows_the_cases_one_sees_all_of(visit: Visit, town: ProcessEngine) -> None:
    rows = cells(visit(toy.HEAD).get(URL).text)
    assert len(rows) == 2
    assert any("未决" in row[0] for row in rows)
    assert cells(visit(toy.KEEPER).get(URL).text) == []
    assert visit(toy.GUARD).get(URL).status_code == 404
    assert visit(toy.HEAD).get("/registers/nothing").status_code == 404


def test_the_filter_is_kept_in_its_form(visit: Visit, town: ProcessEngine) -> None:
    page = visit(toy.HEAD).get(f"{URL}?q=灯管&state=completed&begin=2026-11-01")
    assert len(cells(page.text)) == 1
    form = html.fromstring(page.text).xpath("//form[contains(@class, 'filters')]")[0]
    assert form.xpath(".//input[@name='q']/@value") == ["灯管"]
    assert form.xpath(".//select[@name='state']/option[@selected]/@value") == ["completed"]
    assert "没有符合条件的案卷" in visit(toy.HEAD).read(f"{URL}?q=没有的")


@pytest.mark.parametrize("query", ["begin=yesterday", "begin=2026-12-01&end=2026-11-01", "state=lost"])
@pytest.mark.parametrize("part", ["", "/print", "/export"])
def test_a_wrong_filter_is_told_on_the_page(visit: Visit, town: ProcessEngine, query: str, part: str) -> None:
    page = visit(toy.HEAD).get(f"{URL}{part}?{query}")
    assert page.status_code == 422
    assert html.fromstring(page.text).xpath("//*[@data-errors]//li")
    assert exported(town) == []


def test_paper_has_town_name_filter_and_date_and_no_undecided_matters(
    visit: Visit, town: ProcessEngine
) -> None:
    text = visit(toy.HEAD).read(f"{URL}/print?q=灯管")
    for words in (
        "练习镇领料台账",
        "条件：查找“灯管”",
        "打印人：甲一",
        "2026-11-24 09:00",
        "共 1 行。",
        "另有 1 行是未决事项",
    ):
        assert words in text
    assert [each["form"] for each in exported(town)] == ["print"]
    assert visit(toy.GUARD).get(f"{URL}/print").status_code == 404


def test_the_workbook_is_a_download_with_a_chinese_name(visit: Visit, town: ProcessEngine) -> None:
    answer = visit(toy.HEAD).get(f"{URL}/export?state=completed")
    assert answer.status_code == 200
    assert quote("领料台账_2026-11-24.xlsx") in answer.headers["Content-Disposition"]
    assert len(read_workbook(answer.data).texts(NAME)) == 2
    assert (answer.headers["X-Rows"], answer.headers["X-Left-Out"]) == ("1", "0")
    assert exported(town)[0]["filter"] == {"state": "completed"}
    assert visit(toy.GUARD).get(f"{URL}/export").status_code == 404


def test_too_much_is_refused_with_a_sentence(
    visit: Visit, town: ProcessEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.commands import registers as command

    monkeypatch.setattr(command, "MOST_ROWS", 0)
    page = visit(toy.HEAD).get(f"{URL}/export")
    assert page.status_code == 422
    assert "请缩小日期、状态的范围" in page.text


# ---- numbers


def test_numbers_of_a_period(visit: Visit, town: ProcessEngine) -> None:
    text = visit(toy.HEAD).read("/statistics")
    for words in ("2026-11-01 — 2026-11-24", "领料", "填写领料单", "核对库存", "100% 1/1"):
        assert words in text
    assert "填写领料单" not in visit(toy.HEAD).read("/statistics?process=repair")
    assert "这段时间没有办过的环节" in visit(toy.HEAD).read(
        "/statistics?process=repair&from=2026-01-01&to=2026-01-31"
    )
    assert visit(toy.CLERK).get("/statistics").status_code == 403
    assert visit(toy.HEAD).get("/statistics?from=x").status_code == 422
    assert visit(toy.HEAD).get("/statistics?process=nothing").status_code == 422


@pytest.mark.parametrize(
    ("by", "words"), [("days", "0.0 天"), ("count", "2 次"), ("late", "0 次"), ("else", "0.0 天")]
)
def test_the_drawing_is_coloured_by_a_number(visit: Visit, town: ProcessEngine, by: str, words: str) -> None:
    page = html.fromstring(visit(toy.HEAD).get(f"/statistics/requisition?by={by}").text)
    labels = json.loads(page.xpath("//script[@data-heat]")[0].text)
    assert labels["r_fill"]["text"] == words
    address = page.xpath("//@data-diagram-url")[0]
    assert "bpmn:process" in visit(toy.HEAD).get(address).text
    assert visit(toy.CLERK).get(address).status_code == 403
    assert visit(toy.CLERK).get("/statistics/requisition").status_code == 403
    assert visit(toy.HEAD).get("/statistics/nothing").status_code == 404


def test_no_page_needs_a_style_of_its_own() -> None:
    folder = Path(__file__).parents[2] / "web" / "templates"
    for name in ("register", "statistics"):
        for path in (folder / name).glob("*.html"):
            assert " style=" not in path.read_text("utf-8")


@pytest.mark.parametrize(
    ("measure", "values", "levels", "bounds"),
    [
        (
            "days",
            {"a": 8.0, "b": 2.0, "c": 2.1, "d": 0.0, "e": None},
            [4, 1, 2, 0, 0],
            ["2.0", "4.0", "6.0", "8.0"],
        ),
        ("days", {"a": 0.01}, [1], ["0.5", "1.0", "1.5", "2.0"]),
        ("count", {"a": 7, "b": 1, "c": 4}, [4, 1, 3], ["1", "3", "5", "7"]),
        ("late", {"a": 1}, [4], ["1"]),
        ("late", {"a": 0}, [0], []),
    ],
)
def test_colours_and_their_explanation_agree(
    app: Flask, measure: str, values: dict[str, float | None], levels: list[int], bounds: list[str]
) -> None:
    assert list(pages.heats(values, measure).values()) == levels
    with app.test_request_context():
        explained = pages.legend(values, measure)
    assert [text.removeprefix("至 ").split()[0] for _, text in explained] == bounds
    for element, level in zip(values, levels, strict=True):
        number = values[element]
        if number:
            assert number <= float(dict(explained)[level].removeprefix("至 ").split()[0])
