"""我的代理 on the pages: giving and ending one's own, and what a deputy sees and leaves behind."""

from __future__ import annotations

from datetime import date

import pytest

from engine import ProcessEngine, commands
from tests.support import toy
from tests.support.pages import errors, words
from tests.web.conftest import Visit

GIVEN = {
    "kind": "代理",
    "receiver": toy.VICE,
    "begins": "2026-11-24",
    "ends": "2026-11-30",
    "basis": "外出学习",
}


def test_a_person_gives_their_own_and_ends_it(visit: Visit, town: ProcessEngine) -> None:
    keeper = visit(toy.KEEPER)
    assert "您没有委托过别人。" in keeper.read("/delegations")
    wrong = keeper.submit("/delegations", {**GIVEN, "ends": "哪天"})
    assert (wrong.status_code, errors(wrong)) == (422, ["请填写日期，例如 2026-10-08。"])
    assert 'value="外出学习"' in wrong.text
    assert keeper.submit("/delegations", {**GIVEN, "receiver": ""}).status_code == 422
    assert keeper.submit(wrong, GIVEN).status_code == 302
    page = keeper.get("/delegations")
    assert "乙二" in words(page)
    assert "生效中" in words(page)
    vice = visit(toy.VICE)
    assert "丁四" in vice.read("/delegations")
    assert "丁四委托您“代理”" in vice.read("/notifications")
    ended = keeper.submit(page, {"now": "1"}, action="/delegations/end")
    assert ended.status_code == 302
    assert "您没有委托过别人。" in keeper.read("/delegations")


def test_who_only_runs_the_program_gives_nothing(visit: Visit) -> None:
    page = visit(toy.ADMIN).read("/delegations")
    assert "委托别人代办" not in page


@pytest.mark.parametrize("where", ["delegations", "delegate", "signers", "transfer"])
def test_work_is_not_offered_to_who_only_runs_the_program(
    visit: Visit, town: ProcessEngine, where: str
) -> None:
    toy.filled_requisition(town)
    task = toy.open_task(town, toy.KEEPER, "核对库存")
    page = visit(toy.KEEPER).get("/delegations" if where == "delegations" else f"/tasks/{task}/{where}")
    assert f'value="{toy.VICE}"' in page.text
    assert f'value="{toy.ADMIN}"' not in page.text


def test_a_deputys_work_says_for_whom(visit: Visit, town: ProcessEngine) -> None:
    case = toy.filled_requisition(town)
    commands.give_delegation(
        town, toy.HEAD, "", "代理", toy.HEAD, toy.VICE, date(2026, 11, 24), date(2026, 11, 30), "外出"
    )
    vice = visit(toy.VICE)
    assert "代甲一" in vice.read("/tasks")
    task = toy.open_task(town, toy.VICE, "主管审批")
    page = vice.read(f"/tasks/{task}")
    assert "代甲一" in page
    assert "受甲一委托代办" in page
    assert vice.submit(f"/tasks/{task}", {"审批结论": "同意", "审批意见": "情况属实。"}).status_code == 302
    assert "代甲一" in vice.read("/done")
    assert "乙二（代甲一）" in visit(toy.HEAD).read(f"/cases/{case}")
    assert "乙二代您办理了" in visit(toy.HEAD).read("/notifications")
