"""Writes small BPMN documents for the layout tests, without diagrams."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"


@dataclass(frozen=True)
class Node:
    """A flow node; `extra` is written into the element, `attributes` into its tag."""

    id: str
    kind: str = "userTask"
    name: str = ""
    lane: int = 0
    attributes: str = ""
    extra: str = ""

    def xml(self) -> str:
        name = f" name={quoteattr(self.name)}" if self.name else ""
        return f'<bpmn:{self.kind} id="{self.id}"{name} {self.attributes}>{self.extra}</bpmn:{self.kind}>'


@dataclass(frozen=True)
class Flow:
    source: str
    target: str
    name: str = ""

    def xml(self, key: str) -> str:
        name = f" name={quoteattr(self.name)}" if self.name else ""
        return f'<bpmn:sequenceFlow id="{key}"{name} sourceRef="{self.source}" targetRef="{self.target}"/>'


@dataclass
class Process:
    """A process with lanes named after a warehouse; flows are numbered in their order."""

    nodes: list[Node]
    flows: list[Flow]
    lanes: int = 0
    id: str = "p"
    artifacts: str = ""
    prefix: str = "f"
    members: list[list[str]] = field(default_factory=list)

    def content(self) -> str:
        nodes = "\n".join("    " + n.xml() for n in self.nodes)
        flows = "\n".join("    " + f.xml(f"{self.prefix}{i}") for i, f in enumerate(self.flows))
        return f"{nodes}\n{flows}\n    {self.artifacts}"

    def xml(self) -> str:
        lanes = ""
        if self.lanes:
            members = [[n.id for n in self.nodes if n.lane == i] for i in range(self.lanes)]
            lanes = lane_set(self.id, members)
        return (
            f'  <bpmn:process id="{self.id}" isExecutable="true">\n{lanes}{self.content()}\n  </bpmn:process>'
        )


def lane_set(key: str, members: list[list[str]]) -> str:
    names = ("领料人", "仓库管理员", "车间主任", "采购员")
    lanes = "".join(
        f'<bpmn:lane id="{key}_lane{i}" name="{names[i]}">'
        + "".join(f"<bpmn:flowNodeRef>{m}</bpmn:flowNodeRef>" for m in found)
        + "</bpmn:lane>"
        for i, found in enumerate(members)
    )
    return f'    <bpmn:laneSet id="{key}_lanes">{lanes}</bpmn:laneSet>\n'


def definitions(*parts: str) -> bytes:
    """A document of processes and collaborations."""
    body = "\n".join(parts)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    opening = f'<bpmn:definitions xmlns:bpmn="{MODEL}" id="d" targetNamespace="t">'
    return f"{head}{opening}\n{body}\n</bpmn:definitions>\n".encode()


def pooled(process: Process, name: str = "领料") -> bytes:
    """A document with one pool around a process."""
    pool = f'<bpmn:participant id="pool" name="{name}" processRef="{process.id}"/>'
    return definitions(f'  <bpmn:collaboration id="c">{pool}</bpmn:collaboration>', process.xml())


def chain(names: Iterable[str]) -> Process:
    """Start, the named tasks, end."""
    tasks = [Node(f"t{i}", name=name) for i, name in enumerate(names)]
    nodes = [Node("s", "startEvent", "开始"), *tasks, Node("e", "endEvent", "结束")]
    return Process(nodes, [Flow(a.id, b.id) for a, b in itertools.pairwise(nodes)])


def boundary(key: str, host: str, name: str = "", lane: int = 0) -> Node:
    """A timer on the edge of an activity."""
    return Node(key, "boundaryEvent", name, lane, f'attachedToRef="{host}"', "<bpmn:timerEventDefinition/>")


def annotation(key: str, text: str, *ends: str) -> str:
    """A text annotation tied to elements."""
    ties = "".join(
        f'<bpmn:association id="{key}_{i}" sourceRef="{end}" targetRef="{key}"/>'
        for i, end in enumerate(ends)
    )
    return (
        f'<bpmn:textAnnotation id="{key}"><bpmn:text>{escape(text)}</bpmn:text></bpmn:textAnnotation>{ties}'
    )
