"""Expressions of decision tables are checked like those of the diagram; what cannot be proved is only told."""

from __future__ import annotations

import pytest

from engine.definitions import Bundle
from engine.lint import Finding, World, check_bundle
from tests.support.diagrams import Drawing
from tests.support.tables import table


def findings(drawing: Drawing) -> list[Finding]:
    files = {f"{drawing.key}.bpmn": drawing.bpmn(), **drawing.files}
    found = check_bundle(Bundle(drawing.key, drawing.pack, files), World())
    return [each for each in found if each.code not in ("drawing", "crossings", "missing-example")]


def decided(cell: str, result: str, policy: str = "FIRST") -> Drawing:
    rows = [[cell, result], ["-", "'送'"]]
    text = table([("件数", "number")], [("办法", "")], rows, policy)
    drawing = Drawing("fahuo").start("s").user("fill", fields={"件数": "number", "上限": "number"})
    drawing.decide("d", text, "办法").script("x", "说明 = 办法").end("e")
    return drawing.flow("s fill d x e")


def test_a_table_in_order_has_no_findings_and_sets_its_result() -> None:
    assert findings(decided("< 上限", "'取'")) == []


@pytest.mark.parametrize(
    ("cell", "result", "code", "said"),
    [
        ("< 上线", "'取'", "unknown-name", "“d”（d）：决策表“发货方式”第 1 行“件数”列：没有名为“上线”的变量。最接近的是“上限”"),
        ("< 上限", "上线", "unknown-name", "决策表“发货方式”第 1 行“办法”列：没有名为“上线”的变量。最接近的是“上限”"),
        ("${个树(输入) > 1}", "'取'", "unknown-function", "决策表“发货方式”第 1 行“件数”列：没有名为“个树”的函数"),
        (">= 参数()", "'取'", "arguments", "“参数”的参数个数或名称不对"),
        ("< 说明", "'取'", "unassigned", "用到“说明”"),
        ("< 上限", "编号('甲', '{序}')", "scripts-only", "“编号”只能用在脚本任务里"),
    ],
)  # fmt: skip
def test_expressions_of_a_table_are_checked_at_its_task(cell: str, result: str, code: str, said: str) -> None:
    found = findings(decided(cell, result))
    assert [each.code for each in found] == [code]
    assert found[0].element == "d"
    assert said in found[0].message


def test_a_doubt_is_told_as_a_warning() -> None:
    drawing = decided("< 上限", "'取'")
    drawing.files["decisions/route.dmn"] = table(
        [("件数", "number")], [("办法", "")], [["< 上限", "'取'"], [">= 上限", "'送'"]]
    )
    found = findings(drawing)
    assert {each.code for each in found} == {"decision-doubt"}
    assert all(each.warning and "：提醒：" in str(each) for each in found)


@pytest.mark.parametrize(
    ("enough", "code", "said"),
    [
        ("${已办人 >= 1}", "unknown-name", "最接近的是“已办人数”"),
        ("${个数(筛选(结果, '意见', '同意')) * 2 > 应办人数}", "", ""),
        ("${人 == '甲'}", "unknown-name", "“人”"),
        ("${已办人数 > }", "expression", "完成条件"),
    ],
)
def test_the_condition_that_ends_a_round_is_checked(enough: str, code: str, said: str) -> None:
    drawing = Drawing("huiqian").start("s").user("sign", each="人", of="${['甲']}", enough=enough).end("e")
    found = findings(drawing.flow("s sign e"))
    assert [each.code for each in found] == ([code] if code else [])
    assert all(said in each.message for each in found)


def test_only_rounds_of_user_tasks_may_end_early() -> None:
    drawing = (
        Drawing("x")
        .start("s")
        .send("t", "甲", each="人", of="${['甲']}", 无接收方="供统计", correlationKey="${人}")
    )
    drawing.end("e").flow("s t e")
    text = drawing.bpmn().replace(
        "></bpmn:multiInstanceLoopCharacteristics>",
        "><bpmn:completionCondition>${已办人数 >= 1}</bpmn:completionCondition></bpmn:multiInstanceLoopCharacteristics>",
    )
    found = check_bundle(Bundle("x", "lianxi", {"x.bpmn": text}), World())
    assert "发送任务的多实例不能写提前结束条件" in "".join(each.message for each in found)


@pytest.mark.parametrize(
    ("again", "code", "said"),
    [
        ("${工作日后(今天(), 1, '09:00')}", "", ""),
        ("${工作日后(今夭(), 1)}", "unknown-function", "特性“重复”"),
        ("${下次}", "unknown-name", "特性“重复”"),
    ],
)
def test_the_repetition_of_a_reminder_is_checked(again: str, code: str, said: str) -> None:
    drawing = Drawing("cuiban").start("s").user("a").end("e").end("e2")
    drawing.boundary("bell", "a", timer="${现在()}", interrupting=False, 重复=again).flow("s a e").flow(
        "bell e2"
    )
    found = findings(drawing)
    assert [each.code for each in found] == ([code] if code else [])
    assert all(said in each.message for each in found)
