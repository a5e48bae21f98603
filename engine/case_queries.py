"""What expressions may ask about other cases and about the submissions of their own."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.clock import iso
from engine.definitions import Definitions
from engine.models import HistoryEvent, ProcessInstance, Subscription, Task

Row = dict[str, Any]
DOER, ACTED_FOR, DONE_AT = "办理人", "代谁", "办理时间"
KEY, TITLE, SUBMITTED = "业务键", "标题", "提交时间"


class CaseQueries:
    """Answers as seen from one scope of one case; other packs and the case itself are left out."""

    def __init__(
        self, session: Session, definitions: Definitions, pack: str, instance_id: str = "", scope: str = ""
    ):
        self._session, self._definitions = session, definitions
        self._pack, self._instance_id, self._scope = pack, instance_id, scope

    def _once(self, mark: tuple[object, ...], ask: Callable[[], list[Row]]) -> list[Row]:
        """Other cases do not change while this one's transaction runs: the same question is asked once."""
        known: dict[tuple[object, ...], list[Row]] = self._session.info.setdefault("case_queries", {})
        mark = (self._pack, self._instance_id, *mark)
        if mark not in known:
            known[mark] = ask()
        return known[mark]

    def waiting(self, message: str) -> list[Row]:
        return self._once(("waiting", message), lambda: self._waiting(message))

    def _waiting(self, message: str) -> list[Row]:
        rows = self._session.execute(
            select(Subscription.correlation_key, Subscription.since, ProcessInstance)
            .join(ProcessInstance, ProcessInstance.id == Subscription.instance_id)
            .where(Subscription.name == message, ProcessInstance.pack == self._pack)
            .order_by(Subscription.since, ProcessInstance.started_at, ProcessInstance.id)
        )
        return [
            {TITLE: instance.title, SUBMITTED: iso(since), **instance.public, KEY: key}
            for key, since, instance in rows
            if instance.id != self._instance_id
        ]

    def instances(self, key: str, ended: bool) -> list[Row]:
        return self._once(("instances", key, ended), lambda: self._instances(key, ended))

    def _instances(self, key: str, ended: bool) -> list[Row]:
        states = ("completed",) if ended else ("active", "suspended", "incident")
        rows = self._session.scalars(
            select(ProcessInstance)
            .where(
                ProcessInstance.key == key,
                ProcessInstance.pack == self._pack,
                ProcessInstance.state.in_(states),
                ProcessInstance.id != self._instance_id,
            )
            .order_by(ProcessInstance.started_at, ProcessInstance.id)
        )
        return [
            {TITLE: row.title, SUBMITTED: iso(row.started_at), **row.public, KEY: row.business_key}
            for row in rows
        ]

    def submissions(self, element: str) -> list[Row]:
        found = self._session.scalars(
            select(Task).where(
                Task.instance_id == self._instance_id, Task.element == element, Task.undone_at.is_(None)
            )
        ).all()
        if not found:
            return []
        done_first = self._order_done(found)
        tasks = sorted(found, key=lambda t: (t.opened_at, t.state == "open", done_first(t)))
        # Asked from outside the sub-process it lies in: its latest round.
        scope = self._scope if any(t.scope == self._scope for t in tasks) else tasks[-1].scope
        tasks = [task for task in tasks if task.scope == scope]
        drawn = self._definitions.get(self._session, tasks[-1].definition_id).diagram.elements[element]
        if drawn.collection:
            tasks = [task for task in tasks if task.activation == tasks[-1].activation]
        done = sorted((t for t in tasks if t.state == "done" and t.closed_at), key=done_first)
        latest: dict[object, Row] = {}
        for task in done:
            done_at = iso(task.closed_at)  # type: ignore[arg-type]  # Done, so closed.
            row = {
                **(task.data or {}),
                DOER: task.completed_by,
                ACTED_FOR: task.acted_for,
                DONE_AT: done_at,
            }
            if task.item_name:
                row = {task.item_name: task.item, **row}
            # In a multi-instance each child counts; elsewhere a person's later submission replaces the earlier one.
            mark: object = task.id if drawn.collection else task.completed_by
            latest.pop(mark, None)
            latest[mark] = row
        return list(latest.values())

    def last_value(self, field: str) -> Any:
        tasks = self._session.scalars(
            select(Task).where(
                Task.instance_id == self._instance_id, Task.state == "done", Task.undone_at.is_(None)
            )
        ).all()
        latest = sorted(tasks, key=self._order_done(tasks), reverse=True)
        return next((task.data[field] for task in latest if task.data and field in task.data), None)

    def _order_done(self, tasks: Sequence[Task]) -> Callable[[Task], tuple[datetime, float, str]]:
        """What to sort tasks by, so that they stand in the order they were done.

        Where the clock stands still, the history tells what came first; what is being done now is not in it yet.
        """
        told: dict[str | None, int] = {}
        moments = [task.closed_at for task in tasks if task.closed_at]
        if len(set(moments)) < len(moments):
            last_line = (
                select(HistoryEvent.task_id, func.max(HistoryEvent.seq))
                .where(HistoryEvent.chain == self._instance_id)
                .group_by(HistoryEvent.task_id)
            )
            told = {line[0]: line[1] for line in self._session.execute(last_line)}
        return lambda task: (task.closed_at or task.opened_at, told.get(task.id, float("inf")), task.id)
