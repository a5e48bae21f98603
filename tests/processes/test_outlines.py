"""Every shipped procedure in words: each element once, each flow told, no expression left as it is written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.definitions import Bundle, read_bundles
from engine.outline import Outline, outline
from engine.outline_facts import surroundings
from engine.parameters import parse_parameters
from tests.support.outlines import flows_drawn, flows_told, leaps

PROCESSES = Path(__file__).parents[2] / "processes"
BUNDLES = {bundle.key: bundle for bundle in read_bundles(PROCESSES)}
DIAGRAMS = {key: bundle.diagram for key, bundle in BUNDLES.items()}
# What only an expression as it is written has.
CODE = re.compile(r"\$\{|==|!=|[<>]=?|\b(and|or|not|if|else|None|True|False)\b|[（(]'|\w\(")
TELLING = ("who", "due", "timer", "again", "each", "until", "told", "words", "document", "pressed")


def read(bundle: Bundle) -> Outline:
    shared = parse_parameters((PROCESSES / "shared" / "parameters.yml").read_text("utf-8"), "shared")
    pack = next(PROCESSES.glob("*/rules.yml")).parent if bundle.pack == "shared" else PROCESSES / bundle.pack
    parameters = parse_parameters((pack / "parameters.yml").read_text("utf-8"), pack.name, shared)
    values = {each.name: str(each.value) for each in parameters.parameters()}
    return outline(bundle, surroundings(DIAGRAMS, values, bundle.diagram))


@pytest.mark.parametrize("key", sorted(BUNDLES))
def test_every_element_stands_once_and_every_flow_is_told(key: str) -> None:
    diagram, found = DIAGRAMS[key], read(BUNDLES[key])
    steps = list(found.steps())
    assert sorted(step.id for step in steps) == sorted(diagram.elements)
    assert [step.number for step in steps] == list(range(1, len(steps) + 1))
    assert flows_told(found, diagram) == flows_drawn(diagram)
    for before, leap in leaps(found.items):
        if before is not None:
            assert leap.back == (leap.number <= before.number), leap
    assert {number for lane in found.lanes for number, _id, _name in lane.tasks} == {
        step.number for step in steps if step.kind == "userTask"
    }


@pytest.mark.parametrize("key", sorted(BUNDLES))
def test_everything_is_told_in_words(key: str) -> None:
    found = read(BUNDLES[key])
    left = [
        (step.id, fact.about, fact.text)
        for step in found.steps()
        for fact in step.facts
        if fact.about in TELLING and CODE.search(fact.text)
    ]
    left += [
        (step.id, "when", branch.condition)
        for step in found.steps()
        for branch in step.branches
        if CODE.search(branch.condition)
    ]
    assert left == []
    for step in found.steps():
        assert step.name
        if step.kind == "exclusiveGateway":
            assert all(branch.condition for branch in step.branches), step.id
        if step.kind == "userTask":
            assert {"who", "form"} <= {fact.about for fact in step.facts}, step.id
