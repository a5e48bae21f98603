"""Tables: whose rows they are, in which order, and what a row takes from the system."""

from __future__ import annotations

from typing import Any

import pytest

from engine.forms import FormError, initial
from tests.engine.forms.samples import REQUISITION, choices, context, field, form, required, submit, table

ASKED = [{"单号": "领1", "品名": "螺丝"}, {"单号": "领2", "品名": "灯泡"}, {"单号": "领3", "品名": "胶水"}]
SYSTEM = {"只读": "是"}


def rows(sheet: Any, key: str = "表") -> Any:
    """The rows of the only table, after asserting that the sheet is right."""
    assert sheet.errors == {}
    return sheet.data[key]


class TestFreeRows:
    SHEET = form(table("表", [required("品名"), field("数量", "number"), field("急", "checkbox")]))

    def test_rows_are_stored_in_order_with_every_column(self) -> None:
        found = rows(
            submit(self.SHEET, {"表": [{"品名": "螺丝", "数量": "2"}, {"品名": "灯泡", "急": True}]})
        )
        assert found == [{"品名": "螺丝", "数量": 2, "急": False}, {"品名": "灯泡", "数量": None, "急": True}]

    def test_rows_left_empty_are_dropped(self) -> None:
        found = rows(
            submit(self.SHEET, {"表": [{"品名": " ", "数量": "", "急": False}, {"品名": "螺丝"}, {}]})
        )
        assert [row["品名"] for row in found] == ["螺丝"]

    def test_a_cell_is_wrong_by_itself(self) -> None:
        sheet = submit(self.SHEET, {"表": [{"品名": "螺丝"}, {"数量": "二"}]})
        assert set(sheet.errors) == {"表.1.品名", "表.1.数量"}
        assert sheet.data["表"] == [
            {"品名": "螺丝", "数量": None, "急": False},
            {"品名": None, "数量": None, "急": False},
        ]

    @pytest.mark.parametrize(
        ("entered", "said"),
        [
            ("螺丝", "要给出若干行"),
            ({"品名": "螺丝"}, "要给出若干行"),
            (["螺丝"], "每一行都要写明"),
            ([{"品名": "x"}] * 1000, "最多 500 行，现在有 1000 行"),
        ],
    )
    def test_what_is_no_table_is_refused(self, entered: object, said: str) -> None:
        assert said in submit(self.SHEET, {"表": entered}).errors["表"]

    def test_a_cell_that_was_not_sent_takes_the_initial_value_of_its_column(self) -> None:
        sheet = form(table("表", [field("品名"), field("数量", "number", {"初值": "1"})]))
        assert rows(submit(sheet, {"表": [{"品名": "螺丝"}, {"品名": "灯泡", "数量": None}]})) == [
            {"品名": "螺丝", "数量": 1},
            {"品名": "灯泡", "数量": None},
        ]

    def test_a_row_of_the_system_comes_before_the_initial_value_of_a_column_unless_it_is_blank(self) -> None:
        sheet = form(
            table("表", [field("品名"), field("数量", "number", {"初值": "1"})], 初值="${申请}", 行固定="是")
        )
        listed = [{"品名": "螺丝", "数量": 7}, {"品名": "灯泡", "数量": None}, {"品名": "胶水"}]
        assert [row["数量"] for row in rows(submit(sheet, {}, 申请=listed))] == [7, 1, 1]


class TestBounds:
    def test_too_few_and_too_many_rows(self) -> None:
        row = {"品名": "螺丝", "数量": 1}
        base: dict[str, Any] = {"领料人": "chenyi", "用途": "修门"}
        assert "至少要有 1 行" in submit(REQUISITION, {**base, "明细": []}).errors["明细"]
        assert submit(REQUISITION, {**base, "明细": [row] * 4}).errors == {}
        assert "最多 4 行，现在有 5 行" in submit(REQUISITION, {**base, "明细": [row] * 5}).errors["明细"]

    def test_bounds_may_be_computed(self) -> None:
        sheet = form(
            field("人数", "number"), table("表", [field("品名")], 最少行="${人数 or 0}", 最多行="${上限}")
        )
        posted = {"人数": 2, "表": [{"品名": "螺丝"}]}
        assert "至少要有 2 行" in submit(sheet, posted, 上限=3).errors["表"]
        assert "最多 0 行" in submit(sheet, {**posted, "人数": 0}, 上限=0).errors["表"]
        with pytest.raises(FormError, match="“最多行”（上限）算不出来：得到的不是整数"):
            submit(sheet, posted, 上限="三")

    def test_a_required_table_has_a_row(self) -> None:
        sheet = form(table("表", [field("品名")]) | {"validate": {"required": True}})
        assert submit(sheet, {}).errors == {"表": "请填写“表”，至少一行。"}
        assert submit(sheet, {"表": [{"品名": "x"}]}).errors == {}

    def test_a_table_opens_with_the_rows_it_needs(self) -> None:
        assert len(initial(REQUISITION, context())["明细"]) == 1  # type: ignore[arg-type]
        assert initial(form(table("表", [field("品名")])), context()) == {"表": []}


