"""Reads a `.form` file: every fault becomes a Chinese sentence saying where it is and what to write."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import PurePosixPath

from engine.expressions import ExpressionError
from engine.forms.components import ComponentReader, Faults
from engine.forms.model import Form, FormError
from engine.forms.texts import Text, compile_text
from engine.forms.vocabulary import FORM_ATTRIBUTES
from engine.nearest import suggestion

LENGTH_LIMIT = 500_000  # characters of a file
FORM_PROPERTIES = ("说明",)


def parse_form(text: str, where: str) -> Form:
    """The form that the JSON `text` describes; `where` names the file in messages.

    A `where` that ends with `.form` also tells the key the form must have. Raises FormError with all faults.
    """
    faults: Faults = []
    document = read_json(text, faults)
    form = _form(document, where, faults) if document is not None else None
    if form is None or faults:
        raise FormError([f"{where}：{fault.rstrip('。')}。" for fault in dict.fromkeys(faults)])
    return form


def read_json(text: str, faults: Faults) -> Mapping[str, object] | None:
    """The outermost object of the file; None, and a fault, when there is none."""

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        result: dict[str, object] = {}
        for key, value in pairs:
            if key in result:
                faults.append(f"“{key}”在同一处写了两次，请只留一个")
            result[key] = value
        return result

    def refuse(constant: str) -> object:
        faults.append(f"不能写 {constant}，请写数")
        return None

    if len(text) > LENGTH_LIMIT:
        faults.append(f"文件太大，最多 {LENGTH_LIMIT} 个字符")
        return None
    try:
        document = json.loads(text.removeprefix("\ufeff"), object_pairs_hook=unique, parse_constant=refuse)
    except json.JSONDecodeError as error:
        faults.append(f"第 {error.lineno} 行第 {error.colno} 列附近不是正确的 JSON，请检查逗号、引号和括号")
        return None
    except (ValueError, RecursionError):
        faults.append("不是正确的 JSON：数太长，或层次太深")
        return None
    if not isinstance(document, dict):
        faults.append("最外层应当是 { … }，写明 type、id 和 components")
        return None
    return document


def _form(document: Mapping[str, object], where: str, faults: Faults) -> Form | None:
    for name in document:
        if name not in FORM_ATTRIBUTES:
            faults.append(f"表单没有“{name}”这一项{suggestion(name, FORM_ATTRIBUTES)}")
    if document.get("type", "default") != "default":
        faults.append("最外层的 type 要写 default")
    key = document.get("id")
    path = PurePosixPath(where)
    if not isinstance(key, str) or not key.strip():
        faults.append("缺少 id，请写表单键")
        key = path.stem
    elif path.suffix == ".form" and key != path.stem:
        faults.append(f"id“{key}”与文件名“{path.stem}”不一致，请改成一样的")
    title = document.get("title", "")
    if not isinstance(title, str):
        faults.append("title 要写成文字")
        title = ""
    note, note_text = _note(document.get("properties", {}), faults)
    components = ComponentReader(faults).read_all(document.get("components"), None)
    if faults:
        return None
    form = Form(key, title, note, components, note_text)
    try:
        _ = form.order
        for table in form.fields():
            _ = table.column_order
    except FormError as error:
        faults.extend(error.problems)
    return form


def _note(properties: object, faults: Faults) -> tuple[str, Text | None]:
    """The explanation above the form: its plain text, and the text with expressions when it has any."""
    if not isinstance(properties, dict):
        faults.append("properties 要写成 { … }")
        return "", None
    for name in properties:
        if name not in FORM_PROPERTIES:
            faults.append(f"表单没有特性“{name}”{suggestion(name, FORM_PROPERTIES)}")
    note = properties.get("说明", "")
    if not isinstance(note, str):
        faults.append("特性“说明”要写成文字")
        return "", None
    try:
        text = compile_text(note, "说明")
    except ExpressionError as error:
        faults.append(f"特性“说明”：{error}")
        return note, None
    return note, text if text.expressions else None
