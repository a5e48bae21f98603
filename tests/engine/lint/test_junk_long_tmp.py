"""Whatever a bundle holds, the linter gives findings and never fails."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from engine.bpmn_xml import BPMN, CAMUNDA
from engine.definitions import Bundle
from engine.lint import World, check_bundle, feature_findings
from engine.lint.features import Feature
from engine.lint.reading import read_world
from engine.lint.vocabulary import KIND_NAMES

TOWN = Path(__file__).parent / "town"
WORLD: World = read_world(TOWN / "processes")[0]
GOOD = next(bundle for bundle in WORLD.bundles if bundle.key == "material_request")
DIAGRAM = "material_request.bpmn"
FEATURE = (TOWN / "features/depot/material_request.feature").read_text("utf-8")
TAGS = [
    BPMN + kind for kind in (*KIND_NAMES, "sequenceFlow", "lane", "process", "message", "extensionElements")
]
TAGS += [CAMUNDA + "property", CAMUNDA + "in", BPMN + "multiInstanceLoopCharacteristics"]
VALUES = st.one_of(
    st.sampled_from(["", "r_gw", "b_block", "${", "${甲", "甲；乙", "-1", "r_wait,${x}"]), st.text(max_size=8)
)
EDITS = st.tuples(
    st.sampled_from(["drop", "copy", "tag", "set", "unset", "text", "move"]), st.integers(0, 10**6), VALUES
)


def check(**files: str | None) -> None:
    changed = {**GOOD.files, **files}
    bundle = Bundle(GOOD.key, GOOD.pack, {name: text for name, text in changed.items() if text is not None})
    for finding in check_bundle(bundle, WORLD):
        assert finding.message
        assert str(finding).startswith(finding.file)


@given(st.one_of(st.binary(max_size=200).map(lambda data: data.decode("latin-1")), st.text(max_size=200)))
@settings(max_examples=1200, deadline=None)
def test_any_text_as_a_diagram(text: str) -> None:
    check(**{DIAGRAM: text})
    check(
        **{DIAGRAM: f'<bpmn:definitions xmlns:bpmn="{BPMN[1:-1]}"><bpmn:process/>{text}</bpmn:definitions>'}
    )


@given(st.lists(EDITS, min_size=1, max_size=12))
@settings(max_examples=1200, deadline=None)
def test_any_change_of_a_diagram(edits: list[tuple[str, int, str]]) -> None:
    root = etree.fromstring(GOOD.files[DIAGRAM].encode())
    for what, where, value in edits:
        apply(root, what, where, value)
    check(**{DIAGRAM: etree.tostring(root, encoding="unicode")})


def apply(root: etree._Element, what: str, where: int, value: str) -> None:
    nodes = [
        node for node in root.iter() if isinstance(node.tag, str) and node.tag.startswith((BPMN, CAMUNDA))
    ][1:]
    if not nodes:
        return
    node = nodes[where % len(nodes)]
    value = "".join(character for character in value if character.isprintable())
    if what == "drop":
        node.getparent().remove(node)
    elif what == "copy":
        node.getparent().append(deepcopy(node))
    elif what == "tag":
        node.tag = TAGS[where % len(TAGS)]
    elif what == "move":
        target = nodes[where // 7 % len(nodes)]
        if node not in [target, *target.iterancestors()]:
            target.append(node)
    elif what == "text":
        node.text = value
    elif node.attrib:
        name = list(node.attrib)[where % len(node.attrib)]
        if what == "unset":
            del node.attrib[name]
        else:
            node.set(name, value)


@given(st.data())
@settings(max_examples=1200, deadline=None)
def test_any_cut_in_the_other_files(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(name for name in GOOD.files if name != DIAGRAM)))
    text = GOOD.files[name]
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    check(**{name: text[:start] + data.draw(VALUES) + text[end:]})


@given(st.data())
@settings(max_examples=1200, deadline=None)
def test_any_cut_in_a_feature(data: st.DataObject) -> None:
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(FEATURE))] * 2)))
    text = FEATURE[:start] + data.draw(VALUES) + FEATURE[end:]
    for finding in feature_findings(Feature("features/depot/material_request.feature", text, WORLD)):
        assert finding.message
