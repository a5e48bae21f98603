"""What can be written at a component of a form, as texts that people edit and back again.

Whatever a person leaves as it is keeps the value of the file, even one that could not be written that way.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.forms.editing import BODY, key_of, put
from engine.forms.model import CHOICES, WITHOUT_VALUE
from engine.forms.values import option_key
from engine.forms.vocabulary import KINDS, NOT_IN_TABLES

HALF = 8
EQUALS = " = "
"""Stands between the value of an option and the words that are shown for it."""
YES = "是"
TICKED = "1"


@dataclass(frozen=True)
class Item:
    """One thing that can be written: its name here, the member of the file, and how it is edited.

    `holder` is the member it stands in: `""` the component, `validate`, `layout` or `properties`. `kind`: text, area,
    expression, sentence (a text with `${…}` in it), number, flag (true), yes (是), values, width, choice.
    """

    name: str
    member: str
    holder: str = ""
    kind: str = "text"
    choices: tuple[str, ...] = ()


def _properties(kind: str, **names: str) -> tuple[Item, ...]:
    return tuple(Item(name, member, "properties", kind) for name, member in names.items())


PLAIN = (
    Item("label", "label"),
    Item("key", "key"),
    Item("text", "text", kind="sentence"),
    Item("description", "description", kind="sentence"),
    Item("width", "columns", "layout", "width"),
    Item("subtype", "subtype", kind="choice", choices=("date", "time", "datetime")),
    Item("decimals", "decimalDigits", kind="number"),
    Item("multiple", "multiple", kind="flag"),
    Item("required", "required", "validate", "flag"),
    Item("least_length", "minLength", "validate", "number"),
    Item("most_length", "maxLength", "validate", "number"),
    Item("pattern", "pattern", "validate"),
    Item("least", "min", "validate", "number"),
    Item("most", "max", "validate", "number"),
    Item("values", "values", kind="values"),
)
WRITTEN = (
    *_properties("expression", shown_when="显示条件", required_when="必填条件"),
    *_properties("yes", readonly="只读"),
    *_properties("expression", readonly_when="只读条件"),
    *_properties("sentence", initial="初值"),
    Item("choose_from", "选择", "properties", "choice", ("人员", "单位", "岗位")),
    *_properties("expression", options="可选值"),
    *_properties("text", value_column="值列", label_column="显示列"),
    *_properties("expression", warning="警示"),
    *_properties("sentence", warning_text="警示语"),
    *_properties("yes", phrases="常用意见"),
    *_properties("text", file_types="类型", file_size="上限MB"),
    *_properties("yes", fixed_rows="行固定", sortable="可排序"),
    *_properties("text", row_key="行键"),
    *_properties("expression", least_rows="最少行", most_rows="最多行"),
    *_properties("text", template="模板"),
    *_properties("sentence", document_name="文书名称"),
    *_properties("text", clauses="条款"),
)
CHECK, MESSAGE = "校验", "提示"
ITEMS: Mapping[str, Item] = {each.name: each for each in (*PLAIN, *WRITTEN)}
_NUMBERED = re.compile(r"(校验|提示)([0-9]*)\Z")


def checks_of(number: int) -> tuple[Item, Item]:
    """The `number`-th check of a field with its sentence, from 1."""
    suffix = "" if number == 1 else str(number)
    return (
        Item(f"check_{number}", CHECK + suffix, "properties", "expression"),
        Item(f"message_{number}", MESSAGE + suffix, "properties", "sentence"),
    )


def items_of(written: Mapping[str, Any], in_table: bool, spare_checks: int = 1) -> tuple[Item, ...]:
    """What can be written at a component of this type, with `spare_checks` more checks than it has."""
    kind = KINDS[str(written["type"])]
    holders = {"": kind.attributes, "validate": kind.validations, "properties": kind.properties}
    holders["layout"] = () if in_table or "layout" not in kind.attributes else ("columns",)
    found = [each for each in ITEMS.values() if each.member in holders[each.holder]]
    if written["type"] in WITHOUT_VALUE - {"documentPreview"}:
        found = [each for each in found if each.name != "key"]
    if CHECK in kind.properties:
        at = next(index for index, each in enumerate(found) if each.name == "warning")
        numbers = range(1, 1 + check_count(written) + spare_checks)
        found[at:at] = [item for number in numbers for item in checks_of(number)]
    return tuple(found)


def check_count(written: Mapping[str, Any]) -> int:
    """The number of the last check of a component, 0 without any."""
    properties = written.get("properties")
    names = properties if isinstance(properties, dict) else {}
    found = (_NUMBERED.match(name) for name in names)
    return max((min(int(each[2] or 1), 99) for each in found if each), default=0)


def types_for(written: str, in_table: bool) -> tuple[str, ...]:
    """The types a component of this type may be changed to, itself among them."""
    if written in WITHOUT_VALUE or written == "dynamiclist":
        return (written,)
    return tuple(each for each in KINDS if each not in NOT_IN_TABLES)


def read_entries(written: Mapping[str, Any], items: Sequence[Item]) -> dict[str, str]:
    """What stands in the file for each of the items, as a person edits it."""
    return {each.name: _shown(written, each) for each in items}


def with_entries(
    written: Mapping[str, Any], items: Sequence[Item], entries: Mapping[str, str]
) -> dict[str, Any]:
    """The component with what a person has entered; items that are not entered stay as they are."""
    result = dict(written)
    for item in items:
        if item.name in entries and _plain(entries[item.name]) != _plain(_shown(written, item)):
            _write(result, item, _plain(entries[item.name]))
    return result


def with_type(written: Mapping[str, Any], type_: str) -> tuple[dict[str, Any], list[str]]:
    """The component as one of another type, and the names of what that type has no use for and was taken away."""
    if type_ == written.get("type"):
        return dict(written), []
    kind, dropped = KINDS[type_], []
    result: dict[str, Any] = {}
    allowed = {"validate": kind.validations, "properties": kind.properties}
    for name, value in written.items():
        if name not in kind.attributes:
            dropped.append(name)
        elif name in allowed and isinstance(value, dict):
            kept = {each: inner for each, inner in value.items() if _allowed(each, allowed[name])}
            dropped += [each for each in value if each not in kept]
            if kept:
                result[name] = kept
        else:
            result[name] = value
    result["type"] = type_
    if type_ == "datetime":
        put(result, "subtype", "date", BODY)
    return result, dropped


def _allowed(name: str, names: Sequence[str]) -> bool:
    numbered = _NUMBERED.match(name)
    return name in names or bool(numbered and numbered[1] in names)


def new_component(type_: str) -> dict[str, Any]:
    """A component that says nothing yet."""
    written: dict[str, Any] = {"type": type_}
    if type_ == "datetime":
        written["subtype"] = "date"
    if type_ == "group":
        written["components"] = []
    if type_ == "dynamiclist":
        # A table without columns cannot be read; this one is there to be renamed.
        written["components"] = [{"key": "内容", "label": "内容", "type": "textfield"}]
    return written


def item_in(fault: str, items: Sequence[Item]) -> str:
    """The name of the item a sentence of the form's reader is about; empty when it names none of them."""
    about = fault.partition("：")[2] or fault
    # Of two that belong together the one that is missing is asked for.
    about = about.partition("还要写")[2] or about
    found: dict[int, str] = {}
    for each in items:
        form = rf"(?<![\w.]){each.member}(?!\w)" if each.member.isascii() else f"“{re.escape(each.member)}”"
        if named := re.search(form, about):
            found.setdefault(named.start(), each.name)
    for word, name in {"字段键": "key", "选项": "values", "行键": "row_key", "列": "row_key"}.items():
        if about.startswith(word) and any(each.name == name for each in items):
            found[0] = name
    return found[min(found)] if found else ""


