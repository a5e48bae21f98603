"""The draft of a procedure in words."""

from flask import Blueprint

from engine import queries
from engine.errors import BadDiagram
from web.outlines import outline_page
from web.session import engine, me
from web.workshop.drafts import pages_of
from web.workshop.drawing import name_of

blueprint = Blueprint("outlines", __name__, url_prefix="/workshop")


@blueprint.get("/<key>/outline")
def page(key: str) -> str:
    draft = queries.process_draft(engine(), me(), key)
    found, problem = None, ""
    try:
        found = queries.draft_outline(engine(), me(), key)
    except BadDiagram as error:
        problem = str(error)
    return outline_page(
        "workshop/outline.html",
        found,
        draft=draft,
        name=name_of(draft),
        problem=problem,
        pages_of=pages_of,
    )
