"""Reading form files: what is accepted, and the sentence for everything that is not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.forms import FormError, parse_form
from tests.engine.forms.samples import REQUISITION, choices, field, form, group, table, text_of


def faults(*components: dict[str, Any], **attributes: Any) -> str:
    """All problems of a form with these components, one a line."""
    with pytest.raises(FormError) as caught:
        form(*components, **attributes)
    return str(caught.value)


def test_a_form_knows_its_fields_groups_and_documents() -> None:
    sheet = form(
        field("甲"),
        group(
            "组", field("乙"), {"type": "text", "text": "说明文字"}, group("内组", field("丙", "checkbox"))
        ),
        table("丁", [field("戊")]),
        {"type": "documentPreview", "properties": {"模板": "a.html", "文书名称": "领料单"}},
    )
    assert [each.key for each in sheet.fields()] == ["甲", "乙", "丙", "丁"]
    assert [each.properties["模板"] for each in sheet.documents()] == ["a.html"]
    assert sheet.blank() == {"甲": None, "乙": None, "丙": False, "丁": []}


def test_attributes_become_what_they_mean() -> None:
    sheet = form(
        field(
            "编码",
            validate={"required": True, "minLength": 2, "maxLength": 9, "pattern": "\\w+"},
            layout={"columns": 8},
        ),
        field("重量", "number", decimalDigits=2, validate={"min": 0, "max": 9.5}),
        field("图纸", "filepicker", {"类型": "pdf、.DOCX", "上限MB": "5"}, multiple=True),
        {"key": "时间", "dateLabel": "何时", "type": "datetime", "subtype": "datetime"},
        {"path": "行项", "label": "行项", "type": "dynamiclist", "components": [field("名")]},
        properties={"说明": "先看库存。"},
    )
    code, weight, drawing, when, rows = sheet.fields()
    assert (code.required, code.min_length, code.max_length, code.pattern, code.columns) == (
        True,
        2,
        9,
        "\\w+",
        8,
    )
    assert (weight.decimals, weight.minimum, weight.maximum, weight.columns) == (2, 0, 9.5, 16)
    assert (drawing.accept, drawing.max_mb, drawing.multiple) == (("pdf", "docx"), 5, True)
    assert (when.label, when.subtype) == ("何时", "datetime")
    assert (rows.key, [column.key for column in rows.components]) == ("行项", ["名"])
    assert (sheet.key, sheet.title, sheet.note) == ("requisition", "领料单", "先看库存。")


def test_what_a_modeller_writes_besides_is_accepted() -> None:
    sheet = form(
        field(
            "甲",
            id="Field_1",
            layout={"row": "Row_1", "columns": None},
            readonly=False,
            disabled=False,
            defaultValue="",
        ),
        field("乙", "datetime", subtype="time", timeLabel="何时", use24h=True, timeInterval=15),
        table("丙", [field("丁")]) | {"isRepeating": True, "allowAddRemove": True, "defaultRepetitions": 1},
        schemaVersion=19,
        exporter={"name": "a modeller", "version": "1"},
        executionPlatform="Camunda Platform",
    )
    assert len(sheet.fields()) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "第 1 行第 1 列附近不是正确的 JSON"),
        ('{"id": "a",\n "components": [}', "第 2 行"),
        ("[]", "最外层应当是"),
        ("[" * 100_000, "层次太深"),
        ('{"id": "a", "components": [], "components": []}', "“components”在同一处写了两次"),
        ('{"id": "a", "components": [], "schemaVersion": NaN}', "不能写 NaN"),
        ('{"id": "a"}', "缺少 components"),
        ('{"components": []}', "缺少 id"),
        ('{"id": "a", "components": [], "tilte": "x"}', "没有“tilte”这一项；最接近的是“title”"),
        ('{"id": "a", "components": [3]}', "第 1 个组件：要写成"),
        ('{"id": "a", "type": "other", "components": []}', "type 要写 default"),
    ],
)
def test_a_broken_file_is_explained(text: str, said: str) -> None:
    with pytest.raises(FormError) as caught:
        parse_form(text, "样例")
    assert said in str(caught.value)
    assert str(caught.value).startswith("样例：")


def test_the_key_is_the_file_name() -> None:
    text = text_of(field("甲"))
    assert parse_form(text, "stock/forms/requisition.form").key == "requisition"
    with pytest.raises(FormError, match="与文件名“other”不一致"):
        parse_form(text, "stock/forms/other.form")


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(FormError) as caught:
        form(field("甲", "textfeild"), field("乙", colour="red"), field("丙"), field("丙"))
    assert len(caught.value.problems) == 3
    assert caught.value.problems == tuple(str(caught.value).split("\n"))


@pytest.mark.parametrize(
    ("component", "said"),
    [
        (field("甲", "textfeild"), "不认识的类型“textfeild”；最接近的是“textfield”"),
        (field("甲", colour="red"), "“甲”：textfield 没有“colour”这一项"),
        (
            field("甲", properties={"必填條件": "${True}"}),
            "textfield 没有特性“必填條件”；最接近的是“必填条件”",
        ),
        (field("甲", properties={"校验1": "${True}", "提示1": "x"}), "没有特性“校验1”；最接近的是“校验”"),
        (field("甲", properties={"初值": " "}), "特性“初值”没有内容"),
        (field("甲", validate={"requird": True}), "validate 里没有“requird”；最接近的是“required”"),
        (field("甲", validate={"required": "yes"}), "required 要写 true 或 false"),
        (field("甲", validate={"validationType": "email"}), "请改写 pattern"),
        (field("甲", validate={"minLength": 9, "maxLength": 3}), "minLength 大于 maxLength"),
        (field("甲", validate={"pattern": "(a+)+"}), "重复套着重复"),
        (field("甲", "number", validate={"min": "x"}), "min 要写数"),
        (field("甲", "number", decimalDigits=1.5), "decimalDigits 要写 0 到 6 的整数"),
        (field("甲", defaultValue="x"), "“defaultValue”不起作用，请改用特性“初值”"),
        (field("甲", readonly=True), "请改用特性“只读”"),
        (field("甲", conditional={"hide": "=x"}), "请改用特性“显示条件”"),
        (field("甲", layout={"columns": 20}), "1 到 16"),
        ({"type": "textfield", "label": "甲"}, "“甲”：缺少 key"),
        ({"type": "textfield", "key": "甲"}, "缺少 label"),
        (field("typename"), "是保留的名字"),
        (field("办理人"), "是保留的名字"),
        (field("金额１"), "请写成“金额1”"),
        (field("1号"), "不能以数字或下划线开头"),
        (field("_甲"), "不能以数字或下划线开头"),
        (field("not"), "保留词"),
        (field("甲.乙"), "只能用汉字"),
        (field("甲", "select"), "没有选项"),
        (field("甲", "select", {"可选值": "${[1]}"}, values=choices("a")), "只能写一样"),
        (field("甲", "select", {"选择": "人"}), "人员、单位、岗位之一"),
        (field("甲", "radio", values=choices("a", "a")), "选项“a”写了两次"),
        (field("甲", "radio", values=["a"]), "values 要写成"),
        (field("甲", "select", {"可选值": "${[1]}", "显示列": "名"}), "还要写“值列”"),
        (field("甲", "select", {"选择": "人员", "值列": "名"}), "要和“可选值”一起写"),
        (field("甲", "datetime", subtype="week"), "subtype 要写"),
        (field("甲", "datetime", subtype="date", disallowPassedDates=True), "请改用特性“校验”"),
        (field("甲", "filepicker", {"类型": "p/df"}), "不是文件的扩展名"),
        (field("甲", "filepicker", {"类型": "pdf"}, accept=".jpg"), "不一致"),
        (field("甲", "filepicker", {"上限MB": "很大"}), "上限MB"),
        (field("甲", properties={"只读": "对"}), "要写“是”或“否”"),
        (field("甲", properties={"只读": "是", "必填条件": "${True}"}), "不能写“必填条件”"),
        (field("甲", properties={"校验": "${True}"}), "还要写“提示”"),
        (field("甲", properties={"提示2": "x"}), "还要写“校验2”"),
        (field("甲", properties={"警示": "${True}"}), "还要写“警示语”"),
        (field("甲", properties={"校验": "${甲 = 1}", "提示": "x"}), "应写成"),
        (field("甲", properties={"校验": "${甲 ==}", "提示": "x"}), "特性“校验”"),
        (field("甲", properties={"校验": "${True}", "提示": "${甲"}), "没有配对的"),
        (field("甲", properties={"显示条件": "甲 且 乙"}), "and"),
        (field("甲", "number", {"初值": "三"}), "初值"),
        (field("甲", "datetime", {"初值": "今天()"}, subtype="date"), "要写成 ${今天()}"),
        (field("甲", properties={"初值": "今天()"}), "要写成 ${今天()}"),
        (field("甲", "checkbox", {"初值": "真"}), "要写“是”或“否”"),
        (field("甲", "checklist", {"初值": "a"}, values=choices("a")), "列表要写成表达式"),
        (field("甲", "radio", {"初值": "c"}, values=choices("a", "b")), "选项里没有“c”"),
        ({"type": "group", "label": "组", "components": [], "path": "x"}, "分组不能写 path"),
        ({"type": "text"}, "缺少 text"),
        ({"type": "text", "text": "${(}"}, "text"),
        ({"type": "documentPreview", "label": "文书"}, "缺少特性“模板”"),
        (table("甲", []), "表格没有列"),
        (table("甲", [table("乙", [field("丙")])]), "表格的列不能是 dynamiclist"),
        (table("甲", [group("乙", field("丙"))]), "表格的列不能是 group"),
        (table("甲", [field("乙"), field("乙")]), "表格“甲”的列“乙”：字段键“乙”用了两次"),
        (table("甲", [field("乙")], 行键="丙"), "行键“丙”不是表格的列"),
        (table("甲", [field("乙", "checkbox")], 行键="乙"), "不能是 checkbox"),
        (table("甲", [field("序号", "number")], 行键="序号", 可排序="是"), "不能作行键"),
        (table("甲", [field("乙")], 行固定="是"), "要用“初值”给出各行"),
        (table("甲", [field("乙", properties={"只读": "是"})], 初值="${甲}"), "分不清各行"),
        (table("甲", [field("乙")], 最少行="5", 最多行="2"), "“最少行”大于“最多行”"),
        (table("甲", [field("乙")], 最少行="许多"), "0 到 500"),
        (table("甲", [field("乙")]) | {"allowAddRemove": False}, "请写特性“行固定”=是"),
        (table("甲", [field("乙")]) | {"path": "丙"}, "key 和 path 不一致"),
    ],
)
def test_a_fault_is_located_and_explained(component: dict[str, Any], said: str) -> None:
    told = faults(component)
    assert said in told
    assert all(line.startswith("requisition.form：") and line.endswith("。") for line in told.split("\n"))


def test_a_column_may_be_called_like_a_field_outside() -> None:
    sheet = form(field("单位"), table("各单位", [field("单位")]), table("另表", [field("单位")]))
    assert [each.key for each in sheet.fields()] == ["单位", "各单位", "另表"]


def test_fields_that_depend_on_each_other_are_refused() -> None:
    told = faults(
        field("甲", properties={"显示条件": "${空(乙)}"}), field("乙", properties={"显示条件": "${空(甲)}"})
    )
    assert "“甲”、“乙”" in told
    assert "互相引用" in told
    assert "互相引用" in faults(group("组", field("甲"), 显示条件="${空(甲)}"))
    assert "互相引用" in faults(
        table(
            "表",
            [
                field("甲", properties={"只读": "是", "初值": "${乙}"}),
                field("乙", properties={"只读": "是", "初值": "${甲}"}),
            ],
        )
    )


def test_a_field_may_read_the_variable_of_its_own_name() -> None:
    assert form(field("甲", properties={"初值": "${甲}", "只读条件": "${not 空(甲)}"})).order


def test_too_many_components_and_too_long_files_are_refused() -> None:
    assert "组件太多" in faults(*(field(f"f{number}") for number in range(301)))
    with pytest.raises(FormError, match="文件太大"):
        parse_form(json.dumps({"id": "x" * 600_000}), "样例")


def test_the_sample_form_is_settled_after_what_it_reads() -> None:
    order = [component.key for component, _ in REQUISITION.order]
    assert order.index("加急") < order.index("加急理由")
    assert order.index("明细") < order.index("合计")


def test_a_form_knows_whether_entries_change_what_it_shows() -> None:
    depends_on_entry = field("乙", properties={"显示条件": "${甲 == '是'}"})
    depends_on_case = field("乙", properties={"显示条件": "${案卷变量 == '是'}"})
    assert form(field("甲"), depends_on_entry).reacts
    assert not form(field("甲"), depends_on_case).reacts


def test_a_form_knows_which_entries_it_watches() -> None:
    watched = form(
        field("甲"),
        field("乙", properties={"必填条件": "${甲 == '是'}", "只读条件": "${乙 == '定'}"}),
        field("丙", description="共 ${个数(表)} 行。"),
        {"type": "text", "text": "写的是 ${丙}。"},
        table("表", [field("数量"), field("小计", properties={"只读": "是", "初值": "${数量}"})]),
    ).watched
    assert watched == {"甲", "丙", "表", "数量"}
