"""退回 and 撤回: go back to a finished step, by who has the task now or by who has just done it."""

from sqlalchemy import select

from engine import submission
from engine.access import may_do, name_of, require_may_do, sight
from engine.case import Case
from engine.commands.once import Result, once
from engine.commands.settled import on_settled_case
from engine.errors import Conflict, ElementFailed, Forbidden, Invalid, NotFound, Refused
from engine.models import AddedSigner, Draft, ProcessInstance, Task, TaskCandidate
from engine.notices import notify
from engine.process_engine import ProcessEngine
from engine.returning import ENDED, go_back, hand_back, hindrance, lapsed, make_void, messages_of
from engine.signing import AFTER, open_signers, turns_of
from engine.spiff.views import StepBack
from engine.suspension import require_running
from engine.transaction import Transaction, begin


def return_task(
    engine: ProcessEngine,
    actor: str,
    task_id: str,
    to: str,
    reason: str,
    idempotency_key: str | None = None,
) -> Result:
    """退回: give an open task back to an earlier step, which is done again with all that follows it.

    `to` is the id of a finished task (see `queries.ways_back`). Other branches keep what they have done. Returns
    `{"task", "instance", "to"}`. Raises NotFound, Forbidden, Conflict when somebody was faster or another case works on
    what was sent meanwhile, Invalid, Refused when the case could not go on.
    """

    def do(tx: Transaction, case: Case) -> Result:
        return once(
            tx, "return_task", idempotency_key, lambda: _return(tx, case, task_id, to, reason), task=task_id
        )

    try:
        return on_settled_case(engine, actor, _instance_of(engine, actor, task_id), do)
    except ElementFailed as error:
        raise Refused(f"没有退回成功：{str(error).rstrip('。')}。请联系流程管理员。") from error


def _return(tx: Transaction, case: Case, task_id: str, to: str, reason: str) -> Result:
    row = tx.session.get(Task, task_id, populate_existing=True)
    if row is None:
        raise NotFound()
    require_running(case)
    case.live.fire_timers()
    if row.state != "open" or case.live.open_task(task_id) is None:
        raise Conflict("这项任务已经办理完毕或已经撤销，不能再退回。请刷新页面。")
    require_may_do(tx, row)
    if row.owner and row.owner != tx.actor:
        raise Forbidden(f"这项任务是{name_of(tx, row.owner)}委派给您的，请办好退还，由委派人决定是否退回。")
    if not reason.strip():
        raise Invalid({"reason": "请写明退回的理由。"})
    step = next((each for each in case.live.steps_back(task_id) if each.task_id == to), None)
    if step is None:
        raise Invalid({"to": "请从列出的步骤中选择退回到哪一步。"})
    if why := hindrance(case, step):
        raise Conflict(f"{why}。")
    told = _concerned(case, step)
    words, name = reason.strip(), tx.session.get_one(Task, to).name
    undone, void = go_back(case, step), make_void(case, step)
    case.save(
        "task.returned",
        {
            "task": row.name,
            "to": name,
            "to_task": to,
            "reason": words,
            "undone": [each.id for each in undone],
            "void": void,
        },
        task_id,
    )
    opened = hand_back(case, undone, step)
    title = case.row.title
    for again in opened:
        notify(
            case,
            _doers(case, again),
            "returned",
            f"{name_of(tx, tx.actor)}把“{title}”从“{row.name}”退回到“{name}”，请重新办理。理由：{words}",
            task_id=again.id,
        )
    others = told - {p for again in opened for p in _doers(case, again)} - {f"user:{tx.actor}"}
    notify(
        case,
        sorted(others),
        "returned",
        f"“{title}”已由{name_of(tx, tx.actor)}退回到“{name}”，您手上的任务不用再办；轮到时会重新通知。理由：{words}",
    )
    return {"task": task_id, "instance": case.row.id, "to": to}


def withdraw_task(
    engine: ProcessEngine, actor: str, task_id: str, reason: str = "", idempotency_key: str | None = None
) -> Result:
    """撤回: take back what one has just submitted, as long as nobody after it has opened or done anything.

    Of a multi-instance only one's own part. Raises NotFound, Forbidden, Conflict, Refused.
    """

    def do(tx: Transaction, case: Case) -> Result:
        return once(
            tx, "withdraw_task", idempotency_key, lambda: _withdraw(tx, case, task_id, reason), task=task_id
        )

    try:
        return on_settled_case(engine, actor, _instance_of(engine, actor, task_id), do)
    except ElementFailed as error:
        raise Refused(f"没有撤回成功：{str(error).rstrip('。')}。请联系流程管理员。") from error


def _withdraw(tx: Transaction, case: Case, task_id: str, reason: str) -> Result:
    row = tx.session.get(Task, task_id, populate_existing=True)
    if row is None:
        raise NotFound()
    require_running(case)
    case.live.fire_timers()
    if row.state == "open" and row.submitted is not None:
        return _take_sheet_back(case, row, reason)
    step, why = way_to_withdraw(case, row)
    if step is None:
        raise Forbidden(why) if row.completed_by != tx.actor else Conflict(why)
    told = _concerned(case, step)
    undone, void = go_back(case, step, alone=True), make_void(case, step)
    case.save(
        "task.withdrawn",
        {
            "task": row.name,
            "reason": reason.strip(),
            "undone": [each.id for each in undone],
            "void": void,
        },
        task_id,
    )
    hand_back(case, undone, step)
    notify(
        case,
        sorted(told - {f"user:{tx.actor}"}),
        "returned",
        f"{name_of(tx, tx.actor)}已撤回“{case.row.title}”的“{row.name}”，后面的任务暂不用办。",
    )
    return {"task": task_id, "instance": case.row.id}


