"""One meeting with everything that can happen around it, so that each form of the procedures is opened once.

Three topics: one that other departments are consulted about and that goes to the party committee, one that is
sent back and then supervised, one that is put off because its leader is absent; a fourth is withdrawn. The
meeting is moved, the one after it is called off, and a matter an audit has found is supervised. Special meetings
and reports follow, then a request that is led by one leader and one that came on paper.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Protocol

from engine import commands, queries
from features.steps.town import Town
from tests.support.walk_office import reports, special_meeting, special_topic

ROAD, PARK, BOX, LAMP = (f"关于样例{name}的议题" for name in ("道路重建", "园区改造", "岗亭改造", "路灯更换"))
REQUEST = "请示件办理一般流程（重建稿，待镇政府办确认）"
WATCH, TRACK = (f"关于样例{name}的请示" for name in ("路口监控", "机耕路"))
LEADERS = ("王样本", "李虚构", "赵演示", "钱测试", "孙假设", "周占位")

Rows = Sequence[Mapping[str, str]]


class Watcher(Protocol):
    """What a test does along the way."""

    def opened(self, town: Town, person: str, task: str) -> None:
        """Called before a task is completed, with its id."""

    def offered(self, town: Town, person: str, case: str, element: str) -> None:
        """Called before a button of a case is pressed, with the case's id and the event's."""


class Blind:
    """Watches nothing."""

    def opened(self, town: Town, person: str, task: str) -> None:
        pass

    def offered(self, town: Town, person: str, case: str, element: str) -> None:
        pass


class Walk:
    """The verbs of the walk. Each takes a minute, so that no two things happen at once."""

    def __init__(self, town: Town, watcher: Watcher) -> None:
        self.town, self.watcher = town, watcher

    def start(self, person: str, process: str) -> None:
        """Start a procedure by its name."""
        self._tick()
        key = queries.process_key(self.town.engine, self.town.pack, process)
        commands.start_process_instance(self.town.engine, self.town.login(person), key)
        commands.drain(self.town.engine)

    def work(self, person: str, task: str, about: str | None = None, **values: str) -> None:
        """Complete a task with what is named; the rest is prefilled or from the example sheet."""
        self._tick()
        found = self.town.task(person, task, about)
        self.watcher.opened(self.town, person, found.id)
        self.town.complete(person, task, values, about)

    def rows(self, person: str, task: str, table: str, rows: Rows, about: str | None = None) -> None:
        """Prepare rows of a table for the completion of a task."""
        self.town.fill_table(person, task, table, [dict(row) for row in rows], about)

    def press(self, person: str, case: str, button: str, **values: str) -> None:
        """Press a button of a case."""
        self._tick()
        town, login, instance = self.town, self.town.login(person), self.town.case(case)
        element = queries.button_element(town.engine, instance, button)
        self.watcher.offered(town, person, instance, element)
        data = queries.button_words(town.engine, login, instance, element, values, town.upload_for(login))
        commands.press_button(town.engine, login, instance, element, data)
        commands.drain(town.engine)

    def delegate(self, giver: str, receiver: str, kind: str, begin: str, end: str) -> None:
        """Register that somebody acts for somebody else."""
        town = self.town
        people = (town.login(giver), town.login(receiver))
        days = (date.fromisoformat(begin), date.fromisoformat(end))
        commands.give_delegation(town.engine, None, town.pack, kind, *people, *days, "口头")

    def until(self, moment: str) -> None:
        """Let time pass."""
        self.town.set_clock(moment)

    def _tick(self) -> None:
        self.town.clock.set(self.town.clock.now() + timedelta(minutes=1))


def walk(town: Town, watcher: Watcher | None = None) -> None:
    """Walk the whole way in a town where everything is deployed."""
    way = Walk(town, watcher or Blind())
    topics(way)
    plan(way)
    attendance(way)
    meeting(way)
    minutes(way)
    party_committee(way)
    supervision(way)
    excerpt(way)
    next_meeting(way)
    special_meeting(way)
    special_topic(way)
    reports(way)
    requests(way)


def topics(way: Walk) -> None:
    """1 to 4 December: the meeting is set and moved; topics are consulted about, sent back, reviewed."""
    way.start("陈登记", "镇长办公会议")
    way.work("陈登记", "拟定会议日期", 会议日期="2026-12-08")
    way.press("王样本", "镇长办公会议", "会议改期", 新会议日期="2026-12-10")
    way.work("陈登记", "拟定会议日期")
    way.start("尤乙二", "议题申报与审核")
    way.work(
        "尤乙二",
        "填报会议议题征集单",
        议题名称=ROAD,
        三重一大="是",
        其他涉及部门="财政所、农业农村办",
        协调结果="未协调",
    )
    way.work("严己二", "部门反馈意见", 会签意见="同意但有修改意见", 具体意见="资金分两年安排。")
    way.work("孔戊二", "部门反馈意见", 会签意见="不同意", 具体意见="占用农用地。", 理由依据="土地利用规划。")
    reply = {"部门": "农业农村办", "采纳情况": "不采纳", "采纳说明": "不占用农用地，已核对红线。"}
    way.rows("尤乙二", "汇总意见", "意见采纳情况", [reply])
    way.work("尤乙二", "汇总意见", 协调结果="仍有分歧")
    way.work("尤乙二", "填报会议议题征集单", 协调结果="未协调")
    way.work("严己二", "部门反馈意见")
    way.start("朱甲二", "议题申报与审核")
    way.work("朱甲二", "填报会议议题征集单", 议题名称=PARK)
    fault = {"审核项": "材料齐全", "审核结果": "不符合", "理由及补正要求": "缺资金测算表。"}
    way.rows("陈登记", "审核议题材料", "审核清单", [fault], PARK)
    way.work("陈登记", "审核议题材料", PARK, 材料审核结论="退回补正", 审核意见="请补资金测算表。")
    way.work("朱甲二", "补正后重新提交")
    way.start("施丁二", "议题申报与审核")
    way.work("施丁二", "填报会议议题征集单", 议题名称=BOX)
    lamp(way)
    way.until("2026-12-04 17:30")
    way.work("尤乙二", "汇总意见")
    way.work("陈登记", "审核议题材料", ROAD, 三重一大="是", 三重一大类别="重要项目安排")
    for title in (PARK, BOX):
        way.work("陈登记", "审核议题材料", title)


def lamp(way: Walk) -> None:
    """A topic whose consultation is summed up wrongly: it is sent back, put right, passed and withdrawn."""
    way.start("孔戊二", "议题申报与审核")
    way.work("孔戊二", "填报会议议题征集单", 议题名称=LAMP, 其他涉及部门="财政所", 协调结果="未协调")
    way.work("严己二", "部门反馈意见", LAMP)
    way.work("孔戊二", "汇总意见", 协调结果="仍有分歧")
    fault = {
        "审核项": "部门已协调或分歧已载明",
        "审核结果": "不符合",
        "理由及补正要求": "没有写明是什么分歧。",
    }
    way.rows("陈登记", "审核议题材料", "审核清单", [fault], LAMP)
    way.work("陈登记", "审核议题材料", LAMP, 材料审核结论="退回补正", 审核意见="请写明分歧。")
    way.work("孔戊二", "补正后重新提交", 协调结果="一致", 协调材料="财政所来函.pdf")
    way.work("陈登记", "审核议题材料", LAMP)
    way.press("孔戊二", LAMP, "议题撤回")


def plan(way: Walk) -> None:
    """8 December: the plan, sent back once, then approved, and the notice."""
    way.until("2026-12-08 09:00")
    way.work("陈登记", "形成会议方案")
    way.work("王样本", "镇长审定会议方案", 审定结论="退回修改", 审定意见="请写明列席单位。")
    way.work("陈登记", "形成会议方案")
    way.work("王样本", "镇长审定会议方案")
    way.work("陈登记", "编制会议通知")
    way.press("卫送达", "镇长办公会议", "整张登记")


def attendance(way: Walk) -> None:
    """9 December: one receipt is missing, three leaders are on leave, the head keeps to the date."""
    way.until("2026-12-08 15:00")
    way.work("尤乙二", "反馈出席情况")
    way.work("朱甲二", "反馈出席情况")
    way.until("2026-12-09 12:00")
    leave = [
        {"姓名": name, "会前反馈": "请假", "请假事由": "外出学习"} for name in ("钱测试", "孙假设", "周占位")
    ]
    way.rows("陈登记", "确认出席情况", "出席确认", leave)
    way.work("陈登记", "确认出席情况")
    way.work("王样本", "镇长决定是否改期")
    way.work("陈登记", "标注拟延后的议题")


def meeting(way: Walk) -> None:
    """10 December: too few at first, then enough; one topic is put off, two are passed."""
    way.until("2026-12-10 08:30")
    way.work("陈登记", "会场布置")
    missing = [
        {"姓名": name, "签到": "缺席", "缺席事由": "外出学习"} for name in ("钱测试", "孙假设", "周占位")
    ]
    way.rows("陈登记", "签到并核验出席人数", "签到表", missing)
    way.work("陈登记", "签到并核验出席人数")
    way.work("王样本", "人数不足，镇长决定")
    came = [
        {"姓名": name, "签到": "本人", "到会时间": "09:20", "缺席事由": ""} for name in ("钱测试", "周占位")
    ]
    way.rows("陈登记", "签到并核验出席人数", "签到表", came)
    way.work("陈登记", "签到并核验出席人数")
    way.work("陈登记", "议题衔接、审议与登记", ROAD, 审议结果="通过", 需督办="是")
    way.work("陈登记", "议题衔接、审议与登记", PARK, 审议结果="原则通过", 需督办="是")
    way.work("陈登记", "议题衔接、审议与登记", BOX, 在场副镇长="李虚构、赵演示、钱测试、周占位")
    way.work("陈登记", "登记散会")
    way.work("陈登记", "会议记录、录音、会场照应")


def minutes(way: Walk) -> None:
    """11 to 17 December: the minutes with opinions, sent back once, and their receipts, one missing."""
    way.until("2026-12-11 09:00")
    way.work("陈登记", "整理会议记录、起草会议纪要")
    way.work("李虚构", "各副镇长核稿", 核稿结论="有修改意见", 修改意见="第二项的责任单位写全称。")
    way.work("赵演示", "各副镇长核稿")
    way.work("陈登记", "各副镇长核稿", "钱测试")
    way.until("2026-12-15 12:00")
    way.work("陈登记", "意见处理")
    way.work("李虚构", "提出人复核", 核稿结论="仍有意见", 修改意见="抬头也要写全称。")
    way.work("王样本", "镇长审核签发", 签批意见="退回", 意见内容="请按核稿意见改齐。")
    way.work("陈登记", "整理会议记录、起草会议纪要")
    for name in LEADERS[1:]:
        way.work(name, "各副镇长核稿")
    way.work("王样本", "镇长审核签发")
    for name in LEADERS[:-1]:
        way.work(name, "领取并填写签收单")
    way.until("2026-12-17 17:30")
    way.work("卫送达", "登记未签收")


def party_committee(way: Walk) -> None:
    """The form is sent back, the conclusion is put off once, then asks for a revision."""
    way.work("尤乙二", "编制党委会议题报送单")
    way.work("陈登记", "审核并报送", 报送审核结论="退回补充", 报送审核意见="请附资金来源说明。")
    way.work("尤乙二", "编制党委会议题报送单")
    way.work("陈登记", "审核并报送")
    way.work("韩记会", "登记党委会结论", 党委会结论="暂缓", 结论内容="下次再议。")
    way.work("韩记会", "登记党委会结论", 党委会结论="修改后再议", 结论内容="补充资金来源。")
    way.work("尤乙二", "补充材料")


def supervision(way: Walk) -> None:
    """A matter of the meeting, with an extension and an order of the head, and one found by an audit."""
    way.work("蒋督办", "督办立项（一事一项）")
    way.work("朱甲二", "领取并填写签收单")
    later = "2027-02-26"
    way.work(
        "朱甲二",
        "承办并反馈",
        完成情况="有困难",
        困难说明="资金未到位。",
        申请延期至=later,
        延期理由="等资金。",
    )
    way.work("蒋督办", "办结审核", 核查结论="同意延期", 核查意见="情况属实。")
    way.work("李虚构", "批延期")
    way.work("朱甲二", "承办并反馈", 完成情况="进行中")
    way.work("蒋督办", "办结审核", 核查结论="报镇长", 核查意见="进展慢，请镇长批示。")
    way.work("王样本", "镇长批示")
    way.work("朱甲二", "承办并反馈")
    way.work("蒋督办", "办结审核")
    way.start("蒋督办", "督办")
    way.work("蒋督办", "督办立项（一事一项）", 主办单位="镇效能办")
    way.work("苏代督", "领取并填写签收单")
    way.work("苏代督", "承办并反馈")
    way.work("蒋督办", "办结审核")


def excerpt(way: Walk) -> None:
    """A unit gets the part of the minutes that concerns it."""
    way.start("朱甲二", "相关单位领取会议纪要节录")
    way.work("朱甲二", "申请领取会议纪要")
    way.work("陈登记", "登记并发放节录")


def next_meeting(way: Walk) -> None:
    """The following meeting, begun by itself, is called off; an extraordinary one is set beside it."""
    way.work("陈登记", "拟定会议日期")
    way.start("陈登记", "镇长办公会议")
    way.work("陈登记", "拟定会议日期", 会议日期="2026-12-28")
    way.press("王样本", "镇长办公会议（2026年12月24日）", "会议取消")


def requests(way: Walk) -> None:
    """Every sheet of the procedure is opened; the paper one stays with the office."""
    way.start("施丁二", REQUEST)
    way.work("施丁二", "填报请示", 标题=WATCH, 其他涉及部门="规划建设办", 协商情况="一致")
    way.work("陈登记", "签收登记", WATCH)
    fault = {"审查项": "建议意见明确", "审查结果": "否", "理由及补正要求": "请写明资金来源。"}
    way.rows("陈登记", "初审", "初审清单", [fault], WATCH)
    way.work("陈登记", "初审", WATCH, 初审结论="退回补正")
    way.work("施丁二", "补正", WATCH)
    way.work("陈登记", "初审", WATCH)
    way.work("冯模拟", "拟办", WATCH, 跨分管重点="是")
    way.work("王样本", "镇长明确牵头副镇长", WATCH, 审批副镇长="赵演示")
    way.work("孙假设", "相关副镇长提出意见", WATCH)
    way.work("赵演示", "分管（牵头）副镇长审批", WATCH, 分管审批意见="报镇长审批")
    way.work("王样本", "镇长审批", WATCH)
    way.work("陈登记", "批示登记、交办", WATCH)
    later = "2027-03-31"
    way.work("施丁二", "承办", WATCH, 办理结果="部分办结", 申请延期至=later)
    way.work("谢代登", "办结审核", WATCH, 办结审核结论="同意延期")
    way.work("王样本", "批示人同意延期", WATCH)
    way.work("施丁二", "承办", WATCH)
    way.work("谢代登", "办结审核", WATCH)
    way.work("陈登记", "答复来文单位", WATCH, 答复方式="批复")
    way.work("施丁二", "签收答复", WATCH)
    way.work("陈登记", "整理归档", WATCH)
    way.start("陈登记", REQUEST)
    way.work("陈登记", "代录纸质来文并登记", 标题=TRACK)
