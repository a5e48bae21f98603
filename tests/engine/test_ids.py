"""Ids are unique and sort in the order they were made, also when the clock does not move on."""

import pytest

from engine import ids


def test_ids_sort_in_the_order_they_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids.time, "time_ns", lambda: 1)
    made = [ids.new_id() for _ in range(1000)]
    assert made == sorted(made)
    assert len(set(made)) == 1000
    assert {len(each) for each in made} == {32}
