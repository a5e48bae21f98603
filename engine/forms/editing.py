"""Changes a `.form` file part by part: what nobody touches keeps its bytes, what nobody knows is kept."""

from __future__ import annotations

import copy
import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.forms.components import Faults
from engine.forms.model import FormError
from engine.forms.parsing import parse_form, read_json

Place = tuple[int, ...]
"""Where a component stands: its position in the form, then in the group or table, each from 0."""
NESTING = ("group", "dynamiclist")
SCHEMA_VERSION = 16
DEPTH_LIMIT = 20
HEAD = ("type", "id", "schemaVersion", "title", "properties", "components")
BODY = (
    "key", "label", "type", "subtype", "text", "multiple", "decimalDigits", "values", "path", "components",
    "description", "layout", "validate", "properties",
)  # fmt: skip
_COUNTED = re.compile(r"第 \d+ (个组件|行)")
_INDENTS: tuple[int | str | None, ...] = (2, 1, 4, 3, 8, "\t", None)


@dataclass(frozen=True)
class Placed:
    """A component of a file with its place, the type of what it lies in (`""` at the top), and its neighbours."""

    place: Place
    written: Mapping[str, Any]
    inside: str
    first: bool
    last: bool


@dataclass(frozen=True)
class FormFile:
    """The text of a form with what it says. Every change gives a new one."""

    text: str
    document: Mapping[str, Any]

    @classmethod
    def read(cls, text: str) -> FormFile:
        """Raises FormError for what is no form at all: those are edited as text."""
        faults: Faults = []
        document = read_json(text, faults)
        if document is None or faults:
            raise FormError(faults)
        if not _whole(document.get("components")):
            raise FormError("components 要写成 [ … ]，里面各项写成 { … }")
        return cls(text, document)

    # -- looking

    @property
    def title(self) -> str:
        return _text(self.document.get("title"))

    @property
    def note(self) -> str:
        properties = self.document.get("properties")
        return _text(properties.get("说明")) if isinstance(properties, dict) else ""

    def components(self) -> Iterator[Placed]:
        """Every component, each before what lies in it."""
        yield from _placed(self.document["components"], (), "")

    def component(self, place: Place) -> Mapping[str, Any] | None:
        """The component at a place, None when there is none."""
        return next((each.written for each in self.components() if each.place == place), None)

    def find(self, key: str, inside: Place = ()) -> Place | None:
        """The place of the component with this key, at the top and in groups, or among the columns of a table."""
        for each in self.components():
            table = inside_table(self, each.place)
            if key and key_of(each.written) == key and table == (inside or None):
                return each.place
        return None

    # -- changing

    def with_head(self, title: str, note: str) -> FormFile:
        """With another title and explanation; an empty text takes it away."""
        if (title, note) == (self.title, self.note):
            return self

        def change(document: dict[str, Any]) -> None:
            if title != self.title:
                put(document, "title", title or None, HEAD)
            if note != self.note:
                properties = dict(document.get("properties") or {})
                put(properties, "说明", note or None, ())
                put(document, "properties", properties or None, HEAD)

        return self._changed(change)

    def replaced(self, place: Place, written: Mapping[str, Any]) -> FormFile:
        """With this in the place of a component."""
        return self._in_list(place, lambda found, index: found.__setitem__(index, dict(written)))

    def inserted(self, place: Place, written: Mapping[str, Any]) -> FormFile:
        """With one more component there; a position behind the last one stands for the end."""
        return self._in_list(place, lambda found, index: found.insert(index, dict(written)), new=True)

    def without(self, place: Place) -> FormFile:
        """Without the component and what lies in it."""
        return self._in_list(place, lambda found, index: found.pop(index))

    def moved(self, place: Place, position: int) -> FormFile:
        """With the component at another position among its neighbours; beyond the ends is at the end."""

        def change(found: list[Any], index: int) -> None:
            each = found.pop(index)
            found.insert(max(0, min(position, len(found))), each)

        return self._in_list(place, change)

    def put_into(self, place: Place, parent: Place) -> tuple[FormFile, Place]:
        """With the component as the last one of a group, `()` for the form itself; and where it stands then."""
        written = self.component(place)
        if written is None or place[:-1] == parent or parent[: len(place)] == place:
            return self, place
        taken = self.without(place)
        # A group that stood behind has moved up by one.
        shifted = list(parent)
        level = len(place) - 1
        if len(parent) > level and parent[:level] == place[:-1] and parent[level] > place[-1]:
            shifted[level] -= 1
        target = (*shifted, len(taken.inside(tuple(shifted))))
        return taken.inserted(target, written), target

    def inside(self, place: Place) -> Sequence[Any]:
        """What lies directly in a group or table, `()` for the form. Raises FormError for another component."""
        found = _list_at(self.document, place)
        if found is None:
            raise FormError("这一项里不能再放字段。")
        return found

    def _in_list(
        self, place: Place, change: Callable[[list[Any], int], object], new: bool = False
    ) -> FormFile:
        def on(document: dict[str, Any]) -> None:
            found = _list_at(document, place[:-1], make=new)
            if found is None or not (0 <= place[-1] < len(found) or new):
                raise FormError("表单里没有这一项了，请刷新后再改。")
            change(found, min(place[-1], len(found)))

        return self._changed(on)

    def _changed(self, change: Callable[[dict[str, Any]], None]) -> FormFile:
        document = copy.deepcopy(dict(self.document))
        change(document)
        if document == self.document and json.dumps(document) == json.dumps(self.document):
            return self
        return FormFile(_dumped(document, self.text, self.document), document)


