"""Compares variables as they are stored."""

from typing import Any

import orjson


def same(one: Any, other: Any) -> bool:
    """Whether two variables hold the same JSON value.

    Python calls 1, 1.0 and True equal, but a person's yes must not come back as a number.
    """
    return one is other or (bool(one == other) and orjson.dumps(one) == orjson.dumps(other))


def changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What `after` has new or different, by name."""
    new = (key for key in sorted(after) if key not in before or not same(before[key], after[key]))
    return {key: after[key] for key in new}
