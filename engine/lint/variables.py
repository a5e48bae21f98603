"""Which variables each element sets, which exist anywhere, and which are set on every way to an element."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from engine.diagram import Element, Flow, split
from engine.expressions import ExpressionError, compile_payload, compile_script
from engine.names import FIXED_NAMES

if TYPE_CHECKING:
    from engine.lint.procedure import Procedure

RESULT = "结果"
"""The variable a multi-instance sub-process hands up."""
_ASSIGNMENT = re.compile(r"^\s*(\w+)\s*=(?!=)", re.MULTILINE)
_PART = re.compile(r"^\s*(\w+)\s*(?:=(?!=).*)?$", re.DOTALL)
Names = frozenset[str]
NONE: Names = frozenset()


@lru_cache(maxsize=4096)
def script_names(text: str) -> Names:
    """The variables a script sets; of a faulty one, what stands left of an equals sign."""
    try:
        return frozenset(line.name for line in compile_script(text))
    except ExpressionError:
        return frozenset(_ASSIGNMENT.findall(text))


@lru_cache(maxsize=4096)
def payload_names(text: str) -> Names:
    """The fields of a message; of a faulty payload, what seem to be their names."""
    try:
        return frozenset(part.name for part in compile_payload(text))
    except ExpressionError:
        return frozenset(found[1] for part in text.split(";") if (found := _PART.match(part)))


class Variables:
    """The variables of one procedure."""

    def __init__(self, procedure: Procedure) -> None:
        self.procedure = procedure

    # -- what elements set

    def sets(self, element: Element) -> Names:
        """The variables an element may set for what comes after it."""
        return self._sets(element, lambda sets: frozenset().union(*sets))

    def _sets(self, element: Element, merge: Callable[[Iterable[Names]], Names]) -> Names:
        procedure = self.procedure
        if element.variable or element.collection:
            return frozenset({f"{element.id}_results"})
        if element.kind == "userTask":
            return frozenset(procedure.form_fields(procedure.form_key(element)))
        if element.kind == "scriptTask":
            return script_names(element.script or "")
        if element.kind == "businessRuleTask":
            return frozenset({procedure.attribute(element, "resultVariable")} - {""})
        if element.kind == "callActivity":
            return frozenset(
                each["target"] for each in procedure.mappings(element, "out") if "target" in each
            )
        if element.event == "message" and element.kind in (
            "startEvent",
            "intermediateCatchEvent",
            "boundaryEvent",
        ):
            return merge(self.received(element))
        return NONE

    def received(self, element: Element) -> list[Names]:
        """The fields each sender, and the button's form, give an element that receives a message."""
        procedure = self.procedure
        found = [
            payload_names(other.properties(thrower).get("payload", ""))
            for other, thrower in procedure.world.throwers(element.message or "")
        ]
        if procedure.properties(element).get("operators"):
            found.append(frozenset(procedure.form_fields(procedure.form_key(element))))
        return found

    # -- what exists at all

    @cached_property
    def handed_in(self) -> Names:
        """Variables that come from callers or from whoever starts it."""
        given = {
            each["target"]
            for caller, call in self.procedure.world.callers(self.procedure.key)
            for each in caller.mappings(call, "in")
            if "target" in each
        }
        return frozenset(given) | self._start_variables

    @cached_property
    def _start_variables(self) -> Names:
        return frozenset(split(self.procedure.properties(None).get("启动变量", "")))

    @cached_property
    def case(self) -> Names:
        """Every variable of the case as a whole: not those inside a multi-instance."""
        return self.handed_in | self.own

    @cached_property
    def own(self) -> Names:
        """The variables the procedure sets itself."""
        found: set[str] = set()
        for element in self.procedure.elements:
            if not self._inside_instances(element):
                found |= self.sets(element)
        return frozenset(found)

    def _inside_instances(self, element: Element) -> bool:
        parent = self.procedure.diagram.elements.get(element.parent)
        return parent is not None and bool(parent.variable or parent.collection)

    def known(self, element: Element | None) -> Names:
        """Every name an expression at this element could mean."""
        found = self.case | set(FIXED_NAMES)
        if element is None:
            return found
        found |= {element.variable} if element.variable else set()
        parent = self.procedure.diagram.elements.get(element.parent)
        if parent is not None and self._inside_instances(element):
            found |= {parent.variable or ""}
            for inner in self.procedure.scope(parent.id):
                found |= self.sets(inner)
        return found

    # -- what is set on every way

    @cached_property
    def _everything(self) -> Names:
        found = set(self.case) | set(FIXED_NAMES)
        for element in self.procedure.elements:
            found |= self.sets(element) | {element.variable or ""}
        return frozenset(found)

    def surely_sets(self, element: Element) -> Names:
        """The variables that exist for certain once the element is completed."""
        if element.kind == "subProcess" and not (element.variable or element.collection):
            return self._by_end[element.id]
        return self._sets(element, self._common)

    def _common(self, sets: Iterable[Names]) -> Names:
        every = list(sets)
        return every[0].intersection(*every[1:]) if every else NONE

    @cached_property
    def _by_end(self) -> Mapping[str, Names]:
        """Sub-process → what it has set for certain when it has ended."""
        found: dict[str, Names] = {}
        for scope in self.procedure.scopes:
            if scope:
                after = self._until_end(scope, found)
                starts = [each for each in self.procedure.scope(scope) if each.kind == "startEvent"]
                found[scope] = self._common([after[start.id] for start in starts])
        return found

    def _until_end(self, scope: str, inner: Mapping[str, Names]) -> dict[str, Names]:
        """Element → what is set from it until every token that passed it has ended; the largest solution."""
        diagram = self.procedure.diagram
        elements = self.procedure.scope(scope)
        after = {each.id: self._everything for each in elements}
        changed = True
        while changed:
            changed = False
            for element in reversed(elements):
                following = [
                    after[flow.target] for flow in diagram.outgoing[element.id] if flow.target in after
                ]
                together = element.kind not in ("exclusiveGateway", "inclusiveGateway", "eventBasedGateway")
                own = inner.get(element.id, NONE) if element.kind == "subProcess" else NONE
                if element.kind != "subProcess" or element.variable or element.collection:
                    own = self._sets(element, self._common)
                new = own | (NONE.union(*following) if together else self._common(following))
                for guest in self._guests.get(element.id, ()):
                    if guest.interrupting and guest.id in after:
                        new &= after[guest.id]
                if new != after[element.id]:
                    after[element.id], changed = new, True
        return after

    @cached_property
    def _guests(self) -> Mapping[str, list[Element]]:
        guests: dict[str, list[Element]] = {}
        for event in self.procedure.diagram.of_kind("boundaryEvent"):
            guests.setdefault(event.attached_to or "", []).append(event)
        return guests

    @cached_property
    def at_end(self) -> Names:
        """What a caller can take out for certain: what every caller hands in and what every way sets."""
        start = self.procedure.diagram.none_start()
        after = self._until_end("", self._by_end)
        return self._surely_handed_in | (after[start.id] if start else NONE)

    @cached_property
    def _surely_handed_in(self) -> Names:
        """What every caller gives, and what may come from outside.

        What the procedure never sets itself counts, too: a caller that lacks it is told so at its call.
        """
        given = [
            frozenset(each["target"] for each in caller.mappings(call, "in") if "target" in each)
            for caller, call in self.procedure.world.callers(self.procedure.key)
        ]
        return self._common(given) | (NONE.union(*given) - self.own) | self._start_variables

    @cached_property
    def before(self) -> Mapping[str, Names]:
        """Element → what exists for certain when it is reached; unreached elements know everything."""
        diagram = self.procedure.diagram
        found = {each.id: self._everything for each in self.procedure.elements}
        changed = True
        while changed:
            changed = False
            for element in self.procedure.elements:
                arriving = [
                    found[f.source] | self.surely_sets(diagram.elements[f.source])
                    for f in self._into(element)
                ]
                new = self._arriving(element, arriving, found)
                if new != found[element.id]:
                    found[element.id], changed = new, True
        return found

    def _into(self, element: Element) -> Iterator[Flow]:
        elements = self.procedure.diagram.elements
        return (flow for flow in self.procedure.diagram.incoming[element.id] if flow.source in elements)

    def _arriving(self, element: Element, arriving: list[Names], found: Mapping[str, Names]) -> Names:
        if element.kind == "startEvent" and not arriving:
            if not element.parent:
                return frozenset(FIXED_NAMES) | (NONE if element.event else self._surely_handed_in)
            outer = self.procedure.diagram.elements[element.parent]
            return found[outer.id] | ({outer.variable} if outer.variable else NONE)
        if element.kind == "boundaryEvent":
            return found.get(element.attached_to or "", self._everything)
        if not arriving:
            return self._everything
        if element.kind == "parallelGateway":
            return NONE.union(*arriving)
        return self._common(arriving)
