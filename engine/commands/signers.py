"""加签 and 减签: ask others to sign a task before it is submitted or after, sign it, take signers off again."""

from collections.abc import Callable

from engine import signing
from engine.access import deputy_of, name_of, oversees, require_may_do
from engine.case import Case
from engine.commands.once import Result, once
from engine.commands.settled import on_settled_case
from engine.commands.tasks import _instance_of, _open_task
from engine.errors import Conflict, ElementFailed, Forbidden, Invalid, Refused
from engine.functions import bind
from engine.incidents import raise_incident
from engine.models import AddedSigner, Task
from engine.notices import notify
from engine.process_engine import ProcessEngine
from engine.projections import enter_inboxes
from engine.spiff import OpenTask
from engine.submission import finish, hand_back, require_undivided
from engine.transaction import Transaction, begin

LONGEST = 2000
"""Characters of an opinion."""


def add_signer(
    engine: ProcessEngine,
    actor: str,
    task_id: str,
    to: str,
    place: str,
    reason: str,
    idempotency_key: str | None = None,
) -> Result:
    """加签: ask another person of the pack to sign one's task; a candidate claims it by doing so.

    `place` is `before` (one cannot submit until they have answered, whatever they say) or `after` (what one submits only
    counts when they agree; an objection gives the sheet back). Raises NotFound, Forbidden, Conflict, Invalid.
    """
    instance_id = _instance_of(engine, actor, task_id)
    with begin(engine, actor) as tx:

        def do() -> Result:
            case = Case.open(tx, instance_id)
            row, _task = _open_task(tx, case, task_id)
            require_undivided(tx, row)
            require_may_do(tx, row)
            errors = _mistakes(tx, case, row, to, place, reason)
            if errors:
                raise Invalid(errors)
            if row.assignee is None:
                row.assignee = actor
                row.acted_for = deputy_of(engine, tx.session, actor, [task_id]).get(task_id)
                tx.record(
                    instance_id,
                    "task.claimed",
                    {"task": row.name, **({"for": row.acted_for} if row.acted_for else {})},
                    task_id,
                )
            _ask(case, row, to, place, actor, reason.strip())
            row.revision += 1
            enter_inboxes(case, row)
            tx.record(
                instance_id,
                "task.signer_added",
                {"task": row.name, "signer": to, "place": place, "reason": reason.strip()},
                task_id,
            )
            when = "" if place == signing.BEFORE else "提交后"
            later = "" if place == signing.BEFORE else "（提交后进入您的待办）"
            notify(
                case,
                [f"user:{to}"],
                "sign",
                f"{name_of(tx, actor)}请您就“{case.row.title}”的任务“{row.name}”{when}加签：{reason.strip()}{later}",
                task_id=task_id,
            )
            return {"task": task_id, "instance": instance_id, "signer": to, "place": place}

        return once(tx, "add_signer", idempotency_key, do, task=task_id)


def _mistakes(tx: Transaction, case: Case, row: Task, to: str, place: str, reason: str) -> dict[str, str]:
    errors: dict[str, str] = {}
    if to not in {person.login for person in case.pack.organisation.people(tx.today)}:
        errors["to"] = "请从名单中选择一位在任人员。"
    elif to in (tx.actor, row.assignee):
        errors["to"] = "办理人自己不用加签，请另选一位。"
    elif to in [each.login for each in signing.open_signers(tx.session, row.id)]:
        errors["to"] = "已经请过此人加签，还没有答复，不用再请。"
    if place not in (signing.BEFORE, signing.AFTER):
        errors["place"] = "请选择提交前加签还是提交后加签。"
    if not reason.strip():
        errors["reason"] = "请写明请对方加签的理由。"
    return errors


def _ask(case: Case, row: Task, login: str, place: str, asked_by: str, reason: str) -> None:
    signing.ask(
        case.tx.session,
        AddedSigner(
            task_id=row.id, login=login, place=place, asked_by=asked_by, asked_at=case.tx.now, reason=reason
        ),
    )
    signing.let_see(case.tx.session, row.id, login)


