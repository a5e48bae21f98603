"""传阅 on the pages: handing a case round, the tab of what is still to be read, confirming, reminding."""

from __future__ import annotations

from engine import ProcessEngine, commands
from tests.support import toy
from tests.support.pages import errors
from tests.web.conftest import Visit


def test_a_case_is_handed_round_and_confirmed(visit: Visit, town: ProcessEngine) -> None:
    case = toy.filled_requisition(town)
    clerk, guard = visit(toy.CLERK), visit(toy.GUARD)
    address = f"/cases/{case}/circulate"
    wrong = clerk.submit(address, {})
    assert wrong.status_code == 422
    assert errors(wrong) == ["请从名单中选择至少一位传阅人员。"]
    sent = clerk.submit(address, {"people": [toy.GUARD, toy.FIXER], "note": "请安排门口。"})
    assert sent.status_code == 302
    assert "已传阅" in clerk.read(f"/cases/{case}")
    assert "辛八、己六还没有阅上一次传阅" in clerk.read(address) or "还没有阅上一次传阅" in clerk.read(
        address
    )
    assert f'value="{toy.GUARD}"' not in clerk.get(address).text
    # In the inbox it stands under a tab of its own and is no task.
    assert "待阅 1" in guard.read("/tasks")
    assert "没有待办任务" in guard.read("/tasks")
    assert "请安排门口。" in guard.read("/tasks?tab=read")
    page = guard.read(f"/cases/{case}")
    assert "戊五传阅给您" in page
    assert guard.submit(f"/cases/{case}", {"words": "已安排。"}, action="/read").status_code == 302
    later = guard.read(f"/cases/{case}")
    assert "戊五传阅给您" not in later
    assert "待阅 0" in guard.read("/tasks")
    seen = clerk.read(f"/cases/{case}")
    assert "已阅 1 人，共 2 人" in seen
    assert "已安排。" in seen


def test_those_who_have_not_read_are_reminded(visit: Visit, town: ProcessEngine) -> None:
    case = toy.filled_requisition(town)
    commands.circulate_case(town, toy.CLERK, case, [toy.GUARD, toy.FIXER])
    clerk = visit(toy.CLERK)
    assert clerk.post(f"/cases/{case}/urge-readers", {"people": toy.GUARD}).status_code == 302
    assert "已催阅 1 次，最近是戊五" in clerk.read(f"/cases/{case}")
    assert clerk.post(f"/cases/{case}/urge-readers", {"people": toy.GUARD}).status_code == 409
    assert "请您阅" in visit(toy.GUARD).read("/notifications")
    assert "催阅" in visit(toy.HEAD).read(f"/cases/{case}")
