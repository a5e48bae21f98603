"""Refuses patterns whose matching could take for ever, by counting the ways in which a text may be tried.

Python tries alternatives one after another. A part that may be repeated in several ways inside another
such part multiplies the tries, so that a short text can keep a server busy for hours. What a field may be
long is bounded (`INPUT_LENGTH`), and a pattern is refused when the number of ways to read such a text
exceeds `WAYS_LIMIT`.
"""

from __future__ import annotations

import re

INPUT_LENGTH = 200
WAYS_LIMIT = 10_000_000
_BOUNDS = re.compile(r"\{(?:(\d+)|(\d*),(\d*))\}")


class _Refused(Exception):
    """Carries the Chinese reason why a pattern is not accepted."""


def pattern_fault(pattern: str) -> str | None:
    """Why this pattern is not accepted, as a Chinese clause, or None."""
    if len(pattern) > INPUT_LENGTH:
        return f"太长，最多 {INPUT_LENGTH} 个字符"
    try:
        re.compile(pattern, re.ASCII)
        ways = _Counting(pattern).total()
    except (re.error, RecursionError, OverflowError):
        return "不是正确的正则表达式"
    except _Refused as refused:
        return str(refused)
    if ways > WAYS_LIMIT:
        return "重复套着重复，或没有上限的重复太多，校验可能算不完；请给重复写上限，如 {1,20}，并去掉一层重复"
    return None


class _Counting:
    """Reads a pattern that Python has already accepted and multiplies the choices of its parts."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0

    def total(self) -> int:
        return self._alternatives()

    def _alternatives(self) -> int:
        ways = self._sequence()
        while self._next() == "|":
            self.at += 1
            ways = _capped(ways + self._sequence())
        return ways

    def _sequence(self) -> int:
        ways = 1
        while self._next() not in ("", "|", ")"):
            ways = _capped(ways * self._repeated(self._atom()))
        return ways

    def _atom(self) -> int:
        character = self._next()
        self.at += 1
        if character == "(":
            if self.pattern.startswith("?:", self.at):
                self.at += 2
            elif self._next() == "?":
                raise _Refused("只能用普通的括号 (…) 和 (?:…)，不能用“(?”开头的其他写法")
            ways = self._alternatives()
            self.at += 1
            return ways
        if character == "[":
            self._class()
        elif character == "\\":
            if self._next().isdigit() and self._next() != "0":
                raise _Refused("不能引用前面的括号（如 \\1）")
            self.at += 1
        return 1

    def _class(self) -> None:
        if self._next() == "^":
            self.at += 1
        first = True
        while first or self._next() != "]":
            self.at += 2 if self._next() == "\\" else 1
            first = False
        self.at += 1

    def _repeated(self, ways: int) -> int:
        bounds = self._bounds()
        if bounds is None:
            return ways
        least, most = bounds
        if self._next() in ("?", "+"):  # The lazy and the possessive form do not try more than the plain one.
            self.at += 1
        if ways == 1:
            return most - least + 1
        total = 0
        for times in range(least, most + 1):
            total = _capped(total + _power(ways, times))
        return total

    def _bounds(self) -> tuple[int, int] | None:
        mark = self._next()
        if mark in ("*", "+", "?"):
            self.at += 1
            return {"*": (0, INPUT_LENGTH), "+": (1, INPUT_LENGTH), "?": (0, 1)}[mark]
        found = _BOUNDS.match(self.pattern, self.at)
        if found is None:
            return None
        self.at = found.end()
        exact, low, high = found.groups()
        least = min(int(exact or low or 0), INPUT_LENGTH)
        most = min(int(exact or high or INPUT_LENGTH), INPUT_LENGTH)
        return least, max(least, most)

    def _next(self) -> str:
        return self.pattern[self.at : self.at + 1]


def _capped(ways: int) -> int:
    return min(ways, WAYS_LIMIT + 1)


def _power(ways: int, times: int) -> int:
    result = 1
    for _ in range(times):
        result = _capped(result * ways)
        if result > WAYS_LIMIT:
            break
    return result
