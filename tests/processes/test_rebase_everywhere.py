"""Wherever a case of a shipped procedure stands, it can be carried to the same version, and comes to its end all the same.

Before every task of a walk the case is carried to a diagram parsed anew, and goes on from what that gave. Where its
tokens stand they never seem stuck: a version that differs elsewhere is not refused for that.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engine.case import Case
from engine.definitions import Definition
from engine.models import Task
from engine.spiff import LiveInstance, ParsedProcess, parse_bundle
from engine.spiff.net import Net
from engine.transaction import Transaction, begin
from engine.versions import state_of
from features.steps.town import Town, open_town
from tests.processes.test_returns_everywhere import PACK, PROCESSES, Walk, walks
from tests.support.by_itself import fork, incidents


@dataclass
class Carrying:
    """Carries the case of each task that is going to be done."""

    town: Town
    count: int = 0

    def __call__(self, task: str, login: str) -> None:
        with begin(self.town.engine, None) as tx:
            case = Case.open(tx, tx.session.get_one(Task, task).instance_id)
            before = seen(case.live)
            case.live = LiveInstance.carry(
                state_of(case),
                tx.engine.definitions.parsed(tx.session, case.definition),
                parsed_anew(tx, case.definition),
                case,
                onward=False,
            )
            assert seen(case.live) == before
            assert case.live.due_now() == []
            case.save("instance.advanced", {})
        self.count += 1


def seen(live: LiveInstance) -> list[Any]:
    """What people, messages and time meet."""
    return [
        [(task.id, task.element, dict(task.data)) for task in live.open_tasks()],
        sorted(map(str, live.waiting_messages())),
        sorted(map(str, live.timers())),
        live.element_states(),
        live.variables(),
    ]


def parsed_anew(tx: Transaction, definition: Definition) -> ParsedProcess:
    called = tx.engine.definitions.called(tx.session, definition)
    return parse_bundle(
        definition.key,
        {key: each.files[f"{key}.bpmn"].encode() for key, each in called.items()},
        {key: each.bundle.decisions for key, each in called.items()},
    )


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Town:
    town = open_town(tmp_path_factory.mktemp("town"), PROCESSES, PACK)
    town.deploy()
    return town


@pytest.mark.long
@pytest.mark.parametrize("walk", walks(), ids=lambda walk: walk.name)
def test_a_case_goes_on_under_the_same_version(
    deployed: Town, tmp_path: Path, walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if something ahead differed, so that every place is looked at.
    monkeypatch.setattr(Net, "shape", lambda self, begin: object())
    town = fork(deployed, tmp_path, "walk")
    carrying = Carrying(town)
    walking = walk.through(town, carrying)
    for part in walk.parts:
        cases = [walking.start(key, walk.starters.get(key, "")) for key in part]
        for case in cases:
            walking.until_ended(case)
            assert walking.state(case) == "completed"
    assert incidents(town) == []
    assert carrying.count > 1
    town.engine.close()
