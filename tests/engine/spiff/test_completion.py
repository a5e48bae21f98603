"""A multi-instance of user tasks may end before all have answered, by a condition over what has been submitted."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import ElementFailed
from tests.support.bare import Bare
from tests.support.diagrams import Drawing

ANYBODY = "${已办人数 >= 1}"
SEQUENCES = pytest.mark.parametrize("sequential", [False, True], ids=["parallel", "sequential"])


def asked(enough: str, people: str = "['甲', '乙', '丙']", sequential: bool = False) -> Drawing:
    drawing = Drawing("pandian").start("s").script("list", f"架 = '外'\n货架 = {people}\n要数 = 2")
    drawing.user("count", each="架", of="${货架}", sequential=sequential, enough=enough)
    return drawing.user("sum").end("e").flow("s list count sum e")


@SEQUENCES
def test_one_answer_is_enough(sequential: bool) -> None:
    case = Bare(asked(ANYBODY, sequential=sequential))
    case.do("count", "甲", 数=3)
    assert case.open() == ["sum"]
    assert case.data("sum")["count_results"] == {"0": {"架": "甲", "数": 3}}
    assert case.data("sum")["架"] == "外"
    case.do("sum")
    assert case.live.ended


@SEQUENCES
def test_a_part_is_enough(sequential: bool) -> None:
    case = Bare(asked("${已办人数 * 3 >= 应办人数 * 2}", sequential=sequential))
    case.do("count", "甲", 数=3)
    assert case.open() == (["count"] if sequential else ["count", "count"])
    case.do("count", "乙", 数=4)
    assert case.open() == ["sum"]


@SEQUENCES
def test_the_condition_sees_what_has_been_submitted_and_the_variables_of_the_case(sequential: bool) -> None:
    case = Bare(
        asked("${个数(结果) == 要数 and 结果[1].数 == 4 and 结果[0].架 == '甲'}", sequential=sequential)
    )
    case.do("count", "甲", 数=3)
    case.do("count", "乙", 数=4)
    assert case.open() == ["sum"]


@SEQUENCES
def test_a_condition_that_never_holds_asks_all(sequential: bool) -> None:
    case = Bare(asked("${False}", sequential=sequential))
    for shelf in "甲乙丙":
        case.do("count", shelf)
    assert case.open() == ["sum"]
    assert all(each.cut_short is None for each in case.live.passed())


@SEQUENCES
def test_the_history_learns_how_many_have_answered(sequential: bool) -> None:
    case = Bare(asked(ANYBODY, sequential=sequential))
    activation = case.tasks("count")[0].activation
    case.do("count", "甲")
    found = [(each.id, each.element, each.cut_short) for each in case.live.passed() if each.cut_short]
    if sequential:
        assert [each[1:] for each in found] == [("count", {"done": 1, "all": 3})]
    else:
        assert found == [(activation, "count", {"done": 1, "all": 3})]


@SEQUENCES
def test_the_last_answer_cuts_nothing_short(sequential: bool) -> None:
    case = Bare(asked("${已办人数 == 应办人数}", sequential=sequential))
    for shelf in "甲乙丙":
        case.do("count", shelf)
    assert not [each for each in case.live.passed() if each.cut_short]


@SEQUENCES
def test_a_second_round_begins_with_nothing(sequential: bool) -> None:
    drawing = (
        Drawing("pandian")
        .start("s")
        .user("count", each="架", of="${['甲', '乙']}", enough=ANYBODY, sequential=sequential)
    )
    drawing.user("check").xor("again", default="e").end("e").flow("s count check again e")
    case = Bare(drawing.flow("again count", "还要"))
    case.do("count", "甲", 数=1)
    case.do("check", 还要=True)
    assert case.open() == (["count"] if sequential else ["count", "count"])
    case.do("count", 数=2)
    assert case.data("check")["count_results"] == {"0": {"架": "甲", "数": 2}}
    case.do("check", 还要=False)
    assert case.live.ended


@SEQUENCES
def test_a_boundary_event_still_interrupts(sequential: bool) -> None:
    drawing = asked("${已办人数 >= 2}", sequential=sequential)
    drawing.boundary("late", "count", timer="${时后(1)}").user("cut").end("e2").flow("late cut e2")
    case = Bare(drawing)
    case.do("count", "甲")
    case.at("2026-11-24T10:00:00+08:00")
    assert case.open() == ["cut"]
    case = Bare(drawing)
    case.do("count", "甲")
    case.do("count", "乙")
    assert case.live.timers() == []


@SEQUENCES
def test_a_condition_that_cannot_be_computed_names_the_element(sequential: bool) -> None:
    case = Bare(asked("${已办 >= 1}", sequential=sequential))
    with pytest.raises(
        ElementFailed, match=r"环节“count”.*没有名为“已办”的变量，最接近的是“已办人数”"
    ) as failed:
        case.do("count", "甲")
    assert failed.value.element == "count"


@given(
    st.integers(1, 6), st.integers(1, 6), st.integers(1, 6), st.booleans(), st.randoms(use_true_random=False)
)
@settings(max_examples=40, deadline=None)
def test_a_round_ends_exactly_when_its_part_is_reached(
    people: int, part: int, whole: int, sequential: bool, chance: Random
) -> None:
    names = [f"人{number}" for number in range(people)]
    drawing = asked(f"${{已办人数 * {whole} >= 应办人数 * {part}}}", str(names), sequential)
    case = Bare(drawing)
    done = 0
    while case.open() != ["sum"]:
        assert done < people
        assert Fraction(done, people) < Fraction(part, whole) or done == 0
        case.do("count", chance.choice(case.tasks("count")).item)
        done += 1
    assert Fraction(done, people) >= Fraction(part, whole) or done == people
    assert len(case.data("sum")["count_results"]) == done


@SEQUENCES
def test_when_one_is_taken_off_what_has_been_done_may_be_enough(sequential: bool) -> None:
    people = "['甲', '乙', '丙', '丁']"
    case = Bare(asked("${已办人数 * 3 >= 应办人数 * 2}", people, sequential))
    case.do("count", "甲", 数=3)
    case.do("count", "乙", 数=4)
    assert set(case.open()) == {"count"}
    live = case.again()
    live.take_off_round(next(task.id for task in case.tasks("count") if task.item == "丙"))
    assert case.open() == ["sum"]
    [wrapper] = [each for each in live.passed() if each.cut_short]
    assert wrapper.cut_short == {"done": 2, "all": 3}
    assert list(case.data("sum")["count_results"].values()) == [{"架": "甲", "数": 3}, {"架": "乙", "数": 4}]
    # The list the round was made of is compared with by the condition, too.
    assert case.data("sum")["货架"] == ["甲", "乙", "丁"]
    case.do("sum")
    assert case.live.ended


@SEQUENCES
def test_the_condition_sees_the_list_without_the_one_taken_off(sequential: bool) -> None:
    case = Bare(asked("${个数(结果) >= 个数(货架) - 1}", sequential=sequential))
    case.do("count", "甲", 数=3)
    live = case.again()
    live.take_off_round(next(task.id for task in case.tasks("count") if task.item == "乙"))
    assert case.open() == ["sum"]


@SEQUENCES
def test_what_is_not_enough_after_one_is_taken_off_goes_on(sequential: bool) -> None:
    case = Bare(asked("${已办人数 * 3 >= 应办人数 * 2}", "['甲', '乙', '丙', '丁']", sequential))
    case.do("count", "甲", 数=3)
    live = case.again()
    live.take_off_round(next(task.id for task in case.tasks("count") if task.item == "乙"))
    case.do("count", "丙", 数=4)
    assert case.open() == ["sum"]
