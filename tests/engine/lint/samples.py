"""For every rule an edit of the good town that trips it alone, and one close to it that trips nothing.

An edit is `(file, old, new)`: `old` stands in the file exactly once, or is empty for a file written anew; without
`new` the file is taken away. A file is named by its folder in the pack.
"""

# ruff: noqa: E501  The two edits of a rule are compared more easily on long lines.
# fmt: off

from __future__ import annotations

from dataclasses import dataclass

from tests.support.tables import table

Edit = tuple[str, str, str | None]

REQUEST = "material_request/material_request.bpmn"
PURCHASE = "purchase/purchase.bpmn"
CHECK = "stock_check/stock_check.bpmn"
FILL = "material_request/forms/r_fill.form"
FILLED = "material_request/forms/r_fill.example.yml"
SIGN = "material_request/forms/b_sign.form"
PACKED = "material_request/forms/b_pack.form"
ORDER = "material_request/documents/出库单.html"
README = "material_request/README.md"
FEATURE = "depot/material_request.feature"
ORGANISATION = "organisation.yml"


@dataclass(frozen=True)
class Sample:
    """`wrong` trips the rule of this code and no other; `right` trips none."""

    code: str
    wrong: tuple[Edit, ...]
    right: tuple[Edit, ...]


def edit(file: str, old: str, new: str) -> tuple[Edit, ...]:
    return ((file, old, new),)


def before(file: str, place: str, new: str) -> tuple[Edit, ...]:
    return edit(file, place, new + place)


def request(old: str, new: str) -> tuple[Edit, ...]:
    return edit(REQUEST, old, new)


def prop(name: str, value: str) -> str:
    return f'<camunda:property name="{name}" value="{value}" />'


def extended(*properties: str) -> str:
    inner = "".join(properties)
    return f"<bpmn:extensionElements><camunda:properties>{inner}</camunda:properties></bpmn:extensionElements>"


def flow(key: str, source: str, target: str, condition: str = "") -> str:
    inner = f"<bpmn:conditionExpression>{condition}</bpmn:conditionExpression>" if condition else ""
    return f'<bpmn:sequenceFlow id="{key}" sourceRef="{source}" targetRef="{target}">{inner}</bpmn:sequenceFlow>'


FIRST_FLOW = '<bpmn:sequenceFlow id="f_1"'
INNER_FLOW = '<bpmn:sequenceFlow id="f_b1"'
COLLECTION = """camunda:collection="${岗位人员('主管')}\""""
DUE = 'camunda:candidateUsers="${签字人}" camunda:dueDate="${期限}"'
SCRIPT_END = "到货数量 = 0</bpmn:script>"
TASK = '<bpmn:userTask id="b_pack" name="备料"'
RELAY = '<bpmn:exclusiveGateway id="r_hand" />'
TELL = "${物品}可以领取，到货${到货数量}件。"
KEY = prop("correlationKey", "${领料单号}")
THROW = "领料单号; 物品; 缺少数量 = 数量 - 结存"
OUT = '<camunda:out source="结存" target="结存" />'
IN = '<camunda:in source="物品" target="物品" />'
STARTER = 'camunda:candidateStarterGroups="仓库管理员"'
LATE = '<bpmn:boundaryEvent id="b_late" name="期限到" attachedToRef="b_sign" cancelActivity="true">'
WITHDRAW = prop("form", "b_withdraw")
SUBMIT = prop("提交按钮", "提交")
LIST = '{"key": "明细", "label": "明细", "type": "dynamiclist", "components": [{"key": "名", "label": "名", "type": "textfield"}]},'


def script(line: str) -> tuple[Edit, ...]:
    return request(SCRIPT_END, f"到货数量 = 0\n{line}</bpmn:script>")


def lone_event(kind: str, definition: str) -> tuple[Edit, ...]:
    """Put an event on the way from 出库单 to 通知领料."""
    event = f'<bpmn:{kind} id="x" name="x">{definition}</bpmn:{kind}>'
    return (
        *before(REQUEST, RELAY, event),
        *request('<bpmn:sequenceFlow id="f_15" sourceRef="r_doc" targetRef="r_tell"', flow("f_x", "r_doc", "x")
                 + '<bpmn:sequenceFlow id="f_15" sourceRef="x" targetRef="r_tell"'),
    )


