"""Registers: whose rows they show, how they are looked through, and what may leave the house."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

import pytest

from engine import commands, queries
from engine.clock import CN
from engine.commands import registers as command
from engine.errors import Invalid, NotFound, Refused
from engine.models import HistoryEvent
from engine.register_rows import RegisterFilter
from tests.engine.conftest import MakeTown
from tests.support.cases import CLERK, FIXER, GUARD, HEAD, KEEPER, STORE, VICE, Town
from tests.support.diagrams import Drawing
from tests.support.statements import statements
from tests.support.workbooks import read_workbook

REGISTERS = """\
registers:
  领料台账:
    description: 领了什么
    procedure: x
    posts: [主管, 仓库管理员, 经办员, 维修工]
    undecided: '${空(结论)}'
    columns:
    - {title: 编号, value: '${业务键}'}
    - {title: 用途, value: '${用途}'}
    - {title: 数量, value: '${数量}', kind: 数字}
    - {title: 领用日期, value: '${领用日期}', kind: 日期}
    - {title: 单位, value: '${所在单位(发起人)}', kind: 单位}
    - {title: 急, value: '${急}', kind: 真假}
    - {title: 结论, value: '${结论}'}
    - {title: 发起, value: '${发起时间}', kind: 时刻}
    - {title: 状态, value: '${案卷状态}'}
    - {title: 环节, value: '${当前环节}'}
    - {title: 办理人, value: '${当前办理人}', kind: 人员}
    - {title: 时限, value: '${当前时限}', kind: 时刻}
  大宗台账:
    procedure: x
    posts: [主管]
    filter: '${数量 >= 100}'
    undecided: false
    order: 业务键 升序
    columns:
    - {title: 编号, value: '${业务键}'}
    - {title: 第几, value: '${数量 / 0}', kind: 数字}
