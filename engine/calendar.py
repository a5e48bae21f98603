"""The working-day calendar: which days people work on, and counting in working days and hours."""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from types import MappingProxyType

from engine.arrangement import (
    CalendarError,
    DayKind,
    Festivals,
    SpecialDay,
    YearArrangement,
    YearStatus,
    parse_festivals,
    parse_year,
)
from engine.clock import CN

__all__ = [
    "MAX_WORKING_DAYS",
    "CalendarError",
    "DayKind",
    "Festivals",
    "SpecialDay",
    "WorkCalendar",
    "YearArrangement",
    "YearStatus",
    "load_calendar",
    "parse_year",
]

MAX_WORKING_DAYS = 5000
"""The longest span a rule may count, about twenty years; a larger number is a slip of the pen."""

_MAX_CACHED_YEARS = 64
_FESTIVALS_FILE = "festivals.yml"


@dataclass(frozen=True, slots=True)
class _Year:
    """What counting needs of one year: its working days and its named days off, both in order."""

    workdays: tuple[date, ...]
    is_workday: frozenset[date]
    rest_names: tuple[tuple[date, str], ...]


@dataclass(frozen=True, slots=True, eq=False)
class WorkCalendar:
    """Which days are working days, and counting in them. Never changes; `with_year` gives a new calendar.

    A year without published arrangement counts as Monday to Friday less the statutory days off, without a
    guess at working weekends; `provisional` tells which results rest on that.
    """

    festivals: Festivals
    years: Mapping[int, YearArrangement]
    _cache: dict[int, _Year] = field(default_factory=dict, init=False, repr=False)

    def with_year(self, arrangement: YearArrangement) -> WorkCalendar:
        """A calendar in which `arrangement` replaces, or adds, its year."""
        years = {**self.years, arrangement.year: arrangement}
        return WorkCalendar(self.festivals, MappingProxyType(years))

    def published(self, year: int) -> bool:
        """Whether the arrangement of `year` is known and final."""
        known = self.years.get(year)
        return known is not None and known.status is YearStatus.PUBLISHED

    def missing_years(self, today: date) -> tuple[int, ...]:
        """The years to import now, being unpublished: this year and, from 1 October, the next one."""
        due = [today.year] + ([today.year + 1] if today.month >= 10 else [])
        return tuple(year for year in due if not self.published(year))

    def omitted_festivals(self, arrangement: YearArrangement) -> tuple[str, ...]:
        """Festivals of which `arrangement` lacks a statutory day off: a sign of lost lines."""
        rest = {special.day for special in arrangement.days if special.kind is DayKind.REST}
        statutory = sorted(self.festivals.days(arrangement.year).items())
        return tuple(dict.fromkeys(name for day, name in statutory if day not in rest))

    def provisional(self, first: date, last: date) -> bool:
        """Whether any day from `first` to `last`, in either order, lies in a year that is not published."""
        low, high = sorted((first.year, last.year))
        return any(not self.published(year) for year in range(low, high + 1))

    def is_workday(self, day: date) -> bool:
        """Whether people work on `day`: a weekday that is no holiday, or a 调休 weekend day."""
        return day in self._year_of(day).is_workday

    def after(self, day: date, n: int) -> date:
        """The `n`-th working day after `day`, not counting `day`, be it a rest day or not; n = 0 gives `day`.

        Raises ValueError when `n` is negative, no whole number or above MAX_WORKING_DAYS.
        """
        _check_count(n)
        year, workdays = day.year, self._year_of(day).workdays
        if n == 0:
            return day
        index = bisect_right(workdays, day) + n - 1
        while index >= len(workdays):
            index -= len(workdays)
            year += 1
            workdays = self._year(year).workdays
        return workdays[index]

    def before(self, day: date, n: int) -> date:
        """The `n`-th working day before `day`, which is never counted; n = 0 and errors as in `after`."""
        _check_count(n)
        year, workdays = day.year, self._year_of(day).workdays
        if n == 0:
            return day
        index = bisect_left(workdays, day) - n
        while index < 0:
            year -= 1
            workdays = self._year(year).workdays
            index += len(workdays)
        return workdays[index]

    def on_or_before(self, day: date) -> date:
        """`day` if it is a working day, else the last working day before it."""
        return day if self.is_workday(day) else self.before(day, 1)

    def roll_forward(self, day: date) -> date:
        """`day` if it is a working day, else the next one: the end of a period counted in calendar days."""
        return day if self.is_workday(day) else self.after(day, 1)

    def working_days_between(self, a: date, b: date) -> int:
        """How many working days lie in (a, b]; with `b` before `a`, minus those in (b, a].

        So the count from a to c is always the count from a to b plus the one from b to c.
        """
        if b < a:
            return -self.working_days_between(b, a)
        until_a = bisect_right(self._year_of(a).workdays, a)
        until_b = bisect_right(self._year_of(b).workdays, b)
        return sum(len(self._year(year).workdays) for year in range(a.year, b.year)) + until_b - until_a

    def festivals_crossed(self, a: date, b: date) -> tuple[str, ...]:
        """The festivals with a day off from `a` to `b` (inclusive, in either order), by date, each once."""
        first, last = sorted((a, b))
        days = (pair for year in range(first.year, last.year + 1) for pair in self._year(year).rest_names)
        return tuple(dict.fromkeys(name for day, name in days if first <= day <= last))

    def add_working_hours(self, moment: datetime, hours: float, opening: time, closing: time) -> datetime:
        """The moment in CN at which `hours` of working time, daily from `opening` to `closing`, have passed.

        Time outside working hours does not count; a span that ends with the working day ends at `closing`,
        not at the next opening; 0 hours give the moment itself. Raises ValueError for a moment without
        offset, for hours that are negative, not finite or too many, and for a `closing` before `opening`.
        """
        local = _check_span(moment, hours, opening, closing)
        if hours == 0:
            return local
        day = local.date()
        start = max(local, datetime.combine(day, opening, CN))
        if not self.is_workday(day) or start >= datetime.combine(day, closing, CN):
            day = self.after(day, 1)
            start = datetime.combine(day, opening, CN)
        span = timedelta(hours=hours)
        left_today = datetime.combine(day, closing, CN) - start
        if span <= left_today:
            return start + span
        length = datetime.combine(day, closing, CN) - datetime.combine(day, opening, CN)
        full_days, rest = divmod(span - left_today, length)
        if not rest:
            full_days, rest = full_days - 1, length
        return datetime.combine(self.after(day, full_days + 1), opening, CN) + rest

    def subtract_working_hours(
        self, moment: datetime, hours: float, opening: time, closing: time
    ) -> datetime:
        """The moment in CN from which `hours` of working time last until `moment`.

        The mirror of `add_working_hours`: a span that begins with the working day begins at `opening`, not at the
        previous closing. Raises the same errors.
        """
        local = _check_span(moment, hours, opening, closing)
        if hours == 0:
            return local
        day = local.date()
        end = min(local, datetime.combine(day, closing, CN))
        if not self.is_workday(day) or end <= datetime.combine(day, opening, CN):
            day = self.before(day, 1)
            end = datetime.combine(day, closing, CN)
        span = timedelta(hours=hours)
        gone_today = end - datetime.combine(day, opening, CN)
        if span <= gone_today:
            return end - span
        length = datetime.combine(day, closing, CN) - datetime.combine(day, opening, CN)
        full_days, rest = divmod(span - gone_today, length)
        if not rest:
            full_days, rest = full_days - 1, length
        return datetime.combine(self.before(day, full_days + 1), closing, CN) - rest

    def working_time_between(self, a: datetime, b: datetime, opening: time, closing: time) -> timedelta:
        """How much working time, daily from `opening` to `closing`, lies between two moments; none when b is before a.

        Raises ValueError for a moment without offset and for a `closing` before `opening`.
        """
        start, end = _check_span(a, 0, opening, closing), _check_span(b, 0, opening, closing)
        if end <= start:
            return timedelta()
        between = self.working_days_between(start.date(), end.date())
        # The first day is not counted by working_days_between; the last one is, whole.
        length = datetime.combine(date.min, closing) - datetime.combine(date.min, opening)
        total = between * length
        if self.is_workday(start.date()):
            total += _within(start, opening, closing)
        if self.is_workday(end.date()):
            total -= _within(end, opening, closing)
        return total

    def _year_of(self, day: date) -> _Year:
        if isinstance(day, datetime):
            # To Python a datetime is a date, but it equals none: every answer would silently be "rest day".
            raise TypeError("expected a date, got a datetime")
        return self._year(day.year)

    def _year(self, year: int) -> _Year:
        known = self._cache.get(year)
        if known is None:
            if len(self._cache) >= _MAX_CACHED_YEARS:
                # Only a mistyped date reaches so many years; their days should not stay in memory.
                self._cache.clear()
            known = self._cache[year] = self._build(year)
        return known

    def _build(self, year: int) -> _Year:
        own = self.years.get(year)
        rest = {} if own else self.festivals.days(year)
        work: set[date] = set()
        # The next year's arrangement comes second: its 元旦 may reach into December and has the last word.
        for arrangement in filter(None, (own, self.years.get(year + 1))):
            for special in arrangement.days:
                if special.day.year != year:
                    continue
                if special.kind is DayKind.REST:
                    rest[special.day] = special.name
                    work.discard(special.day)
                else:
                    rest.pop(special.day, None)
                    work.add(special.day)
        first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
        days = map(date.fromordinal, range(first, last + 1))
        workdays = tuple(day for day in days if day in work or (day.weekday() < 5 and day not in rest))
        return _Year(workdays, frozenset(workdays), tuple(sorted(rest.items())))


