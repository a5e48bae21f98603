"""规则参数 through the interface."""

from __future__ import annotations

from tests.support.interface import Interface
from tests.support.toy import CLERK, HEAD


def test_read_set_and_restore(api: Interface) -> None:
    items = {each["name"]: each for each in api(CLERK).get("/parameters").json["items"]}
    assert (items["维修期限"]["value"], items["维修期限"]["written"]) == (3, None)
    assert items["核对期限"]["hard"] is True
    done = api(HEAD).put("/parameters/维修期限", {"value": "5", "reason": "试行"})
    assert done.json == {"name": "维修期限", "value": 5}
    items = {each["name"]: each for each in api(CLERK).get("/parameters").json["items"]}
    assert (items["维修期限"]["value"], items["维修期限"]["written"]) == (5, 3)
    assert api(HEAD).put("/parameters/维修期限", {"value": None, "reason": "恢复"}).json["value"] == 3


def test_refusals(api: Interface) -> None:
    body = {"value": "5", "reason": "试行"}
    assert api(CLERK).put("/parameters/维修期限", body).status_code == 403
    assert api(HEAD).put("/parameters/核对期限", body).status_code == 422
    assert api(HEAD).put("/parameters/没有的", body).status_code == 422
    assert api(HEAD).put("/parameters/维修期限", {"value": 5, "reason": "试行"}).status_code == 422
