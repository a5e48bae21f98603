"""我的代理: who acts for me and for whom I act; giving one's own delegation, and ending it."""

from collections.abc import Mapping
from datetime import date, timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import commands, queries
from engine.errors import Invalid
from web.session import drain, engine, me
from web.words import tell

blueprint = Blueprint("delegations", __name__)
Page = str | tuple[str, int] | Response


@blueprint.get("/delegations")
def page() -> Page:
    return show({})


def show(errors: Mapping[str, str]) -> str:
    return render_template(
        "delegations/page.html",
        own=queries.own_delegations(engine(), me()),
        people=[each for each in queries.colleagues(engine(), me()) if each.login != me()],
        errors=errors,
        given=request.form,
    )


def text(name: str) -> str:
    return request.form.get(name, "").strip()


def a_day(name: str) -> date:
    """Raises Invalid."""
    try:
        return date.fromisoformat(text(name))
    except ValueError as error:
        raise Invalid({name: _("请填写日期，例如 2026-10-08。")}) from error


@blueprint.post("/delegations")
def give() -> Page:
    try:
        if not text("receiver"):
            raise Invalid({"receiver": _("请选择由谁代理。")})
        commands.give_delegation(
            engine(),
            me(),
            "",
            text("kind"),
            me(),
            text("receiver"),
            a_day("begins"),
            a_day("ends"),
            text("basis"),
        )
    except Invalid as error:
        return show(error.errors), 422
    drain()
    return tell(redirect(url_for("delegations.page")), "delegation-given")


@blueprint.post("/delegations/end")
def end() -> Page:
    """End one of one's own: at once with the button `now`, else after the day given."""
    try:
        begins = a_day("begins")
        today = queries.own_delegations(engine(), me()).today
        last = today - timedelta(days=1) if "now" in request.form else a_day("last_day")
        commands.withdraw_delegation(engine(), me(), "", text("kind"), me(), last, begins)
    except Invalid as error:
        return show({"": " ".join(error.errors.values())}), 422
    drain()
    return tell(redirect(url_for("delegations.page")), "delegation-ended")
