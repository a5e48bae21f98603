"""The toy town with its pages; every test gets a fresh copy of a database in which everything is deployed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask

from engine import ProcessEngine
from engine.clock import FixedClock
from engine.definitions import Definitions
from tests.support import toy
from tests.support.app import app_of
from tests.support.pages import Visitor

Visit = Callable[..., Visitor]


@dataclass(frozen=True)
class Deployed:
    """A folder with a database in which everything is deployed, and the parsed procedures."""

    folder: Path
    definitions: Definitions

    def reopen(self, target: Path, demo: bool) -> ProcessEngine:
        shutil.copytree(self.folder, target)
        engine = ProcessEngine(
            f"sqlite:///{target / 'toy.db'}", target / "processes", target / "data", demo=demo
        )
        engine.definitions = self.definitions
        engine.start()
        engine.clock = FixedClock(toy.START)
        return engine


@pytest.fixture(scope="session")
def toy_deployed(tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    folder = tmp_path_factory.mktemp("toy")
    engine = toy.open_toy(folder)
    engine.close()
    return Deployed(folder, engine.definitions)


@pytest.fixture
def town(toy_deployed: Deployed, tmp_path: Path) -> Iterator[ProcessEngine]:
    """The engine of a demo town."""
    engine = toy_deployed.reopen(tmp_path / "town", demo=True)
    yield engine
    engine.close()


@pytest.fixture
def app(town: ProcessEngine) -> Flask:
    return app_of(town)


@pytest.fixture
def visit(app: Flask) -> Visit:
    """Signs people in: `visit(toy.CLERK)`; without a name nobody is signed in."""
    return lambda login="": Visitor(app, login)


@pytest.fixture
def serious(toy_deployed: Deployed, tmp_path: Path) -> Iterator[ProcessEngine]:
    """The engine of an installation that is no demo."""
    engine = toy_deployed.reopen(tmp_path / "serious", demo=False)
    yield engine
    engine.close()
