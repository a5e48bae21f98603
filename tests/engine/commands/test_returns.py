"""退回 and 撤回: records stay, numbers stay, nobody is skipped, and what another case works on cannot be taken back."""

from __future__ import annotations

import pytest

from engine import commands, queries
from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.models import Document, Draft, Notification, NumberGiven, OutboxMessage, ProcessInstance, Task
from tests.engine.conftest import MakeTown
from tests.support.cases import CLERK, FIXER, GUARD, HEAD, KEEPER, STORE, Town
from tests.support.diagrams import Drawing

WHY = "数量不对"


def simple() -> Drawing:
    return (
        Drawing("x", "领料")
        .start("s")
        .user("a", "填写", fields={"用途": "textfield"})
        .user("b", "核对", groups="仓库管理员", fields={"结论": "textfield"})
        .user("c", "发料", groups="仓库管理员")
        .end("e")
        .flow("s a b c e")
    )


def way(town: Town, case: str, element: str, to: str, login: str) -> queries.WayBack:
    task = town.task(case, element)
    return next(each for each in queries.ways_back(town.engine, login, task) if each.element == to)


def send_back(town: Town, case: str, element: str, to: str, login: str, reason: str = WHY) -> None:
    target = way(town, case, element, to, login).task_id
    commands.return_task(town.engine, login, town.task(case, element), target, reason)
    commands.drain(town.engine)


def test_a_return_says_beforehand_what_it_means_and_leaves_the_records(make_town: MakeTown) -> None:
    town = make_town(simple())
    case = town.start()
    town.do(case, "a", 用途="灯管")
    checked = town.do(case, "b", KEEPER, 结论="可发")
    found = queries.ways_back(town.engine, KEEPER, town.task(case, "c"))
    assert [(each.name, each.doers) for each in found] == [("核对", ("丁四",)), ("填写", ("戊五",))]
    assert (found[1].again, found[1].stopped, found[1].kept) == (("核对（丁四）",), ("发料",), ())
    send_back(town, case, "c", "a", KEEPER)
    assert town.open(case) == ["a"]
    old = town.rows(Task, id=checked)[0]
    assert (old.state, old.data) == ("done", {"结论": "可发"})
    assert old.undone_at is not None
    assert town.value(case, "结论") is None
    kind, body = town.history(case)[-1]
    assert (kind, body["task"], body["to"], body["reason"]) == ("task.returned", "发料", "填写", WHY)
    # Who did it gets it back, as he had filled it in.
    task = town.task(case, "a")
    assert town.rows(Draft, task_id=task)[0].data == {"用途": "灯管"}
    [line] = [each for each in town.rows(Notification, login=CLERK) if each.kind == "returned"]
    assert "丁四把“领料”从“发料”退回到“填写”" in line.text
    assert WHY in line.text
    town.do(case, "a", 用途="灯座")
    town.do(case, "b", KEEPER, 结论="可发")
    town.do(case, "c", KEEPER)
    assert town.case(case).state == "completed"


def test_it_comes_back_to_the_one_of_several_who_did_it(make_town: MakeTown) -> None:
    town = make_town(simple())
    case = town.start()
    town.do(case, "a")
    town.do(case, "b", KEEPER)
    send_back(town, case, "c", "b", STORE)
    assert town.rows(Task, instance_id=case, element="b", state="open")[0].assignee == KEEPER


def test_who_may_not_and_what_is_missing(make_town: MakeTown) -> None:
    town = make_town(simple())
    case = town.start()
    town.do(case, "a")
    task, target = town.task(case, "b"), way(town, case, "b", "a", KEEPER).task_id
    before = town.everything()
    for login, error in ((GUARD, NotFound), (CLERK, Forbidden)):
        with pytest.raises(error):
            commands.return_task(town.engine, login, task, target, WHY)
        with pytest.raises(error):
            queries.ways_back(town.engine, login, task)
    with pytest.raises(Invalid) as refused:
        commands.return_task(town.engine, KEEPER, task, target, " ")
    assert list(refused.value.errors) == ["reason"]
    with pytest.raises(Invalid):
        commands.return_task(town.engine, KEEPER, task, task, WHY)
    assert town.everything() == before
    town.do(case, "b", KEEPER)
    with pytest.raises(Conflict):
        commands.return_task(town.engine, KEEPER, task, target, WHY)