# -- one item


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _shown(written: Mapping[str, Any], item: Item) -> str:
    if item.name == "key":
        return key_of(written)
    holder = written.get(item.holder) if item.holder else written
    value = holder.get(item.member) if isinstance(holder, dict) else None
    if item.kind == "flag":
        return TICKED if value is True else ""
    if item.kind == "yes":
        return TICKED if value == YES else ""
    if item.kind == "values":
        return "\n".join(_option(each) for each in value) if isinstance(value, list) else ""
    if item.name == "subtype":
        return str(value or "date")
    if value is None or isinstance(value, bool | dict | list):
        return ""
    return str(value)


def _option(each: object) -> str:
    """One option as a line: 值, or 值 = 显示的字."""
    if not isinstance(each, dict):
        return str(each)
    value = each.get("value")
    text = option_key(value) if isinstance(value, str | int | float) else ""
    label = each.get("label") or text
    return text if label == text else f"{text}{EQUALS}{label}"


def _write(component: dict[str, Any], item: Item, text: str) -> None:
    value: Any = text or None
    if item.kind == "flag":
        value = True if text else None
    elif item.kind == "yes":
        value = YES if text else None
    elif item.kind == "number" or (item.kind == "width" and text):
        value = _number(text)
    elif item.kind == "values":
        value = _options(component.get("values"), text)
    if not item.holder:
        if item.name == "key" and "path" in component:
            if "key" not in component:
                put(component, "path", value, BODY)
                return
            if component.get("path") == component.get("key"):
                put(component, "path", value, BODY)
        put(component, item.member, value, BODY)
        return
    before = component.get(item.holder)
    holder = dict(before) if isinstance(before, dict) else {}
    order = KINDS[str(component["type"])].properties if item.holder == "properties" else ()
    put(holder, item.member, value, _with_numbers(order, item.member))
    put(component, item.holder, holder or None, BODY)


def _with_numbers(order: Sequence[str], member: str) -> Sequence[str]:
    """The order of properties with further checks after the first one."""
    if not order or member in order:
        return order
    at = order.index(MESSAGE) + 1 if MESSAGE in order else len(order)
    return (*order[:at], member, *order[at:])


def _number(text: str) -> object:
    """The number a text says; a text that says none stays, for the form's reader to refuse."""
    if re.fullmatch(r"-?[0-9]{1,15}", text):
        return int(text)
    if re.fullmatch(r"-?[0-9]{1,15}\.[0-9]{1,6}", text):
        return float(text)
    return text or None


def _options(before: object, text: str) -> list[object] | None:
    """Options from lines; a line that was there before stands for the same option, even with other members."""
    known = {_option(each): each for each in before} if isinstance(before, list) else {}
    found: list[object] = []
    for line in (each.strip() for each in text.splitlines()):
        value, equals, label = line.partition(EQUALS)
        if line:
            found.append(
                known.get(line) or {"label": label.strip() if equals else line, "value": value.strip()}
            )
    return found or None


__all__ = [
    "CHOICES",
    "HALF",
    "ITEMS",
    "TICKED",
    "Item",
    "check_count",
    "checks_of",
    "item_in",
    "items_of",
    "new_component",
    "read_entries",
    "types_for",
    "with_entries",
    "with_type",
]
