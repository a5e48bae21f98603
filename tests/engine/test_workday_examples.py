"""Every date of the worked examples comes out of the calendar."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.calendar import WorkCalendar, load_calendar

FOLDER = Path(__file__).parents[2] / "processes" / "calendar"
EXAMPLES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "data" / "workday_examples.json").read_text(encoding="utf-8")
)


def d(text: str) -> date:
    return date.fromisoformat(text)


@pytest.fixture(scope="module")
def calendar() -> WorkCalendar:
    return load_calendar(FOLDER)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"例{example['no']}")
def test_example(calendar: WorkCalendar, example: dict[str, Any]) -> None:
    told = {key: value for key, value in example.items() if key not in {"no", "rule", "why"}}
    assert told == computed(calendar, example)


def computed(calendar: WorkCalendar, example: dict[str, Any]) -> dict[str, Any]:
    """Every date of an example worked out anew, so that a field nobody checks makes the comparison fail."""
    if "meeting" in example:
        meeting = d(example["meeting"])
        minutes = calendar.after(meeting, 4)
        result = {
            "meeting": str(meeting),
            "review_done_by": str(calendar.before(meeting, 3)),
            "topic_cutoff_and_notice": str(calendar.before(meeting, 2)),
            "feedback_due_workday": str(calendar.before(meeting, 1)),
        }
        assert not calendar.provisional(calendar.before(meeting, 3), meeting)
        if calendar.provisional(meeting, minutes):
            return result | {"minutes_due": None, "minutes_due_provisional": str(minutes)}
        return result | {
            "feedback_due_calendar": str(meeting - timedelta(days=1)),
            "minutes_due": str(minutes),
            "minutes_overdue_from": str(calendar.after(minutes, 1)),
        }
    if "last" in example:
        raw = d(example["last"]) + timedelta(days=14)
        return {"last": example["last"], "raw": str(raw), "due": str(calendar.on_or_before(raw))}
    start = d(example["start"])
    if "raw" in example:
        raw = start + timedelta(days=30)
        return {"start": str(start), "raw": str(raw), "due": str(calendar.roll_forward(raw))}
    if "n" in example:
        naive = calendar.after(calendar.roll_forward(start), example["n"])
        due = calendar.after(start, example["n"])
        return {"start": str(start), "n": example["n"], "due": str(due), "not_due": str(naive)}
    return {"start": str(start), "due": str(calendar.after(start, 20))}
