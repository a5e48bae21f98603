"""委派: another person prepares a task and gives it back; who was to do it submits it."""

from collections.abc import Mapping
from typing import Any

from engine import signing
from engine.access import deputy_of, name_of, require_may_do
from engine.case import Case
from engine.commands.once import Result, once
from engine.commands.tasks import _instance_of, _open_task
from engine.errors import Conflict, Forbidden, Invalid
from engine.forms import Form, validate
from engine.models import Draft, Task
from engine.notices import notify
from engine.process_engine import ProcessEngine
from engine.projections import enter_inboxes
from engine.sheets import attachment_info, files_of, note_attachments, task_sheet
from engine.submission import keep_draft, require_undivided
from engine.transaction import Transaction, begin

ENTRUSTED = "entrusted"
"""Under this key the facts why a task is this person's say who entrusted it to them."""


def delegate_task(
    engine: ProcessEngine,
    actor: str,
    task_id: str,
    to: str,
    words: str,
    idempotency_key: str | None = None,
) -> Result:
    """Let another person of the pack prepare one's task; a candidate claims it by doing so.

    What has been typed so far goes along. The other cannot submit it, nor pass it on; it comes back with
    `return_delegated_task` or `recall_delegated_task`. Raises NotFound, Forbidden, Conflict, Invalid.
    """
    instance_id = _instance_of(engine, actor, task_id)
    with begin(engine, actor) as tx:

        def do() -> Result:
            case = Case.open(tx, instance_id)
            row, task = _open_task(tx, case, task_id)
            if row.owner and row.assignee == actor:
                raise Conflict(
                    f"这项任务是{name_of(tx, row.owner)}委派给您准备的，不能再委派别人。办不了的，请退还并说明。"
                )
            require_undivided(tx, row)
            require_may_do(tx, row)
            owner = deputy_of(engine, tx.session, actor, [task_id]).get(task_id) or row.acted_for or actor
            errors = _mistakes(tx, case, row, {actor, owner}, to, words)
            if errors:
                raise Invalid(errors)
            draft = tx.session.get(Draft, (task_id, actor))
            if draft is not None:
                keep_draft(case, task_id, to, draft.data)
                _share_files(case, task_sheet(case, actor, task, row).form, draft.data, row)
            signing.let_see(tx.session, task_id, to)
            row.owner, row.assignee, row.acted_for, row.revision = owner, to, None, row.revision + 1
            row.why = {**row.why, ENTRUSTED: {"from": owner, "to": to, "reason": words.strip()}}
            tx.session.flush()
            enter_inboxes(case, row)
            tx.record(
                instance_id, "task.delegated", {"task": row.name, "to": to, "text": words.strip()}, task_id
            )
            notify(
                case,
                [f"user:{to}"],
                "delegate",
                f"{name_of(tx, actor)}请您准备“{case.row.title}”的任务“{row.name}”，办好后退还：{words.strip()}",
                task_id=task_id,
            )
            return {"task": task_id, "instance": instance_id, "to": to}

        return once(tx, "delegate_task", idempotency_key, do, task=task_id)


def _mistakes(
    tx: Transaction, case: Case, row: Task, givers: set[str], to: str, words: str
) -> dict[str, str]:
    errors: dict[str, str] = {}
    if to not in {person.login for person in case.pack.organisation.people(tx.today)}:
        errors["to"] = "请从名单中选择一位在任人员。"
    elif to in givers:
        errors["to"] = "不能委派给自己，请另选一位。"
    elif to in [each.login for each in signing.open_signers(tx.session, row.id)]:
        errors["to"] = "此人正被请加签，不能同时委派。请另选一位，或者先减签。"
    if not words.strip():
        errors["words"] = "请写明要对方做什么。"
    return errors


def _share_files(case: Case, form: Form, data: Mapping[str, Any], row: Task) -> None:
    """The files in a sheet that changes hands can be opened, and submitted, by who gets it."""
    known = [each for each in files_of(form, data) if attachment_info(case, str(case.tx.actor), each)]
    note_attachments(case, known, row.id)


