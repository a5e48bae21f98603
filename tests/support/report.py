"""Writes what ran into .cache/test-report.json, and refuses a run that left tests out.

`./run` loads it into pytest with `-p tests.support.report`; CI runs `python -m tests.support.report`, to
read the report. Every test is counted once, by outcome and by mark:

    {"exit_status": 0, "seconds": 41.7, "outcomes": {"passed": 312},
     "marks": {"browser": {"passed": 9}}, "skipped": [],
     "scenarios": {"passed": 364, "all": 364, "faults": []}}

What the scenarios pass of the procedures is gathered by `tests.support.visits`, and checked only when all have run.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

REPORT = Path(os.environ.get("GUICHENG_TEST_REPORT") or Path(__file__).parents[2] / ".cache/test-report.json")
NEVER_LEFT_OUT = ("browser", "postgresql")
SCENARIOS = "guicheng-visits"
"""The name of the plugin `tests.support.visits.Collector` is registered under."""
_MARK = "mark"


def pytest_configure(config: pytest.Config) -> None:
    """Collect in the process that hears of all results, not in the workers of pytest-xdist."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        config.pluginmanager.register(_Collector(config), "guicheng-test-report")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let each result carry its marks from the worker to the collector, and into a JUnit report."""
    for item in items:
        names = sorted({mark.name for mark in item.iter_markers()})
        item.user_properties += [(_MARK, name) for name in names]


class _Collector:
    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.known = {line.partition(":")[0].strip() for line in config.getini("markers")}
        self.started = time.monotonic()
        self.results: dict[str, str] = {}
        self.marks: dict[str, set[str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        outcome = "xfailed" if hasattr(report, "wasxfail") and report.skipped else report.outcome
        # A test counts as passed when its call passed and neither set-up nor clean-up failed.
        if report.when == "call" or outcome != "passed":
            self.results[report.nodeid] = outcome
        self.marks[report.nodeid] = {str(value) for name, value in report.user_properties if name == _MARK}

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.outcome != "passed":
            self.results[report.nodeid] = report.outcome

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        marks: dict[str, Counter[str]] = defaultdict(Counter)
        for test, outcome in self.results.items():
            for mark in self.marks.get(test, set()) & self.known:
                marks[mark][outcome] += 1
        content = {
            "exit_status": int(exitstatus),
            "seconds": round(time.monotonic() - self.started, 1),
            "outcomes": Counter(self.results.values()),
            "marks": marks,
            "skipped": sorted(test for test, outcome in self.results.items() if outcome == "skipped"),
            "scenarios": self._scenarios(),
        }
        REPORT.parent.mkdir(exist_ok=True)
        REPORT.write_text(json.dumps(content, ensure_ascii=False, indent=2), encoding="utf-8")

    def _scenarios(self) -> dict[str, Any]:
        gathered = self.config.pluginmanager.get_plugin(SCENARIOS)
        if gathered is None:
            return {"passed": 0, "all": 0, "faults": []}
        return {"passed": gathered.ran, "all": gathered.all, "faults": gathered.told}


def complaints(content: dict[str, Any]) -> list[str]:
    """Why a run with this report does not count as a run of all tests; empty when it does."""
    found = [f"skipped: {test}" for test in content["skipped"]]
    if content["exit_status"] != 0:
        found.append(f"pytest ended with exit status {content['exit_status']}")
    for mark in NEVER_LEFT_OUT:
        if not content["marks"].get(mark, {}).get("passed"):
            found.append(f"no test marked {mark} passed")
    scenarios = content["scenarios"]
    if not scenarios["all"] or scenarios["passed"] < scenarios["all"]:
        found.append(
            f"{scenarios['passed']} of {scenarios['all']} scenarios passed, so what they pass was not checked"
        )
    found += scenarios["faults"]
    return found


def main() -> int:
    """Print the counts of the last run, and fail when it left tests out."""
    if not REPORT.is_file():
        print(f"no report of a test run: {REPORT} is missing", file=sys.stderr)
        return 1
    content = json.loads(REPORT.read_text(encoding="utf-8"))
    print(f"{content['outcomes']} in {content['seconds']} s")
    for mark, outcomes in sorted(content["marks"].items()):
        print(f"  {mark}: {outcomes}")
    found = complaints(content)
    for complaint in found:
        print(complaint, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
