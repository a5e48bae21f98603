"""The page on which a decision table of a draft is edited."""

from flask import Blueprint
from werkzeug.wrappers import Response

from engine import queries
from engine.errors import NotFound
from web.session import engine, me
from web.workshop.drafts import DRAWING_CSP, address, draft_data, drawing_page, require_definitions
from web.workshop.drawing import name_of

blueprint = Blueprint("decisions", __name__, url_prefix="/workshop")


@blueprint.get("/<key>/decisions/<decision>")
def page(key: str, decision: str) -> Response:
    """The table; a new one when the draft has none of that name yet."""
    require_definitions()
    if not (decision.isascii() and decision.replace("_", "a").isalnum() and decision[:1].isalpha()):
        raise NotFound
    draft = queries.process_draft(engine(), me(), key)
    data = {
        "urls": {
            "draft": address("modeller.draft", key),
            "state": address("modeller.state", key),
            "findings": address("modeller.findings", key),
        },
        "path": f"decisions/{decision}.dmn",
        "decision": decision,
        "draft": draft_data(key),
    }
    return drawing_page(
        "workshop/decision.html", data, DRAWING_CSP, draft=draft, name=name_of(draft), decision=decision
    )
