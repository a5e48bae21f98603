"""A register on the screen, on a phone and on paper, and the numbers of the procedures with the coloured drawing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from engine import ProcessEngine
from engine.clock import FixedClock
from features.steps.town import open_town
from tests.browser.conftest import NewPage, Screenshot
from tests.browser.looking import faults, wider
from tests.browser.office import DESKTOP, PHONE, Office
from tests.support.town import ROOT, start_town
from tests.support.walk import walk
from tests.support.workbooks import read_workbook
from web import assets

PACK, OFFICIAL, HEAD, CLERK = "zhuanqiao", "陈登记", "王样本", "朱甲二"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The demo town after a whole season of work."""
    folder: Path = tmp_path_factory.mktemp("season")
    assets.build()
    town = open_town(folder, ROOT / "processes", PACK)
    town.deploy()
    walk(town)
    now = town.engine.now()
    town.engine.close()
    engine = ProcessEngine(f"sqlite:///{folder / 'town.db'}", ROOT / "processes", folder, demo=True)
    engine.start()
    engine.clock = FixedClock(now)
    with start_town(folder, engine) as address:
        yield address


def clean(page: Page) -> None:
    assert faults(page) == []


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_a_register_is_found_filtered_printed_and_exported(
    new_page: NewPage, screenshot: Screenshot, width: int
) -> None:
    page = Office(new_page).sign_in(OFFICIAL, width).page
    page.goto("/registers")
    clean(page)
    page.get_by_role("link", name="议题台账").click()
    expect(page.locator("table.register tbody tr").first).to_be_visible()
    whole = page.locator("table.register tbody tr").count()
    clean(page)
    assert not wider(page)
    screenshot(page, f"register-{width}")
    page.get_by_label("状态").select_option("已办结")
    page.get_by_role("button", name="查找").click()
    expect(page.get_by_label("状态")).to_have_value("completed")
    assert 0 < page.locator("table.register tbody tr").count() < whole
    with page.expect_download() as download:
        page.get_by_role("link", name="导出 Excel 表").click()
    assert re.fullmatch(r"议题台账_\d{4}-\d{2}-\d{2}\.xlsx", download.value.suggested_filename)
    book = read_workbook(download.value.path().read_bytes())
    assert book.texts("议题台账")[0][:2] == ["议题编号", "议题名称"]
    page.get_by_role("link", name="打印").click()
    expect(page.get_by_role("heading", name="示例镇议题台账")).to_be_visible()
    clean(page)
    if width == DESKTOP:
        page.emulate_media(media="print")
        expect(page.get_by_role("link", name="返回台账")).not_to_be_visible()
        screenshot(page, "register-print")


def test_who_may_not_open_it_is_not_led_there(new_page: NewPage) -> None:
    page = Office(new_page).sign_in(CLERK).page
    expect(page.get_by_role("link", name="台账")).to_have_count(0)
    expect(page.get_by_role("link", name="运行统计")).to_have_count(0)


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_numbers_and_the_coloured_drawing(new_page: NewPage, screenshot: Screenshot, width: int) -> None:
    page = Office(new_page).sign_in(HEAD, width).page
    page.goto("/statistics")
    page.get_by_role("link", name="今年").click()
    expect(page.get_by_role("heading", name="按环节")).to_be_visible()
    clean(page)
    assert not wider(page)
    screenshot(page, f"statistics-{width}")
    page.get_by_role("link", name="议题申报与审核", exact=True).click()
    drawing = page.locator(".gc-diagram")
    expect(drawing.locator("svg[role=img]")).to_be_visible()
    expect(drawing.locator(".gc-heat-1").first).to_be_attached()
    expect(drawing.locator(".gc-heat-label").first).to_have_text(re.compile(r"^<?\d+\.\d 天$"))
    clean(page)
    assert not wider(page)
    screenshot(page, f"heat-{width}")
    page.get_by_role("link", name="次数").click()
    expect(drawing.locator(".gc-heat-4").first).to_be_attached()
    expect(drawing.locator(".gc-heat-label").first).to_have_text(re.compile(r"^\d+ 次$"))
    page.emulate_media(media="print")
    expect(drawing.locator(".gc-heat-label").first).to_be_visible()
