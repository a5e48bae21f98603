"""The workshop of process owners: list, drafts as data for the modeller's script, files in and out."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from lxml import html
from werkzeug.test import TestResponse

from engine import ProcessEngine, commands
from tests.support import toy
from tests.support.pages import Visitor, errors
from tests.support.workshop import DIAGRAM, DRAFTER, KEY, PUBLISHER, REVIEWER, open_workshop
from tests.web.conftest import Visit
from web.app import CSP

PAGE = f"/workshop/{KEY}"
BARE = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="urn:d">
  <process id="stock_count" name="盘点" isExecutable="true">
    <startEvent id="begin" name="开始"/><sequenceFlow id="f" sourceRef="begin" targetRef="finish"/>
    <endEvent id="finish" name="结束"/>
  </process>
</definitions>
"""


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ProcessEngine]:
    engine = open_workshop(tmp_path / "town")
    yield engine
    engine.close()


def ask(visitor: Visitor, url: str, body: Any = None, method: str = "POST") -> TestResponse:
    """What a script of the page sends."""
    headers = {"Accept": "application/json", "X-CSRF-Token": visitor.token()}
    if method == "GET":
        return visitor.client.get(url, headers=headers)
    return visitor.client.open(url, method=method, json=body, headers=headers)


def test_a_draft_is_begun_from_the_list_and_thrown_away(visit: Visit) -> None:
    owner = visit(DRAFTER)
    assert "第 1 版" in owner.read("/workshop")
    assert "现在没有人在修改这个流程" in owner.read(PAGE)
    assert owner.submit("/workshop", {}, action=f"{PAGE}/open").location == PAGE
    assert "接着改" in owner.read("/workshop")
    page = owner.get(PAGE)
    assert "'unsafe-inline'" in page.headers["Content-Security-Policy"].partition("style-src")[2]
    assert "'unsafe-inline'" not in page.headers["Content-Security-Policy"].partition("style-src")[0]
    for strict in ("/workshop", f"{PAGE}/changes", f"{PAGE}/discard"):
        assert owner.get(strict).headers["Content-Security-Policy"] == CSP
    data = json.loads(html.fromstring(page.text).xpath("//script[@id='gc-data']/text()")[0])
    assert data["draft"]["revision"] == 1
    assert DIAGRAM in data["draft"]["files"]
    assert "已发布的版本不变" in owner.read(f"{PAGE}/discard")
    assert owner.submit(f"{PAGE}/discard", {}).location == "/workshop"
    assert "草稿已放弃" in owner.read("/workshop")
    assert "现在没有人在修改这个流程" in owner.read(PAGE)


@pytest.mark.parametrize("login", [toy.CLERK, REVIEWER])
def test_only_process_owners_come_in(visit: Visit, town: ProcessEngine, login: str) -> None:
    commands.open_process_draft(town, DRAFTER, KEY)
    other = visit(login)
    assert "流程工坊" not in other.read("/tasks")
    for url in (
        "/workshop",
        PAGE,
        f"{PAGE}/draft",
        f"{PAGE}/choices",
        f"{PAGE}/bundle.zip",
        f"{PAGE}/changes",
    ):
        assert other.get(url).status_code == 403, url
    assert ask(other, f"{PAGE}/findings", {}).status_code == 403
    assert ask(other, f"{PAGE}/layout", {"xml": BARE}).status_code == 403
    assert visit("").get(PAGE).status_code == 302


def test_what_does_not_exist_is_not_found(visit: Visit) -> None:
    owner = visit(DRAFTER)
    assert owner.get("/workshop/nothing").status_code == 404
    assert owner.get("/workshop/nothing/changes").status_code == 404
    assert owner.get(f"{PAGE}/decisions/..%2Fx").status_code == 404
    answer = ask(owner, f"{PAGE}/draft", method="GET")
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"


def test_saving_counts_revisions_and_a_stale_one_is_told(visit: Visit, town: ProcessEngine) -> None:
    commands.open_process_draft(town, DRAFTER, KEY)
    first, second = visit(DRAFTER), visit(PUBLISHER)
    draft = ask(first, f"{PAGE}/draft", method="GET").json
    assert draft is not None
    changed = draft["files"][DIAGRAM].replace("主管审批", "主管批示")
    body = {"changes": {DIAGRAM: changed}, "revision": draft["revision"]}
    answer = ask(first, f"{PAGE}/draft", body, "PUT")
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["revision"] == draft["revision"] + 1
    assert answer.json["mine"]
    late = ask(second, f"{PAGE}/draft", body, "PUT")
    assert late.status_code == 409
    assert late.json is not None
    assert "丙三" in late.json["detail"]
    state = ask(second, f"{PAGE}/draft/state", method="GET").json
    assert state is not None
    assert (state["by"], state["mine"]) == ("丙三", False)
    refused = ask(
        first, f"{PAGE}/draft", {"changes": {"evil.sh": "rm"}, "revision": state["revision"]}, "PUT"
    )
    assert refused.status_code == 422
    for wrong in ({}, {"changes": [], "revision": 1}, {"changes": {}, "revision": "1"}):
        assert ask(first, f"{PAGE}/draft", wrong, "PUT").status_code == 422


