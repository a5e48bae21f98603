"""A case handed round: who gets it reads the whole case, confirms it, and is reminded."""

from __future__ import annotations

import pytest

from engine import commands, queries
from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.models import Circulation, Notification
from tests.engine.conftest import MakeTown
from tests.support.cases import CLERK, FIXER, GUARD, HEAD, KEEPER, OTHER_FIXER, VICE, Town
from tests.support.diagrams import Drawing


def a_case(make_town: MakeTown) -> tuple[Town, str]:
    drawing = (
        Drawing("x", "领料", 可见岗位="主管").start("s").user("a").user("b", "核对", groups="仓库管理员")
    )
    town = make_town(drawing.end("e").flow("s a b e"))
    case = town.start()
    town.do(case, "a")
    return town, case


def circulation(town: Town, login: str) -> int:
    return town.rows(Circulation, login=login)[-1].id


def test_who_gets_it_reads_the_whole_case_and_it_is_no_task(make_town: MakeTown) -> None:
    town, case = a_case(make_town)
    answers = [
        commands.circulate_case(town.engine, CLERK, case, [GUARD, FIXER], "请知悉", idempotency_key="k")
        for _ in range(2)
    ]
    assert answers[0] == answers[1]
    assert len(town.rows(Circulation)) == 2
    assert queries.may_see(town.engine, GUARD, case) == "whole"
    assert [line.case for line in queries.to_read(town.engine, GUARD).items] == ["领料"]
    assert queries.inbox_counts(town.engine, GUARD)["to_read"] == 1
    assert queries.inbox(town.engine, GUARD).total == 0
    (note,) = town.rows(Notification, login=GUARD)
    assert (note.kind, note.text) == ("circulate", "戊五把“领料”传阅给您：请知悉")


def test_a_reader_looks_and_does_no_more(make_town: MakeTown) -> None:
    town, case = a_case(make_town)
    commands.circulate_case(town.engine, CLERK, case, [GUARD])
    task = town.task(case, "b")
    with pytest.raises(Forbidden):
        commands.transfer_task(town.engine, GUARD, task, FIXER, "试试")
    assert not queries.oversees(town.engine, GUARD, case)


def test_only_who_sees_the_whole_case_hands_it_round(make_town: MakeTown) -> None:
    town, case = a_case(make_town)
    with pytest.raises(Forbidden):
        commands.circulate_case(town.engine, KEEPER, case, [GUARD])
    with pytest.raises(NotFound):
        commands.circulate_case(town.engine, FIXER, case, [GUARD])
    for people in ([], ["nobody"], [CLERK]):
        with pytest.raises(Invalid) as refused:
            commands.circulate_case(town.engine, CLERK, case, people)
        assert set(refused.value.errors) == {"people"}


def test_nobody_gets_it_twice_before_having_read_it(make_town: MakeTown) -> None:
    town, case = a_case(make_town)
    commands.circulate_case(town.engine, CLERK, case, [GUARD])
    with pytest.raises(Invalid) as refused:
        commands.circulate_case(town.engine, HEAD, case, [FIXER, GUARD])
    assert "辛八" in refused.value.errors["people"]
    assert town.rows(Circulation, login=FIXER) == []
    commands.confirm_reading(town.engine, GUARD, circulation(town, GUARD))
    commands.circulate_case(town.engine, HEAD, case, [FIXER, GUARD])
    assert len(town.rows(Circulation, login=GUARD)) == 2


def test_reading_is_confirmed_by_the_reader_with_or_without_words(make_town: MakeTown) -> None:
    town, case = a_case(make_town)
    commands.circulate_case(town.engine, CLERK, case, [GUARD, FIXER])
    number = circulation(town, GUARD)
    for login, error in ((FIXER, Forbidden), (HEAD, Forbidden), (OTHER_FIXER, NotFound)):
        with pytest.raises(error):
            commands.confirm_reading(town.engine, login, number)
    commands.confirm_reading(town.engine, GUARD, number, " 门口留了位置。 ", idempotency_key="k")
    commands.confirm_reading(town.engine, GUARD, number, "门口留了位置。", idempotency_key="k")
    with pytest.raises(Conflict, match="已阅"):
        commands.confirm_reading(town.engine, GUARD, number)
    with pytest.raises(NotFound):
        commands.confirm_reading(town.engine, GUARD, 999)
    assert queries.inbox_counts(town.engine, GUARD)["to_read"] == 0
    lines = queries.circulations(town.engine, CLERK, case)
    assert [(each.login, bool(each.read_at), each.words) for each in lines] == [
        (GUARD, True, "门口留了位置。"),
        (FIXER, False, None),
    ]
    assert [note.text for note in town.rows(Notification, login=CLERK, kind="read")] == [
        "辛八已阅“领料”：门口留了位置。"
    ]
    assert [kind for kind, _ in town.history(case)][-2:] == ["case.circulated", "case.read"]


def test_those_who_have_not_read_are_reminded_but_not_flooded(make_town: MakeTown) -> None:
    town, case = a_case(make_town)
    with pytest.raises(Conflict):
        commands.urge_readers(town.engine, CLERK, case)
    commands.circulate_case(town.engine, CLERK, case, [GUARD, FIXER, VICE])
    commands.confirm_reading(town.engine, VICE, circulation(town, VICE))
    assert commands.urge_readers(town.engine, CLERK, case, [GUARD])["people"] == [GUARD]
    assert commands.urge_readers(town.engine, CLERK, case)["people"] == [FIXER]
    with pytest.raises(Conflict, match="一小时"):
        commands.urge_readers(town.engine, CLERK, case)
    assert commands.urge_readers(town.engine, HEAD, case, [GUARD])["people"] == [GUARD]
    with pytest.raises(Forbidden):
        commands.urge_readers(town.engine, KEEPER, case)
    found = {
        each.login: [by for by, _ in each.urged] for each in queries.circulations(town.engine, HEAD, case)
    }
    assert found == {GUARD: [CLERK, HEAD], FIXER: [CLERK], VICE: []}
    town.at("2026-11-23T10:00:00+08:00")
    assert commands.urge_readers(town.engine, CLERK, case)["people"] == [GUARD, FIXER]
