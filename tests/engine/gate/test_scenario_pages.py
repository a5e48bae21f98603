"""The scenarios of a procedure with their last results on both sides, tried unsaved, and played back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import ProcessEngine, commands, queries
from engine.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from engine.models import GateRun
from tests.support import toy
from tests.support.workshop import (
    CALLED,
    DIAGRAM,
    DRAFTER,
    FEATURE,
    HARD,
    KEY,
    PUBLISHER,
    REVIEWER,
    SCENARIOS,
    SOFT,
    edit,
    open_workshop,
    run_gate,
)

OUTLINE = "lianxi/requisition.feature::急用的写明原因"
WRONG = SCENARIOS.replace("而且 案卷“领料”没有经过“发料”", "而且 案卷“领料”经过了“发料”")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ProcessEngine]:
    engine = open_workshop(tmp_path / "town")
    yield engine
    engine.close()


def outcomes(engine: ProcessEngine, side: str) -> dict[str, dict[str, bool]]:
    """Scenario → side → passed, as a page of one side has it."""
    found = queries.scenario_page(engine, REVIEWER, KEY, side)
    return {each: {side: last.passed for side, last in by.items()} for each, by in found.outcomes.items()}


def test_each_side_has_its_own_last_result(town: ProcessEngine) -> None:
    assert outcomes(town, "released") == {HARD: {}, SOFT: {}, OUTLINE: {}}
    with pytest.raises(NotFound):
        queries.scenario_page(town, REVIEWER, KEY, "draft")
    released = run_gate(town, login=REVIEWER)
    assert released.version == 1
    edit(town, FEATURE, "而且 案卷“领料”没有经过“发料”", "而且 案卷“领料”经过了“发料”")
    assert outcomes(town, "draft")[SOFT] == {"released": True}
    assert queries.gate_run(town, DRAFTER, KEY) is None
    tried = run_gate(town, only=[SOFT])
    assert (tried.version, tried.state) == (None, "failed")
    page = queries.scenario_page(town, DRAFTER, KEY, "draft")
    assert {side: each.passed for side, each in page.outcomes[SOFT].items()} == {
        "draft": False,
        "released": True,
    }
    last = page.outcomes[SOFT]["draft"]
    assert (last.run, last.sentence, last.stale) == (tried.id, "而且 案卷“领料”经过了“发料”", False)
    assert page.outcomes[HARD].keys() == {"released"}
    assert page.changes == {SOFT: "altered"}
    # Something else of the draft changes: the result is shown, but as one of before.
    edit(town, DIAGRAM, 'name="发料"', 'name="发放"')
    assert queries.scenario_page(town, DRAFTER, KEY, "draft").outcomes[SOFT]["draft"].stale
    # The published version can be run beside the draft, and does not count for it.
    again = run_gate(town, released=True)
    assert (again.version, again.state, again.stale) == (1, "passed", False)
    assert queries.gate_run(town, DRAFTER, KEY) is None
    # A draft that comes later has no results of an earlier one.
    with town.database.writing() as session:
        session.get_one(GateRun, tried.id).started_at = toy.START.replace(year=2025)
    assert outcomes(town, "draft")[SOFT] == {"released": True}


def test_of_an_outline_a_row_that_failed_counts(town: ProcessEngine) -> None:
    edit(town, FEATURE, "那么 谁的待办里都没有“发料”\n\n", "那么 “<意见>”的待办里有“发料”\n\n")
    run_gate(town, only=[OUTLINE])
    (last,) = queries.scenario_page(town, DRAFTER, KEY, "draft").outcomes[OUTLINE].values()
    assert (last.passed, last.result) == (False, f"{OUTLINE}[1]")


def test_what_a_published_version_passed_before_is_its_result(town: ProcessEngine) -> None:
    edit(town, FEATURE, "主管不同意，不发料", "主管不同意的，不发料")
    run = run_gate(town)
    commands.publish_draft(town, PUBLISHER, KEY)
    found = queries.scenario_page(town, REVIEWER, KEY, "released")
    assert {each.run for by in found.outcomes.values() for each in by.values()} == {run.id}
    assert not any(each.stale for by in found.outcomes.values() for each in by.values())
    (card,) = [each for each in queries.scenario_cards(town, REVIEWER) if each.key == KEY]
    assert (card.version, card.scenarios, card.gate["total"], card.drafted) == (2, 3, 4, False)
    assert not queries.playback(town, REVIEWER, KEY, run.id, HARD).stale
    assert queries.playback_diagram(town, REVIEWER, KEY, run.id, KEY)


def test_a_scenario_is_tried_before_it_is_saved(town: ProcessEngine) -> None:
    commands.open_process_draft(town, DRAFTER, KEY)
    tried = run_gate(town, login=REVIEWER, only=[SOFT], files={FEATURE: WRONG})
    assert (tried.state, tried.files, tried.stale) == ("failed", {FEATURE: WRONG}, False)
    draft = queries.process_draft(town, DRAFTER, KEY)
    assert (draft.revision, draft.files[FEATURE]) == (1, SCENARIOS)
    # It says nothing of the draft until the draft says the same.
    assert outcomes(town, "draft")[SOFT] == {}
    commands.save_process_draft(town, DRAFTER, KEY, {FEATURE: WRONG}, 1)
    page = queries.scenario_page(town, DRAFTER, KEY, "draft")
    assert (page.outcomes[SOFT]["draft"].passed, page.outcomes[SOFT]["draft"].stale) == (False, False)


def test_what_may_be_tried(town: ProcessEngine) -> None:
    commands.open_process_draft(town, DRAFTER, KEY)
    diagram = queries.process_draft(town, DRAFTER, KEY).files[DIAGRAM]
    for files, only in (
        ({FEATURE: WRONG}, []),
        ({DIAGRAM: diagram}, [SOFT]),
        ({"features/x.feature": ""}, [SOFT]),
    ):
        with pytest.raises(Invalid):
            commands.start_gate(town, DRAFTER, KEY, only, files=files)
    with pytest.raises(Forbidden):
        commands.start_gate(town, toy.CLERK, KEY, [SOFT], files={FEATURE: WRONG})
    # Nothing that was tried unsaved, or of the published version, lets a draft be published.
    run_gate(town, released=True)
    with pytest.raises(Refused, match="发布前要先试跑场景"):
        commands.publish_draft(town, PUBLISHER, KEY)


def test_a_scenario_that_is_not_run_is_no_success(town: ProcessEngine) -> None:
    commands.open_process_draft(town, DRAFTER, KEY)
    missing = run_gate(town, only=[f"{SOFT}吗"])
    assert (missing.state, missing.results) == ("refused", [])
    assert "没有跑到场景“主管不同意，不发料吗”" in missing.refusals[0]["message"]
    broken = run_gate(
        town, only=[SOFT], files={FEATURE: SCENARIOS.replace("      而且 “甲一”", "      接着 “甲一”")}
    )
    assert broken.state == "refused"


def test_a_run_of_a_version_that_is_no_more_is_stale(town: ProcessEngine) -> None:
    first = run_gate(town)
    edit(town, FEATURE, "主管不同意，不发料", "主管不同意的，不发料")
    run_gate(town)
    commands.publish_draft(town, PUBLISHER, KEY)
    found = queries.gate_run(town, REVIEWER, KEY, first.id)
    assert found is not None
    assert found.stale
    assert queries.playback(town, REVIEWER, KEY, first.id, SOFT).stale


def test_played_back_each_sentence_has_its_steps_and_clauses(town: ProcessEngine) -> None:
    run = run_gate(town, only=[HARD])
    found = queries.playback(town, REVIEWER, KEY, run.id, HARD)
    assert (found.name, found.rule, found.passed) == (
        "库存没有核对，不能发料",
        "第二条 未经主管同意，不得发料",
        True,
    )
    assert found.procedures == {KEY: "领料"}
    steps = {frame.sentence: [each.name for each in frame.passed] for frame in found.frames}
    assert steps["当 “丁四”办理“核对库存”"] == ["核对库存", "", "主管同意？"]
    assert steps["那么 “丁四”的待办里有“发料”"] == []
    stock = next(each for frame in found.frames for each in frame.passed if each.element == "r_stock")
    assert found.clauses[stock.clauses[0]][1].id == found.clauses["LX_2"][1].id == "LX-2"
    assert "<" in queries.playback_diagram(town, REVIEWER, KEY, run.id, CALLED)
    for wrong in ((run.id, "nothing"), (run.id + 1, HARD)):
        with pytest.raises(NotFound):
            queries.playback(town, REVIEWER, KEY, *wrong)
    with pytest.raises(NotFound):
        queries.playback(town, REVIEWER, CALLED, run.id, HARD)
    with pytest.raises(NotFound):
        queries.playback_diagram(town, REVIEWER, KEY, run.id, "nothing")
    for ask in (queries.playback, queries.playback_diagram):
        with pytest.raises(Forbidden):
            ask(town, toy.CLERK, KEY, run.id, HARD)


def test_names_and_findings_while_somebody_writes(town: ProcessEngine) -> None:
    commands.open_process_draft(town, DRAFTER, KEY)
    names = queries.scenario_names(town, REVIEWER, KEY)
    assert {"领料", "报修"} <= set(names["procedures"])
    assert names["tasks"][0] == "填写领料单"
    assert "甲一" in names["people"]
    assert "用途" in names["fields"]
    assert "主管" in names["posts"]
    assert "领料台账" in names["registers"]
    wrong = SCENARIOS.replace("      而且 “甲一”办理", "      接着 “甲一”办理").replace("@LX_1", "@LX_9")
    found = queries.scenario_findings(town, REVIEWER, KEY, FEATURE, wrong)
    lines = wrong.split("\n")
    places = [(each.code, lines[(each.line or 0) - 1].strip()[:5]) for each in found]
    assert places == [("feature-line", "接着 “甲"), ("feature-tag", "@LX_9")]
    assert queries.scenario_findings(town, REVIEWER, KEY, FEATURE, SCENARIOS) == []
    assert queries.scenario_files(town, REVIEWER, KEY) == [FEATURE]
    assert [each.tag for _title, each in queries.scenario_clauses(town, REVIEWER, KEY)][:2] == [
        "LX_1",
        "LX_2",
    ]
    for ask in (queries.scenario_names, queries.scenario_clauses, queries.scenario_files):
        with pytest.raises(Forbidden):
            ask(town, toy.CLERK, KEY)
        with pytest.raises(NotFound):
            ask(town, DRAFTER, CALLED)


def test_only_one_run_at_a_time_of_either_side(town: ProcessEngine) -> None:
    commands.open_process_draft(town, DRAFTER, KEY)
    run = int(commands.start_gate(town, DRAFTER, KEY)["run"])
    with pytest.raises(Conflict):
        commands.start_gate(town, REVIEWER, KEY, released=True)
    assert queries.scenario_page(town, DRAFTER, KEY, "draft").last is not None
    commands.wait_for_gate(town, run)
