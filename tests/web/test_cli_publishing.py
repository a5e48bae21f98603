"""`guicheng deploy` and `guicheng export` from the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.support.workshop import DIAGRAM, DRAFTER, KEY, PUBLISHER, open_workshop
from web.cli import main, untested

Run = Callable[..., Result]


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    engine = open_workshop(tmp_path / "town")
    engine.close()
    monkeypatch.setenv("GUICHENG_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("GUICHENG_PROCESSES", str(engine.processes))
    monkeypatch.setenv("GUICHENG_DATABASE_URL", f"sqlite:///{tmp_path / 'town' / 'toy.db'}")
    return engine.processes


@pytest.fixture
def run() -> Run:
    return lambda *words: CliRunner().invoke(main, list(words))


def test_deploy_asks_for_two_people_and_export_writes_back(base: Path, run: Run) -> None:
    assert "未变 2 个" in run("deploy").output
    diagram = base / "lianxi" / KEY / DIAGRAM
    before = diagram.read_bytes()
    diagram.write_text(before.decode().replace('name="已发料"', 'name="料已发"'), "utf-8")
    alone = run("deploy")
    assert alone.exit_code == 1
    assert "--drafter" in alone.output
    done = run("deploy", "--drafter", DRAFTER, "--publisher", PUBLISHER)
    assert done.exit_code == 0, done.output
    assert "新发布 1 个" in done.output
    diagram.write_bytes(before)
    assert f"processes/lianxi/{KEY}/{DIAGRAM}" in run("export").output
    assert 'name="料已发"' in diagram.read_text("utf-8")
    assert "一致" in run("export").output


def test_what_fails_is_listed_and_nothing_deployed(base: Path, run: Run) -> None:
    diagram = base / "lianxi" / KEY / DIAGRAM
    diagram.write_text(diagram.read_text("utf-8").replace("== '同意'}", "== '不同意'}"), "utf-8")
    refused = run("deploy", "--drafter", DRAFTER, "--publisher", PUBLISHER)
    assert refused.exit_code == 1
    assert "硬约束场景“库存没有核对，不能发料”没有通过" in refused.output


def test_the_way_around_the_gate_is_an_explicit_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not untested()
    monkeypatch.setenv("GUICHENG_DEPLOY_UNTESTED", "1")
    assert untested()
    monkeypatch.setenv("GUICHENG_DEPLOY_UNTESTED", "yes")
    assert not untested()
