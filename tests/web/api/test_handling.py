"""传阅, 挂起 and 批量办理 through the interface."""

from __future__ import annotations

from engine import queries
from tests.support import toy
from tests.support.interface import Interface
from tests.support.toy import CLERK, FIXER, GUARD, HEAD, KEEPER


def test_a_case_is_handed_round_and_read(api: Interface) -> None:
    case = toy.filled_requisition(api.engine)
    body = {"people": [GUARD, FIXER], "note": "请阅"}
    first = api(CLERK).post(f"/process-instances/{case}/circulate", body, key="k")
    assert first.json == {"instance": case, "people": [GUARD, FIXER]}
    assert api(CLERK).post(f"/process-instances/{case}/circulate", body, key="k").json == first.json
    again = api(CLERK).post(f"/process-instances/{case}/circulate", body)
    assert set(again.json["errors"]) == {"people"}
    (waiting,) = api(GUARD).get("/circulations").json["items"]
    assert (waiting["case"], waiting["note"], waiting["read_at"]) == ("领料：更换走廊灯管", "请阅", None)
    assert api(GUARD).get("/me").json["to_read"] == 1
    assert api(CLERK).post(f"/process-instances/{case}/urge-readers", {"people": [GUARD]}).json["people"] == [
        GUARD
    ]
    assert api(CLERK).post(f"/process-instances/{case}/urge-readers", {"people": [GUARD]}).status_code == 409
    number = waiting["id"]
    assert api(FIXER).post(f"/circulations/{number}/read").status_code == 403
    assert (
        api(GUARD).post(f"/circulations/{number}/read", {"words": "好"}, key="r").json["circulation"]
        == number
    )
    assert api(GUARD).post(f"/circulations/{number}/read", {"words": "好"}, key="r").status_code == 200
    assert api(GUARD).post(f"/circulations/{number}/read").status_code == 409
    assert api(GUARD).get("/circulations").json["items"] == []
    assert [each["words"] for each in api(GUARD).get("/circulations?state=read").json["items"]] == ["好"]
    lines = api(CLERK).get(f"/process-instances/{case}/circulations").json["items"]
    assert [(each["login"], each["words"], len(each["urged"])) for each in lines] == [
        (GUARD, "好", 1),
        (FIXER, None, 0),
    ]


def test_a_case_is_suspended_and_resumed(api: Interface) -> None:
    case = toy.filled_requisition(api.engine)
    task = toy.open_task(api.engine, KEEPER, "核对库存")
    done = api(HEAD).post(f"/process-instances/{case}/suspend", {"reason": "等批复"}, key="k").json
    assert done["state"] == "suspended"
    assert KEEPER in done["people"]
    found = api(KEEPER).get(f"/process-instances/{case}").json
    assert (found["state"], found["suspension"]["by"], found["suspension"]["reason"]) == (
        "suspended",
        HEAD,
        "等批复",
    )
    assert api(KEEPER).get(f"/tasks/{task}").json["suspension"]["reason"] == "等批复"
    assert [each["suspended"] for each in api(KEEPER).get("/tasks").json["items"]] == [True]
    refused = api(KEEPER).post(f"/tasks/{task}/complete", {"data": {"库存足够": "足够"}})
    assert refused.status_code == 409
    assert "甲一于11月24日 09:00 挂起，理由：等批复" in refused.json["detail"]
    assert api(KEEPER).put(f"/tasks/{task}/draft", {"data": {"核对说明": "少"}}).status_code == 200
    assert len(api(HEAD).get("/process-instances?state=suspended").json["items"]) == 1
    resumed = api(HEAD).post(f"/process-instances/{case}/resume", {"reason": "已批"}).json
    assert (resumed["state"], resumed["days"]) == ("active", 0)
    assert api(KEEPER).post(f"/tasks/{task}/complete", {"data": {"库存足够": "足够"}}).status_code == 200


def test_several_tasks_are_done_with_one_sheet(api: Interface) -> None:
    tasks = []
    for _ in range(3):
        toy.filled_requisition(api.engine)
    tasks = [item.id for item in queries.inbox(api.engine, KEEPER).items]
    body = {"tasks": [{"id": each} for each in tasks], "data": {"库存足够": "足够"}}
    items = api(KEEPER).post("/tasks/complete-batch", body, key="k").json["items"]
    assert [each["status"] for each in items] == [422] * 3
    assert "不能批量办理" in items[0]["detail"]
    unknown = {"tasks": [{"id": "x" * 32}], "data": {}}
    assert [each["status"] for each in api(KEEPER).post("/tasks/complete-batch", unknown).json["items"]] == [
        404
    ]
    for wrong in ({"tasks": [], "data": {}}, {"tasks": [{"id": "x"}] * 101, "data": {}}):
        assert api(KEEPER).post("/tasks/complete-batch", wrong).status_code == 422
