"""What people do with a task together: signing it, entrusting it, changing who takes part in a step of several."""

from __future__ import annotations

from typing import Any

from engine import commands, queries
from engine.queries import RoundLine, SigningView
from web import session
from web.api.operations import Answer, Call, operation
from web.api.schema import (
    ANY,
    BOOLEAN,
    DATA,
    ID,
    INTEGER,
    MOMENT,
    define,
    listed,
    nullable,
    one_of,
    record,
    text,
)
from web.api.shapes import CHANGED_CASE, LOGIN, REASON, moment

TAG = "任务"
WORDS = text(500)
SIGNER = define(
    "Signer",
    record(
        {
            "login": LOGIN,
            "place": {**one_of("before", "after"), "description": "提交前，还是提交后"},
            "state": one_of("open", "agreed", "objected", "withdrawn"),
            "asked_by": LOGIN,
            "asked_at": MOMENT,
            "reason": text(),
            "opinion": nullable(text()),
            "answered_at": nullable(MOMENT),
            "due": {**BOOLEAN, "description": "现在轮到签"},
        }
    ),
)
SIGNING = {
    "signers": {**listed(SIGNER), "description": "加签的人"},
    "to_sign": {**BOOLEAN, "description": "等我加签"},
    "owner": {**nullable(LOGIN), "description": "委派人：承办人只是代为准备"},
    "submitted_by": {**nullable(LOGIN), "description": "已提交，正在等加签"},
}
"""What stands in every task."""
ASKED = define(
    "SignerAdded",
    record({"task": ID, "instance": ID, "signer": LOGIN, "place": one_of("before", "after")}),
)
SIGNED = define("Signed", record({"task": ID, **CHANGED_CASE, "completed": BOOLEAN}))
HANDED = record({"task": ID, "instance": ID, "to": LOGIN})
DELEGATED = define("Delegated", HANDED)
ROUND = define(
    "Round",
    record(
        {
            "task": {**ID, "description": "其中一项还没有办的任务"},
            "name": text(),
            "sequential": {**BOOLEAN, "description": "依次办理"},
            "items": listed(record({"item": ANY, "task": nullable(ID), "open": BOOLEAN})),
            "may_remove": BOOLEAN,
            "choices": {
                **listed(record({"value": text(), "label": text()})),
                "description": "还可以加上的人员或单位",
            },
        }
    ),
)


def signing(found: SigningView) -> dict[str, Any]:
    """The keys of `SIGNING`."""
    return {
        "signers": [
            {
                "login": each.login,
                "place": each.place,
                "state": each.state,
                "asked_by": each.asked_by,
                "asked_at": moment(each.asked_at),
                "reason": each.reason,
                "opinion": each.opinion,
                "answered_at": moment(each.answered_at),
                "due": each.due,
            }
            for each in found.signers
        ],
        "to_sign": found.turn is not None,
        "owner": found.owner,
        "submitted_by": found.submitted_by,
    }


@operation(
    "POST",
    "/tasks/{id}/signers",
    TAG,
    "加签：请一位在提交前或提交后签署意见",
    ASKED,
    body=define("AddSignerBody", record({"to": LOGIN, "place": one_of("before", "after"), "reason": REASON})),
    repeatable=True,
    refusals=(403, 409),
)
def add_signer(call: Call, task_id: str) -> Answer:
    """Ask another person to sign one's task."""
    body = call.body
    done = commands.add_signer(
        call.engine, call.login, task_id, body["to"], body["place"], body["reason"], call.key
    )
    session.drain()
    return done


@operation(
    "POST",
    "/tasks/{id}/signers/remove",
    TAG,
    "减签；还没有答复的",
    SIGNED,
    body=define("RemoveSignerBody", record({"login": LOGIN})),
    repeatable=True,
    refusals=(403, 409),
)
def remove_signer(call: Call, task_id: str) -> Answer:
    """Take a signer off."""
    done = commands.remove_signer(call.engine, call.login, task_id, call.body["login"], call.key)
    session.drain()
    return done


