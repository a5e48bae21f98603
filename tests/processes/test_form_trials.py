"""Every form and template of every procedure can be looked at in the form editor, filled in with samples."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import ProcessEngine, commands, queries
from engine.definitions import read_bundles
from features.steps.town import open_town

PROCESSES = Path(__file__).parents[2] / "processes"
TOWN, OWNER = "zhuanqiao", "fanghuitu"
BUNDLES = {each.key: each for each in read_bundles(PROCESSES) if each.pack in (TOWN, "shared")}
ALLOWED_GAPS = 1
"""So many rules of a form may need more than samples: a round of a joint signature, another case in a certain state."""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessEngine]:
    town = open_town(tmp_path_factory.mktemp("town"), PROCESSES, TOWN)
    town.deploy()
    yield town.engine
    town.engine.close()


@pytest.mark.parametrize("key", sorted(BUNDLES))
def test_everything_can_be_looked_at(town: ProcessEngine, key: str) -> None:
    commands.open_process_draft(town, OWNER, key)
    found = queries.forms_of_draft(town, OWNER, key)
    assert all(each.exists and each.readable and each.has_example for each in found.forms)
    gaps = {}
    for each in found.forms:
        trial = queries.form_trial(town, OWNER, key, each.key)
        assert trial.filled is not None, each.key
        if len(trial.left_out) > ALLOWED_GAPS:
            gaps[each.key] = trial.left_out
    assert gaps == {}
    faults = {
        each.name: trial.fault
        for each in found.documents
        if (trial := queries.document_trial(town, OWNER, key, each.name)).fault
    }
    assert faults == {}
