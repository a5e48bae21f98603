"""User tasks: the inbox, one task with its form, and everything that is done with it."""

from __future__ import annotations

from typing import Any

from engine import commands, queries
from engine.queries.inbox import InboxItem
from engine.queries.tasks import TaskView
from web import session
from web.api.operations import Answer, Call, operation
from web.api.reading import CURSOR, LIMIT, SEARCH, Query
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
    page_of,
    record,
    text,
)
from web.api.shapes import (
    CHANGED_CASE,
    CLAUSE,
    FORM,
    LOGIN,
    REASON,
    SUSPENSION,
    clauses,
    form,
    moment,
    suspension,
)
from web.api.signing import SIGNING, signing

TAG = "任务"
ACTING_FOR = nullable({**LOGIN, "description": "代谁办理；自己的任务没有"})
IN_BATCHES = {**BOOLEAN, "description": "可以和同一环节的其他任务批量办理"}
TASK_LINE = define(
    "TaskLine",
    record(
        {
            "id": ID,
            "name": text(),
            "case": text(),
            "instance": ID,
            "business_key": nullable(text()),
            "definition": text(),
            "item": ANY,
            "assignee": nullable(LOGIN),
            "acting_for": ACTING_FOR,
            "due": nullable(MOMENT),
            "opened_at": MOMENT,
            "closed_at": nullable(MOMENT),
            "role": {**one_of("do", "sign"), "description": "sign：请我加签的"},
            "entrusted_by": {**nullable(LOGIN), "description": "委派人：请我代为准备的"},
            "suspended": {**BOOLEAN, "description": "案卷已经挂起，现在不能办理"},
            "batch": IN_BATCHES,
        }
    ),
)
TASKS = page_of("Tasks", TASK_LINE, total=INTEGER, total_is_capped=BOOLEAN)
WHY_DUE = define(
    "WhyDue",
    record(
        {
            "sentence": text(),
            "provisional": {**BOOLEAN, "description": "所涉年份的放假安排还没有公布"},
            "facts": {**DATA, "description": "期限的表达式、它用到的值和函数的结果"},
        }
    ),
)
TASK = define(
    "Task",
    record(
        {
            "id": ID,
            "name": text(),
            "state": one_of("open", "done", "cancelled"),
            "instance": ID,
            "case": text(),
            "business_key": nullable(text()),
            "definition": text(),
            "definition_name": text(),
            "element": text(),
            "lane": nullable(text()),
            "item": {"description": "多人、多件办理时，这一件是谁的、是哪件"},
            "assignee": nullable(LOGIN),
            "mine": BOOLEAN,
            "claimable": BOOLEAN,
            "acting_for": ACTING_FOR,
            "personal": {**BOOLEAN, "description": "不得代理"},
            "batch": IN_BATCHES,
            "suspension": nullable(SUSPENSION),
            "due": nullable(MOMENT),
            "why_due": nullable(WHY_DUE),
            "why": {**listed(text()), "description": "为什么轮到这些人"},
            "clauses": listed(CLAUSE),
            "hard": {**BOOLEAN, "description": "依据的是硬约束"},
            "submit_label": text(),
            "opened_at": MOMENT,
            "closed_at": nullable(MOMENT),
            "completed_by": nullable(LOGIN),
            "draft_saved_at": nullable(MOMENT),
            "revision": {**INTEGER, "description": "提交时原样交回；有了变化就不再相同"},
            **SIGNING,
            **FORM,
        }
    ),
)
STATE = Query("state", {**one_of("open", "done"), "default": "open"}, "待办还是已办")
COMPLETION = record(
    {"data": DATA, "revision": INTEGER, "confirmed": listed(text(400), 500)},
    optional=("revision", "confirmed"),
)


@operation(
    "GET",
    "/tasks",
    TAG,
    "我的待办（按期限）或已办（最近的在前）",
    TASKS,
    query=(STATE, SEARCH, LIMIT, CURSOR),
)
def list_tasks(call: Call) -> Answer:
    """The inbox, or what the person has done."""
    read = queries.done_tasks if call.query.get("state") == "done" else queries.inbox
    page = read(
        call.engine,
        call.login,
        q=call.query.get("q", ""),
        limit=call.query.get("limit", 50),
        cursor=call.query.get("cursor"),
    )
    return {
        "items": [_line(each) for each in page.items],
        "next_cursor": page.next_cursor,
        "total": page.total,
        "total_is_capped": page.total_is_capped,
    }


def _line(item: InboxItem) -> dict[str, Any]:
    return {
        "id": item.id,
        "name": item.name,
        "case": item.case,
        "instance": item.instance_id,
        "business_key": item.business_key,
        "definition": item.process,
        "item": item.item,
        "assignee": item.assignee,
        "due": moment(item.due_at),
        "opened_at": moment(item.opened_at),
        "closed_at": moment(item.closed_at),
        "acting_for": item.acting_for,
        "role": item.role,
        "entrusted_by": item.entrusted_by,
        "suspended": item.suspended,
        "batch": item.in_batches,
    }


