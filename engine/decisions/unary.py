"""The tests an input cell is made of: what each says of a value, and how it reads as an expression."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from operator import le, lt
from typing import Any

from engine.expressions import Expression

Constant = str | int | float | bool | None
INPUT = "输入"
"""The variable that stands for the value of the column."""


def is_number(value: object) -> bool:
    return isinstance(value, int | float | Fraction) and not isinstance(value, bool)


def exact(value: object) -> Any:
    """A decimal fraction as it is written, not as the machine keeps it, so that 0.1 is a tenth."""
    return Fraction(str(value)) if isinstance(value, float) else value


def same_value(one: object, other: object) -> bool:
    """Whether two constants are the same value: yes and 1 are not."""
    return isinstance(one, bool) == isinstance(other, bool) and exact(one) == exact(other)


def literal(value: Constant) -> str:
    """A constant as our expressions write it."""
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
        return f'"{escaped}"'
    return str(value)


@dataclass(frozen=True)
class Operand:
    """What a value is compared with: a constant, or an expression that only a case can compute."""

    constant: Constant = None
    expression: Expression | None = None

    @property
    def source(self) -> str:
        return f"({self.expression.source})" if self.expression is not None else literal(self.constant)


@dataclass(frozen=True)
class Equal:
    """The value is this constant; `null` tests that there is no value."""

    constant: Constant

    @property
    def source(self) -> str:
        return f"{INPUT} == {literal(self.constant)}"

    def holds(self, value: object) -> bool | None:
        return same_value(self.constant, value)


@dataclass(frozen=True)
class Between:
    """The value lies above `low` and below `high`; either may be missing, `…_closed` includes the end itself."""

    low: Operand | None
    low_closed: bool
    high: Operand | None
    high_closed: bool

    @property
    def source(self) -> str:
        below = f"{self.low.source} {'<=' if self.low_closed else '<'} " if self.low else ""
        above = f" {'<=' if self.high_closed else '<'} {self.high.source}" if self.high else ""
        return f"({INPUT} != None and {below}{INPUT}{above})"

    def operands(self) -> tuple[Operand, ...]:
        return tuple(each for each in (self.low, self.high) if each is not None)

    def holds(self, value: object) -> bool | None:
        if value is None:
            return False
        if any(each.expression is not None for each in self.operands()):
            return None
        pairs: list[tuple[object, object, bool]] = []
        if self.low is not None:
            pairs.append((self.low.constant, value, self.low_closed))
        if self.high is not None:
            pairs.append((value, self.high.constant, self.high_closed))
        if not all(_comparable(left, right) for left, right, _ in pairs):
            return None
        return all((le if closed else lt)(exact(left), exact(right)) for left, right, closed in pairs)


def _comparable(left: object, right: object) -> bool:
    return (is_number(left) and is_number(right)) or (isinstance(left, str) and isinstance(right, str))


@dataclass(frozen=True)
class Formula:
    """Any expression about the value."""

    expression: Expression

    @property
    def source(self) -> str:
        return f"({self.expression.source})"

    def holds(self, value: object) -> bool | None:
        return None


Test = Equal | Between | Formula


@dataclass(frozen=True)
class Cell:
    """One input cell: any of `tests` holds, with `negated` none of them; without tests it asks for nothing.

    `expression` is the same as an expression about `输入`, None where nothing is asked for.
    """

    text: str
    tests: tuple[Test, ...] = ()
    negated: bool = False
    expression: Expression | None = None

    @property
    def free(self) -> bool:
        """Whether every value passes, also none at all."""
        return not self.tests

    @property
    def constants(self) -> tuple[Constant, ...]:
        """Every constant a test names."""
        found: list[Constant] = []
        for test in self.tests:
            if isinstance(test, Equal):
                found.append(test.constant)
            elif isinstance(test, Between):
                found += [each.constant for each in test.operands() if each.expression is None]
        return tuple(found)

    def holds(self, value: object) -> bool | None:
        """Whether the value passes; None when only a case can tell."""
        if self.free:
            return True
        if self.negated and value is None:
            return False
        answers = [test.holds(value) for test in self.tests]
        found = True if True in answers else None if None in answers else False
        return found if found is None or not self.negated else not found


def source_of(tests: tuple[Test, ...], negated: bool) -> str:
    """The tests as one expression. No value passes `not(…)` by being absent."""
    constants = [test.constant for test in tests if isinstance(test, Equal)]
    parts = [test.source for test in tests if not isinstance(test, Equal)]
    if len(constants) == 1:
        parts.insert(0, f"{INPUT} == {literal(constants[0])}")
    elif constants:
        parts.insert(0, f"{INPUT} in [{', '.join(map(literal, constants))}]")
    together = " or ".join(parts)
    return f"{INPUT} != None and not ({together})" if negated else together