def sign_task(
    engine: ProcessEngine,
    actor: str,
    task_id: str,
    agree: bool,
    opinion: str,
    idempotency_key: str | None = None,
    revision: int | None = None,
) -> Result:
    """Give one's opinion as an added signer.

    `revision` is what the page showed (None: not checked): nobody signs a sheet that has been replaced meanwhile. The last
    agreement to a submitted sheet completes the task in the name of who submitted it; an objection gives the sheet back, and
    all who were asked to sign after it are asked again with the next submission. Returns `{"task", "instance", "state",
    "completed"}`. Raises NotFound, Forbidden, Conflict, Invalid (the opinion is missing or says nothing), Refused when the case
    could not go on: then an incident is recorded and the opinion has not been taken.
    """

    def do(case: Case, row: Task, task: OpenTask) -> Result:
        tx = case.tx
        signer = _turn(tx, row)
        if row.submitted is not None and revision is not None and revision >> 24 != row.revision:
            raise Conflict("您打开以后，这份表单有了变化。请核对更新后的内容再加签；您写的意见没有丢失。")
        words = opinion.strip()
        if problem := _opinion_problem(case, words):
            raise Invalid({"opinion": problem})
        signer.state = signing.AGREED if agree else signing.OBJECTED
        signer.opinion, signer.answered_at = words, tx.now
        row.revision += 1
        tx.session.flush()
        said = {
            "task": row.name,
            "signer": signer.login,
            "place": signer.place,
            "agree": agree,
            "opinion": words,
            **({"for": signer.login} if signer.login != actor else {}),
        }
        _tell_asker(case, row, signer, agree, words)
        if signer.place == signing.AFTER and not agree:
            _ask_again(case, row)
            hand_back(case, row)
        elif signer.place == signing.AFTER and not signing.open_signers(tx.session, task_id, signing.AFTER):
            tx.record(case.row.id, "task.signed", said, task_id)
            return _complete(case, row, task)
        else:
            enter_inboxes(case, row)
        case.save("task.signed", said, task_id)
        return _result(case, row)

    return _on_task(engine, actor, task_id, "sign_task", idempotency_key, do)


def remove_signer(
    engine: ProcessEngine, actor: str, task_id: str, login: str, idempotency_key: str | None = None
) -> Result:
    """减签: take a signer off who has not answered yet.

    Who asked may, who has the task, and the holders of the posts that see the whole case. When nobody is left to sign a sheet
    already submitted, the task is completed in the name of who submitted it. Raises NotFound, Forbidden, Conflict, Refused.
    """

    def do(case: Case, row: Task, task: OpenTask) -> Result:
        tx = case.tx
        asked = [each for each in signing.signers(tx.session, task_id) if each.login == login]
        signer = next((each for each in asked if each.state == signing.OPEN), None)
        if signer is None:
            if asked:
                raise Conflict("此人已经答复，或者已经减签。请刷新页面。")
            raise Invalid({"login": "没有请此人加签。"})
        represented = tx.engine.principals(tx.session, actor)
        if not represented & {f"user:{signer.asked_by}", f"user:{row.assignee}"} and not oversees(
            engine, tx.session, actor, case.row
        ):
            raise Forbidden("只有请人加签的人、办理人和看得到整个案卷的岗位可以减签。")
        signer.state, signer.answered_at = signing.WITHDRAWN, tx.now
        row.revision += 1
        tx.session.flush()
        said = {"task": row.name, "signer": login, "place": signer.place}
        notify(
            case,
            [f"user:{login}"],
            "sign",
            f"{name_of(tx, actor)}取消了请您就“{case.row.title}”的任务“{row.name}”加签，不用再办。",
            task_id=task_id,
        )
        if row.submitted is not None and not signing.open_signers(tx.session, task_id, signing.AFTER):
            tx.record(case.row.id, "task.signer_removed", said, task_id)
            return _complete(case, row, task)
        enter_inboxes(case, row)
        case.save("task.signer_removed", said, task_id)
        return _result(case, row)

    return _on_task(engine, actor, task_id, "remove_signer", idempotency_key, do)


