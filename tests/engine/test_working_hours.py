"""Working hours pass only on working days, from opening to closing."""

from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.calendar import WorkCalendar, load_calendar
from engine.clock import CN

FOLDER = Path(__file__).parents[2] / "processes" / "calendar"

days = st.dates(date(2024, 1, 1), date(2037, 12, 31))


@cache
def shipped() -> WorkCalendar:
    # One calendar for the whole module is safe because a calendar never changes.
    return load_calendar(FOLDER)


@pytest.fixture
def calendar() -> WorkCalendar:
    return shipped()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CN)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-16T10:00", 2, "2026-11-16T12:00"),
        ("2026-11-16T15:30", 2, "2026-11-16T17:30"),
        ("2026-11-16T16:30", 2, "2026-11-17T10:00"),
        ("2026-11-16T07:00", 2, "2026-11-16T11:00"),
        ("2026-11-16T17:30", 0.5, "2026-11-17T09:30"),
        ("2026-11-16T23:00", 0.5, "2026-11-17T09:30"),
        ("2026-11-13T17:00", 1, "2026-11-16T09:30"),
        ("2026-11-14T10:00", 1, "2026-11-16T10:00"),
        ("2026-11-14T10:00", 0, "2026-11-14T10:00"),
        ("2026-11-16T09:00", 8.5, "2026-11-16T17:30"),
        ("2026-11-16T09:00", 17, "2026-11-17T17:30"),
        ("2026-11-16T12:00", 17, "2026-11-18T12:00"),
        ("2026-09-30T17:00", 1, "2026-10-08T09:30"),
        ("2026-10-09T17:00", 1, "2026-10-10T09:30"),
    ],
)
def test_working_hours(calendar: WorkCalendar, start: str, hours: float, end: str) -> None:
    assert calendar.add_working_hours(at(start), hours, time(9), time(17, 30)) == at(end)


@given(days, st.integers(0, 24 * 60 - 1), st.integers(1, 6000), st.integers(1, 6000))
def test_working_hours_add_up(day: date, minute: int, first: int, second: int) -> None:
    calendar = shipped()

    def later(moment: datetime, minutes: int) -> datetime:
        return calendar.add_working_hours(moment, minutes / 60, time(9), time(17))

    start = datetime.combine(day, time(), CN) + timedelta(minutes=minute)
    end = later(start, first + second)
    assert abs(later(later(start, first), second) - end) < timedelta(milliseconds=1)
    assert calendar.is_workday(end.date())
    assert time(9) < end.time() <= time(17)
    assert end.tzinfo is CN


def test_working_hours_refuse_what_makes_no_sense(calendar: WorkCalendar) -> None:
    start = at("2026-11-16T10:00")
    for hours in (-1, float("nan"), float("inf"), 1e12):
        with pytest.raises(ValueError, match="工作小时数"):
            calendar.add_working_hours(start, hours, time(9), time(17))
    with pytest.raises(ValueError, match="须晚于上班时间"):
        calendar.add_working_hours(start, 1, time(17), time(9))
    with pytest.raises(ValueError, match="没有时区"):
        calendar.add_working_hours(start.replace(tzinfo=None), 1, time(9), time(17))


@pytest.mark.parametrize(
    ("end", "hours", "start"),
    [
        ("2026-11-16T12:00", 2, "2026-11-16T10:00"),
        ("2026-11-17T10:00", 2, "2026-11-16T16:30"),
        ("2026-11-16T11:00", 2, "2026-11-16T09:00"),
        ("2026-11-16T09:00", 1, "2026-11-13T16:30"),
        ("2026-11-15T10:00", 1, "2026-11-13T16:30"),
        ("2026-10-08T09:30", 1, "2026-09-30T17:00"),
        ("2026-11-17T17:30", 17, "2026-11-16T09:00"),
        ("2026-11-16T12:00", 0, "2026-11-16T12:00"),
    ],
)
def test_working_hours_counted_back(calendar: WorkCalendar, end: str, hours: float, start: str) -> None:
    assert calendar.subtract_working_hours(at(end), hours, time(9), time(17, 30)) == at(start)


@given(day=days, minute=st.integers(0, 510), hours=st.integers(1, 200))
def test_counting_back_undoes_counting_forward(day: date, minute: int, hours: int) -> None:
    calendar = shipped()
    if not calendar.is_workday(day):
        return
    start = datetime.combine(day, time(9), CN) + timedelta(minutes=minute)
    end = calendar.add_working_hours(start, hours, time(9), time(17, 30))
    back = calendar.subtract_working_hours(end, hours, time(9), time(17, 30))
    # Closing time and the next opening are the same moment of working time.
    assert calendar.add_working_hours(back, hours, time(9), time(17, 30)) == end


@given(days, st.integers(0, 24 * 60 - 1), st.integers(0, 6000), st.integers(0, 6000))
def test_the_working_time_between_is_what_was_added(day: date, minute: int, first: int, second: int) -> None:
    calendar, hours = shipped(), (time(9), time(17, 30))
    start = datetime.combine(day, time(), CN) + timedelta(minutes=minute)
    middle = calendar.add_working_hours(start, first / 60, *hours)
    end = calendar.add_working_hours(middle, second / 60, *hours)
    assert calendar.working_time_between(start, middle, *hours) == timedelta(minutes=first)
    assert calendar.working_time_between(start, end, *hours) == timedelta(minutes=first + second)
    assert calendar.working_time_between(end, start, *hours) == timedelta()


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2026-11-16T07:00", "2026-11-16T09:30", 30),
        ("2026-11-16T17:00", "2026-11-17T09:30", 60),
        ("2026-11-13T17:30", "2026-11-16T09:00", 0),
        ("2026-11-14T10:00", "2026-11-15T10:00", 0),
        ("2026-09-30T17:00", "2026-10-08T09:30", 60),
        ("2026-10-09T17:00", "2026-10-11T20:00", 30 + 510),
    ],
)
def test_the_working_time_between(calendar: WorkCalendar, start: str, end: str, minutes: int) -> None:
    found = calendar.working_time_between(at(start), at(end), time(9), time(17, 30))
    assert found == timedelta(minutes=minutes)
