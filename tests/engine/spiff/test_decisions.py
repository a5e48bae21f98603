"""A business rule task asks its table, keeps the answer, and what it cannot answer stops the case with words."""

from __future__ import annotations

import pytest

from engine.errors import BadDiagram, ElementFailed
from engine.spiff import parse_bundle
from tests.support.bare import Bare
from tests.support.diagrams import Drawing
from tests.support.tables import table

ROWS = [["true", "-", "'加急'"], ["false", "< 3", "'自取'"], ["false", ">= 3", "双"]]
TABLE = table([("急件", "boolean"), ("件数", "integer", ">= 0")], [("方式", "")], ROWS)


def drawing(text: str = TABLE) -> Drawing:
    found = Drawing("fahuo").start("s").user("fill").decide("d", text, "办法").user("send").end("e")
    return found.flow("s fill d send e")


@pytest.mark.parametrize(
    ("form", "answer", "row"),
    [
        ({"急件": True, "件数": 9, "双": "两车"}, "加急", 1),
        ({"急件": False, "件数": 2, "双": "两车"}, "自取", 2),
        ({"急件": False, "件数": 3, "双": "两车"}, "两车", 3),
    ],
)
def test_the_answer_is_a_variable_and_the_row_is_kept_for_the_history(
    form: dict[str, object], answer: str, row: int
) -> None:
    case = Bare(drawing())
    case.again()
    case.live.complete(case.tasks("fill")[0].id, form)
    assert case.data("send")["办法"] == answer
    asked = next(each for each in case.live.passed() if each.element == "d")
    assert asked.decided == {"decision": "发货方式", "rows": [row], "notes": [], "result": answer}
    assert asked.changes == {"办法": answer}
    case.do("send")
    assert case.live.ended


def test_several_outputs_are_one_dictionary_that_expressions_look_into() -> None:
    text = table([("件数", "integer")], [("方式", ""), ("费", "")], [["-", "'送'", "件数 * 2"]])
    found = (
        Drawing("fahuo").start("s").user("fill").decide("d", text, "办法").script("x", "费用 = 办法.费 + 1")
    )
    case = Bare(found.user("send").end("e").flow("s fill d x send e"))
    case.do("fill", 件数=4)
    assert case.data("send")["办法"] == {"方式": "送", "费": 8}
    assert case.data("send")["费用"] == 9


def test_a_table_inside_a_called_procedure_and_a_sub_process_is_that_of_its_own_folder() -> None:
    outer = (
        Drawing("wai")
        .start("s")
        .user("fill")
        .decide("d", table([("件数", "")], [("x", "")], [["-", "'外'"]]), "办法")
    )
    outer.call("call", "nei", {"件数": "件数"}, {"内": "内"}).user("send").end("e").flow(
        "s fill d call send e"
    )
    inner = Drawing("nei").start("cs")
    with inner.sub("block"):
        inner.start("bs").decide("n", table([("件数", "")], [("x", "")], [["-", "'内'"]]), "内").end(
            "be"
        ).flow("bs n be")
    case = Bare(outer, inner.end("ce").flow("cs block ce"))
    case.do("fill", 件数=4)
    assert (case.data("send")["办法"], case.data("send")["内"]) == ("外", "内")


def test_what_the_table_cannot_answer_fails_with_the_table_and_the_values() -> None:
    case = Bare(drawing())
    with pytest.raises(
        ElementFailed, match="环节“d”执行出错：决策表“发货方式”没有一行符合：急件=空、件数=2"
    ) as failed:
        case.do("fill", 急件=None, 件数=2)
    assert failed.value.element == "d"
    case = Bare(drawing())
    with pytest.raises(ElementFailed, match="决策表“发货方式”第 3 行“方式”列：没有名为“双”的变量") as failed:
        case.do("fill", 急件=False, 件数=3)
    assert failed.value.expression == "双"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<a/>", "流程“fahuo”的 decisions/route.dmn：不是 DMN"),
        (TABLE.replace("UNIQUE", "ANY"), "命中方式 ANY 不支持"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_when_the_diagram_is_parsed(text: str, said: str) -> None:
    with pytest.raises(BadDiagram, match=said):
        Bare(drawing(text))


def test_a_missing_table_is_refused_when_the_diagram_is_parsed() -> None:
    with pytest.raises(BadDiagram, match=r"没有流程“fahuo”的 decisions/route\.dmn"):
        parse_bundle("fahuo", {"fahuo": drawing().bpmn().encode()})
