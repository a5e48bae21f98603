"""What passed before and cannot have changed is not played again; everything else is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine import ProcessEngine, commands, queries
from engine.gate import known, read_scenarios
from engine.gate.known import Surroundings, surroundings
from engine.models import PassedScenario
from tests.support.workshop import CALLED, DRAFTER, HARD, KEY, SCENARIOS, SOFT, edit, open_workshop, run_gate

FEATURE = f"features/{KEY}.feature"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ProcessEngine]:
    engine = open_workshop(tmp_path / "town")
    yield engine
    engine.close()


def recalled(run: queries.GateView) -> set[str]:
    return {each["scenario"] for each in run.results if each.get("recalled")}


def played(run: queries.GateView) -> set[str]:
    return {each["scenario"] for each in run.results if not each.get("recalled")}


def test_nothing_is_played_twice(town: ProcessEngine) -> None:
    first = run_gate(town)
    assert (first.state, recalled(first)) == ("passed", set())
    second = run_gate(town)
    assert (second.state, played(second)) == ("passed", set())
    assert (second.done, second.total) == (first.done, first.total) == (4, 4)
    # What is told of them is the same: sentences, elements, clauses, lines.
    bare = [{k: v for k, v in each.items() if k != "recalled"} for each in second.results]
    assert bare == list(first.results)


def test_a_changed_diagram_is_tried_with_all_of_its_scenarios(town: ProcessEngine) -> None:
    run_gate(town)
    edit(town, f"{KEY}.bpmn", 'name="发料"', 'name="发出物料"')
    run = run_gate(town)
    assert (run.state, recalled(run)) == ("refused", set())
    assert {each["scenario"] for each in run.results if each["outcome"] == "failed"} >= {HARD}
    # What failed is played again each time, and what passes on the published version is still known.
    again = run_gate(town)
    assert played(again) >= {HARD}
    commands.discard_process_draft(town, DRAFTER, KEY)
    assert played(run_gate(town)) == set()


def test_only_a_changed_scenario_is_played(town: ProcessEngine) -> None:
    run_gate(town)
    edit(town, FEATURE, "| 审批结论 | 不同意 |", "| 审批结论 | 不同意 |\n        | 审批意见 | 数量不实 |")
    run = run_gate(town)
    assert (run.state, played(run)) == ("passed", {SOFT})


def test_another_place_in_the_file_changes_nothing(town: ProcessEngine) -> None:
    run_gate(town)
    edit(town, FEATURE, "# language: zh-CN\n", "# language: zh-CN\n# 县里的样本\n")
    run = run_gate(town)
    assert played(run) == set()
    # One asked for by itself is played whatever is known.
    assert played(run_gate(town, only=[HARD])) == {HARD}
    assert [each["line"] for each in run.results if each["scenario"] == HARD] == [
        SCENARIOS.split("\n").index("    场景: 库存没有核对，不能发料") + 2
    ]


def test_only_the_newest_passes_are_kept(town: ProcessEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "KEPT", 1)
    run_gate(town)
    edit(town, f"{KEY}.bpmn", "</bpmn:process>", "<!-- nothing --></bpmn:process>")
    assert run_gate(town).state == "passed"
    with town.database.reading() as session:
        kept = [row.scenario for row in session.query(PassedScenario)]
    assert {kept.count(each) for each in kept} == {1}


def test_a_scenario_depends_on_what_it_passes_and_on_what_it_names() -> None:
    (hard, *_) = read_scenarios({f"lianxi/{KEY}.feature": SCENARIOS})
    around = Surroundings(
        "", {KEY: "1", CALLED: "2", "count": "3"}, {KEY: "领料", CALLED: "报修", "count": "盘点"}
    )
    outcome = {"steps": [{"sentence": "", "elements": [[CALLED, "m_start"]]}]}
    assert around.used_by(hard, [outcome]) == {KEY: "1", CALLED: "2"}
    assert around.used_by(replace(hard, steps=()), [outcome]) == {CALLED: "2"}


def test_what_every_scenario_depends_on(tmp_path: Path, town: ProcessEngine) -> None:
    from engine.gate import published

    with town.database.reading() as session:
        bundles = published(town, session).bundles

    def write(**files: str) -> Surroundings:
        for name, text in {"organisation": "a", "rules": "b", **files}.items():
            path = tmp_path / "processes" / "lianxi" / f"{name}.yml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        (tmp_path / "gate.json").write_text('{"parameters": {}, "jobs": 1}')
        return surroundings(tmp_path, bundles)

    first = write()
    assert write() == first
    assert write(rules="c").hash != first.hash
    assert write(parameters="d").hash != first.hash
    (tmp_path / "gate.json").write_text('{"parameters": {"lianxi": {"审批期限": "3"}}, "jobs": 1}')
    assert surroundings(tmp_path, bundles).hash not in {first.hash, write().hash}
    assert first.procedures.keys() == bundles.keys()
