"""The draft, or a former version, beside the published one: both drawings, coloured, and what differs in words."""

from collections.abc import Sequence

from flask import Blueprint, Response
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from engine import queries
from engine.differences import Change
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
    return drawing_page(
        "workshop/changes.html",
        data,
        key=key,
        name=name_of(draft),
        here="changes",
        left=_("已发布的版本"),
        right=_("草稿"),
        back=(address("modeller.page", key), _("回到流程图")),
    )


def changes_of(key: str) -> list[dict[str, str]]:
    """What the engine says has changed in the draft: element and sentence."""
    return told(queries.draft_changes(engine(), me(), key))


def told(changes: Sequence[Change]) -> list[dict[str, str]]:
    """Changes for the script."""
    return [{"element": each.element, "text": each.text} for each in changes]


@blueprint.get("/<key>/versions/<int(max=2147483647):definition_id>/changes")
def version(key: str, definition_id: int) -> AnyResponse:
    """A former version beside the one in force."""
    found = queries.compare_version(engine(), me(), key, definition_id)
    data = {
        "urls": {"published": address("compare.former", key, definition_id=definition_id)},
        "draft": {"key": key, "files": {f"{key}.bpmn": found.after}},
        "changes": told(found.changes),
    }
    return drawing_page(
        "workshop/changes.html",
        data,
        key=key,
        name=found.name,
        here="versions",
        left=_("第 %(version)d 版", version=found.version),
        right=_("现行的第 %(version)d 版", version=found.current),
        back=(address("publishing.versions", key), _("回到版本")),
    )


@blueprint.get("/<key>/versions/<int(max=2147483647):definition_id>.bpmn")
def former(key: str, definition_id: int) -> Response:
    """The diagram of any version."""
    found = queries.compare_version(engine(), me(), key, definition_id)
    return Response(found.before, mimetype="application/xml")


@blueprint.get("/<key>/published.bpmn")
def published(key: str) -> Response:
    """The diagram of the version that is published now."""
    require_definitions()
    return Response(queries.published_diagram(engine(), me(), key), mimetype="application/xml")
