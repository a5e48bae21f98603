"""Turns errors into answers: a page for people, problem details (RFC 9457) for the interface."""

import logging
from http import HTTPStatus
from typing import Any

from flask import Flask, jsonify, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Response

from engine.errors import BadDiagram, Conflict, EngineError, Forbidden, Invalid, NotFound, Refused
from web.session import ForeignForm, SignInNeeded
from web.texts import N_

log = logging.getLogger("guicheng.web")

STATUS: tuple[tuple[type[EngineError], int], ...] = (
    (NotFound, 404),
    (Forbidden, 403),
    (Conflict, 409),
    (Invalid, 422),
    (Refused, 422),
    (BadDiagram, 422),
    (EngineError, 500),
)
TITLES = {
    400: N_("请求有误"),
    401: N_("需要登录"),
    403: N_("没有权限"),
    404: N_("没有找到"),
    405: N_("不支持的操作"),
    409: N_("已有变化"),
    413: N_("内容太大"),
    415: N_("内容类型不对"),
    422: N_("填写有误"),
    500: N_("系统出错"),
}
SENTENCES = {
    400: N_("请求的内容无法识别。请返回上一页，刷新后重试。"),
    404: N_("您要找的页面不存在。请检查网址，或从首页重新进入。"),
    405: N_("这个地址不支持这样的操作。请返回上一页重试。"),
    413: N_("提交的内容太大：单个文件不能超过 50 MB，一次提交不能超过 60 MB。请压缩或分次上传。"),
}


FOREIGN = N_("页面停留太久或者已经在别处重新登录，提交没有生效。请返回上一页刷新，核对内容后再提交。")
OTHER = N_("请求没有成功。请返回上一页重试；仍不成功请联系系统管理员。")
UNEXPECTED = N_("系统出了意外，内容没有保存。请稍后再试；仍不成功请把时间告诉系统管理员。")
SIGN_IN = N_("请先登录，或在请求头里带上有效的身份。")


def status_of(error: EngineError) -> int:
    return next(status for kind, status in STATUS if isinstance(error, kind))


def register(app: Flask) -> None:
    app.register_error_handler(EngineError, engine_error)
    app.register_error_handler(SignInNeeded, sign_in_needed)
    app.register_error_handler(ForeignForm, foreign_form)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, unexpected)


def wants_json() -> bool:
    """Programs, and scripts of our pages, which accept nothing but JSON."""
    return request.path.startswith("/api/") or request.headers.get("Accept") == "application/json"


def problem(status: int, detail: str, **more: Any) -> Response | tuple[str, int]:
    """The answer for one error, in the form the caller understands."""
    title = TITLES.get(status) or HTTPStatus(status).phrase
    if wants_json():
        response = jsonify(
            {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
        )
        response.status_code, response.mimetype = status, "application/problem+json"
        return response
    return render_template("problem.html", status=status, title=title, detail=detail), status


def engine_error(error: EngineError) -> Response | tuple[str, int]:
    status = status_of(error)
    if status == 500:
        log.exception("engine error", exc_info=error)
    more: dict[str, Any] = {}
    if isinstance(error, Invalid):
        more["errors"] = error.errors
        if error.warnings:
            more["warnings"] = error.warnings
    if isinstance(error, BadDiagram):
        more["findings"] = list(error.findings)
    return problem(status, str(error), **more)


def sign_in_needed(error: SignInNeeded) -> Response | tuple[str, int]:
    if wants_json():
        return problem(401, SIGN_IN)
    target = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("signin.page", next=target))


def foreign_form(error: ForeignForm) -> Response | tuple[str, int]:
    return problem(400, FOREIGN)


def http_error(error: HTTPException) -> Response | tuple[str, int]:
    status = error.code or 500
    if 300 <= status < 400:
        return error.get_response()
    answer = problem(status, SENTENCES.get(status, OTHER))
    if isinstance(error, MethodNotAllowed) and isinstance(answer, Response):
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return answer


def unexpected(error: Exception) -> Response | tuple[str, int]:
    log.exception("unexpected error", exc_info=error)
    return problem(500, UNEXPECTED)
