"""The templates of printable documents: edited as text, looked at with sample values."""

import re
from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import queries
from engine.errors import Conflict, Invalid, NotFound
from engine.queries import DraftView
from web.session import engine, me
from web.sheet import REFRESH
from web.words import tell
from web.workshop.drafts import pages_of
from web.workshop.form_files import document_path, mark, open_draft, save_files

blueprint = Blueprint("templates", __name__, url_prefix="/workshop")
Page = str | Response | tuple[str | Response, int]
NAME = re.compile(r"[^/\\\x00-\x1f.][^/\\\x00-\x1f]{0,60}\.html\Z")
ENDING = ".html"


@blueprint.get("/<key>/documents/<name>")
def page(key: str, name: str) -> Page:
    """The template; an empty one when the draft has none of that name yet."""
    draft = open_draft(key)
    if not NAME.match(name):
        raise NotFound
    return show(draft, name, str(draft.files.get(document_path(name), "")), {})


def show(draft: DraftView, name: str, text: str, errors: Mapping[str, str]) -> str:
    path, saved = document_path(name), str(draft.files.get(document_path(name), ""))
    findings = queries.draft_findings(engine(), me(), draft.key, {path: text})
    part = request.form.get(REFRESH) == "part"
    return render_template(
        "document/editor_part.html" if part else "document/editor.html",
        draft=draft,
        name=draft.name,
        document=name,
        text=text,
        there=path in draft.files,
        trial=queries.document_trial(engine(), me(), draft.key, name, text),
        findings=[each for each in findings if each.path == path],
        errors=errors,
        seen=mark(saved),
        used_at=_used_at(draft.key, name),
        pages_of=pages_of,
    )


def _used_at(key: str, name: str) -> list[str]:
    cards = queries.forms_of_draft(engine(), me(), key).documents
    return [each for card in cards if card.name == name for each in card.used_at]


@blueprint.post("/<key>/documents/<name>")
def save(key: str, name: str) -> Page:
    draft = open_draft(key)
    if not NAME.match(name):
        raise NotFound
    path = document_path(name)
    saved = str(draft.files.get(path, ""))
    text = request.form.get("text", "").replace("\r\n", "\n")
    if text == saved.replace("\r\n", "\n"):
        text = saved
    if REFRESH in request.form:
        return show(draft, name, text, {})
    wrong = queries.document_trial(engine(), me(), key, name, text)
    if wrong.fault and wrong.line is not None and text != saved:
        where = _("第 %(line)d 行：%(fault)s", line=wrong.line, fault=wrong.fault)
        return show(draft, name, text, {"text": where}), 422
    try:
        save_files(key, path, lambda _draft: {path: text})
    except (Conflict, Invalid) as error:
        return show(open_draft(key), name, text, {"": str(error)}), 409
    return tell(redirect(url_for("templates.page", key=key, name=name)), "saved")


@blueprint.post("/<key>/documents")
def create(key: str) -> Page:
    """Open the page of a template that is to be written."""
    open_draft(key)
    name = request.form.get("document", "").strip()
    name = name if name.endswith(ENDING) else name + ENDING
    if not NAME.match(name):
        raise Invalid({"document": _("请写文书模板的名称，例如 通知书。")})
    return redirect(url_for("templates.page", key=key, name=name))


@blueprint.post("/<key>/documents/<name>/delete")
def delete(key: str, name: str) -> Page:
    """Take a template out of the draft; not while something uses it."""
    draft = open_draft(key)
    path = document_path(name)
    if path not in draft.files:
        raise NotFound
    if _used_at(key, name):
        return show(draft, name, str(draft.files[path]), {"": _("还有地方用到这个模板，不能删去。")}), 409
    save_files(key, path, lambda _draft: {path: None})
    return tell(redirect(url_for("forms.page", key=key)), "form-deleted")
