"""What an owner of procedures does, as the guide tells it: another deadline, another step with its lane and form."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import NewPage, Screenshot
from tests.browser.office import Office
from tests.support.town import start_town

OWNER, SECOND = "方绘图", "俞改表"
# A hundred scenarios with their common beginnings, on a machine that has other things to do.
RUN_MS = 240_000

MEETING = "镇政府专题会议"
RULING = "镇长裁定"
TWO_DAYS, THREE_DAYS = "2026-12-07 17:30", "2026-12-08 17:30"

EXCERPT = "相关单位领取会议纪要节录"
STEP, POST, OFFICIAL = "复核申领事项", "镇政府办主任", "冯模拟"
FIELD = "是否请主任复核"
CONDITION = f"${{个数(节录) == 0 and {FIELD} == '请复核'}}"
SCENARIO = f"""    @ZQ_F1_4_R2
    场景: 单位请主任复核的，先复核，再告知结果
      当 “何丙二”发起“{EXCERPT}”
      并且 “何丙二”办理“申请领取会议纪要”，填写：
        | 字段         | 值                     |
        | 另申事项     | 关于样例道路重建的议题 |
        | 是否请主任复核 | 请复核               |
      那么 “{OFFICIAL}”的待办里有“{STEP}”
      而且 “何丙二”没有收到通知“不予领取”
      当 “{OFFICIAL}”办理“{STEP}”，填写：
        | 字段     | 值             |
        | 复核意见 | 与该单位无关。 |
      那么 “何丙二”收到通知“不予领取”
      而且 案卷“领取会议纪要节录：社会事业发展办”已办结
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    with start_town(tmp_path) as address:
        yield address


@pytest.fixture
def office(new_page: NewPage) -> Office:
    return Office(new_page)


def begin(page: Page, procedure: str) -> None:
    """Go to the workshop by the menu and begin a draft."""
    page.get_by_role("navigation", name="主导航").get_by_role("link", name="流程工坊").click()
    page.get_by_role("button", name=f"修改“{procedure}”", exact=True).click()
    drawn(page)


def drawn(page: Page) -> None:
    expect(page.locator("#gc-canvas")).to_have_attribute("aria-busy", "false")


def find(page: Page, name: str) -> None:
    """Select what bears this name, by the search of the modeller."""
    page.get_by_role("button", name="查找").click()
    page.locator(".djs-search-container.open input").fill(name)
    expect(page.locator(".djs-search-result").first).to_contain_text(name)
    page.keyboard.press("Enter")
    expect(page.locator("#gc-panel .bio-properties-panel-header-label")).to_have_text(name)


def saved(page: Page) -> None:
    expect(page.locator("#gc-status")).to_have_text("已全部保存。")


def go(page: Page, name: str) -> None:
    """Another page of the same draft."""
    page.get_by_role("navigation", name="这个流程").get_by_role("link", name=name, exact=True).click()


def tried(page: Page, outcome: str) -> None:
    """Press 试跑 and wait until all scenarios have been played."""
    page.get_by_role("button", name="试跑").click()
    expect(page.locator("#gate ~ p[role=status]").first).to_contain_text(outcome, timeout=RUN_MS)


def test_a_deadline_is_changed_from_two_working_days_to_three(office: Office, screenshot: Screenshot) -> None:
    page = office.sign_in(OWNER).page
    begin(page, MEETING)
    find(page, RULING)
    due = page.get_by_label("办理时限")
    due.fill("${工作日后(登记日期, 3)}")
    page.get_by_label("换一天试算").fill("2026-12-03")
    expect(page.locator(".gc-due")).to_contain_text("2026年12月8日 17:30")
    saved(page)
    screenshot(page, "guide-deadline", whole=False)

    # The scenario of the clause still says two days: it fails, and tells where.
    go(page, "发布")
    expect(page.get_by_text("办理时限")).to_be_visible()
    tried(page, "有场景没有通过")
    failed = page.locator("ul.results li")
    expect(failed).to_have_count(1)
    for words in (
        "ZQ-三-1a 镇长全面主持镇政府工作",
        f"那么 “王样本”的“{RULING}”办理时限是“{TWO_DAYS}”",
        f"办理时限是 {THREE_DAYS}",
    ):
        expect(failed).to_contain_text(words)
    expect(failed.get_by_role("link", name=f"“{RULING}”")).to_be_visible()
    screenshot(page, "guide-refused")
    expect(page.get_by_role("button", name="发布", exact=True)).to_have_count(0)

    # Nobody publishes it like that without a reason in writing.
    second = office.sign_in(SECOND, expected=["status of 422"]).page
    second.goto(page.url)
    second.get_by_role("button", name="发布", exact=True).click()
    expect(second.get_by_role("alert")).to_contain_text("请写明为什么仍然发布")
    screenshot(second, "guide-reason")

    # Better the scenario says what now holds.
    go(page, "验收场景")
    scenario = page.locator("article").filter(has_text=f"“{RULING}”办理时限是“{TWO_DAYS}”")
    scenario.get_by_role("link", name="修改").click()
    text = page.get_by_label("场景", exact=True)
    text.fill(text.input_value().replace(TWO_DAYS, THREE_DAYS))
    page.get_by_role("button", name="试跑这个场景").click()
    expect(page.get_by_role("region", name="试跑结果")).to_contain_text("✓ 通过", timeout=RUN_MS)
    screenshot(page, "guide-scenario-green")
    page.get_by_role("button", name="放进草稿").click()
    expect(page.get_by_role("status").first).to_contain_text("场景已放进草稿")

    # All the others need not be played again. The second person publishes.
    go(page, "发布")
    tried(page, "全部通过")
    expect(page.get_by_text("沿用上次通过的结果")).to_be_visible()
    second.goto(page.url)
    second.get_by_label("发布说明").fill("裁定期限由两个工作日改为三个。")
    screenshot(second, "guide-publish")
    second.get_by_role("button", name="发布", exact=True).click()
    expect(second.get_by_text("已发布，新的案卷按这一版办理。")).to_be_visible()
    newest = second.get_by_role("row").nth(1)
    for words in ("现行", OWNER, SECOND, "裁定期限由两个工作日改为三个。"):
        expect(newest).to_contain_text(words)


