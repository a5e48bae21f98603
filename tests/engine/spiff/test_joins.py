"""Joins take what each branch changed, whole and without touching anything that is finished."""

from __future__ import annotations

import pytest

from engine.errors import ElementFailed
from tests.support.bare import Bare
from tests.support.diagrams import Drawing


def forked(kind: str = "parallel") -> Drawing:
    drawing = (
        Drawing("lingliao")
        .start("s")
        .script("init", "单 = [{'名': '甲'}, {'名': '乙'}]\n备注 = '原'\n旧 = 1")
    )
    if kind == "parallel":
        drawing.parallel("fork").parallel("join")
    else:
        drawing.inclusive("fork", default="never").inclusive("join").script("never", "x = 1")
        drawing.flow("never join").flow("fork never")
    drawing.user("a").user("b").user("sum").end("e").flow("s init fork").flow("join sum e").flow(
        "a join"
    ).flow("b join")
    return drawing.flow("fork a", when="" if kind == "parallel" else "True").flow(
        "fork b", when="" if kind == "parallel" else "True"
    )


@pytest.mark.parametrize("kind", ["parallel", "inclusive"])
@pytest.mark.parametrize("order", ["ab", "ba"])
def test_a_join_keeps_whole_lists_and_the_changes_of_each_branch(kind: str, order: str) -> None:
    case = Bare(forked(kind))
    forms = {"a": {"单": [{"名": "丙"}], "甲方": 1}, "b": {"乙方": 2}}
    for element in order:
        case.do(element, **forms[element])
    data = case.data("sum")
    # The first arrival's change must not be taken back by the other branch, which still has the old value.
    assert data["单"] == [{"名": "丙"}]
    assert (data["甲方"], data["乙方"], data["备注"]) == (1, 2, "原")


def test_when_both_branches_change_a_variable_the_later_arrival_wins() -> None:
    for order, expected in (("ab", "b"), ("ba", "a")):
        case = Bare(forked())
        for element in order:
            case.do(element, 备注=element)
        assert case.data("sum")["备注"] == expected


def test_a_branch_changes_nothing_in_the_other_branch_or_in_what_is_finished() -> None:
    case = Bare(forked(), reload=False)
    case.do("a", 单=[{"名": "丙"}, {"名": "丁"}], 备注="甲改")
    before = case.data("b")
    assert before["单"] == [{"名": "甲"}, {"名": "乙"}]
    finished = next(iter(case.live._workflow.get_tasks(spec_name="init")))
    case.do("b")
    assert finished.data["单"] == [{"名": "甲"}, {"名": "乙"}]
    assert finished.data["备注"] == "原"


def test_the_hidden_join_at_the_end_keeps_lists_when_a_second_token_ended_there() -> None:
    # A reminder ends in round 1, the plan is returned, and round 2 has other items.
    drawing = Drawing("jihua").start("s").user("plan")
    with drawing.sub("block"):
        drawing.start("bs").user("check").end("be").flow("bs check be")
        drawing.boundary("late", "check", timer="${'2026-11-25T09:00:00+08:00'}", interrupting=False)
        drawing.notify("remind", "主管", "催").end("re").flow("late remind re")
    drawing.xor("ok", default="e").user("see").end("e").flow("s plan block see ok e").flow(
        "ok plan", when="退回"
    )
    case = Bare(drawing)
    case.do("plan", 项=[{"号": 9}, {"号": 11}])
    case.at("2026-11-25T09:00:00+08:00")
    assert [name for name, _ in case.around.served] == ["remind"]
    case.do("check", 项=[{"号": 12}])
    assert case.data("see")["项"] == [{"号": 12}]
    case.do("see", 退回=True)
    case.do("plan", 项=[{"号": 7}, {"号": 8}, {"号": 1}])
    case.do("check")
    assert case.data("see")["项"] == [{"号": 7}, {"号": 8}, {"号": 1}]
    case.do("see", 退回=False)
    assert case.live.ended


def test_a_reminder_of_the_whole_process_does_not_change_the_others_data_at_the_end() -> None:
    drawing = Drawing("jihua").start("s").script("init", "项 = [{'号': 1}, {'号': 2}]").user("plan").end("e")
    drawing.flow("s init plan e").boundary(
        "late", "plan", timer="${'2026-11-25T09:00:00+08:00'}", interrupting=False
    )
    drawing.notify("remind", "主管", "催").end("re").flow("late remind re")
    outer = (
        Drawing("waimian")
        .start("s")
        .call("call", "jihua", {}, {"得": "项"})
        .user("see")
        .end("e")
        .flow("s call see e")
    )
    case = Bare(outer, drawing)
    case.at("2026-11-25T09:00:00+08:00")
    case.do("plan", 项=[{"号": 5}])
    assert case.data("see")["得"] == [{"号": 5}]


