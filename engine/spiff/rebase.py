"""Puts a case that is under way onto another version of its diagram, where that is possible.

Finished and live tasks keep their ids and data and are taken by name for those of the new version; what the new version no
longer has stays as a finished `Former`; what lies ahead is foreseen anew. A case is not carried when a live element is
missing or has become something else, when its tokens would get stuck or double in the new flows, or when an element
marked 硬约束 lies on the way it has come and was not passed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin, BoundaryEventSplit, _EndJoin
from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.spiff import codec
from engine.spiff.former import Former, former_of
from engine.spiff.hard import undone_between, undone_of
from engine.spiff.net import Marking, Net, Stuck, Unclear
from engine.spiff.parser import ParsedProcess
from engine.spiff.splits import arm_split, stand_behind_split
from engine.spiff.tasks import REPEAT, REPEATED

LIVE = TaskState.WAITING | TaskState.READY | TaskState.STARTED
AHEAD = TaskState.MAYBE | TaskState.LIKELY | TaskState.FUTURE


class NotCarried(Exception):
    """The case cannot go on under the other version; `reasons` are parts of sentences for people."""

    def __init__(self, reasons: Iterable[str]):
        self.reasons = tuple(dict.fromkeys(reasons))
        super().__init__("；".join(self.reasons))


def rebased(state: bytes, old: ParsedProcess, new: ParsedProcess) -> bytes:
    """The state of a case as it is under `new`. Raises NotCarried; `arm` must follow once it is loaded."""
    workflow = codec.load(state, old)
    move = _Move(workflow, new)
    move.plan()
    if move.reasons:
        raise NotCarried(move.reasons)
    move.carry_out()
    return codec.dump(workflow)


@dataclass
class _Part:
    """The top of a case, or one sub-process or call, and the spec it gets."""

    workflow: Any
    spec: Any
    taken: dict[Any, Any] = field(default_factory=dict)
    """Task id → the spec it gets."""
    dropped: list[Any] = field(default_factory=list)
    """Waiting boundary events, and their hidden joins, that are no longer drawn."""


class _Move:
    def __init__(self, workflow: BpmnWorkflow, new: ParsedProcess):
        self.workflow, self.new = workflow, new
        self.reasons: list[str] = []
        self.parts: list[_Part] = []
        self.left_behind: list[Any] = []
        """Ended sub-processes of elements that are no longer drawn, by the id of their task."""

    def plan(self) -> None:
        """Find out what every task becomes, and all that speaks against it."""
        queue = [_Part(self.workflow, self.new.spec)]
        while queue:
            part = queue.pop(0)
            self.parts.append(part)
            self._take(part)
            for key, inner in self.workflow.subprocesses.items():
                if key not in part.workflow.tasks:
                    continue
                spec = part.taken.get(key)
                if isinstance(spec, SubWorkflowTask):
                    queue.append(_Part(inner, self.new.subprocesses[spec.spec]))
                else:
                    self.left_behind += [key, *self._inside(inner)]
        if not self.reasons:
            for part in self.parts:
                self._look_ahead(part)
                self._look_back(part)

    def _inside(self, part: Any) -> Iterator[Any]:
        for key, inner in self.workflow.subprocesses.items():
            if key in part.tasks:
                yield key
                yield from self._inside(inner)

    def _take(self, part: _Part) -> None:
        for task in part.workflow.tasks.values():
            if task.has_state(AHEAD):
                continue
            spec, old = part.spec.task_specs.get(task.task_spec.name), task.task_spec
            why = _differs(old, spec, task.has_state(LIVE))
            if not task.has_state(LIVE):
                part.taken[task.id] = former_of(old) if why or spec is None else spec
            elif not why and not _repeats_no_more(task, spec):
                part.taken[task.id] = spec
            elif isinstance(old, (BoundaryEvent, BoundaryEventJoin)):
                part.dropped.append(task.id)
            else:
                self.reasons.append(f"案卷正停在“{_label(task)}”，{why}")

    def _look_ahead(self, part: _Part) -> None:
        marking = self._marking(part)
        if marking is None or not marking:
            return
        places = {each.partition("<")[0] for each in marking}
        if Net(part.workflow.spec).shape(places) == Net(part.spec).shape(places):
            return
        found = _trouble(part.spec, marking)
        if found:
            self.reasons.append(found)

    def _marking(self, part: _Part) -> Marking | None:
        """Where the tokens of a part stand in the new flows; None when one has come by a flow that is no longer drawn."""
        net, found = Net(part.spec), set[str]()
        for task in part.workflow.tasks.values():
            spec = part.taken.get(task.id)
            if not task.has_state(LIVE) or spec is None or no_token(task):
                continue
            if not net.joins(spec.name):
                found.add(spec.name)
                continue
            for arrival in _arrivals(part.workflow, task):
                source = part.taken[arrival.parent.id].name
                if source not in net.sources(spec.name):
                    self.reasons.append(
                        f"案卷在“{_label(task)}”等其他分支，已经到达的一支在新版本里不是从原处来的"
                    )
                    return None
                found.add(f"{spec.name}<{source}")
        return frozenset(found)

    def _look_back(self, part: _Part) -> None:
        """No element marked 硬约束 may lie behind the case that it has not passed."""
        tasks = part.workflow.tasks.values()
        passed = {
            part.taken[t.id].name for t in tasks if t.has_state(TaskState.COMPLETED) and t.id in part.taken
        }
        undone = undone_of(part.spec, self.new.subprocesses, passed)
        if not undone:
            return
        net, missed = Net(part.spec), set[str]()
        for task in tasks:
            spec = part.taken.get(task.id)
            if not task.has_state(LIVE | TaskState.COMPLETED) or spec is None or _behind_nobody(task, spec):
                continue
            before = task.parent
            while before is not None and isinstance(part.taken.get(before.id), Former):
                before = before.parent
            if before is not None:
                missed |= undone_between(net, part.taken[before.id].name, spec.name, undone)
            if task.has_state(LIVE) and not no_token(task):
                missed |= undone_between(net, "", spec.name, undone)
        for name in sorted(missed):
            drawn = part.spec.task_specs[name]
            label = name_of(drawn, part.spec)
            self.reasons.append(f"新版本的硬约束环节“{label}”在案卷已经走过的路上，案卷没有经过它")

    # ---- doing it

    def carry_out(self) -> None:
        """Change the tree; nothing can go wrong any more."""
        for key in self.left_behind:
            self.workflow.subprocesses.pop(key, None)
        for part in self.parts:
            self._cut(part)
            formers: dict[str, Former] = {}
            for key, spec in part.taken.items():
                # Arrivals at one join must share the same object.
                part.workflow.tasks[key].task_spec = (
                    formers.setdefault(spec.name, spec) if isinstance(spec, Former) else spec
                )
            part.workflow.spec = part.spec
        self.workflow.subprocess_specs = dict(self.new.subprocesses)
        for part in self.parts:
            for task in list(part.workflow.tasks.values()):
                if task.has_state(LIVE):
                    stand_behind_split(task)
            for task in list(part.workflow.tasks.values()):
                if task.has_state(LIVE):
                    task.task_spec._predict(task, mask=TaskState.NOT_FINISHED_MASK)

    def _cut(self, part: _Part) -> None:
        """Take out what was only foreseen, and waiting boundary events that are no longer drawn."""
        tasks = part.workflow.tasks
        gone = {key for key, task in tasks.items() if task.has_state(AHEAD)} | set(part.dropped)
        for key in gone:
            task = tasks.pop(key)
            self.workflow.event_manager.remove_task(task)
        for task in tasks.values():
            task._children = [each for each in task._children if each not in gone]


def _differs(old: Any, new: Any, live: bool) -> str:
    """Why a task cannot be taken for that of the new version, as part of a sentence; empty when it can."""
    if new is None:
        return "新版本里没有这个环节"
    if type(new) is not type(old):
        return "新版本把它换成了另一种环节"
    events = [type(getattr(each, "event_definition", None)) for each in (old, new)]
    if events[0] is not events[1]:
        return "新版本把它换成了另一种事件"
    if isinstance(old, SubWorkflowTask) and old.spec != new.spec:
        return "新版本改为调用另一个流程"
    if live and isinstance(old, BoundaryEvent) and old.cancel_activity != new.cancel_activity:
        return "新版本改变了它是否中断"
    if live and isinstance(old, LoopTask) and old.input_item.bpmn_id != new.input_item.bpmn_id:
        return "新版本换了分别办理的变量名"
    return ""


def _repeats_no_more(task: Task, new: Any) -> bool:
    """A timer that waits for its next time, which the new version no longer gives."""
    properties = (getattr(new, "extensions", None) or {}).get("properties", {})
    return bool(task.internal_data.get(REPEATED)) and not properties.get(REPEAT, "").strip()


def no_token(task: Task) -> bool:
    """What waits beside a token, or stands for it inside: boundary events, children of a round, hidden ends."""
    spec = task.task_spec
    return isinstance(spec, (BoundaryEvent, BoundaryEventJoin, _EndJoin)) or spec.name.endswith("[child]")


def _behind_nobody(task: Task, spec: Any) -> bool:
    return isinstance(spec, (Former, BoundaryEventJoin)) or spec.name.endswith("[child]")


def _arrivals(part: Any, join: Task) -> list[Task]:
    """The tokens a waiting join has, as the library counts them."""
    return [
        each
        for each in part.tasks.values()
        if each.task_spec is join.task_spec
        and each.parent.has_state(TaskState.COMPLETED)
        and not join.is_descendant_of(each)
    ]


@lru_cache(maxsize=1024)
def _trouble(spec: Any, marking: Marking) -> str:
    """Why a case that stands like this could not come to its end; the same for all cases that stand so."""
    try:
        Net(spec).require_sound(marking)
    except Stuck as error:
        label = name_of(spec.task_specs[error.element], spec)
        if error.double:
            return f"按新版本走，“{label}”会办两次，并行的分支有了变化"
        return f"按新版本走，会停在“{label}”等一支不会来的分支"
    except Unclear:
        return "新版本的走法太多，不能确认案卷走得到底"
    return ""


def _label(task: Task) -> str:
    return name_of(task.task_spec, task.workflow.spec)


def name_of(spec: Any, of: Any) -> str:
    """How people know an element of a parsed process `of`."""
    drawn = of.task_specs.get(getattr(spec, "task_spec", None), spec)
    return str(getattr(drawn, "bpmn_name", None) or getattr(spec, "bpmn_id", None) or spec.name)


def arm(workflow: BpmnWorkflow) -> None:
    """Let boundary events that have come new to elements under way begin to wait, and compute all timers again."""
    for part in (workflow, *workflow.subprocesses.values()):
        for split in list(part.tasks.values()):
            if not isinstance(split.task_spec, BoundaryEventSplit) or split.state != TaskState.COMPLETED:
                continue
            if not any(
                each.has_state(LIVE) and not isinstance(each.task_spec, BoundaryEvent)
                for each in split.children
            ):
                continue
            arm_split(split)
    for task in list(workflow.event_manager.tasks.values()):
        if any(isinstance(each, TimerEventDefinition) for each in _definitions(task.task_spec)):
            task.internal_data.pop("event_value", None)
            task.task_spec._update(task)


def _definitions(spec: Any) -> list[Any]:
    definition = getattr(spec, "event_definition", None)
    return list(getattr(definition, "event_definitions", [definition] if definition is not None else []))


__all__ = ["LIVE", "NotCarried", "arm", "name_of", "no_token", "rebased"]
