"""The toy town with its pages; every test gets a fresh copy of a database in which everything is deployed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from engine import ProcessEngine
from engine.clock import FixedClock
from tests.support import toy
from tests.support.pages import Visitor
from web.app import create_app

Visit = Callable[..., Visitor]


@pytest.fixture(scope="session")
def toy_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("toy")
    toy.open_toy(folder).close()
    return folder


def reopen(folder: Path, target: Path, demo: bool) -> ProcessEngine:
    shutil.copytree(folder, target)
    engine = ProcessEngine(f"sqlite:///{target / 'toy.db'}", target / "processes", target / "data", demo=demo)
    engine.start()
    engine.clock = FixedClock(toy.START)
    return engine


@pytest.fixture
def town(toy_folder: Path, tmp_path: Path) -> Iterator[ProcessEngine]:
    """The engine of a demo town."""
    engine = reopen(toy_folder, tmp_path / "town", demo=True)
    yield engine
    engine.close()


@pytest.fixture
def app(town: ProcessEngine) -> Flask:
    return create_app(town)


@pytest.fixture
def visit(app: Flask) -> Visit:
    """Signs people in: `visit(toy.CLERK)`; without a name nobody is signed in."""
    return lambda login="": Visitor(app, login)


@pytest.fixture
def serious(toy_folder: Path, tmp_path: Path) -> Iterator[ProcessEngine]:
    """The engine of an installation that is no demo."""
    engine = reopen(toy_folder, tmp_path / "serious", demo=False)
    yield engine
    engine.close()
