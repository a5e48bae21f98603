"""A town for tests: drawings deployed on a fresh database, and short ways to act in it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import ProcessEngine, commands
from engine.clock import CN, FixedClock, parse_moment
from engine.database import Database
from engine.models import HistoryEvent, OutboxMessage, ProcessInstance, Task
from tests.support.diagrams import Drawing, make_processes

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=CN)
HEAD, VICE, STORE, KEEPER = "jiayi", "yier", "bingsan", "dingsi"
CLERK, FIXER, OTHER_FIXER, GUARD, ADMIN = "wuwu", "jiliu", "gengqi", "xinba", "renjiu"
EVERYBODY = (HEAD, VICE, STORE, KEEPER, CLERK, FIXER, OTHER_FIXER, GUARD, ADMIN)
Row = TypeVar("Row")


def migrate(url: str) -> None:
    """Make the tables; leaves no connection open."""
    database = Database(url)
    database.migrate()
    database.close()


class Town:
    """The engine with these drawings deployed, its clock standing still."""

    def __init__(
        self, url: str, folder: Path, drawings: Sequence[Drawing], now: datetime = MONDAY, **options: Any
    ):
        self.url, self.folder, self.options = url, folder, options
        processes = folder / "processes"
        if not processes.exists():
            make_processes(folder, *drawings)
        self.engine = ProcessEngine(url, processes, folder / "data", FixedClock(now), **options)
        commands.deploy_packs(self.engine, check=False)

    def deploy(self, *drawings: Drawing) -> Any:
        for drawing in drawings:
            drawing.write(self.engine.processes)
        return commands.deploy_packs(self.engine, check=False)

    def session(self) -> Session:
        """A session for looking at the tables."""
        return Session(self.engine.database.engine, expire_on_commit=False)

    def rows(self, model: type[Row], **where: Any) -> list[Row]:
        with self.session() as session:
            return list(session.scalars(select(model).filter_by(**where)))

    # ---- acting

    def start(self, key: str = "x", login: str = CLERK, drain: bool = True, **variables: Any) -> str:
        instance = str(commands.start_process_instance(self.engine, login, key, variables)["instance"])
        if drain:
            commands.drain(self.engine)
        return instance

    def open(self, instance: str) -> list[str]:
        """Elements with an open task, each as often as it is open."""
        return sorted(task.element for task in self.rows(Task, instance_id=instance, state="open"))

    def task(self, instance: str, element: str, item: Any = None) -> str:
        found = [
            task
            for task in self.rows(Task, instance_id=instance, element=element, state="open")
            if item is None or task.item == item
        ]
        assert found, f"{element} is not open, but {self.open(instance)}"
        return found[0].id

    def do(
        self,
        instance: str,
        element: str,
        login: str = CLERK,
        drain: bool = True,
        item: Any = None,
        **data: Any,
    ) -> str:
        task = self.task(instance, element, item)
        commands.complete_user_task(self.engine, login, task, data)
        if drain:
            commands.drain(self.engine)
        return task

    def at(self, moment: str) -> None:
        """Put the clock to a moment and do all that waits, without stopping on the way."""
        clock = self.engine.clock
        assert isinstance(clock, FixedClock)
        clock.set(parse_moment(moment))
        commands.drain(self.engine)

    def upload(self, login: str = CLERK, name: str = "单据.pdf", content: bytes = b"%PDF-1.7 x") -> str:
        return str(commands.upload_attachment(self.engine, login, name, io.BytesIO(content))["id"])

    # ---- looking

    def case(self, instance: str) -> ProcessInstance:
        return self.rows(ProcessInstance, id=instance)[0]

    def value(self, instance: str, name: str) -> Any:
        return self.case(instance).variables.get(name)

    def cases(self, key: str) -> list[ProcessInstance]:
        return sorted(self.rows(ProcessInstance, key=key), key=lambda row: row.started_at)

    def history(self, instance: str) -> list[tuple[str, dict[str, Any]]]:
        events = sorted(self.rows(HistoryEvent, chain=instance), key=lambda event: event.seq)
        return [(event.kind, event.body) for event in events]

    def messages(self, state: str) -> list[OutboxMessage]:
        return sorted(self.rows(OutboxMessage, state=state), key=lambda message: message.id)

    def everything(self) -> dict[str, list[Any]]:
        """All tables, to compare before and after."""
        from engine.models import Base

        with self.session() as session:
            return {
                table.name: sorted(map(repr, session.execute(select(table)).all()))
                for table in Base.metadata.sorted_tables
            }
