"""Drafts of procedures: who may, two people at once, what may stand in one, files brought along, versions restored."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from engine import ProcessEngine, commands, queries
from engine.errors import Conflict, EngineError, Forbidden, Invalid, NotFound
from engine.models import HistoryEvent, ProcessDefinition
from tests.support import toy
from tests.support.workshop import (
    DIAGRAM,
    DRAFTER,
    FEATURE,
    KEY,
    PUBLISHER,
    REVIEWER,
    edit,
    open_workshop,
)


@pytest.fixture
def town(database_url: str, tmp_path: Path) -> Iterator[ProcessEngine]:
    engine = open_workshop(tmp_path / "town", database_url)
    yield engine
    engine.close()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[ProcessEngine]:
    engine = open_workshop(tmp_path / "town")
    yield engine
    engine.close()


def version_id(engine: ProcessEngine, key: str = KEY) -> int:
    return queries.versions(engine, DRAFTER, key)[-1].id


def test_a_draft_holds_the_whole_procedure_with_its_scenarios(town: ProcessEngine) -> None:
    opened = commands.open_process_draft(town, DRAFTER, KEY)
    draft = queries.process_draft(town, REVIEWER, KEY)
    assert (opened["revision"], draft.revision, list(draft.drafters)) == (1, 1, [])
    assert {DIAGRAM, FEATURE, "forms/r_fill.form", "README.md"} <= set(draft.files)
    assert (draft.name, draft.pack, draft.base, draft.current) == ("领料", "lianxi", 1, 1)
    # Opening it a second time joins those who edit it already.
    assert commands.open_process_draft(town, PUBLISHER, KEY) == opened
    assert queries.draft_changes(town, DRAFTER, KEY) == []


def test_saving_counts_the_revision_and_remembers_who(town: ProcessEngine) -> None:
    commands.open_process_draft(town, DRAFTER, KEY)
    assert commands.save_process_draft(town, DRAFTER, KEY, {"README.md": "新的说明"}, 1)["revision"] == 2
    commands.save_process_draft(town, PUBLISHER, KEY, {"documents/新.html": "<p>新</p>"}, 2)
    draft = queries.process_draft(town, DRAFTER, KEY)
    assert draft.files["documents/新.html"] == "<p>新</p>"
    assert (list(draft.drafters), draft.updated_by) == ([DRAFTER, PUBLISHER], PUBLISHER)
    commands.save_process_draft(town, PUBLISHER, KEY, {"documents/新.html": None}, draft.revision)
    assert "documents/新.html" not in queries.process_draft(town, DRAFTER, KEY).files


def test_who_saves_over_somebody_else_is_told_who_and_when_and_loses_nothing(town: ProcessEngine) -> None:
    commands.open_process_draft(town, DRAFTER, KEY)
    commands.save_process_draft(town, DRAFTER, KEY, {"README.md": "甲的"}, 1)
    with pytest.raises(Conflict, match=r"丙三于 11-24 09:00 改过.*没有丢"):
        commands.save_process_draft(town, PUBLISHER, KEY, {"README.md": "乙的"}, 1)
    draft = queries.process_draft(town, PUBLISHER, KEY)
    assert (draft.files["README.md"], draft.revision) == ("甲的", 2)
    assert list(draft.drafters) == [DRAFTER]


def test_of_two_who_save_at_once_one_is_first(town: ProcessEngine) -> None:
    commands.open_process_draft(town, DRAFTER, KEY)

    def save(login: str) -> str:
        try:
            commands.save_process_draft(town, login, KEY, {"README.md": login}, 1)
        except Conflict:
            return ""
        return login

    with ThreadPoolExecutor(2) as both:
        done = [each for each in both.map(save, [DRAFTER, PUBLISHER]) if each]
    assert len(done) == 1
    draft = queries.process_draft(town, DRAFTER, KEY)
    assert (draft.files["README.md"], draft.revision, list(draft.drafters)) == (done[0], 2, done)


def test_of_two_who_open_at_once_both_get_the_same_draft(town: ProcessEngine) -> None:
    with ThreadPoolExecutor(2) as both:
        answers = list(
            both.map(lambda who: commands.open_process_draft(town, who, KEY), [DRAFTER, PUBLISHER])
        )
    assert answers[0] == answers[1]


def test_a_repeated_saving_with_the_same_key_counts_once(small: ProcessEngine) -> None:
    commands.open_process_draft(small, DRAFTER, KEY)
    first = commands.save_process_draft(small, DRAFTER, KEY, {"README.md": "a"}, 1, idempotency_key="k")
    assert (
        commands.save_process_draft(small, DRAFTER, KEY, {"README.md": "a"}, 1, idempotency_key="k") == first
    )
    assert queries.process_draft(small, DRAFTER, KEY).revision == 2


def test_saving_nothing_new_is_no_change(small: ProcessEngine) -> None:
    commands.open_process_draft(small, DRAFTER, KEY)
    text = queries.process_draft(small, DRAFTER, KEY).files["README.md"]
    assert commands.save_process_draft(small, DRAFTER, KEY, {"README.md": text}, 1)["revision"] == 1
    assert list(queries.process_draft(small, DRAFTER, KEY).drafters) == []


def test_savings_are_taken_back_one_by_one(small: ProcessEngine) -> None:
    commands.open_process_draft(small, DRAFTER, KEY)
    before = queries.process_draft(small, DRAFTER, KEY)
    assert not before.can_undo
    commands.save_process_draft(small, DRAFTER, KEY, {"README.md": "一"}, 1)
    commands.save_process_draft(small, DRAFTER, KEY, {"README.md": "二", "documents/新.html": "<p></p>"}, 2)
    assert commands.undo_process_draft(small, DRAFTER, KEY, 3)["revision"] == 4
    middle = queries.process_draft(small, DRAFTER, KEY)
    assert middle.files["README.md"] == "一"
    assert "documents/新.html" not in middle.files
    commands.undo_process_draft(small, DRAFTER, KEY, 4)
    assert queries.process_draft(small, DRAFTER, KEY).files == before.files
    with pytest.raises(NotFound):
        commands.undo_process_draft(small, DRAFTER, KEY, 5)
    with pytest.raises(Conflict):
        commands.undo_process_draft(small, DRAFTER, KEY, 1)


@pytest.mark.parametrize(
    "path",
    [
        "../x.form",
        "forms/../../x.form",
        "forms/.x.form",
        "x.bpmn",
        "forms/x.py",
        "steps/x.py",
        "features/x.py",
        "features/repair.feature",
        "features/a/b/requisition.feature",
        "/etc/passwd",
        "forms/a\x00.form",
        "",
    ],
    ids=range(12),
)
def test_other_files_than_those_of_a_procedure_are_refused(small: ProcessEngine, path: str) -> None:
    commands.open_process_draft(small, DRAFTER, KEY)
    with pytest.raises(Invalid) as refused:
        commands.save_process_draft(small, DRAFTER, KEY, {path: "x"}, 1)
    assert list(refused.value.errors) == [path]
    assert queries.process_draft(small, DRAFTER, KEY).revision == 1


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "x" * 2_000_001], ids=["nul", "surrogate", "large"])
def test_texts_that_cannot_be_kept_are_refused(small: ProcessEngine, text: str) -> None:
    commands.open_process_draft(small, DRAFTER, KEY)
    with pytest.raises(Invalid):
        commands.save_process_draft(small, DRAFTER, KEY, {"README.md": text}, 1)


def test_the_diagram_cannot_be_taken_away(small: ProcessEngine) -> None:
    commands.open_process_draft(small, DRAFTER, KEY)
    with pytest.raises(Invalid, match="不能删去"):
        commands.save_process_draft(small, DRAFTER, KEY, {DIAGRAM: None}, 1)


def test_only_those_who_may_edit_procedures(small: ProcessEngine) -> None:
    for login in (toy.CLERK, REVIEWER, "nobody"):
        with pytest.raises(Forbidden):
            commands.open_process_draft(small, login, KEY)
        with pytest.raises(Forbidden):
            commands.new_process_draft(small, login, "new_one", "新流程")
    commands.open_process_draft(small, DRAFTER, KEY)
    for login in (toy.CLERK, REVIEWER):
        with pytest.raises(Forbidden):
            commands.save_process_draft(small, login, KEY, {"README.md": "x"}, 1)
        with pytest.raises(Forbidden):
            commands.discard_process_draft(small, login, KEY)
    with pytest.raises(Forbidden):
        queries.process_draft(small, toy.CLERK, KEY)
    assert queries.process_draft(small, REVIEWER, KEY).revision == 1
    with pytest.raises(NotFound):
        commands.open_process_draft(small, DRAFTER, "unknown")
    with pytest.raises(NotFound):
        queries.process_draft(small, DRAFTER, "repair")


def test_a_new_procedure_begins_with_a_start_event(town: ProcessEngine) -> None:
    commands.new_process_draft(town, DRAFTER, "stock_check", '盘点 "甲" & 乙')
    draft = queries.process_draft(town, DRAFTER, "stock_check")
    assert (draft.name, draft.base, draft.current, list(draft.drafters)) == (
        '盘点 "甲" & 乙',
        None,
        None,
        [DRAFTER],
    )
    codes = {each.code for each in queries.draft_findings(town, DRAFTER, "stock_check")}
    assert codes
    assert "unreadable" not in codes
    with pytest.raises(Conflict, match="已有打开的草稿"):
        commands.new_process_draft(town, DRAFTER, "stock_check", "盘点")


@pytest.mark.parametrize(
    ("key", "name", "field"),
    [
        ("9a", "名", "key"),
        ("盘点", "名", "key"),
        ("start", "名", "key"),
        ("a" * 65, "名", "key"),
        (KEY, "名", "key"),
        ("ok", " ", "name"),
    ],
)
def test_keys_and_names_that_cannot_be(small: ProcessEngine, key: str, name: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        commands.new_process_draft(small, DRAFTER, key, name)
    assert list(refused.value.errors) == [field]


def test_discarding_leaves_the_published_version(town: ProcessEngine) -> None:
    edit(town, DIAGRAM, 'name="发料"', 'name="发放"')
    with pytest.raises(Conflict):
        commands.discard_process_draft(town, PUBLISHER, KEY, 1)
    commands.discard_process_draft(town, PUBLISHER, KEY, 2)
    with pytest.raises(NotFound):
        queries.process_draft(town, DRAFTER, KEY)
    assert [each.version for each in queries.versions(town, DRAFTER, KEY)] == [1]
    with town.database.reading() as session:
        kinds = [event.kind for event in session.query(HistoryEvent).filter_by(chain="system")]
    assert kinds[-2:] == ["draft.opened", "draft.discarded"]


def test_findings_say_file_line_and_element(small: ProcessEngine) -> None:
    edit(small, DIAGRAM, "工作日后(领用日期, 参数('核对期限'))", "工作日候(领用日期, 1)")
    edit(small, FEATURE, "    场景: 主管不同意，不发料", "    场景： 主管不同意，不发料")
    found = queries.draft_findings(small, DRAFTER, KEY)
    errors = [each for each in found if not each.warning]
    assert {(each.path, each.element) for each in errors} >= {(DIAGRAM, "r_stock")}
    colon = next(each for each in errors if each.code == "feature-colon")
    lines = queries.process_draft(small, DRAFTER, KEY).files[FEATURE].split("\n")
    assert colon.path == FEATURE
    assert colon.line is not None
    assert "场景：" in lines[colon.line - 1]
    # What is sent along stands for what is saved.
    saved = queries.process_draft(small, DRAFTER, KEY).files
    fixed = {FEATURE: saved[FEATURE].replace("场景：", "场景:")}
    assert "feature-colon" not in {each.code for each in queries.draft_findings(small, DRAFTER, KEY, fixed)}


# -- from elsewhere


def archive(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as out:
        for name, text in files.items():
            out.writestr(name, text)
    return buffer.getvalue()


def test_a_diagram_is_imported_over_a_published_procedure(small: ProcessEngine) -> None:
    text = toy.original(f"{KEY}/{DIAGRAM}").replace('name="发料"', 'name="发放"')
    commands.import_process_draft(small, DRAFTER, {"我的图.bpmn": text.encode()})
    draft = queries.process_draft(small, DRAFTER, KEY)
    assert 'name="发放"' in draft.files[DIAGRAM]
    assert FEATURE in draft.files
    assert list(draft.drafters) == [DRAFTER]


@pytest.mark.parametrize("folder", ["", "requisition/", "x/y/"])
def test_an_archive_is_imported(small: ProcessEngine, folder: str) -> None:
    files = {f"{folder}{DIAGRAM}": toy.original(f"{KEY}/{DIAGRAM}"), f"{folder}README.md": "新的说明"}
    commands.import_process_draft(small, DRAFTER, {"a.zip": archive(files)})
    assert queries.process_draft(small, DRAFTER, KEY).files["README.md"] == "新的说明"


def test_what_another_modeller_draws_is_told_and_not_a_crash(small: ProcessEngine) -> None:
    text = toy.original(f"{KEY}/{DIAGRAM}").replace(
        '<bpmn:endEvent id="r_no" name="未同意">',
        '<bpmn:complexGateway id="c" name="复杂" /><bpmn:endEvent id="r_no" name="未同意">',
    )
    commands.import_process_draft(small, DRAFTER, {"x.bpmn": text.encode()})
    assert "c" in {each.element for each in queries.draft_findings(small, DRAFTER, KEY)}


# As three other programs write them: ids with capitals, hyphens and dots, extensions of their own, no drawing.
HEAD = 'xmlns:b="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="x"'
CAMUNDA_MODELER = f"""<b:definitions {HEAD} xmlns:modeler="http://camunda.org/schema/modeler/1.0"
  exporter="Camunda Modeler" modeler:executionPlatform="Camunda Platform">
  <b:process id="Process_0k3x9ab" name="借用会议室" isExecutable="true">
    <b:startEvent id="StartEvent_1"/><b:userTask id="Activity_1" name="登记借用"/><b:endEvent id="Event_1"/>
    <b:sequenceFlow id="Flow_1" sourceRef="StartEvent_1" targetRef="Activity_1"/>
    <b:sequenceFlow id="Flow_2" sourceRef="Activity_1" targetRef="Event_1"/>
  </b:process></b:definitions>"""
SPIFF_ARENA = CAMUNDA_MODELER.replace(
    '<b:userTask id="Activity_1" name="登记借用"/>',
    '<b:userTask id="Activity_1" name="登记借用"><b:extensionElements xmlns:s="http://spiffworkflow.org/bpmn/schema/1.0/core">'
    "<s:preScript>x = 1</s:preScript></b:extensionElements></b:userTask>",
)
SIGNAVIO = f"""<b:definitions {HEAD} xmlns:signavio="http://www.signavio.com" exporter="Signavio Process Editor">
  <b:collaboration id="sid-c0"><b:participant id="sid-p.1" name="办公室" processRef="sid-5d6d-4e5f"/></b:collaboration>
  <b:process id="sid-5d6d-4e5f" name="办公室" isExecutable="false">
    <b:extensionElements><signavio:signavioMetaData metaKey="bgcolor" metaValue="#ffffff"/></b:extensionElements>
    <b:laneSet id="sid-l0"><b:lane id="sid-l1" name="主管"><b:flowNodeRef>sid-t</b:flowNodeRef></b:lane></b:laneSet>
    <b:startEvent id="sid-s"><b:outgoing>sid-f1</b:outgoing></b:startEvent>
    <b:manualTask id="sid-t" name="sid-t"/><b:endEvent id="sid-e"/>
    <b:sequenceFlow id="sid-f1" sourceRef="sid-s" targetRef="sid-t"/>
    <b:sequenceFlow id="sid-f2" sourceRef="sid-t" targetRef="sid-e"/>
  </b:process></b:definitions>"""


@pytest.mark.parametrize(
    "text", [CAMUNDA_MODELER, SPIFF_ARENA, SIGNAVIO], ids=["camunda", "spiff", "signavio"]
)
def test_files_of_other_programs_are_taken_over_under_a_key_of_our_own(
    small: ProcessEngine, text: str
) -> None:
    with pytest.raises(Invalid) as refused:
        commands.import_process_draft(small, DRAFTER, {"x.bpmn": text.encode()})
    assert "不能作流程键" in refused.value.errors["key"]
    commands.import_process_draft(small, DRAFTER, {"x.bpmn": text.encode()}, key="room_lending")
    diagram = queries.process_draft(small, DRAFTER, "room_lending").files["room_lending.bpmn"]
    assert '<b:process id="room_lending"' in diagram
    # What cannot be executed is told element by element.
    told = {each.element for each in queries.draft_findings(small, DRAFTER, "room_lending")}
    assert told >= ({"sid_t"} if text == SIGNAVIO else {"Activity_1"})


def test_what_refers_to_a_changed_id_follows(small: ProcessEngine) -> None:
    commands.import_process_draft(small, DRAFTER, {"x.bpmn": SIGNAVIO.encode()}, key="room_lending")
    diagram = queries.process_draft(small, DRAFTER, "room_lending").files["room_lending.bpmn"]
    for part in (
        'processRef="room_lending"',
        "<b:flowNodeRef>sid_t</b:flowNodeRef>",
        "<b:outgoing>sid_f1</b:outgoing>",
        'sourceRef="sid_s" targetRef="sid_t"',
        'id="sid_p_1"',
        '<b:manualTask id="sid_t" name="sid-t"/>',
    ):
        assert part in diagram, part


@pytest.mark.parametrize(
    "files",
    [
        {"x.bpmn": b"no xml"},
        {"x.bpmn": b"\xff\xfe\x00"},
        {"x.bpmn": b'<!DOCTYPE x [<!ENTITY a "b">]><x/>'},
        {"x.zip": b"no archive"},
        {"x.zip": archive({"README.md": "x"})},
        {"x.zip": archive({"a.bpmn": "x", "b.bpmn": "y"})},
        {"x.zip": archive({f"{n}.md": "x" for n in range(501)})},
        {"x.zip": archive({"a.bpmn": "x" * 30_000_000})},
        {},
    ],
    ids=range(9),
)
def test_what_cannot_be_read_is_refused_in_words(small: ProcessEngine, files: dict[str, bytes]) -> None:
    with pytest.raises(Invalid) as refused:
        commands.import_process_draft(small, DRAFTER, files)
    assert "file" in refused.value.errors


def test_an_archive_cannot_reach_out_of_its_folder(small: ProcessEngine) -> None:
    files = {DIAGRAM: toy.original(f"{KEY}/{DIAGRAM}"), "../../evil.form": "{}"}
    with pytest.raises(Invalid):
        commands.import_process_draft(small, DRAFTER, {"a.zip": archive(files)})


# -- versions


def test_an_earlier_version_is_restored_as_a_draft(town: ProcessEngine) -> None:
    first = version_id(town)
    path = town.processes / "lianxi" / KEY / "README.md"
    before = path.read_text("utf-8")
    path.write_text("第二版", "utf-8")
    commands.deploy_packs(town, check=False)
    assert [each.version for each in queries.versions(town, DRAFTER, KEY)] == [2, 1]
    commands.restore_version(town, DRAFTER, first)
    draft = queries.process_draft(town, DRAFTER, KEY)
    assert (draft.files["README.md"], draft.base, list(draft.drafters)) == (before, 2, [DRAFTER])
    assert "第 1 版" in draft.note
    with pytest.raises(Conflict):
        commands.restore_version(town, PUBLISHER, first)
    with pytest.raises(NotFound):
        commands.restore_version(town, DRAFTER, 999_999)


def test_a_draft_follows_a_version_that_came_meanwhile(small: ProcessEngine) -> None:
    edit(small, DIAGRAM, 'name="发料"', 'name="发放"')
    (small.processes / "lianxi" / KEY / "README.md").write_text("第二版", "utf-8")
    commands.deploy_packs(small, check=False)
    draft = queries.process_draft(small, DRAFTER, KEY)
    assert (draft.base, draft.current, draft.outdated) == (1, 2, True)
    commands.rebase_process_draft(small, PUBLISHER, KEY)
    draft = queries.process_draft(small, DRAFTER, KEY)
    assert (draft.base, draft.outdated) == (2, False)
    assert {each.file for each in queries.draft_changes(small, DRAFTER, KEY)} == {DIAGRAM, "README.md"}


def test_names_in_scenarios_follow_the_draft(small: ProcessEngine) -> None:
    edit(small, DIAGRAM, 'name="发料"', 'name="发放物料"')
    edit(small, "forms/r_approve.form", '"label": "审批结论"', '"label": "结论"')
    revision = queries.process_draft(small, DRAFTER, KEY).revision
    done = commands.rename_in_scenarios(small, DRAFTER, KEY, revision)
    assert done["files"] == [FEATURE]
    text = queries.process_draft(small, DRAFTER, KEY).files[FEATURE]
    assert "“发放物料”" in text
    assert "“发料”" not in text
    assert "| 结论 | 不同意 |" in text
    commands.undo_process_draft(small, DRAFTER, KEY, done["revision"])
    assert "“发料”" in queries.process_draft(small, DRAFTER, KEY).files[FEATURE]


def test_nothing_of_all_this_changes_what_is_published(small: ProcessEngine) -> None:
    def rows() -> list[tuple[object, ...]]:
        with small.database.reading() as session:
            return [(r.id, r.hash, r.current) for r in session.query(ProcessDefinition)]

    before = rows()
    edit(small, DIAGRAM, 'name="发料"', 'name="发放"')
    commands.undo_process_draft(small, DRAFTER, KEY, 2)
    commands.discard_process_draft(small, DRAFTER, KEY)
    with pytest.raises(EngineError):
        commands.import_process_draft(small, DRAFTER, {})
    assert rows() == before
