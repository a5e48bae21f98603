"""Working days and dates. Days are `2026-10-08`, moments `2026-10-08T17:30:00+08:00`, times of day `17:30`."""

import calendar as months
from datetime import date, datetime, time, timedelta
from typing import Any

from engine.clock import CN, iso, parse_moment
from engine.functions.registry import Call, Scope, function
from engine.parameters import TIME_LIMIT

GROUP = "日期"


def day_of(value: str) -> date:
    """The day of a date or moment text, in China Standard Time."""
    return date.fromisoformat(value) if len(value) == 10 else parse_moment(value).date()


def time_of(value: str) -> time:
    return time.fromisoformat(value)


def closing(scope: Scope) -> time:
    """When the working day ends."""
    return time_of(str(scope.parameters.value("下班时刻")))


def _moment(day: date, at: time) -> str:
    return iso(datetime.combine(day, at, CN))


def _note(scope: Scope, first: date, last: date) -> None:
    """Remember which holidays a count went across, for the sentence that explains it."""
    if not scope.trace:
        return
    call: Call = scope.trace[-1]
    low, high = min(first, last), max(first, last)
    call.crossed = list(scope.calendar.festivals_crossed(low, high))
    call.provisional = scope.calendar.provisional(low, high)


@function(
    "工作日前",
    GROUP,
    "工作日前(日期, n, 时分=下班时刻)",
    "前第 n 个工作日，当日不计，给出时刻",
    "工作日前('2026-09-30', 2) → '2026-09-28T17:30:00+08:00'",
    traced=True,
)
def before(scope: Scope, day: str | None, n: int, at: str | None = None) -> str | None:
    if not day:
        return None
    start = day_of(day)
    found = scope.calendar.before(start, int(n))
    _note(scope, found, start)
    return _moment(found, time_of(at) if at else closing(scope))


@function(
    "工作日后",
    GROUP,
    "工作日后(日期, n, 时分=下班时刻)",
    "后第 n 个工作日，当日不计，给出时刻",
    "工作日后('2026-09-30', 4) → '2026-10-12T17:30:00+08:00'",
    traced=True,
)
def after(scope: Scope, day: str | None, n: int, at: str | None = None) -> str | None:
    if not day:
        return None
    start = day_of(day)
    found = scope.calendar.after(start, int(n))
    _note(scope, start, found)
    return _moment(found, time_of(at) if at else closing(scope))


@function(
    "自然日后",
    GROUP,
    "自然日后(日期, n, 顺延=True)",
    "后第 n 个自然日；末日遇休顺延到下一工作日；给出日期",
    "自然日后('2026-01-20', 30) → '2026-02-24'",
    traced=True,
)
def days_after(scope: Scope, day: str | None, n: int, roll: bool = True) -> str | None:
    if not day:
        return None
    end = day_of(day) + timedelta(days=int(n))
    found = scope.calendar.roll_forward(end) if roll else end
    _note(scope, end, found)
    return found.isoformat()


@function(
    "月后",
    GROUP,
    "月后(日期, n)",
    "n 个月后的对日；当月没有对日的取月末；末日遇休顺延；给出日期",
    "月后('2026-08-31', 1) → '2026-09-30'",
    traced=True,
)
def months_after(scope: Scope, day: str | None, n: int) -> str | None:
    if not day:
        return None
    start = day_of(day)
    index = start.year * 12 + start.month - 1 + int(n)
    year, month = divmod(index, 12)
    end = date(year, month + 1, min(start.day, months.monthrange(year, month + 1)[1]))
    found = scope.calendar.roll_forward(end)
    _note(scope, end, found)
    return found.isoformat()


@function(
    "前一工作日含当日",
    GROUP,
    "前一工作日含当日(日期)",
    "当日是工作日即当日，遇休取前一工作日；给出日期",
    "前一工作日含当日('2026-02-23') → '2026-02-14'",
    traced=True,
)
def on_or_before(scope: Scope, day: str | None) -> str | None:
    if not day:
        return None
    start = day_of(day)
    found = scope.calendar.on_or_before(start)
    _note(scope, found, start)
    return found.isoformat()


@function(
    "工作时间后",
    GROUP,
    "工作时间后(时刻, 小时)",
    "只计工作时间的若干小时之后；给出时刻",
    "工作时间后('2026-11-20T16:30:00+08:00', 2) → '2026-11-23T10:00:00+08:00'",
    traced=True,
)
def working_hours_after(scope: Scope, moment: str | None, hours: float) -> str | None:
    if not moment:
        return None
    start = parse_moment(moment)
    opening = time_of(str(scope.parameters.value("上班时刻")))
    found = scope.calendar.add_working_hours(start, float(hours), opening, closing(scope))
    _note(scope, start.date(), found.date())
    return iso(found)


