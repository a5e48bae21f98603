"""Walks cases to their end without a script: whoever is asked submits the example sheet, and time passes in between.

Where the example does not lead the way that is wanted, a walk is given the words that do.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from engine import ProcessEngine, commands, queries
from engine.clock import CN, FixedClock
from engine.errors import EngineError, Invalid
from engine.models import Incident, ProcessInstance, Task, TaskCandidate
from features.steps.town import Town

Answers = Mapping[str, Mapping[str, str | Sequence[Mapping[str, str]]]]
"""Element → field → what is written there, in words; the rows of a table as a list."""
ENDED = ("completed", "cancelled")
MOST_TASKS, MOST_DAYS = 400, 60
"""How many tasks a walk may take, and how many days in a row without any."""


class Stuck(AssertionError):
    """The case does not come to its end; the text says what was open and why nobody could do it."""


@dataclass
class ByItself:
    """Works on everything that is open in a town, oldest first, until something is so.

    `first` is written the first time only, `answers` whenever an element comes up; the rest is the example sheet.
    """

    town: Town
    answers: Answers = field(default_factory=dict)
    first: Answers = field(default_factory=dict)
    before: Callable[[str, str], None] = lambda task, login: None
    """Called with the id of a task and who is going to do it, whenever one is going to be done."""
    refused: dict[str, str] = field(default_factory=dict)
    """Element → why its sheet was not accepted, of what was tried since something was last done."""
    _written: set[str] = field(default_factory=set)

    def start(self, process: str, person: str = "") -> str:
        """Let this person start a procedure, or the first who may; returns the case."""
        for login in [self.town.login(person)] if person else self.people():
            if process in self.startable(login):
                started = commands.start_process_instance(self.town.engine, login, process)
                commands.drain(self.town.engine)
                return str(started["instance"])
        raise AssertionError(f"谁都不能发起 {process}")

    def startable(self, login: str) -> set[str]:
        """Keys of the procedures this person may start."""
        found = queries.startable_definitions(self.town.engine, login)
        return {definition.key for definition, allowed in found if allowed}

    def until_ended(self, instance: str) -> None:
        """Walk until this case has ended. Raises Stuck."""
        idle = 0
        for _ in range(MOST_TASKS + MOST_DAYS):
            if self.state(instance) in ENDED:
                return
            if self._one_task(instance):
                idle = 0
                continue
            idle += self._wait()
            if idle > MOST_DAYS:
                break
        raise Stuck(self._told(instance))

    def state(self, instance: str) -> str:
        with self.town.engine.database.reading() as session:
            return session.get_one(ProcessInstance, instance).state

    def people(self) -> list[str]:
        """Everybody in the organisation, in its order."""
        with self.town.engine.database.reading() as session:
            organisation = self.town.engine.pack(session, self.town.pack).organisation
            return [person.login for person in organisation.people()]

    def doer(self, task: str) -> str | None:
        """Who a task is given to: its assignee, else the first of its candidates."""
        with self.town.engine.database.reading() as session:
            row = session.get_one(Task, task)
            if row.assignee:
                return row.assignee
            candidates = session.scalars(select(TaskCandidate.principal).where(TaskCandidate.task_id == task))
            asked = set(candidates)
            for login in self.people():
                if asked & self.town.engine.own_principals(session, login):
                    return login
        return None

    def _one_task(self, instance: str) -> bool:
        """Do the oldest task that can be done, those of this case before others."""
        with self.town.engine.database.reading() as session:
            rows = session.scalars(select(Task).where(Task.state == "open")).all()
        # Not by id: tasks that came up together are to be done in the same order every time.
        order = sorted(rows, key=lambda row: (row.opened_at, row.process, row.element, str(row.item), row.id))
        for row in sorted(order, key=lambda row: row.instance_id != instance):
            login = self.doer(row.id)
            if login is not None and self._complete(row, login):
                return True
        return False

    def _complete(self, row: Task, login: str) -> bool:
        engine, upload = self.town.engine, self.town.upload_for(login)
        self.before(row.id, login)
        try:
            once = {} if row.element in self._written else self.first.get(row.element, {})
            written = {**self.answers.get(row.element, {}), **once}
            words = {name: value for name, value in written.items() if isinstance(value, str)}
            tables = {
                name: queries.table_rows(engine, login, row.id, name, [dict(each) for each in value], upload)
                for name, value in written.items()
                if not isinstance(value, str)
            }
            data = queries.filled_sheet(engine, login, row.id, words, tables, upload)
            confirmed = queries.warnings_of(engine, login, row.id, data)
            commands.complete_user_task(engine, login, row.id, data, confirmed=frozenset(confirmed))
        except EngineError as error:
            more = "；".join(error.errors.values()) if isinstance(error, Invalid) else ""
            self.refused[row.element] = f"{error}{more}"
            return False
        commands.drain(engine)
        self.refused.clear()
        self._written.add(row.element)
        return True

    def _wait(self) -> bool:
        """Let time pass to the next moment something is due, at most to the next morning; True when it is morning."""
        now = self.town.clock.now()
        morning = (now.astimezone(CN) + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
        due = commands.next_due(self.town.engine, morning)
        self.town.clock.set(max(due[1], now) if due else morning)
        commands.drain(self.town.engine)
        return due is None

    def _told(self, instance: str) -> str:
        with self.town.engine.database.reading() as session:
            row = session.get_one(ProcessInstance, instance)
            tasks = session.scalars(select(Task.element).where(Task.state == "open")).all()
            incidents = session.scalars(select(Incident.reason).where(Incident.resolved_at.is_(None))).all()
        return (
            f"“{row.title}”没有办完，现在是 {self.town.clock.now():%Y-%m-%d %H:%M}；"
            f"待办 {sorted(tasks)}；没有受理的 {self.refused}；异常 {list(incidents)}"
        )


def incidents(town: Town) -> list[str]:
    """What has gone wrong and is not settled."""
    with town.engine.database.reading() as session:
        return list(session.scalars(select(Incident.reason).where(Incident.resolved_at.is_(None))))


def fork(town: Town, folder: Path, name: str) -> Town:
    """The same town once more, with a database of its own in `folder`; files are shared, and what was parsed."""
    path = folder / f"{name}.db"
    engine = town.engine
    with (
        closing(sqlite3.connect(_file(engine.database.url))) as source,
        closing(sqlite3.connect(path)) as copy,
    ):
        source.backup(copy)
    clock = FixedClock(town.clock.now())
    forked = ProcessEngine(f"sqlite:///{path}", engine.processes, town.folder, clock=clock)
    forked.definitions = engine.definitions
    return Town(forked, town.pack, clock, town.folder)


def _file(url: str) -> str:
    return url.removeprefix("sqlite:///")
