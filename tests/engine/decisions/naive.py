"""A second, plain reading of tables in tests: no expressions, no partition, only what each cell says of one value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from hypothesis import strategies as st

from tests.support.tables import Column, table

PLACES = ["城区", "郊区", "外地"]
BOOLEAN, WHOLE, DECIMAL, PLACE = range(4)
COLUMNS: Sequence[Column] = (
    ("甲", "boolean"),
    ("乙", "integer", "[0..6]"),
    ("丙", "number", ">= 0"),
    ("丁", "string", ",".join(f'"{place}"' for place in PLACES)),
)
DOMAINS: Sequence[Sequence[Any]] = (
    [True, False],
    list(range(7)),
    # Every number that cells name, what lies between two of them, and what lies beyond.
    [number / 4 for number in range(17)],
    PLACES,
)


def says(cell: str, value: Any) -> bool:
    """Whether a generated cell lets the value pass, read from its text."""
    if cell in ("-", ""):
        return True
    if value is None:
        return cell == "null"
    if cell.startswith("not("):
        return not any(_test(each, value) for each in cell[4:-1].split(", "))
    return any(_test(each, value) for each in cell.split(", "))


def _test(test: str, value: Any) -> bool:
    if test[0] == '"':
        return bool(test[1:-1] == value)
    if test in ("true", "false"):
        return value is (test == "true")
    if ".." in test:
        low, high = map(float, test[1:-1].split(".."))
        above = value >= low if test[0] == "[" else value > low
        below = value <= high if test[-1] == "]" else value < high
        return bool(above and below)
    for sign in ("<=", ">=", "<", ">"):
        if test.startswith(sign):
            limit = float(test.removeprefix(sign))
            return bool(
                {"<=": value <= limit, ">=": value >= limit, "<": value < limit, ">": value > limit}[sign]
            )
    return bool(value == float(test))


def _several(tests: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    joined = st.lists(tests, min_size=1, max_size=3).map(", ".join)
    return st.one_of(st.just("-"), tests, joined, joined.map(lambda text: f"not({text})"))


def _number_tests(limits: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def interval(ends: tuple[str, str, str, str]) -> str:
        return f"{ends[0]}{ends[1]}..{ends[2]}{ends[3]}"

    return st.one_of(
        limits,
        st.tuples(st.sampled_from(["< ", "<= ", "> ", ">="]), limits).map("".join),
        st.tuples(st.sampled_from("[]("), limits, limits, st.sampled_from("][)")).map(interval),
    )


CELLS = (
    st.sampled_from(["-", "true", "false", "", "true, false", "not(true)"]),
    _several(_number_tests(st.integers(0, 6).map(str))),
    _several(_number_tests(st.integers(0, 8).map(lambda number: f"{number / 2:g}"))),
    _several(st.sampled_from([f'"{place}"' for place in PLACES])),
)


@dataclass(frozen=True)
class Table:
    """A generated table; `columns` are places in COLUMNS."""

    columns: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]

    def dmn(self, policy: str) -> str:
        numbered = [[*row, str(number)] for number, row in enumerate(self.rows, 1)]
        return table([COLUMNS[column] for column in self.columns], [("行", "integer")], numbered, policy)

    def hits(self, names: Mapping[str, Any]) -> list[int]:
        """The numbers of the rows that match."""
        return [
            number
            for number, row in enumerate(self.rows, 1)
            if all(says(cell, names[COLUMNS[c][0]]) for c, cell in zip(self.columns, row, strict=True))
        ]

    def everything(self) -> list[dict[str, Any]]:
        """Every combination of values, as far as cells can tell them apart."""
        found = product(*(DOMAINS[column] for column in self.columns))
        return [{COLUMNS[c][0]: v for c, v in zip(self.columns, values, strict=True)} for values in found]


@st.composite
def tables(draw: st.DrawFn, most_columns: int = 3, most_rows: int = 5) -> Table:
    columns = tuple(sorted(draw(st.sets(st.integers(0, 3), min_size=1, max_size=most_columns))))
    rows = draw(st.lists(st.tuples(*(CELLS[column] for column in columns)), min_size=1, max_size=most_rows))
    return Table(columns, tuple(rows))
