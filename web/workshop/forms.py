"""The forms of a draft: listed, made and taken out; one form with its fields, tried out as it will look."""

import re
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from engine import commands, queries
from engine.errors import Conflict, Invalid, NotFound
from engine.forms import from_html, without_prefilled
from engine.forms.editing import form_faults, inside_table, new_faults, new_form
from engine.queries import Entered, FormTrial
from web.session import engine, me
from web.sheet import PART, REFRESH, Posted, fields_alone, form_parts, problems
from web.words import tell
from web.workshop.drafts import pages_of
from web.workshop.form_files import (
    OpenForm,
    example_path,
    form_path,
    mark,
    open_draft,
    open_form,
    place_name,
    place_of,
    save_files,
)
from web.workshop.form_words import type_word

blueprint = Blueprint("forms", __name__, url_prefix="/workshop")
Page = str | Response | tuple[str | Response, int]
FORM_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}\Z")
NEW_TYPES = (
    "textfield",
    "textarea",
    "number",
    "datetime",
    "radio",
    "select",
    "checklist",
    "taglist",
    "checkbox",
    "filepicker",
    "dynamiclist",
    "group",
    "text",
    "documentPreview",
)
COLUMN_TYPES = NEW_TYPES[:10]


# -- all forms


@blueprint.get("/<key>/forms")
def page(key: str) -> Page:
    return show_list(key, {})


def show_list(key: str, errors: Mapping[str, str]) -> str:
    draft = open_draft(key)
    found = queries.forms_of_draft(engine(), me(), key)
    return render_template(
        "workshop/forms/list.html",
        draft=draft,
        name=draft.name,
        found=found,
        likes=[(each.key, each.title or each.key) for each in found.forms if each.readable],
        errors=errors,
        given=request.form if errors else request.args,
        pages_of=pages_of,
    )


@blueprint.post("/<key>/forms")
def create(key: str) -> Page:
    """A new form with an empty example sheet, or a copy of another one with its example."""
    form, title = request.form.get("form", "").strip(), request.form.get("title", "").strip()
    draft = open_draft(key)
    if not FORM_KEY.match(form):
        return show_list(
            key, {"form": _("表单键以英文字母开头，只用字母、数字和下划线，例如 check_sheet。")}
        ), 422
    if form_path(form) in draft.files:
        return show_list(key, {"form": _("已有表单“%(form)s”，请换一个键。", form=form)}), 422
    like = request.form.get("like", "")
    if like and form_path(like) not in draft.files:
        raise NotFound
    text = new_form(form, title, str(draft.files[form_path(like)]) if like else "")
    example = str(draft.files.get(example_path(like), "")) if like else ""
    changes = {form_path(form): text, example_path(form): draft.files.get(example_path(form), example)}
    try:
        save_files(key, form_path(form), lambda _draft: changes, mark(""))
    except (Conflict, Invalid) as error:
        return show_list(key, {"": str(error)}), 409
    return tell(redirect(url_for("forms.form", key=key, form=form)), "form-made")


@blueprint.post("/<key>/draft/undo")
def undo(key: str) -> Page:
    """Take back the last saving of the draft."""
    open_draft(key)
    revision = request.form.get("revision", "")
    if not (revision.isascii() and revision.isdigit() and len(revision) < 10):
        raise NotFound
    commands.undo_process_draft(engine(), me(), key, int(revision))
    back = request.form.get("back", "")
    there = back and form_path(back) in open_draft(key).files
    target = url_for("forms.form", key=key, form=back) if there else url_for("forms.page", key=key)
    return tell(redirect(target), "draft-undone")


# -- one form


@blueprint.get("/<key>/forms/<form>")
def form(key: str, form: str) -> Page:
    """The form; one that the diagram names and that is not there yet is offered to be made."""
    places = queries.form_places(engine(), me(), key, form)
    if places and form_path(form) not in open_draft(key).files:
        return redirect(url_for("forms.page", key=key, form=form, title=places[0], _anchor="new"))
    return show(open_form(key, form))


