"""Carrying a case to another version of its diagram: what stays, what begins anew, what is refused, and that it ends."""

from __future__ import annotations

import random
from typing import Any

import pytest

from engine.clock import iso
from engine.spiff import LiveInstance
from engine.spiff.rebase import NotCarried
from tests.support.bare import Bare
from tests.support.diagrams import Drawing


def carry(case: Bare, *drawings: Drawing) -> None:
    """Go on under these drawings, which from then on are the case's."""
    after = Bare(*drawings)
    state = case.live.dump()
    case.live = LiveInstance.carry(state, case.parse(), after.parse(), case.around)
    case._diagrams, case._decisions = after._diagrams, after._decisions
    case.again()


def refused(case: Bare, *drawings: Drawing) -> str:
    with pytest.raises(NotCarried) as error:
        carry(case, *drawings)
    return str(error.value)


def row(*ids: str, hard: str = "", timers: dict[str, str] | None = None, names: bool = False) -> Drawing:
    """User tasks one after the other, with a timer on some: element → when."""
    drawing = Drawing("lingliao").start("s")
    for each in ids:
        properties = {"硬约束": "是"} if each == hard else {}
        drawing.user(each, f"新{each}" if names else each, **properties)
    drawing.end("e").flow(" ".join(["s", *ids, "e"]))
    for each, when in (timers or {}).items():
        drawing.boundary(f"t_{each}", each, timer=when)
        drawing.user(f"u_{each}").end(f"e_{each}").flow(f"t_{each} u_{each} e_{each}")
    return drawing


def at(*ids: str, done: int = 1, **options: Any) -> Bare:
    case = Bare(row(*ids, **options))
    for each in ids[:done]:
        case.do(each, **{each: 1})
    return case


def to_the_end(case: Bare) -> list[str]:
    """Do whatever is open, first things first; what was done."""
    done = []
    for _ in range(60):
        if case.again().ended:
            return done
        task = case.live.open_tasks()[0]
        done.append(task.element)
        case.live.complete(task.id, {"退": False})
    raise AssertionError(f"does not end: {case.open()} {case.waits()}")


def test_what_lies_ahead_is_that_of_the_new_version() -> None:
    case = at("a", "b", "c")
    task = case.tasks("b")[0].id
    carry(case, row("a", "b", "x", "c", "y", names=True))
    assert case.tasks("b")[0].id == task
    assert case.tasks("b")[0].name == "新b"
    assert case.data("b") == {"a": 1}
    assert to_the_end(case) == ["b", "x", "c", "y"]


def test_what_was_added_behind_is_not_caught_up_with_and_what_was_removed_there_stays_done() -> None:
    case = at("a", "b", "c", "d", done=2)
    carry(case, row("x", "b", "c", "d"))
    assert case.open() == ["c"]
    assert case.live.variables() == {"a": 1, "b": 1}
    # Only what the version still has is a way back.
    assert [each.element for each in case.live.steps_back(case.tasks("c")[0].id)] == ["b"]
    assert to_the_end(case) == ["c", "d"]


def test_a_case_cannot_stand_at_what_is_gone_or_has_become_something_else() -> None:
    case = at("a", "b", "c")
    assert refused(case, row("a", "c")) == "案卷正停在“b”，新版本里没有这个环节"
    other = Drawing("lingliao").start("s").user("a").script("b", "数 = 1").user("c").end("e")
    assert refused(case, other.flow("s a b c e")) == "案卷正停在“b”，新版本把它换成了另一种环节"
    several = Drawing("lingliao").start("s").user("a").user("b", each="人", of="${['甲']}").user("c").end("e")
    assert "另一种环节" in refused(case, several.flow("s a b c e"))


def test_two_versions_on_and_back_again() -> None:
    case = at("a", "b", "c", "d", done=2)
    carry(case, row("c", "d"))
    carry(case, row("x", "c", "y", "d"))
    assert to_the_end(case) == ["c", "y", "d"]


# ---- hard elements


def test_a_hard_element_on_the_way_that_has_been_gone_refuses() -> None:
    case = at("a", "b", "c", done=2)
    expected = "新版本的硬约束环节“h”在案卷已经走过的路上，案卷没有经过它"
    assert refused(case, row("a", "h", "b", "c", hard="h")) == expected
    assert refused(case, row("h", "a", "b", "c", hard="h")) == expected
    assert refused(case, row("a", "b", "h", "c", hard="h")) == expected
    carry(case, row("a", "b", "c", "h", hard="h"))
    assert to_the_end(case) == ["c", "h"]


