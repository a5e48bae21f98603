"""The town a scenario plays in: an engine on a database of its own and a clock that stands still until told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pytest_bdd import parsers

from engine import ProcessEngine, commands, queries
from engine.clock import CN, FixedClock, parse_moment
from engine.errors import EngineError, Invalid
from features.sentences import as_pattern
from features.steps.hands import EngineHands, Hands

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
ZIP = b"PK\x03\x04"
CONTENTS = {
    "docx": ZIP,
    "xlsx": ZIP,
    "pptx": ZIP,
    "zip": ZIP,
    "jpg": b"\xff\xd8\xff\xe0",
    "jpeg": b"\xff\xd8\xff\xe0",
    "png": b"\x89PNG\r\n\x1a\n",
    "mp3": b"ID3\x04",
    "txt": b"text",
}
"""How a file of each kind begins: an upload is refused when its content is not what its name says."""
START = datetime(2026, 12, 1, 9, 0, tzinfo=CN)


def sentence(text: str) -> Any:
    """The pattern of a sentence for the steps."""
    return parsers.re(as_pattern(text))


@dataclass
class Town:
    """What the sentences act on. `refusal` is what the program said to the last attempt that it refused.

    `visited` are the elements that were passed (process, element), `taken` the flows (process, from, to).
    """

    engine: ProcessEngine
    pack: str
    clock: FixedClock
    folder: Path
    visited: set[tuple[str, str]] = field(default_factory=set)
    taken: set[tuple[str, str, str]] = field(default_factory=set)
    clauses: set[str] = field(default_factory=set)
    refusal: str | None = None
    logins: dict[str, str] = field(default_factory=dict)
    prepared: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    taken_out: str = ""
    """What stands in the last register that was exported."""
    hands: Hands = field(init=False)
    """How people act; a scenario with the tag `web` gives them others."""

    def __post_init__(self) -> None:
        self.hands = EngineHands(self.engine)

    def deploy(self) -> None:
        """Bring the database up to date and everything in the processes folder into it."""
        self.engine.start()
        commands.deploy_packs(self.engine, check=False)

    # ---- people and time

    def login(self, name: str) -> str:
        """The login of the person with this name in the scenario's pack."""
        if name not in self.logins:
            self.logins[name] = queries.login_of(self.engine, self.pack, name)
        return self.logins[name]

    def login_or_new(self, name: str) -> str:
        """Like `login`; somebody not in the organisation yet gets a login made up for the scenario."""
        known = queries.login_of(self.engine, self.pack, name, missing_ok=True)
        return known or "new" + "".join(f"{ord(letter):x}" for letter in name)

    def names(self, logins: Iterable[str]) -> list[str]:
        found = queries.mentions(self.engine, list(logins))
        return [found.get(login, login) for login in logins]

    def set_clock(self, text: str) -> None:
        """Move to a moment, letting everything that falls due on the way happen at its own moment."""
        target = parse_moment(text.replace(" ", "T")) if " " in text else parse_moment(text).replace(hour=9)
        commands.drain(self.engine)
        while (due := commands.next_due(self.engine, target)) is not None:
            self.clock.set(max(due[1], self.clock.now()))
            commands.drain(self.engine)
        self.clock.set(target)
        commands.drain(self.engine)

    def rules(self) -> Any:
        """The written rules of the scenario's pack."""
        return queries.rules_of(self.engine, self.pack)

    # ---- cases and tasks

    def case(self, name: str, state: str | None = None) -> str:
        """The newest case whose title, business key or procedure has this name."""
        found = queries.find_cases(self.engine, self.pack, name)
        lines = [line for line in found if state is None or line.state == state]
        every = queries.find_cases(self.engine, self.pack, "") if not lines else []
        assert lines, f"没有找到案卷“{name}”；现有：{listed(line.title for line in every)}"
        return lines[0].id

    def open_tasks(self, person: str) -> list[Any]:
        return list(queries.inbox(self.engine, self.login(person), limit=200).items)

    def task(self, person: str, name: str, about: str | None = None) -> Any:
        """The one open task of this name in the person's inbox; `about` picks by case or item."""
        tasks = self.open_tasks(person)
        found = [
            task for task in tasks if task.name == name and (about is None or self._is_about(task, about))
        ]
        there = "；".join(f"{task.name}（{task.case}）" for task in tasks) or "空"
        assert found, f"“{person}”的待办里没有“{name}”{f'（{about}）' if about else ''}。现有：{there}"
        own = [task for task in found if task.item == self.login(person)]
        different = {(task.instance_id, str(task.item)) for task in own or found}
        assert len(different) == 1, f"“{person}”有多件“{name}”，请用 就“…” 指明是哪一件：{there}"
        return (own or found)[0]

    def _is_about(self, task: Any, about: str) -> bool:
        if about in (task.case, task.business_key, task.instance_id) or about in task.case:
            return True
        item = task.item
        values = list(item.values()) if isinstance(item, Mapping) else [item]
        return about in [str(value) for value in values] or about in self.names([str(v) for v in values])

    def complete(
        self,
        person: str,
        name: str,
        values: Mapping[str, str],
        about: str | None = None,
        confirm: bool = False,
    ) -> None:
        """Complete one task: named fields as given, prepared tables, the rest as prefilled or from the example sheet."""
        task = self.task(person, name, about)
        try:
            self.hands.complete(self.login(person), task.id, self.sheet(person, task.id, values), confirm)
        except EngineError:
            self.count_clauses(person, task.id)
            raise
        self.prepared.pop((self.login(person), task.id), None)
        commands.drain(self.engine)

    def count_clauses(self, person: str, task_id: str) -> None:
        """Count a task's clauses although completing it was refused: they may demand just that."""
        self.clauses.update(queries.task_view(self.engine, self.login(person), task_id).clauses)

    def sheet(self, person: str, task_id: str, values: Mapping[str, str]) -> dict[str, Any]:
        login = self.login(person)
        prepared = self.prepared.get((login, task_id), {})
        return queries.filled_sheet(self.engine, login, task_id, values, prepared, self.upload_for(login))

    def upload_for(self, login: str) -> Any:
        def upload(name: str) -> str:
            return self.hands.upload(login, name, CONTENTS.get(name.rpartition(".")[2].lower(), PDF))

        return upload

    def fill_table(
        self, person: str, task: str, field_name: str, rows: list[dict[str, str]], about: str | None
    ) -> None:
        """Prepare rows of a table field for the task's completion; fixed rows are matched by the first column."""
        found = self.task(person, task, about)
        login = self.login(person)
        table = queries.table_rows(self.engine, login, found.id, field_name, rows, self.upload_for(login))
        self.prepared.setdefault((login, found.id), {})[field_name] = table

    def attempt(self, do: Any) -> None:
        """Run something that is expected to be refused, and keep what the program says."""
        self.refusal = None
        try:
            do()
        except Invalid as error:
            self.refusal = "；".join([str(error), *error.errors.values()])
        except EngineError as error:
            self.refusal = str(error)


def open_town(folder: Path, processes: Path, pack: str, durable: bool = True) -> Town:
    """The town whose database lies in `folder`, on the first morning of December 2026.

    With `durable` false a power cut may destroy the database; it is quicker.
    """
    clock = FixedClock(START)
    url = f"sqlite:///{folder / 'town.db'}"
    engine = ProcessEngine(url, processes, folder, clock=clock, durable=durable)
    town = Town(engine, pack, clock, folder)

    def watch(case: Any, passed: Any) -> None:
        for each in passed:
            town.visited.add((each.process, each.element))
            town.taken.update((each.process, each.element, target) for target in each.leads_to)
            town.clauses.update(each.clauses)

    engine.observers.append(watch)
    return town


STATES = {
    "active": "在办",
    "suspended": "已挂起",
    "completed": "已办结",
    "cancelled": "已撤销",
    "incident": "有异常",
}
"""States of a case as messages tell them."""


def listed(names: Iterable[str]) -> str:
    """Several names in a sentence that says what there was."""
    return "、".join(names) or "（没有）"


def cells(text: str) -> list[str]:
    """The parts of a cell that lists several things."""
    return [part.strip() for part in re.split(r"[、,，]", text) if part.strip()]
