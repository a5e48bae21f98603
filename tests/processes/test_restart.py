"""The program may be stopped and started between any two commands, on either database: cases end the same."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine import ProcessEngine, commands
from engine.clock import FixedClock
from engine.models import HistoryEvent, ProcessInstance
from features.steps.town import START, Town
from tests.support.counts import count
from tests.support.walk import walk

PROCESSES = Path(__file__).parents[2] / "processes"
PACK = "zhuanqiao"
ONE_IN = count(sample=8, full=1)
"""The program is started anew before one of so many commands, drawn from a fixed seed."""

Outcome = dict[tuple[str, str], tuple[str, dict[str, Any], list[str]]]


class Restarting:
    """Stands in for the commands: a command is given a new engine, as after a start of the program."""

    def __init__(self, town: Town, one_in: int) -> None:
        self.town, self.one_in = town, one_in
        self.draw = random.Random(20261201)
        self.restarts = 0

    def __getattr__(self, name: str) -> Callable[..., Any]:
        command = getattr(commands, name)

        def run(engine: ProcessEngine, *args: Any, **named: Any) -> Any:
            if self.draw.randrange(self.one_in) == 0:
                old, self.restarts = self.town.engine, self.restarts + 1
                self.town.engine = new_engine(old.database.url, self.town)
                old.close()
            return command(self.town.engine, *args, **named)

        return run


def new_engine(url: str, town: Town) -> ProcessEngine:
    engine = ProcessEngine(url, PROCESSES, town.folder, clock=town.clock)
    engine.start()
    return engine


def open_on(url: str, folder: Path) -> Town:
    clock = FixedClock(START)
    town = Town(ProcessEngine(url, PROCESSES, folder, clock=clock), PACK, clock, folder)
    town.deploy()
    return town


def outcome(town: Town) -> Outcome:
    """Each case with its state, the variables other cases may see, and the kinds of its history."""
    found: Outcome = {}
    with town.engine.database.reading() as session:
        for row in session.scalars(
            select(ProcessInstance).order_by(ProcessInstance.started_at, ProcessInstance.id)
        ):
            public = town.engine.definitions.get(session, row.definition_id).diagram.public
            events = select(HistoryEvent.kind).where(HistoryEvent.chain == row.id).order_by(HistoryEvent.seq)
            seen = {name: row.variables.get(name) for name in public}
            found[(row.key, row.title)] = (row.state, seen, list(session.scalars(events)))
    return found


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """How the walk ends in one engine that is never closed."""
    folder = tmp_path_factory.mktemp("plain")
    town = open_on(f"sqlite:///{folder / 'town.db'}", folder)
    walk(town)
    ended = outcome(town)
    town.engine.close()
    return ended


def test_the_walk_ends_as_it_should(plain: Outcome) -> None:
    """What is compared below is worth comparing: many cases, ended and open, with what others see of them."""
    states = [state for state, _, _ in plain.values()]
    assert len(plain) >= 10
    assert {"completed", "active"} == set(states)
    assert any(seen.get("审议结果") == "延后" for _, seen, _ in plain.values())
    assert all(kinds for _, _, kinds in plain.values())


def test_it_ends_the_same_with_starts_in_between(
    plain: Outcome, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = open_on(database_url, tmp_path)
    restarting = Restarting(town, ONE_IN)
    monkeypatch.setattr("features.steps.town.commands", restarting)
    monkeypatch.setattr("features.steps.hands.commands", restarting)
    monkeypatch.setattr("tests.support.walk.commands", restarting)
    walk(town)
    ended = outcome(town)
    town.engine.close()
    assert restarting.restarts > 20
    assert ended.keys() == plain.keys()
    assert differences(plain, ended) == []


def differences(one: Outcome, other: Outcome) -> list[str]:
    """Each case that did not end alike, with what differs."""
    found = []
    for case, (state, seen, kinds) in one.items():
        other_state, other_seen, other_kinds = other[case]
        names = [name for name in seen if seen[name] != other_seen[name]]
        found += [f"{case} {name}: {seen[name]!r} ≠ {other_seen[name]!r}" for name in names]
        if (state, kinds) != (other_state, other_kinds):
            found.append(f"{case}: {state} {kinds} ≠ {other_state} {other_kinds}")
    return found
