"""Adds a child to a multi-instance of user tasks that is under way, or takes one off."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.expressions.tokens import unwrapped
from engine.spiff.tasks import SequentialMultiInstance, lineage


@dataclass(frozen=True)
class Round:
    """A multi-instance that is under way.

    `items` are those of all its children but the ones taken off, `open` of those still to be done; in a sequence they
    contain what has not come up yet.
    """

    items: tuple[Any, ...]
    open: tuple[Any, ...]
    sequential: bool


def round_of(task: Task) -> Round | None:
    """The round a user task is a child of, None when it is no child of a multi-instance."""
    loop = _loop(task)
    if loop is None:
        return None
    children = [each for each in _children(loop) if not each.has_state(TaskState.CANCELLED)]
    waiting = _waiting(loop)
    return Round(
        (*(_item(each) for each in children), *waiting),
        (*(_item(each) for each in children if not each.has_state(TaskState.FINISHED_MASK)), *waiting),
        isinstance(loop.task_spec, SequentialMultiInstance),
    )


def add(task: Task, item: Any) -> dict[str, Any]:
    """Let the round this task belongs to have one more child, for `item`, with the next index.

    Returns the variables that have changed with it (see `_mend_variable`).
    """
    loop = _required(task)
    spec, internal = loop.task_spec, loop.internal_data
    items = [*internal["items"], item]
    internal["items"] = items
    if isinstance(spec, SequentialMultiInstance):
        internal["remaining"].append(len(items) - 1)
    else:
        # Like its siblings it begins without the outcomes collected so far.
        results, name = loop.data[spec.results_name()], spec.results_name()
        loop.data[name] = {}
        try:
            spec.create_child(loop, item, len(items) - 1)
        finally:
            loop.data[name] = results
    return _mend_variable(loop, lambda before: before if item in before else [*before, item])


def remove(task: Task) -> dict[str, Any]:
    """Take this child off its round, in which others must still be open.

    A sequence goes on to the next; the round ends when by its condition what has been done is enough now. Returns the
    variables that have changed with it.
    """
    loop = _required(task)
    item = _item(task)
    task.cancel()
    changed = _mend_variable(loop, lambda before: [each for each in before if each != item])
    loop.task_spec.settle(loop)
    return changed


def person_before(arounds: Iterator[Task]) -> Task | None:
    """The user task passed last on the way to a round; `arounds` are its child and the calls it lies in, inside out."""
    for around in arounds:
        for task in lineage(around.parent):
            if task.task_spec.manual and task.has_state(TaskState.COMPLETED):
                return task
    return None


def _mend_variable(loop: Task, change: Callable[[list[Any]], list[Any]]) -> dict[str, Any]:
    """What is drawn behind the round often compares its outcome with the list it was made of.

    When that list is a plain variable, it is kept equal to the round: where the round goes on, where its boundary events go
    on, and in the children that are open. Lists are replaced and never changed, because other branches share them.
    """
    name = unwrapped(loop.task_spec.data_input.bpmn_id)
    if not name.isidentifier() or not isinstance(loop.data.get(name), list):
        return {}
    changed = change(loop.data[name])
    concerned = [loop, *(each for each in _children(loop) if not each.has_state(TaskState.FINISHED_MASK))]
    if isinstance(loop.parent.task_spec, BoundaryEventSplit):
        # A boundary event takes its variables from the split when it fires.
        concerned += [loop.parent, *loop.parent.children]
    for task in concerned:
        if name in task.data:
            task.data[name] = changed
    return {name: changed}


def _loop(task: Task) -> Task | None:
    parent = task.parent
    if parent is None or not isinstance(parent.task_spec, LoopTask) or not task.task_spec.manual:
        return None
    return parent if task.task_spec.name == parent.task_spec.task_spec else None


def _required(task: Task) -> Task:
    loop = _loop(task)
    if loop is None:
        raise ValueError("not a child of a multi-instance of user tasks")
    return loop


def _children(loop: Task) -> list[Task]:
    return [each for each in loop.children if each.task_spec.name == loop.task_spec.task_spec]


def _item(child: Task) -> Any:
    return child.data.get(child.parent.task_spec.input_item.bpmn_id)


def _waiting(loop: Task) -> list[Any]:
    """Items of a sequence that have not come up yet."""
    return [loop.internal_data["items"][index] for index in loop.internal_data.get("remaining", [])]
