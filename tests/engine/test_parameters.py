"""Parameters, series, enumerations and categories of an invented depot, with shared defaults behind them."""

from __future__ import annotations

import pytest

from engine.parameters import Parameters, ParametersError, parse_parameters, read_value

SHARED = """\
parameters:
  关门时刻: {value: 17:30, unit: 时分, source: 默认，可配置}
  盘点天数: {value: 30, unit: 自然日, source: 默认，可配置}
  双人入库: {value: true, source: KF-一-2, hard: true}
series:
  领料: {format: '领〔{年}〕{序}号'}
enumerations:
  结论: [发料, 退回]
categories:
  公用类别:
  - {name: 杂物, 贵重: false}
"""
DEPOT = """\
parameters:
  盘点天数: {value: 7, unit: 自然日, source: KF-一-1, note: 每周一次}
  领料上限: {value: 3, unit: 件, source: KF-一-3, hard: true}
series:
  退料: {format: '退{序}'}
enumerations:
  结论: [发料, 部分发料, 退回]
categories:
  物料类别:
  - {name: 仪器, 贵重: true, 易碎: true}
  - {name: 纸张, 贵重: false}
"""


@pytest.fixture
def depot() -> Parameters:
    return parse_parameters(DEPOT, "depot", parse_parameters(SHARED, "shared"))


def test_the_packs_own_value_comes_before_the_shared_one(depot: Parameters) -> None:
    assert depot.value("盘点天数") == 7
    assert depot.value("关门时刻") == "17:30"
    assert depot.value("双人入库") is True
    assert depot.parameter("盘点天数").note == "每周一次"
    assert [parameter.name for parameter in depot.parameters()] == [
        "盘点天数",
        "领料上限",
        "关门时刻",
        "双人入库",
    ]


def test_series_and_enumerations_fall_back_too(depot: Parameters) -> None:
    assert depot.series("领料") == "领〔{年}〕{序}号"
    assert depot.series("退料") == "退{序}"
    assert depot.enumeration("结论") == ("发料", "部分发料", "退回")
    assert set(depot.enumerations()) == {"结论", "公用类别", "物料类别"}


def test_a_table_of_categories_is_an_enumeration_with_attributes(depot: Parameters) -> None:
    assert depot.enumeration("物料类别") == ("仪器", "纸张")
    assert depot.category("仪器", "贵重") is True
    assert depot.category("纸张", "贵重") is False
    assert depot.category("纸张", "易碎") is False
    assert depot.category("杂物", "贵重") is False


@pytest.mark.parametrize(
    ("question", "told"),
    [
        (lambda p: p.value("盘点日数"), "制度包“depot”里没有参数“盘点日数”；最接近的是“盘点天数”"),
        (lambda p: p.series("领科"), "编号序列“领科”；最接近的是“领料”"),
        (lambda p: p.enumeration("总结论"), "枚举“总结论”；最接近的是“结论”"),
        (lambda p: p.category("仪表", "贵重"), "类别“仪表”；最接近的是“仪器”"),
        (lambda p: p.category("仪器", "贵重品"), "类别属性“贵重品”；最接近的是“贵重”"),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest(depot: Parameters, question: object, told: str) -> None:
    with pytest.raises(ParametersError) as raised:
        question(depot)  # type: ignore[operator]
    assert told in str(raised.value)


def test_a_value_is_set_for_this_pack_only(depot: Parameters) -> None:
    changed = depot.with_value("关门时刻", "18:00").with_value("盘点天数", 14)
    assert (changed.value("关门时刻"), changed.value("盘点天数")) == ("18:00", 14)
    assert (depot.value("关门时刻"), depot.value("盘点天数")) == ("17:30", 7)
    assert changed.shared is depot.shared


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("领料上限", 4, "由条款 KF-一-3 规定，不能更改"),
        ("双人入库", False, "由条款 KF-一-2 规定，不能更改"),
        ("盘点天数", "七", "不是同一种写法"),
        ("盘点天数", True, "不是同一种写法"),
    ],
)
def test_a_hard_value_and_another_kind_are_refused(
    depot: Parameters, name: str, value: str | int, told: str
) -> None:
    with pytest.raises(ParametersError, match=told):
        depot.with_value(name, value)


@pytest.mark.parametrize(
    ("written", "instead", "told"),
    [
        ("{value: 7,", "{value: [7],", "第 2 行：参数“盘点天数”的 value"),
        ("{value: 7,", "{", "第 2 行：参数“盘点天数”的 value"),
        ("source: KF-一-1, ", "", "第 2 行：缺少“source”"),
        ("unit: 件", "units: 件", "第 3 行：不认识“units”这一项；最接近的是“unit”"),
        ("hard: true", "hard: 是", "第 3 行：“hard”只能写 true 或 false"),
        ("'退{序}'", "'退{年}'", "第 5 行：编号序列“退料”的格式里要有一个 {序}"),
        ("'退{序}'", "'退{序}{序}'", "第 5 行：编号序列“退料”"),
        ("'退{序}'", "'退{序}{月}'", "第 5 行：编号序列“退料”"),
        ("'退{序}'", "'退{序'", "第 5 行：编号序列“退料”"),
        ("部分发料", "退回", "第 7 行：枚举“结论”里“退回”写了两次"),
        ("name: 纸张", "name: 仪器", "第 11 行：类别“仪器”写了两次"),
        ("  结论: [", "  物料类别: [", "第 7 行：“物料类别”同时是枚举和类别表"),
        ("  领料上限: {value: 3", "  双人入库: {value: false", "第 3 行：参数“双人入库”由共享规则定死"),
    ],
)
def test_a_fault_of_the_file_is_told_with_its_line(written: str, instead: str, told: str) -> None:
    assert DEPOT.count(written) == 1
    with pytest.raises(ParametersError) as raised:
        parse_parameters(DEPOT.replace(written, instead), "depot", parse_parameters(SHARED, "shared"))
    assert any(fault.startswith(told) for fault in raised.value.faults), raised.value.faults


@pytest.mark.parametrize("written", ["当日", "1工作日", "12工作日", "2工作小时"])
def test_a_time_limit_is_written_in_words(written: str) -> None:
    text = "parameters:\n  发料期限: {value: 3工作日, unit: 期限, source: 默认，可配置}\n"
    parameters = parse_parameters(text, "depot")
    assert read_value(parameters.parameter("发料期限"), written) == written


@pytest.mark.parametrize("written", ["三天", "0工作日", "2 工作日", "2小时", "当日工作日"])
def test_a_time_limit_nobody_could_compute_is_refused(written: str) -> None:
    text = "parameters:\n  发料期限: {value: 3工作日, unit: 期限, source: 默认，可配置}\n"
    parameters = parse_parameters(text, "depot")
    with pytest.raises(ParametersError, match="3工作日、2工作小时 或 当日"):
        read_value(parameters.parameter("发料期限"), written)
    with pytest.raises(ParametersError, match="期限应当写成 3工作日"):
        parse_parameters(text.replace("3工作日", written), "depot")