def load_calendar(folder: Path) -> WorkCalendar:
    """The calendar in `folder`: festivals.yml and one file per arranged year, named like 2026.yml.

    Raises CalendarError naming file and line. A YAML file of any other name is an error too, because a year
    that is silently left out makes deadlines wrong.
    """
    problems: list[str] = []
    years: dict[int, YearArrangement] = {}
    festivals: Festivals | None = None
    for path in sorted(folder.glob("*.y*ml")):
        try:
            text = path.read_text(encoding="utf-8")
            if path.name == _FESTIVALS_FILE:
                festivals = parse_festivals(text)
            elif not re.fullmatch(r"[0-9]{4}\.yml", path.name):
                problems.append(f"{path.name}：不认识的文件名，年度安排请命名为 2026.yml 这样的四位年份。")
            else:
                arrangement = parse_year(text)
                years[arrangement.year] = arrangement
                if str(arrangement.year) != path.stem:
                    problems.append(f"{path.name}：文件名与其中的 year: {arrangement.year} 不一致。")
        except CalendarError as error:
            problems += [f"{path.name} {problem}" for problem in error.problems]
        except UnicodeDecodeError:
            problems.append(f"{path.name}：不是 UTF-8 编码的文本，请另存为 UTF-8。")
    if festivals is None and not problems:
        problems.append(f"工作日历目录 {folder} 缺少 {_FESTIVALS_FILE}（法定节日日期）。")
    if problems or festivals is None:
        raise CalendarError(problems)
    return WorkCalendar(festivals, MappingProxyType(years))


