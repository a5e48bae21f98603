"""Going back to a finished step: what is done again, what is kept, and that the case still comes to its end."""

from __future__ import annotations

import random

import pytest

from engine.clock import iso
from engine.spiff.views import StepBack
from tests.support.bare import Bare
from tests.support.diagrams import Drawing


def steps(case: Bare, element: str) -> dict[str, StepBack]:
    """The steps the (first) open task of an element can be returned to, by element."""
    return {each.element: each for each in case.again().steps_back(case.tasks(element)[0].id)}


def back(case: Bare, element: str, to: str) -> None:
    target = steps(case, element)[to]
    case.again().go_back(target.task_id)
    case.again()


def in_a_row() -> Drawing:
    return (
        Drawing("lingliao")
        .start("s")
        .user("ask")
        .script("count", "次数 = 数 + 1")
        .user("check")
        .user("hand")
        .end("e")
        .flow("s ask count check hand e")
    )


def test_a_step_back_is_done_again_with_the_variables_of_then() -> None:
    case = Bare(in_a_row())
    case.do("ask", 数=1)
    case.do("check", 看法="好", 数=7)
    assert list(steps(case, "hand")) == ["check", "ask"]
    back(case, "hand", "ask")
    assert case.open() == ["ask"]
    assert case.data("ask") == {}
    assert case.live.variables() == {}
    case.do("ask", 数=5)
    assert case.data("check") == {"数": 5, "次数": 6}
    case.do("check", 看法="好")
    case.do("hand")
    assert case.live.ended


def test_the_task_is_a_new_one_each_time() -> None:
    case = Bare(in_a_row())
    first = case.tasks("ask")[0].id
    case.do("ask", 数=1)
    back(case, "check", "ask")
    assert case.tasks("ask")[0].id != first


def test_nothing_lies_before_the_first_step_and_an_unfinished_step_is_no_target() -> None:
    case = Bare(in_a_row())
    assert steps(case, "ask") == {}
    assert case.live.step_back(case.tasks("ask")[0].id) is None


def test_of_a_loop_the_last_time_counts() -> None:
    drawing = in_a_row().xor("ok", default="last").user("last").flow("hand ok").flow("ok ask", when="再来")
    drawing.flow("ok last e")
    drawing._process.flows = [f for f in drawing._process.flows if "f_hand__e" not in f]
    case = Bare(drawing)
    case.do("ask", 数=1)
    case.do("check")
    case.do("hand", 再来=True)
    case.do("ask", 数=2)
    case.do("check")
    case.do("hand", 再来=False)
    assert list(steps(case, "last")) == ["hand", "check", "ask"]
    back(case, "last", "check")
    assert case.data("check")["次数"] == 3
    case.do("check")
    case.do("hand", 再来=False)
    case.do("last")
    assert case.live.ended


def forked(kind: str = "parallel", names: str = "ab") -> Drawing:
    drawing = Drawing("lingliao").start("s").user("ask").flow("s ask fork")
    when = "" if kind == "parallel" else "True"
    if kind == "parallel":
        drawing.parallel("fork").parallel("join")
    else:
        drawing.inclusive("fork", default="never").inclusive("join").script("never", "无 = 1")
        drawing.flow("fork never join")
    for name in names:
        drawing.user(name).user(f"{name}2")
        drawing.flow(f"fork {name}", when=when).flow(f"{name} {name}2 join")
    return drawing.user("sum").user("last").end("e").flow("join sum last e")


@pytest.mark.parametrize("kind", ["parallel", "inclusive"])
@pytest.mark.parametrize("order", [("a", "a2", "b", "b2"), ("b", "b2", "a", "a2"), ("a", "b", "b2", "a2")])
@pytest.mark.parametrize("target", ["a", "a2", "b", "b2"])
def test_after_a_join_one_branch_is_done_again_and_the_other_is_kept(
    kind: str, order: tuple[str, ...], target: str
) -> None:
    case = Bare(forked(kind))
    case.do("ask")
    for element in order:
        case.do(element, **{element: 1})
    case.do("sum", 和=1)
    back(case, "last", target)
    assert case.open() == [target]
    # The join does not go on before the branch has arrived again.
    case.do(target, **{target: 2})
    if not target.endswith("2"):
        assert case.open() == [f"{target}2"]
        case.do(f"{target}2", **{f"{target}2": 2})
    assert case.open() == ["sum"]
    seen = case.data("sum")
    other = "b" if target[0] == "a" else "a"
    assert (seen[target], seen[other], seen[f"{other}2"], seen.get("和")) == (2, 1, 1, None)
    case.do("sum")
    case.do("last")
    assert case.live.ended


