"""One live process instance: start it, complete its tasks, let it catch messages and time, see what it waits for."""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent, EventBasedGateway, StartEvent
from SpiffWorkflow.bpmn.specs.event_definitions.simple import NoneEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.bpmn.util import BpmnEvent
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.clock import parse_moment
from engine.errors import Conflict, ElementFailed, Refused
from engine.spiff import codec, moving, rebase, rewind, rounds
from engine.spiff.former import Former
from engine.spiff.located import errors_located
from engine.spiff.parser import ParsedProcess
from engine.spiff.script_engine import ScriptEngine, process_of, scope_of
from engine.spiff.tasks import CUT_SHORT, DECIDED, PUT_OFF, DueDate, Message, lineage
from engine.spiff.values import changes
from engine.spiff.views import NEVER, Movable, OpenTask, Passed, StepBack, Surroundings, Timer, WaitingMessage

MAX_DEPTH = 800
"""The library silently stops looking for tasks below depth 1000: a case that loops so often must be stopped before."""


class LiveInstance:
    """Wraps one SpiffWorkflow workflow; throw it away after any exception."""

    def __init__(self, workflow: BpmnWorkflow, surroundings: Surroundings):
        self._workflow = workflow
        self._workflow.script_engine = ScriptEngine(surroundings)
        self._seen = {task.id for task in self._tasks(TaskState.COMPLETED)}

    @classmethod
    def start(
        cls,
        process: ParsedProcess,
        surroundings: Surroundings,
        data: Mapping[str, Any],
        message: str | None = None,
    ) -> "LiveInstance":
        """Begin a new instance at its none start event, or at the start event of `message`."""
        with errors_located():
            self = cls(BpmnWorkflow(process.spec, dict(process.subprocesses)), surroundings)
            self._start(data, message)
            self._advance()
        return self

    @classmethod
    def load(cls, state: bytes, process: ParsedProcess, surroundings: Surroundings) -> "LiveInstance":
        return cls(codec.load(state, process), surroundings)

    @classmethod
    def carry(
        cls,
        state: bytes,
        old: ParsedProcess,
        new: ParsedProcess,
        surroundings: Surroundings,
        onward: bool = True,
    ) -> "LiveInstance":
        """The instance as it goes on under another version. Raises `rebase.NotCarried`.

        Timers of the new version whose moment has passed fire, unless `onward` is false; then `due_now` tells them.
        """
        with errors_located():
            self = cls.load(rebase.rebased(state, old, new), new, surroundings)
            rebase.arm(self._workflow)
            if onward:
                self._advance()
        return self

    def due_now(self) -> list[str]:
        """Names of what would go on by itself at the next step."""
        ready = [task.task_spec for task in self._tasks(TaskState.READY) if not task.task_spec.manual]
        return [spec.bpmn_name or spec.bpmn_id for spec in ready if getattr(spec, "bpmn_id", None)]

    def dump(self) -> bytes:
        return codec.dump(self._workflow)

    # ---- what happens to it

    def _start(self, data: Mapping[str, Any], message: str | None) -> None:
        # The library always prefers the none start; so run up to the start events, then only the wanted one, then the
        # join behind it, which cancels the others.
        workflow = self._workflow
        workflow.task_tree.data.update({} if message else dict(data))
        while not (starts := [t for t in workflow.tasks.values() if _may_start(t)]):
            next(t for t in workflow.tasks.values() if t.state == TaskState.READY).run()
        for start in starts:
            definition = start.task_spec.event_definition
            if message is None and isinstance(definition, NoneEventDefinition):
                break
            if isinstance(definition, Message) and definition.name == message:
                start.task_spec.catch(start, BpmnEvent(definition, dict(data)))
                start.task_spec._update(start)
                break
        else:
            raise Refused("这个流程没有这样的开始事件，不能这样发起。")
        start.run()
        for task in list(workflow.tasks.values()):
            if task.task_spec.name == "StartEventJoin" and task.parent is start:
                task.task_spec._update(task)
                if task.state == TaskState.READY:
                    task.run()

    def complete(self, task_id: str, form: Mapping[str, Any]) -> None:
        """Complete an open user task with its form; Conflict when it is not open any more."""
        task = self._find(task_id)
        if task is None or task.state != TaskState.READY or not task.task_spec.manual:
            raise Conflict("这项任务已经办理完毕或已经撤销，不能再次提交。")
        with errors_located():
            task.data.update(form)
            task.internal_data["form"] = dict(form)
            task.run()
            self._advance()

    def catch(self, task_id: str, name: str, payload: Mapping[str, Any]) -> None:
        """Deliver a message to exactly one waiting event, or event gateway that waits for several."""
        task = self._find(task_id)
        if task is None or task.state != TaskState.WAITING:
            raise Conflict("这个案卷已经不在等待这条消息了。")
        spec = task.task_spec
        definition = next((d for d in _definitions(spec) if isinstance(d, Message) and d.name == name), None)
        if definition is None:
            raise Conflict("这个案卷已经不在等待这条消息了。")
        with errors_located():
            spec.catch(task, BpmnEvent(definition, dict(payload)))
            spec._update(task)
            self._advance()

    def fire_timers(self) -> None:
        """Let every timer that is due by now fire, and go on."""
        with errors_located():
            self._workflow.refresh_timers()
            self._advance()

    def recompute_timers(self) -> None:
        """Evaluate every waiting timer again (a date it depends on, or the calendar, has changed)."""
        with errors_located():
            for task in list(self._workflow.event_manager.tasks.values()):
                if any(isinstance(d, TimerEventDefinition) for d in _definitions(task.task_spec)):
                    task.internal_data.pop("event_value", None)
                    task.task_spec._update(task)
            self._advance()

    def put_off(self, events: Collection[tuple[str, str]], days: int) -> None:
        """Let the waiting timers of these events (process, element) fall due so many working days later.

        Computed again they stay put off. None fires by this.
        """
        engine = self._workflow.script_engine
        for task in self._workflow.event_manager.tasks.values():
            if (process_of(task), task.task_spec.bpmn_id) not in events:
                continue
            value = task.internal_data.get("event_value")
            if isinstance(value, str):
                task.internal_data[PUT_OFF] = task.internal_data.get(PUT_OFF, 0) + days
                task.internal_data["event_value"] = engine.put_off(value, days) if value else value

    def cancel(self) -> None:
        """End the instance without completing it."""
        self._workflow.cancel()

    def round_of(self, task_id: str) -> "rounds.Round | None":
        """The multi-instance round an open user task is a child of."""
        task = self._find(task_id)
        return None if task is None else rounds.round_of(task)

    def add_to_round(self, task_id: str, item: Any) -> dict[str, Any]:
        """Let the round of an open task have one more child, for `item`; returns the variables of the case that change."""
        return self._change_round(task_id, lambda task: rounds.add(task, item))

    def take_off_round(self, task_id: str) -> dict[str, Any]:
        """Take an open task off its round; returns the variables of the case that change."""
        return self._change_round(task_id, rounds.remove)

    def _change_round(self, task_id: str, change: Callable[[Task], dict[str, Any]]) -> dict[str, Any]:
        task = self._present(task_id)
        with errors_located():
            changed = change(task)
            self._advance()
        return {} if self._is_inner(task.parent) else changed

    def person_before(self, task_id: str) -> str | None:
        """The user task passed last on the way to an open one."""
        found = rounds.person_before(self._around(self._present(task_id)))
        return None if found is None else found.id.hex

    def _present(self, task_id: str, state: int = TaskState.READY) -> Task:
        task = self._find(task_id)
        if task is None or task.state != state:
            raise Conflict("这项任务已经办理完毕或已经撤销。")
        return task

    def steps_back(self, task_id: str) -> list["StepBack"]:
        """The finished user tasks an open task can be returned to, latest first, each with what that takes back.

        An element passed several times is listed once, with its last time.
        """
        here = self._find(task_id)
        if here is None:
            return []
        found: dict[tuple[str, str], StepBack] = {}
        for task in rewind.user_tasks_before(self._workflow, here):
            mark = (process_of(task), task.task_spec.bpmn_id)
            if mark in found or mark == (process_of(here), here.task_spec.bpmn_id):
                continue
            step = self.step_back(task.id.hex)
            if step is not None and task_id in step.takes_back:
                found[mark] = step
        return list(found.values())

    def step_back(self, task_id: str, alone: bool = False) -> "StepBack | None":
        """What doing a finished user task again takes back; None when there is no way back to it.

        `alone`: of a multi-instance only this child and not the whole round.
        """
        task = self._find(task_id)
        if task is None or task.state != TaskState.COMPLETED or not task.task_spec.manual:
            return None
        try:
            planned = rewind.plan(self._workflow, task, alone)
        except rewind.Impossible:
            return None
        taken = frozenset(key.hex for key in planned.removed)
        scopes = frozenset(key.hex for key in planned.removed if key in self._workflow.subprocesses)
        spec = task.task_spec
        before = frozenset(key.hex for key in rewind.came_before(self._workflow, task))
        return StepBack(
            task_id, process_of(task), spec.bpmn_id, spec.bpmn_name or spec.bpmn_id, taken, scopes, before
        )

    def go_back(self, task_id: str, alone: bool = False) -> None:
        """Take back everything after a finished user task and the task itself, and wait there again."""
        task = self._find(task_id)
        if task is None:
            raise Conflict("案卷里已经没有这一步，不能退回。")
        with errors_located():
            try:
                rewind.carry_out(self._workflow, rewind.plan(self._workflow, task, alone))
            except rewind.Impossible as error:
                raise Conflict(f"{error}。") from error
            self._advance()

    def lapse(self, task_id: str, alone: bool = False) -> tuple[str, datetime] | None:
        """Name and moment of the deadline that has passed already and would end the target of `go_back` at once.

        It is found out by trying: throw this object away afterwards.
        """
        task = self._present(task_id, TaskState.COMPLETED)
        with errors_located():
            rewind.carry_out(self._workflow, rewind.plan(self._workflow, task, alone))
            over = rewind.let_lapse(self._workflow)
        if over is None:
            return None
        spec = over.task_spec
        return spec.bpmn_name or spec.bpmn_id, parse_moment(over.internal_data["event_value"])

    def movable(self, task_id: str | None, element: str) -> "Movable":
        """The token a failure at `element`, or in completing a task, is about. Raises `moving.Immovable`."""
        task = moving.token(self._workflow, UUID(task_id) if task_id else None, element)
        spec = task.task_spec
        found = moving.targets(self._workflow, task)
        return Movable(task.id.hex, spec.bpmn_id, rebase.name_of(spec, task.workflow.spec), found)

    def move(self, task_id: str, element: str) -> None:
        """Take the token away from where it stands and let it come to this element. Raises `moving.Immovable`."""
        task = self._find(task_id)
        if task is None or not task.has_state(rebase.LIVE):
            raise Conflict("案卷已经不在这一步。请刷新页面。")
        with errors_located():
            moving.move(self._workflow, task, element)
            self._advance()

    def variables(self) -> dict[str, Any]:
        """The variables of the case as a whole, as all that was passed and not taken back has left them."""
        seen, self._seen = self._seen, set()
        found: dict[str, Any] = {}
        for each in self.passed():
            if not each.inner:
                found.update(each.changes)
        self._seen = seen
        return found

    def _advance(self) -> None:
        self._workflow.do_engine_steps()
        for task in self._tasks(TaskState.READY | TaskState.WAITING):
            if sum(1 for _ in lineage(task)) > MAX_DEPTH:
                spec = task.task_spec
                raise ElementFailed(
                    spec.bpmn_id or spec.name,
                    spec.bpmn_name or "",
                    "",
                    "这个案卷在图上的循环次数过多，已停止前进",
                )

    # ---- what it is like now

    @property
    def ended(self) -> bool:
        return bool(self._workflow.is_completed())

    def open_tasks(self) -> list[OpenTask]:
        """User tasks waiting for people, in order of creation."""
        found = []
        for task in self._tasks(TaskState.READY):
            if task.task_spec.manual:
                found.append(self._open_task(task))
        return found

    def open_task(self, task_id: str) -> OpenTask | None:
        task = self._find(task_id)
        if task is None or task.state != TaskState.READY or not task.task_spec.manual:
            return None
        return self._open_task(task)

    def _open_task(self, task: Task) -> OpenTask:
        spec = task.task_spec
        item_name, item = self._item(task)
        multiple = isinstance(task.parent.task_spec, LoopTask) and spec.name.endswith("[child]")
        return OpenTask(
            id=task.id.hex,
            process=process_of(task),
            element=spec.bpmn_id,
            name=spec.bpmn_name or spec.bpmn_id,
            lane=spec.lane,
            extensions=spec.extensions,
            data=task.data,
            scope=scope_of(task),
            activation=(task.parent if multiple else task).id.hex,
            item=item,
            item_name=item_name,
        )

    def waiting_messages(self) -> list[WaitingMessage]:
        """Messages waited for; an event gateway waits for several under one id."""
        engine = self._workflow.script_engine
        found = []
        for task in self._workflow.event_manager.tasks.values():
            spec = task.task_spec
            if isinstance(spec, EventBasedGateway):
                pairs = list(zip(spec.event_definition.event_definitions, spec.outputs, strict=True))
            else:
                pairs = [(spec.event_definition, spec)]
            for definition, drawn in pairs:
                if not isinstance(definition, Message) or isinstance(drawn, StartEvent):
                    continue
                properties = drawn.extensions.get("properties", {})
                key = engine.evaluate(task, properties.get("correlationKey", "''"))
                found.append(
                    WaitingMessage(
                        id=task.id.hex,
                        process=process_of(task),
                        element=drawn.bpmn_id,
                        element_name=drawn.bpmn_name or "",
                        name=definition.name,
                        key="" if key is None else str(key),
                        properties=properties,
                        data=task.data,
                    )
                )
        return found

    def timers(self) -> list[Timer]:
        """Timers that run, with the moment they fall due."""
        found = []
        for task in self._workflow.event_manager.tasks.values():
            for definition in _definitions(task.task_spec):
                value = task.internal_data.get("event_value")
                if isinstance(definition, TimerEventDefinition) and isinstance(value, str):
                    spec = task.task_spec
                    found.append(
                        Timer(
                            id=task.id.hex,
                            process=process_of(task),
                            element=spec.bpmn_id,
                            element_name=spec.bpmn_name or "",
                            due=parse_moment(value) if value else NEVER,
                            expression=(
                                definition.expression_of(task)
                                if isinstance(definition, DueDate)
                                else definition.expression
                            ),
                        )
                    )
        return found

    def passed(self) -> list[Passed]:
        """Elements completed since this object was made, in order; each with the variables it changed."""
        new = [task for task in self._tasks(TaskState.COMPLETED) if task.id not in self._seen]
        found = []
        for task in sorted(new, key=lambda task: task.last_state_change):
            spec = task.task_spec
            element = getattr(spec, "bpmn_id", None)
            if not element:
                continue
            # The wrapper around a multi-instance has neither name nor extensions; its children carry them.
            properties = (getattr(spec, "extensions", None) or {}).get("properties", {})
            clauses = tuple(c.strip() for c in properties.get("clause", "").split(",") if c.strip())
            before = task.parent.data if task.parent is not None else {}
            if isinstance(spec, StartEvent) and task.workflow is self._workflow:
                # What the instance was started with comes in here.
                before = {}
            changed = changes(before, task.data)
            found.append(
                Passed(
                    task.id.hex,
                    process_of(task),
                    element,
                    spec.bpmn_name or "",
                    clauses,
                    changed,
                    self._is_inner(task),
                    task.internal_data.get(DECIDED),
                    task.internal_data.get(CUT_SHORT),
                    tuple(dict.fromkeys(_next_drawn(task))),
                )
            )
        return found

    def element_states(self) -> dict[str, dict[str, str]]:
        """Per procedure: element → `now` (a token waits there), `open` (a sub-process or call is under way), `done`."""
        rank = {"done": 0, "open": 1, "now": 2}
        states: dict[str, dict[str, str]] = {}
        for task in self._tasks(
            TaskState.READY | TaskState.WAITING | TaskState.STARTED | TaskState.COMPLETED
        ):
            spec = task.task_spec
            element = getattr(spec, "bpmn_id", None)
            if not element or isinstance(spec, Former):
                continue
            if task.state == TaskState.COMPLETED:
                state = "done"
            elif isinstance(spec, BoundaryEvent):
                continue
            elif isinstance(spec, (SubWorkflowTask, LoopTask)):
                state = "open"
            else:
                state = "now"
            of_process = states.setdefault(process_of(task), {})
            if rank[state] >= rank.get(of_process.get(element, "done"), 0):
                of_process[element] = state
        return states

    # ---- inside

    def _tasks(self, mask: int) -> list[Task]:
        workflows = (self._workflow, *self._workflow.subprocesses.values())
        return [task for workflow in workflows for task in workflow.tasks.values() if task.has_state(mask)]

    def _find(self, task_id: str) -> Task | None:
        key = UUID(task_id)
        for workflow in (self._workflow, *self._workflow.subprocesses.values()):
            if key in workflow.tasks:
                return workflow.tasks[key]
        return None

    def _around(self, task: Task) -> Iterator[Task]:
        """The task and every task whose call or sub-process it lies in, inside out."""
        current: Task | None = task
        while current is not None:
            yield current
            parent = current.workflow.parent_task_id
            current = self._workflow.get_task_from_id(parent) if parent is not None else None

    def _item(self, task: Task) -> tuple[str | None, Any]:
        for around in self._around(task):
            parent = around.parent
            item = getattr(parent.task_spec, "input_item", None) if parent is not None else None
            if item is not None and around.task_spec.name.endswith("[child]"):
                return item.bpmn_id, around.data.get(item.bpmn_id)
        return None, None

    def _is_inner(self, task: Task) -> bool:
        """Its variables do not belong to the case as a whole: it lies in a called procedure or a multi-instance."""
        for around in self._around(task):
            if around.task_spec.name.endswith("[child]"):
                return True
            if around is not task and around.task_spec.__class__.__name__ == "MappedCallActivity":
                return True
        return False


def _next_drawn(task: Task) -> Iterator[str]:
    """The drawn elements a completed task has sent its token to, past what the library puts in between."""
    for child in task.children:
        spec = child.task_spec
        if child.has_state(TaskState.PREDICTED_MASK):
            continue
        if isinstance(spec, BoundaryEvent) or str(spec.name).endswith("[child]"):
            # It belongs to the element it is attached to, or to the round around it, and is no flow.
            continue
        if getattr(spec, "bpmn_id", None):
            yield str(spec.bpmn_id)
        else:
            yield from _next_drawn(child)


def _may_start(task: Task) -> bool:
    return isinstance(task.task_spec, StartEvent) and task.has_state(TaskState.READY | TaskState.WAITING)


def _definitions(spec: Any) -> list[Any]:
    definition = getattr(spec, "event_definition", None)
    return list(getattr(definition, "event_definitions", [definition] if definition is not None else []))