def second_call(mapping: str) -> tuple[Edit, ...]:
    """Call the procedure once more, before the end."""
    mappings = mapping + '<camunda:in source="期限" target="盘点期限" />'
    call = f"<bpmn:extensionElements>{mappings}</bpmn:extensionElements>"
    return (
        *request('sourceRef="r_tell"', 'sourceRef="x"'),
        *before(REQUEST, FIRST_FLOW, f'<bpmn:callActivity id="x" calledElement="stock_check">{call}</bpmn:callActivity>'),
        *before(REQUEST, FIRST_FLOW, flow("f_x", "r_tell", "x")),
    )


def decided(rows: list[list[str]], policy: str = "UNIQUE", result: str = 'camunda:resultVariable="办法"', key: str = "route") -> tuple[Edit, ...]:
    """Ask a decision table about the number of things, before the end."""
    asked = f'<bpmn:businessRuleTask id="x" name="定办法" camunda:decisionRef="route" {result} />'
    return (
        *request('sourceRef="r_tell"', 'sourceRef="x"'),
        *before(REQUEST, FIRST_FLOW, asked),
        *before(REQUEST, FIRST_FLOW, flow("f_x", "r_tell", "x")),
        (f"material_request/decisions/{key}.dmn", "", table([("数量", "number")], [("办法", "string")], rows, policy, key)),
    )


def feature(old: str, new: str) -> tuple[Edit, ...]:
    return edit(FEATURE, old, new)


