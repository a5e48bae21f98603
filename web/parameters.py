"""规则参数: the values the written rules leave to the town, read by all and changed by who may."""

from collections.abc import Mapping
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import commands, queries
from engine.errors import Forbidden, Invalid
from web.session import drain, engine, me
from web.words import frame, tell

blueprint = Blueprint("parameters", __name__)
Page = str | tuple[str, int] | Response


@blueprint.get("/parameters")
def page() -> str:
    q = request.args.get("q", "").strip()
    lines = queries.parameters(engine(), me())
    found = [
        each for each in lines if q in f"{each.parameter.name}{each.parameter.note}{each.parameter.source}"
    ]
    return render_template("parameters/page.html", lines=found, q=q, may="parameters" in frame().capabilities)


@blueprint.get("/parameters/<name>")
def edit_page(name: str) -> Page:
    return edit_form(name, {})


def edit_form(name: str, errors: Mapping[str, str]) -> str:
    line = queries.parameter(engine(), me(), name)
    if "parameters" not in frame().capabilities:
        raise Forbidden(_("您的岗位没有这项权限。如有需要，请联系系统管理员。"))
    return render_template(
        "parameters/edit.html", line=line, errors=errors, given=request.form, key=uuid4().hex
    )


@blueprint.post("/parameters/<name>")
def set_parameter(name: str) -> Page:
    value = None if "_restore" in request.form else request.form.get("value", "")
    try:
        commands.set_parameter(
            engine(), me(), "", name, value, request.form.get("reason", ""), request.form.get("_key")
        )
    except Invalid as error:
        return edit_form(name, error.errors), 422
    drain()
    return tell(redirect(url_for("parameters.page")), "saved")
