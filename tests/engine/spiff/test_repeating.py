"""A reminder with `重复` comes back until its task ends, once for each moment, whatever is restarted in between."""

from __future__ import annotations

import pytest

from engine.errors import ElementFailed
from tests.support.bare import MORNING, Around, Bare
from tests.support.diagrams import Drawing

DAY = 24


def reminded(again: str = "${时后(24)}", first: str = "${时后(24)}", interrupting: bool = False) -> Drawing:
    drawing = Drawing("cuiban").start("s").script("init", "次数 = 1\n空值 = None").user("a").user("check")
    drawing.xor("gw", default="e").end("e").notify("tell", "${[发起人]}", "请办理").end("e2")
    drawing.boundary("bell", "a", timer=first, interrupting=interrupting, **{"重复": again})
    return drawing.flow("s init a check gw e").flow("gw a", "${再来}").flow("bell tell e2")


def bells(case: Bare) -> int:
    return [element for element, _ in case.around.served].count("tell")


def day(number: int, hour: int = 9) -> str:
    return f"2026-11-{24 + number:02}T{hour:02}:00:00+08:00"


def test_it_comes_back_at_each_moment_and_only_then() -> None:
    case = Bare(reminded())
    for number in range(1, 5):
        case.at(day(number, 8))
        assert bells(case) == number - 1
        case.at(day(number))
        case.at(day(number))
        assert bells(case) == number
        assert [(each.element, each.due.isoformat()) for each in case.live.timers()] == [
            ("bell", day(number + 1))
        ]
    assert case.open() == ["a"]


def test_what_was_missed_is_not_made_up_for() -> None:
    case = Bare(reminded())
    case.at(day(5, 15))
    assert bells(case) == 1
    assert case.live.timers()[0].due.isoformat() == day(6, 15)
    case.at(day(6, 15))
    assert bells(case) == 2


def test_it_ends_with_its_task() -> None:
    case = Bare(reminded())
    case.at(day(1))
    case.do("a")
    assert case.live.timers() == []
    case.at(day(5))
    assert bells(case) == 1
    case.do("check", 再来=False)
    assert case.live.ended


def test_it_is_armed_again_when_the_task_is_entered_again() -> None:
    case = Bare(reminded())
    for number in (1, 2):
        case.at(day(number))
    case.do("a")
    case.do("check", 再来=True)
    assert [each.due.isoformat() for each in case.live.timers()] == [day(3)]
    for number in (3, 4):
        case.at(day(number))
    assert bells(case) == 4
    case.do("a")
    case.do("check", 再来=False)
    assert case.live.ended


@pytest.mark.parametrize(
    "again", ["${空值}", "${''}", f"${{'{day(1)}'}}", "${时后(24) if 次数 == 2 else None}"]
)
def test_no_next_moment_or_one_that_has_passed_ends_it(again: str) -> None:
    case = Bare(reminded(again))
    for number in range(1, 4):
        case.at(day(number))
    assert bells(case) == 1
    assert case.live.timers() == []
    case.do("a")
    case.do("check", 再来=False)
    assert case.live.ended


def test_a_repetition_that_is_no_moment_stops_the_case_with_words() -> None:
    case = Bare(reminded("${'改天'}"))
    with pytest.raises(ElementFailed, match="时刻") as failed:
        case.at(day(1))
    assert failed.value.element == "bell"


def test_it_fires_as_many_tokens_as_moments_which_the_history_sees() -> None:
    case = Bare(reminded())
    found = []
    for number in (1, 2, 3):
        case.at(day(number))
        found += [each.element for each in case.live.passed() if each.element == "bell"]
    assert found == ["bell"] * 3


def test_computed_again_it_counts_from_when_it_was_armed_by_its_own_expression() -> None:
    around = Around(live_list=[DAY])
    case = Bare(reminded("${时后(现有()[0])}", first="${时后(1)}"), around=around)
    assert case.live.timers()[0].expression == "${时后(1)}"
    case.at(day(0, 10))
    assert case.live.timers()[0].expression == "${时后(现有()[0])}"
    assert case.live.timers()[0].due.isoformat() == day(1, 10)
    around.now = MORNING.replace(hour=20)
    around.live_list = [2 * DAY]
    case.again().recompute_timers()
    assert [each.due.isoformat() for each in case.live.timers()] == [day(2, 10)]
    around.live_list = [1]
    case.again().recompute_timers()
    assert bells(case) == 2


def test_two_reminders_of_one_multi_instance_sub_process_do_not_disturb_each_other() -> None:
    drawing = Drawing("cuiban").start("s")
    with drawing.sub("block", each="人", of="${['甲', '乙']}"):
        drawing.start("bs").user("a").end("be").notify("tell", "${[人]}", "请办理").end("be2").flow("bs a be")
        drawing.boundary("bell", "a", timer="${时后(24)}", interrupting=False, **{"重复": "${时后(24)}"})
        drawing.flow("bell tell be2")
    case = Bare(drawing.end("e").flow("s block e"))
    for number in (1, 2):
        case.at(day(number))
    assert bells(case) == 4
    case.do("a", "甲")
    case.at(day(3))
    assert bells(case) == 5
    case.do("a", "乙")
    assert case.live.ended


def test_around_a_sub_process_it_comes_back_until_that_has_ended() -> None:
    drawing = Drawing("cuiban").start("s")
    with drawing.sub("block"):
        drawing.start("bs").user("a").user("b").end("be").flow("bs a b be")
    drawing.boundary("bell", "block", timer="${时后(24)}", interrupting=False, **{"重复": "${时后(24)}"})
    drawing.notify("tell", "${[发起人]}", "请办理").end("e2").user("c").end("e")
    case = Bare(drawing.flow("s block c e").flow("bell tell e2"))
    case.at(day(1))
    case.do("a")
    case.at(day(2))
    case.do("b")
    case.at(day(3))
    assert bells(case) == 2
    case.do("c")
    assert case.live.ended
