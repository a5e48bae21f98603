"""多人、多单位分办中的加办和减办: one more child for a round that is under way, or one less."""

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engine.access import oversees, sight
from engine.case import Case
from engine.commands.once import Result, once
from engine.commands.settled import on_settled_case
from engine.commands.tasks import _open_task
from engine.errors import Conflict, ElementFailed, Forbidden, Invalid, NotFound, Refused
from engine.models import InboxEntry, ProcessInstance, Task
from engine.notices import notify
from engine.process_engine import ProcessEngine
from engine.spiff import Round
from engine.transaction import Transaction


def add_instance(
    engine: ProcessEngine,
    actor: str,
    task_id: str,
    item: str,
    reason: str,
    idempotency_key: str | None = None,
) -> Result:
    """Let one more person or unit take part in the round the open task belongs to.

    The holders of the posts that see the whole case may, and who did the step before. `item` is a login or the name of a unit,
    as the others are. Returns `{"task", "instance", "item", "opened"}`; `opened` is the new task, None in a sequence, where it
    comes up when its turn has come. Raises NotFound, Forbidden, Conflict, Invalid, Refused.
    """

    def do(tx: Transaction, case: Case) -> Result:
        row, found = _round(tx, case, task_id)
        errors = {}
        if item not in [value for value, _label in choices(case, found)]:
            known = item in found.items
            errors["item"] = "已经在办，不用再加。" if known else "请从名单中选择一个还没有参加的。"
        if not reason.strip():
            errors["reason"] = "请写明增加的理由。"
        if errors:
            raise Invalid(errors)
        before = {task.id for task in case.live.open_tasks()}
        _note(case, case.live.add_to_round(task_id, item))
        opened = next((task.id for task in case.live.open_tasks() if task.id not in before), None)
        case.save(
            "task.instance_added",
            {"task": row.name, "item": item, "reason": reason.strip()},
            task_id,
        )
        if opened is not None:
            notify(
                case,
                _asked(tx, case, opened),
                "instance",
                f"“{case.row.title}”的环节“{row.name}”请您一并办理：{reason.strip()}",
                task_id=opened,
            )
        return {"task": task_id, "instance": case.row.id, "item": item, "opened": opened}

    return _on_round(engine, actor, task_id, "add_instance", idempotency_key, do)


def remove_instance(
    engine: ProcessEngine, actor: str, task_id: str, reason: str, idempotency_key: str | None = None
) -> Result:
    """Take this open task off its round; never the last that is open, and never where the step is a hard rule.

    Permitted to those who may add one. Raises NotFound, Forbidden, Conflict, Invalid, Refused.
    """

    def do(tx: Transaction, case: Case) -> Result:
        row, found = _round(tx, case, task_id)
        drawn = case.versions[row.process].diagram.elements[row.element]
        if drawn.hard:
            raise Refused(f"“{row.name}”是硬约束环节，规定参加的都要办理，不能减。")
        if len(found.open) < 2:
            raise Conflict("只剩这一项还没有办，不能再减。")
        if not reason.strip():
            raise Invalid({"reason": "请写明减去的理由。"})
        told = _asked(tx, case, task_id)
        # Should the others turn out to be enough, this person has nothing more to do with that.
        tx.session.execute(delete(InboxEntry).where(InboxEntry.task_id == task_id))
        _note(case, case.live.take_off_round(task_id))
        case.save(
            "task.instance_removed",
            {"task": row.name, "item": row.item, "reason": reason.strip()},
            task_id,
        )
        notify(
            case,
            told,
            "instance",
            f"“{case.row.title}”的任务“{row.name}”不用您办理了：{reason.strip()}",
            task_id=task_id,
        )
        return {"task": task_id, "instance": case.row.id, "item": row.item}

    return _on_round(engine, actor, task_id, "remove_instance", idempotency_key, do)


def may_change(engine: ProcessEngine, session: Session, actor: str, case: Case, task_id: str) -> bool:
    """Whether the person may add to the round of an open task, or take off it."""
    if oversees(engine, session, actor, case.row):
        return True
    before = case.live.person_before(task_id)
    row = session.get(Task, before) if before is not None else None
    return row is not None and row.completed_by == actor


def choices(case: Case, found: Round) -> list[tuple[str, str]]:
    """Who could still be added, as value and label: people when the items are people, units when they are units."""
    organisation, today = case.pack.organisation, case.tx.today
    known: list[tuple[str, str]] = []
    if found.items and all(isinstance(each, str) for each in found.items):
        if all(organisation.find_person(each) for each in found.items):
            known = [
                (person.login, f"{person.name}（{person.title}）" if person.title else person.name)
                for person in organisation.people(today)
                if organisation.works(person.login, today)
            ]
        elif set(found.items) <= {unit.name for unit in organisation.units()}:
            known = [(unit.name, unit.name) for unit in organisation.units()]
    return [(value, label) for value, label in known if value not in found.items]


def _case_of(engine: ProcessEngine, actor: str, task_id: str) -> str:
    """The case of a task, for everybody who sees anything of it: who did the step before may not see this one."""
    with engine.database.reading() as session:
        task = session.get(Task, task_id)
        sight(engine, session, actor, session.get(ProcessInstance, task.instance_id) if task else None)
        assert task is not None
        return task.instance_id


def _round(tx: Transaction, case: Case, task_id: str) -> tuple[Task, Round]:
    actor = str(tx.actor)
    seen = sight(tx.engine, tx.session, actor, case.row).of_task(task_id)
    if case.live.open_task(task_id) is None and not seen:
        raise NotFound()
    row, _task = _open_task(tx, case, task_id)
    allowed = may_change(tx.engine, tx.session, actor, case, task_id)
    if not allowed and not seen:
        raise NotFound()
    found = case.live.round_of(task_id)
    if found is None:
        raise Conflict("这个环节不是几个人或几个单位分别办理的，不能加办、减办。")
    if not allowed:
        raise Forbidden("只有看得到整个案卷的岗位和上一步的办理人可以加办、减办。")
    return row, found


def _note(case: Case, changed: dict[str, Any]) -> None:
    """The list a round was made of is a variable of the case, and follows it."""
    case.row.variables = {**case.row.variables, **changed}


def _asked(tx: Transaction, case: Case, task_id: str) -> list[str]:
    mine = select(InboxEntry.principal).where(InboxEntry.task_id == task_id, InboxEntry.role == "do")
    return list(tx.session.scalars(mine))


def _on_round(
    engine: ProcessEngine, actor: str, task_id: str, command: str, idempotency_key: str | None, do: Any
) -> Result:
    def act(tx: Transaction, case: Case) -> Result:
        def once_only() -> Result:
            case.fire_timers()
            result: Result = do(tx, case)
            return result

        return once(tx, command, idempotency_key, once_only, task=task_id)

    try:
        return on_settled_case(engine, actor, _case_of(engine, actor, task_id), act)
    except ElementFailed as error:
        raise Refused(f"没有办成：{str(error).rstrip('。')}。请联系流程管理员。") from error
