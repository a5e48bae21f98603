"""Scenarios in a real browser: read beside the clause, changed with what is offered, red, mended, green, played back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Dialog, Locator, Page, expect

from tests.browser import looking
from tests.browser.conftest import NewPage, Screenshot

OWNER = "fanghuitu"
KEY = "meeting_notice"
TITLE = "到下班还没有发出的通知仍可以发，只是逾期"
CLAUSE = "会议召开前两个工作日"
RUN_MS = 60_000
"""A run makes a town of its own first."""

SignIn = Callable[..., Page]


@pytest.fixture
def sign_in(new_page: NewPage) -> SignIn:
    """A page of somebody who is signed in."""

    def open_page(login: str = OWNER, width: int = 1440, height: int = 900) -> Page:
        return looking.sign_in(new_page(width, height), login)

    return open_page


def article(page: Page, title: str = TITLE) -> Locator:
    return page.locator("article").filter(has=page.get_by_role("heading", name=title))


def written(page: Page) -> Locator:
    return page.get_by_label("场景", exact=True)


def at_line(page: Page, number: int) -> None:
    """Put the cursor at the end of a line."""
    page.keyboard.press("Control+Home")
    for _ in range(number - 1):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("End")


def fits(page: Page) -> None:
    """Nothing sticks out sideways, and the checker finds nothing."""
    assert looking.faults(page) == []


def test_an_official_changes_a_scenario_and_sees_it_played(sign_in: SignIn, screenshot: Screenshot) -> None:
    page = sign_in()
    page.get_by_role("link", name="验收场景").first.click()
    page.get_by_role("row", name="会议通知").get_by_role("link", name="查看").click()

    # Read: the scenario stands beside the text of its clause; run alone against what is published.
    expect(page.locator(".sc-clauses")).to_contain_text(CLAUSE)
    expect(article(page).locator(".sc-results")).to_contain_text("没有跑过")
    article(page).get_by_role("button", name="只跑这个").click()
    expect(page.locator(".sc-page [role=status]").first).to_contain_text("全部通过", timeout=RUN_MS)
    expect(article(page).locator(".sc-results")).to_contain_text("✓ 通过")
    fits(page)
    screenshot(page, "scenarios-1440", whole=False)

    # A sentence is written with what is offered: its words, then the names in it.
    page.get_by_role("button", name="开始修改").click()
    article(page).get_by_role("link", name="修改").click()
    area = written(page)
    area.focus()
    at_line(page, 6)
    offers = page.get_by_role("listbox", name="合用的句子和名称")
    page.keyboard.press("Enter")
    page.keyboard.type("那么 待办里没有")
    expect(offers.get_by_role("option").first).to_have_text("那么 “〔人〕”的待办里没有“〔任务〕”")
    page.keyboard.press("Tab")
    page.keyboard.type("谢代")
    expect(offers.get_by_role("option", name="谢代登")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    page.keyboard.type("编制会议")
    page.keyboard.press("ArrowDown")
    expect(offers.get_by_role("option", selected=True)).to_have_text("编制会议通知")
    screenshot(page, "scenario-offers-1440", whole=False)
    page.keyboard.press("Enter")
    line = "  那么 “谢代登”的待办里没有“编制会议通知”"
    assert area.input_value().split("\n")[6] == line
    told = page.locator("#sc-found")
    expect(told).to_have_text("没有发现问题。")

    # A wrong sentence is told with its line while one writes; the message leads there.
    good = area.input_value()
    area.fill(good.replace("谢代登”的待办里没有", "谢代登”手上没有"))
    expect(told).to_contain_text("第 7 行：没有这样的句子")
    told.get_by_role("link", name="第 7 行").click()
    assert (
        area.evaluate("area => area.value.slice(area.selectionStart, area.selectionEnd)")
        .strip()
        .startswith("那么 “谢代登”手上")
    )

    # One that is not true is run alone, and fails at itself.
    area.fill(good.replace("谢代登”的待办里没有", "谢代登”的待办里有"))
    page.get_by_role("button", name="试跑这个场景").click()
    trial = page.get_by_role("region", name="试跑结果")
    expect(trial).to_contain_text("没有通过", timeout=RUN_MS)
    expect(trial).to_contain_text("停在这一句（第 7 行）：那么 “谢代登”的待办里有“编制会议通知”")
    fits(page)
    screenshot(page, "scenario-red-1440")

    # Mended it passes, and goes into the draft.
    written(page).fill(good)
    page.get_by_role("button", name="试跑这个场景").click()
    expect(trial).to_contain_text("✓ 通过", timeout=RUN_MS)
    page.get_by_role("button", name="放进草稿").click()
    expect(page.get_by_role("status").first).to_contain_text("场景已放进草稿")
    expect(article(page).locator(".sc-results")).to_contain_text("草稿：✓ 通过")
    expect(article(page)).to_contain_text("改动")
    expect(article(page).locator(".sc-steps")).to_contain_text(line.strip().partition(" ")[2])

    # Played back over the diagrams beside the clause, by the keyboard.
    article(page).get_by_role("link", name="看经过").click()
    counted = page.locator("[data-play-count]")
    count = page.locator("[data-frame]").count()
    expect(counted).to_have_text(f"1 / {count}")
    expect(page.locator(".sc-beside")).to_contain_text(CLAUSE)
    step = page.locator("[data-frame]").filter(has_text="当 “陈登记”办理“编制会议通知”")
    number = int(step.get_attribute("data-frame") or 0)
    for _ in range(number):
        page.keyboard.press("ArrowRight")
    expect(counted).to_have_text(f"{number + 1} / {count}")
    expect(step).to_have_attribute("aria-current", "step")
    expect(page.locator("[data-play-said]")).to_contain_text("走过：编制会议通知")
    # The drawing that is looked at is that of the procedure the sentence came to last.
    looked_at = page.locator(".sc-drawing:not(.away)")
    expect(looked_at).to_have_count(1)
    expect(looked_at.locator(".djs-shape.gc-now").first).to_be_visible()
    expect(page.locator(".sc-beside .on").first).to_be_visible()
    fits(page)
    screenshot(page, "playback-1440", whole=False)
    page.keyboard.press("ArrowLeft")
    expect(counted).to_have_text(f"{number} / {count}")
    page.keyboard.press("End")
    expect(counted).to_have_text(f"{count} / {count}")
    page.keyboard.press("Home")
    expect(counted).to_have_text(f"1 / {count}")
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="暂停")).to_be_visible()
    expect(counted).to_have_text(f"3 / {count}")
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="播放")).to_have_attribute("aria-pressed", "false")

    # On a phone the same pages stand below each other.
    phone = sign_in(width=390, height=844)
    for url, name in ((f"/workshop/{KEY}/scenarios", "scenarios-390"), (page.url, "playback-390")):
        phone.goto(url)
        if "runs" in url:
            expect(phone.locator("[data-play-count]")).to_have_text(f"1 / {count}")
        fits(phone)
        screenshot(phone, name)
    phone.goto(f"/workshop/{KEY}/scenarios")
    article(phone).get_by_role("link", name="修改").click()
    expect(written(phone)).to_be_visible()
    fits(phone)
    screenshot(phone, "scenario-390")


def test_clauses_and_fields_are_offered_too_and_nothing_is_lost_by_leaving(sign_in: SignIn) -> None:
    page = sign_in()
    page.goto("/procedures/minutes_excerpt/scenarios")
    page.get_by_role("button", name="开始修改").click()
    page.get_by_role("link", name="写一个新场景").click()
    page.get_by_label("关于哪一条").select_option("ZQ_F1_2_1")
    page.get_by_role("button", name="从这一条写起").click()
    area = written(page)
    assert area.input_value().startswith("规则: ZQ-附1-2-1 ")
    area.fill("")
    offers = page.get_by_role("listbox", name="合用的句子和名称")
    page.keyboard.type("@ZQ_F1_2_")
    expect(offers.get_by_role("option").first).to_contain_text("@ZQ_F1_2_1")
    page.keyboard.press("Escape")
    expect(offers).to_be_hidden()
    page.keyboard.press("Enter")
    page.keyboard.type("场景: 一次")
    page.keyboard.press("Enter")
    page.keyboard.type("  当 “陈登记”办理“编制会议通知”，填写：")
    page.keyboard.press("Enter")
    page.keyboard.type("  | 联系")
    page.keyboard.press("ArrowDown")
    chosen = offers.get_by_role("option", selected=True).inner_text()
    page.keyboard.press("Enter")
    # A new line stands below the one before it.
    assert area.input_value().split("\n")[-1] == f"    | {chosen} ".replace("|  ", "| ")
    # Leaving asks first.
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.get_by_role("link", name="返回").click()
    expect(area).to_be_visible()
    assert asked == ["beforeunload"]


def test_without_scripts_everything_can_be_read_and_tried(new_page: NewPage) -> None:
    page = new_page(1440, javascript=False)
    page.goto("/signin")
    page.locator(f'button[value="{OWNER}"]').click()
    page.goto("/procedures/signed_receipt/scenarios")
    page.get_by_role("button", name="开始修改").click()
    page.locator("article").first.get_by_role("link", name="修改").click()
    written(page).fill(written(page).input_value().replace("那么 ", "那末 ", 1))
    page.get_by_role("button", name="检查").click()
    expect(page.locator("#sc-found")).to_contain_text("请写成“那么”")
    written(page).fill(written(page).input_value().replace("那末 ", "那么 ", 1))
    page.get_by_role("button", name="试跑这个场景").click()
    expect(page.get_by_role("region", name="试跑结果")).to_contain_text("✓ 通过", timeout=RUN_MS)
    page.get_by_role("region", name="试跑结果").get_by_role("link", name="看经过").click()
    expect(page.locator(".sc-frames")).to_contain_text("走过：")
