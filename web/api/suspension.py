"""挂起 and 恢复 of a case."""

from __future__ import annotations

from engine import commands
from web import session
from web.api.operations import Answer, Call, operation
from web.api.schema import INTEGER, define, listed, record
from web.api.shapes import CHANGED_CASE, LOGIN, REASON

TAG = "案卷"
TOLD = {**CHANGED_CASE, "people": listed(LOGIN)}


@operation(
    "POST",
    "/process-instances/{id}/suspend",
    TAG,
    "挂起：不能办理，不计时限，消息留待恢复",
    define("SuspendedCase", record(TOLD)),
    body=define("SuspendBody", record({"reason": REASON})),
    repeatable=True,
    refusals=(403, 409),
)
def suspend_case(call: Call, instance_id: str) -> Answer:
    """For holders of a post that sees the whole case."""
    done = commands.suspend_case(call.engine, call.login, instance_id, call.body["reason"], call.key)
    session.drain()
    return done


@operation(
    "POST",
    "/process-instances/{id}/resume",
    TAG,
    "恢复办理；days 是任务期限顺延的工作日",
    define("ResumedCase", record({**TOLD, "days": INTEGER})),
    body=define("ResumeBody", record({"reason": REASON})),
    repeatable=True,
    refusals=(403, 409),
)
def resume_case(call: Call, instance_id: str) -> Answer:
    """For those who may suspend it."""
    done = commands.resume_case(call.engine, call.login, instance_id, call.body["reason"], call.key)
    session.drain()
    return done
