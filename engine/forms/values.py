"""Turns what was entered into the value of a field, or says in Chinese why it is not one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from math import isfinite
from typing import Final

from engine.clock import iso, parse_moment
from engine.expressions.errors import shown
from engine.expressions.grammar import NUMBER_LIMIT
from engine.forms.context import AttachmentInfo
from engine.forms.model import LIST_LIMIT, TEXTAREA_LENGTH, TEXTFIELD_LENGTH, Component, Option
from engine.forms.patterns import INPUT_LENGTH
from engine.functions.dates import as_text

YEARS: Final = range(1900, 2200)
MEGABYTE: Final = 1024 * 1024
_NUMBER = re.compile(r"[+-]?\d{1,16}(\.\d{1,16})?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"\d{2}:\d{2}", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?", re.ASCII)

Attachments = Callable[[str], AttachmentInfo | None]


class Wrong(Exception):
    """What was entered cannot be the value of the field; the text is a Chinese sentence for the person."""


def read_value(
    component: Component,
    entered: object,
    options: Sequence[Option] | None = None,
    attachment: Attachments | None = None,
) -> object:
    """The value of a field other than a table.

    Without `options` every single value may be chosen, without `attachment` every file is accepted: that
    reads what is only to be shown again. Raises Wrong.
    """
    match component.type:
        case "textfield" | "textarea":
            return _text(component, entered)
        case "number":
            return _number(component, entered)
        case "checkbox":
            return _checkbox(component, entered)
        case "radio" | "select":
            return _choice(component, entered, options)
        case "checklist" | "taglist":
            return _choices(component, entered, options)
        case "datetime":
            return _time_value(component, entered)
        case "filepicker":
            return _files(component, entered, attachment)
    raise ValueError(f"{component.type} has no single value")


def is_blank(value: object) -> bool:
    """Whether a value is none at all; 0 and False are values."""
    return value is None or value == "" or value == []


def is_unfilled(component: Component, value: object) -> bool:
    """Whether the field counts as not filled in; a box that is not ticked does."""
    return is_blank(value) or (component.type == "checkbox" and value is False)


def option_key(value: object) -> str:
    """An option's value as a form field of a page carries it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def computed_value(component: Component, value: object) -> object:
    """What an expression gave, as the value of a field other than a table; raises Wrong with the reason.

    Programs are less strict than people: a moment serves as a date, a single value as a list of one.
    """
    if value is None or value == "":
        return component.blank()
    if component.type in ("textfield", "textarea"):
        if isinstance(value, list | dict):
            raise Wrong("得到的是列表或字典，不是文字；列表可以用“连接(…)”变成文字")
        return as_text(value)
    if component.type == "number":
        return _computed_number(component, value)
    if component.type == "checkbox":
        if not isinstance(value, bool):
            raise Wrong("得到的不是真假值")
        return value
    if component.type == "datetime":
        if component.subtype == "date" and isinstance(value, str) and _MOMENT.fullmatch(value):
            value = _moment(component, value)[:10]
        return _explained(
            component, value, "得到的不是" + {"date": "日期", "time": "时分"}.get(component.subtype, "时刻")
        )
    if component.is_list:
        values = value if isinstance(value, list) else [value]
        if any(isinstance(each, list | dict) for each in values):
            raise Wrong("得到的列表里有列表或字典；表的一列可以用“取列(…)”取出")
        return [each for each in values if each is not None]
    if isinstance(value, list | dict):
        raise Wrong("得到的是列表或字典，这里只能有一个值；可以用“首个(…)”取第一项")
    return value


def _explained(component: Component, value: object, reason: str) -> object:
    try:
        return _time_value(component, value)
    except Wrong:
        raise Wrong(f"{reason}，而是“{shown(as_text(value), 40)}”") from None


