"""Timers go by the clock that is handed in; messages leave by the outbox and wake exactly one task."""

from __future__ import annotations

import orjson
import pytest
import zstandard

from engine.errors import Conflict, ElementFailed
from tests.support.bare import Around, Bare
from tests.support.diagrams import Drawing

NOON = "2026-11-25T12:00:00+08:00"


def limited(timer: str, interrupting: bool = True) -> Drawing:
    drawing = (
        Drawing("hedui")
        .start("s")
        .script("init", f"期限 = '{NOON}'\n空值 = None")
        .user("a")
        .user("late")
        .end("e")
        .end("e2")
    )
    drawing.boundary("timer", "a", timer=timer, interrupting=interrupting)
    return drawing.flow("s init a e").flow("timer late e2")


def test_a_timer_fires_at_its_moment_and_not_before() -> None:
    case = Bare(limited("${期限}"))
    case.at("2026-11-25T11:59:59+08:00")
    assert case.open() == ["a"]
    case.at(NOON)
    assert case.open() == ["late"]


def test_the_zone_of_the_machine_does_not_matter() -> None:
    for text in (
        "2026-11-25T12:00:00+08:00",
        "2026-11-25T04:00:00+00:00",
        "2026-11-25T12:00:00",
        "2026-11-25T04:00:00Z",
    ):
        case = Bare(limited(f"${{'{text}'}}"))
        assert case.live.timers()[0].due.isoformat() == NOON
        case.at("2026-11-25T11:59:59+08:00")
        assert case.open() == ["a"]
        case.at(NOON)
        assert case.open() == ["late"]


def test_a_reminder_leaves_the_task_and_fires_once() -> None:
    case = Bare(limited("${期限}", interrupting=False))
    for moment in (NOON, NOON, "2026-12-01T09:00:00+08:00"):
        case.at(moment)
        assert case.open() == ["a", "late"]
    case.do("late")
    case.do("a")
    assert case.live.ended


def test_a_timer_without_a_date_waits_until_it_has_one() -> None:
    case = Bare(limited("${空值}"))
    case.at("2030-01-01T00:00:00+08:00")
    assert case.open() == ["a"]
    assert case.live.timers()[0].due.year == 9999


def test_a_timer_is_computed_again_when_it_gets_a_date() -> None:
    around = Around(live_list=[None])
    case = Bare(limited("${现有()[0]}"), around=around)
    around.live_list = [NOON]
    case.at("2026-11-25T11:00:00+08:00")
    assert case.live.timers()[0].due.year == 9999
    case.again().recompute_timers()
    assert case.live.timers()[0].due.isoformat() == NOON
    case.at(NOON)
    assert case.open() == ["late"]


def test_a_timer_recomputed_to_a_moment_in_the_past_fires_at_once() -> None:
    around = Around(live_list=[NOON])
    case = Bare(limited("${现有()[0]}"), around=around)
    around.live_list = ["2026-11-20T12:00:00+08:00"]
    case.again().recompute_timers()
    assert case.open() == ["late"]


@pytest.mark.parametrize("value", ["12", "{'a': 1}", "'明天'", "['x']"])
def test_a_timer_that_is_no_moment_fails_with_the_element(value: str) -> None:
    with pytest.raises(ElementFailed, match="时刻") as failed:
        Bare(limited(f"${{{value}}}"))
    assert failed.value.element == "timer"


def test_of_two_timers_due_at_once_inside_and_around_a_call_the_outer_wins() -> None:
    outer = (
        Drawing("wai").start("s").call("call", "nei", {}, {}).user("cut").end("e").end("e2").flow("s call e")
    )
    outer.boundary("t", "call", timer=f"${{'{NOON}'}}").flow("t cut e2")
    inner = Drawing("nei").start("cs").user("a").user("l").end("ce").end("ce2").flow("cs a ce")
    inner.boundary("t2", "a", timer=f"${{'{NOON}'}}").flow("t2 l ce2")
    case = Bare(outer, inner)
    case.at(NOON)
    assert case.open() == ["cut"]


def test_a_catching_timer_in_a_flow_waits_for_its_moment() -> None:
    drawing = Drawing("deng").start("s").catch("t", timer=f"${{'{NOON}'}}").user("a").end("e").flow("s t a e")
    case = Bare(drawing)
    assert case.open() == []
    case.at(NOON)
    assert case.open() == ["a"]


# ---- messages


def test_a_thrown_message_carries_only_its_payload_and_is_not_caught_by_the_sender() -> None:
    drawing = (
        Drawing("lingliao").start("s").script("init", "键 = 7\n数 = 2\n秘密 = 1").parallel("f").parallel("j")
    )
    drawing.catch("c", message="到货", correlationKey="${键}").throw(
        "t", message="到货", correlationKey="${键}", payload="数; 双 = 数 * 2"
    )
    case = Bare(drawing.end("e").flow("s init f c j e").flow("f t j"))
    assert case.around.thrown == [("到货", "7", {"数": 2, "双": 4})]
    assert case.waits() == [("到货", "7")]
    case.send("到货", "7", 数=5)
    assert case.live.ended


