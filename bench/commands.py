"""Counts statements and commits of the everyday commands and measures them against a floor of the same minute.

The floor is what any program must do to complete a task durably: read a row, update it, add an audit row, commit. Machines are noisy, so
the ratio says more than the milliseconds. Run: `python -m bench.commands [rounds]`.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event, text

from engine import ProcessEngine, commands, queries
from engine.clock import CN, FixedClock
from tests.support import toy

ROUNDS = 40


class Counter:
    """Statements and commits on one database engine since the last `reset`."""

    def __init__(self, database: Any):
        self.statements = self.commits = 0
        event.listen(database, "before_cursor_execute", self._statement)
        event.listen(database, "commit", self._commit)

    def _statement(self, *_: Any) -> None:
        self.statements += 1

    def _commit(self, *_: Any) -> None:
        self.commits += 1

    def reset(self) -> None:
        self.statements = self.commits = 0


def milliseconds(do: Callable[[], Any]) -> float:
    start = time.perf_counter()
    do()
    return (time.perf_counter() - start) * 1000


def floor(folder: Path) -> Callable[[], None]:
    """Read, update, audit row, commit on SQLite with the same durability."""
    database = create_engine(f"sqlite:///{folder / 'floor.db'}")
    with database.begin() as connection:
        connection.execute(text("PRAGMA journal_mode=WAL"))
        connection.execute(text("CREATE TABLE task (id INTEGER PRIMARY KEY, state TEXT, rev INTEGER)"))
        connection.execute(text("CREATE TABLE audit (id INTEGER PRIMARY KEY, task INTEGER, body TEXT)"))
        connection.execute(text("INSERT INTO task VALUES (1, 'open', 0)"))

    def once() -> None:
        with database.begin() as connection:
            connection.execute(text("PRAGMA synchronous=FULL"))
            rev = connection.execute(text("SELECT rev FROM task WHERE id = 1")).scalar_one()
            connection.execute(text("UPDATE task SET rev = :rev WHERE id = 1"), {"rev": rev + 1})
            connection.execute(text("INSERT INTO audit (task, body) VALUES (1, :body)"), {"body": "x" * 500})

    return once


def main(rounds: int) -> None:
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    engine: ProcessEngine = toy.open_toy(folder)
    engine.clock = FixedClock(datetime(2026, 11, 24, 9, 0, tzinfo=CN))
    counter = Counter(engine.database.engine)
    base = floor(folder)
    rows: dict[str, list[tuple[float, int, int]]] = {}
    floors = []

    def measure(name: str, do: Callable[[], Any]) -> Any:
        counter.reset()
        result: list[Any] = []
        took = milliseconds(lambda: result.append(do()))
        rows.setdefault(name, []).append((took, counter.statements, counter.commits))
        return result[0]

    for _ in range(rounds):
        floors.append(milliseconds(base))
        started = measure(
            "start a case", lambda: commands.start_process_instance(engine, toy.CLERK, "requisition")
        )
        measure("drain", lambda: commands.drain(engine))
        instance = str(started["instance"])
        task = queries.case_view(engine, toy.CLERK, instance).open_tasks[0]
        measure("open a task's page", partial(queries.task_view, engine, toy.CLERK, task.id))
        measure("inbox", lambda: queries.inbox(engine, toy.CLERK))
        measure(
            "complete a task", partial(commands.complete_user_task, engine, toy.CLERK, task.id, toy.FILLED)
        )
    least = statistics.median(floors)
    print(f"floor (read, update, audit row, commit): {least:.2f} ms; {rounds} rounds, medians")
    print(f"{'':22}{'ms':>8}{'x floor':>9}{'statements':>12}{'commits':>9}")
    for name, found in rows.items():
        took, statements, commits = (statistics.median(column) for column in zip(*found, strict=True))
        print(f"{name:22}{took:8.1f}{took / least:9.1f}{statements:12.0f}{commits:9.0f}")
    engine.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
