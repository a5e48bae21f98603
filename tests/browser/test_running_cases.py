"""Cases under way in a real browser: a version applied to some of them and taken back, a failure dealt with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from engine import ProcessEngine
from tests.browser.conftest import NewPage, Screenshot
from tests.browser.looking import faults, sign_in
from tests.support import toy
from tests.support.running import GONE, RENAMED, failed, open_failing, renew
from tests.support.town import start_town
from tests.support.workshop import DRAFTER, KEY, open_workshop


@pytest.fixture
def town(tmp_path: Path, request: pytest.FixtureRequest) -> ProcessEngine:
    """The town a test asks for by its parameter."""
    opened: ProcessEngine = request.param(tmp_path / "town")
    return opened


@pytest.fixture
def server(town: ProcessEngine, tmp_path: Path) -> Iterator[str]:
    with start_town(tmp_path, town) as address:
        yield address


def accessible(page: Page) -> None:
    assert faults(page) == []


@pytest.mark.parametrize("town", [open_workshop], indirect=True)
def test_a_version_is_applied_to_a_case_and_taken_back(
    town: ProcessEngine, new_page: NewPage, screenshot: Screenshot
) -> None:
    toy.start_requisition(town)
    toy.filled_requisition(town)
    renew(town, RENAMED)
    page = sign_in(new_page(), DRAFTER)
    page.goto(f"/workshop/{KEY}/versions")
    page.get_by_role("link", name="应用到在办事项").click()
    accessible(page)
    expect(page.get_by_role("heading", name="可以应用的 2 件")).to_be_visible()
    page.get_by_label("理由").fill("主管的叫法按新三定改")
    page.get_by_role("checkbox").first.uncheck()
    page.get_by_role("button", name="应用到勾选的案卷").click()
    expect(page.get_by_text("以下 1 个案卷改按第 2 版办理")).to_be_visible()
    accessible(page)
    screenshot(page, "apply-version-confirm")
    page.get_by_role("button", name="确认应用").click()
    expect(page.get_by_text("已应用到勾选的案卷")).to_be_visible()
    renew(town, *GONE)
    phone = sign_in(new_page(390), DRAFTER)
    for each in (page, phone):
        each.goto(f"/workshop/{KEY}/versions/cases")
        expect(each.get_by_text("案卷正停在“主管审核”，新版本里没有这个环节。")).to_be_visible()
        accessible(each)
        screenshot(each, f"apply-version-{each.viewport_size['width'] if each.viewport_size else 0}")
    page.locator("#f-revert-changes").get_by_role("checkbox").check()
    page.get_by_label("撤销的理由").fill("弄错了")
    page.get_by_role("button", name="撤销勾选的应用").click()
    expect(page.get_by_text("已撤销，案卷恢复按原来的版本办理。")).to_be_visible()


@pytest.mark.parametrize("town", [open_failing], indirect=True)
def test_a_failure_is_read_and_the_case_moved_on(
    town: ProcessEngine, new_page: NewPage, screenshot: Screenshot
) -> None:
    case, number = failed(town)
    phone = sign_in(new_page(390), toy.KEEPER)
    phone.goto(f"/office/incidents/{number}")
    accessible(phone)
    screenshot(phone, "incident-390")
    page = sign_in(new_page(expected=["status of 422"]), toy.KEEPER)
    page.goto("/office")
    page.locator("#incidents").get_by_role("link", name="处理").click()
    expect(page.get_by_text("除数是 0")).to_be_visible()
    accessible(page)
    screenshot(page, "incident-1440")
    page.get_by_label("移到").select_option(label="复核")
    page.get_by_role("button", name="移动").click()
    expect(page.get_by_role("alert")).to_contain_text("请写明移动的理由。")
    accessible(page)
    expect(page.get_by_label("移到")).to_have_value("k_again")
    page.locator("#f-move-reason").fill("架数不用算")
    page.get_by_role("button", name="移动").click()
    expect(page.get_by_text("案卷已移动，从那里继续办理")).to_be_visible()
    page.goto(f"/cases/{case}")
    expect(page.get_by_text("由“清点”移到“复核”继续办理")).to_be_visible()