def new_form(key: str, title: str, like: str = "") -> str:
    """The text of a form that has no fields yet, or of a copy of `like`. Raises FormError when that is no form."""
    if like:
        file = FormFile.read(like)
        document = {**file.document, "id": key}
        return FormFile(_dumped(document, like, file.document), document).with_head(title, file.note).text
    head: dict[str, Any] = {"type": "default", "id": key, "schemaVersion": SCHEMA_VERSION}
    if title:
        head["title"] = title
    return json.dumps({**head, "components": []}, ensure_ascii=False, indent=2) + "\n"


def key_of(written: Mapping[str, Any]) -> str:
    """The key of a component as it is written; of a table modellers call it a path."""
    key = written.get("key")
    if key is None and written.get("type") == "dynamiclist":
        key = written.get("path")
    return _text(key)


def inside_table(file: FormFile, place: Place) -> Place | None:
    """The place of the table whose column this is; None for everything else."""
    for length in range(len(place) - 1, 0, -1):
        written = file.component(place[:length])
        if written is not None and written.get("type") == "dynamiclist":
            return place[:length]
    return None


def put(holder: dict[str, Any], name: str, value: object, order: Sequence[str]) -> None:
    """Set a member where `order` wants it among the others, which stay where they are; None takes it away."""
    if value is None:
        holder.pop(name, None)
        return
    if name in holder or name not in order:
        holder[name] = value
        return
    later = set(order[order.index(name) + 1 :])
    members = list(holder.items())
    spot = next((index for index, (each, _) in enumerate(members) if each in later), len(members))
    holder.clear()
    holder.update([*members[:spot], (name, value), *members[spot:]])


def form_faults(text: str, path: str) -> list[str]:
    """What is wrong with the text of a form, without its path."""
    try:
        parse_form(text, path)
    except FormError as error:
        return [each.removeprefix(f"{path}：") for each in error.problems]
    return []


def new_faults(before: str, after: str, path: str) -> list[str]:
    """What is wrong now and was not before; what is only counted anew since another part came or went is not new."""
    known = {_COUNTED.sub("", each) for each in form_faults(before, path)}
    return [each for each in form_faults(after, path) if _COUNTED.sub("", each) not in known]


def key_from(label: str) -> str:
    """A key for a field of this name: what stands in brackets and every sign left out; empty when nothing is left."""
    plain = unicodedata.normalize("NFKC", re.sub(r"[（(\[].*?[)）\]]", "", label))
    return re.sub(r"\W", "", plain).lstrip("0123456789_")


def _whole(components: object, depth: int = 0) -> bool:
    """Whether these are components, and what lies in them, too."""
    return (
        depth < DEPTH_LIMIT
        and isinstance(components, list)
        and all(
            isinstance(each, dict) and ("components" not in each or _whole(each["components"], depth + 1))
            for each in components
        )
    )


def _placed(components: Sequence[Mapping[str, Any]], before: Place, inside: str) -> Iterator[Placed]:
    for index, each in enumerate(components):
        place = (*before, index)
        yield Placed(place, each, inside, index == 0, index == len(components) - 1)
        if each.get("type") in NESTING:
            yield from _placed(each.get("components", ()), place, str(each["type"]))


def _list_at(document: Mapping[str, Any], place: Place, make: bool = False) -> list[Any] | None:
    found: list[Any] = document["components"]
    for index in place:
        if not 0 <= index < len(found) or found[index].get("type") not in NESTING:
            return None
        holder = found[index]
        if "components" not in holder:
            if not make:
                return []
            put(holder, "components", [], BODY)
        found = holder["components"]
    return found


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


# -- writing in the manner of the file


def _dumped(document: Mapping[str, Any], before: str, was: Mapping[str, Any]) -> str:
    """The document written as the text `before` was, which said `was`."""
    mark = "\ufeff" if before.startswith("\ufeff") else ""
    line_end = "\r\n" if "\r\n" in before else "\n"
    plain = before.removeprefix("\ufeff").replace("\r\n", "\n")
    body = plain.rstrip("\n")
    manner = next((each for each in _manners() if _written(was, each) == body), {"indent": 2})
    text = _written(document, manner) + plain[len(body) :]
    return mark + text.replace("\n", line_end)


def _manners() -> Iterator[dict[str, Any]]:
    for ascii_only in (False, True):
        for indent in _INDENTS:
            yield {"indent": indent, "ensure_ascii": ascii_only}
        yield {"indent": None, "separators": (",", ":"), "ensure_ascii": ascii_only}


def _written(document: Mapping[str, Any], manner: Mapping[str, Any]) -> str:
    return json.dumps(document, **{"ensure_ascii": False, **manner})


__all__ = [
    "BODY",
    "NESTING",
    "FormFile",
    "Place",
    "Placed",
    "form_faults",
    "inside_table",
    "key_from",
    "key_of",
    "new_faults",
    "new_form",
    "put",
]