def test_a_repeated_return_returns_once(make_town: MakeTown) -> None:
    town = make_town(simple())
    case = town.start()
    town.do(case, "a")
    task, target = town.task(case, "b"), way(town, case, "b", "a", KEEPER).task_id
    first = commands.return_task(town.engine, KEEPER, task, target, WHY, "k")
    before = town.everything()
    assert commands.return_task(town.engine, KEEPER, task, target, WHY, "k") == first
    assert town.everything() == before


def test_opinions_of_an_undone_round_do_not_count(make_town: MakeTown) -> None:
    drawing = (
        Drawing("x")
        .start("s")
        .user("a")
        .user("say", groups="仓库管理员", each="件", of="${['灯', '线']}", fields={"意见": "textfield"})
    )
    drawing.user("sum", fields={"汇总": {"type": "textfield"}})
    drawing.script("count", "次 = 个数(办理记录('say'))\n近 = 最近值('意见')").user("last")
    drawing.end("e").flow("s a say sum count last e")
    town = make_town(drawing)
    case = town.start()
    town.do(case, "a")
    for item in ("灯", "线"):
        town.do(case, "say", KEEPER, item=item, 意见=f"{item}好")
    send_back(town, case, "sum", "say", CLERK)
    assert town.open(case) == ["say", "say"]
    drafts = {draft.data["意见"] for draft in town.rows(Draft)}
    assert drafts == {"灯好", "线好"}
    for item in ("灯", "线"):
        town.do(case, "say", KEEPER, item=item, 意见=f"{item}不好")
    town.do(case, "sum")
    assert town.value(case, "次") == 2
    assert town.value(case, "近") in ("灯不好", "线不好")


def numbered() -> list[Drawing]:
    drawing = Drawing("x", "领料").start("s").user("a").script("n", "单号 = 编号('单', '{年}-{序}')")
    drawing.call("inner", "y", outs={"内号": "内号"}).user("c", users="${'" + CLERK + "'}").end("e")
    drawing.flow("s a n inner c e")
    inner = Drawing("y").start("ys").user("b", users="${'" + CLERK + "'}")
    return [drawing, inner.script("m", "内号 = 编号('内', '内{序}')").end("ye").flow("ys b m ye")]


def test_numbers_once_given_stay(make_town: MakeTown) -> None:
    town = make_town(*numbered())
    case, other = town.start(), town.start()
    for each in (case, other):
        town.do(each, "a")
        town.do(each, "b")
    assert [town.value(each, "内号") for each in (case, other)] == ["内1", "内2"]
    for _ in range(2):
        send_back(town, case, "c", "a", CLERK)
        town.do(case, "a")
        town.do(case, "b")
        assert (town.value(case, "单号"), town.value(case, "内号")) == ("2026-1", "内1")
    assert len(town.rows(NumberGiven)) == 4
    third = town.start()
    town.do(third, "a")
    town.do(third, "b")
    assert town.value(third, "内号") == "内3"


def talking(answers: bool = True) -> list[Drawing]:
    drawing = Drawing("x", "领料", 业务键="${单号}").start("s").user("a")
    drawing.script("n", "单号 = 编号('单', '单{序}')")
    drawing.throw("order", "请购", correlationKey="${单号}", payload="单号")
    drawing.user("b").catch("wait", "到货", correlationKey="${单号}").user("c").end("e")
    drawing.flow("s a n order b wait c e")
    buy = Drawing("y", "采购").start("ys", message="请购", correlationKey="${单号}")
    buy.user("p", users="${'" + CLERK + "'}")
    buy.throw("tell", "到货", correlationKey="${单号}", payload="单号").user("q", users="${'" + CLERK + "'}")
    return [drawing, buy.end("ye").flow("ys p tell q ye")]


def test_what_another_case_works_on_cannot_be_taken_back_until_it_has_answered(make_town: MakeTown) -> None:
    town = make_town(*talking())
    case = town.start()
    town.do(case, "a")
    found = way(town, case, "b", "a", CLERK)
    assert found.blocked == "已发出的“请购”正由“采购”办理，待其答复或撤回后才能退回到这一步"
    before = town.everything()
    with pytest.raises(Conflict, match="已发出的“请购”正由“采购”办理"):
        commands.return_task(town.engine, CLERK, town.task(case, "b"), found.task_id, WHY)
    assert town.everything() == before
    town.do(case, "b")
    town.do(town.cases("y")[0].id, "p")
    # It has answered, although it goes on by itself.
    assert way(town, case, "c", "a", CLERK).blocked == ""
    send_back(town, case, "c", "a", CLERK)
    town.do(case, "a")
    assert len(town.cases("y")) == 2


