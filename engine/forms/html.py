"""Reads what a browser posts under the names of `FieldView`, and changes rows without JavaScript."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from engine.forms.model import ROW_LIMIT, Component, Form
from engine.forms.rows import rows_may_be_added

UNTICKED = frozenset({"", "false", "0", "否"})


class MultiDict(Protocol):
    """Names with all their values in the order of the page, as web frameworks give a posted form."""

    def keys(self) -> Iterable[str]: ...
    def getlist(self, key: str) -> list[str]: ...


def from_html(form: Form, posted: MultiDict) -> tuple[dict[str, object], set[str]]:
    """The posted data in the shape `validate` takes, and the paths of the confirmed warnings.

    Names that begin with an underscore are controls and never data. A box or list that sends nothing is
    unticked or empty; but when the page tells by `_shown` what it showed, one that it did not show is
    left out. Names the form does not have are kept, for `validate` to refuse.
    """
    names = list(posted.keys())
    marked = set(posted.getlist("_shown")) if "_shown" in names else None
    data: dict[str, object] = {}
    tables: dict[str, dict[int, dict[str, object]]] = {}
    for name in names:
        if name.startswith("_"):
            continue
        component = form.by_key.get(name)
        key, _, rest = name.partition(".")
        table = form.by_key.get(key)
        if component is not None and component.type != "dynamiclist":
            data[name] = _value(component, posted.getlist(name))
        elif table is not None and table.type == "dynamiclist" and (cell := _cell(rest)) is not None:
            index, column_key = cell
            column = next((each for each in table.components if each.key == column_key), None)
            values = posted.getlist(name)
            row = tables.setdefault(key, {}).setdefault(index, {})
            row[column_key] = _value(column, values) if column else _last(values)
        else:
            data[name] = _last(posted.getlist(name))
    for component in form.fields():
        if component.type == "dynamiclist":
            count = _index(_last(posted.getlist(f"_rows.{component.name}")))
            rows = tables.get(component.name)
            if rows is not None or count is not None or _silent(component, component.name, marked):
                data[component.name] = _rows(component, rows or {}, count, marked)
        elif _silent(component, component.name, marked):
            data.setdefault(component.name, component.blank())
    confirmed = {
        name.removeprefix("_confirm.")
        for name in names
        if name.startswith("_confirm.") and _last(posted.getlist(name)) not in UNTICKED
    }
    return data, confirmed


def without_prefilled(form: Form, data: Mapping[str, object], posted: MultiDict) -> dict[str, object]:
    """The posted data without the fields that still hold what the page had put there: they are to be prefilled anew.

    The page tells by hidden inputs `_was.<name>` what it had put into fields whose prefilled value follows others.
    """

    def untouched(name: str) -> bool:
        was = posted.getlist(f"_was.{name}")
        if not was or name not in form.following:
            return False
        if form.by_key[name].type == "checkbox":
            return data[name] is (_last(was) not in UNTICKED)
        return str(data[name]).replace("\r\n", "\n") == _last(was).replace("\r\n", "\n")

    return {name: value for name, value in data.items() if not untouched(name)}


def row_action(form: Form, posted: Mapping[str, object], action: str) -> dict[str, object]:
    """The posted data after a button `_add.表`, `_remove.表.2`, `_up.表.2` or `_down.表.2`, rows from 0.

    A button that the table does not have changes nothing. Confirmations belong to paths, so whoever moves
    rows asks for them again.
    """
    result = dict(posted)
    verb, _, place = action.partition(".")
    key, _, position = place.partition(".")
    table = form.by_key.get(key)
    if table is None or table.type != "dynamiclist" or table.rules.readonly:
        return result
    entered = posted.get(key)
    rows = list(entered) if isinstance(entered, list) else []
    if verb == "_add":
        if rows_may_be_added(table) and len(rows) < ROW_LIMIT:
            result[key] = [*rows, {}]
        return result
    index = _index(position)
    if index is None or index >= len(rows):
        return result
    if verb == "_remove" and not table.rules.fixed_rows:
        result[key] = rows[:index] + rows[index + 1 :]
    elif verb in ("_up", "_down") and table.rules.sortable:
        other = index - 1 if verb == "_up" else index + 1
        if 0 <= other < len(rows):
            rows[index], rows[other] = rows[other], rows[index]
            result[key] = rows
    return result


def _value(component: Component, values: list[str]) -> object:
    if component.type == "checkbox":
        return _last(values) not in UNTICKED
    if component.is_list:
        return [value for value in values if value]
    return _last(values)


def _last(values: list[str]) -> str:
    return values[-1] if values else ""


def _cell(rest: str) -> tuple[int, str] | None:
    """The row and the column of `0.列`."""
    position, dot, column = rest.partition(".")
    index = _index(position)
    return (index, column) if index is not None and dot and column else None


def _index(text: str) -> int | None:
    """A row's index; one beyond the limit becomes the first that is refused, so no gap fills the memory."""
    if not (text.isascii() and text.isdigit()):
        return None
    return min(int(text), ROW_LIMIT) if len(text) <= 9 else ROW_LIMIT


def _rows(
    table: Component, rows: Mapping[int, dict[str, object]], count: int | None, marked: set[str] | None
) -> list[dict[str, object]]:
    found = []
    for index in range(max(count or 0, max(rows, default=-1) + 1)):
        row = dict(rows.get(index, {}))
        for column in table.components:
            if _silent(column, f"{table.name}.{index}.{column.name}", marked):
                row.setdefault(column.name, column.blank())
        found.append(row)
    return found


def _silent(component: Component, path: str, marked: set[str] | None) -> bool:
    """Whether nothing sent for the component means that nothing is ticked, chosen or uploaded."""
    return (component.type == "checkbox" or component.is_list) and (marked is None or path in marked)
