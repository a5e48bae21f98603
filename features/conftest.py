"""Runs the feature files: one fresh town per scenario, coverage of clauses checked at the end of each."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from features.beginnings import Beginnings
from features.runner import read_runs
from features.steps.handling import *  # noqa: F403
from features.steps.outcome import *  # noqa: F403
from features.steps.registers import *  # noqa: F403
from features.steps.returning import *  # noqa: F403
from features.steps.setting import *  # noqa: F403
from features.steps.signing import *  # noqa: F403
from features.steps.town import Town, open_town
from features.steps.work import *  # noqa: F403
from features.web_hands import WebHands
from tests.support.by_itself import incidents
from tests.support.report import SCENARIOS
from tests.support.visits import Collector

HERE = Path(__file__).parent
PROCESSES = HERE.parent / "processes"


def pytest_configure(config: pytest.Config) -> None:
    """Gather in the process that hears of all scenarios, not in the workers of pytest-xdist."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Collector(), SCENARIOS)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[Any]:
    """Let the report of a scenario carry what it passed."""
    report = yield
    report.scenario = getattr(item, "passed_by_scenario", None)
    return report


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """A town in which everything is deployed; scenarios start from copies of its database."""
    town = open_town(tmp_path_factory.mktemp("deployed"), PROCESSES, "")
    town.deploy()
    town.engine.close()
    return town


@pytest.fixture(scope="session")
def beginnings(tmp_path_factory: pytest.TempPathFactory) -> Beginnings:
    return Beginnings(tmp_path_factory.mktemp("beginnings"), read_runs(HERE))


@pytest.fixture
def town(deployed: Town, tmp_path: Path, pack: str, request: pytest.FixtureRequest) -> Iterator[Town]:
    for file in deployed.folder.glob("town.db*"):
        shutil.copy(file, tmp_path / file.name)
    found = open_town(tmp_path, PROCESSES, pack, durable=False)
    # Versions never change, so what one scenario has parsed the next one need not parse again.
    found.engine.definitions = deployed.engine.definitions
    if request.node.get_closest_marker("web"):
        found.hands = WebHands(found.engine)
    yield found
    found.engine.close()


@pytest.fixture
def pack(request: pytest.FixtureRequest) -> str:
    """The pack a feature belongs to: the folder its file lies in."""
    return str(request.node.pack)


def pytest_bdd_apply_tag(tag: str, function: Any) -> bool | None:
    """Tags are clauses and marks of ours; only `web` is a mark that pytest selects by."""
    return None if tag == "web" else True


def pytest_bdd_before_scenario(request: pytest.FixtureRequest, feature: Any, scenario: Any) -> None:
    request.node.pack = Path(feature.filename).parent.name
    # A mistyped keyword turns the lines after it into prose, and a scenario without steps passes.
    if not scenario.steps:
        pytest.fail(f"场景“{scenario.name}”没有任何步骤，请检查关键字。")
    if scenario.description and scenario.description.strip():
        pytest.fail(f"场景“{scenario.name}”里有不是步骤的文字：{scenario.description.strip()[:40]}")
    request.node.told = []
    if request.node.get_closest_marker("web") is None:
        count = request.getfixturevalue("beginnings").skip(request.getfixturevalue("town"), scenario.steps)
        # The list belongs to this run of the scenario alone.
        request.node.told = scenario.steps[:count]
        del scenario.steps[:count]


def pytest_bdd_after_step(request: pytest.FixtureRequest, step: Any, **_: Any) -> None:
    """Let scenarios that begin alike go on from here."""
    request.node.told.append(step)
    if request.node.get_closest_marker("web") is None:
        request.getfixturevalue("beginnings").passed(request.getfixturevalue("town"), request.node.told)


def pytest_bdd_step_error(request: pytest.FixtureRequest, **_: Any) -> None:
    request.node.step_failed = True


def pytest_bdd_after_scenario(request: pytest.FixtureRequest, feature: Any, scenario: Any) -> None:
    """A scenario tagged with a clause must have visited an element that carries it, and nothing may have gone wrong."""
    if getattr(request.node, "step_failed", False):
        return
    town: Town = request.getfixturevalue("town")
    request.node.passed_by_scenario = {
        "place": f"{request.node.pack}/{Path(feature.filename).name}:{scenario.line_number}",
        "elements": sorted(town.visited),
        "flows": sorted(town.taken),
    }
    if wrong := incidents(town):
        pytest.fail(f"场景“{scenario.name}”里发生了异常：{'；'.join(wrong)}")
    rules = town.rules()
    tagged = [clause for tag in sorted(scenario.tags) if (clause := rules.find(tag)) is not None]
    carried = {rules.find(each) for each in town.clauses}
    for clause in tagged:
        if clause not in carried and clause.id not in rules.exceptions:
            pytest.fail(f"场景“{scenario.name}”标了 {clause.tag}，却没有经过载有 {clause.id} 的环节")
