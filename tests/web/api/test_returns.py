"""退回 and 撤回 through the interface."""

from __future__ import annotations

import pytest

from tests.support import toy
from tests.support.interface import Interface
from tests.support.toy import CLERK, FILLED, GUARD, KEEPER


@pytest.fixture
def stock(api: Interface) -> str:
    toy.filled_requisition(api.engine)
    return toy.open_task(api.engine, KEEPER, "核对库存")


def test_the_ways_back_and_the_return(api: Interface, stock: str) -> None:
    [way] = api(KEEPER).get(f"/tasks/{stock}/ways-back").json["items"]
    assert (way["name"], way["doers"], way["blocked"]) == ("填写领料单", ["戊五"], "")
    body = {"to": way["task"], "reason": "数量不对"}
    done = api(KEEPER).post(f"/tasks/{stock}/return", body, key="k")
    assert done.json["to"] == way["task"]
    assert api(KEEPER).post(f"/tasks/{stock}/return", body, key="k").json == done.json
    assert api(KEEPER).post(f"/tasks/{stock}/return", body).status_code == 409
    [again] = api(CLERK).get("/tasks").json["items"]
    assert again["name"] == "填写领料单"
    assert api(CLERK).get(f"/tasks/{again['id']}").json["form_data"]["用途"] == FILLED["用途"]


def test_refusals(api: Interface, stock: str) -> None:
    way = api(KEEPER).get(f"/tasks/{stock}/ways-back").json["items"][0]["task"]
    for login, status in ((CLERK, 403), (GUARD, 404)):
        assert api(login).get(f"/tasks/{stock}/ways-back").status_code == status
        answer = api(login).post(f"/tasks/{stock}/return", {"to": way, "reason": "错"})
        assert answer.status_code == status
    wrong = api(KEEPER).post(f"/tasks/{stock}/return", {"to": stock, "reason": "错"})
    assert (wrong.status_code, list(wrong.json["errors"])) == (422, ["to"])
    blank = api(KEEPER).post(f"/tasks/{stock}/return", {"to": way, "reason": "  "})
    assert (blank.status_code, list(blank.json["errors"])) == (422, ["reason"])
    assert api(KEEPER).post(f"/tasks/{stock}/return", {"to": way}).status_code == 422


def test_taking_back(api: Interface) -> None:
    first = toy.start_requisition(api.engine)[1]
    assert api(CLERK).post(f"/tasks/{first}/complete", {"data": FILLED}).status_code == 200
    assert api(GUARD).post(f"/tasks/{first}/withdraw").status_code == 404
    assert api(CLERK).post(f"/tasks/{first}/withdraw", {"reason": "写错了"}).json["task"] == first
    assert api(CLERK).post(f"/tasks/{first}/withdraw").status_code == 409
    [again] = api(CLERK).get("/tasks").json["items"]
    assert api(CLERK).post(f"/tasks/{again['id']}/complete", {"data": FILLED}).status_code == 200
    # The first look of who may do the next task ends it.
    stock = toy.open_task(api.engine, KEEPER, "核对库存")
    api(KEEPER).get(f"/tasks/{stock}")
    assert api(CLERK).post(f"/tasks/{again['id']}/withdraw").status_code == 409
