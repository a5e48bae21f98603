"""What cannot be drawn is refused with a sentence that names it; nothing is dropped without a word."""

from __future__ import annotations

import pytest

from engine.layout import LayoutError, check, layout
from tests.engine.layout.building import Flow, Node, Process, annotation, boundary, chain, definitions, pooled


def refusal(xml: bytes) -> str:
    with pytest.raises(LayoutError) as caught:
        layout(xml)
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ('<bpmn:dataObjectReference id="sheet" name="领料单"/>', ["数据对象", "sheet", "领料单"]),
        ('<bpmn:dataStoreReference id="ledger" name="台账"/>', ["数据存储", "ledger", "台账"]),
        ('<bpmn:group id="frame"/>', ["分组", "frame"]),
        (annotation("note", "见规定", "f0"), ["关联线", "note_0"]),
        (annotation("note", "见规定", "nobody"), ["关联线", "note_0"]),
        ('<bpmn:sequenceFlow id="loose" sourceRef="s" targetRef="nobody"/>', ["顺序流", "loose"]),
        (boundary("late", "nobody").xml(), ["边界事件", "late"]),
        ('<bpmn:userTask name="没有编号"/>', ["userTask"]),
    ],
)
def test_elements_that_cannot_be_drawn_are_named(content: str, named: list[str]) -> None:
    process = chain(["登记"])
    process.artifacts = content
    said = refusal(pooled(process))
    assert [word for word in named if word not in said] == []


def test_what_no_drawing_shows_yet_may_be_left_out_when_that_is_asked_for() -> None:
    process = chain(["登记"])
    process.artifacts = '<bpmn:dataObjectReference id="sheet" name="领料单"/>'
    drawn = layout(pooled(process), forgiving=True)
    assert b'bpmnElement="sheet"' not in drawn
    assert b'<bpmn:dataObjectReference id="sheet"' in drawn
    assert [(each.code, each.element_ids) for each in check(drawn).defects] == [("not_drawn", ("sheet",))]
    # What an old drawing shows is never dropped.
    bounds = b'<dc:Bounds x="1" y="1" width="9" height="9"/>'
    shape = b'<bpmndi:BPMNShape id="sheet_di" bpmnElement="sheet">' + bounds + b"</bpmndi:BPMNShape>"
    old = drawn.replace(b"</bpmndi:BPMNPlane>", shape + b"</bpmndi:BPMNPlane>")
    with pytest.raises(LayoutError, match="领料单"):
        layout(old, forgiving=True)


def test_all_of_them_are_named_at_once() -> None:
    process = chain(["登记"])
    process.artifacts = '<bpmn:group id="one"/><bpmn:group id="two"/>'
    said = refusal(pooled(process))
    assert "one" in said
    assert "two" in said


def test_a_flow_across_the_border_of_a_sub_process_is_refused() -> None:
    inner = Process([Node("i")], [])
    process = Process([Node("sub", "subProcess", extra=inner.content()), Node("t")], [Flow("i", "t")])
    assert "f0" in refusal(pooled(process))


def test_a_process_without_a_pool_beside_pools_is_refused() -> None:
    pool = '<bpmn:collaboration id="c"><bpmn:participant id="pool" processRef="p"/></bpmn:collaboration>'
    other = Process([Node("o")], [], id="other")
    assert "other" in refusal(definitions(pool, chain([]).xml(), other.xml()))
    assert "other" in refusal(definitions(chain([]).xml(), other.xml()))


@pytest.mark.parametrize("ends", [("s", "e"), ("s", "nobody"), ("s", "i"), ("pool", "e")])
def test_message_flows_that_join_nothing_across_pools_are_refused(ends: tuple[str, str]) -> None:
    pools = '<bpmn:participant id="pool" processRef="p"/><bpmn:participant id="q_pool" processRef="q"/>'
    message = f'<bpmn:messageFlow id="m" sourceRef="{ends[0]}" targetRef="{ends[1]}"/>'
    inner = Process([Node("i")], []).content()
    other = Process([Node("sub", "subProcess", extra=inner)], [], id="q", prefix="g")
    collaboration = f'<bpmn:collaboration id="c">{pools}{message}</bpmn:collaboration>'
    assert "消息流 m" in refusal(definitions(collaboration, chain([]).xml(), other.xml()))


def test_what_only_the_old_diagram_shows_is_not_lost() -> None:
    """An element this program knows nothing of, drawn by another: the sentence names it."""
    drawn = layout(pooled(chain(["登记"])))
    foreign = '<bpmn:dataInput id="sheet" name="领料单"/>'.encode()
    shape = b'<bpmndi:BPMNShape id="x" bpmnElement="sheet"><dc:Bounds x="1" y="1" width="9" height="9"/></bpmndi:BPMNShape>'
    xml = drawn.replace(b"</bpmn:process>", foreign + b"</bpmn:process>")
    layout(xml)
    said = refusal(xml.replace(b"</bpmndi:BPMNPlane>", shape + b"</bpmndi:BPMNPlane>"))
    assert "领料单" in said


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"<definitions>",
        b"<definitions/>",
        b'<!DOCTYPE d [<!ENTITY e "x">]><d>&e;</d>',
        definitions(),
        definitions('<bpmn:collaboration id="c"/>'),
        b'<?xml version="1.0" encoding="GB18030"?>' + definitions(chain([]).xml()).split(b"\n", 1)[1],
    ],
    ids=["empty", "broken", "foreign", "doctype", "nothing", "no pool", "encoding"],
)
def test_what_is_no_readable_diagram_is_refused(xml: bytes) -> None:
    said = refusal(xml)
    assert said.endswith("。")


@pytest.mark.parametrize(
    "xml", [b"", b"<definitions>", b"<definitions/>"], ids=["empty", "broken", "foreign"]
)
def test_the_checker_refuses_what_it_cannot_read(xml: bytes) -> None:
    with pytest.raises(LayoutError):
        check(xml)
