"""The words that outlines of procedures need beside those the engine gives: labels of facts, kinds of elements."""

from collections.abc import Sequence
from typing import Any

from flask import render_template
from flask_babel import gettext as _

from engine.queries import OutlineView


def fact_word(about: str) -> str:
    """What a fact of an element or a procedure is about."""
    words = {
        "who": _("办理"),
        "named": _("待办名称"),
        "due": _("时限"),
        "form": _("填写"),
        "personal": _("代理"),
        "batch": _("批量"),
        "each": _("逐项"),
        "until": _("提前结束"),
        "received": _("收到消息"),
        "sent": _("发出消息"),
        "carried": _("带去"),
        "timer": _("到时"),
        "again": _("重复"),
        "stops": _("影响"),
        "pressed": _("操作"),
        "confirm": _("操作前提醒"),
        "told": _("通知"),
        "words": _("内容"),
        "document": _("生成文书"),
        "computed": _("算出"),
        "decision": _("决策表"),
        "result": _("得出"),
        "called": _("调用流程"),
        "given": _("带入"),
        "returned": _("带回"),
        "starters": _("发起"),
        "readers": _("可看全部"),
        "public": _("公开内容"),
        "kind": _("走法"),
    }
    return str(words[about])


def kind_word(kind: str) -> str:
    """What kind of element a step is."""
    words = {
        "startEvent": _("开始"),
        "endEvent": _("结束"),
        "intermediateCatchEvent": _("等待"),
        "intermediateThrowEvent": _("发送"),
        "boundaryEvent": _("附加事件"),
        "userTask": _("任务"),
        "scriptTask": _("系统计算"),
        "serviceTask": _("系统办理"),
        "sendTask": _("发送"),
        "businessRuleTask": _("按决策表"),
        "callActivity": _("调用流程"),
        "subProcess": _("子流程"),
        "exclusiveGateway": _("分支"),
        "parallelGateway": _("并行"),
        "inclusiveGateway": _("多选分支"),
        "eventBasedGateway": _("等候"),
    }
    return str(words.get(kind, _("环节")))


def outline_page(template: str, found: OutlineView | None, **values: Any) -> str:
    """A page that shows an outline, or says why there is none."""
    return render_template(
        template,
        found=found,
        outline=found.outline if found else None,
        fact_word=fact_word,
        kind_word=kind_word,
        in_order=in_order,
        **values,
    )


def in_order(found: OutlineView, ids: Sequence[str]) -> Sequence[str]:
    """Those of the clauses that the reader's rules have, in their order."""
    return [each for each in found.clauses if each in ids]
