"""Every task, branch, boundary event, start and end is passed by a scenario, or stands with its reason in unvisited.yml.

What the scenarios pass is known when all have run; it is checked then, by `tests.support.visits`. Here is checked what
files tell: the report names every place there is and only scenarios there are, and the list of reasons only shrinks.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from engine.definitions import Bundle
from tests.support import visits
from tests.support.coverage import REPORT, Coverage, Scenario, read_coverage
from tests.support.diagrams import Drawing
from tests.support.visits import Collector, Point, points, read_unvisited

# How many places may still be without a scenario. A change may only lower a number; a pack not named has none left.
UNVISITED_AT_MOST: dict[str, int] = {}
AGAIN = "run all scenarios, then python -m tests.support.coverage writes docs/coverage.md again"
ROW = re.compile(r"^\| (?:任务|分支|边界事件|开始|结束) \| .*（`(\w+)`） \| (.*) \|$")


@pytest.fixture(scope="module")
def coverage() -> Coverage:
    return read_coverage()


def every_point(coverage: Coverage) -> list[Point]:
    return [point for bundle in coverage.bundles for point in points(bundle)]


def rows() -> dict[tuple[str, str], str]:
    """What the report says of each place: (procedure, id) → scenarios or the reason."""
    found = {}
    process = ""
    for line in REPORT.read_text("utf-8").partition(visits.SECOND)[2].splitlines():
        if line.startswith("## "):
            process = line.partition("`")[2].partition("`")[0]
        elif row := ROW.match(line):
            found[(process, row[1])] = row[2]
    return found


def test_the_report_names_every_place_and_no_other(coverage: Coverage) -> None:
    assert list(rows()) == [(point.process, point.id) for point in every_point(coverage)], AGAIN


def test_the_report_names_scenarios_that_exist_or_the_reason(coverage: Coverage) -> None:
    labels = {" ".join(scenario.label.split()) for scenario in coverage.scenarios}
    reasons = {
        mark: reason for each in read_unvisited(coverage.bundles).values() for mark, reason in each.items()
    }
    for mark, told in rows().items():
        if mark in reasons:
            assert told == f"尚无：{' '.join(reasons[mark].split())}", AGAIN
        else:
            named = told.removesuffix(" 等").split("<br>")
            assert [each for each in named if each.replace("\\|", "|") not in labels] == [], AGAIN


def test_reasons_are_given_in_chinese_for_places_that_exist(coverage: Coverage) -> None:
    owner = {
        (point.process, point.id): bundle.pack for bundle in coverage.bundles for point in points(bundle)
    }
    for pack, excuses in read_unvisited(coverage.bundles).items():
        for mark, reason in excuses.items():
            assert owner.get(mark) == pack, f"features/{pack}/unvisited.yml：{mark} 不在这个制度包的图上"
            assert re.search(r"[\u4e00-\u9fff]{4}", reason), mark


def test_the_list_of_places_without_a_scenario_only_shrinks(coverage: Coverage) -> None:
    for pack, excuses in read_unvisited(coverage.bundles).items():
        assert len(excuses) <= UNVISITED_AT_MOST.get(pack, 0)


def test_one_reason_may_stand_for_a_whole_procedure(tmp_path: Path) -> None:
    (tmp_path / "lianxi").mkdir()
    path = tmp_path / "lianxi" / "unvisited.yml"
    path.write_text("lingliao: 还没有写场景\n", "utf-8")
    found = read_unvisited([drawn()], tmp_path)["lianxi"]
    assert set(found) == {("lingliao", point.id) for point in points(drawn())}
    path.write_text("lingliao:\n  late: 还没有写场景\n  b: null\nbieren: 还没有写场景\n", "utf-8")
    found = read_unvisited([drawn()], tmp_path)["lianxi"]
    assert found == {
        ("lingliao", "late"): "还没有写场景",
        ("lingliao", "b"): "",
        ("bieren", ""): "还没有写场景",
    }


def test_branches_can_be_told_apart(coverage: Coverage) -> None:
    assert [each for bundle in coverage.bundles for each in visits.ambiguous(bundle)] == []


# -- how it is found out


def drawn() -> Bundle:
    drawing = Drawing("lingliao", "领料").start("s").user("a", "填写领料单").xor("g", default="b")
    drawing.user("b", "发料").end("e").end("no").boundary("late", "b", timer="${'2026-12-01'}")
    drawing.flow("s a g b e").flow("g no", when="${急}").flow("late no")
    return Bundle("lingliao", "lianxi", {"lingliao.bpmn": drawing.bpmn()})


A, B, REFUSED = "lianxi/l.feature:3", "lianxi/l.feature:9", "f_g__no"
FIRST = {"elements": [("lingliao", e) for e in ("s", "a", "g", "b", "e")], "flows": [("lingliao", "g", "b")]}
SECOND = {"elements": [("lingliao", e) for e in ("s", "a", "g", "no")], "flows": [("lingliao", "g", "no")]}


def town(*scenarios: Scenario) -> Coverage:
    return Coverage({}, (drawn(),), scenarios)


def scenario(line: int, runs: int = 1) -> Scenario:
    return Scenario("l.feature", "lianxi", f"第{line}行", frozenset(), (), line, runs)


def test_what_has_to_be_passed() -> None:
    found = {point.id: (point.manner, point.label) for point in points(drawn())}
    assert found == {
        "s": ("开始", "s"),
        "a": ("任务", "填写领料单"),
        "f_g__b": ("分支", "g → 发料"),
        "f_g__no": ("分支", "g → no"),
        "b": ("任务", "发料"),
        "e": ("结束", "e"),
        "no": ("结束", "no"),
        "late": ("边界事件", "发料：late"),
    }


def test_what_is_not_passed_is_told_and_so_is_an_excuse_for_what_is() -> None:
    coverage = town(scenario(3))
    taken = visits.by_point(coverage, {A: FIRST})
    told = visits.faults(coverage.bundles, taken, {})
    assert [line.rpartition(" ")[2] for line in told] == ["f_g__no", "no", "late"]
    excuses = {"lianxi": {("lingliao", id): "还没有写" for id in ("f_g__no", "no", "late")}}
    assert visits.faults(coverage.bundles, taken, excuses) == []
    excuses["lianxi"][("lingliao", "b")] = "还没有写"
    [told_again] = visits.faults(coverage.bundles, taken, excuses)
    assert told_again.startswith("已有场景经过（l：第3行）")
    report = visits.second_part(coverage, taken, excuses)
    assert "| 任务 | 填写领料单（`a`） | l：第3行 |" in report
    assert "| 结束 | no（`no`） | 尚无：还没有写 |" in report


class Runs:
    """A run of scenarios, as the collector hears of it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path, *scenarios: Scenario) -> None:
        (folder / "coverage.md").write_text("")
        monkeypatch.setattr(visits, "VISITS", folder / "cache" / "visits.json")
        monkeypatch.setattr(visits, "REPORT", folder / "coverage.md")
        monkeypatch.setattr(visits, "read_coverage", lambda: town(*scenarios))
        self.session: Any = SimpleNamespace(exitstatus=pytest.ExitCode.OK)
        self.collector = Collector()

    def passed(self, place: str, content: dict[str, Any], outcome: str = "passed") -> None:
        report: Any = SimpleNamespace(
            when="call", passed=outcome == "passed", scenario={"place": place, **content}
        )
        self.collector.pytest_runtest_logreport(report)

    def finish(self) -> list[str]:
        self.collector.pytest_sessionfinish(self.session)
        lines: list[str] = []
        reporter = SimpleNamespace(write_line=lines.append, section=lines.append)
        self.collector.pytest_terminal_summary(reporter)
        return lines


