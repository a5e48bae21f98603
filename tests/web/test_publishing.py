"""The pages on which a draft is tried and published, and the versions of a procedure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import html
from werkzeug.test import TestResponse

from engine import ProcessEngine, commands, queries
from tests.support import toy
from tests.support.pages import errors, words
from tests.support.workshop import (
    CALLED,
    DRAFTER,
    FEATURE,
    KEY,
    PUBLISHER,
    REVIEWER,
    SOFT,
    edit,
    open_workshop,
    run_gate,
)
from tests.web.conftest import Visit

PAGE, VERSIONS = f"/workshop/{KEY}/publish", f"/workshop/{KEY}/versions"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ProcessEngine]:
    engine = open_workshop(tmp_path / "town")
    yield engine
    engine.close()


def wait(engine: ProcessEngine) -> None:
    run = queries.gate_run(engine, DRAFTER, KEY)
    assert run is not None
    commands.wait_for_gate(engine, run.id)


def links(answer: TestResponse) -> list[str]:
    return [str(each) for each in html.fromstring(answer.text).xpath("//main//a/@href")]


def test_from_the_first_try_to_the_new_version(town: ProcessEngine, visit: Visit) -> None:
    edit(town, FEATURE, "而且 案卷“领料”没有经过“发料”", "而且 案卷“领料”经过了“发料”")
    drafter, publisher = visit(DRAFTER), visit(PUBLISHER)
    page = drafter.read(PAGE)
    assert "改动场景“主管不同意，不发料”" in page
    assert "还没有试跑过" in page
    assert "要由另一位流程管理员核对后发布" in page
    assert drafter.submit(PAGE, {}, action=f"/workshop/{KEY}/gate").status_code == 302
    wait(town)
    page = publisher.read(PAGE)
    assert "有场景没有通过" in page
    assert "4 / 4 个场景" in page
    assert "而且 案卷“领料”经过了“发料”" in page
    link = next(each for each in links(publisher.get(PAGE)) if "/scenarios?" in each)
    assert f'id="{link.partition("#")[2]}"' in publisher.get(link).text
    wrong = publisher.submit(PAGE, {}, action=PAGE)
    assert wrong.status_code == 422
    assert errors(wrong) == ["这个场景没有通过，请写明为什么仍然发布。"]
    done = publisher.submit(wrong, {"waiver-1": "本月按旧办法办", "note": "改了场景"}, action=PAGE)
    assert done.status_code == 302
    page = publisher.read(VERSIONS)
    assert "“主管不同意，不发料”没有通过仍然发布：本月按旧办法办" in page
    assert "改了场景" in page
    assert queries.versions(town, DRAFTER, KEY)[0].waivers == {SOFT: "本月按旧办法办"}


def test_while_it_runs_the_page_asks_again_and_it_can_be_stopped(town: ProcessEngine, visit: Visit) -> None:
    commands.open_process_draft(town, DRAFTER, KEY)
    drafter = visit(DRAFTER)
    drafter.submit(PAGE, {}, action=f"/workshop/{KEY}/gate")
    page = drafter.get(PAGE)
    if "正在试跑" in page.text:
        assert page.headers["Refresh"]
        assert "<progress" in page.text
        again = drafter.submit(page, {}, action=f"/workshop/{KEY}/gate/stop")
        assert again.status_code == 302
    wait(town)
    assert "Refresh" not in drafter.get(PAGE).headers


def test_what_nobody_can_waive_is_told_and_no_form_offered(town: ProcessEngine, visit: Visit) -> None:
    edit(town, FEATURE, "    @LX_2 @硬约束\n", "    @LX_2\n")
    run_gate(town)
    page = visit(PUBLISHER).read(PAGE)
    assert "任何人都不能放行" in page
    assert "硬约束场景“库存没有核对，不能发料”去掉了标签" in page
    assert "场景试跑通过以后，可以在这里发布" in page


def test_names_follow_and_versions_are_restored(town: ProcessEngine, visit: Visit) -> None:
    edit(town, f"{KEY}.bpmn", 'name="发料"', 'name="发放物料"')
    drafter = visit(DRAFTER)
    assert drafter.submit(PAGE, {}, action=f"/workshop/{KEY}/rename-in-scenarios").status_code == 302
    run_gate(town)
    assert visit(PUBLISHER).submit(PAGE, {}, action=PAGE).status_code == 302
    assert drafter.submit(VERSIONS, {}).status_code == 302
    assert "恢复为第 1 版的内容" in queries.process_draft(town, DRAFTER, KEY).note
    again = drafter.submit(VERSIONS, {})
    assert again.status_code == 409
    assert "已有打开的草稿" in words(again)


def test_a_former_version_is_compared_with_the_one_in_force(town: ProcessEngine, visit: Visit) -> None:
    edit(town, f"{KEY}.bpmn", 'name="已发料"', 'name="发完了"')
    run_gate(town)
    commands.publish_draft(town, PUBLISHER, KEY)
    reader = visit(REVIEWER)
    [link] = [
        each for each in links(reader.get(VERSIONS)) if "/versions/" in each and each.endswith("/changes")
    ]
    page = reader.read(link)
    for said in ("第 1 版", "现行的第 2 版", "由“已发料”改为“发完了”"):
        assert said in page, said
    assert 'name="已发料"' in reader.get(link.removesuffix("/changes") + ".bpmn").text
    assert visit(toy.CLERK).get(link).status_code == 403
    assert reader.get(f"{VERSIONS}/999/changes").status_code == 404
    other = queries.versions(town, DRAFTER, CALLED)[0].id
    assert reader.get(f"{VERSIONS}/{other}/changes").status_code == 404


def test_readers_read_and_strangers_do_not(town: ProcessEngine, visit: Visit) -> None:
    commands.open_process_draft(town, DRAFTER, KEY)
    assert "您的岗位不能发布流程" in visit(REVIEWER).read(PAGE)
    assert "恢复" not in visit(REVIEWER).read(VERSIONS).replace("恢复就是", "")
    for address in (PAGE, VERSIONS):
        assert visit(toy.CLERK).get(address).status_code == 403
    assert visit(DRAFTER).get("/workshop/unknown/publish").status_code == 404
    assert visit(DRAFTER).get("/workshop/unknown/versions").status_code == 404