def test_nor_while_the_other_case_stands_open_but_after_it_was_cancelled(make_town: MakeTown) -> None:
    town = make_town(*talking())
    case = town.start()
    town.do(case, "a")
    with town.engine.database.writing() as session:
        session.get_one(ProcessInstance, town.cases("y")[0].id).state = "cancelled"
    assert way(town, case, "b", "a", CLERK).blocked == ""


def test_a_message_nobody_took_is_withdrawn(make_town: MakeTown) -> None:
    town = make_town(talking()[0])
    case = town.start()
    town.do(case, "a")
    assert [message.state for message in town.rows(OutboxMessage)] == ["undelivered"]
    send_back(town, case, "b", "a", CLERK)
    assert [message.state for message in town.rows(OutboxMessage)] == ["withdrawn"]
    town.do(case, "a")
    assert sorted(message.state for message in town.rows(OutboxMessage)) == ["undelivered", "withdrawn"]


# ---- a step whose time is over


def timed(timer: str, interrupting: bool = True) -> Drawing:
    drawing = simple()
    drawing.boundary("t", "b", timer=timer, interrupting=interrupting, name="核对期限到").end("e2")
    return drawing.flow("t e2")


def test_a_step_whose_deadline_has_passed_is_named_but_is_no_target(make_town: MakeTown) -> None:
    town = make_town(timed("${'2026-11-23T12:00:00+08:00'}"))
    case = town.start()
    town.do(case, "a")
    town.do(case, "b", KEEPER)
    assert way(town, case, "c", "b", KEEPER).blocked == ""
    town.at("2026-11-23T13:00:00+08:00")
    over = way(town, case, "c", "b", KEEPER)
    assert over.blocked == "“核对”的“核对期限到”是 2026-11-23 12:00，已经过了，退回去会立即到期"
    before = town.everything()
    with pytest.raises(Conflict, match="“核对期限到”是 2026-11-23 12:00，已经过了"):
        commands.return_task(town.engine, KEEPER, town.task(case, "c"), over.task_id, WHY)
    assert town.everything() == before
    # Looking whether it would lapse has changed nothing, and earlier steps can still be returned to.
    assert town.open(case) == ["c"]
    send_back(town, case, "c", "a", KEEPER)
    assert town.open(case) == ["a"]


@pytest.mark.parametrize(
    ("timer", "interrupting"), [("${工作日后(今天(), 1)}", True), ("${'2026-11-23T12:00:00+08:00'}", False)]
)
def test_a_deadline_that_begins_anew_or_only_reminds_is_no_hindrance(
    make_town: MakeTown, timer: str, interrupting: bool
) -> None:
    town = make_town(timed(timer, interrupting))
    case = town.start()
    town.do(case, "a")
    town.do(case, "b", KEEPER)
    town.at("2026-11-26T13:00:00+08:00")
    send_back(town, case, "c", "b", KEEPER)
    assert town.open(case) == ["b"]


def test_nor_is_there_a_way_into_a_part_whose_deadline_has_passed(make_town: MakeTown) -> None:
    drawing = Drawing("x", "领料").start("s").user("a", "填写")
    with drawing.sub("part"):
        drawing.start("ps").user("b", "核对", groups="仓库管理员").end("pe").flow("ps b pe")
    drawing.boundary("t", "part", timer="${'2026-11-23T12:00:00+08:00'}").end("e2").flow("t e2")
    drawing.user("c", "发料", groups="仓库管理员").end("e").flow("s a part c e")
    town = make_town(drawing)
    case = town.start()
    town.do(case, "a")
    done = town.do(case, "b", KEEPER)
    town.at("2026-11-23T13:00:00+08:00")
    assert "已经过了，退回去会立即到期" in way(town, case, "c", "b", KEEPER).blocked
    assert way(town, case, "c", "a", KEEPER).blocked == ""
    assert not queries.may_withdraw(town.engine, KEEPER, done)
    with pytest.raises(Conflict, match="已经过了，不能撤回"):
        commands.withdraw_task(town.engine, KEEPER, done)


# ---- taking back what one has just submitted