def test_a_hard_element_that_was_passed_or_is_being_done_does_not() -> None:
    carry(at("a", "b", "c", done=2), row("a", "b", "c", hard="b"))
    carry(at("a", "b", "c", done=1), row("a", "b", "c", hard="b"))


def test_a_hard_element_moved_forward_is_not_left_out() -> None:
    case = at("a", "b", "h", "c", hard="h")
    assert "“h”" in refused(case, row("a", "h", "b", "c", hard="h"))


def branches(*hard: str) -> Drawing:
    """Two ways that may be taken and come together again; `k` lies beside them."""
    drawing = Drawing("lingliao").start("s").user("a").xor("ok", default="b").xor("on").user("last").end("e")
    for each in "bk":
        drawing.user(each, **({"硬约束": "是"} if each in hard else {}))
    return drawing.flow("s a ok").flow("ok b on last e").flow("ok k on", when="别")


def test_a_hard_element_on_a_way_not_taken_does_not() -> None:
    case = Bare(branches())
    case.do("a", 别=False)
    case.do("b")
    carry(case, branches("k"))
    assert to_the_end(case) == ["last"]


def test_on_the_way_taken_it_counts_although_another_leads_past_it() -> None:
    case = Bare(branches())
    case.do("a", 别=False)
    case.do("b")
    other = Drawing("lingliao").start("s").user("a").xor("ok", default="b").xor("on").user("last").end("e")
    other.user("b").user("k").user("h", 硬约束="是")
    other.flow("s a ok").flow("ok b h on last e").flow("ok k on", when="别")
    assert "“h”" in refused(case, other)


def fork(*names: str, hard: str = "") -> Drawing:
    drawing = Drawing("lingliao").start("s").user("a").parallel("fork").parallel("join").user("last").end("e")
    for each in names:
        drawing.user(each, **({"硬约束": "是"} if each == hard else {})).flow(f"fork {each} join")
    return drawing.flow("s a fork").flow("join last e")


def test_a_hard_branch_beside_those_gone_refuses() -> None:
    case = Bare(fork("b", "c"))
    for each in "abc":
        case.do(each)
    assert "“h”" in refused(case, fork("b", "c", "h", hard="h"))
    carry(case, fork("b", "c", "h"))
    assert to_the_end(case) == ["last"]


def test_a_sub_process_that_holds_a_hard_element_counts_as_one() -> None:
    case = at("a", "b", "c", done=2)
    drawing = Drawing("lingliao").start("s").user("a").user("b").user("c").end("e")
    with drawing.sub("block"):
        drawing.start("bs").user("h", 硬约束="是").end("be").flow("bs h be")
    assert "“block”" in refused(case, drawing.flow("s a block b c e"))


# ---- parallel branches


def test_within_a_branch_things_may_change() -> None:
    case = Bare(fork("b", "c"))
    case.do("a")
    case.do("b")
    longer = Drawing("lingliao").start("s").user("a").parallel("fork").parallel("join").user("last").end("e")
    longer.user("b").user("c").user("x").flow("s a fork b join last e").flow("fork c x join")
    carry(case, longer)
    assert to_the_end(case) == ["c", "x", "last"]


@pytest.mark.parametrize("done", ["a", "ab", "abc"])
def test_a_branch_added_while_under_way_would_never_come(done: str) -> None:
    case = Bare(fork("b", "c"))
    for each in done:
        case.do(each)
    if done == "abc":
        carry(case, fork("b", "c", "x"))
        assert to_the_end(case) == ["last"]
    else:
        assert refused(case, fork("b", "c", "x")) == "按新版本走，会停在“join”等一支不会来的分支"


def test_before_the_fork_everything_may_change() -> None:
    case = Bare(fork("b", "c"))
    carry(case, fork("c", "x", "y"))
    assert sorted(to_the_end(case)) == ["a", "c", "last", "x", "y"]


def test_branches_do_not_become_a_row_nor_a_row_branches() -> None:
    case = Bare(fork("b", "c"))
    case.do("a")
    assert "办两次" in refused(case, row("a", "b", "c", "last"))
    case = at("a", "b", "c", "last")
    assert "等一支不会来的分支" in refused(case, fork("b", "c"))


def test_a_branch_that_has_arrived_must_still_come_from_there() -> None:
    case = Bare(fork("b", "c"))
    case.do("a")
    case.do("b")
    other = fork("c")
    other.user("b").user("x").flow("fork b x join")
    assert "已经到达的一支" in refused(case, other)


def test_there_is_no_way_back_behind_a_join_that_is_gone() -> None:
    case = Bare(fork("b", "c"))
    for each in "abc":
        case.do(each)
    carry(case, row("a", "b", "c", "last"))
    assert [each.element for each in case.live.steps_back(case.tasks("last")[0].id)] == ["a"]
    assert to_the_end(case) == ["last"]


