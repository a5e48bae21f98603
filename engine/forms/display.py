"""Writes the value of a field as a person reads it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from engine.clock import parse_moment
from engine.forms.context import AttachmentInfo, FormContext
from engine.forms.model import Component, Option
from engine.forms.values import option_key
from engine.functions.dates import as_text, chinese_day

LOST_FILE = "（附件已不存在，或您无权查看）"


def display(component: Component, value: object, context: FormContext, options: Sequence[Option] = ()) -> str:
    """The value in words: 是／否, 2026年10月8日, names of people and files; empty for a blank one.

    `options` are the choices where they are known; without them those written in the form serve. A value
    that does not fit the field, such as a wrong entry, is given as it is. Nothing is evaluated and
    nothing raised.
    """
    if value is None or value == "" or value == []:
        return ""
    if component.type == "checkbox":
        return "是" if value is True else "否" if value is False else as_text(value)
    if component.type == "number" and isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:.{component.decimals}f}"
    if component.type == "datetime" and isinstance(value, str):
        return _time_text(component.subtype, value)
    if component.type == "dynamiclist":
        return _table_text(component, value, context)
    items = value if isinstance(value, list) else [value]
    if component.type == "filepicker":
        return "、".join(_file_name(each, context.attachment) for each in items)
    if component.is_choice:
        return "、".join(_chosen(component, each, context, options) for each in items)
    return as_text(value)


def entry_text(component: Component, value: object) -> str:
    """The value as the input of a page holds it: 2026-10-08T09:30 for a moment, plain digits for a number."""
    if component.type == "datetime" and component.subtype == "datetime" and isinstance(value, str):
        try:
            return f"{parse_moment(value):%Y-%m-%dT%H:%M}"
        except ValueError:
            return value
    if isinstance(value, list | dict):
        return ""
    return "" if value is None else option_key(value)


def _time_text(subtype: str, value: str) -> str:
    try:
        if subtype == "date":
            return chinese_day(date.fromisoformat(value))
        if subtype == "datetime":
            moment = parse_moment(value)
            return f"{chinese_day(moment.date())} {moment:%H:%M}"
    except ValueError:
        pass
    return value


def _table_text(table: Component, value: object, context: FormContext) -> str:
    lines = []
    for number, row in enumerate(value if isinstance(value, list) else [], 1):
        if isinstance(row, dict):
            cells = (
                (column.label, display(column, row.get(column.name), context)) for column in table.components
            )
            lines.append(f"{number}. " + "；".join(f"{label}：{text}" for label, text in cells if text))
    return "\n".join(lines)


def _file_name(identifier: object, attachment: Callable[[str], AttachmentInfo | None]) -> str:
    file = attachment(identifier) if isinstance(identifier, str) else None
    return file.name if file else LOST_FILE


def _chosen(component: Component, value: object, context: FormContext, options: Sequence[Option]) -> str:
    key = option_key(value)
    # A person is shown by name; the label of the option also tells the post, which a finished sheet need not.
    if component.properties.get("选择") == "人员" and isinstance(value, str):
        return context.person_name(value)
    for option in (*options, *component.options):
        if option_key(option.value) == key:
            return option.label
    return as_text(value)
