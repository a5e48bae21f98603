"""An operation of the interface: its route and its description are one declaration."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import unquote_to_bytes

import orjson
from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as AnyResponse

from engine import ProcessEngine
from engine.errors import NotFound
from web import session
from web.api.reading import BadRequest, Query, read_body, read_key, read_query
from web.api.schema import Schema
from web.problems import problem

ROOT = "/api/v1"
DEMO = "/demo/"
MAX_ROW = 2**31 - 1
"""The largest number a row can have in every database."""

blueprint = Blueprint("api", __name__, url_prefix=ROOT)
_PLACE = re.compile(r"\{(\w+)(:int)?\}")

PROBLEMS = {
    400: "请求无法识别",
    401: "没有登录，或者身份无效",
    403: "看得到，但不能这样做",
    404: "没有，或者无权查看",
    409: "别人先办了，或者内容有了变化",
    413: "内容太大",
    415: "内容的类型不对",
    422: "内容有误：errors 给出字段和提示",
}


@dataclass(frozen=True)
class Call:
    """One request: who asks, and what was read from it."""

    engine: ProcessEngine
    login: str
    body: Mapping[str, Any]
    query: Mapping[str, Any]
    key: str | None
    """The idempotency key."""


Answer = Mapping[str, Any] | AnyResponse | tuple[Mapping[str, Any], str] | None
"""JSON, JSON with the address of what was made, a finished response, or nothing."""
View = Callable[..., Answer]


@dataclass(frozen=True)
class Operation:
    """What one address does with one method, as the OpenAPI document says it."""

    name: str
    method: str
    path: str
    tag: str
    summary: str
    status: int
    answer: Schema | None
    media: str
    body: Schema | None
    body_required: bool
    body_media: str
    query: tuple[Query, ...]
    repeatable: bool
    signed_in: bool
    problems: tuple[int, ...]

    @property
    def address(self) -> str:
        """The whole path as OpenAPI writes it."""
        return ROOT + _PLACE.sub(r"{\1}", self.path)

    @property
    def demo(self) -> bool:
        """Whether it exists in demo mode only."""
        return self.path.startswith(DEMO)

    @property
    def places(self) -> list[tuple[str, bool]]:
        """The parameters of the path, with whether each is a number."""
        return [(name, bool(number)) for name, number in _PLACE.findall(self.path)]

    @property
    def rule(self) -> str:
        """The route as Flask writes it."""
        return _PLACE.sub(lambda m: f"<int(max={MAX_ROW}):{m[1]}>" if m[2] else f"<{m[1]}>", self.path)


OPERATIONS: dict[str, Operation] = {}


def operation(
    method: str,
    path: str,
    tag: str,
    summary: str,
    answer: Schema | None = None,
    status: int = 200,
    media: str = "application/json",
    body: Schema | None = None,
    body_required: bool = True,
    body_media: str = "application/json",
    query: tuple[Query, ...] = (),
    repeatable: bool = False,
    signed_in: bool = True,
    refusals: tuple[int, ...] = (),
) -> Callable[[View], View]:
    """Declare the function below as an operation; it is called with a `Call` and the parts of the path.

    `repeatable` operations take the header Idempotency-Key. `refusals` are the problems it may answer besides
    those every operation of its kind may.
    """

    def declare(view: View) -> View:
        changes = method != "GET"
        lookup = _PLACE.search(path) or path.startswith(DEMO)
        usual = {400} | ({401} if signed_in else set()) | ({404} if lookup else set())
        usual |= {409} if repeatable else set()
        usual |= ({413, 415, 422} if changes else set()) | ({422} if query else set())
        done = Operation(
            view.__name__,
            method,
            path,
            tag,
            summary,
            status,
            answer,
            media,
            body,
            body_required,
            body_media,
            query,
            repeatable,
            signed_in,
            tuple(sorted(usual | set(refusals))),
        )
        if done.name in OPERATIONS:
            raise ValueError(f"two operations are called {done.name}")
        OPERATIONS[done.name] = done

        @wraps(view)
        def answer_request(**places: Any) -> AnyResponse:
            if done.demo and not session.engine().demo:
                raise NotFound("这个地址只在演示模式下有。")
            _check_address()
            login = session.me() if signed_in else ""
            given: Mapping[str, Any] = {}
            if changes and body_media == "application/json":
                given = read_body(body, body is not None and body_required)
            call = Call(session.engine(), login, given, read_query(query), read_key() if repeatable else None)
            return _response(done, view(call, *places.values()))

        blueprint.add_url_rule(done.rule, done.name, answer_request, methods=[method])
        return view

    return declare


def _check_address() -> None:
    """No stored text holds a NUL, and PostgreSQL refuses to look for one."""
    if "\x00" in request.path:
        raise NotFound
    if b"\x00" in unquote_to_bytes(request.query_string):
        raise BadRequest(400, "地址里有不能识别的字符，请核对后重试。")


def _response(done: Operation, answer: Answer) -> AnyResponse:
    if isinstance(answer, AnyResponse):
        return answer
    if answer is None:
        return Response(status=204)
    body, location = answer if isinstance(answer, tuple) else (answer, None)
    response = Response(orjson.dumps(body), done.status, mimetype=done.media)
    if location is not None:
        response.headers["Location"] = location
    return response


@blueprint.errorhandler(BadRequest)
def bad_request(error: BadRequest) -> Any:
    """The problem details of a request that cannot be understood."""
    return problem(error.status, error.detail)


@blueprint.after_request
def name_scheme(response: AnyResponse) -> AnyResponse:
    """HTTP wants every 401 to say how one could sign in."""
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="guicheng"'
    return response
