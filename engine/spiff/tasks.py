"""Task and event classes that give SpiffWorkflow the BPMN meaning our diagrams rely on.

Each class mends one behaviour of the library: multi-instance results that overwrite each other, call activities that
copy all data both ways, joins that merge lists by position, timers bound to the system clock, messages that carry
everything and wake everyone.
"""

from collections.abc import Iterator
from typing import Any

from SpiffWorkflow.bpmn.specs.data_spec import TaskDataReference
from SpiffWorkflow.bpmn.specs.defaults import (
    BoundaryEvent,
    BpmnSpecMixin,
    CallActivity,
    EventBasedGateway,
    ExclusiveGateway,
    InclusiveGateway,
    ParallelMultiInstanceTask,
    SequentialMultiInstanceTask,
)
from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimeDateEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.clock import iso, parse_moment
from engine.decisions import Decision
from engine.spiff.values import changes

PUT_OFF = "put_off"
"""How many working days a waiting timer falls due later than its expression says."""
DECIDED = "decided"
"""What a business rule task keeps for the history: the table, the rows that matched, the result."""
RESULT = "结果"
"""The variable a multi-instance sub-process hands up, one value per instance; in the condition that ends a
multi-instance of user tasks, the list of what has been submitted."""
ASKED, DONE = "应办人数", "已办人数"
"""In that condition: how many are asked in all, and how many have answered, the one just submitted included."""
CUT_SHORT = "cut_short"
"""What a multi-instance keeps for the history when its condition has ended it early."""
REPEAT = "重复"
"""The property of a non-interrupting boundary timer that gives the next moment each time it has fired."""
REPEATED = "repeated"
"""Marks a waiting timer that has been armed again, so that `重复` gives its moment."""


def _set_data(task: Task, /, **values: Any) -> None:
    task.data.update(values)


# The library hands all variables of a task on as keyword arguments, so one called "self" would break every step.
Task.set_data = _set_data


def engine_of(task: Task) -> Any:
    """The script engine of the instance a task belongs to (see `script_engine.ScriptEngine`)."""
    return task.workflow.top_workflow.script_engine


class Collection(TaskDataReference):
    """`camunda:collection` is an expression, evaluated once when the multi-instance starts."""

    def get(self, my_task: Task) -> list[Any]:
        items = my_task.internal_data.get("items")
        if items is None:
            items = list(engine_of(my_task).evaluate(my_task, self.bpmn_id) or ())
        return list(items)

    def exists(self, my_task: Task) -> bool:
        return True


