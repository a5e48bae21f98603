"""Tell, before anything runs, which variables and functions of an expression do not exist."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from engine.expressions.compiled import Expression, accepted
from engine.expressions.tokens import Token, tokens
from engine.nearest import nearest


@dataclass(frozen=True)
class Problem:
    """A variable or function that is not known.

    `text` is its name, `nearest` the known name most like it, `corrected` the expression with that one.
    """

    kind: Literal["name", "function"]
    text: str
    nearest: str | None
    corrected: str | None
    remark: str

    @property
    def message(self) -> str:
        """The problem as a Chinese sentence that shows the corrected expression."""
        if self.corrected is None:
            return self.remark
        return f"{self.remark}最接近的是“{self.nearest}”，应写成：{self.corrected}"


def unknown(
    expression: Expression, known_names: Collection[str], known_functions: Collection[str]
) -> list[Problem]:
    """The variables, then the functions, of the expression that are not among the known ones, each once."""
    problems: list[Problem] = []
    for name in sorted(expression.names - set(known_names)):
        if name in known_functions:
            problems.append(Problem("name", name, None, None, f"“{name}”是函数，要写成“{name}(…)”。"))
        else:
            problems.append(_problem(expression, "name", name, known_names))
    for name in dict.fromkeys(call.name for call in expression.calls):
        if name not in known_functions:
            problems.append(_problem(expression, "function", name, known_functions))
    return problems


def _problem(
    expression: Expression, kind: Literal["name", "function"], name: str, known: Collection[str]
) -> Problem:
    closest = nearest(name, known)
    corrected = None
    if closest is not None:
        corrected = accepted(_renamed(expression.source, kind, name, closest))
    what = "变量" if kind == "name" else "函数"
    return Problem(kind, name, closest, corrected, f"没有名为“{name}”的{what}。")


def _renamed(source: str, kind: str, old: str, new: str) -> str:
    """The expression with another variable or function; fields and named arguments keep their names."""
    found = tokens(source)
    solid = [index for index, token in enumerate(found) if token.kind != "space"]
    for position, index in enumerate(solid):
        before = found[solid[position - 1]].text if position else ""
        after = found[solid[position + 1]].text if position + 1 < len(solid) else ""
        here = "function" if after == "(" else "argument" if after == "=" or before == "." else "name"
        if found[index] == Token("word", old) and here == kind:
            found[index] = Token("word", new)
    return "".join(token.text for token in found)
