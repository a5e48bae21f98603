"""The office through the interface: incidents, messages, calendar, organisation, accounts, the demo clock."""

from __future__ import annotations

from typing import Any

import pytest

from engine import commands
from tests.support import toy
from tests.support.interface import OUTSIDE_ADMIN, Interface
from tests.support.toy import ADMIN, CLERK, GUARD, HEAD, KEEPER, VICE


def counted(api: Interface, shelves: int) -> tuple[str, Any]:
    """A stocktake whose count has been submitted, and the answer to that."""
    body = {"variables": {"仓库": "甲"}}
    started = api(KEEPER).post("/process-definitions/stocktake/start", body).json
    data = {"data": {"件数": 12, "架数": shelves}}
    return started["id"], api(KEEPER).post(f"/tasks/{started['open_tasks'][0]['id']}/complete", data)


def test_a_step_that_fails_becomes_an_incident_and_loses_nothing(api: Interface) -> None:
    instance, answer = counted(api, 0)
    assert answer.status_code == 422
    assert "已存为草稿" in answer.json["detail"]
    found = api(ADMIN).get("/incidents").json["items"]
    assert [(each["instance"], each["element_name"]) for each in found] == [(instance, "算每架件数")]
    assert "12" not in str(found[0]["expression"])
    assert api(OUTSIDE_ADMIN).get("/incidents").json["items"] == []
    assert (
        api(OUTSIDE_ADMIN).post(f"/incidents/{found[0]['id']}/retry", {"reason": "好了"}).status_code == 404
    )
    case = api(KEEPER).get(f"/process-instances/{instance}").json
    assert case["state"] == "incident"
    task = api(KEEPER).get(f"/tasks/{case['open_tasks'][0]['id']}").json
    assert task["form_data"] == {"件数": 12, "架数": 0}
    body = {"data": {"件数": 12, "架数": 3}, "revision": task["revision"]}
    assert api(KEEPER).post(f"/tasks/{task['id']}/complete", body).json["state"] == "completed"
    assert api(ADMIN).get("/incidents").json["items"] == []


def test_an_incident_is_tried_again(api: Interface) -> None:
    instance, _ = counted(api, 0)
    number = api(ADMIN).get("/incidents").json["items"][0]["id"]
    assert api(ADMIN).post(f"/incidents/{number}/retry", {"reason": "好了"}).json == {"resolved": True}
    assert api(ADMIN).post(f"/incidents/{number}/retry", {"reason": "好了"}).status_code == 404
    assert api(KEEPER).get(f"/process-instances/{instance}").json["state"] == "active"


def test_a_message_nobody_takes_is_listed_without_its_content(api: Interface) -> None:
    instance, answer = counted(api, 3)
    assert answer.status_code == 200
    found = api(ADMIN).get("/undelivered-messages").json["items"]
    assert [(each["name"], each["correlation_key"], each["instance"]) for each in found] == [
        ("盘点完成", "盘点甲", instance)
    ]
    assert "件数" not in str(found)
    assert api(OUTSIDE_ADMIN).get("/undelivered-messages").json["items"] == []


def test_an_appointment_gives_its_tasks_at_once(api: Interface) -> None:
    toy.filled_requisition(api.engine)
    assert api(GUARD).get("/tasks").json["items"] == []
    body = {"login": GUARD, "post": "仓库管理员", "from": "2026-11-24"}
    changed = api(ADMIN).post("/organisation/appointments", body).json
    assert (GUARD, "仓库管理员") in [(each["login"], each["post"]) for each in changed["appointments"]]
    assert [each["name"] for each in api(GUARD).get("/tasks").json["items"]] == ["核对库存"]
    end = {"login": GUARD, "post": "仓库管理员", "last_day": "2026-11-24"}
    assert api(ADMIN).post("/organisation/appointments/end", end).status_code == 200
    api(ADMIN).post("/demo/clock", {"now": "2026-11-25T09:00+08:00"})
    assert api(GUARD).get("/tasks").json["items"] == []


