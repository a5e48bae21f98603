"""Who I am, the people of my town, my notifications and my common opinions."""

from __future__ import annotations

from engine import commands, queries
from engine.errors import NotFound
from web.api.operations import Answer, Call, operation
from web.api.reading import LIMIT, Query
from web.api.schema import (
    BOOLEAN,
    COMPONENTS,
    ID,
    INTEGER,
    MOMENT,
    define,
    listed,
    nullable,
    page_of,
    record,
    text,
)
from web.api.shapes import PERSON, moment, person

TAG = "我和同事"
ME = define(
    "Me",
    record(
        {
            **COMPONENTS["Person"]["properties"],
            "town": text(),
            "administrator": BOOLEAN,
            "capabilities": listed(text()),
            "open": {**INTEGER, "description": "待办件数，最多数到 999"},
            "late": INTEGER,
            "unread": INTEGER,
            "to_read": {**INTEGER, "description": "待阅的传阅"},
        }
    ),
)
NOTIFICATION = define(
    "Notification",
    record(
        {
            "id": INTEGER,
            "at": MOMENT,
            "kind": text(),
            "text": text(),
            "instance": nullable(ID),
            "task": nullable(ID),
            "read_at": nullable(MOMENT),
        }
    ),
)
PHRASE = define(
    "Phrase",
    record(
        {
            "id": INTEGER,
            "text": text(),
            "shared": {**BOOLEAN, "description": "本镇共享的，不是我自己的"},
            "used": {**INTEGER, "description": "用过几次"},
        }
    ),
)
PHRASES = page_of("Phrases", PHRASE)


@operation("GET", "/me", TAG, "我是谁", ME)
def person_card(call: Call) -> Answer:
    """The person signed in, with what this person may do in the office and how much is waiting."""
    frame = queries.frame(call.engine, call.login)
    if frame.person is None:
        raise NotFound("您的登录名已经不在组织数据里。请联系系统管理员。")
    return {
        **person(frame.person),
        "town": frame.town,
        "administrator": frame.administrator,
        "capabilities": sorted(frame.capabilities),
        "open": frame.open,
        "late": frame.late,
        "unread": frame.unread,
        "to_read": frame.to_read,
    }


@operation(
    "GET",
    "/people",
    TAG,
    "本镇在任的人",
    page_of("People", PERSON),
    query=(Query("role", text(100), "岗位的名称"), Query("unit", text(100), "单位的名称")),
)
def people(call: Call) -> Answer:
    """Everybody in office, those of a post or unit if given."""
    found = queries.people(call.engine, call.login, call.query.get("role"), call.query.get("unit"))
    return {"items": [person(each) for each in found], "next_cursor": None}


@operation(
    "GET",
    "/notifications",
    TAG,
    "我的消息，未读的、最近的在前",
    page_of("Notifications", NOTIFICATION),
    query=(LIMIT,),
)
def notifications(call: Call) -> Answer:
    """One's own notifications."""
    items = [
        {
            "id": each.id,
            "at": moment(each.at),
            "kind": each.kind,
            "text": each.text,
            "instance": each.instance_id,
            "task": each.task_id,
            "read_at": moment(each.read_at),
        }
        for each in queries.notifications(call.engine, call.login, call.query.get("limit", 50))
    ]
    return {"items": items, "next_cursor": None}


@operation("POST", "/notifications/{id:int}/read", TAG, "标为已读", status=204)
def read_notification(call: Call, notification_id: int) -> Answer:
    """One of one's own."""
    commands.read_notification(call.engine, call.login, notification_id)
    return None


@operation("POST", "/notifications/read", TAG, "全部标为已读", status=204)
def read_notifications(call: Call) -> Answer:
    """All of one's own."""
    commands.read_notification(call.engine, call.login, None)
    return None


@operation("GET", "/phrases", TAG, "我的和本镇共享的常用意见，用得多的在前", PHRASES)
def phrases(call: Call) -> Answer:
    """One's own common opinions and those shared."""
    items = [
        {"id": each.id, "text": each.text, "shared": not each.login, "used": each.used}
        for each in queries.phrases(call.engine, call.login)
    ]
    return {"items": items, "next_cursor": None}


@operation(
    "POST",
    "/phrases",
    TAG,
    "添一条常用意见；答复全部",
    PHRASES,
    body=define("PhraseBody", record({"text": text(200, 1)})),
)
def add_phrase(call: Call) -> Answer:
    """Each is kept once, so adding one again changes nothing."""
    commands.add_phrase(call.engine, call.login, call.body["text"])
    return phrases(call)


@operation("DELETE", "/phrases/{id:int}", TAG, "去掉一条常用意见", status=204)
def remove_phrase(call: Call, phrase_id: int) -> Answer:
    """One of one's own."""
    commands.remove_phrase(call.engine, call.login, phrase_id)
    return None


@operation("POST", "/phrases/{id:int}/restore", TAG, "恢复刚去掉的常用意见", status=204)
def restore_phrase(call: Call, phrase_id: int) -> Answer:
    """One of one's own."""
    commands.restore_phrase(call.engine, call.login, phrase_id)
    return None


@operation(
    "POST",
    "/shared-phrases",
    TAG,
    "添一条本镇共享的常用意见；答复全部",
    PHRASES,
    body=define("SharedPhraseBody", record({"text": text(200, 1)})),
    refusals=(403,),
)
def add_shared_phrase(call: Call) -> Answer:
    """For those who look after the organisation."""
    commands.add_shared_phrase(call.engine, call.login, call.body["text"])
    return phrases(call)


@operation(
    "DELETE", "/shared-phrases/{id:int}", TAG, "去掉一条本镇共享的常用意见", status=204, refusals=(403,)
)
def remove_shared_phrase(call: Call, phrase_id: int) -> Answer:
    """For those who look after the organisation."""
    commands.remove_shared_phrase(call.engine, call.login, phrase_id)
    return None


@operation(
    "POST",
    "/shared-phrases/{id:int}/restore",
    TAG,
    "恢复刚去掉的本镇共享的常用意见",
    status=204,
    refusals=(403,),
)
def restore_shared_phrase(call: Call, phrase_id: int) -> Answer:
    """For those who look after the organisation."""
    commands.restore_shared_phrase(call.engine, call.login, phrase_id)
    return None
