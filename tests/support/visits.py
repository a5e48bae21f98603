"""Which scenario passes which task, branch, boundary event, start and end of every procedure, gathered as they run.

`features/conftest.py` lets each scenario's report carry what it passed; the process that hears of all reports checks
the whole, when all have run. What no scenario passes stands with its reason in `features/<pack>/unvisited.yml`.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.definitions import Bundle
from engine.diagram import Diagram, Element
from tests.support.coverage import REPORT, ROOT, Coverage, Scenario, first_part, read_coverage

VISITS = ROOT / ".cache" / "visits.json"
CHOOSING = ("exclusiveGateway", "inclusiveGateway", "eventBasedGateway")
MANNERS = {"userTask": "任务", "boundaryEvent": "边界事件", "startEvent": "开始", "endEvent": "结束"}
BRANCH = "分支"
SHOWN = 3
"""How many scenarios of a point the report names."""

SECOND = """
# 环节、分支与场景

每个流程的每个任务、每条分支、每个边界事件、每个开始和结束，都由场景真的走到；没有走到的写明原因（`features/<制度包>/unvisited.yml`）。
场景全部运行后核对，走到的地方多于三个场景的只列三个。
"""


@dataclass(frozen=True)
class Point:
    """What a scenario has to pass: an element, or a flow out of a choice (then `source` and `target` are set)."""

    process: str
    id: str
    manner: str
    label: str
    source: str = ""
    target: str = ""


Taken = Mapping[tuple[str, str], Sequence[Scenario]]
"""(process, id of a point) → the scenarios that pass it, in the order of the files."""
Excuses = Mapping[tuple[str, str], str]
"""(process, id of a point) → why no scenario passes it."""


def points(bundle: Bundle) -> Iterator[Point]:
    """Everything of one procedure that a scenario has to pass, in the order of the file."""
    diagram = bundle.diagram
    for element in diagram.elements.values():
        if element.kind in MANNERS and not (element.kind == "startEvent" and element.parent):
            yield Point(bundle.key, element.id, MANNERS[element.kind], _label(element, diagram))
        branches = diagram.outgoing[element.id]
        if element.kind in CHOOSING and len(branches) > 1:
            for flow in branches:
                name = flow.name or diagram.elements[flow.target].name or flow.target
                label = f"{element.name or element.id} → {name}"
                yield Point(bundle.key, flow.id, BRANCH, label, flow.source, flow.target)


def _label(element: Element, diagram: Diagram) -> str:
    name = element.name or element.id
    on = diagram.elements.get(element.attached_to or "")
    return f"{on.name or on.id}：{name}" if on else name


def ambiguous(bundle: Bundle) -> list[str]:
    """Branches that cannot be told apart, because two lead from the same choice to the same element."""
    ends = Counter(
        (point.source, point.target, point.label.partition(" →")[0])
        for point in points(bundle)
        if point.source
    )
    return [label for (_, _, label), number in ends.items() if number > 1]


def passed(point: Point, elements: Collection[tuple[str, str]], flows: Collection[tuple[str, ...]]) -> bool:
    """Whether the point is among what was passed."""
    if point.source:
        return (point.process, point.source, point.target) in flows
    return (point.process, point.id) in elements


def read_unvisited(bundles: Sequence[Bundle], features: Path = ROOT / "features") -> dict[str, Excuses]:
    """The reasons of each pack: a file with procedures, under each the id of an element or flow and the reason.

    A procedure without any scenario may stand with one reason for all its places.
    """
    packs = {bundle.pack for bundle in bundles}
    places = {bundle.key: [point.id for point in points(bundle)] for bundle in bundles}
    found: dict[str, Excuses] = {}
    for pack in sorted(packs | {path.parent.name for path in features.glob("*/unvisited.yml")}):
        path = features / pack / "unvisited.yml"
        content = yaml.safe_load(path.read_text("utf-8")) if path.exists() else None
        excuses: dict[tuple[str, str], str] = {}
        for process, entries in (content or {}).items():
            if isinstance(entries, str):
                entries = dict.fromkeys(places.get(process, [""]), entries)
            excuses |= {(process, id): str(reason or "") for id, reason in entries.items()}
        found[pack] = excuses
    return found


def faults(bundles: Sequence[Bundle], taken: Taken, excuses: Mapping[str, Excuses]) -> list[str]:
    """What is neither passed nor excused, and excuses for what is passed."""
    found = []
    reasons = {mark: reason for each in excuses.values() for mark, reason in each.items()}
    for bundle in bundles:
        for point in points(bundle):
            mark = (point.process, point.id)
            if mark not in reasons and not taken.get(mark):
                found.append(
                    f"没有场景经过，也没有写明原因：{point.process} {point.manner}“{point.label}” {point.id}"
                )
            elif mark in reasons and (scenarios := taken.get(mark)):
                found.append(
                    f"已有场景经过（{scenarios[0].label}），请从 unvisited.yml 删去：{point.process} {point.id}"
                )
    return found


# -- the second part of the report


def second_part(coverage: Coverage, taken: Taken, excuses: Mapping[str, Excuses]) -> str:
    """Per procedure what has to be passed, and the scenarios that do."""
    reasons = {mark: reason for each in excuses.values() for mark, reason in each.items()}
    parts = [SECOND]
    for bundle in coverage.bundles:
        every = list(points(bundle))
        lacking = sum(1 for point in every if (point.process, point.id) in reasons)
        parts.append(f"\n## {bundle.diagram.name}（`{bundle.key}`）\n")
        parts.append(f"共 {len(every)} 处，场景走到 {len(every) - lacking} 处，没有走到 {lacking} 处。\n")
        parts.append("| | 环节、分支 | 场景 |\n|---|---|---|")
        for point in every:
            mark = (point.process, point.id)
            told = f"尚无：{reasons[mark]}" if mark in reasons else _named(bundle.key, taken.get(mark, ()))
            parts.append(f"| {point.manner} | {_cell(point.label)}（`{point.id}`） | {_cell(told)} |")
    return "\n".join(parts) + "\n"


def _named(process: str, scenarios: Sequence[Scenario]) -> str:
    """The first scenarios, those of the procedure's own files before others."""
    own_first = sorted(scenarios, key=lambda each: not each.file.startswith(process))
    more = " 等" if len(own_first) > SHOWN else ""
    return "<br>".join(each.label for each in own_first[:SHOWN]) + more


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def whole_report(coverage: Coverage, taken: Taken) -> str:
    """What docs/coverage.md should hold."""
    return first_part(coverage) + second_part(coverage, taken, read_unvisited(coverage.bundles))


