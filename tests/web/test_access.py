"""Every address for every role: who gets the page, who is refused, who does not learn that there is one."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from flask import Flask

from engine import ProcessEngine, commands, queries
from tests.support import toy
from tests.web.conftest import Visit

OPEN = ("signin.", "static", "api.")
"""Addresses that do not need a page's sign-in."""


@dataclass(frozen=True)
class Cases:
    """A filled-in 领料 case with its tasks, and a 报修 case with a button."""

    case: str
    done: str
    stock: str
    approve: str
    repair: str
    fix: str
    definition: int


@pytest.fixture
def cases(town: ProcessEngine) -> Cases:
    case, done = toy.start_requisition(town)
    commands.complete_user_task(town, toy.CLERK, done, toy.FILLED)
    commands.drain(town)
    repair = toy.reported_repair(town)
    return Cases(
        case,
        done,
        toy.open_task(town, toy.KEEPER, "核对库存"),
        toy.open_task(town, toy.HEAD, "主管审批"),
        repair,
        toy.open_task(town, toy.FIXER, "维修"),
        queries.case_view(town, toy.CLERK, case).definition_id,
    )


OK, REFUSED, UNKNOWN, GONE = 200, 403, 404, 409
CLERK, HEAD, KEEPER, FIXER, GUARD, ADMIN = toy.CLERK, toy.HEAD, toy.KEEPER, toy.FIXER, toy.GUARD, toy.ADMIN
ROLES = (CLERK, HEAD, KEEPER, FIXER, GUARD, ADMIN)
# One column for each of ROLES.
EXPECTED: dict[str, tuple[int, ...]] = {
    "/tasks": (OK,) * 6,
    "/done": (OK,) * 6,
    "/started": (OK,) * 6,
    "/start": (OK,) * 6,
    "/cases": (OK,) * 6,
    "/notifications": (OK,) * 6,
    "/phrases": (OK,) * 6,
    "/people": (OK,) * 6,
    "/delegations": (OK,) * 6,
    "/batch": (302,) * 6,
    "/cases/{case}/circulate": (OK, OK, REFUSED, UNKNOWN, UNKNOWN, UNKNOWN),
    "/cases/{case}/suspend": (REFUSED, OK, REFUSED, UNKNOWN, UNKNOWN, UNKNOWN),
    "/cases/{case}/resume": (REFUSED, GONE, REFUSED, UNKNOWN, UNKNOWN, UNKNOWN),
    "/parameters": (OK,) * 6,
    "/parameters/维修期限": (REFUSED, OK, REFUSED, REFUSED, REFUSED, REFUSED),
    "/tasks/{stock}/return": (REFUSED, REFUSED, OK, UNKNOWN, UNKNOWN, UNKNOWN),
    "/registers": (OK,) * 6,
    "/registers/领料台账": (UNKNOWN, OK, OK, UNKNOWN, UNKNOWN, UNKNOWN),
    "/registers/领料台账/print": (UNKNOWN, OK, OK, UNKNOWN, UNKNOWN, UNKNOWN),
    "/registers/领料台账/export": (UNKNOWN, OK, OK, UNKNOWN, UNKNOWN, UNKNOWN),
    "/registers/nothing": (UNKNOWN,) * 6,
    "/statistics": (REFUSED, OK, REFUSED, REFUSED, REFUSED, REFUSED),
    "/statistics/requisition": (REFUSED, OK, REFUSED, REFUSED, REFUSED, REFUSED),
    "/statistics/diagrams/{definition}.bpmn": (REFUSED, OK, REFUSED, REFUSED, REFUSED, REFUSED),
    "/procedures": (OK,) * 6,
    "/procedures/requisition/outline": (OK,) * 6,
    "/procedures/nothing/outline": (UNKNOWN,) * 6,
    "/scenarios": (REFUSED,) * 6,
    "/procedures/requisition/scenarios": (REFUSED,) * 6,
    "/procedures/requisition/scenarios/runs/1": (REFUSED,) * 6,
    "/procedures/requisition/scenarios/runs/1/requisition.bpmn": (REFUSED,) * 6,
    "/workshop/requisition/scenarios": (REFUSED,) * 6,
    "/workshop/requisition/scenarios/edit": (REFUSED,) * 6,
    "/workshop/requisition/scenarios/words": (REFUSED,) * 6,
    "/workshop/requisition/scenarios/runs/1": (REFUSED,) * 6,
    "/workshop": (REFUSED,) * 6,
    "/workshop/requisition/outline": (REFUSED,) * 6,
    "/workshop/requisition": (REFUSED,) * 6,
    "/workshop/requisition/draft": (REFUSED,) * 6,
    "/workshop/requisition/draft/state": (REFUSED,) * 6,
    "/workshop/requisition/choices": (REFUSED,) * 6,
    "/workshop/requisition/drawn.bpmn": (REFUSED,) * 6,
    "/workshop/requisition/discard": (REFUSED,) * 6,
    "/workshop/requisition/decisions/x": (REFUSED,) * 6,
    "/workshop/requisition/changes": (REFUSED,) * 6,
    "/workshop/requisition/forms": (REFUSED,) * 6,
    "/workshop/requisition/forms/x": (REFUSED,) * 6,
    "/workshop/requisition/forms/x/fields/0": (REFUSED,) * 6,
    "/workshop/requisition/forms/x/new": (REFUSED,) * 6,
    "/workshop/requisition/forms/x/example": (REFUSED,) * 6,
    "/workshop/requisition/forms/x/text": (REFUSED,) * 6,
    "/workshop/requisition/forms/x/delete": (REFUSED,) * 6,
    "/workshop/requisition/documents/x.html": (REFUSED,) * 6,
    "/workshop/requisition/published.bpmn": (REFUSED,) * 6,
    "/workshop/requisition/bundle.zip": (REFUSED,) * 6,
    "/workshop/requisition/parameters": (REFUSED,) * 6,
    "/workshop/requisition/publish": (REFUSED,) * 6,
    "/workshop/requisition/versions": (REFUSED,) * 6,
    "/workshop/requisition/versions/cases": (REFUSED,) * 6,
    "/workshop/requisition/versions/1/changes": (REFUSED,) * 6,
    "/workshop/requisition/versions/1.bpmn": (REFUSED,) * 6,
    "/demo/clock": (OK,) * 6,
    "/office": (REFUSED, OK, REFUSED, REFUSED, REFUSED, OK),
    "/office/incidents/1": (REFUSED,) * 5 + (UNKNOWN,),
    "/tasks/{done}": (OK, OK, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
    "/tasks/{stock}": (OK, OK, OK, UNKNOWN, UNKNOWN, UNKNOWN),
    "/tasks/{approve}": (OK, OK, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
    "/tasks/{fix}": (OK, OK, UNKNOWN, OK, UNKNOWN, UNKNOWN),
    "/tasks/{stock}/transfer": (REFUSED, OK, OK, UNKNOWN, UNKNOWN, UNKNOWN),
    "/tasks/{stock}/delegate": (REFUSED, REFUSED, OK, UNKNOWN, UNKNOWN, UNKNOWN),
    "/tasks/{stock}/hand-back": (GONE, GONE, GONE, UNKNOWN, UNKNOWN, UNKNOWN),
    "/tasks/{stock}/signers": (REFUSED, REFUSED, OK, UNKNOWN, UNKNOWN, UNKNOWN),
    "/tasks/{fix}/instances": (OK, OK, UNKNOWN, REFUSED, UNKNOWN, UNKNOWN),
    "/tasks/{fix}/instances/remove": (OK, OK, UNKNOWN, REFUSED, UNKNOWN, UNKNOWN),
    "/tasks/{done}/transfer": (GONE, GONE, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
    "/tasks/{stock}/preview/0": (UNKNOWN,) * 6,
    "/tasks/nothing": (UNKNOWN,) * 6,
    "/cases/{case}": (OK, OK, OK, UNKNOWN, UNKNOWN, UNKNOWN),
    "/cases/{repair}": (OK, OK, UNKNOWN, OK, UNKNOWN, UNKNOWN),
    "/cases/nothing": (UNKNOWN,) * 6,
    "/cases/{case}/diagrams/{definition}.bpmn": (OK, OK, OK, UNKNOWN, UNKNOWN, UNKNOWN),
    "/cases/{case}/diagrams/99999.bpmn": (UNKNOWN,) * 6,
    "/cases/{case}/copy": (OK, OK, REFUSED, UNKNOWN, UNKNOWN, UNKNOWN),
    "/cases/{case}/cancel": (OK, OK, REFUSED, UNKNOWN, UNKNOWN, UNKNOWN),
    "/cases/{repair}/buttons/p_withdrawn": (OK, REFUSED, UNKNOWN, REFUSED, UNKNOWN, UNKNOWN),
    "/documents/1": (OK, OK, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
    "/documents/99": (UNKNOWN,) * 6,
    "/attachments/nothing": (UNKNOWN,) * 6,
    "/": (302,) * 6,
    "/nowhere": (UNKNOWN,) * 6,
}


def address(template: str, cases: Cases) -> str:
    return template.format_map(vars(cases))


def test_every_page_answers_every_role_as_it_should(visit: Visit, cases: Cases) -> None:
    wrong = []
    for role, login in enumerate(ROLES):
        visitor = visit(login)
        for template, statuses in EXPECTED.items():
            found = visitor.get(address(template, cases)).status_code
            if found != statuses[role]:
                wrong.append(f"{login} {template}: {found}, expected {statuses[role]}")
    assert wrong == []


def test_nobody_gets_a_page_without_signing_in(visit: Visit, cases: Cases) -> None:
    stranger = visit()
    wrong = []
    for template in EXPECTED:
        answer = stranger.get(address(template, cases))
        home = template in ("/", "/nowhere")
        if not home and (answer.status_code != 302 or not answer.location.startswith("/signin")):
            wrong.append(f"{template}: {answer.status_code}")
    assert wrong == []


def test_every_page_is_in_the_table(app: Flask, cases: Cases) -> None:
    matched = set()
    adapter = app.url_map.bind("localhost")
    for template in EXPECTED:
        if template != "/nowhere":
            matched.add(adapter.match(address(template, cases), method="GET")[0])
    pages = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.endpoint.startswith(OPEN)
    }
    assert pages == matched


def test_every_post_is_refused_without_a_session_or_a_token(app: Flask, visit: Visit) -> None:
    stranger, clerk = visit(), visit(toy.CLERK)
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or rule.endpoint.startswith(OPEN):
            continue
        values = {name: 1 if name.endswith(("number", "_id")) else "x" for name in rule.arguments}
        with app.test_request_context():
            url = app.url_map.bind("localhost").build(rule.endpoint, values, method="POST")
        answer = stranger.client.post(url)
        assert answer.status_code == 302, (rule.endpoint, answer.status_code)
        assert answer.location.startswith("/signin"), rule.endpoint
        assert clerk.client.post(url).status_code == 400, rule.endpoint


SECRETS = ("更换走廊灯管的秘密原因", "库存只剩三箱的内部说明", "主管的不公开意见")


def test_no_page_shows_content_to_people_who_may_not_see_it(
    visit: Visit, town: ProcessEngine, app: Flask
) -> None:
    case, done = toy.start_requisition(town)
    commands.complete_user_task(town, toy.CLERK, done, {**toy.FILLED, "紧急": True, "紧急原因": SECRETS[0]})
    commands.drain(town)
    stock, approve = toy.open_task(town, toy.KEEPER, "核对库存"), toy.open_task(town, toy.HEAD, "主管审批")
    commands.complete_user_task(town, toy.KEEPER, stock, {"库存足够": "不足", "核对说明": SECRETS[1]})
    commands.complete_user_task(town, toy.HEAD, approve, {"审批结论": "不同意", "审批意见": SECRETS[2]})
    commands.drain(town)
    urls = [
        "/tasks",
        "/done",
        "/started",
        "/cases",
        "/notifications",
        f"/cases/{case}",
        *(f"/tasks/{each}" for each in (done, stock, approve)),
        *(f"/cases?q={each}" for each in SECRETS),
        *(f"/tasks?q={each}" for each in SECRETS),
        "/documents/1",
    ]
    may = {toy.CLERK: SECRETS, toy.HEAD: SECRETS, toy.KEEPER: SECRETS[1:2], toy.STORE: SECRETS[1:2]}
    for login in toy.EVERYBODY:
        visitor = visit(login)
        pages = {url: visitor.get(url).text for url in urls}
        for secret in SECRETS:
            # The search field repeats what was searched for.
            shown = [url for url, text in pages.items() if secret in text and secret not in url]
            assert bool(shown) == (secret in may.get(login, ())), (login, secret, shown)