def test_somebody_new_comes_into_office(api: Interface) -> None:
    body = {
        "login": "xinren",
        "name": "新人",
        "post": "维修工",
        "unit": "车队",
        "from": "2026-11-24",
        "title": "维修工",
    }
    assert api("xinren").get("/me").status_code == 401
    assert api(ADMIN).post("/organisation/appointments", body).status_code == 200
    assert api("xinren").get("/me").json["unit"] == "车队"
    unknown = api(ADMIN).post("/organisation/appointments", {**body, "login": "other", "post": "没有"})
    assert unknown.status_code == 422


def test_portfolios_and_delegations(api: Interface) -> None:
    body = {"line": "运输", "leader": VICE, "from": "2026-11-24"}
    changed = api(ADMIN).post("/organisation/portfolios", body).json
    assert ("运输", VICE, ["车队"]) in [(e["line"], e["leader"], e["units"]) for e in changed["portfolios"]]
    given = {
        "type": "代理",
        "giver": HEAD,
        "receiver": VICE,
        "from": "2026-11-24",
        "to": "2026-11-27",
        "basis": "出差",
    }
    assert api(HEAD).post("/organisation/delegations", given).json["delegations"] == [given]
    toy.filled_requisition(api.engine)
    assert [each["name"] for each in api(VICE).get("/tasks").json["items"]] == ["主管审批"]
    last = {"type": "代理", "giver": HEAD, "last_day": "2026-11-24"}
    ended = api(HEAD).post("/organisation/delegations/withdraw", last).json["delegations"]
    assert [each["to"] for each in ended] == ["2026-11-24"]


@pytest.mark.parametrize("day", ["2026-11-31", "24.11.2026", "", 20261124, None])
def test_days_that_are_none(api: Interface, day: Any) -> None:
    body = {"login": GUARD, "post": "仓库管理员", "from": day}
    assert set(api(ADMIN).post("/organisation/appointments", body).json["errors"]) == {"from"}


def test_a_link_sets_a_password_once(api: Interface) -> None:
    made = api(ADMIN).post(f"/accounts/{CLERK}/link")
    assert made.headers["Location"] == made.json["path"]
    token = made.json["path"].removeprefix("/link/")
    line = next(each for each in api(ADMIN).get("/accounts").json["items"] if each["login"] == CLERK)
    assert (line["has_password"], bool(line["link_expires"])) == (False, True)
    assert token not in api(ADMIN).get("/accounts").text
    commands.use_link(api.engine, token, "shan qian shan hou 9")
    line = next(each for each in api(ADMIN).get("/accounts").json["items"] if each["login"] == CLERK)
    assert (line["has_password"], line["link_expires"]) == (True, None)
    assert "linjia" not in api(ADMIN).get("/accounts").text
    api(ADMIN).post(f"/accounts/{GUARD}/link")
    assert api(ADMIN).delete(f"/accounts/{GUARD}/link").status_code == 204
    line = next(each for each in api(ADMIN).get("/accounts").json["items"] if each["login"] == GUARD)
    assert line["link_expires"] is None


def test_a_year_is_imported_and_deadlines_follow(api: Interface) -> None:
    source = next((api.engine.processes / "calendar").glob("2026*")).read_text("utf-8")
    assert api(HEAD).post("/calendar/years", {"text": source}).json == {"year": 2026}
    answer = api(HEAD).post("/calendar/years", {"text": "year: x"})
    assert (answer.status_code, set(answer.json["errors"])) == (422, {"text"})
    assert api(CLERK).post("/calendar/years", {"text": source}).status_code == 403
    assert api(CLERK).get("/calendar").json == {"prompt": None}
    assert "2027" in api(HEAD).get("/calendar").json["prompt"]


def test_phrases(api: Interface) -> None:
    for words in ("同意。", "同意。", "请按程序办理。"):
        found = api(HEAD).post("/phrases", {"text": words}).json["items"]
    assert [each["text"] for each in found] == ["同意。", "请按程序办理。"]
    assert api(VICE).get("/phrases").json["items"] == []
    assert api(VICE).delete(f"/phrases/{found[0]['id']}").status_code == 404
    assert api(HEAD).delete(f"/phrases/{found[0]['id']}").status_code == 204
    assert api(VICE).post(f"/phrases/{found[0]['id']}/restore").status_code == 404
    assert api(HEAD).post(f"/phrases/{found[0]['id']}/restore").status_code == 204
    assert len(api(HEAD).get("/phrases").json["items"]) == 2
    for words in ("", " ", "长" * 201):
        assert set(api(HEAD).post("/phrases", {"text": words}).json["errors"]) == {"text"}


