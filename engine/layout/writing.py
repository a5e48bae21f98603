"""Replaces the diagram elements of a BPMN document and leaves every other byte as it is."""

from __future__ import annotations

from collections.abc import Iterator
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from .model import BPMN, SUB_PROCESSES, Box, Drawing, LayoutError
from .reading import Element, local

DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
NAMESPACES = {
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
}


def replace_diagrams(xml: bytes, root: Element, drawings: list[tuple[str, Drawing]]) -> bytes:
    """The document with one diagram for every plane, given as the id of its element and the drawing.

    The new diagrams stand where the first old one stood, or at the end; all other bytes are kept.
    """
    text = "\n  ".join(_diagrams(root, drawings)).encode()
    old, end = _find_diagrams(xml)
    if not old:
        cut = end
        while xml[cut - 1 : cut] in (b" ", b"\t"):
            cut -= 1
        return xml[:cut] + b"  " + text + b"\n" + xml[cut:]
    (start, stop), *others = old
    result, at = xml[:start] + text, stop
    for start, stop in others:
        result += xml[at:start].rstrip()
        at = stop
    return result + xml[at:]


def _find_diagrams(xml: bytes) -> tuple[list[tuple[int, int]], int]:
    """Where the diagram elements begin and end, and where the closing tag of the document begins."""
    parser = expat.ParserCreate(namespace_separator="}")
    name = DI[1:] + "BPMNDiagram"
    found: list[tuple[int, int]] = []
    depth, opened, waiting, end = 0, -1, False, -1

    def here() -> None:
        """Any event after a diagram tells where that diagram has ended."""
        nonlocal waiting
        if waiting:
            found.append((opened, parser.CurrentByteIndex))
            waiting = False

    def start(tag: str, _: dict[str, str]) -> None:
        nonlocal depth, opened
        here()
        if depth == 1 and tag == name:
            opened = parser.CurrentByteIndex
        depth += 1

    def stop(tag: str) -> None:
        nonlocal depth, waiting, end
        here()
        depth -= 1
        waiting = depth == 1 and tag == name
        if depth == 0:
            end = parser.CurrentByteIndex

    parser.StartElementHandler = start
    parser.EndElementHandler = stop
    parser.DefaultHandler = lambda _: here()
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as error:
        raise LayoutError(f"这不是完好的 XML 文件，无法读取：{error}。请用建模器重新导出。") from error
    return found, end


def _diagrams(root: Element, drawings: list[tuple[str, Drawing]]) -> Iterator[str]:
    kinds = {el.get("id"): local(el) for el in root.iter(BPMN + "*") if el.get("id")}
    taken = set(kinds)

    def free_id(wanted: str) -> str:
        while wanted in taken:
            wanted += "_"
        taken.add(wanted)
        return wanted

    declared = [f' xmlns:{k}="{uri}"' for k, uri in NAMESPACES.items() if root.nsmap.get(k) != uri]
    for number, (plane, drawing) in enumerate(drawings, 1):
        diagram, plane_id = free_id(f"BPMNDiagram_{number}"), free_id(f"BPMNPlane_{number}")
        lines = [f"<bpmndi:BPMNDiagram{''.join(declared)} id={quoteattr(diagram)}>"]
        lines.append(f"    <bpmndi:BPMNPlane id={quoteattr(plane_id)} bpmnElement={quoteattr(plane)}>")
        for key, box in drawing.shapes.items():
            shown = _shape_attributes(kinds[key], key in drawing.expanded)
            opening = f"id={quoteattr(free_id(key + '_di'))} bpmnElement={quoteattr(key)}{shown}"
            lines += [f"      <bpmndi:BPMNShape {opening}>", f"        {_bounds(box)}"]
            lines += [*_label(drawing, key), "      </bpmndi:BPMNShape>"]
        for key, points in drawing.edges.items():
            opening = f"id={quoteattr(free_id(key + '_di'))} bpmnElement={quoteattr(key)}"
            lines.append(f"      <bpmndi:BPMNEdge {opening}>")
            lines += [f'        <di:waypoint x="{round(x)}" y="{round(y)}" />' for x, y in points]
            lines += [*_label(drawing, key), "      </bpmndi:BPMNEdge>"]
        yield "\n".join([*lines, "    </bpmndi:BPMNPlane>", "  </bpmndi:BPMNDiagram>"])


def _shape_attributes(kind: str, expanded: bool) -> str:
    if kind in SUB_PROCESSES:
        return f' isExpanded="{str(expanded).lower()}"'
    if kind in ("participant", "lane"):
        return ' isHorizontal="true"'
    return ' isMarkerVisible="true"' if kind == "exclusiveGateway" else ""


def _bounds(box: Box) -> str:
    x, y, w, h = (round(v) for v in box)
    return f'<dc:Bounds x="{x}" y="{y}" width="{w}" height="{h}" />'


def _label(drawing: Drawing, key: str) -> list[str]:
    if key not in drawing.labels:
        return []
    return [
        "        <bpmndi:BPMNLabel>",
        f"          {_bounds(drawing.labels[key])}",
        "        </bpmndi:BPMNLabel>",
    ]