# ---- boundary events


def test_a_timer_added_to_the_element_under_way_begins_to_run() -> None:
    case = at("a", "b", "c")
    carry(case, row("a", "b", "c", timers={"b": "${时后(2)}"}))
    assert [(t.element, iso(t.due)[11:16]) for t in case.live.timers()] == [("t_b", "11:00")]
    case.at("2026-11-24T11:00:00+08:00")
    assert case.open() == ["u_b"]
    assert to_the_end(case) == ["u_b"]


def test_a_timer_added_is_gone_when_the_element_is_done() -> None:
    case = at("a", "b", "c")
    carry(case, row("a", "b", "c", timers={"b": "${时后(2)}", "c": "${时后(3)}"}))
    case.do("b")
    assert [t.element for t in case.live.timers()] == ["t_c"]
    assert to_the_end(case) == ["c"]


def test_a_timer_taken_away_no_longer_runs() -> None:
    case = at("a", "b", "c", timers={"b": "${时后(2)}"})
    carry(case, row("a", "b", "c"))
    assert case.live.timers() == []
    case.at("2026-11-24T12:00:00+08:00")
    assert to_the_end(case) == ["b", "c"]


def test_a_changed_timer_counts_anew_from_when_it_began() -> None:
    case = at("a", "b", "c", timers={"b": "${时后(2)}"})
    case.around.now = case.around.now.replace(hour=10)
    carry(case, row("a", "b", "c", timers={"b": "${时后(5)}"}))
    assert [iso(t.due)[11:16] for t in case.live.timers()] == ["14:00"]


def test_a_message_becomes_a_timer_on_the_element() -> None:
    one, other = row("a", "b"), row("a", "b")
    one.boundary("x", "b", message="停").user("u").flow("x u e")
    other.boundary("x", "b", timer="${时后(1)}").user("u").flow("x u e")
    case = Bare(one)
    case.do("a")
    carry(case, other)
    assert (case.waits(), [t.element for t in case.live.timers()]) == ([], ["x"])
    case.at("2026-11-24T10:00:00+08:00")
    assert to_the_end(case) == ["u"]


def test_a_reminder_that_has_gone_off_does_not_come_again() -> None:
    drawing = row("a", "b")
    drawing.boundary("late", "b", timer="${时后(2)}", interrupting=False)
    drawing.notify("n", "主管", "催").end("re").flow("late n re")
    other = row("a", "b", "c")
    other.boundary("late", "b", timer="${时后(3)}", interrupting=False)
    other.notify("n", "主管", "催").end("re").flow("late n re")
    case = Bare(drawing)
    case.do("a")
    case.at("2026-11-24T11:00:00+08:00")
    carry(case, other)
    case.at("2026-11-24T15:00:00+08:00")
    assert [name for name, _ in case.around.served] == ["n"]
    assert to_the_end(case) == ["b", "c"]


def reminded(again: str) -> Drawing:
    drawing = row("a", "b")
    repeated = {"重复": again} if again else {}
    drawing.boundary("late", "b", timer="${时后(1)}", interrupting=False, **repeated)
    return drawing.notify("n", "主管", "催").end("re").flow("late n re")


@pytest.mark.parametrize(("again", "times"), [("", 1), ("${时后(2)}", 2), ("${时后(1)}", 3)])
def test_a_repeated_reminder_follows_what_is_drawn(again: str, times: int) -> None:
    case = Bare(reminded("${时后(1)}"))
    case.do("a")
    case.at("2026-11-24T10:00:00+08:00")
    carry(case, reminded(again))
    for hour in (11, 12):
        case.at(f"2026-11-24T{hour}:00:00+08:00")
    assert len(case.around.served) == times
    assert to_the_end(case) == ["b"]


# ---- rounds, sub-processes, calls


def opinions(after: str = "", sequential: bool = False, item: str = "人") -> Drawing:
    drawing = Drawing("lingliao").start("s").user("a")
    drawing.user("say", each=item, of="${['甲', '乙', '丙']}", sequential=sequential).user("sum").end("e")
    if after:
        drawing.user(after)
    return drawing.flow(" ".join(each for each in ("s", "a", "say", after, "sum", "e") if each))