def test_shared_phrases(api: Interface) -> None:
    assert api(HEAD).post("/shared-phrases", {"text": "同意。"}).status_code == 403
    (shared,) = api(ADMIN).post("/shared-phrases", {"text": "同意。"}).json["items"]
    assert (shared["text"], shared["shared"], shared["used"]) == ("同意。", True, 0)
    assert api(VICE).get("/phrases").json["items"] == [shared]
    number = shared["id"]
    assert api(VICE).delete(f"/phrases/{number}").status_code == 404
    assert api(VICE).delete(f"/shared-phrases/{number}").status_code == 403
    assert api(ADMIN).delete(f"/shared-phrases/{number}").status_code == 204
    assert api(VICE).get("/phrases").json["items"] == []
    assert api(ADMIN).post(f"/shared-phrases/{number}/restore").status_code == 204
    assert api(ADMIN).delete("/shared-phrases/999").status_code == 404


def test_a_person_gives_their_own_delegation(api: Interface) -> None:
    given = {
        "type": "代理",
        "giver": KEEPER,
        "receiver": CLERK,
        "from": "2026-11-24",
        "to": "2026-11-25",
        "basis": "休假",
    }
    assert api(CLERK).post("/organisation/delegations", given).status_code == 403
    assert api(KEEPER).post("/organisation/delegations", given).json["delegations"] == [given]
    end = {"type": "代理", "giver": KEEPER, "last_day": "2026-11-23", "from": "2026-11-24"}
    assert api(CLERK).post("/organisation/delegations/withdraw", end).status_code == 403
    assert api(KEEPER).post("/organisation/delegations/withdraw", end).json["delegations"] == []


def test_notifications_are_ones_own(api: Interface) -> None:
    toy.filled_requisition(api.engine)
    task = toy.open_task(api.engine, KEEPER, "核对库存")
    for login, words in ((CLERK, "一"), (HEAD, "二")):
        api(login).post(f"/tasks/{task}/urge", {"text": words})
    items = api(KEEPER).get("/notifications").json["items"]
    assert [each["text"][-1] for each in items] == ["二", "一"]
    assert len(api(KEEPER).get("/notifications?limit=1").json["items"]) == 1
    assert api(CLERK).post(f"/notifications/{items[0]['id']}/read").status_code == 404
    assert api(KEEPER).post(f"/notifications/{items[0]['id']}/read").status_code == 204
    assert api(KEEPER).get("/me").json["unread"] == 1
    assert api(KEEPER).post("/notifications/read").status_code == 204
    assert api(KEEPER).get("/me").json["unread"] == 0


def test_the_clock_goes_anywhere_until_there_is_a_case_then_only_forward(api: Interface) -> None:
    def put(moment: str) -> Any:
        return api(CLERK).post("/demo/clock", {"now": moment})

    assert put("2024-01-02T09:00+08:00").json["now"] == "2024-01-02T09:00:00+08:00"
    assert put("2026-12-08T09:00+08:00").status_code == 200
    assert put("2026-11-24T01:00Z").json["now"] == "2026-11-24T09:00:00+08:00"
    assert api(GUARD).get("/demo/clock").json == {"now": "2026-11-24T09:00:00+08:00", "next_due": None}
    toy.start_requisition(api.engine)
    assert put("2026-11-24T08:59:59+08:00").status_code == 422
    assert put("2026-11-24T09:00:00+08:00").status_code == 200
    assert put("2026-11-24T10:00").json["now"] == "2026-11-24T10:00:00+08:00"


@pytest.mark.parametrize(
    "moment",
    ["", "x", "2026-12-08", "2026-02-30T09:00+08:00", "2023-12-31T23:59+08:00", "2100-01-01T00:00+08:00",
     "0001-01-01T00:00+14:00", "9999-12-31T23:59:59-12:00", 1733619600, None],
)  # fmt: skip
def test_moments_the_clock_does_not_take(api: Interface, moment: Any) -> None:
    answer = api(CLERK).post("/demo/clock", {"now": moment})
    assert (answer.status_code, set(answer.json["errors"])) == (422, {"now"})
