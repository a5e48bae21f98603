"""应用到在办事项: which cases under way a version would carry, carrying those that are ticked, and taking it back."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import commands, queries
from engine.errors import Conflict, Invalid, NotFound
from web.session import drain, engine, me
from web.words import tell
from web.workshop.drafts import pages_of

blueprint = Blueprint("rebasing", __name__, url_prefix="/workshop")
Page = str | tuple[str, int] | Response


@blueprint.get("/<key>/versions/cases")
def page(key: str) -> Page:
    return show(key)


def show(
    key: str,
    errors: Mapping[str, str] | None = None,
    section: str = "",
    outcomes: Sequence[Mapping[str, Any]] = (),
    confirming: bool = False,
) -> str:
    """The page; `errors` belong to the form of `section`, `outcomes` are what has just been done."""
    lines = queries.versions(engine(), me(), key)
    current = next((line for line in lines if line.current), None)
    if current is None:
        raise NotFound
    preview = queries.rebase_preview(engine(), me(), current.id)
    changes = queries.version_changes(engine(), me(), key)
    return render_template(
        "workshop/rebase.html",
        key=key,
        name=current.name,
        preview=preview,
        changes=changes,
        errors=errors or {},
        section=section,
        outcomes=outcomes,
        titles={
            **{each.instance_id: each.title for each in changes},
            **{each.instance_id: each.title for each in preview.cases},
        },
        confirming=confirming,
        chosen=request.form.getlist("instances"),
        taken=_numbers("changes"),
        reason=request.form.get("reason", ""),
        form_key=uuid4().hex,
        pages_of=pages_of,
    )


@blueprint.post("/<key>/versions/cases")
def apply(key: str) -> Page:
    """First what was ticked is shown once more, then it is done."""
    cases, reason = request.form.getlist("instances"), request.form.get("reason", "")
    if "confirmed" not in request.form:
        errors = {}
        if not cases:
            errors["instances"] = _("请至少选择一个案卷。")
        if not reason.strip():
            errors["reason"] = _("请写明理由。")
        return (show(key, errors, "apply"), 422) if errors else show(key, confirming=True)
    try:
        done = commands.apply_version(
            engine(), me(), _number("definition"), cases, reason, request.form.get("_key")
        )
    except Invalid as error:
        return show(key, error.errors, "apply"), 422
    except Conflict as error:
        return show(key, {"": str(error)}, "apply"), 409
    return _done(key, done["items"], "version-applied")


@blueprint.post("/<key>/versions/cases/revert")
def revert(key: str) -> Page:
    try:
        done = commands.revert_version(
            engine(), me(), _numbers("changes"), request.form.get("reason", ""), request.form.get("_key")
        )
    except Invalid as error:
        errors = {("changes" if name == "instances" else name): text for name, text in error.errors.items()}
        return show(key, errors, "revert"), 422
    return _done(key, done["items"], "version-reverted")


def _done(key: str, items: Sequence[Mapping[str, Any]], notice: str) -> Page:
    """Back to the page when all went well; else it says of each that did not why."""
    drain()
    failed = [each for each in items if each["outcome"] != "done"]
    if failed:
        return show(key, outcomes=items), 409
    return tell(redirect(url_for("rebasing.page", key=key)), notice)


def _number(name: str) -> int:
    text = request.form.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _numbers(name: str) -> list[int]:
    given = request.form.getlist(name)
    return [int(each) for each in given if each.isascii() and each.isdigit() and len(each) < 10]
