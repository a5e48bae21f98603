"""Reading registers.yml: what it may say, and every mistake told with its line."""

from __future__ import annotations

import pytest

from engine.registers import Registers, RegistersError, parse_registers

GOOD = """\
registers:
  领料台账:
    description: 领了什么
    procedure: requisition
    posts: [主管, 仓库管理员]
    filter: '${数量 > 0}'
    undecided: "${案卷状态 == '在办'}"
    order: 业务键
    columns:
    - {title: 编号, value: '${业务键}', width: 8}
    - {title: 领用日期, value: '${领用日期}', kind: 日期}
"""


def faults(text: str) -> tuple[str, ...]:
    with pytest.raises(RegistersError) as caught:
        parse_registers(text, "lianxi")
    return caught.value.faults


def test_a_register_is_read() -> None:
    (register,) = parse_registers(GOOD, "lianxi").all()
    assert (register.name, register.procedure, register.posts) == (
        "领料台账",
        "requisition",
        ("主管", "仓库管理员"),
    )
    assert (register.order, register.descending) == ("业务键", False)
    assert [(each.title, each.kind, each.width) for each in register.columns] == [
        ("编号", "文本", 8),
        ("领用日期", "日期", 10),
    ]
    assert register.condition is not None
    assert register.condition.source == "数量 > 0"
    assert [line for _, _, line in register.expressions()] == [2, 2, 10, 11]


def test_no_file_is_no_register() -> None:
    assert parse_registers("", "lianxi").all() == ()


def test_undecided_may_be_plainly_false() -> None:
    text = GOOD.replace("\"${案卷状态 == '在办'}\"", "false")
    (register,) = parse_registers(text, "lianxi").all()
    assert register.undecided is not None
    assert register.undecided.evaluate({}, {}) is False


def test_the_packs_own_register_wins_by_name() -> None:
    shared = parse_registers(
        GOOD + GOOD.replace("registers:\n", "").replace("领料台账", "发料台账"), "shared"
    )
    own = parse_registers(GOOD.replace("领了什么", "自己的"), "lianxi", shared)
    assert [(each.name, each.description) for each in own.all()] == [
        ("领料台账", "自己的"),
        ("发料台账", "领了什么"),
    ]
    assert own.find("发料台账") is shared.find("发料台账")
    assert Registers("x", {}).find("领料台账") is None


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("kind: 日期", "kind: 日子", 11, "不认识“日子”这种列"),
        ("kind: 日期", "kind: 日期, widht: 3", 11, "最接近的是“width”"),
        ("width: 8", "width: 99", 10, "1 到 60"),
        ("width: 8", "width: true", 10, "1 到 60"),
        ("title: 领用日期", "title: 编号", 11, "写了两次"),
        ("'${业务键}'", "'${业务键 =}'", 10, "业务键"),
        ("'${业务键}'", "'${姓铭(发起人)}'", 10, "最接近的是“姓名”"),
        ("'${业务键}'", "'${姓名()}'", 10, "应为 姓名(人员)"),
        ("'${业务键}'", "\"${最近值('数量')}\"", 10, "台账里不能用“最近值”"),
        ("'${业务键}'", "\"${编号('领料', '{序}')}\"", 10, "台账里不能用“编号”"),
        ("'${数量 > 0}'", "'${数量 >}'", 6, "数量"),
        ("order: 业务键", "order: 数量", 8, "先写发起时间、办结时间、业务键之一"),
        ("order: 业务键", "order: 业务键 倒序", 8, "升序或降序"),
        ("  领料台账:", "  领料/台账:", 2, "不能有“/”"),
        ("    posts: [主管, 仓库管理员]\n", "", 2, "请在 posts 里写明岗位"),
        ("    procedure: requisition\n", "", 2, "缺少“procedure”"),
        ("    description: 领了什么\n", "    descripton: 领了什么\n", 3, "最接近的是“description”"),
        ("registers:", "register:", 1, "最接近的是“registers”"),
    ],
)
def test_each_mistake_is_told_where_it_stands(old: str, new: str, line: int, words: str) -> None:
    assert GOOD.count(old) == 1
    (fault,) = faults(GOOD.replace(old, new))
    assert fault.startswith(f"第 {line} 行："), fault
    assert words in fault


def test_the_same_name_twice() -> None:
    text = GOOD + GOOD.removeprefix("registers:\n")
    assert any("“领料台账”写了两次" in fault for fault in faults(text))


def test_a_register_without_columns() -> None:
    text = GOOD[: GOOD.index("    columns:")]
    assert faults(text) == ("第 2 行：台账“领料台账”没有一列，请在 columns 里写明。",)
