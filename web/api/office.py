"""Incidents, undelivered messages, the calendar of working days, and the demo clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from engine import commands, queries
from engine.clock import iso, parse_moment
from engine.errors import Invalid
from web import session
from web.api.operations import Answer, Call, operation
from web.api.schema import BOOLEAN, ID, INTEGER, MOMENT, define, nullable, page_of, record, text
from web.api.shapes import LOGIN, moment

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
    refusals=(403,),
)
def retry_incident(call: Call, incident_id: int) -> Answer:
    """Run the failed command again."""
    resolved = commands.retry_incident(call.engine, call.login, incident_id)
    session.drain()
    return {"resolved": resolved}


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
