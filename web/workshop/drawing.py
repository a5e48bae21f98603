"""The modeller page of a draft, and what its script asks for."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from engine import commands, queries
from engine.errors import Invalid, NotFound
from web.session import engine, me
from web.words import tell
from web.workshop.drafts import (
    DRAWING_CSP,
    address,
    draft_data,
    drawing_page,
    posted_json,
    require_definitions,
    state_data,
)
from web.workshop.places import with_place

blueprint = Blueprint("modeller", __name__, url_prefix="/workshop")


@blueprint.get("/<key>")
def page(key: str) -> AnyResponse | str:
    """The modeller; without a draft, what one could start from."""
    require_definitions()
    try:
        draft = queries.process_draft(engine(), me(), key)
    except NotFound:
        card = next((each for each in queries.workshop(engine(), me()) if each.key == key), None)
        if card is None:
            raise
        return render_template("workshop/closed.html", card=card)
    names = {
        "draft": "modeller.draft",
        "state": "modeller.state",
        "findings": "modeller.findings",
        "layout": "modeller.layout",
        "due": "modeller.due",
        "choices": "modeller.choices",
        "unpack": "workshop_files.unpack",
        "published": "compare.published",
    }
    data: dict[str, Any] = {
        "urls": {name: address(endpoint, key) for name, endpoint in names.items()},
        "forms": form_address(key),
        "decisions": address("decisions.page", key, decision="DECISION"),
        "draft": draft_data(key),
    }
    return drawing_page("workshop/modeller.html", data, DRAWING_CSP, draft=draft, name=name_of(draft))


def form_address(key: str) -> str:
    """Where a form is edited, with FORM for its key; empty while there is no such page."""
    there = f"{address('modeller.page', key)}/forms/FORM"
    return there if current_app.url_map.bind("").test(there, "GET") else ""


def name_of(draft: Any) -> str:
    """The name of the procedure as its draft has it."""
    return str(draft.name or draft.key)


@blueprint.get("/<key>/draft")
def draft(key: str) -> Response:
    require_definitions()
    return jsonify(draft_data(key))


@blueprint.get("/<key>/draft/state")
def state(key: str) -> Response:
    """Only how far it has come, asked every now and then."""
    require_definitions()
    return jsonify(state_data(queries.process_draft(engine(), me(), key)))


@blueprint.put("/<key>/draft")
def save(key: str) -> Response:
    """Save files of the draft: `{"changes": {path: text or null}, "revision": n}`; 409 when somebody was faster."""
    body = posted_json()
    changes, revision = body.get("changes"), body.get("revision")
    if not isinstance(changes, dict) or not isinstance(revision, int):
        raise Invalid({"": _("请求的内容无法识别。请返回上一页，刷新后重试。")})
    commands.save_process_draft(engine(), me(), key, changes, revision)
    return jsonify(state_data(queries.process_draft(engine(), me(), key)))


@blueprint.post("/<key>/findings")
def findings(key: str) -> Response:
    """What the check says of the draft with the files that are sent, saved or not."""
    require_definitions()
    files = posted_json().get("files", {})
    if not isinstance(files, dict) or not all(isinstance(each, str) for each in files.values()):
        raise Invalid({"": _("请求的内容无法识别。请返回上一页，刷新后重试。")})
    found = queries.findings_with_fixes(engine(), me(), key, files)
    return jsonify([with_place(key, each) for each in found])


@blueprint.post("/<key>/layout")
def layout(key: str) -> Response:
    """The diagram that is sent, drawn anew."""
    require_definitions()
    xml = posted_json().get("xml", "")
    return jsonify({"xml": queries.fresh_layout(engine(), me(), str(xml))})


@blueprint.post("/<key>/due")
def due(key: str) -> Response:
    """What an expression for a moment would give."""
    body = posted_json()
    found = queries.due_preview(
        engine(), me(), key, str(body.get("expression", "")), str(body.get("day") or "") or None
    )
    return jsonify(asdict(found))


@blueprint.get("/<key>/choices")
def choices(key: str) -> Response:
    return jsonify(asdict(queries.modelling_choices(engine(), me(), key)))


@blueprint.get("/<key>/drawn.bpmn")
def drawn(key: str) -> Response:
    """The diagram of the draft, for the viewer of narrow screens."""
    require_definitions()
    files = queries.process_draft(engine(), me(), key).files
    return Response(files[f"{key}.bpmn"], mimetype="application/xml")


@blueprint.post("/<key>/open")
def open_draft(key: str) -> AnyResponse:
    commands.open_process_draft(engine(), me(), key)
    return redirect(url_for("modeller.page", key=key))


@blueprint.get("/<key>/discard")
def discard_page(key: str) -> str:
    require_definitions()
    return render_template("workshop/discard.html", draft=queries.process_draft(engine(), me(), key))


@blueprint.post("/<key>/discard")
def discard(key: str) -> AnyResponse:
    commands.discard_process_draft(engine(), me(), key)
    return tell(redirect(url_for("workshop.page")), "draft-discarded")
