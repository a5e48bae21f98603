"""Sentences with `${expression}` inside, as forms show them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.expressions import Expression, ExpressionError, compile_expression
from engine.expressions.tokens import tokens
from engine.functions.dates import as_text


@dataclass(frozen=True)
class Text:
    """A sentence cut into plain pieces and the expressions between; `name` is the property it stands in."""

    name: str
    parts: tuple[str | Expression, ...]

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """The expressions in the order they are written."""
        return tuple(part for part in self.parts if isinstance(part, Expression))

    def filled(self, evaluate: Callable[[Expression], object]) -> str:
        """The sentence with each expression replaced by its value as a person would write it."""
        return "".join(part if isinstance(part, str) else as_text(evaluate(part)) for part in self.parts)


def compile_text(source: str, name: str) -> Text:
    """The sentence written in the property `name`, with every `${…}` compiled. Raises ExpressionError."""
    parts: list[str | Expression] = []
    rest = source
    while (start := rest.find("${")) >= 0:
        end = _closing(rest, start)
        if rest[:start]:
            parts.append(rest[:start])
        parts.append(compile_expression(rest[start + 2 : end]))
        rest = rest[end + 1 :]
    if rest:
        parts.append(rest)
    return Text(name, tuple(parts))


def _closing(text: str, start: int) -> int:
    """The position of the bracket that closes the `${` at `start`; raises ExpressionError without one."""
    position, depth = start + 1, 0
    for token in tokens(text[start + 1 :]):
        if token.kind == "symbol" and token.text == "{":
            depth += 1
        elif token.kind == "symbol" and token.text == "}":
            depth -= 1
            if depth == 0:
                return position
        position += len(token.text)
    raise ExpressionError(text[start:], "“${”后面没有配对的“}”。")
