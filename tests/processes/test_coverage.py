"""Every norm is carried by an element and covered by a scenario, or listed as pending or as an exception."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.rules import parse_rules
from tests.support.coverage import REPORT, Coverage, first_part, read_coverage, read_scenarios
from tests.support.visits import SECOND

PROCESSES = Path(__file__).parents[2] / "processes"
PACKS = sorted(path.parent.name for path in PROCESSES.glob("*/rules.yml"))
AGAIN = "run all scenarios, then python -m tests.support.coverage writes docs/coverage.md again"

every_pack = pytest.mark.parametrize("pack", PACKS)


@pytest.fixture(scope="module")
def coverage() -> Coverage:
    return read_coverage()


@every_pack
def test_every_norm_is_proved_or_pending_or_an_exception(coverage: Coverage, pack: str) -> None:
    rules = coverage.rules[pack]
    excused = rules.pending.keys() | rules.exceptions.keys()
    missing = [
        clause.id
        for clause in rules.norms()
        if clause.id not in excused and not coverage.proved(pack, clause)
    ]
    assert missing == [], "没有环节承载，或没有场景（硬条款要标 @硬约束）"


@every_pack
def test_nothing_is_listed_as_pending_that_is_carried_and_covered(coverage: Coverage, pack: str) -> None:
    rules = coverage.rules[pack]
    done = [
        clause.id for clause in rules.norms() if clause.id in rules.pending and coverage.proved(pack, clause)
    ]
    assert done == [], (
        "已有环节和场景，请从 rules.yml 的 pending 里删去，并调低 tests/processes/test_packs.py 的数"
    )


@every_pack
def test_pending_says_whether_a_procedure_or_a_scenario_is_missing(coverage: Coverage, pack: str) -> None:
    for clause, reason in coverage.rules[pack].pending.items():
        carried = bool(coverage.carriers(pack, clause))
        assert reason.startswith("验收场景尚缺：" if carried else "对应流程尚未上线："), clause


@every_pack
def test_no_exception_is_carried(coverage: Coverage, pack: str) -> None:
    assert [clause for clause in coverage.rules[pack].exceptions if coverage.carriers(pack, clause)] == []


@every_pack
def test_no_scenario_claims_a_clause_that_nothing_carries(coverage: Coverage, pack: str) -> None:
    rules = coverage.rules[pack]
    claimed = [clause for clause in rules.clauses if coverage.tagged(pack, clause)]
    idle = [clause.id for clause in claimed if not coverage.carriers(pack, clause.id)]
    assert [clause for clause in idle if clause not in rules.exceptions] == []


@every_pack
def test_every_hard_element_has_a_hard_scenario(coverage: Coverage, pack: str) -> None:
    """An element is excused while a hard clause of it, or every clause of it, is pending."""
    rules = coverage.rules[pack]
    missing = []
    for place in coverage.places:
        clauses = [found for clause in place.clauses if (found := rules.find(clause)) is not None]
        if not place.hard or place.bundle.pack not in (pack, "shared") or not clauses:
            continue
        waiting = [clause for clause in clauses if clause.id in rules.pending]
        excused = len(waiting) == len(clauses) or any(clause.hard for clause in waiting)
        if not excused and not coverage.hard_scenarios(pack, place):
            missing.append(place.label)
    assert missing == []


def test_every_hard_element_names_its_clause(coverage: Coverage) -> None:
    assert [place.label for place in coverage.places if place.hard and not place.clauses] == []


@every_pack
def test_every_hard_clause_is_carried_by_a_hard_element(coverage: Coverage, pack: str) -> None:
    rules = coverage.rules[pack]
    soft = [
        clause.id
        for clause in rules.norms()
        if clause.hard
        and (carriers := coverage.carriers(pack, clause.id))
        and not any(place.hard for place in carriers)
    ]
    assert soft == []


def test_the_report_on_clauses_is_true(coverage: Coverage) -> None:
    written = REPORT.read_text("utf-8").partition(SECOND)[0]
    assert written == first_part(coverage), AGAIN


FEATURE = """# language: zh-CN
@ZQ_A
功能: 领料

  背景:
    假如 现在是“2026-12-01”

  规则: 一

    @ZQ_B @硬约束
    场景: 领料单没有用途的，不能提交
      当 “甲一”办理“填写领料单”
      那么 “甲一”的待办里没有“填写领料单”

    场景大纲: 数量
      当 “甲一”试图办理“核对<物品>”，填写：
        | 字段 | 值 |
      那么 谁的待办里都没有“发料”

      例子:
        | 物品 |
        | 灯管 |
"""


def test_scenarios_are_read_with_the_tags_above_them(tmp_path: Path) -> None:
    path = tmp_path / "lianxi" / "requisition.feature"
    path.parent.mkdir()
    path.write_text(FEATURE, "utf-8")
    first, second = read_scenarios(path)
    assert first.tags == {"ZQ_A", "ZQ_B", "硬约束"}
    assert second.tags == {"ZQ_A"}
    assert (first.pack, first.place, first.runs) == ("lianxi", "lianxi/requisition.feature:11", 1)
    assert (second.place, second.runs) == ("lianxi/requisition.feature:15", 1)
    assert first.steps[0] == "现在是“2026-12-01”"


def test_a_missing_scenario_or_element_is_noticed(coverage: Coverage) -> None:
    pack = PACKS[0]
    proved = next(clause for clause in coverage.rules[pack].norms() if coverage.proved(pack, clause))
    silent = Coverage(coverage.rules, coverage.bundles, ())
    assert not silent.proved(pack, proved)
    assert not Coverage(coverage.rules, (), coverage.scenarios).proved(pack, proved)
    hard = next(clause for clause in coverage.rules[pack].norms() if clause.hard)
    assert not silent.tagged(pack, hard, hard=True)
    assert parse_rules(Path(PROCESSES / pack / "rules.yml").read_text("utf-8"), pack) == coverage.rules[pack]
