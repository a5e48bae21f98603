"""Entrusting a task to somebody who prepares it, giving it back, calling it back."""

from collections.abc import Mapping
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import commands, queries
from engine.errors import Conflict, Forbidden, Invalid
from engine.queries import Entered
from web.session import drain, engine, me
from web.sheet import problems
from web.words import tell

blueprint = Blueprint("delegating", __name__)
Page = str | tuple[str, int] | Response


@blueprint.get("/tasks/<task_id>/delegate")
def delegate_page(task_id: str) -> Page:
    return delegate_form(task_id, {})


def delegate_form(task_id: str, errors: Mapping[str, str]) -> str:
    task = queries.task_view(engine(), me(), task_id)
    if task.state != "open":
        raise Conflict(_("这项任务已经办理完毕，不能委派。"))
    if not task.mine or task.signing.prepares:
        raise Forbidden(_("您可以查看这项任务，但不能委派。"))
    people = [each for each in queries.colleagues(engine(), me()) if each.login != me()]
    return render_template(
        "task/delegate.html", task=task, people=people, errors=errors, values=request.form, key=uuid4().hex
    )


@blueprint.post("/tasks/<task_id>/delegate")
def delegate(task_id: str) -> Page:
    to, words = request.form.get("to", ""), request.form.get("words", "")
    try:
        commands.delegate_task(engine(), me(), task_id, to, words, request.form.get("_key"))
    except Invalid as error:
        return delegate_form(task_id, error.errors), 422
    drain()
    return tell(redirect(url_for("tasks.page", task_id=task_id)), "delegated")


@blueprint.get("/tasks/<task_id>/hand-back")
def hand_back_page(task_id: str) -> Page:
    return hand_back_form(task_id, {})


def hand_back_form(task_id: str, errors: Mapping[str, str]) -> str:
    """What is still wrong with the saved sheet is told; it does not keep it back."""
    task = queries.task_view(engine(), me(), task_id)
    if not task.signing.prepares:
        raise Conflict(_("这项任务没有委派给您，或者已经退还、收回。"))
    _task, filled = queries.task_page(engine(), me(), task_id, Entered(task.values, check=True))
    return render_template(
        "task/hand_back.html",
        task=task,
        mistakes=problems(filled),
        errors=errors,
        values=request.form,
        key=uuid4().hex,
    )


@blueprint.post("/tasks/<task_id>/hand-back")
def hand_back(task_id: str) -> Page:
    words = request.form.get("words", "")
    try:
        commands.return_delegated_task(engine(), me(), task_id, None, words, request.form.get("_key"))
    except Invalid as error:
        return hand_back_form(task_id, error.errors), 422
    drain()
    return tell(redirect(url_for("inbox.page")), "handed_back")


@blueprint.post("/tasks/<task_id>/recall")
def recall(task_id: str) -> Page:
    commands.recall_delegated_task(
        engine(), me(), task_id, request.form.get("words", ""), request.form.get("_key")
    )
    drain()
    return tell(redirect(url_for("tasks.page", task_id=task_id)), "recalled")
