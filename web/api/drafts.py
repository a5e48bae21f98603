"""流程工坊: drafts of procedures, the runs of their scenarios, publishing and versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from flask import request, url_for

from engine import commands, queries
from engine.errors import Invalid, NotFound
from engine.queries import GateView
from web import session
from web.api.operations import Answer, Call, operation
from web.api.reading import BadRequest, Query
from web.api.schema import (
    ANY,
    BOOLEAN,
    DATA,
    INTEGER,
    MOMENT,
    Schema,
    define,
    listed,
    nullable,
    one_of,
    page_of,
    record,
    text,
)
from web.api.shapes import LOGIN, moment

TAG = "流程工坊"
KEY = text(64)
FILES: Schema = {"type": "object", "additionalProperties": {"type": "string"}}
CHANGES: Schema = {"type": "object", "additionalProperties": nullable(text())}
STATE = {"process": KEY, "key": KEY, "revision": INTEGER}
DRAFT_STATE = define("DraftState", record(STATE))
REVISION = define("DraftRevision", record({"revision": INTEGER}))

CARD = define(
    "ProcedureCard",
    record(
        {
            "key": KEY,
            "name": text(),
            "pack": text(),
            "version": nullable(INTEGER),
            "published_at": nullable(MOMENT),
            "drafted_by": nullable(LOGIN),
            "drafted_at": nullable(MOMENT),
            "drafters": listed(LOGIN),
        }
    ),
)


@operation("GET", "/process-drafts", TAG, "流程和它们的草稿", page_of("Procedures", CARD), refusals=(403,))
def process_drafts(call: Call) -> Answer:
    """For those who may edit procedures."""
    cards = [_with_moments(asdict(each)) for each in queries.workshop(call.engine, call.login)]
    return {"items": cards, "next_cursor": None}


def _with_moments(values: dict[str, Any]) -> dict[str, Any]:
    """Moments as the interface writes them."""
    return {
        name: moment(value) if name.endswith("_at") and value is not None else value
        for name, value in values.items()
    }


@operation(
    "POST",
    "/process-drafts",
    TAG,
    "新建一个流程的草稿",
    DRAFT_STATE,
    status=201,
    body=define(
        "NewDraftBody", record({"key": KEY, "name": text(100, 1), "pack": nullable(KEY)}, optional=["pack"])
    ),
    repeatable=True,
    refusals=(403,),
)
def new_process_draft(call: Call) -> Answer:
    """With a start event only."""
    return _made(
        commands.new_process_draft(
            call.engine, call.login, call.body["key"], call.body["name"], call.body.get("pack"), call.key
        )
    )


def _made(draft: Mapping[str, Any]) -> Answer:
    return draft, url_for("api.process_draft", key=draft["key"])


@operation(
    "POST",
    "/process-drafts/import",
    TAG,
    "从 .bpmn 或 .zip 文件打开草稿",
    DRAFT_STATE,
    status=201,
    body=define(
        "ImportBody",
        record(
            {"file": {"type": "string", "contentMediaType": "application/octet-stream"}, "key": KEY},
            optional=["key"],
        ),
    ),
    body_media="multipart/form-data",
    repeatable=True,
    refusals=(403,),
)
def import_process_draft(call: Call) -> Answer:
    """A part named `file`; a part named `key` says what the procedure is to be called where the file says nothing usable."""
    if request.mimetype != "multipart/form-data":
        raise BadRequest(415, "导入文件请用 multipart/form-data，文件放在名为 file 的部分。")
    given = request.files.getlist("file")
    if len(given) != 1 or not given[0].filename:
        raise Invalid({"file": "请在名为 file 的部分放一个文件。"})
    return _made(
        commands.import_process_draft(
            call.engine,
            call.login,
            {given[0].filename: given[0].read()},
            "",
            request.form.get("key", ""),
            call.key,
        )
    )


@operation(
    "POST",
    "/process-drafts/{key}/open",
    TAG,
    "打开草稿：没有就从已发布的版本开一份",
    DRAFT_STATE,
    repeatable=True,
    refusals=(403,),
)
def open_process_draft(call: Call, key: str) -> Answer:
    """Who only opens it is not one of its drafters."""
    return commands.open_process_draft(call.engine, call.login, key, call.key)


DRAFT = define(
    "ProcessDraft",
    record(
        {
            "key": KEY,
            "name": text(),
            "pack": text(),
            "files": {**FILES, "description": "相对路径 → 全文"},
            "parameters": DATA,
            "drafters": listed(LOGIN),
            "revision": INTEGER,
            "updated_by": nullable(LOGIN),
            "updated_at": MOMENT,
            "note": text(),
            "base_id": nullable(INTEGER),
            "base": nullable(INTEGER),
            "current": nullable(INTEGER),
            "can_undo": BOOLEAN,
        }
    ),
)


@operation("GET", "/process-drafts/{key}", TAG, "一份草稿", DRAFT, refusals=(403,))
def process_draft(call: Call, key: str) -> Answer:
    """All its files."""
    return _with_moments(asdict(queries.process_draft(call.engine, call.login, key)))


@operation(
    "PUT",
    "/process-drafts/{key}",
    TAG,
    "保存草稿里改动的文件；null 是删去。别人先改过的答 409",
    DRAFT_STATE,
    body=define(
        "SaveDraftBody",
        record(
            {"changes": CHANGES, "revision": INTEGER, "parameters": DATA, "note": text(2000)},
            optional=["parameters", "note"],
        ),
    ),
    repeatable=True,
    refusals=(403,),
)
def save_process_draft(call: Call, key: str) -> Answer:
    """Only the files named are changed."""
    body = call.body
    return commands.save_process_draft(
        call.engine,
        call.login,
        key,
        body["changes"],
        body["revision"],
        body.get("parameters"),
        body.get("note"),
        call.key,
    )


@operation(
    "POST",
    "/process-drafts/{key}/undo",
    TAG,
    "撤销最近一次保存",
    DRAFT_STATE,
    body=REVISION,
    repeatable=True,
    refusals=(403,),
)
def undo_process_draft(call: Call, key: str) -> Answer:
    """Of the files only."""
    return commands.undo_process_draft(call.engine, call.login, key, call.body["revision"], call.key)


@operation(
    "POST",
    "/process-drafts/{key}/discard",
    TAG,
    "放弃草稿，已发布的版本不变",
    define("DiscardedDraft", record({"process": KEY, "key": KEY})),
    body=REVISION,
    repeatable=True,
    refusals=(403,),
)
def discard_process_draft(call: Call, key: str) -> Answer:
    """As it is at this revision."""
    return commands.discard_process_draft(call.engine, call.login, key, call.body["revision"], call.key)


@operation(
    "POST",
    "/process-drafts/{key}/rebase",
    TAG,
    "以后来发布的版本为准继续改",
    DRAFT_STATE,
    repeatable=True,
    refusals=(403,),
)
def rebase_process_draft(call: Call, key: str) -> Answer:
    """The files stay as they are."""
    return commands.rebase_process_draft(call.engine, call.login, key, call.key)


@operation(
    "POST",
    "/process-drafts/{key}/rename-in-scenarios",
    TAG,
    "场景里的名称随草稿改名",
    define("RenamedInScenarios", record({**STATE, "files": listed(text())})),
    body=REVISION,
    repeatable=True,
    refusals=(403,),
)
def rename_in_scenarios(call: Call, key: str) -> Answer:
    """What the draft has renamed without doubt."""
    return commands.rename_in_scenarios(call.engine, call.login, key, call.body["revision"], call.key)


FINDING = define(
    "DraftFinding",
    record(
        {
            "file": text(),
            "path": {**text(), "description": "草稿里的文件"},
            "line": nullable(INTEGER),
            "element": text(),
            "code": text(),
            "message": text(),
            "warning": BOOLEAN,
            "column": {**text(), "description": "决策表的列；line 是它的行"},
        }
    ),
)


@operation(
    "GET", "/process-drafts/{key}/findings", TAG, "检查草稿", page_of("Findings", FINDING), refusals=(403,)
)
def draft_findings(call: Call, key: str) -> Answer:
    """Errors first."""
    found = queries.draft_findings(call.engine, call.login, key)
    return {"items": [asdict(each) for each in found], "next_cursor": None}


CHANGE = define(
    "DraftChange",
    record(
        {
            "kind": one_of("added", "removed", "changed", "moved"),
            "about": text(),
            "id": text(),
            "name": text(),
            "words": listed(text()),
            "file": text(),
        }
    ),
)


@operation(
    "GET",
    "/process-drafts/{key}/changes",
    TAG,
    "草稿与已发布的版本有什么不同",
    page_of("DraftChanges", CHANGE),
    refusals=(403,),
)
def draft_changes(call: Call, key: str) -> Answer:
    """In words."""
    found = queries.draft_changes(call.engine, call.login, key)
    return {"items": [{**asdict(each), "words": list(each.words)} for each in found], "next_cursor": None}


IMPACT = define(
    "DraftImpact",
    record(
        {
            "open_cases": {
                "type": "object",
                "additionalProperties": INTEGER,
                "description": "版本 → 在办案卷数",
            },
            "people": listed(LOGIN),
            "clauses": listed(text()),
            "files": listed(text()),
            "scenarios": INTEGER,
            "callers": listed(text()),
        }
    ),
)


@operation("GET", "/process-drafts/{key}/impact", TAG, "发布草稿会涉及什么", IMPACT, refusals=(403,))
def draft_impact(call: Call, key: str) -> Answer:
    """Cases, people, clauses, scenarios."""
    found = asdict(queries.draft_impact(call.engine, call.login, key))
    return {**found, "open_cases": {str(version): n for version, n in found["open_cases"].items()}}


# -- scenarios and publishing

RUN = define("StartedGate", record({"run": INTEGER, "process": KEY, "key": KEY}))
SCENARIO = text(400)
OUTCOME: Schema = {
    **DATA,
    "description": "场景的结果：id、file、rule、name、hard、outcome、sentence、message、at、change、steps",
}
GATE = define(
    "GateRun",
    record(
        {
            "id": INTEGER,
            "key": KEY,
            "state": one_of("running", "passed", "failed", "refused", "stopped"),
            "started_by": nullable(LOGIN),
            "started_at": MOMENT,
            "finished_at": nullable(MOMENT),
            "only": listed(text()),
            "version": {**nullable(INTEGER), "description": "试跑的是已发布的哪一版；null 是草稿"},
            "files": {**FILES, "description": "没有保存、只是试跑的场景文件"},
            "done": INTEGER,
            "total": INTEGER,
            "results": listed(OUTCOME),
            "refusals": listed(DATA),
            "to_waive": {**listed(text()), "description": "没有通过、发布时要逐个写明理由的场景"},
            "stale": {**BOOLEAN, "description": "试跑以后有了改动，不能凭它发布"},
        }
    ),
)


@operation(
    "POST",
    "/process-drafts/{key}/gate",
    TAG,
    "试跑场景（在后台）；only 只跑这几个，不能凭它发布",
    RUN,
    status=202,
    body=define(
        "GateBody",
        record(
            {
                "only": listed(SCENARIO, 200),
                "files": {**FILES, "description": "路径 → 全文：与 only 一起，试跑还没有保存的场景"},
                "released": {**BOOLEAN, "description": "有草稿也试跑已发布的版本"},
            },
            optional=["only", "files", "released"],
        ),
    ),
    body_required=False,
    repeatable=True,
    refusals=(403, 409),
)
def start_gate(call: Call, key: str) -> Answer:
    """Without a draft, those of the published version."""
    body = call.body
    return commands.start_gate(
        call.engine,
        call.login,
        key,
        body.get("only", ()),
        call.key,
        body.get("files"),
        body.get("released", False),
    )


@operation("POST", "/process-drafts/{key}/gate/stop", TAG, "停下试跑", RUN, repeatable=True, refusals=(403,))
def stop_gate(call: Call, key: str) -> Answer:
    """The one under way."""
    return commands.stop_gate(call.engine, call.login, key, call.key)


RUN_ID = Query("run", {"type": "integer", "minimum": 1}, "哪一次试跑；不写是最近一次全部试跑")


@operation(
    "GET", "/process-drafts/{key}/gate", TAG, "试跑的进度和结果", GATE, query=(RUN_ID,), refusals=(403,)
)
def gate_run(call: Call, key: str) -> Answer:
    """To be asked again while it is running."""
    found = queries.gate_run(call.engine, call.login, key, call.query.get("run"))
    if found is None:
        raise NotFound("这个流程还没有试跑过。")
    return _shown(found)


def _shown(run: GateView) -> Mapping[str, Any]:
    values = _with_moments(asdict(run))
    lists: Mapping[str, Sequence[Any]] = {
        n: list(values[n]) for n in ("only", "results", "refusals", "to_waive")
    }
    return {**values, **lists}


@operation(
    "POST",
    "/process-drafts/{key}/publish",
    TAG,
    "发布草稿；waivers 写明没有通过的场景（硬约束的除外）为什么放行",
    define(
        "PublishedDraft",
        record(
            {
                "process": KEY,
                "key": KEY,
                "version": INTEGER,
                "definition": INTEGER,
                "callers": {"type": "object", "additionalProperties": INTEGER},
            }
        ),
    ),
    body=define(
        "PublishBody",
        record(
            {"waivers": {"type": "object", "additionalProperties": text(500)}, "note": text(2000)},
            optional=["waivers", "note"],
        ),
    ),
    body_required=False,
    repeatable=True,
    refusals=(403, 409),
)
def publish_draft(call: Call, key: str) -> Answer:
    """By somebody who has not edited it, after its scenarios have been run."""
    done = commands.publish_draft(
        call.engine, call.login, key, call.body.get("waivers"), call.body.get("note", ""), call.key
    )
    session.drain()
    return done


VERSION = define(
    "ProcessVersion",
    record(
        {
            "id": INTEGER,
            "version": INTEGER,
            "name": text(),
            "origin": text(),
            "current": BOOLEAN,
            "hash": text(),
            "deployed_at": MOMENT,
            "drafted_by": listed(LOGIN),
            "published_by": nullable(LOGIN),
            "published_at": nullable(MOMENT),
            "note": text(),
            "gate": DATA,
            "waivers": {"type": "object", "additionalProperties": ANY},
            "open_cases": INTEGER,
        }
    ),
)


@operation(
    "GET",
    "/process-definitions/{key}/versions",
    TAG,
    "流程的各个版本",
    page_of("Versions", VERSION),
    refusals=(403,),
)
def versions(call: Call, key: str) -> Answer:
    """The newest first."""
    found = queries.versions(call.engine, call.login, key)
    return {"items": [_with_moments(asdict(each)) for each in found], "next_cursor": None}


@operation(
    "POST",
    "/process-definitions/versions/{id:int}/restore",
    TAG,
    "以某个版本的内容打开草稿",
    define("RestoredVersion", record({**STATE, "version": INTEGER})),
    repeatable=True,
    refusals=(403,),
)
def restore_version(call: Call, definition_id: int) -> Answer:
    """As a new draft."""
    return commands.restore_version(call.engine, call.login, definition_id, call.key)
