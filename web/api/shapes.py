"""What several addresses answer with: moments, people, clauses, and a form as one person sees it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from engine import ProcessEngine, queries
from engine.clock import iso
from engine.forms import FieldView
from engine.queries import SuspensionView
from engine.queries.office import PersonCard
from web.api.schema import ANY, BOOLEAN, DATA, ID, INTEGER, MOMENT, define, listed, nullable, record, text

NO_VALUE = ("text", "documentPreview")
LOGIN = text(64)
REASON = text(500, 1)

PERSON = define(
    "Person",
    record(
        {
            "login": LOGIN,
            "name": text(),
            "post": {**text(), "description": "职务"},
            "roles": {**listed(text()), "description": "岗位，按此指派任务"},
            "unit": text(),
            "pack": text(),
            "leader": BOOLEAN,
        }
    ),
)
CLAUSE = define(
    "Clause",
    record(
        {"id": text(), "rules": text(), "label": text(), "heading": text(), "text": text(), "hard": BOOLEAN}
    ),
)
OPTION = define("Option", record({"value": ANY, "label": text()}))
FILE = define("File", record({"id": ID, "name": text(), "size": INTEGER, "mime": text()}))
FIELD = {"$ref": "#/components/schemas/Field"}
define(
    "Field",
    record(
        {
            "key": text(),
            "path": {**text(), "description": "字段，或 表.行.列，行从 0 起"},
            "label": text(),
            "type": text(),
            "description": text(),
            "visible": BOOLEAN,
            "required": BOOLEAN,
            "readonly": BOOLEAN,
            "value": ANY,
            "text": {**text(), "description": "给人看的值"},
            "options": listed(OPTION),
            "files": listed(FILE),
            "columns": {
                **listed(record({"key": text(), "label": text(), "type": text()})),
                "description": "表格的列",
            },
            "rows": listed(listed(FIELD)),
            "can_add": BOOLEAN,
            "can_remove": BOOLEAN,
            "can_sort": BOOLEAN,
        }
    ),
)
FORM = {
    "form_schema": nullable({**DATA, "description": "已发布的表单（form-js）"}),
    "form_note": text(),
    "form_data": {**DATA, "description": "现在的值；有本人草稿时是草稿"},
    "fields": listed(FIELD),
}
"""What stands in everything that has a form."""
SUSPENSION = define("Suspension", record({"by": LOGIN, "at": MOMENT, "reason": text()}))
CHANGED_CASE = {"instance": ID, "state": text()}


def moment(value: datetime | None) -> str | None:
    """ISO text with offset, or None."""
    return None if value is None else iso(value)


def suspension(found: SuspensionView | None) -> dict[str, Any] | None:
    """Under which a case stands still, as `Suspension`."""
    return {"by": found.by, "at": moment(found.at), "reason": found.reason} if found else None


def person(card: PersonCard) -> dict[str, Any]:
    """A person as `Person`."""
    return {
        "login": card.login,
        "name": card.name,
        "post": card.title,
        "roles": list(card.posts),
        "unit": card.unit,
        "pack": card.pack,
        "leader": card.leader,
    }


def clauses(engine: ProcessEngine, pack: str, ids: Sequence[str]) -> list[dict[str, Any]]:
    """The clauses of a step with their words, as `Clause`."""
    return [
        {
            "id": each.id,
            "rules": title,
            "label": each.label,
            "heading": each.heading,
            "text": each.text,
            "hard": each.hard,
        }
        for title, each in queries.clause_texts(engine, pack, ids)
    ]


def form(
    text_of_form: str | None, note: str, data: Mapping[str, Any], fields: Sequence[FieldView]
) -> dict[str, Any]:
    """The four keys of `FORM`."""
    return {
        "form_schema": orjson.loads(text_of_form) if text_of_form else None,
        "form_note": note,
        "form_data": dict(data),
        "fields": [field(each) for each in flat(fields)],
    }


def flat(views: Sequence[FieldView]) -> Iterator[FieldView]:
    """The fields that have a value, those of groups among them, in the order of the form."""
    for each in views:
        if each.component.type == "group":
            yield from flat(each.children)
        elif each.component.type not in NO_VALUE:
            yield each


def field(view: FieldView) -> dict[str, Any]:
    """A field or a cell of a table as `Field`."""
    component = view.component
    return {
        "key": component.name,
        "path": view.path,
        "label": component.label,
        "type": component.type,
        "description": view.description,
        "visible": view.visible,
        "required": view.required,
        "readonly": view.readonly,
        "value": view.value,
        "text": view.text,
        "options": [{"value": each.value, "label": each.label} for each in view.options],
        "files": [
            {"id": each.id, "name": each.name, "size": each.size, "mime": each.mime}
            for each in view.attachments
        ],
        "columns": [
            {"key": each.name, "label": each.label, "type": each.type}
            for each in (component.components if component.type == "dynamiclist" else ())
        ],
        "rows": [[field(cell) for cell in row] for row in view.rows],
        "can_add": view.can_add,
        "can_remove": view.can_remove,
        "can_sort": view.can_sort,
    }
