"""A DMN file becomes a table, or is refused with the place of every fault."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.decisions import BadDecision, Decision, parse_decision
from engine.decisions.reading import NAMESPACES
from tests.support.tables import DMN, Column, table

WHERE = "fahuo/decisions/route.dmn"
INPUTS: list[Column] = [("急件", "boolean"), ("件数", "integer", ">= 0"), ("地区", "string", '"城区","郊区"')]
OUTPUTS: list[Column] = [("方式", "string", '"自提","快递"'), ("要签收", "boolean")]
ROWS = [
    ["true", "-", "-", '"快递"', "true"],
    ["false", "< 3", '"城区"', '"自提"', "false"],
    ["false", "< 3", 'not("城区")', '"快递"', "false"],
    ["false", ">= 3", "", '"快递"', "true"],
]
REQUIRED = '<informationRequirement><requiredDecision href="#x"/></informationRequirement>'
GOOD = table(INPUTS, OUTPUTS, ROWS)


def refused(text: str, key: str = "route") -> list[str]:
    with pytest.raises(BadDecision) as error:
        parse_decision(text, WHERE, key)
    assert all(each.startswith(WHERE) and each.endswith("。") for each in error.value.problems)
    return [each.removeprefix(WHERE) for each in error.value.problems]


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_every_version_of_the_format_is_read(namespace: str) -> None:
    decision = parse_decision(table(INPUTS, OUTPUTS, ROWS, namespace=namespace), WHERE, "route")
    assert (decision.id, decision.name, decision.hit_policy) == ("route", "发货方式", "UNIQUE")
    assert [column.label for column in decision.inputs] == ["急件", "件数", "地区"]
    assert [output.name for output in decision.outputs] == ["方式", "要签收"]
    assert len(decision.rows) == 4


def test_what_the_editor_adds_to_the_drawing_is_passed_over() -> None:
    text = GOOD.replace(
        "<decisionTable",
        '<extensionElements/><variable id="v" name="x"/><informationRequirement id="q"><requiredInput href="#n"/>'
        "</informationRequirement><decisionTable",
    ).replace("</definitions>", '<inputData id="n" name="n"/><x:DMNDI xmlns:x="urn:x"/></definitions>')
    text = text.replace('<rule id="r0">', '<rule id="r0"><description>急的先走</description>')
    text = text.replace(
        "</outputEntry></rule>", "</outputEntry><annotationEntry><text>注</text></annotationEntry></rule>"
    )
    rows = parse_decision(text, WHERE, "route").rows
    assert [row.note for row in rows] == ["急的先走；注", "注", "注", "注"]


@pytest.mark.parametrize("typed", ["boolean", "xs:boolean", "feel:boolean"])
def test_the_type_may_carry_a_prefix(typed: str) -> None:
    decision = parse_decision(table([("甲", typed)], [("乙", "")], [["-", "1"]]), WHERE)
    assert decision.inputs[0].kind == "真假"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('hitPolicy="UNIQUE"', 'hitPolicy="PRIORITY"', "决策“发货方式”：命中方式 PRIORITY 不支持，只能是 UNIQUE、FIRST、COLLECT。"),
        ('hitPolicy="UNIQUE"', 'hitPolicy="COLLECT" aggregation="SUM"', "决策“发货方式”：汇总 aggregation=SUM 不支持"),
        ("<text>true</text></inputEntry>", "<text>“真”</text></inputEntry>", "第 1 行“急件”列：引号要用半角"),
        ("<text>true</text></inputEntry>", "<text>城区</text></inputEntry>", "第 1 行“急件”列：“城区”不是测试"),
        ("<text>true</text></inputEntry>", '<text>"是"</text></inputEntry>', "第 1 行“急件”列：“是”不是真假"),
        ("<text>&gt;= 3</text></inputEntry>", "<text>[3..]</text></inputEntry>", "第 4 行“件数”列：比较的一边没有写"),
        ("<text>&gt;= 3</text></inputEntry>", "<text>3.5</text></inputEntry>", "第 4 行“件数”列：“3.5”不是整数"),
        ("<text>&gt;= 3</text></inputEntry>", '<text>date("2026-01-01")</text></inputEntry>', "第 4 行“件数”列：“date"),
        ("<text>&gt;= 3</text></inputEntry>", "<text>&gt;= 三 件</text></inputEntry>", "第 4 行“件数”列：“三 件”"),
        ('<text>"快递"</text></outputEntry>', '<text>"飞机"</text></outputEntry>', "第 1 行“方式”列：“\"飞机\"”不在这一列的可选值里"),
        ("<text>件数</text>", "<text>件数 =</text>", "输入“件数 =”"),
        ("<text>件数</text>", "<text></text>", "输入“第 2 列”：没有写输入表达式"),
        ('name="要签收"', 'name="方式"', "输出“方式”：name“方式”写了两次"),
        ('name="要签收"', 'name=""', "每列都要写 name"),
        ('name="要签收"', 'name="要 签收"', "不能用作名称"),
        ('<output id="o1"', '<output id="o9"/><output id="o1"', "第 1 行：有 3 个输入格、2 个输出格，应为 3 个和 3 个"),
        ("</output>", "<defaultOutputEntry><text>1</text></defaultOutputEntry></output>", "默认输出不支持"),
        ('<input id="i1"', '<input c:inputVariable="n" xmlns:c="urn:c" id="i1"', "输入“件数”：inputVariable 不起作用"),
        ('<inputExpression id="e1"', '<inputExpression expressionLanguage="groovy" id="e1"', "表达式语言 groovy 不支持"),
        ("<text>&gt;= 0</text>", "<text>&gt;= 最少</text>", "输入“件数”的可选值：只能是定值"),
        ('<decision id="route"', '<decision id="other"', "id 是“other”，要与文件名“route”相同"),
        ("</definitions>", "<businessKnowledgeModel/></definitions>", "不支持 businessKnowledgeModel"),
        ("</definitions>", '<decision id="b"/></definitions>', "一个文件只放一个决策（decision），这里有 2 个"),
        ("</decisionTable>", "</decisionTable><literalExpression/>", "不支持 literalExpression"),
        ("<decisionTable", f"{REQUIRED}<decisionTable", "引用了别的决策"),
        (DMN, "urn:other", "不是 DMN 1.1 到 1.3 的决策文件"),
        ("</definitions>", "", "不是格式正确的 XML"),
        ("<definitions", '<!DOCTYPE d [<!ENTITY e "x">]><definitions', "DOCTYPE"),
    ],
)  # fmt: skip
def test_what_is_not_supported_is_refused_with_its_place(before: str, after: str, said: str) -> None:
    assert before in GOOD
    faults = refused(GOOD.replace(before, after, 1))
    assert any(said in each for each in faults), faults


def test_all_faults_are_told_at_once() -> None:
    rows = [["是", "1", "-", '"自提"', "true"], ["false", "二", "-", "", "True"]]
    said = refused(table(INPUTS, OUTPUTS, rows))
    assert [each.partition("：")[2].partition("：")[0] for each in said] == [
        "决策“发货方式”第 1 行“急件”列",
        "决策“发货方式”第 2 行“件数”列",
        "决策“发货方式”第 2 行“方式”列",
    ]


def test_an_empty_table_is_refused() -> None:
    assert any("一行也没有" in each for each in refused(table(INPUTS, OUTPUTS, [])))
    assert any("没有输入列" in each for each in refused(table([], OUTPUTS, [['"自提"', "true"]])))


HOSTILE = [
    "__import__('os').system('id')", "not(", "not()", "not(1", "]", "[", "[..]", "[1..2", "1..2", ",", "1,,2", "1,", "(", ")",
    "${", "${}", "${1}}", "输入.__class__", "9" * 400, "1e400", "0x10", "-", "--1", "- 1", '"', '"a', '"a" "b"', "[1..2][3..4]",
    "< ", ">= >= 1", "not(not(1))", '"\\u0000"', "\u202e1", "1;2", "[" * 500, "(" * 500 + ")" * 500, ",".join("1" * 500),
    "null..1", "< null", "> true", "${'甲' for 乙 in 丙}", "lambda: 1", "1 if 2 else 3", "𝟏", "１", "[1…5]", "?>1", "date(\"x\")",
]  # fmt: skip


def attempt(text: str, key: str = "") -> Decision | None:
    """The table, or None when it was refused with at least one fault in words."""
    try:
        return parse_decision(text, WHERE, key)
    except BadDecision as error:
        return None if error.problems else pytest.fail("refused without a word")


@pytest.mark.parametrize("cell", HOSTILE)
def test_a_hostile_cell_is_refused_or_harmless(cell: str) -> None:
    for row in ([cell, "1"], ["-", cell]):
        decision = attempt(table([("甲", "")], [("乙", "")], [row]))
        # A call stays a call of our vetted functions: one that does not exist is told by the checks.
        parts = decision.expressions() if decision else ()
        assert {call.name for part in parts for call in part.expression.calls} <= {"date"}


@given(st.text(max_size=60), st.text(alphabet='"not()[]<>=.,-${}12甲乙 \\', max_size=20))
@settings(max_examples=300, deadline=None)
def test_any_cell_is_read_or_refused(anything: str, likely: str) -> None:
    for cell in (anything, likely):
        attempt(table([("甲", "")], [("乙", "")], [[cell, cell]]))


@given(st.integers(0, len(GOOD)), st.integers(0, 40), st.text(max_size=12))
@settings(max_examples=200, deadline=None)
def test_any_damage_of_a_file_is_told(at: int, length: int, put: str) -> None:
    attempt(GOOD[:at] + put + GOOD[at + length :], "route")
