"""Runs of the scenarios against a draft, or against what is published: started, watched, stopped."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any

from sqlalchemy import select, update

from engine.commands.once import Result, once
from engine.database import queue_for
from engine.definitions import FEATURES
from engine.drafts import candidate_tried, check_files, own_pack, require_draft, require_procedure
from engine.errors import BadDiagram, Conflict, Invalid, NotFound
from engine.gate import (
    Candidate,
    Published,
    Refusal,
    Running,
    leave_out,
    plan,
    published,
    recall,
    remember,
    run_scenarios,
    soft_changes,
    stage,
    state_of,
    still_refused,
    surroundings,
    without_running,
)
from engine.models import GateRun, ProcessDefinition, ProcessDraft
from engine.process_engine import ProcessEngine
from engine.transaction import Transaction, begin

RUNNING = "running"
SHOW_SECONDS = 0.3
"""How often the progress of a run is written down."""
_running: dict[tuple[int, int], Running | None] = {}
"""(engine, run) → the process, None while it is being prepared: runs of this program."""


def start_gate(
    engine: ProcessEngine,
    actor: str,
    key: str,
    only: Sequence[str] = (),
    idempotency_key: str | None = None,
    files: Mapping[str, str] | None = None,
    released: bool = False,
) -> Result:
    """Begin to run what the draft touches, in the background; without a draft, the published version's own scenarios.

    `only` are ids of scenarios to run alone (`<pack>/<file>::<title>`); such a run never permits publishing. With it
    `files` (path → text) may bring scenario files as they would be: they are tried, not saved. `released` runs the published
    version although there is a draft. The answer is the run's id, for `queries.gate_run`.
    Raises Forbidden, NotFound, Invalid for files that cannot be tried, Conflict while one is running.
    """
    with begin(engine, actor) as tx:

        def do() -> Result:
            pack, version = _wanted(tx, actor, key, released)
            texts = _texts(tx, key, only, files or {})
            candidate = candidate_tried(tx.session, key, pack, version, texts)
            assert candidate is not None
            queue_for(tx.session, f"gate {key}")
            _require_idle(tx, key)
            state = state_of(candidate, published(engine, tx.session))
            run = _begin_run(tx, key, state, only, version, texts)
            return {"run": run.id, "process": key, "key": key}

        result = once(tx, "start_gate", idempotency_key, do, process=key)
    run_id = int(result["run"])
    if _claim(engine, run_id):
        threading.Thread(
            target=_in_background, args=(engine, run_id, actor), name="gate", daemon=True
        ).start()
    return result


def _wanted(tx: Transaction, actor: str, key: str, released: bool) -> tuple[str, int | None]:
    """The actor's pack, and the published version that is to be tried, None for the draft."""
    pack = own_pack(tx.engine, tx.session, actor, "definitions", "review")
    if not released and tx.session.get(ProcessDraft, key) is not None:
        require_draft(tx.session, key, pack)
        return pack, None
    return pack, require_procedure(tx.session, key, pack).version


def _texts(tx: Transaction, key: str, only: Sequence[str], files: Mapping[str, str]) -> dict[str, str]:
    """The scenario files to be tried. Raises Invalid."""
    faults = {path: f"只能试跑场景文件，不能带“{path}”。" for path in files if not path.startswith(FEATURES)}
    if files and not only:
        faults[""] = "没有保存的场景只能逐个试跑。"
    if faults:
        raise Invalid(faults)
    check_files(key, files, set(tx.session.scalars(select(ProcessDefinition.key).distinct())))
    return dict(files)


def _begin_run(
    tx: Transaction,
    key: str,
    state: str,
    only: Sequence[str] = (),
    version: int | None = None,
    files: Mapping[str, str] | None = None,
) -> GateRun:
    run = GateRun(
        key=key,
        draft_hash=state,
        started_by=tx.actor,
        started_at=tx.now,
        finished_at=None,
        state=RUNNING,
        only=sorted(set(only)),
        version=version,
        files=dict(files or {}),
        done=0,
        total=0,
        results=[],
        refusals=[],
    )
    tx.session.add(run)
    tx.session.flush()
    return run


def begin_run_for(engine: ProcessEngine, key: str, state: str) -> int:
    """Begin a run for somebody who will call `gate` for it."""
    with begin(engine, None) as tx:
        run = _begin_run(tx, key, state)
    _running[id(engine), run.id] = None
    return run.id


