"""挂起 on the pages: who is offered it, what is closed meanwhile, and that drafts are kept."""

from __future__ import annotations

from engine import ProcessEngine, commands
from tests.support import toy
from tests.support.pages import errors, value, words
from tests.web.conftest import Visit


def test_a_case_is_suspended_and_resumed(visit: Visit, town: ProcessEngine) -> None:
    case = toy.filled_requisition(town)
    task = toy.open_task(town, toy.KEEPER, "核对库存")
    head, keeper = visit(toy.HEAD), visit(toy.KEEPER)
    before = keeper.get(f"/tasks/{task}")
    assert f"/cases/{case}/suspend" not in visit(toy.CLERK).get(f"/cases/{case}").text
    assert f"/cases/{case}/suspend" in head.get(f"/cases/{case}").text
    wrong = head.submit(f"/cases/{case}/suspend", {"reason": " "})
    assert (wrong.status_code, errors(wrong)) == (422, ["请写明挂起的理由。"])
    assert head.submit(wrong, {"reason": "等上级批复"}).status_code == 302
    page = head.read(f"/cases/{case}")
    assert "案卷已挂起，有关人员会收到消息。" in page
    assert "由甲一于 11月24日（周二）09:00 挂起，理由：等上级批复" in page
    assert "催办" not in page
    listed = keeper.read("/tasks")
    assert listed.count("已挂起") == 2
    sheet = keeper.get(f"/tasks/{task}")
    assert "理由：等上级批复" in words(sheet)
    assert "保存草稿" in words(sheet)
    assert 'class="btn main"' not in sheet.text
    # Who had opened the form before loses nothing.
    refused = keeper.submit(before, {"库存足够": "足够", "核对说明": "还差两个"})
    assert refused.status_code == 409
    assert "挂起，理由：等上级批复" in words(refused)
    assert value(refused, "核对说明") == ["还差两个"]
    assert keeper.submit(refused, {}, button="_draft").status_code == 302
    assert "案卷已经挂起" in words(head.get(f"/cases/{case}/suspend"))
    assert head.get(f"/cases/{case}/suspend").status_code == 409
    assert head.submit(f"/cases/{case}/resume", {"reason": ""}).status_code == 422
    assert head.submit(f"/cases/{case}/resume", {"reason": "已批复"}).status_code == 302
    assert "恢复办理" in head.read(f"/cases/{case}")
    assert value(keeper.get(f"/tasks/{task}"), "核对说明") == ["还差两个"]
    assert keeper.submit(f"/tasks/{task}", {"库存足够": "足够"}).status_code == 302


def test_reminders_are_told_and_not_repeated(visit: Visit, town: ProcessEngine) -> None:
    case = toy.filled_requisition(town)
    task = toy.open_task(town, toy.KEEPER, "核对库存")
    clerk = visit(toy.CLERK)
    url = f"/cases/{case}/tasks/{task}/urge"
    assert clerk.post(url, {"text": "等着用"}).status_code == 302
    page = clerk.read(f"/cases/{case}")
    assert "已催办 1 次" in page
    assert "戊五催办丙三、丁四：等着用" in page
    assert f"urge-{task}" not in clerk.get(f"/cases/{case}").text
    assert clerk.post(url, {"text": "快"}).status_code == 409
    assert "戊五催办丙三、丁四：等着用" in visit(toy.KEEPER).read(f"/tasks/{task}")
    # Somebody else may remind too.
    assert f"urge-{task}" in visit(toy.HEAD).get(f"/cases/{case}").text
    commands.urge_task(town, toy.HEAD, task)
    assert "已催办 2 次" in visit(toy.KEEPER).read(f"/tasks/{task}")
