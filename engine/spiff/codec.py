"""Turns a live workflow into compact bytes without its spec, and back onto a parsed spec.

Format 1: one byte `\\x01`, then zstandard-compressed JSON. A task is stored with only the top-level keys that differ from
its parent's data; the first task of a sub-process differs from the data of the task that started it. User data is never
interpreted: any key and any JSON value survives, whatever its name.
"""

from typing import Any
from uuid import UUID

import orjson
import zstandard
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.errors import EngineError
from engine.spiff.former import Former, read_former
from engine.spiff.parser import ParsedProcess
from engine.spiff.values import changes

FORMAT = b"\x01"


class UnreadableState(EngineError):
    """A stored state has an unknown format or does not fit the version of its diagram."""


def dump(workflow: BpmnWorkflow) -> bytes:
    """The state of a workflow as bytes; deterministic for equal states."""
    document = _workflow_row(workflow, {})
    document["subprocesses"] = {
        str(task_id): {
            **_workflow_row(child, workflow.get_task_from_id(task_id).data),
            "spec": child.spec.name,
            "parent": str(task_id),
        }
        for task_id, child in workflow.subprocesses.items()
    }
    return FORMAT + zstandard.ZstdCompressor(level=3, write_checksum=True).compress(orjson.dumps(document))


def _workflow_row(workflow: Any, outer: dict[str, Any]) -> dict[str, Any]:
    return {
        "last": str(workflow.last_task.id) if workflow.last_task is not None else None,
        "success": workflow.success,
        "completed": workflow.completed,
        "root": str(workflow.task_tree.id),
        "tasks": [_task_row(task, outer) for task in workflow.tasks.values()],
    }


def _task_row(task: Task, outer: dict[str, Any]) -> list[Any]:
    before = outer if task.parent is None else task.parent.data
    # Tasks only foreseen have no data yet, which is said shorter than by listing all that they lack.
    removed = sorted(key for key in before if key not in task.data) if task.data else None
    return [
        task.id.hex,
        task._parent.hex if task._parent else None,
        [child.hex for child in task._children],
        task._state,
        task.task_spec.name,
        task.last_state_change,
        task.triggered,
        task.internal_data,
        changes(before, task.data),
        removed,
    ]


def load(data: bytes, process: ParsedProcess) -> BpmnWorkflow:
    """Rebuild a workflow on the parsed spec of its version. Raises UnreadableState."""
    if data[:1] != FORMAT:
        raise UnreadableState("案卷状态的存储格式无法识别，请联系系统管理员。")
    try:
        document = orjson.loads(zstandard.decompress(data[1:]))
    except (zstandard.ZstdError, orjson.JSONDecodeError) as error:
        raise UnreadableState("案卷状态的存储已经损坏，请联系系统管理员从备份恢复。") from error
    workflow = BpmnWorkflow(process.spec, dict(process.subprocesses), deserializing=True)
    _restore(workflow, document, {})
    pending = document["subprocesses"]
    # A sub-process can only be hung under a task that exists already: outer ones first.
    queue: list[Any] = [workflow]
    while queue:
        outer = queue.pop(0)
        for task in list(outer.tasks.values()):
            row = pending.get(str(task.id))
            if row is None or not isinstance(task.task_spec, SubWorkflowTask):
                continue
            child = BpmnSubWorkflow(
                process.subprocesses[row["spec"]],
                parent_task_id=task.id,
                top_workflow=workflow,
                deserializing=True,
            )
            workflow.subprocesses[task.id] = child
            _restore(child, row, task.data)
            child.completed_event.connect(task.task_spec._on_subworkflow_completed, task)
            queue.append(child)
    return workflow


def same(one: bytes, other: bytes) -> bool:
    """Whether two stored states say the same; the order of what was noted beside a task means nothing."""
    if one == other:
        return True
    first, second = (orjson.loads(zstandard.decompress(each[1:])) for each in (one, other))
    return bool(first == second)


def _restore(workflow: Any, document: dict[str, Any], outer: dict[str, Any]) -> None:
    workflow.tasks = {}
    deltas = {}
    formers: dict[str, Former | None] = {}
    for row in document["tasks"]:
        key, parent, children, state, name, changed_at, triggered, internal, changed, removed = row
        task_spec = workflow.spec.task_specs.get(name)
        if task_spec is None:
            # Arrivals at one join must find the same object.
            task_spec = formers.setdefault(name, read_former(name))
        if task_spec is None:
            raise UnreadableState(f"案卷停在环节“{name}”，而它的流程版本里没有这个环节。请联系系统管理员。")
        task = Task(workflow, task_spec, state=state, id=UUID(key))
        task._parent = UUID(parent) if parent else None
        task._children = [UUID(child) for child in children]
        task.last_state_change, task.triggered, task.internal_data = changed_at, triggered, internal
        deltas[task.id] = (changed, removed)
    workflow.task_tree = workflow.tasks[UUID(document["root"])]
    stack = [workflow.task_tree]
    while stack:
        task = stack.pop()
        changed, removed = deltas[task.id]
        data = {} if removed is None else dict(outer if task.parent is None else task.parent.data)
        for key in removed or ():
            data.pop(key, None)
        data.update(changed)
        task.data = data
        stack.extend(task.children)
        if isinstance(task.task_spec, CatchingEvent) and task.has_state(TaskState.WAITING):
            workflow.top_workflow.event_manager.add_task(task)
    workflow.success, workflow.completed = document["success"], document["completed"]
    workflow.last_task = workflow.tasks.get(UUID(document["last"])) if document["last"] else None
