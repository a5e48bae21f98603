"""What the engine sees of a live instance, and what an instance needs from the engine around it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from engine.spiff.script_engine import Place


class Surroundings(Protocol):
    """What a live instance needs from the engine around it."""

    @property
    def now(self) -> datetime: ...
    def names(self) -> Mapping[str, Any]:
        """Fixed names every expression may use."""

    def functions(
        self, place: Place, script: bool = False, now: datetime | None = None
    ) -> Mapping[str, Callable[..., Any]]:
        """The vetted functions as seen from a place, at another moment than the present if `now` is given."""

    def later(self, moment: datetime, days: int) -> datetime:
        """The same time of day so many working days later."""

    def throw(self, name: str, key: str, payload: dict[str, Any], place: Place) -> None:
        """Take a thrown message."""

    def serve(
        self,
        topic: str,
        properties: dict[str, str],
        evaluate: Callable[[str], Any],
        place: Place,
        data: Mapping[str, Any],
    ) -> None:
        """Do a service task that sees this case data."""


NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""When a timer is due whose date is not known yet."""


@dataclass(frozen=True)
class ThrownMessage:
    name: str
    key: str
    payload: dict[str, Any]


@dataclass(frozen=True)
class OpenTask:
    """A user task that waits for a person.

    `scope` is the call or sub-process it lies in; `activation` is shared by the children of one multi-instance round;
    `item` is the element variable's value of the innermost multi-instance around it, `item_name` that variable's name.
    """

    id: str
    process: str
    element: str
    name: str
    lane: str | None
    extensions: Mapping[str, Any]
    data: Mapping[str, Any]
    scope: str
    activation: str
    item: Any = None
    item_name: str | None = None


@dataclass(frozen=True)
class WaitingMessage:
    """A message this instance waits for, with the correlation key as it is now."""

    id: str
    process: str
    element: str
    element_name: str
    name: str
    key: str
    properties: Mapping[str, str]
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Timer:
    id: str
    process: str
    element: str
    element_name: str
    due: datetime
    expression: str


@dataclass(frozen=True)
class Passed:
    """An element that was completed, in order of completion.

    `leads_to` are the elements at the other end of the flows its token went on by. `decided` is what a decision table
    answered: its name (`decision`), the `rows` that matched, their
    `notes`, the `result`; `cut_short` says of a multi-instance ended
    by its condition how many of how many have answered (`done`, `all`).
    """

    id: str
    process: str
    element: str
    name: str
    clauses: tuple[str, ...]
    changes: Mapping[str, Any]
    inner: bool
    decided: Mapping[str, Any] | None = None
    cut_short: Mapping[str, int] | None = None
    leads_to: tuple[str, ...] = ()


@dataclass(frozen=True)
class StepBack:
    """A finished user task one can go back to: `takes_back` are the ids of all tasks, `scopes` of all calls and
    sub-processes, that would be undone; `before` are the tasks that came before it."""

    task_id: str
    process: str
    element: str
    name: str
    takes_back: frozenset[str]
    scopes: frozenset[str]
    before: frozenset[str]


@dataclass(frozen=True)
class Movable:
    """A token that may be moved: where it stands, and per element its name and why it cannot come there (or empty)."""

    task_id: str
    element: str
    name: str
    targets: Mapping[str, tuple[str, str]]
