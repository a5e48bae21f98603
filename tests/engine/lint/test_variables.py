"""Which variables exist for certain at a place: every way of getting there is counted, and no way twice."""

from __future__ import annotations

import itertools

import pytest

from engine.definitions import Bundle
from engine.lint import World, check_bundle
from engine.lint.procedure import Procedure

HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn">'
)
STARTS = '<bpmn:startEvent id="{0}start" />'
SPLIT = '<bpmn:{kind} id="g" default="g_b" /><bpmn:{kind} id="h" />'


def script(key: str, *lines: str) -> str:
    text = "<bpmn:script>" + "\n".join(lines) + "</bpmn:script>"
    return f'<bpmn:scriptTask id="{key}" scriptFormat="guicheng">{text}</bpmn:scriptTask>'


def way(*keys: str) -> str:
    return "".join(
        f'<bpmn:sequenceFlow id="{a}_{b}" sourceRef="{a}" targetRef="{b}" />'
        for a, b in itertools.pairwise(keys)
    )


def procedure(content: str) -> Procedure:
    text = (
        f'{HEAD}<bpmn:process id="p" isExecutable="true">{content}<bpmn:endEvent id="end" /></bpmn:process>'
    )
    bundle = Bundle("p", "x", {"p.bpmn": f"{text}</bpmn:definitions>"})
    return World((bundle,)).procedures["p"]


def fork(kind: str) -> Procedure:
    return procedure(
        STARTS.format("")
        + SPLIT.format(kind=kind)
        + script("a", "甲 = 1", "共 = 1")
        + script("b", "乙 = 1", "共 = 2")
        + way("start", "g", "a", "h", "end")
        + way("g", "b", "h")
    )


@pytest.mark.parametrize(
    ("kind", "certain"),
    [
        ("exclusiveGateway", {"共"}),
        ("inclusiveGateway", {"共"}),
        ("parallelGateway", {"甲", "乙", "共"}),
    ],
)
def test_after_two_branches(kind: str, certain: set[str]) -> None:
    found = fork(kind).variables
    assert found.before["end"] & {"甲", "乙", "共"} == certain
    assert found.at_end & {"甲", "乙", "共"} == certain


def test_a_loop_gives_nothing_before_its_first_round() -> None:
    found = procedure(
        STARTS.format("")
        + SPLIT.format(kind="exclusiveGateway")
        + script("a", "甲 = 1")
        + way("start", "h", "a", "g", "end")
        + way("g", "h")
    ).variables
    assert "甲" not in found.before["h"]
    assert "甲" in found.before["g"]
    assert "甲" in found.at_end


def boundary(interrupting: str) -> Procedure:
    sub_process = (
        f'<bpmn:subProcess id="s">{STARTS.format("s_")}{script("a", "甲 = 1")}<bpmn:endEvent id="s_end" />'
        f"{way('s_start', 'a', 's_end')}</bpmn:subProcess>"
        f'<bpmn:boundaryEvent id="t" attachedToRef="s" cancelActivity="{interrupting}">'
        "<bpmn:timerEventDefinition><bpmn:timeDate>${现在()}</bpmn:timeDate></bpmn:timerEventDefinition></bpmn:boundaryEvent>"
    )
    late = script("late", "乙 = 1") + '<bpmn:endEvent id="end_late" />' + way("t", "late", "end_late")
    return procedure(STARTS.format("") + sub_process + late + way("start", "s", "end"))


@pytest.mark.parametrize(("interrupting", "certain"), [("true", set()), ("false", {"甲"})])
def test_an_interrupted_sub_process_hands_up_nothing(interrupting: str, certain: set[str]) -> None:
    found = boundary(interrupting).variables
    assert "甲" in found.before["end"]
    assert "甲" not in found.before["late"]
    assert found.at_end & {"甲", "乙"} == certain


def test_a_multi_instance_hands_up_only_its_results() -> None:
    attributes = 'camunda:collection="${[1]}" camunda:elementVariable="项"'
    loop = f"<bpmn:multiInstanceLoopCharacteristics {attributes} />"
    inside = STARTS.format("s_") + script("a", "甲 = 项") + '<bpmn:endEvent id="s_end" />'
    sub_process = f'<bpmn:subProcess id="s">{loop}{inside}{way("s_start", "a", "s_end")}</bpmn:subProcess>'
    found = procedure(STARTS.format("") + sub_process + way("start", "s", "end"))
    assert found.variables.before["end"] & {"甲", "项", "s_results"} == {"s_results"}
    assert "项" in found.variables.before["a"]
    assert found.variables.case == {"s_results"}
    codes = {finding.code for finding in check_bundle(found.bundle, World())}
    assert not codes & {"unknown-name", "unassigned"}


def test_a_script_sees_its_earlier_lines_only() -> None:
    content = STARTS.format("") + script("a", "甲 = 1", "乙 = 甲 + 丙", "丙 = 乙") + way("start", "a", "end")
    findings = check_bundle(procedure(content).bundle, World())
    told = [each.message for each in findings if each.code == "unassigned"]
    assert len(told) == 1
    assert "“丙”" in told[0]
