"""The sentence of a due date names where the date comes from, also when another case was asked for it."""

from datetime import date, datetime
from typing import Any

from engine.clock import CN
from engine.explain import due_sentence, why_sentences
from engine.organisation import parse_organisation


def facts(day: str | None, result: str | None) -> dict[str, Any]:
    """What is stored for a due date counted back from the 盘点日期 of another case."""
    return {
        "expression": "工作日前(在办值('stocktaking', '盘点日期'), 2)",
        "names": {},
        "calls": [
            {"function": "在办值", "arguments": ["stocktaking", "盘点日期"], "result": day},
            {"function": "工作日前", "arguments": [day, 2], "result": result},
        ],
    }


def test_a_date_of_another_case_is_named() -> None:
    due = datetime(2026, 12, 8, 17, 30, tzinfo=CN)
    sentence = due_sentence(facts("2026-12-10", "2026-12-08T17:30:00+08:00"), due)
    assert sentence == "盘点日期 2026年12月10日前第 2 个工作日，即 2026年12月8日 17:30"


def test_a_date_another_case_does_not_have_yet_is_named() -> None:
    assert due_sentence(facts(None, None), None) == "待定：“盘点日期”确定后自动算出"


def test_a_rule_that_named_nobody_is_left_out_and_no_expression_is_shown() -> None:
    organisation = parse_organisation(
        "town: 样例镇\nunits: []\nposts:\n  - {name: 样例岗}\npeople:\n"
        "  - {login: jiayi, name: 甲一, title: 样例, unit: '', posts: [{post: 样例岗, from: 2024-01-01}]}\n"
        "portfolios: []\nlanes: {}\n",
        "toy",
    )
    why = {
        "rules": [
            {"kind": "candidateGroups", "posts": []},
            {
                "kind": "candidateUsers",
                "expression": "${指定的人}",
                "names": {"指定的人": None},
                "calls": [],
                "result": [],
            },
            {
                "kind": "candidateUsers",
                "expression": "${['jiayi']}",
                "names": {},
                "calls": [],
                "result": ["jiayi"],
            },
            {"kind": "candidateGroups", "posts": ["样例岗"]},
        ]
    }
    sentences = why_sentences(why, organisation, "jiayi", date(2026, 12, 1))
    assert sentences == ["按图上的规则，由您办理", "这个环节由岗位“样例岗”办理，您任“样例岗”"]