def test_out_of_a_parallel_part_to_before_it_everything_is_asked_again() -> None:
    case = Bare(forked(names="abc"))
    case.do("ask")
    case.do("a")
    case.do("b")
    case.do("b2")
    found = steps(case, "c")
    assert list(found) == ["ask"]
    assert {t.id for t in case.live.open_tasks()} <= found["ask"].takes_back
    back(case, "c", "ask")
    assert case.open() == ["ask"]
    case.do("ask")
    assert case.open() == ["a", "b", "c"]


def test_within_one_branch_the_others_are_not_touched() -> None:
    case = Bare(forked())
    case.do("ask")
    case.do("a")
    case.do("b")
    case.do("b2")
    found = steps(case, "a2")
    assert set(found) == {"ask", "a"}
    back(case, "a2", "a")
    case.do("a")
    case.do("a2")
    assert case.open() == ["sum"]


def with_timers() -> Drawing:
    drawing = Drawing("lingliao").start("s").user("ask").user("check").user("hand").end("e")
    drawing.boundary("late", "check", timer="${时后(2)}", interrupting=False)
    drawing.notify("remind", "主管", "催").end("re").flow("late remind re")
    drawing.boundary("over", "check", timer="${时后(8)}").user("chief").flow("over chief hand")
    return drawing.flow("s ask check hand e")


def test_timers_are_armed_again_on_the_way_in() -> None:
    case = Bare(with_timers())
    case.do("ask")
    case.at("2026-11-24T11:00:00+08:00")
    assert [name for name, _ in case.around.served] == ["remind"]
    case.do("check")
    back(case, "hand", "check")
    assert sorted((t.element, iso(t.due)[11:16]) for t in case.live.timers()) == [
        ("late", "13:00"),
        ("over", "19:00"),
    ]
    case.at("2026-11-24T13:00:00+08:00")
    assert [name for name, _ in case.around.served] == ["remind", "remind"]
    case.at("2026-11-24T19:00:00+08:00")
    assert case.open() == ["chief"]
    # The step that ran out of time was never done; only what was is a way back.
    assert list(steps(case, "chief")) == ["ask"]
    back(case, "chief", "ask")
    case.do("ask")
    case.do("check")
    case.do("hand")
    assert case.live.ended


def nested(called: bool = False) -> list[Drawing]:
    drawing = Drawing("lingliao").start("s").user("ask")
    if called:
        drawing.call("block", "jianding", ins={"数": "1"}, outs={"果": "果"})
        inner = Drawing("jianding").start("js").user("c").user("d").script("out", "果 = 1").end("je")
        inner.flow("js c d out je")
    else:
        with drawing.sub("block"):
            drawing.start("bs").user("c").user("d").end("be").flow("bs c d be")
    drawing.boundary("stop", "block", message="停").user("stopped").flow("stop stopped e")
    drawing.user("last").end("e").flow("s ask block last e")
    return [drawing, inner] if called else [drawing]


def test_out_of_a_sub_process_and_back_into_one_that_has_ended() -> None:
    case = Bare(*nested())
    case.do("ask")
    case.do("c", 数=1)
    back(case, "d", "ask")
    assert (case.open(), case.waits()) == (["ask"], [])
    case.do("ask")
    case.do("c", 数=2)
    case.do("d", 数=3)
    assert set(steps(case, "last")) == {"ask", "c", "d"}
    back(case, "last", "d")
    assert (case.open(), case.waits()) == (["d"], [("停", "")])
    assert case.data("d")["数"] == 2
    case.do("d", 数=4)
    assert case.data("last")["数"] == 4
    back(case, "last", "c")
    case.send("停")
    assert case.open() == ["stopped"]
    # What was broken off by a message is no way back, what lies before it is.
    assert list(steps(case, "stopped")) == ["ask"]
    back(case, "stopped", "ask")
    for element in ("ask", "c", "d", "last"):
        case.do(element)
    assert case.live.ended


def test_out_of_a_called_procedure_but_not_into_one_that_has_ended() -> None:
    case = Bare(*nested(called=True))
    case.do("ask")
    case.do("c")
    assert set(steps(case, "d")) == {"c", "ask"}
    back(case, "d", "c")
    case.do("c")
    case.do("d")
    assert list(steps(case, "last")) == ["ask"]
    back(case, "last", "ask")
    for element in ("ask", "c", "d", "last"):
        case.do(element)
    assert case.live.ended


def opinions(sequential: bool = False) -> Drawing:
    drawing = Drawing("lingliao").start("s").user("ask")
    drawing.user("say", each="人", of="${['甲', '乙', '丙']}", sequential=sequential)
    drawing.boundary("over", "say", timer="${时后(8)}").script("none", "过期 = True").flow("over none sum")
    return drawing.user("sum").end("e").flow("s ask say sum e")


