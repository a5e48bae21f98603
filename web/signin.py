"""Signing in and out, and the one-time links with which people set their password."""

from urllib.parse import urlsplit

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import commands, queries
from engine.errors import Invalid
from web.session import end_session, engine, start_session
from web.words import tell

blueprint = Blueprint("signin", __name__)
Page = str | tuple[str, int] | Response


def local_path(target: str | None) -> str:
    """A path of our own pages, else the front page: a link from elsewhere must not lead people away."""
    path = (target or "").replace("\\", "/")
    parts = urlsplit(path)
    if (
        not path.startswith("/")
        or path.startswith("//")
        or parts.netloc
        or parts.scheme
        or path.startswith("/signin")
    ):
        return url_for("inbox.page")
    return path


@blueprint.get("/signin")
def page() -> Page:
    return show()


@blueprint.post("/signin")
def sign_in() -> Page:
    target = local_path(request.form.get("next"))
    try:
        if "demo" in request.form:
            token = commands.open_demo_session(engine(), request.form["demo"])
        else:
            token = commands.sign_in(
                engine(), request.form.get("login", ""), request.form.get("password", "")
            )
    except Invalid as error:
        return show(error), 422
    return start_session(token, target)


def show(error: Invalid | None = None) -> str:
    return render_template(
        "signin/page.html",
        towns=queries.demo_towns(engine()) if engine().demo else [],
        target=request.values.get("next", ""),
        login=request.form.get("login", ""),
        errors=error.errors if error else {},
    )


@blueprint.post("/signout")
def sign_out() -> Page:
    return end_session()


@blueprint.get("/link/<token>")
def link(token: str) -> Page:
    purpose, login = commands.link_purpose(engine(), token)
    return render_template("signin/link.html", purpose=purpose, login=login, errors={})


@blueprint.post("/link/<token>")
def use_link(token: str) -> Page:
    purpose, login = commands.link_purpose(engine(), token)
    password = request.form.get("password", "")
    try:
        if password != request.form.get("again", ""):
            raise Invalid({"again": _("两次输入的密码不一样，请重新输入。")})
        opened = commands.use_link(engine(), token, password, request.form.get("login"))
    except Invalid as error:
        shown = login or request.form.get("login", "")
        return render_template("signin/link.html", purpose=purpose, login=shown, errors=error.errors), 422
    return tell(start_session(opened, url_for("inbox.page")), "password")
