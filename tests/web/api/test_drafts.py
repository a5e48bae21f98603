"""Drafts, runs of the scenarios, publishing and versions through the interface."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import commands
from tests.support import toy
from tests.support.interface import Interface
from tests.support.workshop import (
    DIAGRAM,
    DRAFTER,
    FEATURE,
    HARD,
    KEY,
    PUBLISHER,
    REVIEWER,
    SOFT,
    open_workshop,
)

BASE = f"/process-drafts/{KEY}"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Interface]:
    interface = Interface(open_workshop(tmp_path / "town"))
    yield interface
    interface.engine.close()


def run(desk: Interface, **body: object) -> int:
    started = desk(DRAFTER).post(f"{BASE}/gate", dict(body))
    assert started.status_code == 202
    commands.wait_for_gate(desk.engine, started.json["run"])
    return int(started.json["run"])


def test_from_the_draft_to_the_version(desk: Interface) -> None:
    drafter, publisher = desk(DRAFTER), desk(PUBLISHER)
    assert drafter.post(f"{BASE}/open", {}).json == {"process": KEY, "key": KEY, "revision": 1}
    draft = drafter.get(BASE).json
    text = draft["files"][FEATURE].replace("而且 案卷“领料”没有经过“发料”", "而且 案卷“领料”经过了“发料”")
    saved = drafter.put(BASE, {"changes": {FEATURE: text}, "revision": 1, "note": "改场景"})
    assert saved.json["revision"] == 2
    stale = publisher.put(BASE, {"changes": {FEATURE: "x"}, "revision": 1})
    assert stale.status_code == 409
    assert "丙三" in stale.json["detail"]
    assert drafter.get(f"{BASE}/findings").json["items"] == []
    assert [each["name"] for each in drafter.get(f"{BASE}/changes").json["items"]] == ["主管不同意，不发料"]
    assert drafter.get(f"{BASE}/impact").json["scenarios"] == 4
    assert drafter.get(f"{BASE}/gate").status_code == 404
    run(desk)
    gate = publisher.get(f"{BASE}/gate").json
    assert (gate["state"], gate["to_waive"], gate["total"]) == ("failed", [SOFT], 4)
    assert drafter.post(f"{BASE}/publish", {}).status_code == 403
    assert publisher.post(f"{BASE}/publish", {}).status_code == 422
    done = publisher.post(f"{BASE}/publish", {"waivers": {SOFT: "按旧办法"}, "note": "第二版"})
    assert done.json["version"] == 2
    newest, first = drafter.get(f"/process-definitions/{KEY}/versions").json["items"]
    assert (newest["published_by"], newest["drafted_by"], newest["waivers"]) == (
        PUBLISHER,
        [DRAFTER],
        {SOFT: "按旧办法"},
    )
    restored = drafter.post(f"/process-definitions/versions/{first['id']}/restore", {})
    assert restored.json["revision"] == 2
    assert drafter.post(f"/process-definitions/versions/{first['id']}/restore", {}).status_code == 409


def test_one_scenario_alone_and_who_may(desk: Interface) -> None:
    desk(DRAFTER).post(f"{BASE}/open", {})
    number = run(desk, only=[HARD])
    found = desk(REVIEWER).get(f"{BASE}/gate?run={number}").json
    assert (found["state"], found["only"], found["total"]) == ("passed", [HARD], 1)
    assert desk(REVIEWER).get(BASE).status_code == 200
    assert desk(REVIEWER).put(BASE, {"changes": {}, "revision": 1}).status_code == 403
    for address in (
        BASE,
        f"{BASE}/gate",
        f"{BASE}/changes",
        f"{BASE}/findings",
        f"{BASE}/impact",
        "/process-drafts",
    ):
        assert desk(toy.CLERK).get(address).status_code == 403
    assert desk(DRAFTER).get("/process-drafts/unknown").status_code == 404
    assert desk(DRAFTER).post(f"{BASE}/gate/stop", {}).status_code == 404
    assert desk(DRAFTER).post(f"{BASE}/publish", {}).status_code == 422


def test_new_taken_back_renamed_discarded_and_brought_along(desk: Interface) -> None:
    drafter = desk(DRAFTER)
    made = drafter.post("/process-drafts", {"key": "stock_check", "name": "盘点"})
    assert (made.status_code, made.json["key"]) == (201, "stock_check")
    assert drafter.post("/process-drafts", {"key": "9", "name": "盘点"}).status_code == 422
    assert drafter.post("/process-drafts/stock_check/discard", {"revision": 1}).status_code == 409
    assert (
        drafter.post("/process-drafts/stock_check/discard", {"revision": made.json["revision"]}).status_code
        == 200
    )
    text = toy.original(f"{KEY}/{DIAGRAM}").replace('name="发料"', 'name="发放"').encode()
    brought = drafter.client.post(
        "/api/v1/process-drafts/import",
        data={"file": (io.BytesIO(text), "x.bpmn")},
        headers=drafter.headers,
    )
    assert brought.status_code == 201
    revision = brought.json["revision"] if brought.json else 0
    assert drafter.post("/process-drafts/import", {}).status_code == 415
    renamed = drafter.post(f"{BASE}/rename-in-scenarios", {"revision": revision})
    assert renamed.json["files"] == [FEATURE]
    undone = drafter.post(f"{BASE}/undo", {"revision": renamed.json["revision"]})
    assert undone.json["revision"] == revision + 2
    assert drafter.post(f"{BASE}/rebase", {}).json["revision"] == revision + 2
    cards = {each["key"]: each for each in drafter.get("/process-drafts").json["items"]}
    assert (cards[KEY]["drafted_by"], cards["repair"]["drafted_by"]) == (DRAFTER, None)
