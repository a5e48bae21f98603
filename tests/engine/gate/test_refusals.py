"""What the gate refuses, each by a change that trips this rule, and what it lets through."""

# ruff: noqa: E501  A piece of a diagram is easier to find on one line.

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import ProcessEngine, commands, queries
from engine.errors import Conflict, Forbidden, Invalid, Refused
from engine.models import HistoryEvent, ProcessDefinition, ProcessInstance
from tests.support import toy
from tests.support.workshop import (
    DIAGRAM,
    DRAFTER,
    FEATURE,
    HARD,
    KEY,
    PUBLISHER,
    REVIEWER,
    SOFT,
    edit,
    open_workshop,
    rules,
    run_gate,
)

MARK = '<camunda:property name="硬约束" value="是" />'
CLAUSE = '<bpmn:userTask id="r_fill" name="填写领料单" camunda:formKey="r_fill"><bpmn:extensionElements><camunda:properties><camunda:property name="clause" value="LX-1" />'


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ProcessEngine]:
    engine = open_workshop(tmp_path / "town")
    yield engine
    engine.close()


@pytest.fixture
def both(database_url: str, tmp_path: Path) -> Iterator[ProcessEngine]:
    engine = open_workshop(tmp_path / "town", database_url)
    yield engine
    engine.close()


def test_a_harmless_change_passes_and_is_published_by_somebody_else(both: ProcessEngine) -> None:
    commands.open_process_draft(both, DRAFTER, KEY)
    commands.save_process_draft(both, DRAFTER, KEY, {"README.md": "说明"}, 1)
    run = run_gate(both)
    assert (run.state, run.done, run.total, list(run.refusals), run.stale) == ("passed", 4, 4, [], False)
    with pytest.raises(Forbidden, match="您改过这份草稿"):
        commands.publish_draft(both, DRAFTER, KEY)
    for stranger in (toy.CLERK, REVIEWER):
        with pytest.raises(Forbidden):
            commands.publish_draft(both, stranger, KEY)
    done = commands.publish_draft(both, PUBLISHER, KEY, note="改了说明")
    assert done["version"] == 2
    new, old = queries.versions(both, DRAFTER, KEY)
    assert (new.origin, new.drafted_by, new.published_by, new.note) == (
        "web",
        [DRAFTER],
        PUBLISHER,
        "改了说明",
    )
    assert (new.gate["run"], new.gate["total"], new.gate["failed"]) == (run.id, 4, 0)
    assert (new.current, old.current, old.origin) == (True, False, "file")
    with both.database.reading() as session:
        event = session.query(HistoryEvent).filter_by(chain="system", kind="process.published").one()
    assert event.actor == PUBLISHER
    assert event.body["drafters"] == [DRAFTER]
    assert (event.body["hash"], event.body["version"]) == (new.hash, 2)
    # The draft is gone; new cases get the new version.
    assert commands.open_process_draft(both, DRAFTER, KEY)["revision"] == 1
    case = str(commands.start_process_instance(both, toy.CLERK, KEY)["instance"])
    with both.database.reading() as session:
        assert session.get_one(ProcessInstance, case).definition_id == done["definition"]


def refused(engine: ProcessEngine) -> set[str]:
    """The rules that refuse the draft; nobody can publish it, whatever reasons they give."""
    run = run_gate(engine)
    assert run.state == "refused"
    waivers = {each["scenario"]: "仍然发布" for each in run.results}
    with pytest.raises(Refused, match="任何人都不能放行"):
        commands.publish_draft(engine, PUBLISHER, KEY, waivers)
    assert len(queries.versions(engine, DRAFTER, KEY)) == 1
    return rules(run)


def test_an_error_of_the_linter(town: ProcessEngine) -> None:
    edit(town, DIAGRAM, "工作日后(领用日期", "工作日候(领用日期")
    assert refused(town) == {"lint"}


def test_a_diagram_that_is_no_diagram(town: ProcessEngine) -> None:
    commands.open_process_draft(town, DRAFTER, KEY)
    commands.save_process_draft(town, DRAFTER, KEY, {DIAGRAM: "<nothing"}, 1)
    assert refused(town) == {"lint"}


