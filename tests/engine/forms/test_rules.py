"""Conditions, checks, warnings and system values of a sheet, each with a submission that breaks it."""

from __future__ import annotations

from typing import Any

import pytest

from engine.forms import FormError, initial, validate
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

GOOD: dict[str, Any] = {
    "领料日期": "2026-10-09",
    "领料人": "chenyi",
    "明细": [{"品名": "螺丝", "数量": "3", "单价": "0.10"}],
}


def test_a_good_sheet_has_no_errors_and_all_its_fields() -> None:
    sheet = submit(REQUISITION, GOOD)
    assert (sheet.errors, sheet.warnings) == ({}, {})
    assert sheet.data == {
        "领料日期": "2026-10-09",
        "领料人": "chenyi",
        "用途": None,
        "加急": False,
        "加急理由": None,
        "明细": [{"品名": "螺丝", "数量": 3, "单价": 0.1, "金额": 0.3}],
        "合计": 0.3,
        "附件": [],
    }


def test_unknown_names_are_refused_with_the_nearest() -> None:
    sheet = submit(REQUISITION, {**GOOD, "领料曰期": "2026-10-09", "明细": [{**GOOD["明细"][0], "品种": 1}]})
    assert "没有“领料曰期”这一项；最接近的是“领料日期”" in sheet.errors["领料曰期"]
    assert "最接近的是“品名”" in sheet.errors["明细.0.品种"]
    assert set(sheet.data) == set(REQUISITION.blank())


def test_a_flood_of_unknown_names_is_told_in_one_sentence() -> None:
    sheet = submit(REQUISITION, {**GOOD, **{f"x{number}" * 99: 1 for number in range(1000)}})
    assert len(sheet.errors) == 21
    assert "只列出前 20 个" in sheet.errors[""]


def test_a_sheet_that_is_no_mapping_is_refused() -> None:
    bad: Any = ["甲"]
    assert "" in validate(REQUISITION, bad, context()).errors


def test_a_hidden_field_is_blank_whatever_was_sent() -> None:
    sheet = submit(REQUISITION, {**GOOD, "加急": False, "加急理由": "插队"})
    assert (sheet.errors, sheet.data["加急理由"]) == ({}, None)
    shown = submit(REQUISITION, {**GOOD, "加急": True, "加急理由": "停工"})
    assert shown.data["加急理由"] == "停工"


def test_a_field_of_a_hidden_group_is_blank() -> None:
    sheet = form(field("甲", "checkbox"), group("组", field("乙"), 显示条件="${甲}"))
    assert submit(sheet, {"甲": False, "乙": "x"}).data["乙"] is None
    assert submit(sheet, {"甲": True, "乙": "x"}).data["乙"] == "x"


def test_what_decides_on_a_field_cannot_be_smuggled_in() -> None:
    # 丙 hangs on 乙, which is hidden: what was sent for 乙 must not open 丙, though 丙 comes first.
    sheet = form(
        field("丙", properties={"显示条件": "${乙 == '开'}"}),
        field("乙", properties={"显示条件": "${甲}"}),
        field("甲", "checkbox"),
    )
    assert submit(sheet, {"甲": False, "乙": "开", "丙": "x"}).data == {"丙": None, "乙": None, "甲": False}
    assert submit(sheet, {"甲": True, "乙": "开", "丙": "x"}).data["丙"] == "x"


def test_a_required_condition_is_met_or_told() -> None:
    sheet = submit(REQUISITION, {**GOOD, "加急": True})
    assert sheet.errors == {"加急理由": "请填写“加急理由”。"}


def test_a_required_condition_waits_for_what_it_reads() -> None:
    sheet = form(
        field("数量", "number"),
        field("理由", properties={"必填条件": "${not 空(数量) and 数量 > 5}"}),
        required("甲"),
    )
    assert set(submit(sheet, {"数量": "6", "甲": "x"}).errors) == {"理由"}
    assert set(submit(sheet, {"数量": "六", "甲": "x"}).errors) == {"数量"}
    assert set(submit(sheet, {"数量": "6"}).errors) == {"理由", "甲"}


def test_a_condition_is_not_judged_by_a_wrong_entry() -> None:
    # With the entry refused 结论 counts as blank, for which the condition would hold.
    columns = [
        field("结论", "radio", values=choices("同意", "退回")),
        field("理由", properties={"必填条件": "${结论 != '同意'}"}),
    ]
    sheet = form(*columns, table("表", columns))
    wrong = {"结论": "同意了"}
    assert set(submit(sheet, {**wrong, "表": [wrong, {"结论": "退回"}]}).errors) == {
        "结论",
        "表.0.结论",
        "表.1.理由",
    }
    assert set(submit(sheet, {"结论": "退回"}).errors) == {"理由"}


