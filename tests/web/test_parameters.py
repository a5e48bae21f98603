"""The pages of 规则参数."""

from __future__ import annotations

from tests.support import toy
from tests.support.pages import errors, words
from tests.web.conftest import Visit


def test_everybody_reads_them_and_who_may_changes_one(visit: Visit) -> None:
    assert "维修期限" in visit(toy.CLERK).read("/parameters")
    assert "更改" not in words(visit(toy.CLERK).get("/parameters")).partition("维修期限")[2]
    head = visit(toy.HEAD)
    assert (
        "/parameters/维修期限" in head.get("/parameters").text or "%E7%BB%B4" in head.get("/parameters").text
    )
    wrong = head.submit("/parameters/维修期限", {"value": "很多", "reason": ""})
    assert wrong.status_code == 422
    assert errors(wrong) == ["请写明更改的理由。"]
    wrong = head.submit(wrong, {"reason": "试行"})
    assert errors(wrong) == ["参数“维修期限”请填写整数，例如 3。"]
    assert 'value="很多"' in wrong.text
    assert head.submit(wrong, {"value": "5"}).status_code == 302
    page = head.read("/parameters")
    assert "5 工作日 原为 3 工作日" in page
    assert head.submit("/parameters/维修期限", {"reason": "试行结束"}, button="_restore").status_code == 302
    assert "原为" not in head.read("/parameters")


def test_a_search_finds_or_says_so(visit: Visit) -> None:
    clerk = visit(toy.CLERK)
    assert "核对期限" not in clerk.read("/parameters?q=维修")
    assert "没有符合条件的参数" in clerk.read("/parameters?q=月球")


def test_hard_ones_and_strangers(visit: Visit) -> None:
    head, clerk = visit(toy.HEAD), visit(toy.CLERK)
    assert "由制度条款规定，不能更改" in head.read("/parameters/核对期限")
    assert "由条款 LX-2 规定，不能更改" in words(
        head.post("/parameters/核对期限", {"value": "9", "reason": "x"})
    )
    assert clerk.get("/parameters/维修期限").status_code == 403
    assert clerk.post("/parameters/维修期限", {"value": "9", "reason": "x"}).status_code == 403
    assert head.get("/parameters/没有的").status_code == 404
    assert head.post("/parameters/没有的", {"value": "9", "reason": "x"}).status_code == 404
