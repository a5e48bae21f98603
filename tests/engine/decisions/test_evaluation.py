"""A table answers as its cells read, and says which rows did."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.decisions import Decision, DecisionFailed, parse_decision
from tests.engine.decisions.naive import COLUMNS, DOMAINS, Table, tables
from tests.support.tables import Column, table

FUNCTIONS: dict[str, Callable[..., Any]] = {"限额": lambda: 5, "双": lambda value: value * 2}


def decision(
    rows: list[list[str]], *inputs: Column, policy: str = "UNIQUE", outputs: list[Column] | None = None
) -> Decision:
    return parse_decision(table(inputs, outputs or [("得", "")], rows, policy), "x.dmn")


@pytest.mark.parametrize(
    ("cell", "passes", "fails"),
    [
        ("-", ["甲", 1, None, [], True], []),
        ("", ["甲", None], []),
        ('"甲"', ["甲"], ["乙", None, ""]),
        ('"甲","乙"', ["甲", "乙"], ["丙", None]),
        ('not("甲", "乙")', ["丙"], ["甲", "乙", None]),
        ("null", [None], ["", "甲"]),
        ('null, "甲"', [None, "甲"], ["乙"]),
        ("not(null)", ["甲"], [None]),
        ('"他说\\"好\\""', ['他说"好"'], ["他说好"]),
        ("true", [True], [False, None]),
        ("false", [False], [True, None]),
        ("3", [3, 3.0], [4, None]),
        ("-3.5", [-3.5], [3.5]),
        ("< 3", [2.9, -1], [3, None]),
        ("<=3", [3], [3.1]),
        ("[1..3]", [1, 3], [0.9, 3.1, None]),
        ("]1..3[", [2], [1, 3]),
        ("(1..3)", [2], [1, 3]),
        ("not([1..3])", [0, 4], [1, 2, 3, None]),
        ("< 2, > 4", [1, 5], [2, 4]),
        (">= 限额()", [5, 6], [4, None]),
        ("[上限..双(上限)]", [7, 14], [6, 15]),
        ('["2026-01-01".."2026-12-31"]', ["2026-05-01"], ["2027-01-01", None]),
        ("${输入 in 名单}", ["王"], ["李", None]),
        ("${输入 == None or 输入 == 上限}", [None, 7], [8]),
        ("${ 输入 in [1, 2] }, 9", [1, 2, 9], [3]),
    ],
)
def test_each_kind_of_cell(cell: str, passes: list[Any], fails: list[Any]) -> None:
    found = decision([[cell, "1"]], ("值", ""), policy="COLLECT")
    for value in passes:
        assert found.evaluate({"值": value, "名单": ["王"], "上限": 7}, FUNCTIONS) == [1], value
    for value in fails:
        assert found.evaluate({"值": value, "名单": ["王"], "上限": 7}, FUNCTIONS) == [], value


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('"甲"', "甲"),
        ("true", True),
        ("null", None),
        ("1.5", 1.5),
        ("['甲', 件数]", ["甲", 2]),
        ("${双(件数)}", 4),
    ],
)
def test_each_kind_of_result(cell: str, value: Any) -> None:
    assert decision([["-", cell]], ("件数", "integer")).evaluate({"件数": 2}, FUNCTIONS) == value


def test_several_outputs_give_a_dictionary() -> None:
    found = decision(
        [["-", '"快递"', "件数 * 2"]], ("件数", "integer"), outputs=[("方式", "string"), ("费", "")]
    )
    assert found.evaluate({"件数": 2}, {}) == {"方式": "快递", "费": 4}
    assert found.mapping == "singleResult"


def test_collect_gives_all_in_the_order_of_the_rows() -> None:
    rows = [["> 1", "'甲'"], ["< 1", "'乙'"], ["-", "'丙'"]]
    found = decision(rows, ("件数", "integer"), policy="COLLECT")
    outcome = found.decide({"件数": 2}, {})
    assert (outcome.value, outcome.rows) == (["甲", "丙"], (1, 3))
    assert decision(rows[:2], ("件数", "integer"), policy="COLLECT").evaluate({"件数": 1}, {}) == []


def test_first_takes_the_first_and_asks_no_further() -> None:
    found = decision([["> 1", "'甲'"], ["> 坏", "'乙'"]], ("件数", "integer"), policy="FIRST")
    assert found.decide({"件数": 2}, {}) == ("甲", (1,), ())


@pytest.mark.parametrize(
    ("rows", "policy", "names", "said"),
    [
        ([["> 2", "1"]], "UNIQUE", {"件数": 2, "急件": True}, "决策表“发货方式”没有一行符合：件数=2、急件=是"),
        ([["> 2", "1"]], "FIRST", {"件数": None, "急件": None}, "决策表“发货方式”没有一行符合：件数=空、急件=空"),
        ([["> 0", "1"], ["-", "1"], ["> 1", "1"]], "UNIQUE", {"件数": 1, "急件": False}, "第 1、2 行同时符合，只能有一行"),
        ([["-", "1"]], "UNIQUE", {"件数": "两", "急件": True}, "输入“件数”应为整数，得到的是“两”"),
        ([["-", "1"]], "UNIQUE", {"件数": 1.5, "急件": True}, "输入“件数”应为整数"),
        ([["-", "1"]], "UNIQUE", {"件数": True, "急件": True}, "输入“件数”应为整数"),
        ([["-", "1"]], "UNIQUE", {"件数": 1, "急件": 1}, "输入“急件”应为真假"),
        ([["-", "1"]], "UNIQUE", {"件数": -1, "急件": True}, "输入“件数”的值“-1”不在可选值里（>= 0）"),
        ([["-", "1"]], "UNIQUE", {"件数": 1}, "输入“急件”：没有名为“急件”的变量"),
        ([["> 上限", "1"]], "UNIQUE", {"件数": 1, "急件": True}, "第 1 行“件数”列：没有名为“上限”的变量"),
        ([["-", "费"]], "UNIQUE", {"件数": 1, "急件": True}, "第 1 行“得”列：没有名为“费”的变量"),
    ],
)  # fmt: skip
def test_what_has_no_answer_is_told(
    rows: list[list[str]], policy: str, names: dict[str, Any], said: str
) -> None:
    found = decision(
        [[row[0], "-", row[1]] for row in rows],
        ("件数", "integer", ">= 0"),
        ("急件", "boolean"),
        policy=policy,
    )
    with pytest.raises(DecisionFailed) as error:
        found.evaluate(names, {})
    assert said in error.value.reason


@given(tables(), st.data())
@settings(max_examples=250, deadline=None)
def test_a_table_matches_as_a_plain_reading_of_it(written: Table, data: st.DataObject) -> None:
    found = parse_decision(written.dmn("COLLECT"), "x.dmn")
    for _ in range(5):
        names = {
            COLUMNS[column][0]: data.draw(st.one_of(st.none(), st.sampled_from(list(DOMAINS[column]))))
            for column in written.columns
        }
        assert found.evaluate(names, {}) == written.hits(names)
