"""应用到在办事项: cases under way go on under the current version of their procedure, and back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from engine import commands, queries
from web import session
from web.api.batch import STATUS
from web.api.operations import Answer, Call, operation
from web.api.schema import BOOLEAN, ID, INTEGER, MOMENT, define, listed, nullable, page_of, record, text
from web.api.shapes import LOGIN, REASON, moment

TAG = "流程工坊"
TITLE = nullable({**text(), "description": "看得到这个案卷的人才有"})
STEP = define(
    "CarriedStep",
    record(
        {
            "name": text(),
            "assignee": nullable(LOGIN),
            "renamed": {**text(), "description": "新版本里的名称；没有改名为空"},
            "others": {**BOOLEAN, "description": "新版本改由别人办理，且还没有人认领"},
        }
    ),
)
CARRIED = define(
    "CarriedCase",
    record(
        {
            "instance_id": ID,
            "title": TITLE,
            "version": INTEGER,
            "state": text(),
            "started_at": MOMENT,
            "steps": listed(STEP),
            "due": {**listed(text()), "description": "应用后立即到期的定时"},
            "refused": {**text(), "description": "不能应用的原因；可以应用的为空"},
        }
    ),
)
PREVIEW = define(
    "RebasePreview",
    record(
        {
            "definition_id": INTEGER,
            "key": text(64),
            "name": text(),
            "version": INTEGER,
            "cases": listed(CARRIED),
            "left_out": {**INTEGER, "description": "没有列出的在办案卷数"},
        }
    ),
)
ITEM = define(
    "VersionItem",
    record(
        {
            "instance": ID,
            "status": {**INTEGER, "description": "这一个案卷的答复：200、404、409 或 422"},
            "detail": nullable({**text(), "description": "没有办成的原因"}),
            "change": nullable({**INTEGER, "description": "撤销时用的编号"}),
        }
    ),
)
CHANGE = define(
    "VersionChange",
    record(
        {
            "id": INTEGER,
            "instance_id": ID,
            "title": TITLE,
            "before": INTEGER,
            "after": INTEGER,
            "reason": text(),
            "made_by": LOGIN,
            "made_at": MOMENT,
            "reverted_by": nullable(LOGIN),
            "reverted_at": nullable(MOMENT),
            "revert_reason": nullable(text()),
            "fixed": {**text(), "description": "不能撤销的原因；可以撤销的为空"},
        }
    ),
)


@operation(
    "GET",
    "/process-definitions/versions/{id:int}/cases",
    TAG,
    "试算：这个版本应用到在办事项，哪些可以、哪些不可以",
    PREVIEW,
    refusals=(403,),
)
def rebase_preview(call: Call, definition_id: int) -> Answer:
    """Changes nothing."""
    found = asdict(queries.rebase_preview(call.engine, call.login, definition_id))
    cases = [{**each, "started_at": moment(each["started_at"])} for each in found["cases"]]
    return {**found, "cases": cases}


@operation(
    "POST",
    "/process-definitions/versions/{id:int}/apply",
    TAG,
    "应用到在办事项（现行版本，最多 200 个案卷），逐个答复",
    define("AppliedVersion", record({"definition": INTEGER, "version": INTEGER, "items": listed(ITEM)})),
    body=define("ApplyVersionBody", record({"instances": listed(ID, 200), "reason": REASON})),
    repeatable=True,
    refusals=(403, 409),
)
def apply_version(call: Call, definition_id: int) -> Answer:
    """Each case on its own: one that is refused keeps no other back."""
    done = commands.apply_version(
        call.engine, call.login, definition_id, call.body["instances"], call.body["reason"], call.key
    )
    session.drain()
    return {**done, "items": [_item(each) for each in done["items"]]}


@operation(
    "GET",
    "/process-definitions/{key}/version-changes",
    TAG,
    "在办事项改按别的版本办理的记录",
    page_of("VersionChanges", CHANGE),
    refusals=(403,),
)
def version_changes(call: Call, key: str) -> Answer:
    """The newest first."""
    items = [
        {
            **asdict(each),
            "made_at": moment(each.made_at),
            "reverted_at": moment(each.reverted_at) if each.reverted_at else None,
        }
        for each in queries.version_changes(call.engine, call.login, key)
    ]
    return {"items": items, "next_cursor": None}


@operation(
    "POST",
    "/version-changes/revert",
    TAG,
    "撤销应用（之后没有办理过的），逐个答复",
    define("RevertedVersions", record({"items": listed(ITEM)})),
    body=define("RevertVersionBody", record({"changes": listed(INTEGER, 200), "reason": REASON})),
    repeatable=True,
    refusals=(403,),
)
def revert_version(call: Call) -> Answer:
    """The cases are what they were before."""
    done = commands.revert_version(
        call.engine, call.login, call.body["changes"], call.body["reason"], call.key
    )
    session.drain()
    return {"items": [_item(each) for each in done["items"]]}


def _item(item: dict[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in item.items() if name != "outcome"}
    return {**rest, "status": STATUS[item["outcome"]]}
