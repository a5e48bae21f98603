"""Fixtures that give each test a fresh database, on SQLite and on PostgreSQL.

A module that needs tables overrides `prepare_database`; it is called once for the module and each kind of
database, on a template, and every test gets a copy of that template:

    @pytest.fixture(scope="module")
    def prepare_database():
        return some_function_that_takes_a_url

    def test_something(database_url): ...      # runs twice, on SQLite and on PostgreSQL
    def test_something(sqlite_url): ...        # only on SQLite
    def test_something(postgresql_url): ...    # only on PostgreSQL
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.postgresql import Cluster

Prepare = Callable[[str], object]


@pytest.fixture(scope="module")
def prepare_database() -> Prepare:
    """What fills the template database of a module; it must leave no connection open. Nothing by default."""
    return lambda url: None


@pytest.fixture(scope="module")
def sqlite_template(prepare_database: Prepare, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The SQLite file every test of the module gets a copy of."""
    path = tmp_path_factory.mktemp("template") / "guicheng.db"
    prepare_database(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as connection:
        # In WAL mode the last changes may still stand in a second file, which is not copied.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a fresh SQLite database in a file of its own."""
    path = tmp_path / "guicheng.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def postgresql_cluster() -> Iterator[Cluster]:
    """The server of this test process, started when the first test asks for it."""
    # Imported here, so that tests without PostgreSQL run where neither psycopg nor Unix accounts exist.
    from tests.support.postgresql import NoServerError, running_cluster

    try:
        with running_cluster() as cluster:
            yield cluster
    except NoServerError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="module")
def postgresql_template(postgresql_cluster: Cluster, prepare_database: Prepare) -> Iterator[str]:
    """The name of the database every test of the module gets a copy of."""
    name = postgresql_cluster.create()
    prepare_database(postgresql_cluster.address_of(name))
    yield name
    postgresql_cluster.drop(name)


@pytest.fixture
def postgresql_url(postgresql_cluster: Cluster, postgresql_template: str) -> Iterator[str]:
    """The address of a fresh PostgreSQL database, dropped after the test."""
    name = postgresql_cluster.create(template=postgresql_template)
    yield postgresql_cluster.address_of(name)
    postgresql_cluster.drop(name)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a fresh database; a test that asks for it runs once on each kind."""
    url = request.getfixturevalue(f"{request.param}_url")
    assert isinstance(url, str)
    return url
