"""Counts the cases and tasks of a pack in a period, for the statistics."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from engine.calendar import WorkCalendar
from engine.clock import CN
from engine.functions.dates import time_of
from engine.models import ProcessInstance, Suspension, Task
from engine.process_engine import LoadedPack, ProcessEngine
from engine.readers import has_part, sees_whole

OPEN = ("active", "suspended", "incident")
"""The states of cases that are under way."""


@dataclass(frozen=True)
class StepStatistics:
    """A user task of a drawing. Counts but `open` are of tasks completed in the period; medians are in working days."""

    process: str
    element: str
    name: str
    done: int
    open: int
    """Open now."""
    late: int
    """Completed after their due date in the period, or open now and past it."""
    with_due: int
    on_time: int
    median_days: float | None
    """From opening to completion, in working time, without the time its case was suspended."""

    @property
    def on_time_rate(self) -> float | None:
        """The part of those with a due date that was completed by then, from 0 to 1."""
        return self.on_time / self.with_due if self.with_due else None


@dataclass(frozen=True)
class OldCase:
    """A case that has been under way for long. What the reader may not see of it is left out."""

    instance_id: str | None
    title: str | None
    days: float
    """Working days since it was started."""


CaseCounts = tuple[int, int, int, int, OldCase | None]
"""Begun, completed, under way, late, oldest."""


class _Done(NamedTuple):
    """A completed or open task as the database gives it."""

    process: str
    element: str
    name: str
    instance_id: str
    opened_at: datetime
    closed_at: datetime | None
    due_at: datetime | None
    state: str


@dataclass
class _Step:
    """What is gathered about one step."""

    name: str = ""
    done: int = 0
    open: int = 0
    late: int = 0
    with_due: int = 0
    on_time: int = 0
    days: list[float] = field(default_factory=list)


class Counting:
    """Asks the database; the number of statements depends neither on cases nor on procedures."""

    def __init__(self, engine: ProcessEngine, session: Session, pack: LoadedPack, begin: date, end: date):
        self._engine, self._session, self._pack = engine, session, pack
        self._now = engine.now()
        self._calendar: WorkCalendar = engine.calendar(session)
        self._opening = time_of(str(pack.parameters.value("上班时刻")))
        self._closing = time_of(str(pack.parameters.value("下班时刻")))
        self._day = datetime.combine(date.min, self._closing) - datetime.combine(date.min, self._opening)
        self._from = datetime.combine(begin, time(), CN)
        self._until = datetime.combine(end + timedelta(days=1), time(), CN)

    # ---- cases

    def cases(self, login: str, process: str | None) -> dict[str, CaseCounts]:
        """Process key → begun, completed, under way, late, oldest."""
        mine = ProcessInstance.pack == self._pack.key
        if process is not None:
            mine = and_(mine, ProcessInstance.key == process)
        under_way = ProcessInstance.state.in_(OPEN)
        begun = self._count(mine, self._in_period(ProcessInstance.started_at))
        done = self._count(
            mine, ProcessInstance.state == "completed", self._in_period(ProcessInstance.ended_at)
        )
        open_now = self._count(mine, under_way)
        overdue = (
            select(Task.id)
            .where(Task.instance_id == ProcessInstance.id, Task.state == "open", Task.due_at < self._now)
            .exists()
        )
        late = self._count(mine, ProcessInstance.state.in_(("active", "incident")), overdue)
        oldest = self._oldest(login, and_(mine, under_way))
        return {
            key: (
                begun.get(key, 0),
                done.get(key, 0),
                open_now.get(key, 0),
                late.get(key, 0),
                oldest.get(key),
            )
            for key in {*begun, *done, *open_now}
        }

    def _in_period(self, moment: Any) -> ColumnElement[bool]:
        return and_(moment >= self._from, moment < self._until)

    def _count(self, *conditions: ColumnElement[bool]) -> dict[str, int]:
        query = (
            select(ProcessInstance.key, func.count().label("cases"))
            .where(*conditions)
            .group_by(ProcessInstance.key)
        )
        return {row.key: row.cases for row in self._session.execute(query)}

    def _oldest(self, login: str, under_way: ColumnElement[bool]) -> dict[str, OldCase]:
        visible = or_(
            sees_whole(self._engine, self._session, login), has_part(self._engine, self._session, login)
        )
        place = func.row_number().over(
            partition_by=ProcessInstance.key, order_by=(ProcessInstance.started_at, ProcessInstance.id)
        )
        first = select(ProcessInstance.id, place.label("place")).where(under_way).subquery()
        found = self._session.execute(
            select(
                ProcessInstance.key,
                ProcessInstance.id,
                ProcessInstance.title,
                ProcessInstance.started_at,
                visible,
            )
            .join(first, first.c.id == ProcessInstance.id)
            .where(first.c.place == 1)
        )
        return {
            key: OldCase(
                case_id if seen else None,
                title if seen else None,
                self._days(self._worked(started, self._now)),
            )
            for key, case_id, title, started, seen in found
        }

    # ---- steps

    def steps(self, process: str | None, definition_id: int | None = None) -> list[StepStatistics]:
        """Every step that was completed in the period or is open now; what took longest comes first."""
        counted = or_(
            and_(Task.state == "done", Task.undone_at.is_(None), self._in_period(Task.closed_at)),
            Task.state == "open",
        )
        query = (
            select(
                Task.process,
                Task.element,
                Task.name,
                Task.instance_id,
                Task.opened_at,
                Task.closed_at,
                Task.due_at,
                Task.state,
            )
            .join(ProcessInstance, ProcessInstance.id == Task.instance_id)
            .where(counted, ProcessInstance.pack == self._pack.key)
            .order_by(Task.opened_at)
        )
        if process is not None:
            query = query.where(Task.process == process)
        if definition_id is not None:
            query = query.where(Task.definition_id == definition_id)
        pauses = self._pauses()
        found: dict[tuple[str, str], _Step] = {}
        for row in self._session.execute(query.execution_options(yield_per=1000)):
            task = _Done(*row)
            step = found.setdefault((task.process, task.element), _Step())
            self._add(step, task, pauses.get(task.instance_id, ()))
        steps = [
            StepStatistics(
                process=key,
                element=element,
                name=each.name,
                done=each.done,
                open=each.open,
                late=each.late,
                with_due=each.with_due,
                on_time=each.on_time,
                median_days=round(median(each.days), 4) if each.days else None,
            )
            for (key, element), each in found.items()
        ]
        return sorted(
            steps, key=lambda each: (-(each.median_days or 0), -each.done, each.process, each.element)
        )

    def _add(self, step: _Step, task: _Done, pauses: Iterable[tuple[datetime, datetime]]) -> None:
        step.name = task.name
        if task.closed_at is None:
            step.open += 1
            paused = any(begins <= self._now <= ends for begins, ends in pauses)
            step.late += int(task.due_at is not None and task.due_at < self._now and not paused)
            return
        step.done += 1
        if task.due_at is not None:
            step.with_due += 1
            step.on_time += int(task.closed_at <= task.due_at)
            step.late += int(task.closed_at > task.due_at)
        step.days.append(self._days(self._spent(task.opened_at, task.closed_at, pauses)))

    def _pauses(self) -> dict[str, list[tuple[datetime, datetime]]]:
        """Case → the times it was suspended; one that lasts ends now."""
        found: dict[str, list[tuple[datetime, datetime]]] = {}
        for instance_id, begins, ends in self._session.execute(
            select(Suspension.instance_id, Suspension.suspended_at, Suspension.resumed_at)
            .join(ProcessInstance, ProcessInstance.id == Suspension.instance_id)
            .where(ProcessInstance.pack == self._pack.key)
        ):
            found.setdefault(instance_id, []).append((begins, ends or self._now))
        return found

    def _spent(
        self, opened: datetime, closed: datetime, pauses: Iterable[tuple[datetime, datetime]]
    ) -> timedelta:
        """The working time from opening to completion; a case is never suspended twice at once."""
        spent = self._worked(opened, closed)
        for begins, ends in pauses:
            spent -= self._worked(max(opened, begins), min(closed, ends))
        return spent

    def _worked(self, begins: datetime, ends: datetime) -> timedelta:
        return self._calendar.working_time_between(begins, ends, self._opening, self._closing)

    def _days(self, spent: timedelta) -> float:
        """Working time in working days."""
        return round(spent / self._day, 4)
