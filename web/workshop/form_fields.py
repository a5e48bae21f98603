"""One field of a form: everything that can be written at it, with a look at how it will be."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import queries
from engine.errors import Conflict, NotFound
from engine.forms import FormError
from engine.forms.editing import NESTING, Place, inside_table, key_of, new_faults
from engine.forms.entries import (
    Item,
    item_in,
    types_for,
)
from engine.forms.example_editing import renamed
from engine.queries import Mention
from web.session import engine, me
from web.sheet import REFRESH, form_parts
from web.words import tell
from web.workshop.drafts import pages_of
from web.workshop.field_entries import Edited, edited, more_checks
from web.workshop.form_files import (
    OpenForm,
    example_path,
    mark,
    open_form,
    place_name,
    place_of,
    save_files,
)
from web.workshop.form_words import choice_word, section_word, sections, type_word, word_of
from web.workshop.forms import show

blueprint = Blueprint("form_fields", __name__, url_prefix="/workshop")
Page = str | Response | tuple[str | Response, int]
MARK, QUOTED = "：", "“{}”"
"""What stands behind the place in a sentence of the form's reader, and how it names what is written there."""
SURE = "_sure"
"""The box that says a key may be changed, or a field taken out, although it is used elsewhere."""


# -- the page


@blueprint.get("/<key>/forms/<form>/fields/<place>")
def page(key: str, form: str, place: str) -> Page:
    return show_field(edited(open_form(key, form), place_of(place)), {})


@blueprint.get("/<key>/forms/<form>/new")
def new(key: str, form: str) -> Page:
    opened = open_form(key, form)
    return show_field(edited(opened, _new_place(opened), request.args.get("type", "")), {})


def _new_place(opened: OpenForm) -> Place:
    """The end of the form, or of the group or table that `into` names."""
    into = place_of(request.values.get("into", ""))
    try:
        return (*into, len(opened.require().inside(into)))
    except FormError as error:
        raise NotFound from error


def show_field(
    field: Edited, errors: Mapping[str, str], mentions: Sequence[Mention] = (), asks: bool = False
) -> str:
    opened, key = field.opened, field.opened.draft.key
    if request.form.get(REFRESH) == "part":
        return render_template("workshop/forms/field_part.html", **_parts(field, errors))
    known = mentions or (
        queries.key_mentions(engine(), me(), key, opened.form, field.key_before) if field.key_before else ()
    )
    return render_template(
        "workshop/forms/field.html",
        draft=opened.draft,
        opened=opened,
        name=opened.draft.name,
        mentions=known,
        asks=asks,
        sure=SURE,
        seen=mark(opened.text),
        watched=json.dumps([*(each.name for each in field.items), "type", "into"]),
        children=_children(field),
        words=queries.form_words(engine(), me(), key, opened.form),
        place_name=place_name,
        pages_of=pages_of,
        **_parts(field, errors),
    )


def _parts(field: Edited, errors: Mapping[str, str]) -> dict[str, Any]:
    """What both the whole page and its parts show."""
    opened = field.opened
    faults = field.faults
    trial = queries.form_trial(engine(), me(), opened.draft.key, opened.form, {opened.path: field.file.text})
    index = field.place[0]
    shown = [trial.filled.fields[index]] if trial.filled and index < len(trial.filled.fields) else []
    entries = field.entries
    return {
        "field": field,
        "errors": errors,
        "entries": entries,
        "sections": list(sections(field.items, entries, list(errors))),
        "types": types_for(str(field.before["type"]), field.in_table),
        "groups": _groups(field),
        "columns": [key_of(each) for each in field.written.get("components", ()) if isinstance(each, dict)],
        "templates": sorted(
            path.removeprefix("documents/") for path in opened.draft.files if path.startswith("documents/")
        ),
        "faults": faults,
        "trial": trial,
        "shown": shown,
        "parts": form_parts(trial.form),
        "more": more_checks(),
        "word_of": word_of,
        "section_word": section_word,
        "type_word": type_word,
        "choice_word": choice_word,
        "zipped": _zipped,
        "friendly": friendly,
        "may_check": any(each.name == "check_1" for each in field.items),
    }


def _children(field: Edited) -> list[tuple[str, str]] | None:
    """What lies in a group or table, by place and label; None for everything else, and for what is not saved yet."""
    if field.new or field.written["type"] not in NESTING:
        return None
    return [
        (place_name(each.place), str(each.written.get("label") or type_word(str(each.written.get("type")))))
        for each in field.opened.require().components()
        if each.place[:-1] == field.place
    ]


def _zipped(values: Sequence[str]) -> list[tuple[str, str]]:
    """Values with what they are called, for a list to choose from."""
    return [(each, choice_word(each)) for each in values]


