"""A decision table and the answer it gives for the variables of a case."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from engine.decisions.errors import DecisionFailed
from engine.decisions.unary import INPUT, Cell, Constant, is_number
from engine.expressions import Expression, ExpressionError

Names = Mapping[str, object]
Functions = Mapping[str, Callable[..., object]]
UNIQUE, FIRST, COLLECT = "UNIQUE", "FIRST", "COLLECT"
HIT_POLICIES = (UNIQUE, FIRST, COLLECT)
BOOLEAN, INTEGER, NUMBER, STRING, ANY = "真假", "整数", "数", "文字", ""
MOST_SHOWN = 30  # characters of a value in a message


def words(value: object) -> str:
    """A value as sentences name it."""
    if value is None:
        return "空"
    if isinstance(value, bool):
        return "是" if value else "否"
    text = "、".join(map(words, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 1] + "…"


@dataclass(frozen=True)
class Input:
    """A column that is asked for: its expression, the kind of its values, and which there are (free: not said)."""

    label: str
    expression: Expression
    kind: str
    values: Cell

    @property
    def nullable(self) -> bool:
        """Whether no value is one of the values foreseen."""
        return None in self.values.constants

    def suits(self, value: object) -> bool:
        """Whether the value is of the column's kind; no value suits every kind."""
        if value is None or self.kind == ANY:
            return True
        if self.kind == BOOLEAN:
            return isinstance(value, bool)
        if self.kind == STRING:
            return isinstance(value, str)
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        return is_number(value) and (whole or self.kind == NUMBER)


@dataclass(frozen=True)
class Output:
    """A column of results; `values` are those it may give, empty when not said."""

    name: str
    values: tuple[Constant, ...] = ()


@dataclass(frozen=True)
class Row:
    """One rule, numbered from 1 as the editor shows it; `note` is what its author says about it."""

    number: int
    cells: tuple[Cell, ...]
    results: tuple[Expression, ...]
    note: str = ""

    @property
    def free(self) -> bool:
        """Whether it always matches."""
        return all(cell.free for cell in self.cells)


class Outcome(NamedTuple):
    """What a table answered, by which rows, and what their author says about them."""

    value: Any
    rows: tuple[int, ...]
    notes: tuple[str, ...] = ()


class Part(NamedTuple):
    """One expression of a table: where it stands, and the names that exist only there."""

    where: str
    expression: Expression
    names: frozenset[str]


@dataclass(frozen=True)
class Decision:
    """A table that can be asked."""

    id: str
    name: str
    hit_policy: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rows: tuple[Row, ...]

    @property
    def label(self) -> str:
        """How messages name it."""
        return f"决策表“{self.name}”"

    @property
    def mapping(self) -> str:
        """What Camunda calls the shape of its result."""
        if self.hit_policy == COLLECT:
            return "collectEntries" if len(self.outputs) == 1 else "resultList"
        return "singleEntry" if len(self.outputs) == 1 else "singleResult"

    def evaluate(self, names: Names, functions: Functions) -> Any:
        """The value of the one output, or a dictionary of several by name; of a COLLECT table the list of these.

        Raises DecisionFailed when nothing, or more than the hit policy allows, matches or an expression fails.
        """
        return self.decide(names, functions).value

    def decide(self, names: Names, functions: Functions) -> Outcome:
        """Like `evaluate`, with the numbers of the rows that matched."""
        values = [self._asked(column, names, functions) for column in self.inputs]
        hits = []
        for row in self.rows:
            if self._matches(row, values, names, functions):
                hits.append(row)
                if self.hit_policy == FIRST:
                    break
        numbers = tuple(row.number for row in hits)
        notes = tuple(row.note for row in hits if row.note)
        if self.hit_policy == COLLECT:
            return Outcome([self._result(row, names, functions) for row in hits], numbers, notes)
        if not hits:
            raise DecisionFailed(f"{self.label}没有一行符合：{self._situation(values)}")
        if len(hits) > 1:
            listed = "、".join(map(str, numbers))
            raise DecisionFailed(
                f"{self.label}的第 {listed} 行同时符合，只能有一行：{self._situation(values)}"
            )
        return Outcome(self._result(hits[0], names, functions), numbers, notes)

    def expressions(self) -> Iterator[Part]:
        """Every expression that asks for more than the value of its column, in reading order."""
        for column in self.inputs:
            yield Part(f"{self.label}的输入“{column.label}”", column.expression, frozenset())
        for row in self.rows:
            for column, cell in zip(self.inputs, row.cells, strict=True):
                asked = cell.expression
                if asked is not None and (asked.calls or asked.names - {INPUT}):
                    yield Part(self.place(row.number, column.label), asked, frozenset({INPUT}))
            for output, result in zip(self.outputs, row.results, strict=True):
                yield Part(self.place(row.number, output.name), result, frozenset())

    def place(self, row: int, column: str) -> str:
        """How messages name a cell."""
        return f"{self.label}第 {row} 行“{column}”列"

    # -- inside

    def _asked(self, column: Input, names: Names, functions: Functions) -> object:
        where = f"{self.label}的输入“{column.label}”"
        value = self._value(column.expression, where, names, functions)
        if not column.suits(value):
            raise DecisionFailed(
                f"{where}应为{column.kind}，得到的是“{words(value)}”", column.expression.source
            )
        if value is not None and column.values.expression is not None:
            among = {**names, INPUT: value}
            if not self._value(column.values.expression, f"{where}的可选值", among, functions):
                raise DecisionFailed(
                    f"{where}的值“{words(value)}”不在可选值里（{column.values.text.strip()}）",
                    column.expression.source,
                )
        return value

    def _matches(self, row: Row, values: list[object], names: Names, functions: Functions) -> bool:
        for column, cell, value in zip(self.inputs, row.cells, values, strict=True):
            if cell.expression is not None and not self._value(
                cell.expression,
                self.place(row.number, column.label),
                {**names, INPUT: value},
                functions,
            ):
                return False
        return True

    def _result(self, row: Row, names: Names, functions: Functions) -> Any:
        found = {
            output.name: self._value(result, self.place(row.number, output.name), names, functions)
            for output, result in zip(self.outputs, row.results, strict=True)
        }
        return next(iter(found.values())) if len(self.outputs) == 1 else found

    def _value(self, expression: Expression, where: str, names: Names, functions: Functions) -> object:
        try:
            return expression.evaluate(names, functions)
        except ExpressionError as error:
            raise DecisionFailed(f"{where}：{error.reason.rstrip('。')}", expression.source) from error

    def _situation(self, values: list[object]) -> str:
        return "、".join(
            f"{column.label}={words(value)}" for column, value in zip(self.inputs, values, strict=True)
        )