def test_a_feature_that_cannot_be_parsed(town: ProcessEngine) -> None:
    edit(town, FEATURE, "功能: 领料", "功能 领料")
    assert "lint" in refused(town)


def test_a_hard_mark_taken_away(town: ProcessEngine) -> None:
    edit(town, DIAGRAM, MARK, "")
    assert refused(town) == {"hard-element"}


def test_a_hard_element_of_another_kind(town: ProcessEngine) -> None:
    commands.open_process_draft(town, DRAFTER, KEY)
    text = queries.process_draft(town, DRAFTER, KEY).files[DIAGRAM]
    start = text.index('<bpmn:userTask id="r_stock"')
    end = text.index("</bpmn:userTask>", start)
    changed = (
        text[:start]
        + text[start:end].replace("userTask", "manualTask")
        + text[end:].replace("</bpmn:userTask>", "</bpmn:manualTask>", 1)
    )
    commands.save_process_draft(town, DRAFTER, KEY, {DIAGRAM: changed}, 1)
    assert "hard-element" in refused(town)


def test_a_hard_element_taken_away(town: ProcessEngine) -> None:
    commands.open_process_draft(town, DRAFTER, KEY)
    text = queries.process_draft(town, DRAFTER, KEY).files[DIAGRAM]
    start = text.index('<bpmn:userTask id="r_stock"')
    end = text.index("</bpmn:userTask>", start) + len("</bpmn:userTask>")
    changed = text[:start] + text[start:end].replace('id="r_stock"', 'id="r_stock_2"') + text[end:]
    changed = changed.replace('"r_stock"', '"r_stock_2"').replace(">r_stock<", ">r_stock_2<")
    commands.save_process_draft(town, DRAFTER, KEY, {DIAGRAM: changed}, 1)
    assert "hard-element" in refused(town)


def test_a_diagram_that_breaks_a_hard_rule(town: ProcessEngine) -> None:
    edit(town, DIAGRAM, "${审批结论 == '同意'}", "${审批结论 == '不同意'}")
    run = run_gate(town)
    assert run.state == "refused"
    assert rules(run) == {"hard-failed"}
    failed = next(each for each in run.results if each["scenario"] == HARD)
    assert failed["outcome"] == "failed"
    assert failed["sentence"] == "那么 “丁四”的待办里有“发料”"
    assert "待办里没有“发料”" in failed["message"]
    assert failed["steps"][-1] == {"sentence": failed["sentence"], "elements": []}
    assert [KEY, "r_no"] in failed["steps"][-2]["elements"]
    assert refused(town) == {"hard-failed"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "    场景: 库存没有核对，不能发料\n      当 “甲一”办理“主管审批”",
            "    场景: 库存没有核对，不能发料\n      当 “丁四”办理“核对库存”",
        ),
        ("    @LX_2 @硬约束\n", "    @LX_2\n"),
        ("场景: 库存没有核对，不能发料", "场景: 库存没有核对，也不发料"),
        ("      那么 谁的待办里都没有“发料”\n      当 “丁四”", "      当 “丁四”"),
        ("2026-12-01 09:00", "2026-12-02 09:00"),
        ("| 领用日期 | 2026-12-01 |", "| 领用日期 | 2026-12-03 |"),
    ],
    ids=["step", "mark", "title", "dropped step", "background", "table"],
)
def test_a_hard_scenario_altered(town: ProcessEngine, old: str, new: str) -> None:
    edit(town, FEATURE, old, new)
    assert "hard-scenario" in refused(town)


def test_a_hard_scenario_dropped_still_runs_as_it_was(town: ProcessEngine) -> None:
    commands.open_process_draft(town, DRAFTER, KEY)
    commands.save_process_draft(town, DRAFTER, KEY, {FEATURE: None}, 1)
    run = run_gate(town)
    assert rules(run) == {"hard-scenario", "clause"}
    assert [each["name"] for each in run.results if each["outcome"] == "passed"] == ["库存没有核对，不能发料"]
    assert {each["name"] for each in run.results if each["change"] == "removed"} == {
        "库存没有核对，不能发料",
        "主管不同意，不发料",
        "急用的写明原因",
    }


