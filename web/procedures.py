"""What procedures there are, and each of them in words: for everyone in the town."""

from flask import Blueprint, render_template

from engine import queries
from web.outlines import outline_page
from web.session import engine, me
from web.start import description

blueprint = Blueprint("procedures", __name__)


@blueprint.get("/procedures")
def page() -> str:
    """The published procedures, the town's own first."""
    lines = [
        (definition, description(definition.files.get("README.md", "")), may)
        for definition, may in queries.startable_definitions(engine(), me())
    ]
    lines.sort(key=lambda line: (not line[2], line[0].key))
    return render_template("procedures/page.html", lines=lines)


@blueprint.get("/procedures/<key>/outline")
@blueprint.get("/procedures/<key>/outline/<int(max=2147483647):definition_id>")
def outline(key: str, definition_id: int | None = None) -> str:
    """The version published now, or the one a case runs on."""
    return outline_page(
        "procedures/outline.html", queries.procedure_outline(engine(), me(), key, definition_id)
    )