def _take_sheet_back(case: Case, row: Task, reason: str) -> Result:
    tx = case.tx
    if why := held_fast(case, row):
        raise Forbidden(why) if row.submitted is None or row.submitted["by"] != tx.actor else Conflict(why)
    asked = [each.login for each in open_signers(tx.session, row.id, AFTER)]
    submission.hand_back(case, row)
    case.save("task.withdrawn", {"task": row.name, "reason": reason.strip(), "undone": []}, row.id)
    notify(
        case,
        [f"user:{login}" for login in asked],
        "returned",
        f"{name_of(tx, tx.actor)}已撤回“{case.row.title}”的“{row.name}”，暂不用加签；再次提交后会重新通知。",
    )
    return {"task": row.id, "instance": case.row.id}


def held_fast(case: Case, row: Task) -> str:
    """Why a sheet that waits for signatures cannot be taken back; empty when it can."""
    if row.submitted is None or row.submitted["by"] != case.tx.actor:
        return "只有办理人本人可以撤回。"
    signed = [
        each
        for each in case.tx.session.scalars(
            select(AddedSigner).where(AddedSigner.id.in_(row.submitted["signers"]))
        )
        if each.state in ("agreed", "objected")
    ]
    reading = next((each for each in open_signers(case.tx.session, row.id, AFTER) if each.read_at), None)
    if reading and not signed:
        return f"{name_of(case.tx, reading.login)}已经打开要加签的内容，不能撤回。需要改动的，请其提出意见后退回。"
    if signed:
        return (
            f"{name_of(case.tx, signed[0].login)}已经加签，不能撤回。需要改动的，请其他加签人提出意见后退回。"
        )
    return ""


def way_to_withdraw(case: Case, row: Task) -> tuple[StepBack | None, str]:
    """How the actor takes a finished task back, or why that is not possible, in a sentence."""
    tx, session = case.tx, case.tx.session
    if row.state != "done" or row.undone_at is not None:
        return None, "这项任务没有办结的记录，不能撤回。"
    if row.completed_by != tx.actor:
        return None, "只有办理人本人可以撤回。"
    if case.row.state in ENDED:
        return None, "案卷已经办结，不能撤回。"
    step = case.live.step_back(row.id, alone=True)
    if step is None:
        return None, "流程已经走到别处，不能撤回。"
    for later in session.scalars(
        select(Task).where(Task.instance_id == case.row.id, Task.id.in_(step.takes_back), Task.id != row.id)
    ):
        if later.state == "done" and later.undone_at is None:
            return None, (
                f"后面的“{later.name}”已由{name_of(tx, later.completed_by)}办理，不能撤回。确需修改的，请对方退回。"
            )
        busy = later.read_by if later.read_by != tx.actor else None
        if later.state == "open" and (by := busy or _drafting(case, later) or _signing(case, later)):
            return None, f"后面的“{later.name}”已由{name_of(tx, by)}打开，不能撤回。确需修改的，请对方退回。"
    for message in messages_of(case, step.takes_back):
        if message.state in ("delivered", "failed"):
            return None, f"提交后发出的“{message.name}”已经送达，不能撤回。"
    if over := lapsed(case, step, alone=True):
        return None, f"{over}，不能撤回。"
    return step, ""


def _drafting(case: Case, row: Task) -> str | None:
    found: str | None = case.tx.session.scalar(
        select(Draft.login).where(Draft.task_id == row.id, Draft.login != case.tx.actor).limit(1)
    )
    return found


def _signing(case: Case, row: Task) -> str | None:
    """A signer who has opened the task."""
    signers = open_signers(case.tx.session, row.id)
    return next((each.login for each in signers if each.read_at and each.login != case.tx.actor), None)


def _concerned(case: Case, step: StepBack) -> set[str]:
    """Principals with an open task that is taken away."""
    session = case.tx.session
    return {
        principal
        for row in session.scalars(select(Task).where(Task.instance_id == case.row.id, Task.state == "open"))
        if row.id in step.takes_back
        for principal in _doers(case, row)
    }


def _doers(case: Case, row: Task) -> list[str]:
    if row.assignee:
        return [f"user:{row.assignee}"]
    candidates = select(TaskCandidate.principal).where(
        TaskCandidate.task_id == row.id, TaskCandidate.role == "do"
    )
    return list(case.tx.session.scalars(candidates))


def _instance_of(engine: ProcessEngine, actor: str, task_id: str) -> str:
    with engine.database.reading() as session:
        row = session.get(Task, task_id)
        if row is None:
            raise NotFound()
        if not sight(engine, session, actor, session.get(ProcessInstance, row.instance_id)).of_task(task_id):
            raise NotFound()
        return row.instance_id


def open_task_page(engine: ProcessEngine, actor: str, task_id: str) -> None:
    """Note that one of those who may do an open task, or have to sign it now, has opened it.

    From then on the step before cannot be withdrawn, nor the sheet that is to be signed.
    """
    with begin(engine, actor) as tx:
        row = tx.session.get(Task, task_id)
        if row is None or row.state != "open":
            return
        turns = turns_of(tx.session, row, engine.principals(tx.session, actor))
        for each in turns:
            each.read_at = each.read_at or tx.now
        if row.read_at is None and not turns:
            require_may_do(tx, row)
        if row.read_at is None and may_do(engine, tx.session, actor, row):
            row.read_by, row.read_at = actor, tx.now


__all__ = ["open_task_page", "return_task", "way_to_withdraw", "withdraw_task"]
