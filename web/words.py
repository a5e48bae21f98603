"""What every template can say: people, dates and due dates in words, the menu, addresses of assets."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask, Response, g, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from engine import queries
from engine.forms.values import option_key
from engine.queries import Due, Frame
from engine.queries.signing import SignerLine
from web import assets
from web.happened import history_words
from web.session import engine, me
from web.texts import (
    about,
    asked,
    clock_now,
    day,
    doer,
    english,
    hour,
    moment,
    people_names,
    person_name,
    principal,
    size,
)

NOTICE = "notice"
OFFICE = ("organisation", "delegations", "calendar", "incidents")


def register(app: Flask) -> None:
    """Give the templates their filters and globals, and clear a notice once it has been shown."""
    app.jinja_env.filters.update(
        person=person_name,
        about=about,
        asked=asked,
        people=people_names,
        moment=moment,
        day=day,
        hour=hour,
        size=size,
        principal=principal,
        key=option_key,
    )
    app.jinja_env.globals.update(
        frame=frame,
        menu=menu,
        due_badge=due_badge,
        notice=notice,
        doer=doer,
        asset=asset,
        english=english,
        state_word=state_word,
        signer_word=signer_word,
        history_words=history_words,
        language_switch=language_switch,
        clock_now=clock_now,
        demo=lambda: engine().demo,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.after_request(clear_notice)


@dataclass(frozen=True)
class Badge:
    """A due date in words; `style` is late, soon, ok or none."""

    style: str
    text: str


def due_badge(due: Due, at: datetime | None, suspended: bool = False) -> Badge:
    """How far away a due date is: never by colour alone. While the case stands still nothing is late."""
    if suspended:
        return Badge("none", _("已挂起"))
    if at is None or due.kind == "none":
        return Badge("none", _("无时限"))
    if due.kind == "late":
        if due.days == 0:
            return Badge("late", _("已过 %(hour)s", hour=hour(at)))
        return Badge("late", _("逾期 %(days)d 个工作日", days=due.days))
    if due.kind == "today":
        return Badge("soon", _("今天 %(hour)s 前", hour=hour(at)))
    if due.days == 0:
        return Badge("soon", _("不到 1 个工作日"))
    return Badge("soon" if due.kind == "soon" else "ok", _("剩 %(days)d 个工作日", days=due.days))


def state_word(state: str) -> str:
    """The state of a case or of a task."""
    words = {
        "active": _("在办"),
        "suspended": _("已挂起"),
        "completed": _("已办结"),
        "cancelled": _("已撤销"),
        "incident": _("异常待处理"),
        "open": _("待办"),
        "done": _("已办"),
    }
    return str(words.get(state, state))


def signer_word(line: SignerLine) -> str:
    """How far an added signer has come."""
    if line.state == "open":
        return str(_("待签") if line.due else _("提交后再签"))
    words = {"agreed": _("同意"), "objected": _("不同意"), "withdrawn": _("已减签")}
    return str(words[line.state])


# ---- the frame


def frame() -> Frame:
    """The frame of the person signed in, read once for each page."""
    if "frame" not in g:
        g.frame = queries.frame(engine(), me())
    found: Frame = g.frame
    return found


@dataclass(frozen=True)
class MenuEntry:
    """A line of the menu; `icon` names a drawing, `main` ones stand in the bar of phones too."""

    endpoint: str
    icon: str
    label: str
    count: int = 0
    current: bool = False
    main: bool = True


def menu() -> list[MenuEntry]:
    """The pages this person may use."""
    around = frame()
    entries = [
        MenuEntry("inbox.page", "inbox", _("待办"), around.open),
        MenuEntry("inbox.done", "done", _("已办")),
        MenuEntry("cases.started", "started", _("我发起的")),
    ]
    if around.may_start:
        entries.append(MenuEntry("start.page", "plus", _("发起事项")))
    entries += [
        MenuEntry("cases.page", "cases", _("案卷"), main=False),
        MenuEntry("account.notifications", "bell", _("消息"), around.unread, main=False),
    ]
    if around.keeps_registers:
        entries.append(MenuEntry("registers.page", "register", _("台账"), main=False))
    if "statistics" in around.capabilities:
        entries.append(MenuEntry("statistics.page", "chart", _("运行统计"), main=False))
    if around.person is not None:
        entries.append(MenuEntry("procedures.page", "workshop", _("流程一览"), main=False))
        entries.append(MenuEntry("account.people", "people", _("人员分工"), main=False))
        entries.append(MenuEntry("parameters.page", "document", _("规则参数"), main=False))
        entries.append(MenuEntry("delegations.page", "transfer", _("我的代理"), main=False))
    if "review" in around.capabilities or "definitions" in around.capabilities:
        entries.append(MenuEntry("scenarios.page", "done", _("验收场景"), main=False))
    if "definitions" in around.capabilities:
        entries.append(MenuEntry("workshop.page", "workshop", _("流程工坊"), main=False))
    if around.administrator or around.capabilities & set(OFFICE):
        entries.append(MenuEntry("office.page", "office", _("系统维护"), main=False))
    here = {
        "tasks": "inbox.page",
        "cases": "cases.page",
        "modeller": "workshop.page",
        "decisions": "workshop.page",
        "compare": "workshop.page",
        "publishing": "workshop.page",
        "rebasing": "workshop.page",
        "incidents": "office.page",
        "forms": "workshop.page",
        "form_fields": "workshop.page",
        "form_examples": "workshop.page",
        "templates": "workshop.page",
        "writing": "scenarios.page",
        "playback": "scenarios.page",
        "outlines": "workshop.page",
    }.get(request.blueprint or "", "")
    endpoint = request.endpoint or ""
    exact = {entry.endpoint for entry in entries}
    current = endpoint if endpoint in exact else here or f"{request.blueprint}.page"
    return [MenuEntry(e.endpoint, e.icon, e.label, e.count, e.endpoint == current, e.main) for e in entries]


def language_switch() -> str:
    """The address of this page in the other language."""
    arguments: dict[str, Any] = {**(request.view_args or {}), **request.args.to_dict()}
    arguments["lang"] = "zh" if english() else "en"
    if request.endpoint is None or request.method != "GET":
        return url_for("inbox.page", lang=arguments["lang"])
    return url_for(request.endpoint, **arguments)


def asset(name: str) -> str:
    """The address of a static file; it changes with its content."""
    if name.startswith("dist/"):
        return url_for("static", name=name, v=assets.version())
    return url_for("static", name=name, v=_modified(name))


def _modified(name: str) -> str:
    return format(int((assets.HERE / "static" / name).stat().st_mtime), "x")


# ---- notices


def notices() -> Mapping[str, str]:
    """What a page says once after something has been done."""
    return {
        "submitted": _("已提交，流程已转入下一步。"),
        "draft": _("草稿已保存。"),
        "claimed": _("已认领，由您办理。"),
        "unclaimed": _("已退回认领，任务回到原来的岗位。"),
        "returned": _("已退回，办理人会收到消息。"),
        "withdrawn": _("已撤回，任务回到您的待办。"),
        "transferred": _("已转办，对方会收到消息。"),
        "delegated": _("已委派，对方会收到消息；办好后退还给您。"),
        "handed_back": _("已退还，由对方核对后提交。"),
        "recalled": _("已收回委派，由您办理。"),
        "signer_added": _("已请对方加签，对方会收到消息。"),
        "signer_removed": _("已减签，对方会收到消息。"),
        "signing": _("已提交，正在等加签人签署；都同意后生效。"),
        "signed": _("加签意见已提交。"),
        "signed_all": _("加签意见已提交，都已同意，流程已转入下一步。"),
        "instance_added": _("已加办，对方会收到消息。"),
        "instance_removed": _("已减办，对方会收到消息。"),
        "urged": _("已催办，办理人会收到消息。"),
        "copied": _("已抄送。"),
        "circulated": _("已传阅，对方会收到消息。"),
        "confirmed": _("已确认阅过。"),
        "readers-urged": _("已催阅，还没有阅的人会收到消息。"),
        "suspended": _("案卷已挂起，有关人员会收到消息。"),
        "resumed": _("案卷已恢复办理，有关人员会收到消息。"),
        "delegation-given": _("委托已登记，受托人会收到消息。"),
        "delegation-ended": _("委托已结束，受托人会收到消息。"),
        "nothing-chosen": _("请先勾选要批量办理的任务。"),
        "pressed": _("操作已生效。"),
        "cancelled": _("案卷已撤销。"),
        "started": _("已发起。"),
        "read": _("已标为已读。"),
        "phrases": _("常用意见已更新。"),
        "saved": _("已保存。"),
        "moved": _("案卷已移动，从那里继续办理，有关人员会收到消息。"),
        "retried": _("重试成功，异常已消除。"),
        "failed": _("重试后仍有异常，请看下面的原因。"),
        "draft-discarded": _("草稿已放弃，已发布的版本没有变化。"),
        "draft-undone": _("已撤销草稿上一次的保存。"),
        "form-made": _("表单已新建。图上的环节填上它的键就用这张表单。"),
        "form-deleted": _("已从草稿里删去。可以撤销上一次保存。"),
        "field-removed": _("字段已删去。可以撤销上一次保存。"),
        "published": _("已发布，新的案卷按这一版办理。"),
        "version-applied": _("已应用到勾选的案卷，有关人员会收到消息。"),
        "version-reverted": _("已撤销，案卷恢复按原来的版本办理。"),
        "gate-stopped": _("试跑已停下。"),
        "scenarios-renamed": _("场景里的名称已随图改名。"),
        "nothing-renamed": _("场景里没有要改的名称。"),
        "scenario-saved": _("场景已放进草稿，随流程一起试跑和发布。"),
        "scenario-removed": _("场景已从草稿里删去。"),
        "version-restored": _("已以那一版的内容打开草稿。"),
        "clock": _("演示时钟已拨动，到期的事项已经处理。"),
        "password": _("密码已设置，您已登录。"),
    }


def tell(response: AnyResponse, code: str, instance: str = "") -> AnyResponse:
    """Let the next page say the notice `code`, with a link to the case when one is given."""
    response.set_cookie(NOTICE, f"{code}:{instance}", max_age=60, httponly=True, samesite="Lax")
    return response


def notice() -> Markup | str:
    """The notice to show on this page, if any."""
    code, _colon, instance = request.cookies.get(NOTICE, "").partition(":")
    text = notices().get(code)
    if text is None:
        return ""
    g.notice_shown = True
    if not instance.isalnum():
        return text
    link = url_for("cases.case", instance_id=instance)
    return Markup('{} <a href="{}">{}</a>').format(text, link, _("查看案卷"))


def clear_notice(response: Response) -> Response:
    if g.get("notice_shown") and "Set-Cookie" not in response.headers:
        response.delete_cookie(NOTICE)
    return response
