"""Runs a drawing on the live instance alone: no database, written out and read again before every step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from engine.clock import iso, parse_moment
from engine.definitions import Bundle
from engine.spiff import LiveInstance, OpenTask, ParsedProcess, parse_bundle
from engine.spiff.script_engine import Place
from tests.support.diagrams import Drawing

MORNING = parse_moment("2026-11-24T09:00:00+08:00")


@dataclass
class Around:
    """The surroundings of a bare instance: a clock that is set, and lists of what it threw and served."""

    now: datetime = MORNING
    thrown: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    served: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    asked: list[Any] = field(default_factory=list)
    live_list: list[Any] = field(default_factory=list)

    def names(self) -> Mapping[str, Any]:
        return {"发起人": "wuwu"}

    def functions(
        self, place: Place, script: bool = False, now: datetime | None = None
    ) -> Mapping[str, Callable[..., Any]]:
        def asked() -> list[Any]:
            self.asked.append(place.element)
            return list(self.live_list)

        def joined(*lists: list[Any]) -> list[Any]:
            return [item for each in lists for item in each]

        def values(results: dict[str, Any]) -> list[Any]:
            return list(results.values())

        moment = now or self.now
        return {
            "时后": lambda hours: iso(moment + timedelta(hours=hours)),
            "现有": asked,
            "连": joined,
            "值": values,
            "个数": len,
        }

    def later(self, moment: datetime, days: int) -> datetime:
        return moment + timedelta(days=days)

    def throw(self, name: str, key: str, payload: dict[str, Any], place: Place) -> None:
        self.thrown.append((name, key, payload))

    def serve(
        self,
        topic: str,
        properties: dict[str, str],
        evaluate: Callable[[str], Any],
        place: Place,
        data: Mapping[str, Any],
    ) -> None:
        self.served.append((place.element, dict(data)))


class Bare:
    """One instance of the first drawing; `reload=False` keeps it in memory."""

    def __init__(
        self,
        *drawings: Drawing,
        data: Mapping[str, Any] | None = None,
        message: str | None = None,
        reload: bool = True,
        around: Around | None = None,
    ) -> None:
        self._diagrams = {drawing.key: drawing.bpmn().encode() for drawing in drawings}
        self._decisions = {
            drawing.key: Bundle(drawing.key, drawing.pack, drawing.files).decisions for drawing in drawings
        }
        self._key, self._reload = drawings[0].key, reload
        self.around = around or Around()
        self.live = LiveInstance.start(self.parse(), self.around, data or {}, message)

    def parse(self) -> ParsedProcess:
        """A freshly parsed spec, as another process would have."""
        return parse_bundle(self._key, self._diagrams, self._decisions)

    def again(self) -> LiveInstance:
        """The instance as another process finds it. What is read must be written the same again."""
        if self._reload:
            state = self.live.dump()
            self.live = LiveInstance.load(state, self.parse(), self.around)
            assert self.live.dump() == state
        return self.live

    def open(self) -> list[str]:
        """The elements people can work on now, those of a multi-instance once for each child."""
        return sorted(task.element for task in self.live.open_tasks())

    def tasks(self, element: str) -> list[OpenTask]:
        return [task for task in self.live.open_tasks() if task.element == element]

    def do(self, element: str, item: Any = None, **form: Any) -> None:
        """Complete the (first) open task of this element, that of `item` if given."""
        self.again()
        found = [task for task in self.tasks(element) if item is None or task.item == item]
        assert found, f"{element} is not open, but {self.open()}"
        self.live.complete(found[0].id, form)

    def send(self, name: str, key: str = "", **payload: Any) -> None:
        """Deliver a message to the first element that waits for it with this key."""
        self.again()
        waiting = next(w for w in self.live.waiting_messages() if (w.name, w.key) == (name, key))
        self.live.catch(waiting.id, name, payload)

    def at(self, moment: str) -> None:
        """Set the clock and let timers fire."""
        self.around.now = parse_moment(moment)
        self.again().fire_timers()

    def data(self, element: str) -> dict[str, Any]:
        """The variables seen at an open task."""
        return dict(self.tasks(element)[0].data)

    def waits(self) -> list[tuple[str, str]]:
        return sorted((each.name, each.key) for each in self.live.waiting_messages())
