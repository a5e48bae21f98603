"""Tells each line of a history in words."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from engine.clock import parse_moment
from engine.queries.cases import HistoryLine
from web.texts import moment, people_names, person_name

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
    return _task(body), confirmed


def _transferred(body: Mapping[str, Any]) -> tuple[str, str]:
    said = _(
        "转给%(name)s，理由：%(reason)s", name=person_name(body.get("to")), reason=body.get("reason", "")
    )
    return _("转办“%(task)s”", task=_task(body)), said


def _due_changed(body: Mapping[str, Any]) -> tuple[str, str]:
    def words(text: str | None) -> str:
        return moment(parse_moment(text)) if text else _("待定")

    changed = _(
        "由 %(before)s 改为 %(after)s", before=words(body.get("before")), after=words(body.get("after"))
    )
    return _("“%(task)s”的期限有变化", task=_task(body)), changed


WORDS: Mapping[str, Any] = {
    "instance.started": lambda body: (_("发起"), ""),
    "instance.advanced": lambda body: ("", ""),
    "instance.completed": lambda body: (_("办结"), ""),
    "instance.cancelled": lambda body: (_("撤销案卷"), _("理由：%(reason)s", reason=body.get("reason", ""))),
    "task.completed": _completed,
    "task.claimed": lambda body: (_("认领“%(task)s”", task=_task(body)), ""),
    "task.unclaimed": lambda body: (_("退回认领“%(task)s”", task=_task(body)), ""),
    "task.transferred": _transferred,
    "task.urged": lambda body: (
        _("催办“%(task)s”", task=_task(body)),
        _("%(people)s：%(text)s", people=_people(body), text=body.get("text", "")),
    ),
    "task.due_changed": _due_changed,
    "timer.due_changed": _due_changed,
    "case.copied": lambda body: (_("抄送"), f"{_people(body)} {body.get('text', '')}".strip()),
    "button.pressed": lambda body: (str(body.get("button", "")), ""),
    "document.made": lambda body: (_("生成文书"), str(body.get("name", ""))),
    "message.delivered": lambda body: (_("收到消息“%(name)s”", name=body.get("message", "")), ""),
    "message.undelivered": lambda body: (_("消息“%(name)s”没有接收方", name=body.get("message", "")), ""),
    "timer.fired": lambda body: (_("时限到"), ""),
    "deadlines.recomputed": lambda body: (_("期限已重新计算"), ""),
    "notified": lambda body: (
        _("发出提醒"),
        _("%(people)s：%(text)s", people=_people(body), text=body.get("text", "")),
    ),
    "incident.retried": lambda body: (_("处理异常后重试"), ""),
}
