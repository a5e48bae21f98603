"""What can be wrong with a decision table: when it is read, and when a case asks it."""

from __future__ import annotations

from collections.abc import Sequence

from engine.errors import EngineError


class BadDecision(EngineError):
    """A decision file cannot be used; `problems` holds one Chinese sentence for each fault, with its place."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class DecisionFailed(EngineError):
    """A table gives no answer for the values of a case; `reason` names the table and the rows or the column.

    `expression` is the text at fault, empty when no single one is.
    """

    def __init__(self, reason: str, expression: str = "") -> None:
        super().__init__(reason)
        self.reason, self.expression = reason, expression


class CellFault(Exception):
    """What is wrong with one cell, as a Chinese phrase without its place."""
