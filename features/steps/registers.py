"""Sentences about registers, what is taken out of them, searching, and the statistics."""

from io import BytesIO
from xml.etree import ElementTree
from zipfile import ZipFile

from pytest_bdd import then, when

from engine import commands, queries
from engine.errors import NotFound
from features.steps.town import Town, sentence


def shown(town: Town, person: str, register: str) -> str:
    """All cells of a register as this person sees it."""
    page = queries.register_page(town.engine, town.login(person), register, limit=200)
    return "\n".join(cell.text for row in page.items for cell in row.cells)


@when(sentence("“{person}”导出台账“{register}”"))
def take_out(town: Town, person: str, register: str) -> None:
    target = BytesIO()
    commands.export_register(town.engine, town.login(person), register, queries.RegisterFilter(), target)
    with ZipFile(target) as book:
        sheets = [book.read(name) for name in book.namelist() if name.startswith("xl/worksheets/")]
    town.taken_out = "\n".join("\n".join(ElementTree.fromstring(sheet).itertext()) for sheet in sheets)


@when(sentence("“{person}”试图导出台账“{register}”"))
def try_take_out(town: Town, person: str, register: str) -> None:
    town.attempt(lambda: take_out(town, person, register))


@then(sentence("导出的表里有“{words}”"))
def taken_out(town: Town, words: str) -> None:
    assert words in town.taken_out, f"导出的表里是：{town.taken_out}"


@then(sentence("导出的表里没有“{words}”"))
def not_taken_out(town: Town, words: str) -> None:
    assert town.taken_out, "还没有导出台账"
    assert words not in town.taken_out


@then(sentence("“{person}”的台账“{register}”里有“{words}”"))
def in_register(town: Town, person: str, register: str, words: str) -> None:
    text = shown(town, person, register)
    assert words in text, f"台账“{register}”里是：{text}"


@then(sentence("“{person}”的台账“{register}”里没有“{words}”"))
def not_in_register(town: Town, person: str, register: str, words: str) -> None:
    assert words not in shown(town, person, register)


@then(sentence("“{person}”没有台账“{register}”"))
def no_register(town: Town, person: str, register: str) -> None:
    login = town.login(person)
    assert register not in [each.name for each in queries.registers(town.engine, login)]
    try:
        queries.register_page(town.engine, login, register)
    except NotFound:
        return
    raise AssertionError(f"“{person}”打开了台账“{register}”")


@then(sentence("“{person}”搜索“{words}”，找到案卷“{case}”"))
def finds(town: Town, person: str, words: str, case: str) -> None:
    found = queries.list_cases(town.engine, town.login(person), q=words).items
    assert town.case(case) in [each.id for each in found], [each.title for each in found]


@then(sentence("“{person}”搜索“{words}”，找不到案卷“{case}”"))
def does_not_find(town: Town, person: str, words: str, case: str) -> None:
    found = queries.list_cases(town.engine, town.login(person), q=words).items
    assert town.case(case) not in [each.id for each in found]


@then(sentence("“{person}”的运行统计里，“{process}”在办{count:d}件"))
def counted(town: Town, person: str, process: str, count: str) -> None:
    key = queries.process_key(town.engine, town.pack, process)
    found = queries.statistics(town.engine, town.login(person), key)
    assert found.total.open == int(count), f"在办的有 {found.total.open} 件"
