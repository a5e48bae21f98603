"""What is told of a form before any case: unknown names, and the mark of what was queried."""

from __future__ import annotations

from engine.forms import computed_digest, problems
from engine.functions import CATALOGUE
from tests.engine.forms.samples import Waiting, context, field, form, group, table, with_functions

QUERY = "${等待中的('领料')}"


def test_known_names_are_the_fields_the_case_and_the_fixed_ones() -> None:
    sheet = form(
        field("甲", properties={"校验": "${空(甲) or 甲 != 库存}", "提示": "${姓名(办理人)}不能填${库存}"}),
        table("表", [field("列", properties={"显示条件": "${空(列) and 空(甲) and 空(表) and 空(发起人)}"})]),
        properties={"说明": "${业务键}"},
    )
    assert problems(sheet, {"库存"}, CATALOGUE) == []


def test_unknown_names_and_functions_are_told_with_field_and_rule() -> None:
    sheet = form(
        group(
            "组",
            field("甲", properties={"校验": "${空(库村) or 甲 > 1}", "提示": "${无此人}"}),
            显示条件="${kong(库存)}",
        ),
        table(
            "表",
            [field("品名"), field("乙", properties={"初值": "${品各}"})],
            校验="${个数(品名) > 1}",
            提示="x",
        ),
        field("丙", description="${库村}"),
        properties={"说明": "${库村}"},
    )
    told = problems(sheet, {"库存"}, CATALOGUE)
    for start, said in (
        ("“甲”的“校验”：", "没有名为“库村”的变量。最接近的是“库存”"),
        ("“甲”的“提示”：", "没有名为“无此人”的变量"),
        ("“组”的“显示条件”：", "没有名为“kong”的函数"),
        ("表格“表”的列“乙”的“初值”：", "最接近的是“品名”"),
        ("“表”的“校验”：", "没有名为“品名”的变量"),
        ("“丙”的“description”：", "库村"),
        ("“说明”：", "库村"),
    ):
        assert any(each.startswith(start) and said in each for each in told), (start, told)
    assert len(told) == 7


class TestDigest:
    def test_without_queries_it_is_zero(self) -> None:
        sheet = form(
            field("甲", properties={"初值": "${现在()}"}), field("乙", "select", {"可选值": "${库房}"})
        )
        assert computed_digest(sheet, context(库房=["a"])) == 0

    def test_it_changes_with_what_other_cases_say_and_only_then(self) -> None:
        sheet = form(
            field("单", "select", {"可选值": QUERY, "值列": "业务键"}),
            table("表", [field("列", "select", {"可选值": QUERY, "值列": "业务键"})], 初值=QUERY),
        )
        cases = Waiting({"业务键": "领1"})
        before = computed_digest(sheet, context(cases))
        assert 0 < before < 2**24
        assert computed_digest(sheet, context(cases, 无关=1)) == before
        assert computed_digest(sheet, with_functions(context(cases), Waiting({"业务键": "领2"}))) != before

    def test_every_place_of_a_query_counts(self) -> None:
        for sheet in (
            form(field("甲", "number", {"初值": "${个数(等待中的('领料'))}"})),
            form(field("甲", properties={"初值": "有${个数(等待中的('领料'))}单"})),
            form(table("表", [field("列", "select", {"可选值": QUERY, "值列": "业务键"})])),
        ):
            marks = {
                computed_digest(sheet, context(Waiting(*({"业务键": "领"},) * count))) for count in range(4)
            }
            assert len(marks) == 4

    def test_a_query_that_fails_is_a_mark_of_its_own(self) -> None:
        sheet = form(field("甲", properties={"初值": "${取列(等待中的('领料'), 无此)}"}))
        assert computed_digest(sheet, context()) > 0
