"""Every procedure folder: it deploys, nothing is wrong with it, its picture and README are in order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import ProcessEngine, commands
from engine.definitions import Bundle, read_bundles
from engine.diagram import split
from engine.layout import check
from engine.lint import Finding, check_folder
from engine.rules import parse_rules

PROCESSES = Path(__file__).parents[2] / "processes"
FEATURES = PROCESSES.parent / "features"
BUNDLES = read_bundles(PROCESSES)
BY_KEY = {bundle.key: bundle for bundle in BUNDLES}
CLAUSES = {
    clause.id
    for path in PROCESSES.glob("*/rules.yml")
    for clause in parse_rules(path.read_text("utf-8"), path.parent.name).clauses
}
BOOKS = {clause.partition("-")[0] for clause in CLAUSES}
"""The letters before the first hyphen of a clause id: whose rules it stands in."""
CLAUSE = re.compile(r"[A-Z]{2}-[\w-]*\w")
CROSSINGS = 2
CROSSINGS_WITH_REASON = 8
LIMIT = re.compile(r"^\W*交叉线上限[：:]\s*(\d+)[，,]\s*因为(.{4,})$", re.MULTILINE)

every_bundle = pytest.mark.parametrize("bundle", BUNDLES, ids=lambda bundle: f"{bundle.pack}/{bundle.key}")


def carried(bundle: Bundle) -> set[str]:
    """The clause ids that the process and its elements name."""
    diagram = bundle.diagram
    own = split(diagram.properties.get("clause", ""))
    return {*own, *(clause for element in diagram.elements.values() for clause in element.clauses)}


def readme(bundle: Bundle) -> str:
    return bundle.files.get("README.md", "")


def forms_of(bundle: Bundle) -> dict[str, str]:
    """Each form an element asks for, with the element's name."""
    found = {}
    for element in bundle.diagram.elements.values():
        if element.kind == "userTask":
            found[str(element.extensions.get("formKey") or element.id)] = element.name
        elif element.properties.get("form"):
            found[element.properties["form"]] = element.name
    return found


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessEngine]:
    folder = tmp_path_factory.mktemp("deployed")
    engine = ProcessEngine(f"sqlite:///{folder / 'town.db'}", PROCESSES, folder)
    engine.start()
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def result(deployed: ProcessEngine) -> tuple[set[str], set[str]]:
    """What a first deployment deploys, and what a second one leaves as it is."""
    first = commands.deploy_packs(deployed, check=False)
    second = commands.deploy_packs(deployed, check=False)
    return set(first.deployed), set(second.unchanged)


@pytest.fixture(scope="module")
def findings() -> list[Finding]:
    return check_folder(PROCESSES, FEATURES)


@every_bundle
def test_it_deploys_and_a_second_time_nothing_changes(
    result: tuple[set[str], set[str]], bundle: Bundle
) -> None:
    deployed, unchanged = result
    assert bundle.key in deployed
    assert bundle.key in unchanged


@every_bundle
def test_the_check_finds_nothing(findings: list[Finding], bundle: Bundle) -> None:
    assert [str(each) for each in findings if each.file.startswith(f"{bundle.pack}/{bundle.key}/")] == []


def test_the_check_finds_nothing_beside_the_procedures(findings: list[Finding]) -> None:
    below = tuple(f"{bundle.pack}/{bundle.key}/" for bundle in BUNDLES)
    assert [str(each) for each in findings if not each.file.startswith(below)] == []


@every_bundle
def test_the_picture_has_no_defect_and_few_crossings(bundle: Bundle) -> None:
    report = check(bundle.files[f"{bundle.key}.bpmn"].encode())
    assert [defect.message for defect in report.defects] == []
    asked = LIMIT.search(readme(bundle))
    limit = int(asked[1]) if asked else CROSSINGS
    assert report.figures.crossings <= limit
    assert not asked or CROSSINGS < limit <= CROSSINGS_WITH_REASON


@every_bundle
def test_the_readme_names_every_clause_it_carries_and_no_other_rules_clause(bundle: Bundle) -> None:
    text = readme(bundle)
    assert text.startswith("# "), "README.md 缺失，或没有标题"
    assert sorted(carried(bundle) - set(CLAUSE.findall(text))) == []
    known = {clause for clause in CLAUSE.findall(text) if clause.partition("-")[0] in BOOKS}
    assert sorted(known - CLAUSES) == []


@every_bundle
def test_every_clause_exists(bundle: Bundle) -> None:
    # A shared procedure names the clauses of every town it is made for; one of them may not be there yet.
    own = {clause for clause in carried(bundle) if clause.partition("-")[0] in BOOKS}
    assert sorted(own - CLAUSES) == []
    if bundle.pack != "shared":
        assert own == carried(bundle)


@every_bundle
def test_every_user_task_and_button_has_a_form_and_an_example(bundle: Bundle) -> None:
    wanted = forms_of(bundle)
    assert [key for key in wanted if not bundle.form_text(key)] == []
    assert [key for key in wanted if not bundle.example_text(key)] == []


@every_bundle
def test_every_form_and_example_is_used(bundle: Bundle) -> None:
    kept = {Path(name).name.partition(".")[0] for name in bundle.files if name.startswith("forms/")}
    assert sorted(kept - forms_of(bundle).keys()) == []


@every_bundle
def test_every_document_template_is_used(bundle: Bundle) -> None:
    text = "\n".join(content for name, content in bundle.files.items() if name.endswith((".bpmn", ".form")))
    kept = {Path(name).name for name in bundle.files if name.startswith("documents/")}
    assert sorted(name for name in kept if name not in text) == []


@every_bundle
def test_the_folder_holds_no_program(bundle: Bundle) -> None:
    folder = PROCESSES / bundle.pack / bundle.key
    kinds = {".bpmn", ".form", ".yml", ".html", ".dmn", ".md"}
    assert (
        sorted(str(path) for path in folder.rglob("*") if path.is_file() and path.suffix not in kinds) == []
    )


def test_no_two_folders_share_a_key() -> None:
    assert len(BY_KEY) == len(BUNDLES)
