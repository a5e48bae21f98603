"""The draft beside the published version: both drawings, coloured, and what differs in words."""

from flask import Blueprint, Response
from werkzeug.wrappers import Response as AnyResponse

from engine import queries
from web.session import engine, me
from web.workshop.drafts import address, draft_data, drawing_page, require_definitions
from web.workshop.drawing import name_of

blueprint = Blueprint("compare", __name__, url_prefix="/workshop")


@blueprint.get("/<key>/changes")
def page(key: str) -> AnyResponse:
    require_definitions()
    draft = queries.process_draft(engine(), me(), key)
    data = {
        "urls": {"published": address("compare.published", key)},
        "draft": draft_data(key),
        "changes": changes_of(key),
    }
    return drawing_page("workshop/changes.html", data, draft=draft, name=name_of(draft))


def changes_of(key: str) -> list[dict[str, str]]:
    """What the engine says has changed: element and sentence."""
    return [
        {"element": each.element, "text": each.text} for each in queries.draft_changes(engine(), me(), key)
    ]


@blueprint.get("/<key>/published.bpmn")
def published(key: str) -> Response:
    """The diagram of the version that is published now."""
    require_definitions()
    return Response(queries.published_diagram(engine(), me(), key), mimetype="application/xml")
