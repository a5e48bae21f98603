"""The page on which a version is applied to cases under way, and that taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from engine import ProcessEngine, commands, queries
from engine.models import ProcessInstance, Task
from tests.support import toy
from tests.support.interface import Interface
from tests.support.pages import errors, words
from tests.support.running import GONE, RENAMED, renew
from tests.support.workshop import DRAFTER, KEY, PUBLISHER, REVIEWER, open_workshop
from tests.web.conftest import Visit

PAGE = f"/workshop/{KEY}/versions/cases"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ProcessEngine]:
    engine = open_workshop(tmp_path / "town")
    yield engine
    engine.close()


def test_cases_are_carried_after_a_second_look(visit: Visit, town: ProcessEngine) -> None:
    first, second = toy.filled_requisition(town), toy.filled_requisition(town)
    renew(town, RENAMED)
    owner = visit(DRAFTER)
    versions = owner.get(f"/workshop/{KEY}/versions")
    assert PAGE in versions.text
    page = owner.read(PAGE)
    assert "可以应用的 2 件" in page
    assert "改称“主管审核”" in page
    assert "还没有应用过" in page
    wrong = owner.submit(PAGE, {"instances": [first], "reason": " "})
    assert (wrong.status_code, errors(wrong)) == (422, ["请写明理由。"])
    wrong = owner.submit(PAGE, {"instances": [], "reason": "改了"})
    assert (wrong.status_code, errors(wrong)) == (422, ["请至少选择一个案卷。"])
    asked = owner.submit(PAGE, {"instances": [first], "reason": "名称改了"})
    assert asked.status_code == 200
    assert "以下 1 个案卷改按第 2 版办理" in words(asked)
    assert queries.case_view(town, toy.HEAD, first).version == 1
    assert owner.submit(asked, {}).status_code == 302
    assert (
        queries.case_view(town, toy.HEAD, first).version,
        queries.case_view(town, toy.HEAD, second).version,
    ) == (
        2,
        1,
    )
    page = owner.read(PAGE)
    assert "已应用到勾选的案卷，有关人员会收到消息。" in page
    assert "可以应用的 1 件" in page
    assert "由第 1 版改为第 2 版，理由：名称改了" in visit(toy.CLERK).read(f"/cases/{first}")
    assert "改按第 2 版办理" in visit(toy.HEAD).read("/notifications")
    assert "主管审核" in visit(toy.HEAD).read("/tasks")
    change = queries.version_changes(town, DRAFTER, KEY)[0].id
    wrong = owner.post(f"{PAGE}/revert", {"changes": [str(change)], "reason": ""})
    assert (wrong.status_code, errors(wrong)) == (422, ["请写明理由。"])
    assert owner.post(f"{PAGE}/revert", {"changes": [str(change)], "reason": "弄错了"}).status_code == 302
    page = owner.read(PAGE)
    assert "已撤销，案卷恢复按原来的版本办理。" in page
    assert "丙三于" in page
    assert queries.case_view(town, toy.HEAD, first).version == 1


def test_what_cannot_be_carried_is_listed_with_its_reason(visit: Visit, town: ProcessEngine) -> None:
    case = toy.filled_requisition(town)
    other, _ = toy.start_requisition(town)
    renew(town, *GONE)
    owner = visit(PUBLISHER)
    page = owner.read(PAGE)
    assert "不能应用的 1 件" in page
    assert "案卷正停在“主管审批”，新版本里没有这个环节。" in page
    refused = owner.post(
        PAGE,
        {
            "instances": [case, other],
            "reason": "改了",
            "confirmed": "1",
            "definition": str(queries.versions(town, DRAFTER, KEY)[0].id),
        },
    )
    assert refused.status_code == 409
    assert "案卷正停在“主管审批”" in words(refused)
    assert [queries.case_view(town, toy.HEAD, each).version for each in (case, other)] == [1, 2]
    stale = owner.post(PAGE, {"instances": [case], "reason": "改", "confirmed": "1", "definition": "1"})
    assert stale.status_code in (404, 409)


def test_who_reviews_reads_versions_and_changes_none(visit: Visit, town: ProcessEngine) -> None:
    toy.filled_requisition(town)
    renew(town, RENAMED)
    assert PAGE not in visit(REVIEWER).get(f"/workshop/{KEY}/versions").text
    assert visit(REVIEWER).get(PAGE).status_code == 403
    assert visit(toy.CLERK).get(PAGE).status_code == 403
    assert visit(DRAFTER).get("/workshop/nothing/versions/cases").status_code == 404


def test_through_the_interface(town: ProcessEngine) -> None:
    case, other = toy.filled_requisition(town), toy.filled_requisition(town)
    version = renew(town, RENAMED)
    owner = Interface(town)(DRAFTER)
    at = f"/process-definitions/versions/{version}"
    found = owner.get(f"{at}/cases").json
    assert [(each["instance_id"], each["refused"]) for each in found["cases"]] == [(case, ""), (other, "")]
    body = {"instances": [case, "nothing"], "reason": "改了"}
    done = owner.post(f"{at}/apply", body, "k")
    assert [each["status"] for each in done.json["items"]] == [200, 404]
    assert owner.post(f"{at}/apply", body, "k").json == done.json
    assert owner.post(f"{at}/apply", {"instances": [], "reason": "改了"}).status_code == 422
    assert Interface(town)(toy.CLERK).post(f"{at}/apply", body).status_code == 403
    assert owner.post("/process-definitions/versions/999/apply", body).status_code == 404
    line = owner.get(f"/process-definitions/{KEY}/version-changes").json["items"][0]
    assert (line["instance_id"], line["before"], line["after"], line["fixed"]) == (case, 1, 2, "")
    back = owner.post("/version-changes/revert", {"changes": [line["id"]], "reason": "错了"})
    assert [each["status"] for each in back.json["items"]] == [200]
    assert len(owner.get(f"{at}/cases").json["cases"]) == 2


def test_a_case_that_has_passed_what_is_gone_is_shown_to_everybody_as_before(
    visit: Visit, town: ProcessEngine
) -> None:
    case = toy.filled_requisition(town)
    task = toy.open_task(town, toy.KEEPER, "核对库存")
    commands.complete_user_task(town, toy.KEEPER, task, {"库存足够": "足够"})
    commands.drain(town)
    version = renew(town, ('"r_fill"', '"r_first"'), (">r_fill<", ">r_first<"))
    done = commands.apply_version(town, DRAFTER, version, [case], "改了编号")
    assert [each["outcome"] for each in done["items"]] == ["done"]
    with town.database.reading() as session:
        filled = session.scalars(
            select(Task.id).where(Task.instance_id == case, Task.element == "r_fill")
        ).one()
        drawn = session.get_one(ProcessInstance, case).elements
    assert "r_fill" not in drawn[KEY]
    for login in (toy.CLERK, toy.HEAD, toy.KEEPER):
        for page in (f"/cases/{case}", "/tasks", "/done", "/cases", "/notifications"):
            assert visit(login).get(page).status_code == 200, page
    assert visit(toy.CLERK).get(f"/tasks/{filled}").status_code == 200
    assert "填写领料单" in visit(toy.CLERK).read(f"/cases/{case}")
    assert visit(toy.HEAD).get("/statistics/requisition").status_code == 200
    assert visit(toy.HEAD).get("/registers/领料台账").status_code == 200
    assert Interface(town)(toy.HEAD).get(f"/process-instances/{case}/history").status_code == 200
    back = visit(toy.HEAD).get(f"/tasks/{toy.open_task(town, toy.HEAD, '主管审批')}/return")
    assert back.status_code == 200
    assert "填写领料单" not in words(back).partition("退回")[2].partition("理由")[0]
