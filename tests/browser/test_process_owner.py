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

Picture = Callable[..., None]

OWNER, SECOND = "方绘图", "俞改表"
# A hundred scenarios with their common beginnings, on a machine that has other things to do.
RUN_MS = 180_000

MEETING = "镇政府专题会议"
RULING = "镇长裁定"
TWO_DAYS, THREE_DAYS = "2026-12-07 17:30", "2026-12-08 17:30"

EXCERPT = "相关单位领取会议纪要节录"
STEP, POST, OFFICIAL = "复核申领事项", "镇政府办主任", "冯模拟"
FIELD = "是否请主任复核"
CONDITION = f"${{个数(节录) == 0 and {FIELD} == '请复核'}}"
HARD = "提请单位只领到自己那件议题的部分，看不到别的议题"
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

CAR = "公务用车申请"
CAR_SCENARIO = f"""场景: 各单位提出，镇政府办安排
  假如 现在是“2026-12-01 09:00”
  当 “何丙二”发起“{CAR}”
  并且 “何丙二”办理“填写用车申请”
  那么 “陈登记”的待办里有“安排车辆”
  当 “陈登记”办理“安排车辆”
  那么 案卷“{CAR}”已办结
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    with start_town(tmp_path) as address:
        yield address


@pytest.fixture
def office(new_page: NewPage) -> Office:
    return Office(new_page)


@pytest.fixture
def picture(screenshot: Screenshot) -> Picture:
    """Keeps a picture for the guide, in a window low enough to be read on its page."""

    def keep(page: Page, name: str, *, whole: bool = False, bottom: Locator | None = None) -> None:
        usual = page.viewport_size
        assert usual is not None
        page.set_viewport_size({"width": 1440, "height": 820})
        if bottom is not None:
            bottom.evaluate("each => each.scrollIntoView({ block: 'end' })")
        screenshot(page, f"guide-{name}", whole=whole)
        page.set_viewport_size(usual)

    return keep


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


def brought_along(page: Page) -> None:
    """What has just been typed is noticed and saved."""
    expect(page.locator("#gc-status")).to_have_attribute("data-unsaved", "true")
    saved(page)


def go(page: Page, name: str) -> None:
    """Another page of the same draft."""
    page.get_by_role("navigation", name="这个流程").get_by_role("link", name=name, exact=True).click()


def tried(page: Page, outcome: str) -> None:
    """Press 试跑 and wait until all scenarios have been played."""
    with page.expect_navigation():
        page.get_by_role("button", name="试跑").click()
    status = page.locator("#gate ~ p[role=status]").first
    expect(status).not_to_contain_text("正在试跑", timeout=RUN_MS)
    expect(status).to_contain_text(outcome)


def test_a_deadline_is_changed_from_two_working_days_to_three(office: Office, picture: Picture) -> None:
    page = office.sign_in(OWNER).page
    begin(page, MEETING)
    find(page, RULING)
    due = page.get_by_label("办理时限")
    due.fill("${工作日后(登记日期, 3)}")
    page.get_by_label("换一天试算").fill("2026-12-03")
    expect(page.locator(".gc-due")).to_contain_text("2026年12月8日 17:30")
    saved(page)
    picture(page, "deadline")

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
    picture(page, "refused", whole=True)
    expect(page.get_by_role("button", name="发布", exact=True)).to_have_count(0)

    # Nobody publishes it like that without a reason in writing.
    second = office.sign_in(SECOND, expected=["status of 422"]).page
    second.goto(page.url)
    second.get_by_role("button", name="发布", exact=True).click()
    expect(second.get_by_role("alert")).to_contain_text("请写明为什么仍然发布")
    picture(second, "reason", whole=True)

    # Better the scenario says what now holds.
    go(page, "验收场景")
    scenario = page.locator("article").filter(has_text=f"“{RULING}”办理时限是“{TWO_DAYS}”")
    scenario.get_by_role("link", name="修改").click()
    text = page.get_by_label("场景", exact=True)
    text.fill(text.input_value().replace(TWO_DAYS, THREE_DAYS))
    page.get_by_role("button", name="试跑这个场景").click()
    expect(page.get_by_role("region", name="试跑结果")).to_contain_text("✓ 通过", timeout=RUN_MS)
    page.get_by_role("button", name="放进草稿").click()
    expect(page.get_by_role("status").first).to_contain_text("场景已放进草稿")

    # All the others need not be played again. The second person publishes.
    go(page, "发布")
    tried(page, "全部通过")
    expect(page.get_by_text("沿用上次通过的结果")).to_be_visible()
    second.goto(page.url)
    second.get_by_label("发布说明").fill("裁定期限由两个工作日改为三个。")
    picture(second, "publish", whole=True)
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


def test_a_step_is_added_with_its_lane_and_its_form(office: Office, picture: Picture) -> None:
    # This one begins before anything is changed.
    office.sign_in("尤乙二").start(EXCERPT, "申请领取会议纪要")
    page = office.sign_in(OWNER).page
    begin(page, EXCERPT)

    # What the unit asks for is one more field of its form.
    go(page, "表单")
    page.get_by_role("link", name="申请领取会议纪要").first.click()
    page.get_by_label("加一个").select_option(label="单选，平铺")
    page.get_by_role("button", name="加字段").click()
    page.get_by_label("名称", exact=False).first.fill(FIELD)
    page.get_by_label("固定的选项").fill("请复核\n不用")
    expect(page.locator("[data-part=looks]").get_by_role("group", name=FIELD)).to_be_visible()
    picture(page, "field")
    page.get_by_role("button", name="保存").last.click()
    expect(page.locator(".notice").first).to_contain_text("已保存")

    go(page, "画图")
    drawn(page)
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

    connect(page, STEP, "告知不予领取的理由")
    connect(page, "与本单位相关？", STEP)
    # A new arrow is selected: when it is taken stands beside it.
    page.get_by_label("走这一支的条件").fill(CONDITION)
    page.locator("#gc-layout").click()
    expect(page.locator(".gc-banner", has_text="布局已经整理")).to_be_visible()
    for closing in page.locator(".gc-banner").get_by_role("button", name="关闭").all()[::-1]:
        closing.click()
    find(page, STEP)
    page.get_by_role("button", name="全图").click()
    expect(page.locator("#gc-findings li")).to_have_count(0)
    saved(page)
    picture(page, "step")

    # The form made for the new step has one field, which gets its right name.
    go(page, "表单")
    page.get_by_role("link", name=STEP).first.click()
    page.get_by_role("link", name="说明", exact=True).click()
    page.get_by_label("名称", exact=False).first.fill("复核意见")
    page.get_by_label("字段键").fill("复核意见")
    page.get_by_role("button", name="保存").last.click()
    expect(page.locator(".notice").first).to_contain_text("已保存")
    expect(page.locator("form[data-sheet]").get_by_label("复核意见")).to_have_value("情况说明")
    picture(page, "form")

    # A scenario says what shall hold from now on.
    go(page, "验收场景")
    page.get_by_role("link", name="写一个新场景").click()
    page.get_by_label("关于哪一条").select_option("ZQ_F1_4_R2")
    page.get_by_role("button", name="从这一条写起").click()
    page.get_by_label("场景", exact=True).fill(SCENARIO)
    page.get_by_role("button", name="试跑这个场景").click()
    trial = page.get_by_role("region", name="试跑结果")
    expect(trial).to_contain_text("✓ 通过", timeout=RUN_MS)
    picture(page, "scenario", bottom=trial.locator("li").nth(1))
    page.get_by_role("button", name="放进草稿").click()
    expect(page.get_by_role("status").first).to_contain_text("场景已放进草稿")

    go(page, "发布")
    tried(page, "全部通过")
    second = office.sign_in(SECOND).page
    second.goto(page.url)
    second.get_by_role("button", name="发布", exact=True).click()
    expect(second.get_by_text("已发布，新的案卷按这一版办理。")).to_be_visible()

    # The case under way goes on as it began, unless somebody says why it should not.
    second.get_by_role("link", name="应用到在办事项").click()
    expect(second.get_by_role("heading", name="可以应用的 1 件")).to_be_visible()
    second.get_by_label("理由").fill("正在申请的也可以请主任复核。")
    picture(second, "running")
    second.get_by_role("button", name="应用到勾选的案卷").click()
    second.get_by_role("button", name="确认应用").click()
    expect(second.get_by_text("正在申请的也可以请主任复核。")).to_be_visible()

    # From now on the step is done like every other one.
    clerk = office.sign_in("何丙二")
    sheet = clerk.start(EXCERPT, "申请领取会议纪要")
    sheet.fill("上面没有列出的事项", "关于样例道路重建的议题")
    sheet.choose(FIELD, "请复核")
    clerk.submit()
    official = office.sign_in(OFFICIAL)
    sheet = official.open_task(STEP)
    sheet.fill("复核意见", "与该单位无关。")
    picture(official.page, "new-task")
    official.submit()
    clerk.go("消息")
    expect(clerk.page.locator("main")).to_contain_text("不予领取")


def test_what_breaks_a_hard_rule_is_refused_and_given_up(office: Office, picture: Picture) -> None:
    page = office.sign_in(OWNER).page
    begin(page, EXCERPT)
    find(page, "与本单位相关？")
    page.get_by_label("硬约束：任何角色不得绕过").uncheck()
    brought_along(page)
    find(page, "登记并发放节录")
    page.get_by_label("办理时限").fill("${工作日后(申请日期, 3)}")
    brought_along(page)
    go(page, "发布")
    tried(page, "不能发布")
    refused = page.locator("ul.results").first
    expect(refused).to_have_text(re.compile("环节“与本单位相关？”.*不能去掉标记。请恢复“硬约束”。"))
    # The sentence leads to the element. With the mark back, the scenarios are played.
    refused.get_by_role("link").click()
    drawn(page)
    expect(page.locator("#gc-panel .bio-properties-panel-header-label")).to_have_text("与本单位相关？")
    page.get_by_label("硬约束：任何角色不得绕过").check()
    brought_along(page)
    go(page, "发布")
    tried(page, "不能发布")
    expect(page.locator("ul.results").first).to_contain_text(f"硬约束场景“{HARD}”没有通过")
    picture(page, "hard", whole=True)
    second = office.sign_in(SECOND).page
    second.goto(page.url)
    expect(second.get_by_role("button", name="发布", exact=True)).to_have_count(0)
    go(page, "流程工坊")
    page.get_by_role("link", name=f"放弃“{EXCERPT}”的草稿").click()
    page.get_by_role("button", name="放弃草稿").click()
    expect(page.get_by_text("草稿已放弃")).to_be_visible()


def test_a_new_procedure_is_drawn_published_and_done(office: Office, picture: Picture) -> None:
    page = office.sign_in(OWNER).page
    page.get_by_role("navigation", name="主导航").get_by_role("link", name="流程工坊").click()
    page.get_by_label("流程名称").fill(CAR)
    page.get_by_label("流程键").fill("car_request")
    page.get_by_role("button", name="新建", exact=True).click()
    drawn(page)
    saved(page)
    picture(page, "new")

    # One step after the other is hung on the one before it.
    for before, step, field, doer in (
        ("开始", "填写用车申请", "办理人", "${发起人}"),
        ("填写用车申请", "安排车辆", "几个岗位", "镇政府办"),
    ):
        find(page, before)
        page.locator('.djs-context-pad [data-action="append.user-task"]').click()
        page.keyboard.type(step)
        page.keyboard.press("Enter")
        find(page, step)
        page.get_by_label(field, exact=True).fill(doer)
        page.get_by_role("button", name="新建表单").click()
    page.locator('.djs-context-pad [data-action="append.end-event"]').click()
    page.keyboard.type("已安排")
    page.keyboard.press("Enter")
    page.locator("#gc-layout").click()
    expect(page.locator(".gc-banner", has_text="布局已经整理")).to_be_visible()
    expect(page.locator("#gc-summary")).to_have_text("检查通过，没有发现问题。")
    saved(page)
    page.locator("#gc-panel").get_by_text("可以发起的人", exact=True).click()
    page.get_by_label("可以发起的岗位").fill("单位经办人")
    brought_along(page)
    picture(page, "new-drawn")

    go(page, "验收场景")
    page.get_by_role("link", name="写一个新场景").click()
    page.get_by_label("场景", exact=True).fill(CAR_SCENARIO)
    page.get_by_role("button", name="试跑这个场景").click()
    expect(page.get_by_role("region", name="试跑结果")).to_contain_text("✓ 通过", timeout=RUN_MS)
    page.get_by_role("button", name="放进草稿").click()
    expect(page.get_by_role("status").first).to_contain_text("场景已放进草稿")
    go(page, "发布")
    tried(page, "全部通过")
    second = office.sign_in(SECOND).page
    second.goto(page.url)
    second.get_by_role("button", name="发布", exact=True).click()
    expect(second.get_by_text("已发布，新的案卷按这一版办理。")).to_be_visible()

    clerk = office.sign_in("何丙二")
    clerk.start(CAR, "填写用车申请").fill("说明", "到样板村调研")
    clerk.submit()
    office.sign_in("陈登记").open_task("安排车辆")
