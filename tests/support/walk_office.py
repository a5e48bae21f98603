"""Two more ways on the walk: a special meeting that the head has to decide, and reports, one of them returned."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.walk import Walk

ARRANGE, HOLD = "提出专题会议、确定会议安排", "协调并登记结果"
REGISTER, READ = "签收、登记、初审", "领导阅示"


def special_meeting(way: Walk) -> None:
    """The units do not agree, the head decides, the minutes say so."""
    way.start("王样本", "镇政府专题会议")
    way.work("陈登记", ARRANGE, 会议日期="2026-12-22", 参会领导="李虚构")
    way.work("陈登记", "编制会议通知")
    way.until("2026-12-22 16:00")
    way.work("陈登记", HOLD, 专题协调结果="未能一致")
    way.work("王样本", "镇长裁定", 裁定需督办="否")
    way.work("陈登记", "整理会议记录、起草会议纪要")
    way.work("王样本", "镇长审核签发")


def special_topic(way: Walk) -> None:
    """The office convenes one on the head's behalf and moves it; the matter is one for the meeting."""
    way.delegate("王样本", "陈登记", "召集专题会议", "2026-12-22", "2026-12-31")
    way.start("陈登记", "镇政府专题会议")
    basis = {"事项类别": "财政预算", "召集委托依据": "镇长口头委托"}
    way.work("陈登记", ARRANGE, 会议日期="2026-12-23", **basis)
    way.work("陈登记", "编制会议通知")
    way.work("陈登记", HOLD, 召开情况="改期")
    way.work("陈登记", ARRANGE, 会议日期="2026-12-24", **basis)
    way.work("陈登记", "编制会议通知")
    way.until("2026-12-24 16:00")
    way.work("陈登记", HOLD, 专题协调结果="需提交镇长办公会议")


def reports(way: Walk) -> None:
    """A report is returned, sent in again and read; a paper one is entered by the office and acted upon."""
    way.start("尤乙二", "报告件办理")
    way.work("尤乙二", "填报报告")
    way.work("陈登记", REGISTER, 夹带请示事项="是", 初审结论="退回")
    way.work("尤乙二", "改好重新报送")
    way.work("陈登记", REGISTER)
    way.work("陈登记", "提出阅办意见", 呈送领导="赵演示、钱测试")
    way.work("赵演示", READ)
    way.work("钱测试", READ, 批示内容="请社会事业发展办研究推广。", 要求办理="是", 承办单位="社会事业发展办")
    way.start("陈登记", "报告件办理")
    paper = {
        "来文方式": "纸质代录",
        "来文单位": "样板村",
        "签发人": "陶壬一",
        "标题": "关于样例村道养护的报告",
    }
    way.work("陈登记", "填报报告", **paper)
    way.work("陈登记", REGISTER)
    way.work("陈登记", "提出阅办意见", 报告性质="办件")
    way.work("周占位", READ)
