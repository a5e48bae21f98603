"""Administration: each part for those who may, mistakes at the form, and what changes by it."""

from __future__ import annotations

import pytest

from engine import ProcessEngine, queries
from tests.support import toy
from tests.support.pages import errors, words
from tests.web.conftest import Visit

YEAR = """year: 2027
status: 已公布
source: 测试用
days:
  - {date: 2027-01-01, kind: 休, name: 元旦}
"""


@pytest.mark.parametrize(
    ("login", "seen", "hidden"),
    [
        (toy.HEAD, ["工作日历", "登记委托"], ["运行异常", "账号", "新增任职"]),
        (toy.ADMIN, ["运行异常", "未送达的消息", "账号", "新增任职"], ["工作日历", "登记委托"]),
    ],
)
def test_everybody_sees_only_what_the_post_may(
    visit: Visit, login: str, seen: list[str], hidden: list[str]
) -> None:
    page = visit(login).read("/office")
    assert [word for word in seen if word not in page] == []
    assert [word for word in hidden if word in page] == []


def test_others_are_refused(visit: Visit) -> None:
    clerk = visit(toy.CLERK)
    assert clerk.get("/office").status_code == 403
    for url, data in (
        ("/office/calendar", {"text": YEAR}),
        ("/office/appointments", {"login": "wuwu", "post": "主管", "begins": "2026-11-24"}),
        ("/office/appointments/end", {"login": "jiayi", "post": "主管", "last_day": "2026-11-24"}),
        ("/office/portfolios", {"line": "仓储", "begins": "2026-11-24"}),
        (
            "/office/delegations",
            {
                "kind": "代理",
                "giver": "jiayi",
                "receiver": "wuwu",
                "begins": "2026-11-24",
                "ends": "2026-11-25",
                "basis": "无",
            },
        ),
        ("/office/delegations/withdraw", {"kind": "代理", "giver": "jiayi", "last_day": "2026-11-24"}),
        ("/office/incidents/1/retry", {}),
        ("/office/accounts/jiayi/link", {}),
        ("/office/accounts/jiayi/withdraw", {}),
    ):
        assert clerk.post(url, data).status_code == 403, url


def test_a_delegation_is_registered_works_and_ends(visit: Visit, town: ProcessEngine) -> None:
    toy.filled_requisition(town)
    head = visit(toy.HEAD)
    given = {
        "kind": "代理",
        "giver": toy.HEAD,
        "receiver": toy.VICE,
        "begins": "2026-11-24",
        "basis": "外出学习",
    }
    wrong = head.submit("/office", {**given, "ends": "哪天"}, action="/office/delegations")
    assert wrong.status_code == 422
    assert errors(wrong) == ["请填写日期，例如 2026-10-08。"]
    assert 'value="外出学习"' in wrong.text
    assert head.submit(wrong, {"ends": "2026-11-30"}, action="/office/delegations").status_code == 302
    vice = visit(toy.VICE)
    assert "主管审批" in vice.read("/tasks")
    task = toy.open_task(town, toy.VICE, "主管审批")
    assert "受甲一委托代办" in vice.read(f"/tasks/{task}")
    assert "外出学习" in visit(toy.GUARD).read("/people")
    ended = {"last_day": "2026-11-23"}
    assert head.submit("/office", ended, action="/withdraw").status_code == 422
    assert head.submit("/office", {"last_day": "2026-11-24"}, action="/withdraw").status_code == 302


def test_a_year_is_imported_or_refused_with_located_sentences(visit: Visit, town: ProcessEngine) -> None:
    head = visit(toy.HEAD)
    assert "2027 年的放假调休安排还没有导入" in head.read("/office")
    wrong = head.submit("/office", {"text": "year: 2027"}, action="/office/calendar")
    assert wrong.status_code == 422
    assert "year: 2027" in wrong.text
    assert head.submit("/office", {"text": YEAR}, action="/office/calendar").status_code == 302
    assert "2027 年的放假调休安排还没有导入" not in head.read("/office")


def test_a_new_person_is_appointed(visit: Visit, town: ProcessEngine) -> None:
    administrator = visit(toy.ADMIN)
    new = {
        "login": "guishi",
        "name": "癸十",
        "title": "仓库管理员",
        "post": "仓库管理员",
        "begins": "2026-11-24",
    }
    assert (
        administrator.submit("/office", {**new, "post": "没有的岗位"}, action="/appointments").status_code
        == 422
    )
    assert (
        administrator.submit("/office", {**new, "unit": "仓储科"}, action="/appointments").status_code == 302
    )
    toy.filled_requisition(town)
    assert "核对库存" in visit("guishi").read("/tasks")


def test_a_portfolio_changes_hands(visit: Visit, town: ProcessEngine) -> None:
    administrator = visit(toy.ADMIN)
    change = {"line": "运输", "leader": toy.VICE, "begins": "2026-11-24"}
    assert administrator.submit("/office", change, action="/portfolios").status_code == 302
    lines = {
        each.line: each.leader for each in queries.directory(town, toy.ADMIN).portfolios if each.ends is None
    }
    assert lines == {"仓储": toy.VICE, "运输": toy.VICE}


def test_a_one_time_link_is_shown_once(visit: Visit) -> None:
    administrator = visit(toy.ADMIN)
    made = administrator.post(f"/office/accounts/{toy.CLERK}/link")
    assert "/link/" in words(made)
    later = administrator.read("/office")
    assert "/link/" not in later
    assert "有效到" in later
    assert administrator.post("/office/accounts/nobody/link").status_code == 404
