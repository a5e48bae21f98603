"""The operator on people: somebody else gets the task, or a deputy may do what only the person may."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn_xml import BPMN, CAMUNDA
from engine.definitions import Bundle
from engine.diagram import NO_DEPUTY, Diagram, Element, before
from engine.mutation.mutant import Mutant, Sketch, properties_of, words_of

ASSIGNING = ("candidateGroups", "candidateUsers", "assignee")


def drop_assignment(bundle: Bundle) -> Iterator[Mutant]:
    """A task falls to the people of the lane around it, and one that did so anyway to those of the next lane."""
    diagram = bundle.diagram
    for element in diagram.of_kind("userTask"):
        own = [name for name in ASSIGNING if element.extensions.get(name)]
        lane = element.lane if own and element.lane else _next_lane(element, diagram)
        label, near = f"{element.name or element.id}", before(diagram, element.id)
        if lane is not None and element.extensions.get("candidateGroups") != lane:
            sketch = Sketch(bundle)
            node = sketch.node(element.id)
            for name in own:
                node.attrib.pop(CAMUNDA + name)
            if own and not element.parent:
                told = f"去掉指定的办理人，归泳道“{lane}”：{label}"
            elif own:
                # A task in a sub-process has to say who does it.
                node.set(CAMUNDA + "candidateGroups", lane)
                told = f"去掉指定的办理人，归泳道“{lane}”：{label}"
            else:
                _move(sketch, element.id, lane)
                told = f"换到泳道“{lane}”：{label}"
            yield sketch.mutant(
                "drop_assignment", element.id, told, near, (f"待办里有“{element.name}”", *words_of(element))
            )
        if element.personal:
            sketch = Sketch(bundle)
            mark = properties_of(sketch.node(element.id))[NO_DEPUTY]
            above = mark.getparent()
            assert above is not None
            above.remove(mark)
            yield sketch.mutant(
                "drop_assignment", element.id, f"受托人也能办：{label}", near, words_of(element), "personal"
            )


def _next_lane(element: Element, diagram: Diagram) -> str | None:
    """The lane below the element's, or the first."""
    if element.lane not in diagram.lanes or len(diagram.lanes) < 2:
        return None
    return diagram.lanes[(diagram.lanes.index(element.lane) + 1) % len(diagram.lanes)]


def _move(sketch: Sketch, id: str, lane: str) -> None:
    for reference in list(sketch.process.iter(BPMN + "flowNodeRef")):
        if reference.text == id:
            reference.getparent().remove(reference)
    for each in sketch.process.iter(BPMN + "lane"):
        if each.get("name") == lane:
            reference = each.makeelement(BPMN + "flowNodeRef", {})
            reference.text = id
            each.append(reference)
            return