def test_one_takes_ones_own_submission_back_until_the_next_has_opened_it(make_town: MakeTown) -> None:
    town = make_town(simple())
    case = town.start()
    done = town.do(case, "a", 用途="灯管")
    assert queries.may_withdraw(town.engine, CLERK, done)
    assert not queries.may_withdraw(town.engine, KEEPER, done)
    commands.withdraw_task(town.engine, CLERK, done)
    assert town.open(case) == ["a"]
    assert town.rows(Draft, task_id=town.task(case, "a"))[0].data == {"用途": "灯管"}
    assert town.history(case)[-1][0] == "task.withdrawn"
    again = town.do(case, "a", 用途="灯座")
    commands.open_task_page(town.engine, KEEPER, town.task(case, "b"))
    assert not queries.may_withdraw(town.engine, CLERK, again)
    before = town.everything()
    with pytest.raises(Conflict, match="后面的“核对”已由丁四打开，不能撤回"):
        commands.withdraw_task(town.engine, CLERK, again)
    assert town.everything() == before
    town.do(case, "b", KEEPER)
    with pytest.raises(Conflict, match="后面的“核对”已由丁四办理，不能撤回"):
        commands.withdraw_task(town.engine, CLERK, again)


def test_only_the_doer_takes_it_back_and_not_twice_and_not_after_the_end(make_town: MakeTown) -> None:
    town = make_town(simple())
    case = town.start()
    done = town.do(case, "a")
    for login, error in ((KEEPER, NotFound), (GUARD, NotFound)):
        with pytest.raises(error):
            commands.withdraw_task(town.engine, login, done)
    commands.withdraw_task(town.engine, CLERK, done, "", "k")
    assert commands.withdraw_task(town.engine, CLERK, done, "", "k")["task"] == done
    with pytest.raises(Conflict, match="没有办结的记录"):
        commands.withdraw_task(town.engine, CLERK, done)
    town.do(case, "a")
    town.do(case, "b", KEEPER)
    last = town.do(case, "c", KEEPER)
    with pytest.raises(Conflict, match="案卷已经办结"):
        commands.withdraw_task(town.engine, KEEPER, last)


def test_what_was_sent_and_has_arrived_is_not_taken_back(make_town: MakeTown) -> None:
    town = make_town(*talking())
    case = town.start()
    done = town.do(case, "a")
    assert not queries.may_withdraw(town.engine, CLERK, done)
    with pytest.raises(Conflict, match="“请购”已经送达"):
        commands.withdraw_task(town.engine, CLERK, done)


def test_of_a_joint_signature_one_takes_back_only_ones_own(make_town: MakeTown) -> None:
    people = [KEEPER, FIXER, HEAD]
    drawing = Drawing("x").start("s").user("a")
    drawing.user("say", each="人", of=f"${{{people!r}}}", users="${人}", fields={"意见": "textfield"})
    town = make_town(drawing.user("sum", groups="主管,经办员").end("e").flow("s a say sum e"))
    case = town.start()
    town.do(case, "a")
    done = {login: town.do(case, "say", login, item=login, 意见=login) for login in people}
    assert town.open(case) == ["sum"]
    commands.withdraw_task(town.engine, KEEPER, done[KEEPER])
    assert [row.item for row in town.rows(Task, instance_id=case, state="open")] == [KEEPER]
    town.do(case, "say", KEEPER, item=KEEPER, 意见="改了")
    given = town.value(case, "say_results")
    assert [each["意见"] for each in given.values()] == ["改了", FIXER, HEAD]


def test_only_who_may_do_the_task_counts_as_having_opened_it(make_town: MakeTown) -> None:
    town = make_town(simple())
    case = town.start()
    town.do(case, "a")
    with pytest.raises(Forbidden):
        commands.open_task_page(town.engine, CLERK, town.task(case, "b"))
    commands.open_task_page(town.engine, KEEPER, town.task(case, "b"))
    commands.open_task_page(town.engine, STORE, town.task(case, "b"))
    assert town.rows(Task, instance_id=case, state="open")[0].read_by == KEEPER


def test_a_sheet_that_waits_for_signatures_is_taken_back_until_somebody_has_signed(
    make_town: MakeTown,
) -> None:
    town = make_town(simple())
    case = town.start()
    task = town.task(case, "a")
    for login in (HEAD, STORE):
        commands.add_signer(town.engine, CLERK, task, login, "after", "请把关")
    commands.complete_user_task(town.engine, CLERK, task, {"用途": "灯管"})
    assert queries.may_withdraw(town.engine, CLERK, task)
    commands.withdraw_task(town.engine, CLERK, task)
    assert town.rows(Draft, task_id=task, login=CLERK)[0].data == {"用途": "灯管"}
    assert town.history(case)[-1][0] == "task.withdrawn"
    commands.complete_user_task(town.engine, CLERK, task, {"用途": "灯座"})
    commands.sign_task(town.engine, HEAD, task, True, "同意。")
    with pytest.raises(Conflict, match="已经加签，不能撤回"):
        commands.withdraw_task(town.engine, CLERK, task)
    commands.sign_task(town.engine, STORE, task, True, "同意。")
    assert town.open(case) == ["b"]


