"""Working days are counted right over weekends, 调休, festivals, the turn of the year, unknown years."""

from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.calendar import (
    MAX_WORKING_DAYS,
    CalendarError,
    DayKind,
    SpecialDay,
    WorkCalendar,
    YearArrangement,
    YearStatus,
    load_calendar,
    parse_year,
)
from engine.clock import CN

FOLDER = Path(__file__).parents[2] / "processes" / "calendar"
YEAR_2027 = (Path(__file__).parent / "data" / "arrangement_2027.yml").read_text(encoding="utf-8")

days = st.dates(date(2024, 1, 1), date(2037, 12, 31))
counts = st.integers(0, 400)


def d(text: str) -> date:
    return date.fromisoformat(text)


@cache
def shipped() -> WorkCalendar:
    # One calendar for the whole module is safe because a calendar never changes.
    return load_calendar(FOLDER)


@pytest.fixture
def calendar() -> WorkCalendar:
    return shipped()


# --- counting ------------------------------------------------------------


@given(days, counts)
def test_there_and_back_from_a_working_day(day: date, n: int) -> None:
    calendar = shipped()
    assume(calendar.is_workday(day))
    assert calendar.before(calendar.after(day, n), n) == day
    assert calendar.after(calendar.before(day, n), n) == day


@given(days, st.integers(1, 400))
def test_the_result_is_a_working_day_on_the_right_side(day: date, n: int) -> None:
    calendar = shipped()
    after, before = calendar.after(day, n), calendar.before(day, n)
    assert before < day < after
    assert calendar.is_workday(after)
    assert calendar.is_workday(before)


@given(days, st.integers(0, 40))
def test_counting_is_the_plain_walk_day_by_day(day: date, n: int) -> None:
    calendar = shipped()
    for move, step in ((calendar.after, 1), (calendar.before, -1)):
        walked, left = day, n
        while left:
            walked += timedelta(days=step)
            left -= calendar.is_workday(walked)
        assert move(day, n) == walked


@given(days, days, counts, counts)
def test_counting_is_monotone(a: date, b: date, n: int, m: int) -> None:
    calendar = shipped()
    (a, b), (n, m) = sorted((a, b)), sorted((n, m))
    assume(n > 0)
    assert calendar.after(a, n) <= calendar.after(b, n)
    assert calendar.before(a, n) <= calendar.before(b, n)
    assert (calendar.after(a, n) < calendar.after(a, m)) == (n < m)
    assert (calendar.before(a, m) < calendar.before(a, n)) == (n < m)


@given(days, days, days, counts)
def test_days_between_agree_with_counting(a: date, b: date, c: date, n: int) -> None:
    calendar = shipped()
    between = calendar.working_days_between
    assert between(a, calendar.after(a, n)) == n
    assert between(a, c) == between(a, b) + between(b, c)
    assert between(a, b) == -between(b, a)
    assert between(a, a + timedelta(days=1)) == calendar.is_workday(a + timedelta(days=1))


@given(days)
def test_the_nearest_working_day(day: date) -> None:
    calendar = shipped()
    back, forward = calendar.on_or_before(day), calendar.roll_forward(day)
    if calendar.is_workday(day):
        assert back == day == forward
    else:
        assert (back, forward) == (calendar.before(day, 1), calendar.after(day, 1))
        assert calendar.after(back, 1) == forward


def test_a_rest_day_as_start_is_not_counted(calendar: WorkCalendar) -> None:
    saturday, sunday = d("2026-11-14"), d("2026-11-15")
    assert calendar.after(saturday, 1) == calendar.after(sunday, 1) == d("2026-11-16")
    assert calendar.before(saturday, 1) == calendar.before(sunday, 1) == d("2026-11-13")
    assert calendar.after(saturday, 0) == calendar.before(saturday, 0) == saturday
    in_golden_week = d("2026-10-03")
    assert calendar.after(in_golden_week, 1) == d("2026-10-08")
    assert calendar.before(in_golden_week, 1) == d("2026-09-30")


def test_days_between_over_a_working_saturday(calendar: WorkCalendar) -> None:
    assert calendar.working_days_between(d("2026-09-30"), d("2026-10-12")) == 4
    assert calendar.working_days_between(d("2026-10-12"), d("2026-09-30")) == -4
    assert calendar.working_days_between(d("2026-10-01"), d("2026-10-07")) == 0


@pytest.mark.parametrize("n", [-1, MAX_WORKING_DAYS + 1, 1.5, True])
def test_a_count_that_makes_no_sense_is_refused(calendar: WorkCalendar, n: Any) -> None:
    for move in (calendar.after, calendar.before):
        with pytest.raises(ValueError, match="工作日数须是"):
            move(d("2026-11-16"), n)


def test_a_moment_is_not_taken_for_a_date(calendar: WorkCalendar) -> None:
    moment = datetime(2026, 11, 16, 9, 0, tzinfo=CN)
    for ask in (calendar.is_workday, calendar.roll_forward, lambda day: calendar.after(day, 0)):
        with pytest.raises(TypeError):
            ask(moment)


