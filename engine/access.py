"""Who may see and do what. One does not learn of what one may not see; what one sees but may not do is refused."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine.errors import Forbidden, NotFound
from engine.models import InboxEntry, ProcessInstance, Task, TaskCandidate
from engine.process_engine import ProcessEngine
from engine.transaction import Transaction


@dataclass(frozen=True)
class Sight:
    """What a person sees of a case: all of it, or title, state and diagram and these tasks only."""

    whole: bool
    tasks: frozenset[str]

    def of_task(self, task_id: str | None) -> bool:
        return self.whole or (task_id is not None and task_id in self.tasks)


def sight(engine: ProcessEngine, session: Session, login: str, row: ProcessInstance | None) -> Sight:
    """What `login` sees of the case; raises NotFound when nothing at all."""
    if row is None:
        raise NotFound()
    principals = engine.principals(session, login)
    if row.started_by == login or principals & set(row.readers):
        return Sight(True, frozenset())
    tasks = session.scalars(
        select(Task.id)
        .outerjoin(TaskCandidate, TaskCandidate.task_id == Task.id)
        .where(
            Task.instance_id == row.id,
            or_(TaskCandidate.principal.in_(principals), Task.completed_by == login, Task.assignee == login),
        )
        .distinct()
    )
    found = frozenset(tasks)
    if not found:
        raise NotFound()
    return Sight(False, found)


def may_do(engine: ProcessEngine, session: Session, login: str, task: Task) -> bool:
    """The open task is in this person's inbox."""
    principals = engine.principals(session, login)
    entry = session.scalar(
        select(InboxEntry.task_id)
        .where(InboxEntry.task_id == task.id, InboxEntry.principal.in_(principals))
        .limit(1)
    )
    return entry is not None


def require_may_do(tx: Transaction, task: Task) -> None:
    """Raises NotFound for those who may not know of the task, Forbidden for those who may not do it."""
    login = str(tx.actor)
    if may_do(tx.engine, tx.session, login, task):
        return
    row = tx.session.get(ProcessInstance, task.instance_id)
    if not sight(tx.engine, tx.session, login, row).of_task(task.id):
        raise NotFound()
    if task.assignee and task.assignee != login:
        raise Forbidden(
            f"这项任务已由{name_of(tx, task.assignee)}认领，您不能办理。需要办理时请对方退回认领或转办。"
        )
    raise Forbidden("您可以查看这项任务，但不是它的办理人，不能办理。")


def holds_any(engine: ProcessEngine, session: Session, login: str, principals: Iterable[str]) -> bool:
    return bool(engine.principals(session, login) & set(principals))


def require_capability(tx: Transaction, capability: str) -> str:
    """The key of the pack in which the actor has the capability; raises Forbidden."""
    pack = tx.engine.pack_of(tx.session, str(tx.actor))
    if not pack.organisation.may(capability, str(tx.actor), tx.today):
        raise Forbidden("您的岗位没有这项权限。如有需要，请联系系统管理员。")
    return pack.key


def name_of(tx: Transaction, login: str | None) -> str:
    """The name of a person of any pack, or the login itself."""
    for pack in tx.engine.packs(tx.session):
        person = pack.organisation.find_person(login or "")
        if person:
            return person.name
    return login or "系统"
