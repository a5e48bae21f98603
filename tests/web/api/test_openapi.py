"""The document of the interface says what the interface does, no more and no less."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from engine import commands
from tests.support.interface import Interface
from web.api import OPERATIONS, document
from web.api.schema import COMPONENTS, PREFIX

CONTRACT = [
    ("get", "/me"),
    ("get", "/people"),
    ("get", "/process-definitions"),
    ("post", "/process-definitions/{key}/start"),
    ("get", "/process-instances"),
    ("get", "/process-instances/{id}"),
    ("get", "/process-instances/{id}/history"),
    ("get", "/tasks"),
    ("get", "/tasks/{id}"),
    ("put", "/tasks/{id}/draft"),
    ("post", "/tasks/{id}/claim"),
    ("post", "/tasks/{id}/unclaim"),
    ("post", "/tasks/{id}/complete"),
    ("post", "/attachments"),
    ("get", "/attachments/{id}"),
    ("get", "/openapi.json"),
    ("post", "/demo/clock"),
]
RECORDED = {"export_register"}
"""A command that hands out what it reads and writes down that it did: programs get it, as one gets a file."""
# What the machine does by itself, and what only a browser does to sign in.
NOT_FOR_PROGRAMS = {
    "deliver_message",
    # What a server does with its own folder, and the command line.
    "deploy_at_start",
    "deploy_packs",
    "deploy_tested",
    "drain",
    "fire_timers",
    "next_due",
    # Noted when the task is read.
    "open_task_page",
    # On paper; programs take the workbook.
    "print_register",
    "rebuild_projections",
    "recompute_all",
    "recompute_deadlines",
    "link_purpose",
    "make_setup_link",
    "open_demo_session",
    "session_login",
    # Part of starting a server, and of waiting in the same process.
    "settle_gates",
    "wait_for_gate",
    "sign_in",
    "sign_out",
    "use_link",
}


def test_it_is_read_without_signing_in(api: Interface) -> None:
    found = api(None).get("/openapi.json")
    assert found.json == document(demo=True)
    assert found.json["openapi"] == "3.1.0"


def test_every_route_is_described_and_every_description_has_its_route(api: Interface) -> None:
    routes = {
        (method.lower(), api_path(rule.rule))
        for rule in api.app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in rule.methods or ()
        if method not in ("HEAD", "OPTIONS")
    }
    described = {
        (method, path) for path, methods in document(demo=True)["paths"].items() for method in methods
    }
    assert routes == described


def api_path(rule: str) -> str:
    return "/".join(
        f"{{{part.strip('<>').rpartition(':')[2]}}}" if "<" in part else part for part in rule.split("/")
    )


@pytest.mark.parametrize(("method", "path"), CONTRACT)
def test_the_addresses_programs_rely_on(method: str, path: str) -> None:
    assert method in document(demo=True)["paths"][f"/api/v1{path}"]


def test_every_command_of_a_person_has_an_address_of_its_own_name() -> None:
    changing = {each.name for each in OPERATIONS.values() if each.method != "GET"} | RECORDED
    assert changing - {"read_notifications"} == set(commands.__all__) - NOT_FOR_PROGRAMS


def test_every_reference_leads_somewhere_and_every_schema_is_used() -> None:
    whole = document(demo=True)
    used = set(references(whole))
    assert {name.removeprefix(PREFIX) for name in used} == set(COMPONENTS)


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def test_operation_ids_and_summaries() -> None:
    operations = [each for methods in document(demo=True)["paths"].values() for each in methods.values()]
    names = [each["operationId"] for each in operations]
    assert len(names) == len(set(names))
    assert all(any("\u4e00" <= letter <= "\u9fff" for letter in each["summary"]) for each in operations)
    assert all(each["tags"] for each in operations)


def test_path_parameters_are_described() -> None:
    for path, methods in document(demo=True)["paths"].items():
        wanted = {part.strip("{}") for part in path.split("/") if part.startswith("{")}
        for each in methods.values():
            assert {p["name"] for p in each["parameters"] if p["in"] == "path"} == wanted


def test_outside_a_demo_neither_the_token_nor_the_clock_is_described(serious: Interface) -> None:
    found = serious(None).get("/openapi.json").json
    assert not [path for path in found["paths"] if "demo" in path]
    assert set(found["components"]["securitySchemes"]) == {"session"}


def test_what_needs_no_sign_in() -> None:
    open_to_all = {each.name for each in OPERATIONS.values() if not each.signed_in}
    assert open_to_all == {"openapi"}


def test_idempotency_keys_are_described_where_they_count() -> None:
    keyed = {each.name for each in OPERATIONS.values() if each.repeatable}
    assert {"complete_user_task", "start_process_instance", "upload_attachment"} <= keyed
    described = document(demo=True)["paths"]["/api/v1/tasks/{id}/complete"]["post"]["parameters"]
    assert "Idempotency-Key" in {each["name"] for each in described}
