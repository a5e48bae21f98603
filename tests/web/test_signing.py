"""Signing, entrusting and changing rounds on the pages, as people without scripts do it."""

from __future__ import annotations

import pytest

from engine import ProcessEngine, commands, queries
from tests.support import toy
from tests.support.pages import errors, value, words
from tests.web.conftest import Visit


@pytest.fixture
def stock(town: ProcessEngine) -> str:
    """The address of a task that two people may do."""
    toy.filled_requisition(town)
    return f"/tasks/{toy.open_task(town, toy.KEEPER, '核对库存')}"


def ask(visit: Visit, task: str, to: str, place: str) -> None:
    answer = visit(toy.KEEPER).submit(f"{task}/signers", {"to": to, "place": place, "reason": "请看数量"})
    assert (answer.status_code, answer.location) == (302, task)


def test_a_signer_before_reads_the_form_and_gives_an_opinion(visit: Visit, stock: str) -> None:
    keeper, fixer = visit(toy.KEEPER), visit(toy.FIXER)
    keeper.submit(stock, {"核对说明": "只有我看得到"}, button="_draft")
    refused = keeper.submit(f"{stock}/signers", {})
    assert refused.status_code == 422
    assert errors(refused) == [
        "请从名单中选择一位在任人员。",
        "请选择提交前加签还是提交后加签。",
        "请写明请对方加签的理由。",
    ]
    assert (
        keeper.submit(refused, {"to": toy.FIXER, "place": "before", "reason": "请看数量"}).status_code == 302
    )
    page = keeper.read(stock)
    assert "已请对方加签" in page
    assert "等己六加签，答复以后才能提交。" in page
    assert "待签" in page
    late = keeper.submit(stock, {"库存足够": "足够"})
    assert late.status_code == 409
    assert "您请己六加签，还没有意见" in words(late)
    inbox = fixer.read("/tasks")
    assert "核对库存" in inbox
    assert "加签" in inbox
    page = fixer.read(stock)
    assert "丁四请您加签：请看数量" in page
    assert "表单打开时的内容（还没有提交）" in page
    assert "只有我看得到" not in fixer.get(stock).text
    wrong = fixer.submit(stock, {"opinion": "已阅"}, action="/sign")
    assert wrong.status_code == 422
    assert errors(wrong) == ["请选择同意还是不同意。"]
    wrong = fixer.submit(wrong, {"agree": "yes"}, action="/sign")
    assert errors(wrong) == ["不能只写“已阅”“圈阅”，请写明具体意见。"]
    assert 'name="agree" value="yes" id="f-agree" checked' in wrong.text
    done = fixer.submit(wrong, {"opinion": "数量对得上。"}, action="/sign")
    assert (done.status_code, done.location) == (302, "/tasks")
    assert "加签意见已提交" in fixer.read("/tasks")
    assert "数量对得上。" in keeper.read(stock)
    assert keeper.submit(stock, {"库存足够": "足够"}).status_code == 302
    assert "加签：己六同意：数量对得上。" in keeper.read(stock)


def test_signers_after_let_a_submission_take_effect(visit: Visit, town: ProcessEngine, stock: str) -> None:
    for login in (toy.FIXER, toy.GUARD):
        ask(visit, stock, login, "after")
    keeper, fixer, guard = visit(toy.KEEPER), visit(toy.FIXER), visit(toy.GUARD)
    assert "提交后再签" in keeper.read(stock)
    assert keeper.submit(stock, {"库存足够": "足够", "核对说明": "货架上还有"}).status_code == 302
    assert "正在等加签人签署" in keeper.read("/tasks")
    page = keeper.read(stock)
    assert "提交，等己六、辛八加签，都同意后生效。" in page
    assert "货架上还有" in page
    assert "保存草稿" not in page
    assert "货架上还有" in fixer.read(stock)
    old = guard.get(stock)
    assert fixer.submit(stock, {"agree": "no", "opinion": "少了一箱。"}, action="/sign").status_code == 302
    page = keeper.get(stock)
    assert value(page, "核对说明") == ["货架上还有"]
    assert "不同意" in words(page)
    assert keeper.submit(page, {"核对说明": "补了一箱"}).status_code == 302
    late = guard.submit(old, {"agree": "yes", "opinion": "现在对了。"}, action="/sign")
    assert late.status_code == 409
    assert "有了变化" in words(late)
    assert "现在对了。" in words(late)
    for signer in (guard, fixer):
        assert (
            signer.submit(stock, {"agree": "yes", "opinion": "现在对了。"}, action="/sign").status_code == 302
        )
    assert "都已同意" in fixer.read("/tasks")
    assert queries.task_view(town, toy.KEEPER, stock.rpartition("/")[2]).completed_by == toy.KEEPER


def test_common_opinions_for_signers(visit: Visit, town: ProcessEngine, stock: str) -> None:
    commands.add_phrase(town, toy.FIXER, "情况属实。")
    ask(visit, stock, toy.FIXER, "before")
    fixer = visit(toy.FIXER)
    page = fixer.submit(stock, {"agree": "yes", "opinion": "另："}, action="/sign", button="_phrase")
    assert "另：情况属实。</textarea>" in page.text
    assert fixer.submit(page, {}, action="/sign").status_code == 302


