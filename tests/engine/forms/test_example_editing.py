"""Editing example sheets: untouched lines stay, entries mean what was typed, tables by rows."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.forms import Form, FormError, parse_form
from engine.forms.example_editing import (
    entry_of,
    example_values,
    renamed,
    rows_of,
    table_of,
    value_of,
    with_values,
)

ROOT = Path(__file__).parents[3]
EXAMPLES = sorted(
    [*ROOT.glob("processes/*/*/forms/*.example.yml"), *ROOT.glob("tests/support/toy*/**/*.example.yml")]
)
TEXT = """# 一张样例
用途: 更换灯管   # 说明
金额: 120.5
去向: [办公室]

# 物品写两行
物品:
- {名称: 灯管, 数量: 4}
- {名称: 胶带, 数量: 1}
"""
FORM = parse_form(
    """{"type": "default", "id": "x", "components": [
    {"key": "用途", "label": "用途", "type": "textfield"}, {"key": "金额", "label": "金额", "type": "number", "decimalDigits": 2},
    {"key": "去向", "label": "去向", "type": "checklist", "values": [{"label": "办公室", "value": "办公室"}]},
    {"key": "物品", "label": "物品", "type": "dynamiclist", "components": [
      {"key": "名称", "label": "名称", "type": "textfield"}, {"key": "数量", "label": "数量", "type": "number"}]}]}""",
    "x",
)


def form_of(path: Path) -> Form:
    text = path.with_name(path.name.replace(".example.yml", ".form")).read_text("utf-8")
    return parse_form(text, "form")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_entries_that_nobody_touched_change_nothing(path: Path) -> None:
    text, form = path.read_bytes().decode(), form_of(path)
    values = example_values(text)
    for name, value in values.items():
        component = form.by_key[name]
        if component.type == "dynamiclist" and isinstance(value, list):
            assert table_of(component, rows_of(component, value), value) is value
        else:
            assert value_of(component, entry_of(component, value), value) is value
    assert with_values(text, values) == text


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_one_change_leaves_all_other_values(path: Path) -> None:
    text = path.read_bytes().decode()
    values = example_values(text)
    for name in values:
        changed = with_values(text, {name: "换：了 # 这句"})
        assert example_values(changed) == {**values, name: "换：了 # 这句"}
        assert list(example_values(with_values(text, {name: None}))) == [
            each for each in values if each != name
        ]


def test_only_the_lines_of_the_field_change() -> None:
    changed = with_values(TEXT, {"金额": "99"})
    assert changed == TEXT.replace("金额: 120.5", '金额: "99"')
    listed = with_values(TEXT, {"去向": ["车间", "门卫: 室"]})
    assert listed == TEXT.replace("[办公室]", '[车间, "门卫: 室"]')
    assert with_values(TEXT, {"备注": "新的"}) == TEXT + "备注: 新的\n"
    assert with_values("", {"备注": "新的"}) == "备注: 新的\n"
    assert with_values(TEXT.replace("\n", "\r\n"), {"备注": "新的"}).endswith("备注: 新的\r\n")


def test_rows_are_changed_added_and_taken_out() -> None:
    table, before = FORM.by_key["物品"], example_values(TEXT)["物品"]
    rows = rows_of(table, before)
    assert rows[0] == {"名称": "灯管", "数量": "4"}
    entered = [rows[0], {"名称": "", "数量": " "}, {"名称": "螺丝: 大", "数量": "12"}]
    value = table_of(table, entered, before)
    assert value == [{"名称": "灯管", "数量": 4}, {"名称": "螺丝: 大", "数量": 12}]
    text = with_values(TEXT, {"物品": value})
    assert example_values(text)["物品"] == value
    assert text.startswith(TEXT.partition("物品:")[0])
    assert table_of(table, [{"名称": "", "数量": ""}], before) is None


def test_what_is_typed_is_read_as_people_mean_it() -> None:
    amount, where = FORM.by_key["金额"], FORM.by_key["去向"]
    assert value_of(amount, " 7 ", None) == 7
    assert value_of(amount, "", 7) is None
    assert value_of(amount, "${1 + 1}", 7) == "${1 + 1}"
    assert value_of(where, "车间\n\n门卫室\n", None) == ["车间", "门卫室"]
    assert value_of(where, "${枚举('去向')}", None) == "${枚举('去向')}"


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=30),
    st.lists(
        st.text(st.sampled_from("甲乙 :#-[]{}\"'&*!|>%@`,，1true"), min_size=1, max_size=8),
        min_size=1,
        max_size=4,
    ),
)
def test_any_text_comes_back(text: str, items: list[str]) -> None:
    changed = with_values(TEXT, {"用途": text, "去向": items})
    said = example_values(changed)
    assert said["用途"] == text
    assert said["去向"] == items
    assert said["物品"] == example_values(TEXT)["物品"]


def test_a_key_is_renamed_where_it_stands() -> None:
    assert renamed(TEXT, "用途", "事由") == TEXT.replace("用途:", "事由:")
    assert renamed(TEXT, "没有", "事由") == TEXT
    assert renamed(TEXT, "用途", "金额") == TEXT
    assert example_values(renamed(TEXT, "名称", "品名", "物品"))["物品"] == [
        {"品名": "灯管", "数量": 4},
        {"品名": "胶带", "数量": 1},
    ]
    assert renamed("- 坏", "用途", "事由") == "- 坏"


def test_what_cannot_be_read_is_told_with_its_line() -> None:
    with pytest.raises(FormError, match="第 2 行"):
        example_values("用途: 甲\n用途: 乙\n")
