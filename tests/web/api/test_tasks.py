"""User tasks through the interface: what is read, what is done, and every way of doing it wrong."""

from __future__ import annotations

from typing import Any

import pytest

from engine import commands
from tests.support import toy
from tests.support.interface import PDF, Interface
from tests.support.toy import ADMIN, CLERK, FILLED, GUARD, HEAD, KEEPER, STORE


@pytest.fixture
def first(api: Interface) -> str:
    """An open 填写领料单 of the clerk."""
    return toy.start_requisition(api.engine)[1]


@pytest.fixture
def stock(api: Interface) -> str:
    """An open 核对库存, which two people may do."""
    toy.filled_requisition(api.engine)
    return toy.open_task(api.engine, KEEPER, "核对库存")


def test_a_task_says_everything_its_doer_needs(api: Interface, stock: str) -> None:
    found = api(KEEPER).get(f"/tasks/{stock}").json
    assert (found["name"], found["lane"], found["state"]) == ("核对库存", "仓库管理员", "open")
    assert found["due"] == "2026-11-26T17:30:00+08:00"
    assert found["why_due"]["sentence"] == "领用日期 2026年11月24日后第 2 个工作日，即 2026年11月26日 17:30"
    assert found["why_due"]["facts"]["names"]["领用日期"] == "2026-11-24"
    assert found["why"] == ["这个环节由岗位“仓库管理员”办理，您任“仓库管理员”"]
    assert [(each["id"], each["hard"]) for each in found["clauses"]] == [("LX-2", True)]
    assert found["clauses"][0]["text"].startswith("仓库管理员应当")
    assert found["hard"] is True
    assert found["form_schema"]["id"] == "r_stock"
    assert found["form_data"] == {"库存足够": None, "核对说明": None}
    assert isinstance(found["revision"], int)


def test_fields_are_evaluated_for_the_person(api: Interface, first: str) -> None:
    fields = {each["key"]: each for each in api(CLERK).get(f"/tasks/{first}").json["fields"]}
    assert fields["用途"]["required"] is True
    assert fields["紧急原因"]["visible"] is False
    assert {"value": CLERK, "label": "戊五，车队经办员"} in fields["保管人"]["options"]
    assert fields["保管人"]["value"] == CLERK
    table = fields["物品"]
    assert [each["key"] for each in table["columns"]] == ["序号", "名称", "数量", "单位"]
    assert [each["path"] for each in table["rows"][0]] == [
        "物品.0.序号",
        "物品.0.名称",
        "物品.0.数量",
        "物品.0.单位",
    ]
    assert table["rows"][0][0]["readonly"] is True
    assert (table["can_add"], table["can_sort"]) == (True, True)


def test_a_draft_is_ones_own_and_leaves_the_revision(api: Interface, stock: str) -> None:
    before = api(KEEPER).get(f"/tasks/{stock}").json
    saved = api(KEEPER).put(f"/tasks/{stock}/draft", {"data": {"核对说明": "还差两个"}})
    assert saved.json["saved_at"].startswith("2026-11-24T09:00:00")
    after = api(KEEPER).get(f"/tasks/{stock}").json
    assert after["form_data"]["核对说明"] == "还差两个"
    assert after["revision"] == before["revision"]
    other = api(STORE).get(f"/tasks/{stock}").json
    assert other["form_data"]["核对说明"] is None
    assert other["revision"] != before["revision"]


def test_claim_and_unclaim_answer_the_new_revision(api: Interface, stock: str) -> None:
    before = api(KEEPER).get(f"/tasks/{stock}").json
    claimed = api(KEEPER).post(f"/tasks/{stock}/claim").json
    assert (claimed["assignee"], claimed["claimable"]) == (KEEPER, False)
    assert claimed["revision"] > before["revision"]
    assert api(STORE).get("/tasks").json["items"] == []
    assert api(STORE).post(f"/tasks/{stock}/claim").status_code == 409
    assert api(STORE).post(f"/tasks/{stock}/unclaim").status_code == 403
    freed = api(KEEPER).post(f"/tasks/{stock}/unclaim", {}).json
    assert (freed["assignee"], freed["claimable"]) == (None, True)
    assert freed["revision"] > claimed["revision"]