def _check_span(moment: datetime, hours: float, opening: time, closing: time) -> datetime:
    """Return `moment` in CN. Raises ValueError when the span cannot be counted."""
    if moment.utcoffset() is None:
        raise ValueError(f"时刻 {moment.isoformat()} 没有时区，请带上 +08:00。")
    if opening >= closing:
        raise ValueError(f"下班时间 {closing:%H:%M} 须晚于上班时间 {opening:%H:%M}。")
    if not math.isfinite(hours) or not 0 <= hours <= MAX_WORKING_DAYS * 24:
        raise ValueError(f"工作小时数须是不小于 0、不大于 {MAX_WORKING_DAYS * 24} 的数，现为 {hours}。")
    return moment.astimezone(CN)


def _within(moment: datetime, opening: time, closing: time) -> timedelta:
    """How much of the working day is left at a moment of it."""
    day = moment.date()
    begins, ends = datetime.combine(day, opening, CN), datetime.combine(day, closing, CN)
    return ends - min(max(moment, begins), ends)


def _check_count(n: int) -> None:
    if isinstance(n, bool) or not isinstance(n, int) or not 0 <= n <= MAX_WORKING_DAYS:
        raise ValueError(f"工作日数须是不小于 0、不大于 {MAX_WORKING_DAYS} 的整数，现为 {n}。")