SAMPLES = (
    # -- structure
    Sample("unreadable", request("</bpmn:definitions>", ""), before(REQUEST, "</bpmn:definitions>", "<!-- 完 -->")),
    Sample("duplicate-id", request('id="f_16"', 'id="f_15"'), request('id="f_16"', 'id="f_99"')),
    Sample("missing-id", request('<bpmn:sequenceFlow id="f_16"', "<bpmn:sequenceFlow"), request('id="f_16"', 'id="f_99"')),
    Sample(
        "process-id",
        (*request('<bpmn:process id="material_request"', '<bpmn:process id="request"'),
         *request('processRef="material_request"', 'processRef="request"')),
        request('<bpmn:process id="material_request" name="领料"', '<bpmn:process id="material_request" name="领用"'),
    ),
    Sample("executable", request('isExecutable="true"', 'isExecutable="false"'), request(' name="领料" isExe', ' name="领用" isExe')),
    Sample("identifier", request('<bpmn:message id="m_withdraw"', '<bpmn:message id="撤回"')
           + request('messageRef="m_withdraw"', 'messageRef="撤回"'),
           request('<bpmn:message id="m_withdraw"', '<bpmn:message id="M_9"') + request('messageRef="m_withdraw"', 'messageRef="M_9"')),
    Sample("unsupported", before(REQUEST, FIRST_FLOW, '<bpmn:dataObjectReference id="d" />'),
           before(REQUEST, FIRST_FLOW, '<bpmn:textAnnotation id="d"><bpmn:text>注</bpmn:text></bpmn:textAnnotation>')),
    Sample("pools", before(REQUEST, "</bpmn:collaboration>", '<bpmn:participant id="p2" name="外单位" />'),
           request('<bpmn:participant id="pool_request" name="领料"', '<bpmn:participant id="pool_request" name="领用"')),
    Sample("nesting", before(REQUEST, INNER_FLOW, '<bpmn:subProcess id="s"><bpmn:startEvent id="s1" /><bpmn:endEvent id="s2" />'
           + flow("s3", "s1", "s2") + "</bpmn:subProcess>" + flow("s4", "b_join", "s") + flow("s5", "s", "b_end"))
           + request('<bpmn:sequenceFlow id="f_b8" sourceRef="b_join" targetRef="b_end" />', ""),
           request('name="签字和备料"', 'name="签字、备料"')),
    Sample("event-sub-process", request('<bpmn:subProcess id="r_block"', '<bpmn:subProcess id="r_block" triggeredByEvent="true"'),
           request('<bpmn:subProcess id="r_block"', '<bpmn:subProcess id="r_block" triggeredByEvent="false"')),
    Sample("multi-instance", request(f'{COLLECTION} camunda:elementVariable="签字人" />', 'camunda:elementVariable="签字人" />'),
           request(f'{COLLECTION} camunda', f'isSequential="true" {COLLECTION} camunda')),
    Sample("attribute", before(REQUEST, 'camunda:formKey="r_fill"', 'camunda:dueData="x" '),
           before(REQUEST, 'camunda:formKey="r_fill"', 'camunda:dueDate="${期限}" ')),
    Sample("property", request(prop("提交按钮", "提交"), prop("提交按扭", "提交")), request(prop("提交按钮", "提交"), prop("提交按钮", "送出"))),
    Sample("name", request(TASK, '<bpmn:userTask id="b_pack"'), request(TASK, '<bpmn:userTask id="b_pack" name="备货"')),
    Sample("stable-name", request('elementVariable="签字人"', 'elementVariable="签字人１"') + request("candidateUsers=\"${签字人}\"", 'candidateUsers="${发起人}"')
           + edit(SIGN, "${姓名(签字人)}", "主管"),
           request('elementVariable="签字人"', 'elementVariable="签字人1"') + request("candidateUsers=\"${签字人}\"", 'candidateUsers="${签字人1}"')
           + edit(SIGN, "${姓名(签字人)}", "主管")),
    # -- flows
    Sample("flow-ends", before(REQUEST, FIRST_FLOW, flow("f_x", "r_nowhere", "r_init")), request('id="f_16"', 'id="f_99"')),
    Sample("start", edit(CHECK, '<bpmn:startEvent id="k_start" name="开始盘点" />', '<bpmn:startEvent id="k_start" name="开始盘点" /><bpmn:startEvent id="k_2" />'
           + flow("k_3", "k_2", "k_count")), edit(CHECK, 'name="开始盘点"', 'name="开始"')),
    Sample("start-end-flow", before(REQUEST, FIRST_FLOW, flow("f_x", "r_end", "r_tell")), request('id="f_16"', 'id="f_99"')),
    Sample("no-outgoing", request('<bpmn:sequenceFlow id="f_7" sourceRef="r_call_late" targetRef="r_merge" />', ""),
           request('<bpmn:sequenceFlow id="f_7" sourceRef="r_call_late" targetRef="r_merge" />', flow("f_7", "r_call_late", "r_order"))),
    Sample("many-outgoing", before(REQUEST, FIRST_FLOW, flow("f_x", "r_order", "r_hand")),
           before(REQUEST, FIRST_FLOW, '<bpmn:parallelGateway id="x" />' + flow("f_x", "x", "r_wait") + flow("f_y", "x", "r_hand"))
           + request('sourceRef="r_order" targetRef="r_wait"', 'sourceRef="r_order" targetRef="x"')),
    Sample("unreachable", before(REQUEST, FIRST_FLOW, '<bpmn:exclusiveGateway id="x" />' + flow("f_x", "x", "r_tell")),
           request('<bpmn:exclusiveGateway id="r_hand" />', '<bpmn:exclusiveGateway id="r_hand" name="办理" />')),
    Sample("no-end", before(REQUEST, FIRST_FLOW, '<bpmn:scriptTask id="x" scriptFormat="guicheng"><bpmn:script>甲 = 1</bpmn:script></bpmn:scriptTask>'
           '<bpmn:scriptTask id="y" scriptFormat="guicheng"><bpmn:script>甲 = 1</bpmn:script></bpmn:scriptTask>'
           + flow("f_y", "y", "x") + flow("f_z", "x", "y")) + request('sourceRef="r_withdraw" targetRef="r_end_off"', 'sourceRef="r_withdraw" targetRef="x"')
           + request('<bpmn:endEvent id="r_end_off" name="已撤回" />', ""),
           request('sourceRef="r_withdraw" targetRef="r_end_off"', 'sourceRef="r_withdraw" targetRef="r_fill"')
           + request('<bpmn:endEvent id="r_end_off" name="已撤回" />', "")),
    # -- events
    Sample("event-kind", lone_event("intermediateThrowEvent", "<bpmn:signalEventDefinition />"),
           lone_event("intermediateCatchEvent", "<bpmn:timerEventDefinition><bpmn:timeDate>${期限}</bpmn:timeDate></bpmn:timerEventDefinition>")),
    Sample("timer", lone_event("intermediateCatchEvent", "<bpmn:timerEventDefinition><bpmn:timeDuration>'P1D'</bpmn:timeDuration></bpmn:timerEventDefinition>"),
           lone_event("intermediateCatchEvent", "<bpmn:timerEventDefinition><bpmn:timeDate>${期限}</bpmn:timeDate></bpmn:timerEventDefinition>")),
    Sample("boundary", request('name="撤回" attachedToRef="r_block" cancelActivity="true"', 'name="撤回" attachedToRef="r_block" cancelActivity="false"'),
           request('name="期限到" attachedToRef="b_sign" cancelActivity="true"', 'name="期限到" attachedToRef="b_sign"')),
    Sample("repeat", request(LATE, LATE + extended(prop("重复", "${工作日后(今天(), 1)}"))),
           request(LATE, LATE.replace("true", "false") + extended(prop("重复", "${工作日后(今天(), 1)}")))
           + request('sourceRef="b_late" targetRef="b_merge"', 'sourceRef="b_late" targetRef="b_done"')
           + before(REQUEST, INNER_FLOW, '<bpmn:endEvent id="b_done" />')),
    Sample("same-timer", request("${工作日后(期限, 1)}", "${期限}"), request("${工作日后(期限, 1)}", "${工作日后(期限, 2)}")),
    # -- gateways
    Sample("condition-missing", request('<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">${数量 &gt; 参数(\'直领数量\')}</bpmn:conditionExpression>', ""),
           request("数量 &gt; 参数", "数量 &gt;= 参数")),
    Sample("condition-misplaced", request('<bpmn:sequenceFlow id="f_14" sourceRef="r_hand" targetRef="r_doc" />', flow("f_14", "r_hand", "r_doc", "${数量 == 1}")),
           request("数量 &gt; 参数", "数量 &gt;= 参数")),
    Sample("default-missing", request(' default="f_small"', "") + request('<bpmn:sequenceFlow id="f_small" name="否" sourceRef="r_gw" targetRef="r_hand" />',
           flow("f_small", "r_gw", "r_hand", "${数量 == 1}")),
           before(REQUEST, FIRST_FLOW, flow("f_x", "r_gw", "r_doc", "${数量 == 1}"))),
    Sample("default-condition", request('<bpmn:sequenceFlow id="f_small" name="否" sourceRef="r_gw" targetRef="r_hand" />',
           flow("f_small", "r_gw", "r_hand", "${数量 == 1}")), before(REQUEST, FIRST_FLOW, flow("f_x", "r_gw", "r_doc", "${数量 == 1}"))),
    Sample("gateway-order", before(REQUEST, FIRST_FLOW, flow("f_x", "r_gw", "r_doc", "${ 数量&gt;参数('直领数量') }")),
           before(REQUEST, FIRST_FLOW, flow("f_x", "r_gw", "r_doc", "${数量 == 1}"))),
    Sample("event-gateway", request('<bpmn:sequenceFlow id="f_12"', flow("f_x", "r_wait", "r_hand") + '<bpmn:sequenceFlow id="f_12"'),
           request('<bpmn:eventBasedGateway id="r_wait" name="等到货" />', '<bpmn:eventBasedGateway id="r_wait" name="等" />')),
    Sample("join-in-loop", before(REQUEST, INNER_FLOW, '<bpmn:exclusiveGateway id="x" default="f_y" /><bpmn:exclusiveGateway id="m" />' + flow("f_m", "m", "b_fork")
           + flow("f_x", "x", "m", "${结存 == 0}") + flow("f_y", "x", "b_end"))
           + request('sourceRef="b_join" targetRef="b_end"', 'sourceRef="b_join" targetRef="x"') + request('sourceRef="b_start" targetRef="b_fork"', 'sourceRef="b_start" targetRef="m"'),
           before(REQUEST, FIRST_FLOW, '<bpmn:exclusiveGateway id="x" default="f_y" />' + flow("f_x", "x", "r_block", "${结存 == 0}") + flow("f_y", "x", "r_call"))
           + request('sourceRef="r_block" targetRef="r_call"', 'sourceRef="r_block" targetRef="x"')),
    Sample("parallel-join", request('sourceRef="b_late" targetRef="b_merge"', 'sourceRef="b_late" targetRef="b_join"'),
           request('name="期限到" attachedToRef="b_sign" cancelActivity="true"', 'name="期限到" attachedToRef="b_sign" cancelActivity="false"')
           + request('sourceRef="b_late" targetRef="b_merge"', 'sourceRef="b_late" targetRef="b_done"')
           + before(REQUEST, INNER_FLOW, '<bpmn:endEvent id="b_done" />')),
    Sample("gateway-shape", request('sourceRef="r_tell"', 'sourceRef="x"') + before(REQUEST, FIRST_FLOW, '<bpmn:parallelGateway id="x" />' + flow("f_x", "r_tell", "x")),
           request('sourceRef="r_tell"', 'sourceRef="x"') + before(REQUEST, FIRST_FLOW, '<bpmn:exclusiveGateway id="x" />' + flow("f_x", "r_tell", "x"))),
    # -- people
    Sample("no-handler", request("<bpmn:flowNodeRef>r_fill</bpmn:flowNodeRef>", ""),
           request("<bpmn:flowNodeRef>r_fill</bpmn:flowNodeRef>", "") + before(REQUEST, 'camunda:formKey="r_fill"', 'camunda:assignee="${发起人}" ')),
    Sample("sub-process-handler", request(' camunda:candidateGroups="仓库管理员,主管"', ""), request('"仓库管理员,主管"', '"仓库管理员"')),
    Sample("unknown-lane", request('name="领料人"', 'name="领料者"'), request('name="领料人"', 'name="主管"')),
    Sample("lane-people", request('name="领料人"', 'name="采购员"'), request('name="领料人"', 'name="采购员"') + before(REQUEST, 'camunda:formKey="r_fill"', 'camunda:assignee="${发起人}" ')),
    Sample("lane-expression", request('name="领料人"', 'name="验收人"'), request('name="领料人"', 'name="验收人"') + script("验收人 = 发起人")),
    Sample("unknown-post", request(prop("可见岗位", "主管"), prop("可见岗位", "总管")), request(prop("可见岗位", "主管"), prop("可见岗位", "主管，采购员"))),
    Sample("handling-value", request(SUBMIT, SUBMIT + prop("不得代理", "yes")), request(SUBMIT, SUBMIT + prop("不得代理", "是") + prop("可批量", "是"))),
    # -- expressions
    Sample("expression", request("${工作日后(期限, 9)}", "${工作日后(期限，9)}"), request("${工作日后(期限, 9)}", "工作日后(期限, 9)")),
    Sample("unknown-name", request("${工作日后(期限, 9)}", "${工作日后(限期, 9)}"), request("${工作日后(期限, 9)}", "${现在()}")),
    Sample("unknown-function", request("${工作日后(期限, 9)}", "${工作天后(期限, 9)}"), request("${工作日后(期限, 9)}", "${月后(期限, 9)}")),
    Sample("unassigned", request("到货数量 = 0</bpmn:script>", "</bpmn:script>"), script("到货数量 = 到货数量 + 1")),
    Sample("own-field", before(REQUEST, 'camunda:formKey="r_fill"', 'camunda:dueDate="${工作日后(今天(), 数量)}" '),
           before(REQUEST, 'camunda:formKey="r_fill"', 'camunda:dueDate="${工作日后(今天(), 数量)}" ') + script("数量 = 1")),
    Sample("scripts-only", request("${工作日后(期限, 9)}", "${编号('领料', '{序}')}"), script("另一编号 = 编号('领料', '{序}')")),
    Sample("empty-script", edit(CHECK, '<bpmn:script>结存 = 0</bpmn:script>', '<bpmn:script># 无</bpmn:script>') + edit(CHECK, '"f_k3" sourceRef="k_late" targetRef="k_none"',
           '"f_k3" sourceRef="k_late" targetRef="k_init"') + before(CHECK, '<bpmn:endEvent id="k_end"',
           '<bpmn:scriptTask id="k_init" scriptFormat="guicheng"><bpmn:script>结存 = 0</bpmn:script></bpmn:scriptTask>' + flow("f_k9", "k_init", "k_none")),
           edit(CHECK, "结存 = 0</bpmn:script>", "# 没有盘点\n结存 = 0</bpmn:script>")),
    Sample("arguments", request("${工作日后(期限, 1)}", "${工作日后(期限)}"), request("${工作日后(期限, 1)}", "${工作日后(期限, n=1)}")),
    Sample("asked", request("参数('备料工作日')", "参数('备料工作')"), request("参数('备料工作日')", "参数('采购工作日')")),
    Sample("public-variable", request("领料单号,物品\" />", "领料单号,货品\" />"), request("领料单号,物品\" />", "领料单号,数量\" />")),
    # -- messages
    Sample("message-ref", request(' messageRef="m_withdraw"', ""), request(' name="撤回领料"', ' name="撤销领料"')),
    Sample("correlation-key", edit(PURCHASE, KEY + "\n          " + prop("payload", "到货数量"), prop("payload", "到货数量")),
           edit(PURCHASE, KEY + "\n          " + prop("payload", "到货数量"), KEY + prop("payload", "到货数量 = 到货数量"))),
    Sample("no-receiver", lone_event("intermediateThrowEvent", extended(KEY) + '<bpmn:messageEventDefinition messageRef="m_done" />')
           + before(REQUEST, "<bpmn:collaboration", '<bpmn:message id="m_done" name="已领料" />'),
           lone_event("intermediateThrowEvent", extended(KEY, prop("无接收方", "供统计")) + '<bpmn:messageEventDefinition messageRef="m_done" />')
           + before(REQUEST, "<bpmn:collaboration", '<bpmn:message id="m_done" name="已领料" />')),
    Sample("no-sender", request(prop("operators", "主管"), "") + request(WITHDRAW, "") + request(prop("确认语", "确认撤回？"), "")
           + (("material_request/forms/b_withdraw.form", "", None), ("material_request/forms/b_withdraw.example.yml", "", None)),
           request(prop("确认语", "确认撤回？"), "")),
    Sample("payload-differs", lone_event("intermediateThrowEvent", extended(KEY, prop("payload", "领料单号; 物品")) + '<bpmn:messageEventDefinition messageRef="m_order" />')
           + edit("purchase/forms/p_buy.form", "${缺少数量}", "0") ,
           lone_event("intermediateThrowEvent", extended(KEY, prop("payload", "物品; 领料单号; 缺少数量 = 0")) + '<bpmn:messageEventDefinition messageRef="m_order" />')),
    Sample("button-payload", lone_event("intermediateThrowEvent", extended(KEY) + '<bpmn:messageEventDefinition messageRef="m_withdraw" />'),
           lone_event("intermediateThrowEvent", extended(KEY, prop("payload", "撤回理由 = ''")) + '<bpmn:messageEventDefinition messageRef="m_withdraw" />')),
    Sample("two-starts", edit(CHECK, '<bpmn:startEvent id="k_start"', '<bpmn:startEvent id="k_message">' + extended(KEY) + '<bpmn:messageEventDefinition messageRef="m_9" /></bpmn:startEvent>'
           '<bpmn:scriptTask id="k_9" scriptFormat="guicheng"><bpmn:script>盘点期限 = 现在()</bpmn:script></bpmn:scriptTask>'
           + flow("k_a", "k_message", "k_9") + flow("k_b", "k_9", "k_count") + '<bpmn:startEvent id="k_start"')
           + edit(CHECK, '<bpmn:process id="stock_check"', '<bpmn:message id="m_9" name="采购申请" /><bpmn:process id="stock_check"'),
           edit(CHECK, 'name="开始盘点"', 'name="开始"')),
    Sample("button", (*request(WITHDRAW, ""), ("material_request/forms/b_withdraw.form", "", None), ("material_request/forms/b_withdraw.example.yml", "", None)),
           request(prop("operators", "主管"), prop("operators", "${[发起人]}"))),
    # -- calls
    Sample("unknown-call", request('calledElement="stock_check"', 'calledElement="stock_chek"') + edit("stock_check/forms/k_count.form", "盘点${物品}。", "盘点。")
           + edit(CHECK, '"${盘点期限}" />', '"${现在()}" />') + edit(CHECK, ">${盘点期限}<", ">${现在()}<"),
           request('id="r_call" name="盘点"', 'id="r_call" name="清点"')),
    Sample("call-circle", edit(CHECK, '<bpmn:endEvent id="k_end"', '<bpmn:callActivity id="k_again" calledElement="stock_check"><bpmn:extensionElements>'
           + IN + '<camunda:in source="盘点期限" target="盘点期限" />' + OUT + "</bpmn:extensionElements></bpmn:callActivity>" + flow("f_k9", "k_again", "k_end")
           + '<bpmn:endEvent id="k_end"') + edit(CHECK, 'sourceRef="k_none" targetRef="k_end"', 'sourceRef="k_none" targetRef="k_again"'),
           request('id="r_call" name="盘点"', 'id="r_call" name="清点"')),
    Sample("mapping", request(OUT, OUT + '<camunda:in variables="all" />'), request(OUT, OUT + '<camunda:out source="结存" target="盘点结存" />')),
    Sample("call-in", second_call(""), second_call(IN)),
    Sample("call-out", request(OUT, OUT + '<camunda:out source="盈亏" target="盈亏" />'), request(OUT, OUT + '<camunda:out source="盘点期限" target="盘点期限" />')),
    Sample("hand-start", edit(CHECK, 'name="盘点" isExecutable="true">', 'name="盘点" isExecutable="true" camunda:candidateStarterGroups="仓库管理员">'),
           edit(CHECK, 'name="盘点" isExecutable="true">', 'name="盘点" isExecutable="true" camunda:candidateStarterGroups="仓库管理员">' + extended(prop("人工发起", "否")))),
    Sample("sub-process-id", request('<bpmn:subProcess id="r_block"', '<bpmn:subProcess id="purchase"') + request('attachedToRef="r_block"', 'attachedToRef="purchase"')
           + request('sourceRef="r_block"', 'sourceRef="purchase"') + request('targetRef="r_block"', 'targetRef="purchase"'),
           request('name="签字和备料"', 'name="签字、备料"')),
    # -- forms
    Sample("missing-form", (*request('camunda:formKey="b_pack"', 'camunda:formKey="b_packed"'), (PACKED, "", None), ("material_request/forms/b_pack.example.yml", "", None)),
           request(' camunda:formKey="b_pack"', "")),
    Sample("form", edit(FILL, '"type": "textfield"', '"type": "textfeld"'), edit(FILL, '"type": "textfield"', '"type": "textarea"')),
    Sample("form-name", edit(FILL, "${数量 > 0}", "${数目 > 0}"), edit(FILL, "${数量 > 0}", "${数量 > 结存}")),
    Sample("form-unassigned", edit(FILL, "${数量 > 0}", "${数量 > 缺数}") + before(REQUEST, "<bpmn:exclusiveGateway id=\"r_hand\" />",
           '<bpmn:scriptTask id="x" scriptFormat="guicheng"><bpmn:script>缺数 = 1</bpmn:script></bpmn:scriptTask>')
           + before(REQUEST, FIRST_FLOW, flow("f_x", "x", "r_tell")) + request('sourceRef="r_doc" targetRef="r_tell"', 'sourceRef="r_doc" targetRef="x"'),
           edit(FILL, "${数量 > 0}", "${数量 > 缺数}") + script("缺数 = 0")),
    Sample("batch-form", request(SUBMIT, SUBMIT + prop("可批量", "是")) + before(FILL, '{"key": "经手人"', LIST), before(FILL, '{"key": "经手人"', LIST)),
    Sample("unused-form", (("material_request/forms/x.example.yml", "", "{}\n"),), edit(FILLED, "数量: 20", "数量: 30")),
    Sample("missing-example", ((FILLED, "", None),), ((FILLED, "", "{}\n"),)),
    Sample("example", edit(FILLED, "急用: 不急", "急用: 不太急"), edit(FILLED, "数量: 20", "数量: ${结存 + 20}")),
    # -- documents
    Sample("topic", request('camunda:type="external" camunda:topic="notify"', 'camunda:topic="notify"'), request('name="通知领料"', 'name="通知领取"')),
    Sample("service-property", request(prop("通知内容", TELL), ""), request(TELL, "${物品}到了")),
    Sample("missing-template", (*edit(FILL, '"模板": "申请单.html"', '"模板": "申请.html"'), ("material_request/documents/申请单.html", "", None)),
           (*edit(FILL, '"模板": "申请单.html"', '"模板": "出库单.html"'), ("material_request/documents/申请单.html", "", None))),
    Sample("unused-template", (("material_request/documents/旧.html", "", "<p>旧</p>"),), edit(ORDER, "出库单", "领料出库单")),
    Sample("template", edit(ORDER, "|中文日期", "|中文日子"), edit(ORDER, "{{ 物品 }}", "{% if 物品 %}{{ 物品 }}{% endif %}")),
    Sample("template-name", edit(ORDER, "{{ 物品 }}", "{{ 货品 }}"), edit(ORDER, "{{ 物品 }}", "{% set 货品 = 物品 %}{{ 货品 }}")),
    Sample("template-html", edit(ORDER, "{{ 物品 }}", "<script>{{ 物品 }}</script>"), edit(ORDER, "{{ 物品 }}", "<strong>{{ 物品 }}</strong>")),
    # -- decisions
    Sample("decision-table", decided([["-", '"送"']], "PRIORITY"), decided([["-", '"送"']], "COLLECT")),
    Sample("missing-decision", decided([["-", '"送"']])[:-1], decided([["-", '"送"']])),
    Sample("unused-decision", (("material_request/decisions/route.dmn", "", table([("数量", "number")], [("办法", "string")], [["-", '"送"']])),),
           decided([["-", '"送"']])),
    Sample("result-variable", decided([["-", '"送"']], result=""), decided([["-", '"送"']], result='camunda:resultVariable="送法"')),
    Sample("result-mapping", decided([["-", '"送"']], result='camunda:resultVariable="办法" camunda:mapDecisionResult="resultList"'),
           decided([["-", '"送"']], result='camunda:resultVariable="办法" camunda:mapDecisionResult="singleEntry"')),
    Sample("decision-first", decided([["< 5", '"取"'], [">= 5", '"送"']], "FIRST"), decided([["< 5", '"取"'], ["-", '"送"']], "FIRST")),
    Sample("decision-overlap", decided([["< 6", '"取"'], [">= 5", '"送"']]), decided([["< 5", '"取"'], [">= 5", '"送"']])),
    Sample("decision-gap", decided([["< 5", '"取"'], ["> 5", '"送"']]), decided([["< 5", '"取"'], [">= 5", '"送"']])),
    Sample("decision-doubt", decided([["< 结存", '"取"'], [">= 结存", '"送"']]), decided([["< 结存", '"取"'], ["-", '"送"']], "FIRST")),
    # -- clauses
    Sample("unknown-clause", edit(FILL, "CK-1", "CK-11"), edit(FILL, "CK-1", "CK-2")),
    Sample("hard-value", request(prop("硬约束", "是"), prop("硬约束", "yes")), request(prop("硬约束", "是"), "")),
    # -- drawing
    Sample("drawing", before(REQUEST, "</bpmn:process>", '<bpmn:textAnnotation id="note"><bpmn:text>注</bpmn:text></bpmn:textAnnotation>'),
           edit(README, "领料的流程。", "领料。")),
    Sample("crossings", edit(README, "领料的流程。", "交叉线上限：9，因为有两条退回线。"), edit(README, "领料的流程。", "交叉线上限：3，因为有两条退回线。")),
    # -- features
    Sample("feature-language", feature("# language: zh-CN", "# language: zh-TW"), feature("# language: zh-CN", "#language:zh-CN")),
    Sample("feature-line", feature("那么 案卷已办结", "那么 案卷已办结\n      然后 回家"), feature("那么 案卷已办结", "那么 案卷已办结\n      # 然后 回家\n      但是 没有通知")),
    Sample("feature-colon", feature("场景: 少量直接领取", "场景：少量直接领取"), feature("场景: 少量直接领取", "剧本:少量直接领取")),
    Sample("feature-empty", feature("  规则: 第一条", "  规则: 第二条\n  规则: 第一条"), feature("大额的由主管签字。", "当日大额的，由主管签字：不得代签。")),
    Sample("feature-steps", feature("那么 “甲一”有待办“签字”", "并且 “甲一”有待办“签字”"), feature("那么 “甲一”有待办“签字”", "那么 “甲一”有待办“签字”\n      同时 “乙二”没有待办")),
    Sample("feature-examples", feature("        | 20   |\n        | 30   |\n", ""), feature("        | 30   |\n", "")),
    Sample("feature-title", feature("场景大纲: 大量的要签字", "场景大纲: 少量直接领取"), feature("场景大纲: 大量的要签字", "场景大纲: 少量不直接领取")),
    Sample("feature-tag", feature("@CK_1 @硬约束", "@CK_3 @硬约束"), feature("@CK_1 @硬约束", "@CK_1 @web  # 网页")),
    Sample("feature-place", (("depot/material.feature", FEATURE, ""),), (("depot/purchase_快件.feature", FEATURE, ""),)),
    Sample("feature-count", feature("| 数量 | 2  |", "| 数量 | 2  | 3 |"), feature("| 数量 | 2  |", "| 数量 | 12 |")),
)