def test_a_candidate_completes_an_unclaimed_task(api: Interface, stock: str) -> None:
    revision = api(KEEPER).get(f"/tasks/{stock}").json["revision"]
    body = {"data": {"库存足够": "足够"}, "revision": revision}
    done = api(KEEPER).post(f"/tasks/{stock}/complete", body)
    assert done.json["task"] == stock
    assert done.json["state"] == "active"
    found = api(KEEPER).get(f"/tasks/{stock}").json
    assert (found["state"], found["completed_by"], found["assignee"]) == ("done", KEEPER, KEEPER)
    assert found["form_data"] == {"库存足够": "足够", "核对说明": None}
    assert [each["text"] for each in found["fields"] if each["key"] == "库存足够"] == ["足够"]


def test_somebody_else_was_faster(api: Interface, stock: str) -> None:
    api(KEEPER).post(f"/tasks/{stock}/complete", {"data": {"库存足够": "足够"}})
    late = api(STORE).post(f"/tasks/{stock}/complete", {"data": {"库存足够": "不足", "核对说明": "少"}})
    assert late.status_code == 409
    assert "已由丁四于11月24日 09:00 办理" in late.json["detail"]
    for path in ("claim", "unclaim"):
        assert api(STORE).post(f"/tasks/{stock}/{path}").status_code == 409
    assert api(STORE).put(f"/tasks/{stock}/draft", {"data": {}}).status_code == 409
    assert api(STORE).post(f"/tasks/{stock}/transfer", {"to": KEEPER, "reason": "出差"}).status_code == 409
    assert api(HEAD).post(f"/tasks/{stock}/urge").status_code == 409


def test_a_form_that_changed_since_is_not_submitted(api: Interface, stock: str) -> None:
    revision = api(KEEPER).get(f"/tasks/{stock}").json["revision"]
    body = {"data": {"库存足够": "足够"}, "revision": revision - 1}
    assert api(KEEPER).post(f"/tasks/{stock}/complete", body).status_code == 409
    assert api(KEEPER).get(f"/tasks/{stock}").json["state"] == "open"


def test_a_repeated_submission_is_done_once(api: Interface, stock: str) -> None:
    body = {"data": {"库存足够": "足够"}}
    first = api(KEEPER).post(f"/tasks/{stock}/complete", body, key="once")
    again = api(KEEPER).post(f"/tasks/{stock}/complete", body, key="once")
    assert (again.status_code, again.json) == (200, first.json)
    history = api(CLERK).get(f"/process-instances/{first.json['instance']}/history").json["items"]
    assert (
        len([each for each in history if each["task_id"] == stock and each["kind"] == "task.completed"]) == 1
    )


def test_a_key_that_was_used_for_another_task_does_not_swallow_this_one(api: Interface, stock: str) -> None:
    api(KEEPER).post(f"/tasks/{stock}/complete", {"data": {"库存足够": "足够"}}, key="same")
    toy.filled_requisition(api.engine)
    other = toy.open_task(api.engine, KEEPER, "核对库存")
    answer = api(KEEPER).post(f"/tasks/{other}/complete", {"data": {"库存足够": "足够"}}, key="same")
    assert answer.status_code == 409
    assert api(KEEPER).get(f"/tasks/{other}").json["state"] == "open"
    # Another person's keys are another person's.
    assert (
        api(STORE).post(f"/tasks/{other}/complete", {"data": {"库存足够": "足够"}}, key="same").status_code
        == 200
    )


def test_wrong_entries_come_back_by_field(api: Interface, first: str) -> None:
    rows = [{"名称": "灯管", "数量": "0", "单位": "车"}, {"数量": 1}]
    data = {"用途": "长" * 61, "领用日期": "2026-13-01", "金额": -1, "物品": rows}
    answer = api(CLERK).post(f"/tasks/{first}/complete", {"data": data})
    assert answer.status_code == 422
    assert {"用途", "领用日期", "金额", "物品.0.数量", "物品.0.单位", "物品.1.名称"} == set(
        answer.json["errors"]
    )
    assert "61" in answer.json["errors"]["用途"]


