"""What can matter to a scenario that has passed some elements, and what cannot."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pytest

from engine.definitions import Bundle, read_bundles
from engine.gate.slices import slices_of

FILE, KEY = "requisition.bpmn", "requisition"
BEGUN = ["r_start", "r_fill", "r_number", "r_split"]
"""Stock and approval are open; nothing behind them has been reached."""
NAMED = frozenset({"丁四", "核对库存"})


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    folder = Path(__file__).parents[2] / "support" / "toy_pack"
    return next(each for each in read_bundles(folder) if each.key == KEY)


def changed(bundle: Bundle, path: str, old: str, new: str) -> Bundle:
    text = bundle.files[path]
    assert old in text, old
    return replace(bundle, files={**bundle.files, path: text.replace(old, new, 1)})


def same(bundle: Bundle, other: Bundle, named: Collection[str] = NAMED) -> bool:
    return slices_of(bundle).near(BEGUN, named) == slices_of(other).near(BEGUN, named)


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        pytest.param(FILE, 'name="发料"', 'name="发出物料"', id="behind what is open"),
        pytest.param(FILE, "${审批结论 == '同意'}", "${审批结论 == '不同意'}", id="a branch behind it"),
        pytest.param("forms/r_give.form", "{", "{ ", id="a form behind it"),
        pytest.param(FILE, 'x="248" y="124"', 'x="250" y="130"', id="the drawing"),
        pytest.param(FILE, "</bpmn:process>", "<!-- 说明 -->\n\n</bpmn:process>", id="a comment"),
        pytest.param("README.md", "#", "##", id="the description"),
    ],
)
def test_what_is_far_away_does_not_matter(bundle: Bundle, path: str, old: str, new: str) -> None:
    assert same(bundle, changed(bundle, path, old, new))


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        pytest.param(FILE, "参数('核对期限')", "3", id="a step that is open"),
        pytest.param("forms/r_stock.form", "{", "{ ", id="its form"),
        pytest.param("forms/r_stock.example.yml", "\n", "\n\n", id="its example"),
        pytest.param("documents/领料单.html", "<", "<!-- --><", id="a template of its form"),
        pytest.param(FILE, "编号('领料'", "编号('物料'", id="a step that was passed"),
        pytest.param(FILE, 'name="要领料"', 'name="请领料"', id="the start"),
        pytest.param(
            FILE, 'name="可见岗位" value="主管"', 'name="可见岗位" value="科长"', id="the whole procedure"
        ),
        pytest.param(FILE, 'name="经办员"', 'name="办事员"', id="a lane"),
        pytest.param(
            FILE,
            '<bpmn:sequenceFlow id="f_r_split__r_stock"',
            '<bpmn:sequenceFlow id="f_new" sourceRef="r_split" targetRef="r_no" /><bpmn:sequenceFlow id="f_r_split__r_stock"',
            id="a flow that leaves it",
        ),
        pytest.param(
            FILE,
            '<bpmn:sequenceFlow id="f_r_split__r_stock"',
            '<bpmn:boundaryEvent id="late" attachedToRef="r_stock"><bpmn:timerEventDefinition /></bpmn:boundaryEvent>'
            '<bpmn:sequenceFlow id="f_r_split__r_stock"',
            id="a timer at what is open",
        ),
        pytest.param(FILE, "<bpmn:flowNodeRef>r_stock</bpmn:flowNodeRef>", "", id="who does it"),
    ],
)
def test_what_is_near_matters(bundle: Bundle, path: str, old: str, new: str) -> None:
    assert not same(bundle, changed(bundle, path, old, new))


def test_what_is_called_by_its_name_matters(bundle: Bundle) -> None:
    other = changed(bundle, FILE, 'name="发料"', 'name="发出物料"')
    assert not same(bundle, other, {"发料"})


def test_a_reference_that_is_an_expression_may_mean_every_file(bundle: Bundle) -> None:
    dynamic = changed(bundle, FILE, 'camunda:formKey="r_stock"', 'camunda:formKey="${表}"')
    assert not same(dynamic, changed(dynamic, "forms/r_give.form", "{", "{ "))