"""
SHEET = {"用途": "灯管", "数量": 4, "领用日期": "2026-11-25", "急": True}


def drawing() -> Drawing:
    drawing = Drawing("x", "领料", 可见岗位="主管", 业务键="${编号}").start("s")
    fields: dict[str, Any] = {"用途": "textfield", "数量": "number", "急": "checkbox"}
    fields["领用日期"] = {"type": "datetime", "subtype": "date", "dateLabel": "领用日期"}
    drawing.user("a", "填写", fields=fields)
    drawing.script("n", "编号 = '单' + 用途")
    drawing.user("b", "核对", groups="仓库管理员", fields={"结论": "textfield"}, due="${领用日期}")
    return drawing.end("e").flow("s a n b e")


def furnish(town: Town, restricted: bool = True) -> Town:
    folder = town.engine.processes / "lianxi"
    (folder / "registers.yml").write_text(REGISTERS, "utf-8")
    parameters = folder / "parameters.yml"
    value = f"未决事项限制外传: {{value: {str(restricted).lower()}"
    parameters.write_text(
        parameters.read_text("utf-8").replace("未决事项限制外传: {value: true", value), "utf-8"
    )
    town.deploy()
    return town


@pytest.fixture
def town(make_town: MakeTown) -> Town:
    return furnish(make_town(drawing()))


def made(town: Town, login: str = CLERK, verdict: str = "", **changed: Any) -> str:
    case = town.start("x", login)
    town.do(case, "a", login, **{**SHEET, **changed})
    if verdict:
        town.do(case, "b", KEEPER, 结论=verdict)
    return case


def texts(town: Town, login: str = HEAD, name: str = "领料台账", **wanted: Any) -> list[list[str]]:
    page = queries.register_page(town.engine, login, name, RegisterFilter(**wanted))
    return [[cell.text for cell in row.cells] for row in page.items]


def export(town: Town, login: str = HEAD, name: str = "领料台账", **wanted: Any) -> tuple[Any, Any]:
    target = io.BytesIO()
    done = commands.export_register(town.engine, login, name, RegisterFilter(**wanted), target)
    return done, read_workbook(target.getvalue())


# ---- what a row says


def test_each_kind_of_column(town: Town) -> None:
    made(town)
    page = queries.register_page(town.engine, HEAD, "领料台账")
    (row,) = page.items
    assert [cell.text for cell in row.cells] == [
        *("单灯管", "灯管", "4", "2026-11-25", "车队", "是", "", "2026-11-23 09:00"),
        *("在办", "核对", "仓库管理员", "2026-11-25 17:30"),
    ]
    values = {column.title: cell.value for column, cell in zip(page.head.columns, row.cells, strict=True)}
    assert values["数量"] == 4
    assert values["领用日期"] == date(2026, 11, 25)
    assert values["发起"] == datetime(2026, 11, 23, 9, 0, tzinfo=CN)
    assert values["单位"] == ["车队"]
    assert values["急"] is True
    assert values["结论"] is None


def test_a_claimed_task_names_the_person_and_an_ended_case_has_no_step(town: Town) -> None:
    case = made(town)
    commands.claim_task(town.engine, STORE, town.task(case, "b"))
    assert texts(town)[0][-4:] == ["在办", "核对", "丙三", "2026-11-25 17:30"]
    town.do(case, "b", STORE, 结论="够")
    assert texts(town)[0][-4:] == ["已办结", "", "", ""]


def test_a_case_that_has_no_variables_yet_and_what_cannot_be_computed_stay_empty(town: Town) -> None:
    town.start("x")
    assert texts(town)[0][:4] == ["", "", "", ""]
    made(town, 用途="水泥", 数量=100)
    assert texts(town, name="大宗台账") == [["", ""], ["单水泥", ""]]


def test_the_filter_of_the_register_leaves_cases_out(town: Town) -> None:
    made(town, 用途="钉子", 数量=99)
    made(town, 用途="水泥", 数量=100)
    assert [row[0] for row in texts(town, name="大宗台账")] == ["单水泥"]


# ---- who sees what


def test_only_cases_one_sees_all_of(town: Town) -> None:
    """The keeper has a task in every case, the clerk began one, the head sees all, the fixer was sent a copy."""
    first, second = made(town, 用途="甲", verdict="够"), made(town, 用途="乙")
    commands.copy_case(town.engine, HEAD, second, [FIXER])
    seen = {login: {row[0] for row in texts(town, login)} for login in (HEAD, CLERK, KEEPER, FIXER)}
    assert seen == {HEAD: {"单甲", "单乙"}, CLERK: {"单甲", "单乙"}, KEEPER: set(), FIXER: {"单乙"}}
    assert first != second


@pytest.mark.parametrize("login", [GUARD, VICE])
def test_who_holds_no_post_of_the_register_does_not_learn_of_it(town: Town, login: str) -> None:
    case = made(town)
    commands.copy_case(town.engine, HEAD, case, [login])
    assert queries.registers(town.engine, login) == []
    for ask in (
        lambda: queries.register_page(town.engine, login, "领料台账"),
        lambda: export(town, login),
        lambda: commands.print_register(town.engine, login, "领料台账", RegisterFilter()),
        lambda: queries.register_page(town.engine, HEAD, "没有的台账"),
    ):
        with pytest.raises(NotFound):
            ask()


def test_the_list_of_registers(town: Town) -> None:
    assert [each.name for each in queries.registers(town.engine, HEAD)] == ["领料台账", "大宗台账"]
    assert [each.name for each in queries.registers(town.engine, KEEPER)] == ["领料台账"]


def test_other_towns_and_other_procedures_do_not_show(make_town: MakeTown) -> None:
    other = Drawing("y", "另一件", 可见岗位="主管").start("s").user("a").end("e").flow("s a e")
    town = furnish(make_town(drawing(), other))
    town.start("y")
    assert texts(town) == []


# ---- looking through


def test_words_days_states_units_and_people(town: Town) -> None:
    made(town, 用途="灯管", 领用日期="2026-11-25", verdict="库存够")
    open_case = made(town, 用途="水泥", 领用日期="2026-12-03")
    commands.claim_task(town.engine, KEEPER, town.task(open_case, "b"))

    def found(**wanted: Any) -> list[str]:
        return [row[1] for row in texts(town, **wanted)]

    assert found() == ["水泥", "灯管"] or found() == ["灯管", "水泥"]
    assert found(q="库存 灯") == ["灯管"]
    assert found(q="库存 水泥") == []
    assert found(state="completed") == ["灯管"]
    assert found(column="领用日期", begin=date(2026, 12, 1)) == ["水泥"]
    assert found(end=date(2026, 11, 25)) == ["灯管"]
    assert found(begin=date(2026, 11, 26), end=date(2026, 12, 2)) == []
    assert sorted(found(column="发起", begin=date(2026, 11, 23), end=date(2026, 11, 23))) == ["水泥", "灯管"]
    assert found(unit="仓储科") == []
    assert len(found(unit="车队")) == 2
    assert found(person=KEEPER) == ["水泥"]


@pytest.mark.parametrize("wanted", [{"state": "lost"}, {"column": "用途", "begin": date(2026, 1, 1)}])
def test_a_filter_nobody_can_mean_is_refused(town: Town, wanted: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        texts(town, **wanted)


@pytest.mark.parametrize(("name", "key"), [("领料台账", 0), ("大宗台账", 0)])
def test_pages_hold_every_row_once_in_order(town: Town, name: str, key: int) -> None:
    expected = set()
    for number in range(7):
        town.at(f"2026-11-23T0{9 - number}:00:00+08:00" if number % 2 else "2026-11-23T09:00:00+08:00")
        made(town, 用途=f"物{number}", 数量=100)
        expected.add(f"单物{number}")
    found, cursor = [], None
    for _ in range(10):
        page = queries.register_page(town.engine, HEAD, name, limit=2, cursor=cursor)
        assert len(page.items) <= 2
        found += [row.cells[key].text for row in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sorted(found) == sorted(expected)
    if name == "大宗台账":
        assert found == sorted(found)
    whole = queries.register_page(town.engine, HEAD, name, limit=200).items
    assert found == [row.cells[key].text for row in whole]


def test_a_wrong_cursor_is_refused(town: Town) -> None:
    for cursor in ("x", "W10=", "WyJ4IiwieSJd"):
        with pytest.raises(Invalid):
            queries.register_page(town.engine, HEAD, "领料台账", cursor=cursor)


def test_the_number_of_statements_does_not_grow_with_the_rows(town: Town) -> None:
    counts = []
    for _ in range(2):
        for _ in range(4):
            made(town)
        queries.register_page(town.engine, HEAD, "领料台账")
        counts.append(
            (
                statements(town.engine, lambda: queries.register_page(town.engine, HEAD, "领料台账")),
                statements(town.engine, lambda: queries.list_cases(town.engine, HEAD)),
                statements(town.engine, lambda: export(town, login=HEAD)),
            )
        )
    assert counts[0] == counts[1]
    assert counts[0][0] <= 8


# ---- taking it out


def test_a_workbook_has_types_a_standing_heading_and_no_formulas(make_town: MakeTown) -> None:
    town = furnish(make_town(drawing()), restricted=False)
    dangerous = ["=1+1", "+1", "-2", "@SUM(A1)", "http://example.invalid", "0012"]
    for text in dangerous:
        made(town, 用途=text)
    done, book = export(town)
    assert (done["rows"], done["left_out"], done["sentence"]) == (6, 0, "")
    assert done["file"] == "领料台账_2026-11-23.xlsx"
    heading, *rows = book.sheets["领料台账"]
    assert book.frozen["领料台账"]
    assert [cell.text for cell in heading][:4] == ["编号", "用途", "数量", "领用日期"]
    assert {row[1].text for row in rows} == set(dangerous)
    for row in rows:
        assert row[1].kind == "text"
        assert row[1].quoted == row[1].text.startswith(("=", "+", "-", "@"))
        assert (row[2].text, row[2].kind) == ("4", "number")
        assert (row[3].kind, row[3].format) == ("number", "yyyy-mm-dd")
        assert int(row[3].text) == (date(2026, 11, 25) - date(1899, 12, 30)).days
        assert row[7].format == "yyyy-mm-dd hh:mm"
        assert float(row[7].text) % 1 == 9 / 24
        assert row[5].text == "是"


def test_undecided_matters_stay_in_the_house_and_their_number_is_told(town: Town) -> None:
    made(town, 用途="已定", verdict="够")
    made(town, 用途="未定")
    made(town, 用途="也未定")
    done, book = export(town)
    assert (done["rows"], done["left_out"]) == (1, 2)
    assert done["sentence"] == "另有 2 行是未决事项，按规定不得导出，没有列入。"
    assert [row[1] for row in book.texts("领料台账")[1:]] == ["已定"]
    explained = dict(book.texts("说明"))
    assert explained["未列入"] == done["sentence"]
    assert explained["行数"] == "1"
    assert explained["单位"] == "练习镇"
    assert explained["导出人"] == "甲一"
    head, rows, sentence = commands.print_register(town.engine, HEAD, "领料台账", RegisterFilter())
    assert [row.cells[1].text for row in rows] == ["已定"]
    assert (head.town, sentence) == ("练习镇", done["sentence"])
    # On the screen those who may see them do.
    assert len(texts(town)) == 3


def test_without_the_rule_everything_may_be_taken_out(make_town: MakeTown) -> None:
    town = furnish(make_town(drawing()), restricted=False)
    made(town)
    assert export(town)[0]["rows"] == 1


def test_every_export_is_in_the_history_of_the_system(town: Town) -> None:
    made(town, verdict="够")
    export(town, q="灯", end=date(2026, 12, 1))
    commands.print_register(town.engine, HEAD, "领料台账", RegisterFilter(state="completed"))
    written = [
        (each.actor, each.body)
        for each in sorted(town.rows(HistoryEvent, chain="system"), key=lambda each: each.seq)
        if each.kind == "register.exported"
    ]
    common = {"pack": "lianxi", "register": "领料台账", "left_out": 0, "rows": 1}
    assert written == [
        (HEAD, {**common, "form": "xlsx", "filter": {"q": "灯", "end": "2026-12-01"}}),
        (HEAD, {**common, "form": "print", "filter": {"state": "completed"}}),
    ]


def test_too_many_rows_are_refused_and_nothing_is_recorded(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(town, 用途="甲", verdict="够")
    made(town, 用途="乙", verdict="够")
    monkeypatch.setattr(command, "MOST_ROWS", 1)
    with pytest.raises(Refused, match="请缩小"):
        export(town)
    assert not [each for each in town.rows(HistoryEvent, chain="system") if each.kind == "register.exported"]
    assert export(town, q="甲")[0]["rows"] == 1


# ---- what it rests on


def test_the_mirror_of_the_readers_can_be_made_anew(town: Town) -> None:
    from sqlalchemy import delete

    from engine.models import CaseReader

    case = made(town)
    commands.copy_case(town.engine, HEAD, case, [FIXER])
    readers = {each.principal for each in town.rows(CaseReader, instance_id=case)}
    assert readers == {"post:lianxi/主管", f"user:{FIXER}"} == set(town.case(case).readers)
    with town.engine.database.writing() as session:
        session.execute(delete(CaseReader))
    assert texts(town) == []
    commands.rebuild_projections(town.engine, case)
    assert {each.principal for each in town.rows(CaseReader, instance_id=case)} == readers
    assert len(texts(town)) == 1


def test_a_new_file_is_a_new_revision_of_the_pack(town: Town) -> None:
    path = town.engine.processes / "lianxi" / "registers.yml"
    path.write_text(REGISTERS.replace("领料台账", "领料簿"), "utf-8")
    assert town.deploy().packs == ["lianxi"]
    assert [each.name for each in queries.registers(town.engine, HEAD)] == ["领料簿", "大宗台账"]
    path.unlink()
    town.deploy()
    assert queries.registers(town.engine, HEAD) == []
