"""The hidden task before an element with boundary events, on which these hang beside it."""

from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState


def entrance(spec: Any, of: Any) -> Any:
    """What a token that comes to an element meets first: the split before it, or the element itself."""
    return of.task_specs.get(f"{spec.name}.BoundaryEventSplit", spec)


def stand_behind_split(task: Task) -> None:
    """Put the split before a task that was begun when its element had no boundary event yet."""
    spec, parent = entrance(task.task_spec, task.workflow.spec), task.parent
    if spec is task.task_spec or parent is None or parent.task_spec is spec:
        return
    split = Task(task.workflow, spec, state=TaskState.COMPLETED)
    split._parent, split._children = parent.id, [task.id]
    split.data, split.last_state_change = dict(parent.data), task.last_state_change
    parent._children[parent._children.index(task.id)] = split.id
    task._parent = split.id


def arm_split(split: Task) -> None:
    """Let the boundary events begin to wait that have not yet done so."""
    known = {child.task_spec.name for child in split.children}
    for spec in split.task_spec.outputs:
        if isinstance(spec, BoundaryEvent) and spec.name not in known:
            event = split._add_child(spec, TaskState.FUTURE)
            spec._predict(event, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
            event._set_state(TaskState.WAITING)
            spec._update(event)