# -- what has been gathered


def state_of_files() -> str:
    """A hash of all scenarios and procedures, so that what was gathered is not used for others."""
    digest = hashlib.sha256()
    kinds = (".bpmn", ".dmn", ".feature", ".form", ".yml")
    every = [*ROOT.glob("features/*/*.feature"), *ROOT.glob("processes/**/*.*")]
    for path in sorted(path for path in every if path.suffix in kinds):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def fresh() -> bool:
    """Whether all scenarios have run as they and the procedures are now."""
    content = json.loads(VISITS.read_text("utf-8")) if VISITS.exists() else {}
    return bool(content.get("files") == state_of_files())


def saved(coverage: Coverage) -> Taken:
    """What the last complete run of the scenarios has gathered. Raises SystemExit when there is none for these files."""
    if not fresh():
        raise SystemExit("请先运行全部场景（./run test features）：上次运行之后场景或流程有改动。")
    return by_point(coverage, json.loads(VISITS.read_text("utf-8"))["scenarios"])


def by_point(coverage: Coverage, gathered: Mapping[str, Mapping[str, Any]]) -> Taken:
    """Turn what each scenario passed into the scenarios of each point."""
    found: dict[tuple[str, str], list[Scenario]] = defaultdict(list)
    every = [point for bundle in coverage.bundles for point in points(bundle)]
    for scenario in coverage.scenarios:
        mine = gathered.get(scenario.place, {})
        elements = {tuple(each) for each in mine.get("elements", ())}
        flows = {tuple(each) for each in mine.get("flows", ())}
        for point in every:
            if passed(point, elements, flows):
                found[(point.process, point.id)].append(scenario)
    return found


class Collector:
    """Hears of every scenario that has passed, and at the end says what is lacking."""

    def __init__(self) -> None:
        self.times: Counter[str] = Counter()
        self.gathered: dict[str, dict[str, Any]] = {}
        self.told: list[str] = []
        self.all = self.ran = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        scenario = getattr(report, "scenario", None)
        if scenario is None or report.when != "call" or not report.passed:
            return
        self.times[scenario["place"]] += 1
        known = self.gathered.setdefault(scenario["place"], {"elements": [], "flows": []})
        for kind, found in known.items():
            found += [each for each in map(list, scenario[kind]) if each not in found]

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if not self.times:
            return
        coverage = read_coverage()
        expected = {scenario.place: scenario.runs for scenario in coverage.scenarios}
        self.all, self.ran = sum(expected.values()), sum(self.times.values())
        if any(self.times[place] < runs for place, runs in expected.items()):
            return
        VISITS.parent.mkdir(exist_ok=True)
        content = {"files": state_of_files(), "scenarios": self.gathered}
        VISITS.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
        taken = by_point(coverage, self.gathered)
        self.told = faults(coverage.bundles, taken, read_unvisited(coverage.bundles))
        if not self.told and REPORT.read_text("utf-8") != whole_report(coverage, taken):
            self.told = ["docs/coverage.md 与场景不符，请运行 python -m tests.support.coverage 重新生成。"]
        if self.told and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @property
    def complete(self) -> bool:
        """Whether every scenario has passed, so that the whole was checked."""
        return self.all > 0 and self.ran >= self.all

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self.times and not self.complete:
            terminalreporter.write_line(
                f"场景只通过了 {self.ran}/{self.all}，没有核对各流程的环节和分支是否都有场景经过。"
            )
        if self.told:
            terminalreporter.section("没有场景经过的环节和分支")
            for line in self.told:
                terminalreporter.write_line(line)


if __name__ == "__main__":
    # What the last complete run has left out, to be written into unvisited.yml with reasons, or better to be passed.
    read = read_coverage()
    passed_by, excuses = saved(read), read_unvisited(read.bundles)
    for each in read.bundles:
        excused = excuses[each.pack]
        lacking = [point for point in points(each) if not passed_by.get((point.process, point.id))]
        if new := [point for point in lacking if (point.process, point.id) not in excused]:
            print(f"# features/{each.pack}/unvisited.yml\n{each.key}:")
            print("\n".join(f"  {point.id}:   # {point.manner} {point.label}" for point in new))
