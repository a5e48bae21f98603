"""Reads BPMN files into SpiffWorkflow specs, with our extension attributes and task classes wired in."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MethodType
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.specs.defaults import (
    BoundaryEvent,
    CallActivity,
    EventBasedGateway,
    ExclusiveGateway,
    InclusiveGateway,
    ServiceTask,
)
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimeDateEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin

from engine.bpmn_xml import BPMN, CAMUNDA, parse_xml, read_extensions
from engine.decisions import BadDecision, Decision, parse_decision
from engine.errors import BadDiagram
from engine.spiff.tasks import (
    Boundary,
    Choice,
    Collection,
    DecisionCall,
    DueDate,
    EventGateway,
    Inclusive,
    MappedCallActivity,
    Message,
    ParallelMultiInstance,
    SequentialMultiInstance,
    ServiceCall,
    merge_branches,
)

OWN_CLASSES = {
    BoundaryEvent: Boundary,
    CallActivity: MappedCallActivity,
    EventBasedGateway: EventGateway,
    ExclusiveGateway: Choice,
    InclusiveGateway: Inclusive,
    ServiceTask: ServiceCall,
}


@dataclass(frozen=True)
class ParsedProcess:
    """What SpiffWorkflow needs to run one version: its spec and all sub-process and called specs by name."""

    key: str
    spec: Any
    subprocesses: Mapping[str, Any]


class Dialect:
    """Mixed into the parser of every element."""

    PARALLEL_MI_CLASS = ParallelMultiInstance
    SEQUENTIAL_MI_CLASS = SequentialMultiInstance
    node: Any
    task: Any

    def parse_extensions(self, node: Any = None) -> dict[str, Any]:
        return read_extensions(self.node if node is None else node)

    def parse_message_event(self, event: Any) -> Message:
        # Mixed in before a parser class of the library, which these calls of super() reach.
        return Message(super().parse_message_event(event).name)  # type: ignore[misc]

    def parse_timer_event(self, event: Any) -> Any:
        timer = super().parse_timer_event(event)  # type: ignore[misc]
        return DueDate(timer.name, timer.expression) if type(timer) is TimeDateEventDefinition else timer

    def _add_multiinstance_task(self, loop: Any) -> None:
        # Our attributes are translated into the standard form the library's parser asks for.
        expression, variable = loop.get(CAMUNDA + "collection"), loop.get(CAMUNDA + "elementVariable")
        if expression and loop.find(BPMN + "loopDataInputRef") is None:
            etree.SubElement(loop, BPMN + "loopDataInputRef").text = "collection"
            etree.SubElement(loop, BPMN + "inputDataItem", id=variable, name=variable)
        super()._add_multiinstance_task(loop)  # type: ignore[misc]
        if expression:
            self.task.data_input = Collection(expression)


def _with_dialect(parser_class: type) -> type:
    return type("Our" + parser_class.__name__, (Dialect, parser_class), {})


class DecisionParser(TaskParser):
    """A business rule task, with the table of its procedure's folder that it asks."""

    def create_task(self) -> DecisionCall:
        task: DecisionCall = self.spec_class(self.spec, self.bpmn_id, **self.bpmn_attributes)
        task.decision = self._decision(self.node.get(CAMUNDA + "decisionRef", ""))
        return task

    def _decision(self, key: str) -> Decision:
        text = self.process_parser.parser.decisions.get(self.filename, {}).get(key)
        where = f"流程“{self.filename}”的 decisions/{key}.dmn"
        if text is None:
            raise UnreadableDecision(f"没有{where}。")
        try:
            return parse_decision(text, where, key)
        except BadDecision as error:
            raise UnreadableDecision(str(error)) from error


class UnreadableDecision(ValidationException):
    """A business rule task without a table that can be asked."""


class OurParser(BpmnParser):
    """SpiffWorkflow's BPMN parser with our dialect in every element."""

    decisions: Mapping[str, Mapping[str, str]]


OurParser.OVERRIDE_PARSER_CLASSES = {
    tag: (_with_dialect(parser_class), OWN_CLASSES.get(spec_class, spec_class))
    for tag, (parser_class, spec_class) in BpmnParser.PARSER_CLASSES.items()
}


OurParser.OVERRIDE_PARSER_CLASSES[f"{BPMN}businessRuleTask"] = (_with_dialect(DecisionParser), DecisionCall)


def parse_bundle(
    key: str, diagrams: Mapping[str, bytes], decisions: Mapping[str, Mapping[str, str]] | None = None
) -> ParsedProcess:
    """Parse the process `key` and all it calls. `diagrams` maps process key → file bytes, `decisions` process key →
    decision id → text of its DMN file.

    Raises BadDiagram; the message names what the library could not read.
    """
    parser = OurParser()
    parser.decisions = decisions or {}
    try:
        for name, data in diagrams.items():
            parser.add_bpmn_xml(parse_xml(data, f"流程“{name}”的图"), filename=name)
        spec, subprocesses = parser.get_spec(key), parser.get_subprocess_specs(key)
    except UnreadableDecision as error:
        raise BadDiagram(error.args[0]) from error
    except ValidationException as error:
        raise BadDiagram(f"流程“{key}”的图无法执行：{error}") from error
    except (KeyError, AttributeError, TypeError, ValueError) as error:
        raise BadDiagram(f"流程“{key}”的图无法读取，可能缺少必要的元素或属性：{error}") from error
    for each in (spec, *subprocesses.values()):
        for task_spec in each.task_specs.values():
            # The library connects a multi-instance with its children only when a spec is read from JSON;
            # without this, an instance saved inside one never finishes after a restart.
            if isinstance(task_spec, LoopTask):
                each.task_specs[task_spec.task_spec].completed_event.connect(task_spec.merge_child)
            # Inclusive gateways also choose; they call merge_branches themselves.
            if isinstance(task_spec, UnstructuredJoin) and not isinstance(task_spec, Inclusive):
                task_spec._run_hook = MethodType(merge_branches, task_spec)
    return ParsedProcess(key, spec, subprocesses)
