"""Signing in and out, one-time links, and forms that do not come from our pages."""

from __future__ import annotations

import pytest

from engine import ProcessEngine, commands
from tests.support import toy
from tests.support.pages import Visitor, errors, words
from tests.web.conftest import Visit
from web.app import create_app
from web.signin import local_path

PASSWORD = "石榴树下有三只猫和一只鸟"


def test_the_demo_signs_people_in_with_one_click(visit: Visit) -> None:
    stranger = visit()
    assert "演示模式" in stranger.read("/signin")
    answer = stranger.client.post("/signin", data={"demo": toy.CLERK, "next": "/start"})
    assert (answer.status_code, answer.location) == (302, "/start")
    assert "戊五" in stranger.read("/tasks")


def test_outside_the_demo_nobody_signs_in_without_a_password(serious: ProcessEngine) -> None:
    stranger = Visitor(create_app(serious))
    page = stranger.read("/signin")
    assert "演示模式" not in page
    assert "戊五" not in page
    assert stranger.client.post("/signin", data={"demo": toy.CLERK}).status_code == 403
    assert stranger.get("/tasks").status_code == 302


def test_a_wrong_password_says_so_and_keeps_the_login(serious: ProcessEngine) -> None:
    answer = Visitor(create_app(serious)).client.post("/signin", data={"login": "wuwu", "password": "不对"})
    assert answer.status_code == 422
    assert errors(answer) == ["登录名或密码不正确。请重新输入；忘记密码请联系系统管理员。"]
    assert 'value="wuwu"' in answer.text


def test_the_first_administrator_sets_up_by_a_link_and_gives_a_link_to_others(serious: ProcessEngine) -> None:
    app = create_app(serious)
    token = commands.make_setup_link(serious)
    administrator = Visitor(app)
    assert "设置第一位管理员" in administrator.read(f"/link/{token}")
    page = f"/link/{token}"
    twice = {"password": PASSWORD, "again": PASSWORD + "鱼"}
    assert errors(administrator.submit(page, {"login": toy.ADMIN, **twice})) == [
        "两次输入的密码不一样，请重新输入。"
    ]
    assert (
        administrator.submit(page, {"login": "nobody", "password": PASSWORD, "again": PASSWORD}).status_code
        == 422
    )
    done = administrator.submit(page, {"login": toy.ADMIN, "password": PASSWORD, "again": PASSWORD})
    assert done.status_code == 302
    assert administrator.get(page).status_code == 404

    made = administrator.post(f"/office/accounts/{toy.CLERK}/link")
    link = next(word for word in words(made).split() if "/link/" in word)
    clerk = Visitor(app)
    assert clerk.submit(link, {"password": PASSWORD, "again": PASSWORD}).status_code == 302
    assert "戊五" in clerk.read("/tasks")
    again = Visitor(app).client.post("/signin", data={"login": toy.CLERK, "password": PASSWORD})
    assert again.status_code == 302


def test_a_withdrawn_link_no_longer_works(serious: ProcessEngine) -> None:
    app = create_app(serious)
    commands.use_link(serious, str(commands.make_setup_link(serious)), PASSWORD, toy.ADMIN)
    administrator = Visitor(app)
    administrator.client.post("/signin", data={"login": toy.ADMIN, "password": PASSWORD})
    link = next(
        word
        for word in words(administrator.post(f"/office/accounts/{toy.CLERK}/link")).split()
        if "/link/" in word
    )
    assert administrator.post(f"/office/accounts/{toy.CLERK}/withdraw").status_code == 302
    assert Visitor(app).get(link).status_code == 404


@pytest.mark.parametrize(
    "target",
    [
        "https://example.org/",
        "//example.org/x",
        "/\\example.org",
        "\\\\example.org",
        "javascript:alert(1)",
        "",
        None,
    ],
)
def test_signing_in_never_leads_away(visit: Visit, target: str | None) -> None:
    answer = visit().client.post("/signin", data={"demo": toy.CLERK, "next": target or ""})
    assert answer.location == "/tasks"


def test_a_path_of_ours_is_kept_with_its_query(visit: Visit) -> None:
    answer = visit().get("/tasks?q=灯管")
    assert answer.status_code == 302
    assert answer.location.startswith("/signin?next=")
    with visit().client.application.test_request_context():
        assert local_path("/tasks?q=x#y") == "/tasks?q=x#y"


def test_signing_out_ends_the_session_at_the_server(visit: Visit) -> None:
    clerk = visit(toy.CLERK)
    cookie = clerk.client.get_cookie("guicheng")
    assert cookie is not None
    assert clerk.post("/signout").status_code == 302
    clerk.client.set_cookie("guicheng", cookie.value)
    assert clerk.get("/tasks").status_code == 302


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://example.org"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}],
)
def test_forms_of_other_sites_are_refused(visit: Visit, headers: dict[str, str]) -> None:
    clerk = visit(toy.CLERK)
    data = {"csrf_token": clerk.token(), "text": "同意。"}
    assert clerk.client.post("/phrases", data=data, headers=headers).status_code == 400
    assert visit().client.post("/signin", data={"demo": toy.CLERK}, headers=headers).status_code == 400


@pytest.mark.parametrize("token", ["", "0" * 64, "真的"])
def test_forms_without_our_token_are_refused(visit: Visit, town: ProcessEngine, token: str) -> None:
    clerk = visit(toy.CLERK)
    answer = clerk.client.post("/phrases", data={"csrf_token": token, "text": "同意。"})
    assert answer.status_code == 400
    assert "提交没有生效" in words(answer)
    assert "同意。" not in clerk.read("/phrases")


def test_signing_in_as_somebody_else_works_while_signed_in(visit: Visit) -> None:
    clerk = visit(toy.CLERK)
    answer = clerk.submit("/signin", {"demo": toy.HEAD}, action="/signin")
    assert answer.status_code == 302
    assert "甲一" in clerk.read("/tasks")
