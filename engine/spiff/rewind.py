"""Going back to a finished user task: what that takes back, and doing it.

The tree of a workflow keeps every finished task with its data, so going back means cutting off everything that came
after a task and letting the engine go on from there. What came after is more than the branch below it: a join went on
with what the branch had brought, a sub-process ended, and what followed those is cut off too. What other branches have
done stays. Nothing can be skipped this way, since every element after the target is passed again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit, _EndJoin
from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent, ParallelGateway
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.spiff.former import Former
from engine.spiff.splits import arm_split, entrance, stand_behind_split


@dataclass
class Rewind:
    """A plan: `removed` are all tasks taken back, by id; the rest says where the tree is mended."""

    removed: set[Any] = field(default_factory=set)
    renewed: list[Task] = field(default_factory=list)
    """Tasks made anew: the target with its timers, and joins that had gone on."""
    reopened: list[Task] = field(default_factory=list)
    """Sub-processes that had ended and the multi-instance whose round had; inner ones first."""
    withdrawn: Task | None = None
    """The one child of a multi-instance that is done again, while the others keep what they did."""

    def takes_back(self, task: Task) -> bool:
        return task.id in self.removed


class Impossible(Exception):
    """There is no way back to this task from where the case is."""


def plan(workflow: BpmnWorkflow, target: Task, alone: bool = False) -> Rewind:
    """What going back to `target` takes back; `alone`: of a multi-instance only this child, not the whole round.

    Raises Impossible when the part of the procedure it lies in was broken off, or was called and has ended.
    """
    found = Rewind()
    loop = target.parent
    if alone and isinstance(loop.task_spec, LoopTask) and _is_child(target):
        found.withdrawn = target
        _remove(workflow, target, found)
        for later in loop.children:
            # In a sequence the next one was asked only because this one was done.
            if (
                _is_child(later)
                and int(later.internal_data["key_or_index"]) > int(target.internal_data["key_or_index"])
                and _sequential(loop)
            ):
                _remove(workflow, later, found)
        if loop.has_state(TaskState.FINISHED_MASK):
            _reopen(workflow, loop, found)
    else:
        anchor = _anchor(target)
        _remove(workflow, anchor, found)
        found.renewed.append(anchor)
    _follow(workflow, target.workflow, found)
    return found


def _is_child(task: Task) -> bool:
    return str(task.task_spec.name).endswith("[child]")


def _sequential(loop: Task) -> bool:
    return "remaining" in loop.internal_data


def _anchor(task: Task) -> Task:
    """Where to begin anew: with a multi-instance its whole round, with boundary events these too."""
    while _is_child(task) and isinstance(task.parent.task_spec, LoopTask):
        task = task.parent
    if isinstance(task.parent.task_spec, BoundaryEventSplit):
        task = task.parent
    return task


def _below(task: Task) -> Iterator[Task]:
    for child in task.children:
        yield child
        yield from _below(child)


def _remove(workflow: BpmnWorkflow, task: Task, found: Rewind, keep: bool = False) -> None:
    """Mark a task (unless to be kept) and all below it, with the sub-processes that hang on them."""
    for each in (*([] if keep else [task]), *_below(task)):
        found.removed.add(each.id)
        inner = workflow.subprocesses.get(each.id)
        if inner is not None:
            _remove(workflow, inner.task_tree, found)


def _follow(workflow: BpmnWorkflow, part: Any, found: Rewind) -> None:
    """Take back what went on from joins of this part, then from its end into the part around it."""
    changed = True
    while changed:
        changed = False
        for task in list(part.tasks.values()):
            if task.id in found.removed or not isinstance(task.task_spec, UnstructuredJoin):
                continue
            if not task.has_state(TaskState.COMPLETED | TaskState.READY):
                continue
            if any(other.id in found.removed for other in _arrivals(part, task)):
                _remove(workflow, task, found)
                found.renewed.append(task)
                changed = True
    _require_joinable(part, found)
    if part.parent_task_id is None:
        return
    around = workflow.get_task_from_id(part.parent_task_id)
    if around.id in found.removed or around.state == TaskState.STARTED:
        return
    if around.state != TaskState.COMPLETED:
        raise Impossible("这一步所在的阶段已经中断，不能再回到其中")
    if _is_child(around) or type(around.task_spec).__name__ == "MappedCallActivity":
        raise Impossible("这一步所在的子流程已经办完，不能再回到其中")
    _reopen(workflow, around, found)
    _follow(workflow, around.workflow, found)


def _require_joinable(part: Any, found: Rewind) -> None:
    """A join passed under another version can wait again only for branches still drawn, and for all of them."""
    taken_back = found.removed - {each.id for each in found.renewed}
    for join in part.tasks.values():
        spec = join.task_spec
        former = isinstance(spec, Former) and spec.joined
        if not former and (not isinstance(spec, UnstructuredJoin) or isinstance(spec, _EndJoin)):
            continue
        if not join.has_state(TaskState.COMPLETED | TaskState.READY):
            continue
        arrivals = [join, *_arrivals(part, join)]
        if not any(each.id in found.removed for each in arrivals) or all(
            each.id in taken_back for each in arrivals
        ):
            continue
        came, drawn = {each.parent.task_spec for each in arrivals}, set(spec.inputs)
        if former or not came <= drawn or (isinstance(spec, ParallelGateway) and came != drawn):
            raise Impossible("这一步以后的分支是按以前的版本汇合的，不能再回到其中")


def _arrivals(part: Any, join: Task) -> Iterator[Task]:
    """The tokens a join that has gone on was waiting for, apart from the last."""
    for other in part.tasks.values():
        if (
            other is not join
            and other.task_spec is join.task_spec
            and not other.is_descendant_of(join)
            and not join.is_descendant_of(other)
        ):
            yield other


def _reopen(workflow: BpmnWorkflow, task: Task, found: Rewind) -> None:
    found.reopened.append(task)
    for child in task.children:
        if not _is_child(child):
            _remove(workflow, child, found)
    split = task.parent
    if isinstance(split.task_spec, BoundaryEventSplit):
        for sibling in split.children:
            if isinstance(sibling.task_spec, BoundaryEvent):
                _remove(workflow, sibling, found)


def carry_out(workflow: BpmnWorkflow, rewind: Rewind) -> None:
    """Cut off what is taken back and put the tree in order; the caller lets the workflow advance afterwards."""
    parents = [
        (
            task.parent,
            entrance(task.task_spec, task.workflow.spec),
            task.parent.children.index(task),
        )
        for task in rewind.renewed
    ]
    again = _again(rewind.withdrawn) if rewind.withdrawn else None
    _cut(workflow, rewind)
    for task in rewind.reopened:
        _open_again(workflow, task)
    if again is not None:
        loop, index = again
        _ask_again(loop, index)
    # The target comes first: a join must not find it still done when it looks at what has arrived.
    for parent, spec, position in parents:
        child = parent._add_child(spec, TaskState.FUTURE)
        parent._children.remove(child.id)
        parent._children.insert(min(position, len(parent._children)), child.id)
        spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
        spec._update(child)


def let_lapse(workflow: BpmnWorkflow) -> Task | None:
    """After `carry_out`: an interrupting timer that is due the moment it begins to wait, so that nobody could do the target.

    Only timers are evaluated, no flow goes on; the workflow is of no use afterwards.
    """
    while splits := [each for each in _standing(workflow) if isinstance(each.task_spec, BoundaryEventSplit)]:
        for split in splits:
            split.run()
    return next(
        (
            each
            for each in _standing(workflow)
            if isinstance(each.task_spec, BoundaryEvent)
            and each.task_spec.cancel_activity
            and each.internal_data.get("event_value")
        ),
        None,
    )


def _standing(workflow: BpmnWorkflow) -> list[Task]:
    parts = (workflow, *workflow.subprocesses.values())
    return [task for part in parts for task in part.tasks.values() if task.state == TaskState.READY]


def _cut(workflow: BpmnWorkflow, rewind: Rewind) -> None:
    for part in (workflow, *workflow.subprocesses.values()):
        for key in rewind.removed & set(part.tasks):
            task = part.tasks.pop(key)
            workflow.event_manager.remove_task(task)
            if task._parent in part.tasks:
                siblings = part.tasks[task._parent]._children
                if key in siblings:
                    siblings.remove(key)
        if part.last_task is not None and part.last_task.id not in part.tasks:
            part.last_task = None
    for key in [key for key in workflow.subprocesses if key in rewind.removed]:
        del workflow.subprocesses[key]


def _open_again(workflow: BpmnWorkflow, task: Task) -> None:
    """A sub-process or a round of a multi-instance that had ended is under way again, and so are its boundary events."""
    task._set_state(TaskState.STARTED)
    stand_behind_split(task)
    if isinstance(task.task_spec, SubWorkflowTask):
        task.data = dict(task.parent.data)
        inner = workflow.subprocesses[task.id]
        inner.completed, inner.success = False, True
    task.task_spec._predict_hook(task)
    for child in task.children:
        if child.has_state(TaskState.FUTURE | TaskState.PREDICTED_MASK):
            child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
    split = task.parent
    if isinstance(split.task_spec, BoundaryEventSplit):
        arm_split(split)


def _again(child: Task) -> tuple[Task, int]:
    return child.parent, int(child.internal_data["key_or_index"])


def _ask_again(loop: Task, index: int) -> None:
    """Ask one child of a multi-instance once more; its earlier outcome no longer counts."""
    spec = loop.task_spec
    present = {str(child.id) for child in loop.children}
    loop.internal_data["merged"] = [each for each in loop.internal_data["merged"] if each in present]
    results = dict(loop.data.get(spec.results_name(), {}))
    results.pop(str(index), None)
    loop.data = {**loop.data, spec.results_name(): results}
    item_name = spec.input_item.bpmn_id
    if item_name in loop.data:
        loop.internal_data["hidden"] = loop.data[item_name]
        loop.data = {key: value for key, value in loop.data.items() if key != item_name}
    items = spec.data_input.get(loop)
    loop.internal_data["items"] = items
    if _sequential(loop):
        loop.internal_data["remaining"] = list(range(index + 1, len(items)))
    spec.create_child(loop, items[index], index)


def user_tasks_before(workflow: BpmnWorkflow, task: Task) -> list[Task]:
    """Finished user tasks of this task's part of the procedure and of the parts around it, latest first."""
    found = []
    for part in _parts_around(workflow, task):
        found += [
            each
            for each in part.tasks.values()
            if each.state == TaskState.COMPLETED and each.task_spec.manual and each.task_spec.bpmn_id
        ]
        for inner in _ended_inside(workflow, part):
            found += [
                each
                for each in inner.tasks.values()
                if each.state == TaskState.COMPLETED and each.task_spec.manual
            ]
    return sorted(found, key=lambda each: each.last_state_change, reverse=True)


