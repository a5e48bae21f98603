"""One mutant, and the copy of a diagram on which an operator makes its change."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass

from lxml import etree

from engine.bpmn_xml import BPMN, CAMUNDA
from engine.definitions import Bundle
from engine.diagram import Diagram, Element, Flow, diagram_of

DRAWN = "{http://www.omg.org/spec/BPMN/20100524/DI}"
FORMAL = "{http://www.w3.org/2001/XMLSchema-instance}type"
FIRST_CHILDREN = (BPMN + "documentation", BPMN + "extensionElements")


@dataclass(frozen=True)
class Mutant:
    """A procedure with one wrong change: the file `path` reads `text`.

    `id` is the same as long as what was changed keeps its id; `element` is the id of the element or flow, or the path of the
    form. Only a scenario that passes one of `near` can notice; one that mentions one of `words` is likely to. `by_refusal` is
    set when the change lets through what was refused: then only a scenario in which something is refused can notice.
    `redrawn` says that elements or flows are others, so that a case begun before is not the same until it comes there.
    """

    operator: str
    element: str
    detail: str
    label: str
    path: str
    text: str
    near: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()
    by_refusal: bool = False
    redrawn: bool = False
    clauses: frozenset[str] = frozenset()
    """Those of the place that is changed: a scenario about one of them is likely to notice."""
    onward: frozenset[str] = frozenset()
    """The elements one can come to from there: scenarios that go different ways may notice different things."""

    @property
    def id(self) -> str:
        return ":".join(filter(None, (self.operator, self.element, self.detail)))

    def changed(self, bundle: Bundle) -> Bundle:
        """The procedure as it would be."""
        return Bundle(bundle.key, bundle.pack, {**bundle.files, self.path: self.text})


class Sketch:
    """A copy of a procedure's diagram; after the changes `mutant` writes it down."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self.root = copy.deepcopy(bundle.diagram.root)
        self.process = self.root.find(BPMN + "process")
        self._by_id = {node.get("id"): node for node in self.process.iter() if node.get("id")}

    def node(self, id: str) -> etree._Element:
        return self._by_id[id]

    # ---- flows

    def condition(self, flow: str, text: str | None) -> None:
        """Give a flow this condition, or none."""
        node = self.node(flow)
        for old in node.findall(BPMN + "conditionExpression"):
            node.remove(old)
        if text is not None:
            etree.SubElement(
                node, BPMN + "conditionExpression", {FORMAL: "bpmn:tFormalExpression"}
            ).text = text

    def reconnect(self, flow: str, source: str | None = None, target: str | None = None) -> None:
        """Let a flow begin or end elsewhere."""
        if source is not None:
            self.node(flow).set("sourceRef", source)
        if target is not None:
            self.node(flow).set("targetRef", target)

    def remove(self, *ids: str) -> None:
        for id in ids:
            node = self.node(id)
            parent = node.getparent()
            if parent is not None:
                parent.remove(node)

    def prune(self) -> None:
        """Remove what no token can reach any more, with all flows that have lost an end."""
        while True:
            diagram = diagram_of(self.root)
            lost = [*_dangling(diagram), *_unreachable(diagram)]
            if not lost:
                return
            self.remove(*lost)

    # ---- the result

    def text(self) -> str:
        """The file, with the lists of flows in elements and lanes and the drawing made to fit."""
        diagram = diagram_of(self.root)
        for element in diagram.elements.values():
            _relist(element, diagram)
        known = {*diagram.elements, *(flow.id for flow in diagram.flows)}
        gone = {id for id in self._by_id if self._detached(id)} - known
        for reference in list(self.root.iter(BPMN + "flowNodeRef")):
            if reference.text in gone:
                reference.getparent().remove(reference)
        for shape in [*self.root.iter(DRAWN + "BPMNShape"), *self.root.iter(DRAWN + "BPMNEdge")]:
            if shape.get("bpmnElement") in gone:
                shape.getparent().remove(shape)
        return str(etree.tostring(self.root, encoding="unicode"))

    def _detached(self, id: str) -> bool:
        top = self._by_id[id]
        while (above := top.getparent()) is not None:
            top = above
        return top is not self.root

    def mutant(
        self,
        operator: str,
        element: str,
        label: str,
        near: Iterable[str],
        words: Iterable[str] = (),
        detail: str = "",
        redrawn: bool = False,
    ) -> Mutant:
        return Mutant(
            operator,
            element,
            detail,
            label,
            f"{self._bundle.key}.bpmn",
            self.text(),
            frozenset(near),
            tuple(dict.fromkeys(word for word in words if word)),
            redrawn=redrawn,
        )


def _dangling(diagram: Diagram) -> list[str]:
    return [
        f.id for f in diagram.flows if f.source not in diagram.elements or f.target not in diagram.elements
    ]


def _unreachable(diagram: Diagram) -> list[str]:
    reached: set[str] = set()
    waiting = [e.id for e in diagram.elements.values() if e.kind == "startEvent"]
    starts = set(waiting)
    while waiting:
        id = waiting.pop()
        if id in reached:
            continue
        reached.add(id)
        waiting += [flow.target for flow in diagram.outgoing[id] if flow.target in diagram.elements]
        waiting += [e.id for e in diagram.elements.values() if e.attached_to == id]
    return [id for id in diagram.elements if id not in reached | starts]


def _relist(element: Element, diagram: Diagram) -> None:
    """Let an element list the flows that really enter and leave it."""
    node = element.node
    assert node is not None
    wanted = {
        BPMN + "incoming": [flow.id for flow in diagram.incoming[element.id]],
        BPMN + "outgoing": [flow.id for flow in diagram.outgoing[element.id]],
    }
    if all(sorted(c.text or "" for c in node.findall(tag)) == sorted(ids) for tag, ids in wanted.items()):
        return
    for tag in wanted:
        for old in node.findall(tag):
            node.remove(old)
    place = sum(child.tag in FIRST_CHILDREN for child in node)
    for tag, ids in wanted.items():
        for id in ids:
            child = etree.Element(tag)
            child.text = id
            node.insert(place, child)
            place += 1


# -- words


def words_of(element: Element) -> tuple[str, ...]:
    return (element.name,) if element.name else ()


def flow_label(flow: Flow, diagram: Diagram) -> str:
    """A branch as people would name it: the question, the answer and where it leads."""
    source, target = diagram.elements[flow.source], diagram.elements[flow.target]
    answer = f"（{flow.name}）" if flow.name else ""
    return f"{source.name or source.id} → {target.name or target.id}{answer}"


def properties_of(node: etree._Element) -> dict[str, etree._Element]:
    """The extension properties of a node by name."""
    return {
        str(item.get("name")): item
        for item in node.iterfind(f"{BPMN}extensionElements/{CAMUNDA}properties/{CAMUNDA}property")
    }
