"""Moves the token of a case that cannot go on to another element: forward or back in a row, and nowhere else.

What was passed stays passed and the variables stay what they are. It is refused into and out of parallel branches,
sub-processes, calls and rounds, and past an element marked 硬约束 that was not done.
"""

from collections.abc import Iterable
from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent, ParallelGateway, StartEvent
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.spiff.hard import undone_between, undone_of
from engine.spiff.net import Net, Stuck, Unclear
from engine.spiff.rebase import LIVE, name_of, no_token
from engine.spiff.splits import entrance
from engine.spiff.tasks import Choice, Inclusive, lineage

GATEWAYS = (ParallelGateway, Choice, Inclusive)


class Immovable(Exception):
    """The token cannot be moved, or not there; `str()` is part of a sentence for people."""


def token(workflow: BpmnWorkflow, task_id: Any, element: str) -> Task:
    """The token a failure at this element is about: that of the task being done, if known. Raises Immovable.

    It must be the only one of its process or sub-process, and not be under way inside something.
    """
    parts = [workflow, *workflow.subprocesses.values()]
    standing = [part for part in parts if any(_stands(task) for task in part.tasks.values())]
    chosen = [part for part in standing if task_id in part.tasks]
    chosen = chosen or [part for part in standing if element and element in part.spec.task_specs] or standing
    if len(chosen) != 1:
        raise Immovable("案卷同时在几处办理，说不准移动哪一处")
    tokens = [t for t in chosen[0].tasks.values() if t.has_state(LIVE) and not no_token(t)]
    if len(tokens) != 1:
        raise Immovable("案卷在这里有几支并行，不能移动")
    if not _stands(tokens[0]):
        raise Immovable(f"“{name_of(tokens[0].task_spec, chosen[0].spec)}”正由几方分别办理，不能移动")
    return tokens[0]


def _stands(task: Task) -> bool:
    """A token waits here itself, and is not inside a sub-process, a call or a round."""
    around = isinstance(task.task_spec, (SubWorkflowTask, LoopTask))
    return bool(task.has_state(LIVE)) and not no_token(task) and not around


def targets(workflow: BpmnWorkflow, task: Task) -> dict[str, tuple[str, str]]:
    """Element → its name and why the token cannot be moved there (empty when it can), of all drawn beside it."""
    spec, found = task.workflow.spec, {}
    for name, each in spec.task_specs.items():
        drawn = getattr(each, "bpmn_id", None) == name
        if not drawn or each is task.task_spec or isinstance(each, (BoundaryEvent, StartEvent, *GATEWAYS)):
            continue
        found[name] = (name_of(each, spec), hindrance(workflow, task, each))
    return found


def hindrance(workflow: BpmnWorkflow, task: Task, target: Any) -> str:
    """Why the token cannot be moved from where it is to this element; empty when it can."""
    part, name = task.workflow, str(target.name)
    net, here = Net(part.spec), str(task.task_spec.name)
    way = [str(each.task_spec.name) for each in lineage(task.parent)]
    hard = undone_of(part.spec, workflow.subprocess_specs, ())
    if name not in {*way, *net.reached([here])} and here not in net.reached([name]):
        return "不在同一条路上"
    for place, why in ((here, "案卷正在并行的一支里，不能移出去"), (name, "在并行的一支里，不能移进去")):
        try:
            net.require_sound(frozenset((place,)))
        except (Stuck, Unclear):
            return why
    if name in way:
        missed = _undone_since(net, way, name, hard)
    else:
        passed = {e.task_spec.name for e in part.tasks.values() if e.has_state(TaskState.COMPLETED)}
        missed = undone_between(net, "", name, hard - passed)
        if name in net.reached([here]):
            # What lies ahead has not been done this time, even if it was in an earlier round.
            ahead = undone_between(net, here, name, hard) | ({here} & hard)
            missed |= {each for each in ahead if "End" in net.reached([name], (each,))}
    if missed:
        return f"要越过没有办过的硬约束环节“{'”“'.join(_names(part, missed))}”"
    return ""


def _undone_since(net: Net, way: list[str], name: str, hard: frozenset[str]) -> set[str]:
    """Going back to where the case has been, everything after it comes again, and what was before it stands.

    Unless something before it has been done anew since: what is hard between that and there must then be done anew too.
    """
    at = way.index(name)
    repeated = set(way[:at]) & set(way[at + 1 :])
    return {each for other in repeated for each in undone_between(net, other, name, hard - {other})}


def _names(part: Any, elements: Iterable[str]) -> list[str]:
    return sorted(name_of(part.spec.task_specs[each], part.spec) for each in elements)


def move(workflow: BpmnWorkflow, task: Task, element: str) -> None:
    """Take the token away from `task` and let it come to `element`; the caller lets the case advance. Raises Immovable."""
    spec = task.workflow.spec.task_specs.get(element)
    offered = targets(workflow, task)
    if spec is None or element not in offered:
        raise Immovable("流程图上没有这样一个可以移到的环节")
    if offered[element][1]:
        raise Immovable(f"不能移到“{offered[element][0]}”：{offered[element][1]}")
    leaving = task.parent if isinstance(task.parent.task_spec, BoundaryEventSplit) else task
    before = leaving.parent
    # With a split this ends what waits beside the task, too.
    leaving.cancel()
    first = entrance(spec, task.workflow.spec)
    child = before._add_child(first, TaskState.FUTURE)
    # It is no way drawn from there: the library must not take it for one it foresaw.
    child.triggered = True
    child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
    child.task_spec._update(child)
