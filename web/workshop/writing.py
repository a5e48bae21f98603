"""Writing a scenario in the browser: checked line by line, tried alone, and put into the draft."""

import re
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import commands, queries
from engine.errors import Conflict, Forbidden, Invalid
from engine.gate.editing import title_in
from engine.gate.scenarios import HARD
from engine.queries import DraftView, GateView
from features.checking import CHECKED, KINDS
from features.sentences import every_sentence
from web.session import engine, me
from web.words import frame, tell
from web.workshop.drafts import pages_of, posted_json
from web.workshop.pieces import (
    Asked,
    Problem,
    Written,
    asked_for,
    beginning,
    clauses_by,
    line_of,
    problems,
    result_of,
    taken_back,
    written,
)
from web.workshop.places import anchor
from web.workshop.publishing import run_word

blueprint = Blueprint("writing", __name__, url_prefix="/workshop")
Page = str | tuple[str, int] | Response


# ---- pages


@blueprint.get("/<key>/scenarios/edit")
def page(key: str) -> Page:
    """A scenario, a new one or a whole file; after it has been tried, as it was tried."""
    draft = queries.process_draft(engine(), me(), key)
    asked = asked_for(draft)
    run = tried(key)
    if run is not None and asked.file in run.files:
        return show(draft, asked, taken_back(draft, asked, run), run=run)
    return show(draft, asked, beginning(draft, asked))


def may_save() -> bool:
    return "definitions" in frame().capabilities


def tried(key: str) -> GateView | None:
    """The run the address names, when it tried a text that was written here."""
    number = request.args.get("run", type=int)
    return queries.gate_run(engine(), me(), key, number) if number else None


def show(
    draft: DraftView,
    asked: Asked,
    text: str,
    found: Sequence[Problem] = (),
    problem: str = "",
    run: GateView | None = None,
) -> str:
    """The page with the text; `found` is wrong with its lines, `problem` with the whole."""
    return render_template(
        "workshop/scenario.html",
        draft=draft,
        asked=asked,
        text=text,
        found=found,
        problem=problem,
        run=run,
        result=result_of(run),
        line_of=lambda sentence: line_of(text, sentence),
        title=title_in(text),
        sentences=grouped_sentences(),
        may=may_save(),
        clauses=list(clauses_by(draft, re.findall(r"@(\w+)", text)).values()),
        there=asked.file in draft.files and not asked.whole,
        hard=f"@{HARD}" in text and bool(asked.scenario),
        choices=[] if asked.scenario or asked.whole else clause_choices(draft),
        run_word=run_word,
        pages_of=pages_of,
        anchor=anchor,
    )


def clause_choices(draft: DraftView) -> list[tuple[str, str]]:
    """Tag and words of each clause a new scenario may be about."""
    every = queries.scenario_clauses(engine(), me(), draft.key)
    return [(each.tag, f"{each.id} {each.text[:30]}") for _title, each in every]


def grouped_sentences() -> dict[str, list[str]]:
    """Heading → sentences to choose from."""
    groups: dict[str, list[str]] = {}
    for each in every_sentence():
        groups.setdefault(each.group, []).append(f"{each.keyword} {each.shown}")
    return groups


@blueprint.get("/<key>/scenarios/runs/<int(max=2147483647):number>")
def progress(key: str, number: int) -> str:
    """The part of the page that says how the trial goes, for its script."""
    draft = queries.process_draft(engine(), me(), key)
    run = queries.gate_run(engine(), me(), key, number)
    text = str(request.args.get("text", ""))
    if run is not None and not text:
        asked = asked_for(draft)
        text = taken_back(draft, asked, run) if asked.file in run.files else ""
    return render_template(
        "workshop/trial.html",
        draft=draft,
        run=run,
        result=result_of(run),
        line_of=lambda sentence: line_of(text, sentence),
        run_word=run_word,
        may=may_save(),
    )


@blueprint.post("/<key>/scenarios/edit")
def submit(key: str) -> Any:
    """Check, try, save or strike out what was written; the text is never lost on the way."""
    draft = queries.process_draft(engine(), me(), key)
    asked, text = asked_for(draft), request.form.get("text", "").replace("\r\n", "\n")
    do = request.form.get("do", "check")
    try:
        after = written(draft, asked, "" if do == "remove" else text)
        found = [] if do == "remove" else problems(draft, after)
        if do == "check":
            return show(draft, asked, text, found or [Problem(0, _("没有发现问题。"), True)])
        if any(not each.warning for each in found):
            return show(draft, asked, text, found), 422
        if do == "try":
            return try_out(draft, asked, after)
        return save(draft, asked, after)
    except Invalid as error:
        return show(draft, asked, text, problem=" ".join(error.errors.values()) or str(error)), 422
    except Conflict as error:
        now = queries.process_draft(engine(), me(), key)
        return show(now, asked, text, problem=str(error)), 409


def try_out(draft: DraftView, asked: Asked, after: Written) -> Response:
    """Run just this scenario; nothing is saved."""
    one = after.scenario
    if asked.whole or not one:
        raise Invalid({"text": _("只能逐个试跑场景。请从一个场景进来改，再试跑。")})
    run = commands.start_gate(
        engine(), me(), draft.key, [one], request.form.get("_key") or None, {after.path: after.text}
    )
    return redirect(url_for("writing.page", key=draft.key, run=run["run"], **asked.address))


def save(draft: DraftView, asked: Asked, after: Written) -> Response:
    """Put it into the draft."""
    if not may_save():
        raise Forbidden(_("您的岗位没有这项权限。如有需要，请联系系统管理员。"))
    given = request.form.get("revision", "")
    revision = int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0
    commands.save_process_draft(engine(), me(), draft.key, {after.path: after.text}, revision)
    there = after.scenario if after.place.last >= after.place.first and not asked.whole else ""
    back = url_for(
        "scenarios.draft_page",
        key=draft.key,
        file=after.name,
        _anchor=anchor(there) if there else None,
    )
    removed = request.form.get("do") == "remove"
    return tell(redirect(back), "scenario-removed" if removed else "scenario-saved")


# ---- for the script of the page


@blueprint.post("/<key>/scenarios/check")
def check(key: str) -> Response:
    """What is wrong with the text that is sent, by line."""
    draft = queries.process_draft(engine(), me(), key)
    body = posted_json()
    asked = Asked(
        str(body.get("file", "")),
        str(body.get("scenario", "")),
        str(body.get("rule", "")),
        bool(body.get("whole")),
    )
    try:
        found = problems(draft, written(draft, asked, str(body.get("text", ""))))
    except Conflict as error:
        found = [Problem(0, str(error))]
    return jsonify([{"line": each.line, "message": each.message, "warning": each.warning} for each in found])


@blueprint.get("/<key>/scenarios/words")
def words(key: str) -> Response:
    """The sentences and names to be offered while one writes; each place of a sentence says which names fit."""
    names = queries.scenario_names(engine(), me(), key)
    return jsonify(
        {
            "sentences": [
                {
                    "keyword": each.keyword,
                    "text": each.shown,
                    "kinds": [KINDS.get(place.partition(":")[0], "") for place in each.places],
                    "table": each.wants_table,
                }
                for each in every_sentence()
            ],
            "names": names,
            "checked": CHECKED,
            "clauses": [
                {"tag": each.tag, "text": f"{each.id} {each.text}"}
                for _title, each in queries.scenario_clauses(engine(), me(), key)
            ],
        }
    )