class Results:
    """Multi-instance that collects one outcome per child under `<id>_results` and merges nothing else."""

    input_item: Any
    data_input: Any
    condition: str | None
    bpmn_id: str | None
    name: str

    def _instances(self, my_task: Task) -> Iterator[Task]:
        """The children of this round."""
        found: Iterator[Task] = super()._instances(my_task)  # type: ignore[misc]  # A mixin, as below.
        return found

    def results_name(self) -> str:
        return f"{self.bpmn_id or self.name}_results"

    def _update_hook(self, my_task: Task) -> Any:
        # After a boundary event the library still holds the task as MAYBE and refuses to give it children.
        if my_task.has_state(TaskState.PREDICTED_MASK):
            my_task._set_state(TaskState.FUTURE)
        my_task._inherit_data()
        my_task.internal_data.pop("items", None)
        my_task.internal_data.pop(CUT_SHORT, None)
        my_task.internal_data["items"] = self.data_input.get(my_task)
        # A variable of the element variable's name must not clash with the items; it is put back at the end.
        item = self.input_item.bpmn_id
        if item in my_task.data:
            my_task.internal_data["hidden"] = my_task.data[item]
        my_task.data = {key: value for key, value in my_task.data.items() if key != item}
        my_task.data[self.results_name()] = {}
        inherit, my_task._inherit_data = my_task._inherit_data, lambda: None
        try:
            empty = super()._update_hook(my_task)  # type: ignore[misc]  # A mixin: the library's class follows.
        finally:
            my_task._inherit_data = inherit
        if empty:
            self.finish(my_task)
        return empty

    def finish(self, my_task: Task) -> None:
        """All children are done: drop what only they needed."""
        my_task.internal_data.pop("items", None)
        if "hidden" in my_task.internal_data:
            my_task.data[self.input_item.bpmn_id] = my_task.internal_data.pop("hidden")

    def collect(self, my_task: Task, child: Task) -> None:
        """Add the child's outcome: `结果` of a sub-process or call, else the item plus the form just submitted."""
        item = self.input_item.bpmn_id
        if isinstance(child.task_spec, SubWorkflowTask) and RESULT in child.data:
            outcome = child.data[RESULT]
        else:
            outcome = {item: child.data.get(item), **child.internal_data.get("form", {})}
        results = {**my_task.data[self.results_name()], str(child.internal_data.get("key_or_index")): outcome}
        my_task.data[self.results_name()] = dict(sorted(results.items(), key=lambda pair: int(pair[0])))
        my_task.internal_data["merged"].append(str(child.id))

    def check_completion_condition(self, my_task: Task) -> bool:
        """Whether what has been done so far is enough, by the condition of the diagram."""
        if self.condition is None:
            return False
        results = list(my_task.data[self.results_name()].values())
        open_ones = [
            child for child in self._instances(my_task) if not child.has_state(TaskState.FINISHED_MASK)
        ]
        left = len(open_ones) + len(my_task.internal_data.get("remaining", ()))
        every = len(results) + left
        names = {ASKED: every, DONE: len(results), RESULT: results}
        enough = bool(engine_of(my_task).evaluate(my_task, self.condition, names))
        if enough and left:
            my_task.internal_data[CUT_SHORT] = {"done": len(results), "all": every}
        return enough


class ParallelMultiInstance(Results, ParallelMultiInstanceTask):
    """All children at once."""

    def children_complete(self, my_task: Task) -> bool:
        # The library waits for ever for a child that was taken off.
        return all(child.has_state(TaskState.FINISHED_MASK) for child in self._instances(my_task))

    def merge_child(self, workflow: Any, child: Task) -> None:
        self.collect(child.parent, child)
        self.settle(child.parent)

    def settle(self, my_task: Task) -> None:
        """End the round when all are done, or enough."""
        cut_short = self.check_completion_condition(my_task)
        if cut_short:
            for other in self._instances(my_task):
                if not other.has_state(TaskState.FINISHED_MASK):
                    other.cancel()
        if cut_short or self.children_complete(my_task):
            self.finish(my_task)
            my_task._set_state(TaskState.READY)


class SequentialMultiInstance(Results, SequentialMultiInstanceTask):
    """One child after the other; the collection is read once, not again for every child."""

    def get_next_input_item(self, my_task: Task) -> tuple[int, Any]:
        index = my_task.internal_data["remaining"].pop(0)
        return index, self.data_input.get(my_task)[index]

    def add_next_child(self, my_task: Task) -> None:
        # The library takes an empty item for the end of the collection.
        if my_task.internal_data["remaining"]:
            index, item = self.get_next_input_item(my_task)
            self.create_child(my_task, item, index)

    def merge_child(self, workflow: Any, child: Task) -> None:
        self.collect(child.parent, child)
        self.settle(child.parent)

    def settle(self, my_task: Task) -> None:
        """End the round when all are done, or enough; otherwise the next one is asked."""
        if self.check_completion_condition(my_task) or self.children_complete(my_task):
            self.finish(my_task)
            my_task._set_state(TaskState.READY)
        else:
            self.add_next_child(my_task)


