"""A diagram as people and the linter see it: elements, flows, lanes, messages, clauses; no execution."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from lxml import etree

from engine.bpmn_xml import BPMN, CAMUNDA, parse_xml, read_extensions
from engine.errors import BadDiagram

NODES = (
    "startEvent",
    "endEvent",
    "intermediateCatchEvent",
    "intermediateThrowEvent",
    "boundaryEvent",
    "task",
    "userTask",
    "manualTask",
    "scriptTask",
    "serviceTask",
    "sendTask",
    "receiveTask",
    "businessRuleTask",
    "callActivity",
    "subProcess",
    "transaction",
    "adHocSubProcess",
    "exclusiveGateway",
    "parallelGateway",
    "inclusiveGateway",
    "eventBasedGateway",
    "complexGateway",
)


BY_HAND, NO = "人工发起", "否"
"""The property by which a procedure that only others call says that nobody starts it by hand."""

NAMED_AS = "待办名称"
"""The property of a user task that says what it is called where it is given out, with values of the case in it."""

NO_DEPUTY, IN_BATCHES = "不得代理", "可批量"
"""Properties of user tasks: only the person asked may do it; several of it may be done with one sheet."""


@dataclass(frozen=True)
class Flow:
    id: str
    name: str
    source: str
    target: str
    condition: str | None


@dataclass(frozen=True)
class Element:
    """One drawn element. `parent` is the sub-process it lies in, `""` for the process itself.

    `event` is the kind of event definition (`timer`, `message`, `terminate`, … or `""`), `message` the message's name,
    `timer` the timer's expression, `script` the script's text; `collection`/`variable` belong to a multi-instance.
    """

    id: str
    kind: str
    name: str
    parent: str
    lane: str | None
    extensions: Mapping[str, object]
    event: str = ""
    message: str | None = None
    timer: str | None = None
    script: str | None = None
    collection: str | None = None
    variable: str | None = None
    completion: str | None = None
    attached_to: str | None = None
    interrupting: bool = True
    default: str | None = None
    called: str | None = None
    node: etree._Element | None = field(default=None, compare=False, repr=False)

    @property
    def properties(self) -> Mapping[str, str]:
        return self.extensions.get("properties", {})  # type: ignore[return-value]  # Texts, by read_extensions.

    @property
    def clauses(self) -> tuple[str, ...]:
        return split(self.properties.get("clause", ""))

    @property
    def hard(self) -> bool:
        return self.properties.get("硬约束", "") == "是"

    @property
    def personal(self) -> bool:
        """Whether no deputy may do it."""
        return self.properties.get(NO_DEPUTY, "") == "是"

    @property
    def in_batches(self) -> bool:
        """Whether several of it may be completed with one sheet."""
        return self.properties.get(IN_BATCHES, "") == "是"

    @property
    def label(self) -> str:
        """How messages name it."""
        return f"“{self.name}”（{self.id}）" if self.name else f"“{self.id}”"


@dataclass(frozen=True)
class Diagram:
    """The process of one BPMN file."""

    key: str
    name: str
    extensions: Mapping[str, object]
    elements: Mapping[str, Element]
    flows: tuple[Flow, ...]
    lanes: tuple[str, ...]
    messages: Mapping[str, str]
    root: etree._Element = field(compare=False, repr=False)

    @property
    def properties(self) -> Mapping[str, str]:
        return self.extensions.get("properties", {})  # type: ignore[return-value]  # Texts, by read_extensions.

    @cached_property
    def outgoing(self) -> Mapping[str, tuple[Flow, ...]]:
        return {key: tuple(f for f in self.flows if f.source == key) for key in self.elements}

    @cached_property
    def incoming(self) -> Mapping[str, tuple[Flow, ...]]:
        return {key: tuple(f for f in self.flows if f.target == key) for key in self.elements}

    @property
    def public(self) -> tuple[str, ...]:
        return split(self.properties.get("公开变量", ""))

    def of_kind(self, *kinds: str) -> Iterator[Element]:
        return (element for element in self.elements.values() if element.kind in kinds)

    @property
    def called(self) -> tuple[str, ...]:
        """Keys of the processes this one calls, in order of appearance, each once."""
        return tuple(dict.fromkeys(e.called for e in self.of_kind("callActivity") if e.called))

    def message_start(self, message: str) -> Element | None:
        """The start event of a message."""
        return next((e for e in self.of_kind("startEvent") if e.message == message and not e.parent), None)

    def message_starts(self) -> tuple[str, ...]:
        """Names of the messages that start it."""
        return tuple(e.message for e in self.of_kind("startEvent") if e.message and not e.parent)

    def none_start(self) -> Element | None:
        return next((e for e in self.of_kind("startEvent") if not e.event and not e.parent), None)


def before(diagram: Diagram, id: str) -> set[str]:
    """An element and those whose completion brings a token to it, looking through gateways.

    A task that is open, or a timer that runs, has not been passed; only what led there has.
    """
    found, waiting = {id}, [id]
    while waiting:
        element = diagram.elements[waiting.pop()]
        host = element.attached_to or (element.parent if not diagram.incoming[element.id] else "")
        sources = [host] if host else []
        for source in [*sources, *(flow.source for flow in diagram.incoming[element.id])]:
            if source in found:
                continue
            found.add(source)
            if source == host or diagram.elements[source].kind.endswith(("Gateway", "subProcess")):
                waiting.append(source)
    return found


def split(text: str) -> tuple[str, ...]:
    """Comma-separated words, Chinese commas too."""
    return tuple(part.strip() for part in text.replace("，", ",").split(",") if part.strip())


def read_diagram(data: bytes, where: str = "图文件") -> Diagram:
    """Read a BPMN file; raises BadDiagram when it is no XML, no BPMN or has no process."""
    root = parse_xml(data, where)
    return diagram_of(root, where)


def diagram_of(root: etree._Element, where: str = "图文件") -> Diagram:
    """Like `read_diagram`, from a parsed file."""
    processes = root.findall(BPMN + "process")
    if not processes:
        raise BadDiagram(f"{where}里没有流程（bpmn:process）。")
    if len(processes) > 1:
        raise BadDiagram(f"{where}里有 {len(processes)} 个流程；一个文件只放一个流程，其余请分开存放。")
    process = processes[0]
    messages = {m.get("id", ""): m.get("name", "") for m in root.findall(BPMN + "message")}
    lane_of, lanes = _lanes(process)
    elements: dict[str, Element] = {}
    flows: list[Flow] = []
    _collect(process, "", None, lane_of, messages, elements, flows)
    return Diagram(
        key=process.get("id", ""),
        name=process.get("name") or _pool_name(root, process.get("id", "")) or process.get("id", ""),
        extensions=read_extensions(process),
        elements=elements,
        flows=tuple(flows),
        lanes=lanes,
        messages=messages,
        root=root,
    )


def _pool_name(root: etree._Element, key: str) -> str | None:
    for pool in root.iter(BPMN + "participant"):
        if pool.get("processRef") == key:
            return str(pool.get("name")) if pool.get("name") else None
    return None


def _lanes(process: etree._Element) -> tuple[dict[str, str], tuple[str, ...]]:
    lane_of: dict[str, str] = {}
    names: list[str] = []
    for lane in process.iter(BPMN + "lane"):
        name = lane.get("name", "")
        if lane.find(BPMN + "childLaneSet") is None:
            names.append(name)
        for reference in lane.findall(BPMN + "flowNodeRef"):
            lane_of[(reference.text or "").strip()] = name
    return lane_of, tuple(dict.fromkeys(names))


def _collect(
    scope: etree._Element,
    parent: str,
    outer_lane: str | None,
    lane_of: Mapping[str, str],
    messages: Mapping[str, str],
    elements: dict[str, Element],
    flows: list[Flow],
) -> None:
    for node in scope:
        if not isinstance(node.tag, str) or not node.tag.startswith(BPMN):
            continue
        kind = etree.QName(node).localname
        if kind == "sequenceFlow":
            condition = node.find(BPMN + "conditionExpression")
            text = (condition.text or "").strip() if condition is not None else None
            flows.append(
                Flow(
                    node.get("id", ""),
                    node.get("name", ""),
                    node.get("sourceRef", ""),
                    node.get("targetRef", ""),
                    text,
                )
            )
        elif kind in NODES:
            element = _element(node, kind, parent, lane_of.get(node.get("id", ""), outer_lane), messages)
            elements[element.id] = element
            if kind in ("subProcess", "transaction", "adHocSubProcess"):
                _collect(node, element.id, element.lane, lane_of, messages, elements, flows)


def _element(
    node: etree._Element, kind: str, parent: str, lane: str | None, messages: Mapping[str, str]
) -> Element:
    definition = next((c for c in node if isinstance(c.tag, str) and c.tag.endswith("EventDefinition")), None)
    event = (
        etree.QName(definition).localname.removesuffix("EventDefinition") if definition is not None else ""
    )
    reference = definition.get("messageRef") if definition is not None else node.get("messageRef")
    timer = None
    if event == "timer" and definition is not None:
        timer = next(((c.text or "").strip() for c in definition if isinstance(c.tag, str)), None)
    loop = node.find(BPMN + "multiInstanceLoopCharacteristics")
    script = node.find(BPMN + "script")
    completion = loop.find(BPMN + "completionCondition") if loop is not None else None
    return Element(
        id=node.get("id", ""),
        kind=kind,
        name=node.get("name", ""),
        parent=parent,
        lane=lane,
        extensions=read_extensions(node),
        event=event,
        message=messages.get(reference) if reference else None,
        timer=timer,
        script=script.text if script is not None else None,
        collection=loop.get(CAMUNDA + "collection") if loop is not None else None,
        variable=loop.get(CAMUNDA + "elementVariable") if loop is not None else None,
        completion=(completion.text or "").strip() if completion is not None else None,
        attached_to=node.get("attachedToRef"),
        interrupting=node.get("cancelActivity", "true") != "false",
        default=node.get("default"),
        called=node.get("calledElement"),
        node=node,
    )