def return_delegated_task(
    engine: ProcessEngine,
    actor: str,
    task_id: str,
    data: Mapping[str, Any] | None,
    words: str,
    idempotency_key: str | None = None,
) -> Result:
    """办好退还: give a prepared task back to who entrusted it.

    `data` becomes the owner's draft; None: what this person has saved. Mistakes in it do not keep it back: they are in the
    result as `mistakes` (path → sentence), and the owner is told how many there are. Raises NotFound, Forbidden, Conflict, Invalid.
    """
    instance_id = _instance_of(engine, actor, task_id)
    with begin(engine, actor) as tx:

        def do() -> Result:
            case = Case.open(tx, instance_id)
            row, task = _open_task(tx, case, task_id)
            require_may_do(tx, row)
            owner = row.owner
            if owner is None:
                raise Conflict("这项任务没有委派，或者已经收回。请直接提交，或者刷新页面。")
            if not words.strip():
                raise Invalid({"words": "请写明办理情况，例如“已核对，材料齐全”。"})
            own = tx.session.get(Draft, (task_id, actor))
            prepared = dict(data) if data is not None else dict(own.data) if own is not None else {}
            sheet = task_sheet(case, owner, task, row)
            _share_files(case, sheet.form, prepared, row)
            checked = validate(sheet.form, prepared, sheet.context)
            mistakes = {**checked.warnings, **checked.errors}
            if prepared:
                keep_draft(case, task_id, owner, prepared)
            if own is not None:
                tx.session.delete(own)
            _end(case, row)
            tx.record(
                instance_id,
                "task.delegation_returned",
                {"task": row.name, "to": owner, "text": words.strip(), "mistakes": len(mistakes)},
                task_id,
            )
            left = f"（还有 {len(mistakes)} 处需要核对）" if mistakes else ""
            notify(
                case,
                [f"user:{owner}"],
                "delegate",
                f"{name_of(tx, actor)}办好“{case.row.title}”的任务“{row.name}”，退还给您提交{left}：{words.strip()}",
                task_id=task_id,
            )
            return {"task": task_id, "instance": instance_id, "to": owner, "mistakes": mistakes}

        return once(tx, "return_delegated_task", idempotency_key, do, task=task_id)


def recall_delegated_task(
    engine: ProcessEngine,
    actor: str,
    task_id: str,
    words: str = "",
    idempotency_key: str | None = None,
) -> Result:
    """收回委派: take an entrusted task back before it is returned. Raises NotFound, Forbidden, Conflict."""
    instance_id = _instance_of(engine, actor, task_id)
    with begin(engine, actor) as tx:

        def do() -> Result:
            case = Case.open(tx, instance_id)
            row, _task = _open_task(tx, case, task_id)
            if row.owner is None:
                raise Conflict("这项任务没有委派出去，或者已经退还。请刷新页面。")
            if f"user:{row.owner}" not in engine.principals(tx.session, actor):
                raise Forbidden(f"这项任务是{name_of(tx, row.owner)}委派的，只有委派的人可以收回。")
            other = str(row.assignee)
            _end(case, row)
            tx.record(
                instance_id,
                "task.delegation_recalled",
                {"task": row.name, "people": [other], "text": words.strip()},
                task_id,
            )
            said = f"：{words.strip()}" if words.strip() else "。"
            notify(
                case,
                [f"user:{other}"],
                "delegate",
                f"{name_of(tx, actor)}收回了委派给您准备的“{case.row.title}”的任务“{row.name}”{said}",
                task_id=task_id,
            )
            return {"task": task_id, "instance": instance_id, "to": row.assignee}

        return once(tx, "recall_delegated_task", idempotency_key, do, task=task_id)


def _end(case: Case, row: Task) -> None:
    """The owner has the task again."""
    row.assignee, row.owner, row.revision = row.owner, None, row.revision + 1
    row.why = {key: value for key, value in row.why.items() if key != ENTRUSTED}
    case.tx.session.flush()
    enter_inboxes(case, row)