def test_taking_a_signer_off(visit: Visit, stock: str) -> None:
    ask(visit, stock, toy.FIXER, "before")
    keeper = visit(toy.KEEPER)
    assert visit(toy.STORE).post(f"{stock}/signers/{toy.FIXER}/remove").status_code == 403
    assert keeper.submit(stock, {}, action="/remove").status_code == 302
    page = keeper.read(stock)
    assert "已减签" in page
    assert "减签“核对库存”" in page
    assert "您可以查看这项任务，但不是它的办理人" in visit(toy.FIXER).read(stock)
    assert (
        visit(toy.FIXER).post(f"{stock}/sign", {"agree": "yes", "opinion": "没有问题。"}).status_code == 409
    )


def test_who_is_not_asked_gets_no_form(visit: Visit, stock: str) -> None:
    assert visit(toy.HEAD).get(f"{stock}/signers").status_code == 403
    assert visit(toy.HEAD).get(f"{stock}/delegate").status_code == 403
    assert visit(toy.GUARD).get(f"{stock}/signers").status_code == 404
    assert visit(toy.HEAD).post(f"{stock}/sign", {"agree": "yes", "opinion": "没有问题。"}).status_code == 403
    assert (
        visit(toy.GUARD).post(f"{stock}/sign", {"agree": "yes", "opinion": "没有问题。"}).status_code == 404
    )


def test_a_task_is_entrusted_prepared_and_given_back(visit: Visit, stock: str) -> None:
    keeper, guard = visit(toy.KEEPER), visit(toy.GUARD)
    keeper.submit(stock, {"核对说明": "先看货架"}, button="_draft")
    refused = keeper.submit(f"{stock}/delegate", {"to": toy.GUARD})
    assert errors(refused) == ["请写明要对方做什么。"]
    assert keeper.submit(refused, {"words": "请清点"}).status_code == 302
    page = keeper.read(stock)
    assert "丁四已委派辛八办理：请清点" in page
    assert "转办" not in page.partition("办理记录")[0]
    assert "丁四委派" in guard.read("/tasks")
    page = guard.read(stock)
    assert "丁四委派您准备：请清点" in page
    assert "先看货架" in guard.get(stock).text
    assert "加签" not in page
    asked = guard.submit(stock, {"核对说明": "点过了"})
    assert asked.location == f"{stock}/hand-back"
    page = guard.read(asked.location)
    assert "还有 1 处没有填好" in page
    assert "库存足够" in page
    refused = guard.submit(asked.location, {})
    assert errors(refused) == ["请写明办理情况，例如“已核对，材料齐全”。"]
    assert guard.submit(refused, {"words": "点好了"}).status_code == 302
    assert "已退还" in guard.read("/tasks")
    assert value(keeper.get(stock), "核对说明") == ["点过了"]
    assert "点好了" in keeper.read("/notifications")
    assert keeper.submit(stock, {"库存足够": "足够"}).status_code == 302
    said = visit(toy.HEAD).read(stock)
    assert "委派“核对库存”" in said
    assert "办好“核对库存”，退还" in said


def test_what_was_entrusted_is_called_back(visit: Visit, stock: str) -> None:
    keeper, guard = visit(toy.KEEPER), visit(toy.GUARD)
    keeper.submit(f"{stock}/delegate", {"to": toy.GUARD, "words": "请清点"})
    old = guard.get(stock)
    assert keeper.submit(stock, {}, action="/recall").status_code == 302
    assert "已收回委派" in keeper.read(stock)
    assert guard.submit(old, {"核对说明": "点过了"}).status_code == 403
    assert guard.get(f"{stock}/hand-back").status_code == 409


def test_a_round_is_changed_on_the_page_of_the_case(visit: Visit, town: ProcessEngine) -> None:
    case = f"/cases/{toy.reported_repair(town)}"
    # Who did the step before may add one and take one off.
    clerk = visit(toy.CLERK)
    page = clerk.get(case)
    assert "分别办理：维修" in words(page)
    task = queries.open_task_of(town, case.rpartition("/")[2], "维修")
    added = f"/tasks/{task}/instances"
    assert errors(clerk.submit(added, {"item": toy.GUARD})) == ["请写明增加的理由。"]
    assert clerk.submit(added, {"item": toy.GUARD, "reason": "人手不够"}).location == case
    assert "已加办" in clerk.read(case)
    assert "维修" in visit(toy.GUARD).read("/tasks")
    assert errors(clerk.submit(f"{added}/remove", {})) == ["请写明减去的理由。"]
    assert clerk.submit(f"{added}/remove", {"reason": "请假"}).location == case
    page = clerk.read(case)
    assert "“维修”加办" in page
    assert "辛八，理由：人手不够" in page
    assert visit(toy.GUARD).get(f"{added}").status_code in (403, 404)
