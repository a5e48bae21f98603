"""Invented forms of a storehouse and the surroundings they are filled in, for the tests of this folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from engine.clock import CN
from engine.forms import AttachmentInfo, Form, FormContext, Option, Sheet, parse_form, validate
from engine.functions import Scope, bind

NOW = datetime(2026, 10, 8, 9, 0, tzinfo=CN)
PEOPLE = {"chenyi": "陈一", "liner": "林二", "wangsan": "王三", "wangsan2": "王三"}
UNITS = ("一号库", "二号库", "维修组")
POSTS = ("仓库管理员", "保管员")
FILES = {
    "f1": AttachmentInfo("f1", "清单.pdf", 1000, "application/pdf"),
    "f2": AttachmentInfo("f2", "照片.JPG", 3 * 1024 * 1024, "image/jpeg"),
    "f3": AttachmentInfo("f3", "程序.exe", 10, "application/octet-stream"),
}


class Waiting:
    """Other cases, as far as queries see them: the rows that wait for a message."""

    def __init__(self, *rows: dict[str, Any]) -> None:
        self.rows = list(rows)

    def waiting(self, message: str) -> list[dict[str, Any]]:
        return self.rows

    def instances(self, key: str, ended: bool | None) -> list[dict[str, Any]]:
        return []

    def submissions(self, element: str) -> list[dict[str, Any]]:
        return []

    def last_value(self, field: str) -> Any:
        return None


def functions(cases: Waiting | None = None) -> Mapping[str, Any]:
    """The catalogue at a fixed time. The parts of a scope that the tests do not use are left out."""
    return bind(Scope(NOW, cast(Any, None), cast(Any, None), cast(Any, None), "样例", cases or Waiting()))


def context(cases: Waiting | None = None, /, **names: object) -> FormContext:
    """The surroundings of a person who fills in a form, with these variables in the case."""
    return FormContext(
        names={"发起人": "chenyi", "制度包": "样例", "业务键": "领〔2026〕1号", "办理人": "liner", **names},
        functions=functions(cases),
        people=lambda: [Option(login, f"{name}（保管员）") for login, name in PEOPLE.items()],
        units=lambda: [Option(unit, unit) for unit in UNITS],
        posts=lambda: [Option(post, post) for post in POSTS],
        attachment=FILES.get,
        person_name=lambda login: PEOPLE.get(login, login),
        example_attachment=lambda name: next((key for key, file in FILES.items() if file.name == name), None),
    )


def with_functions(surroundings: FormContext, cases: Waiting) -> FormContext:
    """The same surroundings after other cases have changed."""
    return replace(surroundings, functions=functions(cases))


def field(
    key: str, kind: str = "textfield", properties: dict[str, str] | None = None, **attributes: Any
) -> dict[str, Any]:
    """One component as a form file writes it; the label is the key unless given."""
    return {
        "key": key,
        "label": key,
        "type": kind,
        **({"properties": properties} if properties else {}),
        **attributes,
    }


def table(key: str, columns: list[dict[str, Any]], **properties: str) -> dict[str, Any]:
    """A table as a form file writes it."""
    return field(key, "dynamiclist", properties, components=columns)


def group(label: str, *components: dict[str, Any], **properties: str) -> dict[str, Any]:
    """A group as a form file writes it."""
    return {"type": "group", "label": label, "components": list(components), "properties": properties}


def required(key: str, kind: str = "textfield", **attributes: Any) -> dict[str, Any]:
    """A field that always has to be filled in."""
    return field(key, kind, validate={"required": True}, **attributes)


def choices(*values: object) -> list[dict[str, object]]:
    """Options whose label is their value."""
    return [{"label": str(value), "value": value} for value in values]


def text_of(*components: dict[str, Any], **attributes: Any) -> str:
    """The text of a form file with these components."""
    return json.dumps(
        {
            "type": "default",
            "id": "requisition",
            "title": "领料单",
            "components": list(components),
            **attributes,
        },
        ensure_ascii=False,
    )


def form(*components: dict[str, Any], **attributes: Any) -> Form:
    """The form with these components."""
    return parse_form(text_of(*components, **attributes), "requisition.form")


def submit(sheet: Form, posted: Mapping[str, object], *confirmed: str, **names: object) -> Sheet:
    """Validate in the usual surroundings."""
    return validate(sheet, posted, context(**names), confirmed)


REQUISITION = form(
    field(
        "领料日期",
        "datetime",
        {"校验": "${空(领料日期) or 领料日期 >= 今天()}", "提示": "领料日期不能早于今天。"},
        subtype="date",
    ),
    required("领料人", "select", properties={"选择": "人员"}),
    group(
        "资料",
        field("用途", "textarea", {"必填条件": "${个数(明细) > 2}"}),
        field("加急", "checkbox"),
        field("加急理由", "textfield", {"显示条件": "${加急}", "必填条件": "${加急}"}),
    ),
    table(
        "明细",
        [
            required("品名", "select", values=choices("螺丝", "灯泡")),
            field(
                "数量",
                "number",
                {"警示": "${not 空(数量) and 数量 > 100}", "警示语": "数量很大，确认领这么多？"},
            ),
            field("单价", "number", decimalDigits=2),
            field(
                "金额",
                "number",
                {"只读": "是", "初值": "${None if 空(数量) or 空(单价) else 数量 * 单价}"},
                decimalDigits=2,
            ),
        ],
        最少行="1",
        最多行="4",
    ),
    field("合计", "number", {"只读": "是", "初值": "${求和(明细, '金额')}"}, decimalDigits=2),
    field("附件", "filepicker", {"类型": "pdf,jpg", "上限MB": "2"}, multiple=True),
)
