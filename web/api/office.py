"""Incidents, undelivered messages, the calendar of working days, and the demo clock."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from engine import commands, queries
from engine.clock import iso, parse_moment
from engine.errors import Invalid
from web import session
from web.api.operations import Answer, Call, operation
from web.api.schema import BOOLEAN, DATA, ID, INTEGER, MOMENT, define, listed, nullable, page_of, record, text
from web.api.shapes import LOGIN, REASON, moment

TAG = "运行"
LOOK_AHEAD = timedelta(days=800)
"""How far the demo clock looks for the next timer."""
INCIDENT = define(
    "Incident",
    record(
        {
            "id": INTEGER,
            "instance": ID,
            "definition": text(),
            "element": text(),
            "element_name": text(),
            "expression": text(),
            "reason": text(),
            "at": MOMENT,
        }
    ),
)
MESSAGE = define(
    "UndeliveredMessage",
    record(
        {
            "id": INTEGER,
            "name": text(),
            "correlation_key": text(),
            "instance": nullable({**ID, "description": "发出它的案卷"}),
            "element": text(),
            "sent_by": nullable(LOGIN),
            "sent_at": MOMENT,
        }
    ),
)
CLOCK = define("DemoClock", record({"now": MOMENT, "next_due": nullable(MOMENT)}))


@operation("GET", "/incidents", TAG, "运行异常", page_of("Incidents", INCIDENT), refusals=(403,))
def incidents(call: Call) -> Answer:
    """What failed where, without the content of cases."""
    items = [
        {
            "id": each.id,
            "instance": each.instance_id,
            "definition": each.process,
            "element": each.element,
            "element_name": each.element_name,
            "expression": each.expression,
            "reason": each.reason,
            "at": moment(each.at),
        }
        for each in queries.incidents(call.engine, call.login)
    ]
    return {"items": items, "next_cursor": None}


@operation(
    "POST",
    "/incidents/{id:int}/retry",
    TAG,
    "重试；resolved 是案卷再没有异常",
    define("RetriedIncident", record({"resolved": BOOLEAN})),
    refusals=(403, 409),
    body=define("RetryBody", record({"reason": REASON})),
)
def retry_incident(call: Call, incident_id: int) -> Answer:
    """Run the failed command again."""
    resolved = commands.retry_incident(call.engine, call.login, incident_id, call.body["reason"])
    session.drain()
    return {"resolved": resolved}


PLACE = record(
    {
        "element": text(),
        "name": text(),
        "why_not": {**text(), "description": "不能移到那里的原因；能的为空"},
    }
)
VIEWED = define(
    "IncidentDetail",
    record(
        {
            "id": INTEGER,
            "instance": ID,
            "definition": text(),
            "version": INTEGER,
            "command": text(),
            "element": text(),
            "element_name": text(),
            "expression": text(),
            "reason": text(),
            "values": nullable({**DATA, "description": "表达式当时的取值；看得到整个案卷的人才有"}),
            "at": MOMENT,
            "suspended": BOOLEAN,
            "standing": {**text(), "description": "案卷停在哪个环节"},
            "places": listed(PLACE),
            "immovable": {**text(), "description": "整个不能移动的原因"},
        }
    ),
)


@operation("GET", "/incidents/{id:int}", TAG, "一个异常，以及案卷可以移到哪里", VIEWED, refusals=(403,))
def incident_view(call: Call, incident_id: int) -> Answer:
    """Until it is dealt with."""
    found = asdict(queries.incident_view(call.engine, call.login, incident_id))
    found.pop("title")
    return {
        **{name: value for name, value in found.items() if name not in ("instance_id", "key", "process")},
        "instance": found["instance_id"],
        "definition": found["key"],
        "at": moment(found["at"]),
    }


@operation(
    "POST",
    "/incidents/{id:int}/move",
    TAG,
    "把案卷移到另一环节继续办理",
    define("MovedToken", record({"incident": INTEGER, "instance": ID, "element": text()})),
    body=define("MoveBody", record({"element": text(64), "reason": REASON})),
    repeatable=True,
    refusals=(403,),
)
def move_token(call: Call, incident_id: int) -> Answer:
    """Forward or back in a row; never past a hard rule that has not been done."""
    done = commands.move_token(
        call.engine, call.login, incident_id, call.body["element"], call.body["reason"], call.key
    )
    session.drain()
    return done


@operation(
    "GET",
    "/undelivered-messages",
    TAG,
    "没有送达的消息",
    page_of("UndeliveredMessages", MESSAGE),
    refusals=(403,),
)
def undelivered_messages(call: Call) -> Answer:
    """Messages nobody took, without their content."""
    items = [
        {
            "id": each.id,
            "name": each.name,
            "correlation_key": each.correlation_key,
            "instance": each.instance_id,
            "element": each.element,
            "sent_by": each.sent_by,
            "sent_at": moment(each.sent_at),
        }
        for each in queries.undelivered_messages(call.engine, call.login)
    ]
    return {"items": items, "next_cursor": None}


@operation(
    "GET",
    "/calendar",
    TAG,
    "哪些年份的放假安排还没有导入",
    define("CalendarState", record({"prompt": nullable(text())})),
)
def calendar_prompt(call: Call) -> Answer:
    """A reminder for those who look after the calendar, nothing for the others."""
    return {"prompt": queries.calendar_prompt(call.engine, call.login)}


@operation(
    "POST",
    "/calendar/years",
    TAG,
    "导入一年的放假安排（YAML），期限随之重算",
    define("ImportedYear", record({"year": INTEGER})),
    refusals=(403,),
    body=define("CalendarBody", record({"text": text(100_000, 1)})),
)
def import_calendar_year(call: Call) -> Answer:
    """Take over a year's arrangement."""
    year = commands.import_calendar_year(call.engine, call.login, call.body["text"])
    session.drain()
    return {"year": year}


@operation("GET", "/demo/clock", TAG, "演示时钟", CLOCK)
def demo_clock(call: Call) -> Answer:
    """What time it is in the demo town, and when the next timer falls due."""
    return _clock(call)


def _clock(call: Call) -> dict[str, Any]:
    now = call.engine.now()
    due = commands.next_due(call.engine, now + LOOK_AHEAD)
    return {"now": iso(now), "next_due": moment(due[1]) if due else None}


@operation(
    "POST",
    "/demo/clock",
    TAG,
    "拨动演示时钟；到期的都办完才答复",
    CLOCK,
    body=define("ClockBody", record({"now": MOMENT})),
)
def set_demo_clock(call: Call) -> Answer:
    """Forward only, once there is a case."""
    try:
        wanted = parse_moment(call.body["now"].upper())
    except ValueError as error:
        raise Invalid({"now": str(error)}) from error
    commands.set_demo_clock(call.engine, call.login, wanted)
    return _clock(call)
