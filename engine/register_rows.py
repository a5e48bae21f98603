"""Reads the rows of a register: the cases of its procedure the reader sees all of, as the cells of its columns."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, literal, or_, select
from sqlalchemy.orm import Session

from engine.clock import CN, iso, parse_moment
from engine.errors import Invalid, NotFound
from engine.expressions import Expression, ExpressionError
from engine.functions import Scope, bind
from engine.functions.dates import as_text
from engine.models import Moment, ProcessInstance, Task, TaskCandidate
from engine.names import KEY, PACK, STARTER
from engine.process_engine import LoadedPack, ProcessEngine
from engine.readers import sees_whole
from engine.registers import (
    DAY,
    DOERS,
    DUE,
    ENDED,
    FLAG,
    MOMENT,
    NUMBER,
    PEOPLE,
    STARTED,
    STATE,
    STATES,
    STEPS,
    TITLE,
    UNIT,
    Column,
    Register,
    restricts_export,
)

NO_END = datetime(9999, 1, 1, tzinfo=UTC)
"""Where a case that has not ended stands among those ordered by their end."""
AT_ONCE = 500


@dataclass(frozen=True)
class RegisterFilter:
    """What is looked for. Days are inclusive and count in the column `column`, or the first one of dates."""

    q: str = ""
    state: str = ""
    column: str = ""
    begin: date | None = None
    end: date | None = None
    unit: str = ""
    person: str = ""

    def facts(self) -> dict[str, str]:
        """What was given, by name, as plain text."""
        given = {
            name: getattr(self, name) for name in ("q", "state", "column", "begin", "end", "unit", "person")
        }
        return {name: str(value) for name, value in given.items() if value}


@dataclass(frozen=True)
class Cell:
    """A date, moment, number, truth value, list of logins or units, text or None, and how it is shown."""

    value: Any
    text: str


@dataclass(frozen=True)
class RegisterRow:
    """A case as a line of the register. `place` is where it stands in the order."""

    instance_id: str
    cells: tuple[Cell, ...]
    undecided: bool
    place: str


class NoCases:
    """Registers ask nothing about other cases: each row would cost a query."""

    def waiting(self, message: str) -> list[dict[str, Any]]:
        return []

    def instances(self, key: str, ended: bool) -> list[dict[str, Any]]:
        return []

    def submissions(self, element: str) -> list[dict[str, Any]]:
        return []

    def last_value(self, field: str) -> Any:
        return None


def find_register(
    engine: ProcessEngine, session: Session, login: str, name: str
) -> tuple[LoadedPack, Register]:
    """A register of the person's pack. Raises NotFound, also for one this person's posts do not open."""
    pack = engine.pack_of(session, login)
    register = pack.registers.find(name)
    if register is None or not may_open(engine, session, login, pack, register):
        raise NotFound()
    return pack, register


def may_open(
    engine: ProcessEngine, session: Session, login: str, pack: LoadedPack, register: Register
) -> bool:
    """Whether one of the person's posts, own or as a deputy, is among those of the register."""
    posts = {f"post:{pack.key}/{post}" for post in register.posts}
    return bool(engine.principals(session, login) & posts)


