"""Process definitions and cases: start one, find one, read its history, copy it, cancel it."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for

from engine import commands, queries
from engine.diagram import split
from engine.queries.cases import CaseLine, CaseView, HistoryLine
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
from web.api.shapes import CHANGED_CASE, LOGIN, REASON, SUSPENSION, moment, suspension

TAG = "案卷"
STATES = one_of("active", "suspended", "completed", "cancelled", "incident")
DEFINITION = define(
    "ProcessDefinition",
    record(
        {
            "key": text(),
            "name": text(),
            "version": INTEGER,
            "pack": text(),
            "startable": {**BOOLEAN, "description": "我可以发起"},
            "start_variables": {**listed(text()), "description": "发起时接受的变量"},
        }
    ),
)
HEAD = {
    "id": ID,
    "definition": text(),
    "definition_name": text(),
    "title": text(),
    "business_key": nullable(text()),
    "state": STATES,
    "started_by": nullable(LOGIN),
    "started_at": MOMENT,
    "ended_at": nullable(MOMENT),
}
CASE_LINE = define("ProcessInstanceLine", record({**HEAD, "current_steps": listed(text())}))
OPEN_TASK = define(
    "OpenTask",
    record(
        {
            "id": ID,
            "name": text(),
            "item": ANY,
            "lane": nullable(text()),
            "assignee": nullable(LOGIN),
            "candidates": {**listed(text()), "description": "user:登录名 或 post:制度包/岗位"},
            "due": nullable(MOMENT),
            "mine": BOOLEAN,
        }
    ),
)
BUTTON = define("Button", record({"element": text(), "name": text()}))
CASE = define(
    "ProcessInstance",
    record(
        {
            **HEAD,
            "definition_version": INTEGER,
            "pack": text(),
            "sees_whole": {**BOOLEAN, "description": "看得到整个案卷；否则只看得到自己的任务"},
            "variables": {**DATA, "description": "只有看得到整个案卷的人有"},
            "timers": listed(record({"name": text(), "due": MOMENT})),
            "waits": {
                **listed(record({"name": text(), "message": text(), "since": MOMENT})),
                "description": "在等别的案卷的哪些消息；只有看得到整个案卷的人有",
            },
            "open_tasks": listed(OPEN_TASK),
            "buttons": listed(BUTTON),
            "suspension": nullable(SUSPENSION),
        },
        optional=("variables", "timers", "waits"),
    ),
)
EVENT = define(
    "HistoryEvent",
    record(
        {
            "seq": INTEGER,
            "at": MOMENT,
            "actor": nullable({**LOGIN, "description": "没有的是到时自动、由消息或由系统"}),
            "actor_name": nullable(text()),
            "kind": text(),
            "task_id": nullable(ID),
            "task": nullable({**text(), "description": "任务的名称"}),
            "data": nullable({**DATA, "description": "提交的表单"}),
            "details": DATA,
        }
    ),
)
DIAGRAM = define(
    "Diagram",
    record(
        {
            "definition_id": INTEGER,
            "definition": text(),
            "name": text(),
            "elements": {
                "type": "object",
                "additionalProperties": text(),
                "description": "图上元素的状态：now 正在办，done 办过",
            },
        }
    ),
)
FILTERS = (
    Query("definition", text(64), "流程的键"),
    Query("state", STATES, "案卷的状态"),
    Query("started_by", text(64), "发起人的登录名，me 是自己"),
    SEARCH,
    LIMIT,
    CURSOR,
)


@operation("GET", "/process-definitions", TAG, "已发布的流程", page_of("ProcessDefinitions", DEFINITION))
def startable_definitions(call: Call) -> Answer:
    """Published procedures of the person's town, with whether the person may start them."""
    items = [
        {
            "key": each.key,
            "name": each.name,
            "version": each.version,
            "pack": each.pack,
            "startable": startable,
            "start_variables": list(split(each.diagram.properties.get("启动变量", ""))),
        }
        for each, startable in queries.startable_definitions(call.engine, call.login)
    ]
    return {"items": items, "next_cursor": None}


@operation(
    "POST",
    "/process-definitions/{key}/start",
    TAG,
    "发起",
    CASE,
    status=201,
    body=define("StartBody", record({"variables": DATA}, optional=("variables",))),
    body_required=False,
    repeatable=True,
    refusals=(403,),
)
def start_process_instance(call: Call, key: str) -> Answer:
    """Answers the new case."""
    done = commands.start_process_instance(call.engine, call.login, key, call.body.get("variables"), call.key)
    session.drain()
    found = queries.case_view(call.engine, call.login, done["instance"])
    return _case(found), url_for("api.case_view", id=found.id)


@operation(
    "GET",
    "/process-instances",
    TAG,
    "我看得到的案卷，最近的在前",
    page_of("ProcessInstances", CASE_LINE),
    query=FILTERS,
)
def list_cases(call: Call) -> Answer:
    """Cases this person may see."""
    query = dict(call.query)
    if query.get("started_by") == "me":
        query["started_by"] = call.login
    page = queries.list_cases(call.engine, call.login, **query)
    return {"items": [_line(each) for each in page.items], "next_cursor": page.next_cursor}


