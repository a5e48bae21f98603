"""Acts on a town from another process when told to go, so that tests can race, or restart in the middle.

Run as `python -m tests.support.other_process`, it reads jobs as lines of JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select

from engine import ProcessEngine, commands, history
from engine.clock import FixedClock, iso, parse_moment
from engine.errors import EngineError
from engine.models import Task
from engine.transaction import begin

ROOT = Path(__file__).parents[2]


class Others:
    """Some other processes, which stay for several races; each job gets an engine of its own there."""

    def __init__(self, number: int = 2) -> None:
        line = [sys.executable, "-m", "tests.support.other_process"]
        self._processes = [
            subprocess.Popen(line, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(number)
        ]

    def race(self, jobs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Do all jobs at the same time, each in another process; gives what each answered, in order.

        An answer is `{"result": …}`, or `{"error": kind, "message": sentence}`.
        """
        running = self._processes[: len(jobs)]
        for process, each in zip(running, jobs, strict=True):
            self._tell(process, json.dumps(each))
        for process in running:
            assert self._hear(process) == "ready"
        # Everybody stands at the line; now all may run.
        for process in running:
            self._tell(process, "go")
        return [json.loads(self._hear(process)) for process in running]

    def close(self) -> None:
        for process in self._processes:
            process.communicate(timeout=60)

    def _tell(self, process: subprocess.Popen[str], text: str) -> None:
        assert process.stdin is not None
        process.stdin.write(text + "\n")
        process.stdin.flush()

    def _hear(self, process: subprocess.Popen[str]) -> str:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, "the other process has ended"
        return line.strip()


def job(town: Any, do: str, **arguments: Any) -> dict[str, Any]:
    """A job: something to do in this town."""
    return {"url": town.url, "folder": str(town.folder), "now": iso(town.engine.now()), "do": do, **arguments}


def _complete(
    engine: ProcessEngine, login: str, task: str, data: dict[str, Any], key: str | None = None
) -> Any:
    return commands.complete_user_task(engine, login, task, data, idempotency_key=key)


def _complete_all(
    engine: ProcessEngine, login: str, instances: list[str], data: dict[str, dict[str, Any]]
) -> Any:
    """Complete whatever is open in these cases until nothing is, with data by element; gives the elements."""
    return [_complete_one(engine, login, instance, data) for instance in instances]


def _complete_one(
    engine: ProcessEngine, login: str, instance: str, data: dict[str, dict[str, Any]]
) -> list[str]:
    done: list[str] = []
    while True:
        with engine.database.reading() as session:
            task = session.scalars(
                select(Task)
                .where(Task.instance_id == instance, Task.state == "open")
                .order_by(Task.opened_at, Task.id)
            ).first()
        if task is None:
            return done
        commands.complete_user_task(engine, login, task.id, data.get(task.element, {}))
        commands.drain(engine)
        done.append(task.element)


def _start(
    engine: ProcessEngine, login: str, key: str, times: int = 1, idempotency_key: str | None = None
) -> Any:
    return [
        commands.start_process_instance(engine, login, key, idempotency_key=idempotency_key)["instance"]
        for _ in range(times)
    ]


def _try(engine: ProcessEngine, login: str, tasks: list[str], data: list[dict[str, Any]]) -> Any:
    """Complete several tasks with their data; what failed is told and left."""
    told = []
    for task, form in zip(tasks, data, strict=True):
        try:
            commands.complete_user_task(engine, login, task, form)
            told.append("done")
        except EngineError as error:
            told.append(type(error).__name__)
    return told


def _note(engine: ProcessEngine, chain: str, times: int) -> Any:
    """Write lines into a history chain."""
    for number in range(times):
        with begin(engine, None) as tx:
            tx.record(chain, "note", {"number": number})
    return times


def _drain(engine: ProcessEngine) -> Any:
    return commands.drain(engine)


def _draft(engine: ProcessEngine, login: str, task: str, times: int) -> Any:
    for number in range(times):
        commands.save_draft(engine, login, task, {"数量": number})
    return times


ACTIONS: dict[str, Callable[..., Any]] = {
    "complete": _complete,
    "complete_all": _complete_all,
    "start": _start,
    "try": _try,
    "note": _note,
    "drain": _drain,
    "draft": _draft,
}


def act(arguments: dict[str, Any]) -> None:
    """Get ready, wait for the word, act, print the answer."""
    folder = Path(arguments.pop("folder"))
    clock = FixedClock(parse_moment(arguments.pop("now")))
    action = ACTIONS[arguments.pop("do")]
    engine = ProcessEngine(arguments.pop("url"), folder / "processes", folder / "data", clock)
    with engine.database.reading() as session:
        history.length(session, history.SYSTEM)
    print("ready", flush=True)
    sys.stdin.readline()
    answer: dict[str, Any]
    try:
        answer = {"result": action(engine, **arguments)}
    except EngineError as error:
        answer = {"error": type(error).__name__, "message": str(error)}
    except Exception as error:
        traceback.print_exc()
        answer = {"error": type(error).__name__, "message": str(error)}
    engine.close()
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    while line := sys.stdin.readline():
        act(json.loads(line))
