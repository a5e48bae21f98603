"""What the calendar files say: statutory festivals and the holiday arrangement of each year."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import TypeVar

import yaml

_MAX_TEXT = 100_000
_WEEKDAYS = "一二三四五六日"
_Choice = TypeVar("_Choice", bound=StrEnum)


class CalendarError(ValueError):
    """A calendar file is wrong; `problems` says line by line, in Chinese, where and what to do."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class DayKind(StrEnum):
    """How a listed day differs from the plain week."""

    REST = "休"  # a day off, also the Saturdays and Sundays inside a holiday
    WORK = "班"  # a Saturday or Sunday on which people work to make up for a holiday


class YearStatus(StrEnum):
    """Whether the arrangement of a year is final."""

    PUBLISHED = "已公布"  # the State Council has published it
    PROVISIONAL = "暂定"  # expected; dates counted with it may still move


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """One day off or working weekend day, with the festival it belongs to."""

    day: date
    kind: DayKind
    name: str


@dataclass(frozen=True, slots=True)
class YearArrangement:
    """The holiday arrangement of one year; a few days may lie in December of the year before."""

    year: int
    status: YearStatus
    source: str
    days: tuple[SpecialDay, ...]


@dataclass(frozen=True, slots=True)
class Festivals:
    """The days off that are fixed by law and known before a year's arrangement is published."""

    source: str
    fixed: tuple[tuple[int, int, str], ...]
    by_year: Mapping[int, Mapping[date, str]]

    def days(self, year: int) -> dict[date, str]:
        """The statutory days off of `year` with their festival; without lunar data only the fixed ones."""
        days = {date(year, month, day): name for month, day, name in self.fixed}
        # A lunar festival may fall on a fixed one (2028-10-03). It takes the day, so both names are kept.
        return days | dict(self.by_year.get(year, {}))


# The texts hardly ever change, and every process and every town in a test reads the same ones.
@lru_cache(maxsize=64)
def parse_year(text: str) -> YearArrangement:
    """The arrangement written in `text` (YAML with year, status, source, days).

    Every day is `{date: 2026-10-01, kind: 休, name: 国庆节}`. Raises CalendarError with all problems
    found, each with its line.
    """
    reading = _Reading()
    top = reading.record(_compose(text), ("year", "status", "source", "days"))
    year = reading.year(top["year"]) if "year" in top else 0
    status = reading.choice(top["status"], YearStatus) if "status" in top else YearStatus.PROVISIONAL
    source = reading.text(top["source"]) if "source" in top else ""
    days: dict[date, SpecialDay] = {}
    for node in reading.items(top["days"]) if "days" in top else ():
        entry = reading.record(node, ("date", "kind", "name"))
        if len(entry) < 3:
            continue
        day = reading.day(entry["date"])
        kind = reading.choice(entry["kind"], DayKind)
        name = reading.text(entry["name"])
        if day is None:
            continue
        if day in days:
            reading.problem(node, f"{day} 重复列出，请只留一行。")
        if year and day.year != year and (day.year, day.month) != (year - 1, 12):
            reading.problem(node, f"{day} 不在 {year} 年（只有元旦假期可连到上一年 12 月）。")
        if kind is DayKind.WORK and day.weekday() < 5:
            reading.problem(node, f"{day} 是星期{_WEEKDAYS[day.weekday()]}，本来就上班；“班”只列周六、周日。")
        days[day] = SpecialDay(day, kind, name)
    if not reading.problems and not any(special.kind is DayKind.REST for special in days.values()):
        reading.problem(top["days"], "没有一个放假日（休），请核对是否漏贴。")
    reading.finish()
    return YearArrangement(year, status, source, tuple(days[day] for day in sorted(days)))


