"""Uploaded files and frozen documents."""

from flask import Blueprint, render_template, send_file
from werkzeug.wrappers import Response

from engine import queries
from engine.errors import NotFound
from web.session import engine, me

blueprint = Blueprint("attachments", __name__)


@blueprint.get("/attachments/<attachment_id>")
def attachment(attachment_id: str) -> Response:
    """The file, always to be saved: nothing a person uploads is ever shown as a page of ours."""
    file = queries.attachment_file(engine(), me(), attachment_id)
    if not file.path.is_file():
        raise NotFound
    return send_file(file.path, mimetype=file.mime, as_attachment=True, download_name=file.name)


@blueprint.get("/documents/<int:document_id>")
def document(document_id: int) -> str:
    found = queries.document_view(engine(), me(), document_id)
    return render_template("document/page.html", document=found)
