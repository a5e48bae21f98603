"""What a request has entered at one field of a form, and the form as it would be with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_babel import gettext as _

from engine.errors import NotFound
from engine.forms.editing import FormFile, Place, inside_table, key_from, key_of, new_faults
from engine.forms.entries import (
    Item,
    items_of,
    new_component,
    read_entries,
    types_for,
    with_entries,
    with_type,
)
from web.sheet import REFRESH
from web.workshop.form_files import OpenForm
from web.workshop.forms import COLUMN_TYPES, NEW_TYPES

FLAGS = ("flag", "yes")
CHECKS, MORE = "_checks", "check"
"""How many more checks than usual are asked for; the value of the button that asks for another one."""


@dataclass(frozen=True)
class Edited:
    """A field as it would be: the file with it, its place, and what is asked for. `place` of a new one is where it comes."""

    opened: OpenForm
    place: Place
    before: Mapping[str, Any]
    written: Mapping[str, Any]
    items: Sequence[Item]
    entries: dict[str, str]
    file: FormFile
    new: bool

    @property
    def in_table(self) -> bool:
        return inside_table(self.file, self.place) is not None

    @property
    def faults(self) -> list[str]:
        return new_faults(self.opened.text, self.file.text, self.opened.path)

    @property
    def blank(self) -> bool:
        """Whether it is a new one that nothing has been written at yet."""
        return self.new and not any(self.entries[each] for each in ("label", "text") if each in self.entries)

    @property
    def key_before(self) -> str:
        return "" if self.new else key_of(self.before)


def edited(opened: OpenForm, place: Place, new_type: str = "") -> Edited:
    """The field with what this request has entered. Raises NotFound when there is none."""
    file = opened.require()
    new = bool(new_type)
    if new:
        table = opened.require().component(place[:-1]) if place[:-1] else None
        in_table = table is not None and table.get("type") == "dynamiclist"
        if new_type not in (COLUMN_TYPES if in_table else NEW_TYPES):
            raise NotFound
        before: Mapping[str, Any] = new_component(new_type)
    else:
        found = file.component(place)
        if found is None or found.get("type") not in NEW_TYPES:
            raise NotFound(_("这一项只能在文件的文字里改。"))
        before = found
        in_table = inside_table(file, place) is not None
    sent = request.method == "POST"
    wanted = request.form.get("type", "") if sent else ""
    kinds = types_for(str(before["type"]), in_table)
    written, _dropped = with_type(before, wanted if wanted in kinds else str(before["type"]))
    items = items_of(written, in_table, 1 + more_checks())
    entries = {**read_entries(written, items), **(_sent(items) if sent else {})}
    if sent:
        if "key" in entries and not entries["key"].strip() and written["type"] != "documentPreview":
            entries["key"] = key_from(entries.get("label", ""))
        written = with_entries(written, items, entries)
    put = file.inserted(place, written) if new else file.replaced(place, written)
    return Edited(opened, place, before, written, items, entries, put, new)


def more_checks() -> int:
    """How many more checks than usual are asked for."""
    text = request.form.get(CHECKS, "")
    asked = int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 0
    return min(asked + (request.form.get(REFRESH) == MORE), 20)


def _sent(items: Sequence[Item]) -> dict[str, str]:
    """What was entered; a box that is not ticked sends nothing."""
    return {
        each.name: request.form.get(each.name, "")
        for each in items
        if each.name in request.form or each.kind in FLAGS
    }
