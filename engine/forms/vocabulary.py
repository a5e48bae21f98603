"""Which attributes, validations and properties each type of component may carry."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

FORM_ATTRIBUTES = (
    "type", "id", "title", "components", "properties", "schemaVersion",
    "exporter", "executionPlatform", "executionPlatformVersion", "versionTag",
)  # fmt: skip
RESERVED_KEYS = frozenset({"typename", "发起人", "制度包", "业务键", "办理人", "代谁"})
ORGANISATION_CHOICES = ("人员", "单位", "岗位")
NUMBERED = re.compile(r"(校验|提示)([2-9]|[1-9][0-9])?\Z")

_EVERYWHERE = ("type", "id", "layout", "properties")
_FIELD = (*_EVERYWHERE, "key", "label", "description", "validate", "readonly", "disabled", "conditional")
_OPTIONS = ("values", "valuesKey", "valuesExpression", "defaultValue")
_ALWAYS = ("显示条件", "条款")
_FILLED = (*_ALWAYS, "必填条件", "只读", "只读条件", "初值", "校验", "提示", "警示", "警示语")
_CHOSEN = (*_FILLED, "选择", "可选值", "值列", "显示列")


@dataclass(frozen=True)
class Kind:
    """What components of one type may carry."""

    attributes: tuple[str, ...] = _FIELD
    validations: tuple[str, ...] = ("required",)
    properties: tuple[str, ...] = _FILLED


KINDS: Mapping[str, Kind] = {
    "textfield": Kind(
        (*_FIELD, "defaultValue"), ("required", "minLength", "maxLength", "pattern", "validationType")
    ),
    "textarea": Kind(
        (*_FIELD, "defaultValue"), ("required", "minLength", "maxLength", "pattern"), (*_FILLED, "常用意见")
    ),
    "number": Kind(
        (*_FIELD, "defaultValue", "decimalDigits", "increment", "serializeToString"),
        ("required", "min", "max"),
    ),
    "checkbox": Kind((*_FIELD, "defaultValue")),
    "radio": Kind((*_FIELD, *_OPTIONS), properties=_CHOSEN),
    "select": Kind((*_FIELD, *_OPTIONS, "searchable"), properties=_CHOSEN),
    "checklist": Kind((*_FIELD, *_OPTIONS), properties=_CHOSEN),
    "taglist": Kind((*_FIELD, *_OPTIONS), properties=_CHOSEN),
    "datetime": Kind(
        (
            *(*_FIELD, "subtype", "dateLabel", "timeLabel", "disallowPassedDates"),
            *("use24h", "timeInterval", "timeSerializingFormat"),
        )
    ),
    "filepicker": Kind((*_FIELD, "multiple", "accept"), properties=(*_FILLED, "类型", "上限MB")),
    "dynamiclist": Kind(
        (
            *(*_FIELD, "path", "components", "isRepeating", "allowAddRemove", "defaultRepetitions"),
            *("showOutline", "disableCollapse", "nonCollapsedItems", "verticalAlignment"),
        ),
        properties=(*_FILLED, "行固定", "行键", "可排序", "最少行", "最多行"),
    ),
    "text": Kind((*_EVERYWHERE, "text", "conditional"), (), _ALWAYS),
    "group": Kind(
        (*_EVERYWHERE, "label", "components", "path", "showOutline", "verticalAlignment", "conditional"),
        (),
        _ALWAYS,
    ),
    "documentPreview": Kind(
        (
            *_EVERYWHERE,
            "key",
            "label",
            "description",
            "conditional",
            "dataSource",
            "maxHeight",
            "endpointKey",
        ),
        (),
        (*_ALWAYS, "模板", "文书名称"),
    ),
}
NOT_IN_TABLES = frozenset({"dynamiclist", "group", "text", "documentPreview"})

# What form-js would do in the browser and the server does otherwise: attribute → what to write instead.
REPLACED = {
    "defaultValue": "初值",
    "conditional": "显示条件",
    "readonly": "只读",
    "disabled": "只读",
    "valuesKey": "可选值",
    "valuesExpression": "可选值",
    "disallowPassedDates": "校验",
}
