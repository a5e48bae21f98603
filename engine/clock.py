"""The injected clock, and the one way moments are written and read: ISO 8601 in China Standard Time."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone, tzinfo
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def _china_time() -> tzinfo:
    """Asia/Shanghai, or plain +08:00 where the machine has no time zone data (Windows without tzdata)."""
    try:
        return ZoneInfo("Asia/Shanghai")
    except ZoneInfoNotFoundError:
        # China has kept +08:00 without summer time since 1992, so nothing a case can hold is lost.
        return timezone(timedelta(hours=8), "Asia/Shanghai")


CN: tzinfo = _china_time()


class Clock(Protocol):
    """Whatever can say what time it is; the engine never asks the operating system itself."""

    def now(self) -> datetime:
        """The present moment, aware, in CN."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """The present moment, aware, in CN."""
        return datetime.now(CN)


class FixedClock:
    """A clock that stands still until it is set, for scenarios, tests and demonstrations."""

    def __init__(self, now: datetime) -> None:
        self._now = _in_china(now)

    def now(self) -> datetime:
        """The moment the clock was last set to, aware, in CN."""
        return self._now

    def set(self, moment: datetime) -> None:
        """Put the clock to `moment`, forwards or back. Raises ValueError for a moment without offset."""
        self._now = _in_china(moment)


def iso(moment: datetime) -> str:
    """`moment` as text in CN with whole seconds, e.g. `2026-10-09T17:30:00+08:00`.

    Fractions of a second are cut off. Raises ValueError for a moment without offset.
    """
    return _in_china(moment).isoformat(timespec="seconds")


def parse_moment(text: str) -> datetime:
    """The aware moment in CN that an ISO 8601 text names.

    Text without an offset is read as CN, a date alone as the start of that day. Raises ValueError, with a
    Chinese sentence, for anything else.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment.replace(tzinfo=CN) if moment.tzinfo is None else moment.astimezone(CN)
    except (ValueError, OverflowError):
        raise ValueError(f"“{text}”不是能识别的时刻，请写成 2026-10-09T17:30:00+08:00 这样的格式。") from None


def _in_china(moment: datetime) -> datetime:
    if moment.tzinfo is None or moment.utcoffset() is None:
        # A naive moment would silently take the zone of the machine, which is often UTC.
        raise ValueError(f"时刻 {moment.isoformat()} 没有时区，请带上 +08:00。")
    return moment.astimezone(CN)
