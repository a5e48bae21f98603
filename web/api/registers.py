"""Registers and statistics."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from engine import queries
from engine.clock import iso
from engine.counting import OldCase, StepStatistics
from engine.queries import RegisterFilter
from engine.queries.statistics import ProcedureStatistics
from web.api.files import BINARY
from web.api.operations import Answer, Call, operation
from web.api.reading import CURSOR, LIMIT, SEARCH, Query
from web.api.schema import (
    ANY,
    BOOLEAN,
    DATE,
    ID,
    INTEGER,
    define,
    listed,
    nullable,
    one_of,
    page_of,
    record,
    text,
)
from web.registers import XLSX, workbook

TAG = "台账和统计"
NUMBER = {"type": "number"}
REGISTER = define("Register", record({"name": text(), "description": text(), "definition": text()}))
COLUMN = define(
    "RegisterColumn",
    record({"title": text(), "kind": one_of("文本", "日期", "时刻", "人员", "单位", "真假", "数字")}),
)
ROW = define(
    "RegisterRow",
    record(
        {
            "instance": ID,
            "undecided": {**BOOLEAN, "description": "未决事项，不得导出"},
            "cells": listed(record({"value": ANY, "text": text()})),
        }
    ),
)
FILTERS = (
    SEARCH,
    Query("state", one_of("active", "suspended", "completed", "cancelled", "incident"), "案卷的状态"),
    Query("column", text(64), "按哪一列日期；不写按第一列"),
    Query("begin", DATE, "从哪一天起，含当日"),
    Query("end", DATE, "到哪一天止，含当日"),
    Query("unit", text(64), "单位列里有这个单位"),
    Query("person", text(64), "人员列里有这个登录名"),
)


@operation("GET", "/registers", TAG, "我能看的台账", page_of("Registers", REGISTER))
def registers(call: Call) -> Answer:
    """Those one of the person's posts opens."""
    items = [
        {"name": each.name, "description": each.description, "definition": each.procedure}
        for each in queries.registers(call.engine, call.login)
    ]
    return {"items": items, "next_cursor": None}


@operation(
    "GET",
    "/registers/{name}",
    TAG,
    "台账的行：我看得到全部内容的案卷",
    page_of("RegisterRows", ROW, columns=listed(COLUMN)),
    query=(*FILTERS, LIMIT, CURSOR),
)
def register_page(call: Call, name: str) -> Answer:
    """A page of a register; the cells are in the order of `columns`."""
    query = call.query
    found = queries.register_page(
        call.engine, call.login, name, wanted(query), query.get("limit", 50), query.get("cursor")
    )
    return {
        "items": [
            {
                "instance": row.instance_id,
                "undecided": row.undecided,
                "cells": [{"value": plain(cell.value), "text": cell.text} for cell in row.cells],
            }
            for row in found.items
        ],
        "next_cursor": found.next_cursor,
        "columns": [{"title": each.title, "kind": each.kind} for each in found.head.columns],
    }


@operation(
    "GET",
    "/registers/{name}/export",
    TAG,
    "导出台账（Excel）；未决事项略去，X-Left-Out 是略去几行，每次都有记录",
    BINARY,
    media=XLSX,
    query=FILTERS,
)
def export_register(call: Call, name: str) -> Answer:
    """The workbook, at most 50,000 rows."""
    return workbook(call.engine, call.login, name, wanted(call.query))


def wanted(query: Any) -> RegisterFilter:
    """The filter of the address, its days read."""
    given: dict[str, Any] = {each.name: query[each.name] for each in FILTERS if each.name in query}
    given |= {name: date.fromisoformat(given[name]) for name in ("begin", "end") if name in given}
    return RegisterFilter(**given)


def plain(value: Any) -> Any:
    """A cell's value as JSON: moments and days as text."""
    if isinstance(value, datetime):
        return iso(value)
    return value.isoformat() if isinstance(value, date) else value


# ---- statistics

RATE = {**nullable(NUMBER), "description": "0 到 1；没有有时限的任务时为 null"}
COUNTS = {
    "started": INTEGER,
    "done": INTEGER,
    "open": INTEGER,
    "late": INTEGER,
    "with_due": INTEGER,
    "on_time": INTEGER,
    "on_time_rate": RATE,
    "oldest": nullable(record({"instance": nullable(ID), "title": nullable(text()), "working_days": NUMBER})),
}
PROCEDURE = define("ProcedureStatistics", record({"definition": text(), "definition_name": text(), **COUNTS}))
STEP = define(
    "StepStatistics",
    record(
        {
            "definition": text(),
            "element": text(),
            "name": text(),
            "done": INTEGER,
            "open": INTEGER,
            "late": INTEGER,
            "with_due": INTEGER,
            "on_time": INTEGER,
            "on_time_rate": RATE,
            "median_working_days": nullable(NUMBER),
        }
    ),
)


@operation(
    "GET",
    "/statistics",
    TAG,
    "运行统计：在办、逾期、办结、按时率、各环节中位用时",
    define(
        "Statistics",
        record(
            {
                "from": DATE,
                "to": DATE,
                "total": record(COUNTS),
                "procedures": listed(PROCEDURE),
                "steps": listed(STEP),
            }
        ),
    ),
    query=(
        Query("process", text(64), "流程的键；不写是全部"),
        Query("from", DATE, "从哪一天起，含当日；不写是本月一日"),
        Query("to", DATE, "到哪一天止，含当日；不写是今天"),
    ),
    refusals=(403,),
)
def statistics(call: Call) -> Answer:
    """For holders of a post with the capability `statistics`."""
    days = {
        name: date.fromisoformat(call.query[each]) if each in call.query else None
        for name, each in (("begin", "from"), ("end", "to"))
    }
    found = queries.statistics(call.engine, call.login, call.query.get("process"), **days)
    return {
        "from": found.begin.isoformat(),
        "to": found.end.isoformat(),
        "total": counts(found.total),
        "procedures": [
            {"definition": each.key, "definition_name": each.name, **counts(each)}
            for each in found.procedures
        ],
        "steps": [step(each) for each in found.steps],
    }


def counts(found: ProcedureStatistics) -> dict[str, Any]:
    """The keys of `COUNTS`."""
    return {
        "started": found.started,
        "done": found.done,
        "open": found.open,
        "late": found.late,
        "with_due": found.with_due,
        "on_time": found.on_time,
        "on_time_rate": found.on_time_rate,
        "oldest": oldest(found.oldest),
    }


def oldest(found: OldCase | None) -> dict[str, Any] | None:
    """The oldest case; who may not see it is told its age only."""
    if found is None:
        return None
    return {"instance": found.instance_id, "title": found.title, "working_days": found.days}


def step(found: StepStatistics) -> dict[str, Any]:
    """A step as `StepStatistics`."""
    return {
        "definition": found.process,
        "element": found.element,
        "name": found.name,
        "done": found.done,
        "open": found.open,
        "late": found.late,
        "with_due": found.with_due,
        "on_time": found.on_time,
        "on_time_rate": found.on_time_rate,
        "median_working_days": found.median_days,
    }
