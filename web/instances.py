"""One more person or unit for a step that several do, or one less."""

from collections.abc import Mapping
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import commands, queries
from engine.errors import Invalid
from web.session import drain, engine, me
from web.words import tell

blueprint = Blueprint("instances", __name__)
Page = str | tuple[str, int] | Response


@blueprint.get("/tasks/<task_id>/instances")
def add_page(task_id: str) -> Page:
    return form(task_id, "task/add_instance.html", {})


@blueprint.get("/tasks/<task_id>/instances/remove")
def remove_page(task_id: str) -> Page:
    return form(task_id, "task/remove_instance.html", {})


def form(task_id: str, template: str, errors: Mapping[str, str]) -> str:
    found = queries.round_page(engine(), me(), task_id)
    mine = next((each for each in found.items if each.task_id == task_id), None)
    return render_template(
        template,
        found=found,
        item=mine.item if mine else None,
        errors=errors,
        values=request.form,
        key=uuid4().hex,
    )


@blueprint.post("/tasks/<task_id>/instances")
def add(task_id: str) -> Page:
    instance_id = queries.round_page(engine(), me(), task_id).instance_id
    item, reason = request.form.get("item", ""), request.form.get("reason", "")
    try:
        commands.add_instance(engine(), me(), task_id, item, reason, request.form.get("_key"))
    except Invalid as error:
        return form(task_id, "task/add_instance.html", error.errors), 422
    drain()
    return tell(redirect(url_for("cases.case", instance_id=instance_id)), "instance_added")


@blueprint.post("/tasks/<task_id>/instances/remove")
def remove(task_id: str) -> Page:
    instance_id = queries.round_page(engine(), me(), task_id).instance_id
    try:
        commands.remove_instance(
            engine(), me(), task_id, request.form.get("reason", ""), request.form.get("_key")
        )
    except Invalid as error:
        return form(task_id, "task/remove_instance.html", error.errors), 422
    drain()
    return tell(redirect(url_for("cases.case", instance_id=instance_id)), "instance_removed")