@pytest.mark.parametrize("kind", ["parallel", "inclusive"])
def test_a_join_in_a_sub_process_waits_in_every_round_of_a_loop(kind: str) -> None:
    drawing = Drawing("jihua").start("s").script("init", "轮 = 0")
    with drawing.sub("block"):
        drawing.start("bs").user("a").user("b").end("be")
        if kind == "parallel":
            drawing.parallel("fork").parallel("join").flow("fork a join").flow("fork b join")
        else:
            drawing.inclusive("fork", default="a").inclusive("join").flow("fork a join")
            drawing.flow("fork b join", when="True").script("a2", "x = 1").flow(
                "fork a2 join", when="轮 >= 0"
            )
        drawing.flow("bs fork").flow("join be")
    drawing.user("see").xor("ok", default="e").end("e").flow("s init block see ok e").flow(
        "ok block", when="退回"
    )
    case = Bare(drawing)
    for number in range(3):
        if kind == "inclusive":
            # The default branch is not taken beside the others.
            assert case.open() == ["b"]
            case.do("b")
        else:
            case.do("b" if number % 2 else "a", 谁=number)
            assert case.open() == ["a" if number % 2 else "b"], f"round {number} joined early"
            case.do("a" if number % 2 else "b")
        case.do("see", 退回=number < 2)
    assert case.live.ended


def test_a_boundary_flow_merged_into_its_branch_lets_the_join_go_on() -> None:
    for late in (True, False):
        drawing = (
            Drawing("lingliao").start("s").parallel("fork").parallel("join").user("a").user("b").xor("merge")
        )
        drawing.user("sum").end("e").flow("s fork a merge join sum e").flow("fork b join")
        drawing.boundary("late", "a", timer="${'2026-11-25T12:00:00+08:00'}").script("note", "未答 = True")
        drawing.flow("late note merge")
        case = Bare(drawing)
        if late:
            case.at("2026-11-25T12:00:00+08:00")
        else:
            case.do("a")
        case.do("b")
        assert case.open() == ["sum"]
        assert case.data("sum").get("未答", False) is late


def test_a_variable_removed_from_view_of_one_branch_does_not_come_back_changed() -> None:
    case = Bare(forked())
    case.do("a", 旧=None)
    case.do("b")
    assert case.data("sum")["旧"] is None


def test_true_and_one_are_different_values_after_a_restart() -> None:
    case = Bare(forked())
    case.do("a", 旧=True, 新=1)
    case.do("b")
    assert case.data("sum")["旧"] is True
    assert case.data("sum")["新"] is not True


def chosen(script: str) -> Bare:
    drawing = (
        Drawing("lingliao").start("s").script("init", script).inclusive("fork", default="d").inclusive("join")
    )
    drawing.user("a").user("b").user("d").user("sum").end("e").flow("s init fork").flow("join sum e")
    drawing.flow("fork a join", when="甲").flow("fork b join", when="乙").flow("fork d join")
    return Bare(drawing)


@pytest.mark.parametrize(
    ("script", "open_ones"),
    [
        ("甲 = True\n乙 = True", ["a", "b"]),
        ("甲 = False\n乙 = True", ["b"]),
        ("甲 = False\n乙 = False", ["d"]),
    ],
)
def test_an_inclusive_gateway_takes_the_flows_that_hold_and_else_the_default(
    script: str, open_ones: list[str]
) -> None:
    case = chosen(script)
    assert case.open() == open_ones
    for element in open_ones:
        assert case.open() != ["sum"]
        case.do(element, **{element: 1})
    assert case.open() == ["sum"]
    assert all(case.data("sum")[element] == 1 for element in open_ones)


@pytest.mark.parametrize("kind", ["xor", "inclusive"])
def test_a_gateway_without_a_way_on_is_said_in_chinese(kind: str) -> None:
    drawing = (
        Drawing("lingliao").start("s").script("init", "甲 = False").user("a").user("b").end("e").end("e2")
    )
    getattr(drawing, kind)("fork")
    drawing.flow("s init fork").flow("fork a e", when="甲").flow("fork b e2", when="甲")
    with pytest.raises(ElementFailed, match="没有一条出线的条件成立") as failed:
        Bare(drawing)
    assert failed.value.element == "fork"
