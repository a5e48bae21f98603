"""What was passed says along which flows it went on, also past what the library puts between two elements."""

from __future__ import annotations

from tests.support.bare import Bare
from tests.support.diagrams import Drawing

SOON = "${时后(1)}"


def leads(case: Bare) -> dict[str, tuple[str, ...]]:
    """Element → where its token went on the last time; a part of a procedure that ended leads nowhere."""
    return {each.element: each.leads_to for each in case.live.passed()}


def test_a_choice_leads_only_where_it_was_decided_to_go_although_that_is_still_open() -> None:
    drawing = Drawing("x").start("s").user("a").xor("g", default="b").user("b").user("c").end("e")
    drawing.boundary("late", "b", timer=SOON).flow("s a g b e").flow("g c", when="${急}").flow("c e")
    drawing.flow("late c")
    for urgent, target in ((False, "b"), (True, "c")):
        case = Bare(drawing, reload=False)
        case.do("a", 急=urgent)
        found = leads(case)
        assert found["g"] == (target,)
        assert found["s"] == ("a",)
        assert case.open() == [target]


def test_an_element_with_boundary_events_is_reached_and_left_as_drawn() -> None:
    drawing = Drawing("x").start("s").user("a").user("b").user("c").end("e").end("e2")
    drawing.boundary("remind", "a", timer=SOON, interrupting=False).boundary("late", "a", timer="${时后(2)}")
    drawing.flow("s a b e").flow("late c e").flow("remind e2")
    case = Bare(drawing, reload=False)
    case.do("a")
    assert leads(case) == {"s": ("a",), "a": ("b",)}
    case = Bare(drawing, reload=False)
    case.at("2026-11-24T10:00:00+08:00")
    assert leads(case) == {"s": ("a",), "remind": ("e2",), "e2": ()}
    case.at("2026-11-24T11:00:00+08:00")
    found = leads(case)
    assert found["late"] == ("c",)
    assert "a" not in found


def test_an_inclusive_choice_leads_to_all_that_were_chosen_and_into_its_join() -> None:
    drawing = Drawing("x").start("s").user("a").inclusive("g", default="j").inclusive("j")
    drawing.user("b").user("c").end("e").flow("s a g j e").flow("g b", when="${甲}").flow("g c", when="${乙}")
    drawing.flow("b j").flow("c j")
    for chosen, expected in (((True, True), {"b", "c"}), ((False, True), {"c"}), ((False, False), {"j"})):
        case = Bare(drawing, reload=False)
        case.do("a", 甲=chosen[0], 乙=chosen[1])
        assert set(leads(case)["g"]) == expected


def test_of_an_event_gateway_the_event_that_came_first_was_chosen() -> None:
    drawing = Drawing("x").start("s").race("g").catch("m", message="到货", correlationKey="${''}")
    drawing.catch("t", timer=SOON).end("e").flow("s g m e").flow("g t e")
    case = Bare(drawing, reload=False)
    case.live.catch(case.live.waiting_messages()[0].id, "到货", {})
    assert leads(case)["g"] == ("m",)
    case = Bare(drawing, reload=False)
    case.at("2026-11-24T10:00:00+08:00")
    assert leads(case)["g"] == ("t",)


def test_a_branch_that_waits_at_a_join_has_gone_there() -> None:
    drawing = Drawing("x").start("s").parallel("f").user("a").xor("g", default="j").user("b").parallel("j")
    drawing.user("c").end("e").flow("s f a g j e").flow("g b", when="${急}").flow("b j").flow("f c j")
    for order in ("ac", "ca"):
        case = Bare(drawing, reload=False)
        for element in order:
            case.do(element, 急=False)
        assert leads(case)["g"] == ("j",)


def test_in_a_round_and_a_part_of_its_own_flows_are_those_of_the_round_and_the_part() -> None:
    drawing = Drawing("x").start("s").user("a", each="人", of="${['wuwu', 'liuliu']}")
    with drawing.sub("part"):
        drawing.start("ps").user("b").end("pe").flow("ps b pe")
    case = Bare(drawing.end("e").flow("s a part e"), reload=False)
    case.do("a")
    case.do("a")
    case.do("b")
    found = leads(case)
    assert found["s"] == ("a",)
    assert found["ps"] == ("b",)
    assert (found["b"], found["pe"], found["part"]) == (("pe",), (), ("e",))
