"""Findings and the register of rules: a rule is a function with a code and a line that says its meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from engine.lint.features import Feature
    from engine.lint.procedure import Procedure
    from engine.lint.world import Pack, World
    from engine.registers import Register


@dataclass(frozen=True, order=True)
class Finding:
    """One thing wrong: the file below the processes folder, the element's id or `""`, the code, a sentence.

    The message names the element by its name and id, says what is wrong and what to do. A warning is told, too, but
    does not keep anything from being deployed.
    """

    file: str
    element: str
    code: str
    message: str
    warning: bool = False

    def __str__(self) -> str:
        return f"{self.file}：{'提醒：' if self.warning else ''}{self.message}"


class Note(NamedTuple):
    """What a rule yields; `file` is a path inside the bundle, empty for the diagram."""

    element: str
    message: str
    file: str = ""


Notes = Iterator[Note]


class PackNote(NamedTuple):
    """What a rule about a pack's registers yields: the register, the line in its file, a sentence."""

    register: Register
    line: int
    message: str


PackCheck = Callable[["Pack", "World"], Iterable[PackNote]]


@dataclass(frozen=True)
class Rule:
    """One rule with its check; what is found while reading has none. After a `first` one none follows.

    What a rule with `warning` finds is only told.
    """

    code: str
    meaning: str
    group: str
    procedure: Callable[[Procedure], Iterable[Note]] | None = None
    feature: Callable[[Feature], Iterable[Note]] | None = None
    pack: PackCheck | None = None
    first: bool = False
    warning: bool = False


RULES: dict[str, Rule] = {}


def rule(
    code: str, meaning: str, *, first: bool = False, warning: bool = False
) -> Callable[[Callable[[Procedure], Iterable[Note]]], Callable[[Procedure], Iterable[Note]]]:
    """Register a rule about one procedure; `meaning` is one Chinese line for the list of checks."""

    def register(check: Callable[[Procedure], Iterable[Note]]) -> Callable[[Procedure], Iterable[Note]]:
        _add(Rule(code, meaning, _group(check), procedure=check, first=first, warning=warning))
        return check

    return register


def feature_rule(
    code: str, meaning: str
) -> Callable[[Callable[[Feature], Iterable[Note]]], Callable[[Feature], Iterable[Note]]]:
    """Register a rule about one feature file."""

    def register(check: Callable[[Feature], Iterable[Note]]) -> Callable[[Feature], Iterable[Note]]:
        _add(Rule(code, meaning, _group(check), feature=check))
        return check

    return register


def pack_rule(code: str, meaning: str) -> Callable[[PackCheck], PackCheck]:
    """Register a rule about the registers of one pack."""

    def register(check: PackCheck) -> PackCheck:
        _add(Rule(code, meaning, _group(check), pack=check))
        return check

    return register


def folder_rule(code: str, meaning: str) -> str:
    """Register what is found while the folders are read; returns the code."""
    _add(Rule(code, meaning, "reading"))
    return code


def _add(new: Rule) -> None:
    assert new.code not in RULES, f"two rules are called {new.code}"
    RULES[new.code] = new


def _group(check: Callable[..., object]) -> str:
    return check.__module__.rpartition(".")[2]
