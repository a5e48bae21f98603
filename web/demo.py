"""The demo clock. Outside demo mode its pages do not exist."""

from datetime import datetime

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import commands, queries
from engine.clock import CN, iso, parse_moment
from engine.errors import Invalid, NotFound
from web.session import engine, me
from web.texts import clock_now
from web.words import tell

blueprint = Blueprint("demo", __name__)
FAR = datetime(2999, 1, 1, tzinfo=CN)
Page = str | tuple[str, int] | Response


def require_demo() -> None:
    if not engine().demo:
        raise NotFound
    me()


@blueprint.get("/demo/clock")
def clock() -> Page:
    require_demo()
    return show("")


def show(error: str) -> str:
    due = commands.next_due(engine(), FAR)
    return render_template(
        "demo/clock.html",
        error=error,
        given=request.form.get("now") or f"{clock_now():%Y-%m-%dT%H:%M}",
        next_due=due[1] if due else None,
        used=queries.has_cases(engine()),
    )


@blueprint.post("/demo/clock")
def set_clock() -> Page:
    """To a given moment, or to the next timer."""
    require_demo()
    try:
        commands.set_demo_clock(engine(), me(), wanted())
    except Invalid as error:
        return show(" ".join(error.errors.values())), 422
    return tell(redirect(url_for("demo.clock")), "clock")


def wanted() -> datetime:
    if "next" in request.form:
        due = commands.next_due(engine(), FAR)
        if due is None:
            raise Invalid({"now": _("没有等着到期的时限。")})
        return max(due[1], engine().now())
    text = request.form.get("now", "")
    try:
        return parse_moment(text)
    except ValueError as error:
        now = iso(engine().now())
        raise Invalid({"now": _("请填写日期和时刻，例如 %(now)s。", now=now[:16])}) from error
