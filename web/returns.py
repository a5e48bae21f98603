"""退回 and 撤回: the page on which one chooses the step, and the button that takes back what was just submitted."""

from collections.abc import Mapping
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import commands, queries
from engine.errors import Invalid
from web.session import drain, engine, me
from web.words import tell

blueprint = Blueprint("returns", __name__)
Page = str | tuple[str, int] | Response


@blueprint.get("/tasks/<task_id>/return")
def return_page(task_id: str) -> Page:
    return return_form(task_id, {})


def return_form(task_id: str, errors: Mapping[str, str]) -> str:
    """All earlier steps, each with what going back to it means; those not possible now say why."""
    ways = queries.ways_back(engine(), me(), task_id)
    return render_template(
        "task/return.html",
        task=queries.task_view(engine(), me(), task_id),
        ways=ways,
        errors=errors,
        chosen=request.form.get("to", ""),
        reason=request.form.get("reason", ""),
        key=uuid4().hex,
    )


@blueprint.post("/tasks/<task_id>/return")
def return_task(task_id: str) -> Page:
    to, reason = request.form.get("to", ""), request.form.get("reason", "")
    try:
        commands.return_task(engine(), me(), task_id, to, reason, request.form.get("_key"))
    except Invalid as error:
        return return_form(task_id, error.errors), 422
    drain()
    return tell(redirect(url_for("inbox.page")), "returned")


@blueprint.post("/tasks/<task_id>/withdraw")
def withdraw_task(task_id: str) -> Page:
    done = commands.withdraw_task(engine(), me(), task_id, "", request.form.get("_key"))
    drain()
    return tell(redirect(url_for("cases.case", instance_id=done["instance"])), "withdrawn")
