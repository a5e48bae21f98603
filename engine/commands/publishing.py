"""Publishing: a second person makes a draft whose scenarios have been run the version that new cases get."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from engine import history
from engine.commands.deploy import next_version
from engine.commands.drafts import remove_draft
from engine.commands.gating import RUNNING
from engine.commands.once import Result, once
from engine.commands.parameters import apply_parameter
from engine.database import queue_for
from engine.definitions import Bundle
from engine.drafts import candidate_of, current_row, own_pack, require_draft
from engine.errors import BadDiagram, Conflict, Forbidden, Invalid, Refused
from engine.gate import Candidate, Published, failures, plan, published, state_of
from engine.models import GateRun, Job, ProcessDefinition
from engine.process_engine import ProcessEngine
from engine.transaction import Transaction, begin

CHANGES = ("removed", "altered", "new")
"""What may have happened to a scenario that is not marked hard."""


def publish_draft(
    engine: ProcessEngine,
    actor: str,
    key: str,
    waivers: Mapping[str, str] | None = None,
    note: str = "",
    idempotency_key: str | None = None,
) -> Result:
    """Make the draft the version that new cases get; running cases keep theirs.

    The publisher must not have edited it, and its scenarios must have been run as it is now. `waivers` maps each scenario
    that failed and is not marked hard to the reason for publishing all the same. Raises Forbidden, NotFound, Conflict when
    anything changed since the run, Refused for what nobody may waive, Invalid for a missing reason.
    """
    made: list[int] = []
    try:
        with begin(engine, actor) as tx:

            def do() -> Result:
                return _publish(tx, actor, key, waivers or {}, note.strip(), made)

            return once(tx, "publish_draft", idempotency_key, do, process=key)
    except BaseException:
        engine.definitions.forget(made)
        raise


def _publish(
    tx: Transaction, actor: str, key: str, waivers: Mapping[str, str], note: str, made: list[int]
) -> Result:
    pack = own_pack(tx.engine, tx.session, actor)
    # No two versions come into being at once: each is tested against the others as they are.
    queue_for(tx.session, "deploy")
    draft = require_draft(tx.session, key, pack, lock=True)
    if actor in draft.drafters:
        raise Forbidden("您改过这份草稿，不能由您发布。请另一位流程管理员核对后发布。")
    if len(note) > 2000:
        raise Invalid({"note": "说明不能超过 2000 字。"})
    current = current_row(tx.session, key)
    if (current.id if current else None) != draft.base_id:
        raise Conflict("打开草稿以后又发布了新版本。请先“以新版本为准继续”，核对差异，再试跑和发布。")
    candidate, now = candidate_of(draft, pack), published(tx.engine, tx.session)
    run = _run_that_counts(tx, key, state_of(candidate, now))
    given = _reasons(run, waivers)
    row = _new_version(tx, candidate.bundles[0], made)
    row.origin, row.drafted_by, row.note = "web", list(draft.drafters), note or draft.note
    row.published_by, row.published_at, row.waivers = actor, tx.now, given
    row.gate = summary(run)
    _parse(tx, row)
    followers = _bring_along(tx, candidate, now, made)
    changed = {
        name: list(apply_parameter(tx, pack, name, None, value))
        for name, value in sorted(draft.parameters.items())
    }
    for name, (before, after) in changed.items():
        reason = f"随流程“{row.name}”第 {row.version} 版发布。"
        body = {"pack": pack, "name": name, "before": before, "after": after, "reason": reason}
        tx.record(history.SYSTEM, "parameter.set", body)
    if changed:
        tx.session.add(Job(kind="recompute", arguments={"watches": "*"}, made_at=tx.now))
    tx.record(
        history.SYSTEM,
        "process.published",
        {
            "process": key,
            "version": row.version,
            "hash": row.hash,
            "drafters": row.drafted_by,
            "publisher": actor,
            "waivers": given,
            "gate": {name: row.gate[name] for name in ("run", "total", "failed")},
            "callers": followers,
            "note": row.note,
        },
    )
    remove_draft(tx, draft)
    return {"process": key, "key": key, "version": row.version, "definition": row.id, "callers": followers}


def _run_that_counts(tx: Transaction, key: str, state: str) -> GateRun:
    runs = tx.session.scalars(select(GateRun).where(GateRun.key == key).order_by(GateRun.id.desc()).limit(50))
    run = next((each for each in runs if not each.only and each.version is None), None)
    if run is None or run.state == "stopped":
        raise Refused("发布前要先试跑场景。请点“试跑”，跑完再发布。")
    if run.state == RUNNING:
        raise Conflict("场景正在试跑，请等它跑完再发布。")
    if run.draft_hash != state:
        raise Conflict("试跑以后，草稿、参数或别的流程有了改动。请重新试跑，再发布。")
    if run.refusals:
        reasons = "；".join(str(each["message"]) for each in run.refusals)
        raise Refused(f"有 {len(run.refusals)} 处不能发布，任何人都不能放行：{reasons}")
    return run


def _reasons(run: GateRun, waivers: Mapping[str, str]) -> dict[str, str]:
    """The reason for each scenario that failed. Raises Invalid."""
    failed = failures(run.results)
    given = {scenario: waivers.get(scenario, "").strip() for scenario in failed}
    missing = {
        each: "这个场景没有通过，请写明为什么仍然发布。" for each, reason in given.items() if not reason
    }
    missing |= {each: "理由不能超过 500 字。" for each, reason in given.items() if len(reason) > 500}
    if missing:
        raise Invalid(missing, f"有 {len(missing)} 个场景没有通过，要逐个写明仍然发布的理由。")
    return given


def summary(run: GateRun) -> dict[str, Any]:
    """What a version keeps of the run that let it through."""
    outcomes = [each for each in run.results if each["outcome"] != "removed"]
    changes = {word: [r["name"] for r in run.results if r.get("change") == word] for word in CHANGES}
    return {
        "run": run.id,
        "started_by": run.started_by,
        "started_at": run.started_at.isoformat(),
        "total": len(outcomes),
        "failed": sum(each["outcome"] == "failed" for each in outcomes),
        "changes": {word: names for word, names in changes.items() if names},
    }


def _new_version(tx: Transaction, bundle: Bundle, made: list[int]) -> ProcessDefinition:
    pins = {}
    for called in bundle.diagram.called:
        found = current_row(tx.session, called)
        if found is None:
            raise BadDiagram(f"流程“{bundle.diagram.name}”调用的流程“{called}”不存在。")
        pins[called] = found.id
    version = next_version(tx, bundle.key)
    row = ProcessDefinition(
        key=bundle.key,
        version=version,
        name=bundle.diagram.name,
        pack=bundle.pack,
        hash=bundle.hash,
        files=dict(bundle.files),
        pins=pins,
        deployed_at=tx.now,
        current=True,
    )
    tx.session.add(row)
    tx.session.flush()
    made.append(row.id)
    return row


def _parse(tx: Transaction, row: ProcessDefinition) -> None:
    # Parsing now shows an unexecutable diagram before anybody's case meets it.
    tx.engine.definitions.parsed(tx.session, tx.engine.definitions.get(tx.session, row.id))


def _bring_along(tx: Transaction, candidate: Candidate, now: Published, made: list[int]) -> dict[str, int]:
    """Give a new version to those that call what has changed, and to those whose scenarios name what was renamed."""
    following = plan(candidate, now).renamed or {}
    done: dict[str, int] = {}
    changed = set(candidate.by_key)
    waiting = {key: definition for key, definition in now.definitions.items() if key not in changed}
    while True:
        due = [
            key
            for key, each in waiting.items()
            if changed & each.pins.keys()
            or (key not in done and set(each.bundle.features) & following.keys())
        ]
        # One that is called by another of them comes first.
        key = next((k for k in due if not (waiting[k].pins.keys() & set(due))), None)
        if key is None:
            return done
        before = waiting.pop(key)
        files = dict(before.files)
        for name in before.bundle.features:
            if name in following:
                files[before.bundle.feature_path(name)] = following[name]
        old = tx.session.get_one(ProcessDefinition, before.id)
        row = _new_version(tx, Bundle(before.key, before.pack, files), made)
        row.origin = old.origin if files == before.files else "web"
        row.drafted_by, row.published_by, row.published_at = (
            old.drafted_by,
            old.published_by,
            old.published_at,
        )
        row.note = "因所用的流程有新版本而更新。"
        _parse(tx, row)
        done[key] = row.version
        changed.add(key)


__all__ = ["publish_draft", "summary"]
