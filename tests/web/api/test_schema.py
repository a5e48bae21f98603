"""The checker of bodies and answers: it finds what does not fit and says where."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.api.schema import (
    BOOLEAN,
    DATE,
    INTEGER,
    MOMENT,
    Schema,
    listed,
    nullable,
    one_of,
    problems,
    record,
    text,
)

SHEET = record(
    {
        "name": text(5, 1),
        "count": {"type": "integer", "minimum": 1, "maximum": 3},
        "day": DATE,
        "at": MOMENT,
        "kind": one_of("a", "b"),
        "rows": listed(record({"yes": BOOLEAN}), 2),
        "note": nullable(text()),
    },
    optional=("note",),
)
GOOD: dict[str, Any] = {
    "name": "领料",
    "count": 2,
    "day": "2026-10-08",
    "at": "2026-10-08T09:30:00+08:00",
    "kind": "a",
    "rows": [{"yes": True}],
    "note": None,
}


def test_what_fits() -> None:
    assert problems(SHEET, GOOD) == {}
    assert problems(SHEET, {name: each for name, each in GOOD.items() if name != "note"}) == {}


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"name": ""}, "name"),
        ({"name": "太长的名字了"}, "name"),
        ({"name": 1}, "name"),
        ({"count": 0}, "count"),
        ({"count": 4}, "count"),
        ({"count": True}, "count"),
        ({"count": 2.0}, "count"),
        ({"day": "2026-13-08"}, "day"),
        ({"day": "20261008"}, "day"),
        ({"day": "2026-10-8"}, "day"),
        ({"day": "二〇二六"}, "day"),
        ({"at": "2026-10-08"}, "at"),
        ({"at": "2026-10-08T25:00+08:00"}, "at"),
        ({"kind": "c"}, "kind"),
        ({"rows": {}}, "rows"),
        ({"rows": [{}]}, "rows.0.yes"),
        ({"rows": [{"yes": 1}]}, "rows.0.yes"),
        ({"rows": [{"yes": True, "no": 1}]}, "rows.0.no"),
        ({"rows": [{"yes": True}] * 3}, "rows"),
        ({"note": 3}, "note"),
        ({"other": 3}, "other"),
    ],
)
def test_what_does_not_fit_is_said_where(change: dict[str, Any], place: str) -> None:
    found = problems(SHEET, {**GOOD, **change})
    assert set(found) == {place}
    assert found[place].endswith("。")


def test_every_missing_key_is_named() -> None:
    assert set(problems(SHEET, {})) == set(GOOD) - {"note"}


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KINDS: dict[str, Schema] = {"string": text(), "integer": INTEGER, "boolean": BOOLEAN, "array": listed({})}


@given(PLAIN)
def test_any_value_is_judged_by_its_kind(value: Any) -> None:
    python = {"string": str, "integer": int, "boolean": bool, "array": list}
    for name, schema in KINDS.items():
        fits = isinstance(value, python[name]) and not (name == "integer" and isinstance(value, bool))
        assert (problems(schema, value) == {}) == fits
        assert (
            problems(nullable(schema), value) == {}
            if value is None or fits
            else problems(nullable(schema), value)
        )
    assert (problems(SHEET, value) == {}) is False
