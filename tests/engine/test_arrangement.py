"""A year's arrangement is read as written, the shipped years as published, and mistakes are explained."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from engine.arrangement import CalendarError, DayKind, SpecialDay, YearStatus, parse_year
from engine.calendar import WorkCalendar, load_calendar

FOLDER = Path(__file__).parents[2] / "processes" / "calendar"
YEAR_2027 = (Path(__file__).parent / "data" / "arrangement_2027.yml").read_text(encoding="utf-8")

# Typed from the notices, independently of the files: festival, first and last day off, working weekend days.
NOTICES = {
    2024: [
        ("元旦", "01-01", "01-01", []),
        ("春节", "02-10", "02-17", ["02-04", "02-18"]),
        ("清明节", "04-04", "04-06", ["04-07"]),
        ("劳动节", "05-01", "05-05", ["04-28", "05-11"]),
        ("端午节", "06-10", "06-10", []),
        ("中秋节", "09-15", "09-17", ["09-14"]),
        ("国庆节", "10-01", "10-07", ["09-29", "10-12"]),
    ],
    2025: [
        ("元旦", "01-01", "01-01", []),
        ("春节", "01-28", "02-04", ["01-26", "02-08"]),
        ("清明节", "04-04", "04-06", []),
        ("劳动节", "05-01", "05-05", ["04-27"]),
        ("端午节", "05-31", "06-02", []),
        ("国庆节", "10-01", "10-08", ["09-28", "10-11"]),
    ],
    2026: [
        ("元旦", "01-01", "01-03", ["01-04"]),
        ("春节", "02-15", "02-23", ["02-14", "02-28"]),
        ("清明节", "04-04", "04-06", []),
        ("劳动节", "05-01", "05-05", ["05-09"]),
        ("端午节", "06-19", "06-21", []),
        ("中秋节", "09-25", "09-27", []),
        ("国庆节", "10-01", "10-07", ["09-20", "10-10"]),
    ],
}


def d(text: str) -> date:
    return date.fromisoformat(text)


@pytest.fixture(scope="module")
def calendar() -> WorkCalendar:
    return load_calendar(FOLDER)


# --- the shipped files ------------------------------------------------------------


@pytest.mark.parametrize("year", sorted(NOTICES))
def test_a_shipped_year_says_what_the_notice_says(calendar: WorkCalendar, year: int) -> None:
    rest: dict[date, str] = {}
    work: dict[date, str] = {}
    for name, first, last, working in NOTICES[year]:
        day = d(f"{year}-{first}")
        while day <= d(f"{year}-{last}"):
            rest[day] = name
            day += timedelta(days=1)
        work |= {d(f"{year}-{day}"): name for day in working}
    if year == 2025:
        rest[d("2025-10-06")] = "中秋节"  # the notice joins both festivals; this is the lunar day itself
    arrangement = calendar.years[year]
    assert {s.day: s.name for s in arrangement.days if s.kind is DayKind.REST} == rest
    assert {s.day: s.name for s in arrangement.days if s.kind is DayKind.WORK} == work
    assert arrangement.status is YearStatus.PUBLISHED
    assert f"{year}年部分节假日安排" in arrangement.source
    assert "国办发明电" in arrangement.source
    assert calendar.omitted_festivals(arrangement) == ()


@pytest.mark.parametrize("year", range(2027, 2036))
def test_statutory_days_of_unpublished_years_are_complete(calendar: WorkCalendar, year: int) -> None:
    lunar = calendar.festivals.by_year[year]
    spring = sorted(day for day, name in lunar.items() if name == "春节")
    assert [(day - spring[0]).days for day in spring] == [0, 1, 2, 3]
    assert date(year, 1, 21) <= spring[1] <= date(year, 2, 20)
    assert sum(name == "清明节" for name in lunar.values()) == 1
    assert sum(name == "端午节" for name in lunar.values()) == 1
    assert sum(name == "中秋节" for name in lunar.values()) == 1
    overlap = sum((day.month, day.day) in {(10, 1), (10, 2), (10, 3)} for day in lunar)
    assert len(calendar.festivals.days(year)) == 13 - overlap


@pytest.mark.parametrize(
    ("year", "dragon_boat", "mid_autumn"),
    [(2027, "06-09", "09-15"), (2028, "05-28", "10-03"), (2031, "06-24", "10-01"), (2035, "06-10", "09-16")],
)
def test_lunar_festivals_keep_their_distance(
    calendar: WorkCalendar, year: int, dragon_boat: str, mid_autumn: str
) -> None:
    names = {name: day for day, name in calendar.festivals.by_year[year].items()}
    assert names["端午节"] == d(f"{year}-{dragon_boat}")
    assert names["中秋节"] == d(f"{year}-{mid_autumn}")


# --- wrong files ------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("year: 2027", "year: 二〇二七", "第 2 行：year 应是 2000–2099 的四位年份，现为“二〇二七”。"),
        ("已公布", "公布", "第 3 行：“公布”不可用，请写 已公布 或 暂定。"),
        ("为测试编写的安排", "", "第 4 行：这里应填一段文字。"),
        ("source: ", "sources: ", "第 2 行：缺少 source。"),
        ("source: ", "sources: ", "第 2 行：不认识的项目：sources；只用 year、status、source、days。"),
        ("2027-01-02", "2027-02-30", "第 7 行：“2027-02-30”不是日期。"),
        ("2027-01-02", "2027/1/2", "第 7 行：“2027/1/2”不是日期。"),
        ("2027-01-02", "2027-01-01", "第 7 行：2027-01-01 重复列出，请只留一行。"),
        ("2027-01-02", "2026-01-02", "第 7 行：2026-01-02 不在 2027 年（只有元旦假期可连到上一年 12 月）。"),
        ("kind: 班", "kind: 上班", "第 10 行：“上班”不可用，请写 休 或 班。"),
        ("01-09", "01-08", "第 10 行：2027-01-08 是星期五，本来就上班；“班”只列周六、周日。"),
        ("01-09, kind: 班, name: 元旦", "01-09, kind: 班", "第 10 行：缺少 name。"),
        ("{date: 2027-01-09, kind: 班, name: 元旦}", "2027-01-09", "第 10 行：这里应是“名称: 内容”。"),
        ("year: 2027", "year: 2027\nyear: 2027", "第 3 行：“year”写了两次。"),
        ("kind: 休", "kind: 班", "第 6 行：2027-01-01 是星期五，本来就上班；“班”只列周六、周日。"),
        (
            "{date: 2027-01-09",
            "{date: [2027-01-09",
            "第 10 行：不是合法的 YAML，请检查缩进、冒号后的空格和括号。",
        ),
    ],
)
def test_a_wrong_year_file_is_explained_with_its_line(old: str, new: str, problem: str) -> None:
    with pytest.raises(CalendarError) as caught:
        parse_year(YEAR_2027.replace(old, new))
    assert problem in caught.value.problems
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "文件是空的。"),
        ("# 只有注释\n", "文件是空的。"),
        ("- 2027\n", "第 1 行：这里应是“名称: 内容”。"),
        ("year: 2027\nstatus: 已公布\nsource: 甲\ndays: 无\n", "第 4 行：这里应是列表。"),
        (
            "year: 2027\nstatus: 已公布\nsource: 甲\ndays: []\n",
            "第 4 行：没有一个放假日（休），请核对是否漏贴。",
        ),
        ("a" * 200_000, "文件过长（超过 100000 字），不像年度安排。"),
        ("[" * 50_000, "不是合法的 YAML，请检查缩进、冒号后的空格和括号。"),
        ("year: \x00", "不是合法的 YAML，请检查缩进、冒号后的空格和括号。"),
        ("year: 2027\n--- \nyear: 2028", "第 2 行：不是合法的 YAML，请检查缩进、冒号后的空格和括号。"),
    ],
    ids=range(9),
)
def test_what_is_no_year_file_is_refused(text: str, problem: str) -> None:
    with pytest.raises(CalendarError) as caught:
        parse_year(text)
    assert caught.value.problems == (problem,)


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(CalendarError) as caught:
        parse_year(YEAR_2027.replace("已公布", "公布").replace("01-09", "01-08"))
    assert [problem.split("：")[0] for problem in caught.value.problems] == ["第 3 行", "第 10 行"]


def test_a_year_file_is_read_in_order_of_date() -> None:
    arrangement = parse_year(YEAR_2027 + "  - {date: 2026-12-31, kind: 休, name: 元旦}\n")
    assert arrangement.days[0] == SpecialDay(d("2026-12-31"), DayKind.REST, "元旦")
    assert arrangement.source == "为测试编写的安排"
    assert [special.day for special in arrangement.days] == sorted(
        special.day for special in arrangement.days
    )
