"""The page of one failure: what it says to whom, and its remedies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import ProcessEngine, queries
from tests.support import toy
from tests.support.interface import Interface
from tests.support.pages import errors, words
from tests.support.running import failed, open_failing
from tests.web.conftest import Visit


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ProcessEngine]:
    engine = open_failing(tmp_path / "town")
    yield engine
    engine.close()


def test_it_says_what_failed_and_hides_what_is_not_for_everybody(visit: Visit, town: ProcessEngine) -> None:
    _, number = failed(town)
    listed = visit(toy.ADMIN).get("/office")
    assert f"/office/incidents/{number}" in listed.text
    page = visit(toy.ADMIN).read(f"/office/incidents/{number}")
    for said in ("运行异常：算每架件数", "件数 / 架数", "提交任务", "案卷现在停在", "清点", "才能看"):
        assert said in page, said
    seen = visit(toy.KEEPER).read(f"/office/incidents/{number}")
    assert ("件数 12" in page, "件数 12" in seen) == (False, True)
    assert visit(toy.CLERK).get(f"/office/incidents/{number}").status_code == 403
    assert visit(toy.ADMIN).get("/office/incidents/999").status_code == 404


def test_the_case_is_moved_on(visit: Visit, town: ProcessEngine) -> None:
    case, number = failed(town)
    admin, page = visit(toy.ADMIN), f"/office/incidents/{number}"
    wrong = admin.post(f"{page}/move", {"element": "", "reason": ""})
    assert (wrong.status_code, errors(wrong)) == (422, ["请写明移动的理由。"])
    wrong = admin.post(f"{page}/move", {"element": "", "reason": "不用算"})
    assert (wrong.status_code, errors(wrong)) == (422, ["请从列出的环节中选择一个。"])
    assert "不用算" in wrong.text
    again = admin.post(f"{page}/move", {"element": "k_share", "reason": "再算"})
    assert again.status_code == 409
    assert "移动以后仍然出错，没有移动" in words(again)
    assert admin.post(f"{page}/move", {"element": "k_again", "reason": "不用算"}).status_code == 302
    assert "案卷已移动，从那里继续办理，有关人员会收到消息。" in admin.read("/office")
    assert "由“清点”移到“复核”继续办理" in visit(toy.KEEPER).read(f"/cases/{case}")
    assert "理由：不用算" in visit(toy.KEEPER).read("/notifications")
    assert admin.get(page).status_code == 404


def test_it_is_tried_again_or_the_case_cancelled(visit: Visit, town: ProcessEngine) -> None:
    case, number = failed(town)
    admin = visit(toy.ADMIN)
    wrong = admin.post(f"/office/incidents/{number}/retry", {"reason": " "})
    assert (wrong.status_code, errors(wrong)) == (422, ["请写明重试的理由。"])
    assert admin.post(f"/office/incidents/{number}/retry", {"reason": "请改架数再提交"}).status_code == 302
    assert "请改架数再提交" in visit(toy.KEEPER).read(f"/cases/{case}")
    case, number = failed(town)
    page = f"/office/incidents/{number}"
    wrong = admin.post(f"{page}/cancel", {"reason": ""})
    assert (wrong.status_code, errors(wrong)) == (422, ["请写明撤销的理由。"])
    assert admin.post(f"{page}/cancel", {"reason": "重复"}).status_code == 302
    assert queries.case_view(town, toy.KEEPER, case).state == "cancelled"


def test_through_the_interface(town: ProcessEngine) -> None:
    case, number = failed(town)
    api = Interface(town)
    found = api(toy.ADMIN).get(f"/incidents/{number}").json
    assert (found["instance"], found["definition"], found["standing"], found["values"]) == (
        case,
        "stocktake",
        "清点",
        None,
    )
    assert api(toy.KEEPER).get(f"/incidents/{number}").json["values"] == {"件数": 12, "架数": 0}
    assert {each["element"]: each["why_not"] for each in found["places"]} == {
        "k_share": "",
        "k_again": "",
        "k_end": "",
    }
    body = {"element": "k_again", "reason": "不用算"}
    assert api(toy.CLERK).post(f"/incidents/{number}/move", body).status_code == 403
    assert api(toy.ADMIN).post(f"/incidents/{number}/move", {**body, "element": "x"}).status_code == 422
    moved = [api(toy.ADMIN).post(f"/incidents/{number}/move", body, "k") for _ in range(2)]
    assert [each.json for each in moved] == [{"incident": number, "instance": case, "element": "k_again"}] * 2
