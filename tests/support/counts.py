"""How often a long test repeats: a seeded sample in `make test`, the full count in `make test-long`."""

from __future__ import annotations

import os

FULL = os.environ.get("GUICHENG_TEST_COUNTS") == "full"


def count(sample: int, full: int) -> int:
    """The number of repetitions for this run; whoever repeats must draw from a fixed seed."""
    return full if FULL else sample
