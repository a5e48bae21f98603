"""The page of a case says by which row of which table it went on, and which round ended before all had answered."""

from __future__ import annotations

from engine import ProcessEngine, commands, queries
from tests.support import toy
from tests.support.diagrams import Drawing
from tests.support.tables import table
from tests.web.conftest import Visit

ROUTE = table(
    [("件数", "number", ">= 0")],
    [("方式", "string"), ("要签收", "boolean")],
    [["< 3", '"自取"', "false"], [">= 3", '"送货"', "true"]],
).replace('<rule id="r1">', '<rule id="r1"><description>多的送上门</description>')


def advanced(town: ProcessEngine) -> str:
    """A case that has asked its table and ended its round with the first answer."""
    drawing = Drawing("fahuo", "发货").start("s").user("fill", "填单", {"件数": "number"})
    drawing.decide("d", ROUTE, "办法").user(
        "check",
        "验货",
        users="${人}",
        each="人",
        of=f"${{['{toy.FIXER}', '{toy.KEEPER}']}}",
        enough="${已办人数 >= 1}",
    )
    drawing.user("sum", "汇总").end("e").flow("s fill d check sum e").write(town.processes)
    commands.deploy_packs(town, check=False)
    instance = str(commands.start_process_instance(town, toy.CLERK, "fahuo")["instance"])
    commands.complete_user_task(town, toy.CLERK, queries.open_task_of(town, instance, "填单"), {"件数": 5})
    commands.complete_user_task(town, toy.FIXER, toy.open_task(town, toy.FIXER, "验货"), {})
    commands.drain(town)
    return instance


def test_the_history_names_table_row_and_result(visit: Visit, town: ProcessEngine) -> None:
    page = visit(toy.CLERK).read(f"/cases/{advanced(town)}")
    assert "按决策表“发货方式”第 2 行：方式=送货、要签收=是；多的送上门" in page


def test_the_history_says_how_many_have_answered_and_who_need_not(visit: Visit, town: ProcessEngine) -> None:
    page = visit(toy.CLERK).read(f"/cases/{advanced(town)}")
    assert "“验货”提前结束" in page
    assert "应办 2，已办 1，达到结束条件；无需再办：丁四" in page


def test_whom_it_spares_finds_the_notice_and_no_task(visit: Visit, town: ProcessEngine) -> None:
    advanced(town)
    keeper = visit(toy.KEEPER)
    assert "任务“验货”已由己六办理，达到结束条件，无需再办。" in keeper.read("/notifications")
    assert "验货" not in keeper.read("/tasks")
