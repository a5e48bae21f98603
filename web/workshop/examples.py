"""The example sheet of a form: one plausible value for each field, from which scenarios take what they do not name."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import queries
from engine.errors import Conflict, NotFound
from engine.forms import Component, Form, FormError, parse_form
from engine.forms.example_editing import entry_of, example_values, rows_of, table_of, value_of, with_values
from web.session import engine, me
from web.words import tell
from web.workshop.drafts import pages_of
from web.workshop.form_files import OpenForm, example_path, mark, open_form, save_files
from web.workshop.form_words import type_word

blueprint = Blueprint("form_examples", __name__, url_prefix="/workshop")
Page = str | Response | tuple[str | Response, int]
SPARE_ROWS = 1
ROW_LIMIT = 60


@blueprint.get("/<key>/forms/<form>/example")
def page(key: str, form: str) -> Page:
    opened = open_form(key, form)
    try:
        return show(opened, _form(opened), example_values(opened.example), {})
    except FormError:
        return redirect(url_for("forms.text", key=key, form=form))


def _form(opened: OpenForm) -> Form:
    """The form, which must be right: its fields are what the sheet is about. Raises FormError."""
    return parse_form(opened.text, opened.path)


def show(
    opened: OpenForm,
    form: Form,
    values: Mapping[str, Any],
    errors: Mapping[str, str],
    spare: int = SPARE_ROWS,
) -> str:
    fields = [
        each for each in form.fields() if each.name in values or each.name in errors or not _computed(each)
    ]
    known = set(form.by_key)
    return render_template(
        "workshop/forms/example.html",
        draft=opened.draft,
        opened=opened,
        name=opened.draft.name,
        fields=fields,
        entries={each.name: entry_of(each, values.get(each.name)) for each in fields},
        tables={
            each.name: [*rows_of(each, values.get(each.name)), *({} for _ in range(spare))]
            for each in fields
            if _in_rows(each, values.get(each.name))
        },
        strangers=[name for name in values if name not in known],
        errors=errors,
        seen=mark(opened.example),
        type_word=type_word,
        pages_of=pages_of,
    )


def _computed(component: Component) -> bool:
    """Whether nobody can fill it in."""
    return component.rules.readonly


def _in_rows(component: Component, value: object) -> bool:
    return component.type == "dynamiclist" and not isinstance(value, str)


@blueprint.post("/<key>/forms/<form>/example")
def save(key: str, form: str) -> Page:
    opened = open_form(key, form)
    try:
        known = _form(opened)
        before = example_values(opened.example)
    except FormError as error:
        raise NotFound from error
    changes = {each.name: _entered(each, before.get(each.name)) for each in known.fields() if _is_sent(each)}
    changes |= {name: None for name in request.form.getlist("_drop") if name not in known.by_key}
    changes = {name: value for name, value in changes.items() if value is not None or name in before}
    text = with_values(opened.example, changes)
    shown = example_values(text)
    if "_more" in request.form:
        return show(opened, known, shown, {}, SPARE_ROWS + 2)
    wrong = {}
    if text != opened.example:
        known_wrong = queries.example_faults(engine(), me(), key, form, opened.example)
        wrong = {
            name: sentence
            for name, sentence in queries.example_faults(engine(), me(), key, form, text).items()
            if known_wrong.get(name) != sentence or name in changes
        }
    if wrong:
        return show(opened, known, shown, wrong), 422
    path = example_path(form)
    try:
        save_files(key, path, lambda _draft: {path: text})
    except Conflict as error:
        return show(open_form(key, form), known, shown, {"": str(error)}), 409
    return tell(redirect(url_for("forms.form", key=key, form=form)), "saved")


def _is_sent(component: Component) -> bool:
    return component.name in request.form or f"_rows.{component.name}" in request.form


def _entered(component: Component, before: object) -> object:
    count = request.form.get(f"_rows.{component.name}")
    if count is None:
        return value_of(component, request.form.get(component.name, ""), before)
    number = min(int(count), ROW_LIMIT) if count.isascii() and count.isdigit() and len(count) < 5 else 0
    rows = [
        {
            column.name: request.form.get(f"{component.name}.{index}.{column.name}", "")
            for column in component.components
        }
        for index in range(number)
    ]
    return table_of(component, rows, before)