class TestFixedRows:
    SHEET = form(
        table(
            "表",
            [field("品名", properties=SYSTEM), field("实发", "number"), field("单号", properties=SYSTEM)],
        )
        | {"properties": {"初值": "${申请}", "行固定": "是"}}
    )

    def test_the_system_gives_the_rows_and_the_person_the_rest_by_position(self) -> None:
        posted = {"表": [{"品名": "假", "实发": "1"}, {"单号": "假", "实发": "2"}]}
        assert rows(submit(self.SHEET, posted, 申请=ASKED)) == [
            {"品名": "螺丝", "实发": 1, "单号": "领1"},
            {"品名": "灯泡", "实发": 2, "单号": "领2"},
            {"品名": "胶水", "实发": None, "单号": "领3"},
        ]

    def test_rows_cannot_be_added(self) -> None:
        posted = {"表": [{"实发": "1"}] * 4}
        assert "与系统给出的不一致" in submit(self.SHEET, posted, 申请=ASKED).errors["表"]

    def test_rows_that_are_no_table_are_the_author_s_fault(self) -> None:
        with pytest.raises(FormError, match="不是表"):
            submit(self.SHEET, {}, 申请=["螺丝"])
        with pytest.raises(FormError, match="得到 501 行"):
            submit(self.SHEET, {}, 申请=[{}] * 501)
        with pytest.raises(FormError, match="列“品名”的“初值”算不出来：得到的是列表"):
            submit(self.SHEET, {}, 申请=[{"品名": ["螺丝"]}])

    def test_a_required_table_without_rows_is_not_the_person_s_fault(self) -> None:
        component = table("表", [field("品名")]) | {"properties": {"初值": "${申请}", "行固定": "是"}}
        sheet = form({**component, "validate": {"required": True}})
        assert "由系统填写" in submit(sheet, {}, 申请=[]).errors["表"]


class TestRowKey:
    COLUMNS = (field("单号", properties=SYSTEM), field("品名", properties=SYSTEM), field("备注"))

    def sheet(self, **properties: str) -> Any:
        return form(table("表", list(self.COLUMNS), 初值="${申请}", 行键="单号", **properties))

    def test_rows_taken_away_take_their_system_values_with_them(self) -> None:
        posted = {"表": [{"单号": "领2", "备注": "乙"}, {"单号": "领3", "备注": "丙"}]}
        assert rows(submit(self.sheet(), posted, 申请=ASKED)) == [
            {"单号": "领2", "品名": "灯泡", "备注": "乙"},
            {"单号": "领3", "品名": "胶水", "备注": "丙"},
        ]

    def test_rows_the_system_does_not_know_are_refused(self) -> None:
        assert (
            "不一致" in submit(self.sheet(), {"表": [{"单号": "领9", "备注": "x"}]}, 申请=ASKED).errors["表"]
        )
        twice = {"表": [{"单号": "领1"}, {"单号": "领1"}]}
        assert "不一致" in submit(self.sheet(), twice, 申请=ASKED).errors["表"]

    def test_sorted_rows_keep_what_is_theirs_and_are_numbered_anew(self) -> None:
        columns = [field("序号", "number"), *self.COLUMNS]
        sheet = form(table("表", columns, 初值="${申请}", 行键="单号", 可排序="是", 行固定="是"))
        posted = {"表": [{"单号": "领3", "序号": 9, "备注": "丙"}, {"单号": "领1", "备注": "甲"}]}
        assert rows(submit(sheet, posted, 申请=ASKED)) == [
            {"序号": 1, "单号": "领3", "品名": "胶水", "备注": "丙"},
            {"序号": 2, "单号": "领1", "品名": "螺丝", "备注": "甲"},
            {"序号": 3, "单号": "领2", "品名": "灯泡", "备注": None},
        ]

    def test_fixed_rows_keep_their_order_and_may_be_told_by_position(self) -> None:
        posted = {"表": [{"单号": "领3", "备注": "丙"}, {"备注": "乙"}]}
        assert [row["备注"] for row in rows(submit(self.sheet(行固定="是"), posted, 申请=ASKED))] == [
            None,
            "乙",
            "丙",
        ]

    def test_a_key_that_people_fill_in_is_there_once(self) -> None:
        sheet = form(
            table("表", [field("库", "select", values=choices("一", "二")), field("数", "number")], 行键="库")
        )
        sheet_twice = submit(sheet, {"表": [{"库": "一", "数": 1}, {"库": "二"}, {"库": "一", "数": 2}]})
        assert sheet_twice.errors == {"表.2.库": "与第 1 行重复，同一项只能有一行。"}


