"""Sheets written by people: names and file names become logins and numbers."""

from __future__ import annotations

import pytest

from engine.forms import FormError, as_posted, initial, read_example, validate
from tests.engine.forms.samples import REQUISITION, choices, context, field, form, table

SHEET = form(
    field("日期", "datetime", subtype="date"),
    field("领料人", "select", {"选择": "人员"}),
    field("陪同", "taglist", {"选择": "人员"}),
    field("加急", "checkbox"),
    field("编码"),
    field("等级", "radio", values=[{"label": "一级", "value": "1"}, {"label": "二级", "value": "2"}]),
    field("单", "select", {"可选值": "${单据}", "值列": "业务键", "显示列": "标题"}),
    field("附件", "filepicker", multiple=True),
    table("明细", [field("品名"), field("数量", "number"), field("人", "select", {"选择": "人员"})]),
)
CASES = [{"业务键": "领1", "标题": "第一单"}]


def read(text: str) -> dict[str, object]:
    return read_example(SHEET, text, context(单据=CASES))


def test_an_example_becomes_posted_data() -> None:
    data = read(
        """
        日期: ${今天()}
        领料人: 陈一
        陪同: [林二, wangsan]
        加急: true
        编码: 007
        等级: 二级
        单: 第一单
        附件: [清单.pdf]
        明细:
        - 品名: 螺丝
          数量: 12
          人: 林二
        - 品名: 给${姓氏}的灯泡
          数量: 2.5
        """.replace("${姓氏}", "${'陈'}")
    )
    assert data == {
        "日期": "2026-10-08",
        "领料人": "chenyi",
        "陪同": ["liner", "wangsan"],
        "加急": True,
        "编码": "007",
        "等级": "2",
        "单": "领1",
        "附件": ["f1"],
        "明细": [{"品名": "螺丝", "数量": 12, "人": "liner"}, {"品名": "给陈的灯泡", "数量": "2.5"}],
    }


def test_an_example_and_the_initial_values_make_a_whole_sheet() -> None:
    surroundings = context()
    text = "领料人: 陈一\n明细:\n- {品名: 螺丝, 数量: 3}\n"
    posted = {**initial(REQUISITION, surroundings), **read_example(REQUISITION, text, surroundings)}
    sheet = validate(REQUISITION, posted, surroundings)
    assert (sheet.errors, sheet.data["领料人"]) == ({}, "chenyi")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("领料入: 陈一", "第 1 行：表单没有“领料入”这个字段；最接近的是“领料人”"),
        ("日期: 2026-10-08\n领料人: 赵九", "第 2 行：没有名为“赵九”的人员"),
        ("领料人: 王三", "姓名“王三”有 2 人，请写登录名：wangsan、wangsan2"),
        ("附件: [没有.pdf]", "没有名为“没有.pdf”的样例附件"),
        ("明细:\n- 品种: 螺丝", "表格“明细”没有“品种”这一列；最接近的是“品名”"),
        ("明细: 螺丝", "要写成若干行"),
        ("日期: ${昨天()}", "没有名为“昨天”的函数"),
        ("日期: ${今天(}", "表达式"),
        ("日期: [", "YAML"),
        ("日期: 2026-10-08\n日期: 2026-10-09", "“日期”写了两次"),
    ],
)
def test_faults_are_located(text: str, said: str) -> None:
    with pytest.raises(FormError) as caught:
        read(text)
    assert said in str(caught.value)
    assert all(problem.startswith("表单“requisition”的样例：") for problem in caught.value.problems)


def test_every_fault_is_told() -> None:
    with pytest.raises(FormError) as caught:
        read("领料入: 陈一\n领料人: 赵九\n附件: 没有.pdf")
    assert len(caught.value.problems) == 3


def test_values_written_in_a_scenario_are_read_alike() -> None:
    written = {
        "领料人": "王三",
        "加急": "是",
        "陪同": "陈一、林二",
        "附件": "清单.pdf，照片.JPG",
        "编码": "A-1",
        "日期": "",
    }
    with pytest.raises(FormError, match="有 2 人"):
        as_posted(SHEET, written, context(单据=[]))
    assert as_posted(SHEET, {**written, "领料人": "陈一"}, context(单据=[])) == {
        "日期": None,
        "领料人": "chenyi",
        "陪同": ["chenyi", "liner"],
        "加急": True,
        "编码": "A-1",
        "附件": ["f1", "f2"],
    }


def test_what_is_no_option_is_left_for_validation() -> None:
    data = as_posted(SHEET, {"等级": "三级", "单": "第九单"}, context())
    assert data == {"等级": "三级", "单": "第九单"}
    sheet = form(field("等级", "radio", values=choices("一")))
    assert (
        "没有“三级”"
        in validate(sheet, as_posted(sheet, {"等级": "三级"}, context()), context()).errors["等级"]
    )