def _require_idle(tx: Transaction, key: str) -> None:
    """Raises Conflict while this program runs the scenarios of the procedure; a run it knows nothing of is over."""
    for run in tx.session.scalars(select(GateRun).where(GateRun.key == key, GateRun.state == RUNNING)):
        if (id(tx.engine), run.id) in _running:
            raise Conflict("这个流程的场景正在试跑，请等它跑完，或先停下。")
        run.state, run.finished_at = "stopped", tx.now


def _claim(engine: ProcessEngine, run_id: int) -> bool:
    """Whether the run is still to be done and nobody does it."""
    with engine.database.reading() as session:
        run = session.get(GateRun, run_id)
        waiting = run is not None and run.state == RUNNING and (id(engine), run_id) not in _running
    if waiting:
        _running[id(engine), run_id] = None
    return waiting


def _in_background(engine: ProcessEngine, run_id: int, actor: str) -> None:
    try:
        _gate_again(engine, run_id, actor)
    except Exception as error:
        logging.getLogger("guicheng.gate").exception("run %d came to no end", run_id)
        _finish(
            engine, run_id, "refused", [], [Refusal("broken", f"试跑出错：{type(error).__name__}：{error}")]
        )


def _gate_again(engine: ProcessEngine, run_id: int, actor: str) -> None:
    """Read everything once more, in this thread, and do the run."""
    with engine.database.reading() as session:
        run = session.get_one(GateRun, run_id)
        now = published(engine, session)
        pack = own_pack(engine, session, actor, "definitions", "review")
        candidate = candidate_tried(session, run.key, pack, run.version, run.files)
        changed = candidate is None or state_of(candidate, now) != run.draft_hash
    if changed or candidate is None:
        _finish(engine, run_id, "stopped", [], [])
        return
    gate(engine, run_id, candidate, now)


def gate(engine: ProcessEngine, run_id: int, candidate: Candidate, now: Published) -> str:
    """Do a run that has been begun, and write down how it went; its final state."""
    results: list[dict[str, Any]] = []
    refusals: list[Refusal] = []
    try:
        with engine.database.reading() as session:
            only = list(session.get_one(GateRun, run_id).only)
        if not only:
            refusals += without_running(candidate, now)
        runnable = all(f"{each.key}.bpmn" in each.files for each in candidate.bundles)
        broken = any(each.rule == "lint" for each in refusals)
        # A diagram with errors is not deployed anywhere, not even where nothing can be spoilt.
        if runnable and not broken:
            refusals += _run(engine, run_id, candidate, now, only, results)
        state = _state(engine, run_id, refusals, results)
        if not only:
            _mark_changes(candidate, now, results)
    except BadDiagram as error:
        refusals.append(Refusal("broken", "；".join([str(error), *error.findings])))
        state = "refused"
    _finish(engine, run_id, state, results, refusals)
    return state


def _state(
    engine: ProcessEngine, run_id: int, refusals: Sequence[Refusal], results: Sequence[Mapping[str, Any]]
) -> str:
    if _stopped(engine, run_id):
        return "stopped"
    if refusals:
        return "refused"
    return "failed" if any(each["outcome"] == "failed" for each in results) else "passed"


def _stopped(engine: ProcessEngine, run_id: int) -> bool:
    running = _running.get((id(engine), run_id))
    return running is not None and running.stopped


def _run(
    engine: ProcessEngine,
    run_id: int,
    candidate: Candidate,
    now: Published,
    only: Sequence[str],
    results: list[dict[str, Any]],
) -> list[Refusal]:
    asked = plan(candidate, now, only)
    if asked.nothing:
        return []
    written = monotonic()
    known: list[dict[str, Any]] = []

    def hear(line: Mapping[str, Any]) -> None:
        nonlocal written
        if line.get("kind") == "start":
            _progress(engine, run_id, total=int(line["total"]) + len(known), done=len(known))
        elif line.get("kind") == "scenario":
            results.append({name: value for name, value in line.items() if name != "kind"})
            if monotonic() - written >= SHOW_SECONDS:
                # All results are megabytes; until the end only those that failed are worth writing.
                failed = [each for each in results if each["outcome"] == "failed"]
                _progress(engine, run_id, done=len(results), results=failed)
                written = monotonic()

    def started(running: Running) -> None:
        stopped = (id(engine), run_id) not in _running
        _running[id(engine), run_id] = running
        if stopped:
            running.stop()

    with stage(engine.processes, candidate, now, asked) as folder:
        around = surroundings(folder, candidate.after(now))
        if not only:
            with engine.database.reading() as session:
                known += map(dict, recall(session, around, asked.files, asked.scenarios))
            results += known
        fault = ""
        if leave_out(folder, asked, {each["scenario"] for each in known}):
            fault = run_scenarios(folder, hear, started)
        with engine.database.writing() as session:
            remember(session, around, asked.files, results[len(known) :])
    results.sort(key=lambda each: (each["file"], each["line"], each["id"]))
    hard = [] if only else still_refused(results)
    lost = sorted(set(only) - {each["scenario"] for each in results})
    stopped = _stopped(engine, run_id)
    if fault or stopped or not lost:
        return [*hard, *([Refusal("broken", fault)] if fault else [])]
    titles = "、".join(f"“{each.partition('::')[2]}”" for each in lost)
    return [Refusal("broken", f"没有跑到场景{titles}：文件里没有它，或者文件解析不了。")]


