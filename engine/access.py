"""Who may see and do what. One does not learn of what one may not see; what one sees but may not do is refused."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from engine.errors import Forbidden, NotFound
from engine.models import InboxEntry, ProcessInstance, Subscription, Task, TaskCandidate
from engine.process_engine import ProcessEngine
from engine.transaction import Transaction


@dataclass(frozen=True)
class Sight:
    """What a person sees of a case: all of it, or title, state, diagram, its buttons and these tasks only.

    Who may only press one of its buttons now sees no task at all.
    """

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
    if not found and not offering(session, principals, row.id):
        raise NotFound()
    return Sight(False, found)


def offering(session: Session, principals: frozenset[str], instance_id: str | None = None) -> set[str]:
    """The cases, or whether this one, that have a button now which somebody of these may press."""
    query = select(Subscription.instance_id, Subscription.operators).where(
        Subscription.operators.is_not(None)
    )
    if instance_id is not None:
        query = query.where(Subscription.instance_id == instance_id)
    return {found for found, operators in session.execute(query) if principals & set(operators or [])}


def addressed_to(engine: ProcessEngine, session: Session, login: str) -> ColumnElement[bool]:
    """The condition for inbox entries that are this person's: their own, and those of whom they are the deputy."""
    mine = InboxEntry.principal.in_(engine.own_principals(session, login))
    lent = frozenset[str]().union(*engine.lent_principals(session, login).values())
    if not lent:
        return mine
    return or_(mine, and_(InboxEntry.principal.in_(lent), InboxEntry.personal.is_(False)))


def may_do(engine: ProcessEngine, session: Session, login: str, task: Task) -> bool:
    """The open task is in this person's inbox."""
    entry = session.scalar(
        select(InboxEntry.task_id)
        .where(InboxEntry.task_id == task.id, InboxEntry.role == "do", addressed_to(engine, session, login))
        .limit(1)
    )
    return entry is not None


def deputy_of(engine: ProcessEngine, session: Session, login: str, task_ids: Iterable[str]) -> dict[str, str]:
    """Task id → whose deputy this person would be in doing it, for those of the open tasks that are not their own."""
    lent = engine.lent_principals(session, login)
    if not lent:
        return {}
    own, found = engine.own_principals(session, login), dict[str, str]()
    addressed: dict[str, set[str]] = {}
    for entry in session.scalars(
        select(InboxEntry).where(
            InboxEntry.task_id.in_(list(task_ids)),
            InboxEntry.role == "do",
            InboxEntry.personal.is_(False),
        )
    ):
        addressed.setdefault(entry.task_id, set()).add(entry.principal)
    for task_id, principals in addressed.items():
        if not principals & own:
            giver = next((each for each, theirs in lent.items() if principals & theirs), None)
            if giver is not None:
                found[task_id] = giver
    return found


def oversees(engine: ProcessEngine, session: Session, login: str, row: ProcessInstance) -> bool:
    """Whether the person holds a post that sees all of the case: they look after its going on.

    Somebody to whom it was only copied or handed round reads it and no more.
    """
    posts = {each for each in row.readers if each.startswith("post:")}
    return bool(engine.principals(session, login) & posts)


def require_may_do(tx: Transaction, task: Task) -> None:
    """Raises NotFound for those who may not know of the task, Forbidden for those who may not do it."""
    login = str(tx.actor)
    if may_do(tx.engine, tx.session, login, task):
        return
    row = tx.session.get(ProcessInstance, task.instance_id)
    if not sight(tx.engine, tx.session, login, row).of_task(task.id):
        raise NotFound()
    if _only_for_a_deputy(tx, task):
        raise Forbidden("这个环节不得代理，只能由被代理人本人办理。")
    if task.assignee and task.assignee != login:
        raise Forbidden(
            f"这项任务已由{name_of(tx, task.assignee)}认领，您不能办理。需要办理时请对方退回认领或转办。"
        )
    raise Forbidden("您可以查看这项任务，但不是它的办理人，不能办理。")


def _only_for_a_deputy(tx: Transaction, task: Task) -> bool:
    """The task would be the actor's as somebody's deputy, were deputies allowed."""
    principals = tx.engine.principals(tx.session, str(tx.actor))
    entry = tx.session.scalar(
        select(InboxEntry.task_id)
        .where(InboxEntry.task_id == task.id, InboxEntry.personal, InboxEntry.principal.in_(principals))
        .limit(1)
    )
    return entry is not None


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
