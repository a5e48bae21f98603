"""The pages of scenarios: read beside their clauses, run, written, tried, put into the draft, played back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from lxml import html
from werkzeug.test import TestResponse

from engine import ProcessEngine, commands, queries
from tests.support import toy
from tests.support.pages import Visitor, words
from tests.support.workshop import (
    DRAFTER,
    FEATURE,
    HARD,
    KEY,
    PUBLISHER,
    REVIEWER,
    SCENARIOS,
    SOFT,
    edit,
    open_workshop,
    run_gate,
)
from tests.web.conftest import Visit
from web.app import create_app

RELEASED, DRAFT = f"/procedures/{KEY}/scenarios", f"/workshop/{KEY}/scenarios"
EDIT = f"{DRAFT}/edit"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ProcessEngine]:
    engine = open_workshop(tmp_path / "town")
    yield engine
    engine.close()


@pytest.fixture
def app(town: ProcessEngine) -> Flask:
    return create_app(town)


def wait(engine: ProcessEngine) -> queries.LastRun:
    last = queries.scenario_page(engine, DRAFTER, KEY, "released").last
    assert last is not None
    commands.wait_for_gate(engine, last.id)
    found = queries.scenario_page(engine, DRAFTER, KEY, "released").last
    assert found is not None
    return found


def address(scenario: str, run: int | None = None) -> str:
    return f"{EDIT}?scenario={quote(scenario)}" + (f"&run={run}" if run else "")


def text_of(page: TestResponse) -> str:
    (area,) = html.fromstring(page.text).xpath("//textarea[@name='text']")
    return str(area.text).removeprefix("\n").rstrip("\n")


def send(visitor: Visitor, page: str | TestResponse, do: str, **fields: str) -> TestResponse:
    """Press one of the buttons below the text."""
    return visitor.submit(page, {**fields, "do": do}, action=EDIT)


def test_reviewers_read_scenarios_beside_their_clauses_and_run_them(
    town: ProcessEngine, visit: Visit
) -> None:
    reader = visit(REVIEWER)
    assert "验收场景" in reader.read("/tasks")
    assert "领料" in reader.read("/scenarios")
    page = reader.read(RELEASED)
    assert "未经主管同意，不得发料。" in page
    assert "3 个场景 ：通过 0 · 没有通过 0 · 没有跑过 3" in page
    assert "“甲一”办理“主管审批”，填写：" in page
    assert "情况属实" in page
    assert "已发布： 没有跑过" in page
    assert reader.get(DRAFT).location.endswith(RELEASED)
    form = reader.submit(RELEASED, {"scenario": HARD}, action=f"{RELEASED}/run")
    assert "?at=s-" in form.location
    assert wait(town).only == [HARD]
    done = reader.get(form.location)
    assert "#s-" in done.location
    assert done.location.partition("#")[2] in reader.get(RELEASED).text
    page = reader.read(RELEASED)
    assert "已发布： ✓ 通过" in page
    assert "第 1 版，场景“库存没有核对，不能发料”" in page
    reader.post(f"{RELEASED}/run")
    wait(town)
    page = reader.read(RELEASED)
    assert "3 个场景 ：通过 3" in page
    assert "第 1 版，3 个场景 · 全部通过" in page


def test_a_second_run_is_refused_and_the_page_asks_again_where_it_can(
    town: ProcessEngine, visit: Visit
) -> None:
    reader = visit(REVIEWER)
    begun = reader.post(f"{RELEASED}/run", {"scenario": HARD})
    running = reader.get(begun.location)
    late = reader.post(f"{RELEASED}/run", {"clause": "LX_2"})
    if late.status_code == 409:
        assert "正在试跑" in words(late)
        assert late.headers["Refresh"].partition("url=")[2] == f"{RELEASED}?clause=LX_2"
        assert running.headers["Refresh"].partition("url=")[2] == begun.location
    stopped = reader.post(f"{DRAFT}/stop", {"side": "released"})
    assert stopped.location == RELEASED
    wait(town)
    assert "Refresh" not in reader.get(RELEASED).headers


def test_they_are_chosen_by_clause_and_by_failure(town: ProcessEngine, visit: Visit) -> None:
    edit(town, FEATURE, "而且 案卷“领料”没有经过“发料”", "而且 案卷“领料”经过了“发料”")
    run_gate(town)
    reader = visit(REVIEWER)
    titles = ["库存没有核对，不能发料", "主管不同意，不发料", "急用的写明原因"]
    for query, shown in (
        ("", [0, 1, 2]),
        ("clause=LX_2", [0, 1]),
        ("failed=1", [1]),
        ("clause=LX_1&failed=1", []),
    ):
        answer = reader.get(f"{DRAFT}?{query}")
        found = html.fromstring(answer.text).xpath("//article/h4/text()[1]")
        assert [each.strip() for each in found] == [titles[number] for number in shown]
    page = reader.read(f"{DRAFT}?failed=1")
    assert "停在这一句 而且 案卷“领料”经过了“发料”" in page
    assert "草稿： × 没有通过" in page
    assert "改动" in page


def test_from_a_wrong_sentence_to_the_draft(town: ProcessEngine, visit: Visit) -> None:
    commands.open_process_draft(town, DRAFTER, KEY)
    owner = visit(DRAFTER)
    page = owner.get(address(SOFT))
    piece = text_of(page)
    assert piece.startswith("@LX_2\n场景: 主管不同意，不发料\n  当 ")
    assert "未经主管同意，不得发料。" in words(page)
    # A sentence nobody knows is told with its line, and neither tried nor saved.
    wrong = piece.replace("“丁四”办理", "“丁四”处理")
    for do, status in (("check", 200), ("try", 422), ("save", 422)):
        answer = send(owner, page, do, text=wrong)
        assert answer.status_code == status
        assert "第 3 行 ：没有这样的句子：“丁四”处理“核对库存”" in words(answer)
        assert text_of(answer) == wrong
    assert queries.process_draft(town, DRAFTER, KEY).revision == 1
    # One that is not true is run and fails; the text is still there.
    red = piece.replace("没有经过", "经过了")
    answer = send(owner, page, "try", text=red)
    assert answer.status_code == 302
    assert wait(town).state == "failed"
    tried = owner.get(answer.location)
    assert text_of(tried) == red
    shown = words(tried)
    assert "× 没有通过" in shown
    assert "停在这一句（ 第 8 行 ）： 而且 案卷“领料”经过了“发料”" in shown
    # Put right it passes, and goes into the draft as one saving.
    answer = send(owner, tried, "try", text=piece.replace("没有经过“发料”", "没有经过“已发料”"))
    wait(town)
    tried = owner.get(answer.location)
    assert "✓ 通过" in words(tried)
    saved = send(owner, tried, "save")
    assert saved.location.startswith(DRAFT)
    assert "场景已放进草稿" in owner.read(saved.location)
    draft = queries.process_draft(town, DRAFTER, KEY)
    assert draft.files[FEATURE] == SCENARIOS.replace("没有经过“发料”", "没有经过“已发料”")
    assert "草稿： ✓ 通过" in owner.read(DRAFT)


def test_what_somebody_else_saved_meanwhile_is_not_overwritten(town: ProcessEngine, visit: Visit) -> None:
    commands.open_process_draft(town, DRAFTER, KEY)
    owner = visit(DRAFTER)
    page = owner.get(address(SOFT))
    mine = text_of(page).replace("不同意，", "不同意的，")
    edit(town, FEATURE, "急用的写明原因", "急用的，写明原因", PUBLISHER)
    late = send(owner, page, "save", text=mine)
    assert late.status_code == 409
    assert "甲一" in words(late)
    assert text_of(late) == mine
    # The second time it is saved over what is there now, and both changes stand.
    assert send(owner, late, "save").status_code == 302
    text = queries.process_draft(town, DRAFTER, KEY).files[FEATURE]
    assert "主管不同意的，不发料" in text
    assert "急用的，写明原因" in text
    # The scenario itself is no longer there.
    gone = send(owner, page, "save", text=mine)
    assert gone.status_code == 409
    assert "已经没有这个场景" in words(gone)
    assert text_of(gone) == mine


def test_a_new_scenario_is_written_under_the_rule_of_its_clause(town: ProcessEngine, visit: Visit) -> None:
    commands.open_process_draft(town, DRAFTER, KEY)
    owner = visit(DRAFTER)
    page = owner.get(f"{EDIT}?clause=LX_2")
    assert "写在规则“第二条 未经主管同意，不得发料”下面" in words(page)
    assert text_of(page).startswith("@LX_2\n场景: ")
    text = "@LX_2\n场景: 主管还没有批，不发料\n  当 “丁四”办理“核对库存”\n  那么 谁的待办里都没有“发料”"
    assert send(owner, page, "save", text=text).status_code == 302
    rules = queries.scenario_page(town, DRAFTER, KEY, "draft").features[0].rules
    assert [each.title for each in rules[0].scenarios][-1] == "主管还没有批，不发料"
    assert run_gate(town, only=["lianxi/requisition.feature::主管还没有批，不发料"]).state == "passed"
    # A clause without scenarios gets a rule.
    page = owner.get(f"{EDIT}?clause=LX_3")
    assert "另立一条规则" in words(page)
    begun = text_of(page)
    assert begun.startswith("规则: LX-3 ")
    whole = begun.replace("场景: ", "场景: 另一个").replace("假如 现在是“”", "当 “甲一”办理“主管审批”")
    whole = whole.replace("    当 “”发起“”\n", "").replace("“”的待办里有“”", "谁的待办里都没有“发料”")
    assert send(owner, page, "save", text=whole).status_code == 302
    rules = queries.scenario_page(town, DRAFTER, KEY, "draft").features[0].rules
    assert [each.title for each in rules[-1].scenarios] == ["另一个"]


def test_a_whole_file_is_changed_and_one_that_cannot_be_read_mended(
    town: ProcessEngine, visit: Visit
) -> None:
    edit(town, FEATURE, "    场景: 库存没有核对", "    情景: 库存没有核对")
    owner = visit(DRAFTER)
    listed = owner.read(DRAFT)
    assert "草稿的场景有" in listed
    assert "请写成“场景:”" in listed
    page = owner.get(f"{EDIT}?file={FEATURE}&whole=1")
    assert "试跑这个场景" not in words(page)
    mended = text_of(page).replace("情景:", "场景:")
    assert send(owner, page, "save", text=mended).status_code == 302
    assert queries.process_draft(town, DRAFTER, KEY).files[FEATURE] == SCENARIOS


def test_a_scenario_is_struck_out(town: ProcessEngine, visit: Visit) -> None:
    commands.open_process_draft(town, DRAFTER, KEY)
    owner = visit(DRAFTER)
    assert "流程就不能发布" in owner.read(address(HARD))
    assert "流程就不能发布" not in owner.read(address(SOFT))
    assert send(owner, address(SOFT), "remove").location.startswith(DRAFT)
    page = owner.read(DRAFT)
    assert "场景已从草稿里删去" in page
    assert "主管不同意，不发料" not in page


def test_reviewers_try_but_do_not_save_and_others_see_nothing(town: ProcessEngine, visit: Visit) -> None:
    commands.open_process_draft(town, DRAFTER, KEY)
    reader = visit(REVIEWER)
    page = reader.get(address(SOFT))
    assert "放进草稿，请流程管理员办理" in words(page)
    assert send(reader, page, "save").status_code == 403
    answer = send(reader, page, "try")
    assert wait(town).state == "passed"
    assert "✓ 通过" in reader.read(answer.location)
    assert queries.process_draft(town, DRAFTER, KEY).revision == 1
    clerk = visit(toy.CLERK)
    for url in ("/scenarios", RELEASED, DRAFT, address(SOFT), f"{DRAFT}/words", f"{DRAFT}/runs/1"):
        assert clerk.get(url).status_code == 403, url
    assert clerk.post(f"{RELEASED}/run").status_code == 403
    assert "验收场景" not in clerk.read("/tasks")
    for url in (
        "/procedures/unknown/scenarios",
        "/workshop/unknown/scenarios",
        address("lianxi/x.feature::y"),
    ):
        assert reader.get(url).status_code == 404, url


def test_the_script_is_told_line_by_line(town: ProcessEngine, visit: Visit) -> None:
    commands.open_process_draft(town, DRAFTER, KEY)
    owner = visit(DRAFTER)
    headers = {"Accept": "application/json", "X-CSRF-Token": owner.token()}

    def ask(text: str, **about: str) -> Any:
        body = {"file": FEATURE, "scenario": SOFT, "text": text, **about}
        return owner.client.post(f"{DRAFT}/check", json=body, headers=headers).json

    piece = text_of(owner.get(address(SOFT)))
    assert ask(piece) == []
    found = ask(piece.replace("而且 “甲一”", "接着 “甲一”").replace("“丁四”", "“丁五”"))
    assert [(each["line"], each["warning"]) for each in found] == [(3, True), (4, False)]
    assert "“接着”不是关键字" in found[1]["message"]
    assert "第" not in found[1]["message"].partition("”")[0]
    twice = ask(piece.replace("主管不同意，不发料", "急用的写明原因"))
    assert [each["line"] for each in twice] == [0]
    assert "已经没有这个场景" in ask(piece, scenario=f"{SOFT}吗")[0]["message"]
    offered = owner.client.get(f"{DRAFT}/words").json
    assert offered is not None
    start = next(each for each in offered["sentences"] if each["text"] == "“〔人〕”发起“〔流程〕”")
    assert (start["keyword"], start["kinds"]) == ("当", ["people", "procedures"])
    assert {"领料", "报修"} <= set(offered["names"]["procedures"])
    assert offered["clauses"][0]["tag"] == "LX_1"


def test_a_run_is_played_back(town: ProcessEngine, visit: Visit) -> None:
    run = run_gate(town, only=[HARD])
    reader = visit(REVIEWER)
    assert f"/runs/{run.id}?result=" in reader.get(RELEASED).text
    url = f"{RELEASED}/runs/{run.id}?result={quote(HARD)}"
    page = reader.read(url)
    assert "走过：核对库存 → 主管同意？" in page
    assert "未经主管同意，不得发料。" in page
    assert "<bpmn" in reader.get(f"{RELEASED}/runs/{run.id}/{KEY}.bpmn").text
    assert reader.get(f"{RELEASED}/runs/{run.id}?result=x").status_code == 404
    assert reader.get(f"{RELEASED}/runs/99?result={quote(HARD)}").status_code == 404
    assert visit(toy.CLERK).get(url).status_code == 403


def test_a_draft_is_begun_from_the_published_scenarios(town: ProcessEngine, visit: Visit) -> None:
    owner = visit(DRAFTER)
    answer = owner.submit(RELEASED, {}, action="/begin")
    assert answer.location.startswith(DRAFT)
    assert "草稿的场景" in owner.read(DRAFT)
    assert "开始修改" not in visit(REVIEWER).read(RELEASED)
