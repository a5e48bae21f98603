"""Reports objective defects of BPMN diagrams: what a careful designer would not have drawn.

Crossings and lines that run together from a common source or into a common target are figures, not defects:
some flows cannot be drawn without.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise

from .geometry import gap, inside, line_passes, meetings, overlap
from .model import ASSOCIATION, SUB_PROCESSES, Box
from .planes import Plane, Semantics, read_planes
from .reading import parse

CONTAINERS = frozenset({"participant", "lane", "group", *SUB_PROCESSES})
EDGES = frozenset(
    {"sequenceFlow", "messageFlow", "association", "dataInputAssociation", "dataOutputAssociation"}
)
DRAWN = re.compile(
    r"(Event|Gateway|[tT]ask|SubProcess|subProcess|callActivity|participant|lane|transaction|textAnnotation|group"
    r"|dataObjectReference|dataStoreReference)$"
)
LABELLED = re.compile(r"(Event|Gateway|sequenceFlow|messageFlow)$")
LABEL_REACH = 20
"""How far a label may lie from its line, in pixels; from its shape twice as far."""

MESSAGES = {
    "no_diagram": "文件里没有图形信息。请在建模器里画出来，或者用整理布局生成。",
    "unknown_element": "图里有一个图形指向不存在的元素 {0}。请删去这个图形。",
    "drawn_twice": "{0} 在同一张图里画了两次。请删去一个。",
    "no_bounds": "{0} 的图形没有位置和大小。请重新画出。",
    "not_drawn": "{0} 没有画出来。请补画，或者删去这个元素。",
    "label_missing": "{0} 的名称没有指定位置，显示时可能压住别的内容。请摆放名称。",
    "shapes_overlap": "{0} 与 {1} 的图形重叠。请把它们分开。",
    "outside_sub_process": "{0} 画到了子流程 {1} 的框外。请移进框内。",
    "outside_lane": "{0} 画到了泳道 {1} 之外。请移进这条泳道。",
    "outside_pool": "{0} 画到了泳池 {1} 之外。请移进泳池。",
    "boundary_off_host": "边界事件 {0} 没有画在活动 {1} 的边上。请贴到它的边上。",
    "not_orthogonal": "连线 {0} 有斜线。请改成横平竖直。",
    "not_docked": "连线 {0} 没有接到 {1} 上。请重新连接。",
    "line_through_shape": "连线 {0} 穿过了 {1}。请绕开。",
    "lines_overlap": "连线 {0} 与 {1} 有一段重合，看不出走向。请分开。",
    "lines_touch": "连线 {0} 的拐角或端点碰到连线 {1}。请分开。",
    "labels_overlap": "{0} 与 {1} 的名称重叠。请把名称分开。",
    "label_on_shape": "{0} 的名称压在 {1} 的图形上。请移开名称。",
    "line_through_label": "{0} 的名称被连线 {1} 穿过。请移开名称。",
    "label_on_border": "{0} 的名称压在 {1} 的边框上。请移开名称。",
    "label_far": "{0} 的名称离它太远，看不出属于谁。请移近。",
}
"""Every kind of defect, and the sentence that reports it."""


@dataclass(frozen=True, slots=True)
class Defect:
    """One flaw of a drawing: its kind (a key of MESSAGES), the elements concerned, a sentence for people."""

    code: str
    element_ids: tuple[str, ...]
    message: str


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts that describe a drawing, summed over all planes; width and height, in pixels, of the first."""

    shapes: int = 0
    edges: int = 0
    crossings: int = 0
    shared_trunks: int = 0
    bends: int = 0
    leftward_edges: int = 0
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict on a document."""

    defects: tuple[Defect, ...]
    figures: Figures


def check(xml: bytes) -> Report:
    """Judges all diagrams of a document; raises LayoutError when it is not a readable BPMN document."""
    root = parse(xml)
    semantics = Semantics(root)
    planes = read_planes(root, semantics)
    if not any(plane.shapes for plane in planes):
        return Report((_defect(semantics, "no_diagram"),), Figures())
    defects = [*_unfinished(semantics, planes)]
    crossings = trunks = 0
    for plane in planes:
        defects += _misplaced(semantics, plane)
        defects += _stray_lines(semantics, plane)
        defects += _bad_labels(semantics, plane)
        tangles, crossed, shared = _tangles(semantics, plane)
        defects += tangles
        crossings, trunks = crossings + crossed, trunks + shared
    return Report(tuple(defects), _figures(planes, crossings, trunks))


def _defect(semantics: Semantics, code: str, *keys: str) -> Defect:
    names = [semantics.name(key) if key in semantics.elements else key for key in keys]
    return Defect(code, keys, MESSAGES[code].format(*names))


def _figures(planes: list[Plane], crossings: int, trunks: int) -> Figures:
    lines = [points for plane in planes for points in plane.lines.values()]
    boxes = list(planes[0].shapes.values()) or [(0.0, 0.0, 0.0, 0.0)]
    return Figures(
        shapes=sum(len(plane.shapes) for plane in planes),
        edges=len(lines),
        crossings=crossings,
        shared_trunks=trunks,
        bends=sum(len(points) - 2 for points in lines),
        leftward_edges=sum(points[-1][0] < points[0][0] for points in lines),
        width=round(max(x + w for x, _, w, _ in boxes) - min(x for x, _, _, _ in boxes)),
        height=round(max(y + h for _, y, _, h in boxes) - min(y for _, y, _, _ in boxes)),
    )


# -- what is missing or superfluous
def _unfinished(semantics: Semantics, planes: list[Plane]) -> Iterator[Defect]:
    drawn: set[str] = set()
    placed: set[str] = set()
    for plane in planes:
        drawn |= {*plane.shapes, *plane.lines, *plane.shapeless}
        placed |= set(plane.labels)
        yield from (_defect(semantics, "unknown_element", key) for key in plane.unknown)
        yield from (_defect(semantics, "drawn_twice", key) for key in plane.twice)
        yield from (_defect(semantics, "no_bounds", key) for key in plane.shapeless)
    for key, kind in semantics.kind.items():
        if key not in drawn:
            if kind in EDGES or (DRAWN.search(kind) and not kind.startswith("global")):
                yield _defect(semantics, "not_drawn", key)
        elif key not in placed and semantics.elements[key].get("name") and LABELLED.search(kind):
            yield _defect(semantics, "label_missing", key)


# -- shapes
def _misplaced(semantics: Semantics, plane: Plane) -> Iterator[Defect]:
    kind, above, host = semantics.kind, semantics.above, semantics.host
    solid = [key for key in plane.shapes if kind[key] not in ("participant", "lane", "group")]
    for a, b in combinations(solid, 2):
        if a in above[b] or b in above[a] or host.get(a) == b or host.get(b) == a:
            continue
        if overlap(plane.shapes[a], plane.shapes[b]):
            yield _defect(semantics, "shapes_overlap", a, b)
    for key in solid:
        parent = semantics.elements[key].getparent().get("id")
        framed = kind.get(parent) in SUB_PROCESSES and parent in plane.shapes and key not in host
        if framed and not inside(plane.shapes[key], plane.shapes[parent]):
            yield _defect(semantics, "outside_sub_process", key, parent)
        activity = host.get(key)
        if activity in plane.shapes and not _on_edge(plane.shapes[key], plane.shapes[activity]):
            yield _defect(semantics, "boundary_off_host", key, activity)
    for lane in (key for key in plane.shapes if kind[key] == "lane"):
        members = [key for key in semantics.members(lane) if key in plane.shapes and key not in host]
        for key in members:
            if not inside(plane.shapes[key], plane.shapes[lane]):
                yield _defect(semantics, "outside_lane", key, lane)
    yield from _outside_pools(semantics, plane)


def _on_edge(event: Box, activity: Box) -> bool:
    x, y, w, h = activity
    middle = event[0] + event[2] / 2, event[1] + event[3] / 2
    within = inside((*middle, 0, 0), activity, 5)
    return within and not inside((*middle, 0, 0), (x + 5, y + 5, w - 10, h - 10), 0)


def _outside_pools(semantics: Semantics, plane: Plane) -> Iterator[Defect]:
    pools = {
        key: semantics.elements[key].get("processRef")
        for key in plane.shapes
        if _is(semantics, key, "participant")
    }
    for pool, process in pools.items():
        for key, box in plane.shapes.items():
            if process in semantics.above[key] and not inside(box, plane.shapes[pool]):
                yield _defect(semantics, "outside_pool", key, pool)


def _is(semantics: Semantics, key: str, kind: str) -> bool:
    return semantics.kind[key] == kind


# -- lines
def _stray_lines(semantics: Semantics, plane: Plane) -> Iterator[Defect]:
    solid = {
        k: box for k, box in plane.shapes.items() if semantics.kind[k] not in ("participant", "lane", "group")
    }
    for key, points in plane.lines.items():
        ends = semantics.ends(key)
        slanted = any(a[0] != b[0] and a[1] != b[1] for a, b in pairwise(points))
        if slanted and semantics.kind[key] != ASSOCIATION:
            yield _defect(semantics, "not_orthogonal", key)
        for end, point in zip(ends, (points[0], points[-1]), strict=True):
            if end in plane.shapes and not inside((*point, 0, 0), plane.shapes[end], 2):
                yield _defect(semantics, "not_docked", key, end)
        hosts = {semantics.host.get(end) for end in ends}
        for node, box in solid.items():
            if node in semantics.above[key] or (node in hosts and node not in ends):
                continue
            # The last few pixels of a line lie inside round and slanted outlines.
            shrink = 3 if node in ends and semantics.kind[node] not in SUB_PROCESSES else 1
            if line_passes(points, box, shrink):
                yield _defect(semantics, "line_through_shape", key, node)


def _tangles(semantics: Semantics, plane: Plane) -> tuple[list[Defect], int, int]:
    """Lines that run together or touch without a common end; how many cross, how many share a trunk."""
    found: list[Defect] = []
    crossings = trunks = 0
    for a, b in combinations(plane.lines, 2):
        how = meetings(plane.lines[a], plane.lines[b])
        crossings += how.count("cross")
        (s1, t1), (s2, t2) = semantics.ends(a), semantics.ends(b)
        common = s1 == s2 or t1 == t2
        if "along" in how:
            trunks += common
            if not common:
                found.append(_defect(semantics, "lines_overlap", a, b))
        elif "touch" in how and not common:
            found.append(_defect(semantics, "lines_touch", a, b))
    return found, crossings, trunks


# -- labels
def _bad_labels(semantics: Semantics, plane: Plane) -> Iterator[Defect]:
    for a, b in combinations(plane.labels, 2):
        if overlap(plane.labels[a], plane.labels[b]):
            yield _defect(semantics, "labels_overlap", a, b)
    for key, box in plane.labels.items():
        for node, shape in plane.shapes.items():
            container = semantics.kind[node] in CONTAINERS
            if container and overlap(box, shape) and not inside(box, shape):
                yield _defect(semantics, "label_on_border", key, node)
            elif not container and overlap(box, shape, 6 if node == key else 1):
                yield _defect(semantics, "label_on_shape", key, node)
        for line, points in plane.lines.items():
            if line_passes(points, box):
                yield _defect(semantics, "line_through_label", key, line)
        if semantics.elements[key].get("name") and _far(plane, key, box):
            yield _defect(semantics, "label_far", key)


def _far(plane: Plane, key: str, label: Box) -> bool:
    if key in plane.shapes:
        return gap(label, plane.shapes[key]) > 2 * LABEL_REACH
    points = plane.lines.get(key, [])
    strokes = (
        (min(a[0], b[0]), min(a[1], b[1]), abs(a[0] - b[0]), abs(a[1] - b[1])) for a, b in pairwise(points)
    )
    return min((gap(label, stroke) for stroke in strokes), default=0) > LABEL_REACH
