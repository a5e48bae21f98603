"""The pages of 退回 and 撤回."""

from __future__ import annotations

from engine import ProcessEngine, commands, queries
from tests.support import toy
from tests.support.pages import errors, words
from tests.web.conftest import Visit


def stock(town: ProcessEngine) -> str:
    toy.filled_requisition(town)
    return toy.open_task(town, toy.KEEPER, "核对库存")


def test_the_page_says_what_a_return_means_and_sends_it_back(visit: Visit, town: ProcessEngine) -> None:
    task, keeper = stock(town), visit(toy.KEEPER)
    assert f"/tasks/{task}/return" in keeper.get(f"/tasks/{task}").text
    page = keeper.get(f"/tasks/{task}/return")
    assert "填写领料单" in words(page)
    assert "收回的待办" in words(page)
    wrong = keeper.submit(page, {})
    assert (wrong.status_code, errors(wrong)) == (422, ["请写明退回的理由。"])
    unchosen = keeper.submit(page, {"reason": "数量不对"})
    assert errors(unchosen) == ["请从列出的步骤中选择退回到哪一步。"]
    assert "数量不对" in unchosen.text
    to = page.text.partition('type="radio" name="to" value="')[2][:32]
    answer = keeper.submit(page, {"to": to, "reason": "数量不对"})
    assert (answer.status_code, answer.location) == (302, "/tasks")
    assert "已退回" in keeper.read("/tasks")
    clerk = visit(toy.CLERK)
    assert "填写领料单" in clerk.read("/tasks")
    again = toy.open_task(town, toy.CLERK, "填写领料单")
    # What was filled in is there again, and the history says what happened.
    page_again = clerk.get(f"/tasks/{again}")
    assert "更换走廊灯管" in page_again.text
    assert "从“核对库存”退回" in words(page_again)
    assert keeper.get(f"/tasks/{task}/return").status_code == 409


def test_who_may_not_return_is_told_so(visit: Visit, town: ProcessEngine) -> None:
    task = stock(town)
    assert visit(toy.CLERK).get(f"/tasks/{task}/return").status_code == 403
    assert visit(toy.GUARD).get(f"/tasks/{task}/return").status_code == 404


def test_without_an_earlier_step_the_page_says_so(visit: Visit, town: ProcessEngine) -> None:
    first = toy.start_requisition(town)[1]
    assert "前面没有办结的步骤" in visit(toy.CLERK).read(f"/tasks/{first}/return")


def test_one_takes_back_what_nobody_has_opened(visit: Visit, town: ProcessEngine) -> None:
    first = toy.start_requisition(town)[1]
    commands.complete_user_task(town, toy.CLERK, first, toy.FILLED)
    clerk = visit(toy.CLERK)
    page = clerk.get(f"/tasks/{first}")
    answer = clerk.submit(page, {}, action="/withdraw")
    assert answer.status_code == 302
    assert "已撤回，任务回到您的待办" in clerk.read(answer.location)
    again = toy.open_task(town, toy.CLERK, "填写领料单")
    assert "更换走廊灯管" in clerk.get(f"/tasks/{again}").text


def test_once_the_next_has_opened_it_there_is_no_button(visit: Visit, town: ProcessEngine) -> None:
    first = toy.start_requisition(town)[1]
    commands.complete_user_task(town, toy.CLERK, first, toy.FILLED)
    visit(toy.KEEPER).get(f"/tasks/{toy.open_task(town, toy.KEEPER, '核对库存')}")
    clerk = visit(toy.CLERK)
    assert "/withdraw" not in clerk.get(f"/tasks/{first}").text
    late = clerk.post(f"/tasks/{first}/withdraw")
    assert late.status_code == 409
    assert "已由丁四打开" in words(late)


def test_a_document_made_of_what_was_returned_is_shown_as_void(visit: Visit, town: ProcessEngine) -> None:
    case = toy.filled_requisition(town)
    task = toy.open_task(town, toy.KEEPER, "核对库存")
    [way] = queries.ways_back(town, toy.KEEPER, task)
    commands.return_task(town, toy.KEEPER, task, way.task_id, "数量不对")
    [document] = queries.case_view(town, toy.CLERK, case).documents
    clerk = visit(toy.CLERK)
    page = clerk.read(f"/cases/{case}")
    assert "作废的文书（1） 领料单（更换走廊灯管）" in page
    assert "作废的文书：领料单（更换走廊灯管）" in page
    assert "不再有效" in clerk.read(f"/documents/{document.id}")
    again = toy.open_task(town, toy.CLERK, "填写领料单")
    commands.complete_user_task(town, toy.CLERK, again, toy.FILLED)
    new = queries.case_view(town, toy.CLERK, case).documents[-1]
    assert "不再有效" not in clerk.read(f"/documents/{new.id}")
