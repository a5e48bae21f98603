"""The report that CI reads counts what ran, and a run that left tests out is refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.report import complaints

ROOT = Path(__file__).parents[1]
TESTS = """
import pytest
@pytest.mark.browser
@pytest.mark.parametrize("n", [1, 2])
def test_page(n): pass
@pytest.mark.postgresql
def test_table(): pass
@pytest.mark.skipif(True, reason="no")
@pytest.mark.postgresql
def test_left_out(): pass
@pytest.mark.xfail(strict=True)
def test_known(): assert False
@pytest.fixture
def untidy():
    yield
    raise ValueError
def test_untidy(untidy): pass
"""


@pytest.mark.parametrize("processes", ["0", "2"])
def test_every_test_is_counted_once(tmp_path: Path, processes: str) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    marks = "".join(f"\n    {name}: x" for name in ("browser", "postgresql"))
    (tmp_path / "pytest.ini").write_text(f"[pytest]\nmarkers ={marks}\n")
    report = tmp_path / "report.json"
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    line = [sys.executable, "-m", "pytest", "-q", "-n", processes, "-p", "tests.support.report"]
    environment = {**plain, "GUICHENG_TEST_REPORT": str(report), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(line, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    content = json.loads(report.read_text())
    assert content["exit_status"] == 1
    assert content["outcomes"] == {"passed": 3, "skipped": 1, "xfailed": 1, "failed": 1}
    assert content["marks"] == {"browser": {"passed": 2}, "postgresql": {"passed": 1, "skipped": 1}}
    assert content["skipped"] == ["test_it.py::test_left_out"]
    assert content["scenarios"] == {"passed": 0, "all": 0, "faults": []}


COMPLETE: dict[str, Any] = {
    "exit_status": 0,
    "skipped": [],
    "marks": {"browser": {"passed": 3}, "postgresql": {"passed": 1}},
    "scenarios": {"passed": 9, "all": 9, "faults": []},
}


def test_a_complete_run_is_accepted() -> None:
    assert complaints(COMPLETE) == []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"skipped": ["tests/x.py::test_y"]}, "skipped: tests/x.py::test_y"),
        ({"exit_status": 5}, "pytest ended with exit status 5"),
        ({"marks": {"browser": {"passed": 3}}}, "no test marked postgresql passed"),
        ({"marks": {**COMPLETE["marks"], "browser": {"failed": 3}}}, "no test marked browser passed"),
        (
            {"scenarios": {"passed": 8, "all": 9, "faults": []}},
            "8 of 9 scenarios passed, so what they pass was not checked",
        ),
        (
            {"scenarios": {"passed": 0, "all": 0, "faults": []}},
            "0 of 0 scenarios passed, so what they pass was not checked",
        ),
        ({"scenarios": {"passed": 9, "all": 9, "faults": ["没有场景经过"]}}, "没有场景经过"),
    ],
)
def test_a_run_that_left_something_out_is_refused(change: dict[str, Any], complaint: str) -> None:
    assert complaints({**COMPLETE, **change}) == [complaint]