def _groups(field: Edited) -> list[tuple[str, str]]:
    """The groups an existing field may be put into, by place and label; none for columns and groups themselves."""
    if field.new or field.in_table or field.written["type"] == "group":
        return []
    return [
        (place_name(each.place), str(each.written.get("label") or type_word("group")))
        for each in field.opened.require().components()
        if each.written.get("type") == "group"
    ]


# -- saving


@blueprint.post("/<key>/forms/<form>/fields/<place>")
def save(key: str, form: str, place: str) -> Page:
    opened = open_form(key, form)
    return _save(edited(opened, _found_again(opened, place_of(place))))


@blueprint.post("/<key>/forms/<form>/new")
def add(key: str, form: str) -> Page:
    opened = open_form(key, form)
    return _save(edited(opened, _new_place(opened), request.form.get("new", "")))


def _found_again(opened: OpenForm, place: Place) -> Place:
    """Where the field is now that the page was made for, in case others have moved it. Raises NotFound."""
    was = request.form.get("_was", "")
    file = opened.require()
    found = file.component(place)
    if found is not None and key_of(found) == was:
        return place
    moved = file.find(was, inside_table(file, place) or ())
    if moved is None:
        raise NotFound(_("这个字段已经不在表单里了。请返回表单核对。"))
    return moved


def _save(field: Edited) -> Page:
    if REFRESH in request.form:
        return show_field(field, {})
    opened, key = field.opened, field.opened.draft.key
    if field.faults:
        return show_field(field, _located(field)), 422
    now, was = key_of(field.written), field.key_before
    uses = queries.key_mentions(engine(), me(), key, opened.form, was) if was and now != was else []
    if uses and SURE not in request.form:
        return show_field(
            field, {"key": _("别处用到了“%(was)s”，改了键就对不上。", was=was)}, uses, True
        ), 422
    file, place = field.file, field.place
    if field.new is False and "into" in request.form and _groups(field):
        file, place = file.put_into(place, place_of(request.form["into"]))
    changes: dict[str, str | None] = {opened.path: file.text}
    example = example_path(opened.form)
    if was and now != was and example in opened.draft.files:
        table = inside_table(file, place)
        holder = key_of(file.component(table) or {}) if table else ""
        changes[example] = renamed(opened.example, was, now, holder)
    try:
        save_files(key, opened.path, lambda _draft: changes)
    except Conflict as error:
        return show_field(field, {"": str(error)}), 409
    anchor = f"c-{place_name(place)}"
    return tell(redirect(url_for("forms.form", key=key, form=opened.form, _anchor=anchor)), "saved")


def _located(field: Edited) -> dict[str, str]:
    """What is wrong, each sentence at the item it is about."""
    found: dict[str, list[str]] = {}
    for fault in field.faults:
        sentence = friendly(fault, field.items)
        found.setdefault(item_in(fault, field.items), []).append(sentence)
    return {name: " ".join(texts) for name, texts in found.items()}


def friendly(fault: str, items: Sequence[Item]) -> str:
    """A sentence of the form's reader without the place, which the page shows, and with the words of the page."""
    text = fault.partition(MARK)[2] if MARK in fault else fault
    for each in sorted(items, key=lambda item: -len(item.member)):
        word = _("“%(label)s”", label=word_of(each).label)
        if each.member.isascii():
            text = word.join(re.split(rf"(?<![\w.]){each.member}(?!\w)", text))
        else:
            text = text.replace(QUOTED.format(each.member), word)
    return text


@blueprint.post("/<key>/forms/<form>/remove")
def remove(key: str, form: str) -> Page:
    """Take a field out of the form; when its key is used elsewhere, only after that has been read."""
    opened = open_form(key, form)
    place = _found_again(opened, place_of(request.form.get("place", "")))
    file = opened.require()
    written = file.component(place) or {}
    field_key = key_of(written)
    label = str(written.get("label") or field_key)
    uses = [
        each
        for each in queries.key_mentions(engine(), me(), key, form, field_key)
        if (each.path, each.place) != (opened.path, label)
    ]
    if uses and SURE not in request.form:
        return render_template(
            "workshop/forms/remove.html",
            draft=opened.draft,
            opened=opened,
            name=opened.draft.name,
            label=label,
            field_key=field_key,
            place=place_name(place),
            mentions=uses,
            sure=SURE,
            seen=mark(opened.text),
            pages_of=pages_of,
        ), 422
    text = file.without(place).text
    faults = new_faults(opened.text, text, opened.path)
    if faults:
        return show(opened, {"": " ".join(faults)}), 422
    try:
        save_files(key, opened.path, lambda _draft: {opened.path: text})
    except Conflict as error:
        return show(open_form(key, form), {"": str(error)}), 409
    return tell(redirect(url_for("forms.form", key=key, form=form, _anchor="fields")), "field-removed")
