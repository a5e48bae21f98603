"""Searching cases: what stands in a case finds it for those who see all of it, and tells nobody else anything."""

from __future__ import annotations

from typing import Any

import pytest

from engine import commands, queries
from tests.engine.conftest import MakeTown
from tests.support.cases import CLERK, EVERYBODY, FIXER, GUARD, HEAD, KEEPER, Town
from tests.support.diagrams import Drawing
from tests.support.statements import statements

SECRET = "盘亏"


def drawing() -> Drawing:
    drawing = Drawing(
        "x", "领料", 可见岗位="主管", 公开变量="库位", 标题="${'领：' + 用途}", 业务键="${编号}"
    )
    drawing.start("s")
    drawing.user(
        "a", fields={"用途": "textfield", "库位": "textfield", "说明": "textarea", "谁": "textfield"}
    )
    drawing.script("n", "编号 = '单0012'")
    drawing.user("b", groups="仓库管理员", fields={"意见": "textarea", "附件": "filepicker"})
    return drawing.user("c", users="${'jiliu'}").end("e").flow("s a n b c e")


@pytest.fixture
def town(make_town: MakeTown) -> Town:
    return make_town(drawing())


@pytest.fixture
def case(town: Town) -> str:
    case = town.start()
    town.do(case, "a", 用途="Lamp 灯管", 库位="甲区七架", 说明=f"上次{SECRET}三件", 谁="xinba")
    file = town.upload(KEEPER, "单据.pdf")
    town.do(case, "b", KEEPER, 意见="照准。", 附件=[file])
    return case


def found(town: Town, login: str, q: str) -> list[str]:
    return [each.id for each in queries.list_cases(town.engine, login, q=q).items]


@pytest.mark.parametrize(
    "q", ["lamp", "单0012", "七架", SECRET, "照准", f"灯管 {SECRET} 照准", "辛八", "xinba"]
)
def test_everything_submitted_finds_it_for_those_who_see_all(town: Town, case: str, q: str) -> None:
    assert found(town, HEAD, q) == found(town, CLERK, q) == [case]


@pytest.mark.parametrize("q", ["没有的", f"{SECRET} 没有的", "%", "_", "2026-11-23T"])
def test_what_stands_nowhere_finds_nothing(town: Town, case: str, q: str) -> None:
    assert found(town, HEAD, q) == []


@pytest.mark.parametrize("login", [KEEPER, FIXER])
def test_who_sees_a_part_finds_it_by_title_and_key_only(town: Town, case: str, login: str) -> None:
    assert queries.may_see(town.engine, login, case) == "part"
    assert found(town, login, "灯管") == found(town, login, "0012") == [case]
    for q in (SECRET, "七架", "照准", f"灯管 {SECRET}", "辛八"):
        assert found(town, login, q) == []


def test_what_one_may_not_see_never_makes_a_difference(make_town: MakeTown) -> None:
    """Two towns that differ in one case's content only: nobody who does not see all of it can tell them apart."""
    town = make_town(drawing())
    answers: list[dict[tuple[str, str], int]] = []
    for text in (SECRET, "平常"):
        case = town.start()
        town.do(case, "a", 用途="灯管", 库位=text, 说明=text, 谁=text)
        for login in EVERYBODY:
            whole = queries.may_see(town.engine, login, case) == "whole"
            assert (case in found(town, login, text)) == whole
        answers.append(
            {
                (login, q): int(case in found(town, login, q))
                for login in EVERYBODY
                if queries.may_see(town.engine, login, case) != "whole"
                for q in ("灯管", SECRET, "平常", "")
            }
        )
    assert answers[0] == answers[1]
    assert answers[0][(KEEPER, "灯管")] == 1
    assert answers[0][(GUARD, "")] == 0


def test_a_copy_opens_the_text_too(town: Town, case: str) -> None:
    assert found(town, GUARD, SECRET) == []
    commands.copy_case(town.engine, HEAD, case, [GUARD])
    assert found(town, GUARD, SECRET) == [case]


def test_the_text_can_be_made_anew(town: Town, case: str) -> None:
    from sqlalchemy import update

    from engine.models import ProcessInstance

    with town.engine.database.writing() as session:
        session.execute(update(ProcessInstance).values(search_text=""))
    assert found(town, HEAD, SECRET) == []
    commands.rebuild_projections(town.engine, case)
    assert found(town, HEAD, SECRET) == [case]


def test_lists_ask_as_often_for_many_cases_as_for_few(town: Town) -> None:
    counts: list[Any] = []
    for _ in range(2):
        for _ in range(5):
            town.start()
        counts.append(statements(town.engine, lambda: queries.list_cases(town.engine, HEAD, q="领")))
    assert counts[0] == counts[1]


def test_pages_of_what_one_sees_hold_every_case_once(town: Town) -> None:
    mine = {town.start() for _ in range(5)}
    others = {town.start(login=CLERK) for _ in range(2)}
    seen, cursor = [], None
    while True:
        page = queries.list_cases(town.engine, HEAD, limit=2, cursor=cursor)
        seen += [each.id for each in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sorted(seen) == sorted(mine | others)