class TestRules:
    def test_columns_see_their_row_then_the_fields_then_the_case(self) -> None:
        sheet = form(
            field("折扣", "number"),
            field("单位", properties={"初值": "外"}),
            table(
                "表",
                [
                    field("价", "number"),
                    field("单位"),
                    field("结果", properties={"只读": "是", "初值": "${文字(价 - 折扣 - 运费) + 单位}"}),
                ],
            ),
        )
        posted = {"折扣": 1, "表": [{"价": 10, "单位": "内"}]}
        assert rows(submit(sheet, posted, 运费=2))[0]["结果"] == "7内"

    def test_every_rule_works_in_a_row(self) -> None:
        sheet = form(
            table(
                "表",
                [
                    field("状态", "radio", values=choices("好", "坏")),
                    field("原因", properties={"显示条件": "${状态 == '坏'}", "必填条件": "${状态 == '坏'}"}),
                    field("数", "number", {"校验": "${数 != 13}", "提示": "不能是 13。"}),
                    field("架", "select", {"可选值": "${['甲'] if 状态 == '好' else ['乙']}"}),
                ],
            )
        )
        good = {"状态": "好", "原因": "藏", "架": "甲"}
        assert rows(submit(sheet, {"表": [good]}))[0]["原因"] is None
        bad = submit(sheet, {"表": [good, {"状态": "坏", "架": "甲"}, {"状态": "坏"}]})
        assert set(bad.errors) == {"表.1.架", "表.1.原因", "表.2.原因"}
        assert submit(sheet, {"表": [{"数": 13}]}).errors == {"表.0.数": "不能是 13。"}

    def test_the_whole_table_is_checked_by_its_own_rule(self) -> None:
        sheet = form(
            table("表", [field("数", "number")], 校验="${求和(表, '数') <= 10}", 提示="合计不能超过 10。")
        )
        assert submit(sheet, {"表": [{"数": 4}, {"数": 6}]}).errors == {}
        assert submit(sheet, {"表": [{"数": 5}, {"数": 6}]}).errors == {"表": "合计不能超过 10。"}

    def test_a_cell_may_be_locked_by_what_the_row_had_at_first(self) -> None:
        columns = [
            field("人"),
            field("领取日", "datetime", {"只读条件": "${not 空(领取日)}"}, subtype="date"),
        ]
        sheet = form(table("表", columns, 初值="${名单}", 行固定="是"))
        listed = [{"人": "甲", "领取日": "2026-10-01"}, {"人": "乙"}]
        posted = {"表": [{"人": "甲", "领取日": "2026-10-07"}, {"人": "乙", "领取日": "2026-10-08"}]}
        assert [row["领取日"] for row in rows(submit(sheet, posted, 名单=listed))] == [
            "2026-10-01",
            "2026-10-08",
        ]

    def test_a_read_only_table_takes_nothing_and_a_hidden_one_is_empty(self) -> None:
        fixed = form(table("表", [field("品名")], 初值="${申请}", 只读="是"))
        assert rows(submit(fixed, {"表": [{"品名": "假"}] * 2}, 申请=ASKED[:1])) == [{"品名": "螺丝"}]
        hidden = form(table("表", [field("品名")], 显示条件="${False}"))
        assert rows(submit(hidden, {"表": [{"品名": "假"}]})) == []


class TestDrafts:
    def test_a_draft_is_merged_row_by_row(self) -> None:
        columns = [
            field("单号", properties=SYSTEM),
            field("品名", properties=SYSTEM),
            field("实发", "number"),
        ]
        sheet = form(table("表", columns, 初值="${申请}", 行键="单号", 行固定="是"))
        draft = {"表": [{"单号": "领2", "品名": "假", "实发": "约五"}]}
        assert initial(sheet, context(申请=ASKED[:2]), draft)["表"] == [
            {"单号": "领1", "品名": "螺丝", "实发": None},
            {"单号": "领2", "品名": "灯泡", "实发": "约五"},
        ]

    def test_rows_added_in_a_draft_stay_even_while_they_are_empty(self) -> None:
        sheet = form(table("表", [field("品名"), field("数", "number", {"初值": "1"})], 初值="${申请}"))
        found = initial(sheet, context(申请=ASKED), {"表": [{"品名": "门锁", "数": ""}, {}]})
        assert found["表"] == [{"品名": "门锁", "数": None}, {"品名": None, "数": 1}]
