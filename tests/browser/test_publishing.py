"""Trying and publishing a draft in a real browser: two people, progress, what failed and where, reasons in writing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from engine import ProcessEngine, commands, queries
from tests.browser.conftest import NewPage, Screenshot
from tests.browser.looking import faults, sign_in
from tests.support.town import start_town
from tests.support.workshop import DIAGRAM, DRAFTER, FEATURE, KEY, PUBLISHER, edit, open_workshop

PAGE = f"/workshop/{KEY}/publish"
# The scenarios of the toy town run in a few seconds, on a busy machine in more.
RUN_MS = 120_000
DISAGREED = """      而且 “甲一”办理“主管审批”，填写：
        | 字段     | 值     |
        | 审批结论 | 不同意 |
      那么 案卷“领料”已办结
"""


@dataclass(frozen=True)
class Workshop:
    address: str
    engine: ProcessEngine


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    engine = open_workshop(tmp_path / "town")
    with start_town(tmp_path, engine) as address:
        yield Workshop(address, engine)


@pytest.fixture
def server(workshop: Workshop) -> str:
    return workshop.address


Signed = Callable[..., Page]


@pytest.fixture
def signed(new_page: NewPage) -> Signed:
    """A page of this person at the publishing page."""

    def open_page(login: str, width: int = 1440, **watched: object) -> Page:
        page = new_page(width, 900, **watched)
        sign_in(page, login).goto(PAGE)
        return page

    return open_page


def accessible(page: Page) -> None:
    assert faults(page) == []


def tried(page: Page) -> None:
    """Start the run and wait for its end: the page follows it by itself."""
    page.get_by_role("button", name="试跑").click()
    # A process of its own has to start first: the page is there before it has ended.
    expect(page.get_by_role("progressbar", name="试跑进度")).to_be_visible()
    progress = page.locator("#gate ~ p[role=status]").first
    expect(progress).to_contain_text("个场景")
    expect(progress).not_to_contain_text("正在试跑", timeout=RUN_MS)


def test_what_failed_is_named_and_the_second_person_publishes_with_a_reason(
    workshop: Workshop, signed: Signed, screenshot: Screenshot
) -> None:
    edit(workshop.engine, FEATURE, DISAGREED, "      那么 案卷“领料”已办结\n")
    drafter = signed(DRAFTER, expected=["status of 403"])
    expect(drafter.get_by_text("还没有试跑过")).to_be_visible()
    accessible(drafter)
    tried(drafter)
    # The scenario, the rule it is about, the sentence, what was found instead, and the elements the case stood at.
    failed = drafter.locator("ul.results li").filter(has_text="主管不同意，不发料")
    expect(failed).to_have_count(1)
    for words in ("第二条 未经主管同意，不得发料", "那么 案卷“领料”已办结", "当时停在"):
        expect(failed).to_contain_text(words)
    expect(failed.get_by_role("link", name="“主管审批”")).to_be_visible()
    expect(failed).to_contain_text("案卷“领料”没有办结（在办）")
    accessible(drafter)
    screenshot(drafter, "publish-1440")
    # Who drafted it is offered no button, and is refused without one.
    expect(drafter.get_by_text("您改过这份草稿")).to_be_visible()
    expect(drafter.get_by_role("button", name="发布", exact=True)).to_have_count(0)
    token = drafter.locator("input[name=csrf_token]").first.get_attribute("value") or ""
    sent = "([url, token]) => fetch(url, { method: 'POST', body: new URLSearchParams({ csrf_token: token }) }).then(r => r.status)"
    assert drafter.evaluate(sent, [PAGE, token]) == 403
    # The element leads into the drawing.
    failed.get_by_role("link", name="“主管审批”").click()
    expect(drafter.locator("#gc-panel .bio-properties-panel-header-label")).to_have_text("主管审批")

    publisher = signed(PUBLISHER, expected=["status of 422"])
    publisher.get_by_role("button", name="发布", exact=True).click()
    wrong = publisher.get_by_role("alert")
    expect(wrong).to_contain_text("这个场景没有通过，请写明为什么仍然发布。")
    expect(wrong).to_be_focused()
    accessible(publisher)
    publisher.get_by_label("“主管不同意，不发料”没有通过，仍然发布的理由").fill("本月按旧办法办。")
    publisher.get_by_label("发布说明").fill("场景少写了一步")
    publisher.get_by_role("button", name="发布", exact=True).click()
    expect(publisher).to_have_url(f"{workshop.address}/workshop/{KEY}/versions")
    newest = publisher.get_by_role("row").nth(1)
    for words in ("现行", "丙三", "甲一", "本月按旧办法办。", "场景少写了一步"):
        expect(newest).to_contain_text(words)
    accessible(publisher)
    assert [each.version for each in queries.versions(workshop.engine, DRAFTER, KEY)] == [2, 1]


def test_what_breaks_a_hard_rule_nobody_publishes(
    workshop: Workshop, signed: Signed, screenshot: Screenshot
) -> None:
    edit(workshop.engine, DIAGRAM, "${审批结论 == '同意'}", "${审批结论 == '不同意'}")
    publisher = signed(PUBLISHER)
    tried(publisher)
    refused = publisher.locator("ul.results").first
    expect(refused).to_contain_text("硬约束场景“库存没有核对，不能发料”没有通过")
    expect(publisher.get_by_text("场景试跑通过以后，可以在这里发布")).to_be_visible()
    expect(publisher.get_by_role("button", name="发布", exact=True)).to_have_count(0)
    accessible(publisher)
    # Put right and tried again by the publisher alone, it may go out; on a phone, too.
    edit(workshop.engine, DIAGRAM, "${审批结论 == '不同意'}", "${审批结论 == '同意'}")
    phone = signed(PUBLISHER, 390)
    expect(phone.get_by_text("试跑以后有了改动，请重新试跑")).to_be_visible()
    tried(phone)
    expect(phone.locator("#gate ~ p[role=status]").first).to_contain_text("全部通过")
    accessible(phone)
    screenshot(phone, "publish-390")
    phone.get_by_role("button", name="发布", exact=True).click()
    expect(phone.get_by_text("已发布，新的案卷按这一版办理。")).to_be_visible()
    accessible(phone)


def test_the_folder_is_told_of_in_the_list(
    workshop: Workshop, signed: Signed, screenshot: Screenshot
) -> None:
    path = workshop.engine.processes / "lianxi" / KEY / DIAGRAM
    path.write_text(
        path.read_text("utf-8").replace("${审批结论 == '同意'}", "${审批结论 == '不同意'}"), "utf-8"
    )
    thread = commands.deploy_at_start(workshop.engine)[1]
    assert thread is not None
    thread.join(RUN_MS / 1000)
    commands.open_process_draft(workshop.engine, DRAFTER, KEY)
    for width in (1440, 390):
        page = signed(DRAFTER, width)
        page.goto("/workshop")
        expect(page.get_by_role("heading", name="流程文件夹里的改动没有发布")).to_be_visible()
        expect(page.locator(".folder-changes")).to_contain_text("那么 案卷“领料”已办结")
        accessible(page)
        screenshot(page, f"workshop-folder-{width}")
    page.goto("/notifications")
    page.get_by_role("link", name="打开流程工坊").first.click()
    expect(page.locator("#folder-title")).to_be_visible()