def test_a_clause_that_no_element_carries_any_more(town: ProcessEngine) -> None:
    edit(
        town,
        DIAGRAM,
        '<camunda:property name="clause" value="LX-1,LX-2" />',
        '<camunda:property name="clause" value="LX-2" />',
    )
    edit(town, DIAGRAM, CLAUSE, CLAUSE.replace("LX-1", "LX-2"))
    assert "clause" in refused(town)


def test_a_clause_that_no_scenario_covers_any_more(town: ProcessEngine) -> None:
    edit(town, FEATURE, "    @LX_1\n", "    @LX_2\n")
    assert refused(town) == {"clause"}


def test_a_hard_parameter_is_refused_already_when_saved(town: ProcessEngine) -> None:
    commands.open_process_draft(town, DRAFTER, KEY)
    for name, value in (("核对期限", 5), ("没有的", 5), ("维修期限", "五")):
        with pytest.raises(Invalid) as wrong:
            commands.save_process_draft(town, DRAFTER, KEY, {}, 1, parameters={name: value})
        assert list(wrong.value.errors) == [name]


def test_a_hard_parameter_written_into_the_draft_by_whatever_way(town: ProcessEngine) -> None:
    from engine.models import ProcessDraft

    commands.open_process_draft(town, DRAFTER, KEY)
    with town.database.writing() as session:
        session.get_one(ProcessDraft, KEY).parameters = {"核对期限": 5}
    assert refused(town) == {"hard-parameter"}


def test_a_soft_failure_needs_a_written_reason_of_the_second_person(town: ProcessEngine) -> None:
    edit(town, FEATURE, "而且 案卷“领料”没有经过“发料”", "而且 案卷“领料”经过了“发料”")
    run = run_gate(town)
    assert (run.state, list(run.to_waive)) == ("failed", [SOFT])
    failed = next(each for each in run.results if each["scenario"] == SOFT)
    assert (failed["change"], failed["sentence"]) == ("altered", "而且 案卷“领料”经过了“发料”")
    for waivers in ({}, {SOFT: "  "}, {"别的": "理由"}, {SOFT: "长" * 501}):
        with pytest.raises(Invalid) as missing:
            commands.publish_draft(town, PUBLISHER, KEY, waivers)
        assert list(missing.value.errors) == [SOFT]
    commands.publish_draft(town, PUBLISHER, KEY, {SOFT: "本月按旧办法办", "别的": "没有用"})
    new = queries.versions(town, DRAFTER, KEY)[0]
    assert new.waivers == {SOFT: "本月按旧办法办"}
    assert (new.gate["failed"], new.gate["changes"]) == (1, {"altered": ["主管不同意，不发料"]})


def test_a_renamed_task_and_label_may_be_followed_by_hard_scenarios(town: ProcessEngine) -> None:
    edit(town, DIAGRAM, 'name="发料"', 'name="发放物料"')
    revision = edit(town, DIAGRAM, 'name="核对库存"', 'name="清点库存"')
    commands.rename_in_scenarios(town, DRAFTER, KEY, revision)
    run = run_gate(town)
    assert (run.state, list(run.refusals)) == ("passed", [])
    commands.publish_draft(town, PUBLISHER, KEY)


def test_names_that_change_places_must_be_followed(town: ProcessEngine) -> None:
    # What was checked first is now called what it must wait for: the scenario says the opposite of what it said.
    text = 'name="发料"', 'name="主管审批"', 'name="临时"'
    edit(town, DIAGRAM, text[0], text[2])
    edit(town, DIAGRAM, text[1], text[0])
    edit(town, DIAGRAM, text[2], text[1])
    assert "hard-scenario" in refused(town)


