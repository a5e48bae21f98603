"""Moving the token of a case that cannot go on: where it may be moved to, where not, and that the case still ends."""

from __future__ import annotations

import random

import pytest

from engine.spiff import Immovable
from tests.engine.spiff.test_rebase import base, carry, drawn, fork, nested, opinions, row, to_the_end
from tests.support.bare import Bare
from tests.support.diagrams import Drawing


def offered(case: Bare, element: str = "") -> dict[str, str]:
    """Element → why the token cannot be moved there."""
    return {name: why for name, (_label, why) in case.again().movable(None, element).targets.items()}


def move(case: Bare, element: str) -> None:
    live = case.again()
    live.move(live.movable(None, "").task_id, element)
    case.again()


def refused(case: Bare, element: str) -> str:
    with pytest.raises(Immovable) as error:
        move(case, element)
    return str(error.value)


def test_forward_and_back_in_a_row() -> None:
    case = Bare(row("a", "b", "c", "d"))
    case.do("a", 数=1)
    assert offered(case) == {"a": "", "c": "", "d": "", "e": ""}
    move(case, "d")
    assert (case.open(), case.data("d")) == (["d"], {"数": 1})
    move(case, "b")
    assert to_the_end(case) == ["b", "c", "d"]


def test_to_the_end() -> None:
    case = Bare(row("a", "b"))
    move(case, "e")
    assert case.live.ended


def test_what_is_not_drawn_there_is_no_place() -> None:
    case = Bare(row("a", "b"))
    assert "没有这样一个" in refused(case, "x")
    assert "没有这样一个" in refused(case, "s")


def test_never_past_what_is_hard_and_not_done() -> None:
    case = Bare(row("a", "h", "c", "d", hard="h"))
    assert offered(case) == {
        "h": "",
        "c": "要越过没有办过的硬约束环节“h”",
        "d": "要越过没有办过的硬约束环节“h”",
        "e": "要越过没有办过的硬约束环节“h”",
    }
    move(case, "h")
    # Being there is not having done it.
    assert offered(case)["c"] == "要越过没有办过的硬约束环节“h”"
    case.do("h")
    move(case, "d")
    move(case, "c")
    assert to_the_end(case) == ["c", "d"]


def looped() -> Drawing:
    drawing = (
        Drawing("lingliao").start("s").user("a").user("h", 硬约束="是").user("c").xor("ok", default="last")
    )
    return drawing.user("last").end("e").flow("s a h c ok last e").flow("ok a", when="退")


def test_what_was_done_in_an_earlier_round_counts_no_more() -> None:
    case = Bare(looped())
    for each in "ahc":
        case.do(each, 退=True)
    # Nothing has been done anew yet: what was checked in the first round still stands.
    assert offered(case)["c"] == ""
    assert offered(case)["last"] == "要越过没有办过的硬约束环节“h”"
    case.do("a")
    assert offered(case)["c"] == "要越过没有办过的硬约束环节“h”"
    assert offered(case)["a"] == ""
    case.do("h")
    assert offered(case)["last"] == ""
    assert offered(case)["a"] == ""


def test_not_out_of_a_branch_nor_into_one() -> None:
    case = Bare(fork("b", "c"))
    assert offered(case) == {
        "b": "在并行的一支里，不能移进去",
        "c": "在并行的一支里，不能移进去",
        "last": "",
        "e": "",
    }
    case.do("a")
    with pytest.raises(Immovable, match="几支并行"):
        case.live.movable(None, "b")
    case.do("b")
    # The other branch has come; this one is still a branch.
    with pytest.raises(Immovable, match="几支并行"):
        case.again().movable(None, "c")


def test_not_into_nor_out_of_a_sub_process_but_inside_one() -> None:
    case = Bare(nested("b", "c", "d"))
    assert set(offered(case)) == {"block", "last", "e"}
    move(case, "block")
    assert case.open() == ["b"]
    assert set(offered(case)) == {"c", "d", "be"}
    move(case, "d")
    assert to_the_end(case) == ["d", "last"]


def test_not_out_of_a_round() -> None:
    case = Bare(opinions())
    assert set(offered(case)) == {"say", "sum", "e"}
    case.do("a")
    with pytest.raises(Immovable, match=r"同时在几处|分别办理"):
        case.again().movable(None, "say")


def test_timers_end_with_what_is_left_and_begin_with_what_is_come_to() -> None:
    case = Bare(row("a", "b", "c", timers={"a": "${时后(2)}", "c": "${时后(3)}"}))
    assert [t.element for t in case.live.timers()] == ["t_a"]
    move(case, "c")
    assert [t.element for t in case.live.timers()] == ["t_c"]
    move(case, "b")
    assert case.live.timers() == []
    assert to_the_end(case) == ["b", "c"]


def test_a_reminder_that_has_gone_off_does_not_hold_the_case() -> None:
    drawing = row("a", "b")
    drawing.boundary("late", "a", timer="${时后(2)}", interrupting=False)
    drawing.notify("n", "主管", "催").end("re").flow("late n re")
    case = Bare(drawing)
    case.at("2026-11-24T12:00:00+08:00")
    move(case, "b")
    assert to_the_end(case) == ["b"]


def test_to_another_way_of_a_gateway_and_back_again() -> None:
    drawing = Drawing("lingliao").start("s").user("a").xor("ok", default="b").user("b").user("k").user("last")
    drawing.end("e").flow("s a ok b last e").flow("ok k last", when="别")
    case = Bare(drawing)
    case.do("a", 别=False)
    assert offered(case) == {"a": "", "k": "不在同一条路上", "last": "", "e": ""}
    move(case, "a")
    move(case, "k")
    assert to_the_end(case) == ["k", "last"]


@pytest.mark.parametrize("seed", range(40))
def test_wherever_it_is_moved_the_case_comes_to_its_end(seed: int) -> None:
    chance = random.Random(seed)
    # Whoever moves past an element does without its variables; this one is asked for at the end.
    case = Bare(drawn({"hard-late"}) if seed % 2 else base(), data={"退": False})
    moved = 0
    for _ in range(30):
        if case.again().ended:
            break
        if chance.random() < 0.4:
            try:
                token = case.live.movable(None, "")
            except Immovable:
                pass
            else:
                late = "late" in case.live.element_states().get("lingliao", {})
                places = [name for name, (_, why) in sorted(token.targets.items()) if not why]
                to = chance.choice(places)
                if seed % 2 and not late:
                    assert to not in ("say", "last", "e")
                case.live.move(token.task_id, to)
                moved += 1
                continue
        if case.live.open_tasks():
            task = chance.choice(case.live.open_tasks())
            case.live.complete(task.id, {"退": chance.random() < 0.2, task.element: 1})
    carry(case, drawn({"hard-late"}) if seed % 2 else base()) if not case.again().ended else None
    to_the_end(case)
    assert moved or seed > 3
