"""What the dialect knows: kinds of elements, attributes and extension properties of each kind."""

from __future__ import annotations

from collections.abc import Mapping

from engine.diagram import IN_BATCHES, NAMED_AS, NO_DEPUTY
from engine.names import STARTER

ACTIVITIES = (
    *("userTask", "scriptTask", "serviceTask", "sendTask", "businessRuleTask", "callActivity", "subProcess"),
)
EVENTS = ("startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent")
BRANCHING = ("exclusiveGateway", "inclusiveGateway")
GATEWAYS = (*BRANCHING, "parallelGateway", "eventBasedGateway")
SUPPORTED = (*ACTIVITIES, *EVENTS, *GATEWAYS)

UNSUPPORTED: Mapping[str, str] = {
    "task": "没有类型的任务不会有人办理，请改成用户任务、脚本任务、服务任务或发送任务",
    "manualTask": "手工任务不会有人办理，请改成用户任务",
    "receiveTask": "请改成消息中间捕获事件",
    "transaction": "请改成内嵌子流程",
    "adHocSubProcess": "请改成内嵌子流程，画出先后次序",
    "complexGateway": "请用排他、并行或包容网关",
    "dataObject": "数据对象不起作用，变量由表单、脚本和消息产生，请删去",
    "dataObjectReference": "数据对象不起作用，变量由表单、脚本和消息产生，请删去",
    "dataStoreReference": "数据存储不起作用，请删去",
    "group": "分组框画不出来，请用文字注释",
    "ioSpecification": "数据输入输出不起作用，请删去",
    "property": "数据特性不起作用，请删去",
}
"""Elements people may draw but that do nothing here, with what to draw instead."""

PLAIN = (
    *("laneSet", "sequenceFlow", "textAnnotation", "association", "extensionElements", "documentation"),
    *("incoming", "outgoing", "multiInstanceLoopCharacteristics"),
)
"""Parts of a process or sub-process that need no rule of their own here."""

EVENT_KINDS: Mapping[str, tuple[str, ...]] = {
    "startEvent": ("", "message"),
    "endEvent": ("", "terminate", "message"),
    "intermediateThrowEvent": ("message",),
    "intermediateCatchEvent": ("message", "timer"),
    "boundaryEvent": ("message", "timer"),
}
"""Which event definitions an event may carry; the empty text stands for none."""

KIND_NAMES: Mapping[str, str] = {
    "startEvent": "开始事件",
    "endEvent": "结束事件",
    "intermediateThrowEvent": "中间抛出事件",
    "intermediateCatchEvent": "中间捕获事件",
    "boundaryEvent": "边界事件",
    "userTask": "用户任务",
    "scriptTask": "脚本任务",
    "serviceTask": "服务任务",
    "sendTask": "发送任务",
    "callActivity": "调用活动",
    "subProcess": "子流程",
    "exclusiveGateway": "排他网关",
    "inclusiveGateway": "包容网关",
    "parallelGateway": "并行网关",
    "eventBasedGateway": "事件网关",
    "task": "任务（无类型）",
    "manualTask": "手工任务",
    "receiveTask": "接收任务",
    "businessRuleTask": "业务规则任务",
    "transaction": "事务",
    "adHocSubProcess": "临时子流程",
    "complexGateway": "复杂网关",
    "dataObject": "数据对象",
    "dataObjectReference": "数据对象",
    "dataStoreReference": "数据存储",
    "group": "分组框",
    "ioSpecification": "数据输入输出",
    "property": "数据特性",
    "signal": "信号",
    "error": "错误",
    "escalation": "升级",
}
EVENT_NAMES: Mapping[str, str] = {
    "": "空白",
    "message": "消息",
    "timer": "定时",
    "terminate": "终止",
    "signal": "信号",
    "link": "链接",
    "compensate": "补偿",
    "conditional": "条件",
    "error": "错误",
    "escalation": "升级",
    "cancel": "取消",
}

ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "process": ("candidateStarterGroups", "versionTag", "historyTimeToLive", "isStartableInTasklist"),
    "userTask": ("formKey", "assignee", "candidateUsers", "candidateGroups", "dueDate"),
    "serviceTask": ("type", "topic"),
    "businessRuleTask": ("decisionRef", "resultVariable", "mapDecisionResult"),
}
"""Attributes of the modeller (camunda:…) by element; the last three of a process are the modeller's own."""

_EVERYWHERE = ("clause", "硬约束")
_SENDS = (*_EVERYWHERE, "correlationKey", "payload", "无接收方")
_RECEIVES = (*_EVERYWHERE, "correlationKey")
_BUTTON = (*_RECEIVES, "operators", "form", "确认语")
PROCESS_PROPERTIES = ("公开变量", "可见岗位", "标题", "业务键", "启动变量", "人工发起", "clause")
EVENT_PROPERTIES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("startEvent", "message"): (*_RECEIVES, STARTER),
    ("endEvent", "message"): _SENDS,
    ("intermediateThrowEvent", "message"): _SENDS,
    ("intermediateCatchEvent", "message"): _BUTTON,
    ("boundaryEvent", "message"): _BUTTON,
    ("boundaryEvent", "timer"): (*_EVERYWHERE, "重复"),
}
TASK_PROPERTIES: Mapping[str, tuple[str, ...]] = {
    "userTask": (*_EVERYWHERE, "提交按钮", NAMED_AS, NO_DEPUTY, IN_BATCHES),
    "sendTask": _SENDS,
}
TOPIC_PROPERTIES: Mapping[str, tuple[str, ...]] = {
    "notify": ("通知对象", "通知内容"),
    "document": ("模板", "文书名称"),
}


def properties_of(kind: str, event: str, topic: str) -> tuple[str, ...]:
    """The extension properties an element may carry."""
    if kind == "serviceTask":
        every = tuple(name for names in TOPIC_PROPERTIES.values() for name in names)
        return (*_EVERYWHERE, *TOPIC_PROPERTIES.get(topic, every))
    return EVENT_PROPERTIES.get((kind, event)) or TASK_PROPERTIES.get(kind, _EVERYWHERE)