class RegisterReader:
    """The rows of one register for one reader, with one statement for each `AT_ONCE` of them and a few for all."""

    def __init__(
        self,
        engine: ProcessEngine,
        session: Session,
        login: str,
        pack: LoadedPack,
        register: Register,
        wanted: RegisterFilter,
    ):
        self._session, self._pack, self._register, self._wanted = session, pack, register, wanted
        self._mine = and_(
            ProcessInstance.key == register.procedure,
            ProcessInstance.pack == pack.key,
            sees_whole(engine, session, login),
        )
        self._used = frozenset[str]().union(*(each.names for _, each, _ in register.expressions()))
        now, calendar = engine.now(), engine.calendar(session)
        self._functions = bind(Scope(now, calendar, pack.organisation, pack.parameters, pack.key, NoCases()))
        self.restricted = restricts_export(pack.parameters)
        if wanted.state and wanted.state not in STATES:
            raise Invalid({"state": "没有这种状态，请从列出的里面选。"})
        self._dates = self._date_column()

    def _date_column(self) -> int | None:
        """Which column the days of the filter count in. Raises Invalid when there is none of that title."""
        if not (self._wanted.begin or self._wanted.end):
            return None
        for index, column in enumerate(self._register.columns):
            if column.kind in (DAY, MOMENT) and self._wanted.column in ("", column.title):
                return index
        raise Invalid({"column": "这个台账没有这样的日期列，请从列出的里面选。"})

    def rows(self, cursor: tuple[str, str] | None = None) -> Iterator[RegisterRow]:
        """All rows that fit, or those after a place, in the order of the register."""
        steps = self._open_steps() if self._used & {STEPS, DOERS, DUE} else {}
        for case in self._cases(cursor):
            names = self._names(case, steps.get(case.id, []))
            if self._register.condition is not None and self._value(self._register.condition, names) is False:
                continue
            cells = tuple(self._cell(column, names) for column in self._register.columns)
            if self._fits(cells):
                yield RegisterRow(case.id, cells, self._undecided(case, names), _text_of(case.place))

    # ---- asking the database

    @property
    def _order(self) -> ColumnElement[Any]:
        if self._register.order == STARTED:
            return ProcessInstance.started_at.expression
        if self._register.order == ENDED:
            return func.coalesce(ProcessInstance.ended_at, literal(NO_END, Moment()))
        return func.coalesce(ProcessInstance.business_key, "")

    def _cases(self, cursor: tuple[str, str] | None) -> Iterator[Row[Any]]:
        """The cases in the order of the register. They are put in order without what is in them, which is much."""
        places = self._session.execute(self._query(cursor)).all()
        wanted = select(
            ProcessInstance.id,
            ProcessInstance.title,
            ProcessInstance.business_key,
            ProcessInstance.state,
            ProcessInstance.started_by,
            ProcessInstance.started_at,
            ProcessInstance.ended_at,
            ProcessInstance.variables,
            self._order.label("place"),
        )
        for begin in range(0, len(places), AT_ONCE):
            ids = [place.id for place in places[begin : begin + AT_ONCE]]
            found = {
                case.id: case for case in self._session.execute(wanted.where(ProcessInstance.id.in_(ids)))
            }
            yield from (found[key] for key in ids)

    def _query(self, cursor: tuple[str, str] | None) -> Select[Any]:
        order = self._order
        query = select(ProcessInstance.id, order.label("place")).where(self._mine)
        query = query.order_by(order.desc() if self._register.descending else order, ProcessInstance.id)
        if self._wanted.state:
            query = query.where(ProcessInstance.state == self._wanted.state)
        if cursor is not None:
            text, key = cursor
            last = self._place(text)
            beyond = order < last if self._register.descending else order > last
            query = query.where(or_(beyond, and_(order == last, ProcessInstance.id > key)))
        return query

    def _place(self, text: str) -> Any:
        if self._register.order == KEY:
            return text
        try:
            return datetime.fromisoformat(text).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise Invalid({"cursor": "翻页标记无效，请从第一页重新开始。"}) from error

    def _open_steps(self) -> dict[str, list[tuple[str, list[str], datetime | None]]]:
        """Case → name, people or posts, and due moment of its open tasks."""
        asked: dict[str, list[str]] = {}
        open_here = and_(Task.state == "open", self._mine)
        for task_id, principal in self._session.execute(
            select(TaskCandidate.task_id, TaskCandidate.principal)
            .join(Task, Task.id == TaskCandidate.task_id)
            .join(ProcessInstance, ProcessInstance.id == Task.instance_id)
            .where(open_here, Task.assignee.is_(None), TaskCandidate.role == "do")
            .order_by(TaskCandidate.principal)
        ):
            asked.setdefault(task_id, []).append(_who(principal))
        found: dict[str, list[tuple[str, list[str], datetime | None]]] = {}
        for task_id, instance_id, name, assignee, due in self._session.execute(
            select(Task.id, Task.instance_id, Task.name, Task.assignee, Task.due_at)
            .join(ProcessInstance, ProcessInstance.id == Task.instance_id)
            .where(open_here)
            .order_by(Task.opened_at)
        ):
            people = [assignee] if assignee else asked.get(task_id, [])
            found.setdefault(instance_id, []).append((name, people, due))
        return found

    # ---- one row

    def _names(
        self, case: Row[Any], steps: list[tuple[str, list[str], datetime | None]]
    ) -> Mapping[str, Any]:
        """What expressions may use; a variable the case has not got yet is empty."""
        dues = [due for _, _, due in steps if due is not None]
        return {
            **{name: case.variables.get(name) for name in self._used},
            STARTER: case.started_by,
            PACK: self._pack.key,
            KEY: case.business_key,
            TITLE: case.title,
            STATE: STATES[case.state],
            STARTED: iso(case.started_at),
            ENDED: iso(case.ended_at) if case.ended_at else None,
            STEPS: list(dict.fromkeys(name for name, _, _ in steps)),
            DOERS: list(dict.fromkeys(each for _, people, _ in steps for each in people)),
            DUE: iso(min(dues)) if dues else None,
        }

    def _value(self, expression: Expression, names: Mapping[str, Any]) -> Any:
        """The value; None for what cannot be computed of this case."""
        if expression.source in expression.names:
            return names[expression.source]
        try:
            return expression.evaluate(names, self._functions)
        except ExpressionError:
            return None

    def _undecided(self, case: Row[Any], names: Mapping[str, Any]) -> bool:
        """Whether the row must stay in the house; when in doubt it must."""
        if not self.restricted:
            return False
        if self._register.undecided is None:
            return case.ended_at is None
        return self._value(self._register.undecided, names) is not False

    def _cell(self, column: Column, names: Mapping[str, Any]) -> Cell:
        value = self._value(column.value, names)
        if value is None or value == "" or value == []:
            return Cell(None, "")
        kind = column.kind
        if kind in (DAY, MOMENT):
            return _time_cell(kind, value)
        if kind in (PEOPLE, UNIT):
            listed = [str(each) for each in (value if isinstance(value, list) else [value])]
            return Cell(listed, "、".join(map(self._name, listed) if kind == PEOPLE else listed))
        if isinstance(value, bool):
            return Cell(value if kind == FLAG else as_text(value), as_text(value))
        if kind == NUMBER and isinstance(value, int | float):
            return Cell(value, as_text(value))
        text = _plain(value)
        return Cell(text, text)

    def _name(self, login: str) -> str:
        person = self._pack.organisation.find_person(login)
        return person.name if person else login

    def _fits(self, cells: tuple[Cell, ...]) -> bool:
        wanted = self._wanted
        if self._dates is not None:
            day = _day_of(cells[self._dates].value)
            if day is None or (wanted.begin and day < wanted.begin) or (wanted.end and day > wanted.end):
                return False
        for kind, one in ((UNIT, wanted.unit), (PEOPLE, wanted.person)):
            if one and not any(
                one in (cell.value or ())
                for cell, column in zip(cells, self._register.columns, strict=True)
                if column.kind == kind
            ):
                return False
        texts = [cell.text.casefold() for cell in cells]
        return all(any(word in text for text in texts) for word in wanted.q.casefold().split())


def _who(principal: str) -> str:
    """The login of a person, or the name of a post."""
    kind, _, name = principal.partition(":")
    return name if kind == "user" else name.partition("/")[2]


def _text_of(place: Any) -> str:
    return place.isoformat() if isinstance(place, datetime) else str(place)


def _time_cell(kind: str, value: Any) -> Cell:
    """A day or a moment; what is neither is shown as it is."""
    text = _plain(value)
    try:
        moment = parse_moment(text)
    except ValueError:
        return Cell(text, text)
    if kind == DAY or len(text) == 10:
        return Cell(moment.date(), f"{moment:%Y-%m-%d}")
    return Cell(moment, f"{moment:%Y-%m-%d %H:%M}")


def _day_of(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.astimezone(CN).date()
    return value if isinstance(value, date) else None


def _plain(value: Any) -> str:
    """Any value as text; rows of a table one after the other."""
    if isinstance(value, Mapping):
        return "，".join(
            f"{name}：{_plain(each)}" for name, each in value.items() if each not in (None, "", [])
        )
    if isinstance(value, list) and any(isinstance(each, Mapping) for each in value):
        return "；".join(_plain(each) for each in value)
    return as_text(value)