def test_a_script_without_the_token_is_refused(visit: Visit, town: ProcessEngine) -> None:
    commands.open_process_draft(town, DRAFTER, KEY)
    answer = visit(DRAFTER).client.put(f"{PAGE}/draft", json={"changes": {}, "revision": 1})
    assert answer.status_code == 400


def test_the_modeller_asks_while_one_draws(visit: Visit, town: ProcessEngine) -> None:
    commands.open_process_draft(town, DRAFTER, KEY)
    owner = visit(DRAFTER)
    assert ask(owner, f"{PAGE}/findings", {"files": {}}).json == []
    found = ask(owner, f"{PAGE}/findings", {"files": {DIAGRAM: BARE}}).json
    assert found
    assert {"element", "message", "warning", "fix"} <= found[0].keys()
    assert ask(owner, f"{PAGE}/findings", {"files": {DIAGRAM: "nonsense"}}).status_code == 200
    assert ask(owner, f"{PAGE}/findings", {"files": {DIAGRAM: 7}}).status_code == 422
    drawn = ask(owner, f"{PAGE}/layout", {"xml": BARE}).json
    assert drawn is not None
    assert "BPMNShape" in drawn["xml"]
    assert ask(owner, f"{PAGE}/layout", {"xml": "nonsense"}).status_code == 422
    due = ask(owner, f"{PAGE}/due", {"expression": "${工作日前(领用日期, 2)}", "day": "2026-10-08"}).json
    assert due is not None
    assert due["due"] == "2026-09-29 17:30"
    choices = ask(owner, f"{PAGE}/choices", method="GET").json
    assert choices is not None
    assert "主管" in choices["posts"]


def test_a_bundle_goes_out_and_comes_in(visit: Visit, town: ProcessEngine) -> None:
    commands.open_process_draft(town, DRAFTER, KEY)
    owner = visit(DRAFTER)
    answer = owner.get(f"{PAGE}/bundle.zip")
    assert answer.data == owner.get(f"{PAGE}/bundle.zip").data
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert f"{KEY}/{DIAGRAM}" in archive.namelist()
    token = {"csrf_token": owner.token(), "file": (io.BytesIO(answer.data), "领料.zip")}
    files = owner.client.post(f"{PAGE}/unpack", data=token, headers={"Accept": "application/json"}).json
    assert files is not None
    assert DIAGRAM in files["files"]
    nothing = owner.client.post(
        f"{PAGE}/unpack", data={"csrf_token": owner.token()}, headers={"Accept": "application/json"}
    )
    assert nothing.status_code == 422


def test_new_procedures_are_made_and_brought_in(visit: Visit) -> None:
    owner = visit(DRAFTER)
    wrong = owner.submit("/workshop", {"name": "盘点", "key": "Stock Count"}, action="/new")
    assert wrong.status_code == 422
    assert errors(wrong)
    assert owner.submit(wrong, {"key": "stock_check"}, action="/new").location == "/workshop/stock_check"
    assert "盘点" in owner.read("/workshop/stock_check")
    nothing = owner.submit("/workshop", {}, action="/import")
    assert errors(nothing) == ["请选择 .bpmn 或 .zip 文件。"]
    broken = owner.submit("/workshop", {"file": ("x.zip", b"no archive")}, action="/import")
    assert broken.status_code == 422
    done = owner.submit("/workshop", {"file": ("别处的图.bpmn", BARE.encode())}, action="/import")
    assert done.location == "/workshop/stock_count"
    assert owner.get("/workshop/stock_count/drawn.bpmn").text == BARE
    assert owner.get("/workshop/stock_count/published.bpmn").status_code == 404
    assert owner.get("/workshop/stock_count/changes").status_code == 200


