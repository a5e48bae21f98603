"""References to the written rules."""

from __future__ import annotations

from collections.abc import Iterator

from engine.diagram import split
from engine.lint.procedure import Procedure
from engine.lint.registry import Note, Notes, rule
from engine.nearest import suggestion


@rule("unknown-clause", "条款号在 rules.yml 里没有")
def unknown_clause(procedure: Procedure) -> Notes:
    if not procedure.world.clauses[""]:
        return
    for element in (None, *procedure.elements):
        for clause in split(procedure.properties(element).get("clause", "")):
            for fault in _fault(procedure, clause):
                yield procedure.note(element, fault)
    for key, form in procedure.forms.items():
        waiting = list(form.components)
        while waiting:
            component = waiting.pop(0)
            waiting += component.components
            for clause in split(component.properties.get("条款", "")):
                for fault in _fault(procedure, clause):
                    yield Note("", f"“{component.label or component.name}”：{fault}", f"forms/{key}.form")


@rule("hard-value", "特性“硬约束”的值不是“是”")
def hard_value(procedure: Procedure) -> Notes:
    for element in procedure.elements:
        value = procedure.properties(element).get("硬约束")
        if value is not None and value != "是":
            yield procedure.note(
                element, f"特性“硬约束”写的是“{value}”，不起作用。请写“是”，不是硬约束的请删去。"
            )


def _fault(procedure: Procedure, clause: str) -> Iterator[str]:
    clauses, pack = procedure.world.clauses, procedure.bundle.pack
    if pack in procedure.world.packs:
        known, where = clauses.get(pack, {clause}), f"制度包“{pack}”的 rules.yml"
    else:
        known, where = clauses[""], "各制度包的 rules.yml"
        # A shared procedure names the clauses of every town; a town may have only its own pack.
        if clause not in known and _rule_book(clause) not in map(_rule_book, known):
            return
    if clause not in known:
        yield f"{where}里没有条款“{clause}”{suggestion(clause, sorted(known))}。请改正。"


def _rule_book(clause: str) -> str:
    """The letters before the first hyphen say which town's rules a clause belongs to."""
    return clause.partition("-")[0]
