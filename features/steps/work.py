"""Sentences about doing work: start, complete, fill, press, hand over, cancel."""

from typing import Any

from pytest_bdd import when

from engine import commands, queries
from features.steps.town import Town, sentence

Table = list[list[str]]
Rows = list[dict[str, str]]


def pairs(datatable: Table) -> dict[str, str]:
    """A table with the heading 字段 | 值 as a mapping."""
    heading, *rows = datatable
    assert heading == ["字段", "值"], f"表头应为 | 字段 | 值 |，现在是 {heading}"
    return {row[0]: row[1] for row in rows}


@when(sentence("“{person}”发起“{process}”"))
def start(town: Town, person: str, process: str) -> None:
    key = town_process(town, process)
    town.hands.start(town.login(person), key)
    commands.drain(town.engine)


@when(sentence("“{person}”试图发起“{process}”"))
def try_start(town: Town, person: str, process: str) -> None:
    key = town_process(town, process)
    town.attempt(lambda: town.hands.start(town.login(person), key))


@when(sentence("“{person}”认领“{task}”"))
def claim(town: Town, person: str, task: str) -> None:
    town.hands.claim(town.login(person), town.task(person, task).id)


def town_process(town: Town, name: str) -> str:
    return queries.process_key(town.engine, town.pack, name)


@when(sentence("“{person}”办理“{task}”"))
def complete(town: Town, person: str, task: str) -> None:
    town.complete(person, task, {})


@when(sentence("“{person}”办理“{task}”，填写："))
def complete_with(town: Town, person: str, task: str, datatable: Table) -> None:
    town.complete(person, task, pairs(datatable))


@when(sentence("“{person}”就“{about}”办理“{task}”"))
def complete_about(town: Town, person: str, about: str, task: str) -> None:
    town.complete(person, task, {}, about)


@when(sentence("“{person}”就“{about}”办理“{task}”，填写："))
def complete_about_with(town: Town, person: str, about: str, task: str, datatable: Table) -> None:
    town.complete(person, task, pairs(datatable), about)


@when(sentence("“{person}”确认警示后办理“{task}”，填写："))
def complete_confirming(town: Town, person: str, task: str, datatable: Table) -> None:
    town.complete(person, task, pairs(datatable), confirm=True)


@when(sentence("“{person}”试图办理“{task}”"))
def try_complete_plain(town: Town, person: str, task: str) -> None:
    town.attempt(lambda: town.complete(person, task, {}))


@when(sentence("“{person}”试图办理“{task}”，填写："))
def try_complete(town: Town, person: str, task: str, datatable: Table) -> None:
    values = pairs(datatable)
    town.attempt(lambda: town.complete(person, task, values))


@when(sentence("“{person}”就“{about}”试图办理“{task}”，填写："))
def try_complete_about(town: Town, person: str, about: str, task: str, datatable: Table) -> None:
    values = pairs(datatable)
    town.attempt(lambda: town.complete(person, task, values, about))


@when(sentence("“{person}”在“{task}”的“{table}”中写明："))
def fill_table(town: Town, person: str, task: str, table: str, datatable: Table) -> None:
    town.fill_table(person, task, table, _rows(datatable), None)


@when(sentence("“{person}”就“{about}”在“{task}”的“{table}”中写明："))
def fill_table_about(town: Town, person: str, about: str, task: str, table: str, datatable: Table) -> None:
    town.fill_table(person, task, table, _rows(datatable), about)


@when(sentence("“{person}”对“{case}”进行“{button}”，填写："))
def press(town: Town, person: str, case: str, button: str, datatable: Table) -> None:
    _press(town, person, case, button, pairs(datatable))


@when(sentence("“{person}”试图对“{case}”进行“{button}”，填写："))
def try_press(town: Town, person: str, case: str, button: str, datatable: Table) -> None:
    values = pairs(datatable)
    town.attempt(lambda: _press(town, person, case, button, values))


@when(sentence("“{person}”对“{case}”进行“{button}”，在“{table}”中写明："))
def press_with_rows(town: Town, person: str, case: str, button: str, table: str, datatable: Table) -> None:
    _press(town, person, case, button, {}, {table: _rows(datatable)})


@when(sentence("“{person}”试图对“{case}”进行“{button}”，在“{table}”中写明："))
def try_press_rows(town: Town, person: str, case: str, button: str, table: str, datatable: Table) -> None:
    rows = _rows(datatable)
    town.attempt(lambda: _press(town, person, case, button, {}, {table: rows}))


def _rows(datatable: Table) -> Rows:
    heading, *rows = datatable
    return [dict(zip(heading, row, strict=True)) for row in rows]


def _press(
    town: Town,
    person: str,
    case: str,
    button: str,
    values: dict[str, str],
    tables: dict[str, Rows] | None = None,
) -> None:
    login, instance = town.login(person), town.case(case)
    element = queries.button_element(town.engine, instance, button)
    upload = town.upload_for(login)
    data: Any = queries.button_words(town.engine, login, instance, element, values, upload, tables)
    town.hands.press(login, instance, element, data)
    commands.drain(town.engine)


@when(sentence("“{person}”把“{task}”转给“{other}”办理，理由“{reason}”"))
def transfer(town: Town, person: str, task: str, other: str, reason: str) -> None:
    found = town.task(person, task)
    town.hands.transfer(town.login(person), found.id, town.login(other), reason)


@when(sentence("“{person}”催办“{case}”的“{task}”"))
def urge(town: Town, person: str, case: str, task: str) -> None:
    found = queries.open_task_of(town.engine, town.case(case), task)
    commands.urge_task(town.engine, town.login(person), found)


@when(sentence("“{person}”把“{case}”抄送“{other}”"))
def copy(town: Town, person: str, case: str, other: str) -> None:
    commands.copy_case(town.engine, town.login(person), town.case(case), [town.login(other)])


@when(sentence("“{person}”导入“{year}”年的放假调休安排："))
def import_year(town: Town, person: str, year: str, datatable: Table) -> None:
    heading, *rows = datatable
    assert heading == ["日期", "类别", "名称"], f"表头应为 | 日期 | 类别 | 名称 |，现在是 {heading}"
    days = [f"  - {{date: {day}, kind: {kind}, name: {name}}}" for day, kind, name in rows]
    text = "\n".join([f"year: {year}", "status: 已公布", "source: 放假调休安排的通知", "days:", *days])
    commands.import_calendar_year(town.engine, town.login(person), text)
    commands.drain(town.engine)


@when(sentence("时间到了“{moment}”"))
def time_passes(town: Town, moment: str) -> None:
    town.set_clock(moment)
