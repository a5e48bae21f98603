"""Every database of these tests has the tables."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.cases import migrate


@pytest.fixture(scope="module")
def prepare_database() -> Callable[[str], None]:
    return migrate
