"""Signing, entrusting and changing rounds through the interface."""

from __future__ import annotations

import pytest

from engine import queries
from tests.support import toy
from tests.support.interface import OUTSIDER, Interface
from tests.support.toy import CLERK, FIXER, GUARD, HEAD, KEEPER, STORE

ANSWER = {"库存足够": "足够"}


@pytest.fixture
def stock(api: Interface) -> str:
    """The address of a task that two people may do."""
    toy.filled_requisition(api.engine)
    return f"/tasks/{toy.open_task(api.engine, KEEPER, '核对库存')}"


def test_a_signer_before(api: Interface, stock: str) -> None:
    body = {"to": FIXER, "place": "before", "reason": "请看数量"}
    asked = api(KEEPER).post(f"{stock}/signers", body, key="k")
    assert api(KEEPER).post(f"{stock}/signers", body, key="k").json == asked.json
    assert (asked.json["signer"], asked.json["place"]) == (FIXER, "before")
    (line,) = api(FIXER).get("/tasks").json["items"]
    assert (line["role"], line["assignee"]) == ("sign", KEEPER)
    found = api(FIXER).get(stock).json
    assert (found["mine"], found["to_sign"]) == (False, True)
    assert [(each["login"], each["state"], each["due"]) for each in found["signers"]] == [
        (FIXER, "open", True)
    ]
    assert [each["key"] for each in found["fields"]] == ["库存足够", "核对说明"]
    assert api(KEEPER).post(f"{stock}/complete", {"data": ANSWER}).status_code == 409
    empty = api(FIXER).post(f"{stock}/sign", {"agree": True, "opinion": "已阅"})
    assert (empty.status_code, list(empty.json["errors"])) == (422, ["opinion"])
    signed = api(FIXER).post(f"{stock}/sign", {"agree": True, "opinion": "数量对得上。"}, key="s")
    assert signed.json["completed"] is False
    assert api(FIXER).post(f"{stock}/sign", {"agree": True, "opinion": "数量对得上。"}).status_code == 409
    assert "signers" not in api(KEEPER).post(f"{stock}/complete", {"data": ANSWER}).json


def test_a_signer_after(api: Interface, stock: str) -> None:
    api(KEEPER).post(f"{stock}/signers", {"to": FIXER, "place": "after", "reason": "请看数量"})
    assert api(FIXER).get("/tasks").json["items"] == []
    done = api(KEEPER).post(f"{stock}/complete", {"data": ANSWER}).json
    assert done["signers"] == [FIXER]
    found = api(FIXER).get(stock).json
    assert (found["state"], found["submitted_by"], found["form_data"]) == (
        "open",
        KEEPER,
        {"库存足够": "足够", "核对说明": None},
    )
    old = {"agree": True, "opinion": "数量对得上。", "revision": found["revision"] - (1 << 24)}
    assert api(FIXER).post(f"{stock}/sign", old).status_code == 409
    signed = api(FIXER).post(f"{stock}/sign", {**old, "revision": found["revision"]})
    assert signed.json["completed"] is True
    found = api(KEEPER).get(stock).json
    assert (found["state"], found["completed_by"]) == ("done", KEEPER)
    assert [each["opinion"] for each in found["signers"]] == ["数量对得上。"]


def test_taking_a_signer_off(api: Interface, stock: str) -> None:
    api(KEEPER).post(f"{stock}/signers", {"to": FIXER, "place": "before", "reason": "请看数量"})
    off = {"login": FIXER}
    assert api(STORE).post(f"{stock}/signers/remove", off).status_code == 403
    assert api(OUTSIDER).post(f"{stock}/signers/remove", off).status_code == 404
    assert api(HEAD).post(f"{stock}/signers/remove", off).json["completed"] is False
    assert api(HEAD).post(f"{stock}/signers/remove", off).status_code == 409
    assert api(HEAD).post(f"{stock}/signers/remove", {"login": GUARD}).status_code == 422


def test_who_may_not(api: Interface, stock: str) -> None:
    body = {"to": FIXER, "place": "before", "reason": "请看数量"}
    assert api(HEAD).post(f"{stock}/signers", body).status_code == 403
    assert api(GUARD).post(f"{stock}/signers", body).status_code == 404
    assert api(KEEPER).post(f"{stock}/signers", {**body, "place": "never"}).status_code == 422
    assert api(HEAD).post(f"{stock}/sign", {"agree": True, "opinion": "好的，同意。"}).status_code == 403
    assert api(GUARD).post(f"{stock}/sign", {"agree": True, "opinion": "好的，同意。"}).status_code == 404
    asked = {"to": FIXER, "words": "请清点"}
    assert api(HEAD).post(f"{stock}/delegate", asked).status_code == 403
    assert api(GUARD).post(f"{stock}/delegate", asked).status_code == 404
    assert api(KEEPER).post(f"{stock}/recall-delegated").status_code == 409


def test_a_task_is_entrusted_and_given_back(api: Interface, stock: str) -> None:
    assert api(KEEPER).post(f"{stock}/delegate", {"to": GUARD, "words": "请清点"}).json["to"] == GUARD
    assert api(GUARD).get("/tasks").json["items"][0]["entrusted_by"] == KEEPER
    assert api(GUARD).get(stock).json["owner"] == KEEPER
    assert api(GUARD).post(f"{stock}/complete", {"data": ANSWER}).status_code == 403
    assert api(GUARD).post(f"{stock}/delegate", {"to": FIXER, "words": "请清点"}).status_code == 409
    back = api(GUARD).post(f"{stock}/return-delegated", {"data": {"核对说明": "点过了"}, "words": "点好了"})
    assert list(back.json["mistakes"]) == ["库存足够"]
    assert api(KEEPER).get(stock).json["form_data"]["核对说明"] == "点过了"
    assert api(KEEPER).post(f"{stock}/delegate", {"to": GUARD, "words": "再点"}).status_code == 200
    assert api(KEEPER).post(f"{stock}/recall-delegated", {"words": "不用了"}).json["to"] == KEEPER
    assert api(GUARD).post(f"{stock}/return-delegated", {"words": "点好了"}).status_code == 403
    assert api(KEEPER).post(f"{stock}/complete", {"data": ANSWER}).status_code == 200


def test_a_round_is_changed(api: Interface) -> None:
    case = toy.reported_repair(api.engine)
    (line,) = api(CLERK).get(f"/process-instances/{case}/rounds").json["items"]
    assert [each["item"] for each in line["items"]] == [FIXER, toy.OTHER_FIXER]
    assert GUARD in [each["value"] for each in line["choices"]]
    address = f"/tasks/{line['task']}/instances"
    added = api(CLERK).post(address, {"item": GUARD, "reason": "人手不够"}, key="k")
    assert api(CLERK).post(address, {"item": GUARD, "reason": "人手不够"}, key="k").json == added.json
    assert toy.open_task(api.engine, GUARD, "维修") == added.json["opened"]
    assert api(FIXER).get(f"/process-instances/{case}/rounds").json["items"] == []
    assert api(FIXER).post(address, {"item": HEAD, "reason": "人手不够"}).status_code == 403
    assert api(KEEPER).post(address, {"item": HEAD, "reason": "人手不够"}).status_code == 404
    assert api(CLERK).post(address, {"item": "nobody", "reason": "人手不够"}).status_code == 422
    gone = api(CLERK).post(f"/tasks/{added.json['opened']}/instances/remove", {"reason": "请假"})
    assert gone.json["item"] == GUARD
    assert queries.inbox(api.engine, GUARD).items == []