class DueDate(TimeDateEventDefinition):
    """A timer by the injected clock, which fires at the due moment itself and not only after it.

    While its expression gives nothing (the date it counts from is not known yet) it waits, its value being `""`.
    Computed again later, it still counts from the moment it began to wait, and stays put off by as many working days.
    """

    def has_fired(self, my_task: Task) -> bool:
        value = my_task._get_internal_data("event_value")
        if value is None:
            engine = engine_of(my_task)
            since = my_task._get_internal_data("since") or iso(engine.now)
            value = engine.moment(my_task, self.expression_of(my_task), parse_moment(since))
            if value and my_task._get_internal_data(PUT_OFF):
                value = engine.put_off(value, my_task._get_internal_data(PUT_OFF))
            my_task._set_internal_data(since=since)
            my_task._set_internal_data(event_value=value)
        if value and parse_moment(value) <= engine_of(my_task).now:
            my_task._set_internal_data(event_fired=True)
        return bool(my_task._get_internal_data("event_fired", False))

    def expression_of(self, my_task: Task) -> str:
        """What gives the moment this task waits for."""
        if my_task._get_internal_data(REPEATED):
            return str(my_task.task_spec.extensions["properties"][REPEAT])
        return str(self.expression)


class Boundary(BoundaryEvent):
    """A boundary event; a timer with `重复` waits again for the next moment, beside the one that has fired.

    Each firing is a token of its own, as if as many timers had been drawn. When the activity ends, the one that waits
    is cancelled like any other. The next moment is seen from the present: what was missed while nothing ran is not
    made up for. None, or one that has passed already, ends the repetition.
    """

    def _run_hook(self, my_task: Task) -> bool:
        super()._run_hook(my_task)
        expression = self.extensions.get("properties", {}).get(REPEAT, "")
        if expression.strip() and not self.cancel_activity:
            engine = engine_of(my_task)
            value = engine.moment(my_task, expression, engine.now)
            if value and parse_moment(value) > engine.now:
                again = my_task.parent._add_child(self, TaskState.FUTURE)
                # The split above must not take it for a second copy of the first one.
                again.triggered = True
                again.internal_data.update({REPEATED: True, "since": iso(engine.now), "event_value": value})
                # What follows is foreseen before it waits; the library does so only for what it has drawn itself.
                self._predict(again, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
                again._set_state(TaskState.WAITING)
                self._update(again)
        return True


class Message(MessageEventDefinition):
    """A message: thrown, only its declared payload leaves, by way of the outbox; nothing is caught inside the sender."""

    def throw(self, my_task: Task) -> None:
        engine_of(my_task).throw(my_task, self.name)

    def update_internal_data(self, my_task: Task, event: Any) -> None:
        my_task.internal_data["message"] = event.payload

    def update_task_data(self, my_task: Task) -> None:
        payload = my_task.internal_data.pop("message", None)
        if payload is not None:
            my_task.data.update(payload)


class MappedCallActivity(CallActivity):
    """A call activity where only `camunda:in` goes in and only `camunda:out` comes out."""

    def copy_data(self, my_task: Task, subworkflow: Any) -> None:
        start = subworkflow.get_next_task(subworkflow.task_tree, skip_subprocesses=True, spec_name="Start")
        engine = engine_of(my_task)
        start.data.update(
            {
                entry["target"]: engine.evaluate(my_task, entry.get("sourceExpression") or entry["source"])
                for entry in self.extensions["in"]
            }
        )

    def update_data(self, my_task: Task, subworkflow: Any) -> None:
        returned = subworkflow.last_task.data
        for entry in self.extensions["out"]:
            if entry["source"] not in returned:
                engine_of(my_task).fail(
                    my_task,
                    entry["source"],
                    f"被调用的流程“{self.spec}”结束时没有给出变量“{entry['source']}”",
                )
            my_task.data[entry["target"]] = returned[entry["source"]]


class EventGateway(EventBasedGateway):
    """An event gateway that does not keep the events it caught, with their payload, in the state for ever."""

    def _run_hook(self, my_task: Task) -> bool:
        super()._run_hook(my_task)
        my_task.internal_data.pop("seen_events", None)
        return True


NO_WAY_ON = "没有一条出线的条件成立，也没有默认分支"


class Choice(ExclusiveGateway):
    """An exclusive gateway that says in Chinese when no flow leads on."""

    def _run_hook(self, my_task: Task) -> bool:
        chosen = next(
            (
                name
                for condition, name in self.cond_task_specs
                if condition is not None and condition._matches(my_task)
            ),
            self.default_task_spec,
        )
        if chosen is None:
            engine_of(my_task).fail(my_task, "", NO_WAY_ON)
        lead_on(my_task, [my_task.workflow.spec.get_task_spec_from_name(chosen)])
        return True


class Inclusive(InclusiveGateway):
    """An inclusive gateway: joins like every join, then takes each flow whose condition holds, else the default."""

    def _run_hook(self, my_task: Task) -> bool:
        merge_branches(self, my_task)
        matches, defaults = self._get_matching_outputs(my_task)
        if not matches and not defaults:
            engine_of(my_task).fail(my_task, "", NO_WAY_ON)
        lead_on(my_task, matches or defaults)
        return True


def lead_on(my_task: Task, outputs: list[Any]) -> None:
    """Keep only the chosen ways out of a gateway."""
    my_task._sync_children(outputs, TaskState.FUTURE)
    for child in my_task.children:
        child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)