@function(
    "工作时间前",
    GROUP,
    "工作时间前(时刻, 小时)",
    "只计工作时间的若干小时之前；给出时刻",
    "工作时间前('2026-11-23T10:00:00+08:00', 2) → '2026-11-20T16:30:00+08:00'",
    traced=True,
)
def working_hours_before(scope: Scope, moment: str | None, hours: float) -> str | None:
    if not moment:
        return None
    end = parse_moment(moment)
    opening = time_of(str(scope.parameters.value("上班时刻")))
    found = scope.calendar.subtract_working_hours(end, float(hours), opening, closing(scope))
    _note(scope, found.date(), end.date())
    return iso(found)


@function(
    "时限",
    GROUP,
    "时限(时刻, 期限)",
    "从该时刻起按文字写的期限：3工作日、2工作小时、当日（已下班或遇休的到下一工作日下班）；给出时刻",
    "时限('2026-11-20T16:30:00+08:00', '2工作小时') → '2026-11-23T10:00:00+08:00'",
    traced=True,
)
def limit(scope: Scope, moment: str | None, words: str | None) -> str | None:
    if not moment or not words:
        return None
    written = TIME_LIMIT.fullmatch(words)
    if written is None:
        raise ValueError(f"期限“{words}”看不懂；请写成 3工作日、2工作小时 或 当日")
    start, end = parse_moment(moment), closing(scope)
    if words == "当日":
        late = not scope.calendar.is_workday(start.date()) or start.time() >= end
        day = scope.calendar.after(start.date(), 1) if late else start.date()
        found = datetime.combine(day, end, CN)
    elif written[2] == "工作小时":
        opening = time_of(str(scope.parameters.value("上班时刻")))
        found = scope.calendar.add_working_hours(start, int(written[1]), opening, end)
    else:
        found = datetime.combine(scope.calendar.after(start.date(), int(written[1])), end, CN)
    _note(scope, start.date(), found.date())
    return iso(found)


@function("是工作日", GROUP, "是工作日(日期)", "真假；空日期为假", "是工作日('2026-10-10') → True")
def is_workday(scope: Scope, day: str | None) -> bool:
    return bool(day) and scope.calendar.is_workday(day_of(str(day)))


@function("今天", GROUP, "今天()", "当前日期")
def today(scope: Scope) -> str:
    return scope.today.isoformat()


@function("现在", GROUP, "现在()", "当前时刻")
def now(scope: Scope) -> str:
    return iso(scope.now)


@function(
    "时刻",
    GROUP,
    "时刻(日期, 时分)",
    "把日期和时分合成时刻",
    "时刻('2026-10-08', '09:00') → '2026-10-08T09:00:00+08:00'",
    traced=True,
)
def moment(scope: Scope, day: str | None, at: str | None) -> str | None:
    return _moment(day_of(day), time_of(at)) if day and at else None


@function(
    "日期部分", GROUP, "日期部分(时刻)", "时刻的日期", "日期部分('2026-10-08T17:30:00+08:00') → '2026-10-08'"
)
def date_part(scope: Scope, value: str | None) -> str | None:
    return day_of(value).isoformat() if value else None


@function("早于", GROUP, "早于(a, b)", "a 早于 b；任一为空时为假", "早于(现在(), '2099-01-01') → True")
def earlier(scope: Scope, a: str | None, b: str | None) -> bool:
    return bool(a and b) and parse_moment(str(a)) < parse_moment(str(b))


@function(
    "相隔工作日",
    GROUP,
    "相隔工作日(a, b)",
    "从 a 之后到 b 为止的工作日数；b 早于 a 时为负",
    "相隔工作日('2026-09-30', '2026-10-09') → 2",
)
def working_days_between(scope: Scope, a: str | None, b: str | None) -> int | None:
    return scope.calendar.working_days_between(day_of(a), day_of(b)) if a and b else None


@function("中文日期", GROUP, "中文日期(日期)", "2026年10月8日", "中文日期('2026-10-08') → '2026年10月8日'")
def chinese_date(scope: Scope, value: str | None) -> str:
    return chinese_day(day_of(value)) if value else ""


@function(
    "中文时刻",
    GROUP,
    "中文时刻(时刻)",
    "2026年10月8日17:30",
    "中文时刻('2026-10-08T17:30:00+08:00') → '2026年10月8日17:30'",
)
def chinese_moment(scope: Scope, value: str | None) -> str:
    if not value:
        return ""
    at = parse_moment(value)
    return f"{chinese_day(at.date())}{at:%H:%M}"


def chinese_day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def as_text(value: Any) -> str:
    """Any value as a person would write it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(as_text(item) for item in value)
    return str(value)
