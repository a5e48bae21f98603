"""When a task is due, and the facts that say why."""

from datetime import datetime
from typing import Any

from engine.calendar import WorkCalendar
from engine.clock import CN, parse_moment
from engine.expressions import compile_expression
from engine.functions import CATALOGUE, Call
from engine.functions.dates import closing
from engine.functions.registry import Scope
from engine.spiff import OpenTask


def facts(expression: str, names: dict[str, Any], calls: list[Call], result: Any) -> dict[str, Any]:
    """The reason of a result as stored: expression, the values it used, and each traced call."""
    used = compile_expression(expression).names
    return {
        "expression": expression,
        "names": {name: names.get(name) for name in sorted(used)},
        "calls": [
            {
                "function": call.function,
                "arguments": call.arguments,
                "result": call.result,
                "crossed": call.crossed,
                "provisional": call.provisional,
            }
            for call in calls
        ],
        "result": result,
    }


def watched_process(expression: str) -> str | None:
    """The process whose public variables the expression asks for, when it names one; `*` when it asks for any."""
    for call in compile_expression(expression).calls:
        entry = CATALOGUE.get(call.name)
        if entry is not None and entry.queries in ("process", "message"):
            first = call.arguments[0] if call.arguments else None
            return first if isinstance(first, str) and entry.queries == "process" else "*"
    return None


def asks_own_case(expression: str) -> bool:
    """Whether the expression asks for what has been submitted in its own case."""
    entries = (CATALOGUE.get(call.name) for call in compile_expression(expression).calls)
    return any(entry is not None and entry.queries == "case" for entry in entries)


def due_moment(value: Any, scope: Scope) -> datetime | None:
    """A due date's result as a moment: a bare day means closing time; empty means none."""
    if not value:
        return None
    moment = parse_moment(str(value))
    if len(str(value)) == 10:
        at = closing(scope)
        moment = moment.replace(hour=at.hour, minute=at.minute)
    return moment


def later(calendar: WorkCalendar, moment: datetime, days: int) -> datetime:
    """The same time of day so many working days later."""
    local = moment.astimezone(CN)
    return datetime.combine(calendar.after(local.date(), days), local.timetz())


def due_expression(task: OpenTask) -> str | None:
    text = task.extensions.get("dueDate")
    return str(text) if text else None