class ServiceCall(BpmnSpecMixin):
    """A service task: handed to the surroundings by its topic, done within the same command, without I/O."""

    def _run_hook(self, my_task: Task) -> bool:
        super()._run_hook(my_task)
        engine_of(my_task).serve(my_task)
        return True


class DecisionCall(BpmnSpecMixin):
    """A business rule task: asks its decision table and keeps the answer in one variable."""

    decision: Decision

    def _run_hook(self, my_task: Task) -> bool:
        super()._run_hook(my_task)
        outcome = engine_of(my_task).decide(my_task, self.decision)
        name = self.extensions.get("resultVariable")
        if name:
            my_task.data[name] = outcome.value
        my_task.internal_data[DECIDED] = {
            "decision": self.decision.name,
            "rows": list(outcome.rows),
            "notes": list(outcome.notes),
            "result": outcome.value,
        }
        return True


def merge_branches(join: TaskSpec, my_task: Task) -> bool:
    """`_run_hook` of every join, also of the hidden ones at the end of processes and sub-processes.

    The library merges lists position by position and in place. Here the data of the nearest common ancestor is taken
    and per branch only the keys it changed since, as whole values, in order of arrival.
    """
    others = sorted(
        (
            other
            for other in my_task.workflow.tasks.values()
            if other.task_spec is join
            and other is not my_task
            and other.has_state(TaskState.FINISHED_MASK)
            and not my_task.is_descendant_of(other)
        ),
        key=lambda other: other.last_state_change,
    )
    ancestors = [a for a in lineage(my_task) if all(other.is_descendant_of(a) for other in others)]
    base = ancestors[1 if not others else 0].data
    data = dict(base)
    for arrival in (*others, my_task):
        branch = arrival.parent.data
        data.update(changes(base, branch))
        for key in base:
            if key not in branch:
                data.pop(key, None)
    my_task.data = data
    return True


def lineage(task: Task | None) -> Iterator[Task]:
    """The task and its ancestors, nearest first."""
    while task is not None:
        yield task
        task = task.parent


__all__ = [
    "ASKED",
    "CUT_SHORT",
    "DECIDED",
    "DONE",
    "REPEAT",
    "RESULT",
    "Boundary",
    "Choice",
    "Collection",
    "DecisionCall",
    "DueDate",
    "EventGateway",
    "Inclusive",
    "MappedCallActivity",
    "Message",
    "ParallelMultiInstance",
    "SequentialMultiInstance",
    "ServiceCall",
    "UnstructuredJoin",
    "engine_of",
    "lineage",
    "merge_branches",
]
