"""What the modeller page asks: choices, deadlines tried out, fresh drawings, files from elsewhere, safe corrections."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import ProcessEngine, commands, queries
from engine.errors import Forbidden, Invalid, NotFound, Refused
from tests.support import toy
from tests.support.workshop import DRAFTER, KEY, open_workshop

BARE = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="urn:d">
  <process id="requisition" name="领料" isExecutable="true">
    <startEvent id="begin" name="开始"/><sequenceFlow id="f" sourceRef="begin" targetRef="finish"/>
    <endEvent id="finish" name="结束"/>
  </process>
</definitions>
"""


@pytest.fixture
def owner() -> str:
    """Somebody who may edit procedures of the toy town."""
    return DRAFTER


@pytest.fixture
def town(tmp_path: Path, owner: str) -> Iterator[ProcessEngine]:
    engine = open_workshop(tmp_path)
    commands.open_process_draft(engine, owner, KEY)
    yield engine
    engine.close()


def test_the_panel_offers_what_there_is(town: ProcessEngine, owner: str) -> None:
    found = queries.modelling_choices(town, owner, KEY)
    assert found.posts
    assert ("fill", "填写领料单") in found.forms or found.forms
    assert all(each.text for each in found.clauses)
    assert KEY not in [key for key, _name in found.procedures]
    assert [each.name for each in found.messages] == sorted(each.name for each in found.messages)


def test_only_owners_of_procedures_may_ask(town: ProcessEngine) -> None:
    with pytest.raises(Forbidden):
        queries.modelling_choices(town, toy.CLERK, KEY)
    with pytest.raises(Forbidden):
        queries.fresh_layout(town, toy.CLERK, BARE)
    with pytest.raises(Forbidden):
        queries.workshop(town, toy.CLERK)


def test_a_deadline_is_tried_out_for_a_day(town: ProcessEngine, owner: str) -> None:
    found = queries.due_preview(town, owner, KEY, "${工作日前(领用日期, 2)}", "2026-10-08")
    assert found.ok
    assert found.due == "2026-09-29 17:30"
    assert found.names == ["领用日期"]
    assert found.sentence == "如“领用日期”为 2026年10月8日，则为 2026年9月29日 17:30（跨国庆节）"


def test_without_a_day_the_example_sheets_give_one(town: ProcessEngine, owner: str) -> None:
    found = queries.due_preview(town, owner, KEY, "${领用日期}")
    assert found.ok
    assert found.day == found.due[:10]
    unknown = queries.due_preview(town, owner, KEY, "${从来没有的日期}")
    assert unknown.ok
    assert unknown.day == "2026-12-08"


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("", "没有时限"),
        ("${工作日前(领用日期，2)}", "应写成"),
        ("${1 + 1}", "不是日期"),
        ("${没有的函数(1)}", "没有的函数"),
        ("${工作日前(今天(), '两')}", "工作日前"),
    ],
)
def test_what_cannot_be_tried_out_is_told(
    town: ProcessEngine, owner: str, expression: str, words: str
) -> None:
    found = queries.due_preview(town, owner, KEY, expression)
    assert words in found.sentence
    assert found.ok == (expression == "")


def test_what_needs_a_value_nobody_knows_says_so(town: ProcessEngine, owner: str) -> None:
    found = queries.due_preview(town, owner, KEY, "${工作日后(今天(), 没有样例的天数)}")
    assert found.ok
    assert "“没有样例的天数”才算得出" in found.sentence
    assert found.due == ""


def test_a_day_that_is_none_is_refused(town: ProcessEngine, owner: str) -> None:
    with pytest.raises(Invalid, match="填写"):
        queries.due_preview(town, owner, KEY, "${领用日期}", "明天")


def test_other_cases_are_sampled(town: ProcessEngine, owner: str) -> None:
    found = queries.due_preview(
        town, owner, KEY, "${工作日后(在办值('repair', '领用日期', {'状态': '在修'}), 1)}", "2026-11-24"
    )
    assert found.ok
    assert found.due == "2026-11-25 17:30"


def test_a_drawing_is_made_for_a_file_without_one(town: ProcessEngine, owner: str) -> None:
    drawn = queries.fresh_layout(town, owner, BARE)
    assert drawn.count("BPMNShape ") == 2
    assert queries.fresh_layout(town, owner, drawn) == drawn
    with pytest.raises(Refused, match="BPMN"):
        queries.fresh_layout(town, owner, "<html/>")


def packed(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def test_files_from_elsewhere_take_their_place(town: ProcessEngine, owner: str) -> None:
    found = queries.unpacked_bundle(town, owner, KEY, "别处的图.xml", BARE.encode())
    assert found == {f"{KEY}.bpmn": BARE}
    other = BARE.replace('id="requisition"', 'id="Process_1"')
    assert queries.unpacked_bundle(town, owner, KEY, "a.bpmn", other.encode()) == {f"{KEY}.bpmn": BARE}
    archive = packed({"a/b.bpmn": BARE, "a/forms/fill.form": "{}", "a/evil.sh": "rm"})
    found = queries.unpacked_bundle(town, owner, KEY, "bundle.zip", archive)
    assert sorted(found) == ["forms/fill.form", f"{KEY}.bpmn"]
    with pytest.raises(Invalid, match="填写"):
        queries.unpacked_bundle(town, owner, KEY, "bundle.zip", b"no archive")
    with pytest.raises(NotFound):
        queries.unpacked_bundle(town, owner, "repair", "b.xml", BARE.encode())


def test_a_mistyped_expression_carries_its_correction(town: ProcessEngine, owner: str) -> None:
    path = f"{KEY}.bpmn"
    text = queries.process_draft(town, owner, KEY).files[path]
    assert "camunda:dueDate=" in text
    before = text.split('camunda:dueDate="')[1].split('"')[0]
    wrong = "${工作日后（今天()，2）}"
    found = queries.findings_with_fixes(town, owner, KEY, {path: text.replace(before, wrong, 1)})
    fixes = [each["fix"] for each in found if each["fix"] and each["fix"]["kind"] == "replace"]
    assert fixes
    assert fixes[0]["old"] == wrong
    fixed = text.replace(before, fixes[0]["new"], 1)
    again = queries.findings_with_fixes(town, owner, KEY, {path: fixed})
    assert not [each for each in again if "应写成" in each["message"]]


def test_a_bad_drawing_can_be_laid_out(town: ProcessEngine, owner: str) -> None:
    path = f"{KEY}.bpmn"
    found = queries.findings_with_fixes(town, owner, KEY, {path: BARE})
    assert {each["fix"]["kind"] for each in found if each["code"] == "drawing"} == {"layout"}
    assert all(each["fix"] is None for each in found if each["path"] != path)


def test_the_list_says_what_is_published_and_being_edited(town: ProcessEngine, owner: str) -> None:
    cards = {each.key: each for each in queries.workshop(town, owner)}
    assert cards[KEY].version == 1
    assert cards[KEY].drafted_at is not None
    assert cards["repair"].drafted_at is None
    assert next(iter(cards)) == KEY
    assert "<bpmn:definitions" in queries.published_diagram(town, owner, KEY)
    with pytest.raises(NotFound):
        queries.published_diagram(town, owner, "repair")
