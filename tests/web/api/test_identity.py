"""Who calls: a browser's session with its token, or in a demo a person by name."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from engine import commands
from tests.support import toy
from tests.support.interface import Caller, Interface
from tests.support.toy import ADMIN, CLERK

PASSWORD = "shan qian shan hou 9"


def browser(interface: Interface, token: str, csrf: bool) -> Caller:
    caller = Caller(interface, {})
    caller.client.set_cookie("guicheng", token)
    if csrf:
        caller.headers["X-CSRF-Token"] = hmac.new(token.encode(), b"csrf", hashlib.sha256).hexdigest()
    return caller


def test_outside_a_demo_there_is_neither_the_name_nor_the_clock(serious: Interface) -> None:
    assert serious(CLERK).get("/me").status_code == 401
    token = commands.use_link(serious.engine, str(commands.make_setup_link(serious.engine)), PASSWORD, ADMIN)
    for caller in (serious(None), serious(CLERK), browser(serious, token, csrf=True)):
        assert caller.get("/demo/clock").status_code == 404
        assert caller.post("/demo/clock", {"now": "2026-12-08T09:00+08:00"}).status_code == 404


def test_a_browser_session_reads_and_with_its_token_writes(serious: Interface) -> None:
    token = commands.use_link(serious.engine, str(commands.make_setup_link(serious.engine)), PASSWORD, ADMIN)
    assert browser(serious, token, csrf=False).get("/me").json["login"] == ADMIN
    assert browser(serious, token, csrf=False).post("/phrases", {"text": "同意。"}).status_code == 400
    assert browser(serious, token, csrf=True).post("/phrases", {"text": "同意。"}).status_code == 200
    assert browser(serious, "forged", csrf=True).get("/me").status_code == 401
    commands.sign_out(serious.engine, token)
    assert browser(serious, token, csrf=True).get("/me").status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://elsewhere.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_site_cannot_use_the_session(api: Interface, headers: dict[str, str]) -> None:
    token = commands.open_demo_session(api.engine, CLERK)
    caller = browser(api, token, csrf=True)
    assert caller.post("/phrases", {"text": "同意。"}, headers=headers).status_code == 400
    assert caller.upload().status_code == 201
    assert caller.get("/phrases").json["items"] == []


def test_a_wrong_name_is_not_replaced_by_the_session(api: Interface) -> None:
    caller = browser(api, commands.open_demo_session(api.engine, CLERK), csrf=True)
    assert caller.get("/me", headers={"Authorization": "Bearer demo:nobody"}).status_code == 401


def test_me(api: Interface) -> None:
    toy.start_requisition(api.engine)
    found = api(CLERK).get("/me").json
    assert (found["login"], found["name"], found["post"], found["unit"]) == (
        CLERK,
        "戊五",
        "车队经办员",
        "车队",
    )
    assert (found["roles"], found["town"], found["pack"]) == (["经办员"], "练习镇", "lianxi")
    assert (found["open"], found["late"], found["unread"], found["capabilities"]) == (1, 0, 0, [])
    assert api(ADMIN).get("/me").json["capabilities"] == ["incidents", "organisation"]


def test_people_by_post_and_unit(api: Interface) -> None:
    def found(query: str = "") -> list[str]:
        return [each["login"] for each in api(CLERK).get(f"/people{query}").json["items"]]

    assert set(toy.EVERYBODY) == set(found())
    assert found("?role=仓库管理员") == [toy.STORE, toy.KEEPER]
    assert found("?unit=车队") == [CLERK, toy.FIXER, toy.OTHER_FIXER]
    assert found("?role=仓库管理员&unit=车队") == found("?role=没有这个岗位") == []
    assert [each["login"] for each in api("linjia").get("/people").json["items"]] == ["linjia", "linyi"]
