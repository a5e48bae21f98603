"""A browser without a screen: posts what a page made of views would post."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.forms import FieldView
from engine.forms.values import option_key


class Posted:
    """Names with all their values, as a web framework gives them."""

    def __init__(self, **values: str | Sequence[str]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in values.items():
            self._values[name] = [value] if isinstance(value, str) else list(value)

    def keys(self) -> Iterable[str]:
        return self._values.keys()

    def getlist(self, key: str) -> list[str]:
        return self._values.get(key, [])

    def add(self, name: str, value: str) -> None:
        self._values.setdefault(name, []).append(value)

    def items(self) -> list[tuple[str, list[str]]]:
        return list(self._values.items())


def untouched(views: Sequence[FieldView], marked: bool = True) -> Posted:
    """What is posted by somebody who changes nothing; with `marked` the page tells which boxes it showed."""
    posted = Posted(_csrf="token")
    for each in views:
        _post(each, posted, marked)
    return posted


def _post(each: FieldView, posted: Posted, marked: bool) -> None:
    for child in each.children:
        _post(child, posted, marked)
    if not each.visible or each.component.type in ("text", "group", "documentPreview"):
        return
    if each.component.type == "dynamiclist":
        if marked:
            posted.add(f"_rows.{each.name}", str(len(each.rows)))
        for row in each.rows:
            for cell in row:
                _post(cell, posted, marked)
        return
    if each.readonly and not each.carried:
        return
    boxes = each.component.is_list or each.component.type == "checkbox"
    if boxes and marked:
        posted.add("_shown", each.path)
    if each.component.type == "checkbox":
        if each.value is True:
            posted.add(each.name, "true")
    elif each.component.is_list:
        for item in each.value if isinstance(each.value, list) else []:
            posted.add(each.name, option_key(item))
    else:
        posted.add(each.name, each.entry)
