"""Every form, opened in real cases: it can be drawn, its example may be submitted, each of its rules refuses.

A refused sheet leaves no trace in the database.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.definitions import read_bundles
from features.steps.town import open_town
from tests.support.refusals import FOLDER, Refusals, Tried, stale_entries, untried
from tests.support.walk import walk

PROCESSES = Path(__file__).parents[2] / "processes"
FORMS = [
    (bundle.key, Path(name).stem)
    for bundle in read_bundles(PROCESSES)
    for name in sorted(bundle.files)
    if name.endswith(".form")
]


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Tried]:
    town = open_town(tmp_path_factory.mktemp("town"), PROCESSES, "zhuanqiao")
    town.deploy()
    refusals = Refusals()
    try:
        walk(town, refusals)
    except Exception:
        # A wrong sheet that was accepted changes the case, and the walk goes astray later on.
        if told := faults(refusals.tried):
            pytest.fail(f"{told}")
        raise
    finally:
        town.engine.close()
    return refusals.tried


def faults(tried: dict[tuple[str, str], Tried]) -> dict[str, list[str]]:
    return {f"{process}/{form}": each.faults for (process, form), each in tried.items() if each.faults}


def test_the_walk_opens_every_form(tried: dict[tuple[str, str], Tried]) -> None:
    assert sorted(set(FORMS) - tried.keys()) == []


def test_every_form_can_be_drawn_its_example_passes_and_what_is_wrong_is_refused(
    tried: dict[tuple[str, str], Tried],
) -> None:
    assert faults(tried) == {}


def test_every_rule_of_every_form_is_broken_once(tried: dict[tuple[str, str], Tried]) -> None:
    missing = {f"{process}/{form}": untried(each) for (process, form), each in tried.items() if untried(each)}
    assert missing == {}, "请在 tests/processes/refused/<流程>/<表单>.yml 里补上"


def test_no_entry_is_left_over(tried: dict[tuple[str, str], Tried]) -> None:
    assert {form: stale for form, each in tried.items() if (stale := stale_entries(each))} == {}
    known = {FOLDER / process / f"{form}.yml" for process, form in FORMS}
    assert sorted(set(FOLDER.rglob("*.yml")) - known) == []
