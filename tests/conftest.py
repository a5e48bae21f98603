"""What all tests share: databases, the marks that follow from fixtures, and how far hypothesis searches."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

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

_MARKS = {"browser": "browser", "postgresql_cluster": "postgresql"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark a test by the fixtures it uses, so that nobody can forget the mark."""
    for item in items:
        for fixture in getattr(item, "fixturenames", ()):
            if fixture in _MARKS:
                item.add_marker(_MARKS[fixture])
