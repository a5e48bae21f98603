"""The catalogue of functions and how they are bound to one place in one instance."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any, Protocol

from engine.calendar import WorkCalendar
from engine.clock import CN
from engine.located_yaml import PackFileError
from engine.organisation import Organisation
from engine.parameters import Parameters


class Cases(Protocol):
    """What functions may ask about other instances and about this one's history."""

    def waiting(self, message: str) -> list[dict[str, Any]]:
        """Rows of instances waiting for a message: 业务键, 标题, 提交时间, correlation key and public variables."""

    def instances(self, key: str, ended: bool) -> list[dict[str, Any]]:
        """Rows of the other instances of a procedure, oldest first."""

    def submissions(self, element: str) -> list[dict[str, Any]]:
        """This round's submissions of an element: 办理人, 办理时间, the element variable and the form's fields."""

    def last_value(self, field: str) -> Any:
        """The value of a field in this instance's latest submission that had it."""


@dataclass
class Call:
    """One call of a traced function, kept as the reason of a due date or an assignment."""

    function: str
    arguments: list[Any]
    result: Any
    crossed: list[str] = field(default_factory=list)
    provisional: bool = False


@dataclass
class Scope:
    """Everything a function may look at."""

    now: datetime
    calendar: WorkCalendar
    organisation: Organisation
    parameters: Parameters
    pack: str
    cases: Cases
    number: Callable[[str, str], str] | None = None
    """Gives the next number of a series; only in script tasks."""
    trace: list[Call] | None = None

    @property
    def today(self) -> date:
        return self.now.astimezone(CN).date()


@dataclass(frozen=True)
class Entry:
    """One function of the catalogue.

    `queries` marks those whose answer depends on instances: on others, `process` when the first argument names a process,
    `message` when it names a message; on what has been submitted in its own: `case`.
    """

    name: str
    group: str
    signature: str
    meaning: str
    example: str
    call: Callable[..., Any]
    queries: str = ""
    scripts_only: bool = False
    traced: bool = False


CATALOGUE: dict[str, Entry] = {}


def function(
    name: str,
    group: str,
    signature: str,
    meaning: str,
    example: str = "",
    *,
    queries: str = "",
    scripts_only: bool = False,
    traced: bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function `f(scope, *arguments)` under its Chinese name."""

    def register(call: Callable[..., Any]) -> Callable[..., Any]:
        CATALOGUE[name] = Entry(name, group, signature, meaning, example, call, queries, scripts_only, traced)
        return call

    return register


def bind(scope: Scope, script: bool = False) -> Mapping[str, Callable[..., Any]]:
    """The functions by name, ready to be called by an expression; those for scripts only when `script`."""
    return {
        name: partial(_call, entry, scope)
        for name, entry in CATALOGUE.items()
        if script or not entry.scripts_only
    }


def _call(entry: Entry, scope: Scope, *arguments: Any, **named: Any) -> Any:
    if entry.traced and scope.trace is not None:
        scope.trace.append(Call(entry.name, [*arguments, *named.values()], None))
        position = len(scope.trace) - 1
    try:
        result = entry.call(scope, *arguments, **named)
    except PackFileError as error:
        # A name unknown to the town's data is the expression's fault; the language reports ValueError with its text.
        raise ValueError(str(error)) from error
    if entry.traced and scope.trace is not None:
        scope.trace[position].result = result
    return result
