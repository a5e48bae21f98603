"""传阅: hand a case round, confirm having read it, remind those who have not."""

from collections.abc import Mapping
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import commands, queries
from engine.errors import Invalid
from web.cases import whole_case
from web.session import drain, engine, me
from web.words import tell

blueprint = Blueprint("circulation", __name__)
Page = str | tuple[str, int] | Response


@blueprint.get("/cases/<instance_id>/circulate")
def circulate_page(instance_id: str) -> Page:
    return circulate_form(instance_id, {})


def circulate_form(instance_id: str, errors: Mapping[str, str]) -> str:
    """Who has it still to read cannot be chosen again."""
    found = whole_case(instance_id)
    lines = queries.circulations(engine(), me(), instance_id)
    unread = {each.login for each in lines if each.read_at is None}
    people = [each for each in queries.people(engine(), me()) if each.login not in {me(), *unread}]
    return render_template(
        "circulation/send.html",
        case=found,
        people=people,
        unread=sorted(unread),
        errors=errors,
        chosen=request.form.getlist("people"),
        note=request.form.get("note", ""),
        key=uuid4().hex,
    )


@blueprint.post("/cases/<instance_id>/circulate")
def circulate(instance_id: str) -> Page:
    people, note = request.form.getlist("people"), request.form.get("note", "")
    try:
        commands.circulate_case(engine(), me(), instance_id, people, note, request.form.get("_key"))
    except Invalid as error:
        return circulate_form(instance_id, error.errors), 422
    drain()
    return back(instance_id, "circulated")


@blueprint.post("/circulations/<int:circulation_id>/read")
def confirm(circulation_id: int) -> Page:
    words = request.form.get("words", "")
    done = commands.confirm_reading(engine(), me(), circulation_id, words, request.form.get("_key"))
    return back(str(done["instance"]), "confirmed")


@blueprint.post("/cases/<instance_id>/urge-readers")
def urge(instance_id: str) -> Page:
    people = request.form.getlist("people")
    commands.urge_readers(engine(), me(), instance_id, people, "", request.form.get("_key"))
    return back(instance_id, "readers-urged")


def back(instance_id: str, code: str) -> Response:
    return tell(redirect(url_for("cases.case", instance_id=instance_id)), code)