# --- what lies in between ------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b", "names"),
    [
        ("2026-11-13", "2026-11-16", ()),
        ("2026-10-08", "2026-09-29", ("国庆节",)),
        ("2026-09-24", "2026-10-08", ("中秋节", "国庆节")),
        ("2025-09-30", "2025-10-09", ("国庆节", "中秋节")),
        ("2026-02-19", "2026-02-24", ("春节",)),
        ("2026-12-29", "2027-01-05", ("元旦",)),
        ("2026-02-12", "2026-02-14", ()),
        ("2024-09-13", "2024-09-18", ("中秋节",)),
    ],
)
def test_festivals_crossed(calendar: WorkCalendar, a: str, b: str, names: tuple[str, ...]) -> None:
    assert calendar.festivals_crossed(d(a), d(b)) == names
    assert calendar.festivals_crossed(d(b), d(a)) == names


def test_two_festivals_on_one_day_are_both_named(calendar: WorkCalendar) -> None:
    assert calendar.festivals_crossed(d("2028-09-29"), d("2028-10-09")) == ("国庆节", "中秋节")
    assert calendar.festivals_crossed(d("2031-09-29"), d("2031-10-09")) == ("中秋节", "国庆节")


# --- unpublished years and imports ------------------------------------------------------------


def test_an_unpublished_year_is_weekdays_less_statutory_days(calendar: WorkCalendar) -> None:
    statutory = calendar.festivals.days(2027)
    assert len(statutory) == 13
    day = d("2027-01-01")
    while day.year == 2027:
        assert calendar.is_workday(day) == (day.weekday() < 5 and day not in statutory)
        day += timedelta(days=1)


@pytest.mark.parametrize("year", [1, 1999, 2023, 2036, 9999])
def test_a_year_without_lunar_data_keeps_the_fixed_festivals(calendar: WorkCalendar, year: int) -> None:
    rest = {date(year, 1, 1), date(year, 5, 1), date(year, 5, 2), *(date(year, 10, day) for day in (1, 2, 3))}
    for ordinal in range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1):
        day = date.fromordinal(ordinal)
        assert calendar.is_workday(day) == (day.weekday() < 5 and day not in rest)
    assert calendar.provisional(date(year, 6, 1), date(year, 6, 1))


def test_provisional_is_about_the_whole_span(calendar: WorkCalendar) -> None:
    assert not calendar.provisional(d("2024-01-01"), d("2026-12-31"))
    assert calendar.provisional(d("2026-12-31"), d("2027-01-01"))
    assert calendar.provisional(d("2027-01-01"), d("2026-12-31"))
    assert calendar.provisional(d("2023-12-31"), d("2024-01-01"))


def test_an_import_changes_the_results_and_ends_the_provisional_state(calendar: WorkCalendar) -> None:
    meeting = d("2026-12-29")
    imported = calendar.with_year(parse_year(YEAR_2027))
    assert calendar.after(meeting, 4) == d("2027-01-05")
    assert imported.after(meeting, 4) == d("2027-01-06")
    assert not imported.provisional(meeting, d("2027-01-06"))
    assert imported.is_workday(d("2027-01-09"))
    # Nothing of the provisional festivals is left: only what the arrangement lists is off.
    assert not calendar.is_workday(d("2027-02-05"))
    assert imported.is_workday(d("2027-02-05"))
    assert imported.published(2027)


def test_a_correction_replaces_a_published_year(calendar: WorkCalendar) -> None:
    known = calendar.years[2026]
    kept = tuple(special for special in known.days if special.day != d("2026-10-10"))
    corrected = calendar.with_year(YearArrangement(2026, known.status, known.source, kept))
    assert calendar.after(d("2026-09-30"), 4) == d("2026-10-12")
    assert corrected.after(d("2026-09-30"), 4) == d("2026-10-13")


def test_calendars_do_not_share_state(calendar: WorkCalendar) -> None:
    first, second = load_calendar(FOLDER), load_calendar(FOLDER)
    first.is_workday(d("2027-01-09"))
    third = first.with_year(parse_year(YEAR_2027))
    assert [c.is_workday(d("2027-01-09")) for c in (first, second, third)] == [False, False, True]
    assert [c.published(2027) for c in (first, second, third)] == [False, False, True]
    with pytest.raises(TypeError):
        third.years[2028] = third.years[2027]  # type: ignore[index]
    with pytest.raises(AttributeError):
        third.years = {}  # type: ignore[misc]


def test_new_year_may_reach_back_into_december(calendar: WorkCalendar) -> None:
    text = (
        YEAR_2027
        + "  - {date: 2026-12-31, kind: 休, name: 元旦}\n  - {date: 2026-12-27, kind: 班, name: 元旦}\n"
    )
    imported = calendar.with_year(parse_year(text))
    assert calendar.is_workday(d("2026-12-31"))
    assert not imported.is_workday(d("2026-12-31"))
    assert imported.is_workday(d("2026-12-27"))
    assert imported.is_workday(d("2026-12-30"))
    assert imported.festivals_crossed(d("2026-12-30"), d("2026-12-31")) == ("元旦",)


