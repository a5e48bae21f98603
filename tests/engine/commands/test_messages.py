"""Messages arrive in order, before anything else happens to their sender, at exactly one case."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine import commands, queries
from engine.errors import Forbidden, NotFound
from engine.models import HistoryEvent, Incident, OutboxMessage
from tests.engine.conftest import MakeTown
from tests.support.cases import ADMIN, CLERK, GUARD, HEAD, MONDAY, STORE, Town
from tests.support.diagrams import Drawing


def waiting_case(key: str = "jie", **extra: str) -> Drawing:
    """Waits for 到货 of its own number, and counts what comes."""
    drawing = (
        Drawing(key, 公开变量="号,收到", 业务键="${号}", 启动变量="号", **extra)
        .start("s")
        .script("n", "收到 = []")
    )
    drawing.catch("c", message="到货", correlationKey="${号}").script("p", "收到 = 合并(收到, [物])").xor(
        "g", default="c"
    ).end("e")
    return drawing.flow("s n c p g c").flow("g e", when="物 == '完'")


def sending_case() -> Drawing:
    drawing = Drawing("fa", 启动变量="号,物").start("s")
    drawing.send("t", "到货", each="一", of="${物}", correlationKey="${号}", payload="物 = 一")
    return drawing.user("a").end("e").flow("s t a e")


def test_messages_of_a_case_arrive_in_the_order_they_were_sent(make_town: MakeTown) -> None:
    town = make_town(waiting_case(), sending_case())
    case = town.start("jie", 号=1)
    town.start("fa", 号=1, 物=list("甲乙丙丁戊完"))
    assert town.value(case, "收到") == list("甲乙丙丁戊完")
    assert town.case(case).state == "completed"
    assert [message.receiver for message in town.messages("delivered")] == [case] * 6


def test_two_that_wait_for_the_same_name_are_told_apart_by_the_key(make_town: MakeTown) -> None:
    town = make_town(waiting_case(), sending_case())
    one, other = town.start("jie", 号=1), town.start("jie", 号=2)
    town.start("fa", 号=2, 物=["甲"])
    assert (town.value(one, "收到"), town.value(other, "收到")) == ([], ["甲"])


def test_who_sees_a_case_whole_is_told_what_it_waits_for(make_town: MakeTown) -> None:
    town = make_town(waiting_case(可见岗位="主管"))
    case = town.start("jie", 号=1)
    for login in (CLERK, HEAD):
        [wait] = queries.case_view(town.engine, login, case).waits
        assert (wait.name, wait.message, wait.since) == ("c", "到货", MONDAY)


def test_of_two_with_the_same_key_the_one_that_waited_longer_gets_it(make_town: MakeTown) -> None:
    town = make_town(waiting_case(), sending_case())
    one = town.start("jie", 号=1)
    town.at("2026-11-23T10:00:00+08:00")
    other = town.start("jie", 号=1)
    town.start("fa", 号=1, 物=["甲"])
    assert (town.value(one, "收到"), town.value(other, "收到")) == (["甲"], [])


def test_a_message_nobody_takes_is_on_the_administrators_list(make_town: MakeTown) -> None:
    town = make_town(waiting_case(), sending_case())
    sender = town.start("fa", 号=9, 物=["甲"])
    found = queries.undelivered_messages(town.engine, ADMIN)
    assert [(message.name, message.correlation_key, message.instance_id) for message in found] == [
        ("到货", "9", sender)
    ]
    assert ("message.undelivered", {"message": "到货", "key": "9", "sender": sender}) in town.history(sender)
    with pytest.raises(Forbidden):
        queries.undelivered_messages(town.engine, STORE)


def test_a_message_starts_a_case_when_nobody_waits_for_it(make_town: MakeTown) -> None:
    started = (
        Drawing("qi", 公开变量="物")
        .start("by_hand")
        .start("by_message", message="到货")
        .user("a", users="${'bingsan'}")
    )
    started.end("e").flow("by_hand a e").flow("by_message a")
    town = make_town(started, waiting_case(), sending_case())
    sender = town.start("fa", 号=1, 物=["甲", "乙"])
    cases = town.cases("qi")
    assert sorted(row.public["物"] for row in cases) == ["乙", "甲"]
    assert {row.started_by for row in cases} == {None}
    assert {state for row in cases for state in row.elements["qi"]} == {"by_message", "a"}
    kind, body = town.history(cases[0].id)[0]
    assert (kind, body["message"], body["caused_by"]) == ("instance.started", "到货", sender)
    # A case that waits for it comes first.
    case = town.start("jie", 号=1)
    town.start("fa", 号=1, 物=["丙"])
    assert town.value(case, "收到") == ["丙"]
    assert len(town.cases("qi")) == 2


def begun_for(whom: str) -> list[Drawing]:
    """A case that begins another, and says for whom; the other one takes `whom` as its starter."""
    sender = Drawing("fa", 启动变量="号").start("s")
    sender.throw("t", "到货", correlationKey="${号}", payload="号; 送来的人 = 发起人; 别的 = 'weizhi'").user(
        "a"
    ).end("e")
    begun = Drawing("qi", 标题="${'到货' + 号}").start(
        "m", message="到货", correlationKey="${号}", 发起人=whom
    )
    begun.user("b", groups="仓库管理员").end("e")
    return [sender.flow("s t a e"), begun.flow("m b e")]


def test_a_case_begun_by_a_message_has_the_starter_its_start_event_names(make_town: MakeTown) -> None:
    town = make_town(*begun_for("${送来的人}"))
    town.start("fa", 号="1")
    [begun] = town.cases("qi")
    assert (begun.started_by, begun.title) == (CLERK, "到货1")
    # He sees it whole, among what he has started; the record says who began it: nobody by hand.
    assert queries.case_view(town.engine, CLERK, begun.id).sight.whole
    assert [
        case.id for case in queries.list_cases(town.engine, CLERK, started_by=CLERK, definition="qi").items
    ] == [begun.id]
    with pytest.raises(NotFound):
        queries.case_view(town.engine, GUARD, begun.id)
    # The case that sent the message may wait for it, so it does not end by a click.
    with pytest.raises(Forbidden, match="由别的案卷送来的消息发起"):
        commands.cancel_process_instance(town.engine, CLERK, begun.id, "不要了")
    with town.session() as session:
        first = session.scalars(select(HistoryEvent).where(HistoryEvent.chain == begun.id).limit(1)).one()
    assert (first.actor, first.body["message"]) == (None, "到货")


@pytest.mark.parametrize("whom", ["${''}", "${别的}", "${1}"])
def test_a_starter_nobody_knows_is_none(make_town: MakeTown, whom: str) -> None:
    town = make_town(*begun_for(whom))
    town.start("fa", 号="1")
    assert [case.started_by for case in town.cases("qi")] == [None]


def asking() -> Drawing:
    """Sends to a waiting case and asks, in the next command, who waits."""
    drawing = (
        Drawing("wen", 启动变量="号")
        .start("s")
        .user("a")
        .throw("t", message="到货", correlationKey="${号}", payload="物 = '完'")
    )
    drawing.user("b").script("ask", "还等 = 取列(等待中的('到货'), '业务键')").end("e")
    return drawing.flow("s a t b ask e")


def test_what_a_case_has_sent_arrives_before_the_next_command_touches_it(make_town: MakeTown) -> None:
    town = make_town(waiting_case(), asking())
    one, _ = town.start("jie", 号=1), town.start("jie", 号=2)
    case = town.start("wen", 号=1)
    town.do(case, "a", drain=False)
    assert [message.state for message in town.rows(OutboxMessage)] == ["pending"]
    town.do(case, "b", drain=False)
    assert town.value(case, "还等") == ["2"]
    assert town.case(one).state == "completed"


def test_what_a_receiver_has_sent_arrives_before_a_message_touches_it(make_town: MakeTown) -> None:
    middle = (
        Drawing("zhong").start("s").throw("t", message="到货", correlationKey="${1}", payload="物 = '完'")
    )
    middle.catch("c", message="催问").script("ask", "还等 = 个数(等待中的('到货'))").end("e").flow(
        "s t c ask e"
    )
    caller = Drawing("cui").start("s").throw("t", message="催问").end("e").flow("s t e")
    town = make_town(waiting_case(), middle, caller)
    town.start("jie", 号=1)
    case = town.start("zhong", drain=False)
    town.start("cui", drain=False)
    (second,) = [message.id for message in town.rows(OutboxMessage) if message.name == "催问"]
    commands.deliver_message(town.engine, second)
    assert town.value(case, "还等") == 0


def test_what_a_case_has_sent_arrives_before_a_timer_touches_it(make_town: MakeTown) -> None:
    drawing = (
        Drawing("zhong").start("s").throw("t", message="到货", correlationKey="${1}", payload="物 = '完'")
    )
    drawing.catch("c", timer="${'2026-11-24T09:00:00+08:00'}").script(
        "ask", "还等 = 个数(等待中的('到货'))"
    ).end("e")
    town = make_town(waiting_case(), drawing.flow("s t c ask e"))
    town.start("jie", 号=1)
    case = town.start("zhong", drain=False)
    from engine.clock import parse_moment

    town.engine.clock.set(parse_moment("2026-11-24T09:00:00+08:00"))
    commands.fire_timers(town.engine, case)
    assert town.value(case, "还等") == 0


def test_two_cases_that_have_sent_each_other_something_both_get_it(make_town: MakeTown) -> None:
    def one_of(key: str, mine: str, theirs: str) -> Drawing:
        drawing = Drawing(key).start("s").throw("t", message=mine).catch("c", message=theirs)
        return drawing.throw("t2", message=mine).catch("c2", message=theirs).end("e").flow("s t c t2 c2 e")

    town = make_town(one_of("jia", "甲话", "乙话"), one_of("yi", "乙话", "甲话"))
    first, second = town.start("jia", drain=False), town.start("yi", drain=False)
    commands.drain(town.engine)
    assert (town.case(first).state, town.case(second).state) == ("completed", "completed")


def broken_receiver() -> Drawing:
    drawing = Drawing("huai", 启动变量="号").start("s").catch("c", message="到货", correlationKey="${号}")
    return drawing.script("x", "商 = 1 / 参数('除数')").user("a").end("e").flow("s c x a e")


def mend(town: Town, value: int) -> None:
    path = town.engine.processes / "lianxi" / "parameters.yml"
    text = path.read_text("utf-8")
    line = f"  除数: {{value: {value}, unit: 个, source: LX-2}}\n"
    text = "".join(each for each in text.splitlines(True) if "除数" not in each).replace(
        "series:", line + "series:"
    )
    path.write_text(text, "utf-8")
    town.deploy()


def test_a_receiver_that_fails_keeps_the_message_and_a_retry_delivers_all_in_order(
    make_town: MakeTown,
) -> None:
    town = make_town(broken_receiver(), waiting_case(), sending_case())
    mend(town, 0)
    case = town.start("huai", 号=1)
    town.at("2026-11-23T10:00:00+08:00")
    fine = town.start("jie", 号=1)
    # The failing case has waited longest, so it gets the first of both messages.
    sender = town.start("fa", 号=1, 物=["甲", "乙"])
    assert [message.state for message in sorted(town.rows(OutboxMessage), key=lambda m: m.seq)] == [
        "failed",
        "pending",
    ]
    assert town.value(fine, "收到") == []
    (incident,) = town.rows(Incident)
    assert (incident.instance_id, incident.command, incident.element) == (case, "deliver_message", "x")
    assert town.case(case).state == "incident"
    # The sender is not held up by what happens elsewhere.
    town.do(sender, "a")
    assert not commands.retry_incident(town.engine, ADMIN, incident.id, "已处理")
    assert town.case(case).state == "incident"
    mend(town, 2)
    (incident,) = [each for each in town.rows(Incident) if each.resolved_at is None]
    assert commands.retry_incident(town.engine, ADMIN, incident.id, "已处理")
    commands.drain(town.engine)
    assert (town.value(case, "商"), town.case(case).state) == (0.5, "active")
    assert town.value(fine, "收到") == ["乙"]
    with pytest.raises(Forbidden):
        commands.retry_incident(town.engine, CLERK, incident.id, "已处理")


def test_a_failing_timer_is_one_incident_and_does_not_stop_the_others(make_town: MakeTown) -> None:
    def timed(key: str, script: str) -> Drawing:
        drawing = (
            Drawing(key).start("s").catch("t", timer="${'2026-11-24T09:00:00+08:00'}").script("x", script)
        )
        return drawing.user("a").end("e").flow("s t x a e")

    town = make_town(timed("huai", "商 = 1 / 参数('除数')"), timed("hao", "商 = 1"))
    mend(town, 0)
    bad, good = town.start("huai"), town.start("hao")
    for moment in ("2026-11-24T09:00:00+08:00", "2026-11-25T09:00:00+08:00"):
        town.at(moment)
    assert (town.open(good), town.open(bad)) == (["a"], [])
    (incident,) = town.rows(Incident)
    assert (incident.command, incident.element, town.case(bad).state) == ("fire_timers", "x", "incident")
    mend(town, 4)
    assert commands.retry_incident(town.engine, ADMIN, incident.id, "已处理")
    assert (town.open(bad), town.case(bad).state) == (["a"], "active")


def test_a_call_that_fails_outside_the_expressions_is_an_incident_too(make_town: MakeTown) -> None:
    # The template is missing: no expression is wrong, and still the work of others must go on.
    drawing = (
        Drawing("huai")
        .start("s")
        .catch("t", timer="${'2026-11-24T09:00:00+08:00'}")
        .document("d", "没有.html", "文书")
    )
    town = make_town(drawing.end("e").flow("s t d e"))
    bad = town.start("huai")
    town.at("2026-11-24T09:00:00+08:00")
    assert town.case(bad).state == "incident"
    assert "没有.html" in town.rows(Incident)[0].reason


def test_a_loop_without_a_way_out_is_refused_when_it_starts(make_small_town: MakeTown) -> None:
    from engine.errors import Refused

    town = make_small_town(
        Drawing("x").start("s").catch("c", message="到货").script("p", "x = 1").flow("s c p c")
    )
    with pytest.raises(Refused, match="走不出去的圈"):
        town.start()
