"""Going back: the steps a task can be returned to, 退回 and 撤回."""

from __future__ import annotations

from engine import commands, queries
from web import session
from web.api.operations import Answer, Call, operation
from web.api.schema import ID, MOMENT, define, listed, nullable, record, text
from web.api.shapes import REASON, moment
from web.api.tasks import TAG

NAMES = listed(text())
WAY_BACK = define(
    "WayBack",
    record(
        {
            "task": {**ID, "description": "退回时交回的编号"},
            "element": text(),
            "name": text(),
            "doers": NAMES,
            "done_at": nullable(MOMENT),
            "again": {**NAMES, "description": "也要重新办理的"},
            "kept": {**NAMES, "description": "仍然有效的"},
            "stopped": {**NAMES, "description": "收回的待办"},
            "blocked": {**text(), "description": "现在不能退回的原因；空文本为可以退回"},
        }
    ),
)


@operation(
    "GET",
    "/tasks/{id}/ways-back",
    TAG,
    "这项任务可以退回到的步骤，最近的在前",
    define("WaysBack", record({"items": listed(WAY_BACK)})),
    refusals=(403, 409),
)
def ways_back(call: Call, task_id: str) -> Answer:
    """Each with what going back to it would mean."""
    return {
        "items": [
            {
                "task": way.task_id,
                "element": way.element,
                "name": way.name,
                "doers": list(way.doers),
                "done_at": moment(way.done_at),
                "again": list(way.again),
                "kept": list(way.kept),
                "stopped": list(way.stopped),
                "blocked": way.blocked,
            }
            for way in queries.ways_back(call.engine, call.login, task_id)
        ]
    }


@operation(
    "POST",
    "/tasks/{id}/return",
    TAG,
    "退回到前面的一步",
    define("Returned", record({"task": ID, "instance": ID, "to": ID})),
    body=define("ReturnBody", record({"to": ID, "reason": REASON})),
    repeatable=True,
    refusals=(403, 409),
)
def return_task(call: Call, task_id: str) -> Answer:
    """That step and all that follows it are done again."""
    done = commands.return_task(
        call.engine, call.login, task_id, call.body["to"], call.body["reason"], call.key
    )
    session.drain()
    return done


@operation(
    "POST",
    "/tasks/{id}/withdraw",
    TAG,
    "撤回本人刚提交的任务，后面的人还没有打开时",
    define("Withdrawn", record({"task": ID, "instance": ID})),
    body=define("WithdrawBody", record({"reason": text(500)}, optional=("reason",))),
    body_required=False,
    repeatable=True,
    refusals=(403, 409),
)
def withdraw_task(call: Call, task_id: str) -> Answer:
    """Of a task that several do, only one's own part."""
    done = commands.withdraw_task(call.engine, call.login, task_id, call.body.get("reason", ""), call.key)
    session.drain()
    return done
