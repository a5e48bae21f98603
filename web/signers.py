"""Asking others to sign a task, signing one, taking signers off."""

from collections.abc import Mapping
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import commands, queries
from engine.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from web.session import drain, engine, me
from web.sheet import phrase_text
from web.tasks import Banner, SignForm, revision, show
from web.words import tell

blueprint = Blueprint("signers", __name__)
Page = str | tuple[str, int] | Response


@blueprint.get("/tasks/<task_id>/signers")
def add_page(task_id: str) -> Page:
    return add_form(task_id, {})


def add_form(task_id: str, errors: Mapping[str, str]) -> str:
    task = queries.task_view(engine(), me(), task_id)
    if task.state != "open":
        raise Conflict(_("这项任务已经办理完毕，不能加签。"))
    if not task.mine or task.signing.prepares:
        raise Forbidden(_("您可以查看这项任务，但不能请人加签。"))
    asked = {each.login for each in task.signing.open} | {me(), task.assignee}
    people = [each for each in queries.colleagues(engine(), me()) if each.login not in asked]
    return render_template(
        "task/add_signer.html", task=task, people=people, errors=errors, values=request.form, key=uuid4().hex
    )


@blueprint.post("/tasks/<task_id>/signers")
def add(task_id: str) -> Page:
    to, place, reason = (request.form.get(name, "") for name in ("to", "place", "reason"))
    try:
        commands.add_signer(engine(), me(), task_id, to, place, reason, request.form.get("_key"))
    except Invalid as error:
        return add_form(task_id, error.errors), 422
    drain()
    return tell(redirect(url_for("tasks.page", task_id=task_id)), "signer_added")


@blueprint.post("/tasks/<task_id>/signers/<login>/remove")
def remove(task_id: str, login: str) -> Page:
    done = commands.remove_signer(engine(), me(), task_id, login, request.form.get("_key"))
    drain()
    said = "submitted" if done["completed"] else "signer_removed"
    return tell(redirect(url_for("tasks.page", task_id=task_id)), said)


@blueprint.post("/tasks/<task_id>/sign")
def sign(task_id: str) -> Page:
    """Whatever goes wrong, the opinion comes back with the page."""
    agree, opinion = request.form.get("agree", ""), request.form.get("opinion", "")
    phrase = request.form.get("_phrase")
    if phrase is not None:
        return show(task_id, sign=SignForm(agree, opinion + phrase_text(phrase), {}))
    try:
        if agree not in ("yes", "no"):
            raise Invalid({"agree": _("请选择同意还是不同意。")})
        done = commands.sign_task(
            engine(), me(), task_id, agree == "yes", opinion, request.form.get("_key"), revision()
        )
    except Invalid as error:
        return show(task_id, status=422, sign=SignForm(agree, opinion, error.errors))
    except NotFound:
        raise
    except (Conflict, Forbidden, Refused) as error:
        status = 403 if isinstance(error, Forbidden) else 409 if isinstance(error, Conflict) else 422
        typed = [(_("意见"), opinion)] if opinion.strip() else []
        return show(
            task_id, status=status, banner=Banner(str(error), typed), sign=SignForm(agree, opinion, {})
        )
    drain()
    said = "signed_all" if done["completed"] else "signed"
    return tell(redirect(url_for("inbox.page")), said, str(done["instance"]))
