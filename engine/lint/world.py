"""What exists around a procedure: other procedures; organisation, clauses and parameters of each pack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from engine.clock import SystemClock
from engine.definitions import Bundle
from engine.diagram import Element
from engine.organisation import Organisation
from engine.parameters import Parameters
from engine.registers import Registers
from engine.rules import Rules

if TYPE_CHECKING:
    from engine.lint.procedure import Procedure

THROWING = ("intermediateThrowEvent", "endEvent", "sendTask")
CATCHING = ("intermediateCatchEvent", "boundaryEvent", "startEvent")


@dataclass(frozen=True)
class Pack:
    """The data of one rule pack; a part is None when its file is missing or wrong."""

    key: str
    organisation: Organisation | None = None
    rules: Rules | None = None
    parameters: Parameters | None = None
    registers: Registers | None = None


@dataclass(frozen=True)
class World:
    """All procedures and packs of a processes folder."""

    bundles: tuple[Bundle, ...] = ()
    packs: Mapping[str, Pack] = field(default_factory=dict)
    today: date = field(default_factory=lambda: SystemClock().now().date())

    def with_bundle(self, bundle: Bundle) -> World:
        """The same world in which `bundle` stands for the procedure of its key."""
        others = tuple(each for each in self.bundles if each.key != bundle.key)
        return World((*others, bundle), self.packs, self.today)

    @cached_property
    def every(self) -> tuple[Procedure, ...]:
        """Every procedure, also those whose diagram cannot be read."""
        from engine.lint.procedure import Procedure

        return tuple(Procedure(bundle, self) for bundle in self.bundles)

    @cached_property
    def procedures(self) -> Mapping[str, Procedure]:
        """Every procedure whose diagram can be read, by key."""
        return {each.key: each for each in self.every if each.readable}

    # -- messages and calls

    @cached_property
    def _ends(self) -> Mapping[tuple[str, bool], list[tuple[Procedure, Element]]]:
        ends: dict[tuple[str, bool], list[tuple[Procedure, Element]]] = {}
        for procedure in self.procedures.values():
            for element in procedure.diagram.elements.values():
                if element.message and element.kind in (*THROWING, *CATCHING):
                    key = (element.message, element.kind in THROWING)
                    ends.setdefault(key, []).append((procedure, element))
        return ends

    def throwers(self, message: str) -> list[tuple[Procedure, Element]]:
        """Every element that sends a message of this name."""
        return self._ends.get((message, True), [])

    def catchers(self, message: str) -> list[tuple[Procedure, Element]]:
        """Every element that waits for a message of this name or is started by it."""
        return self._ends.get((message, False), [])

    def messages(self) -> set[str]:
        """The names of all messages that an element sends or receives."""
        return {name for name, _ in self._ends}

    @cached_property
    def _calls(self) -> Mapping[str, list[tuple[Procedure, Element]]]:
        calls: dict[str, list[tuple[Procedure, Element]]] = {}
        for procedure in self.procedures.values():
            for element in procedure.diagram.of_kind("callActivity"):
                if element.called:
                    calls.setdefault(element.called, []).append((procedure, element))
        return calls

    def callers(self, key: str) -> list[tuple[Procedure, Element]]:
        """Every call activity that calls the procedure."""
        return self._calls.get(key, [])

    # -- packs

    def packs_of(self, procedure: Procedure) -> tuple[Pack, ...]:
        """The packs in which the procedure runs: its own, or for a shared one those that call or start it."""
        own = self.packs.get(procedure.bundle.pack)
        if own is not None:
            return (own,)
        found: dict[str, Pack] = {}
        seen = {procedure.key}
        waiting = [procedure]
        while waiting:
            for user in self._users(waiting.pop()):
                if user.key in seen:
                    continue
                seen.add(user.key)
                pack = self.packs.get(user.bundle.pack)
                if pack is None:
                    waiting.append(user)
                else:
                    found[pack.key] = pack
        return tuple(found.values()) or tuple(self.packs.values())

    def _users(self, procedure: Procedure) -> Iterator[Procedure]:
        yield from (caller for caller, _ in self.callers(procedure.key))
        for message in procedure.diagram.message_starts():
            yield from (thrower for thrower, _ in self.throwers(message))

    @cached_property
    def clauses(self) -> Mapping[str, frozenset[str]]:
        """Pack → the ids of its clauses, of packs whose rules can be read; the empty key stands for all."""
        found = {
            pack.key: frozenset(clause.id for clause in pack.rules.clauses)
            for pack in self.packs.values()
            if pack.rules is not None
        }
        return {**found, "": frozenset[str]().union(*found.values())}
