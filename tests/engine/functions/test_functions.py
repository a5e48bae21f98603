"""Every function's example is true, empty arguments give empty results, and the catalogue page is up to date."""

from __future__ import annotations

import ast
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.calendar import load_calendar
from engine.clock import CN
from engine.expressions import ExpressionError, compile_expression
from engine.functions import CATALOGUE, Scope, bind
from engine.functions.catalogue import as_markdown
from engine.organisation import parse_organisation
from engine.parameters import parse_parameters

ROOT = Path(__file__).parents[3]
ORGANISATION = """
town: 样例镇
units:
  - {name: 样例办, type: 科室}
  - {name: 样例所, type: 科室}
posts:
  - {name: 样例主管, portfolios: true}
  - {name: 样例经办, unit_handler: true}
  - {name: 样例科长, unit_head: true}
people:
  - {login: jiayi, name: 甲一, title: 主管, unit: "", posts: [{post: 样例主管, from: 2024-01-01, leader: true}]}
  - {login: yier, name: 乙二, title: 科长, unit: 样例办, posts: [{post: 样例科长, from: 2024-01-01}]}
  - {login: bingsan, name: 丙三, title: 经办, unit: 样例办, posts: [{post: 样例经办, from: 2024-01-01}]}
portfolios:
  - {line: 样例条线, leader: jiayi, units: [样例办], from: 2024-01-01}
lanes:
  样例经办: {posts: [样例经办]}
"""
PARAMETERS = """
parameters:
  上班时刻: {value: "09:00", unit: 时分, source: 默认，可配置}
  下班时刻: {value: "17:30", unit: 时分, source: 默认，可配置}
"""


class NoCases:
    def waiting(self, message: str) -> list[dict[str, Any]]:
        return [{"业务键": "甲", "标题": "样例"}]

    def instances(self, key: str, ended: bool) -> list[dict[str, Any]]:
        return []

    def submissions(self, element: str) -> list[dict[str, Any]]:
        return []

    def last_value(self, field: str) -> Any:
        return None


def scope() -> Scope:
    return Scope(
        datetime(2026, 12, 1, 9, 0, tzinfo=CN),
        load_calendar(ROOT / "processes" / "calendar"),
        parse_organisation(ORGANISATION, "toy"),
        parse_parameters(PARAMETERS, "toy"),
        "toy",
        NoCases(),
    )


FUNCTIONS = bind(scope())


def value(source: str, **names: Any) -> Any:
    return compile_expression(source).evaluate(names, FUNCTIONS)


@pytest.mark.parametrize("name", [name for name, entry in CATALOGUE.items() if "→" in entry.example])
def test_the_example_is_true(name: str) -> None:
    source, _, result = CATALOGUE[name].example.partition("→")
    assert value(source.strip()) == ast.literal_eval(result.strip())


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("分管领导('样例条线')", "jiayi"),
        ("分管领导(['样例条线'])", ["jiayi"]),
        ("单位分管领导('样例办')", "jiayi"),
        ("单位分管领导('样例所')", None),
        ("相关分管领导(['样例办', '样例所'])", ["jiayi"]),
        ("单位条线('样例办')", "样例条线"),
        ("岗位人员('样例经办')", ["bingsan"]),
        ("岗位人员('样例经办', '2020-01-01')", []),
        ("领导成员()", ["jiayi"]),
        ("单位负责人('样例办')", "yier"),
        ("单位办理人('样例办')", ["bingsan"]),
        ("单位办理人(['样例办', '样例所'])", ["bingsan"]),
        ("单位列表('科室')", ["样例办", "样例所"]),
        ("所在单位('yier')", "样例办"),
        ("姓名(['yier', '外人'])", ["乙二", "外人"]),
        ("职务('yier')", "科长"),
        ("等待中的('样例消息', {'业务键': '乙'})", []),
        ("都在等待('样例消息', ['甲'])", True),
        ("都在等待('样例消息', ['甲', '乙'])", False),
    ],
)
def test_organisation_and_cases(source: str, result: Any) -> None:
    assert value(source) == result


@pytest.mark.parametrize(
    ("source", "end"),
    [
        ("时限('2026-11-20T10:00:00+08:00', '1工作日')", "2026-11-23T17:30:00+08:00"),
        ("时限('2026-11-20T10:00:00+08:00', '12工作日')", "2026-12-08T17:30:00+08:00"),
        ("时限('2026-11-20T10:00:00+08:00', '当日')", "2026-11-20T17:30:00+08:00"),
        ("时限('2026-11-20T17:30:00+08:00', '当日')", "2026-11-23T17:30:00+08:00"),
        ("时限('2026-11-21T10:00:00+08:00', '当日')", "2026-11-23T17:30:00+08:00"),
    ],
)
def test_a_limit_in_words(source: str, end: str) -> None:
    """Friday 20 November 2026; after closing and on a day of rest, 当日 is the next working day."""
    assert value(source) == end


@pytest.mark.parametrize(
    "source",
    [
        "工作日前(空日期, 2)",
        "工作日后(空日期, 2)",
        "自然日后(空日期, 2)",
        "月后(空日期, 1)",
        "前一工作日含当日(空日期)",
        "工作时间后(空日期, 2)",
        "工作时间前(空日期, 2)",
        "时限(空日期, '2工作日')",
        "时限('2026-11-20', 空日期)",
        "时刻(空日期, '09:00')",
        "日期部分(空日期)",
        "相隔工作日(空日期, '2026-01-01')",
        "分管领导(空日期)",
        "单位负责人(空日期)",
    ],
)
def test_empty_arguments_give_nothing(source: str) -> None:
    assert value(source, 空日期=None) is None


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("岗位人员('样例经力')", "样例经办"),
        ("参数('下班时间')", "下班时刻"),
        ("时限('2026-11-20', '两天')", "3工作日"),
        ("有效委托('没有这种', '2026-01-01', 'yier')", "委托"),
        ("编号('样例', '{序}')", "编号"),
        ("工作日前('明天', 2)", "工作日前"),
    ],
)
def test_a_wrong_argument_is_named(source: str, words: str) -> None:
    with pytest.raises(ExpressionError, match=words):
        value(source)


@given(st.lists(st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=2), max_size=12))
def test_union_keeps_first_places_and_drops_repeats(items: list[Any]) -> None:
    expected: list[Any] = []
    for item in items:
        if item != "" and item not in expected:
            expected.append(item)
    assert CATALOGUE["合并"].call(scope_once, items) == expected


@given(st.lists(st.integers(0, 9)), st.lists(st.integers(0, 9)))
def test_intersection_and_difference_share_out_a_list(a: list[int], b: list[int]) -> None:
    both = CATALOGUE["交集"].call(scope_once, a, b)
    only = CATALOGUE["差集"].call(scope_once, a, b)
    assert sorted(both + only) == sorted(a)
    assert all(item in b for item in both)
    assert all(item not in b for item in only)


@given(st.integers(0, 60), st.integers(0, 60))
def test_a_ratio_is_compared_in_whole_numbers(present: int, total: int) -> None:
    assert CATALOGUE["达到比例"].call(scope_once, present, total, 2, 3) == (
        total > 0 and 3 * present >= 2 * total
    )


scope_once = scope()


def test_the_catalogue_page_is_up_to_date() -> None:
    assert (ROOT / "docs" / "functions.md").read_text("utf-8") == as_markdown()
