"""What cannot be understood is refused alike at every address, before anything is looked up or done."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support import toy
from tests.support.interface import Interface
from tests.support.toy import CLERK, HEAD
from web.api import OPERATIONS
from web.api.operations import ROOT, Operation
from web.api.reading import JSON_LIMIT, BadRequest, parse
from web.api.schema import COMPONENTS, PREFIX

SIGNED_IN = [each for each in OPERATIONS.values() if each.signed_in]
WITH_BODY = [each for each in SIGNED_IN if each.method != "GET" and each.body_media == "application/json"]


def address(operation: Operation) -> str:
    path = operation.address.removeprefix(ROOT)
    for name, number in operation.places:
        path = path.replace(f"{{{name}}}", "1" if number else "x")
    return path


def names(operation: Operation) -> str:
    return operation.name


@pytest.mark.parametrize("operation", SIGNED_IN, ids=names)
def test_without_an_identity_nothing_is_answered(still: Interface, operation: Operation) -> None:
    for headers in (
        {},
        {"Authorization": "Bearer demo:nobody"},
        {"Authorization": "Bearer demo:"},
        {"Authorization": "Bearer wuwu"},
        {"Authorization": "Basic d3V3dTo="},
        {"Authorization": "demo:wuwu"},
    ):
        answer = still(None).call(operation.method, address(operation), headers=headers)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


BROKEN = {
    "half": b'{"data": ',
    "nothing": b"",
    "text": b"data=1",
    "a list": b"[]",
    "a word": b'"data"',
    "null": b"null",
    "twice": b'{"data": {}, "data": {}}',
    "NaN": b'{"data": NaN}',
    "Infinity": b'{"data": {"a": -Infinity}}',
    "huge": b'{"data": 1e999}',
    "long": b'{"revision": ' + b"9" * 5000 + b"}",
    "big": b'{"revision": 9007199254740993}',
    "NUL": b'{"data": {"a": "\\u0000"}}',
    "half a character": b'{"data": {"a": "\\ud800"}}',
    "NUL in a key": b'{"a\\u0000": 1}',
    "not UTF-8": b'{"a": "\xff"}',
    "deep": b'{"data": ' + b"[" * 100 + b"]" * 100 + b"}",
    "very deep": b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN.keys())
def test_a_body_that_is_no_json_object(body: bytes) -> None:
    with pytest.raises(BadRequest) as refusal:
        parse(body)
    assert refusal.value.status == 400


@pytest.mark.parametrize("operation", WITH_BODY, ids=names)
def test_every_address_refuses_what_it_does_not_take(still: Interface, operation: Operation) -> None:
    path, caller = address(operation), still(HEAD)

    def sent(data: bytes, kind: str = "application/json") -> Any:
        return caller.call(operation.method, path, data=data, content_type=kind)

    assert sent(b"{").status_code == 400
    assert sent(b"[]").status_code == 400
    assert sent(b"{}", "text/plain").status_code == 415
    assert sent(b"a=b", "application/x-www-form-urlencoded").status_code == 415
    answer = sent(json.dumps({"不认识": 1}).encode())
    assert answer.status_code == 422
    assert "不认识" in answer.json["errors"]


@pytest.mark.parametrize("operation", [each for each in WITH_BODY if each.body], ids=names)
def test_every_key_of_every_body_is_checked(still: Interface, operation: Operation) -> None:
    assert operation.body is not None
    for name in COMPONENTS[operation.body["$ref"].removeprefix(PREFIX)]["properties"]:
        for wrong in (3, {"wrong": 3}):
            if (name, wrong) == ("revision", 3) or (
                name in ("data", "variables", "parameters") and wrong != 3
            ):
                continue  # These fit.
            answer = still(HEAD).call(operation.method, address(operation), {name: wrong})
            assert answer.status_code == 422
            assert name in {place.partition(".")[0] for place in answer.json["errors"]}


def test_too_much_is_refused(api: Interface) -> None:
    _, task = toy.start_requisition(api.engine)
    body = json.dumps({"data": {"用途": "长" * JSON_LIMIT}}).encode()
    answer = api(CLERK).post(f"/tasks/{task}/complete", data=body, content_type="application/json")
    assert answer.status_code == 413
    assert "5 MB" in answer.json["detail"]


@pytest.mark.parametrize("key", ["", " ", "x" * 101, "a b\t", "中".encode().decode("latin-1")])
def test_an_idempotency_key_that_is_none(still: Interface, key: str) -> None:
    assert still(CLERK).post("/process-definitions/requisition/start", key=key).status_code == 400
    assert still(CLERK).get("/process-instances").json["items"] == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/nothing", 404),
        ("GET", "/tasks/1/nothing", 404),
        ("POST", "/tasks", 405),
        ("DELETE", "/me", 405),
        ("GET", "/tasks/1/complete", 405),
        ("PATCH", "/tasks/1", 405),
    ],
)
def test_addresses_there_are_not(still: Interface, method: str, path: str, status: int) -> None:
    answer = still(HEAD).call(method, path)
    assert answer.status_code == status
    assert ("Allow" in answer.headers) == (status == 405)


def test_no_text_in_an_address_holds_a_nul(still: Interface) -> None:
    assert still(HEAD).get("/tasks?q=%00").status_code == 400
    assert still(HEAD).get("/tasks/%00").status_code == 404
    assert still(HEAD).get("/people?role=a%00b").status_code == 400


def test_answers_are_not_kept_by_anybody(still: Interface) -> None:
    for path in ("/me", "/openapi.json", "/tasks/0"):
        assert still(HEAD).get(path).headers["Cache-Control"] == "no-store"
