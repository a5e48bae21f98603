"""Reads the drawn planes of a BPMN document for judging: bounds, waypoints and labels by element."""

from __future__ import annotations

from dataclasses import dataclass, field

from .model import BPMN, SUB_PROCESSES, Box, Point
from .reading import Element, local

DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
WAYPOINT = "{http://www.omg.org/spec/DD/20100524/DI}waypoint"
BOUNDS = "{http://www.omg.org/spec/DD/20100524/DC}Bounds"


class Semantics:
    """The elements of a document that a diagram may show."""

    def __init__(self, root: Element) -> None:
        self.elements: dict[str, Element] = {el.get("id"): el for el in root.iter(BPMN + "*") if el.get("id")}
        self.kind = {key: local(el) for key, el in self.elements.items()}
        self.above = {
            key: {a.get("id") for a in el.iterancestors() if a.get("id")} for key, el in self.elements.items()
        }
        self.host = {
            key: el.get("attachedToRef", "")
            for key, el in self.elements.items()
            if self.kind[key] == "boundaryEvent"
        }

    def name(self, key: str) -> str:
        """An element as people look for it: its id and its name."""
        name = self.elements[key].get("name")
        return f"{key}“{name}”" if name else key

    def ends(self, key: str) -> tuple[str, str]:
        el = self.elements[key]
        return el.get("sourceRef", ""), el.get("targetRef", "")

    def members(self, lane: str) -> list[str]:
        refs = self.elements[lane].findall(BPMN + "flowNodeRef")
        return [ref.text.strip() for ref in refs if ref.text and ref.text.strip() in self.elements]


@dataclass(slots=True)
class Plane:
    """What one diagram shows."""

    element: str
    shapes: dict[str, Box] = field(default_factory=dict)
    lines: dict[str, list[Point]] = field(default_factory=dict)
    labels: dict[str, Box] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    shapeless: list[str] = field(default_factory=list)
    """Shapes without usable bounds and lines with fewer than two usable waypoints."""


def read_planes(root: Element, semantics: Semantics) -> list[Plane]:
    """All planes of a document; content that the viewer hides inside a collapsed sub-process is left out."""
    return [_read_plane(el, semantics) for el in root.iter(DI + "BPMNPlane")]


def _read_plane(plane: Element, semantics: Semantics) -> Plane:
    found = Plane(plane.get("bpmnElement", ""))
    drawn = [el for el in plane if el.tag in (DI + "BPMNShape", DI + "BPMNEdge")]
    collapsed = {
        el.get("bpmnElement")
        for el in drawn
        if semantics.kind.get(el.get("bpmnElement")) in SUB_PROCESSES and el.get("isExpanded") != "true"
    }
    for el in drawn:
        key = el.get("bpmnElement") or ""
        if key not in semantics.elements:
            found.unknown.append(key)
        elif not semantics.above[key] & collapsed:
            _read_figure(found, el, key)
    return found


def _read_figure(plane: Plane, el: Element, key: str) -> None:
    if key in plane.shapes or key in plane.lines:
        plane.twice.append(key)
    if el.tag == DI + "BPMNShape":
        box = _bounds(el)
        if box:
            plane.shapes[key] = box
    else:
        points = [p for p in map(_waypoint, el.iter(WAYPOINT)) if p]
        if len(points) > 1:
            plane.lines[key] = points
    if key not in plane.shapes and key not in plane.lines:
        plane.shapeless.append(key)
    label = el.find(DI + "BPMNLabel")
    bounds = None if label is None else _bounds(label)
    if bounds:
        plane.labels[key] = bounds


def _bounds(el: Element) -> Box | None:
    box = el.find(BOUNDS)
    if box is None:
        return None
    try:
        return float(box.get("x")), float(box.get("y")), float(box.get("width")), float(box.get("height"))
    except (TypeError, ValueError):
        return None


def _waypoint(el: Element) -> Point | None:
    try:
        return float(el.get("x")), float(el.get("y"))
    except (TypeError, ValueError):
        return None
