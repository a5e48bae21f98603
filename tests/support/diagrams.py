"""A compact way to draw small procedures in tests: elements and flows in, BPMN text and forms out.

    drawing = Drawing("kucun", "盘点库存")
    drawing.start("s").user("a", "清点", fields={"数量": "number"}).end("e")
    drawing.flow("s a e")

Everything lies in one pool without lanes, so a user task belongs to the starter unless it says otherwise.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Self
from xml.sax.saxutils import escape, quoteattr

ROOT = Path(__file__).parents[2]
STARTER = "${发起人}"
CLERK_POST = "经办员"
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"'
    ' xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="definitions" targetNamespace="http://bpmn.io/schema/bpmn">'
)


@dataclass
class _Node:
    tag: str
    id: str
    attributes: dict[str, str]
    body: str = ""
    inner: list[_Node] = field(default_factory=list)
    flows: list[str] = field(default_factory=list)


class Drawing:
    """One procedure; its own extension properties are keyword arguments (`公开变量="数量"`)."""

    def __init__(
        self, key: str, name: str = "", pack: str = "lianxi", starters: str = CLERK_POST, **properties: str
    ):
        self.key, self.name, self.pack = key, name or key, pack
        self.files: dict[str, str] = {}
        self._process = _Node(
            "process",
            key,
            {"name": self.name, "isExecutable": "true", "camunda:candidateStarterGroups": starters},
            _extensions(properties),
        )
        self._open = [self._process]
        self._messages: dict[str, str] = {}
        self._ids: list[str] = []
        self._flows: list[tuple[str, str, str]] = []

    def rename(self, key: str) -> Self:
        """Give the procedure another key; calls inside it that end alike follow."""
        ending = key.removeprefix(self.key)
        self.key = self._process.id = key
        for node in self._process.inner:
            if node.attributes.get("calledElement"):
                node.attributes["calledElement"] += ending
        return self

    # ---- events

    def start(self, id: str, message: str = "", **properties: str) -> Self:
        """A start event; with `message` the one that this message starts."""
        return self._event("startEvent", id, message, "", properties)

    def end(self, id: str, message: str = "", terminate: bool = False, **properties: str) -> Self:
        return self._event(
            "endEvent", id, message, "", properties, "<bpmn:terminateEventDefinition/>" if terminate else ""
        )

    def throw(self, id: str, message: str, **properties: str) -> Self:
        return self._event("intermediateThrowEvent", id, message, "", properties)

    def catch(self, id: str, message: str = "", timer: str = "", **properties: str) -> Self:
        return self._event("intermediateCatchEvent", id, message, timer, properties)

    def boundary(
        self,
        id: str,
        on: str,
        message: str = "",
        timer: str = "",
        interrupting: bool = True,
        **properties: str,
    ) -> Self:
        attributes = {"attachedToRef": on, "cancelActivity": str(interrupting).lower()}
        return self._event("boundaryEvent", id, message, timer, properties, "", attributes)

    def _event(
        self,
        tag: str,
        id: str,
        message: str,
        timer: str,
        properties: Mapping[str, str],
        body: str = "",
        attributes: Mapping[str, str] | None = None,
    ) -> Self:
        name = properties.get("name", id)
        body += _extensions({key: value for key, value in properties.items() if key != "name"})
        if message:
            body += f'<bpmn:messageEventDefinition messageRef="{self._message(message)}"/>'
        if timer:
            expression = f'<bpmn:timeDate xsi:type="bpmn:tFormalExpression">{escape(timer)}</bpmn:timeDate>'
            body += f"<bpmn:timerEventDefinition>{expression}</bpmn:timerEventDefinition>"
        return self._add(tag, id, {"name": name, **(attributes or {})}, body)

    def _message(self, name: str) -> str:
        return self._messages.setdefault(name, f"m{len(self._messages)}")

    # ---- tasks

    def user(
        self,
        id: str,
        name: str = "",
        fields: Mapping[str, str | dict[str, Any]] | None = None,
        users: str = STARTER,
        groups: str = "",
        due: str = "",
        each: str = "",
        of: str = "",
        sequential: bool = False,
        enough: str = "",
        **properties: str,
    ) -> Self:
        """A user task. `fields`: field → type, or its component; `each` … `of` make it multi-instance.

        `enough` is the condition that ends a multi-instance early.
        """
        self.form(id, fields or {})
        attributes = {"name": name or id, "camunda:formKey": id, "camunda:candidateGroups": groups}
        attributes |= {"camunda:candidateUsers": "" if groups else users, "camunda:dueDate": due}
        loop = _loop(each, of, sequential, enough)
        return self._add("userTask", id, attributes, _extensions(properties) + loop)

    def script(self, id: str, text: str) -> Self:
        return self._add(
            "scriptTask",
            id,
            {"name": id, "scriptFormat": "guicheng"},
            f"<bpmn:script>{escape(text)}</bpmn:script>",
        )

    def decide(self, id: str, table: str, result: str, key: str = "route") -> Self:
        """A business rule task with its table (see `tests.support.tables`)."""
        self.files[f"decisions/{key}.dmn"] = table
        attributes = {"name": id, "camunda:decisionRef": key, "camunda:resultVariable": result}
        return self._add("businessRuleTask", id, attributes)

    def notify(self, id: str, to: str, text: str) -> Self:
        return self._service(id, "notify", {"通知对象": to, "通知内容": text})

    def document(self, id: str, template: str, name: str) -> Self:
        return self._service(id, "document", {"模板": template, "文书名称": name})

    def _service(self, id: str, topic: str, properties: Mapping[str, str]) -> Self:
        attributes = {"name": id, "camunda:type": "external", "camunda:topic": topic}
        return self._add("serviceTask", id, attributes, _extensions(properties))

    def send(self, id: str, message: str, each: str = "", of: str = "", **properties: str) -> Self:
        attributes = {"name": id, "messageRef": self._message(message)}
        return self._add("sendTask", id, attributes, _extensions(properties) + _loop(each, of, False))

    def call(
        self,
        id: str,
        called: str,
        ins: Mapping[str, str] | None = None,
        outs: Mapping[str, str] | None = None,
        each: str = "",
        of: str = "",
        sequential: bool = False,
    ) -> Self:
        """A call activity. `ins`: target → expression, `outs`: target → variable of the called procedure."""
        mappings = "".join(
            f"<camunda:in sourceExpression={quoteattr(v)} target={quoteattr(k)}/>"
            for k, v in (ins or {}).items()
        )
        mappings += "".join(
            f"<camunda:out source={quoteattr(v)} target={quoteattr(k)}/>" for k, v in (outs or {}).items()
        )
        body = f"<bpmn:extensionElements>{mappings}</bpmn:extensionElements>" + _loop(each, of, sequential)
        return self._add("callActivity", id, {"name": id, "calledElement": called}, body)

    # ---- gateways and sub-processes

    def xor(self, id: str, default: str = "") -> Self:
        """An exclusive gateway; `default` is the element its default flow leads to."""
        return self._add("exclusiveGateway", id, {"default": f"f_{id}__{default}" if default else ""})

    def inclusive(self, id: str, default: str = "") -> Self:
        return self._add("inclusiveGateway", id, {"default": f"f_{id}__{default}" if default else ""})

    def parallel(self, id: str) -> Self:
        return self._add("parallelGateway", id, {})

    def race(self, id: str) -> Self:
        """An event gateway."""
        return self._add("eventBasedGateway", id, {})

    @contextmanager
    def sub(self, id: str, each: str = "", of: str = "", sequential: bool = False) -> Iterator[None]:
        """An embedded sub-process; what is drawn in the block lies inside."""
        self._add("subProcess", id, {"name": id}, _loop(each, of, sequential))
        self._open.append(self._open[-1].inner[-1])
        yield
        self._open.pop()

    def _add(self, tag: str, id: str, attributes: Mapping[str, str], body: str = "") -> Self:
        self._open[-1].inner.append(_Node(tag, id, {k: v for k, v in attributes.items() if v}, body))
        self._ids.append(id)
        return self

    def flow(self, path: str, when: str = "") -> Self:
        """Flows along a path of element ids; `when` is the condition of the first."""
        ids = path.split()
        for source, target in pairwise(ids):
            formal = f'xsi:type="bpmn:tFormalExpression">{escape(when)}'
            condition = f"<bpmn:conditionExpression {formal}</bpmn:conditionExpression>"
            flow = f'<bpmn:sequenceFlow id="f_{source}__{target}" sourceRef="{source}" targetRef="{target}"'
            self._open[-1].flows.append(f"{flow}>{condition}</bpmn:sequenceFlow>" if when else flow + "/>")
            self._flows.append((f"f_{source}__{target}", source, target))
            when = ""
        return self

    # ---- files

    def form(self, key: str, fields: Mapping[str, str | dict[str, Any]]) -> Self:
        """A form of its own, for a case button."""
        components = [
            {"key": name, "label": name, **({"type": kind} if isinstance(kind, str) else kind)}
            for name, kind in fields.items()
        ]
        document = {"type": "default", "id": key, "schemaVersion": 16, "components": components}
        self.files[f"forms/{key}.form"] = json.dumps(document, ensure_ascii=False)
        return self

    def template(self, name: str, text: str) -> Self:
        self.files[f"documents/{name}"] = text
        return self

    def bpmn(self) -> str:
        """The diagram, with a simple drawing of its shapes."""
        messages = "".join(
            f"<bpmn:message id={quoteattr(id)} name={quoteattr(name)}/>"
            for name, id in self._messages.items()
        )
        shapes = "".join(
            f'<bpmndi:BPMNShape id="{id}_di" bpmnElement="{id}">'
            f'<dc:Bounds x="{100 + 150 * n}" y="{100 + 10 * n}" width="100" height="80"/></bpmndi:BPMNShape>'
            for n, id in enumerate(self._ids)
        )
        edges = "".join(
            f'<bpmndi:BPMNEdge id="{id}_di" bpmnElement="{id}"><di:waypoint x="0" y="{y}"/>'
            f'<di:waypoint x="9" y="{y}"/></bpmndi:BPMNEdge>'
            for id, _, target in self._flows
            for y in [100 + 10 * self._ids.index(target)]
        )
        plane = f'<bpmndi:BPMNPlane id="plane" bpmnElement="{self.key}">{shapes}{edges}</bpmndi:BPMNPlane>'
        drawn = f'<bpmndi:BPMNDiagram id="diagram">{plane}</bpmndi:BPMNDiagram>'
        return f"{_HEAD}{messages}{_xml(self._process)}{drawn}</bpmn:definitions>"

    def write(self, processes: Path) -> None:
        """Write the procedure's folder, replacing an earlier one."""
        folder = processes / self.pack / self.key
        shutil.rmtree(folder, ignore_errors=True)
        for name, text in {f"{self.key}.bpmn": self.bpmn(), **self.files}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def _extensions(properties: Mapping[str, str]) -> str:
    if not properties:
        return ""
    items = "".join(
        f"<camunda:property name={quoteattr(k)} value={quoteattr(v)}/>" for k, v in properties.items()
    )
    return (
        f"<bpmn:extensionElements><camunda:properties>{items}</camunda:properties></bpmn:extensionElements>"
    )


