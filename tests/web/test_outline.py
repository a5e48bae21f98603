"""Procedures in words: the list for everybody, the published versions, the version of a case, a draft in the workshop."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from lxml import html

from engine import ProcessEngine, commands, queries
from engine.outline_facts import ABOUT
from tests.support import toy
from tests.support.workshop import (
    CALLED,
    DIAGRAM,
    DRAFTER,
    KEY,
    PUBLISHER,
    REVIEWER,
    edit,
    open_workshop,
    run_gate,
)
from tests.web.conftest import Visit
from web.outlines import fact_word

PAGE = f"/procedures/{KEY}/outline"
DRAFT = f"/workshop/{KEY}/outline"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ProcessEngine]:
    engine = open_workshop(tmp_path / "town")
    yield engine
    engine.close()


def elements(text: str) -> list[str]:
    return [str(each) for each in html.fromstring(text).xpath("//main//li/@data-element")]


def test_everybody_reads_what_there_is(visit: Visit, town: ProcessEngine) -> None:
    clerk = visit(toy.CLERK)
    text = clerk.read("/procedures")
    assert "领料" in text
    assert "报修" in text
    page = clerk.get(PAGE)
    found = queries.procedure_outline(town, toy.CLERK, KEY)
    assert sorted(elements(page.text)) == sorted(step.id for step in found.outline.steps())
    assert len(set(elements(page.text))) == len(elements(page.text))
    tree = html.fromstring(page.text)
    # Each link of the page leads to a place on it, and no place has two.
    places = tree.xpath("//main//@id")
    assert len(places) == len(set(places))
    for target in tree.xpath("//main//a[starts-with(@href, '#')]/@href"):
        assert target[1:] in places, target
    assert "第二条" in "".join(tree.xpath("//*[@class='clause']//text()"))
    assert visit(toy.CLERK).get("/procedures/unknown/outline").status_code == 404
    assert (
        clerk.get(f"/procedures/{CALLED}/outline/{queries.versions(town, DRAFTER, KEY)[0].id}").status_code
        == 404
    )


def test_a_case_leads_to_the_version_it_runs_on(visit: Visit, town: ProcessEngine) -> None:
    case, _task = toy.start_requisition(town)
    edit(town, DIAGRAM, 'name="主管审批"', 'name="主管批示"')
    draft = queries.process_draft(town, DRAFTER, KEY)
    commands.rename_in_scenarios(town, DRAFTER, KEY, draft.revision)
    run_gate(town)
    commands.publish_draft(town, PUBLISHER, KEY)
    clerk = visit(toy.CLERK)
    tree = html.fromstring(clerk.get(f"/cases/{case}").text)
    address = tree.xpath("//p[@class='in-words']/a/@href")[0]
    old = clerk.read(address)
    assert "主管审批" in old
    assert "看现行的版本" in old
    assert "主管批示" in clerk.read(PAGE)
    assert "看现行的版本" not in clerk.read(PAGE)


def test_a_draft_is_read_in_the_workshop(visit: Visit, town: ProcessEngine) -> None:
    edit(town, DIAGRAM, 'name="主管审批"', 'name="主管批示"')
    assert "主管批示" in visit(DRAFTER).read(DRAFT)
    assert "主管批示" in visit(REVIEWER).read(DRAFT)
    assert visit(toy.CLERK).get(DRAFT).status_code == 403
    assert visit(DRAFTER).get(f"/workshop/{CALLED}/outline").status_code == 404
    draft = queries.process_draft(town, DRAFTER, KEY)
    commands.save_process_draft(town, DRAFTER, KEY, {DIAGRAM: "<no"}, draft.revision)
    assert "图读不出来" in visit(DRAFTER).read(DRAFT)


def test_every_fact_has_a_label(app: Flask) -> None:
    with app.test_request_context():
        assert all(fact_word(about) for about in ABOUT)