@lru_cache(maxsize=8)
def parse_festivals(text: str) -> Festivals:
    """The statutory festivals written in `text` (source, fixed, by_year); errors as in parse_year."""
    reading = _Reading()
    top = reading.record(_compose(text), ("source", "fixed", "by_year"))
    source = reading.text(top["source"]) if "source" in top else ""
    fixed: list[tuple[int, int, str]] = []
    for name, node in reading.entries(top["fixed"]).items() if "fixed" in top else ():
        # 2001 is no leap year, so a rule for 29 February is refused here and not in three years out of four.
        days = [reading.day(item, prefix="2001-") for item in reading.items(node)]
        fixed += [(day.month, day.day, name) for day in days if day]
    by_year: dict[int, Mapping[date, str]] = {}
    for key, node in reading.entries(top["by_year"]).items() if "by_year" in top else ():
        names: dict[date, str] = {}
        for name, listed in reading.entries(node).items():
            for item in reading.items(listed):
                day = reading.day(item)
                if day and str(day.year) != key:
                    reading.problem(item, f"{day} 不在 {key} 年。")
                elif day:
                    names[day] = name
        if names:
            by_year[min(names).year] = MappingProxyType(names)
    reading.finish()
    return Festivals(source, tuple(fixed), MappingProxyType(by_year))


def _compose(text: str) -> yaml.Node:
    if len(text) > _MAX_TEXT:
        raise CalendarError([f"文件过长（超过 {_MAX_TEXT} 字），不像年度安排。"])
    advice = "不是合法的 YAML，请检查缩进、冒号后的空格和括号。"
    try:
        root: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        where = f"第 {error.problem_mark.line + 1} 行：" if error.problem_mark else ""
        raise CalendarError([where + advice]) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise CalendarError([advice]) from error
    if root is None:
        raise CalendarError(["文件是空的。"])
    return root


class _Reading:
    """Reads composed YAML nodes, keeps on after a problem, and remembers each with its line."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def problem(self, node: yaml.Node, what: str) -> None:
        self.problems.append(f"第 {node.start_mark.line + 1} 行：{what}")

    def finish(self) -> None:
        if self.problems:
            raise CalendarError(self.problems)

    def entries(self, node: yaml.Node) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            self.problem(node, "这里应是“名称: 内容”。")
            return {}
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = self.text(key)
            if name in found:
                self.problem(key, f"“{name}”写了两次。")
            found[name] = value
        return found

    def record(self, node: yaml.Node, keys: tuple[str, ...]) -> dict[str, yaml.Node]:
        found = self.entries(node)
        if not isinstance(node, yaml.MappingNode):
            return {}
        if unknown := [name for name in found if name not in keys]:
            self.problem(node, f"不认识的项目：{'、'.join(unknown)}；只用 {'、'.join(keys)}。")
        if missing := [name for name in keys if name not in found]:
            self.problem(node, f"缺少 {'、'.join(missing)}。")
        return {name: found[name] for name in keys if name in found}

    def items(self, node: yaml.Node) -> list[yaml.Node]:
        if not isinstance(node, yaml.SequenceNode):
            self.problem(node, "这里应是列表。")
            return []
        return list(node.value)

    def text(self, node: yaml.Node) -> str:
        text = node.value.strip() if isinstance(node, yaml.ScalarNode) else ""
        if not text:
            self.problem(node, "这里应填一段文字。")
        return text

    def year(self, node: yaml.Node) -> int:
        text = self.text(node)
        if not re.fullmatch(r"20[0-9]{2}", text):
            self.problem(node, f"year 应是 2000–2099 的四位年份，现为“{text}”。")
            return 0
        return int(text)

    def choice(self, node: yaml.Node, kinds: type[_Choice]) -> _Choice:
        text = self.text(node)
        for kind in kinds:
            if kind == text:
                return kind
        self.problem(node, f"“{text}”不可用，请写 {' 或 '.join(kinds)}。")
        return next(iter(kinds))

    def day(self, node: yaml.Node, prefix: str = "") -> date | None:
        text = prefix + self.text(node)
        try:
            if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
                return date.fromisoformat(text)
        except ValueError:
            pass
        self.problem(node, f"“{text.removeprefix(prefix)}”不是日期。")
        return None
