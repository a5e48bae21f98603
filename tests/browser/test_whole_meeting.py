"""A whole meeting worked through by its people in the browser, from calling it to supervision and the party committee.

It follows the first scenario of features/zhuanqiao/mayor_meeting.feature, with what goes wrong on the way: the
meeting is moved, too few leaders come at first, and one of them has something to say about the minutes.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPage, Screenshot
from tests.browser.looking import Picture, looking
from tests.browser.office import PHONE, Desk, Office

MEETING, PARK, ROAD = "镇长办公会议", "关于样例园区改造的议题", "关于样例道路重建的议题"
MAYOR, VICE_MAYORS = "王样本", ("李虚构", "赵演示", "钱测试", "孙假设", "周占位")
LEADERS = (MAYOR, *VICE_MAYORS)
FIRST = "镇长办〔2026〕第1期"
CLERK, PARK_CLERK, ROAD_CLERK = "陈登记", "朱甲二", "尤乙二"
# They attend, but do not count: the head of the office, and for both topics the head of the unit and its clerk.
OTHERS = ("冯模拟", "杨甲一", PARK_CLERK, "秦乙一", ROAD_CLERK)


@pytest.fixture
def picture(screenshot: Screenshot) -> Picture:
    """Looks at pages of this meeting."""
    return looking(screenshot, "meeting")


def test_a_whole_meeting(new_page: NewPage, picture: Picture) -> None:
    office = Office(new_page)
    # The clerk forgets the place at first, and is told so.
    office.sign_in(CLERK, expected=["status of 422"])
    office.until("2026-12-01 09:00")
    the_meeting_is_called_and_moved(office, picture)
    topics_are_submitted_and_reviewed(office, picture)
    office.until("2026-12-08 09:00")
    the_plan_is_made_and_approved(office, picture)
    the_notice_is_sent_and_received(office, picture)
    office.until("2026-12-09 10:00")
    attendance_is_confirmed(office)
    office.until("2026-12-10 08:30")
    the_meeting_waits_for_its_quorum(office, picture)
    the_topics_are_decided(office, picture)
    office.until("2026-12-11 09:00")
    the_minutes_are_written_and_signed(office, picture)
    the_minutes_are_sent(office, picture)
    supervision_begins(office, picture)
    the_party_committee_is_asked(office, picture)
    the_next_meeting_is_being_prepared(office)


def the_meeting_is_called_and_moved(office: Office, picture: Picture) -> None:
    clerk = office.sign_in(CLERK)
    sheet = clerk.start(MEETING, "拟定会议日期")
    sheet.fill("会议日期", "2026-12-09")
    sheet.choose("主持人", MAYOR)
    expect(clerk.submit_refused()).to_contain_text("请填写“会议地点”。")
    sheet.fill("会议地点", "镇政府三楼会议室")
    clerk.submit()
    mayor = office.sign_in(MAYOR)
    sheet = mayor.open_button(MEETING, "会议改期")
    sheet.fill("新会议日期", "2026-12-10")
    sheet.fill("理由", "镇长当天参加区里的会议。")
    picture(mayor, "move")
    mayor.press("会议改期")
    sheet = clerk.open_task("拟定会议日期")
    expect(sheet.scope).to_contain_text("改期理由：镇长当天参加区里的会议。")
    clerk.submit()


def topics_are_submitted_and_reviewed(office: Office, picture: Picture) -> None:
    submit_topic(office.sign_in(PARK_CLERK), PARK, important=False)
    submit_topic(office.sign_in(ROAD_CLERK), ROAD, important=True, picture=picture)
    clerk = office.sign_in(CLERK)
    clerk.inbox()
    expect(clerk.waiting("审核议题材料")).to_have_count(2)
    picture(clerk, "inbox")
    sheet = clerk.open_task("审核议题材料", PARK)
    sheet.choose("审核结论", "通过")
    clerk.submit()
    sheet = clerk.open_task("审核议题材料", ROAD)
    sheet.choose("三重一大类别", "重要项目安排")
    sheet.choose("审核结论", "通过")
    picture(clerk, "review")
    clerk.submit()
    expect(clerk.waiting("形成会议方案")).to_have_count(0)


def submit_topic(desk: Desk, title: str, *, important: bool, picture: Picture | None = None) -> None:
    sheet = desk.start("议题申报与审核", "填报会议议题征集单")
    sheet.fill("议题名称", title)
    sheet.choose("议题类别", "重大问题与群众利益事项")
    sheet.choose("事项类别", "项目实施")
    sheet.fill("请示事项（一事一议）", "逢大雨积水，影响沿线居民出行，提请审议改造立项。")
    sheet.fill("相关建议", "建议同意立项，所需经费在年度市政维护经费中列支，汛期前完工。")
    sheet.tick("属于“三重一大”事项", important)
    sheet.attach("会议材料", "改造立项请示.pdf")
    sheet.choose("汇报人", desk.name)
    sheet.fill("汇报时长（分钟）", "10")
    sheet.fill("联系电话", "021-60000000")
    if picture:
        picture(desk, "topic")
    desk.submit()


def the_plan_is_made_and_approved(office: Office, picture: Picture) -> None:
    clerk = office.sign_in(CLERK)
    clerk.open_task("形成会议方案")
    clerk.row("议题顺序", ROAD).fill("序号", "1")
    clerk.row("议题顺序", PARK).fill("序号", "2")
    picture(clerk, "plan")
    clerk.submit()
    # The mayor approves on the phone, on the way.
    mayor = office.sign_in(MAYOR, PHONE)
    sheet = mayor.open_task("镇长审定会议方案")
    sheet.choose("审定结论", "审定")
    sheet.fill("审定意见", "同意。")
    picture(mayor, "approve")
    mayor.submit()


def the_notice_is_sent_and_received(office: Office, picture: Picture) -> None:
    clerk = office.sign_in(CLERK)
    sheet = clerk.open_task("编制会议通知")
    sheet.attach("会议材料", "议题材料.pdf")
    sheet.fill("联系电话", "021-60000000")
    picture(clerk, "notice")
    clerk.submit()
    for name in LEADERS:
        leader = office.sign_in(name, PHONE)
        leader.open_task("领取并填写签收单")
        if name == VICE_MAYORS[0]:
            picture(leader, "receipt")
        leader.submit()
        expect(leader.waiting("领取并填写签收单")).to_have_count(0)


def attendance_is_confirmed(office: Office) -> None:
    for name in (PARK_CLERK, ROAD_CLERK):
        desk = office.sign_in(name)
        sheet = desk.open_task("反馈出席情况")
        sheet.tick("已收到会议通知和本单位有关议题的材料")
        sheet.choose("出席反馈", "出席")
        sheet.mark("参会人员", name)
        desk.submit()
    clerk = office.sign_in(CLERK)
    sheet = clerk.open_task("确认出席情况")
    expect(sheet.shown("预计出席领导数")).to_have_text("6")
    clerk.submit()


def the_meeting_waits_for_its_quorum(office: Office, picture: Picture) -> None:
    clerk = office.sign_in(CLERK)
    clerk.open_task("会场布置")
    clerk.submit()
    sheet = clerk.open_task("签到并核验出席人数")
    expect(sheet.shown("领导成员总数")).to_have_text("6")
    for name in (MAYOR, *VICE_MAYORS[:2], *OTHERS):
        clerk.row("签到表", name).choose("签到", "本人")
    for name in VICE_MAYORS[2:]:
        late = clerk.row("签到表", name)
        late.choose("签到", "缺席")
        late.fill("缺席、代会事由", "还在路上")
    clerk.submit()
    expect(clerk.waiting("议题衔接、审议与登记")).to_have_count(0)
    mayor = office.sign_in(MAYOR)
    sheet = mayor.open_task("人数不足，镇长决定")
    expect(sheet.scope).to_contain_text("共 6 人，本人到会 3 人，不足三分之二，不能召开会议。")
    sheet.choose("决定", "等候后重新签到")
    picture(mayor, "quorum-refused")
    mayor.submit()
    sheet = clerk.open_task("签到并核验出席人数")
    came = clerk.row("签到表", VICE_MAYORS[2])
    came.choose("签到", "本人")
    came.fill("到会时间", "09:20")
    came.fill("缺席、代会事由", "")
    picture(clerk, "sign-in")
    clerk.submit()


def the_topics_are_decided(office: Office, picture: Picture) -> None:
    clerk = office.sign_in(CLERK)
    for title, result in ((ROAD, "同意立项。"), (PARK, "同意改造。")):
        sheet = clerk.open_task("议题衔接、审议与登记", title)
        sheet.fill("汇报要点", "提请单位汇报了事项的由来、依据和建议。")
        sheet.fill("讨论发言（写明发言人）", "王样本：原则赞成，请责任单位抓紧落实。")
        sheet.choose("审议结果", "通过")
        sheet.fill("议定内容", result)
        sheet.fill("完成时限", "2027-01-08")
        sheet.tick("需督办")
        if title == ROAD:
            picture(clerk, "deliberation")
        clerk.submit()
    sheet = clerk.open_task("登记散会")
    sheet.fill("散会时间", "11:30")
    clerk.submit()
    sheet = clerk.open_task("会议记录、录音、会场照应")
    sheet.fill("未录音原因", "录音设备故障，已安排两人记录并互相核对。")
    picture(clerk, "record")
    clerk.submit()


def the_minutes_are_written_and_signed(office: Office, picture: Picture) -> None:
    clerk = office.sign_in(CLERK)
    sheet = clerk.open_task("整理会议记录、起草会议纪要")
    sheet.fill("会议概况", "会议在镇政府三楼会议室召开，镇长主持。现将会议议定的事项纪要如下：")
    picture(clerk, "minutes-draft")
    clerk.submit()
    for name in VICE_MAYORS:
        vice = office.sign_in(name, PHONE)
        sheet = vice.open_task("各副镇长核稿")
        if name == VICE_MAYORS[0]:
            sheet.choose("核稿结论", "有修改意见")
            sheet.fill("修改意见", "第二项的责任单位写全称。")
            picture(vice, "minutes-review")
        else:
            sheet.choose("核稿结论", "无意见")
        vice.submit()
    mayor = office.sign_in(MAYOR)
    mayor.open_case(FIRST)
    picture(mayor, "case")
    clerk.open_task("意见处理")
    opinion = clerk.row("逐条处理", "责任单位写全称")
    opinion.choose("处理", "采纳")
    opinion.fill("说明", "已写全称。")
    picture(clerk, "minutes-opinions")
    clerk.submit()
    vice = office.sign_in(VICE_MAYORS[0], PHONE)
    sheet = vice.open_task("提出人复核")
    sheet.choose("复核结论", "已按意见修改")
    vice.submit()
    sheet = mayor.open_task("镇长审核签发")
    expect(sheet.scope).to_contain_text("第二项的责任单位写全称。")
    sheet.choose("意见", "同意")
    picture(mayor, "sign")
    mayor.submit()


def the_minutes_are_sent(office: Office, picture: Picture) -> None:
    for name in LEADERS:
        leader = office.sign_in(name, PHONE)
        leader.open_task("领取并填写签收单")
        leader.submit()
    mayor = office.sign_in(MAYOR)
    mayor.open_case(FIRST)
    expect(mayor.page.locator(".facts .state")).to_have_text("已办结")
    picture(mayor, "case-done")
    minutes = mayor.read_document("^会议纪要（")
    expect(minutes).to_contain_text(ROAD)
    expect(mayor.page.locator(".doc-foot")).to_contain_text("内容已固定")
    picture(mayor, "document")
    mayor.page.get_by_role("link", name="返回案卷").click()


def supervision_begins(office: Office, picture: Picture) -> None:
    head = office.sign_in("蒋督办")
    head.inbox()
    expect(head.waiting("督办立项（一事一项）")).to_have_count(1)
    sheet = head.open_task("督办立项（一事一项）")
    sheet.choose("反馈频次", "一次性")
    picture(head, "supervision")
    head.submit()


def the_party_committee_is_asked(office: Office, picture: Picture) -> None:
    desk = office.sign_in(ROAD_CLERK)
    sheet = desk.open_task("编制党委会议题报送单")
    sheet.attach("附件", "会议纪要节录.pdf")
    picture(desk, "party-form")
    desk.submit()
    clerk = office.sign_in(CLERK)
    sheet = clerk.open_task("审核并报送")
    sheet.choose("审核结论", "报送")
    clerk.submit()
    secretary = office.sign_in("韩记会")
    sheet = secretary.open_task("登记党委会结论")
    sheet.fill("会议日期", "2026-12-11")
    sheet.choose("结论", "同意")
    sheet.fill("结论内容", "同意会议议定的意见。")
    secretary.submit()
    # What the party committee had to agree to first is supervised from now on, too.
    head = office.sign_in("蒋督办")
    head.inbox()
    expect(head.waiting("督办立项（一事一项）", ROAD)).to_have_count(1)
    for title in (PARK, ROAD):
        clerk.open_case(title)
        expect(clerk.page.locator(".facts .state")).to_have_text("已办结")


def the_next_meeting_is_being_prepared(office: Office) -> None:
    clerk = office.sign_in(CLERK)
    clerk.inbox()
    expect(clerk.waiting("拟定会议日期")).to_have_count(1)
