"""应用到在办事项: cases under way go on under the current version, and back, with everything that mirrors them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine import commands, queries
from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.models import (
    HistoryEvent,
    InboxEntry,
    InstanceState,
    Notification,
    ProcessDefinition,
    Subscription,
    Task,
    TaskCandidate,
    TimerRow,
    VersionChange,
)
from tests.engine.conftest import MakeTown
from tests.support.cases import ADMIN, CLERK, FIXER, GUARD, HEAD, KEEPER, STORE, VICE, Town
from tests.support.diagrams import Drawing, make_processes

OWNER = VICE
Owned = Callable[..., Town]


@pytest.fixture
def owned(make_town: MakeTown, tmp_path: Path) -> Owned:
    """Makes a town of drawings in which one person looks after procedures."""

    def make(*drawings: Drawing) -> Town:
        organisation = make_processes(tmp_path, *drawings) / "lianxi" / "organisation.yml"
        text = organisation.read_text("utf-8")
        organisation.write_text(
            text.replace("capabilities:\n", "capabilities:\n  definitions: [副主管]\n"), "utf-8"
        )
        return make_town(*drawings)

    return make


def row(*ids: str, due: str = "", post: str = "", warn: str = "", **properties: str) -> Drawing:
    """Steps one after the other; of `b` may be said until when, by whom, and with what warning."""
    drawing = Drawing("x", "领料", **{"可见岗位": "主管", **properties}).start("s")
    for each in ids:
        at = each == "b"
        drawing.user(each, f"做{each}", {"数": "number"}, due=due if at else "", groups=post if at else "")
    if warn:
        drawing.boundary("w", "b", timer=warn, name="催办", interrupting=False)
        drawing.notify("n", "主管", "快").end("we").flow("w n we")
    return drawing.end("e").flow(" ".join(["s", *ids, "e"]))


def current(town: Town) -> int:
    return next(each.id for each in town.rows(ProcessDefinition, key="x", current=True))


def apply(
    town: Town, *cases: str, reason: str = "规则改了", key: str | None = None
) -> list[dict[str, object]]:
    done = commands.apply_version(town.engine, OWNER, current(town), cases, reason, key)
    commands.drain(town.engine)
    return list(done["items"])


def outcome(town: Town, case: str) -> tuple[object, object]:
    item = apply(town, case)[0]
    return item["outcome"], item["detail"]


def test_a_case_goes_on_under_the_current_version(owned: Owned) -> None:
    town = owned(row("a", "b", "c"))
    case = town.start()
    town.do(case, "a", 数="1")
    task = town.task(case, "b")
    commands.save_draft(town.engine, CLERK, task, {"数": "7"})
    before = queries.task_view(town.engine, CLERK, task).revision
    town.deploy(row("a", "b", "x", "c"))
    assert town.case(case).definition_id != current(town)
    done = apply(town, case)
    assert [(each["instance"], each["outcome"], each["detail"]) for each in done] == [(case, "done", None)]
    assert town.case(case).definition_id == current(town)
    assert town.task(case, "b") == task
    # What had been typed is kept, but a page opened before is told that the form may have changed.
    view = queries.task_view(town.engine, CLERK, task)
    assert (view.definition_id, view.revision > before) == (current(town), True)
    for each in "bxc":
        town.do(case, each, 数="1")
    assert town.case(case).state == "completed"
    kinds = [kind for kind, _ in town.history(case)]
    assert kinds.count("version.applied") == 1
    body = next(body for kind, body in town.history(case) if kind == "version.applied")
    assert (body["before"], body["after"], body["reason"]) == (1, 2, "规则改了")


def test_only_who_looks_after_procedures_may(owned: Owned) -> None:
    town = owned(row("a", "b"))
    case = town.start()
    town.deploy(row("a", "x", "b"))
    new = current(town)
    for login in (CLERK, HEAD, GUARD, ADMIN):
        with pytest.raises(Forbidden):
            commands.apply_version(town.engine, login, new, [case], "改")
        with pytest.raises(Forbidden):
            queries.rebase_preview(town.engine, login, new)
        with pytest.raises(Forbidden):
            commands.revert_version(town.engine, login, [1], "改")
        with pytest.raises(Forbidden):
            queries.version_changes(town.engine, login, "x")
    with pytest.raises(NotFound):
        commands.apply_version(town.engine, OWNER, 999, [case], "改")
    old = next(each.id for each in town.rows(ProcessDefinition, key="x", version=1))
    with pytest.raises(Conflict, match="只有现行版本"):
        commands.apply_version(town.engine, OWNER, old, [case], "改")
    for cases, reason, wrong in (([], "改", {"instances"}), ([case], " ", {"reason"})):
        with pytest.raises(Invalid) as refused:
            commands.apply_version(town.engine, OWNER, new, cases, reason)
        assert set(refused.value.errors) == wrong
    assert town.rows(VersionChange) == []


def test_of_several_each_is_its_own(owned: Owned) -> None:
    town = owned(row("a", "b", "c"))
    first, second, third, fourth = (town.start() for _ in range(4))
    for case in (second, third):
        town.do(case, "a", 数="1")
    for each in "abc":
        town.do(fourth, each, 数="1")
    town.deploy(row("a", "c"))
    found = {each["instance"]: each for each in apply(town, first, second, third, fourth, "nothing")}
    assert [found[each]["outcome"] for each in (first, second, third, fourth, "nothing")] == [
        "done",
        "refused",
        "refused",
        "conflict",
        "not_found",
    ]
    assert found[second]["detail"] == "案卷正停在“做b”，新版本里没有这个环节。"
    assert outcome(town, first) == ("conflict", "案卷已经按这一版办理。")
    assert [town.open(each) for each in (first, second)] == [["a"], ["b"]]


def test_repeated_with_the_same_key_it_is_done_once(owned: Owned) -> None:
    town = owned(row("a", "b"))
    case = town.start()
    town.deploy(row("a", "x", "b"))
    first = apply(town, case, key="k")
    assert apply(town, case, key="k") == first
    assert len(town.rows(VersionChange)) == 1
    change = int(str(first[0]["change"]))
    once = commands.revert_version(town.engine, OWNER, [change], "错了", "k")
    assert commands.revert_version(town.engine, OWNER, [change], "错了", "k") == once
    assert once["items"][0]["outcome"] == "done"


def test_the_dry_run_says_what_would_be_and_writes_nothing(owned: Owned) -> None:
    town = owned(row("a", "b", "c"))
    first, second = town.start(), town.start()
    town.do(second, "a", 数="1")
    town.deploy(row("a2", "b", "c", post="仓库管理员", warn="${'2026-11-20T09:00:00+08:00'}"))
    before = town.everything()
    found = queries.rebase_preview(town.engine, OWNER, current(town))
    assert town.everything() == before
    assert (found.key, found.version, found.left_out) == ("x", 2, 0)
    lines = {each.instance_id: each for each in found.cases}
    assert lines[first].refused == "案卷正停在“做a”，新版本里没有这个环节"
    assert (lines[second].refused, lines[second].due, lines[second].version) == ("", ["催办"], 1)
    assert [(step.name, step.others) for step in lines[second].steps] == [("做b", True)]
    # Looking after procedures is no reason to see what cases are about.
    assert {each.title for each in found.cases} == {None}
    apply(town, second)
    assert {e.instance_id for e in queries.rebase_preview(town.engine, OWNER, current(town)).cases} == {first}


def test_who_has_it_in_hand_finishes_and_nobody_yet_means_the_new_ones(owned: Owned) -> None:
    town = owned(row("a", "b", post="仓库管理员"))
    free, taken = town.start(), town.start()
    for case in (free, taken):
        town.do(case, "a", 数="1")
    commands.claim_task(town.engine, KEEPER, town.task(taken, "b"))
    town.deploy(row("a", "b", post="维修工"))
    apply(town, free, taken)
    for case, principals in ((free, {"post:lianxi/维修工"}), (taken, {f"user:{KEEPER}"})):
        task = town.task(case, "b")
        assert {each.principal for each in town.rows(InboxEntry, task_id=task)} == principals
    town.do(taken, "b", login=KEEPER, 数="1")
    asked = {each.principal: each.role for each in town.rows(TaskCandidate, task_id=town.task(free, "b"))}
    assert asked == {"post:lianxi/仓库管理员": "see", "post:lianxi/维修工": "do"}
    assert "第 2 版" in town.rows(Notification, login=STORE, kind="version")[0].text
    assert town.rows(Notification, login=FIXER, kind="version", instance_id=free)
    assert not town.rows(Notification, login=FIXER, kind="version", instance_id=taken)
    town.do(free, "b", login=FIXER, 数="1")


def test_dates_timers_messages_and_readers_follow(owned: Owned) -> None:
    plain = row("a", "b", "c")
    plain.boundary("m", "b", message="停", operators="主管").end("me").flow("m me")
    town = owned(plain)
    case = town.start()
    town.do(case, "a", 数="1")
    since = town.rows(Subscription, instance_id=case)[0].since
    town.at("2026-11-24T09:00:00+08:00")
    other = row(
        "a",
        "b",
        "c",
        due="${工作日后('2026-11-23', 3)}",
        warn="${工作日后('2026-11-23', 2)}",
        可见岗位="门卫",
    )
    other.boundary("m", "b", message="停", operators="主管,门卫").end("me").flow("m me")
    other.boundary("m2", "b", message="改").end("me2").flow("m2 me2")
    town.deploy(other)
    assert outcome(town, case)[0] == "done"
    task = town.rows(Task, id=town.task(case, "b"))[0]
    assert task.due_at is not None
    assert {entry.due_at for entry in town.rows(InboxEntry, task_id=task.id)} == {task.due_at}
    assert [timer.element for timer in town.rows(TimerRow, instance_id=case)] == ["w"]
    waits = {each.element: each for each in town.rows(Subscription, instance_id=case)}
    assert set(waits) == {"m", "m2"}
    assert waits["m"].operators == ["post:lianxi/主管", "post:lianxi/门卫"]
    assert (waits["m"].since, waits["m2"].since > since) == (since, True)
    assert queries.case_view(town.engine, GUARD, case).sight.whole
    with pytest.raises(NotFound):
        queries.case_view(town.engine, KEEPER, case)
    mirrored = town.everything()
    commands.rebuild_projections(town.engine, case)
    after = town.everything()
    assert [after[name] for name in ("inbox", "message_subscription", "case_reader")] == [
        mirrored[name] for name in ("inbox", "message_subscription", "case_reader")
    ]
    change = town.rows(VersionChange)[0].id
    done = commands.revert_version(town.engine, OWNER, [change], "弄错了")
    assert done["items"][0]["outcome"] == "done"
    assert town.rows(Task, id=task.id)[0].due_at is None
    assert (town.rows(TimerRow, instance_id=case), queries.case_view(town.engine, HEAD, case).version) == (
        [],
        1,
    )
    with pytest.raises(NotFound):
        queries.case_view(town.engine, GUARD, case)


# ---- taking it back


def applied(owned: Owned) -> tuple[Town, str, int]:
    town = owned(row("a", "b", "c"))
    case = town.start()
    town.do(case, "a", 数="1")
    town.deploy(row("a", "b", "x", "c"))
    return town, case, int(str(apply(town, case)[0]["change"]))


def revert(town: Town, change: int) -> tuple[object, object]:
    done = commands.revert_version(town.engine, OWNER, [change], "弄错了")["items"][0]
    return done["outcome"], done["detail"]


def test_taken_back_the_case_is_what_it_was(owned: Owned) -> None:
    town = owned(row("a", "b", "c"))
    case = town.start()
    town.do(case, "a", 数="1")
    state = town.rows(InstanceState, instance_id=case)[0].blob
    town.deploy(row("a", "b", "x", "c"))
    change = int(str(apply(town, case)[0]["change"]))
    commands.claim_task(town.engine, CLERK, town.task(case, "b"))
    assert [each.fixed for each in queries.version_changes(town.engine, OWNER, "x")] == [""]
    assert revert(town, change) == ("done", None)
    assert town.rows(InstanceState, instance_id=case)[0].blob == state
    assert queries.case_view(town.engine, HEAD, case).version == 1
    for each in "bc":
        town.do(case, each, 数="1")
    assert town.case(case).state == "completed"
    line = queries.version_changes(town.engine, OWNER, "x")[0]
    assert (line.before, line.after, line.reverted_by, line.revert_reason) == (1, 2, OWNER, "弄错了")
    assert line.fixed == "已由乙二撤销"
    assert revert(town, change) == ("conflict", "已由乙二撤销。")
    assert "version.reverted" in [kind for kind, _ in town.history(case)]


def test_once_somebody_has_gone_on_it_stays(owned: Owned) -> None:
    town, case, change = applied(owned)
    town.do(case, "b", 数="1")
    assert revert(town, change) == ("conflict", "应用以后“做b”已由戊五办理，不能撤销。")
    assert queries.version_changes(town.engine, OWNER, "x")[0].fixed.startswith("应用以后“做b”")
    town.do(case, "x", 数="1")


def test_of_two_changes_only_the_last(owned: Owned) -> None:
    town, case, first = applied(owned)
    town.deploy(row("a", "b", "y", "c"))
    second = int(str(apply(town, case)[0]["change"]))
    assert revert(town, first)[1] == "后来又改按别的版本办理，要先撤销后面那一次。"
    assert revert(town, second) == ("done", None)
    assert revert(town, first) == ("done", None)
    assert queries.case_view(town.engine, HEAD, case).version == 1


def test_what_happened_at_once_cannot_be_taken_back(owned: Owned) -> None:
    town = owned(row("a", "b", "c"))
    case = town.start()
    town.do(case, "a", 数="1")
    town.deploy(row("a", "b", "c", warn="${'2026-11-20T09:00:00+08:00'}"))
    change = int(str(apply(town, case)[0]["change"]))
    assert [each.text for each in town.rows(Notification, login=HEAD, kind="reminder")] != []
    outcome, detail = revert(town, change)
    assert outcome == "conflict"
    assert "“催办”" in str(detail)


def test_what_stands_still_or_waits_for_signatures_is_not_changed(owned: Owned) -> None:
    town = owned(row("a", "b", "c"))
    still, waiting = town.start(), town.start()
    commands.suspend_case(town.engine, HEAD, still, "等批复")
    task = town.task(waiting, "a")
    commands.add_signer(town.engine, CLERK, task, KEEPER, "after", "请核")
    commands.complete_user_task(town.engine, CLERK, task, {"数": "1"})
    town.deploy(row("a", "x", "b", "c"))
    details = [each["detail"] for each in apply(town, still, waiting)]
    assert details == [
        "案卷已经挂起，恢复办理以后才能改。",
        "“做a”已经提交，正等加签，签完以后才能改。",
    ]
    refused = [each.refused for each in queries.rebase_preview(town.engine, OWNER, current(town)).cases]
    assert refused == [str(each).rstrip("。") for each in details]


def test_a_case_with_a_failure_goes_on_under_a_mended_version(owned: Owned) -> None:
    def drawing(condition: str) -> Drawing:
        found = Drawing("x", "领料", 可见岗位="主管").start("s").user("a", "做a", {"数": "number"}).xor("ok")
        found.user("b").end("e").flow("s a ok").flow("ok b e", when=condition)
        return found

    town = owned(drawing("数 > 5"))
    case = town.start()
    with pytest.raises(Exception, match="没有一条出线"):
        town.do(case, "a", 数="1")
    assert town.case(case).state == "incident"
    town.deploy(drawing("数 > 0"))
    assert outcome(town, case)[0] == "done"
    town.do(case, "a", 数="1")
    assert town.open(case) == ["b"]


def test_a_hard_element_gone_past_is_refused(owned: Owned) -> None:
    town = owned(row("a", "b", "c"))
    case = town.start()
    town.do(case, "a", 数="1")
    hard = Drawing("x", "领料", 可见岗位="主管").start("s").end("e")
    for each in "ahbc":
        hard.user(each, f"做{each}", {"数": "number"}, **({"硬约束": "是"} if each == "h" else {}))
    town.deploy(hard.flow("s a h b c e"))
    assert outcome(town, case) == (
        "refused",
        "新版本的硬约束环节“做h”在案卷已经走过的路上，案卷没有经过它。",
    )
    assert [event.kind for event in town.rows(HistoryEvent, chain=case)].count("version.applied") == 0