def test_nothing_is_published_without_a_run_or_after_a_change(town: ProcessEngine) -> None:
    revision = edit(
        town, DIAGRAM, '<bpmn:endEvent id="r_end" name="已发料">', '<bpmn:endEvent id="r_end" name="料已发">'
    )
    with pytest.raises(Refused, match="先试跑"):
        commands.publish_draft(town, PUBLISHER, KEY)
    run_gate(town, only=[HARD])
    with pytest.raises(Refused, match="先试跑"):
        commands.publish_draft(town, PUBLISHER, KEY)
    assert run_gate(town).state == "passed"
    commands.save_process_draft(town, DRAFTER, KEY, {"README.md": "又改了"}, revision)
    stale = queries.gate_run(town, PUBLISHER, KEY)
    assert stale is not None
    assert stale.stale
    with pytest.raises(Conflict, match="重新试跑"):
        commands.publish_draft(town, PUBLISHER, KEY)
    # Back to what was tried: the run counts again.
    commands.undo_process_draft(town, DRAFTER, KEY, revision + 1)
    assert commands.publish_draft(town, PUBLISHER, KEY)["version"] == 2


def test_a_change_anywhere_else_makes_the_run_worthless(town: ProcessEngine) -> None:
    edit(
        town, DIAGRAM, '<bpmn:endEvent id="r_end" name="已发料">', '<bpmn:endEvent id="r_end" name="料已发">'
    )
    assert run_gate(town).state == "passed"
    commands.set_parameter(town, toy.HEAD, "", "维修期限", "5", "试行")
    with pytest.raises(Conflict, match="重新试跑"):
        commands.publish_draft(town, PUBLISHER, KEY)


def test_a_version_published_meanwhile_is_not_overwritten_unseen(town: ProcessEngine) -> None:
    edit(
        town, DIAGRAM, '<bpmn:endEvent id="r_end" name="已发料">', '<bpmn:endEvent id="r_end" name="料已发">'
    )
    (town.processes / "lianxi" / KEY / "README.md").write_text("第二版", "utf-8")
    commands.deploy_packs(town, check=False)
    assert run_gate(town).state == "passed"
    with pytest.raises(Conflict, match="又发布了新版本"):
        commands.publish_draft(town, PUBLISHER, KEY)
    commands.rebase_process_draft(town, DRAFTER, KEY)
    assert commands.publish_draft(town, PUBLISHER, KEY)["version"] == 3


def test_of_two_who_publish_at_once_one_does(both: ProcessEngine) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from engine.errors import EngineError

    commands.open_process_draft(both, toy.STORE, KEY)
    commands.save_process_draft(both, toy.STORE, KEY, {"README.md": "说明"}, 1)
    assert run_gate(both).state == "passed"

    def publish(_: int) -> int:
        try:
            return int(commands.publish_draft(both, PUBLISHER, KEY)["version"])
        except EngineError:
            return 0

    with ThreadPoolExecutor(2) as two:
        assert sorted(two.map(publish, range(2))) == [0, 2]
    with both.database.reading() as session:
        assert session.query(ProcessDefinition).filter_by(key=KEY).count() == 2
        assert session.query(ProcessDefinition).filter_by(key=KEY, current=True).count() == 1


def test_soft_parameters_change_with_the_version(town: ProcessEngine) -> None:
    commands.open_process_draft(town, DRAFTER, KEY)
    commands.save_process_draft(town, DRAFTER, KEY, {}, 1, parameters={"维修期限": 5})
    changes = queries.draft_changes(town, DRAFTER, KEY)
    assert [(each.about, each.name, each.words) for each in changes] == [
        ("parameter", "维修期限", ("值：由“3”改为“5”",))
    ]
    assert run_gate(town).state == "passed"
    commands.publish_draft(town, PUBLISHER, KEY)
    line = queries.parameter(town, toy.HEAD, "维修期限")
    assert (line.parameter.value, line.written) == (5, 3)
    with town.database.reading() as session:
        event = session.query(HistoryEvent).filter_by(kind="parameter.set").one()
    assert (event.actor, event.body["before"], event.body["after"]) == (PUBLISHER, 3, 5)
