"""The case page: who sees what of it, its buttons, reminders, copies, cancelling, files."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from engine import ProcessEngine, commands, queries
from engine.clock import FixedClock
from tests.support import toy
from tests.support.pages import Visitor, errors, words
from tests.web.conftest import Visit
from web.app import create_app

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def test_the_starter_and_the_posts_of_the_procedure_see_everything(visit: Visit, town: ProcessEngine) -> None:
    case = toy.filled_requisition(town)
    for login in (toy.CLERK, toy.HEAD):
        page = visit(login).read(f"/cases/{case}")
        for said in (
            "更换走廊灯管",
            "LL-2026-1",
            "核对库存",
            "主管审批",
            "填写领料单",
            "领料单（更换走廊灯管）",
            "灯管",
        ):
            assert said in page, (login, said)


def test_who_was_asked_sees_title_state_diagram_and_the_own_task_only(
    visit: Visit, town: ProcessEngine
) -> None:
    case = toy.filled_requisition(town)
    commands.complete_user_task(
        town,
        toy.HEAD,
        toy.open_task(town, toy.HEAD, "主管审批"),
        {"审批结论": "不同意", "审批意见": "库里还有"},
    )
    page = visit(toy.KEEPER).read(f"/cases/{case}")
    assert "领料：更换走廊灯管" in page
    assert "核对库存" in page
    for hidden in ("主管审批", "库里还有", "填写领料单", "领料单（", "抄送", "催办"):
        assert hidden not in page, hidden
    assert visit(toy.GUARD).get(f"/cases/{case}").status_code == 404
    assert visit(toy.ADMIN).get(f"/cases/{case}").status_code == 404


def test_the_diagram_is_served_to_those_who_see_the_case(visit: Visit, town: ProcessEngine) -> None:
    case = toy.filled_requisition(town)
    number = queries.case_view(town, toy.CLERK, case).definition_id
    other = queries.case_view(town, toy.CLERK, toy.reported_repair(town)).definition_id
    answer = visit(toy.KEEPER).get(f"/cases/{case}/diagrams/{number}.bpmn")
    assert answer.mimetype == "application/xml"
    assert "r_stock" in answer.text
    assert visit(toy.KEEPER).get(f"/cases/{case}/diagrams/{other}.bpmn").status_code == 404
    assert visit(toy.GUARD).get(f"/cases/{case}/diagrams/{number}.bpmn").status_code == 404


def test_the_drawing_opens_at_the_step_one_looks_at(visit: Visit, town: ProcessEngine) -> None:
    toy.filled_requisition(town)
    for login, name, element in ((toy.KEEPER, "核对库存", "r_stock"), (toy.HEAD, "主管审批", "r_approve")):
        page = visit(login).get(f"/tasks/{toy.open_task(town, login, name)}")
        [states] = re.findall(
            r'data-diagram-url=[^>]*><script type="application/json">(.*?)</script>', page.text
        )
        assert next(iter(json.loads(states).items())) == (element, "now")


def test_a_button_asks_and_checks_before_it_acts(visit: Visit, town: ProcessEngine) -> None:
    case = toy.reported_repair(town)
    clerk = visit(toy.CLERK)
    assert "撤回报修" in clerk.read(f"/cases/{case}")
    assert "撤回报修" not in visit(toy.FIXER).read(f"/cases/{case}")
    url = f"/cases/{case}/buttons/p_withdrawn"
    assert "撤回后维修工不再处理" in clerk.read(url)
    refused = clerk.submit(url, {"撤回理由": ""})
    assert refused.status_code == 422
    assert errors(refused) == ["请填写“撤回理由”。"]
    assert clerk.submit(refused, {"撤回理由": "自己修好了"}).status_code == 302
    page = clerk.read(f"/cases/{case}")
    assert "操作已生效" in page
    assert "撤回报修" in page
    assert clerk.get(url).status_code == 409
    assert visit(toy.FIXER).get(url).status_code == 409


def test_a_button_is_for_its_operators(visit: Visit, town: ProcessEngine) -> None:
    case = toy.reported_repair(town)
    assert visit(toy.HEAD).get(f"/cases/{case}/buttons/p_withdrawn").status_code == 403
    assert visit(toy.GUARD).get(f"/cases/{case}/buttons/p_withdrawn").status_code == 404
    assert visit(toy.CLERK).get(f"/cases/{case}/buttons/p_nothing").status_code == 404


def test_who_may_only_press_a_button_sees_it_and_no_contents(tmp_path: Path) -> None:
    drawn = toy.original("repair/repair.bpmn").replace('value="${发起人}"', 'value="门卫,${发起人}"')
    town = toy.open_toy(tmp_path, files={"repair/repair.bpmn": drawn})
    case = toy.reported_repair(town)
    guard = Visitor(create_app(town), toy.GUARD)
    assert "二楼走廊" in guard.read("/cases")
    page = guard.read(f"/cases/{case}")
    for said in ("撤回报修", "可以进行上面的操作", "在办", "报修：二楼走廊"):
        assert said in page, said
    for hidden in ("灯不亮", "抄送", "催办", "己六"):
        assert hidden not in page, hidden
    url = f"/cases/{case}/buttons/p_withdrawn"
    done = guard.submit(url, {"撤回理由": "自己修好了"})
    assert (done.status_code, done.location) == (302, "/cases")
    assert "操作已生效" in guard.read("/cases")
    assert guard.get(f"/cases/{case}").status_code == 404
    town.close()


def test_a_withdrawn_task_says_that_nothing_is_left_to_do(visit: Visit, town: ProcessEngine) -> None:
    case = toy.reported_repair(town)
    fixer = visit(toy.FIXER)
    task = f"/tasks/{toy.open_task(town, toy.FIXER, '维修')}"
    page = fixer.get(task)
    commands.press_button(town, toy.CLERK, case, "p_withdrawn", {"撤回理由": "自己修好了"})
    assert "这项任务已经撤销" in fixer.read(task)
    answer = fixer.submit(page, {"维修结果": "写了很久的记录"})
    assert answer.status_code == 409
    assert "写了很久的记录" in words(answer)


def test_reminding_reaches_the_doers(visit: Visit, town: ProcessEngine) -> None:
    case = toy.filled_requisition(town)
    head = visit(toy.HEAD)
    assert head.submit(f"/cases/{case}", {"text": "今天就要"}, action="/urge").status_code == 302
    assert "已催办" in head.read(f"/cases/{case}")
    assert "今天就要" in visit(toy.KEEPER).read("/notifications")
    number = toy.open_task(town, toy.KEEPER, "核对库存")
    assert visit(toy.KEEPER).post(f"/cases/{case}/tasks/{number}/urge").status_code == 403


def test_a_copy_lets_somebody_read_the_whole_case(visit: Visit, town: ProcessEngine) -> None:
    case = toy.filled_requisition(town)
    clerk, guard = visit(toy.CLERK), visit(toy.GUARD)
    nobody = clerk.submit(f"/cases/{case}/copy", {"text": "请阅"})
    assert nobody.status_code == 422
    assert errors(nobody) == ["请从名单中选择至少一位抄送人员。"]
    assert clerk.submit(nobody, {"people": [toy.GUARD]}).status_code == 302
    assert "抄送给您" in guard.read("/notifications")
    assert "填写领料单" in guard.read(f"/cases/{case}")
    assert visit(toy.KEEPER).get(f"/cases/{case}/copy").status_code == 403


def test_the_starter_cancels_only_before_anybody_has_worked(visit: Visit, town: ProcessEngine) -> None:
    case, _task = toy.start_requisition(town)
    clerk = visit(toy.CLERK)
    refused = clerk.submit(f"/cases/{case}/cancel", {})
    assert errors(refused) == ["请写明撤销的理由。"]
    assert clerk.submit(refused, {"reason": "填错了"}).status_code == 302
    page = clerk.read(f"/cases/{case}")
    assert "已撤销" in page
    assert "填错了" in page
    assert clerk.get(f"/cases/{case}/cancel").status_code == 409
    worked = toy.filled_requisition(town)
    assert "撤销" not in clerk.read(f"/cases/{worked}")
    assert clerk.post(f"/cases/{worked}/cancel", {"reason": "不要了"}).status_code == 403


def test_files_are_for_those_who_see_their_task(visit: Visit, town: ProcessEngine) -> None:
    case, task = toy.start_requisition(town)
    clerk = visit(toy.CLERK)
    filled = {"用途": "灯管", "物品.0.名称": "灯管", "物品.0.数量": "1", "_files.附件": ("清单.pdf", PDF)}
    assert clerk.submit(f"/tasks/{task}", filled).status_code == 302
    (number,) = queries.task_view(town, toy.CLERK, task).values["附件"]
    assert "清单.pdf" in clerk.read(f"/cases/{case}")
    allowed = {toy.CLERK, toy.HEAD}
    for login in toy.EVERYBODY:
        assert visit(login).get(f"/attachments/{number}").status_code == (200 if login in allowed else 404), (
            login
        )
        assert visit(login).get("/documents/1").status_code == (200 if login in allowed else 404), login
    assert "清单.pdf" not in visit(toy.KEEPER).read(f"/cases/{case}")


def test_starting_leads_to_the_first_task(visit: Visit, town: ProcessEngine) -> None:
    clerk = visit(toy.CLERK)
    assert "经办员填领料单" in clerk.read("/start")
    answer = clerk.submit("/start", {}, action="/start/requisition")
    assert answer.location.startswith("/tasks/")
    assert "填写领料单" in clerk.read(answer.location)
    assert visit(toy.KEEPER).post("/start/requisition").status_code == 403
    assert visit(toy.CLERK).post("/start/nothing").status_code == 404
    assert "没有可以发起的事项" in visit(toy.KEEPER).read("/start")


def test_starting_twice_from_one_page_starts_once(visit: Visit, town: ProcessEngine) -> None:
    clerk = visit(toy.CLERK)
    page = clerk.get("/start")
    assert (
        clerk.submit(page, {}, action="/start/repair").location
        == clerk.submit(page, {}, action="/start/repair").location
    )


def test_the_demo_clock_fires_what_falls_due(visit: Visit, town: ProcessEngine) -> None:
    case = toy.reported_repair(town)
    head = visit(toy.HEAD)
    assert "11月27日（周五）17:30" in head.read("/demo/clock")
    assert head.submit("/demo/clock", {}, button="next").status_code == 302
    assert town.now() == toy.START + timedelta(days=3, hours=8.5)
    assert "三个工作日没有修好" in head.read("/notifications")
    # The record names the deadline, too.
    assert "时限到 三个工作日没有修好" in head.read(f"/cases/{case}").replace(
        "11月27日（周五）17:30，系统 ", ""
    )
    back = head.post("/demo/clock", {"now": "2026-11-24T09:00"})
    assert back.status_code == 422
    assert "只能往后拨" in words(back)
    assert head.post("/demo/clock", {"now": "哪天"}).status_code == 422
    assert "没有等着到期的时限" in head.read("/demo/clock")


def test_outside_the_demo_there_is_no_clock(serious: ProcessEngine, visit: Visit) -> None:
    assert Visitor(create_app(serious)).get("/demo/clock").status_code == 404


@pytest.mark.parametrize("login", [toy.HEAD, toy.ADMIN])
def test_everybody_finds_who_is_in_charge(visit: Visit, login: str) -> None:
    page = visit(login).read("/people")
    assert "主要负责人直管" in page
    assert "乙二" in page


def test_notifications_are_read_one_by_one_and_all(visit: Visit, town: ProcessEngine) -> None:
    toy.reported_repair(town)
    toy.reported_repair(town)
    cast(FixedClock, town.clock).set(toy.START + timedelta(days=7))
    commands.drain(town)
    head = visit(toy.HEAD)
    assert head.read("/notifications").count("未读") == 2
    assert head.submit("/notifications", {}, button="id").status_code == 302
    assert head.read("/notifications").count("未读") == 1
    assert head.submit("/notifications", {}, action="/read").status_code == 302
    assert "未读" not in head.read("/notifications")
