"""Runs the scenarios of a folder against the procedures in it: `python -m features.gate FOLDER`.

The folder holds `processes/` and `features/` (only .feature files) and `gate.json`:

    {"files": ["<pack>/<name>", …], "scenarios": [ids, all when empty], "parameters": {pack: {name: text}},
     "jobs": n, "seconds": CPU seconds for each process, "bytes": address space}

Each line of the output is a JSON object: `{"kind": "start", "total": n}`, one `{"kind": "scenario", …}` for each scenario
(see `features.runner.Run.outcome`), `{"kind": "end"}`, or `{"kind": "broken", "message": …}` when nothing could be run.
Everything happens in a database of its own in the folder; the clock is that of the scenarios.
"""

from __future__ import annotations

import json
import logging
import multiprocessing
import multiprocessing.connection
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from engine import commands
from engine.errors import BadDiagram, EngineError
from engine.limits import limit_process
from features.runner import Outcome, Run, Stage, read_runs, share_out
from features.steps.town import Town, open_town

Line = dict[str, Any]
DIED = "执行到这里程序中断：用时或内存超过限制。"


def say(line: Line) -> None:
    """Tell the program that waits for it."""
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def prepare(folder: Path, parameters: dict[str, dict[str, str]]) -> Town:
    """A town with everything of the folder deployed, in `folder/template/town.db`; its connections are closed."""
    template = folder / "template"
    template.mkdir(exist_ok=True)
    town = open_town(template, folder / "processes", "", durable=False)
    town.deploy()
    for pack, values in parameters.items():
        for name, text in values.items():
            commands.set_parameter(town.engine, None, pack, name, text, "试跑")
    commands.drain(town.engine)
    town.engine.close()
    with closing(sqlite3.connect(template / "town.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return town


def chosen(folder: Path, asked: Line) -> list[Run]:
    """The scenarios to be run."""
    files, wanted = set(asked.get("files") or ()), set(asked.get("scenarios") or ())
    runs = [run for run in read_runs(folder / "features") if not files or run.file in files]
    return [run for run in runs if not wanted or run.scenario in wanted]


def play(folder: Path, number: int, town: Town, runs: list[Run], tell: Any) -> None:
    """Play some of the scenarios on a stage of their own."""
    own = folder / f"stage-{number}"
    own.mkdir(exist_ok=True)
    stage = Stage(folder / "template" / "town.db", own, folder / "processes", town.engine.definitions)
    stage.play(runs, tell)


def spread(folder: Path, town: Town, runs: list[Run], jobs: int) -> None:
    """Play the scenarios in several processes, which begin as copies of this one."""
    context = multiprocessing.get_context("fork")
    waiting: dict[Any, set[int]] = {}
    numbered = {id(run): number for number, run in enumerate(runs)}
    processes = []
    for number, part in enumerate(share_out(runs, jobs)):
        ours, theirs = context.Pipe(duplex=False)

        def work(part: list[Run] = part, number: int = number, out: Any = theirs) -> None:
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115  What a library prints must not mix with the lines.
            play(folder, number, town, part, out.send)

        process = context.Process(target=work, daemon=True)
        process.start()
        processes.append(process)
        theirs.close()
        waiting[ours] = {numbered[id(run)] for run in part}
    told: set[str] = set()
    by_end: dict[Any, list[Run]] = {end: [runs[n] for n in sorted(mine)] for end, mine in waiting.items()}
    while waiting:
        for ready in multiprocessing.connection.wait(list(waiting)):
            end: Any = ready
            try:
                outcome: Outcome = end.recv()
            except EOFError:
                del waiting[end]
                for run in by_end[end]:
                    lost = run.outcome("failed", message=DIED)
                    if lost["id"] not in told:
                        say(lost)
                continue
            told.add(str(outcome["id"]))
            say(outcome)
    for process in processes:
        process.join()


def main(folder: Path) -> int:
    """Run what the folder asks for; 0 unless nothing could be run."""
    logging.disable(logging.CRITICAL)
    asked: Line = json.loads((folder / "gate.json").read_text("utf-8"))
    limit_process(asked.get("seconds"), asked.get("bytes"))
    runs = chosen(folder, asked)
    say({"kind": "start", "total": len(runs)})
    if runs:
        try:
            town = prepare(folder, asked.get("parameters") or {})
        except BadDiagram as error:
            say({"kind": "broken", "message": "；".join([str(error), *error.findings])})
            return 1
        except EngineError as error:
            say({"kind": "broken", "message": str(error)})
            return 1
        jobs = min(int(asked.get("jobs") or 1), len(runs))
        if jobs > 1 and "fork" in multiprocessing.get_all_start_methods():
            spread(folder, town, runs, jobs)
        else:
            play(folder, 0, town, runs, say)
    say({"kind": "end"})
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