@pytest.mark.parametrize("sequential", [False, True])
def test_out_of_a_joint_signature_and_back_to_the_whole_round(sequential: bool) -> None:
    case = Bare(opinions(sequential))
    case.do("ask")
    case.do("say", "甲", 意见="好")
    back(case, "say", "ask")
    assert case.open() == ["ask"]
    case.do("ask")
    for person in "甲乙丙":
        case.do("say", person, 意见=person)
    found = steps(case, "sum")
    assert list(found) == ["say", "ask"]
    back(case, "sum", "say")
    assert case.open() == (["say"] if sequential else ["say"] * 3)
    for person in "甲乙丙":
        case.do("say", person, 意见=f"再{person}")
    assert [each["意见"] for each in case.data("sum")["say_results"].values()] == ["再甲", "再乙", "再丙"]
    case.do("sum")
    assert case.live.ended


def test_one_of_a_joint_signature_takes_his_own_back() -> None:
    case = Bare(opinions())
    case.do("ask")
    mine = {task.item: task.id for task in case.tasks("say")}
    case.do("say", "甲", 意见="好")
    case.do("say", "乙", 意见="好")
    case.again().go_back(mine["甲"], alone=True)
    assert sorted(t.item for t in case.again().open_tasks()) == ["丙", "甲"]
    case.do("say", "甲", 意见="不好")
    mine = {task.item: task.id for task in case.tasks("say")} | mine
    case.do("say", "丙", 意见="好")
    # Also when his was not the last and the round has ended.
    case.again().go_back(mine["乙"], alone=True)
    assert ([t.item for t in case.again().open_tasks()], [t.element for t in case.live.timers()]) == (
        ["乙"],
        ["over"],
    )
    case.do("say", "乙", 意见="也不好")
    given = [each["意见"] for each in case.data("sum")["say_results"].values()]
    assert given == ["不好", "也不好", "好"]
    case.do("sum")
    assert case.live.ended


def test_in_a_sequence_the_next_one_is_asked_anew() -> None:
    case = Bare(opinions(sequential=True))
    case.do("ask")
    mine = case.tasks("say")[0].id
    case.do("say", "甲", 意见="好")
    case.again().go_back(mine, alone=True)
    assert [t.item for t in case.again().open_tasks()] == ["甲"]
    for person in "甲乙丙":
        case.do("say", person, 意见=person)
    assert [each["意见"] for each in case.data("sum")["say_results"].values()] == ["甲", "乙", "丙"]


def everything() -> Drawing:
    """Loops, branches, a round, sub-processes with a join in a loop: what procedures are made of."""
    drawing = Drawing("lingliao").start("s").user("ask").user("check")
    drawing.xor("ok", default="block").flow("s ask check ok").flow("ok ask", when="退")
    with drawing.sub("block"):
        drawing.start("bs").parallel("fork").user("a").user("b").parallel("join").user("both").end("be")
        drawing.flow("bs fork a join both be").flow("fork b join")
        drawing.boundary("slow", "a", timer="${时后(3)}", interrupting=False)
        drawing.notify("remind", "主管", "催").end("re").flow("slow remind re")
    drawing.boundary("stop", "block", message="停").user("stopped").flow("stop stopped ask")
    drawing.user("say", each="人", of="${['甲', '乙']}")
    drawing.xor("fine", default="last").user("last").end("e").flow("ok block say fine last e")
    return drawing.flow("fine ask", when="退")


@pytest.mark.parametrize("seed", range(40))
def test_wherever_one_goes_back_the_case_comes_to_its_end(seed: int) -> None:
    """At random: work on, send it round again, break off, go back; then straight on to the end."""
    chance = random.Random(seed)
    case = Bare(everything())
    returned = 0
    for _ in range(25):
        if case.live.ended:
            break
        task = chance.choice(case.again().open_tasks())
        if chance.random() < 0.35 and (ways := case.live.steps_back(task.id)):
            way = chance.choice(ways)
            kept = {t.id for t in case.live.open_tasks()} - way.takes_back
            case.live.go_back(way.task_id)
            now = case.again().open_tasks()
            assert kept <= {t.id for t in now}
            assert task.id not in {t.id for t in now}
            assert way.element in {t.element for t in now}
            returned += 1
        elif case.waits() and chance.random() < 0.1:
            case.send("停")
        else:
            case.live.complete(task.id, {"退": chance.random() < 0.3, task.element: 1})
    for _ in range(30):
        if case.again().ended:
            break
        case.live.complete(case.live.open_tasks()[0].id, {"退": False})
    assert case.live.ended
    assert returned or seed not in (0, 1, 2)