def test_new_year_overrules_the_december_of_the_older_arrangement(calendar: WorkCalendar) -> None:
    sunday, thursday = d("2026-12-27"), d("2026-12-31")

    def arranged(year: int, kinds: dict[date, DayKind]) -> YearArrangement:
        days = tuple(SpecialDay(day, kind, f"节{year}") for day, kind in kinds.items())
        return YearArrangement(year, YearStatus.PUBLISHED, "为测试编写的安排", days)

    older = arranged(2026, {sunday: DayKind.WORK, thursday: DayKind.REST})
    newer = arranged(2027, {sunday: DayKind.REST})
    both = calendar.with_year(older).with_year(newer)
    assert [c.is_workday(sunday) for c in (calendar, calendar.with_year(older), both)] == [False, True, False]
    assert not both.is_workday(thursday)
    assert both.festivals_crossed(sunday, thursday) == ("节2027", "节2026")

    older = arranged(2026, {sunday: DayKind.REST})
    newer = arranged(2027, {sunday: DayKind.WORK})
    both = calendar.with_year(newer).with_year(older)
    assert both.is_workday(sunday)
    assert both.festivals_crossed(sunday, sunday) == ()


def test_a_provisional_arrangement_counts_but_stays_provisional(calendar: WorkCalendar) -> None:
    expected = calendar.with_year(parse_year(YEAR_2027.replace("已公布", "暂定")))
    assert not expected.is_workday(d("2027-01-04"))
    assert expected.provisional(d("2027-01-04"), d("2027-01-04"))
    assert expected.missing_years(d("2027-03-01")) == (2027,)


def test_the_missing_years_to_import(calendar: WorkCalendar) -> None:
    assert calendar.missing_years(d("2026-09-30")) == ()
    assert calendar.missing_years(d("2026-10-01")) == (2027,)
    assert calendar.missing_years(d("2027-01-01")) == (2027,)
    assert calendar.missing_years(d("2027-10-01")) == (2027, 2028)
    assert calendar.with_year(parse_year(YEAR_2027)).missing_years(d("2026-11-21")) == ()


def test_festivals_left_out_of_an_import_are_named(calendar: WorkCalendar) -> None:
    assert calendar.omitted_festivals(parse_year(YEAR_2027)) == (
        "春节",
        "清明节",
        "劳动节",
        "端午节",
        "中秋节",
        "国庆节",
    )


def test_far_dates_do_not_pile_up_in_memory(calendar: WorkCalendar) -> None:
    assert calendar.working_days_between(d("1000-01-01"), d("2000-01-01")) > 250_000
    assert len(calendar._cache) <= 64


# --- the folder ------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in FOLDER.glob("*.yml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        (
            "2027.yml",
            YEAR_2027.replace("公布", "定"),
            "2027.yml 第 3 行：“已定”不可用，请写 已公布 或 暂定。",
        ),
        ("2028.yml", YEAR_2027, "2028.yml：文件名与其中的 year: 2027 不一致。"),
        ("2027.yaml", YEAR_2027, "2027.yaml：不认识的文件名，年度安排请命名为 2026.yml 这样的四位年份。"),
        (
            "2027 副本.yml",
            YEAR_2027,
            "2027 副本.yml：不认识的文件名，年度安排请命名为 2026.yml 这样的四位年份。",
        ),
        (
            "festivals.yml",
            "source: 甲\nfixed:\n  元旦: [02-29]\nby_year: {}\n",
            "festivals.yml 第 3 行：“02-29”不是日期。",
        ),
        (
            "festivals.yml",
            "source: 甲\nfixed: {}\nby_year:\n  2027:\n    中秋节: [2028-09-15]\n",
            "festivals.yml 第 5 行：2028-09-15 不在 2027 年。",
        ),
    ],
)
def test_a_wrong_file_in_the_folder_is_named(folder: Path, name: str, text: str, problem: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(CalendarError) as caught:
        load_calendar(folder)
    assert caught.value.problems == (problem,)


def test_a_file_in_another_encoding_is_named(folder: Path) -> None:
    (folder / "2027.yml").write_bytes(YEAR_2027.encode("gb18030"))
    with pytest.raises(CalendarError, match=r"2027\.yml：不是 UTF-8"):
        load_calendar(folder)


def test_a_folder_without_festivals_is_refused(folder: Path) -> None:
    (folder / "festivals.yml").unlink()
    with pytest.raises(CalendarError, match=r"缺少 festivals\.yml"):
        load_calendar(folder)


def test_an_added_file_is_an_added_year(folder: Path) -> None:
    (folder / "2027.yml").write_text(YEAR_2027, encoding="utf-8")
    (folder / "README.md").write_text("说明", encoding="utf-8")
    assert load_calendar(folder).published(2027)
