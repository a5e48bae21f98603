"""What is written can be read again by another process, stays small, and never loses a token."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.spiff import dump, load
from engine.spiff.codec import UnreadableState
from engine.spiff.parser import ParsedProcess, parse_bundle
from tests.support.bare import Bare
from tests.support.counts import count
from tests.support.diagrams import Drawing

LATER = "2026-11-{day:02}T09:00:00+08:00"


def walk_drawings() -> tuple[Drawing, Drawing]:
    """Fork, loop, sub-process, both multi-instances, call, boundaries, event gateway."""
    drawing = (
        Drawing("dadan")
        .start("s")
        .start("sm", message="要料")
        .script("init", "轮 = 0\n项 = ['甲', '乙', '丙']\n未答 = False")
    )
    drawing.user("plan")
    with drawing.sub("block"):
        drawing.start("bs").parallel("f").parallel("j").user("a", each="架", of="${项}").end("be")
        drawing.user("b", each="架", of="${项}", sequential=True).boundary(
            "cut", "a", timer="${'2026-11-26T09:00:00+08:00'}"
        )
        drawing.xor("m").boundary("remind", "b", timer="${'2026-11-25T09:00:00+08:00'}", interrupting=False)
        drawing.notify("tell", "主管", "催").end("te").flow("remind tell te").flow("cut m")
        drawing.flow("bs f a m j be").flow("f b j")
    drawing.boundary("moved", "block", message="改期").call(
        "call", "duizhang", {"号": "${轮}"}, {"得": "果"}, each="x", of="${项}"
    )
    drawing.script("next", "轮 = 轮 + 1").xor("ok", default="race").race("race").xor("done")
    drawing.catch("answer", message="答复").catch("late", timer="${'2026-11-27T09:00:00+08:00'}").user(
        "last"
    ).end("e")
    drawing.flow("s init plan block call next ok race answer done last e").flow("sm init").flow(
        "race late done"
    )
    drawing.flow("moved plan").flow("ok plan", when="轮 < 2")
    inner = (
        Drawing("duizhang").start("cs").user("c").script("set", "果 = 号 + 1").end("ce").flow("cs c set ce")
    )
    return drawing, inner


@cache
def parsed() -> ParsedProcess:
    return parse_bundle("dadan", {each.key: each.bpmn().encode() for each in walk_drawings()})


class Walk(Bare):
    def parse(self) -> ParsedProcess:
        return parsed()


STEPS = st.lists(st.integers(min_value=0, max_value=10_000), min_size=1, max_size=count(60, 120))


@given(steps=STEPS, message=st.booleans(), reload=st.booleans())
def test_random_walks_never_lose_a_token(steps: list[int], message: bool, reload: bool) -> None:
    case = Walk(*walk_drawings(), message="要料" if message else None, reload=reload)
    day = 24
    for step in steps:
        if case.live.ended:
            assert (case.open(), case.waits(), case.live.timers()) == ([], [], [])
            return
        ways: list[tuple[str, Any]] = [("task", task.id) for task in case.live.open_tasks()]
        ways += [("message", waiting) for waiting in case.live.waiting_messages()]
        ways += [("day", None)] if case.live.timers() else []
        assert ways, "nobody can do anything and the case has not ended"
        kind, what = ways[step % len(ways)]
        if kind == "day":
            day = min(day + 1, 30)
            case.at(LATER.format(day=day))
        elif kind == "task":
            case.again().complete(what, {"数": step, "注": {"typename": [step, None]}})
            assert what not in {task.id for task in case.live.open_tasks()}
        else:
            case.again().catch(what.id, what.name, {"讯": step})
    # From wherever the walk ended, somebody who does whatever is open comes to the end.
    for _ in range(60):
        if case.live.ended:
            return
        found = case.live.open_tasks()
        if found:
            case.again().complete(found[0].id, {})
        else:
            case.send("答复")
    raise AssertionError(f"the case does not end: {case.open()}")


@given(steps=STEPS)
def test_with_and_without_restarts_a_walk_ends_in_the_same_place(steps: list[int]) -> None:
    one, other = Walk(*walk_drawings(), reload=True), Walk(*walk_drawings(), reload=False)
    for step in steps[:20]:
        for case in (one, other):
            found = sorted(case.live.open_tasks(), key=lambda task: (task.element, str(task.item)))
            if found:
                case.again().complete(found[step % len(found)].id, {"数": step})
        assert one.open() == other.open()
        assert [task.data for task in one.live.open_tasks()] == [
            task.data for task in other.live.open_tasks()
        ]
        assert one.live.element_states() == other.live.element_states()


def test_a_state_is_small_although_every_task_sees_all_data() -> None:
    drawing = Drawing("da").start("s")
    with drawing.sub("block", each="题", of="${连(项)}"):
        drawing.start("bs").user("a").user("b").end("be").flow("bs a b be")
    items = [{"名": f"第{number}项", "说明": f"内容{number}" * 200} for number in range(30)]
    case = Bare(drawing.end("e").flow("s block e"), data={"项": items})
    for task in case.live.open_tasks():
        case.again().complete(task.id, {"意见": "同意"})
    assert len(case.live.dump()) < 20_000


def test_an_unknown_format_is_refused_with_a_sentence() -> None:
    case = Bare(Drawing("x").start("s").user("a").end("e").flow("s a e"))
    state = case.live.dump()
    assert state[:1] == b"\x01"
    for bad in (b"\x02" + state[1:], b"", b"{}"):
        with pytest.raises(UnreadableState, match="系统管理员") as refused:
            load(bad, case.parse())
        assert isinstance(refused.value, EngineError)


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_a_damaged_state_is_refused_with_a_sentence(cut: int) -> None:
    case = Bare(Drawing("x").start("s").user("a").end("e").flow("s a e"))
    state = bytearray(case.live.dump())
    with pytest.raises(UnreadableState, match="系统管理员"):
        load(bytes(state[:-cut]), case.parse())
    state[-cut - 5] ^= 1
    with pytest.raises(UnreadableState, match="系统管理员"):
        load(bytes(state), case.parse())


def test_a_state_on_a_diagram_without_its_task_is_refused_by_name() -> None:
    case = Bare(Drawing("x").start("s").user("a").end("e").flow("s a e"))
    other = Drawing("x").start("s").user("b").end("e").flow("s b e")
    with pytest.raises(UnreadableState, match="“a”"):
        load(case.live.dump(), parse_bundle("x", {"x": other.bpmn().encode()}))


def test_writing_twice_gives_the_same_bytes() -> None:
    case = Walk(*walk_drawings(), reload=False)
    case.do("plan")
    state = case.live.dump()
    assert case.live.dump() == state
    assert dump(load(state, parsed())) == state
