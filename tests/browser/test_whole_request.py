"""A request that a meeting has to decide, worked through by its people in the browser, from sending it to its archive.

It follows features/zhuanqiao/request_document_会议.feature: the mayor puts it before the meeting, the meeting decides and has
it supervised, and its sender gets the answer. The meeting itself takes the shortest way the rules allow.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPage, Screenshot
from tests.browser.looking import Picture, looking
from tests.browser.office import PHONE, Office

REQUEST, MEETING = "请示件办理一般流程（重建稿，待镇政府办确认）", "镇长办公会议"
TITLE, NUMBER, MINUTES = "关于化解样例小区群体矛盾的请示", "镇收〔2026〕1号", "镇长办纪要〔2026〕1号"
SENDER, CLERK, HEAD, VICE_MAYOR, MAYOR = "施丁二", "陈登记", "冯模拟", "孙假设", "王样本"
# Who archives and examines must not be who did the work.
OTHER_CLERK, SUPERVISOR = "谢代登", "蒋督办"


@pytest.fixture
def picture(screenshot: Screenshot) -> Picture:
    """Looks at pages of this request."""
    return looking(screenshot, "request")


def test_a_whole_request(new_page: NewPage, picture: Picture) -> None:
    office = Office(new_page)
    clerk = office.sign_in(CLERK)
    clerk.turn_clock("2026-12-01 09:00")
    picture(clerk, "clock")
    a_meeting_is_being_prepared(office)
    the_request_is_sent(office, picture)
    it_is_received_and_examined(office, picture)
    a_handling_is_proposed(office, picture)
    the_leaders_put_it_before_the_meeting(office, picture)
    the_topic_is_handed_in(office, picture)
    clerk.turn_clock("2026-12-08 09:00")
    the_meeting_is_called(office)
    clerk.turn_clock("2026-12-09 17:30")
    attendance_is_confirmed(office)
    clerk.turn_clock("2026-12-10 08:30")
    the_meeting_decides(office, picture)
    # The vice-mayors let the time for their remarks on the minutes pass.
    clerk.turn_clock("2026-12-15 12:00")
    the_minutes_are_signed(office, picture)
    the_matter_is_supervised(office, picture)
    the_sender_is_answered(office, picture)
    it_is_archived(office, picture)


def a_meeting_is_being_prepared(office: Office) -> None:
    clerk = office.sign_in(CLERK)
    sheet = clerk.start(MEETING, "拟定会议日期")
    sheet.fill("会议日期", "2026-12-10")
    sheet.choose("主持人", MAYOR)
    sheet.fill("会议地点", "镇政府三楼会议室")
    clerk.submit()


def the_request_is_sent(office: Office, picture: Picture) -> None:
    sender = office.sign_in(SENDER)
    sheet = sender.start(REQUEST, "填报请示")
    sheet.fill("标题", TITLE)
    sheet.fill("请示事项（一文一事）", "样例小区因停车、物业问题多次发生群体矛盾，请镇政府批准化解方案。")
    sheet.fill("建议意见", "建议同意化解方案，由平安办牵头，城运中心配合，元旦前完成。")
    sheet.choose("事项类别", "重大社会稳定事件处置")
    sheet.attach("请示正文和附件", "请示正文.pdf")
    sheet.fill("联系电话", "021-60000000")
    picture(sender, "fill")
    sender.submit()


def it_is_received_and_examined(office: Office, picture: Picture) -> None:
    clerk = office.sign_in(CLERK)
    sheet = clerk.open_task("签收登记", TITLE)
    sheet.fill("页数", "3")
    picture(clerk, "receive")
    clerk.submit()
    sheet = clerk.open_task("初审", TITLE)
    sheet.choose("初审结论", "通过")
    picture(clerk, "examine")
    clerk.submit()


def a_handling_is_proposed(office: Office, picture: Picture) -> None:
    head = office.sign_in(HEAD)
    sheet = head.open_task("拟办", TITLE)
    expect(sheet.scope).to_contain_text("须经镇长办公会议讨论决定，分管副镇长、镇长都不能直接批准。")
    sheet.choose("拟办建议", "提交镇长办公会议")
    sheet.fill("拟办意见", "属须经镇长办公会议讨论决定的事项，请分管副镇长审核后报镇长。")
    picture(head, "propose")
    head.submit()


def the_leaders_put_it_before_the_meeting(office: Office, picture: Picture) -> None:
    # Both of them are on the way, with a phone.
    vice = office.sign_in(VICE_MAYOR, PHONE)
    sheet = vice.open_task("分管（牵头）副镇长审批", TITLE)
    sheet.choose("意见", "报镇长审批")
    sheet.fill("意见内容", "方案可行，报镇长审批。")
    picture(vice, "vice-mayor")
    vice.submit()
    mayor = office.sign_in(MAYOR, PHONE)
    mayor.inbox()
    picture(mayor, "inbox")
    sheet = mayor.open_task("镇长审批", TITLE)
    expect(sheet.scope.get_by_label("同意（批准）")).to_have_count(0)
    sheet.choose("意见", "提交镇长办公会议")
    # What one chooses brings its words along.
    expect(sheet.scope.get_by_label("意见内容")).to_have_value("提交镇长办公会议讨论决定。")
    picture(mayor, "mayor")
    mayor.submit()


def the_topic_is_handed_in(office: Office, picture: Picture) -> None:
    sender = office.sign_in(SENDER)
    sheet = sender.open_task("填报会议议题征集单", TITLE)
    sheet.choose("议题类别", "重大问题与群众利益事项")
    sheet.choose("汇报人", SENDER)
    sheet.fill("汇报时长（分钟）", "10")
    sheet.fill("联系电话", "021-60000000")
    picture(sender, "topic")
    sender.submit()
    clerk = office.sign_in(CLERK)
    sheet = clerk.open_task("审核议题材料", TITLE)
    sheet.choose("审核结论", "通过")
    clerk.submit()


def the_meeting_is_called(office: Office) -> None:
    clerk, mayor = office.sign_in(CLERK), office.sign_in(MAYOR, PHONE)
    clerk.open_task("形成会议方案")
    clerk.row("议题顺序", TITLE).fill("序号", "1")
    clerk.submit()
    sheet = mayor.open_task("镇长审定会议方案")
    sheet.choose("审定结论", "审定")
    mayor.submit()
    sheet = clerk.open_task("编制会议通知")
    sheet.attach("会议材料", "议题材料.pdf")
    sheet.fill("联系电话", "021-60000000")
    clerk.submit()


def attendance_is_confirmed(office: Office) -> None:
    clerk = office.sign_in(CLERK)
    clerk.open_task("确认出席情况")
    unit = clerk.row("汇报列席部门", "平安办")
    unit.choose("出席反馈", "出席")
    unit.choose("确认方式", "电话")
    clerk.submit()


def the_meeting_decides(office: Office, picture: Picture) -> None:
    clerk = office.sign_in(CLERK)
    clerk.open_task("会场布置")
    clerk.submit()
    clerk.open_task("签到并核验出席人数")
    here = clerk.page.get_by_role("table", name="签到表", exact=True).get_by_label("本人", exact=True)
    for each in here.all():
        each.check()
    clerk.submit()
    sheet = clerk.open_task("议题衔接、审议与登记", TITLE)
    sheet.fill("汇报要点", "平安办汇报了矛盾的由来和化解方案。")
    sheet.fill("讨论发言（写明发言人）", "孙假设：方案已征求居民意见，建议同意。")
    sheet.choose("审议结果", "通过")
    sheet.fill("议定内容", "同意化解方案，由平安办牵头化解。")
    sheet.fill("完成时限", "2026-12-30")
    sheet.tick("需督办")
    picture(clerk, "deliberation")
    clerk.submit()
    sheet = clerk.open_task("登记散会")
    sheet.fill("散会时间", "11:30")
    clerk.submit()
    sheet = clerk.open_task("会议记录、录音、会场照应")
    sheet.fill("未录音原因", "录音设备故障，已安排两人记录并互相核对。")
    clerk.submit()
    sheet = clerk.open_task("整理会议记录、起草会议纪要")
    sheet.fill("会议概况", "会议在镇政府三楼会议室召开，镇长主持。现将会议议定的事项纪要如下：")
    clerk.submit()


def the_minutes_are_signed(office: Office, picture: Picture) -> None:
    mayor = office.sign_in(MAYOR, PHONE)
    sheet = mayor.open_task("镇长审核签发")
    sheet.choose("意见", "同意")
    mayor.submit()
    # What is not yet answered is seen by its sender, too: where it is, and who has it.
    sender = office.sign_in(SENDER)
    sender.open_case(NUMBER)
    expect(sender.page.get_by_role("region", name="正在办理")).to_contain_text("等待督办办结")
    expect(sender.page.get_by_role("region", name="附件").get_by_role("link")).to_have_count(1)
    picture(sender, "case-waiting")


def the_matter_is_supervised(office: Office, picture: Picture) -> None:
    supervisor, sender = office.sign_in(SUPERVISOR), office.sign_in(SENDER)
    sheet = supervisor.open_task("督办立项（一事一项）")
    sheet.choose("反馈频次", "一次性")
    picture(supervisor, "supervision")
    supervisor.submit()
    sender.open_task("领取并填写签收单", "督〔2026〕1号")
    sender.submit()
    sheet = sender.open_task("承办并反馈")
    sheet.fill("进展情况", "化解方案已全部落实，居民代表签字确认。")
    sheet.choose("完成情况", "已完成")
    sheet.attach("佐证材料", "确认书.pdf")
    picture(sender, "progress")
    sender.submit()
    sheet = supervisor.open_task("办结审核")
    sheet.choose("核查结论", "办结销号")
    sheet.choose("办理结果", "已办结")
    sheet.fill("核查意见", "已实地核查，同意销号。")
    supervisor.submit()


def the_sender_is_answered(office: Office, picture: Picture) -> None:
    other, clerk = office.sign_in(OTHER_CLERK), office.sign_in(CLERK)
    sheet = other.open_task("办结审核", TITLE)
    expect(sheet.scope).to_contain_text("已办结。已实地核查，同意销号。")
    sheet.choose("审核结论", "办结")
    sheet.fill("审核意见", "办理结果与会议议定一致，同意办结。")
    picture(other, "close")
    other.submit()
    sheet = clerk.open_task("答复来文单位", TITLE)
    sheet.choose("答复方式", "会议纪要节录")
    picture(clerk, "reply")
    clerk.submit()
    sender = office.sign_in(SENDER)
    sheet = sender.open_task("签收答复", TITLE)
    picture(sender, "receipt")
    sender.submit()


def it_is_archived(office: Office, picture: Picture) -> None:
    clerk = office.sign_in(CLERK)
    sheet = clerk.open_task("整理归档", TITLE)
    sheet.fill("档号", "2026-WS-0001")
    picture(clerk, "archive")
    clerk.submit()
    clerk.open_case(NUMBER)
    expect(clerk.page.locator(".facts .state")).to_have_text("已办结")
    picture(clerk, "case-done")
    answer = clerk.read_document("^答复（")
    expect(answer).to_contain_text(MINUTES)
    picture(clerk, "answer")
    sender = office.sign_in(SENDER)
    sender.open_case(NUMBER)
    expect(sender.page.locator(".facts .state")).to_have_text("已办结")
    picture(sender, "case-sender")
