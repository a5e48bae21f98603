"""The page on which a draft is tried and published, and the list of a procedure's versions."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import commands, queries
from engine.errors import Conflict, Invalid, NotFound, Refused
from web.session import drain, engine, me
from web.words import frame, tell
from web.workshop.drafts import pages_of
from web.workshop.places import place_of, scenario_place

blueprint = Blueprint("publishing", __name__, url_prefix="/workshop")
Page = str | tuple[str, int] | Response
REFRESH = "3"
"""Seconds after which a page that shows progress is asked for again."""
SCENARIO, WAIVER = "scenario-", "waiver-"


def change_word(kind: str) -> str:
    """What happened to a part of the procedure, or to a scenario."""
    words = {
        "added": _("新增"),
        "new": _("新增"),
        "removed": _("删去"),
        "changed": _("改动"),
        "altered": _("改动"),
        "moved": _("移动"),
    }
    return str(words.get(kind, ""))


def about_word(about: str) -> str:
    """What a difference is about."""
    words = {
        "process": _("流程"),
        "element": _("环节"),
        "flow": _("连线"),
        "form": _("表单"),
        "field": _("栏目"),
        "decision": _("决策表"),
        "document": _("文书模板"),
        "scenario": _("场景"),
        "parameter": _("规则参数"),
    }
    return str(words.get(about, _("文件")))


def run_word(state: str) -> str:
    """How a run of the scenarios stands."""
    words = {
        "running": _("正在试跑"),
        "passed": _("全部通过"),
        "failed": _("有场景没有通过"),
        "refused": _("不能发布"),
        "stopped": _("没有跑完"),
    }
    return str(words.get(state, state))


@blueprint.get("/<key>/publish")
def page(key: str) -> Page:
    return show(key, {})


def show(key: str, errors: Mapping[str, str]) -> Response:
    """The page; `errors` are by scenario, or under other names for the whole."""
    draft = queries.process_draft(engine(), me(), key)
    run = queries.gate_run(engine(), me(), key)
    response = make_response(
        render_template(
            "workshop/publish.html",
            draft=draft,
            name=draft.name,
            changes=queries.draft_changes(engine(), me(), key),
            impact=queries.draft_impact(engine(), me(), key),
            run=run,
            errors=errors,
            given=_waivers(),
            note=request.form.get("note", draft.note),
            may="definitions" in frame().capabilities,
            mine=me() in draft.drafters,
            key=uuid4().hex,
            change_word=change_word,
            about_word=about_word,
            run_word=run_word,
            pages_of=pages_of,
            place_of=lambda each: refused_place(key, each),
            scenario_place=lambda each: scenario_place(draft, each["scenario"]),
            labels=queries.element_labels(engine(), me(), key) if run and run.results else {},
        )
    )
    if run is not None and run.state == "running":
        # The address is named: what answers a posted form cannot be asked for again.
        response.headers["Refresh"] = f"{REFRESH}; url={url_for('publishing.page', key=key)}"
    return response


def refused_place(key: str, refusal: Mapping[str, str]) -> str:
    """Where in the draft a refusal can be put right; empty without such a page."""
    if refusal["process"] not in ("", key):
        return ""
    path = refusal["file"] or (f"{key}.bpmn" if refusal["element"] else "")
    return place_of(key, path, refusal["element"]) if path else ""


def _waivers() -> dict[str, str]:
    """The reasons that were entered, by scenario, in the order of the page."""
    found = {}
    for number in range(1, len(request.form) + 1):
        scenario = request.form.get(f"{SCENARIO}{number}")
        if scenario is not None:
            found[scenario] = request.form.get(f"{WAIVER}{number}", "")
    return found


def _back(key: str, notice: str = "") -> Response:
    response: Response = redirect(url_for("publishing.page", key=key))
    return tell(response, notice) if notice else response


def _problem(key: str, error: Exception) -> tuple[Response, int]:
    return show(key, {"": str(error)}), 409


@blueprint.post("/<key>/gate")
def start_gate(key: str) -> Any:
    try:
        commands.start_gate(engine(), me(), key, (), request.form.get("_key"))
    except Conflict as error:
        return _problem(key, error)
    return _back(key)


@blueprint.post("/<key>/gate/stop")
def stop_gate(key: str) -> Any:
    try:
        commands.stop_gate(engine(), me(), key)
    except NotFound:
        # It came to its end meanwhile.
        return _back(key)
    return _back(key, "gate-stopped")


@blueprint.post("/<key>/publish")
def publish(key: str) -> Any:
    waivers = _waivers()
    try:
        commands.publish_draft(
            engine(), me(), key, waivers, request.form.get("note", ""), request.form.get("_key")
        )
    except Invalid as error:
        places = {scenario: f"{WAIVER}{number}" for number, scenario in enumerate(waivers, 1)}
        return show(key, {places.get(name, name): text for name, text in error.errors.items()}), 422
    except (Conflict, Refused) as error:
        return _problem(key, error)
    drain()
    return tell(redirect(url_for("publishing.versions", key=key)), "published")


@blueprint.post("/<key>/rename-in-scenarios")
def rename_in_scenarios(key: str) -> Any:
    try:
        done = commands.rename_in_scenarios(engine(), me(), key, _revision())
    except Conflict as error:
        return _problem(key, error)
    return _back(key, "scenarios-renamed" if done["files"] else "nothing-renamed")


@blueprint.post("/<key>/rebase")
def rebase(key: str) -> Any:
    commands.rebase_process_draft(engine(), me(), key)
    return _back(key)


def _revision() -> int:
    text = request.form.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


@blueprint.get("/<key>/versions")
def versions(key: str) -> Page:
    return _versions(key, "")


def _versions(key: str, problem: str) -> str:
    lines = queries.versions(engine(), me(), key)
    return render_template(
        "workshop/versions.html",
        lines=lines,
        key=key,
        name=lines[0].name,
        problem=problem,
        may="definitions" in frame().capabilities,
        pages_of=pages_of,
        change_word=change_word,
    )


@blueprint.post("/<key>/versions/<int(max=2147483647):definition_id>/restore")
def restore(key: str, definition_id: int) -> Any:
    try:
        commands.restore_version(engine(), me(), definition_id)
    except Conflict as error:
        return _versions(key, str(error)), 409
    return _back(key, "version-restored")
