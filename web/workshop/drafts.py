"""What the pages of the workshop share: the draft of a procedure as data for scripts, and the policy of such pages."""

from collections.abc import Mapping
from typing import Any

from flask import current_app, make_response, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import queries
from engine.errors import Forbidden
from web.session import csrf_token, engine, me
from web.texts import moment, person_name
from web.words import frame

DRAWING_CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
"""Modeller and table editor set inline styles; nothing else of the site needs more than the general policy."""


def require_definitions() -> None:
    """Raises Forbidden unless this person may edit procedures."""
    if "definitions" not in frame().capabilities:
        raise Forbidden(_("您的岗位没有这项权限。如有需要，请联系系统管理员。"))


def draft_data(key: str) -> dict[str, Any]:
    """The draft for a script: files, revision, and who saved it last."""
    draft = queries.process_draft(engine(), me(), key)
    return {
        "key": draft.key,
        "files": dict(draft.files),
        **state_data(draft),
    }


def state_data(draft: Any) -> dict[str, Any]:
    """How far the draft has come: enough to notice that somebody else has saved it."""
    return {
        "revision": draft.revision,
        "mine": draft.updated_by == me(),
        "by": person_name(draft.updated_by),
        "when": moment(draft.updated_at),
        "age": int((engine().now() - draft.updated_at).total_seconds() // 60),
    }


def pages_of(key: str) -> list[tuple[str, str, str]]:
    """The pages of one draft that there are: name, address and label."""
    known = [
        ("modeller", f"/workshop/{key}", _("画图")),
        ("forms", f"/workshop/{key}/forms", _("表单")),
        ("parameters", f"/workshop/{key}/parameters", _("规则参数")),
        ("scenarios", f"/workshop/{key}/scenarios", _("验收场景")),
        ("outline", f"/workshop/{key}/outline", _("文字提纲")),
        ("changes", f"/workshop/{key}/changes", _("比较")),
        ("publish", f"/workshop/{key}/publish", _("发布")),
        ("versions", f"/workshop/{key}/versions", _("版本")),
    ]
    addresses = current_app.url_map.bind("")
    return [each for each in known if addresses.test(each[1], "GET")]


def drawing_page(
    template: str, data: Mapping[str, Any], policy: str | None = None, **values: Any
) -> Response:
    """A page whose script draws; `data` goes along for the script. `policy` takes the place of the general one."""
    shared = {
        "token": csrf_token(),
        "me": me(),
        "problem": _("没有成功。请稍后再试；仍不成功请联系系统管理员。"),
    }
    response = make_response(render_template(template, data={**shared, **data}, pages_of=pages_of, **values))
    if policy is not None:
        response.headers["Content-Security-Policy"] = policy
    return response


def posted_json() -> Mapping[str, Any]:
    """The JSON object a script has sent; an empty one when it sent none."""
    body = request.get_json(silent=True)
    return body if isinstance(body, dict) else {}


def address(endpoint: str, key: str, **values: Any) -> str:
    return url_for(endpoint, key=key, **values)
