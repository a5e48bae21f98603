"""Counts what is asked of the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import event

from engine import ProcessEngine


def statements(engine: ProcessEngine, ask: Callable[[], Any]) -> int:
    """How many statements `ask` sends to the database of this engine."""
    sent: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(engine.database.engine, "before_cursor_execute", count)
    try:
        ask()
    finally:
        event.remove(engine.database.engine, "before_cursor_execute", count)
    return len(sent)
