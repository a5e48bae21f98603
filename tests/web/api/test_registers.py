"""Registers and statistics for programs: rows with their values, a workbook, numbers."""

from __future__ import annotations

import pytest

from engine import commands, queries
from tests.support import toy
from tests.support.interface import OUTSIDER, Interface
from tests.support.toy import CLERK, GUARD, HEAD, KEEPER
from tests.support.workbooks import read_workbook

NAME = "领料台账"


@pytest.fixture
def town(api: Interface) -> Interface:
    """One case completed, one at the store."""
    done = toy.filled_requisition(api.engine)
    for login, name, data in (
        (KEEPER, "核对库存", {"库存足够": "足够"}),
        (HEAD, "主管审批", {"审批结论": "不同意", "审批意见": "不急。"}),
    ):
        commands.complete_user_task(api.engine, login, queries.open_task_of(api.engine, done, name), data)
        commands.drain(api.engine)
    toy.filled_requisition(api.engine)
    return api


def test_the_registers_one_may_open(town: Interface) -> None:
    assert [each["name"] for each in town(HEAD).get("/registers").json["items"]] == [NAME]
    assert town(GUARD).get("/registers").json["items"] == []
    assert town(OUTSIDER).get("/registers").json["items"] == []


def test_rows_have_values_and_texts_in_the_order_of_the_columns(town: Interface) -> None:
    found = town(HEAD).get(f"/registers/{NAME}?state=active").json
    assert [each["title"] for each in found["columns"]][:3] == ["编号", "用途", "领用日期"]
    (row,) = found["items"]
    assert row["undecided"] is True
    assert row["cells"][2] == {"value": "2026-11-24", "text": "2026-11-24"}
    assert row["cells"][3] == {"value": ["车队"], "text": "车队"}
    assert row["cells"][4] == {"value": False, "text": "否"}
    assert row["cells"][5] == {"value": None, "text": ""}


def test_pages_and_filters(town: Interface) -> None:
    first = town(HEAD).get(f"/registers/{NAME}?limit=1").json
    second = town(HEAD).get(f"/registers/{NAME}?limit=1&cursor={first['next_cursor']}").json
    assert second["next_cursor"] is None
    assert first["items"][0]["instance"] != second["items"][0]["instance"]
    assert town(HEAD).get(f"/registers/{NAME}?q=没有的").json["items"] == []
    assert len(town(HEAD).get(f"/registers/{NAME}?begin=2026-11-24&end=2026-11-24").json["items"]) == 2
    assert town(KEEPER).get(f"/registers/{NAME}").json["items"] == []
    assert town(CLERK).get(f"/registers/{NAME}").status_code == 404
    for query in ("state=lost", "begin=x", "column=用途&begin=2026-01-01", "cursor=x", "limit=0"):
        assert town(HEAD).get(f"/registers/{NAME}?{query}").status_code == 422, query


def test_the_workbook_lacks_what_is_undecided_and_says_so(town: Interface) -> None:
    answer = town(HEAD).get(f"/registers/{NAME}/export")
    assert (answer.headers["X-Rows"], answer.headers["X-Left-Out"]) == ("1", "1")
    book = read_workbook(answer.data)
    assert len(book.texts(NAME)) == 2
    assert "1 行是未决事项" in dict(book.texts("说明"))["未列入"]
    assert town(HEAD).get(f"/registers/{NAME}/export?end=x").status_code == 422
    assert town(GUARD).get(f"/registers/{NAME}/export").status_code == 404


def test_numbers(town: Interface) -> None:
    found = town(HEAD).get("/statistics").json
    assert (found["from"], found["to"]) == ("2026-11-01", "2026-11-24")
    assert (found["total"]["open"], found["total"]["done"], found["total"]["started"]) == (1, 1, 2)
    (procedure,) = found["procedures"]
    assert (procedure["definition"], procedure["on_time_rate"]) == ("requisition", 1.0)
    assert {each["element"]: (each["done"], each["open"]) for each in found["steps"]} == {
        "r_fill": (2, 0),
        "r_stock": (1, 1),
        "r_approve": (1, 1),
    }
    assert town(HEAD).get("/statistics?process=repair").json["procedures"] == []
    assert town(HEAD).get("/statistics?from=2026-12-01&to=2026-11-01").status_code == 422
    assert town(HEAD).get("/statistics?process=nothing").status_code == 422
    assert town(KEEPER).get("/statistics").status_code == 403