@operation(
    "POST",
    "/tasks/{id}/sign",
    TAG,
    "签署加签意见；提交后的加签都同意了，任务办结",
    SIGNED,
    body=define(
        "SignBody",
        record({"agree": BOOLEAN, "opinion": text(2000, 1), "revision": INTEGER}, optional=("revision",)),
    ),
    repeatable=True,
    refusals=(403, 409),
)
def sign_task(call: Call, task_id: str) -> Answer:
    """Give one's opinion as an added signer."""
    body = call.body
    done = commands.sign_task(
        call.engine, call.login, task_id, body["agree"], body["opinion"], call.key, body.get("revision")
    )
    session.drain()
    return done


@operation(
    "POST",
    "/tasks/{id}/delegate",
    TAG,
    "委派：请另一位准备，办好后退还",
    DELEGATED,
    body=define("DelegateBody", record({"to": LOGIN, "words": REASON})),
    repeatable=True,
    refusals=(403, 409),
)
def delegate_task(call: Call, task_id: str) -> Answer:
    """Let another person prepare one's task."""
    done = commands.delegate_task(
        call.engine, call.login, task_id, call.body["to"], call.body["words"], call.key
    )
    session.drain()
    return done


@operation(
    "POST",
    "/tasks/{id}/return-delegated",
    TAG,
    "办好退还：data 成为委派人的草稿，不给时是本人的草稿；mistakes 是还要核对的地方",
    define("DelegationReturned", record({**HANDED["properties"], "mistakes": DATA})),
    body=define("ReturnDelegatedBody", record({"data": DATA, "words": REASON}, optional=("data",))),
    repeatable=True,
    refusals=(403, 409),
)
def return_delegated_task(call: Call, task_id: str) -> Answer:
    """Give a prepared task back to who entrusted it."""
    done = commands.return_delegated_task(
        call.engine, call.login, task_id, call.body.get("data"), call.body["words"], call.key
    )
    session.drain()
    return done


@operation(
    "POST",
    "/tasks/{id}/recall-delegated",
    TAG,
    "收回委派",
    DELEGATED,
    body=define("RecallDelegatedBody", record({"words": WORDS}, optional=("words",))),
    body_required=False,
    repeatable=True,
    refusals=(403, 409),
)
def recall_delegated_task(call: Call, task_id: str) -> Answer:
    """Take an entrusted task back."""
    done = commands.recall_delegated_task(
        call.engine, call.login, task_id, call.body.get("words", ""), call.key
    )
    session.drain()
    return done


@operation(
    "GET",
    "/process-instances/{id}/rounds",
    TAG,
    "我可以加办、减办的分别办理的环节",
    define("Rounds", record({"items": listed(ROUND)})),
)
def case_rounds(call: Call, instance_id: str) -> Answer:
    """The steps of several people or units that this person may change."""
    return {"items": [_round(each) for each in queries.case_rounds(call.engine, call.login, instance_id)]}


def _round(line: RoundLine) -> dict[str, Any]:
    return {
        "task": line.task_id,
        "name": line.name,
        "sequential": line.sequential,
        "items": [{"item": each.item, "task": each.task_id, "open": each.open} for each in line.items],
        "may_remove": line.may_remove,
        "choices": [{"value": value, "label": label} for value, label in line.choices],
    }


@operation(
    "POST",
    "/tasks/{id}/instances",
    TAG,
    "加办：让正在分别办理的环节再加一个人或一个单位",
    define(
        "InstanceAdded",
        record(
            {
                "task": ID,
                "instance": ID,
                "item": text(),
                "opened": {**nullable(ID), "description": "新的任务；依次办理的，轮到时才有"},
            }
        ),
    ),
    body=define("AddInstanceBody", record({"item": text(200, 1), "reason": REASON})),
    repeatable=True,
    refusals=(403, 409),
)
def add_instance(call: Call, task_id: str) -> Answer:
    """Let one more take part."""
    done = commands.add_instance(
        call.engine, call.login, task_id, call.body["item"], call.body["reason"], call.key
    )
    session.drain()
    return done


@operation(
    "POST",
    "/tasks/{id}/instances/remove",
    TAG,
    "减办：从正在分别办理的环节减去这一项",
    define("InstanceRemoved", record({"task": ID, "instance": ID, "item": ANY})),
    body=define("RemoveInstanceBody", record({"reason": REASON})),
    repeatable=True,
    refusals=(403, 409),
)
def remove_instance(call: Call, task_id: str) -> Answer:
    """Take this task off its round."""
    done = commands.remove_instance(call.engine, call.login, task_id, call.body["reason"], call.key)
    session.drain()
    return done