def _computed_number(component: Component, value: object) -> object:
    if isinstance(value, str):
        return _number(component, value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Wrong("得到的不是数")
    if component.decimals:
        return _plain(Decimal(str(round(value, component.decimals))))
    if value != int(value):
        raise Wrong(f"得到的是 {value}，不是整数；需要小数时请写 decimalDigits")
    return int(value)


def _text(component: Component, entered: object) -> str | None:
    if entered is None:
        return None
    if not isinstance(entered, str):
        raise Wrong(f"“{component.label}”要填写文字。")
    multiline = component.type == "textarea"
    text = entered.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not text:
        return None
    limit = component.max_length or (TEXTAREA_LENGTH if multiline else TEXTFIELD_LENGTH)
    if component.pattern is not None:
        limit = min(limit, INPUT_LENGTH)
    if len(text) > limit:
        raise Wrong(f"“{component.label}”最多 {limit} 个字，现在有 {len(text)} 个字，请删减。")
    if not multiline and "\n" in text:
        raise Wrong(f"“{component.label}”只能写一行，请去掉换行。")
    if any(unicodedata.category(each) in ("Cc", "Cs") and each not in "\n\t" for each in text):
        raise Wrong(f"“{component.label}”里有不能保存的字符，请删去重新输入。")
    if component.min_length and len(text) < component.min_length:
        raise Wrong(f"“{component.label}”至少要写 {component.min_length} 个字。")
    if component.pattern is not None and not re.fullmatch(component.pattern, text, re.ASCII):
        advice = (
            f"：{component.description}"
            if component.description and not component.rules.description
            else "。"
        )
        raise Wrong(f"“{component.label}”的格式不对，请核对{advice}")
    return text


def _number(component: Component, entered: object) -> int | float | None:
    if entered is None or entered == "":
        return None
    wrong = Wrong(f"“{component.label}”要填写{'数' if component.decimals else '整数'}，例如 12。")
    if isinstance(entered, bool) or not isinstance(entered, int | float | str):
        raise wrong
    if isinstance(entered, str):
        if len(entered) > INPUT_LENGTH:
            raise wrong
        text = unicodedata.normalize("NFKC", entered).strip()
        if not text:
            return None
        if not _NUMBER.fullmatch(text):
            raise wrong
        number = Decimal(text)
    elif isinstance(entered, float) and not isfinite(entered):
        raise wrong
    elif abs(entered) > NUMBER_LIMIT:  # Before it becomes text: Python refuses to write a number without end.
        raise Wrong(f"“{component.label}”的数太大。")
    else:
        number = Decimal(str(entered))
    if abs(number) > NUMBER_LIMIT:
        raise Wrong(f"“{component.label}”的数太大。")
    exponent = number.normalize().as_tuple().exponent
    if isinstance(exponent, int) and -exponent > component.decimals:
        kind = f"最多 {component.decimals} 位小数" if component.decimals else "要填写整数"
        raise Wrong(f"“{component.label}”{kind}。")
    if component.minimum is not None and number < Decimal(str(component.minimum)):
        raise Wrong(f"“{component.label}”不能小于 {_plain(Decimal(str(component.minimum)))}。")
    if component.maximum is not None and number > Decimal(str(component.maximum)):
        raise Wrong(f"“{component.label}”不能大于 {_plain(Decimal(str(component.maximum)))}。")
    return _plain(number)


def _plain(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


def _checkbox(component: Component, entered: object) -> bool:
    if entered is None:
        return False
    if not isinstance(entered, bool):
        raise Wrong(f"“{component.label}”只能是勾选或不勾选。")
    return entered


def _time_value(component: Component, entered: object) -> str | None:
    kinds = {
        "date": (_DATE, "2026-10-08 这样的日期"),
        "time": (_TIME, "09:30 这样的时分"),
        "datetime": (_MOMENT, "2026-10-08T09:30 这样的日期和时分"),
    }
    form, example = kinds[component.subtype]
    wrong = Wrong(f"“{component.label}”要写成 {example}。")
    if entered is None:
        return None
    if not isinstance(entered, str) or len(entered) > INPUT_LENGTH:
        raise wrong
    text = unicodedata.normalize("NFKC", entered).strip()
    if not text:
        return None
    if not form.fullmatch(text):
        raise wrong
    try:
        if component.subtype == "date":
            _in_years(component, date.fromisoformat(text).year)
        elif component.subtype == "time":
            time.fromisoformat(text)
        else:
            return _moment(component, text)
    except ValueError:
        raise Wrong(f"“{component.label}”填写的“{text}”不存在，请核对。") from None
    return text


def _moment(component: Component, text: str) -> str:
    moment = parse_moment(text)
    _in_years(component, moment.year)
    return iso(moment)


def _in_years(component: Component, year: int) -> None:
    if year not in YEARS:
        raise Wrong(f"“{component.label}”的年份要在 {YEARS[0]} 到 {YEARS[-1]} 之间。")


def _choice(component: Component, entered: object, options: Sequence[Option] | None) -> object:
    if entered is None or entered == "":
        return None
    if not isinstance(entered, str | int | float):
        raise Wrong(f"“{component.label}”只能选一项。")
    if options is None:
        return entered
    for option in options:
        same = type(option.value) is type(entered) and option.value == entered
        if same or (isinstance(entered, str) and option_key(option.value) == entered):
            return option.value
    raise Wrong(f"“{component.label}”的选项里没有“{_short(entered)}”，可能已有变化，请重新选择。")


def _choices(component: Component, entered: object, options: Sequence[Option] | None) -> list[object]:
    chosen: list[object] = []
    for each in _items(component, entered):
        value = _choice(component, each, options)
        if value is not None and value not in chosen:
            chosen.append(value)
    return chosen


def _files(component: Component, entered: object, attachment: Attachments | None) -> list[object]:
    found: list[object] = []
    for each in _items(component, entered):
        if not isinstance(each, str) or not 0 < len(each) <= INPUT_LENGTH:
            raise Wrong(f"“{component.label}”里有不认识的附件，请重新上传。")
        if each in found:
            continue
        if attachment is not None:
            _check_file(component, attachment(each))
        found.append(each)
    if len(found) > 1 and not component.multiple:
        raise Wrong(f"“{component.label}”只能上传一个文件，现在有 {len(found)} 个，请移除多余的。")
    return found


def _check_file(component: Component, file: AttachmentInfo | None) -> None:
    if file is None:
        raise Wrong(f"“{component.label}”里有一个附件不存在或您不能使用，请移除后重新上传。")
    ending = file.name.rpartition(".")[2].lower() if "." in file.name else ""
    if component.accept and ending not in component.accept:
        raise Wrong(
            f"“{component.label}”只收 {'、'.join(component.accept)} 文件，“{shown(file.name, 60)}”不是。"
        )
    if component.max_mb is not None and file.size > component.max_mb * MEGABYTE:
        raise Wrong(f"“{component.label}”的文件最大 {component.max_mb} MB，“{shown(file.name, 60)}”超过了。")


def _items(component: Component, entered: object) -> Sequence[object]:
    if entered is None or entered == "":
        return []
    if not isinstance(entered, list | tuple):
        raise Wrong(f"“{component.label}”要给出一个列表。")
    if len(entered) > LIST_LIMIT:
        raise Wrong(f"“{component.label}”最多 {LIST_LIMIT} 项。")
    return entered


def _short(value: object) -> str:
    if isinstance(value, str):
        return shown(value, 40)
    return option_key(value) if not isinstance(value, int) or abs(value) < NUMBER_LIMIT else "…"


def row_text(row: Mapping[str, object], key: str) -> str:
    """The value by which a row of a table is recognised, as text; empty when the row has none."""
    value = row.get(key)
    if isinstance(value, str):
        return value.strip()
    return option_key(value) if isinstance(value, int | float) and abs(value) < NUMBER_LIMIT else ""