def show(
    opened: OpenForm,
    errors: Mapping[str, str] | None = None,
    entered: Entered | None = None,
    trial: FormTrial | None = None,
) -> str:
    """The page; `errors` belong to title and note, or under other names to the whole."""
    key = opened.draft.key
    tried = trial or queries.form_trial(engine(), me(), key, opened.form, None, entered)
    paths = (opened.path, example_path(opened.form))
    findings = [each for each in queries.draft_findings(engine(), me(), key) if each.path in paths]
    return render_template(
        "workshop/forms/form.html",
        draft=opened.draft,
        opened=opened,
        name=opened.draft.name,
        rows=list(opened.file.components()) if opened.file else [],
        holders=_holders(opened),
        trial=tried,
        filled=tried.filled,
        problems=problems(tried.filled),
        checked=bool(entered and entered.check),
        parts=form_parts(tried.form),
        findings=[each for each in findings if each.code != "form"],
        errors=errors or {},
        given=request.form if errors else {},
        seen=mark(opened.text),
        type_word=type_word,
        place_name=place_name,
        new_types=NEW_TYPES,
        column_types=COLUMN_TYPES,
        inside_table=inside_table,
        pages_of=pages_of,
    )


def _holders(opened: OpenForm) -> list[tuple[str, str]]:
    """Where a new field can be put besides the end of the form: groups and tables, by place and label."""
    found = []
    for each in opened.file.components() if opened.file else ():
        if each.written.get("type") in ("group", "dynamiclist") and each.inside != "dynamiclist":
            found.append(
                (place_name(each.place), str(each.written.get("label") or type_word(each.written["type"])))
            )
    return found