def test_fields_the_form_does_not_have_are_no_way_into_the_case(api: Interface, first: str) -> None:
    body = {"data": {**FILLED, "领料编号": "LL-1", "发起人": HEAD}}
    answer = api(CLERK).post(f"/tasks/{first}/complete", body)
    assert (answer.status_code, set(answer.json["errors"])) == (422, {"领料编号", "发起人"})


def test_a_warning_is_confirmed_to_be_submitted(api: Interface, first: str) -> None:
    data = {**FILLED, "领用日期": "2026-11-28"}
    answer = api(CLERK).post(f"/tasks/{first}/complete", {"data": data})
    assert answer.status_code == 422
    assert (
        answer.json["warnings"]
        == answer.json["errors"]
        == {"领用日期": "所选日期不是工作日，确认仍在这一天领用？"}
    )
    body = {"data": data, "confirmed": ["领用日期"]}
    assert api(CLERK).post(f"/tasks/{first}/complete", body).status_code == 200


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, "data"),
        ({"data": []}, "data"),
        ({"data": None}, "data"),
        ({"data": {}, "revision": "7"}, "revision"),
        ({"data": {}, "revision": True}, "revision"),
        ({"data": {}, "revision": 1.5}, "revision"),
        ({"data": {}, "confirmed": "用途"}, "confirmed"),
        ({"data": {}, "confirmed": [1]}, "confirmed.0"),
        ({"data": {}, "confirmed": ["长" * 401]}, "confirmed.0"),
        ({"data": {}, "dat": 1}, "dat"),
    ],
)
def test_a_completion_that_is_none(api: Interface, first: str, body: Any, place: str) -> None:
    answer = api(CLERK).post(f"/tasks/{first}/complete", body)
    assert (answer.status_code, set(answer.json["errors"])) == (422, {place})


STRANGE = [
    1,
    1.5,
    -3,
    True,
    None,
    "",
    "文字",
    [],
    {},
    [[]],
    [{}],
    {"甲": 1},
    [None],
    ["x"] * 600,
    10**15,
    "9" * 5000,
]


@pytest.mark.parametrize("value", STRANGE, ids=repr)
def test_strange_values_of_every_field_are_refused_or_taken_but_break_nothing(
    api: Interface, first: str, value: Any
) -> None:
    names = ("领用日期", "金额", "紧急", "紧急原因", "去向", "保管人", "物品", "附件")
    data = {**FILLED, **dict.fromkeys(names, value)}
    assert api(CLERK).put(f"/tasks/{first}/draft", {"data": data}).status_code == 200
    assert api(CLERK).get(f"/tasks/{first}").status_code == 200
    assert api(CLERK).post(f"/tasks/{first}/complete", {"data": data}).status_code == 422
    assert api(CLERK).get(f"/tasks/{first}").json["state"] == "open"


def test_transfer(api: Interface, stock: str) -> None:
    body = {"to": STORE, "reason": "出差"}
    done = api(KEEPER).post(f"/tasks/{stock}/transfer", body, key="t")
    assert done.json == {"task": stock, "instance": done.json["instance"], "to": STORE}
    assert api(KEEPER).post(f"/tasks/{stock}/transfer", body, key="t").json == done.json
    assert api(KEEPER).get("/tasks").json["items"] == []
    assert "理由：出差" in api(STORE).get(f"/tasks/{stock}").json["why"][0]
    assert api(STORE).get("/notifications").json["items"][0]["task"] == stock
    assert api(KEEPER).post(f"/tasks/{stock}/complete", {"data": {"库存足够": "足够"}}).status_code == 403


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"to": "nobody", "reason": "出差"}, "to"),
        ({"to": "linjia", "reason": "出差"}, "to"),
        ({"to": STORE, "reason": "  "}, "reason"),
        ({"to": STORE, "reason": ""}, "reason"),
        ({"to": STORE, "reason": "长" * 501}, "reason"),
        ({"to": STORE}, "reason"),
        ({"to": 3, "reason": "出差"}, "to"),
        ({"to": KEEPER, "reason": "出差"}, "to"),
    ],
)
def test_a_transfer_that_is_none(api: Interface, stock: str, body: Any, place: str) -> None:
    answer = api(KEEPER).post(f"/tasks/{stock}/transfer", body)
    assert (answer.status_code, set(answer.json["errors"])) == (422, {place})


