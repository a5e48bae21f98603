"""Elements marked 硬约束 in a parsed process: which were not passed, and whether a way leads past them."""

from collections.abc import Collection, Mapping
from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask

from engine.spiff.net import Net

HARD, YES = "硬约束", "是"


def undone_of(spec: Any, inner: Mapping[str, Any], passed: Collection[str]) -> frozenset[str]:
    """Names of the elements of one part marked hard, or holding such inside, that are not among those passed.

    `inner` are the specs of sub-processes and calls by name. Boundary events are left out: they need not happen.
    """
    return frozenset(
        name
        for name, each in spec.task_specs.items()
        if name not in passed
        and not name.endswith("[child]")
        and not isinstance(each, BoundaryEvent)
        and _is_hard(each, spec, inner, ())
    )


def _is_hard(each: Any, spec: Any, inner: Mapping[str, Any], around: tuple[str, ...]) -> bool:
    # The wrapper around a multi-instance has no properties; its children carry them.
    drawn = spec.task_specs.get(getattr(each, "task_spec", None), each)
    if (getattr(drawn, "extensions", None) or {}).get("properties", {}).get(HARD) == YES:
        return True
    if not isinstance(drawn, SubWorkflowTask) or drawn.spec in around:
        return False
    held = inner.get(drawn.spec)
    return held is not None and any(
        _is_hard(each_inside, held, inner, (*around, drawn.spec))
        for each_inside in held.task_specs.values()
        if not isinstance(each_inside, BoundaryEvent)
    )


def undone_between(net: Net, source: str, target: str, undone: frozenset[str]) -> set[str]:
    """Those of `undone` without which no way leads from `source` to `target`; `""` is the start of the process.

    From the start, branches that come together again are all needed.
    """
    closed = undone - {target}
    if not source:
        if target in net.possible(closed) or target not in net.possible(()):
            return set()
        found = {each for each in closed if target not in net.possible((each,))}
        return found or set(closed & net.reached(["Start"]))
    if target in net.reached([source], closed) or target not in net.reached([source]):
        return set()
    found = {each for each in closed if target not in net.reached([source], (each,))}
    return found or set(closed & net.reached([source]))
