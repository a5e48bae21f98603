"""Real scenarios run through the gate's own runner, in which nothing of the tests or the pages is loaded."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine import ProcessEngine, commands
from engine.gate import Candidate, plan, published, run_scenarios, stage, without_running

ROOT = Path(__file__).parents[2]


def smallest(plans: Mapping[str, Any]) -> str:
    """The procedure whose change touches the fewest scenarios, of those that touch some."""
    return min(
        (key for key, each in plans.items() if each.files),
        key=lambda key: len("".join(plans[key].files.values())),
    )


def test_what_is_published_would_pass_the_gate_again(tmp_path: Path) -> None:
    engine = ProcessEngine(f"sqlite:///{tmp_path / 'x.db'}", ROOT / "processes", tmp_path)
    engine.start()
    commands.deploy_packs(engine, check=False)
    with engine.database.reading() as session:
        now = published(engine, session)
    plans = {key: plan(Candidate((bundle,)), now) for key, bundle in now.bundles.items()}
    key = smallest(plans)
    candidate = Candidate((now.bundles[key],))
    assert without_running(candidate, now) == []
    lines: list[Mapping[str, Any]] = []
    with stage(engine.processes, candidate, now, plans[key]) as folder:
        assert run_scenarios(folder, lines.append) == ""
    outcomes = [each for each in lines if each["kind"] == "scenario"]
    assert len(outcomes) == lines[0]["total"] > 3
    assert [(each["id"], each["message"]) for each in outcomes if each["outcome"] != "passed"] == []
    engine.close()


def test_the_runner_needs_neither_tests_nor_pages() -> None:
    program = "import sys, features.gate; print([n for n in ('tests', 'web.app', 'flask', 'hypothesis') if n in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