@pytest.mark.parametrize("end", [True, False])
def test_message_ends_throw_too(end: bool) -> None:
    drawing = Drawing("x").start("s").end("e", message="完毕", payload="甲 = 1").flow("s e")
    case = Bare(drawing)
    assert case.around.thrown == [("完毕", "", {"甲": 1})]
    assert case.live.ended


def test_one_delivery_wakes_one_of_several_that_wait_for_the_name() -> None:
    drawing = Drawing("lingliao").start("s").parallel("f").parallel("j")
    for number in "12":
        drawing.catch(f"c{number}", message="到货", correlationKey=f"${{{number}}}").user(f"a{number}")
        drawing.flow(f"f c{number} a{number} j")
    case = Bare(drawing.end("e").flow("s f").flow("j e"))
    assert case.waits() == [("到货", "1"), ("到货", "2")]
    case.send("到货", "2", 数=5)
    assert case.open() == ["a2"]
    assert case.waits() == [("到货", "1")]
    case.send("到货", "1")
    assert "数" not in case.data("a1")


def test_a_message_that_is_not_waited_for_any_more_is_refused() -> None:
    drawing = Drawing("x").start("s").catch("c", message="到货").user("a").end("e").flow("s c a e")
    case = Bare(drawing)
    waiting = case.live.waiting_messages()[0]
    case.live.catch(waiting.id, "到货", {})
    with pytest.raises(Conflict):
        case.live.catch(waiting.id, "到货", {})
    with pytest.raises(Conflict):
        case.live.catch(waiting.id, "别的", {})


def test_a_second_completion_is_refused() -> None:
    drawing = Drawing("x").start("s").user("a").user("b").end("e").flow("s a b e")
    case = Bare(drawing)
    task = case.tasks("a")[0].id
    case.live.complete(task, {"数": 1})
    state = case.live.dump()
    for _ in range(2):
        with pytest.raises(Conflict, match="已经办理"):
            case.live.complete(task, {"数": 2})
    assert case.live.dump() == state


def racing() -> Drawing:
    drawing = (
        Drawing("dengdai")
        .start("s")
        .script("init", "键 = 1")
        .race("g")
        .xor("m")
        .user("a")
        .xor("more", default="e")
    )
    drawing.catch("answer", message="答复", correlationKey="${键}").catch(
        "refusal", message="拒绝", correlationKey="${键}"
    )
    drawing.catch("late", timer=f"${{'{NOON}'}}").end("e").flow("s init g answer m a more e")
    return drawing.flow("g refusal m").flow("g late m").flow("more g", when="再等")


def test_an_event_gateway_goes_the_way_of_the_first_event() -> None:
    for name, element in (("答复", "answer"), ("拒绝", "refusal")):
        case = Bare(racing())
        assert case.waits() == [("拒绝", "1"), ("答复", "1")]
        case.send(name, "1", 内容="x")
        assert case.waits() == []
        assert case.live.timers() == []
        assert case.data("a")["内容"] == "x"
        assert element in [each.element for each in case.live.passed()]
    case = Bare(racing())
    case.at(NOON)
    assert "late" in [each.element for each in case.live.passed()]
    assert case.waits() == []


def test_an_event_gateway_does_not_keep_what_it_caught() -> None:
    case = Bare(racing())
    for number in range(3):
        case.send("答复", "1", 内容=f"很长的内容{number}" * 50)
        case.do("a", 再等=True, 内容="")
    stored = zstandard.decompress(case.live.dump()[1:]).decode()
    internal = [row[7] for row in orjson.loads(stored)["tasks"]]
    assert not any("很长的内容" in str(each) for each in internal)


def test_a_message_boundary_cancels_a_block_with_everything_in_it() -> None:
    drawing = Drawing("zu").start("s").user("again").end("e").end("e2")
    with drawing.sub("block"):
        drawing.start("bs").parallel("f").parallel("j").user("a").user(
            "b", each="架", of="${['甲', '乙']}"
        ).end("be")
        drawing.boundary("t", "b", timer=f"${{'{NOON}'}}", interrupting=False).end("te").flow("t te")
        drawing.flow("bs f a j be").flow("f b j")
    drawing.boundary("moved", "block", message="改期").flow("moved again block").flow("s block e")
    case = Bare(drawing)
    case.do("b", "甲")
    case.send("改期", 日期="x")
    assert case.open() == ["again"]
    assert case.live.timers() == []
    case.do("again")
    assert case.open() == ["a", "b", "b"]
    case.do("a")
    case.do("b", "甲")
    assert not case.live.ended
    case.do("b", "乙")
    assert case.live.ended
