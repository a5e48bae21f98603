"""The expression language: what it computes, what it refuses, and how it helps whoever mistyped."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from engine.expressions import (
    Call,
    ExpressionError,
    compile_expression,
    unknown,
)
from engine.nearest import nearest


def _double(number: int) -> int:
    return number * 2


def _first_of(items: list[object], otherwise: object = None) -> object:
    return items[0] if items else otherwise


def _strict(text: str) -> str:
    if not text:
        raise ValueError("单号不能为空")
    return text


FUNCTIONS: dict[str, Callable[..., object]] = {
    "个数": len,
    "加倍": _double,
    "首个": _first_of,
    "核对": _strict,
    "成对": lambda: (1, 2),
}
NAMES: dict[str, object] = {
    "数量": 4,
    "库存": 6,
    "单价": 2.5,
    "状态": "已发",
    "备注": None,
    "加急": True,
    "物品": {"名称": "铁锹", "规格": {"长": 120}, "批次": [3, 5]},
    "明细": [{"名称": "铁锹"}, {"名称": "雨衣"}],
}


def value(source: str, names: Mapping[str, object] = NAMES) -> object:
    return compile_expression(source).evaluate(names, FUNCTIONS)


def refusal(source: str, names: Mapping[str, object] = NAMES) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        value(source, names)
    assert any("\u4e00" <= character <= "\u9fff" for character in caught.value.reason)
    assert caught.value.reason.endswith("。")
    return caught.value


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("${数量 * 3 >= 库存 * 2}", True),
        ("  ${ 状态 == '已发' }  ", True),
        ("数量 + 单价", 6.5),
        ("库存 // 数量", 1),
        ("库存 % 数量", 2),
        ("-数量 - -1", -3),
        ("1 < 数量 <= 4 < 库存", True),
        ("备注 == None and not 加急", False),
        ("备注 or '无'", "无"),
        ("'甲' if 加急 else '乙'", "甲"),
        ("状态 in ['已发', '已领'] and 状态 not in ('退回', '作废')", True),
        ("'铁' in 物品.名称", True),
        ("'名称' in 物品", True),
        ("物品.规格.长 + 物品['规格']['长']", 240),
        ("物品.批次[-1]", 5),
        ("明细[1].名称", "雨衣"),
        ("{'物品': 物品.名称, '数': (1, 2), '空': []}", {"物品": "铁锹", "数": [1, 2], "空": []}),
        ("[1] + [2] * 2", [1, 2, 2]),
        ("'甲' + '乙' * 2", "甲乙乙"),
        ("加倍(number=数量)", 8),
        ("首个([], otherwise='缺')", "缺"),
        ("首个(明细)['名称']", "铁锹"),
        ("'他说“好”，（行）'", "他说“好”，（行）"),
        ("[\n  数量,\n  库存\n]", [4, 6]),
        (".5 + 0.05", 0.55),
        (r"'一\n二\\三\''", "一\n二\\三'"),
        ("[] == [] and {} != {'甲': 1}", True),
    ],
)
def test_values(source: str, expected: object) -> None:
    result = value(source)
    assert result == expected
    assert type(result) is type(expected)


def test_a_branch_that_is_not_taken_is_not_computed() -> None:
    assert value("1 if 加急 else 没有的") == 1
    assert value("加急 or 没有的") is True
    assert value("备注 != None and 备注.名称 == '铁锹'") is False


def test_evaluation_leaves_the_variables_as_they_were() -> None:
    names = copy.deepcopy(NAMES)
    for source in ("明细 + [物品]", "[明细, 明细]", "首个(明细)", "物品.批次 * 3"):
        value(source, names)
    assert names == NAMES


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("库村 > 1", "没有名为“库村”的变量，最接近的是“库存”。"),
        ("个数", "“个数”是函数，要写成“个数(…)”。"),
        ("库存(1)", "“库存”是变量，不是函数，后面不能写括号。"),
        ("个书(明细)", "没有名为“个书”的函数，最接近的是“个数”。"),
        ("加倍()", "函数“加倍”的参数个数或参数名称不对。"),
        ("加倍(数量=1)", "函数“加倍”的参数个数或参数名称不对。"),
        ("个数(数量)", "函数“个数”用不了这里给它的值（数字）。"),
        ("核对('')", "函数“核对”算不出来：单号不能为空。"),
        ("成对()", "函数“成对”的结果不是文本"),
        ("物品.名秤", "“物品”里没有“名秤”，最接近的是“名称”。"),
        ("物品.规格['宽']", "“物品.规格”里没有“宽”。"),
        ("明细.名称", "“明细”是列表，不能取“名称”，只能按位置取。"),
        ("明细[2]", "“明细”只有 2 项，没有第 2 项（从 0 数起）。"),
        ("备注.名称", "“备注”是空（还没有值），不能从中取值。"),
        ("物品[1]", "取“物品”的字段要用文本，这里是数字。"),
        ("1 + 库存 / (数量 - 4)", "“库存 / (数量 - 4)”算不出来：除数是 0。"),
        ("库存 % 0", "除数是 0"),
        ("数量 + 状态", "“数量 + 状态”算不出来：相加的两边要同是数字、文本或列表，这里是数字和文本。"),
        ("数量 > 备注", "“数量 > 备注”算不出来：比大小的两边要同是数字或同是文本"),
        ("明细 < 明细", "比大小的两边"),
        ("状态 * 状态", "相乘的两边要是数字，这里是文本和文本"),
        ("-状态", "只能用数字计算，这里是文本"),
        ("数量 in 备注", "in 的右边要是列表、文本或字典，这里是空"),
        ("数量 in 状态", "文本里只能找文本"),
        ("{数量: 1}", "字典的键“数量”要是文本"),
        ("'a' * 100001", "结果太长"),
        ("[1] * 100001", "结果太长"),
        ("1000000 * 1000000000 * 2", "数字太大"),
    ],
)
def test_what_cannot_be_computed_is_told_with_the_name(source: str, told: str) -> None:
    assert told in refusal(source).reason


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("", "没有写任何内容"),
        ("${}", "没有写任何内容"),
        ("${甲}${乙}", "一处只能写一个“${…}”"),
        ("1; 2", "分号"),
        ("甲 乙", "“甲”和“乙”之间缺少运算符或逗号"),
        ("['甲' '乙']", "“'甲'”和“'乙'”之间缺少运算符或逗号"),
        ("(甲", "没有配对的“)”"),
        ("甲]", "括号“]”前面没有"),
        ("(甲]", "括号“]”前面没有"),
        ("'甲", "缺少后一个引号"),
        ("甲 +", "没有写完整"),
        ("甲 == * 乙", "处写法不对"),
        ("甲 ** 2", "乘方"),
        ("[一 for 一 in 明细]", "循环"),
        ("lambda: 1", "定义函数"),
        ("(甲 := 1)", "赋值"),
        ("明细[0:1]", "不能取一段"),
        ("{1, 2}", "不支持集合"),
        ("个数(*明细)", "不能用“*”展开"),
        ("明细.个数()", "请用函数"),
        ("首个(明细)(1)", "括号前面只能是函数的名称"),
        ("加倍(number=1, number=2)", "参数“number”写了两次"),
        ("1e5", "既不是名称，也不是数字"),
        ("007", "多余的 0"),
        ("5.", "小数没有写完整"),
        ("1000000000000001", "太大"),
        ("class", "保留词"),
        ("_甲", "不能以下划线开头"),
        ("物品._名称", "不能以下划线开头"),
        ("甲" * 65, "太长，最多 64"),
        ("甲 # 说明", "“#”"),
        ("f'{甲}'", "缺少运算符"),
        ("b'x'", "缺少运算符"),
        ("甲 @ 乙", "不能用符号“@”"),
        ("甲 ? 1 : 2", "if 条件 else"),
        ("+".join(["1"] * 60), "套得太深"),
        ("[" + "1," * 450 + "]", "太复杂"),
        ("'" + "长" * 2000 + "'", "太长"),
    ],
)
def test_what_is_not_an_expression_is_told_at_once(source: str, told: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(source)
    assert told in caught.value.reason


@pytest.mark.parametrize(
    ("mistyped", "corrected"),
    [
        ("状态 = '已发'", "状态 == '已发'"),
        ("${状态 = '已发'}", "状态 == '已发'"),
        ("(状态 = '已发') and 个数(明细 = []) == 1", "(状态 == '已发') and 个数(明细 = []) == 1"),
        ("个数(物品.批次 = [])", "个数(物品.批次 == [])"),
        ("（数量＋１）×２≥库存", "(数量+1)*2>=库存"),
        ("数量 ÷ 2 ≤ 3 and 数量 ≠ 5", "数量 / 2 <= 3 and 数量 != 5"),
        ("数量＞1", "数量>1"),
        ("数量＜＝1 or 数量！＝2 or 数量＝＝3", "数量<=1 or 数量!=2 or 数量==3"),
        ("数量－1＊2／4", "数量-1*2/4"),
        ("状态 == “已发”", '状态 == "已发"'),
        ("状态 == ‘已发’", "状态 == '已发'"),
        ("状态 == ”已发”", '状态 == "已发"'),
        ("状态 == '已发’", "状态 == '已发'"),
        ("状态 == “含'号”", '状态 == "含\'号"'),
        ('状态 == ‘含"号’', "状态 == '含\"号'"),
        ("状态 == 「含'号」", '状态 == "含\'号"'),
        ("状态 in 【“已发”，“已领”、'退，回'】", '状态 in ["已发","已领",\'退，回\']'),
        ("｛“甲”：1｝", '{"甲":1}'),
        ("物品。名称", "物品.名称"),
        ("甲 && 乙 || !丙", "甲 and 乙 or not 丙"),
        ("甲&&乙||!(丙)", "甲 and 乙 or not (丙)"),
        ("甲 <> 乙", "甲 != 乙"),
        ("甲 => 乙 and 甲 =< 丙", "甲 >= 乙 and 甲 <= 丙"),
        ("甲 > 1 且 乙 或 非 丙", "甲 > 1 and 乙 or not 丙"),
        ("甲 AND 乙", "甲 and 乙"),
        ("加急 == true", "加急 == True"),
        ("备注 is None", "备注 == None"),
        ("备注 is  not null", "备注 != None"),
        ("金额１ > 3", "金额1 > 3"),
        ("ＡＢ > 3", "AB > 3"),
        ("会议⽇期", "会议日期"),
        ("数\u200b量 > 1", "数量 > 1"),
        ("数量\u3000>\u00a01", "数量 > 1"),
        ("数量 >\n1", "数量 > 1"),
        ("数量, 库存", "[数量, 库存]"),
        (r"状态 == '\d+'", r"状态 == '\\d+'"),
    ],
)
def test_typing_mistakes_are_refused_with_the_corrected_text(mistyped: str, corrected: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(mistyped)
    assert caught.value.corrected == corrected
    assert f"应写成：{corrected}" in str(caught.value)
    assert compile_expression(corrected).source == corrected


@pytest.mark.parametrize(
    "source",
    ["甲 = ", "（甲", "“甲", "甲；乙", "＿＿class＿＿", "甲\n乙", "甲 & ", "\ud800 甲 乙"],
    ids=ascii,
)
def test_nothing_is_proposed_that_would_be_refused_again(source: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(source)
    assert caught.value.corrected is None
    assert str(caught.value).encode()  # A message can always be printed and stored.


def test_an_error_quotes_its_source_on_one_line() -> None:
    error = refusal("1 +\n" + "甲" * 300)
    assert error.source.startswith("1 +\n")
    assert "\n" not in str(error)
    assert len(str(error)) < 300


def test_the_names_and_calls_are_known_without_evaluating() -> None:
    expression = compile_expression("等待('领料', -2, 甲, x='乙', y=个数(物品.名称)) and 等待(甲=丙)")
    assert expression.names == {"甲", "物品", "丙"}
    assert expression.calls == (
        Call("等待", ("领料", -2, None), (("x", "乙"), ("y", None))),
        Call("个数", (None,)),
        Call("等待", (), (("甲", None),)),
    )
    assert compile_expression("${ 甲 }") is compile_expression("甲")


def test_unknown_names_and_functions_come_with_the_nearest_known_one() -> None:
    expression = compile_expression("个书(状太, 状态=物品.状太) > 加倍 or 全然不同(1)")
    problems = unknown(expression, NAMES, FUNCTIONS)
    assert [(each.kind, each.text, each.nearest) for each in problems] == [
        ("name", "加倍", None),
        ("name", "状太", "状态"),
        ("function", "个书", "个数"),
        ("function", "全然不同", None),
    ]
    assert problems[0].message == "“加倍”是函数，要写成“加倍(…)”。"
    assert problems[1].corrected == "个书(状态, 状态=物品.状太) > 加倍 or 全然不同(1)"
    assert problems[2].corrected == "个数(状太, 状态=物品.状太) > 加倍 or 全然不同(1)"
    assert problems[2].message.endswith(f"应写成：{problems[2].corrected}")
    assert unknown(compile_expression("个数(明细) + 数量"), NAMES, FUNCTIONS) == []


@pytest.mark.parametrize(
    ("typed", "known", "expected"),
    [
        ("个书", ["首个", "个数"], "个数"),
        ("领料日", ["领料日期", "退料日期"], "领料日期"),
        ("期日", ["数量", "日期"], "日期"),
        ("领料总数", ["领料人员总数", "库存"], "领料人员总数"),
        ("甲", ["乙"], None),
        ("完全无关", ["库存", "数量"], None),
        ("abc", ["ABC"], "ABC"),
        ("甲乙", [], None),
    ],
)
def test_nearest(typed: str, known: list[str], expected: str | None) -> None:
    assert nearest(typed, known) == expected


def test_an_error_that_is_not_about_arguments_passes_through() -> None:
    def lost() -> object:
        raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        compile_expression("取()").evaluate({}, {"取": lost})


def test_a_function_may_evaluate_another_expression() -> None:
    inner = compile_expression("甲 * 10")
    functions: dict[str, Callable[..., object]] = {"内层": lambda number: inner.evaluate({"甲": number}, {})}
    assert compile_expression("内层(甲) + 内层(内层(甲)) + 甲").evaluate({"甲": 2}, functions) == 222


def test_threads_do_not_see_each_other() -> None:
    barrier = threading.Barrier(4)
    meet: dict[str, Callable[..., object]] = {"会合": lambda: barrier.wait(10) >= 0}
    expression = compile_expression("甲 if 会合() else 0")
    with ThreadPoolExecutor(4) as pool:
        results = pool.map(lambda number: expression.evaluate({"甲": number}, meet), range(4))
    assert list(results) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "foreign",
    [(1, 2), {1}, b"x", object(), {1: 2}, [object()], lambda: 1, 1j],
    ids=lambda each: type(each).__name__,
)
def test_values_that_are_not_plain_data_are_refused(foreign: object) -> None:
    with pytest.raises(ExpressionError):
        compile_expression("甲").evaluate({"甲": foreign}, {})
    with pytest.raises(ExpressionError):
        compile_expression("取()").evaluate({}, {"取": lambda: foreign})


class _Odd(str):
    def __eq__(self, other: object) -> bool:
        raise AssertionError("an operation of a subclass was called")

    __hash__ = str.__hash__


@pytest.mark.parametrize(
    "source", ["甲 == '甲'", "not 甲", "1 if 甲 else 2", "甲 and 1", "甲 + '甲'", "个数(甲)", "[甲] == []"]
)
def test_foreign_values_take_part_in_nothing(source: str) -> None:
    for foreign in (_Odd("甲"), (1, 2), object()):
        with pytest.raises(ExpressionError, match="的值不是文本"):
            compile_expression(source).evaluate({"甲": foreign}, FUNCTIONS)


def test_the_work_of_functions_is_bounded() -> None:
    calls: list[int] = []
    functions: dict[str, Callable[..., object]] = {"数": lambda items: calls.append(1)}
    with pytest.raises(ExpressionError, match="要处理的数据太多"):
        compile_expression("[" + "数(甲), " * 100 + "]").evaluate({"甲": ["项"] * 10_000}, functions)
    assert 20 < len(calls) < 100


def test_a_list_that_contains_itself_is_refused() -> None:
    endless: list[object] = []
    endless.append(endless)
    for source in ("甲", "甲 == [甲]", "1 in 甲", "取(甲)"):
        with pytest.raises(ExpressionError, match="套得太深"):
            compile_expression(source).evaluate({"甲": endless}, {"取": lambda items: items})
