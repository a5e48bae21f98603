"""Case lists and the case page, with what can be done to a case: buttons, reminders, copies, cancelling."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from engine import commands, queries
from engine.errors import Conflict, Forbidden, Invalid, Refused
from engine.queries import CaseView, Entered
from engine.rules import Clause
from web.session import drain, engine, me
from web.sheet import fields_alone, form_parts, posted, problems, told
from web.timeline import by_name, timeline, under_way
from web.words import due_badge, tell

blueprint = Blueprint("cases", __name__)
Page = str | tuple[str, int] | AnyResponse


# ---- lists


@blueprint.get("/started")
def started() -> str:
    q, cursor = request.args.get("q", ""), request.args.get("cursor")
    found = queries.list_cases(engine(), me(), started_by=me(), q=q, cursor=cursor)
    return render_template("case/list.html", title=_("我发起的"), page=found, q=q, filters=None)


@blueprint.get("/cases")
def page() -> str:
    q, cursor = request.args.get("q", ""), request.args.get("cursor")
    key, state = request.args.get("process", ""), request.args.get("state", "")
    found = queries.list_cases(
        engine(), me(), definition=key or None, state=state or None, q=q, cursor=cursor
    )
    names = {each.key: each.name for each, _may in queries.startable_definitions(engine(), me())}
    filters = {"processes": names, "process": key, "state": state}
    return render_template("case/list.html", title=_("案卷"), page=found, q=q, filters=filters)


# ---- the parts that task pages show too


def clauses(pack: str, ids: Sequence[str]) -> list[tuple[str, Clause]]:
    """Title of the rules and clause, what may never be waived first."""
    return sorted(queries.clause_texts(engine(), pack, ids), key=lambda pair: not pair[1].hard)


@dataclass(frozen=True)
class Drawing:
    """A diagram of a case: its address and the states of its elements; `shown` is the one opened first."""

    key: str
    name: str
    url: str
    states: Mapping[str, str]
    shown: bool
    outline: str
    """The address of the same in words."""


@dataclass(frozen=True)
class Progress:
    """The diagrams of a case."""

    drawings: Sequence[Drawing]


def progress(instance_id: str, process: str, element: str) -> Progress:
    """The diagrams of a case and what it has called so far; that of `process` is open and shows `element`."""
    return drawings(queries.case_view(engine(), me(), instance_id), process, element)


def drawings(case: CaseView, process: str | None = None, element: str = "") -> Progress:
    keys = [key for key, _name, _id in case.diagrams]
    first = process if process in keys else case.key
    return Progress(
        [
            Drawing(
                key,
                name,
                url_for("cases.diagram", instance_id=case.id, definition_id=definition_id),
                states(case.elements[key], element if key == first else ""),
                key == first,
                url_for("procedures.outline", key=key, definition_id=definition_id),
            )
            for key, name, definition_id in case.diagrams
        ]
    )


def states(found: Mapping[str, str], first: str) -> dict[str, str]:
    """What the drawing marks. It opens at the first current element: `first`, and no whole sub-process."""
    order = {"now": 1, "open": 2}
    ids = sorted(found, key=lambda each: 0 if each == first else order.get(found[each], 3))
    return {each: "now" if found[each] == "open" else found[each] for each in ids}


# ---- the case page


@blueprint.get("/cases/<instance_id>")
def case(instance_id: str) -> str:
    found = queries.case_view(engine(), me(), instance_id)
    dues = queries.due_states(engine(), [task.due_at for task in found.open_tasks])
    badges = {
        task.id: due_badge(due, task.due_at, found.suspension is not None)
        for due, task in zip(dues, found.open_tasks, strict=True)
    }
    return render_template(
        "case/page.html",
        case=found,
        badges=badges,
        groups=by_name(found.open_tasks),
        attachments=queries.case_attachments(engine(), me(), instance_id),
        progress=drawings(found),
        timeline=timeline(instance_id),
        under_way=under_way(found.open_tasks),
        rounds=queries.case_rounds(engine(), me(), instance_id),
        oversees=found.oversees,
        may_cancel=found.state in ("active", "suspended", "incident") and may_cancel(found),
        circulations=queries.circulations(engine(), me(), instance_id),
        urgings=queries.urgings(engine(), me(), instance_id),
    )


def may_cancel(found: CaseView) -> bool:
    """Whether to offer cancelling; the command decides."""
    if found.started_by != me():
        return False
    lines = queries.history_of(engine(), me(), found.id)
    # What a message has begun, another case may wait for.
    return lines[0].actor is not None and not any(line.kind == "task.completed" for line in lines)


@blueprint.get("/cases/<instance_id>/diagrams/<int:definition_id>.bpmn")
def diagram(instance_id: str, definition_id: int) -> Response:
    xml = queries.diagram_xml(engine(), me(), instance_id, definition_id)
    return Response(xml, mimetype="application/xml")


@blueprint.post("/cases/<instance_id>/tasks/<task_id>/urge")
def urge(instance_id: str, task_id: str) -> Page:
    commands.urge_task(engine(), me(), task_id, request.form.get("text", ""), request.form.get("_key"))
    return tell(redirect(url_for("cases.case", instance_id=instance_id)), "urged")


# ---- buttons


@blueprint.get("/cases/<instance_id>/buttons/<element>")
def button_page(instance_id: str, element: str) -> Page:
    return show_button(instance_id, element)


@blueprint.post("/cases/<instance_id>/buttons/<element>")
def press(instance_id: str, element: str) -> Page:
    button = queries.button_view(engine(), me(), instance_id, element)
    if button.form is None:
        data: dict[str, Any] = {}
        entered = Entered({})
    else:
        sent = posted(button.form)
        data, entered = sent.data, sent.entered(check=True)
        if sent.errors:
            return show_button(instance_id, element, entered, 422)
        if sent.action:
            entered = sent.after_button(button.form)
            if sent.part:
                filled = queries.button_page(engine(), me(), instance_id, element, entered)[1]
                return fields_alone(button.form, filled)
            return show_button(instance_id, element, entered)
    try:
        key = request.form.get("_key")
        commands.press_button(engine(), me(), instance_id, element, data, entered.confirmed, key)
    except Invalid:
        return show_button(instance_id, element, entered, 422)
    except Refused as error:
        return show_button(instance_id, element, entered, 422, str(error))
    drain()
    if queries.may_see(engine(), me(), instance_id) == "nothing":
        # The button was all this person had of the case.
        return tell(redirect(url_for("cases.page")), "pressed")
    return tell(redirect(url_for("cases.case", instance_id=instance_id)), "pressed")


def show_button(
    instance_id: str, element: str, entered: Entered | None = None, status: int = 200, banner: str = ""
) -> Page:
    button, filled = queries.button_page(engine(), me(), instance_id, element, entered)
    page = render_template(
        "case/button.html",
        button=button,
        filled=filled,
        problems=problems(filled),
        told=told(filled, entered),
        clauses=clauses(button.pack, button.clauses),
        parts=form_parts(button.form),
        banner=banner,
        key=uuid4().hex,
    )
    return page, status


# ---- copies and cancelling


@blueprint.get("/cases/<instance_id>/copy")
def copy_page(instance_id: str) -> Page:
    return copy_form(instance_id, {})


def copy_form(instance_id: str, errors: Mapping[str, str]) -> str:
    found = whole_case(instance_id)
    people = [each for each in queries.people(engine(), me()) if each.login != me()]
    chosen = request.form.getlist("people")
    return render_template(
        "case/copy.html",
        case=found,
        people=people,
        errors=errors,
        chosen=chosen,
        text=request.form.get("text", ""),
        key=uuid4().hex,
    )


def whole_case(instance_id: str) -> CaseView:
    """The case, for those who see all of it. Raises NotFound, Forbidden."""
    found = queries.case_view(engine(), me(), instance_id)
    if not found.sight.whole:
        raise Forbidden(_("您只能看到这个案卷的一部分，不能进行这项操作。"))
    return found


@blueprint.post("/cases/<instance_id>/copy")
def copy(instance_id: str) -> Page:
    people, text = request.form.getlist("people"), request.form.get("text", "")
    try:
        commands.copy_case(engine(), me(), instance_id, people, text, request.form.get("_key"))
    except Invalid as error:
        return copy_form(instance_id, error.errors), 422
    return tell(redirect(url_for("cases.case", instance_id=instance_id)), "copied")


@blueprint.get("/cases/<instance_id>/cancel")
def cancel_page(instance_id: str) -> Page:
    return cancel_form(instance_id, {})


def cancel_form(instance_id: str, errors: Mapping[str, str]) -> str:
    found = whole_case(instance_id)
    if found.state in ("completed", "cancelled"):
        raise Conflict(_("案卷已经办结，不能撤销。"))
    reason = request.form.get("reason", "")
    return render_template("case/cancel.html", case=found, errors=errors, reason=reason, key=uuid4().hex)


@blueprint.post("/cases/<instance_id>/cancel")
def cancel(instance_id: str) -> Page:
    reason = request.form.get("reason", "")
    try:
        commands.cancel_process_instance(engine(), me(), instance_id, reason, request.form.get("_key"))
    except Invalid as error:
        return cancel_form(instance_id, error.errors), 422
    drain()
    return tell(redirect(url_for("cases.case", instance_id=instance_id)), "cancelled")
