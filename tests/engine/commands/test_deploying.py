"""What is deployed from files is tested first, and what was published in the program is not overwritten; export."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import ProcessEngine, commands, queries
from engine.errors import BadDiagram, Forbidden, Invalid, NotFound
from engine.exporting import export_bundles
from tests.support import toy
from tests.support.diagrams import Drawing
from tests.support.workshop import (
    DIAGRAM,
    DRAFTER,
    FEATURE,
    KEY,
    PUBLISHER,
    edit,
    open_workshop,
    rules,
    run_gate,
)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ProcessEngine]:
    engine = open_workshop(tmp_path / "town")
    yield engine
    engine.close()


def diagram(engine: ProcessEngine) -> Path:
    return engine.processes / "lianxi" / KEY / DIAGRAM


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def numbers(engine: ProcessEngine, key: str = KEY) -> list[int]:
    return [each.version for each in queries.versions(engine, DRAFTER, key)]


def publish_something(engine: ProcessEngine) -> None:
    edit(
        engine,
        DIAGRAM,
        '<bpmn:endEvent id="r_end" name="已发料">',
        '<bpmn:endEvent id="r_end" name="料已发">',
    )
    assert run_gate(engine).state == "passed"
    commands.publish_draft(engine, PUBLISHER, KEY)


# -- the command line


def test_into_an_empty_database_everything_goes_at_once(tmp_path: Path) -> None:
    engine = open_workshop(tmp_path / "town")
    engine.close()
    fresh = ProcessEngine(f"sqlite:///{tmp_path / 'fresh.db'}", engine.processes, tmp_path / "data")
    fresh.start()
    done = commands.deploy_tested(fresh)
    assert sorted(done.deployed) == ["repair", "requisition"]
    assert commands.deploy_tested(fresh).deployed == []
    fresh.close()


def test_a_change_needs_two_people_and_its_scenarios(town: ProcessEngine) -> None:
    change(diagram(town), 'name="已发料"', 'name="料已发"')
    for pair in ((None, None), (DRAFTER, None), (None, PUBLISHER)):
        with pytest.raises(Invalid, match="--drafter"):
            commands.deploy_tested(town, None, *pair)
    with pytest.raises(Invalid, match="同一个人"):
        commands.deploy_tested(town, None, PUBLISHER, PUBLISHER)
    with pytest.raises(Invalid, match="不能发布流程"):
        commands.deploy_tested(town, None, DRAFTER, toy.CLERK)
    with pytest.raises(Invalid, match="没有登录名"):
        commands.deploy_tested(town, None, "nobody", PUBLISHER)
    assert numbers(town) == [1]
    assert commands.deploy_tested(town, None, DRAFTER, PUBLISHER).deployed == [KEY]
    new = queries.versions(town, DRAFTER, KEY)[0]
    assert (new.origin, new.drafted_by, new.published_by) == ("file", [DRAFTER], PUBLISHER)
    assert (new.gate["total"], new.gate["failed"]) == (4, 0)


def test_a_change_that_breaks_a_scenario_is_not_deployed(town: ProcessEngine) -> None:
    change(diagram(town), "${审批结论 == '同意'}", "${审批结论 == '不同意'}")
    with pytest.raises(BadDiagram) as refused:
        commands.deploy_tested(town, None, DRAFTER, PUBLISHER)
    assert any("硬约束场景“库存没有核对，不能发料”没有通过" in each for each in refused.value.findings)
    assert any("主管不同意，不发料" in each for each in refused.value.findings)
    assert numbers(town) == [1]


def test_hard_marks_scenarios_and_parameters_hold_for_files_too(town: ProcessEngine) -> None:
    change(diagram(town), '<camunda:property name="硬约束" value="是" />', "")
    change(
        town.processes.parent / FEATURE.replace("features/", "features/lianxi/"),
        "    @LX_2 @硬约束\n",
        "    @LX_2\n",
    )
    change(town.processes / "lianxi" / "parameters.yml", "核对期限: {value: 2", "核对期限: {value: 4")
    with pytest.raises(BadDiagram) as refused:
        commands.deploy_tested(town, None, DRAFTER, PUBLISHER)
    told = "\n".join(refused.value.findings)
    assert "不能去掉标记" in told
    assert "去掉了标签" in told
    assert "参数“核对期限”由条款 LX-2 规定，条款没有改，参数不能改" in told
    # The written rule itself has changed: then the parameter may follow.
    change(town.processes / "lianxi" / "rules.yml", "两个工作日内核对库存", "四个工作日内核对库存")
    with pytest.raises(BadDiagram) as refused:
        commands.deploy_tested(town, None, DRAFTER, PUBLISHER)
    assert "核对期限" not in "\n".join(refused.value.findings)


def without_the_hard_step(engine: ProcessEngine) -> None:
    """The folder without the step, the scenario and the marks that the second clause asked for."""
    text = diagram(engine).read_text("utf-8").replace("r_stock", "r_check")
    text = text.replace('camunda:formKey="r_check"', 'camunda:formKey="r_stock"')
    text = text.replace('<camunda:property name="硬约束" value="是" />', "").replace("LX-1,LX-2", "LX-1")
    diagram(engine).write_text(text.replace('"LX-2"', '"LX-1"'), "utf-8")
    feature = engine.processes.parent / "features" / "lianxi" / f"{KEY}.feature"
    found = feature.read_text("utf-8")
    start, end = found.index("    @LX_2 @硬约束"), found.index("    @LX_2\n")
    feature.write_text((found[:start] + found[end:]).replace("    @LX_2\n", "    @LX_1\n"), "utf-8")


def test_what_a_repealed_clause_asked_for_need_not_stay(town: ProcessEngine) -> None:
    without_the_hard_step(town)
    with pytest.raises(BadDiagram) as refused:
        commands.deploy_tested(town, None, DRAFTER, PUBLISHER)
    told = "\n".join(refused.value.findings)
    for words in (
        "是硬约束，不能删去",
        "硬约束场景“库存没有核对，不能发料”不能删去",
        "条款 LX-2 再没有环节承载",
    ):
        assert words in told
    # The clause is gone from the written rules with it.
    pack = town.processes / "lianxi"
    lines = (pack / "rules.yml").read_text("utf-8").splitlines(keepends=True)
    (pack / "rules.yml").write_text("".join(each for each in lines if "id: LX-2" not in each), "utf-8")
    text = (pack / "parameters.yml").read_text("utf-8")
    (pack / "parameters.yml").write_text(
        text.replace("source: LX-2, hard: true", "source: 默认，可配置"), "utf-8"
    )
    assert KEY in commands.deploy_tested(town, None, DRAFTER, PUBLISHER).deployed
    new = queries.versions(town, DRAFTER, KEY)[0]
    assert (new.gate["total"], new.gate["failed"]) == (3, 0)


# -- the start of a server


def test_a_start_tries_a_change_in_the_background_and_then_deploys_it(town: ProcessEngine) -> None:
    done, thread = commands.deploy_at_start(town)
    assert (done.deployed, thread) == ([], None)
    change(diagram(town), 'name="已发料"', 'name="料已发"')
    done, thread = commands.deploy_at_start(town)
    assert (done.deployed, numbers(town)) == ([], [1])
    assert thread is not None
    thread.join(120)
    assert numbers(town) == [2, 1]
    assert commands.deploy_at_start(town)[1] is None


def test_a_start_leaves_the_old_version_when_a_scenario_fails(
    town: ProcessEngine, caplog: pytest.LogCaptureFixture
) -> None:
    change(diagram(town), "${审批结论 == '同意'}", "${审批结论 == '不同意'}")
    thread = commands.deploy_at_start(town)[1]
    assert thread is not None
    thread.join(120)
    assert numbers(town) == [1]
    assert "原来的版本继续使用" in caplog.text


def refused(engine: ProcessEngine) -> queries.FolderChanges:
    thread = commands.deploy_at_start(engine)[1]
    assert thread is not None
    thread.join(120)
    found = queries.folder_changes(engine, DRAFTER)
    assert found is not None
    return found


def told(engine: ProcessEngine, login: str) -> list[str]:
    return [line.text for line in queries.notifications(engine, login) if line.kind == "workshop"]


def test_what_a_start_refused_is_seen_by_those_who_edit_procedures(town: ProcessEngine) -> None:
    assert queries.folder_changes(town, DRAFTER) is None
    original = diagram(town).read_text("utf-8")
    change(diagram(town), "${审批结论 == '同意'}", "${审批结论 == '不同意'}")
    found = refused(town)
    assert (found.names, found.running) == (["领料"], False)
    assert "没有全部通过" in found.message
    assert {each["name"] for each in found.failed} == {"库存没有核对，不能发料", "主管不同意，不发料"}
    assert found.refusals == []
    for login in (DRAFTER, PUBLISHER):
        assert [text.count("“领料”") for text in told(town, login)] == [1]
    assert told(town, toy.GUARD) == []
    with pytest.raises(Forbidden):
        queries.folder_changes(town, toy.CLERK)
    # The same again at the next start is no news.
    assert refused(town).failed
    assert len(told(town, DRAFTER)) == 1
    # What the check finds, and what nobody can waive, is told by its sentence.
    change(diagram(town), "${审批结论 == '不同意'}", "${审批结论 = '不同意'}")
    found = refused(town)
    assert any("审批结论" in each["message"] for each in found.refusals)
    assert found.failed == []
    assert len(told(town, DRAFTER)) == 2
    # Put right, or taken back: nothing is left to be seen.
    diagram(town).write_text(original, "utf-8")
    assert commands.deploy_at_start(town)[1] is None
    assert queries.folder_changes(town, DRAFTER) is None


def test_while_a_start_tries_a_change_the_workshop_says_so(town: ProcessEngine) -> None:
    change(diagram(town), 'name="已发料"', 'name="料已发"')
    thread = commands.deploy_at_start(town)[1]
    assert thread is not None
    seen = None
    while thread.is_alive() and seen is None:
        seen = queries.folder_changes(town, DRAFTER)
    assert seen is not None
    assert (seen.names, seen.running, seen.message) == (["领料"], True, "")
    thread.join(120)
    assert queries.folder_changes(town, DRAFTER) is None


def test_a_start_may_be_told_to_deploy_untested(town: ProcessEngine) -> None:
    change(diagram(town), "${审批结论 == '同意'}", "${审批结论 == '不同意'}")
    done, thread = commands.deploy_at_start(town, untested=True)
    assert (done.deployed, thread) == ([KEY], None)


def test_what_was_published_in_the_program_is_not_replaced_but_offered(town: ProcessEngine) -> None:
    publish_something(town)
    assert numbers(town) == [2, 1]
    # The folder still says what was deployed before: no news.
    done, thread = commands.deploy_at_start(town)
    assert (done.kept, done.offered, thread, numbers(town)) == ([KEY], [], None, [2, 1])
    with pytest.raises(NotFound):
        queries.process_draft(town, DRAFTER, KEY)
    change(diagram(town), 'name="未同意"', 'name="没有同意"')
    done, thread = commands.deploy_at_start(town)
    assert (done.kept, done.offered, thread, numbers(town)) == ([KEY], [KEY], None, [2, 1])
    draft = queries.process_draft(town, DRAFTER, KEY)
    assert 'name="没有同意"' in draft.files[DIAGRAM]
    assert (draft.base, list(draft.drafters)) == (2, [])
    # Thrown away it does not come back by itself.
    commands.discard_process_draft(town, DRAFTER, KEY)
    assert commands.deploy_at_start(town)[0].offered == []


# -- callers


def with_callers(engine: ProcessEngine) -> None:
    """Two more procedures: one calls the requisition, the other calls that one."""
    Drawing("inner").start("s").call("c", KEY).end("e").flow("s c e").write(engine.processes)
    Drawing("outer").start("s").call("c", "inner").end("e").flow("s c e").write(engine.processes)
    commands.deploy_packs(engine, check=False)


def test_callers_get_a_new_version_with_what_they_call(town: ProcessEngine) -> None:
    with_callers(town)
    edit(
        town, DIAGRAM, '<bpmn:endEvent id="r_end" name="已发料">', '<bpmn:endEvent id="r_end" name="料已发">'
    )
    assert set(queries.draft_impact(town, DRAFTER, KEY).callers) == {"inner", "outer"}
    assert run_gate(town).state == "passed"
    done = commands.publish_draft(town, PUBLISHER, KEY)
    assert done["callers"] == {"inner": 2, "outer": 2}
    with town.database.reading() as session:
        inner, outer = (town.definitions.current(session, key) for key in ("inner", "outer"))
    assert dict(inner.pins) == {KEY: done["definition"]}
    assert dict(outer.pins) == {"inner": inner.id}
    assert {each.origin for each in queries.versions(town, DRAFTER, "inner")} == {"file"}
    # The folder says the same of them as before: nothing more happens at the next start.
    assert commands.deploy_at_start(town)[0].deployed == []


def test_a_change_that_breaks_a_caller_is_refused(town: ProcessEngine) -> None:
    with_callers(town)
    path = town.processes / "lianxi" / "inner" / "inner.bpmn"
    assert path.exists()
    commands.open_process_draft(town, DRAFTER, KEY)
    text = queries.process_draft(town, DRAFTER, KEY).files[DIAGRAM]
    # It would call the one that calls it.
    changed = text.replace(
        '<bpmn:userTask id="r_give" name="发料" camunda:formKey="r_give">',
        '<bpmn:callActivity id="r_give" name="发料" calledElement="outer">',
    )
    start = changed.index("<bpmn:callActivity")
    end = changed.index("</bpmn:userTask>", start)
    changed = changed[:end] + "</bpmn:callActivity>" + changed[end + len("</bpmn:userTask>") :]
    commands.save_process_draft(town, DRAFTER, KEY, {DIAGRAM: changed}, 1)
    run = run_gate(town)
    assert run.state == "refused"
    assert "lint" in rules(run)


# -- export


def everything(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_export_gives_back_byte_for_byte_what_was_taken_in(town: ProcessEngine, tmp_path: Path) -> None:
    # Ends of lines of another system, and no end of line at the end.
    readme = town.processes / "lianxi" / KEY / "README.md"
    readme.write_bytes("一\r\n二".encode())
    commands.deploy_packs(town, check=False)
    base = town.processes.parent
    before = everything(base / "processes") | everything(base / "features")
    assert export_bundles(town, town.processes) == []
    assert everything(base / "processes") | everything(base / "features") == before
    fresh = tmp_path / "elsewhere" / "processes"
    written = export_bundles(town, fresh)
    assert "features/lianxi/requisition.feature" in written
    assert (fresh / "lianxi" / KEY / "README.md").read_bytes() == "一\r\n二".encode()
    for path in written:
        assert (fresh.parent / path).read_bytes() == (base / path).read_bytes()


def test_export_writes_what_was_published_and_takes_away_what_is_gone(town: ProcessEngine) -> None:
    edit(
        town, DIAGRAM, '<bpmn:endEvent id="r_end" name="已发料">', '<bpmn:endEvent id="r_end" name="料已发">'
    )
    draft = queries.process_draft(town, DRAFTER, KEY)
    changes = {
        "README.md": None,
        "features/requisition_新.feature": draft.files[FEATURE].replace("功能: 领料", "功能: 领料（新）"),
    }
    commands.save_process_draft(town, DRAFTER, KEY, changes, draft.revision)
    assert run_gate(town).state == "passed"
    commands.publish_draft(town, PUBLISHER, KEY)
    picture = town.processes / "lianxi" / KEY / "图.png"
    picture.write_bytes(b"\x89PNG")
    assert export_bundles(town, town.processes) == [
        "features/lianxi/requisition_新.feature",
        f"processes/lianxi/{KEY}/README.md",
        f"processes/lianxi/{KEY}/{DIAGRAM}",
    ]
    assert picture.exists()
    assert not (town.processes / "lianxi" / KEY / "README.md").exists()
    assert (town.processes.parent / "features" / "lianxi" / "repair.feature").exists()
    # Now the folder says what is published.
    done, thread = commands.deploy_at_start(town)
    assert (done.deployed, done.kept, thread) == ([], [], None)
    assert commands.deploy_packs(town, check=False).deployed == []
