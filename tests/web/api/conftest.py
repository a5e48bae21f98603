"""A fresh pair of towns for each test, copied from a database in which everything is deployed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import ProcessEngine
from engine.clock import FixedClock
from tests.support import toy
from tests.support.interface import Interface, open_towns


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("towns")
    open_towns(folder).close()
    return folder


def reopened(deployed: Path, folder: Path, demo: bool) -> ProcessEngine:
    shutil.copytree(deployed, folder, dirs_exist_ok=True)
    engine = ProcessEngine(
        f"sqlite:///{folder / 'towns.db'}", folder / "processes", folder / "data", demo=demo
    )
    engine.start()
    engine.clock = FixedClock(toy.START)
    return engine


@pytest.fixture(scope="session")
def still(deployed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Interface]:
    """The interface of one demo for all tests in which nothing may change."""
    interface = Interface(reopened(deployed, tmp_path_factory.mktemp("still"), demo=True))
    yield interface
    interface.engine.close()


@pytest.fixture
def api(deployed: Path, tmp_path: Path) -> Iterator[Interface]:
    """The interface of a demo."""
    interface = Interface(reopened(deployed, tmp_path / "towns", demo=True))
    yield interface
    interface.engine.close()


@pytest.fixture
def serious(deployed: Path, tmp_path: Path) -> Iterator[Interface]:
    """The interface of an installation that is no demo."""
    interface = Interface(reopened(deployed, tmp_path / "towns", demo=False))
    yield interface
    interface.engine.close()