def _head(each: CaseLine | CaseView) -> dict[str, Any]:
    return {
        "id": each.id,
        "definition": each.key,
        "definition_name": each.process_name,
        "title": each.title,
        "business_key": each.business_key,
        "state": each.state,
        "started_by": each.started_by,
        "started_at": moment(each.started_at),
        "ended_at": moment(each.ended_at),
    }


def _line(each: CaseLine) -> dict[str, Any]:
    return {**_head(each), "current_steps": list(each.open_tasks)}


def _case(found: CaseView) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    if found.sight.whole:
        timers = [{"name": each.name, "due": moment(each.due_at)} for each in found.timers]
        waits = [
            {"name": each.name, "message": each.message, "since": moment(each.since)} for each in found.waits
        ]
        whole = {"variables": dict(found.variables), "timers": timers, "waits": waits}
    return {
        **_head(found),
        "definition_version": found.version,
        "pack": found.pack,
        "sees_whole": found.sight.whole,
        **whole,
        "open_tasks": [
            {
                "id": each.id,
                "name": each.name,
                "item": each.item,
                "lane": each.lane,
                "assignee": each.assignee,
                "candidates": list(each.principals),
                "due": moment(each.due_at),
                "mine": each.mine,
            }
            for each in found.open_tasks
        ],
        "buttons": [{"element": each.element, "name": each.name} for each in found.buttons],
        "suspension": suspension(found.suspension),
    }


@operation("GET", "/process-instances/{id}", TAG, "一个案卷", CASE)
def case_view(call: Call, instance_id: str) -> Answer:
    """The case as this person sees it."""
    return _case(queries.case_view(call.engine, call.login, instance_id))


@operation("GET", "/process-instances/{id}/history", TAG, "办理记录，从头到尾", page_of("History", EVENT))
def history_of(call: Call, instance_id: str) -> Answer:
    """Who did what when, with the form as submitted."""
    lines = queries.history_of(call.engine, call.login, instance_id)
    names = queries.mentions(call.engine, [each.actor for each in lines])
    return {"items": [_event(each, names.get(each.actor or "")) for each in lines], "next_cursor": None}


def _event(line: HistoryLine, actor_name: str | None) -> dict[str, Any]:
    return {
        "seq": line.seq,
        "at": moment(line.at),
        "actor": line.actor,
        "actor_name": actor_name,
        "kind": line.kind,
        "task_id": line.task_id,
        "task": line.body.get("task"),
        "data": line.body.get("data"),
        "details": {name: value for name, value in line.body.items() if name not in ("task", "data")},
    }


@operation(
    "GET",
    "/process-instances/{id}/diagrams",
    TAG,
    "案卷的流程图和它调用的流程图，走到哪里",
    page_of("Diagrams", DIAGRAM),
)
def case_diagrams(call: Call, instance_id: str) -> Answer:
    """Every diagram the case has reached, with the states of its elements."""
    found = queries.case_view(call.engine, call.login, instance_id)
    items = [
        {
            "definition_id": number,
            "definition": key,
            "name": name,
            "elements": dict(found.elements.get(key, {})),
        }
        for key, name, number in found.diagrams
    ]
    return {"items": items, "next_cursor": None}


@operation(
    "GET",
    "/process-instances/{id}/diagrams/{definition_id:int}",
    TAG,
    "一张流程图（BPMN 2.0 XML）",
    text(),
    media="application/xml",
)
def diagram_xml(call: Call, instance_id: str, definition_id: int) -> Answer:
    """The drawing as deployed."""
    xml = queries.diagram_xml(call.engine, call.login, instance_id, definition_id)
    return Response(xml.encode(), mimetype="application/xml")


@operation(
    "POST",
    "/process-instances/{id}/cancel",
    TAG,
    "撤销案卷",
    define("CancelledCase", record(CHANGED_CASE)),
    body=define("CancelBody", record({"reason": REASON})),
    repeatable=True,
    refusals=(403, 409),
)
def cancel_process_instance(call: Call, instance_id: str) -> Answer:
    """End a case without completing it."""
    done = commands.cancel_process_instance(
        call.engine, call.login, instance_id, call.body["reason"], call.key
    )
    session.drain()
    return done


@operation(
    "POST",
    "/process-instances/{id}/copy",
    TAG,
    "抄送",
    define("CopiedCase", record({"instance": ID, "people": listed(LOGIN)})),
    body=define("CopyBody", record({"people": listed(LOGIN, 200), "text": text(500)}, optional=("text",))),
    repeatable=True,
    refusals=(403,),
)
def copy_case(call: Call, instance_id: str) -> Answer:
    """Let other people read the whole case."""
    done = commands.copy_case(
        call.engine, call.login, instance_id, call.body["people"], call.body.get("text", ""), call.key
    )
    session.drain()
    return done