@pytest.mark.parametrize("sequential", [False, True])
def test_a_round_goes_on_with_its_outcomes(sequential: bool) -> None:
    case = Bare(opinions(sequential=sequential))
    case.do("a")
    case.do("say", "甲", 意见="好")
    carry(case, opinions("x", sequential))
    case.do("say", "乙", 意见="好")
    carry(case, opinions("y", sequential))
    case.do("say", "丙", 意见="差")
    assert [each["意见"] for each in case.data("y")["say_results"].values()] == ["好", "好", "差"]
    assert to_the_end(case) == ["y", "sum"]
    case = Bare(opinions(sequential=sequential))
    case.do("a")
    assert "另一种环节" in refused(case, opinions(sequential=not sequential))
    assert "变量名" in refused(case, opinions(sequential=sequential, item="谁"))


def nested(*inner: str, outer: str = "last", stop: bool = False) -> Drawing:
    drawing = Drawing("lingliao").start("s").user("a").user(outer).end("e")
    with drawing.sub("block"):
        drawing.start("bs").end("be")
        for each in inner:
            drawing.user(each)
        drawing.flow(" ".join(["bs", *inner, "be"]))
    if stop:
        drawing.boundary("stop", "block", message="停").user("stopped").flow("stop stopped e")
    return drawing.flow(f"s a block {outer} e")


def test_inside_a_sub_process_and_after_it() -> None:
    case = Bare(nested("b", "c"))
    case.do("a")
    case.do("b", 数=1)
    assert "没有这个环节" in refused(case, nested("b"))
    carry(case, nested("b", "c", "x", outer="end", stop=True))
    assert case.waits() == [("停", "")]
    case.do("c")
    assert case.data("x")["数"] == 1
    case.do("x")
    assert (case.open(), case.waits()) == (["end"], [])
    carry(case, row("a", "end"))
    assert to_the_end(case) == ["end"]


def test_a_case_inside_a_sub_process_that_is_broken_off_under_the_new_version() -> None:
    case = Bare(nested("b", "c"))
    case.do("a")
    carry(case, nested("b", "c", stop=True))
    case.send("停")
    assert to_the_end(case) == ["stopped"]


def calling(*inner: str, key: str = "jianding") -> list[Drawing]:
    drawing = Drawing("lingliao").start("s").user("a")
    drawing.call("block", key, ins={"数": "1"}, outs={"果": "果"}).user("last").end("e").flow(
        "s a block last e"
    )
    called = Drawing(key).start("js").script("out", "果 = 1").end("je")
    for each in inner:
        called.user(each)
    return [drawing, called.flow(" ".join(["js", *inner, "out", "je"]))]


def test_a_called_procedure_is_carried_with_its_caller() -> None:
    case = Bare(*calling("b", "c"))
    case.do("a")
    case.do("b")
    assert "“b”" not in refused(case, *calling("b"))
    carry(case, *calling("b", "c", "x"))
    case.do("c")
    assert case.data("x") == {"数": 1}
    case.do("x")
    assert case.data("last")["果"] == 1
    carry(case, *calling("b", key="qita"))
    assert to_the_end(case) == ["last"]
    case = Bare(*calling("b"))
    case.do("a")
    assert "调用另一个流程" in refused(case, *calling("b", key="qita"))


def racing(*messages: str) -> Drawing:
    drawing = Drawing("lingliao").start("s").user("a").race("race").end("e").flow("s a race")
    for each in messages:
        drawing.catch(f"m_{each}", message=each).user(f"u_{each}").flow(f"race m_{each} u_{each} e")
    return drawing


def test_what_an_event_gateway_waits_for_follows() -> None:
    case = Bare(racing("甲", "乙"))
    case.do("a")
    carry(case, racing("乙", "丙"))
    assert case.waits() == [("丙", ""), ("乙", "")]
    case.send("丙")
    assert to_the_end(case) == ["u_丙"]


# ---- at random


def base() -> Drawing:
    """Loops, branches, a round, a sub-process: each of EDITS changes one thing."""
    return drawn(set())


EDITS = (
    "ask-first",
    "without-check",
    "after-check",
    "timer-check",
    "timer-block",
    "third-branch",
    "longer-branch",
    "other-branch",
    "after-both",
    "without-both",
    "after-say",
    "without-say",
    "message-say",
    "names",
    "before-last",
    "hard-check",
    "hard-late",
    "no-fork",
)


