"""Compile the text of an expression once, and keep what a linter wants to know about it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from engine.expressions.errors import ExpressionError
from engine.expressions.evaluation import evaluate
from engine.expressions.grammar import LENGTH_LIMIT, in_reading_order, parse
from engine.expressions.tokens import unwrapped
from engine.expressions.typography import correction


class Call(NamedTuple):
    """One call in an expression: each argument is the constant text or number written there, else None."""

    name: str
    arguments: tuple[str | int | float | None, ...]
    keywords: tuple[tuple[str, str | int | float | None], ...] = ()


@dataclass(frozen=True)
class Expression:
    """A checked expression: its text without `${…}`, the variables it reads and its calls in order."""

    source: str
    names: frozenset[str]
    calls: tuple[Call, ...]
    _tree: ast.expr = field(repr=False, compare=False)

    def evaluate(self, names: Mapping[str, object], functions: Mapping[str, Callable[..., object]]) -> object:
        """The value for these variables, with only these functions to call.

        Values are text, numbers, True, False, None, lists and dictionaries of them with text keys. `names` is
        not changed. A list or dictionary in the result may be the very object that `names` holds or that a
        function returned, so callers treat values as immutable: they replace them instead of changing them.

        A function tells what is wrong with its arguments by a ValueError with a Chinese text. Errors that do
        not come from arguments (a lost database, say) pass through as they are. Raises ExpressionError.
        """
        return evaluate(self.source, self._tree, names, functions)


def compile_expression(source: str) -> Expression:
    """Check and parse an expression, written plain or as one `${…}`; the result is cached by its text.

    Raises ExpressionError; for what is mistyped (full-width signs, `=`, `&&`) it holds the corrected text.
    """
    if len(source) > 2 * LENGTH_LIMIT:  # Blanks around it are cut away, but not without end.
        raise ExpressionError(source, f"太长，最多 {LENGTH_LIMIT} 个字符。")
    return _compiled(unwrapped(source))


@lru_cache(maxsize=4096)
def _compiled(source: str) -> Expression:
    if len(source) <= LENGTH_LIMIT:
        suggestion = correction(source)
        if suggestion.mistakes:
            raise ExpressionError(source, suggestion.reason, accepted(suggestion.text))
    tree = parse(source)
    nodes = in_reading_order(tree)
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    names = frozenset(node.id for node in nodes if isinstance(node, ast.Name) and id(node) not in called)
    calls = tuple(_call(node) for node in nodes if isinstance(node, ast.Call))
    return Expression(source, names, calls, tree)


def accepted(text: str) -> str | None:
    """The text when it is an acceptable expression without further corrections, else None."""
    plain = unwrapped(text)
    try:
        if len(plain) <= LENGTH_LIMIT and not correction(plain).mistakes:
            parse(plain)
            return text.strip()
    except ExpressionError:
        pass
    return None


def _call(node: ast.Call) -> Call:
    assert isinstance(node.func, ast.Name)  # The grammar permits nothing else.
    arguments = tuple(_constant(argument) for argument in node.args)
    keywords = tuple((each.arg or "", _constant(each.value)) for each in node.keywords)
    return Call(node.func.id, arguments, keywords)


def _constant(node: ast.expr) -> str | int | float | None:
    match node:
        case ast.Constant(value=str() | int() | float() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -value
    return None
