"""Lines of `名称 = 表达式`: script tasks, and the list of what a message carries."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import NamedTuple

from engine.expressions.compiled import Expression, accepted, compile_expression
from engine.expressions.errors import ExpressionError
from engine.expressions.grammar import is_name
from engine.expressions.tokens import split
from engine.expressions.typography import correction, half_width

SCRIPT_LENGTH_LIMIT = 20_000  # characters
ASSIGNMENT_LIMIT = 200  # lines of a script, parts of a payload


class Assignment(NamedTuple):
    """The variable to set, and the expression that gives its value."""

    name: str
    expression: Expression


def compile_script(source: str) -> tuple[Assignment, ...]:
    """The assignments of a script, one a line; blank lines and lines that start with `#` say nothing.

    Raises ExpressionError, whose source is the line and whose reason begins with its number.
    """
    _check_length(source)
    assignments = []
    for number, line in enumerate(source.splitlines(), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        try:
            assignments.append(_assignment(text))
        except ExpressionError as error:
            raise ExpressionError(text, f"第 {number} 行：{error.reason}", error.corrected) from error
    if len(assignments) > ASSIGNMENT_LIMIT:
        raise ExpressionError(source, f"最多 {ASSIGNMENT_LIMIT} 行。")
    return tuple(assignments)


def compile_payload(source: str) -> tuple[Assignment, ...]:
    """The assignments of `名; 名 = 表达式; …`, where a name alone stands for the variable of that name.

    Raises ExpressionError, whose source is the part at fault.
    """
    _check_length(source)
    plain = half_width(source)
    parts = [part.strip() for part in split(plain.text, ";")]
    assignments: list[Assignment] = []
    for part in filter(None, parts):
        bare = is_name(part)
        assignment = Assignment(part, compile_expression(part)) if bare else _payload_assignment(part)
        if any(assignment.name == earlier.name for earlier in assignments):
            raise ExpressionError(part, f"“{assignment.name}”写了两次。")
        assignments.append(assignment)
    if len(assignments) > ASSIGNMENT_LIMIT:
        raise ExpressionError(source, f"最多 {ASSIGNMENT_LIMIT} 项。")
    if plain.mistakes:
        # Every part is right once the signs are, so the corrected text is known to be accepted.
        raise ExpressionError(source, plain.reason, "; ".join(filter(None, parts)) or None)
    return tuple(assignments)


def run_script(
    script: Sequence[Assignment],
    names: MutableMapping[str, object],
    functions: Mapping[str, Callable[..., object]],
) -> None:
    """Set the variables of the script in `names`; each line sees the results of the earlier ones.

    When a line fails nothing is set. Raises ExpressionError.
    """
    results: dict[str, object] = {}
    scope = ChainMap(results, names)
    for assignment in script:
        results[assignment.name] = assignment.expression.evaluate(scope, functions)
    names.update(results)


def _check_length(source: str) -> None:
    if len(source) > SCRIPT_LENGTH_LIMIT:
        raise ExpressionError(source, f"太长，最多 {SCRIPT_LENGTH_LIMIT} 个字符。")


def _payload_assignment(part: str) -> Assignment:
    names = [name.strip() for name in split(part, ",")]
    if len(names) > 1 and all(map(is_name, names)):
        raise ExpressionError(part, "各项之间要用分号“;”隔开。", "; ".join(names))
    return _assignment(part)


def _assignment(text: str) -> Assignment:
    """One `名称 = 表达式`. Raises ExpressionError for the whole text."""
    plain = half_width(text)
    name, *rest = split(plain.text, "=")
    name, value = name.strip(), "=".join(rest).strip()
    if not rest:
        raise ExpressionError(text, "要写成“名称 = 表达式”。")
    if not is_name(name):
        raise ExpressionError(text, "等号左边只能是一个名称，不能以数字或下划线开头，也不能是保留词。")
    if plain.mistakes:
        raise ExpressionError(text, plain.reason, _corrected(name, value))
    try:
        return Assignment(name, compile_expression(value))
    except ExpressionError as error:
        raise ExpressionError(text, error.reason, _corrected(name, value)) from error


def _corrected(name: str, value: str) -> str | None:
    right = accepted(correction(value).text)
    return f"{name} = {right}" if right is not None else None
