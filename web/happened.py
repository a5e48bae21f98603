"""Tells each line of a history in words."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from engine.clock import parse_moment
from engine.queries.cases import HistoryLine
from web.texts import about, moment, people_names, person_name

MOST_NAMES = 4
"""How many people a line of history names before it only counts them."""


def history_words(line: HistoryLine) -> tuple[str, str]:
    """What happened, and more about it (may be empty). Lines nobody needs to read give two empty texts."""
    say = WORDS.get(line.kind)
    return say(line.body) if say else (line.kind, "")


def _task(body: Mapping[str, Any]) -> str:
    return str(body.get("task", ""))


def _people(body: Mapping[str, Any]) -> str:
    logins = [str(each) for each in body.get("people", [])]
    if len(logins) <= MOST_NAMES:
        return people_names(logins)
    return str(_("%(people)s等 %(count)d 人", people=people_names(logins[:MOST_NAMES]), count=len(logins)))


def _completed(body: Mapping[str, Any]) -> tuple[str, str]:
    confirmed = (
        _("已确认 %(count)d 条提醒后提交", count=len(body["confirmed"])) if body.get("confirmed") else ""
    )
    signed = [_("加签：%(words)s", words=_signature(each)) for each in body.get("signed", ())]
    return _task(body), "；".join(each for each in (confirmed, *signed) if each)


def _transferred(body: Mapping[str, Any]) -> tuple[str, str]:
    said = _(
        "转给%(name)s，理由：%(reason)s", name=person_name(body.get("to")), reason=body.get("reason", "")
    )
    return _("转办“%(task)s”", task=_task(body)), said


def _returned(body: Mapping[str, Any]) -> tuple[str, str]:
    said = _("退回到“%(step)s”，理由：%(reason)s", step=body.get("to", ""), reason=body.get("reason", ""))
    return _("从“%(task)s”退回", task=_task(body)), "；".join(filter(None, (str(said), _void(body))))


def _withdrawn(body: Mapping[str, Any]) -> tuple[str, str]:
    said = _("理由：%(reason)s", reason=body["reason"]) if body.get("reason") else ""
    return _("撤回“%(task)s”", task=_task(body)), "；".join(filter(None, (str(said), _void(body))))


def _void(body: Mapping[str, Any]) -> str:
    """The documents that no longer hold since."""
    names = str(_("、")).join(map(str, body.get("void", ())))
    return str(_("作废的文书：%(names)s", names=names)) if names else ""


def _due_changed(body: Mapping[str, Any]) -> tuple[str, str]:
    def words(text: str | None) -> str:
        return moment(parse_moment(text)) if text else _("待定")

    changed = _(
        "由 %(before)s 改为 %(after)s", before=words(body.get("before")), after=words(body.get("after"))
    )
    return _("“%(task)s”的期限有变化", task=_task(body)), changed


def _signature(signed: Mapping[str, Any]) -> str:
    """What one signer said, e.g. 己六同意：数量属实。"""
    name, opinion = person_name(signed.get("signer")), signed.get("opinion", "")
    if signed.get("agree"):
        return str(_("%(name)s同意：%(opinion)s", name=name, opinion=opinion))
    return str(_("%(name)s不同意：%(opinion)s", name=name, opinion=opinion))


def _signer_added(body: Mapping[str, Any]) -> tuple[str, str]:
    name, reason = person_name(body.get("signer")), body.get("reason", "")
    if body.get("place") == "after":
        said = _("请%(name)s在提交后加签，理由：%(reason)s", name=name, reason=reason)
    else:
        said = _("请%(name)s在提交前加签，理由：%(reason)s", name=name, reason=reason)
    return _("加签“%(task)s”", task=_task(body)), said


def value_words(value: Any) -> str:
    """A result of a decision table in words; several by their names."""
    if isinstance(value, bool):
        return str(_("是") if value else _("否"))
    if value is None or value == []:
        return str(_("（空）"))
    if isinstance(value, Mapping):
        return str(_("、")).join(f"{name}={value_words(each)}" for name, each in value.items())
    if isinstance(value, list):
        return "；".join(map(value_words, value))
    return person_name(value) if isinstance(value, str) else str(value)


def _decided(body: Mapping[str, Any]) -> tuple[str, str]:
    """Which row of a decision table matched, and what it says."""
    rows = str(_("、")).join(map(str, body.get("rows", ())))
    result = value_words(body.get("result"))
    table = body.get("decision", "")
    if rows:
        said = _("按决策表“%(table)s”第 %(rows)s 行：%(result)s", table=table, rows=rows, result=result)
        said = "；".join([str(said), *map(str, body.get("notes", ()))])
    else:
        said = _("决策表“%(table)s”没有一行符合", table=table)
    return _task(body), str(said)


def _cut_short(body: Mapping[str, Any]) -> tuple[str, str]:
    said = _("应办 %(all)d，已办 %(done)d，达到结束条件", all=body.get("all", 0), done=body.get("done", 0))
    spared = _("无需再办：%(people)s", people=_people(body)) if body.get("people") else ""
    return _("“%(task)s”提前结束", task=_task(body)), "；".join(str(each) for each in (said, spared) if each)


def _with_words(people: str, text: object) -> str:
    return str(_("%(people)s：%(text)s", people=people, text=text)) if text else people


def _item(body: Mapping[str, Any]) -> str:
    said = _("%(name)s，理由：%(reason)s", name=about(body.get("item")), reason=body.get("reason", ""))
    return str(said)


def _version(body: Mapping[str, Any]) -> str:
    said = _(
        "由第 %(before)d 版改为第 %(after)d 版，理由：%(reason)s",
        before=int(body.get("before", 0)),
        after=int(body.get("after", 0)),
        reason=body.get("reason", ""),
    )
    return str(said)


def _resumed(body: Mapping[str, Any]) -> tuple[str, str]:
    said = _("理由：%(reason)s", reason=body.get("reason", ""))
    days = int(body.get("days", 0))
    moved = _("期限顺延 %(count)d 个工作日", count=days) if days else ""
    return _("恢复办理"), f"{said} {moved}".strip()


def _fired(body: Mapping[str, Any]) -> str:
    """The names of the timers: process, element, moment and name of each."""
    return str(_("、")).join(str(each[3]) for each in body.get("timers", ()) if each[3:] and each[3])


WORDS: Mapping[str, Any] = {
    "instance.started": lambda body: (_("发起"), ""),
    "instance.advanced": lambda body: ("", ""),
    "instance.completed": lambda body: (_("办结"), ""),
    "instance.cancelled": lambda body: (_("撤销案卷"), _("理由：%(reason)s", reason=body.get("reason", ""))),
    "task.completed": _completed,
    "task.claimed": lambda body: (_("认领“%(task)s”", task=_task(body)), ""),
    "task.unclaimed": lambda body: (_("退回认领“%(task)s”", task=_task(body)), ""),
    "task.transferred": _transferred,
    "task.returned": _returned,
    "task.withdrawn": _withdrawn,
    "task.delegated": lambda body: (
        _("委派“%(task)s”", task=_task(body)),
        _with_words(person_name(body.get("to")), body.get("text")),
    ),
    "task.delegation_returned": lambda body: (
        _("办好“%(task)s”，退还", task=_task(body)),
        _with_words(person_name(body.get("to")), body.get("text")),
    ),
    "task.delegation_recalled": lambda body: (
        _("收回“%(task)s”的委派", task=_task(body)),
        _with_words(_people(body), body.get("text")),
    ),
    "task.signer_added": _signer_added,
    "task.signer_removed": lambda body: (
        _("减签“%(task)s”", task=_task(body)),
        person_name(body.get("signer")),
    ),
    "task.signers_withdrawn": lambda body: (
        _("“%(task)s”已经结束，不用再加签", task=_task(body)),
        _people(body),
    ),
    "task.submitted": lambda body: (
        _("提交“%(task)s”，送加签", task=_task(body)),
        _("等%(people)s加签", people=_people(body)),
    ),
    "task.signed": lambda body: (_("“%(task)s”加签", task=_task(body)), _signature(body)),
    "task.instance_added": lambda body: (_("“%(task)s”加办", task=_task(body)), _item(body)),
    "task.instance_removed": lambda body: (_("“%(task)s”减办", task=_task(body)), _item(body)),
    "task.urged": lambda body: (
        _("催办“%(task)s”", task=_task(body)),
        _("%(people)s：%(text)s", people=_people(body), text=body.get("text", "")),
    ),
    "task.due_changed": _due_changed,
    "timer.due_changed": _due_changed,
    "case.copied": lambda body: (_("抄送"), f"{_people(body)} {body.get('text', '')}".strip()),
    "case.circulated": lambda body: (_("传阅"), f"{_people(body)} {body.get('text', '')}".strip()),
    "case.read": lambda body: (_("已阅"), str(body.get("text", ""))),
    "case.reading_urged": lambda body: (
        _("催阅"),
        _("%(people)s：%(text)s", people=_people(body), text=body.get("text", "")),
    ),
    "case.suspended": lambda body: (_("挂起"), _("理由：%(reason)s", reason=body.get("reason", ""))),
    "case.resumed": _resumed,
    "version.applied": lambda body: (_("改按现行版本办理"), _version(body)),
    "version.reverted": lambda body: (_("撤销应用，恢复按原来的版本办理"), _version(body)),
    "message.held": lambda body: (_("消息“%(name)s”留待恢复以后送达", name=body.get("message", "")), ""),
    "button.pressed": lambda body: (str(body.get("button", "")), ""),
    "decision.made": _decided,
    "round.cut_short": _cut_short,
    "document.made": lambda body: (_("生成文书"), str(body.get("name", ""))),
    "message.delivered": lambda body: (_("收到消息“%(name)s”", name=body.get("message", "")), ""),
    "message.undelivered": lambda body: (_("消息“%(name)s”没有接收方", name=body.get("message", "")), ""),
    "timer.fired": lambda body: (_("时限到"), _fired(body)),
    "deadlines.recomputed": lambda body: (_("期限已重新计算"), ""),
    "notified": lambda body: (
        _("发出提醒"),
        _("%(people)s：%(text)s", people=_people(body), text=body.get("text", "")),
    ),
    "incident.raised": lambda body: (
        _("系统执行异常，等待处理"),
        _("环节“%(element)s”", element=body.get("name") or body.get("element", "")),
    ),
    "incident.retried": lambda body: (_("处理异常后重试"), str(body.get("reason", ""))),
    "token.moved": lambda body: (
        _("由“%(before)s”移到“%(after)s”继续办理", before=body.get("from", ""), after=body.get("to", "")),
        _("理由：%(reason)s", reason=body.get("reason", "")),
    ),
}
