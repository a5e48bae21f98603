"""批量办理 on the pages: ticking tasks, one sheet for all, and what became of each."""

from __future__ import annotations

from engine import ProcessEngine, commands, queries
from tests.support import toy
from tests.support.pages import errors, words
from tests.web.conftest import Visit


def two_repairs(town: ProcessEngine) -> list[str]:
    toy.reported_repair(town)
    toy.reported_repair(town)
    return [item.id for item in queries.inbox(town, toy.FIXER).items]


def address(tasks: list[str]) -> str:
    return "/batch?" + "&".join(f"task={each}" for each in tasks)


def test_several_are_done_with_one_sheet(visit: Visit, town: ProcessEngine) -> None:
    tasks = two_repairs(town)
    fixer = visit(toy.FIXER)
    listed = fixer.get("/tasks")
    assert listed.text.count('name="task"') == 2
    assert "批量办理勾选的任务" in words(listed)
    page = fixer.get(address(tasks))
    assert "所选 2 件" in words(page)
    wrong = fixer.submit(page, {"维修结果": ""})
    assert wrong.status_code == 422
    assert "没有办成 2 件" in words(wrong)
    assert len(errors(wrong)) == 1
    done = fixer.submit(wrong, {"维修结果": "换了灯管。"})
    assert done.status_code == 200
    assert "办成 2 件" in words(done)
    assert "没有待办任务" in fixer.read("/tasks")
    assert [queries.task_view(town, toy.FIXER, task).values["维修结果"] for task in tasks] == [
        "换了灯管。"
    ] * 2


def test_what_was_not_done_is_kept_for_another_try(visit: Visit, town: ProcessEngine) -> None:
    tasks = two_repairs(town)
    fixer = visit(toy.FIXER)
    page = fixer.get(address(tasks))
    commands.complete_user_task(town, toy.FIXER, tasks[0], {"维修结果": "早就好了。"})
    answer = fixer.submit(page, {"维修结果": "换了灯管。"})
    assert answer.status_code == 200
    text = words(answer)
    assert "办成 1 件，没有办成 1 件" in text
    assert "已由己六于11月24日 09:00 办理" in text
    assert queries.task_view(town, toy.FIXER, tasks[0]).values["维修结果"] == "早就好了。"


def test_what_does_not_go_together_is_told(visit: Visit, town: ProcessEngine) -> None:
    toy.filled_requisition(town)
    stock = toy.open_task(town, toy.KEEPER, "核对库存")
    refused = visit(toy.KEEPER).get(address([stock]))
    assert refused.status_code == 422
    assert "不能批量办理" in words(refused)
    assert visit(toy.GUARD).get(address([stock])).status_code == 404
    nothing = visit(toy.KEEPER).get("/batch")
    assert nothing.status_code == 302
    assert "请先勾选" in visit(toy.KEEPER).read("/tasks") or nothing.location.endswith("/tasks")