@blueprint.post("/<key>/forms/<form>")
def try_out(key: str, form: str) -> Page:
    """Show the form as it would be with what was entered into it; nothing is stored."""
    opened = open_form(key, form)
    plain = queries.form_trial(engine(), me(), key, form)
    if plain.form is None:
        return show(opened, trial=plain), 422
    fields: MultiDict[str, Any] = MultiDict(
        [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
    )
    data, confirmed = from_html(plain.form, fields)
    _with_files(data, plain)
    action = next((name for name in fields if name == REFRESH or name.startswith(BUTTONS)), "")
    if action.startswith("_preview."):
        return _to_template(key, plain, action)
    action = action and (action if action.startswith(ROWS) else REFRESH)
    fresh = without_prefilled(plain.form, data, fields)
    sent = Posted(data, frozenset(confirmed), {}, action, fresh=fresh)
    entered = sent.after_button(plain.form) if action else sent.entered(check=True)
    if request.form.get(REFRESH) == PART:
        tried = queries.form_trial(engine(), me(), key, form, None, entered)
        return fields_alone(plain.form, tried.filled)
    return show(opened, entered=entered)


ROWS = ("_add.", "_remove.", "_up.", "_down.")
BUTTONS = (*ROWS, "_preview.", "_phrase.", "_keep.")


def _with_files(data: dict[str, Any], trial: FormTrial) -> None:
    """A file that somebody has chosen counts as the sample one: nothing is uploaded for a trial."""
    for name in request.files:
        path = name.removeprefix("_files.")
        if path in data and request.files[name].filename:
            data[path] = [str(request.files[name].filename)]


def _to_template(key: str, trial: FormTrial, action: str) -> Page:
    documents = trial.form.documents() if trial.form else ()
    number = action.rpartition(".")[2]
    if not number.isdigit() or int(number) >= len(documents):
        raise NotFound
    return redirect(url_for("templates.page", key=key, name=documents[int(number)].template))


@blueprint.post("/<key>/forms/<form>/head")
def head(key: str, form: str) -> Page:
    """Title and explanation."""
    opened = open_form(key, form)
    title, note = (request.form.get(name, "").replace("\r\n", "\n").strip() for name in ("title", "note"))
    text = opened.require().with_head(title, note).text
    found = new_faults(opened.text, text, opened.path)
    if found:
        return show(opened, {"note": " ".join(found)}), 422
    try:
        save_files(key, opened.path, lambda _draft: {opened.path: text})
    except Conflict as error:
        return show(open_form(key, form), {"": str(error)}), 409
    return tell(redirect(url_for("forms.form", key=key, form=form)), "saved")


@blueprint.post("/<key>/forms/<form>/move")
def move(key: str, form: str) -> Page:
    """Put a field at another position among its neighbours: `place`, and `to` or `by`."""
    opened = open_form(key, form)
    place = place_of(request.form.get("place", ""))
    target = _position(place)
    if not place or opened.require().component(place) is None:
        return show(opened, {"": _("表单里没有这一项了，请核对后再改。")}), 409
    text = opened.require().moved(place, target).text
    try:
        save_files(key, opened.path, lambda _draft: {opened.path: text})
    except Conflict as error:
        return show(open_form(key, form), {"": str(error)}), 409
    anchor = f"c-{place_name((*place[:-1], target))}"
    moved = request.form.get("by") or None
    return redirect(url_for("forms.form", key=key, form=form, moved=moved, _anchor=anchor))


def _position(place: tuple[int, ...]) -> int:
    to, by = request.form.get("to", ""), request.form.get("by", "")
    if to.isascii() and to.isdigit() and len(to) < 4:
        return int(to)
    return max(0, (place[-1] if place else 0) + {"up": -1, "down": 1}.get(by, 0))


# -- the file as text, and out of the draft


@blueprint.get("/<key>/forms/<form>/text")
def text(key: str, form: str) -> Page:
    """The files as they are, for what the editor cannot show."""
    return show_text(open_form(key, form), {})


def show_text(opened: OpenForm, errors: Mapping[str, str], given: Mapping[str, str] | None = None) -> str:
    return render_template(
        "workshop/forms/text.html",
        draft=opened.draft,
        opened=opened,
        name=opened.draft.name,
        errors=errors,
        given=given or {"text": opened.text, "example": opened.example},
        seen=mark(opened.text),
        pages_of=pages_of,
    )


@blueprint.post("/<key>/forms/<form>/text")
def save_text(key: str, form: str) -> Page:
    opened = open_form(key, form)
    given = {name: _as_before(request.form.get(name, ""), before) for name, before in _texts(opened).items()}
    faults = form_faults(given["text"], opened.path) if given["text"] != opened.text else []
    if faults:
        return show_text(opened, {"text": " ".join(faults)}, given), 422
    wrong = queries.example_faults(engine(), me(), key, form, given["example"], given["text"])
    if wrong and given["example"] != opened.example:
        return show_text(opened, {"example": " ".join(wrong.values())}, given), 422
    changes = {opened.path: given["text"], example_path(form): given["example"]}
    try:
        save_files(key, opened.path, lambda _draft: changes)
    except (Conflict, Invalid) as error:
        return show_text(open_form(key, form), {"": str(error)}, given), 409
    return tell(redirect(url_for("forms.form", key=key, form=form)), "saved")


def _texts(opened: OpenForm) -> dict[str, str]:
    return {"text": opened.text, "example": opened.example}


def _as_before(text: str, before: str) -> str:
    """What a browser has sent, with the ends of lines the file has."""
    plain = text.replace("\r\n", "\n")
    if plain == before.replace("\r\n", "\n"):
        return before
    return plain.replace("\n", "\r\n") if "\r\n" in before else plain


@blueprint.get("/<key>/forms/<form>/delete")
def delete_page(key: str, form: str) -> Page:
    return _delete_page(open_form(key, form))


def _delete_page(opened: OpenForm) -> str:
    return render_template(
        "workshop/forms/delete.html",
        draft=opened.draft,
        opened=opened,
        name=opened.draft.name,
        used_at=opened.used_at,
        seen=mark(opened.text),
        pages_of=pages_of,
    )


@blueprint.post("/<key>/forms/<form>/delete")
def delete(key: str, form: str) -> Page:
    """Take a form with its example out of the draft; not while the diagram uses it."""
    opened = open_form(key, form)
    if opened.used_at:
        return _delete_page(opened), 409
    changes = {path: None for path in (opened.path, example_path(form)) if path in opened.draft.files}
    save_files(key, opened.path, lambda _draft: changes)
    return tell(redirect(url_for("forms.page", key=key)), "form-deleted")
