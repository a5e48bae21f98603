"""挂起 and 恢复 of a case."""

from collections.abc import Mapping
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import commands, queries
from engine.errors import Conflict, Forbidden, Invalid
from web.session import drain, engine, me
from web.words import tell

blueprint = Blueprint("suspension", __name__)
Page = str | tuple[str, int] | Response


@blueprint.get("/cases/<instance_id>/suspend")
def suspend_page(instance_id: str) -> Page:
    return form(instance_id, "suspend", {})


@blueprint.get("/cases/<instance_id>/resume")
def resume_page(instance_id: str) -> Page:
    return form(instance_id, "resume", {})


def form(instance_id: str, verb: str, errors: Mapping[str, str]) -> str:
    case = queries.case_view(engine(), me(), instance_id)
    if not case.oversees:
        raise Forbidden(_("只有按岗位看得到整个案卷的人可以挂起和恢复。"))
    if verb == "resume" and case.suspension is None:
        raise Conflict(_("案卷没有挂起，不用恢复。"))
    if verb == "suspend" and (case.suspension is not None or case.ended_at is not None):
        raise Conflict(_("案卷已经挂起或办结，不能挂起。"))
    return render_template(
        f"suspension/{verb}.html",
        case=case,
        errors=errors,
        reason=request.form.get("reason", ""),
        key=uuid4().hex,
    )


@blueprint.post("/cases/<instance_id>/suspend")
def suspend(instance_id: str) -> Page:
    reason = request.form.get("reason", "")
    try:
        commands.suspend_case(engine(), me(), instance_id, reason, request.form.get("_key"))
    except Invalid as error:
        return form(instance_id, "suspend", error.errors), 422
    drain()
    return tell(redirect(url_for("cases.case", instance_id=instance_id)), "suspended")


@blueprint.post("/cases/<instance_id>/resume")
def resume(instance_id: str) -> Page:
    reason = request.form.get("reason", "")
    try:
        commands.resume_case(engine(), me(), instance_id, reason, request.form.get("_key"))
    except Invalid as error:
        return form(instance_id, "resume", error.errors), 422
    drain()
    return tell(redirect(url_for("cases.case", instance_id=instance_id)), "resumed")
