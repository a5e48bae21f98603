"""Attachments and documents."""

from __future__ import annotations

from typing import BinaryIO, cast

from flask import Response, request, send_file, url_for
from werkzeug.wrappers import Response as AnyResponse

from engine import commands, queries
from engine.errors import Invalid, NotFound
from web.api.operations import Answer, Call, operation
from web.api.reading import BadRequest
from web.api.schema import ID, INTEGER, MOMENT, define, nullable, page_of, record, text
from web.api.shapes import FILE, LOGIN, moment

TAG = "附件和文书"
SHEET = "default-src 'none'; style-src 'self'; img-src 'self' data:; sandbox"
"""A document is shown, nothing of it runs."""
DOCUMENT = define(
    "Document",
    record({"id": INTEGER, "name": text(), "made_at": MOMENT, "sha256": text(), "void_at": nullable(MOMENT)}),
)
CASE_FILE = define(
    "CaseFile",
    record(
        {
            "id": ID,
            "name": text(),
            "size": INTEGER,
            "uploaded_by": LOGIN,
            "uploaded_at": MOMENT,
            "task": text(),
        }
    ),
)
BINARY = {"type": "string", "contentMediaType": "application/octet-stream"}


@operation(
    "POST",
    "/attachments",
    TAG,
    "上传一个文件；把 id 放进表单的附件字段",
    FILE,
    status=201,
    body=define("UploadBody", record({"file": BINARY})),
    body_media="multipart/form-data",
    repeatable=True,
)
def upload_attachment(call: Call) -> Answer:
    """One part named `file`, nothing else."""
    if request.mimetype != "multipart/form-data":
        raise BadRequest(415, "上传文件请用 multipart/form-data，文件放在名为 file 的部分。")
    other = [name for name in (*request.form, *request.files) if name not in ("file", "csrf_token")]
    if other:
        raise Invalid({name[:100]: f"这里不接受“{name[:40]}”，请去掉它。" for name in other})
    given = request.files.getlist("file")
    if len(given) != 1:
        raise Invalid({"file": "请在名为 file 的部分放一个文件。"})
    stored = commands.upload_attachment(
        call.engine, call.login, given[0].filename or "", cast(BinaryIO, given[0].stream), call.key
    )
    return stored, url_for("api.attachment_file", id=stored["id"])


@operation("GET", "/attachments/{id}", TAG, "下载附件", BINARY, media="application/octet-stream")
def attachment_file(call: Call, attachment_id: str) -> Answer:
    """Always as a download: what others uploaded is never opened as a page of ours."""
    found = queries.attachment_file(call.engine, call.login, attachment_id)
    if not found.path.exists():
        raise NotFound(f"附件“{found.name}”的文件不在附件文件夹里。请联系系统管理员从备份恢复。")
    response: AnyResponse = send_file(
        found.path, mimetype=found.mime, as_attachment=True, download_name=found.name, max_age=0
    )
    return response


@operation(
    "GET", "/process-instances/{id}/attachments", TAG, "案卷里我看得到的附件", page_of("CaseFiles", CASE_FILE)
)
def case_attachments(call: Call, instance_id: str) -> Answer:
    """The files submitted in the case."""
    items = [
        {
            "id": each.id,
            "name": each.name,
            "size": each.size,
            "uploaded_by": each.uploaded_by,
            "uploaded_at": moment(each.uploaded_at),
            "task": each.task,
        }
        for each in queries.case_attachments(call.engine, call.login, instance_id)
    ]
    return {"items": items, "next_cursor": None}


@operation(
    "GET", "/process-instances/{id}/documents", TAG, "案卷里我看得到的文书", page_of("Documents", DOCUMENT)
)
def case_documents(call: Call, instance_id: str) -> Answer:
    """The documents made in the case."""
    found = queries.case_view(call.engine, call.login, instance_id)
    items = [
        {
            "id": each.id,
            "name": each.name,
            "made_at": moment(each.made_at),
            "sha256": each.sha256,
            "void_at": moment(each.void_at),
        }
        for each in found.documents
    ]
    return {"items": items, "next_cursor": None}


@operation("GET", "/documents/{id:int}", TAG, "一份文书的正文（HTML）", text(), media="text/html")
def document_view(call: Call, document_id: int) -> Answer:
    """The body as it was frozen; its SHA-256 over these bytes is the ETag."""
    found = queries.document_view(call.engine, call.login, document_id)
    response = Response(found.html.encode(), mimetype="text/html")
    response.headers["Content-Security-Policy"] = SHEET
    response.set_etag(found.sha256)
    return response
