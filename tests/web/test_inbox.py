"""The list of tasks: groups, badges, search, tabs, pages; and the tasks done."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from lxml import html

from engine import ProcessEngine, commands
from engine.clock import FixedClock
from tests.support import toy
from tests.web.conftest import Visit


def at(engine: ProcessEngine, days: int = 0, hours: int = 0) -> None:
    cast(FixedClock, engine.clock).set(toy.START + timedelta(days=days, hours=hours))


def test_tasks_stand_in_groups_with_worded_badges(visit: Visit, town: ProcessEngine) -> None:
    # Due in two working days after the day of use: one is late by now, one due today, one soon.
    for days in (-5, -4, 0):
        at(town, days)
        _instance, task = toy.start_requisition(town)
        day = (toy.START + timedelta(days=days)).date().isoformat()
        commands.complete_user_task(
            town, toy.CLERK, task, {**toy.FILLED, "领用日期": day}, confirmed=["领用日期"]
        )
    at(town)
    page = html.fromstring(visit(toy.KEEPER).get("/tasks").text)
    groups = [" ".join(each.text_content().split()) for each in page.xpath("//*[@class='day']")]
    badges = [each.text_content() for each in page.xpath("//a[@class='task']//span[contains(@class, 'due')]")]
    assert groups == ["已逾期", "三个工作日内"]
    assert badges == ["逾期 1 个工作日", "今天 17:30 前", "剩 2 个工作日"]
    at(town, hours=9)
    assert "已过 17:30" in visit(toy.KEEPER).read("/tasks")


def test_a_task_without_a_due_date_says_so_and_comes_last(visit: Visit, town: ProcessEngine) -> None:
    toy.filled_requisition(town)
    assert "以后" in visit(toy.HEAD).read("/tasks")
    assert "无时限" in visit(toy.HEAD).read("/tasks")


def test_search_and_tabs(visit: Visit, town: ProcessEngine) -> None:
    toy.filled_requisition(town)
    keeper = visit(toy.KEEPER)
    assert "核对库存" in keeper.read("/tasks?q=灯管")
    assert "没有符合条件的待办" in keeper.read("/tasks?q=不存在")
    assert "核对库存" in keeper.read("/tasks?tab=unclaimed")
    commands.claim_task(town, toy.KEEPER, toy.open_task(town, toy.KEEPER, "核对库存"))
    assert "没有符合条件的待办" in keeper.read("/tasks?tab=unclaimed")
    assert "核对库存" in keeper.read("/tasks?tab=soon")
    assert "没有符合条件的待办" in visit(toy.HEAD).read("/tasks?tab=soon")


def test_search_is_text_and_never_markup_or_a_pattern(visit: Visit, town: ProcessEngine) -> None:
    toy.filled_requisition(town)
    answer = visit(toy.KEEPER).get("/tasks?q=%25%22%3E%3Cscript%3E")
    assert '<script>"' not in answer.text
    assert '"><script' not in answer.text
    assert "没有符合条件的待办" in answer.text


def test_long_lists_go_on_by_pages_without_losing_any(visit: Visit, town: ProcessEngine) -> None:
    for _ in range(55):
        toy.start_requisition(town)
    clerk = visit(toy.CLERK)
    seen: list[str] = []
    url = "/tasks"
    while url:
        page = html.fromstring(clerk.get(url).text)
        seen += page.xpath("//a[@class='task']/@href")
        following = page.xpath("//p[@class='next']/a/@href")
        url = following[0] if following else ""
    assert len(seen) == len(set(seen)) == 55


def test_an_invented_place_in_the_list_is_refused(visit: Visit) -> None:
    assert visit(toy.CLERK).get("/tasks?cursor=xyz").status_code == 422


def test_nothing_to_do_is_said(visit: Visit) -> None:
    assert "没有待办任务，都办完了。" in visit(toy.GUARD).read("/tasks")


def test_done_and_started(visit: Visit, town: ProcessEngine) -> None:
    toy.filled_requisition(town)
    clerk = visit(toy.CLERK)
    assert "填写领料单" in clerk.read("/done")
    assert "领料：更换走廊灯管" in clerk.read("/started")
    assert "没有符合条件的已办任务" in clerk.read("/done?q=不存在")
    assert "您还没有办过任务" in visit(toy.HEAD).read("/done")
    assert "领料：更换走廊灯管" not in visit(toy.HEAD).read("/started")


def test_cases_are_filtered_by_procedure_and_state(visit: Visit, town: ProcessEngine) -> None:
    toy.filled_requisition(town)
    toy.reported_repair(town)
    head = visit(toy.HEAD)
    both = head.read("/cases")
    assert "领料：更换走廊灯管" in both
    assert "报修：二楼走廊" in both
    only = head.read("/cases?process=repair&state=active")
    assert "报修：二楼走廊" in only
    assert "领料：更换走廊灯管" not in only
    assert "没有符合条件的案卷" in head.read("/cases?state=completed")


def test_the_menu_shows_only_what_the_person_may_use(visit: Visit) -> None:
    assert "发起事项" in visit(toy.CLERK).read("/tasks")
    assert "发起事项" not in visit(toy.KEEPER).read("/tasks")
    assert "系统维护" in visit(toy.ADMIN).read("/tasks")
    assert "系统维护" not in visit(toy.CLERK).read("/tasks")
