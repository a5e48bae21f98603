"""What the linter says of a pack's registers, with the line and the nearest known name."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.lint import RULES, check_folder

TOWN = Path(__file__).parent / "town" / "processes"
GOOD = """\
registers:
  领料台账:
    procedure: material_request
    posts: [主管]
    undecided: false
    columns:
    - {title: 物品, value: '${物品}'}
    - {title: 状态, value: '${案卷状态}'}
"""
RESTRICT = "parameters:\n  未决事项限制外传: {value: true, source: 默认}\n"


@pytest.fixture
def processes(tmp_path: Path) -> Path:
    shutil.copytree(TOWN, tmp_path / "processes")
    parameters = tmp_path / "processes" / "depot" / "parameters.yml"
    parameters.write_text(parameters.read_text("utf-8").replace("parameters:\n", RESTRICT, 1), "utf-8")
    return tmp_path / "processes"


def findings(processes: Path, text: str, folder: str = "depot") -> list[tuple[str, str, str]]:
    (processes / folder / "registers.yml").write_text(text, "utf-8")
    return [(each.file, each.code, each.message) for each in check_folder(processes)]


def test_good_registers_have_no_findings(processes: Path) -> None:
    assert findings(processes, GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("material_request", "material_reqest", "register-procedure", "没有流程“material_reqest”；最接近的是“material_request”"),
        ("[主管]", "[主关]", "register-post", "第 2 行，台账“领料台账”：没有岗位“主关”；最接近的是“主管”"),
        ("${物品}", "${物件}", "register-name", "第 7 行，台账“领料台账”：列“物品”：没有名为“物件”的变量。最接近的是“物品”"),
        ("${物品}", '${参数("没有")}', "register-name", "没有制度包“depot”的参数“没有”"),
        ("    undecided: false\n", "", "register-undecided", "没有写 undecided"),
    ],
)  # fmt: skip
def test_each_rule(processes: Path, old: str, new: str, code: str, words: str) -> None:
    assert code in RULES
    found = findings(processes, GOOD.replace(old, new))
    assert [(file, one) for file, one, _ in found] == [("depot/registers.yml", code)]
    assert words in found[0][2]


def test_a_file_that_cannot_be_read_is_one_finding(processes: Path) -> None:
    found = findings(processes, GOOD.replace("columns:", "colums:"))
    assert {code for _, code, _ in found} == {"pack-file"}
    assert any("第 6 行" in message and "最接近的是“columns”" in message for _, _, message in found)


def test_shared_registers_are_checked_in_every_pack_and_told_once(processes: Path) -> None:
    found = findings(processes, GOOD.replace("[主管]", "[主关]"), "shared")
    assert [(file, code) for file, code, _ in found] == [("shared/registers.yml", "register-post")]


def test_undecided_need_not_be_said_where_nothing_restricts_it(processes: Path) -> None:
    parameters = processes / "depot" / "parameters.yml"
    parameters.write_text(
        parameters.read_text("utf-8").replace("value: true, source: 默认", "value: false, source: 默认"),
        "utf-8",
    )
    assert findings(processes, GOOD.replace("    undecided: false\n", "")) == []
