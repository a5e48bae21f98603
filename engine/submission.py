"""What becomes of a sheet that has passed its checks: it waits for added signers, or the task is done."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select

from engine import documents, phrases, signing
from engine.access import name_of
from engine.case import Case
from engine.clock import iso
from engine.errors import Conflict, ElementFailed, Forbidden
from engine.expressions import ExpressionError
from engine.forms import Form
from engine.models import Draft, Incident, Task
from engine.notices import notify, tell
from engine.projections import close, enter_inboxes
from engine.services import fill
from engine.sheets import ACTED_FOR, DOER, SIGNERS, use_attachments
from engine.spiff import OpenTask
from engine.transaction import Transaction

COMPLETING = ("complete_user_task", "sign_task", "remove_signer")
"""The commands that can let a case go on from a task; an incident of one ends when another succeeds."""


def require_undivided(tx: Transaction, row: Task) -> None:
    """Raises Conflict or Forbidden while the task is entrusted to somebody, or waits for signers.

    It says who has it instead of that the person may not do it.
    """
    if row.submitted is not None:
        raise Conflict(
            f"这项任务已由{name_of(tx, row.submitted['by'])}提交，正在等{_names(tx, row, signing.AFTER)}加签，"
            "现在不能再办理。需要改动的，请先减签，或者等加签人提出意见后退回。"
        )
    if row.owner and row.assignee == tx.actor:
        raise Forbidden(
            f"这项任务是{name_of(tx, row.owner)}委派给您准备的，请填好后办好退还，由{name_of(tx, row.owner)}提交。"
        )
    if row.owner and f"user:{row.owner}" in tx.engine.principals(tx.session, str(tx.actor)):
        raise Conflict(
            f"这项任务已委派{name_of(tx, row.assignee)}办理，退还以前不能在这里办理。需要自己办理的，请先收回委派。"
        )


def require_signed(tx: Transaction, row: Task) -> None:
    """Raises Conflict with the names while signers before the submission have not answered."""
    if names := _names(tx, row, signing.BEFORE):
        raise Conflict(f"您请{names}加签，还没有意见，现在不能提交。请等加签后再提交，或者减签。")


def _names(tx: Transaction, row: Task, place: str) -> str:
    return "、".join(name_of(tx, each.login) for each in signing.open_signers(tx.session, row.id, place))


def hold(
    case: Case, row: Task, form: Form, data: Mapping[str, Any], confirmed: Mapping[str, str]
) -> dict[str, Any]:
    """Keep a checked sheet until the signers added after it have signed."""
    tx = case.tx
    asked = signing.open_signers(tx.session, row.id, signing.AFTER)
    row.submitted = {
        "data": dict(data),
        "confirmed": dict(confirmed),
        "by": tx.actor,
        "at": iso(tx.now),
        "signers": [each.id for each in asked],
    }
    row.revision += 1
    tx.session.execute(delete(Draft).where(Draft.task_id == row.id))
    # Who signs must be able to open the files that stand in the sheet.
    use_attachments(case, form, data, row.id)
    people = [each.login for each in asked]
    enter_inboxes(case, row)
    case.save(
        "task.submitted",
        {
            "task": row.name,
            "process": row.process,
            "element": row.element,
            "item": row.item,
            "data": dict(data),
            "confirmed": dict(confirmed),
            "people": people,
        },
        row.id,
    )
    for each in asked:
        notify(
            case,
            [f"user:{each.login}"],
            "sign",
            f"{name_of(tx, tx.actor)}已提交“{case.row.title}”的任务“{row.name}”，请您加签：{each.reason}",
            task_id=row.id,
        )
    return {"task": row.id, "instance": case.row.id, "state": case.row.state, "signers": people}


def hand_back(case: Case, row: Task) -> None:
    """A signer objects: the sheet goes back to its doer as a draft, to be submitted again."""
    held = row.submitted
    assert held is not None
    for login in {held["by"], row.acted_for or held["by"]}:
        keep_draft(case, row.id, login, held["data"])
    row.submitted, row.revision = None, row.revision + 1
    case.tx.session.flush()
    enter_inboxes(case, row)


def keep_draft(case: Case, task_id: str, login: str, data: Mapping[str, Any]) -> None:
    """Put `data` into a person's form, in place of what they had typed."""
    draft = case.tx.session.get(Draft, (task_id, login))
    if draft is None:
        case.tx.session.add(Draft(task_id=task_id, login=login, data=dict(data), saved_at=case.tx.now))
    else:
        draft.data, draft.saved_at = dict(data), case.tx.now


def finish(
    case: Case,
    row: Task,
    task: OpenTask,
    form: Form,
    data: Mapping[str, Any],
    confirmed: Mapping[str, str],
) -> dict[str, Any]:
    """Complete the task with a checked sheet and let the case go on. Raises ElementFailed."""
    tx, task_id = case.tx, row.id
    row.assignee, row.completed_by, row.data = tx.actor, tx.actor, dict(data)
    row.submitted = None
    close(case, row, "done")
    tx.session.execute(delete(Draft).where(Draft.task_id == task_id))
    use_attachments(case, form, data, task_id)
    signed = signing.answers(tx.session, task_id)
    _make_documents(case, form, task, data, signed, row.acted_for)
    phrases.note_use(tx, form, data)
    case.live.complete(task_id, data)
    case.save(
        "task.completed",
        {
            "task": row.name,
            "process": row.process,
            "element": row.element,
            "item": row.item,
            "data": dict(data),
            "confirmed": dict(confirmed),
            "due": row.due_at.isoformat() if row.due_at else None,
            **({"signed": signed} if signed else {}),
            **({"for": row.acted_for} if row.acted_for else {}),
        },
        task_id,
    )
    if row.acted_for:
        said = f"{name_of(tx, tx.actor)}代您办理了“{case.row.title}”的任务“{row.name}”。"
        tell(tx, row.acted_for, "deputy", said, case.row.id, task_id)
    for incident in tx.session.scalars(
        select(Incident).where(
            Incident.instance_id == case.row.id,
            Incident.resolved_at.is_(None),
            Incident.command.in_(COMPLETING),
        )
    ):
        if incident.arguments.get("task") == task_id:
            incident.resolved_at = tx.now
            if case.row.state == "incident":
                case.row.state = "active"
    return {"task": task_id, "instance": case.row.id, "state": case.row.state}


def _make_documents(
    case: Case,
    form: Form,
    task: OpenTask,
    data: Mapping[str, Any],
    signed: list[dict[str, Any]],
    acted_for: str | None,
) -> None:
    names = {**task.data, **data, DOER: case.tx.actor, ACTED_FOR: acted_for}
    names[SIGNERS] = [_as_row(each) for each in signed]
    for component in form.documents():
        try:
            name = fill(
                component.properties.get("文书名称", component.label),
                lambda expression: case.evaluate(expression, names, task.scope)[0],
            )
        except ExpressionError as error:
            raise ElementFailed(task.element, task.name, error.source, error.reason) from error
        template = component.properties.get("模板", "")
        documents.make(
            case,
            task.process,
            template,
            name,
            scope=task.scope,
            names=names,
            task_id=task.id,
            made_by=task.id,
        )


def _as_row(signed: Mapping[str, Any]) -> dict[str, Any]:
    """One signature with the names documents use."""
    return {
        "加签人": signed["signer"],
        "同意": signed["agree"],
        "意见": signed["opinion"],
        "加签时间": signed["at"],
    }
