"""YAML read with line numbers: plain meanings, faults that say where and what to do."""

from __future__ import annotations

import pytest

from engine.located_yaml import Document


def faults(document: Document) -> tuple[str, ...]:
    return document.located(document.faults)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("17:30", "17:30"),
        ("2024-01-01", "2024-01-01"),
        ("no", "no"),
        ("007", "007"),
        ("1.5", "1.5"),
        ("-3", -3),
        ("0", 0),
        ("true", True),
        ("'true'", "true"),
        ("'12'", "12"),
        ("~", None),
        ("", None),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_an_unquoted_word_means_what_it_looks_like(written: str, meant: object) -> None:
    assert Document.from_text(f"值: {written}").value == {"值": meant}


def test_a_fault_is_told_with_its_line_and_in_their_order() -> None:
    document = Document.from_text("甲: 1\n乙:\n- 丙: x\n  丁: true\n")
    entry = document.root().entries("乙")[0]
    entry.fault("后一条", "丁")
    entry.fault("前一条", "丙")
    assert faults(document) == ("第 3 行：前一条。", "第 4 行：后一条。")


def test_a_missing_key_is_told_at_the_line_of_its_parent() -> None:
    document = Document.from_text("甲: 1\n乙:\n- 丙: x\n")
    assert document.root().entries("乙")[0].text("丁") == ""
    assert faults(document) == ("第 3 行：缺少“丁”，请写明。",)


def test_without_lines_a_fault_is_a_sentence_by_itself() -> None:
    document = Document({"甲": 1})
    document.root().text("乙")
    assert faults(document) == ("缺少“乙”，请写明。",)


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("甲: 1\n乙: [1, 2\n", 3, "YAML 的格式"),
        ("甲: 1\n甲: 2\n", 2, "“甲”写了两次"),
        ("甲: &x [1]\n乙: *x\n", 2, "引用"),
        ("甲: &x\n  乙: *x\n", 2, "引用"),
        ("甲: 1\n---\n乙: 2\n", 2, "YAML 的格式"),
        ("甲: \x07\n", None, "YAML 的格式"),
        ("[" * 5000, None, "层次太深"),
    ],
)
def test_what_cannot_be_read_is_a_fault_and_no_exception(text: str, line: int | None, word: str) -> None:
    found = faults(Document.from_text(text))
    assert len(found) == 1
    assert word in found[0]
    assert found[0].startswith(f"第 {line} 行：") is (line is not None)


def test_getters_note_a_wrong_kind_and_go_on() -> None:
    entry = Document.from_text(
        "文字: [1]\n开关: 是\n日期: 2026-02-30\n日子: 明天\n名单: [甲, true]\n行号: [1, 二]\n项目: 甲\n"
    ).root()
    assert entry.text("文字") == ""
    assert entry.flag("开关") is False
    assert entry.day("日期") is None
    assert entry.day("日子") is None
    assert entry.names("名单") == ()
    assert entry.whole_numbers("行号") == ()
    assert entry.entries("项目") == []
    assert [fault.split("：")[0] for fault in faults(entry.document)] == [f"第 {n} 行" for n in range(1, 8)]


def test_an_unknown_key_is_told_with_the_nearest_one() -> None:
    document = Document.from_text("titel: 甲\n")
    document.root().only("title", "unit")
    assert "最接近的是“title”" in faults(document)[0]


def test_an_empty_file_is_an_empty_mapping_and_a_list_is_a_fault() -> None:
    assert list(Document.from_text("").root()) == []
    document = Document.from_text("- 甲\n")
    assert list(document.root()) == []
    assert faults(document)
