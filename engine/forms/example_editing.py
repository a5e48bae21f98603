"""Changes the values of an example sheet one by one: the lines of all others stay as they are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import yaml

from engine.forms.model import Component, FormError
from engine.located_yaml import Document

BETWEEN = "、"
Rows = list[dict[str, str]]


def example_values(text: str) -> dict[str, object]:
    """What the sheet says, by field. Raises FormError when it cannot be read."""
    document = Document.from_text(text)
    root = document.root()
    if document.faults:
        raise FormError(document.located(document.faults))
    return {key: root.raw(key) for key in root}


def entry_of(component: Component, value: object) -> str:
    """A value as a person edits it: one thing on each line of a list."""
    if isinstance(value, list):
        return "\n".join(_word(each) for each in value)
    return _word(value)


def rows_of(table: Component, value: object) -> Rows:
    """The rows of a table with a text for each column; a cell that holds several things has them side by side."""
    rows = value if isinstance(value, list) else []
    return [
        {
            column.name: BETWEEN.join(_word(each) for each in cell) if isinstance(cell, list) else _word(cell)
            for column in table.components
            for cell in (row.get(column.name),)
        }
        for row in rows
        if isinstance(row, Mapping)
    ]


def value_of(component: Component, entry: str, before: object) -> object:
    """What an entry stands for; None for nothing. One that is as it was keeps its value."""
    text = entry.replace("\r\n", "\n").strip()
    if text == entry_of(component, before).strip():
        return before
    if not text:
        return None
    if component.is_list and "${" not in text:
        return [line.strip() for line in text.split("\n") if line.strip()]
    return _read(component, text)


def table_of(table: Component, rows: Sequence[Mapping[str, str]], before: object) -> object:
    """The rows that were entered, empty ones left out; None for no row."""
    entered = [{name: text.strip() for name, text in row.items()} for row in rows]
    entered = [row for row in entered if any(row.values())]
    shown = rows_of(table, before)
    if entered == [row for row in shown if any(row.values())]:
        return before
    columns = {column.name: column for column in table.components}
    old = [row for row in before if isinstance(row, Mapping)] if isinstance(before, list) else []
    result: list[dict[str, object]] = []
    for index, row in enumerate(entered):
        was = old[index] if index < len(old) else {}
        same = shown[index] if index < len(old) else {}
        # Columns the form does not have any more stay, so that the check can name them.
        kept = {name: value for name, value in was.items() if name not in columns}
        for name, text in row.items():
            if text and name in columns:
                kept[name] = was[name] if text == same.get(name) else _read(columns[name], text)
        result.append(kept)
    return result or None


def with_values(text: str, changes: Mapping[str, object]) -> str:
    """The sheet with other values; None takes a field out. Raises FormError when it cannot be read."""
    values = example_values(text)
    wanted = {**values, **changes}
    wanted = {name: value for name, value in wanted.items() if value is not None or name not in changes}
    changed = [
        name for name in changes if name not in values or values[name] != changes[name] or name not in wanted
    ]
    if not changed:
        return text
    blocks = _blocks(text)
    ending = "\r\n" if "\r\n" in text else "\n"
    for name in sorted((each for each in changed if each in blocks), key=lambda each: -blocks[each][0]):
        first, last = blocks[name]
        lines = text.splitlines(keepends=True)
        fresh = _block(name, wanted[name]) if name in wanted else ""
        text = "".join([*lines[:first], fresh.replace("\n", ending), *lines[last:]])
    for name in (each for each in changed if each not in blocks and each in wanted):
        text += ending if text and not text.endswith("\n") else ""
        text += _block(name, wanted[name]).replace("\n", ending)
    if _said(text) != wanted:
        # What stood there was written in a way that has no lines of its own.
        text = "".join(_block(name, value) for name, value in wanted.items()).replace("\n", ending)
    return text


def renamed(text: str, old: str, new: str, table: str = "") -> str:
    """The sheet with another key for a field, or for a column of a table; unchanged when it cannot be read."""
    try:
        values = example_values(text)
    except FormError:
        return text
    if table:
        rows = values.get(table)
        if not isinstance(rows, list) or not any(isinstance(row, Mapping) and old in row for row in rows):
            return text
        return with_values(text, {table: [_with_key(row, old, new) for row in rows]})
    if old not in values or new in values:
        return text
    lines = text.splitlines(keepends=True)
    first = _blocks(text).get(old, (len(lines), 0))[0]
    if first < len(lines) and lines[first].startswith(f"{old}:"):
        lines[first] = new + lines[first][len(old) :]
        return "".join(lines)
    return with_values(text, {old: None, new: values[old]})


def _with_key(row: object, old: str, new: str) -> object:
    if not isinstance(row, Mapping):
        return row
    return {new if name == old else name: value for name, value in row.items()}


def _said(text: str) -> dict[str, object] | None:
    try:
        return example_values(text)
    except FormError:
        return None


def _word(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _read(component: Component, text: str) -> object:
    """A number where the field holds one, else the text: the sheet's reader knows the rest."""
    if component.type == "number" and text.lstrip("-").isascii() and text.lstrip("-").isdigit():
        return int(text) if len(text) < 16 else text
    return text


def _blocks(text: str) -> dict[str, tuple[int, int]]:
    """Field → its first line and the one after its last, from 0, without comments that follow."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(node, yaml.MappingNode) or node.flow_style:
        return {}
    lines = text.splitlines()
    starts = [key.start_mark.line for key, _ in node.value]
    found = {}
    for (key, _value), start, end in zip(node.value, starts, [*starts[1:], len(lines)], strict=True):
        while end > start + 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
            end -= 1
        found[str(key.value)] = (start, end)
    return found


def _block(name: str, value: object) -> str:
    if isinstance(value, list) and value and all(isinstance(each, Mapping) for each in value):
        return f"{_scalar(name)}:\n" + "".join(_row(each) for each in value)
    return f"{_scalar(name)}: {_inline(value)}\n"


def _row(row: Mapping[str, object]) -> str:
    cells = [f"{_scalar(name)}: {_inline(value)}" for name, value in row.items()]
    return f"  - {cells[0]}\n" + "".join(f"    {cell}\n" for cell in cells[1:]) if cells else "  - {}\n"


def _inline(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_scalar(each, True) for each in value) + "]"
    return _scalar(value)


def _scalar(value: object, in_list: bool = False) -> str:
    """One value as YAML, in quotation marks only where it would be read as something else."""
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    sample = f"x: [{value}, y]\n" if in_list else f"x: {value}\n"
    plain = (
        value == value.strip()
        and "\n" not in value
        and _said(sample) == {"x": [value, "y"] if in_list else value}
    )
    return value if plain else json.dumps(value, ensure_ascii=False)


__all__ = ["entry_of", "example_values", "renamed", "rows_of", "table_of", "value_of", "with_values"]