def test_what_a_signer_has_opened_is_not_taken_back(make_town: MakeTown) -> None:
    town = make_town(simple())
    case = town.start()
    task = town.task(case, "a")
    commands.add_signer(town.engine, CLERK, task, HEAD, "after", "请把关")
    # Before it is submitted there is nothing for the signer to open.
    with pytest.raises(Forbidden):
        commands.open_task_page(town.engine, HEAD, task)
    commands.complete_user_task(town.engine, CLERK, task, {"用途": "灯管"})
    assert queries.may_withdraw(town.engine, CLERK, task)
    assert queries.unread(town.engine, HEAD, task)
    commands.open_task_page(town.engine, HEAD, task)
    assert not queries.unread(town.engine, HEAD, task)
    assert not queries.may_withdraw(town.engine, CLERK, task)
    before = town.everything()
    with pytest.raises(Conflict, match="甲一已经打开要加签的内容，不能撤回"):
        commands.withdraw_task(town.engine, CLERK, task)
    assert town.everything() == before
    # An objection gives the sheet back; nobody has opened the next one.
    commands.sign_task(town.engine, HEAD, task, False, "数量偏大。")
    commands.complete_user_task(town.engine, CLERK, task, {"用途": "灯座"})
    assert queries.may_withdraw(town.engine, CLERK, task)


def test_a_signer_of_the_next_step_who_has_opened_it_counts(make_town: MakeTown) -> None:
    town = make_town(simple())
    case = town.start()
    done = town.do(case, "a", 用途="灯管")
    task = town.task(case, "b")
    commands.add_signer(town.engine, KEEPER, task, HEAD, "before", "请把关")
    commands.open_task_page(town.engine, HEAD, task)
    with pytest.raises(Conflict, match="后面的“核对”已由甲一打开"):
        commands.withdraw_task(town.engine, CLERK, done)


# ---- documents made of what is undone


def papers() -> Drawing:
    drawing = Drawing("x", "领料").start("s").user("a", "填写", fields={"用途": "textfield"})
    drawing.document("d", "单.html", "领料单").user("b", "核对", groups="仓库管理员")
    drawing.template("单.html", "<p>{{ 用途 }}</p>")
    return drawing.user("c", "发料", groups="仓库管理员").end("e").flow("s a d b c e")


def held(town: Town, case: str) -> list[tuple[str, bool]]:
    return [
        (each.name, each.void_at is None) for each in queries.case_view(town.engine, CLERK, case).documents
    ]


def test_documents_made_of_what_was_returned_are_kept_as_void(make_town: MakeTown) -> None:
    town = make_town(papers())
    case = town.start()
    town.do(case, "a", 用途="灯管")
    town.do(case, "b", KEEPER)
    assert held(town, case) == [("领料单", True)]
    # Going back to a step behind it leaves it alone.
    send_back(town, case, "c", "b", KEEPER)
    assert held(town, case) == [("领料单", True)]
    send_back(town, case, "b", "a", KEEPER)
    assert held(town, case) == [("领料单", False)]
    _kind, body = town.history(case)[-1]
    assert body["void"] == ["领料单"]
    town.do(case, "a", 用途="灯座")
    assert held(town, case) == [("领料单", False), ("领料单（第2次）", True)]
    assert "灯座" in queries.document_text(town.engine, case, "领料单")
    # A second return does not touch what is void already.
    [old] = [each for each in town.rows(Document, instance_id=case) if each.void_at]
    town.at("2026-11-23T10:00:00+08:00")
    send_back(town, case, "b", "a", KEEPER)
    assert town.rows(Document, id=old.id)[0].void_at == old.void_at
    assert held(town, case) == [("领料单", False), ("领料单（第2次）", False)]


def test_withdrawing_makes_the_document_void_too(make_town: MakeTown) -> None:
    town = make_town(papers())
    case = town.start()
    done = town.do(case, "a", 用途="灯管")
    commands.withdraw_task(town.engine, CLERK, done)
    assert held(town, case) == [("领料单", False)]
    with pytest.raises(NotFound):
        queries.document_text(town.engine, case, "领料单")
