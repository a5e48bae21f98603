"""A form as somebody has it before them: read, filled in words, submitted and refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from engine import ProcessEngine, commands, queries
from engine.errors import Invalid
from engine.forms import Form, FormContext
from engine.queries.tasks import read_button, read_task
from engine.transaction import Transaction
from features.steps.town import Town


@dataclass(frozen=True)
class Opening:
    """A form as somebody has it before them: of a task, or of a button when `element` is given."""

    town: Town
    person: str
    id: str
    element: str = ""

    @contextmanager
    def read(self) -> Iterator[tuple[str, Form, FormContext, Mapping[str, Any]]]:
        """The procedure's key, the form, its context and its values, within one transaction."""
        engine, login = self.town.engine, self.town.login(self.person)
        with engine.database.reading() as session:
            transaction = Transaction(engine, session, engine.now(), login)
            if self.element:
                button = read_button(transaction, self.id, self.element)
                assert button.form is not None
                yield _owner(engine, button.element), button.form, button.context, button.values
            else:
                task = read_task(transaction, self.id)
                assert task.form is not None
                assert task.context is not None
                yield task.process, task.form, task.context, task.values

    def example(self) -> dict[str, Any]:
        """The example sheet, as a scenario that names no field would submit it."""
        engine, login = self.town.engine, self.town.login(self.person)
        upload = self.town.upload_for(login)
        if self.element:
            return queries.button_words(engine, login, self.id, self.element, {}, upload)
        return queries.filled_sheet(engine, login, self.id, {}, {}, upload)

    def filled(self, base: Mapping[str, Any], written: Mapping[str, Any]) -> dict[str, Any]:
        """The `base` sheet with what is written in words."""
        engine, login = self.town.engine, self.town.login(self.person)
        upload = self.town.upload_for(login)
        if self.element:
            own = queries.button_words(engine, login, self.id, self.element, written, upload)
            return {**base, **{name: own[name] for name in written}}
        tables = {name: rows for name, rows in written.items() if isinstance(rows, list) and rows}
        plain = {name: value for name, value in written.items() if name not in tables}
        entered = {
            name: queries.table_rows(engine, login, self.id, name, rows, upload)
            for name, rows in tables.items()
        }
        own = queries.filled_sheet(engine, login, self.id, plain, {}, upload)
        return {**base, **{name: own[name] for name in plain}, **entered}

    def submit(self, data: Mapping[str, Any], confirmed: frozenset[str] = frozenset()) -> Mapping[str, str]:
        """What is wrong with the sheet, by path. A sheet that is accepted is a fault of its own."""
        engine, login = self.town.engine, self.town.login(self.person)
        try:
            if self.element:
                commands.press_button(engine, login, self.id, self.element, data, confirmed)
            else:
                commands.complete_user_task(engine, login, self.id, data, confirmed=confirmed)
        except Invalid as invalid:
            return invalid.errors
        raise AssertionError("没有拒绝，已经受理")


def _owner(engine: ProcessEngine, element: str) -> str:
    with engine.database.reading() as session:
        every = engine.definitions.all_current(session)
    return next(each.key for each in every if element in each.diagram.elements)
