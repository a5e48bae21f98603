"""Every diagram opens in a desktop modeller for Camunda 7 without a complaint, and saving loses nothing."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from lxml import etree

from tests.support.moddle import Opened, open_diagrams

PROCESSES = Path(__file__).parents[2] / "processes"
DIAGRAMS = sorted(PROCESSES.glob("*/*/*.bpmn"))
# What the format itself takes for granted; a modeller does not write it.
DEFAULTS = {
    ("startEvent", "isInterrupting", "true"),
    ("boundaryEvent", "cancelActivity", "true"),
    ("multiInstanceLoopCharacteristics", "isSequential", "false"),
    ("subProcess", "triggeredByEvent", "false"),
}

pytestmark = pytest.mark.modeller

Piece = tuple[str, tuple[tuple[str, str], ...], str, str]


@pytest.fixture(scope="module")
def opened() -> dict[Path, Opened]:
    return open_diagrams(DIAGRAMS)


def pieces(text: str) -> Counter[Piece]:
    """Every element of a file as tag, attributes, text and the id above it, in whatever order."""
    found: Counter[Piece] = Counter()
    for node in etree.fromstring(text.encode()).iter(etree.Element):
        kind = etree.QName(node).localname
        kept = sorted((str(k), str(v)) for k, v in node.attrib.items() if (kind, k, v) not in DEFAULTS)
        above = next((str(each.get("id")) for each in node.iterancestors() if each.get("id")), "")
        found[(str(node.tag), tuple(kept), (node.text or "").strip(), above)] += 1
    return found


def shown(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", DIAGRAMS, ids=shown)
def test_the_modeller_has_no_complaint(opened: dict[Path, Opened], path: Path) -> None:
    assert opened[path].warnings == ()


@pytest.mark.parametrize("path", DIAGRAMS, ids=shown)
def test_the_saved_model_is_the_same(opened: dict[Path, Opened], path: Path) -> None:
    assert opened[path].difference == ""


@pytest.mark.parametrize("path", DIAGRAMS, ids=shown)
def test_the_saved_file_has_every_element_and_attribute(opened: dict[Path, Opened], path: Path) -> None:
    before, after = pieces(opened[path].original), pieces(opened[path].saved)
    assert before - after == Counter()
    assert after - before == Counter()


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("<bpmn:boundaryEvent ", '<bpmn:boundaryEvent camunda:candidateGroups="仓库管理员" '),
        (
            "</bpmn:process>",
            '<bpmn:sequenceFlow id="nowhere" sourceRef="gone" targetRef="gone" /></bpmn:process>',
        ),
        ("<bpmn:userTask ", '<bpmn:userTask camunda:nobodyKnows="x" '),
        ("<bpmn:extensionElements>", "<bpmn:extensionElements><camunda:nobodyKnows>x</camunda:nobodyKnows>"),
    ],
)
def test_what_does_not_belong_is_noticed(tmp_path: Path, written: str, instead: str) -> None:
    original = next(path for path in DIAGRAMS if "<bpmn:boundaryEvent " in path.read_text("utf-8"))
    wrong = tmp_path / "wrong.bpmn"
    wrong.write_text(original.read_text("utf-8").replace(written, instead, 1), "utf-8")
    found = open_diagrams([wrong])[wrong]
    assert found.warnings or pieces(found.saved) != pieces(found.original)
