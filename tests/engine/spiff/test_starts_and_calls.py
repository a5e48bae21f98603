"""Which start event runs, what goes into a called procedure and what comes back."""

from __future__ import annotations

import pytest

from engine.errors import ElementFailed, Refused
from tests.support.bare import Bare
from tests.support.diagrams import Drawing


def two_starts() -> Drawing:
    drawing = Drawing("lingliao").start("by_hand").start("by_message", message="要料")
    return drawing.script("x", "来源 = 1").user("a").end("e").flow("by_hand x a e").flow("by_message x")


def passed(case: Bare) -> list[str]:
    return [each.element for each in case.live.passed()]


def test_a_start_by_hand_shows_the_start_by_hand() -> None:
    case = Bare(two_starts(), data={"数量": 3})
    assert passed(case) == ["by_hand", "x"]
    assert case.data("a") == {"数量": 3, "来源": 1}
    assert case.live.waiting_messages() == []
    case.do("a")
    assert case.live.ended


def test_a_start_by_message_shows_the_start_by_message_with_its_payload() -> None:
    case = Bare(two_starts(), data={"数量": 3}, message="要料")
    assert passed(case) == ["by_message", "x"]
    assert case.data("a") == {"数量": 3, "来源": 1}
    case.do("a")
    assert case.live.ended


def test_what_a_start_brings_is_a_change_of_the_case() -> None:
    for message in (None, "要料"):
        case = Bare(two_starts(), data={"数量": 3}, message=message)
        changes = {key: value for each in case.live.passed() for key, value in each.changes.items()}
        assert changes == {"数量": 3, "来源": 1}


def test_a_message_that_starts_nothing_is_refused() -> None:
    with pytest.raises(Refused):
        Bare(two_starts(), message="别的")
    with pytest.raises(Refused):
        Bare(Drawing("x").start("s", message="要料").end("e").flow("s e"))


def test_only_the_mapped_variables_go_in_and_come_out() -> None:
    outer = Drawing("wai").start("s").script("init", "意见 = '外'\n数 = 2\n秘密 = 1")
    outer.call("call", "nei", {"量": "${数 * 2}"}, {"结论": "得"}).user("see").end("e").flow(
        "s init call see e"
    )
    inner = (
        Drawing("nei")
        .start("cs")
        .user("a")
        .script("set", "得 = 量 + 1\n意见 = '里'")
        .end("ce")
        .flow("cs a set ce")
    )
    case = Bare(outer, inner)
    assert case.data("a") == {"量": 4}
    assert case.tasks("a")[0].process == "nei"
    case.do("a", 意见="表")
    assert case.data("see") == {"意见": "外", "数": 2, "秘密": 1, "结论": 5}
    assert case.tasks("see")[0].process == "wai"


def test_a_variable_that_a_call_does_not_give_back_fails_with_its_name() -> None:
    outer = Drawing("wai").start("s").call("call", "nei", {}, {"结论": "得"}).end("e").flow("s call e")
    inner = Drawing("nei").start("cs").user("a").end("ce").flow("cs a ce")
    case = Bare(outer, inner)
    with pytest.raises(ElementFailed, match="没有给出变量“得”"):
        case.do("a")


def test_two_calls_of_the_same_procedure_keep_apart() -> None:
    outer = Drawing("wai").start("s").parallel("f").parallel("j").user("see").end("e")
    for number in "12":
        outer.call(f"c{number}", "nei", {"号": number}, {f"得{number}": "得"}).flow(f"f c{number} j")
    outer.flow("s f").flow("j see e")
    inner = (
        Drawing("nei").start("cs").user("a").script("set", "得 = 号 * 10 + 数").end("ce").flow("cs a set ce")
    )
    case = Bare(outer, inner)
    assert len({task.scope for task in case.tasks("a")}) == 2
    for task in case.tasks("a"):
        case.again().complete(task.id, {"数": task.data["号"]})
    assert (case.data("see")["得1"], case.data("see")["得2"]) == (11, 22)


@pytest.mark.parametrize("name", ["typename", "self", "task", "data", "id", "状态"])
def test_user_data_may_have_any_name(name: str) -> None:
    drawing = (
        Drawing("lingliao").start("s", message="要料").user("a").catch("c", message="到货").user("b").end("e")
    )
    case = Bare(drawing.flow("s a c b e"), data={name: {"typename": "BpmnWorkflow"}}, message="要料")
    assert case.data("a")[name] == {"typename": "BpmnWorkflow"}
    case.again().complete(case.tasks("a")[0].id, {name: [{"typename": "x", "__class__": 1}]})
    case.again()
    waiting = case.live.waiting_messages()[0]
    case.live.catch(waiting.id, "到货", {name: {"typename": "Task", "self": None}})
    case.again()
    assert case.data("b")[name] == {"typename": "Task", "self": None}


def test_a_loop_without_end_is_stopped_with_a_sentence() -> None:
    drawing = (
        Drawing("quan")
        .start("s")
        .user("a")
        .xor("g", default="a")
        .end("e")
        .flow("s a g a")
        .flow("g e", when="False")
    )
    case = Bare(drawing, reload=False)

    def go_round() -> None:
        for _ in range(500):
            assert case.open() == ["a"], "it froze in silence"
            case.live.complete(case.tasks("a")[0].id, {})

    with pytest.raises(ElementFailed, match="循环次数过多"):
        go_round()


def test_a_loop_without_a_person_is_stopped_with_a_sentence() -> None:
    drawing = Drawing("quan").start("s").script("x", "轮 = 1").xor("g", default="x").end("e").flow("s x g x")
    with pytest.raises(ElementFailed, match="循环次数过多"):
        Bare(drawing.flow("g e", when="False"), reload=False)


def test_a_terminate_end_ends_everything() -> None:
    drawing = Drawing("quan").start("s").parallel("f").user("a").user("b").end("e", terminate=True).end("e2")
    drawing.boundary("late", "b", timer="${'2026-11-30T09:00:00+08:00'}", interrupting=False).end("e3").flow(
        "late e3"
    )
    case = Bare(drawing.flow("s f a e").flow("f b e2"))
    case.do("a")
    assert case.live.ended
    assert case.open() == []
    assert case.live.timers() == []
    case.again()
    assert case.live.ended
