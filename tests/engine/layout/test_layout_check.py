"""The picture checker: a good drawing has no defect, and every planted one is reported by its name."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.layout import check, layout
from engine.layout.check import MESSAGES
from tests.engine.layout.building import Flow, Node, Process, boundary, chain, pooled

DATA = Path(__file__).parent / "data"
Edit = Callable[[str], str]


def good() -> str:
    """A drawing with all that can be spoilt: lanes, a sub-process, a boundary event, names, a long way back."""
    return layout((DATA / "requisition.bpmn").read_bytes()).decode()


def figure(xml: str, key: str) -> str:
    """The shape or line of an element."""
    found = re.search(
        rf'      <bpmndi:BPMN(Shape|Edge) [^>]*bpmnElement="{key}".*?</bpmndi:BPMN\1>\n', xml, re.DOTALL
    )
    assert found, key
    return found[0]


def change(key: str, edit: Edit) -> Edit:
    """Spoils one figure."""

    def spoil(xml: str) -> str:
        old = figure(xml, key)
        new = edit(old)
        assert new != old
        return xml.replace(old, new)

    return spoil


def numbers(text: str, tag: str, at: int = 0) -> list[int]:
    return [int(n) for n in re.findall(r'"(-?\d+)"', re.findall(rf"<{tag} [^>]*>", text)[at])]


def place(key: str, other: str, dx: int = 0, dy: int = 0, label: bool = False) -> Edit:
    """Moves a shape, or its label, to the place of another shape."""

    def spoil(xml: str) -> str:
        x, y, *_ = numbers(figure(xml, other), "dc:Bounds")
        at = -1 if label else 0
        return change(key, lambda text: moved(text, at, x + dx, y + dy))(xml)

    return spoil


def moved(text: str, at: int, x: int, y: int) -> str:
    found = list(re.finditer(r'<dc:Bounds x="-?\d+" y="-?\d+"', text))[at]
    return f'{text[: found.start()]}<dc:Bounds x="{x}" y="{y}"{text[found.end() :]}'


def path(*points: tuple[int, int]) -> Edit:
    """Gives a line other waypoints."""

    def edit(text: str) -> str:
        waypoints = "".join(f'<di:waypoint x="{x}" y="{y}" />' for x, y in points)
        return re.sub(r"(\s*<di:waypoint [^>]*>)+", lambda _: waypoints, text, count=1)

    return edit


def along(key: str, other: str) -> Edit:
    """Lets a line run where another one runs, between its own ends."""

    def spoil(xml: str) -> str:
        mine = [numbers(figure(xml, key), "di:waypoint", at) for at in (0, -1)]
        theirs = [numbers(figure(xml, other), "di:waypoint", at) for at in (0, 1)]
        points = [mine[0], *theirs, mine[1]]
        return change(key, path(*((x, y) for x, y in points)))(xml)

    return spoil


def drop_label(text: str) -> str:
    return re.sub(r"\s*<bpmndi:BPMNLabel>.*?</bpmndi:BPMNLabel>", "", text, flags=re.DOTALL)


def shift_end(text: str) -> str:
    *_, last = re.finditer(r'<di:waypoint x="(\d+)"', text)
    return f"{text[: last.start(1)]}{int(last[1]) - 12}{text[last.end(1) :]}"


def slant(text: str) -> str:
    """Moves the second of four waypoints a little down."""
    second = list(re.finditer(r'<di:waypoint x="\d+" y="(\d+)"', text))[1]
    return f"{text[: second.start(1)]}{int(second[1]) + 7}{text[second.end(1) :]}"


def touch(xml: str) -> str:
    """Lets the flow into the reminder bend on the flow that leaves the approval."""
    (ax, ay), (bx, _) = (numbers(figure(xml, "flow_5"), "di:waypoint", at) for at in (0, 1))
    start, end = (numbers(figure(xml, "flow_4"), "di:waypoint", at) for at in (0, -1))
    middle = (ax + bx) // 2
    points = [(start[0], start[1]), (middle, start[1]), (middle, ay), (end[0], ay), (end[0], end[1])]
    return change("flow_4", path(*points[:3], (middle, start[1] + 5), (end[0], start[1] + 5), points[4]))(xml)


PLANTED: dict[str, Edit] = {
    "no_diagram": lambda xml: re.sub(r"<bpmndi:BPMNDiagram.*</bpmndi:BPMNDiagram>", "", xml, flags=re.DOTALL),
    "unknown_element": change("fill", lambda text: text.replace('bpmnElement="fill"', 'bpmnElement="gone"')),
    "drawn_twice": change("fill", lambda text: text + text.replace("fill_di", "again")),
    "no_bounds": change("fill", lambda text: re.sub(r"<dc:Bounds [^>]*>", "", text)),
    "not_drawn": change("flow_8", lambda text: ""),
    "label_missing": change("verdict", drop_label),
    "shapes_overlap": place("fill", "start", 10),
    "outside_sub_process": place("pick_start", "picking", -18, 100),
    "outside_lane": place("fill", "lane_foreman", 40, -40),
    "outside_pool": place("fill", "requisition_pool", 40, -40),
    "boundary_off_host": place("late", "approve", 150, 30),
    "not_orthogonal": change("flow_2", slant),
    "not_docked": change("flow_8", shift_end),
    "line_through_shape": along("flow_7", "pick_1"),
    "lines_overlap": along("flow_3", "flow_5"),
    "lines_touch": touch,
    "labels_overlap": place("end", "start", -20, 39, label=True),
    "label_on_shape": place("end", "receive", 10, 10, label=True),
    "line_through_label": place("end", "end", -60, 10, label=True),
    "label_on_border": place("end", "lane_worker", 300, -8, label=True),
    "label_far": place("end", "end", 0, -80, label=True),
}


def codes(xml: str) -> list[str]:
    return [defect.code for defect in check(xml.encode()).defects]


def test_a_good_drawing_has_no_defect() -> None:
    assert codes(good()) == []


def test_there_is_a_planted_defect_of_every_kind() -> None:
    assert set(PLANTED) == set(MESSAGES)


@pytest.mark.parametrize("code", PLANTED)
def test_a_planted_defect_is_reported(code: str) -> None:
    assert code in codes(PLANTED[code](good()))


def test_a_defect_names_its_elements_and_says_what_to_do() -> None:
    spoilt = PLANTED["label_missing"](good())
    (defect,) = check(spoilt.encode()).defects
    assert defect.element_ids == ("verdict",)
    assert "审批结论" in defect.message
    assert defect.message.endswith("请摆放名称。")


def test_figures_describe_the_drawing() -> None:
    figures = check(good().encode()).figures
    xml = good()
    assert figures.shapes == xml.count("<bpmndi:BPMNShape ")
    assert figures.edges == xml.count("<bpmndi:BPMNEdge ") == 16
    assert figures.bends == xml.count("<di:waypoint ") - 2 * figures.edges
    assert figures.leftward_edges == 2
    assert figures.crossings == 0
    size = numbers(figure(xml, "requisition_pool"), "dc:Bounds")[2:]
    assert [figures.width, figures.height] == size


def test_crossings_and_shared_trunks_are_figures_not_defects() -> None:
    """Two sources and three targets, each joined with each, and a way round: not to be drawn without crossing."""
    nodes = [Node("s", "startEvent"), *(Node(f"g{i}", "exclusiveGateway") for i in range(3))]
    targets = [Node(f"t{i}", name="办理") for i in range(3)]
    flows = [Flow("s", f"g{i}") for i in range(3)] + [
        Flow(f"g{i}", f"t{k}") for i in range(3) for k in range(3)
    ]
    report = check(layout(pooled(Process([*nodes, *targets], flows))))
    assert report.figures.crossings > 0
    assert report.figures.shared_trunks > 0


def test_content_of_a_collapsed_sub_process_is_not_judged_on_the_plane_above() -> None:
    """Modellers keep it there, hidden; it would overlap what stands beside the small box."""
    closed = good().replace('bpmnElement="picking" isExpanded="true"', 'bpmnElement="picking"')
    assert "outside_sub_process" not in codes(PLANTED["outside_sub_process"](closed))


def test_slanted_associations_and_global_tasks_are_no_defects() -> None:
    process = chain(["登记"])
    process.artifacts = (
        '<bpmn:textAnnotation id="note"><bpmn:text>见规定</bpmn:text></bpmn:textAnnotation>'
        '<bpmn:association id="tie" sourceRef="t0" targetRef="note"/>'
    )
    xml = layout(pooled(process)).decode()
    slanted = change(
        "tie", lambda text: re.sub(r'x="(\d+)"', lambda m: f'x="{int(m[1]) + 5}"', text, count=1)
    )(xml)
    globally = slanted.replace(
        "</bpmn:definitions>", '<bpmn:globalUserTask id="g" name="x"/></bpmn:definitions>'
    )
    assert codes(globally) == []


def test_a_boundary_event_may_stand_in_another_lane_than_its_lane_says() -> None:
    """It sits on its activity, whatever the lists of the lanes say."""
    process = chain(["等候回执"])
    process.nodes += [boundary("b", "t0", "超时", lane=1), Node("stop", "endEvent", lane=1)]
    process.flows.append(Flow("b", "stop"))
    process.lanes = 2
    assert codes(layout(pooled(process)).decode()) == []