def test_a_complete_run_that_leaves_something_out_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run = Runs(monkeypatch, tmp_path, scenario(3), scenario(9))
    run.passed(A, FIRST)
    run.passed(B, SECOND)
    [_, told] = run.finish()
    assert told == "没有场景经过，也没有写明原因：lingliao 边界事件“发料：late” late"
    assert run.session.exitstatus == pytest.ExitCode.TESTS_FAILED
    gathered = json.loads(visits.VISITS.read_text("utf-8"))["scenarios"]
    assert gathered[A]["flows"] == [["lingliao", "g", "b"]]


def test_a_run_of_a_part_is_not_checked_and_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    run = Runs(monkeypatch, tmp_path, scenario(3), scenario(9, runs=2))
    run.passed(A, FIRST)
    run.passed(B, SECOND)
    run.passed(B, SECOND, "failed")
    [told] = run.finish()
    assert told.startswith("场景只通过了 2/3")
    assert not run.collector.complete
    assert run.session.exitstatus == pytest.ExitCode.OK
    assert not visits.VISITS.exists()
    run.passed(B, SECOND)
    assert "没有场景经过的环节和分支" in run.finish()
    assert run.collector.complete


def test_a_complete_run_fails_when_the_report_is_of_yesterday(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run = Runs(monkeypatch, tmp_path, scenario(3))
    late = [("lingliao", "late"), ("lingliao", "no")]
    run.passed(A, {"elements": FIRST["elements"] + late, "flows": FIRST["flows"] + SECOND["flows"]})
    assert run.finish()[1].startswith("docs/coverage.md 与场景不符")
    assert run.session.exitstatus == pytest.ExitCode.TESTS_FAILED
    coverage = visits.read_coverage()
    content = json.loads(visits.VISITS.read_text("utf-8"))
    report = visits.whole_report(coverage, visits.by_point(coverage, content["scenarios"]))
    visits.REPORT.write_text(report, "utf-8")
    run.session.exitstatus = pytest.ExitCode.OK
    assert run.finish() == []
    assert run.session.exitstatus == pytest.ExitCode.OK


def test_the_report_is_not_made_from_what_other_files_have_gathered(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run = Runs(monkeypatch, tmp_path, scenario(3))
    run.passed(A, FIRST)
    run.finish()
    assert visits.saved(town(scenario(3)))[("lingliao", "b")] == [scenario(3)]
    monkeypatch.setattr(visits, "state_of_files", lambda: "other")
    with pytest.raises(SystemExit, match="请先运行全部场景"):
        visits.saved(town(scenario(3)))
