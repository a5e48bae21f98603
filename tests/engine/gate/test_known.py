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


def test_a_change_far_from_every_scenario_plays_nothing(town: ProcessEngine) -> None:
    run_gate(town)
    edit(town, f"{KEY}.bpmn", 'x="248" y="124"', 'x="250" y="130"')
    assert played(run_gate(town)) == set()
    # Nobody hands anything out in the scenarios of this town.
    edit(town, f"{KEY}.bpmn", 'name="已发料"', 'name="发完"')
    assert played(run_gate(town)) == set()
    edit(town, f"{KEY}.bpmn", 'name="同意"', 'name="准予"')
    assert recalled(run_gate(town)) == set()


def test_a_scenario_depends_on_what_it_comes_near_and_on_what_it_names(town: ProcessEngine) -> None:
    from engine.gate import published

    with town.database.reading() as session:
        bundles = published(town, session).bundles
    (hard, *_) = read_scenarios({f"lianxi/{KEY}.feature": SCENARIOS})
    names = {KEY: "领料", CALLED: "报修"}
    around = Surroundings("", {key: (bundles[key], "1") for key in names}, names)
    outcome = {"steps": [{"sentence": "", "elements": [[CALLED, "p_start"], ["count", "c_start"]]}]}
    uses = around.used_by(hard, [outcome])
    assert {key: (use["passed"], bool(use["near"])) for key, use in uses.items()} == {
        KEY: ([], False),
        CALLED: (["p_start"], True),
    }
    assert set(around.used_by(replace(hard, steps=()), [outcome])) == {CALLED}
    assert around.still_fits(hard, uses)
    # All of what is only named counts; of what was passed, what lies there.
    assert not replace(around, procedures={**around.procedures, KEY: (bundles[KEY], "2")}).still_fits(
        hard, uses
    )
    assert replace(around, procedures={**around.procedures, CALLED: (bundles[CALLED], "2")}).still_fits(
        hard, uses
    )
    assert not replace(around, procedures={}).still_fits(hard, uses)


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
