"""A task's page: form, draft, submission, claiming, handing over, documents before they are made."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import commands, queries
from engine.clock import parse_moment
from engine.errors import Conflict, Forbidden, Invalid, Refused
from engine.queries import Entered
from web.cases import Progress, clauses, progress
from web.inbox import column
from web.session import drain, engine, me
from web.sheet import Posted, fields_alone, form_parts, posted, problems, told, typed_words
from web.texts import hour
from web.timeline import timeline
from web.words import due_badge, tell

blueprint = Blueprint("tasks", __name__)
Page = str | tuple[str, int] | Response


@dataclass(frozen=True)
class Banner:
    """A sentence above the form, and what the person had typed when the form is gone."""

    text: str
    typed: list[tuple[str, str]]


@dataclass(frozen=True)
class SignForm:
    """What a signer has entered: `agree` is yes, no or empty; `errors` by field."""

    agree: str
    opinion: str
    errors: Mapping[str, str]


@blueprint.get("/tasks/<task_id>")
def page(task_id: str) -> Page:
    if queries.unread(engine(), me(), task_id):
        commands.open_task_page(engine(), me(), task_id)
    return show(task_id)


@blueprint.post("/tasks/<task_id>")
def submit(task_id: str) -> Page:
    """Every button of the form ends here; the name of the button says what to do."""
    task = queries.task_view(engine(), me(), task_id)
    if task.form is None:
        raise Conflict(_("这项任务已经撤销，不能再提交。"))
    sent = posted(task.form)
    if not task.mine:
        # The command says who was faster.
        return complete(task_id, sent)
    if task.signing.prepares and not sent.action:
        # Who prepares a task for somebody else does not submit it.
        if sent.errors:
            return show(task_id, sent.entered(check=False), 422)
        commands.save_draft(engine(), me(), task_id, sent.data)
        return redirect(url_for("delegating.hand_back_page", task_id=task_id))
    if sent.action == "_draft" or sent.action.startswith("_preview."):
        if sent.errors:
            return show(task_id, sent.entered(check=False), 422)
        commands.save_draft(engine(), me(), task_id, sent.data)
        if sent.action == "_draft":
            return tell(redirect(here(task_id)), "draft")
        return redirect(
            url_for("tasks.preview", task_id=task_id, number=int(sent.action.rpartition(".")[2] or 0))
        )
    if sent.action:
        try:
            entered = sent.after_button(task.form)
        except Invalid as error:
            return show(task_id, sent.entered(check=False, errors={"": " ".join(error.errors.values())}), 422)
        if sent.part:
            return fields_alone(task.form, queries.task_page(engine(), me(), task_id, entered)[1])
        return show(task_id, entered)
    return complete(task_id, sent)


def complete(task_id: str, sent: Posted) -> Page:
    """Submit; whatever goes wrong, the page comes back with everything that was typed."""
    if sent.errors:
        return show(task_id, sent.entered(check=True), 422)
    try:
        done = commands.complete_user_task(
            engine(),
            me(),
            task_id,
            sent.data,
            revision=revision(),
            confirmed=sent.confirmed,
            idempotency_key=request.form.get("_key"),
        )
    except Invalid as error:
        return show(task_id, sent.entered(check=True, errors=foreign_errors(task_id, error.errors)), 422)
    except (Conflict, Forbidden) as error:
        return lost(task_id, sent, error)
    except Refused as error:
        return show(task_id, sent.entered(check=False), 422, Banner(str(error), []))
    drain()
    said = "signing" if done.get("signers") else "submitted"
    return tell(redirect(url_for("inbox.page", **options())), said, str(done["instance"]))


def revision() -> int | None:
    text = request.form.get("_revision", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def foreign_errors(task_id: str, errors: Mapping[str, str]) -> dict[str, str]:
    """Sentences about entries the form does not have: they go to the top of the page."""
    form = queries.task_view(engine(), me(), task_id).form
    known = set(form.by_key) if form else set()
    return {path: text for path, text in errors.items() if path.partition(".")[0] not in known}


def lost(task_id: str, sent: Posted, error: Conflict | Forbidden) -> Page:
    """Somebody else was faster, or the form has changed: say so and keep what was typed."""
    task = queries.task_view(engine(), me(), task_id)
    status = 403 if isinstance(error, Forbidden) else 409
    if task.mine and task.state == "open":
        return show(task_id, sent.entered(check=False), status, Banner(str(error), []))
    typed = typed_words(sent.data, task.form) if task.form else []
    return show(task_id, None, status, Banner(str(error), typed))


def here(task_id: str) -> str:
    return url_for("tasks.page", task_id=task_id, **options())


def options() -> dict[str, Any]:
    return {**kept()}


def kept() -> dict[str, str]:
    """Search and tab of the list beside the page."""
    return {name: request.args[name] for name in ("q", "tab") if request.args.get(name)}


def show(
    task_id: str,
    entered: Entered | None = None,
    status: int = 200,
    banner: Banner | None = None,
    sign: SignForm | None = None,
) -> Page:
    """The page, with the form as opened or as `entered`; `sign` is what a signer has entered."""
    task, filled = queries.task_page(engine(), me(), task_id, entered)
    due = queries.due_states(engine(), [task.due_at])[0]
    drawn: Progress = progress(task.instance_id, task.process, task.element)
    page = render_template(
        "task/page.html",
        column=column(),
        task=task,
        filled=filled,
        problems=problems(filled),
        badge=due_badge(due, task.due_at, task.suspension is not None) if task.state == "open" else None,
        reminders=queries.urgings(engine(), me(), task.instance_id).get(task_id, []),
        clauses=clauses(task.pack, task.clauses),
        progress=drawn,
        timeline=timeline(task.instance_id),
        parts=form_parts(task.form),
        told=told(filled, entered),
        banner=banner,
        sign=sign or SignForm("", "", {}),
        may_withdraw=task.state in ("done", "open") and queries.may_withdraw(engine(), me(), task_id),
        key=uuid4().hex,
        kept=kept(),
    )
    return page, status


@blueprint.post("/tasks/<task_id>/draft")
def autosave(task_id: str) -> Any:
    """Keep the draft while the person is still typing; answers when it was saved."""
    task = queries.task_view(engine(), me(), task_id)
    if task.form is None or not task.mine:
        raise Conflict(_("这项任务已经不在您的待办里，草稿没有保存。"))
    sent = posted(task.form)
    saved = commands.save_draft(engine(), me(), task_id, sent.data)
    return jsonify({"saved_at": hour(parse_moment(saved["saved_at"]))})


@blueprint.post("/tasks/<task_id>/claim")
def claim(task_id: str) -> Page:
    commands.claim_task(engine(), me(), task_id)
    return tell(redirect(here(task_id)), "claimed")


@blueprint.post("/tasks/<task_id>/unclaim")
def unclaim(task_id: str) -> Page:
    commands.unclaim_task(engine(), me(), task_id)
    return tell(redirect(here(task_id)), "unclaimed")


@blueprint.get("/tasks/<task_id>/transfer")
def transfer_page(task_id: str) -> Page:
    return transfer_form(task_id, {})


def transfer_form(task_id: str, errors: Mapping[str, str]) -> str:
    task = queries.task_view(engine(), me(), task_id)
    if task.state != "open":
        raise Conflict(_("这项任务已经办理完毕，不能转办。"))
    if not task.mine and not queries.oversees(engine(), me(), task.instance_id):
        raise Forbidden(_("您可以查看这项任务，但不能转办。"))
    people = [each for each in queries.colleagues(engine(), me()) if each.login != (task.assignee or me())]
    return render_template(
        "task/transfer.html", task=task, people=people, errors=errors, values=request.form, key=uuid4().hex
    )


@blueprint.post("/tasks/<task_id>/transfer")
def transfer(task_id: str) -> Page:
    to, reason = request.form.get("to", ""), request.form.get("reason", "")
    try:
        commands.transfer_task(engine(), me(), task_id, to, reason, request.form.get("_key"))
    except Invalid as error:
        return transfer_form(task_id, error.errors), 422
    drain()
    return tell(redirect(url_for("inbox.page")), "transferred")


@blueprint.get("/tasks/<task_id>/preview/<int:number>")
def preview(task_id: str, number: int) -> Page:
    """A document as it would be made from the person's draft."""
    name, html = queries.document_preview(engine(), me(), task_id, number)
    task = queries.task_view(engine(), me(), task_id)
    return render_template("document/preview.html", name=name, html=html, task=task)