def _parts_around(workflow: BpmnWorkflow, task: Task) -> Iterator[Any]:
    part = task.workflow
    yield part
    while part.parent_task_id is not None:
        part = workflow.get_task_from_id(part.parent_task_id).workflow
        yield part


def _ended_inside(workflow: BpmnWorkflow, part: Any) -> Iterator[Any]:
    """Embedded sub-processes of this part that have ended and are no multi-instance: one can go back into them."""
    for key, inner in workflow.subprocesses.items():
        around = part.tasks.get(key)
        if (
            around is not None
            and around.state == TaskState.COMPLETED
            and not _is_child(around)
            and type(around.task_spec).__name__ != "MappedCallActivity"
        ):
            yield inner


def came_before(workflow: BpmnWorkflow, task: Task) -> set[Any]:
    """The ids of all tasks that had to be finished for this one to begin."""
    found: set[Any] = set()
    waiting = [task]
    while waiting:
        current = waiting.pop()
        parent = current.parent
        around = [parent] if parent is not None else []
        if parent is None and current.workflow.parent_task_id is not None:
            around = [workflow.get_task_from_id(current.workflow.parent_task_id)]
        if isinstance(current.task_spec, UnstructuredJoin) and current.has_state(TaskState.COMPLETED):
            around += list(_arrivals(current.workflow, current))
        inner = workflow.subprocesses.get(current.id) if current is not task else None
        if inner is not None and inner.completed:
            around += [each for each in inner.tasks.values() if each.state == TaskState.COMPLETED]
        if isinstance(current.task_spec, LoopTask) and current.state == TaskState.COMPLETED:
            around += [child for child in current.children if _is_child(child)]
        for each in around:
            if each.id not in found:
                found.add(each.id)
                waiting.append(each)
    return found
