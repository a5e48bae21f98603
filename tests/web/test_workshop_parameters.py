"""Rule parameters that change with a draft: written on a page, tried with the draft, in force once it is published."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import ProcessEngine, commands, queries
from tests.support import toy
from tests.support.pages import errors
from tests.support.workshop import CALLED as KEY
from tests.support.workshop import DRAFTER, PUBLISHER, open_workshop, run_gate
from tests.web.conftest import Visit

PAGE = f"/workshop/{KEY}/parameters"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ProcessEngine]:
    engine = open_workshop(tmp_path / "town")
    commands.open_process_draft(engine, DRAFTER, KEY)
    yield engine
    engine.close()


def changed(town: ProcessEngine) -> dict[str, object]:
    return dict(queries.process_draft(town, DRAFTER, KEY).parameters)


def test_a_value_is_tried_with_the_draft_and_holds_once_it_is_published(
    town: ProcessEngine, visit: Visit
) -> None:
    drafter = visit(DRAFTER)
    page = drafter.read(PAGE)
    assert ("维修期限" in page, "上班时刻" in page) == (True, False)
    assert "上班时刻" in drafter.read(f"{PAGE}?all=1")
    saved = drafter.submit(PAGE, {"value-维修期限": "5"})
    assert (saved.status_code, saved.location) == (302, PAGE)
    assert changed(town) == {"维修期限": 5}
    assert 'value="5"' in drafter.get(PAGE).text
    page = drafter.read(f"/workshop/{KEY}/publish")
    assert ("改动规则参数“维修期限”" in page, "由“3”改为“5”" in page) == (True, True)
    run = run_gate(town, KEY)
    assert run.state == "passed", run.refusals
    assert queries.parameter(town, DRAFTER, "维修期限").parameter.value == 3
    commands.publish_draft(town, PUBLISHER, KEY, note="期限放宽")
    assert queries.parameter(town, DRAFTER, "维修期限").parameter.value == 5


def test_what_does_not_fit_is_told_at_its_field_and_what_was_typed_stays(
    town: ProcessEngine, visit: Visit
) -> None:
    drafter = visit(DRAFTER)
    wrong = drafter.submit(f"{PAGE}?all=1", {"value-维修期限": "五天", "value-下班时刻": "18:00"})
    assert wrong.status_code == 422
    assert errors(wrong) == ["参数“维修期限”请填写整数，例如 3。"]
    assert 'value="五天"' in wrong.text
    assert changed(town) == {}


def test_an_empty_field_takes_a_change_back(town: ProcessEngine, visit: Visit) -> None:
    drafter = visit(DRAFTER)
    assert drafter.submit(PAGE, {"value-维修期限": "5"}).status_code == 302
    assert drafter.submit(PAGE, {"value-维修期限": ""}).status_code == 302
    assert changed(town) == {}


def test_what_a_clause_fixes_cannot_be_changed(town: ProcessEngine, visit: Visit) -> None:
    drafter = visit(DRAFTER)
    page = drafter.get(f"{PAGE}?all=1")
    assert "核对期限" in page.text
    assert "value-核对期限" not in page.text
    forged = drafter.post(f"{PAGE}?all=1", {"revision": "1", "value-核对期限": "9"})
    assert forged.status_code == 422
    assert errors(forged) == ["参数“核对期限”由条款 LX-2 规定，不能更改。"]


def test_of_two_who_change_at_once_the_second_is_told(town: ProcessEngine, visit: Visit) -> None:
    drafter, other = visit(DRAFTER), visit(PUBLISHER)
    page = other.get(PAGE)
    assert drafter.submit(PAGE, {"value-维修期限": "5"}).status_code == 302
    late = other.submit(page, {"value-维修期限": "7"})
    assert late.status_code == 409
    assert "草稿已由" in errors(late)[0]
    assert 'value="7"' in late.text
    assert changed(town) == {"维修期限": 5}


def test_only_process_owners_come_in(visit: Visit) -> None:
    assert visit(toy.CLERK).get(PAGE).status_code == 403