def _on_task(
    engine: ProcessEngine,
    actor: str,
    task_id: str,
    command: str,
    idempotency_key: str | None,
    do: Callable[[Case, Task, OpenTask], Result],
) -> Result:
    """Run `do` on an open task of a settled case; what follows may complete it, so its failure is an incident."""

    def act(tx: Transaction, case: Case) -> Result:
        def once_only() -> Result:
            case.fire_timers()
            row, task = _open_task(tx, case, task_id)
            return do(case, row, task)

        return once(tx, command, idempotency_key, once_only, task=task_id)

    instance_id = _instance_of(engine, actor, task_id)
    try:
        return on_settled_case(engine, actor, instance_id, act)
    except ElementFailed as error:
        with begin(engine, actor) as tx:
            raise_incident(tx, instance_id, command, {"task": task_id, "actor": actor}, error)
        raise Refused(
            f"没有办成：后面的{str(error).rstrip('。')}。系统管理员会看到这个异常；处理后请再试。"
        ) from error


def _turn(tx: Transaction, row: Task) -> AddedSigner:
    """The actor's own open place among the signers, or one of somebody whose deputy the actor is."""
    principals = tx.engine.principals(tx.session, str(tx.actor))
    mine = [each for each in signing.signers(tx.session, row.id) if f"user:{each.login}" in principals]
    mine.sort(key=lambda each: each.login != tx.actor)
    due = {each.id for each in signing.due_signers(tx.session, row)}
    for each in mine:
        if each.id in due:
            return each
    if any(each.state == signing.OPEN for each in mine):
        raise Conflict("办理人还没有提交，提交后才轮到您加签。到时会进入您的待办。")
    if mine:
        raise Conflict("您已经加签，或者已被减签，不用再办。")
    raise Forbidden("没有请您就这项任务加签。")


def _opinion_problem(case: Case, words: str) -> str | None:
    if not words:
        return "请写明意见。"
    if len(words) > LONGEST:
        return f"意见最长 {LONGEST} 字。"
    if bind(case.scope())["仅阅知"](words):
        return "不能只写“已阅”“圈阅”，请写明具体意见。"
    return None


def _tell_asker(case: Case, row: Task, signer: AddedSigner, agree: bool, words: str) -> None:
    tx = case.tx
    verdict = "同意" if agree else "不同意"
    if signer.place == signing.AFTER and not agree:
        verdict = "不同意，已退回给您修改"
    concerned = dict.fromkeys([signer.asked_by, row.acted_for or row.assignee or signer.asked_by])
    notify(
        case,
        [f"user:{each}" for each in concerned],
        "sign",
        f"{name_of(tx, tx.actor)}就“{case.row.title}”的任务“{row.name}”加签，{verdict}：{words}",
        task_id=row.id,
    )


def _ask_again(case: Case, row: Task) -> None:
    """Who has signed what is now changed, signs the next version too; a signature holds for one sheet only."""
    assert row.submitted is not None
    shown = row.submitted["signers"]
    for each in signing.signers(case.tx.session, row.id):
        answered = each.id in shown and each.state in (signing.AGREED, signing.OBJECTED)
        if answered and not _asked(case, row, each.login):
            _ask(case, row, each.login, signing.AFTER, each.asked_by, each.reason)


def _asked(case: Case, row: Task, login: str) -> bool:
    return login in [each.login for each in signing.open_signers(case.tx.session, row.id)]


def _complete(case: Case, row: Task, task: OpenTask) -> Result:
    """Nobody is left to sign: what was submitted takes effect, as the doing of who submitted it."""
    held = row.submitted
    assert held is not None
    form = case.versions[task.process].form_of(task.element)
    with case.tx.acting_as(held["by"]):
        finish(case, row, task, form, held["data"], held["confirmed"])
    return _result(case, row)


def _result(case: Case, row: Task) -> Result:
    return {
        "task": row.id,
        "instance": case.row.id,
        "state": case.row.state,
        "completed": row.state == "done",
    }
