"""Divides the values of an input column into pieces on each of which every cell says the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from engine.decisions.model import ANY, BOOLEAN, INTEGER, NUMBER, STRING, Input, words
from engine.decisions.unary import Cell, Constant, Equal, is_number

OTHER = "\0"
"""Stands for every text that no cell names."""


@dataclass(frozen=True)
class Piece:
    """Values that all cells treat alike, with one of them; for a stretch of numbers also its ends.

    Ends that are missing are infinite; a closed end belongs to the stretch.
    """

    sample: object
    low: Fraction | None = None
    low_closed: bool = False
    high: Fraction | None = None
    high_closed: bool = False
    stretch: bool = False


@dataclass(frozen=True)
class Axis:
    """One column divided: for every row the pieces that surely match, and those that may."""

    label: str
    pieces: tuple[Piece, ...]
    must: tuple[frozenset[int], ...]
    may: tuple[frozenset[int], ...]
    doubt: str = ""
    """Why the pieces do not tell everything; empty when they do."""

    @property
    def every(self) -> frozenset[int]:
        return frozenset(range(len(self.pieces)))

    def occurring(self, chosen: frozenset[int]) -> frozenset[int]:
        """Those of the chosen pieces whose values certainly occur: all pieces together always do."""
        if chosen == self.every:
            return chosen
        return frozenset(n for n in chosen if self.pieces[n].sample != OTHER)

    def tell(self, chosen: frozenset[int]) -> str:
        """Some pieces in words."""
        return f"{self.label}{told(self.pieces, sorted(chosen))}"


def divide(column: Input, cells: Sequence[Cell]) -> Axis:
    """The pieces of a column, given its cells in all rows."""
    pieces, doubt = _pieces(column, cells)
    must, may = [], []
    for cell in cells:
        answers = [True if cell.free else None if not known else cell.holds(p.sample) for p, known in pieces]
        must.append(frozenset(n for n, answer in enumerate(answers) if answer is True))
        may.append(frozenset(n for n, answer in enumerate(answers) if answer is not False))
        if None in answers and not doubt:
            doubt = f"“{column.label}”列的“{cell.text.strip()}”要到办理时才知道"
    return Axis(column.label, tuple(piece for piece, _ in pieces), tuple(must), tuple(may), doubt)


def _pieces(column: Input, cells: Sequence[Cell]) -> tuple[list[tuple[Piece, bool]], str]:
    """The pieces, each with whether its sample stands for it, and why they do not tell everything."""
    listed = _listed(column.values)
    if listed is not None:
        return [(Piece(each), True) for each in listed], ""
    empty = [(Piece(None), True)] if column.nullable else []
    if column.kind == BOOLEAN:
        return [(Piece(True), True), (Piece(False), True), *empty], ""
    if column.kind in (NUMBER, INTEGER) or _of_numbers(column):
        return [*((piece, True) for piece in _numbers(column, cells)), *empty], ""
    if column.kind == STRING and not any(not isinstance(t, Equal) for cell in cells for t in cell.tests):
        named = dict.fromkeys(c for cell in cells for c in cell.constants if isinstance(c, str))
        doubt = f"“{column.label}”列没有写可选值"
        return [*((Piece(each), True) for each in named), (Piece(OTHER), True), *empty], doubt
    why = "没有写类型，也没有写可选值" if column.kind == ANY else "没有写可选值，格里又有比较"
    return [(Piece(OTHER), False)], f"“{column.label}”列{why}"


def _of_numbers(column: Input) -> bool:
    """Whether a column without a kind says by its values that these are numbers."""
    constants = column.values.constants
    return column.kind == ANY and bool(constants) and all(is_number(c) or c is None for c in constants)


def _listed(values: Cell) -> list[Constant] | None:
    """The values a column may have, when they are listed one by one."""
    if values.free or values.negated or not all(isinstance(test, Equal) for test in values.tests):
        return None
    return list(dict.fromkeys(values.constants))


def _numbers(column: Input, cells: Sequence[Cell]) -> list[Piece]:
    """Every number a cell names, and the stretches between them, as far as the column may have such values."""
    named = {
        Fraction(str(constant))
        for cell in (*cells, column.values)
        for constant in cell.constants
        if is_number(constant)
    }
    whole = column.kind == INTEGER
    pieces: list[Piece] = []
    low: Fraction | None = None
    for point in (*sorted(named), None):
        pieces += _between(low, point, whole)
        if point is not None and (not whole or point.denominator == 1):
            pieces.append(Piece(point, point, True, point, True, True))
        low = point
    return [piece for piece in pieces if _allowed(column.values, piece.sample)]


def _between(low: Fraction | None, high: Fraction | None, whole: bool) -> list[Piece]:
    """The open stretch between two numbers; of whole numbers those strictly between, if there are any."""
    if not whole:
        sample = Fraction(0)
        if low is not None:
            sample = low + 1 if high is None else (low + high) / 2
        elif high is not None:
            sample = high - 1
        return [Piece(sample, low, False, high, False, True)]
    first = None if low is None else Fraction(floor(low) + 1)
    last = None if high is None else Fraction(ceil(high) - 1)
    if first is not None and last is not None and first > last:
        return []
    sample = first if first is not None else last if last is not None else Fraction(0)
    return [Piece(sample, first, first is not None, last, last is not None, True)]


def _allowed(values: Cell, sample: object) -> bool:
    return values.free or values.holds(sample) is not False


def told(pieces: Sequence[Piece], chosen: Sequence[int]) -> str:
    """The chosen pieces of a column, as they follow its label: `=是`, `=甲或乙`, `≥2`, `=1至3或≥8`."""
    parts: list[str] = []
    run: list[int] = []
    for number in chosen:
        if run and number == run[-1] + 1 and pieces[number].stretch and pieces[run[-1]].stretch:
            run.append(number)
            continue
        if run:
            parts.append(_run(pieces[run[0]], pieces[run[-1]]))
        run = [number]
    if run:
        parts.append(_run(pieces[run[0]], pieces[run[-1]]))
    return "或".join([parts[0], *(part.removeprefix("=") for part in parts[1:])]) if parts else ""


def _run(first: Piece, last: Piece) -> str:
    if not first.stretch:
        return "=别的文字" if first.sample == OTHER else f"={words(first.sample)}"
    low, high = first.low, last.high
    if low is None and high is None:
        return "=任何数"
    if high is None:
        return f"{'≥' if first.low_closed else '>'}{_number(low)}"
    if low is None:
        return f"{'≤' if last.high_closed else '<'}{_number(high)}"
    if low == high:
        return f"={_number(low)}"
    if first.low_closed and last.high_closed:
        return f"={_number(low)}至{_number(high)}"
    return (
        f"{'≥' if first.low_closed else '>'}{_number(low)}且{'≤' if last.high_closed else '<'}{_number(high)}"
    )


def _number(value: Fraction | None) -> str:
    if value is None:
        return ""
    return str(value.numerator) if value.denominator == 1 else f"{float(value):g}"
