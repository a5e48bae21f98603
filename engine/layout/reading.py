"""Reads the semantic part of a BPMN document into pages of pools, lanes, nodes and edges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from lxml import etree

from engine.bpmn_xml import parse_xml
from engine.errors import BadDiagram

from .extents import guest_pitch
from .model import (
    ANNOTATION,
    ASSOCIATION,
    BPMN,
    EVENT_SIZE,
    GATEWAY_SIZE,
    MESSAGE,
    PARTICIPANT,
    SEQUENCE,
    SUB_PROCESSES,
    TASK_HEIGHT,
    Edge,
    Lane,
    LayoutError,
    Node,
    Page,
    Pool,
    Scope,
)
from .text import NAME_LINE, NAME_SIZE, TASK_PADDING, task_width, text_width, wrap

Element = Any
"""An lxml element; the library carries no types."""

ANNOTATION_WIDTH = 140
KIND_NAMES = {
    "dataObjectReference": "数据对象",
    "dataStoreReference": "数据存储",
    "group": "分组",
    ANNOTATION: "文字注释",
    ASSOCIATION: "关联线",
    MESSAGE: "消息流",
    SEQUENCE: "顺序流",
    "boundaryEvent": "边界事件",
    PARTICIPANT: "泳池",
    "process": "流程",
}
LOOPS = ("multiInstanceLoopCharacteristics", "standardLoopCharacteristics")
UNDRAWABLE = ("dataObjectReference", "dataStoreReference", "group")


def parse(xml: bytes) -> Element:
    """The root element of a BPMN document in UTF-8; raises LayoutError for anything else."""
    try:
        root = parse_xml(xml)
    except BadDiagram as error:
        raise LayoutError(str(error)) from error
    encoding = root.getroottree().docinfo.encoding or "UTF-8"
    if encoding.upper() not in ("UTF-8", "ASCII", "US-ASCII"):
        raise LayoutError(f"图文件的编码是 {encoding}，只能处理 UTF-8。请另存为 UTF-8 编码。")
    return root


def local(el: Element) -> str:
    """The tag without namespace; empty for comments and the like."""
    return etree.QName(el).localname if isinstance(el.tag, str) else ""


def bpmn_children(el: Element) -> Iterator[Element]:
    """The children in the BPMN namespace."""
    return (child for child in el if isinstance(child.tag, str) and child.tag.startswith(BPMN))


def is_task(kind: str) -> bool:
    return kind.lower().endswith("task") or kind == "callActivity"


def describe(el: Element) -> str:
    """An element as people know it: kind, id and name."""
    kind, name = local(el), el.get("name")
    return f"{KIND_NAMES.get(kind, kind)} {el.get('id')}" + (f"“{name}”" if name else "")


def read_pages(root: Element, collapsed: set[str], shown: set[str] | None = None) -> list[Page]:
    """All pages of a document; `collapsed` names the sub-processes whose content stays on a page of its own.

    With `shown` (what the old diagram shows) data objects, data stores and groups beside these are left out.
    Raises LayoutError, naming the elements, when the document holds something that cannot be drawn.
    """
    return _Reader(root, collapsed, shown).pages()


class _Reader:
    def __init__(self, root: Element, collapsed: set[str], shown: set[str] | None = None) -> None:
        self.root, self.collapsed, self.shown = root, collapsed, shown
        self.elements = {el.get("id"): el for el in root.iter(BPMN + "*") if el.get("id")}
        self.refused: list[str] = []
        self.width = task_width(el.get("name", "") for el in self.elements.values() if is_task(local(el)))
        self.scope_of: dict[str, Scope] = {}
        """The scope of every node."""
        self.content_of: dict[str, Scope] = {}
        """The scope that holds the content of a process or sub-process."""
        self.first_lane: dict[str, int] = {}
        self.hidden: list[Page] = []

    def pages(self) -> list[Page]:
        processes = {p.get("id"): p for p in self.root.findall(BPMN + "process")}
        collaboration = self.root.find(BPMN + "collaboration")
        participants = [] if collaboration is None else collaboration.findall(BPMN + "participant")
        if not processes and not participants:
            raise LayoutError("文件里没有流程，无从画起。请至少画一个流程。")
        self.refuse_loose_processes(processes, participants)
        self.refused += [
            describe(el)
            for key, el in self.elements.items()
            if local(el) in UNDRAWABLE and (self.shown is None or key in self.shown)
        ]
        top = Scope({}, [], pool_of_lane=[])
        pools: list[Pool] = []
        for part in participants or [None]:
            ref = None if part is None else part.get("processRef")
            process = next(iter(processes.values())) if part is None else processes.get(ref)
            pools.append(self.read_pool(top, part, process, len(pools)))
        self.read_artifacts(top, [el for el in (collaboration, *processes.values()) if el is not None])
        self.read_messages(top)
        if self.refused:
            listed = "；".join(self.refused)
            raise LayoutError(
                f"这张图里有整理布局画不了的内容：{listed}。请删去或改画，或者在建模器里手工排版。"
            )
        plane = processes[next(iter(processes))] if collaboration is None else collaboration
        return [Page(plane.get("id"), pools, top), *self.hidden]

    def refuse_loose_processes(self, processes: dict[str, Element], participants: list[Element]) -> None:
        """A process that no pool shows would be lost without a word."""
        shown = {p.get("processRef") for p in participants} if participants else set(list(processes)[:1])
        for key, process in processes.items():
            if key not in shown:
                self.refused.append(f"{describe(process)}（没有泳池引用它）")

    # -- flow nodes and sequence flows
    def read_pool(self, top: Scope, part: Element | None, process: Element | None, number: int) -> Pool:
        first = len(top.pool_of_lane)
        lane_set = None if process is None else process.find(BPMN + "laneSet")
        leaves = [] if lane_set is None else list(_leaf_lanes(lane_set))
        lane_of = {
            ref.text.strip(): first + i
            for i, (lane, _) in enumerate(leaves)
            for ref in lane.findall(BPMN + "flowNodeRef")
            if ref.text
        }
        top.pool_of_lane += [number] * max(1, len(leaves))
        if process is None:
            top.closed |= {first}
        else:
            self.first_lane[process.get("id")] = first
            self.read_content(top, process, lane_of, first)
        lanes = tuple(Lane(lane.get("id"), up) for lane, up in leaves) or (Lane(None),)
        return Pool(None if part is None else part.get("id"), lanes)

    def read_content(self, scope: Scope, parent: Element, lane_of: dict[str, int], lane: int = 0) -> None:
        """Adds the flow nodes and sequence flows directly inside a process or sub-process."""
        self.content_of[parent.get("id")] = scope
        for el in bpmn_children(parent):
            node = self.read_node(el)
            if node and not node.id:
                self.refused.append(f"{describe(parent)} 里一个没有 id 的 {node.kind}")
            elif node:
                node.lane = lane_of.get(node.id, lane)
                scope.nodes[node.id] = node
                self.scope_of[node.id] = scope
        for el in parent.findall(BPMN + "boundaryEvent"):
            self.attach(scope, el)
        for host in (n for n in scope.nodes.values() if n.guests):
            host.w = max(host.w, guest_pitch(host) * (len(host.guests) - 1) + 64)
        defaults = {el.get("default") for el in bpmn_children(parent)}
        for el in parent.findall(BPMN + "sequenceFlow"):
            s, t = scope.nodes.get(el.get("sourceRef")), scope.nodes.get(el.get("targetRef"))
            if s is None or t is None or not el.get("id"):
                self.refused.append(f"{describe(el)}（起点或终点不在同一个流程或子流程里）")
            else:
                default = el.get("id") in defaults
                scope.edges.append(Edge(el.get("id"), SEQUENCE, el.get("name", ""), s, t, default=default))

    def attach(self, scope: Scope, el: Element) -> None:
        guest, host = scope.nodes.get(el.get("id")), scope.nodes.get(el.get("attachedToRef"))
        if guest is None or host is None or host.kind == "boundaryEvent":
            self.refused.append(f"{describe(el)}（所附着的活动不在同一个流程或子流程里）")
            return
        guest.host, guest.lane = host, host.lane
        host.guests.append(guest)

    def read_node(self, el: Element) -> Node | None:
        key, kind, name = el.get("id", ""), local(el), el.get("name", "")
        if kind.endswith("Event"):
            return Node(key, kind, name, EVENT_SIZE, EVENT_SIZE)
        if kind.endswith("Gateway"):
            return Node(key, kind, name, GATEWAY_SIZE, GATEWAY_SIZE)
        if not is_task(kind) and kind not in SUB_PROCESSES:
            return None
        # Up to two lines leave the type icon in the corner free; more need a taller box.
        lines = len(wrap(name, NAME_SIZE, self.width - TASK_PADDING))
        height = TASK_HEIGHT if lines < 3 else 10 * round(NAME_LINE * lines / 10 + 4.9)
        node = Node(key, kind, name, self.width, height)
        if kind in SUB_PROCESSES:
            node.looped = any(el.find(BPMN + tag) is not None for tag in LOOPS)
            scope = Scope({}, [], nested=True)
            self.read_content(scope, el, {})
            if node.id in self.collapsed:
                scope.nested = False
                self.hidden.append(Page(node.id, [Pool(None, (Lane(None),))], scope))
            else:
                node.content = scope
        return node

    # -- annotations, associations, message flows
    def read_artifacts(self, top: Scope, parents: list[Element]) -> None:
        """Puts every annotation into the scope of the first element it is tied to; adds the associations."""
        inside = [el for parent in parents for el in parent.iter(BPMN + ANNOTATION, BPMN + ASSOCIATION)]
        ties = [el for el in inside if local(el) == ASSOCIATION]
        for el in inside:
            if local(el) == ANNOTATION and el.get("id"):
                self.read_annotation(top, el, ties)
        for el in ties:
            s, t = (self.find_node(el.get(end)) for end in ("sourceRef", "targetRef"))
            if s is None or t is None or not el.get("id") or self.scope_of[s.id] is not self.scope_of[t.id]:
                self.refused.append(
                    f"{describe(el)}（只能连接同一个流程或子流程里的活动、事件、网关和文字注释）"
                )
            else:
                self.scope_of[s.id].edges.append(Edge(el.get("id"), ASSOCIATION, "", s, t))

    def read_annotation(self, top: Scope, el: Element, ties: Iterable[Element]) -> None:
        key, parent = el.get("id"), el.getparent()
        ends = [{t.get("sourceRef"), t.get("targetRef")} - {key} for t in ties if key in _ends(t)]
        tied = next((node for end in ends for k in sorted(end) if (node := self.find_node(k))), None)
        scope = self.scope_of[tied.id] if tied else self.content_of.get(parent.get("id"), top)
        text = el.findtext(BPMN + "text") or ""
        lines = wrap(text, NAME_SIZE, ANNOTATION_WIDTH - TASK_PADDING) or [""]
        width = max(60, round(max(text_width(line, NAME_SIZE) for line in lines)) + TASK_PADDING + 6)
        height = max(30, 10 * round(NAME_LINE * len(lines) / 10 + 1.4))
        node = Node(key, ANNOTATION, text, width, height, lane=self.lane_of(tied, parent))
        scope.nodes[key] = node
        self.scope_of[key] = scope

    def lane_of(self, tied: Node | None, parent: Element) -> int:
        """The lane of an annotation: that of the element it is tied to, else the first of its process."""
        return tied.lane if tied else self.first_lane.get(parent.get("id"), 0)

    def find_node(self, key: str | None) -> Node | None:
        scope = self.scope_of.get(key or "")
        return scope.nodes[key or ""] if scope else None

    def read_messages(self, top: Scope) -> None:
        """Message flows end at flow nodes of the pools or at the pools themselves."""
        for el in self.root.iter(BPMN + MESSAGE):
            s, t = (self.message_end(top, el.get(end)) for end in ("sourceRef", "targetRef"))
            if s is None or t is None or not el.get("id"):
                self.refused.append(f"{describe(el)}（两端必须是泳池，或泳池里不在子流程内的活动和事件）")
            elif top.pool_of_lane[s.lane] == top.pool_of_lane[t.lane]:
                self.refused.append(f"{describe(el)}（两端在同一个泳池里，应改用顺序流）")
            else:
                top.edges.append(Edge(el.get("id"), MESSAGE, el.get("name", ""), s, t))

    def message_end(self, top: Scope, key: str | None) -> Node | None:
        node = top.nodes.get(key or "")
        if node or self.elements.get(key) is None or local(self.elements[key]) != PARTICIPANT:
            return node
        participants = [el.get("id") for el in self.root.iter(BPMN + PARTICIPANT)]
        lanes = [i for i, pool in enumerate(top.pool_of_lane) if pool == participants.index(key)]
        frame = Node(key or "", PARTICIPANT, "", 0, 0, lane=lanes[0], frame=(lanes[0], lanes[-1]))
        return top.frames.setdefault(frame.id, frame)


def _ends(association: Element) -> tuple[str | None, str | None]:
    return association.get("sourceRef"), association.get("targetRef")


def _leaf_lanes(lane_set: Element) -> Iterator[tuple[Element, tuple[str, ...]]]:
    """Leaf lanes from top to bottom with the ids of the lanes around them, the outermost first."""
    for lane in lane_set.findall(BPMN + "lane"):
        child = lane.find(BPMN + "childLaneSet")
        if child is None or child.find(BPMN + "lane") is None:
            yield lane, ()
        else:
            yield from ((leaf, (lane.get("id"), *up)) for leaf, up in _leaf_lanes(child))
