"""Connects SpiffWorkflow's script engine to our expression language and to the surroundings of one instance."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, NoReturn

from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.task import Task

from engine.clock import iso, parse_moment
from engine.decisions import Decision, DecisionFailed, Outcome
from engine.errors import ElementFailed
from engine.expressions import ExpressionError, compile_expression, compile_payload, compile_script


class ScriptEngine(PythonScriptEngine):
    """Evaluates conditions, scripts, timers, collections and payloads of one live instance.

    `surroundings` (see `live.Surroundings`) supplies the functions and takes messages and service calls.
    """

    def __init__(self, surroundings: Any):
        super().__init__()
        self.surroundings = surroundings

    @property
    def now(self) -> datetime:
        now: datetime = self.surroundings.now
        return now

    def validate(self, expression: str) -> None:
        compile_expression(expression)

    def names(self, task: Task) -> dict[str, Any]:
        """What an expression at this task may use: case data, then the fixed names of the instance."""
        return {**task.data, **self.surroundings.names()}

    def evaluate(
        self,
        task: Task,
        expression: str,
        external_context: Mapping[str, Any] | None = None,
        now: datetime | None = None,
    ) -> Any:
        if not isinstance(expression, str):
            return expression
        names = {**self.names(task), **(external_context or {})}
        try:
            return compile_expression(expression).evaluate(
                names, self.surroundings.functions(place(task), now=now)
            )
        except ExpressionError as error:
            self.fail(task, expression, error.reason, names)

    def execute(self, task: Task, script: str, external_context: Mapping[str, Any] | None = None) -> bool:
        try:
            lines = compile_script(script)
        except ExpressionError as error:
            self.fail(task, script, error.reason)
        functions = self.surroundings.functions(place(task), script=True)
        for name, expression in lines:
            names = self.names(task)
            try:
                task.data[name] = expression.evaluate(names, functions)
            except ExpressionError as error:
                self.fail(task, f"{name} = {expression.source}", error.reason, names)
        return True

    def decide(self, task: Task, decision: Decision) -> Outcome:
        """What a decision table answers at this task, and by which rows."""
        names = self.names(task)
        try:
            return decision.decide(names, self.surroundings.functions(place(task)))
        except DecisionFailed as error:
            self.fail(task, error.expression, error.reason, names)

    def moment(self, task: Task, expression: str, now: datetime) -> str:
        """A timer's due moment, seen from `now`, as ISO text with offset; `""` while it cannot be known yet."""
        value = self.evaluate(task, expression, now=now)
        if value is None or value == "":
            return ""
        if not isinstance(value, str):
            self.fail(task, expression, f"定时的结果应为时刻，得到的是 {value!r}", self.names(task))
        try:
            return iso(parse_moment(value))
        except ValueError:
            self.fail(task, expression, f"定时的结果“{value}”不是时刻", self.names(task))

    def put_off(self, moment: str, days: int) -> str:
        """A timer's due moment so many working days later."""
        return iso(self.surroundings.later(parse_moment(moment), days))

    def throw(self, task: Task, name: str) -> None:
        properties = task.task_spec.extensions.get("properties", {})
        key = self.evaluate(task, properties.get("correlationKey", "''"))
        payload = {
            target: self.evaluate(task, expression.source)
            for target, expression in compile_payload(properties.get("payload", ""))
        }
        self.surroundings.throw(name, "" if key is None else str(key), payload, place(task))

    def serve(self, task: Task) -> None:
        extensions = task.task_spec.extensions
        self.surroundings.serve(
            extensions.get("topic", ""),
            dict(extensions.get("properties", {})),
            lambda expression: self.evaluate(task, expression),
            place(task),
            dict(task.data),
        )

    def fail(
        self, task: Task, expression: str, reason: str, names: Mapping[str, Any] | None = None
    ) -> NoReturn:
        seen = names or {}
        used = {key: seen[key] for key in sorted(_names_in(expression)) if key in seen}
        spec = task.task_spec
        # The wrapper around a multi-instance has no name; its children carry it.
        drawn = task.workflow.spec.task_specs.get(getattr(spec, "task_spec", None), spec)
        raise ElementFailed(spec.bpmn_id or spec.name, drawn.bpmn_name or "", expression, reason, used)


def _names_in(text: str) -> set[str]:
    """The names an expression, or a line of a script, uses; none when it cannot be read."""
    with suppress(ExpressionError):
        return set(compile_expression(text).names)
    with suppress(ExpressionError):
        return {name for _, expression in compile_script(text) for name in expression.names}
    return set()


def place(task: Task) -> "Place":
    return Place(task)


class Place:
    """Where in an instance something happens: element, procedure and the scope (call or sub-process) it lies in."""

    __slots__ = ("element", "name", "process", "scope", "task_id")

    def __init__(self, task: Task):
        self.task_id: str = task.id.hex
        self.element: str = task.task_spec.bpmn_id or task.task_spec.name
        self.name: str = task.task_spec.bpmn_name or ""
        self.process: str = process_of(task)
        self.scope: str = scope_of(task)


def scope_of(task: Task) -> str:
    """The id of the task whose call or sub-process this task lies in, `""` at the top."""
    parent = task.workflow.parent_task_id
    return parent.hex if parent is not None else ""


def process_of(task: Task) -> str:
    """The key of the procedure this task is drawn in (a sub-process belongs to the procedure around it)."""
    workflow = task.workflow
    while workflow.parent_task_id is not None:
        outer = workflow.top_workflow.get_task_from_id(workflow.parent_task_id)
        if outer.task_spec.__class__.__name__ == "MappedCallActivity":
            break
        workflow = outer.workflow
    return str(workflow.spec.name)
