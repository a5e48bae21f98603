"""Reads requests strictly: what is not exactly what an address takes is refused with a Chinese sentence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from engine.errors import Invalid
from web.api.schema import Schema, problems

JSON_LIMIT = 5_000_000
"""Bytes of a JSON body."""
DEPTH_LIMIT = 30
INTEGER_LIMIT = 2**53
"""Beyond it other JSON readers lose digits."""
KEY_LENGTH = 100


@dataclass
class BadRequest(Exception):
    """The request cannot be understood at all: the status to answer and the sentence that says why."""

    status: int
    detail: str


@dataclass(frozen=True)
class Query:
    """One parameter of the query string."""

    name: str
    schema: Schema
    meaning: str


LIMIT = Query("limit", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}, "这一页最多几条")
CURSOR = Query("cursor", {"type": "string", "maxLength": 400}, "上一页给出的 next_cursor")
SEARCH = Query("q", {"type": "string", "maxLength": 200}, "查找的字词，空格隔开，都要出现")


def read_query(parameters: tuple[Query, ...]) -> dict[str, Any]:
    """The parameters that were given, checked. Raises Invalid; a parameter nobody knows is not looked at."""
    found: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for each in parameters:
        given = request.args.get(each.name)
        if given is None or given == "":
            continue
        value: object = given
        if each.schema.get("type") == "integer" and given.isascii() and given.isdigit() and len(given) < 10:
            value = int(given)
        errors |= problems(each.schema, value, each.name)
        found[each.name] = value
    if errors:
        raise Invalid(errors, "地址里的查询条件有误，请按提示改正。")
    return found


def read_key() -> str | None:
    """The header Idempotency-Key: 1 to 100 visible ASCII characters. Raises BadRequest."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not (0 < len(key) <= KEY_LENGTH and key.isascii() and key.isprintable() and key.strip() == key):
        raise BadRequest(
            400, f"请求头 Idempotency-Key 应当是 1 到 {KEY_LENGTH} 个可见的 ASCII 字符，例如一个 UUID。"
        )
    return key


def read_body(schema: Schema | None, required: bool) -> dict[str, Any]:
    """The JSON object of the body; `{}` for none where none is needed. Raises BadRequest, Invalid."""
    request.max_content_length = JSON_LIMIT
    try:
        raw = request.get_data(cache=True)
    except RequestEntityTooLarge as error:
        raise BadRequest(
            413, f"请求的内容太大：JSON 最多 {JSON_LIMIT // 1_000_000} MB。文件请用附件的地址上传。"
        ) from error
    if not raw and not required:
        return {}
    if request.mimetype != "application/json":
        raise BadRequest(415, "请求的内容应当是 JSON，请求头 Content-Type 要写 application/json。")
    body = parse(raw)
    if errors := problems(schema or {"type": "object", "additionalProperties": False}, body):
        raise Invalid(errors, "请求的内容有误，请按提示改正。")
    return body


def parse(raw: bytes) -> dict[str, Any]:
    """The JSON object these bytes are. Raises BadRequest, also for what JSON readers read differently."""
    try:
        body = json.loads(raw.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_constant)
    except UnicodeDecodeError as error:
        raise BadRequest(400, "请求的内容不是 UTF-8 文字。") from error
    except json.JSONDecodeError as error:
        raise BadRequest(
            400, f"请求的内容不是正确的 JSON：第 {error.lineno} 行第 {error.colno} 列附近有误。"
        ) from error
    except (ValueError, RecursionError) as error:
        raise BadRequest(400, "请求的内容不是正确的 JSON：数太长，或者层次太深。") from error
    if not isinstance(body, dict):
        raise BadRequest(400, "请求的内容应当是一个 JSON 对象 { … }。")
    _check(body, 0)
    return body


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise BadRequest(400, "请求的 JSON 里同一处有写了两次的键，请只留一个。")
    return found


def _constant(name: str) -> Any:
    raise BadRequest(400, f"JSON 里不能写 {name}。")


def _check(value: object, depth: int) -> None:
    """Refuse what a database or another reader cannot keep: NUL, half characters, huge numbers, depth."""
    if depth > DEPTH_LIMIT:
        raise BadRequest(400, f"请求的 JSON 层次太深，最多 {DEPTH_LIMIT} 层。")
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= each <= "\udfff" for each in value):
            raise BadRequest(400, "请求里有不能保存的字符，请删去重新输入。")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if not abs(value) <= INTEGER_LIMIT:
            raise BadRequest(400, "请求里有太大的数。")
    elif isinstance(value, Mapping):
        for name, each in value.items():
            _check(name, depth + 1)
            _check(each, depth + 1)
    elif isinstance(value, list):
        for each in value:
            _check(each, depth + 1)
