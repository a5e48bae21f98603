"""A case from its start to its end by the interface alone, on each kind of database."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.support import toy
from tests.support.interface import Caller, Interface, open_towns
from tests.support.toy import CLERK, FILLED, FIXER, HEAD, KEEPER, OTHER_FIXER, STORE


@pytest.fixture
def api(database_url: str, tmp_path: Path) -> Iterator[Interface]:
    interface = Interface(open_towns(tmp_path, url=database_url))
    yield interface
    interface.engine.close()


def task_of(caller: Caller, name: str) -> dict[str, Any]:
    found = [each for each in caller.get("/tasks").json["items"] if each["name"] == name]
    assert len(found) == 1
    task: dict[str, Any] = caller.get(f"/tasks/{found[0]['id']}").json
    return task


def complete(caller: Caller, name: str, data: dict[str, Any]) -> None:
    task = task_of(caller, name)
    body = {"data": {**task["form_data"], **data}, "revision": task["revision"]}
    assert caller.post(f"/tasks/{task['id']}/complete", body, key=task["id"]).status_code == 200


def test_a_requisition(api: Interface) -> None:
    clerk, head, keeper = api(CLERK), api(HEAD), api(KEEPER)
    started = clerk.post("/process-definitions/requisition/start", key="start").json
    file = clerk.upload().json["id"]
    complete(clerk, "填写领料单", {**FILLED, "附件": [file]})
    task = task_of(keeper, "核对库存")
    claimed = keeper.post(f"/tasks/{task['id']}/claim").json
    keeper.put(f"/tasks/{task['id']}/draft", {"data": {"库存足够": "足够"}})
    body = {"data": {"库存足够": "足够"}, "revision": claimed["revision"]}
    keeper.post(f"/tasks/{task['id']}/complete", body)
    complete(head, "主管审批", {"审批结论": "同意", "审批意见": "同意。"})
    complete(keeper, "发料", {})
    found = clerk.get(f"/process-instances/{started['id']}").json
    assert (found["state"], found["business_key"], found["open_tasks"]) == ("completed", "LL-2026-1", [])
    history = clerk.get(f"/process-instances/{started['id']}/history").json["items"]
    done = [(each["actor"], each["task"]) for each in history if each["kind"] == "task.completed"]
    assert done == [(CLERK, "填写领料单"), (KEEPER, "核对库存"), (HEAD, "主管审批"), (KEEPER, "发料")]
    assert history[-1]["kind"] == "instance.completed"
    assert keeper.get("/tasks?state=done").json["total"] == 2


def test_a_repair_that_is_late(api: Interface) -> None:
    clerk, head = api(CLERK), api(HEAD)
    started = clerk.post("/process-definitions/repair/start").json
    complete(clerk, "登记报修", {"地点": "二楼", "故障": "灯不亮", "维修人": [FIXER, OTHER_FIXER]})
    assert [each["item"] for each in api(FIXER).get("/tasks").json["items"]] == [FIXER]
    due = clerk.get("/demo/clock").json["next_due"]
    assert due == "2026-11-27T17:30:00+08:00"
    assert (
        clerk.post("/demo/clock", {"now": "2026-11-28T09:00+08:00"}).json["now"]
        == "2026-11-28T09:00:00+08:00"
    )
    notices = head.get("/notifications").json["items"]
    assert {(each["text"], each["at"]) for each in notices} == {("二楼的报修三个工作日没有修好。", due)}
    complete(api(FIXER), "维修", {"维修结果": "换了灯管"})
    complete(api(OTHER_FIXER), "维修", {"维修结果": "一起换的"})
    complete(clerk, "验收", {"验收": True})
    assert clerk.get(f"/process-instances/{started['id']}").json["state"] == "completed"


def at_once(*calls: Callable[[], TestResponse]) -> list[TestResponse]:
    """The answers to calls that several programs send at the same moment."""
    start, answers = threading.Barrier(len(calls)), []

    def send(call: Callable[[], TestResponse]) -> None:
        start.wait(timeout=10)
        answers.append(call())

    threads = [threading.Thread(target=send, args=(call,)) for call in calls]
    for each in threads:
        each.start()
    for each in threads:
        each.join(timeout=60)
    return answers


def test_one_of_two_completes_a_task(api: Interface) -> None:
    toy.filled_requisition(api.engine)
    task = toy.open_task(api.engine, KEEPER, "核对库存")
    body = {"data": {"库存足够": "足够"}}
    path = f"/tasks/{task}/complete"
    answers = at_once(lambda: api(KEEPER).post(path, body), lambda: api(STORE).post(path, body))
    assert sorted(each.status_code for each in answers) == [200, 409]


def test_the_same_submission_sent_twice_at_once_is_done_once(api: Interface) -> None:
    path = "/process-definitions/requisition/start"
    answers = at_once(*[lambda: api(CLERK).post(path, key="k")] * 3)
    assert [each.status_code for each in answers] == [201] * 3
    assert len({each.json["id"] for each in answers}) == 1
    assert len(api(CLERK).get("/process-instances").json["items"]) == 1