def test_the_differences_are_told_without_scripts(visit: Visit, town: ProcessEngine) -> None:
    commands.open_process_draft(town, DRAFTER, KEY)
    owner = visit(DRAFTER)
    draft = ask(owner, f"{PAGE}/draft", method="GET").json
    assert draft is not None
    changed = draft["files"][DIAGRAM].replace("主管审批", "主管批示")
    ask(owner, f"{PAGE}/draft", {"changes": {DIAGRAM: changed}, "revision": 1}, "PUT")
    assert "主管批示" in owner.read(f"{PAGE}/changes")
    assert "主管审批" in owner.get(f"{PAGE}/published.bpmn").text


def test_findings_lead_to_where_they_can_be_put_right(visit: Visit, town: ProcessEngine) -> None:
    commands.open_process_draft(town, DRAFTER, KEY)
    owner = visit(DRAFTER)
    draft = ask(owner, f"{PAGE}/draft", method="GET").json
    assert draft is not None
    task = (
        '<bpmn:businessRuleTask id="r_route" name="定办法" camunda:decisionRef="route" '
        'camunda:resultVariable="办法"/></bpmn:process>'
    )
    table = route_table("${件数 > 上限}")
    feature = draft["files"][f"features/{KEY}.feature"].replace("      当 “甲一”", "      然后 “甲一”", 1)
    files = {
        DIAGRAM: draft["files"][DIAGRAM].replace("</bpmn:process>", task),
        "decisions/route.dmn": table,
        "forms/r_fill.form": "{",
        f"features/{KEY}.feature": feature,
    }
    found = ask(owner, f"{PAGE}/findings", {"files": files}).json
    assert found
    urls = {(each["path"], each["url"]) for each in found}
    assert ("forms/r_fill.form", f"{PAGE}/forms/r_fill") in urls
    assert (f"features/{KEY}.feature", f"{PAGE}/scenarios/edit?file=features%2F{KEY}.feature&whole=1") in urls
    assert (DIAGRAM, f"{PAGE}#r_route") in urls
    cell = next(each for each in found if each["column"])
    assert (cell["path"], cell["line"], cell["column"], cell["element"]) == (
        "decisions/route.dmn",
        2,
        "件数",
        "r_route",
    )
    assert cell["url"] == f"{PAGE}/decisions/route?row=2&column=%E4%BB%B6%E6%95%B0"
    for _path, url in urls:
        if url:
            # What is only sent is no file of the draft yet, but each page answers.
            assert owner.get(url.partition("#")[0]).status_code in (200, 404), url
    # A table that cannot be read tells its cell, too.
    files["decisions/route.dmn"] = route_table("一 二")
    broken = ask(owner, f"{PAGE}/findings", {"files": files}).json
    assert broken
    assert (2, "件数") in {(each["line"], each["column"]) for each in broken}


def route_table(second: str) -> str:
    """A table of two rows; `second` is what the first column of the second row asks."""
    rows = "".join(
        f'<rule id="r{n}"><inputEntry id="i{n}"><text>{escape(cell)}</text></inputEntry>'
        f'<outputEntry id="o{n}"><text>"送达"</text></outputEntry></rule>'
        for n, cell in enumerate(("3", second, "-"))
    )
    return (
        '<?xml version="1.0"?><definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" '
        'namespace="http://camunda.org/schema/1.0/dmn"><decision id="route" name="办法"><decisionTable id="t" hitPolicy="FIRST">'
        '<input id="in" label="件数"><inputExpression id="e" typeRef="integer"><text>件数</text></inputExpression></input>'
        f'<output id="out" name="办法" typeRef="string" />{rows}</decisionTable></decision></definitions>'
    )


def test_the_list_tells_what_the_folder_could_not_bring_into_force(visit: Visit, town: ProcessEngine) -> None:
    owner = visit(DRAFTER)
    assert "流程文件夹" not in owner.read("/workshop")
    path = town.processes / "lianxi" / KEY / DIAGRAM
    text = path.read_text("utf-8")
    path.write_text(text.replace("${审批结论 == '同意'}", "${审批结论 == '不同意'}"), "utf-8")
    thread = commands.deploy_at_start(town)[1]
    assert thread is not None
    thread.join(120)
    page = owner.read("/workshop")
    assert "流程文件夹里的改动没有发布" in page
    assert "场景没有全部通过" in page
    assert "主管不同意，不发料" in page
    assert "那么 案卷“领料”已办结" in page
    assert "库存没有核对，不能发料" in page
    assert "打开流程工坊" in owner.read("/notifications")
    path.write_text(text, "utf-8")
    commands.deploy_at_start(town)
    assert "流程文件夹" not in owner.read("/workshop")
