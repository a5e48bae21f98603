"""Tokens on drawn flows: what can be reached, what is needed on the way, and whether tokens get stuck or meet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.definitions import read_bundles
from engine.spiff import net as net_module
from engine.spiff import parse_bundle
from engine.spiff.hard import undone_between
from engine.spiff.net import Net, Stuck, Unclear
from tests.support.diagrams import Drawing

PROCESSES = Path(__file__).parents[3] / "processes"


def net(drawing: Drawing) -> Net:
    return Net(spec_of(drawing))


def spec_of(drawing: Drawing) -> Any:
    return parse_bundle(drawing.key, {drawing.key: drawing.bpmn().encode()}).spec


def stuck(of: Net, *places: str) -> tuple[str, bool]:
    with pytest.raises(Stuck) as error:
        of.require_sound(frozenset(places))
    return error.value.element, error.value.double


def branches(kind: str = "parallel") -> Drawing:
    drawing = Drawing("lingliao").start("s").user("a").user("last").end("e")
    if kind == "parallel":
        drawing.parallel("fork").parallel("join").flow("s a fork b join last e").flow("fork c join")
    else:
        drawing.inclusive("fork", default="b").inclusive("join").flow("s a fork b join last e")
        drawing.flow("fork c join", when="True")
    return drawing.user("b").user("c")


def test_of_parallel_branches_each_has_to_come() -> None:
    found = net(branches())
    for places in (["Start"], ["a"], ["b", "c"], ["join<b", "c"], ["join<b", "join<c"], ["last"], []):
        found.require_sound(frozenset(places))
    assert stuck(found, "b") == ("join", False)
    assert stuck(found, "join<c") == ("join", False)
    assert stuck(found, "b", "c", "a")[1]
    assert stuck(found, "b", "join<b") == ("join", True)


def test_of_inclusive_ones_only_those_that_are_on_the_way() -> None:
    found = net(branches("inclusive"))
    for places in (["Start"], ["a"], ["b"], ["join<b", "c"], ["join<c"]):
        found.require_sound(frozenset(places))


def test_a_token_that_ends_all_takes_the_others_with_it() -> None:
    of = Drawing("lingliao").start("s").parallel("fork").parallel("join").user("b").user("c").end("e")
    of.xor("no", default="join").end("stop", terminate=True)
    of.flow("s fork b no join e").flow("fork c join").flow("no stop", when="停")
    net(of).require_sound(frozenset({"b", "c"}))
    other = Drawing("lingliao").start("s").parallel("fork").parallel("join").user("b").user("c").end("e")
    other.xor("no", default="join").end("stop")
    other.flow("s fork b no join e").flow("fork c join").flow("no stop", when="停")
    assert stuck(net(other), "b", "c") == ("join", False)


def test_boundary_events_and_event_gateways_are_ways() -> None:
    drawing = Drawing("lingliao").start("s").user("a").user("late").race("race").user("u").user("v").end("e")
    drawing.boundary("over", "a", timer="${时后(1)}").catch("m", message="甲").catch("n", message="乙")
    drawing.flow("s a race m u e").flow("race n v e").flow("over late e")
    found = net(drawing)
    found.require_sound(frozenset({"a"}))
    assert {"late", "u", "v", "e"} <= found.reached(["a"])
    assert "race" not in found.reached(["late"])
    # What is attached to an element is left by although it is not done.
    assert "late" in found.reached(["s"], without=["a"])
    assert "u" not in found.reached(["s"], without=["a"])


def test_what_is_needed_on_the_way() -> None:
    found = net(branches())
    assert undone_between(found, "a", "last", frozenset("b")) == set()
    assert undone_between(found, "", "last", frozenset("b")) == {"b"}
    assert undone_between(found, "", "last", frozenset({"b", "c", "last"})) == {"b", "c"}
    assert undone_between(found, "", "b", frozenset({"b", "c"})) == set()
    row = Drawing("lingliao").start("s").user("a").user("b").user("c").end("e").flow("s a b c e")
    assert undone_between(net(row), "a", "c", frozenset("b")) == {"b"}
    assert undone_between(net(row), "c", "a", frozenset("b")) == set()


def test_what_is_too_much_to_look_at_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(net_module, "MOST_MARKINGS", 3)
    with pytest.raises(Unclear):
        net(branches()).require_sound(frozenset({"a"}))


def test_versions_are_compared_by_what_lies_ahead() -> None:
    one, other = branches(), branches()
    other.user("x").flow("x a")
    assert net(one).shape(["b", "c"]) == net(other).shape(["b", "c"])
    longer = Drawing("lingliao").start("s").user("a").user("last").user("y").end("e")
    longer.parallel("fork").parallel("join").user("b").user("c")
    longer.flow("s a fork b join last y e").flow("fork c join")
    assert net(one).shape(["b"]) != net(longer).shape(["b"])


def test_no_shipped_diagram_gets_stuck() -> None:
    bundles = {each.key: each for each in read_bundles(PROCESSES)}
    diagrams = {key: each.files[f"{key}.bpmn"].encode() for key, each in bundles.items()}
    decisions = {key: each.decisions for key, each in bundles.items()}
    wrong = []
    for key in bundles:
        parsed = parse_bundle(key, diagrams, decisions)
        for spec in (parsed.spec, *parsed.subprocesses.values()):
            try:
                Net(spec).require_sound(frozenset({"Start"}))
            except (Stuck, Unclear) as error:
                wrong.append((key, spec.name, error))
    assert wrong == []
