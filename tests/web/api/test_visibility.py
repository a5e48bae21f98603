"""Who sees what at every address: what one may not see answers 404, what one sees but may not do 403."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from engine import commands, queries
from tests.support import toy
from tests.support.interface import OUTSIDE_ADMIN, OUTSIDER, Interface, open_towns
from tests.support.toy import ADMIN, CLERK, FILLED, GUARD, HEAD, KEEPER, STORE, VICE
from web.api import OPERATIONS

# The starter sees all of it, the head too (his post is named in the procedure); the keeper and the head of
# the store were asked one of its tasks; the others have nothing to do with it.
ROLES = (CLERK, HEAD, KEEPER, STORE, VICE, GUARD, ADMIN, OUTSIDER, OUTSIDE_ADMIN)
STRANGERS = (VICE, GUARD, ADMIN, OUTSIDER, OUTSIDE_ADMIN)


class Scene:
    """A requisition at the store and the head, a repair with its button; files, documents, a notification."""

    def __init__(self, api: Interface):
        engine = self.engine = api.engine
        self.api = api
        self.file = str(api(CLERK).upload().json["id"])
        self.instance, self.filled = toy.start_requisition(engine)
        commands.complete_user_task(engine, CLERK, self.filled, {**FILLED, "附件": [self.file]})
        commands.drain(engine)
        self.stock = queries.open_task_of(engine, self.instance, "核对库存")
        self.approve = queries.open_task_of(engine, self.instance, "主管审批")
        seen = api(CLERK).get(f"/process-instances/{self.instance}/documents").json
        self.document = seen["items"][0]["id"]
        diagrams = api(CLERK).get(f"/process-instances/{self.instance}/diagrams").json
        self.definition = diagrams["items"][0]["definition_id"]
        self.repair = toy.reported_repair(engine)

    def path(self, pattern: str) -> str:
        return pattern.format(
            **{name: value for name, value in vars(self).items() if name not in ("api", "engine")}
        )


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder: Path = tmp_path_factory.mktemp("scene")
    api = Interface(open_towns(folder))
    yield Scene(api)
    api.engine.close()


WHOLE, PARTLY, EVERYBODY = {CLERK, HEAD}, {CLERK, HEAD, KEEPER, STORE}, set(ROLES)
READING: dict[str, tuple[str, set[str], int]] = {
    "openapi": ("/openapi.json", EVERYBODY, 404),
    "person_card": ("/me", EVERYBODY, 404),
    "people": ("/people", EVERYBODY, 404),
    "directory": ("/organisation", EVERYBODY, 404),
    "notifications": ("/notifications", EVERYBODY, 404),
    "phrases": ("/phrases", EVERYBODY, 404),
    "to_read": ("/circulations", EVERYBODY, 404),
    "circulations": ("/process-instances/{instance}/circulations", PARTLY, 404),
    "calendar_prompt": ("/calendar", EVERYBODY, 404),
    "demo_clock": ("/demo/clock", EVERYBODY, 404),
    "startable_definitions": ("/process-definitions", EVERYBODY, 404),
    "list_cases": ("/process-instances", EVERYBODY, 404),
    "list_tasks": ("/tasks", EVERYBODY, 404),
    "case_view": ("/process-instances/{instance}", PARTLY, 404),
    "history_of": ("/process-instances/{instance}/history", PARTLY, 404),
    "case_diagrams": ("/process-instances/{instance}/diagrams", PARTLY, 404),
    "diagram_xml": ("/process-instances/{instance}/diagrams/{definition}", PARTLY, 404),
    "case_documents": ("/process-instances/{instance}/documents", PARTLY, 404),
    "case_attachments": ("/process-instances/{instance}/attachments", PARTLY, 404),
    "case_rounds": ("/process-instances/{instance}/rounds", PARTLY, 404),
    "case_buttons": ("/process-instances/{instance}/buttons", PARTLY, 404),
    "task_view": ("/tasks/{approve}", WHOLE, 404),
    "ways_back": ("/tasks/{stock}/ways-back", {KEEPER, STORE}, 404),
    "parameters": ("/parameters", EVERYBODY, 404),
    # In these towns nobody edits procedures.
    "process_drafts": ("/process-drafts", set(), 403),
    "process_draft": ("/process-drafts/requisition", set(), 403),
    "draft_findings": ("/process-drafts/requisition/findings", set(), 403),
    "draft_changes": ("/process-drafts/requisition/changes", set(), 403),
    "draft_impact": ("/process-drafts/requisition/impact", set(), 403),
    "gate_run": ("/process-drafts/requisition/gate", set(), 403),
    "versions": ("/process-definitions/requisition/versions", set(), 403),
    "rebase_preview": ("/process-definitions/versions/{definition}/cases", set(), 403),
    "version_changes": ("/process-definitions/requisition/version-changes", set(), 403),
    "document_view": ("/documents/{document}", WHOLE, 404),
    "attachment_file": ("/attachments/{file}", WHOLE, 404),
    "incidents": ("/incidents", {ADMIN, OUTSIDE_ADMIN}, 403),
    # There is none; who may look after incidents learns that.
    "incident_view": ("/incidents/999", set(), 403),
    "undelivered_messages": ("/undelivered-messages", {ADMIN, OUTSIDE_ADMIN}, 403),
    "accounts": ("/accounts", {ADMIN, OUTSIDE_ADMIN}, 403),
    "registers": ("/registers", EVERYBODY, 404),
    "register_page": ("/registers/领料台账", {HEAD, KEEPER, STORE}, 404),
    "export_register": ("/registers/领料台账/export", {HEAD, KEEPER, STORE}, 404),
    "statistics": ("/statistics", {HEAD}, 403),
    "button_view": ("/process-instances/{repair}/buttons/p_withdrawn", {CLERK}, 404),
}


def test_every_address_that_reads_is_in_the_matrix() -> None:
    assert set(READING) == {each.name for each in OPERATIONS.values() if each.method == "GET"}


@pytest.mark.parametrize("name", READING)
@pytest.mark.parametrize("login", ROLES)
def test_reading(scene: Scene, login: str, name: str) -> None:
    pattern, may, otherwise = READING[name]
    if name == "incident_view" and login in (ADMIN, OUTSIDE_ADMIN):
        otherwise = 404
    if name == "button_view" and login == HEAD:
        otherwise = 403  # He sees the whole case, but the button is the starter's.
    if name == "ways_back" and login in WHOLE:
        otherwise = 403  # They see the task, but it is not theirs.
    assert scene.api(login).get(scene.path(pattern)).status_code == (200 if login in may else otherwise)


@pytest.mark.parametrize("login", ROLES)
@pytest.mark.parametrize(("task", "may"), [("filled", WHOLE), ("stock", PARTLY), ("approve", WHOLE)])
def test_tasks(scene: Scene, login: str, task: str, may: set[str]) -> None:
    answer = scene.api(login).get(scene.path(f"/tasks/{{{task}}}"))
    assert answer.status_code == (200 if login in may else 404)
    if task == "stock" and login in WHOLE:
        # Who sees the case but is not asked reads the task, without a form to fill in.
        assert (answer.json["mine"], answer.json["fields"], answer.json["form_data"]) == (False, [], {})


def test_no_address_tells_strangers_anything_of_the_case(scene: Scene) -> None:
    for login in STRANGERS:
        for pattern, _, _ in READING.values():
            text = everything(scene.api(login).get(scene.path(pattern)))
            for secret in (FILLED["用途"], "灯管", scene.instance, scene.stock, "LL-2026-1"):
                assert secret not in text, (login, pattern, secret)


def test_no_address_tells_who_sees_a_part_the_rest(scene: Scene) -> None:
    for pattern, _, _ in READING.values():
        text = everything(scene.api(KEEPER).get(scene.path(pattern)))
        secrets = ["灯不亮", '"灯管"', "清单.pdf", scene.filled, scene.approve]
        if pattern.endswith("/ways-back"):
            # Who returns a task has to name the step; opening it is another matter.
            secrets.remove(scene.filled)
        for secret in secrets:
            assert secret not in text, (pattern, secret)


def everything(answer: TestResponse) -> str:
    """What an answer holds as text, a workbook unpacked."""
    content: bytes = answer.data
    if content.startswith(b"PK"):
        with zipfile.ZipFile(BytesIO(content)) as archive:
            content = b"".join(archive.read(name) for name in archive.namelist())
    return content.decode(errors="replace")


CHANGING: list[tuple[str, str, Any, dict[str, int]]] = [
    ("POST", "/tasks/{stock}/claim", None, {CLERK: 403, HEAD: 403}),
    ("POST", "/tasks/{stock}/unclaim", None, {CLERK: 403, HEAD: 403, KEEPER: 403, STORE: 403}),
    ("POST", "/tasks/{stock}/complete", {"data": {}}, {CLERK: 403, HEAD: 403, KEEPER: 422, STORE: 422}),
    ("PUT", "/tasks/{stock}/draft", {"data": {}}, {CLERK: 403, HEAD: 403, KEEPER: 200, STORE: 200}),
    (
        "POST",
        "/tasks/{stock}/transfer",
        {"to": STORE, "reason": " "},
        {CLERK: 403, HEAD: 422, KEEPER: 422, STORE: 422},
    ),
    (
        "POST",
        "/tasks/{stock}/signers",
        {"to": STORE, "place": "before", "reason": " "},
        {CLERK: 403, HEAD: 403, KEEPER: 422, STORE: 422},
    ),
    (
        "POST",
        "/tasks/{stock}/signers/remove",
        {"login": STORE},
        {CLERK: 422, HEAD: 422, KEEPER: 422, STORE: 422},
    ),
    (
        "POST",
        "/tasks/{stock}/sign",
        {"agree": True, "opinion": "可以发。"},
        {CLERK: 403, HEAD: 403, KEEPER: 403, STORE: 403},
    ),
    (
        "POST",
        "/tasks/{stock}/delegate",
        {"to": CLERK, "words": " "},
        {CLERK: 403, HEAD: 403, KEEPER: 422, STORE: 422},
    ),
    (
        "POST",
        "/tasks/{stock}/return-delegated",
        {"words": "办好了"},
        {CLERK: 403, HEAD: 403, KEEPER: 409, STORE: 409},
    ),
    ("POST", "/tasks/{stock}/recall-delegated", {}, {CLERK: 409, HEAD: 409, KEEPER: 409, STORE: 409}),
    (
        "POST",
        "/tasks/{stock}/instances",
        {"item": STORE, "reason": " "},
        {CLERK: 409, HEAD: 409, KEEPER: 409, STORE: 409},
    ),
    (
        "POST",
        "/tasks/{stock}/instances/remove",
        {"reason": " "},
        {CLERK: 409, HEAD: 409, KEEPER: 409, STORE: 409},
    ),
    (
        "POST",
        "/tasks/{stock}/return",
        {"to": "0" * 32, "reason": " "},
        {CLERK: 403, HEAD: 403, KEEPER: 422, STORE: 422},
    ),
    ("POST", "/tasks/{filled}/withdraw", {}, {CLERK: 409, HEAD: 403}),
    ("POST", "/tasks/{stock}/urge", {}, {CLERK: 200, HEAD: 200, KEEPER: 403, STORE: 403}),
    ("POST", "/tasks/{approve}/complete", {"data": {}}, {CLERK: 403, HEAD: 422}),
    ("PUT", "/tasks/{filled}/draft", {"data": {}}, {CLERK: 409, HEAD: 409}),
    ("POST", "/tasks/{filled}/complete", {"data": {}}, {CLERK: 409, HEAD: 409}),
    (
        "POST",
        "/process-instances/{instance}/copy",
        {"people": []},
        {CLERK: 422, HEAD: 422, KEEPER: 403, STORE: 403},
    ),
    (
        "POST",
        "/process-instances/{instance}/cancel",
        {"reason": " "},
        {CLERK: 403, HEAD: 403, KEEPER: 403, STORE: 403, ADMIN: 422},
    ),
    ("POST", "/process-instances/{repair}/buttons/p_withdrawn", {}, {CLERK: 422, HEAD: 403}),
    ("POST", "/notifications/999/read", None, {}),
    (
        "POST",
        "/process-instances/{instance}/circulate",
        {"people": []},
        {CLERK: 422, HEAD: 422, KEEPER: 403, STORE: 403},
    ),
    (
        "POST",
        "/process-instances/{instance}/urge-readers",
        {},
        {CLERK: 409, HEAD: 409, KEEPER: 403, STORE: 403},
    ),
    ("POST", "/circulations/999/read", {}, {}),
    (
        "POST",
        "/process-instances/{instance}/suspend",
        {"reason": " "},
        {CLERK: 403, HEAD: 422, KEEPER: 403, STORE: 403},
    ),
    (
        "POST",
        "/process-instances/{instance}/resume",
        {"reason": "好了"},
        {CLERK: 403, HEAD: 409, KEEPER: 403, STORE: 403},
    ),
    ("DELETE", "/phrases/999", None, {}),
    ("POST", "/phrases/999/restore", None, {}),
]


@pytest.mark.parametrize(("method", "pattern", "body", "expected"), CHANGING, ids=lambda each: str(each)[:60])
@pytest.mark.parametrize("login", ROLES)
def test_changing(
    scene: Scene, login: str, method: str, pattern: str, body: Any, expected: dict[str, int]
) -> None:
    if pattern.endswith("/claim") and login in (KEEPER, STORE):
        return  # They may, which tests of tasks show; here nothing is to change for the others.
    answer = scene.api(login).call(method, scene.path(pattern), body)
    assert answer.status_code == expected.get(login, 404)


OFFICE: list[tuple[str, str, Any, dict[str, int]]] = [
    ("POST", "/shared-phrases", {"text": " "}, {ADMIN: 422, OUTSIDE_ADMIN: 422}),
    ("DELETE", "/shared-phrases/999", None, {ADMIN: 404, OUTSIDE_ADMIN: 404}),
    ("POST", "/shared-phrases/999/restore", None, {ADMIN: 404, OUTSIDE_ADMIN: 404}),
    ("POST", "/incidents/1/retry", {"reason": "好了"}, {ADMIN: 404, OUTSIDE_ADMIN: 404}),
    ("POST", "/incidents/1/move", {"element": "x", "reason": "停"}, {ADMIN: 404, OUTSIDE_ADMIN: 404}),
    ("POST", "/accounts/nobody/link", None, {ADMIN: 404, OUTSIDE_ADMIN: 404}),
    ("POST", f"/accounts/{OUTSIDER}/link", None, {ADMIN: 404, OUTSIDE_ADMIN: 201}),
    ("DELETE", f"/accounts/{OUTSIDER}/link", None, {ADMIN: 404, OUTSIDE_ADMIN: 204}),
    ("POST", "/calendar/years", {"text": "x"}, {HEAD: 422}),
    (
        "POST",
        "/organisation/appointments",
        {"login": CLERK, "post": "没有", "from": "2026-01-01"},
        {ADMIN: 422, OUTSIDE_ADMIN: 422},
    ),
    (
        "POST",
        "/organisation/appointments/end",
        {"login": CLERK, "post": "没有", "last_day": "2026-01-01"},
        {ADMIN: 422, OUTSIDE_ADMIN: 422},
    ),
    (
        "POST",
        "/organisation/portfolios",
        {"line": "没有", "leader": "nobody", "from": "2026-01-01"},
        {ADMIN: 422, OUTSIDE_ADMIN: 422},
    ),
    (
        "POST",
        "/organisation/delegations",
        {
            "type": "没有",
            "giver": HEAD,
            "receiver": VICE,
            "from": "2026-01-01",
            "to": "2026-01-02",
            "basis": "x",
        },
        {HEAD: 422},
    ),
    (
        "POST",
        "/organisation/delegations/withdraw",
        {"type": "没有", "giver": HEAD, "last_day": "2026-01-01"},
        {HEAD: 422},
    ),
]


@pytest.mark.parametrize(("method", "path", "body", "expected"), OFFICE, ids=lambda each: str(each)[:60])
@pytest.mark.parametrize("login", ROLES)
def test_the_office(
    scene: Scene, login: str, method: str, path: str, body: Any, expected: dict[str, int]
) -> None:
    assert scene.api(login).call(method, path, body).status_code == expected.get(login, 403)


def test_who_may_only_press_a_button_sees_it_and_no_contents(tmp_path: Path) -> None:
    drawn = toy.original("repair/repair.bpmn").replace('value="${发起人}"', 'value="门卫,${发起人}"')
    engine = toy.open_toy(tmp_path, files={"repair/repair.bpmn": drawn})
    case = toy.reported_repair(engine)
    guard = Interface(engine)(toy.GUARD)
    at = f"/process-instances/{case}"
    assert [each["id"] for each in guard.get("/process-instances").json["items"]] == [case]
    view = guard.get(at).json
    assert (view["sees_whole"], view.get("variables"), view["open_tasks"]) == (False, None, [])
    assert [each["name"] for each in guard.get(f"{at}/buttons").json["items"]] == ["撤回报修"]
    for part in ("history", "documents", "attachments"):
        assert guard.get(f"{at}/{part}").json["items"] == [], part
    assert guard.get(f"{at}/buttons/p_withdrawn").status_code == 200
    pressed = [
        guard.post(f"{at}/buttons/p_withdrawn", {"data": {"撤回理由": "修好了"}}, "k") for _ in range(2)
    ]
    assert [each.status_code for each in pressed] == [200, 200]
    assert guard.get(at).status_code == 404
    engine.close()
