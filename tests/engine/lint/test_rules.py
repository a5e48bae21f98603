"""Every rule refuses its wrong sample, alone, and lets the right one pass; the good town has no findings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.definitions import Bundle
from engine.lint import RULES, Finding, World, check_folder, check_world, feature_findings, list_of_checks
from engine.lint.features import Feature
from engine.lint.reading import read_world
from tests.engine.lint.samples import SAMPLES, Edit, Sample

TOWN = Path(__file__).parent / "town"
READING = {
    *("pack-file", "folder", "same-key"),
    *("register-procedure", "register-post", "register-name", "register-undecided"),
}
"""Rules about files on disk, and of registers; they have tests of their own."""
DRAWN = {"drawing", "crossings"}


@pytest.fixture(scope="module")
def world() -> World:
    found, findings = read_world(TOWN / "processes")
    assert findings == []
    return found


def test_the_good_town_has_no_findings() -> None:
    assert check_folder(TOWN / "processes", TOWN / "features") == []


def test_every_rule_has_its_samples() -> None:
    codes = [sample.code for sample in SAMPLES]
    assert sorted(codes) == sorted(set(RULES) - READING)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.code)
def test_the_wrong_sample_trips_its_rule_alone(sample: Sample, world: World) -> None:
    findings = check(world, sample.wrong)
    # An edited diagram keeps the drawing of the unedited one, so that what is added is not drawn.
    codes = {finding.code for finding in findings} - (DRAWN - {sample.code})
    assert codes == {sample.code}, "\n".join(map(str, findings))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.code)
def test_the_right_sample_trips_nothing(sample: Sample, world: World) -> None:
    findings = [finding for finding in check(world, sample.right) if finding.code not in DRAWN]
    assert findings == []


def test_the_list_of_checks_is_up_to_date() -> None:
    text = (Path(__file__).parents[3] / "docs" / "checks.md").read_text("utf-8")
    assert text == list_of_checks(), "run: python -m engine.lint"
    assert all(f"`{code}`" in text for code in RULES)


def check(world: World, edits: tuple[Edit, ...]) -> list[Finding]:
    bundles = {bundle.key: dict(bundle.files) for bundle in world.bundles}
    path = "depot/material_request.feature"
    features = {path: (TOWN / "features" / path).read_text("utf-8")}
    for file, old, new in edits:
        folder, _, name = file.partition("/")
        files = features if file.endswith(".feature") else bundles[folder]
        name = file if file.endswith(".feature") else name
        if name.endswith(".feature") and old in files:
            files[name] = files.pop(old)
        elif new is None:
            del files[name]
        elif name not in files or not old:
            files[name] = new
        else:
            assert files[name].count(old) == 1, f"{old!r} stands {files[name].count(old)} times in {file}"
            files[name] = files[name].replace(old, new)
    edited = replace(
        world, bundles=tuple(Bundle(each.key, each.pack, bundles[each.key]) for each in world.bundles)
    )
    findings = check_world(edited)
    for file, text in features.items():
        findings += feature_findings(Feature(f"features/{file}", text, edited))
    return findings
