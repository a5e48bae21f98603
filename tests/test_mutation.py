"""Mutants of the toy town's requisition are played, noticed or not, kept and reported."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from engine.definitions import read_bundles
from engine.errors import NotFound
from engine.gate.slices import slices_of
from engine.mutation import mutants
from features.mutation.command import mutate_procedures
from features.mutation.report import (
    COUNTS,
    faults,
    read_reasons,
    section,
    tally,
    whole,
)
from features.mutation.round import (
    KILLED,
    REFUSED,
    SURVIVED,
    UNVISITED,
    Asked,
    Result,
    Round,
    chosen,
    copied,
    read_results,
)
from features.mutation.stage import in_copies
from features.mutation.visits import gather, touching
from tests.support.workshop import HARD, KEY, SOFT, open_workshop
from web.cli import main

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town")
    open_workshop(folder).close()
    return folder


@pytest.fixture(scope="module")
def round(base: Path) -> Iterator[Round]:
    with copied(base / "processes", base / "features") as folder:
        yield Round(folder, base / "kept", 2)


@pytest.fixture(scope="module")
def results(round: Round) -> dict[str, Result]:
    told: list[Result] = []
    found = round.judge(KEY, Asked(), told.append)
    assert sorted(each.id for each in told) == sorted(each.id for each in found)
    return {each.id: each for each in found}


def test_every_mutant_is_judged_in_its_order(round: Round, results: dict[str, Result]) -> None:
    assert list(results) == [each.id for each in mutants(round.bundles[KEY])]
    assert {each.state for each in results.values()} == {KILLED, REFUSED, SURVIVED, UNVISITED}


def test_the_scenario_that_notices_is_named(results: dict[str, Result]) -> None:
    swapped = results["swap_default:r_gate"]
    assert (swapped.state, swapped.by) == (KILLED, SOFT)
    assert "经过" in swapped.message or "办结" in swapped.message
    dropped = results["drop_branch:f_r_gate__r_give"]
    assert (dropped.state, dropped.by) == (KILLED, HARD)


def test_what_the_check_refuses_needs_no_scenario(results: dict[str, Result]) -> None:
    refused = [each for each in results.values() if each.state == REFUSED]
    assert refused
    assert all(each.message and not each.by and not each.run for each in refused)


def test_what_nobody_says_goes_unnoticed(results: dict[str, Result]) -> None:
    # No scenario of the toy town says when the stock is to be checked.
    late = results["shift_date:r_stock:due"]
    assert (late.state, late.run) == (SURVIVED, 4)
    unasked = results["drop_check:forms/r_fill.form:用途:required"]
    assert (unasked.state, unasked.run) == (UNVISITED, 0)


def test_results_are_kept_until_the_procedure_or_the_scenario_changes(
    round: Round, results: dict[str, Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = read_results(round.kept / f"{KEY}.jsonl")
    assert kept == results
    monkeypatch.setattr(Round, "_judge", lambda *_: pytest.fail("这个变异已经有结果。"))
    assert {each.id: each for each in round.judge(KEY, Asked(), lambda _: None)} == results
    monkeypatch.undo()
    path = round.kept / f"{KEY}.jsonl"
    path.write_text(path.read_text("utf-8") + '{"id": "half a li', "utf-8")
    assert read_results(path) == results


def test_going_on_from_where_it_matters_tells_the_same_as_playing_everything(
    round: Round, results: dict[str, Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(round.theatre.shelf, "folder", round.kept / "empty")
    again = round.judge(KEY, Asked(sample=25, fresh=True), lambda _: None)
    assert [(each.id, each.state) for each in again] == [(each.id, results[each.id].state) for each in again]
    assert {each.state for each in again} >= {KILLED, SURVIVED}


def test_what_a_scenario_notices_lies_near_it(round: Round, results: dict[str, Result]) -> None:
    """The gate does not play again what came near nothing that has changed: it must never leave out one that would fail."""
    bundle = round.bundles[KEY]
    visits = {each.id: each for each in gather(round.theatre, touching(KEY, round.diagrams, round.runs), 1)}
    noticed = [(each, visits[results[each.id].by]) for each in mutants(bundle) if results[each.id].by]
    assert len(noticed) > 5
    for mutant, visit in noticed:
        passed = [element for process, element in visit.passed if process == KEY]
        before, after = (slices_of(each).near(passed) for each in (bundle, mutant.changed(bundle)))
        assert before != after, f"{mutant.id}：{visit.id}"


def test_a_sample_is_the_same_for_the_same_seed(round: Round) -> None:
    bundle = round.bundles[KEY]
    some = chosen(bundle, Asked(sample=5, seed=3))
    assert some == chosen(bundle, Asked(sample=5, seed=3))
    assert len(some) == 5
    assert some != chosen(bundle, Asked(sample=5, seed=4))
    assert [each.operator for each in chosen(bundle, Asked(only=["swap_default"]))] == ["swap_default"]


def test_a_task_that_dies_does_not_take_the_round_with_it() -> None:
    def die() -> Any:
        raise SystemExit(3)

    def wrong() -> Any:
        raise KeyError("名称")

    found = dict(in_copies([die, lambda: {"state": "killed"}], 2))
    assert "中断" in found[0]["died"]
    assert found[1] == {"state": "killed"}
    with pytest.raises(RuntimeError, match="名称"):
        list(in_copies([wrong], 1))


# -- the report


def result(number: int, state: str, by: str = "") -> Result:
    return Result(f"skip_line:a:{number}", "skip_line", "a", f"脚本少一行“数量{number} = …”", state, by)


def test_reasons_above_a_twentieth_do_not_count() -> None:
    some = [result(n, KILLED, "lianxi/x.feature::甲") for n in range(36)] + [
        result(n, SURVIVED) for n in range(36, 40)
    ]
    reasons = {f"skip_line:a:{n}": "没有分别。" for n in range(36, 40)}
    assert tally(some, {}).rate == pytest.approx(36 / 40)
    counts = tally(some, reasons)
    assert (counts.equivalent, counts.unnoticed) == (2, 2)
    assert counts.rate == pytest.approx(36 / 38)


def test_reasons_must_be_true() -> None:
    some = [result(1, KILLED, "lianxi/x.feature::甲"), result(2, SURVIVED)]
    told = faults(some, {"skip_line:a:1": "一样。", "skip_line:a:2": " ", "skip_line:a:9": "一样。"})
    assert [each.partition(" ")[0] for each in told] == ["skip_line:a:1", "mutants.yml", "mutants.yml"]


def test_the_report_keeps_the_procedures_not_judged_this_time(base: Path) -> None:
    first, second = read_bundles(base / "processes")[:2]
    one = section(first, [result(1, KILLED, "lianxi/x.feature::甲|乙"), result(2, SURVIVED)], {}, "abc1234")
    text = whole("", {first.key: one})
    assert "甲\\|乙（x）" in text
    assert "**没有发现**" in text
    both = whole(text, {second.key: section(second, [result(3, REFUSED)], {}, "")})
    assert one.strip() in both
    assert len(COUNTS.findall(both)) == 2
    assert whole(both, {}) == both


def test_the_command_writes_the_report(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    unnoticed = mutate_procedures(base / "processes", [KEY], Asked(only=["swap_default"]), 1, said.append)
    assert unnoticed == 0
    assert not (base / "docs").exists()
    assert any("发现 swap_default:r_gate" in line for line in said)
    with pytest.raises(NotFound, match="没有流程"):
        mutate_procedures(base / "processes", ["meiyou"], Asked(), 1, said.append)
    monkeypatch.setenv("GUICHENG_PROCESSES", str(base / "processes"))
    refused = CliRunner().invoke(main, ["mutate", KEY, "--only", "meiyou"])
    assert refused.exit_code == 1
    assert "没有改法" in refused.output


# -- what the packs say


def test_every_reason_of_the_packs_names_a_mutant() -> None:
    bundles = {each.key: each for each in read_bundles(ROOT / "processes")}
    for path in (ROOT / "features").glob("*/mutants.yml"):
        for key in yaml.safe_load(path.read_text("utf-8")) or {}:
            assert key in bundles, f"{path.name}：没有流程 {key}"
            known = [replace(result(1, SURVIVED), id=each.id) for each in mutants(bundles[key])]
            assert faults(known, read_reasons(ROOT / "features", key)) == []


def test_nine_of_ten_mutants_are_noticed() -> None:
    text = (ROOT / "docs" / "mutation.md").read_text("utf-8")
    found = COUNTS.findall(text)
    assert found
    assert [each for each in found if float(each[5].rstrip("%")) < 90] == []