def drawn(edits: set[str]) -> Drawing:
    def properties(name: str) -> dict[str, str]:
        return {"硬约束": "是"} if f"hard-{name}" in edits else {}

    def name(id: str) -> str:
        return f"新{id}" if "names" in edits else id

    drawing = Drawing("lingliao").start("s").user("ask", name("ask"))
    way = ["s", *(["first"] if "ask-first" in edits else []), "ask"]
    if "ask-first" in edits:
        drawing.user("first")
    if "without-check" not in edits:
        drawing.user("check", name("check"), **properties("check"))
        way.append("check")
        if "timer-check" in edits:
            drawing.boundary("t_check", "check", timer="${时后(3)}").user("slow").flow("t_check slow ok")
    if "after-check" in edits:
        drawing.user("more")
        way.append("more")
    drawing.xor("ok", default="block").flow(" ".join([*way, "ok"])).flow("ok ask", when="退")
    with drawing.sub("block"):
        drawing.start("bs").user("a").user("b").end("be")
        after = ["both"] if "without-both" not in edits else []
        after += ["later"] if "after-both" in edits else []
        for each in after:
            drawing.user(each, name(each))
        if "no-fork" in edits:
            drawing.flow(" ".join(["bs", "a", "b", *after, "be"]))
        else:
            drawing.parallel("fork").parallel("join").flow("bs fork").flow(" ".join(["join", *after, "be"]))
            drawing.flow("fork a join")
            if "longer-branch" in edits:
                drawing.user("b2").flow("fork b b2 join")
            elif "other-branch" in edits:
                drawing.user("b0").flow("fork b0 b join")
            else:
                drawing.flow("fork b join")
            if "third-branch" in edits:
                drawing.user("c").flow("fork c join")
    drawing.boundary("stop", "block", message="停").user("stopped").flow("stop stopped ask")
    if "timer-block" in edits:
        drawing.boundary("t_block", "block", timer="${时后(9)}", interrupting=False)
        drawing.notify("remind", "主管", "催").end("re").flow("t_block remind re")
    drawing.xor("fine", default="almost" if "before-last" in edits else "last").user("last").end("e")
    tail = ["ok", "block"]
    if "hard-late" in edits:
        drawing.user("late", **properties("late"))
        tail.append("late")
    if "without-say" not in edits:
        drawing.user("say", each="人", of="${['甲', '乙']}")
        tail.append("say")
        if "message-say" in edits:
            drawing.boundary("m_say", "say", message="免").flow("m_say fine")
    if "after-say" in edits:
        drawing.user("count")
        tail.append("count")
    drawing.flow(" ".join([*tail, "fine"])).flow("fine ask", when="退")
    if "before-last" in edits:
        drawing.user("almost").flow("fine almost last e")
    else:
        drawing.flow("fine last e")
    return drawing


@pytest.mark.parametrize("seed", range(60))
def test_whatever_is_edited_and_wherever_a_carried_case_comes_to_its_end(seed: int) -> None:
    chance = random.Random(seed)
    case = Bare(base())
    for _ in range(chance.randrange(14)):
        if case.again().ended:
            return
        task = chance.choice(case.live.open_tasks())
        if case.waits() and chance.random() < 0.1:
            case.send("停")
        else:
            case.live.complete(task.id, {"退": chance.random() < 0.2, task.element: 1})
    for _ in range(3):
        if case.again().ended:
            break
        edits = set(chance.sample(EDITS, chance.randrange(1, 4)))
        before = {(t.id, t.element) for t in case.live.open_tasks()}
        seen = [dict(t.data) for t in case.live.open_tasks()]
        state = case.live.dump()
        try:
            carry(case, drawn(edits))
        except NotCarried:
            case.live = LiveInstance.load(state, case.parse(), case.around)
            continue
        assert {(t.id, t.element) for t in case.live.open_tasks()} == before
        assert [dict(t.data) for t in case.live.open_tasks()] == seen
        for _ in range(chance.randrange(4)):
            if case.again().ended:
                break
            task = chance.choice(case.live.open_tasks())
            ways = case.live.steps_back(task.id)
            if ways and chance.random() < 0.3:
                case.live.go_back(chance.choice(ways).task_id)
            else:
                case.live.complete(task.id, {"退": chance.random() < 0.2, task.element: 1})
    to_the_end(case)


@pytest.mark.parametrize("seed", range(20))
def test_the_same_version_changes_nothing(seed: int) -> None:
    chance = random.Random(seed)
    case = Bare(base())
    for _ in range(chance.randrange(20)):
        if case.again().ended:
            break
        task = chance.choice(case.live.open_tasks())
        case.live.complete(task.id, {"退": chance.random() < 0.2, task.element: 1})
        before = [(t.id, t.element, dict(t.data)) for t in case.live.open_tasks()]
        around = (case.waits(), case.live.timers(), case.live.element_states(), case.live.variables())
        carry(case, base())
        assert [(t.id, t.element, dict(t.data)) for t in case.live.open_tasks()] == before
        assert (case.waits(), case.live.timers(), case.live.element_states(), case.live.variables()) == around
    to_the_end(case)
