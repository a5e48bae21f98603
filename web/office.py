"""Looking after the program: calendar, organisation, delegations, failures, accounts."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import commands, queries
from engine.errors import Forbidden, Invalid
from web.session import drain, engine, me
from web.words import OFFICE, frame, tell

blueprint = Blueprint("office", __name__)
Page = str | tuple[str, int] | Response


@blueprint.get("/office")
def page() -> Page:
    return show()


def show(
    section: str = "", errors: Mapping[str, str] | None = None, link: tuple[str, str] | None = None
) -> str:
    """The page; `errors` belong to the form of `section`, `link` is a new one-time link and whose it is."""
    around, login = frame(), me()
    may = around.capabilities
    if not (around.administrator or may & set(OFFICE)):
        raise Forbidden(_("您的岗位没有这项权限。如有需要，请联系系统管理员。"))
    incidents = "incidents" in may
    accounts = around.administrator or "organisation" in may
    return render_template(
        "office/page.html",
        may=may,
        directory=queries.directory(engine(), login),
        calendar_prompt=queries.calendar_prompt(engine(), login),
        incidents=queries.incidents(engine(), login) if incidents else [],
        undelivered=queries.undelivered_messages(engine(), login) if incidents else [],
        accounts=queries.accounts(engine(), login) if accounts else None,
        phrases=[each for each in queries.phrases(engine(), login) if not each.login],
        removed=request.args.get("removed", type=int),
        section=section,
        errors=errors or {},
        link=link,
        given=request.form,
    )


def doing(section: str, do: Callable[[], Any]) -> Page:
    """Run a command of a form of this page; what is wrong with it comes back at the form."""
    try:
        do()
    except Invalid as error:
        return show(section, error.errors), 422
    drain()
    return tell(redirect(url_for("office.page", _anchor=section)), "saved")


def text(name: str) -> str:
    return request.form.get(name, "").strip()


def a_day(name: str) -> date:
    """A day a form must give. Raises Invalid."""
    try:
        return date.fromisoformat(text(name))
    except ValueError as error:
        raise Invalid({name: _("请填写日期，例如 2026-10-08。")}) from error


def maybe_day(name: str) -> date | None:
    return a_day(name) if text(name) else None


@blueprint.post("/office/calendar")
def import_calendar() -> Page:
    return doing(
        "calendar", lambda: commands.import_calendar_year(engine(), me(), request.form.get("text", ""))
    )


@blueprint.post("/office/appointments")
def appoint() -> Page:
    def do() -> None:
        commands.appoint(
            engine(),
            me(),
            "",
            text("login").lower(),
            text("post"),
            a_day("begins"),
            maybe_day("ends"),
            leader="leader" in request.form,
            unit=text("unit"),
            name=text("name") or None,
            title=text("title"),
        )

    return doing("appointments", do)


@blueprint.post("/office/appointments/end")
def end_appointment() -> Page:
    return doing(
        "appointments",
        lambda: commands.end_appointment(engine(), me(), "", text("login"), text("post"), a_day("last_day")),
    )


@blueprint.post("/office/portfolios")
def assign_portfolio() -> Page:
    units = request.form.getlist("units") or None
    return doing(
        "portfolios",
        lambda: commands.assign_portfolio(
            engine(), me(), "", text("line"), text("leader") or None, a_day("begins"), units
        ),
    )


@blueprint.post("/office/delegations")
def give_delegation() -> Page:
    return doing(
        "delegations",
        lambda: commands.give_delegation(
            engine(),
            me(),
            "",
            text("kind"),
            text("giver"),
            text("receiver"),
            a_day("begins"),
            a_day("ends"),
            text("basis"),
        ),
    )


@blueprint.post("/office/delegations/withdraw")
def withdraw_delegation() -> Page:
    return doing(
        "delegations",
        lambda: commands.withdraw_delegation(
            engine(), me(), "", text("kind"), text("giver"), a_day("last_day")
        ),
    )


@blueprint.post("/office/phrases")
def add_phrase() -> Page:
    return doing("phrases", lambda: commands.add_shared_phrase(engine(), me(), text("text")))


@blueprint.post("/office/phrases/<int:phrase_id>/remove")
def remove_phrase(phrase_id: int) -> Page:
    commands.remove_shared_phrase(engine(), me(), phrase_id)
    return tell(redirect(url_for("office.page", removed=phrase_id, _anchor="phrases")), "phrases")


@blueprint.post("/office/phrases/<int:phrase_id>/restore")
def restore_phrase(phrase_id: int) -> Page:
    return doing("phrases", lambda: commands.restore_shared_phrase(engine(), me(), phrase_id))


@blueprint.post("/office/accounts/<login>/link")
def make_link(login: str) -> Page:
    """The link is shown once: only its hash is stored."""
    token = commands.make_password_link(engine(), me(), login)
    return show("accounts", link=(login, url_for("signin.link", token=token, _external=True)))


@blueprint.post("/office/accounts/<login>/withdraw")
def withdraw_link(login: str) -> Page:
    return doing("accounts", lambda: commands.withdraw_password_link(engine(), me(), login))
