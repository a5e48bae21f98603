"""Attachments through the interface."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest

from engine.commands import attachments
from tests.support import toy
from tests.support.interface import OUTSIDER, PDF, Interface
from tests.support.toy import CLERK, FILLED, GUARD, HEAD, KEEPER


def test_an_upload_answers_its_id_and_its_address(api: Interface) -> None:
    answer = api(CLERK).upload("领料 清单.pdf")
    assert answer.status_code == 201
    assert answer.json == {
        "id": answer.json["id"],
        "name": "领料 清单.pdf",
        "size": len(PDF),
        "mime": "application/pdf",
    }
    assert answer.headers["Location"] == f"/api/v1/attachments/{answer.json['id']}"
    got = api(CLERK).get(f"/attachments/{answer.json['id']}")
    assert (got.data, got.mimetype) == (PDF, "application/pdf")
    assert got.headers["Content-Disposition"].startswith("attachment;")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in got.headers["Cache-Control"] or "no-cache" in got.headers["Cache-Control"]


def test_an_upload_is_done_once_for_one_key(api: Interface) -> None:
    first, again = api(CLERK).upload(key="f"), api(CLERK).upload(key="f")
    assert first.json == again.json
    assert api(CLERK).upload(key="g").json["id"] != first.json["id"]
    assert api(CLERK).upload("别的.pdf", key="f").status_code == 409


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("程序.exe", b"MZ"),
        ("网页.html", b"<script>"),
        ("图.svg", b"<svg/>"),
        ("没有扩展名", PDF),
        ("", PDF),
        ("假.pdf", b"MZ\x90"),
        ("空.pdf", b""),
        ("文.txt", b"a\x00b"),
    ],
    ids=repr,
)
def test_files_that_are_not_taken(api: Interface, name: str, content: bytes) -> None:
    answer = api(CLERK).upload(name, content)
    assert (answer.status_code, set(answer.json["errors"])) == (422, {"file"})
    folder = api.engine.attachments
    assert not folder.exists() or not [each for each in folder.rglob("*") if each.is_file()]


@pytest.mark.parametrize(
    ("sent", "status", "place"),
    [
        ({"json": {"file": "a"}}, 415, None),
        ({"data": b"%PDF-", "content_type": "application/pdf"}, 415, None),
        ({}, 415, None),
        ({"data": {"other": (BytesIO(PDF), "a.pdf")}}, 422, "other"),
        ({"data": {"file": (BytesIO(PDF), "a.pdf"), "note": "x"}}, 422, "note"),
        ({"data": {"file": "text"}, "content_type": "multipart/form-data"}, 422, "file"),
        ({"data": {"file": [(BytesIO(PDF), "a.pdf"), (BytesIO(PDF), "b.pdf")]}}, 422, "file"),
    ],
)
def test_an_upload_that_is_none(api: Interface, sent: Any, status: int, place: str | None) -> None:
    answer = api(CLERK).call("POST", "/attachments", **sent)
    assert answer.status_code == status
    if place:
        assert place in answer.json["errors"]


def test_files_that_are_too_large(api: Interface, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "MAX_BYTES", 100)
    assert api(CLERK).upload(content=PDF + b"x" * 100).status_code == 422
    api.app.config["MAX_CONTENT_LENGTH"] = 2000
    answer = api(CLERK).upload(content=PDF + b"x" * 5000)
    assert answer.status_code == 413
    assert "50 MB" in answer.json["detail"]


def test_a_name_is_no_path(api: Interface) -> None:
    for name in ("../../etc/passwd.pdf", "C:\\temp\\清单.pdf", "清单\u202efdp.pdf"):
        stored = api(CLERK).upload(name).json["name"]
        assert not set("/\\\u202e") & set(stored)


def test_a_file_is_seen_by_who_sees_where_it_was_submitted(api: Interface) -> None:
    file = api(CLERK).upload().json["id"]
    for login in (HEAD, KEEPER, GUARD, OUTSIDER):
        assert api(login).get(f"/attachments/{file}").status_code == 404
    instance, task = toy.start_requisition(api.engine)
    api(CLERK).post(f"/tasks/{task}/complete", {"data": {**FILLED, "附件": [file]}})
    listed = api(HEAD).get(f"/process-instances/{instance}/attachments").json["items"]
    assert [(each["id"], each["task"], each["uploaded_by"]) for each in listed] == [
        (file, "填写领料单", CLERK)
    ]
    assert api(HEAD).get(f"/attachments/{file}").data == PDF
    assert api(KEEPER).get(f"/process-instances/{instance}/attachments").json["items"] == []
    for login in (KEEPER, GUARD, OUTSIDER):
        assert api(login).get(f"/attachments/{file}").status_code == 404


def test_a_file_that_is_lost_is_said_to_be_lost(api: Interface) -> None:
    file = api(CLERK).upload().json["id"]
    for each in api.engine.attachments.rglob("*"):
        if each.is_file():
            each.unlink()
    answer = api(CLERK).get(f"/attachments/{file}")
    assert answer.status_code == 404
    assert "备份" in answer.json["detail"]