@operation("GET", "/tasks/{id}", TAG, "一项任务和它的表单", TASK)
def task_view(call: Call, task_id: str) -> Answer:
    """The task as this person sees it now; the first look of who may do it is noted."""
    if queries.unread(call.engine, call.login, task_id):
        commands.open_task_page(call.engine, call.login, task_id)
    return task(call, task_id)


def task(call: Call, task_id: str) -> dict[str, Any]:
    """The task as `Task`; the form is filled for who may do it, once it is done for all who see it."""
    found, filled = queries.task_page(call.engine, call.login, task_id)
    return {
        "id": found.id,
        "name": found.name,
        "state": found.state,
        "instance": found.instance_id,
        "case": found.case,
        "business_key": found.business_key,
        "definition": found.process,
        "definition_name": found.process_name,
        "element": found.element,
        "lane": found.lane,
        "item": found.item,
        "assignee": found.assignee,
        "mine": found.mine,
        "claimable": found.claimable,
        "acting_for": found.acting_for,
        "personal": found.personal,
        "batch": found.in_batches,
        "suspension": suspension(found.suspension),
        "due": moment(found.due_at),
        "why_due": _why_due(found),
        "why": list(found.why),
        "clauses": clauses(call.engine, found.pack, found.clauses),
        "hard": found.hard,
        "submit_label": found.submit_label,
        "opened_at": moment(found.opened_at),
        "closed_at": moment(found.closed_at),
        "completed_by": found.completed_by,
        "draft_saved_at": moment(found.draft_saved_at),
        "revision": found.revision,
        **signing(found.signing),
        **form(
            found.form_text,
            filled.note if filled else "",
            found.values if filled else {},
            filled.fields if filled else (),
        ),
    }


def _why_due(found: TaskView) -> dict[str, Any] | None:
    if found.due_sentence is None:
        return None
    facts = dict(found.due_facts or {})
    return {"sentence": found.due_sentence, "provisional": found.provisional, "facts": facts}


@operation(
    "PUT",
    "/tasks/{id}/draft",
    TAG,
    "保存本人的草稿；不改变 revision",
    define("SavedDraft", record({"task": ID, "saved_at": MOMENT})),
    body=define("DraftBody", record({"data": DATA})),
    refusals=(403, 409),
)
def save_draft(call: Call, task_id: str) -> Answer:
    """Keep what the person has typed."""
    return commands.save_draft(call.engine, call.login, task_id, call.body["data"])


@operation("POST", "/tasks/{id}/claim", TAG, "认领", TASK, refusals=(403, 409))
def claim_task(call: Call, task_id: str) -> Answer:
    """Answers the task with its new revision."""
    commands.claim_task(call.engine, call.login, task_id)
    session.drain()
    return task(call, task_id)


@operation("POST", "/tasks/{id}/unclaim", TAG, "退回认领", TASK, refusals=(403, 409))
def unclaim_task(call: Call, task_id: str) -> Answer:
    """Answers the task with its new revision."""
    commands.unclaim_task(call.engine, call.login, task_id)
    session.drain()
    return task(call, task_id)


@operation(
    "POST",
    "/tasks/{id}/complete",
    TAG,
    "提交表单，办结任务；没有认领的同时认领",
    define(
        "Completed",
        record(
            {
                "task": ID,
                **CHANGED_CASE,
                "signers": {**listed(LOGIN), "description": "还没有生效：等这些人加签"},
            },
            optional=("signers",),
        ),
    ),
    body=define("CompletionBody", COMPLETION),
    repeatable=True,
    refusals=(403, 409),
)
def complete_user_task(call: Call, task_id: str) -> Answer:
    """Without `revision` nothing is compared: what the form showed may have changed."""
    done = commands.complete_user_task(
        call.engine,
        call.login,
        task_id,
        call.body["data"],
        call.body.get("revision"),
        call.body.get("confirmed", ()),
        call.key,
    )
    session.drain()
    return done


@operation(
    "POST",
    "/tasks/{id}/transfer",
    TAG,
    "转办给另一位",
    define("Transferred", record({"task": ID, "instance": ID, "to": LOGIN})),
    body=define("TransferBody", record({"to": LOGIN, "reason": REASON})),
    repeatable=True,
    refusals=(403, 409),
)
def transfer_task(call: Call, task_id: str) -> Answer:
    """Hand an open task over for good."""
    done = commands.transfer_task(
        call.engine, call.login, task_id, call.body["to"], call.body["reason"], call.key
    )
    session.drain()
    return done


@operation(
    "POST",
    "/tasks/{id}/urge",
    TAG,
    "催办",
    define("Urged", record({"task": ID, "people": listed(LOGIN)})),
    body=define("UrgeBody", record({"text": text(500)}, optional=("text",))),
    body_required=False,
    repeatable=True,
    refusals=(403, 409),
)
def urge_task(call: Call, task_id: str) -> Answer:
    """Remind whoever has the open task."""
    done = commands.urge_task(call.engine, call.login, task_id, call.body.get("text", ""), call.key)
    session.drain()
    return done