def _mark_changes(candidate: Candidate, now: Published, results: list[dict[str, Any]]) -> None:
    changes = soft_changes(candidate, now)
    for each in results:
        each["change"] = changes.get(each["scenario"], "")
    for scenario, change in changes.items():
        file, _, title = scenario.partition("::")
        if change == "removed":
            gone = {"id": scenario, "scenario": scenario, "file": file, "name": title, "change": change}
            results.append(
                {
                    **gone,
                    "rule": "",
                    "line": 0,
                    "tags": [],
                    "hard": False,
                    "outcome": "removed",
                    "sentence": "",
                    "message": "",
                    "at": [],
                    "clauses": [],
                    "steps": [],
                }
            )


def _progress(engine: ProcessEngine, run_id: int, **values: Any) -> None:
    with engine.database.writing() as session:
        session.execute(
            update(GateRun).where(GateRun.id == run_id, GateRun.state == RUNNING).values(**values)
        )


def _finish(
    engine: ProcessEngine,
    run_id: int,
    state: str,
    results: Sequence[Mapping[str, Any]],
    refusals: Sequence[Refusal],
) -> None:
    with begin(engine, None) as tx:
        run = tx.session.get_one(GateRun, run_id)
        ran = [each for each in results if each["outcome"] != "removed"]
        if run.state == RUNNING:
            run.state, run.finished_at = state, tx.now
        run.done, run.total = len(ran), max(run.total, len(ran))
        run.results, run.refusals = list(results), [each.as_json() for each in refusals]
    _running.pop((id(engine), run_id), None)


def wait_for_gate(engine: ProcessEngine, run_id: int, seconds: float = 900.0) -> str:
    """Wait until a run is over; its state."""
    end, pause = monotonic() + seconds, threading.Event()
    while True:
        with engine.database.reading() as session:
            # Nothing else of it: the results are large.
            state = session.scalars(select(GateRun.state).where(GateRun.id == run_id)).one()
        if state != RUNNING or monotonic() > end:
            return state
        pause.wait(0.05)


def stop_gate(engine: ProcessEngine, actor: str, key: str, idempotency_key: str | None = None) -> Result:
    """Stop the run under way. Raises NotFound when there is none."""
    with begin(engine, actor) as tx:

        def do() -> Result:
            own_pack(engine, tx.session, actor, "definitions", "review")
            run = tx.session.scalars(
                select(GateRun)
                .where(GateRun.key == key, GateRun.state == RUNNING)
                .order_by(GateRun.id.desc())
            ).first()
            if run is None:
                raise NotFound("没有正在试跑的场景。")
            running = _running.get((id(engine), run.id))
            if running is not None:
                running.stop()
            else:
                # Not begun yet, or begun by a program that is no longer there.
                _running.pop((id(engine), run.id), None)
                run.state, run.finished_at = "stopped", tx.now
            return {"run": run.id, "process": key, "key": key}

        return once(tx, "stop_gate", idempotency_key, do, process=key)


def settle_gates(engine: ProcessEngine) -> None:
    """Note that runs of a program that was ended will not come to their end."""
    with begin(engine, None) as tx:
        for run in tx.session.scalars(select(GateRun).where(GateRun.state == RUNNING)):
            if (id(engine), run.id) not in _running:
                run.state, run.finished_at = "stopped", tx.now


__all__ = [
    "RUNNING",
    "begin_run_for",
    "gate",
    "settle_gates",
    "start_gate",
    "stop_gate",
    "wait_for_gate",
]
