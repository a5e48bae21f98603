"""User tasks: claim, give back, keep a draft, complete, hand over."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select

from engine import signing
from engine.access import deputy_of, name_of, oversees, require_may_do, sight
from engine.case import Case
from engine.clock import CN
from engine.commands.once import Result, once
from engine.commands.settled import on_settled_case
from engine.database import queue_for
from engine.errors import Conflict, ElementFailed, Forbidden, Invalid, NotFound, Refused
from engine.forms import validate
from engine.incidents import raise_incident
from engine.models import Draft, ProcessInstance, Task, TaskCandidate
from engine.notices import notify
from engine.process_engine import ProcessEngine
from engine.projections import enter_inboxes
from engine.sheets import task_sheet
from engine.spiff import OpenTask
from engine.submission import finish, hold, require_signed, require_undivided
from engine.suspension import require_running
from engine.transaction import Transaction, begin


def complete_user_task(
    engine: ProcessEngine,
    actor: str,
    task_id: str,
    data: Mapping[str, Any],
    revision: int | None = None,
    confirmed: Collection[str] = (),
    idempotency_key: str | None = None,
) -> Result:
    """Submit the form of an open task and let the case go on.

    `revision` is what the page showed (None: not checked); `confirmed` are paths of warnings the person ticked.
    Returns `{"task", "instance", "state"}`; with `"signers"` the task is still open, because signers added after its doer
    have to agree first. Raises NotFound, Forbidden, Conflict (somebody else was faster, or the form
    changed), Invalid (field → sentence) and Refused when the case could not go on: then an incident is recorded and what
    was typed is kept as a draft.
    """

    def do(tx: Transaction, case: Case) -> Result:
        return once(
            tx,
            "complete_user_task",
            idempotency_key,
            lambda: _complete(tx, case, task_id, data, revision, confirmed),
            task=task_id,
        )

    instance_id = _instance_of(engine, actor, task_id)
    try:
        return on_settled_case(engine, actor, instance_id, do)
    except ElementFailed as error:
        with begin(engine, actor) as tx:
            raise_incident(tx, instance_id, "complete_user_task", {"task": task_id, "actor": actor}, error)
            _keep_draft(tx, task_id, data)
        raise Refused(
            f"提交没有成功：后面的{str(error).rstrip('。')}。您填写的内容已存为草稿，系统管理员会看到这个异常；处理后请再次提交。"
        ) from error


def _instance_of(engine: ProcessEngine, actor: str, task_id: str) -> str:
    with engine.database.reading() as session:
        task = session.get(Task, task_id)
        if task is None:
            raise NotFound()
        if not sight(engine, session, actor, session.get(ProcessInstance, task.instance_id)).of_task(task_id):
            raise NotFound()
        return task.instance_id


def _complete(
    tx: Transaction,
    case: Case,
    task_id: str,
    data: Mapping[str, Any],
    revision: int | None,
    confirmed: Collection[str],
) -> Result:
    # An interrupting timer that is due must win over the person who is late.
    case.fire_timers()
    row, task = _open_task(tx, case, task_id)
    require_undivided(tx, row)
    require_may_do(tx, row)
    require_signed(tx, row)
    sheet = task_sheet(case, str(tx.actor), task, row)
    if revision is not None and revision != sheet.revision:
        raise Conflict(
            "您打开表单以后，这项任务有了变化（例如期限、备选内容或他人的草稿）。请核对更新后的表单再提交。"
        )
    result = validate(sheet.form, data, sheet.context, confirmed)
    if result.errors or result.warnings:
        raise Invalid({**result.warnings, **result.errors}, warnings=result.warnings)
    row.assignee = tx.actor
    row.acted_for = deputy_of(tx.engine, tx.session, str(tx.actor), [task_id]).get(task_id)
    if signing.open_signers(tx.session, task_id, signing.AFTER):
        return hold(case, row, sheet.form, result.data, result.confirmations)
    return finish(case, row, task, sheet.form, result.data, result.confirmations)


def _open_task(tx: Transaction, case: Case, task_id: str) -> tuple[Task, OpenTask]:
    row = tx.session.get(Task, task_id, populate_existing=True)
    if row is None:
        raise NotFound()
    task = case.live.open_task(task_id)
    if row.state != "open" or task is None:
        raise _closed(tx, row)
    require_running(case)
    return row, task


def _closed(tx: Transaction, row: Task) -> Conflict:
    if row.state == "done":
        at = row.closed_at.astimezone(CN) if row.closed_at else tx.now
        return Conflict(
            f"这项任务已由{name_of(tx, row.completed_by)}于{at.month}月{at.day}日 {at:%H:%M} 办理，不能重复提交。"
        )
    return Conflict("这项任务已经撤销或期限已到、流程已转入下一步，不能再提交。")


def claim_task(engine: ProcessEngine, actor: str, task_id: str, idempotency_key: str | None = None) -> Result:
    """Take a task that several may do, so that the others no longer have it; Conflict when somebody else has."""
    instance_id = _instance_of(engine, actor, task_id)
    with begin(engine, actor) as tx:
        case = Case.open(tx, instance_id)
        row, _ = _open_task(tx, case, task_id)
        if row.assignee and row.assignee != actor:
            raise Conflict(f"这项任务已由{name_of(tx, row.assignee)}认领。")
        require_may_do(tx, row)
        if row.assignee is None:
            giver = deputy_of(engine, tx.session, actor, [task_id]).get(task_id)
            row.assignee, row.acted_for, row.revision = actor, giver, row.revision + 1
            enter_inboxes(case, row)
            said = {"task": row.name, **({"for": giver} if giver else {})}
            tx.record(case.row.id, "task.claimed", said, task_id)
        return {"task": task_id, "instance": instance_id}


def unclaim_task(
    engine: ProcessEngine, actor: str, task_id: str, idempotency_key: str | None = None
) -> Result:
    """Give a claimed task back to all its candidates."""
    instance_id = _instance_of(engine, actor, task_id)
    with begin(engine, actor) as tx:
        case = Case.open(tx, instance_id)
        row, _ = _open_task(tx, case, task_id)
        if row.assignee != actor:
            raise Forbidden("只有认领人本人可以退回认领。")
        require_undivided(tx, row)
        if signing.open_signers(tx.session, task_id):
            raise Refused("您请的加签人还没有答复，现在不能退回认领。请先减签。")
        candidates = set(
            tx.session.scalars(
                select(TaskCandidate.principal).where(
                    TaskCandidate.task_id == task_id, TaskCandidate.role == "do"
                )
            )
        )
        if candidates == {f"user:{row.acted_for or actor}"}:
            raise Refused("这项任务只有您一位办理人，退回认领后无人可办。请改用转办。")
        row.assignee, row.acted_for, row.revision = None, None, row.revision + 1
        enter_inboxes(case, row)
        tx.record(case.row.id, "task.unclaimed", {"task": row.name}, task_id)
        return {"task": task_id, "instance": instance_id}


def save_draft(engine: ProcessEngine, actor: str, task_id: str, data: Mapping[str, Any]) -> Result:
    """Keep what the person has typed; seen by nobody else. Raises NotFound, Forbidden, Conflict when it is closed."""
    with begin(engine, actor) as tx:
        row = tx.session.get(Task, task_id)
        if row is None:
            raise NotFound()
        if row.state != "open":
            instance = tx.session.get(ProcessInstance, row.instance_id)
            if not sight(engine, tx.session, actor, instance).of_task(task_id):
                raise NotFound()
            raise _closed(tx, row)
        require_may_do(tx, row)
        _keep_draft(tx, task_id, data)
        return {"task": task_id, "saved_at": tx.now.isoformat()}


def _keep_draft(tx: Transaction, task_id: str, data: Mapping[str, Any]) -> None:
    queue_for(tx.session, f"draft {task_id} {tx.actor}")
    draft = tx.session.get(Draft, (task_id, tx.actor))
    if draft is None:
        tx.session.add(Draft(task_id=task_id, login=str(tx.actor), data=dict(data), saved_at=tx.now))
    else:
        draft.data, draft.saved_at = dict(data), tx.now


def transfer_task(
    engine: ProcessEngine, actor: str, task_id: str, to: str, reason: str, idempotency_key: str | None = None
) -> Result:
    """转办: hand an open task to another person of the same pack, for good.

    Its own doers may, and the holders of the posts that see the whole case.
    """
    instance_id = _instance_of(engine, actor, task_id)
    with begin(engine, actor) as tx:

        def do() -> Result:
            case = Case.open(tx, instance_id)
            row, _ = _open_task(tx, case, task_id)
            require_undivided(tx, row)
            if not oversees(tx.engine, tx.session, actor, case.row):
                require_may_do(tx, row)
            person = case.pack.organisation.find_person(to)
            if person is None or person not in case.pack.organisation.people(tx.today):
                raise Invalid({"to": "请从名单中选择一位在任人员。"})
            if not reason.strip():
                raise Invalid({"reason": "请写明转办的理由。"})
            if to == row.assignee or (row.assignee is None and to == actor):
                raise Invalid({"to": "这项任务本来就由此人办理，请另选一位。"})
            if to in [each.login for each in signing.open_signers(tx.session, task_id)]:
                raise Invalid({"to": "此人正被请加签，不能同时办理。请另选一位，或者先减签。"})
            signing.let_do(tx.session, task_id, to)
            entrusted_by, row.owner = row.owner, None
            row.assignee, row.acted_for, row.revision = to, None, row.revision + 1
            row.why = {**row.why, "transfer": {"from": actor, "to": to, "reason": reason.strip()}}
            row.why.pop("entrusted", None)
            tx.session.flush()
            enter_inboxes(case, row)
            tx.record(
                instance_id,
                "task.transferred",
                {"task": row.name, "to": to, "reason": reason.strip()},
                task_id,
            )
            notify(
                case,
                [f"user:{to}"],
                "transfer",
                f"{name_of(tx, actor)}把“{case.row.title}”的任务“{row.name}”转给您办理：{reason.strip()}",
                task_id=task_id,
            )
            if entrusted_by and entrusted_by != to:
                notify(
                    case,
                    [f"user:{entrusted_by}"],
                    "transfer",
                    f"您委派出去的“{case.row.title}”的任务“{row.name}”已转给{name_of(tx, to)}办理，委派随之结束。",
                    task_id=task_id,
                )
            return {"task": task_id, "instance": instance_id, "to": to}

        return once(tx, "transfer_task", idempotency_key, do, task=task_id)