def test_urge_reaches_whoever_has_the_task(api: Interface, stock: str) -> None:
    done = api(CLERK).post(f"/tasks/{stock}/urge", {"text": "急用"})
    assert sorted(done.json["people"]) == sorted([STORE, KEEPER])
    assert "急用" in api(KEEPER).get("/notifications").json["items"][0]["text"]
    assert api(HEAD).post(f"/tasks/{stock}/urge").status_code == 200
    assert api(CLERK).post(f"/tasks/{stock}/urge", {"text": "长" * 501}).status_code == 422


def test_the_inbox_goes_by_pages(api: Interface) -> None:
    for _ in range(5):
        toy.start_requisition(api.engine)
    seen: list[str] = []
    cursor = ""
    while True:
        page = api(CLERK).get(f"/tasks?limit=2&cursor={cursor}").json
        assert (page["total"], page["total_is_capped"]) == (5, False)
        seen += [each["id"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        assert len(page["items"]) == 2
    assert len(seen) == len(set(seen)) == 5


def test_the_inbox_is_sorted_searched_and_split_by_state(api: Interface, stock: str) -> None:
    toy.start_requisition(api.engine)
    assert [each["name"] for each in api(CLERK).get("/tasks").json["items"]] == ["填写领料单"]
    done = api(CLERK).get("/tasks?state=done").json
    assert [(each["name"], bool(each["closed_at"])) for each in done["items"]] == [("填写领料单", True)]
    assert [each["id"] for each in api(KEEPER).get("/tasks?q=走廊").json["items"]] == [stock]
    assert api(KEEPER).get("/tasks?q=没有这样的").json["total"] == 0
    assert api(KEEPER).get("/tasks?q=%25").json["total"] == 0


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=x",
        "limit=-1",
        "limit=1.5",
        "limit=99999999999",
        "state=all",
        "q=" + "长" * 201,
    ]
    + [
        f"cursor={each}"
        for each in ("x", "W10=", "WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzA4OjAwIiwgIngiXQ==", "MQ==", "e30=")
    ],
)
def test_a_query_that_cannot_be_answered(api: Interface, query: str) -> None:
    answer = api(KEEPER).get(f"/tasks?{query}")
    assert (answer.status_code, set(answer.json["errors"])) == (422, {query.partition("=")[0]})


@pytest.mark.parametrize("who", [GUARD, ADMIN, "linjia"])
def test_strangers_do_not_learn_that_a_task_exists(api: Interface, stock: str, who: str) -> None:
    body = {"data": {}}
    unknown = api(who).get("/tasks/0").json["detail"]
    assert api(who).get(f"/tasks/{stock}").json["detail"] == unknown
    for path in ("claim", "unclaim", "urge"):
        assert api(who).post(f"/tasks/{stock}/{path}").status_code == 404
    assert api(who).post(f"/tasks/{stock}/complete", body).status_code == 404
    assert api(who).put(f"/tasks/{stock}/draft", body).status_code == 404
    assert api(who).post(f"/tasks/{stock}/transfer", {"to": KEEPER, "reason": "出差"}).status_code == 404


def test_the_late_one_learns_that_time_was_up(api: Interface) -> None:
    toy.reported_repair(api.engine)
    task = toy.open_task(api.engine, toy.FIXER, "维修")
    instance = api(toy.FIXER).get(f"/tasks/{task}").json["instance"]
    commands.press_button(api.engine, CLERK, instance, "p_withdrawn", {"撤回理由": "已自行修好"})
    answer = api(toy.FIXER).post(f"/tasks/{task}/complete", {"data": {"维修结果": "好了"}})
    assert answer.status_code == 409


def test_a_file_of_ones_own_goes_into_a_field(api: Interface, first: str) -> None:
    mine = api(CLERK).upload().json["id"]
    others = api(GUARD).upload().json["id"]
    assert (
        api(CLERK).post(f"/tasks/{first}/complete", {"data": {**FILLED, "附件": [others]}}).status_code == 422
    )
    assert (
        api(CLERK).post(f"/tasks/{first}/complete", {"data": {**FILLED, "附件": [mine]}}).status_code == 200
    )
    assert api(KEEPER).get(f"/attachments/{mine}").status_code == 404
    assert api(HEAD).get(f"/attachments/{mine}").data == PDF
