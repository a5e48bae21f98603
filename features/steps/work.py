"""Sentences about doing work: start, complete, fill, press, hand over, cancel."""

from typing import Any

from pytest_bdd import parsers, when

from engine import commands, queries
from features.steps.town import Town

Table = list[list[str]]


def pairs(datatable: Table) -> dict[str, str]:
    """A table with the heading 字段 | 值 as a mapping."""
    heading, *rows = datatable
    assert heading == ["字段", "值"], f"表头应为 | 字段 | 值 |，现在是 {heading}"
    return {row[0]: row[1] for row in rows}


@when(parsers.parse("“{person}”发起“{process}”"))
def start(town: Town, person: str, process: str) -> None:
    key = town_process(town, process)
    commands.start_process_instance(town.engine, town.login(person), key)
    commands.drain(town.engine)


@when(parsers.parse("“{person}”试图发起“{process}”"))
def try_start(town: Town, person: str, process: str) -> None:
    key = town_process(town, process)
    town.attempt(lambda: commands.start_process_instance(town.engine, town.login(person), key))


def town_process(town: Town, name: str) -> str:
    return queries.process_key(town.engine, town.pack, name)


@when(parsers.parse("“{person}”办理“{task}”"))
def complete(town: Town, person: str, task: str) -> None:
    town.complete(person, task, {})


@when(parsers.parse("“{person}”办理“{task}”，填写："))
def complete_with(town: Town, person: str, task: str, datatable: Table) -> None:
    town.complete(person, task, pairs(datatable))


@when(parsers.parse("“{person}”就“{about}”办理“{task}”"))
def complete_about(town: Town, person: str, about: str, task: str) -> None:
    town.complete(person, task, {}, about)


@when(parsers.parse("“{person}”就“{about}”办理“{task}”，填写："))
def complete_about_with(town: Town, person: str, about: str, task: str, datatable: Table) -> None:
    town.complete(person, task, pairs(datatable), about)


@when(parsers.parse("“{person}”确认警示后办理“{task}”，填写："))
def complete_confirming(town: Town, person: str, task: str, datatable: Table) -> None:
    town.complete(person, task, pairs(datatable), confirm=True)


@when(parsers.parse("“{person}”试图办理“{task}”，填写："))
def try_complete(town: Town, person: str, task: str, datatable: Table) -> None:
    values = pairs(datatable)
    town.attempt(lambda: town.complete(person, task, values))


@when(parsers.parse("“{person}”就“{about}”试图办理“{task}”，填写："))
def try_complete_about(town: Town, person: str, about: str, task: str, datatable: Table) -> None:
    values = pairs(datatable)
    town.attempt(lambda: town.complete(person, task, values, about))


@when(parsers.parse("“{person}”在“{task}”的“{table}”中写明："))
def fill_table(town: Town, person: str, task: str, table: str, datatable: Table) -> None:
    heading, *rows = datatable
    town.fill_table(person, task, table, [dict(zip(heading, row, strict=True)) for row in rows], None)


@when(parsers.parse("“{person}”就“{about}”在“{task}”的“{table}”中写明："))
def fill_table_about(town: Town, person: str, about: str, task: str, table: str, datatable: Table) -> None:
    heading, *rows = datatable
    town.fill_table(person, task, table, [dict(zip(heading, row, strict=True)) for row in rows], about)


@when(parsers.parse("“{person}”对“{case}”进行“{button}”，填写："))
def press(town: Town, person: str, case: str, button: str, datatable: Table) -> None:
    _press(town, person, case, button, pairs(datatable))


@when(parsers.parse("“{person}”试图对“{case}”进行“{button}”，填写："))
def try_press(town: Town, person: str, case: str, button: str, datatable: Table) -> None:
    values = pairs(datatable)
    town.attempt(lambda: _press(town, person, case, button, values))


def _press(town: Town, person: str, case: str, button: str, values: dict[str, str]) -> None:
    login, instance = town.login(person), town.case(case)
    element = queries.button_element(town.engine, instance, button)
    data: Any = queries.button_words(town.engine, login, instance, element, values, town.upload_for(login))
    commands.press_button(town.engine, login, instance, element, data)
    commands.drain(town.engine)


@when(parsers.parse("“{person}”把“{task}”转给“{other}”办理，理由“{reason}”"))
def transfer(town: Town, person: str, task: str, other: str, reason: str) -> None:
    found = town.task(person, task)
    commands.transfer_task(town.engine, town.login(person), found.id, town.login(other), reason)


@when(parsers.parse("“{person}”催办“{case}”的“{task}”"))
def urge(town: Town, person: str, case: str, task: str) -> None:
    found = queries.open_task_of(town.engine, town.case(case), task)
    commands.urge_task(town.engine, town.login(person), found)


@when(parsers.parse("“{person}”把“{case}”抄送“{other}”"))
def copy(town: Town, person: str, case: str, other: str) -> None:
    commands.copy_case(town.engine, town.login(person), town.case(case), [town.login(other)])


@when(parsers.parse("“{person}”导入“{year}”年的放假调休安排："))
def import_year(town: Town, person: str, year: str, datatable: Table) -> None:
    heading, *rows = datatable
    assert heading == ["日期", "类别", "名称"], f"表头应为 | 日期 | 类别 | 名称 |，现在是 {heading}"
    days = [f"  - {{date: {day}, kind: {kind}, name: {name}}}" for day, kind, name in rows]
    text = "\n".join([f"year: {year}", "status: 已公布", "source: 放假调休安排的通知", "days:", *days])
    commands.import_calendar_year(town.engine, town.login(person), text)
    commands.drain(town.engine)


@when(parsers.parse("时间到了“{moment}”"))
def time_passes(town: Town, moment: str) -> None:
    town.set_clock(moment)
