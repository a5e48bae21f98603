"""Editing forms part by part: bytes and unknown members stay, orders hold, what is wrong is told where it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.forms import FormError, parse_form
from engine.forms.editing import FormFile, inside_table, key_from, key_of, new_faults, new_form
from engine.forms.entries import (
    ITEMS,
    item_in,
    items_of,
    new_component,
    read_entries,
    types_for,
    with_entries,
    with_type,
)
from engine.forms.vocabulary import KINDS, NOT_IN_TABLES

ROOT = Path(__file__).parents[3]
FORMS = sorted([*ROOT.glob("processes/*/*/forms/*.form"), *ROOT.glob("tests/support/toy*/**/*.form")])
SMALL = """{
  "type": "default",
  "id": "count",
  "schemaVersion": 16,
  "x-tool": {"kept": [1, 2.0, "三"]},
  "components": [
    {"key": "件数", "label": "件数", "type": "number", "x-hint": "留着", "validate": {"min": 1}},
    {"type": "group", "label": "去向", "components": [
      {"key": "仓库", "label": "仓库", "type": "select", "values": [{"label": "东库", "value": 1}, {"label": "西库", "value": 2}]}
    ]},
    {"path": "明细", "label": "明细", "type": "dynamiclist", "components": [
      {"key": "品名", "label": "品名", "type": "textfield"}
    ]}
  ]
}
"""


def read(path: Path) -> str:
    return path.read_bytes().decode()


def test_there_are_forms_to_look_at() -> None:
    assert len(FORMS) > 50


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_saving_what_nobody_changed_changes_nothing(path: Path) -> None:
    text = read(path)
    file = FormFile.read(text)
    assert file.with_head(file.title, file.note) is file
    for each in file.components():
        items = items_of(each.written, inside_table(file, each.place) is not None)
        entries = read_entries(each.written, items)
        same = with_entries(each.written, items, entries)
        assert json.dumps(same) == json.dumps(each.written)
        assert file.replaced(each.place, same).text == text


@pytest.mark.parametrize("path", [p for p in FORMS if "processes" in p.parts], ids=lambda path: path.stem)
def test_a_change_and_its_opposite_give_the_same_bytes(path: Path) -> None:
    text = read(path)
    file = FormFile.read(text)
    for each in file.components():
        if not each.last:
            there = file.moved(each.place, each.place[-1] + 1)
            assert there.text != text or each.written == file.component(
                (*each.place[:-1], each.place[-1] + 1)
            )
            assert there.moved((*each.place[:-1], each.place[-1] + 1), each.place[-1]).text == text
        taken = file.without(each.place)
        assert taken.inserted(each.place, each.written).text == text
        items = items_of(each.written, inside_table(file, each.place) is not None)
        was = read_entries(each.written, items)
        for name in ("description", "required_when", "least", "width"):
            if name in was:
                other = with_entries(each.written, items, {name: was[name] + "9"})
                assert other != each.written
                back = with_entries(other, items, was)
                assert back == each.written, name


@given(
    st.sampled_from([2, 1, 4, "\t", None]),
    st.booleans(),
    st.sampled_from(["", "\n", "\n\n"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", "\ufeff"]),
)
def test_the_manner_of_the_file_is_kept(
    indent: int | str | None, ascii_only: bool, end: str, line: str, mark: str
) -> None:
    body = json.dumps(json.loads(SMALL), ensure_ascii=ascii_only, indent=indent)
    text = mark + (body + end).replace("\n", line)
    file = FormFile.read(text)
    changed = file.with_head("盘点表", "说明一句")
    assert changed.text != text
    assert changed.with_head("", "").text == text


def test_unknown_members_and_odd_values_stay() -> None:
    file = FormFile.read(SMALL)
    written = file.component((0,))
    assert written is not None
    items = items_of(written, False)
    changed = with_entries(written, items, {"label": "几件", "most": "9"})
    assert changed["x-hint"] == "留着"
    assert changed["validate"] == {"min": 1, "max": 9}
    document = json.loads(file.replaced((0,), changed).text)
    assert document["x-tool"] == {"kept": [1, 2.0, "三"]}
    # Options keep numbers as numbers, also when only their order or their number changes.
    choice = file.component((1, 0))
    assert choice is not None
    items = items_of(choice, False)
    assert read_entries(choice, items)["values"] == "1 = 东库\n2 = 西库"
    more = with_entries(choice, items, {"values": "2 = 西库\n\n北库\n1 = 东库\n"})
    assert more["values"] == [
        {"label": "西库", "value": 2},
        {"label": "北库", "value": "北库"},
        {"label": "东库", "value": 1},
    ]


def test_a_table_keeps_its_path_as_key() -> None:
    file = FormFile.read(SMALL)
    table = file.component((2,))
    assert table is not None
    assert key_of(table) == "明细"
    changed = with_entries(table, items_of(table, False), {"key": "清单"})
    assert (changed["path"], "key" in changed) == ("清单", False)
    assert file.find("品名") is None
    assert file.find("品名", (2,)) == (2, 0)
    assert file.find("仓库") == (1, 0)


def test_a_field_goes_into_a_group_and_out_again() -> None:
    file = FormFile.read(SMALL)
    inside, place = file.put_into((0,), (1,))
    assert place == (0, 1)
    assert [key_of(each) for each in inside.inside((0,))] == ["仓库", "件数"]
    outside, last = inside.put_into(place, ())
    assert last == (2,)
    assert key_of(outside.component(last) or {}) == "件数"
    assert file.put_into((1,), (1,))[1] == (1,)
    with pytest.raises(FormError):
        file.inside((0,))
    with pytest.raises(FormError):
        file.without((7,))


def test_what_is_no_form_is_refused_in_sentences() -> None:
    for text, word in (
        ("{", "第 1 行"),
        ("[]", "最外层"),
        ('{"components": 3}', "components"),
        ('{"components": [1]}', "components"),
        ('{"a": 1, "a": 2, "components": []}', "写了两次"),
        ('{"components": [' * 30 + "]}" * 30, "components"),
    ):
        with pytest.raises(FormError) as caught:
            FormFile.read(text)
        assert word in str(caught.value), text


def test_a_new_form_and_a_copy_can_be_read() -> None:
    assert parse_form(new_form("fresh", "新表"), "forms/fresh.form").title == "新表"
    copy = new_form("other", "", SMALL)
    assert json.loads(copy)["id"] == "other"
    assert json.loads(copy)["components"] == json.loads(SMALL)["components"]


@pytest.mark.parametrize("type_", sorted(KINDS))
def test_every_new_component_can_be_read_with_name_and_what_its_type_needs(type_: str) -> None:
    written = new_component(type_)
    items = items_of(written, False)
    wanted = {"label": "某项", "key": "某项", "text": "一句话", "values": "甲\n乙", "template": "单子.html"}
    full = with_entries(
        written, items, {name: text for name, text in wanted.items() if name in {e.name for e in items}}
    )
    text = FormFile.read(new_form("one", "")).inserted((0,), full).text
    assert len(parse_form(text, "forms/one.form").components) == 1


@pytest.mark.parametrize("type_", sorted(set(KINDS) - NOT_IN_TABLES))
def test_a_type_is_changed_and_what_does_not_fit_goes(type_: str) -> None:
    written = json.loads(
        """{"key": "意见", "label": "意见", "type": "textarea", "validate": {"required": true, "maxLength": 9},
        "properties": {"常用意见": "是", "校验": "${意见 != ''}", "提示": "要写。", "校验2": "${意见 != '无'}", "提示2": "写明。"}}"""
    )
    changed, dropped = with_type(written, type_)
    if type_ in ("radio", "select", "checklist", "taglist"):
        changed = with_entries(changed, items_of(changed, False), {"values": "同意"})
    text = FormFile.read(new_form("one", "")).inserted((0,), changed).text
    component = parse_form(text, "forms/one.form").components[0]
    assert component.type == type_
    assert component.required
    assert len(component.rules.checks) == 2
    assert ("maxLength" in dropped) == (type_ not in ("textarea", "textfield"))
    assert types_for("textarea", False).count(type_) == 1


def test_faults_are_told_at_the_item_they_are_about() -> None:
    file = FormFile.read(SMALL)
    written = file.component((0,))
    assert written is not None
    items = items_of(written, False)
    for entries, expected in (
        ({"key": "1件"}, "key"),
        ({"key": "仓库"}, "key"),
        ({"label": ""}, "label"),
        ({"least": "很多"}, "least"),
        ({"least": "5", "most": "2"}, "least"),
        ({"required_when": "${件数 >}"}, "required_when"),
        ({"check_1": "${件数 > 1}"}, "message_1"),
        ({"message_1": "多些。"}, "check_1"),
        ({"check_1": "${", "message_1": "多些。"}, "check_1"),
        ({"check_1": "${件数 > 1}", "message_1": "${件数"}, "message_1"),
        ({"initial": "今天()"}, "initial"),
        ({"warning": "${件数 > 9}"}, "warning_text"),
        ({"readonly": "1", "readonly_when": "${True}"}, "readonly"),
        ({"description": "${"}, "description"),
    ):
        text = file.replaced((0,), with_entries(written, items, entries)).text
        found = new_faults(SMALL, text, "forms/count.form")
        assert found, entries
        assert expected in {item_in(each, items) for each in found}, (entries, found)
    assert new_faults(SMALL, SMALL, "forms/count.form") == []


def test_a_key_is_made_of_a_name() -> None:
    assert key_from("时长（分钟）") == "时长"
    assert key_from("  3、经办 人: ") == "经办人"
    assert key_from("ＡＢ表") == "AB表"
    assert key_from("（？）") == ""


def test_no_two_items_have_one_name() -> None:
    assert all(name == item.name for name, item in ITEMS.items())
    for type_ in KINDS:
        names = [each.name for each in items_of(new_component(type_), False, 3)]
        assert len(names) == len(set(names)), type_
