"""What expressions may ask about other cases and about the submissions of their own."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.clock import iso
from engine.definitions import Definitions
from engine.models import ProcessInstance, Subscription, Task

Row = dict[str, Any]
DOER, DONE_AT = "办理人", "办理时间"
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
        states = ("completed",) if ended else ("active", "incident")
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
        tasks = list(
            self._session.scalars(
                select(Task)
                .where(Task.instance_id == self._instance_id, Task.element == element)
                .order_by(Task.opened_at, Task.id)
            )
        )
        if not tasks:
            return []
        # Asked from outside the sub-process it lies in: its latest round.
        scope = self._scope if any(t.scope == self._scope for t in tasks) else tasks[-1].scope
        tasks = [task for task in tasks if task.scope == scope]
        drawn = self._definitions.get(self._session, tasks[-1].definition_id).diagram.elements[element]
        if drawn.collection:
            tasks = [task for task in tasks if task.activation == tasks[-1].activation]
        done = sorted(
            (t for t in tasks if t.state == "done" and t.closed_at), key=lambda t: (t.closed_at, t.id)
        )
        latest: dict[object, Row] = {}
        for task in done:
            row = {**(task.data or {}), DOER: task.completed_by, DONE_AT: iso(task.closed_at)}  # type: ignore[arg-type]  # Done, so closed.
            if task.item_name:
                row = {task.item_name: task.item, **row}
            # In a multi-instance each child counts; elsewhere a person's later submission replaces the earlier one.
            mark: object = task.id if drawn.collection else task.completed_by
            latest.pop(mark, None)
            latest[mark] = row
        return list(latest.values())

    def last_value(self, field: str) -> Any:
        tasks = self._session.scalars(
            select(Task)
            .where(Task.instance_id == self._instance_id, Task.state == "done")
            .order_by(Task.closed_at.desc(), Task.id)
        )
        return next((task.data[field] for task in tasks if task.data and field in task.data), None)
