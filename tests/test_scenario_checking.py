"""What is told of a scenario while somebody writes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.lint import World
from engine.lint.features import Feature
from features.checking import remarks
from features.sentences import every_sentence

FEATURES = sorted((Path(__file__).parents[1] / "features").glob("*/*.feature"))
NAMES = {
    "people": ["甲一", "乙二"],
    "tasks": ["核对库存"],
    "procedures": ["领料"],
    "elements": ["核对库存", "发料"],
    "posts": ["主管"],
}


def scenario(*lines: str) -> str:
    return "\n".join(["功能: 领料", "  场景: 一次", *(f"    {line}" for line in lines)])


def told(*lines: str) -> list[tuple[int, str, bool]]:
    return [(each.line - 2, each.message, each.warning) for each in remarks(scenario(*lines), NAMES)]


@pytest.mark.parametrize("path", FEATURES, ids=lambda path: path.stem)
def test_nothing_is_told_of_scenarios_that_run(path: Path) -> None:
    assert remarks(path.read_text("utf-8"), {}) == []


def test_every_sentence_is_known_as_itself() -> None:
    for each in every_sentence():
        filled = each.shown.replace("〔几〕", "3")
        assert remarks(scenario(f"{each.keyword} {filled}", "  | 字段 | 值 |"), {}) == [], each


def test_a_sentence_nobody_knows_is_told_with_the_nearest() -> None:
    assert told("当 “甲一”发动“领料”") == [
        (1, "没有这样的句子：“甲一”发动“领料”。是不是：当 “〔人〕”发起“〔流程〕”", False)
    ]
    assert told("那么 天要下雨") == [(1, "没有这样的句子：天要下雨。请对照句子清单改写。", False)]


def test_the_keyword_counts() -> None:
    assert told("当 “甲一”发起“领料”", "而且 “乙二”办理“核对库存”") == []
    (found,) = told("那么 “甲一”办理“核对库存”")
    assert found[1].startswith("这句话要以“当”开头")


def test_a_table_that_is_missing_is_told() -> None:
    (found,) = told("当 “甲一”办理“核对库存”，填写：", "那么 案卷“领料”已办结")
    assert (found[0], "下面要跟一张表" in found[1]) == (1, True)
    assert told("当 “甲一”办理“核对库存”，填写：", "  | 字段 | 值 |", "那么 案卷“领料”已办结") == []


def test_unknown_names_are_a_warning_and_newcomers_are_none() -> None:
    assert told("当 “甲乙”发起“领料单”") == [
        (1, "没有人员“甲乙”；最接近的是“甲一”。", True),
        (1, "没有流程“领料单”；最接近的是“领料”。", True),
    ]
    assert told("假如 “丙三”自“2026-12-01”起任“主管”", "当 “丙三”发起“领料”") == []
    assert told("那么 “甲一、丁四”的待办里都有“核对库存”") == [(1, "没有人员“丁四”。", True)]


def test_an_outline_is_read_with_its_first_example() -> None:
    text = "\n".join(
        [
            "功能: 领料",
            "  场景大纲: 几件",
            "    当 “<人>”发起“领料”",
            "    那么 有<件数>件“领料”在办",
            "    例子:",
            "      | 人   | 件数 |",
            "      | 甲一 | 2    |",
            "      | 乙二 | 3    |",
        ]
    )
    assert remarks(text, NAMES) == []
    assert [each.line for each in remarks(text.replace("| 2 ", "| 两 "), NAMES)] == [4]


def test_prose_and_what_the_check_of_lines_tells_is_left_alone() -> None:
    text = "功能: 领料\n\n  当天领料当天发。\n\n  规则: 一\n\n    当月的不算。\n\n    场景: 一\n      接着 “甲一”发起“领料”\n"
    assert remarks(text, NAMES) == []
    assert list(Feature("features/x.feature", text, World()).faults("feature-line"))
