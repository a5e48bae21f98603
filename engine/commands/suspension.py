"""挂起 and 恢复: let a case stand still, and go on."""

from sqlalchemy import select

from engine.access import name_of, oversees, sight
from engine.case import Case
from engine.clock import CN
from engine.commands.once import Result, once
from engine.commands.run import recompute_deadlines
from engine.diagram import Element
from engine.errors import Conflict, ElementFailed, Forbidden, Invalid, Refused
from engine.models import InboxEntry, Incident, ProcessInstance, Suspension, Task
from engine.notices import notify, people_of
from engine.process_engine import ProcessEngine
from engine.projections import enter_inboxes
from engine.suspension import SUSPENDED, open_suspension, release_messages, require_running
from engine.transaction import Transaction, begin


def suspend_case(
    engine: ProcessEngine, actor: str, instance_id: str, reason: str, idempotency_key: str | None = None
) -> Result:
    """挂起: nothing of the case can be done, none of its timers fires, messages to it are held.

    Permitted to the holders of a post that sees the whole case. Raises NotFound, Forbidden, Conflict, Invalid.
    """
    with begin(engine, actor) as tx:

        def do() -> Result:
            case = _overseen(tx, instance_id)
            require_running(case)
            if case.row.state in ("completed", "cancelled"):
                raise Conflict("案卷已经办结，不能挂起。")
            if not reason.strip():
                raise Invalid({"reason": "请写明挂起的理由。"})
            concerned = _concerned(case)
            case.row.state, case.row.revision = SUSPENDED, case.row.revision + 1
            tx.session.add(
                Suspension(
                    instance_id=instance_id,
                    suspended_by=actor,
                    suspended_at=tx.now,
                    reason=reason.strip(),
                )
            )
            tx.record(instance_id, "case.suspended", {"reason": reason.strip()})
            for row in _open_rows(case):
                enter_inboxes(case, row)
            text = f"{name_of(tx, actor)}把“{case.row.title}”挂起，恢复以前不用办理。理由：{reason.strip()}"
            people = notify(case, concerned, "suspended", text)
            return {"instance": instance_id, "state": case.row.state, "people": people}

        return once(tx, "suspend_case", idempotency_key, do, instance=instance_id)


def resume_case(
    engine: ProcessEngine, actor: str, instance_id: str, reason: str, idempotency_key: str | None = None
) -> Result:
    """恢复: go on where the case stood still.

    The due dates of its open tasks, and the timers on these, move by the working days it was suspended; held messages
    are delivered, other timers whose moment has passed fire. Permitted and refused as `suspend_case` is.
    """
    try:
        with begin(engine, actor) as tx:
            done = once(
                tx,
                "resume_case",
                idempotency_key,
                lambda: _resume(tx, instance_id, reason),
                instance=instance_id,
            )
    except ElementFailed as error:
        raise Refused(f"恢复没有成功：{str(error).rstrip('。')}。请联系流程管理员。") from error
    # What its dates depend on may have changed meanwhile.
    recompute_deadlines(engine, instance_id)
    return done


def _resume(tx: Transaction, instance_id: str, reason: str) -> Result:
    case = _overseen(tx, instance_id)
    found = open_suspension(tx.session, instance_id)
    if case.row.state != SUSPENDED or found is None:
        raise Conflict("案卷没有挂起，不用恢复。")
    if not reason.strip():
        raise Invalid({"reason": "请写明恢复的理由。"})
    found.resumed_by, found.resumed_at = tx.actor, tx.now
    days = tx.calendar.working_days_between(found.suspended_at.astimezone(CN).date(), tx.today)
    failed = tx.session.scalar(
        select(Incident.id)
        .where(Incident.instance_id == instance_id, Incident.resolved_at.is_(None))
        .limit(1)
    )
    case.row.state = "active" if failed is None else "incident"
    rows = _open_rows(case)
    case.live.put_off(_timers_on(case, rows), days)
    for row in rows:
        row.extra_days += days
    release_messages(case)
    case.save("case.resumed", {"reason": reason.strip(), "days": days})
    for row in rows:
        if row.state == "open":
            enter_inboxes(case, row)
    moved = f"，期限顺延 {days} 个工作日" if days else ""
    text = f"{name_of(tx, tx.actor)}恢复了“{case.row.title}”的办理{moved}。理由：{reason.strip()}"
    people = notify(case, _concerned(case), "resumed", text)
    return {"instance": instance_id, "state": case.row.state, "people": people, "days": days}


def _overseen(tx: Transaction, instance_id: str) -> Case:
    """The case, locked, for those who look after its going on. Raises NotFound, Forbidden."""
    row = tx.session.get(ProcessInstance, instance_id)
    sight(tx.engine, tx.session, str(tx.actor), row)
    case = Case.open(tx, instance_id)
    if not oversees(tx.engine, tx.session, str(tx.actor), case.row):
        raise Forbidden("只有按岗位看得到整个案卷的人可以挂起和恢复。")
    return case


def _open_rows(case: Case) -> list[Task]:
    return list(
        case.tx.session.scalars(
            select(Task)
            .where(Task.instance_id == case.row.id, Task.state == "open")
            .order_by(Task.opened_at, Task.id)
        )
    )


def _concerned(case: Case) -> list[str]:
    """Principals of whoever has a task of the case, who started it and who looks after it; not the actor."""
    addressed = case.tx.session.scalars(
        select(InboxEntry.principal)
        .join(Task, Task.id == InboxEntry.task_id)
        .where(Task.instance_id == case.row.id)
        .order_by(Task.opened_at, InboxEntry.principal)
    )
    starter = [f"user:{case.row.started_by}"] if case.row.started_by else []
    posts = [each for each in case.row.readers if each.startswith("post:")]
    people = people_of(case, [*addressed, *starter, *posts])
    return [f"user:{login}" for login in people if login != case.tx.actor]


def _timers_on(case: Case, rows: list[Task]) -> set[tuple[str, str]]:
    """Process and element of the timers drawn on user tasks that are open."""
    opened = {(row.process, row.element) for row in rows}

    def hangs_on_one(process: str, element: Element) -> bool:
        return element.event == "timer" and (process, element.attached_to) in opened

    return {
        (process, element.id)
        for process, version in case.versions.items()
        for element in version.diagram.elements.values()
        if hangs_on_one(process, element)
    }
