"""What a page is given to show a sheet, and how values read."""

from __future__ import annotations

import time
from typing import Any

import pytest

from engine.forms import FieldView, display, form_note, initial, submitted_view, view
from tests.engine.forms.samples import (
    REQUISITION,
    Waiting,
    choices,
    context,
    field,
    form,
    group,
    required,
    submit,
    table,
)


def views(sheet: Any, values: Any = None, **names: object) -> dict[str, FieldView]:
    """The views of the fields outside tables, by key."""
    surroundings = context(**names)
    shown = initial(sheet, surroundings) if values is None else values
    found: dict[str, FieldView] = {}

    def collect(each: FieldView) -> None:
        found[each.path or each.component.label] = each
        for child in each.children:
            collect(child)

    for each in view(sheet, shown, surroundings):
        collect(each)
    return found


def test_states_follow_from_the_values() -> None:
    closed = views(REQUISITION)
    assert (closed["加急理由"].visible, closed["领料人"].required, closed["合计"].readonly) == (
        False,
        True,
        True,
    )
    opened = views(REQUISITION, {"加急": True})
    assert (opened["加急理由"].visible, opened["加急理由"].required) == (True, True)
    assert [child.path for child in opened["资料"].children] == ["用途", "加急", "加急理由"]


def test_a_hidden_group_hides_its_fields() -> None:
    sheet = form(group("组", field("甲"), {"type": "text", "text": "${1 / 0}"}, 显示条件="${False}"))
    shown = views(sheet)
    assert (shown["组"].visible, shown["甲"].visible) == (False, False)


def test_wrong_entries_are_shown_and_count_as_blank() -> None:
    sheet = form(field("数", "number"), field("理由", properties={"显示条件": "${not 空(数) and 数 > 5}"}))
    shown = views(sheet, {"数": "许多"})
    assert (shown["数"].entry, shown["数"].value, shown["理由"].visible) == ("许多", "许多", False)
    assert views(sheet, {"数": "6"})["理由"].visible


def test_errors_warnings_and_confirmations_reach_their_field() -> None:
    posted: Any = {"领料日期": "2026-10-07", "领料人": "liner", "明细": [{"品名": "螺丝", "数量": 500}]}
    sheet = submit(REQUISITION, posted)
    shown = view(REQUISITION, sheet.shown, context(), sheet.errors, sheet.warnings, ["明细.0.数量"])
    by_path = {each.path: each for each in shown}
    cell = by_path["明细"].rows[0][1]
    assert by_path["领料日期"].error == "领料日期不能早于今天。"
    assert (cell.path, cell.name, cell.warning, cell.confirmed) == (
        "明细.0.数量",
        "明细.0.数量",
        sheet.warnings["明细.0.数量"],
        True,
    )


def test_options_come_with_labels() -> None:
    sheet = form(
        field("人", "select", {"选择": "人员", "可选值": "${['liner']}"}),
        field(
            "单",
            "select",
            {"可选值": "${单据}", "值列": "业务键", "显示列": "标题", "只读": "是", "初值": "${'领2'}"},
        ),
        field("色", "radio", values=[{"label": "大红", "value": "r"}]),
    )
    shown = views(sheet, 单据=[{"业务键": "领1", "标题": "第一单"}, {"业务键": "领2", "标题": "第二单"}])
    assert [(each.value, each.label) for each in shown["人"].options] == [("liner", "林二（保管员）")]
    assert (shown["单"].text, [each.label for each in shown["单"].options]) == (
        "第二单",
        ["第一单", "第二单"],
    )
    assert [each.label for each in shown["色"].options] == ["大红"]


def test_tables_say_what_can_be_done_with_rows() -> None:
    def table_view(component: dict[str, Any], values: Any = None) -> FieldView:
        return views(form(component), values, 申请=[{"单号": "领1", "名": "螺丝"}])["表"]

    free = table_view(table("表", [field("名")], 最多行="1"), {"表": []})
    assert (free.can_add, free.can_remove, free.can_sort, free.required) == (True, True, False, False)
    full = table_view(table("表", [field("名")], 最多行="1"), {"表": [{"名": "x"}]})
    assert (full.can_add, full.can_remove) == (False, True)
    fixed = table_view(table("表", [field("名")], 初值="${申请}", 行固定="是", 可排序="是"))
    assert (fixed.can_add, fixed.can_remove, fixed.can_sort) == (False, False, True)
    keyed = table_view(
        table("表", [field("单号", properties={"只读": "是"}), field("名")], 初值="${申请}", 行键="单号")
    )
    assert (keyed.can_add, keyed.can_remove) == (False, True)
    assert [cell.carried for cell in keyed.rows[0]] == [True, False]
    locked = table_view(table("表", [field("名")], 初值="${申请}", 只读="是"))
    assert (locked.can_add, locked.can_remove, locked.rows[0][0].readonly) == (False, False, True)
    assert table_view(table("表", [field("名")], 最少行="1")).required


def test_rows_show_their_own_state() -> None:
    columns = [
        field("急", "checkbox"),
        field("理由", properties={"显示条件": "${急}"}),
        field("序号", "number"),
    ]
    shown = views(
        form(table("表", columns, 可排序="是")), {"表": [{"急": True}, {"急": False, "序号": 2}, "废"]}
    )["表"]
    assert [[cell.visible for cell in row] for row in shown.rows] == [[True, True, True], [True, False, True]]
    assert shown.rows[1][2].readonly
    assert shown.rows[1][2].text == "2"


