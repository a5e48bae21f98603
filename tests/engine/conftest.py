"""A town with drawings deployed, on both kinds of database or, where that is enough, on SQLite."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.cases import Town
from tests.support.diagrams import Drawing

MakeTown = Callable[..., Town]


def _factory(url: str, folder: Path) -> Iterator[MakeTown]:
    made: list[Town] = []

    def make(*drawings: Drawing, **options: Any) -> Town:
        made.append(Town(url, folder, drawings, **options))
        return made[-1]

    yield make
    for town in made:
        town.engine.close()


@pytest.fixture
def make_town(database_url: str, tmp_path: Path) -> Iterator[MakeTown]:
    """Makes a town of drawings; the test runs on SQLite and on PostgreSQL."""
    yield from _factory(database_url, tmp_path)


@pytest.fixture
def make_small_town(sqlite_url: str, tmp_path: Path) -> Iterator[MakeTown]:
    """Makes a town of drawings on SQLite."""
    yield from _factory(sqlite_url, tmp_path)
