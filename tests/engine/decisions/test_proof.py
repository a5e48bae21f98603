"""The proof of a UNIQUE table agrees with trying every combination, and says in words what is wrong."""

from __future__ import annotations

import re
from time import perf_counter

import pytest
from hypothesis import given, settings

from engine.decisions import Proof, parse_decision, prove
from tests.engine.decisions.naive import Table, tables
from tests.support.tables import Column, table

MEETING: Column = ("须开会", "boolean")
COUNT: Column = ("人数", "integer", ">= 0")
AREA: Column = ("地区", "string", '"城区","郊区","外地"')


def proof(rows: list[list[str]], *inputs: Column, policy: str = "UNIQUE") -> Proof:
    return prove(parse_decision(table(inputs, [("得", "")], [[*row, "1"] for row in rows], policy), "x.dmn"))


def test_a_table_that_is_disjoint_and_complete_is_proved() -> None:
    rows = [["true", "-"], ["false", "0"], ["false", "1"], ["false", ">= 2"]]
    assert proof(rows, MEETING, COUNT) == Proof()


def test_nothing_is_asked_of_other_hit_policies() -> None:
    for policy in ("FIRST", "COLLECT"):
        assert proof([["true", "0"], ["-", "0"]], MEETING, COUNT, policy=policy) == Proof()


@pytest.mark.parametrize(
    ("rows", "inputs", "missing"),
    [
        ([["true", "< 2"], ["false", "-"]], (MEETING, COUNT), ["缺：须开会=是、人数≥2"]),
        (
            [["true", "0"], ["true", "[2..3]"]],
            (MEETING, COUNT),
            ["缺：须开会=是、人数=1或≥4", "缺：须开会=否"],
        ),
        ([["-", ">= 1"]], (MEETING, COUNT), ["缺：人数=0"]),
        ([["-", '"城区"']], (MEETING, AREA), ["缺：地区=郊区或外地"]),
        ([["-", 'not("外地")']], (MEETING, AREA), ["缺：地区=外地"]),
        ([["< 1"], ["> 1"]], (("数", "number"),), ["缺：数=1"]),
        ([["< 1"], [">= 2"]], (("数", "number"),), ["缺：数≥1且<2"]),
        ([["< 1"], [">= 3"]], (("数", "integer"),), ["缺：数=1至2"]),
        ([["0.1"], ["> 0.1"]], (("数", "number", ">= 0"),), ["缺：数≥0且<0.1"]),
        ([["1"], ["2"]], (("数", "integer", "1, 2, null"),), ["缺：数=空"]),
        ([["[1..3]"]], (("数", "", "[1..4]"),), ["缺：数>3且≤4"]),
    ],
)
def test_what_is_missing_is_told_in_words(
    rows: list[list[str]], inputs: tuple[Column, ...], missing: list[str]
) -> None:
    found = proof(rows, *inputs)
    assert (list(found.gaps), found.overlaps, found.doubts) == (missing, (), ())


@pytest.mark.parametrize(
    ("rows", "inputs", "told"),
    [
        ([["true", "-"], ["-", "0"], ["false", "> 0"]], (MEETING, COUNT), ["第 1 行与第 2 行会同时符合，如须开会=是、人数=0"]),
        ([["-", "-"], ["-", "-"]], (MEETING, COUNT), ["第 1 行与第 2 行会同时符合"]),
        ([["< 3"], [">= 2"]], (COUNT,), ["第 1 行与第 2 行会同时符合，如人数=2"]),
        ([['not("城区")'], ['"城区", "外地"']], (AREA,), ["第 1 行与第 2 行会同时符合，如地区=外地"]),
    ],
)  # fmt: skip
def test_rows_that_overlap_are_named(
    rows: list[list[str]], inputs: tuple[Column, ...], told: list[str]
) -> None:
    assert list(proof(rows, *inputs).overlaps) == told


@pytest.mark.parametrize(
    ("rows", "inputs", "why"),
    [
        ([['"甲"'], ['"乙"']], (("名", "string"),), "“名”列没有写可选值"),
        ([["< 限额()"], [">= 限额()"]], (COUNT,), "“人数”列的“< 限额()”要到办理时才知道"),
        ([['"甲"'], ['"乙"']], (("名", ""),), "“名”列没有写类型，也没有写可选值"),
        ([["${输入 == 1}"], ["-"]], (COUNT,), "“人数”列的“${输入 == 1}”要到办理时才知道"),
    ],
)
def test_what_cannot_be_proved_is_a_doubt_and_no_fault(
    rows: list[list[str]], inputs: tuple[Column, ...], why: str
) -> None:
    found = proof(rows, *inputs)
    assert (found.overlaps, found.gaps) == ((), ())
    assert found.doubts
    assert all(why in each for each in found.doubts)


def test_a_doubtful_column_does_not_hide_what_is_certain() -> None:
    rows = [["true", "< 限额()"], ["true", ">= 限额()"]]
    assert proof(rows, MEETING, COUNT).gaps == ("缺：须开会=否",)
    rows = [["true", "-"], ["-", "-"]]
    assert proof(rows, MEETING, ("名", "string")).overlaps == ("第 1 行与第 2 行会同时符合，如须开会=是",)


def test_a_text_column_without_values_is_complete_with_a_row_for_all_others() -> None:
    assert proof([['"甲"'], ['not("甲")']], ("名", "string")) == Proof()


def test_a_large_table_is_looked_at_in_good_time() -> None:
    columns: list[Column] = [(f"列{n}", "integer", ">= 0") for n in range(10)]
    rows = [[f"[{(row * (n + 3)) % 17}..{(row * (n + 3)) % 17 + 4}]" for n in range(10)] for row in range(60)]
    began = perf_counter()
    assert proof(rows, *columns) != Proof()
    assert perf_counter() - began < 10


@given(tables())
@settings(max_examples=250, deadline=None)
def test_the_proof_agrees_with_trying_every_combination(written: Table) -> None:
    found = prove(parse_decision(written.dmn("UNIQUE"), "x.dmn"))
    hits = [written.hits(names) for names in written.everything()]
    pairs = {(one, other) for rows in hits for one in rows for other in rows if one < other}
    told = {
        (int(match[1]), int(match[2]))
        for each in found.overlaps
        if (match := re.match(r"第 (\d+) 行与第 (\d+) 行", each))
    }
    assert told <= pairs
    assert len(told) == min(len(pairs), 5)
    assert bool(found.gaps) == any(not rows for rows in hits)
    assert found.doubts == ()