def test_a_cell_locked_by_its_first_value_stays_locked_while_typing() -> None:
    columns = [field("人"), field("日", "datetime", {"只读条件": "${not 空(日)}"}, subtype="date")]
    sheet = form(table("表", columns, 初值="${名单}", 行固定="是"))
    values = {"表": [{"人": "甲", "日": "2026-10-01"}, {"人": "乙", "日": "2026-10-08"}]}
    shown = views(sheet, values, 名单=[{"人": "甲", "日": "2026-10-01"}, {"人": "乙"}])["表"]
    assert [row[1].readonly for row in shown.rows] == [True, False]


def test_texts_documents_and_the_note_are_filled_in() -> None:
    sheet = form(
        {"type": "text", "text": "现有 ${库存} 件，${'充足' if 库存 > 5 else '不足'}。"},
        {
            "type": "documentPreview",
            "label": "单",
            "properties": {"模板": "a.html", "文书名称": "领料单${编号文字}"},
        },
        field("甲", description="最多 ${库存} 件"),
        properties={"说明": "编号 ${编号文字}"},
    )
    text, document, amount = view(sheet, {}, context(库存=3, 编号文字="7号"))
    assert (text.text, document.text, amount.description) == ("现有 3 件，不足。", "领料单7号", "最多 3 件")
    assert form_note(sheet, context(编号文字="7号")) == "编号 7号"
    assert form_note(form(field("甲"), properties={"说明": "先看库存。"}), context()) == "先看库存。"


def test_attachments_are_listed() -> None:
    shown = views(form(field("附件", "filepicker", multiple=True)), {"附件": ["f1", "gone"]})["附件"]
    assert [each.name for each in shown.attachments] == ["清单.pdf"]
    assert shown.text == "清单.pdf、（附件已不存在，或您无权查看）"


DISPLAYED: list[tuple[dict[str, Any], object, str]] = [
    (field("甲"), None, ""),
    (field("甲"), "螺丝", "螺丝"),
    (field("甲", "checkbox"), True, "是"),
    (field("甲", "checkbox"), False, "否"),
    (field("甲", "number"), 0, "0"),
    (field("甲", "number", decimalDigits=2), 12.5, "12.50"),
    (field("甲", "number"), "许多", "许多"),
    (field("甲", "datetime", subtype="date"), "2026-10-08", "2026年10月8日"),
    (field("甲", "datetime", subtype="time"), "09:30", "09:30"),
    (field("甲", "datetime", subtype="datetime"), "2026-10-08T09:30:00+08:00", "2026年10月8日 09:30"),
    (field("甲", "datetime", subtype="date"), "明天", "明天"),
    (field("甲", "radio", values=[{"label": "红色", "value": "r"}]), "r", "红色"),
    (field("甲", "checklist", values=choices("红", "蓝")), ["红", "蓝"], "红、蓝"),
    (field("甲", "select", {"选择": "人员"}), "chenyi", "陈一"),
    (field("甲", "taglist", {"选择": "人员"}), ["chenyi", "gone"], "陈一、gone"),
    (field("甲", "filepicker"), ["f1"], "清单.pdf"),
    (
        table("甲", [field("名"), field("急", "checkbox")]),
        [{"名": "螺丝", "急": True}, {"急": False}],
        "1. 名：螺丝；急：是\n2. 急：否",
    ),
    (table("甲", [field("名")]), "废", ""),
]


@pytest.mark.parametrize(("component", "value", "text"), DISPLAYED)
def test_values_read_as_people_write_them(component: dict[str, Any], value: object, text: str) -> None:
    assert display(form(component).fields()[0], value, context()) == text


def test_inputs_hold_values_in_their_own_notation() -> None:
    sheet = form(
        field("刻", "datetime", subtype="datetime"),
        field("数", "number", decimalDigits=2),
        field("是否", "radio", values=choices(True)),
    )
    shown = views(sheet, {"刻": "2026-10-08T09:30:00+08:00", "数": 12.5, "是否": True})
    assert [each.entry for each in shown.values()] == ["2026-10-08T09:30", "12.5", "true"]


def test_a_finished_sheet_is_shown_without_evaluating_anything() -> None:
    sheet = form(
        field("甲", properties={"显示条件": "${1 / 0}"}),
        group("组", field("乙", "number", {"必填条件": "${1 / 0}"})),
        group("空组", field("丙")),
        table("表", [field("名", "select", {"可选值": "${1 / 0}"})]),
        {"type": "text", "text": "${1 / 0}"},
    )
    first, second, empty, rows, text = submitted_view(
        sheet, {"甲": "x", "乙": 3, "丙": None, "表": [{"名": "a"}]}, context()
    )
    assert (first.text, first.readonly, second.children[0].text, empty.visible, text.visible) == (
        "x",
        True,
        "3",
        False,
        False,
    )
    assert rows.rows[0][0].text == "a"


def test_sixty_fields_are_viewed_in_five_milliseconds() -> None:
    components = [
        field(
            f"f{number}",
            properties={"显示条件": "${开 and 数 > 0}", "必填条件": "${not 空(前)}", "初值": "${前}"},
        )
        for number in range(40)
    ]
    components += [required(f"c{number}", "select", values=choices(*"abcdef")) for number in range(20)]
    sheet = form(*components)
    surroundings = context(Waiting(), 开=True, 数=1, 前="x")
    values = initial(sheet, surroundings)
    best = 1.0
    for _ in range(20):
        started = time.process_time()
        assert len(view(sheet, values, surroundings)) == 60
        best = min(best, time.process_time() - started)
    assert best < 0.005
