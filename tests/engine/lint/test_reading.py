"""What is checked when a folder, a pack, a procedure or one file is named, and what cannot be read at all."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.definitions import Bundle
from engine.lint import Finding, World, check_bundle, check_folder, check_path
from engine.lint.reading import read_world

GOOD = Path(__file__).parent / "town"
REQUEST = "depot/material_request"


@pytest.fixture
def town(tmp_path: Path) -> Path:
    shutil.copytree(GOOD, tmp_path / "town")
    return tmp_path / "town"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def codes(findings: list[Finding]) -> list[str]:
    return [f"{finding.file} {finding.code}" for finding in findings]


def test_a_named_part_shows_only_its_own_findings(town: Path) -> None:
    processes = town / "processes"
    edit(processes / REQUEST / "forms/r_fill.example.yml", "甲一", "没有这人")
    edit(processes / REQUEST / "material_request.bpmn", "提交按钮", "提交按扭")
    edit(processes / "shared/purchase/purchase.bpmn", 'candidateGroups="主管"', 'candidateGroups="总管"')
    edit(town / "features/depot/material_request.feature", "@CK_2", "@CK_9")
    form = f"{REQUEST}/forms/r_fill.example.yml example"
    diagram = f"{REQUEST}/material_request.bpmn property"
    shared = "shared/purchase/purchase.bpmn unknown-post"
    scenario = "features/depot/material_request.feature feature-tag"
    everything = [form, diagram, scenario, shared]
    assert codes(check_path(processes)) == everything
    assert codes(check_path(town)) == everything
    assert codes(check_folder(processes)) == [form, diagram, shared]
    assert codes(check_path(processes / "depot")) == [form, diagram]
    assert codes(check_path(processes / "shared")) == [shared]
    assert codes(check_path(processes / REQUEST)) == [form, diagram]
    assert codes(check_path(processes / REQUEST / "material_request.bpmn")) == [diagram]
    assert codes(check_path(processes / REQUEST / "forms/r_fill.example.yml")) == [form]
    assert codes(check_path(town / "features")) == [scenario]
    assert codes(check_path(town / "features/depot/material_request.feature")) == [scenario]


def test_a_finding_reads_as_file_and_sentence(town: Path) -> None:
    edit(town / "processes" / REQUEST / "material_request.bpmn", "提交按钮", "提交按扭")
    (finding,) = check_path(town / "processes")
    assert finding.element == "r_fill"
    assert str(finding) == (
        "depot/material_request/material_request.bpmn：“填领料单”（r_fill）："
        "用户任务没有名为“提交按扭”的特性；最接近的是“提交按钮”。请改正或删去。"
    )


def test_a_broken_pack_file_is_told_with_its_line(town: Path) -> None:
    edit(town / "processes/depot/organisation.yml", "post: 主管, from", "post: 主任, from")
    findings = [finding for finding in check_path(town / "processes") if finding.code == "pack-file"]
    assert [finding.file for finding in findings] == ["depot/organisation.yml"]
    assert "主任" in str(findings[0])


def test_a_missing_pack_file(town: Path) -> None:
    (town / "processes/depot/parameters.yml").unlink()
    assert codes(check_folder(town / "processes")) == ["depot/parameters.yml pack-file"]


def test_a_broken_shared_parameters_file(town: Path) -> None:
    (town / "processes/shared/parameters.yml").write_bytes(b"\xff\xfe")
    assert "shared/parameters.yml pack-file" in codes(check_folder(town / "processes"))


def test_a_folder_whose_diagram_has_another_name(town: Path) -> None:
    folder = town / "processes/shared/purchase"
    (folder / "purchase.bpmn").rename(folder / "buying.bpmn")
    assert "shared/purchase folder" in codes(check_folder(town / "processes"))


def test_a_file_that_is_no_text(town: Path) -> None:
    (town / "processes/shared/purchase/README.md").write_bytes(b"\xff")
    assert "shared/purchase folder" in codes(check_folder(town / "processes"))


def test_a_feature_that_is_no_text(town: Path) -> None:
    (town / "features/depot/material_request.feature").write_bytes(b"\xff")
    assert codes(check_path(town)) == ["features/depot/material_request.feature folder"]


def test_two_procedures_of_one_key(town: Path) -> None:
    shutil.copytree(town / "processes/shared/purchase", town / "processes/depot/purchase")
    assert "shared/purchase same-key" in codes(check_folder(town / "processes"))


def test_while_one_diagram_is_unreadable_no_other_is_blamed(town: Path) -> None:
    (town / "processes/shared/purchase/purchase.bpmn").write_text("<!DOCTYPE a>", "utf-8")
    assert codes(check_folder(town / "processes")) == ["shared/purchase/purchase.bpmn unreadable"]


def test_a_diagram_outside_every_folder_is_checked_by_itself(tmp_path: Path) -> None:
    diagram = tmp_path / "loose" / "stock_check.bpmn"
    diagram.parent.mkdir()
    shutil.copy(GOOD / "processes/shared/stock_check/stock_check.bpmn", diagram)
    assert {finding.code for finding in check_path(diagram)} == {"missing-form", "unknown-name"}
    diagram.write_text("no diagram", "utf-8")
    assert {finding.code for finding in check_path(diagram)} == {"unreadable"}


def test_a_draft_stands_for_the_procedure_of_its_key() -> None:
    world, _ = read_world(GOOD / "processes")
    old = next(bundle for bundle in world.bundles if bundle.key == "purchase")
    text = old.files["purchase.bpmn"].replace('value="到货数量"', 'value="到货件数 = 到货数量"')
    draft = Bundle(old.key, old.pack, {**old.files, "purchase.bpmn": text})
    assert check_bundle(draft, world) == []
    assert check_bundle(old, world) == []
    request = next(bundle for bundle in world.bundles if bundle.key == "material_request")
    # The case sets the field first, so it exists anyway; the message only changes it.
    assert check_bundle(request, world.with_bundle(draft)) == []


def test_a_shared_procedure_may_name_the_clauses_of_a_town_that_is_not_here() -> None:
    world, _ = read_world(GOOD / "processes")
    old = next(bundle for bundle in world.bundles if bundle.key == "purchase")

    def found(clause: str, pack: str) -> list[str]:
        property_ = f'<camunda:property name="clause" value="{clause}" /><camunda:property name="payload"'
        text = old.files["purchase.bpmn"].replace('<camunda:property name="payload"', property_)
        draft = Bundle(old.key, pack, {**old.files, "purchase.bpmn": text})
        return [finding.code for finding in check_bundle(draft, world)]

    assert found("XX-1", "shared") == []
    assert found("CK-9", "shared") == ["unknown-clause"]
    assert found("XX-1", "depot") == ["unknown-clause"]


def test_an_empty_world_has_nothing_to_say() -> None:
    assert check_bundle(Bundle("a", "b", {}), World())[0].code == "unreadable"