def place(page: Page, name: str) -> tuple[float, float, float]:
    """Where the middle of what bears this name is on the screen, and how high it is."""
    x, y, height = page.evaluate(
        "name => { const m = window.guichengModeller.modeller, r = m.get('elementRegistry');"
        " const e = r.find(e => e.businessObject.name === name && !e.labelTarget);"
        " const b = r.getGraphics(e).getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2, b.height]; }",
        name,
    )
    return x, y, height


def connect(page: Page, source: str, target: str) -> None:
    """Draw an arrow: the arrow beside the element, then a click on where it goes."""
    find(page, source)
    page.get_by_role("button", name="全图").click()
    page.locator('.djs-context-pad [data-action="connect"]').click()
    x, y, _ = place(page, target)
    page.mouse.move(x - 10, y)
    page.mouse.move(x, y)
    page.mouse.click(x, y)


def arrow(page: Page, source: str, target: str) -> tuple[float, float]:
    """A point on the line between two elements where nothing else lies."""
    x, y = page.evaluate(
        "([source, target]) => { const m = window.guichengModeller.modeller, c = m.get('canvas');"
        " const named = (e) => e.businessObject.name;"
        " const line = m.get('elementRegistry').find(e => e.waypoints && named(e.source) === source && named(e.target) === target);"
        " const [a, b] = line.waypoints.slice(-2), v = c.viewbox(), r = c.getContainer().getBoundingClientRect();"
        " return [((a.x + b.x) / 2 - v.x) * v.scale + r.x, ((a.y + b.y) / 2 - v.y) * v.scale + r.y]; }",
        [source, target],
    )
    return x, y


def test_a_step_is_added_with_its_lane_and_its_form(office: Office, screenshot: Screenshot) -> None:
    page = office.sign_in(OWNER).page
    begin(page, EXCERPT)

    # A lane below the last one, with the post that shall do what is drawn in it.
    find(page, "镇政府办")
    page.get_by_role("button", name="全图").click()
    page.locator('.djs-context-pad [data-action="lane-insert-below"]').click()
    page.get_by_role("button", name="全图").click()
    x, y, height = place(page, "镇政府办")
    below = y + height / 2 + 40
    page.mouse.click(x, below)
    page.get_by_label("岗位或泳道名称").select_option(POST)

    # A user task is taken from the tools on the left and put into it.
    page.locator('.djs-palette [data-action="create.user-task"]').click()
    page.mouse.move(x - 10, below)
    page.mouse.move(x, below)
    page.mouse.click(x, below)
    page.keyboard.type(STEP)
    page.keyboard.press("Enter")
    find(page, STEP)
    expect(page.locator("#gc-panel")).to_contain_text(f"所在泳道：{POST}")
    page.get_by_role("button", name="新建表单").click()
    clauses = page.locator(".gc-clauses")
    clauses.get_by_label("添加条款").fill("与议题相关的部分会议纪要")
    clauses.locator(".gc-clause-hit").first.click()
    expect(clauses.locator(".gc-clause")).to_have_count(1)
    screenshot(page, "h7-2", whole=False)

    connect(page, STEP, "告知不予领取的理由")
    connect(page, "与本单位相关？", STEP)
    page.get_by_role("button", name="整理布局").click()
    expect(page.locator(".gc-banner", has_text="布局已经整理")).to_be_visible()
    page.get_by_role("button", name="全图").click()
    page.mouse.click(*arrow(page, "与本单位相关？", STEP))
    page.get_by_label("走这一支的条件").fill(CONDITION)
    expect(page.locator("#gc-findings li")).to_have_count(0)
    saved(page)
    screenshot(page, "guide-step", whole=False)

    # What the unit asks for is a field more on its own form.
    go(page, "表单")
    page.get_by_role("link", name="申请领取会议纪要").first.click()
    page.get_by_label("加一个").select_option(label="单选，平铺")
    page.get_by_role("button", name="加字段").click()
    page.get_by_label("名称", exact=False).first.fill(FIELD)
    page.get_by_label("固定的选项").fill("请复核\n不用")
    expect(page.locator("[data-part=looks]").get_by_role("group", name=FIELD)).to_be_visible()
    screenshot(page, "guide-field", whole=False)
    page.get_by_role("button", name="保存").last.click()
    expect(page.locator(".notice").first).to_contain_text("已保存")

    # The form of the new step.
    go(page, "表单")
    page.get_by_role("link", name=STEP).first.click()
    screenshot(page, "h7-4", whole=False)
