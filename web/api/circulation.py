"""传阅: hand a case round, confirm having read it, remind those who have not."""

from __future__ import annotations

from typing import Any

from engine import commands, queries
from engine.queries import CirculationLine
from web import session
from web.api.operations import Answer, Call, operation
from web.api.reading import CURSOR, LIMIT, SEARCH, Query
from web.api.schema import ID, INTEGER, MOMENT, define, listed, nullable, one_of, page_of, record, text
from web.api.shapes import LOGIN, moment

TAG = "案卷"
NOTE = text(500)
CIRCULATION = define(
    "Circulation",
    record(
        {
            "id": INTEGER,
            "instance": ID,
            "case": text(),
            "business_key": nullable(text()),
            "login": {**LOGIN, "description": "传阅给谁"},
            "sent_by": LOGIN,
            "sent_at": MOMENT,
            "note": text(),
            "read_at": nullable({**MOMENT, "description": "没有的是还没有阅"}),
            "words": nullable({**text(), "description": "阅后意见"}),
            "urged": {
                **listed(record({"by": LOGIN, "at": MOMENT})),
                "description": "催阅的记录；在我的传阅里不列",
            },
        }
    ),
)
CIRCULATIONS = page_of("Circulations", CIRCULATION)
CHANGED = define("CirculatedCase", record({"instance": ID, "people": listed(LOGIN)}))
STATE = Query("state", {**one_of("unread", "read"), "default": "unread"}, "待阅还是已阅")


def _line(each: CirculationLine) -> dict[str, Any]:
    return {
        "id": each.id,
        "instance": each.instance_id,
        "case": each.case,
        "business_key": each.business_key,
        "login": each.login,
        "sent_by": each.sent_by,
        "sent_at": moment(each.sent_at),
        "note": each.note,
        "read_at": moment(each.read_at),
        "words": each.words,
        "urged": [{"by": by, "at": moment(at)} for by, at in each.urged],
    }


@operation(
    "GET",
    "/circulations",
    TAG,
    "传阅给我的案卷，最近的在前",
    CIRCULATIONS,
    query=(STATE, SEARCH, LIMIT, CURSOR),
)
def to_read(call: Call) -> Answer:
    """What is still to be read, or what has been."""
    page = queries.to_read(
        call.engine,
        call.login,
        q=call.query.get("q", ""),
        limit=call.query.get("limit", 50),
        cursor=call.query.get("cursor"),
        read=call.query.get("state") == "read",
    )
    return {"items": [_line(each) for each in page.items], "next_cursor": page.next_cursor}


@operation("GET", "/process-instances/{id}/circulations", TAG, "案卷传阅给了谁，谁已阅", CIRCULATIONS)
def circulations(call: Call, instance_id: str) -> Answer:
    """Those who do not see the whole case find only themselves."""
    items = [_line(each) for each in queries.circulations(call.engine, call.login, instance_id)]
    return {"items": items, "next_cursor": None}


@operation(
    "POST",
    "/process-instances/{id}/circulate",
    TAG,
    "传阅",
    CHANGED,
    body=define("CirculateBody", record({"people": listed(LOGIN, 200), "note": NOTE}, optional=("note",))),
    repeatable=True,
    refusals=(403,),
)
def circulate_case(call: Call, instance_id: str) -> Answer:
    """Whoever it is handed to sees the whole case from then on."""
    done = commands.circulate_case(
        call.engine, call.login, instance_id, call.body["people"], call.body.get("note", ""), call.key
    )
    session.drain()
    return done


@operation(
    "POST",
    "/process-instances/{id}/urge-readers",
    TAG,
    "催阅；不写 people 的催所有还没有阅的人",
    CHANGED,
    body=define(
        "UrgeReadersBody",
        record({"people": listed(LOGIN, 200), "text": text(500)}, optional=("people", "text")),
    ),
    body_required=False,
    repeatable=True,
    refusals=(403, 409),
)
def urge_readers(call: Call, instance_id: str) -> Answer:
    """Nobody is reminded twice within the hour by one person."""
    done = commands.urge_readers(
        call.engine,
        call.login,
        instance_id,
        call.body.get("people", ()),
        call.body.get("text", ""),
        call.key,
    )
    session.drain()
    return done


@operation(
    "POST",
    "/circulations/{id:int}/read",
    TAG,
    "已阅，可以写意见",
    define("ConfirmedReading", record({"circulation": INTEGER, "instance": ID})),
    body=define("ConfirmReadingBody", record({"words": NOTE}, optional=("words",))),
    body_required=False,
    repeatable=True,
    refusals=(403, 409),
)
def confirm_reading(call: Call, circulation_id: int) -> Answer:
    """Only the reader can, no deputy."""
    done = commands.confirm_reading(
        call.engine, call.login, circulation_id, call.body.get("words", ""), call.key
    )
    session.drain()
    return done
