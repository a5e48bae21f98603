"""All mutants of one procedure, by the fixed list of operators."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace

from engine.definitions import Bundle
from engine.diagram import Diagram
from engine.mutation.conditions import relax_condition
from engine.mutation.data import drop_payload, skip_line
from engine.mutation.flows import drop_branch, swap_default, swap_tasks
from engine.mutation.forms import drop_check
from engine.mutation.mutant import Mutant
from engine.mutation.people import drop_assignment
from engine.mutation.times import drop_timer, shift_date


@dataclass(frozen=True)
class Operator:
    """One kind of wrong change; `meaning` is what the report says of it."""

    name: str
    meaning: str
    apply: Callable[[Bundle], Iterator[Mutant]]


OPERATORS = {
    each.name: each
    for each in (
        Operator("drop_branch", "去掉网关的一条分支", drop_branch),
        Operator("swap_default", "默认分支与第一条条件分支对调", swap_default),
        Operator("swap_tasks", "前后相接的两个环节对调", swap_tasks),
        Operator("relax_condition", "条件里的比较、且、或、非、数各改一处，或总是成立", relax_condition),
        Operator("drop_timer", "去掉一个定时", drop_timer),
        Operator("shift_date", "定时或办理时限差一个工作日", shift_date),
        Operator("drop_assignment", "去掉办理人的限制，或换一条泳道", drop_assignment),
        Operator("drop_payload", "消息或调用少传一个字段", drop_payload),
        Operator("skip_line", "脚本少一行", skip_line),
        Operator("drop_check", "表单的一项必填、校验、警示、范围或最少行数不再要求", drop_check),
    )
}
"""The operators by name, in the order they are applied."""


def mutants(bundle: Bundle, only: Collection[str] = ()) -> list[Mutant]:
    """Every mutant of the procedure, in a fixed order; with `only` those of these operators. Raises BadDiagram."""
    chosen = [each for each in OPERATORS.values() if not only or each.name in only]
    found = [mutant for operator in chosen for mutant in operator.apply(bundle)]
    return [
        replace(each, clauses=_clauses(each, bundle.diagram), onward=_onward(each, bundle.diagram))
        for each in found
        if each.text != bundle.files.get(each.path)
    ]


def _clauses(mutant: Mutant, diagram: Diagram) -> frozenset[str]:
    flow = next((each for each in diagram.flows if each.id == mutant.element), None)
    ids = {flow.source, flow.target} if flow else {mutant.element} & set(diagram.elements) or mutant.near
    return frozenset(clause for id in ids for clause in diagram.elements[id].clauses)


def _onward(mutant: Mutant, diagram: Diagram) -> frozenset[str]:
    return frozenset(flow.target for flow in diagram.flows if flow.source in mutant.near)
