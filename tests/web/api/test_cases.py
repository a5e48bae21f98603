"""Cases through the interface: start, find, read, copy, cancel, press their buttons."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import toy
from tests.support.interface import OUTSIDER, Interface
from tests.support.toy import CLERK, FILLED, FIXER, GUARD, HEAD, KEEPER, VICE


def test_what_may_be_started_by_whom(api: Interface) -> None:
    def startable(login: str) -> set[str]:
        return {
            each["key"] for each in api(login).get("/process-definitions").json["items"] if each["startable"]
        }

    assert startable(CLERK) == {"requisition", "repair"}
    assert startable(KEEPER) == {"stocktake"}
    assert startable(HEAD) == startable(GUARD) == set()
    found = {each["key"]: each for each in api(HEAD).get("/process-definitions").json["items"]}
    assert found["stocktake"]["start_variables"] == ["仓库"]
    assert (found["repair"]["name"], found["repair"]["version"], found["repair"]["pack"]) == (
        "报修",
        1,
        "lianxi",
    )
    assert api(OUTSIDER).get("/process-definitions").json["items"] == []


def test_start_answers_the_case_and_where_it_is(api: Interface) -> None:
    answer = api(KEEPER).post("/process-definitions/stocktake/start", {"variables": {"仓库": "甲"}})
    assert answer.headers["Location"] == f"/api/v1/process-instances/{answer.json['id']}"
    assert (answer.json["state"], answer.json["definition_version"], answer.json["title"]) == (
        "active",
        1,
        "盘点：甲",
    )
    assert answer.json["variables"] == {"仓库": "甲"}
    assert [(each["name"], each["mine"]) for each in answer.json["open_tasks"]] == [("清点", True)]
    found = api(KEEPER).get(answer.headers["Location"].removeprefix("/api/v1")).json
    assert found == answer.json


def test_start_is_done_once_for_one_key(api: Interface) -> None:
    path = "/process-definitions/requisition/start"
    first, again = api(CLERK).post(path, key="a").json, api(CLERK).post(path, {}, key="a").json
    other = api(CLERK).post(path, key="b").json
    assert first["id"] == again["id"] != other["id"]
    assert len(api(CLERK).get("/process-instances").json["items"]) == 2
    assert api(CLERK).post("/process-definitions/repair/start", key="a").status_code == 409


@pytest.mark.parametrize(
    ("login", "key", "body", "status"),
    [
        (CLERK, "nothing", None, 404),
        (GUARD, "requisition", None, 403),
        (OUTSIDER, "requisition", None, 404),
        (CLERK, "requisition", {"variables": {"领料编号": "LL-1"}}, 422),
        (CLERK, "requisition", {"variables": []}, 422),
        (CLERK, "requisition", {"variable": {}}, 422),
        (None, "requisition", None, 401),
        ("nobody", "requisition", None, 401),
    ],
)
def test_a_start_that_is_none(api: Interface, login: str | None, key: str, body: Any, status: int) -> None:
    assert api(login).post(f"/process-definitions/{key}/start", body).status_code == status
    assert api(CLERK).get("/process-instances").json["items"] == []


def test_lists_are_of_what_one_may_see(api: Interface) -> None:
    requisition, repair = toy.filled_requisition(api.engine), toy.reported_repair(api.engine)

    def seen(login: str, query: str = "") -> set[str]:
        return {each["id"] for each in api(login).get(f"/process-instances{query}").json["items"]}

    assert seen(CLERK) == seen(HEAD) == {requisition, repair}
    assert seen(KEEPER) == {requisition}
    assert seen(FIXER) == {repair}
    assert seen(GUARD) == seen(VICE) == seen(OUTSIDER) == set()
    assert seen(CLERK, "?definition=repair") == {repair}
    assert seen(CLERK, "?state=active&definition=requisition") == {requisition}
    assert seen(CLERK, "?state=completed") == seen(CLERK, "?definition=other") == set()
    assert seen(HEAD, "?started_by=me") == set()
    assert seen(HEAD, f"?started_by={CLERK}&q=走廊 灯管") == {requisition}
    line = api(HEAD).get("/process-instances?definition=requisition").json["items"][0]
    assert (line["title"], line["business_key"]) == ("领料：更换走廊灯管", "LL-2026-1")
    assert line["current_steps"] == ["核对库存", "主管审批"]


def test_lists_go_by_pages(api: Interface) -> None:
    for _ in range(5):
        toy.start_requisition(api.engine)
    first = api(CLERK).get("/process-instances?limit=3").json
    second = api(CLERK).get(f"/process-instances?limit=3&cursor={first['next_cursor']}").json
    assert second["next_cursor"] is None
    assert len({each["id"] for each in first["items"] + second["items"]}) == 5


@pytest.mark.parametrize(
    "query", ["state=open", "limit=0", "cursor=x", "cursor=MQ==", "definition=" + "x" * 65]
)
def test_a_query_that_cannot_be_answered(api: Interface, query: str) -> None:
    answer = api(CLERK).get(f"/process-instances?{query}")
    assert (answer.status_code, set(answer.json["errors"])) == (422, {query.partition("=")[0]})


def test_variables_and_timers_are_for_who_sees_the_whole_case(api: Interface) -> None:
    instance = toy.filled_requisition(api.engine)
    for login in (CLERK, HEAD):
        found = api(login).get(f"/process-instances/{instance}").json
        assert found["sees_whole"] is True
        assert found["variables"]["用途"] == FILLED["用途"]
        assert {each["name"] for each in found["open_tasks"]} == {"核对库存", "主管审批"}
    part = api(KEEPER).get(f"/process-instances/{instance}").json
    assert part["sees_whole"] is False
    assert "variables" not in part
    assert "timers" not in part
    assert [each["name"] for each in part["open_tasks"]] == ["核对库存"]
    assert part["title"] == "领料：更换走廊灯管"
    repair = toy.reported_repair(api.engine)
    whole = api(CLERK).get(f"/process-instances/{repair}").json
    assert {each["due"] for each in whole["timers"]} == {"2026-11-27T17:30:00+08:00"}


def test_the_history_has_the_forms_as_submitted(api: Interface) -> None:
    instance = toy.filled_requisition(api.engine)
    items = api(HEAD).get(f"/process-instances/{instance}/history").json["items"]
    assert [each["seq"] for each in items] == list(range(1, len(items) + 1))
    done = next(each for each in items if each["kind"] == "task.completed")
    assert (done["actor"], done["actor_name"], done["task"]) == (CLERK, "戊五", "填写领料单")
    assert done["at"] == "2026-11-24T09:00:00+08:00"
    assert done["data"]["物品"] == [{"序号": 1, "名称": "灯管", "数量": 4, "单位": "个"}]
    part = api(KEEPER).get(f"/process-instances/{instance}/history")
    assert "灯管" not in part.text
    assert {each["task_id"] for each in part.json["items"]} <= {toy.open_task(api.engine, KEEPER, "核对库存")}


def test_the_diagram_and_where_the_case_stands(api: Interface) -> None:
    instance = toy.filled_requisition(api.engine)
    for login in (CLERK, HEAD, KEEPER):
        items = api(login).get(f"/process-instances/{instance}/diagrams").json["items"]
        assert [(each["definition"], each["name"]) for each in items] == [("requisition", "领料")]
        assert items[0]["elements"]["r_fill"] == "done"
        assert items[0]["elements"]["r_stock"] == "now"
        xml = api(login).get(f"/process-instances/{instance}/diagrams/{items[0]['definition_id']}")
        assert xml.data.startswith(b"<?xml")
        assert b'id="r_stock"' in xml.data
    for number in (0, 999, 2**31 - 1, 2**31, 10**30):
        assert api(CLERK).get(f"/process-instances/{instance}/diagrams/{number}").status_code == 404


def test_documents_are_frozen_and_shown_without_running_anything(api: Interface) -> None:
    instance = toy.filled_requisition(api.engine)
    items = api(CLERK).get(f"/process-instances/{instance}/documents").json["items"]
    assert [each["name"] for each in items] == ["领料单（更换走廊灯管）"]
    sheet = api(CLERK).get(f"/documents/{items[0]['id']}")
    assert "更换走廊灯管" in sheet.text
    assert sheet.get_etag()[0] == items[0]["sha256"]
    assert "sandbox" in sheet.headers["Content-Security-Policy"]
    assert api(KEEPER).get(f"/process-instances/{instance}/documents").json["items"] == []
    assert api(KEEPER).get(f"/documents/{items[0]['id']}").status_code == 404


def test_a_copy_lets_somebody_read_the_whole_case(api: Interface) -> None:
    instance = toy.filled_requisition(api.engine)
    path = f"/process-instances/{instance}/copy"
    assert api(GUARD).get(f"/process-instances/{instance}").status_code == 404
    done = api(CLERK).post(path, {"people": [GUARD, GUARD], "text": "请知悉"})
    assert done.json == {"instance": instance, "people": [GUARD]}
    assert api(GUARD).get(f"/process-instances/{instance}").json["sees_whole"] is True
    assert "请知悉" in api(GUARD).get("/notifications").json["items"][0]["text"]
    assert api(KEEPER).post(path, {"people": [VICE]}).status_code == 403
    assert api(VICE).post(path, {"people": [VICE]}).status_code == 404
    for people in ([], ["nobody"], [OUTSIDER]):
        assert set(api(CLERK).post(path, {"people": people}).json["errors"]) == {"people"}


def test_cancel(api: Interface) -> None:
    instance, _ = toy.start_requisition(api.engine)
    path = f"/process-instances/{instance}/cancel"
    assert api(CLERK).post(path, {"reason": " "}).status_code == 422
    assert api(GUARD).post(path, {"reason": "不用了"}).status_code == 404
    assert api(HEAD).post(path, {"reason": "不用了"}).status_code == 403
    assert api(CLERK).post(path, {"reason": "不用了"}, key="c").json == {
        "instance": instance,
        "state": "cancelled",
    }
    assert api(CLERK).post(path, {"reason": "不用了"}, key="c").status_code == 200
    assert api(CLERK).post(path, {"reason": "不用了"}).status_code == 409
    found = api(CLERK).get(f"/process-instances/{instance}").json
    assert (found["state"], found["open_tasks"], bool(found["ended_at"])) == ("cancelled", [], True)


def test_a_case_under_way_is_cancelled_by_who_looks_after_incidents_of_the_same_town(api: Interface) -> None:
    instance = toy.filled_requisition(api.engine)
    path = f"/process-instances/{instance}/cancel"
    assert api(CLERK).post(path, {"reason": "不用了"}).status_code == 403
    assert api("linyi").post(path, {"reason": "不用了"}).status_code == 404
    assert api(toy.ADMIN).post(path, {"reason": "发起人离职"}).json["state"] == "cancelled"


def test_the_buttons_of_a_case(api: Interface) -> None:
    instance = toy.reported_repair(api.engine)
    path = f"/process-instances/{instance}/buttons"
    assert api(CLERK).get(path).json["items"] == [{"element": "p_withdrawn", "name": "撤回报修"}]
    assert api(HEAD).get(path).json["items"] == api(FIXER).get(path).json["items"] == []
    sheet = api(CLERK).get(f"{path}/p_withdrawn").json
    assert (sheet["name"], sheet["confirmation"]) == ("撤回报修", "撤回后维修工不再处理。")
    assert [(each["key"], each["required"]) for each in sheet["fields"]] == [("撤回理由", True)]
    assert [each["id"] for each in sheet["clauses"]] == ["LX-3"]
    for login, status in ((HEAD, 403), (FIXER, 403), (GUARD, 404), (OUTSIDER, 404), (None, 401)):
        assert api(login).get(f"{path}/p_withdrawn").status_code == status
        assert api(login).post(f"{path}/p_withdrawn", {"data": {"撤回理由": "修好了"}}).status_code == status
    assert api(CLERK).get(f"{path}/nothing").status_code == 404
    assert api(CLERK).post(f"{path}/nothing", {}).status_code == 404
    assert api(CLERK).get(f"{path}/p_fix").status_code == 409
    assert set(api(CLERK).post(f"{path}/p_withdrawn").json["errors"]) == {"撤回理由"}


def test_a_button_is_pressed_once(api: Interface) -> None:
    instance = toy.reported_repair(api.engine)
    path = f"/process-instances/{instance}/buttons/p_withdrawn"
    body = {"data": {"撤回理由": "修好了"}}
    first = api(CLERK).post(path, body, key="p")
    assert first.json["instance"] == instance
    assert api(CLERK).post(path, body, key="p").json == first.json
    history = api(HEAD).get(f"/process-instances/{instance}/history").json["items"]
    pressed = [each for each in history if each["kind"] == "button.pressed"]
    assert [each["data"] for each in pressed] == [{"撤回理由": "修好了"}]


@pytest.mark.parametrize("instance", ["0", "x" * 200, "%00", "..%2fx", "中文", "{id}"])
def test_cases_there_are_not(api: Interface, instance: str) -> None:
    for path in ("", "/history", "/documents", "/attachments", "/diagrams", "/buttons", "/buttons/x"):
        assert api(HEAD).get(f"/process-instances/{instance}{path}").status_code == 404
