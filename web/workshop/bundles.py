"""Drafts as files: the whole bundle as an archive, and diagrams and archives from elsewhere taken over."""

import io
import zipfile

from flask import Blueprint, Response, jsonify, request
from flask_babel import gettext as _

from engine import queries
from engine.errors import Invalid
from web.session import engine, me
from web.workshop.drafts import require_definitions

blueprint = Blueprint("workshop_files", __name__, url_prefix="/workshop")
EARLIEST = (1980, 1, 1, 0, 0, 0)
"""Archives carry no date of their own, so that the same files give the same bytes."""


@blueprint.get("/<key>/bundle.zip")
def bundle(key: str) -> Response:
    """All files of the draft, as they would lie in its folder."""
    require_definitions()
    draft = queries.process_draft(engine(), me(), key)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(draft.files):
            archive.writestr(zipfile.ZipInfo(f"{key}/{path}", EARLIEST), str(draft.files[path]))
    response = Response(buffer.getvalue(), mimetype="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{key}.zip"'
    return response


@blueprint.post("/<key>/unpack")
def unpack(key: str) -> Response:
    """The texts of a file from elsewhere, for the modeller to take over; nothing is saved."""
    require_definitions()
    name, content = uploaded()
    return jsonify({"files": queries.unpacked_bundle(engine(), me(), key, name, content)})


def uploaded() -> tuple[str, bytes]:
    """The name and content of the file of a form. Raises Invalid without one."""
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Invalid({"file": _("请选择 .bpmn 或 .zip 文件。")})
    return file.filename, file.read()
