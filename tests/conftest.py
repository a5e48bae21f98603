"""What all tests share: databases, the marks that follow from fixtures, and how far hypothesis searches."""

from __future__ import annotations

import tempfile

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Engine

from engine import database
from tests.support.counts import FULL
from tests.support.databases import (  # noqa: F401  (a fixture is known where it is imported)
    database_url,
    postgresql_cluster,
    postgresql_template,
    postgresql_url,
    prepare_database,
    sqlite_template,
    sqlite_url,
)

# A busy machine must not fail a test for being slow, and the usual run gives the same answer every time; only
# the long run draws new examples.
settings.register_profile(
    "sample", deadline=None, derandomize=True, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("full", settings.get_profile("sample"), derandomize=False, max_examples=3000)
settings.load_profile("full" if FULL else "sample")

_open = database._open
_first: dict[str, Engine] = {}


def _open_quickly(url: str, durable: bool) -> Engine:
    """As for the product, for databases that are made for every test and thrown away.

    None waits for the disk; what a killed process wrote is safe all the same. All of a kind share what statements
    were compiled to, which belongs to the dialect of an engine: else every test would compile them again.
    """
    engine = _open(url, False)
    first = _first.setdefault(engine.dialect.name, engine)
    engine.dialect = engine.pool._dialect = first.dialect
    engine._compiled_cache = first._compiled_cache
    return engine


database._open = _open_quickly

# Each test has an application of its own or a fresh one; their pages are compiled only once.
Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(tempfile.mkdtemp(prefix="guicheng-pages-"))}

_MARKS = {"browser": "browser", "postgresql_cluster": "postgresql"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark a test by the fixtures it uses, so that nobody can forget the mark."""
    for item in items:
        for fixture in getattr(item, "fixturenames", ()):
            if fixture in _MARKS:
                item.add_marker(_MARKS[fixture])
