"""What the layouter draws: every construct appears, without defects, where a reader expects it."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from lxml import etree

from engine.layout import check, layout
from tests.engine.layout.building import (
    Flow,
    Node,
    Process,
    annotation,
    boundary,
    chain,
    definitions,
    pooled,
)

DATA = Path(__file__).parent / "data"
SAMPLES = sorted(DATA.glob("*.bpmn"))
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
BOUNDS = "{http://www.omg.org/spec/DD/20100524/DC}Bounds"
WAYPOINT = "{http://www.omg.org/spec/DD/20100524/DI}waypoint"

Box = tuple[float, float, float, float]


def boxes(xml: bytes) -> dict[str, Box]:
    """Left, top, width, height of every shape."""
    found = {}
    for shape in etree.fromstring(xml).iter(DI + "BPMNShape"):
        box = shape.find(BOUNDS)
        found[shape.get("bpmnElement")] = tuple(float(box.get(k)) for k in ("x", "y", "width", "height"))
    return found


def lines(xml: bytes) -> dict[str, list[tuple[float, float]]]:
    """The waypoints of every line."""
    return {
        edge.get("bpmnElement"): [(float(p.get("x")), float(p.get("y"))) for p in edge.iter(WAYPOINT)]
        for edge in etree.fromstring(xml).iter(DI + "BPMNEdge")
    }


def middle(box: Box) -> float:
    return box[1] + box[3] / 2


def drawn(xml: bytes) -> bytes:
    """The document laid out; it must be without defects."""
    result = layout(xml)
    assert [d.message for d in check(result).defects] == []
    return result


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_samples_are_drawn_without_defects_and_without_needless_crossings(path: Path) -> None:
    figures = check(drawn(path.read_bytes())).figures
    assert figures.crossings <= 1


def test_a_chain_runs_straight_from_left_to_right() -> None:
    xml = drawn(pooled(chain(["填写领料单", "审批", "发料"])))
    row = [boxes(xml)[key] for key in ("s", "t0", "t1", "t2", "e")]
    assert len({middle(box) for box in row}) == 1
    assert [box[0] for box in row] == sorted(box[0] for box in row)
    assert check(xml).figures.bends == 0


def test_lanes_are_bands_in_the_order_of_the_document_and_hold_their_elements() -> None:
    xml = drawn((DATA / "requisition.bpmn").read_bytes())
    shape = boxes(xml)
    lanes = [shape[key] for key in ("lane_worker", "lane_foreman", "lane_keeper")]
    assert [lane[1] + lane[3] for lane in lanes[:-1]] == [lane[1] for lane in lanes[1:]]
    assert len({lane[0] for lane in lanes} | {lane[2] for lane in lanes}) == 2


def test_a_boundary_event_sits_on_the_edge_of_its_activity() -> None:
    shape = boxes(drawn((DATA / "requisition.bpmn").read_bytes()))
    assert middle(shape["late"]) in (shape["approve"][1], shape["approve"][1] + shape["approve"][3])


def test_an_expanded_sub_process_surrounds_its_content() -> None:
    xml = drawn((DATA / "requisition.bpmn").read_bytes())
    assert b'bpmnElement="picking" isExpanded="true"' in xml
    x, y, w, h = boxes(xml)["picking"]
    for key in ("pick_start", "pick", "enough", "buy", "pick_end"):
        box = boxes(xml)[key]
        assert x < box[0]
        assert box[0] + box[2] < x + w
        assert y < box[1]
        assert box[1] + box[3] < y + h


def test_a_collapsed_sub_process_stays_collapsed_and_its_content_gets_a_plane_of_its_own() -> None:
    open_one = layout((DATA / "requisition.bpmn").read_bytes())
    closed = open_one.replace(
        b'bpmnElement="picking" isExpanded="true"', b'bpmnElement="picking" isExpanded="false"'
    )
    xml = drawn(closed)
    planes = [plane.get("bpmnElement") for plane in etree.fromstring(xml).iter(DI + "BPMNPlane")]
    assert planes == ["requisition_collaboration", "picking"]
    assert b'bpmnElement="picking" isExpanded="false"' in xml
    assert boxes(xml)["picking"][2:] == boxes(xml)["fill"][2:]
    assert set(boxes(xml)) == set(boxes(open_one))
    assert layout(xml) == xml


def test_nested_lanes_share_the_band_of_the_lane_around_them() -> None:
    shape = boxes(drawn((DATA / "stocktaking.bpmn").read_bytes()))
    outer, raw, goods = shape["lane_store"], shape["lane_raw"], shape["lane_goods"]
    assert (outer[1], outer[3]) == (raw[1], raw[3] + goods[3])
    assert raw[0] == goods[0] > outer[0]
    assert shape["lane_finance"][0] == outer[0]


def test_pools_stand_above_each_other_in_the_order_of_the_document() -> None:
    xml = drawn((DATA / "repair.bpmn").read_bytes())
    pools = [boxes(xml)[key] for key in ("user_pool", "shop_pool", "vendor_pool")]
    assert all(a[1] + a[3] < b[1] for a, b in itertools.pairwise(pools))
    assert len({(pool[0], pool[2]) for pool in pools}) == 1


def test_message_flows_end_at_their_elements_and_pools() -> None:
    xml = drawn((DATA / "repair.bpmn").read_bytes())
    shape, line = boxes(xml), lines(xml)
    assert line["message_order"][-1][1] == shape["vendor_pool"][1]
    assert line["message_parts"][0][1] == shape["vendor_pool"][1]
    assert line["message_report"][-1][1] == shape["shop_start"][1]


def test_annotations_stand_near_what_they_explain() -> None:
    shape = boxes(drawn((DATA / "repair.bpmn").read_bytes()))
    for note, element in (("note_accept", "accept"), ("note_parts", "parts")):
        assert abs(middle(shape[note]) - middle(shape[element])) < 200
        assert abs(shape[note][0] - shape[element][0]) < 200


def test_an_annotation_tied_to_nothing_is_drawn_in_its_pool() -> None:
    process = chain(["盘点"])
    process.artifacts = annotation("note", "每月末进行")
    assert "note" in boxes(drawn(pooled(process)))


def test_an_annotation_inside_a_sub_process_is_drawn_there() -> None:
    inner = Process([Node("i", name="复核")], [], artifacts=annotation("note", "两人以上", "i"))
    xml = drawn(pooled(Process([Node("sub", "subProcess", "清点", extra=inner.content())], [])))
    shape = boxes(xml)
    assert shape["sub"][1] < shape["note"][1] < shape["sub"][1] + shape["sub"][3]


def test_a_loop_on_one_shape_leaves_and_returns_at_different_places() -> None:
    flows = [Flow("s", "t"), Flow("t", "t", "再来一次"), Flow("t", "g"), Flow("g", "g"), Flow("g", "e")]
    nodes = [Node("s", "startEvent"), Node("t", name="称重"), Node("g", "exclusiveGateway", "重量相符？")]
    xml = drawn(pooled(Process([*nodes, Node("e", "endEvent")], flows)))
    for key in ("f1", "f3"):
        assert lines(xml)[key][0] != lines(xml)[key][-1]


def test_a_boundary_event_may_lead_back_to_its_own_activity() -> None:
    process = chain(["等候回执"])
    process.nodes.append(boundary("b", "t0", "超时"))
    process.flows.append(Flow("b", "t0"))
    assert "f2" in lines(drawn(pooled(process)))


def test_many_boundary_events_fit_on_one_activity() -> None:
    process = chain(["等候回执"])
    for i, name in enumerate(("超过一天", "对方撤回", "设备报废", "转交他人")):
        process.nodes += [boundary(f"b{i}", "t0", name), Node(f"end{i}", "endEvent", "了结")]
        process.flows.append(Flow(f"b{i}", f"end{i}"))
    drawn(pooled(process))


def test_two_flows_between_the_same_elements_are_both_drawn() -> None:
    nodes = [Node("s", "startEvent"), Node("g", "exclusiveGateway", "数量？"), Node("t", name="发料")]
    flows = [Flow("s", "g"), Flow("g", "t", "足额"), Flow("g", "t", "减额"), Flow("t", "e")]
    line = lines(drawn(pooled(Process([*nodes, Node("e", "endEvent")], flows))))
    assert line["f1"] != line["f2"]


def test_elements_without_a_name_get_no_label() -> None:
    nodes = [Node("s", "startEvent"), Node("g", "parallelGateway"), Node("t"), Node("e", "endEvent")]
    process = Process(nodes, [Flow("s", "g"), Flow("g", "t"), Flow("t", "e")])
    assert b"BPMNLabel" not in drawn(pooled(process))


def test_very_long_names_make_room_for_themselves() -> None:
    long = "由仓库管理员会同领料车间当班负责人逐项清点核对领料单所列物料的品名规格数量" * 2
    nodes = [Node("s", "startEvent", long), Node("g", "exclusiveGateway", long), Node("t", name=long)]
    flows = [Flow("s", "g"), Flow("g", "t", long[:30]), Flow("g", "e", "否"), Flow("t", "e")]
    xml = drawn(pooled(Process([*nodes, Node("e", "endEvent", long)], flows)))
    assert boxes(xml)["t"][3] > 100


def test_elements_nothing_leads_to_are_drawn_all_the_same() -> None:
    nodes = [Node("s", "startEvent"), Node("t", name="登记"), Node("lost", name="无人到达")]
    assert "lost" in boxes(drawn(pooled(Process(nodes, [Flow("s", "t")]))))


def test_empty_lanes_pools_and_processes_are_drawn() -> None:
    lanes = boxes(drawn(pooled(Process([Node("s", "startEvent", lane=1)], [], lanes=3))))
    assert {"p_lane0", "p_lane1", "p_lane2"} <= set(lanes)
    assert set(boxes(drawn(pooled(Process([], []))))) == {"pool"}
    pools = '<bpmn:participant id="a" name="甲"/><bpmn:participant id="b" name="乙"/>'
    message = '<bpmn:messageFlow id="m" name="函" sourceRef="a" targetRef="b"/>'
    xml = drawn(definitions(f'<bpmn:collaboration id="c">{pools}{message}</bpmn:collaboration>'))
    assert lines(xml)["m"][0][1] < lines(xml)["m"][-1][1]


def test_a_process_without_a_pool_is_drawn_bare() -> None:
    xml = drawn(definitions(chain(["登记"]).xml()))
    assert set(boxes(xml)) == {"s", "t0", "e"}
    assert b'bpmnElement="p"' in xml


def test_what_goes_back_is_drawn_leftward() -> None:
    nodes = [
        Node("s", "startEvent"),
        Node("a", name="填单"),
        Node("b", name="复核"),
        Node("g", "exclusiveGateway", "相符？"),
        Node("fix", name="更正"),
        Node("e", "endEvent"),
    ]
    flows = [Flow("s", "a"), Flow("a", "b"), Flow("b", "g"), Flow("g", "e", "是"), Flow("g", "fix", "否")]
    xml = drawn(pooled(Process(nodes, [*flows, Flow("fix", "a")])))
    assert lines(xml)["f5"][0][0] > lines(xml)["f5"][-1][0]
    assert boxes(xml)["fix"][0] <= boxes(xml)["e"][0]


def test_a_large_process_is_drawn_in_reasonable_work() -> None:
    """Two hundred tasks in a row, one in ten sent back: no recursion limit, no explosion."""
    process = chain(["核对"] * 200)
    process.flows += [Flow(f"t{i}", f"t{i - 3}") for i in range(10, 200, 10)]
    figures = check(layout(pooled(process))).figures
    assert figures.shapes == 203
