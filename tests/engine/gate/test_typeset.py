"""Scenario files as they are read and changed at one place."""

from __future__ import annotations

import pytest

from engine.gate.editing import Place, added, find, skeleton, title_in
from engine.gate.typeset import typeset
from tests.support.workshop import SCENARIOS

FILE = "lianxi/requisition.feature"
TITLES = ["库存没有核对，不能发料", "主管不同意，不发料", "急用的写明原因"]


def test_a_file_is_read_with_everything_in_its_order() -> None:
    found = typeset(FILE, SCENARIOS)
    assert (found.title, found.fault) == ("领料", "")
    assert [each.text for each in found.background][:2] == ["现在是“2026-12-01 09:00”", "“戊五”发起“领料”"]
    assert found.background[2].table == (("字段", "值"), ("领用日期", "2026-12-01"))
    second, first = found.rules
    assert [each.title for each in (*second.scenarios, *first.scenarios)] == TITLES
    assert second.tags == ("LX_2", "硬约束")
    assert second.scenarios[0].hard
    assert not second.scenarios[1].hard
    outline = first.scenarios[0]
    assert outline.examples[0].rows == (("意见",), ("情况属实",), ("请从速",))
    assert [SCENARIOS.split("\n")[each.line - 1].strip() for each in outline.sentences] == [
        f"{each.keyword} {each.text}" for each in outline.sentences
    ]


def test_scenarios_before_any_rule_stand_under_none() -> None:
    head = "# language: zh-CN\n@LX_1\n功能: 领料\n  说明。\n\n  背景:\n    假如 甲\n"
    text = f"{head}\n  场景: 一\n    当 乙\n\n  规则: 二\n    场景: 三\n      当 丁\n"
    found = typeset("lianxi/a.feature", text)
    assert [(rule.title, [each.title for each in rule.scenarios]) for rule in found.rules] == [
        ("", ["一"]),
        ("二", ["三"]),
    ]
    assert (found.description, len(found.background), found.rules[0].background) == ("说明。", 1, ())
    assert [each.tags for each in found.scenarios] == [("LX_1",), ("LX_1",)]


def test_a_file_that_cannot_be_read_says_why() -> None:
    assert typeset(
        "lianxi/b.feature", "# language: zh-CN\n功能: 甲\n  场景: 乙\n    当 丙\n    忽然 丁\n"
    ).fault
    assert typeset("lianxi/c.feature", "").rules == ()


@pytest.mark.parametrize("title", TITLES)
def test_a_scenario_taken_out_and_put_back_changes_no_byte(title: str) -> None:
    place = find(FILE, SCENARIOS, f"{FILE}::{title}")
    assert place is not None
    piece = place.taken_from(SCENARIOS)
    assert piece.startswith("@LX_")
    assert title_in(piece) == title
    assert place.with_piece(SCENARIOS, piece) == SCENARIOS
    assert place.with_piece(SCENARIOS, f"\r\n{piece}  \n\n\n".replace("\n", "\r\n")) == SCENARIOS


@pytest.mark.parametrize("title", TITLES)
def test_what_is_put_in_its_place_leaves_the_others_as_they_were(title: str) -> None:
    place = find(FILE, SCENARIOS, f"{FILE}::{title}")
    assert place is not None
    before = {each.title: each for each in typeset(FILE, SCENARIOS).scenarios}
    text = place.with_piece(
        SCENARIOS, "@LX_1\n场景: 换了\n  当 “甲一”办理“主管审批”\n  那么 “甲一”的待办里没有“主管审批”"
    )
    after = {each.title: each for each in typeset(FILE, text).scenarios}
    assert list(after) == ["换了" if each == title else each for each in before]
    gone = {each.title: each for each in typeset(FILE, place.with_piece(SCENARIOS, "")).scenarios}
    assert list(gone) == [each for each in before if each != title]
    for other in gone:
        assert [each.text for each in after[other].sentences] == [
            each.text for each in before[other].sentences
        ]
        assert after[other].tags == gone[other].tags == before[other].tags


def test_one_that_is_not_there_is_not_found() -> None:
    assert find(FILE, SCENARIOS, f"{FILE}::没有") is None
    assert find(FILE, "功能 甲", f"{FILE}::没有") is None


def test_a_new_one_goes_to_the_end_of_its_rule_or_of_the_file() -> None:
    rules = typeset(FILE, SCENARIOS).rules
    piece = skeleton(["LX_2"]).replace("场景: ", "场景: 新的")
    text, place = added(SCENARIOS, piece, rules[0].line)
    assert place.taken_from(text) == piece
    found = typeset(FILE, text)
    assert not found.fault
    assert [[each.title for each in rule.scenarios] for rule in found.rules] == [
        [*TITLES[:2], "新的"],
        TITLES[2:],
    ]
    assert found.rules[0].scenarios[2].tags == ("LX_2",)
    text, place = added(SCENARIOS, piece, None)
    assert place.taken_from(text) == piece
    assert [each.title for each in typeset(FILE, text).rules[1].scenarios] == [TITLES[2], "新的"]


def test_a_new_rule_stands_beside_the_others_and_begins_an_empty_file() -> None:
    piece = skeleton(["LX_3"], "LX-3 报修").replace("场景: ", "场景: 新的")
    for text in (SCENARIOS, "# language: zh-CN\n功能: 领料\n"):
        whole, place = added(text, piece, None)
        assert place.taken_from(whole) == piece
        last = typeset(FILE, whole).rules[-1]
        assert (last.title, [each.title for each in last.scenarios], last.tags) == (
            "LX-3 报修",
            ["新的"],
            ("LX_3",),
        )


def test_a_place_counts_lines_from_one() -> None:
    assert Place(2, 3, "  ").taken_from("a\n  b\n    c\nd") == "b\n  c"
