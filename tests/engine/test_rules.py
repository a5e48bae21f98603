"""Clauses of invented depot rules: looked up by id or tag, compared with the original line by line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.rules import RulesError, parse_rules, unfaithful_lines

ORIGINAL = "库房守则\n\n\t一、领料\n1.领料须填单；未填单的不得发料。\n表\n\t环节\n\t\t时间 \n"
RULES = """\
title: 库房守则
clauses:
- {id: KF-题, tag: KF_0, kind: metadata, heading: 标题, lines: [1], text: 库房守则}
- {id: KF-一, tag: KF_1, kind: heading, label: 一、, heading: 一、, lines: [3], text: 一、领料}
- {id: KF-一-1a, tag: KF_1_1a, kind: norm, label: '1.', heading: 一、1 之一, lines: [4], text: 1.领料须填单；}
- id: KF-一-1b
  tag: KF_1_1b
  kind: norm
  heading: 一、1 之二
  lines: [4]
  text: 未填单的不得发料。
  hard: true
  note: 管理员也不例外。
- {id: KF-附, tag: KF_F, kind: heading, heading: 附表, lines: [5, 6, 7], text: 表 ｜ 环节 ｜ 时间}
pending:
  KF-一-1a: 对应流程尚未上线：领料
exceptions:
  KF-一-1b: 由权限落实
"""


def test_a_clause_is_found_by_id_and_by_tag() -> None:
    rules = parse_rules(RULES, "depot")
    clause = rules.clause("KF-一-1b")
    assert rules.clause("KF_1_1b") is clause
    assert (clause.heading, clause.hard, clause.note) == ("一、1 之二", True, "管理员也不例外。")
    assert rules.clause("KF_1_1a").hard is False
    assert rules.find("KF-二") is None


def test_an_unknown_clause_is_told_with_the_nearest() -> None:
    rules = parse_rules(RULES, "depot")
    with pytest.raises(RulesError, match="《库房守则》里没有条款“KF-一-lb”；最接近的是“KF-一-1b”"):
        rules.clause("KF-一-lb")


def test_norms_pending_and_exceptions() -> None:
    rules = parse_rules(RULES, "depot")
    assert [clause.id for clause in rules.norms()] == ["KF-一-1a", "KF-一-1b"]
    assert dict(rules.pending) == {"KF-一-1a": "对应流程尚未上线：领料"}
    assert list(rules.exceptions) == ["KF-一-1b"]


@pytest.mark.parametrize(
    ("written", "instead", "told"),
    [
        ("tag: KF_1,", "tag: KF_0,", "第 4 行：条款标签“KF_0”重复了"),
        ("id: KF-一,", "id: KF-题,", "第 4 行：条款号“KF-题”重复了"),
        ("id: KF-一,", "id: KF_0,", "第 4 行：条款号“KF_0”重复了"),
        ("tag: KF_1,", "tag: KF_一,", "第 4 行：条款标签“KF_一”只能用英文字母"),
        ("id: KF-一,", "id: KF（一）,", "第 4 行：条款号“KF（一）”只能用"),
        ("kind: metadata", "kind: title", "第 3 行：条款种类“title”不对"),
        ("lines: [1], ", "", "第 3 行：条款“KF-题”缺少原文行号"),
        ("heading: 附表, ", "", "第 14 行：缺少“heading”"),
        ("  KF-一-1b: 由权限落实", "  KF-一-1c: 由权限落实", "第 18 行：没有条款“KF-一-1c”；最接近的是"),
        ("  KF-一-1b: 由权限落实", "  KF-一: 由权限落实", "第 18 行：“KF-一”不是规范条款"),
        ("  KF-一-1a: 对应", "  KF-一-1b: 对应", "第 16 行：“KF-一-1b”同时列为待上线和例外"),
        ("  KF-一-1b: 由权限落实", "  KF-一-1b:", "第 18 行：缺少“KF-一-1b”"),
        ("hard: true", "hart: true", "第 12 行：不认识“hart”这一项；最接近的是“hard”"),
    ],
)
def test_a_fault_of_the_file_is_told_with_its_line(written: str, instead: str, told: str) -> None:
    assert RULES.count(written) == 1
    with pytest.raises(RulesError) as raised:
        parse_rules(RULES.replace(written, instead), "depot")
    assert any(fault.startswith(told) for fault in raised.value.faults), raised.value.faults


def test_clauses_make_up_the_original() -> None:
    assert unfaithful_lines(parse_rules(RULES, "depot"), ORIGINAL) == ()


@pytest.mark.parametrize(
    ("written", "instead", "told"),
    [
        ("须填单", "应填单", "第 4 行原文是“1.领料须填单；未填单的不得发料。”，条款里却是“1.领料应填单；"),
        ("lines: [3]", "lines: [2]", "第 2 行原文是“”，条款里却是“一、领料”"),
        ("lines: [1]", "lines: [9]", "条款里的第 9 行“库房守则”在原文中没有"),
        (" ｜ 时间", "时间", "条款“KF-附”写了 3 个行号，正文却有 2 段"),
    ],
)
def test_a_line_that_differs_is_told(written: str, instead: str, told: str) -> None:
    assert RULES.count(written) == 1
    found = unfaithful_lines(parse_rules(RULES.replace(written, instead), "depot"), ORIGINAL)
    assert any(told in sentence for sentence in found), found


@given(st.integers(0, len(ORIGINAL) - 1), st.sampled_from("不，。甲"))
def test_no_changed_character_escapes(place: int, character: str) -> None:
    changed = ORIGINAL[:place] + character + ORIGINAL[place + 1 :]
    same = changed == ORIGINAL
    assert (unfaithful_lines(parse_rules(RULES, "depot"), changed) == ()) is same
