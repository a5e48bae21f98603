"""The clock is settable, always aware, and moments survive the way through text."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import clock
from engine.clock import CN, Clock, FixedClock, SystemClock, iso, parse_moment

OPENING = datetime(2026, 10, 9, 9, 0, tzinfo=CN)


def test_the_zone_is_eight_hours_ahead() -> None:
    assert OPENING.utcoffset() == timedelta(hours=8)


def test_without_zone_data_a_fixed_offset_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(key: str) -> None:
        raise ZoneInfoNotFoundError(key)

    monkeypatch.setattr(clock, "ZoneInfo", missing)
    zone = clock._china_time()
    assert zone is not CN
    assert datetime(2026, 10, 9, 9, 0, tzinfo=zone) == OPENING
    assert datetime(2026, 10, 9, 9, 0, tzinfo=zone).isoformat() == OPENING.isoformat()


def test_system_clock_tells_the_present_in_china() -> None:
    before = datetime.now(UTC)
    now = SystemClock().now()
    assert before <= now <= datetime.now(UTC)
    assert now.tzinfo is CN


def test_fixed_clock_stands_until_it_is_set() -> None:
    fixed = FixedClock(OPENING)
    as_clock: Clock = fixed
    assert as_clock.now() == as_clock.now() == OPENING
    fixed.set(OPENING + timedelta(days=3))
    assert as_clock.now() == datetime(2026, 10, 12, 9, 0, tzinfo=CN)
    fixed.set(OPENING)
    assert as_clock.now() == OPENING


def test_fixed_clock_answers_in_china_whatever_it_was_given() -> None:
    fixed = FixedClock(datetime(2026, 10, 9, 1, 0, tzinfo=UTC))
    assert fixed.now() == OPENING
    assert fixed.now().tzinfo is CN
    fixed.set(datetime(2026, 10, 8, 20, 0, tzinfo=timezone(timedelta(hours=-5))))
    assert (fixed.now(), fixed.now().tzinfo) == (OPENING, CN)


def test_a_moment_without_zone_is_refused() -> None:
    naive = datetime(2026, 10, 9, 9, 0)
    fixed = FixedClock(OPENING)
    for attempt in (FixedClock, fixed.set, iso):
        with pytest.raises(ValueError, match="没有时区"):
            attempt(naive)
    assert fixed.now() == OPENING


def test_iso_writes_whole_seconds_with_the_chinese_offset() -> None:
    assert iso(datetime(2026, 10, 9, 17, 30, tzinfo=CN)) == "2026-10-09T17:30:00+08:00"
    assert iso(datetime(2026, 10, 9, 17, 30, 5, 999999, tzinfo=CN)) == "2026-10-09T17:30:05+08:00"
    assert iso(datetime(2026, 10, 9, 18, 0, tzinfo=UTC)) == "2026-10-10T02:00:00+08:00"


@pytest.mark.parametrize(
    "text",
    [
        "2026-10-09T09:00:00+08:00",
        "2026-10-09T09:00+08:00",
        "2026-10-09T09:00",
        "2026-10-09 09:00",
        " 2026-10-09T09:00:00 ",
        "2026-10-09T01:00:00Z",
        "2026-10-08T20:00:00-05:00",
    ],
)
def test_all_ways_of_writing_one_moment(text: str) -> None:
    moment = parse_moment(text)
    assert moment == OPENING
    assert moment.tzinfo is CN


def test_a_date_alone_is_the_start_of_the_day() -> None:
    assert parse_moment("2026-10-09") == datetime(2026, 10, 9, tzinfo=CN)


@pytest.mark.parametrize("text", ["", "明天", "2026-13-01", "2026-10-09T25:00", "0001-01-01T00:00:00+20:00"])
def test_what_is_no_moment_is_refused_in_chinese(text: str) -> None:
    with pytest.raises(ValueError, match="不是能识别的时刻"):
        parse_moment(text)


@given(
    st.datetimes(datetime(1992, 1, 1), datetime(2100, 1, 1)).map(
        lambda moment: moment.replace(microsecond=0)
    ),
    st.integers(-12, 14),
)
def test_text_and_back_is_the_same_moment(wall: datetime, offset: int) -> None:
    moment = wall.replace(tzinfo=timezone(timedelta(hours=offset)))
    text = iso(moment)
    assert parse_moment(text) == moment
    assert text.endswith("+08:00")
    assert iso(parse_moment(text)) == text