def _loop(each: str, of: str, sequential: bool, enough: str = "") -> str:
    if not each:
        return ""
    formal = f'<bpmn:completionCondition xsi:type="bpmn:tFormalExpression">{escape(enough)}</bpmn:completionCondition>'
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}"'
        f" camunda:collection={quoteattr(of)} camunda:elementVariable={quoteattr(each)}>"
        f"{formal if enough else ''}</bpmn:multiInstanceLoopCharacteristics>"
    )


def _xml(node: _Node) -> str:
    attributes = "".join(f" {name}={quoteattr(value)}" for name, value in node.attributes.items())
    inner = node.body + "".join(map(_xml, node.inner)) + "".join(node.flows)
    return f'<bpmn:{node.tag} id="{node.id}"{attributes}>{inner}</bpmn:{node.tag}>'


def make_processes(folder: Path, *drawings: Drawing) -> Path:
    """A processes folder with the toy pack's people and rules, the real calendar and these procedures."""
    target = folder / "processes"
    pack = ROOT / "tests" / "support" / "toy_pack" / "lianxi"
    (target / "lianxi").mkdir(parents=True)
    for name in ("organisation.yml", "rules.yml", "parameters.yml"):
        shutil.copy(pack / name, target / "lianxi" / name)
    shutil.copytree(ROOT / "processes" / "calendar", target / "calendar")
    for drawing in drawings:
        drawing.write(target)
    return target
