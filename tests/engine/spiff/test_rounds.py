"""Children are added to rounds that are under way and taken off them, also in an instance read from its state."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.bare import Bare
from tests.support.diagrams import Drawing

SEQUENCES = pytest.mark.parametrize("sequential", [False, True], ids=["parallel", "sequential"])


def counting(sequential: bool, of: str = "${货架}") -> Drawing:
    drawing = Drawing("pandian").start("s").user("list").script("make", "货架 = ['甲', '乙']")
    drawing.user("count", each="架", of=of, sequential=sequential).user("sum").end("e")
    drawing.boundary("late", "count", timer="${时后(24)}").user("late_sum").end("e2")
    return drawing.flow("s list make count sum e").flow("late late_sum e2")


def begun(sequential: bool, of: str = "${货架}") -> Bare:
    case = Bare(counting(sequential, of))
    case.do("list")
    return case


def add(case: Bare, item: str) -> None:
    case.again().add_to_round(case.tasks("count")[0].id, item)


def off(case: Bare, item: str) -> None:
    live = case.again()
    live.take_off_round(next(task.id for task in case.tasks("count") if task.item == item))


@SEQUENCES
def test_a_child_added_gets_the_next_index_and_its_outcome_counts(sequential: bool) -> None:
    case = begun(sequential)
    case.do("count", "甲", 数=1)
    add(case, "丙")
    assert [task.item for task in case.tasks("count")] == (["乙"] if sequential else ["乙", "丙"])
    case.do("count", "乙", 数=2)
    case.do("count", "丙", 数=3)
    data = case.data("sum")
    assert data["count_results"] == {
        "0": {"架": "甲", "数": 1},
        "1": {"架": "乙", "数": 2},
        "2": {"架": "丙", "数": 3},
    }
    assert data["货架"] == ["甲", "乙", "丙"]
    assert "架" not in data


def test_a_child_added_sees_what_its_siblings_saw() -> None:
    case = begun(False)
    case.do("count", "甲", 数=1)
    add(case, "丙")
    old, new = (dict(task.data) for task in case.tasks("count"))
    assert {key: value for key, value in old.items() if key != "架"} == {
        key: value for key, value in new.items() if key != "架"
    }


def test_the_one_taken_off_is_not_waited_for() -> None:
    case = begun(False)
    off(case, "乙")
    assert case.open() == ["count"]
    case.do("count", "甲", 数=1)
    data = case.data("sum")
    assert data["count_results"] == {"0": {"架": "甲", "数": 1}}
    assert data["货架"] == ["甲"]
    case.do("sum")
    assert case.live.ended


def test_the_round_goes_on_when_the_others_were_done_before_one_is_taken_off() -> None:
    case = begun(False)
    add(case, "丙")
    case.do("count", "甲", 数=1)
    off(case, "丙")
    case.do("count", "乙", 数=2)
    assert list(case.data("sum")["count_results"]) == ["0", "1"]


def test_taken_off_a_sequence_the_next_comes_up() -> None:
    case = begun(True)
    off(case, "甲")
    assert [task.item for task in case.tasks("count")] == ["乙"]
    add(case, "丙")
    case.do("count", "乙", 数=2)
    case.do("count", "丙", 数=3)
    assert [row["架"] for row in case.data("sum")["count_results"].values()] == ["乙", "丙"]


def test_an_index_is_never_used_twice() -> None:
    case = begun(False)
    off(case, "乙")
    add(case, "丙")
    case.do("count", "甲", 数=1)
    case.do("count", "丙", 数=3)
    assert list(case.data("sum")["count_results"]) == ["0", "2"]


@SEQUENCES
def test_a_deadline_finds_the_changed_list(sequential: bool) -> None:
    case = begun(sequential)
    add(case, "丙")
    case.do("count", "甲", 数=1)
    case.at("2026-11-26T09:00:00+08:00")
    assert case.open() == ["late_sum"]
    assert case.data("late_sum")["货架"] == ["甲", "乙", "丙"]


def test_a_collection_that_is_no_plain_variable_changes_none() -> None:
    case = begun(False, of="${连(货架, [])}")
    add(case, "丙")
    for shelf in "甲乙丙":
        case.do("count", shelf, 数=1)
    data = case.data("sum")
    assert len(data["count_results"]) == 3
    assert data["货架"] == ["甲", "乙"]


def test_branches_beside_the_round_keep_their_own_list() -> None:
    drawing = Drawing("pandian").start("s").script("make", "货架 = ['甲', '乙']").parallel("fork")
    drawing.user("count", each="架", of="${货架}").user("other").parallel("join").user("sum").end("e")
    case = Bare(drawing.flow("s make fork count join sum e").flow("fork other join"))
    add(case, "丙")
    assert case.data("other")["货架"] == ["甲", "乙"]
    for shelf in "甲乙丙":
        case.do("count", shelf, 数=1)
    case.do("other")
    assert case.data("sum")["货架"] == ["甲", "乙", "丙"]


def test_the_round_tells_its_items_and_who_was_before() -> None:
    case = begun(False)
    case.do("count", "甲", 数=1)
    live = case.again()
    task = case.tasks("count")[0].id
    found = live.round_of(task)
    assert found is not None
    assert (found.items, found.open, found.sequential) == (("甲", "乙"), ("乙",), False)
    assert live.person_before(task) is not None
    case.do("count", "乙", 数=1)
    assert case.again().round_of(case.tasks("sum")[0].id) is None


def test_who_was_before_is_found_from_inside_a_call() -> None:
    outer = Drawing("pandian").start("s").user("list").call("call", "qingdian", {"架": "['甲']"}).end("e")
    inner = Drawing("qingdian").start("cs").user("count", each="个", of="${架}").end("ce")
    case = Bare(outer.flow("s list call e"), inner.flow("cs count ce"))
    first = case.tasks("list")[0].id
    case.do("list")
    assert case.again().person_before(case.tasks("count")[0].id) == first


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["add", "off", "do"]), st.integers(0, 9)), max_size=12))
def test_whatever_is_added_and_taken_off_the_round_ends_with_what_was_done(
    steps: list[tuple[str, int]],
) -> None:
    case, done, fresh = begun(False), {0: "", 1: ""}, 0
    done.clear()
    for verb, number in steps:
        open_now = case.tasks("count")
        if not open_now:
            break
        chosen = open_now[number % len(open_now)]
        if verb == "add":
            fresh += 1
            add(case, f"新{fresh}")
        elif verb == "off" and len(open_now) > 1:
            off(case, chosen.item)
        elif verb == "do":
            done[len(done)] = chosen.item
            case.do("count", chosen.item, 数=1)
    while case.tasks("count"):
        item = case.tasks("count")[0].item
        done[len(done)] = item
        case.do("count", item, 数=1)
    results = case.data("sum")["count_results"]
    assert sorted(row["架"] for row in results.values()) == sorted(done.values())
    assert sorted(case.data("sum")["货架"]) == sorted(done.values())
