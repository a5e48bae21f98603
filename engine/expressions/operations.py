"""The operators of the language: typed, with bounded results, failures explained in Chinese."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from math import isfinite

from engine.expressions.grammar import NUMBER_LIMIT
from engine.expressions.work import LEAVES, Unsuitable, Work, kind

Operation = Callable[..., object]


def operations(work: Work) -> dict[type[ast.AST], Operation]:
    """The operators by their node class; what they do is accounted for in `work`. They raise Unsuitable."""

    def add(left: object, right: object) -> object:
        if isinstance(left, str) and isinstance(right, str):
            work.build(len(left) + len(right))
            return left + right
        if isinstance(left, list) and isinstance(right, list):
            work.build(len(left) + len(right))
            return left + right
        if isinstance(left, int | float) and isinstance(right, int | float):
            return _number(operator.add, left, right)
        raise Unsuitable(f"相加的两边要同是数字、文本或列表，这里是{kind(left)}和{kind(right)}")

    def multiply(left: object, right: object) -> object:
        if isinstance(left, str | list) and type(right) is int:
            return repeat(left, right)
        if isinstance(right, str | list) and type(left) is int:
            return repeat(right, left)
        if isinstance(left, int | float) and isinstance(right, int | float):
            return _number(operator.mul, left, right)
        raise Unsuitable(f"相乘的两边要是数字，这里是{kind(left)}和{kind(right)}")

    def repeat(value: str | list[object], times: int) -> object:
        work.build(len(value) * max(times, 0))
        return value * times

    def equal(left: object, right: object) -> bool:
        if type(left) not in LEAVES and type(right) not in LEAVES:
            work.compare(work.weigh(left, "左边") + work.weigh(right, "右边"))
        return left == right

    def contains(value: object, container: object) -> bool:
        if isinstance(container, str):
            if not isinstance(value, str):
                raise Unsuitable(f"文本里只能找文本，这里要找的是{kind(value)}")
            return value in container  # At most half a millisecond, whatever the texts.
        if isinstance(container, dict):
            return isinstance(value, str) and value in container
        if isinstance(container, list):
            work.compare(work.weigh(container, "右边"))
            return value in container
        raise Unsuitable(f"in 的右边要是列表、文本或字典，这里是{kind(container)}")

    def ordered(compare: Operation) -> Operation:
        def operation(left: object, right: object) -> bool:
            for types in (int | float, str):
                if isinstance(left, types) and isinstance(right, types):
                    return bool(compare(left, right))
            raise Unsuitable(f"比大小的两边要同是数字或同是文本，这里是{kind(left)}和{kind(right)}")

        return operation

    return {
        ast.Add: add,
        ast.Sub: _numeric(operator.sub),
        ast.Mult: multiply,
        ast.Div: _numeric(operator.truediv),
        ast.FloorDiv: _numeric(operator.floordiv),
        # On a text, `%` would be Python's formatting, which writes as many characters as it is told to.
        ast.Mod: _numeric(operator.mod),
        ast.USub: _numeric(operator.neg),
        ast.UAdd: _numeric(operator.pos),
        ast.Not: operator.not_,
        ast.Eq: equal,
        ast.NotEq: lambda left, right: not equal(left, right),
        ast.Lt: ordered(operator.lt),
        ast.LtE: ordered(operator.le),
        ast.Gt: ordered(operator.gt),
        ast.GtE: ordered(operator.ge),
        ast.In: contains,
        ast.NotIn: lambda left, right: not contains(left, right),
    }


def _numeric(operation: Operation) -> Operation:
    def checked(*operands: object) -> object:
        if all(isinstance(each, int | float) for each in operands):
            return _number(operation, *operands)
        raise Unsuitable(f"只能用数字计算，这里是{'和'.join(map(kind, operands))}")

    return checked


def _number(operation: Operation, *operands: object) -> object:
    """The result of arithmetic on numbers of a usable size, itself of a usable size."""
    if not all(_usable(each) for each in operands):
        raise Unsuitable("数字太大")
    try:
        result = operation(*operands)
    except ZeroDivisionError:
        raise Unsuitable("除数是 0") from None
    if not _usable(result):
        raise Unsuitable("得到的数字太大")
    return result


def _usable(number: object) -> bool:
    # The comparison comes first: a whole number too large for a float has no isfinite.
    return isinstance(number, int | float) and abs(number) <= NUMBER_LIMIT and isfinite(number)
