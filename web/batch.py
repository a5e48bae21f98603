"""批量办理: several tasks of one element done with one sheet, and what became of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import commands, queries
from engine.errors import Invalid, Refused
from engine.queries import BatchPage, Entered
from web.cases import clauses
from web.session import drain, engine, me
from web.sheet import fields_alone, form_parts, posted, problems, told
from web.words import tell

blueprint = Blueprint("batch", __name__)
Page = str | tuple[str, int] | Response
TASK = "_task"


@dataclass(frozen=True)
class Outcome:
    """What became of one task, with its case."""

    task: str
    case: str
    instance_id: str
    item: Any
    done: bool
    reasons: Sequence[str]


@blueprint.get("/batch")
def page() -> Page:
    ids, _login = request.args.getlist("task"), me()
    if not ids:
        return tell(redirect(url_for("inbox.page")), "nothing-chosen")
    try:
        return show(ids)
    except (Invalid, Refused) as error:
        return refused(error)


@blueprint.post("/batch")
def submit() -> Page:
    ids = request.form.getlist(TASK)
    try:
        found = queries.batch_page(engine(), me(), ids)
    except (Invalid, Refused) as error:
        return refused(error)
    if found.form is None:
        return show(ids)
    sent = posted(found.form)
    if sent.errors:
        return show(ids, sent.entered(check=True), 422)
    if sent.action:
        entered = sent.after_button(found.form)
        if sent.part:
            return fields_alone(found.form, queries.batch_page(engine(), me(), ids, entered).filled)
        return show(ids, entered)
    done = commands.complete_batch(
        engine(),
        me(),
        ids,
        sent.data,
        confirmed=sent.confirmed,
        idempotency_key=request.form.get("_key"),
    )
    drain()
    outcomes = tell_apart(found, done["items"])
    left = [each.task for each in outcomes if not each.done]
    status = 200 if len(left) < len(outcomes) else 422
    return show(left, sent.entered(check=True), status, outcomes, request.form.get("_key"))


def tell_apart(found: BatchPage, items: Sequence[Mapping[str, Any]]) -> list[Outcome]:
    lines = {line.id: line for line in found.tasks}
    outcomes = []
    for item in items:
        line = lines.get(item["task"])
        reasons = list(item["errors"].values()) or ([item["detail"]] if item["detail"] else [])
        outcomes.append(
            Outcome(
                item["task"],
                line.case if line else _("案卷"),
                line.instance_id if line else item["instance"] or "",
                line.item if line else None,
                item["outcome"] == "done",
                reasons,
            )
        )
    return outcomes


def show(
    ids: Sequence[str],
    entered: Entered | None = None,
    status: int = 200,
    outcomes: Sequence[Outcome] = (),
    key: str | None = None,
) -> Page:
    """The sheet for these tasks below what became of the others; without any left only the latter."""
    found = queries.batch_page(engine(), me(), ids, entered) if ids else None
    filled = found.filled if found else None
    dues = queries.due_states(engine(), [task.due_at for task in found.tasks] if found else [])
    page = render_template(
        "batch/page.html",
        batch=found,
        dues=dues,
        filled=filled,
        problems=problems(filled) if filled else [],
        told=told(filled, entered),
        clauses=clauses(found.pack, found.clauses) if found else [],
        parts=form_parts(found.form if found else None),
        outcomes=outcomes,
        key=key or uuid4().hex,
    )
    return page, status


def refused(error: Invalid | Refused) -> Page:
    """What was chosen cannot be done together: say why."""
    reasons = list(error.errors.values()) if isinstance(error, Invalid) else [str(error)]
    return render_template("batch/refused.html", reasons=reasons), 422