def test_a_read_only_field_ignores_the_browser() -> None:
    sheet = form(
        field("甲", properties={"只读": "是", "初值": "${库存}"}), field("乙", properties={"只读": "是"})
    )
    assert submit(sheet, {"甲": "假", "乙": "假"}, 库存="真").data == {"甲": "真", "乙": None}


def test_a_condition_may_make_a_field_read_only() -> None:
    sheet = form(field("来源", properties={"只读条件": "${not 空(来源)}", "初值": "${来源}"}))
    assert submit(sheet, {"来源": "改"}, 来源="原").data == {"来源": "原"}
    assert submit(sheet, {"来源": "填"}, 来源=None).data == {"来源": "填"}


def test_a_read_only_field_without_its_value_says_who_can_help() -> None:
    sheet = form(required("甲", properties={"只读": "是", "初值": "${编码}"}))
    assert "由系统填写" in submit(sheet, {"甲": "x"}, 编码=None).errors["甲"]


def test_computed_fields_see_what_was_entered_wherever_they_stand() -> None:
    sheet = form(field("合计", "number", {"只读": "是", "初值": "${(甲 or 0) + 1}"}), field("甲", "number"))
    assert submit(sheet, {"甲": "4", "合计": 100}).data == {"合计": 5, "甲": 4}


def test_a_check_and_its_sentence() -> None:
    assert submit(REQUISITION, {**GOOD, "领料日期": "2026-10-07"}).errors == {
        "领料日期": "领料日期不能早于今天。"
    }
    assert submit(REQUISITION, {**GOOD, "领料日期": ""}).errors == {}


def test_the_first_failing_check_speaks_and_may_quote_values() -> None:
    sheet = form(
        field(
            "甲",
            "number",
            {
                "校验": "${甲 > 0}",
                "提示": "要大于零。",
                "校验2": "${甲 < 上限}",
                "提示2": "要小于 ${上限}，不是 ${甲}。",
            },
        )
    )
    assert submit(sheet, {"甲": -1}, 上限=5).errors == {"甲": "要大于零。"}
    assert submit(sheet, {"甲": 7}, 上限=5).errors == {"甲": "要小于 5，不是 7。"}
    assert submit(sheet, {"甲": 3}, 上限=5).errors == {}


def test_checks_wait_until_the_types_are_right() -> None:
    sheet = submit(REQUISITION, {**GOOD, "领料日期": "2026-10-07", "领料人": "nobody"})
    assert set(sheet.errors) == {"领料人"}


def test_checks_look_at_empty_and_read_only_fields_but_not_at_hidden_ones() -> None:
    rule = {"校验": "${False}", "提示": "不行。"}
    sheet = form(
        field("甲", properties=rule),
        field("乙", properties={**rule, "只读": "是"}),
        field("丙", properties={**rule, "显示条件": "${False}"}),
    )
    assert submit(sheet, {}).errors == {"甲": "不行。", "乙": "不行。"}


def test_a_warning_has_to_be_confirmed() -> None:
    posted = {**GOOD, "明细": [{"品名": "螺丝", "数量": 3}, {"品名": "灯泡", "数量": 500}]}
    open_sheet = submit(REQUISITION, posted)
    assert (open_sheet.errors, open_sheet.warnings) == ({}, {"明细.1.数量": "数量很大，确认领这么多？"})
    sheet = submit(REQUISITION, posted, "明细.1.数量", "用途")
    assert (sheet.warnings, sheet.confirmations) == ({}, open_sheet.warnings)


@pytest.mark.parametrize(
    ("component", "posted", "said"),
    [
        (field("甲", properties={"校验": "${甲 > 3}", "提示": "x"}), {}, "“甲”的“校验”（甲 > 3）算不出来"),
        (field("甲", "number", {"校验": "${甲 > 3}", "提示": "x"}), {}, "请写成“空(甲) or …”"),
        (
            field("甲", properties={"校验2": "${True}", "提示2": "x", "警示": "${无此}", "警示语": "x"}),
            {},
            "“警示”",
        ),
        (field("甲", properties={"校验": "${False}", "提示": "${无此}"}), {}, "“提示”（无此）"),
        (field("甲", properties={"必填条件": "${无此}"}), {}, "没有名为“无此”的变量"),
        (field("甲", properties={"显示条件": "${1 / 0}"}), {}, "“显示条件”"),
        (field("甲", properties={"只读条件": "${'否'}"}), {}, "得到的是文字“否”，不是真假"),
        (field("甲", "number", {"初值": "${'多'}"}), {}, "“初值”（'多'）算不出来"),
        (field("甲", "select", {"可选值": "${[[1]]}"}), {}, "选项的值不能是列表或字典"),
        (field("甲", "select", {"可选值": "${[{'名': 1}]}"}), {}, "请用“值列”指明"),
        (field("甲", "select", {"可选值": "${[{'名': 1}]}", "值列": "号"}), {}, "行里没有“号”一列"),
    ],
)
def test_an_expression_that_fails_names_its_field_and_rule(
    component: dict[str, Any], posted: Any, said: str
) -> None:
    with pytest.raises(FormError, match="表单“领料单”中“甲”") as caught:
        submit(form(component), posted)
    assert said in str(caught.value)


