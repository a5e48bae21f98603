"""The OpenAPI 3.1 document, made from the declarations of the operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from web.api.operations import OPERATIONS, PROBLEMS, ROOT, Call, Operation, operation
from web.api.schema import COMPONENTS, DATA, INTEGER, define, record, text

PROBLEM = define(
    "Problem",
    record(
        {
            "type": text(),
            "title": text(),
            "status": INTEGER,
            "detail": text(),
            "errors": {"type": "object", "additionalProperties": text()},
            "warnings": {"type": "object", "additionalProperties": text()},
        },
        optional=("errors", "warnings"),
    ),
)
DOCUMENT = define("OpenApiDocument", DATA)
INTRODUCTION = """\
时刻是带时区的 ISO 8601 文字，例如 2026-12-08T09:00:00+08:00；日期是 2026-12-08。
列表答复 items 和 next_cursor；把 next_cursor 放进 cursor 再问，就是下一页，为 null 时没有下一页。
出错时答复 application/problem+json（RFC 9457）：detail 是给人看的一句话；errors 以字段为键给出提示，
表格里的格子写成 表.0.列；warnings 是其中写入 confirmed 就可以照样提交的。
看不到的一律答复 404，看得到而不能做的答复 403。
请求头 Idempotency-Key 相同的请求只办一次，再发时得到第一次的答复。
"""


@operation("GET", "/openapi.json", "接口", "本接口的说明", DOCUMENT, signed_in=False)
def openapi(call: Call) -> Mapping[str, Any]:
    """The document itself; the same for everybody, but for what only a demo has."""
    return document(call.engine.demo)


def document(demo: bool) -> dict[str, Any]:
    """The document of an installation. In demo mode it also describes the demo's token and clock."""
    schemes: dict[str, Any] = {"session": {"type": "apiKey", "in": "cookie", "name": "guicheng"}}
    if demo:
        schemes["demo"] = {
            "type": "http",
            "scheme": "bearer",
            "description": "demo:登录名，例如 demo:wangyangben",
        }
    paths: dict[str, dict[str, Any]] = {}
    for each in OPERATIONS.values():
        if demo or not each.demo:
            paths.setdefault(each.address, {})[each.method.lower()] = _operation(each, tuple(schemes))
    return {
        "openapi": "3.1.0",
        "info": {"title": "规程 Guicheng", "version": ROOT.rpartition("/")[2], "description": INTRODUCTION},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": dict(COMPONENTS), "securitySchemes": schemes},
    }


def _operation(each: Operation, schemes: tuple[str, ...]) -> dict[str, Any]:
    answered: dict[str, Any] = {"description": "成功"}
    if each.answer is not None:
        answered["content"] = {each.media: {"schema": each.answer}}
    if each.status == 201:
        answered["headers"] = {"Location": {"schema": text(), "description": "新内容的地址"}}
    described: dict[str, Any] = {
        "operationId": each.name,
        "tags": [each.tag],
        "summary": each.summary,
        "parameters": _parameters(each),
        "responses": {
            str(each.status): answered,
            **{str(status): _problem(status) for status in each.problems},
        },
        "security": [{scheme: []} for scheme in schemes] if each.signed_in else [],
    }
    if each.body is not None:
        described["requestBody"] = {
            "required": each.body_required,
            "content": {each.body_media: {"schema": each.body}},
        }
    return described


def _problem(status: int) -> dict[str, Any]:
    return {"description": PROBLEMS[status], "content": {"application/problem+json": {"schema": PROBLEM}}}


def _parameters(each: Operation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": INTEGER if number else text()}
        for name, number in each.places
    ]
    found += [
        {"name": query.name, "in": "query", "schema": query.schema, "description": query.meaning}
        for query in each.query
    ]
    if each.repeatable:
        meaning = "同一次提交的标识，例如一个 UUID；重发时不会办两次"
        found.append(
            {"name": "Idempotency-Key", "in": "header", "schema": text(100, 1), "description": meaning}
        )
    if each.method != "GET" and each.signed_in:
        meaning = "以浏览器的登录身份调用时，须带上页面里的标记"
        found.append({"name": "X-CSRF-Token", "in": "header", "schema": text(), "description": meaning})
    return found
