"""Makes the mirror rows of a case anew from its state, should they ever differ."""

from sqlalchemy import delete, select

from engine import projections
from engine.case import Case
from engine.models import InboxEntry, Subscription, Task, TimerRow
from engine.process_engine import ProcessEngine
from engine.readers import mirror_readers
from engine.search import search_text
from engine.transaction import begin


def rebuild_projections(engine: ProcessEngine, instance_id: str) -> None:
    """Rebuild inbox entries, open tasks, timers, subscriptions, readers and search text of a case. Raises NotFound.

    Who has claimed or was handed a task, and since when a message is waited for, is nowhere else: that is kept.
    """
    with begin(engine, None) as tx:
        session = tx.session
        case = Case.open(tx, instance_id)
        tasks = select(Task.id).where(Task.instance_id == instance_id)
        since = {
            (row.task_id, row.element): row.since
            for row in session.scalars(select(Subscription).where(Subscription.instance_id == instance_id))
        }
        session.execute(delete(InboxEntry).where(InboxEntry.task_id.in_(tasks)))
        session.execute(delete(TimerRow).where(TimerRow.instance_id == instance_id))
        session.execute(delete(Subscription).where(Subscription.instance_id == instance_id))
        session.expire_all()
        projections.refresh(case)
        for row in session.scalars(select(Subscription).where(Subscription.instance_id == instance_id)):
            row.since = since.get((row.task_id, row.element), row.since)
        for task in session.scalars(
            select(Task).where(Task.instance_id == instance_id, Task.state == "open")
        ):
            projections.enter_inboxes(case, task)
        case.row.elements = case.live.element_states()
        mirror_readers(session, case.row)
        case.row.search_text = search_text(case)
