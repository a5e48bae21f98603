"""One failure of a case: what failed, and its remedies — try again, move the case to another element, cancel it."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import commands, queries
from engine.errors import Conflict, Invalid, Refused
from web.happened import value_words
from web.session import drain, engine, me
from web.words import tell

blueprint = Blueprint("incidents", __name__)
Page = str | tuple[str, int] | Response


def command_word(command: str) -> str:
    """What was being done when it failed."""
    words = {
        "complete_user_task": _("提交任务"),
        "sign_task": _("加签"),
        "remove_signer": _("减签"),
        "press_button": _("按案卷按钮"),
        "deliver_message": _("接收消息"),
        "fire_timers": _("执行到期的定时"),
        "recompute_deadlines": _("重新计算期限"),
    }
    return str(words.get(command, command))


@blueprint.get("/office/incidents/<int(max=2147483647):incident_id>")
def page(incident_id: int) -> Page:
    return show(incident_id)


def show(incident_id: int, section: str = "", errors: Mapping[str, str] | None = None) -> str:
    """The page; `errors` belong to the form of `section`."""
    return render_template(
        "office/incident.html",
        incident=queries.incident_view(engine(), me(), incident_id),
        section=section,
        errors=errors or {},
        given=request.form,
        key=uuid4().hex,
        command_word=command_word,
        value_words=value_words,
    )


def _doing(incident_id: int, section: str, notice: str, do: Callable[[str], Any]) -> Page:
    """Run a remedy; what is wrong with it comes back at its form."""
    try:
        do(request.form.get("reason", ""))
    except Invalid as error:
        return show(incident_id, section, error.errors), 422
    except (Conflict, Refused) as error:
        return show(incident_id, section, {"": str(error)}), 409
    drain()
    return tell(redirect(url_for("office.page", _anchor="incidents")), notice)


@blueprint.post("/office/incidents/<int(max=2147483647):incident_id>/retry")
def retry(incident_id: int) -> Page:
    try:
        gone = commands.retry_incident(engine(), me(), incident_id, request.form.get("reason", ""))
    except Invalid as error:
        return show(incident_id, "retry", error.errors), 422
    except Conflict as error:
        return show(incident_id, "retry", {"": str(error)}), 409
    drain()
    return tell(redirect(url_for("office.page", _anchor="incidents")), "retried" if gone else "failed")


@blueprint.post("/office/incidents/<int(max=2147483647):incident_id>/move")
def move(incident_id: int) -> Page:
    element, key = request.form.get("element", ""), request.form.get("_key")
    return _doing(
        incident_id,
        "move",
        "moved",
        lambda reason: commands.move_token(engine(), me(), incident_id, element, reason, key),
    )


@blueprint.post("/office/incidents/<int(max=2147483647):incident_id>/cancel")
def cancel(incident_id: int) -> Page:
    case = queries.incident_view(engine(), me(), incident_id).instance_id
    key = request.form.get("_key")
    return _doing(
        incident_id,
        "cancel",
        "cancelled",
        lambda reason: commands.cancel_process_instance(engine(), me(), case, reason, key),
    )
