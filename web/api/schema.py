"""The part of JSON Schema this interface uses: it checks what comes in and describes what goes out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

Schema = Mapping[str, Any]

COMPONENTS: dict[str, Schema] = {}
"""The named schemas of the interface, as they stand under components/schemas."""
PREFIX = "#/components/schemas/"

_NAMES = {
    "string": "文字",
    "integer": "整数",
    "number": "数",
    "boolean": "true 或 false",
    "object": "对象 { … }",
    "array": "列表 [ … ]",
    "null": "null",
}
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:\d{2})?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

ID: Schema = {"type": "string", "maxLength": 64}
INTEGER: Schema = {"type": "integer"}
BOOLEAN: Schema = {"type": "boolean"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
DATE: Schema = {"type": "string", "format": "date"}
ANY: Schema = {}
DATA: Schema = {"type": "object", "additionalProperties": True}


def text(maximum: int | None = None, minimum: int | None = None) -> Schema:
    """Text of so many characters at least and at most."""
    limits = {"minLength": minimum, "maxLength": maximum}
    return {"type": "string", **{name: limit for name, limit in limits.items() if limit is not None}}


def one_of(*values: str) -> Schema:
    """One of these words."""
    return {"type": "string", "enum": list(values)}


def listed(items: Schema, maximum: int | None = None) -> Schema:
    """A list, of at most so many items."""
    return {"type": "array", "items": items, **({} if maximum is None else {"maxItems": maximum})}


def nullable(schema: Schema) -> Schema:
    """What `schema` allows, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def record(properties: Mapping[str, Schema], optional: Sequence[str] = ()) -> Schema:
    """An object with these keys and no others; all are required but the optional ones."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def define(name: str, schema: Schema) -> Schema:
    """Give a schema a name; returns the reference to it."""
    COMPONENTS[name] = schema
    return {"$ref": PREFIX + name}


def page_of(name: str, item: Schema, **more: Schema) -> Schema:
    """A list as every list of this interface is answered: `items` and the cursor of the next page."""
    return define(name, record({"items": listed(item), "next_cursor": nullable(text()), **more}))


def problems(schema: Schema, value: object, path: str = "") -> dict[str, str]:
    """A Chinese sentence for each place of `value` that does not fit; places are `键` or `键.0.键`."""
    if "$ref" in schema:
        return problems(COMPONENTS[str(schema["$ref"]).removeprefix(PREFIX)], value, path)
    if "anyOf" in schema:
        tries = [problems(each, value, path) for each in schema["anyOf"]]
        return {} if not all(tries) else max(tries, key=lambda found: any(place != path for place in found))
    kind = schema.get("type")
    if kind is not None and not _is(kind, value):
        return {path: f"这里应当是{_NAMES[kind]}。"}
    if isinstance(value, str):
        return {path: sentence} if (sentence := _text_problem(schema, value)) else {}
    if isinstance(value, int | float) and not isinstance(value, bool):
        least, most = schema.get("minimum"), schema.get("maximum")
        if (least is not None and value < least) or (most is not None and value > most):
            return {path: f"这里的数应当在 {least} 到 {most} 之间。"}
    if isinstance(value, list):
        return _list_problems(schema, value, path)
    if isinstance(value, dict):
        return _object_problems(schema, value, path)
    return {}


def _is(kind: str, value: object) -> bool:
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    kinds = {"string": str, "boolean": bool, "object": dict, "array": list, "null": type(None)}
    return isinstance(value, kinds[kind])


def _text_problem(schema: Schema, value: str) -> str | None:
    if "enum" in schema and value not in schema["enum"]:
        return f"这里只能是{'、'.join(schema['enum'])}之一。"
    if len(value) < schema.get("minLength", 0):
        return "这里不能是空的。" if not value else f"这里至少要有 {schema['minLength']} 个字。"
    if "maxLength" in schema and len(value) > schema["maxLength"]:
        return f"这里最多 {schema['maxLength']} 个字，现在有 {len(value)} 个字。"
    kind = schema.get("format")
    if kind == "date" and not _reads(_DATE, date.fromisoformat, value):
        return "这里应当是 2026-10-08 这样的日期。"
    if kind == "date-time" and not _reads(_MOMENT, datetime.fromisoformat, value):
        return "这里应当是 2026-10-08T09:30:00+08:00 这样的时刻。"
    return None


def _reads(pattern: re.Pattern[str], read: Any, value: str) -> bool:
    if not pattern.fullmatch(value):
        return False
    try:
        read(value)
    except ValueError:
        return False
    return True


def _list_problems(schema: Schema, value: list[Any], path: str) -> dict[str, str]:
    if "maxItems" in schema and len(value) > schema["maxItems"]:
        return {path: f"这里最多 {schema['maxItems']} 项，现在有 {len(value)} 项。"}
    found: dict[str, str] = {}
    for index, each in enumerate(value):
        found |= problems(schema.get("items", ANY), each, _inside(path, str(index)))
    return found


def _object_problems(schema: Schema, value: dict[str, Any], path: str) -> dict[str, str]:
    known, rest = schema.get("properties", {}), schema.get("additionalProperties", True)
    found = {
        _inside(path, name): f"缺少“{name}”，请补上。"
        for name in schema.get("required", ())
        if name not in value
    }
    for name, each in value.items():
        if name in known:
            found |= problems(known[name], each, _inside(path, name))
        elif rest is False:
            found[_inside(path, name)] = f"这里不接受“{name[:40]}”，请去掉它或核对写法。"
        elif rest is not True:
            found |= problems(rest, each, _inside(path, name))
    return found


def _inside(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
