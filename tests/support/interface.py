"""Calls the interface as a program would, and holds every answer against what it says of itself."""

from __future__ import annotations

import shutil
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from engine import ProcessEngine, commands
from engine.clock import FixedClock
from tests.support import toy
from tests.support.app import app_of
from web.api import OPERATIONS
from web.api.openapi import PROBLEM
from web.api.operations import ROOT, Operation
from web.api.schema import problems

MORE = Path(__file__).parent / "toy_more"
OUTSIDER, OUTSIDE_ADMIN = "linjia", "linyi"
"""The head of another town, and who looks after its program."""
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def open_towns(folder: Path, demo: bool = True, url: str | None = None) -> ProcessEngine:
    """The toy town with one more procedure, in which a step fails when divided by 0, and a second town."""
    folder.mkdir(parents=True, exist_ok=True)
    processes = toy.make_processes(folder)
    shutil.copytree(MORE, processes, dirs_exist_ok=True)
    engine = ProcessEngine(url or f"sqlite:///{folder / 'towns.db'}", processes, folder / "data", demo=demo)
    engine.start()
    engine.clock = FixedClock(toy.START)
    commands.deploy_packs(engine, check=False)
    return engine


class Interface:
    """The application; `api(login)` is a program that acts for a demo person."""

    def __init__(self, engine: ProcessEngine):
        self.engine = engine
        self.app: Flask = app_of(engine)

    def __call__(self, login: str | None) -> Caller:
        return Caller(self, {"Authorization": f"Bearer demo:{login}"} if login else {})

    def operation(self, method: str, path: str) -> Operation | None:
        """What the address is declared as; None for an address there is not."""
        try:
            endpoint, _ = self.app.url_map.bind("localhost").match(path.partition("?")[0], method=method)
        except HTTPException:
            return None
        return OPERATIONS.get(endpoint.removeprefix("api."))


class Caller:
    """One person's calls. Every answer must be one the address declares: its status, its type, its shape."""

    def __init__(self, interface: Interface, headers: dict[str, str]):
        self.interface, self.headers = interface, headers
        self.client = interface.app.test_client()

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.call("GET", path, **more)

    def post(self, path: str, body: Any = None, key: str | None = None, **more: Any) -> TestResponse:
        return self.call("POST", path, body, key, **more)

    def put(self, path: str, body: Any = None, **more: Any) -> TestResponse:
        return self.call("PUT", path, body, **more)

    def delete(self, path: str) -> TestResponse:
        return self.call("DELETE", path)

    def call(
        self, method: str, path: str, body: Any = None, key: str | None = None, **more: Any
    ) -> TestResponse:
        headers = {**self.headers, **more.pop("headers", {})}
        if key is not None:
            headers["Idempotency-Key"] = key
        if body is not None:
            more["json"] = body
        # Another town may have been served since.
        self.interface.app.extensions["engine"] = self.interface.engine
        response = self.client.open(ROOT + path, method=method, headers=headers, **more)
        check(self.interface.operation(method, ROOT + path), response)
        return response

    def upload(self, name: str = "清单.pdf", content: bytes = PDF, key: str | None = None) -> TestResponse:
        return self.call("POST", "/attachments", key=key, data={"file": (BytesIO(content), name)})


def check(operation: Operation | None, response: TestResponse) -> None:
    """Fail when the answer is not what the operation declares."""
    where = f"{response.request.method} {response.request.path} → {response.status_code}"
    if response.status_code >= 400:
        assert response.mimetype == "application/problem+json", where
        assert problems(PROBLEM, response.json) == {}, where
        told: dict[str, Any] = response.json or {}
        assert told["status"] == response.status_code, where
        assert any("\u4e00" <= letter <= "\u9fff" for letter in told["detail"]), where
        assert "Traceback" not in response.text, where
        allowed = (404, 405) if operation is None else operation.problems
        assert response.status_code in allowed, f"{where} is not declared: {response.text}"
        return
    assert operation is not None, where
    assert response.status_code == operation.status, where
    if operation.answer is None:
        assert response.data == b"", where
        return
    if response.mimetype == "application/json":
        assert operation.media == "application/json", where
        assert problems(operation.answer, response.json) == {}, where
    elif operation.media != "application/octet-stream":
        assert response.mimetype == operation.media, where
    if operation.status == 201:
        assert response.headers["Location"].startswith("/"), where