class TestOptions:
    def test_they_may_depend_on_another_field(self) -> None:
        sheet = form(
            field("库", "select", values=choices("一", "二")),
            field("架", "select", {"可选值": "${['甲', '乙'] if 库 == '一' else ['丙']}"}),
        )
        assert submit(sheet, {"库": "一", "架": "乙"}).errors == {}
        assert "没有“乙”" in submit(sheet, {"库": "二", "架": "乙"}).errors["架"]

    def test_they_may_come_from_other_cases_and_are_looked_up_again(self) -> None:
        sheet = form(
            field("单", "select", {"可选值": "${等待中的('领料')}", "值列": "业务键", "显示列": "标题"})
        )
        cases = Waiting({"业务键": "领1", "标题": "第一单"}, {"业务键": "领2", "标题": "第二单"})
        assert validate(sheet, {"单": "领2"}, context(cases)).errors == {}
        cases.rows.pop()
        assert "可能已有变化" in validate(sheet, {"单": "领2"}, context(cases)).errors["单"]

    def test_the_organisation_is_narrowed_in_the_order_given(self) -> None:
        sheet = form(field("人", "taglist", {"选择": "人员", "可选值": "${候选}"}))
        assert submit(sheet, {"人": ["liner"]}, 候选=["wangsan", "liner", "gone"]).errors == {}
        assert "没有“chenyi”" in submit(sheet, {"人": ["chenyi"]}, 候选=["liner"]).errors["人"]
        assert "没有“gone”" in submit(sheet, {"人": ["gone"]}, 候选=["gone"]).errors["人"]

    def test_a_system_value_need_not_be_an_option_any_more(self) -> None:
        sheet = form(field("人", "select", {"选择": "人员", "只读": "是", "初值": "${'retired'}"}))
        assert submit(sheet, {}).data == {"人": "retired"}


class TestInitial:
    def test_initial_values_of_every_kind(self) -> None:
        sheet = form(
            field("甲", properties={"初值": "${姓氏}"}),
            field("乙", properties={"初值": "由${姓氏}领取"}),
            field("丙", "number", {"初值": "3"}),
            field("丁", "checkbox", {"初值": "是"}),
            field("戊", "radio", {"初值": "红"}, values=choices("红", "蓝")),
            field("己", "datetime", {"初值": "${现在()}"}, subtype="date"),
            field("庚", properties={"初值": "${甲 + '！'}"}),
            field("辛", properties={"显示条件": "${False}", "初值": "${1 / 0}"}),
        )
        assert initial(sheet, context(姓氏="陈")) == {
            "甲": "陈",
            "乙": "由陈领取",
            "丙": 3,
            "丁": True,
            "戊": "红",
            "己": "2026-10-08",
            "庚": "陈！",
            "辛": None,
        }

    def test_a_choice_that_is_gone_is_not_prefilled(self) -> None:
        sheet = form(
            field("甲", "select", {"选择": "人员", "初值": "${'retired'}"}),
            field("乙", "taglist", {"选择": "人员", "初值": "${['retired', 'liner']}"}),
        )
        assert initial(sheet, context()) == {"甲": None, "乙": ["liner"]}

    def test_the_draft_wins_where_the_person_decides(self) -> None:
        sheet = form(
            field("甲", properties={"初值": "${'初'}"}),
            field("乙", properties={"初值": "${'系统'}", "只读": "是"}),
            field("丙", properties={"显示条件": "${甲 == '稿'}"}),
            field("丁", "number"),
        )
        draft = {"甲": "稿", "乙": "假", "丙": "见", "丁": "还没想好", "戊": "别的表单"}
        assert initial(sheet, context(), draft) == {"甲": "稿", "乙": "系统", "丙": "见", "丁": "还没想好"}
        assert initial(sheet, context(), {"甲": None, "丙": "见"}) == {
            "甲": None,
            "乙": "系统",
            "丙": None,
            "丁": None,
        }

    def test_a_field_that_was_not_sent_keeps_its_initial_value(self) -> None:
        sheet = form(field("甲", properties={"初值": "初"}), field("乙", "checkbox", {"初值": "是"}))
        assert submit(sheet, {}).data == {"甲": "初", "乙": True}
        assert submit(sheet, {"甲": None, "乙": False}).data == {"甲": None, "乙": False}

    def test_what_was_typed_wrong_is_shown_again(self) -> None:
        sheet = submit(REQUISITION, {**GOOD, "领料日期": "明天", "明细": [{"品名": "胶水", "数量": "许多"}]})
        assert (sheet.shown["领料日期"], sheet.data["领料日期"]) == ("明天", None)
        assert sheet.shown["明细"] == [{"品名": "胶水", "数量": "许多", "单价": None, "金额": None}]
