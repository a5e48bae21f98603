"""应用到在办事项: put cases under way onto the current version of their procedure, and take that back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import select

from engine import versions
from engine.access import name_of
from engine.case import Case
from engine.commands.batch import OUTCOMES
from engine.commands.once import Result, once
from engine.commands.settled import on_settled_case
from engine.definitions import Definition
from engine.drafts import own_pack
from engine.errors import Conflict, ElementFailed, EngineError, Invalid, NotFound, Refused
from engine.models import InboxEntry, ProcessDefinition, ProcessInstance, Task, VersionChange
from engine.notices import notify
from engine.process_engine import SHARED, ProcessEngine
from engine.spiff import NotCarried
from engine.transaction import Transaction

MOST = 200
"""So many cases are changed at a time."""


def apply_version(
    engine: ProcessEngine,
    actor: str,
    definition_id: int,
    instance_ids: Sequence[str],
    reason: str,
    idempotency_key: str | None = None,
) -> Result:
    """Let cases under way go on under this version, which must be the current one, each in its own transaction.

    What `queries.rebase_preview` says is not carried is refused, and keeps no other back. Returns `{"definition",
    "version", "items": [{"instance", "outcome", "detail", "change"}]}`; the outcome is done, not_found, conflict or
    refused. Raises Forbidden, NotFound, Conflict, Invalid.
    """
    with engine.database.reading() as session:
        pack = own_pack(engine, session, actor)
        row = session.get(ProcessDefinition, definition_id)
        if row is None or row.pack not in (pack, SHARED):
            raise NotFound("没有这个版本。")
        if not row.current:
            raise Conflict("只有现行版本可以应用到在办事项。请刷新页面。")
        target = engine.definitions.get(session, definition_id)
    ids = _chosen(instance_ids, reason)

    def put(tx: Transaction, case: Case) -> dict[str, Any]:
        return _apply(tx, case, pack, target, reason.strip())

    items = [_each(engine, actor, each, "apply_version", idempotency_key, put) for each in ids]
    return {"definition": definition_id, "version": target.version, "items": items}


def revert_version(
    engine: ProcessEngine,
    actor: str,
    change_ids: Sequence[int],
    reason: str,
    idempotency_key: str | None = None,
) -> Result:
    """Take changes of version back, each in its own transaction: the case is again what it was.

    Only while nothing has been done since. Returns `{"items": [{"instance", "outcome", "detail", "change"}]}`. Raises
    Forbidden, Invalid.
    """
    with engine.database.reading() as session:
        pack = own_pack(engine, session, actor)
        known = {
            each.id: each.instance_id
            for each in session.scalars(select(VersionChange).where(VersionChange.id.in_(change_ids)))
        }
    items = []
    for change_id in _chosen(change_ids, reason):

        def back(tx: Transaction, case: Case, change_id: int = change_id) -> dict[str, Any]:
            return _revert(tx, case, pack, change_id, reason.strip())

        items.append(
            _each(
                engine, actor, known.get(change_id, ""), f"revert_version {change_id}", idempotency_key, back
            )
        )
    return {"items": items}


def _chosen(given: Sequence[Any], reason: str) -> list[Any]:
    found, errors = list(dict.fromkeys(given)), {}
    if not found:
        errors["instances"] = "请至少选择一个案卷。"
    elif len(found) > MOST:
        errors["instances"] = f"一次最多 {MOST} 个案卷，请分几次。"
    if not reason.strip():
        errors["reason"] = "请写明理由。"
    elif len(reason) > 500:
        errors["reason"] = "理由不能超过 500 字。"
    if errors:
        raise Invalid(errors)
    return found


def _each(
    engine: ProcessEngine,
    actor: str,
    instance_id: str,
    command: str,
    idempotency_key: str | None,
    do: Callable[[Transaction, Case], dict[str, Any]],
) -> dict[str, Any]:
    """One case in its own transaction; what hinders it is told and not raised."""
    verb = command.split(" ")[0]
    key = f"{instance_id[:32]}:{command[-12:]}:{idempotency_key}" if idempotency_key else None
    item = {"instance": instance_id, "outcome": "done", "detail": None, "change": None}

    def act(tx: Transaction, case: Case) -> dict[str, Any]:
        return once(tx, verb, key, lambda: do(tx, case), instance=instance_id)

    try:
        return {**item, **on_settled_case(engine, actor, instance_id, act)}
    except ElementFailed as error:
        return {**item, "outcome": "refused", "detail": str(error)}
    except EngineError as error:
        item["outcome"] = next((name for kind, name in OUTCOMES if isinstance(error, kind)), None)
        if item["outcome"] is None:
            raise
        return {**item, "detail": str(error)}


def _apply(tx: Transaction, case: Case, pack: str, target: Definition, reason: str) -> dict[str, Any]:
    if case.row.pack != pack or case.row.key != target.key:
        raise NotFound()
    before = case.definition
    if before.id == target.id:
        raise Conflict("案卷已经按这一版办理。")
    if why := versions.hindered(case):
        raise Conflict(f"{why}。")
    state = versions.state_of(case)
    try:
        versions.carry(case, target)
    except NotCarried as error:
        raise Refused(f"{error}。") from error
    fired = [each.name or each.element for each in case.live.passed()]
    change = VersionChange(
        instance_id=case.row.id,
        from_id=before.id,
        to_id=target.id,
        before=state,
        after=state,
        fired=fired,
        reason=reason,
        made_by=str(tx.actor),
        made_at=tx.now,
    )
    _settle(tx, case, before, "version.applied", reason)
    change.after = versions.state_of(case)
    tx.session.add(change)
    tx.session.flush()
    return {"instance": case.row.id, "change": change.id}


def _revert(tx: Transaction, case: Case, pack: str, change_id: int, reason: str) -> dict[str, Any]:
    change = tx.session.get(VersionChange, change_id, populate_existing=True)
    if change is None or case.row.pack != pack or change.instance_id != case.row.id:
        raise NotFound()
    if why := versions.fixed_by(case, change):
        raise Conflict(f"{why}。")
    before = case.definition
    versions.take_back(case, change)
    _settle(tx, case, before, "version.reverted", reason)
    change.reverted_by, change.reverted_at, change.revert_reason = str(tx.actor), tx.now, reason
    return {"instance": case.row.id, "change": change.id}


def _settle(tx: Transaction, case: Case, before: Definition, kind: str, reason: str) -> None:
    """The rows follow the version, the history says so, and whoever has the case in hand is told."""
    told = set(_concerned(tx, case.row))
    versions.follow(case, before)
    case.save(kind, {"before": before.version, "after": case.definition.version, "reason": reason})
    told |= set(_concerned(tx, case.row))
    notify(
        case,
        sorted(told - {f"user:{tx.actor}"}),
        "version",
        f"{name_of(tx, tx.actor)}让“{case.row.title}”改按第 {case.definition.version} 版办理，"
        f"已经办过的不变，后面的环节和期限以新的为准。理由：{reason}"
        if kind == "version.applied"
        else f"“{case.row.title}”恢复按第 {case.definition.version} 版办理。理由：{reason}",
    )


def _concerned(tx: Transaction, row: ProcessInstance) -> list[str]:
    return list(
        tx.session.scalars(
            select(InboxEntry.principal)
            .join(Task, Task.id == InboxEntry.task_id)
            .where(Task.instance_id == row.id)
        )
    )


__all__ = ["MOST", "apply_version", "revert_version"]
