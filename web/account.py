"""A person's own things: notifications and common opinions; and who is who."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import commands, queries
from engine.errors import Invalid
from web.session import engine, me
from web.words import tell

blueprint = Blueprint("account", __name__)
Page = str | tuple[str, int] | Response


@blueprint.get("/notifications")
def notifications() -> str:
    return render_template("account/notifications.html", lines=queries.notifications(engine(), me()))


@blueprint.post("/notifications/read")
def read() -> Page:
    """Mark one as read, or all when none is named."""
    number = request.form.get("id", "")
    commands.read_notification(engine(), me(), int(number) if number.isascii() and number.isdigit() else None)
    return tell(redirect(url_for("account.notifications")), "read")


@blueprint.get("/phrases")
def phrases() -> str:
    return show_phrases("")


def show_phrases(error: str) -> str:
    removed = request.args.get("removed", "")
    return render_template(
        "account/phrases.html",
        phrases=queries.phrases(engine(), me()),
        error=error,
        removed=int(removed) if removed.isascii() and removed.isdigit() else None,
    )


@blueprint.post("/phrases")
def add_phrase() -> Page:
    try:
        commands.add_phrase(engine(), me(), request.form.get("text", ""))
    except Invalid as error:
        return show_phrases(error.errors["text"]), 422
    return tell(redirect(url_for("account.phrases")), "phrases")


@blueprint.post("/phrases/<int:phrase_id>/remove")
def remove_phrase(phrase_id: int) -> Page:
    commands.remove_phrase(engine(), me(), phrase_id)
    return tell(redirect(url_for("account.phrases", removed=phrase_id)), "phrases")


@blueprint.post("/phrases/<int:phrase_id>/restore")
def restore_phrase(phrase_id: int) -> Page:
    commands.restore_phrase(engine(), me(), phrase_id)
    return tell(redirect(url_for("account.phrases")), "phrases")


@blueprint.get("/people")
def people() -> str:
    return render_template("account/people.html", directory=queries.directory(engine(), me()))
