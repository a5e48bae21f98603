"""批量办理: several tasks of one element with one sheet."""

from __future__ import annotations

from typing import Any

from engine import commands
from web import session
from web.api.operations import Answer, Call, operation
from web.api.schema import DATA, ID, INTEGER, define, listed, nullable, record, text

TAG = "任务"
STATUS = {"done": 200, "not_found": 404, "forbidden": 403, "conflict": 409, "invalid": 422, "refused": 422}
ITEM = define(
    "BatchItem",
    record(
        {
            "task": ID,
            "status": {**INTEGER, "description": "这一件单独提交时的答复：200、403、404、409 或 422"},
            "instance": nullable(ID),
            "state": nullable({**text(), "description": "办结以后案卷的状态"}),
            "detail": nullable({**text(), "description": "没有办成的原因"}),
            "errors": {**DATA, "description": "字段和提示"},
        }
    ),
)


@operation(
    "POST",
    "/tasks/complete-batch",
    TAG,
    "批量办理同一环节的任务（最多 100 件），逐件答复",
    define("BatchAnswer", record({"items": listed(ITEM)})),
    body=define(
        "BatchBody",
        record(
            {
                "tasks": listed(
                    record(
                        {"id": ID, "data": {**DATA, "description": "只给这一件的字段"}}, optional=("data",)
                    ),
                    100,
                ),
                "data": {**DATA, "description": "各件相同的字段；没有写的按各件的表单计算"},
                "confirmed": listed(text(400), 500),
            },
            optional=("confirmed",),
        ),
    ),
    repeatable=True,
)
def complete_batch(call: Call) -> Answer:
    """Each is submitted on its own: one that is refused keeps no other back."""
    tasks = call.body["tasks"]
    done = commands.complete_batch(
        call.engine,
        call.login,
        [each["id"] for each in tasks],
        call.body["data"],
        {each["id"]: each["data"] for each in tasks if "data" in each},
        call.body.get("confirmed", ()),
        call.key,
    )
    session.drain()
    return {"items": [_item(each) for each in done["items"]]}


def _item(item: dict[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in item.items() if name != "outcome"}
    return {**rest, "status": STATUS[item["outcome"]]}
