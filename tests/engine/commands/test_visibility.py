"""Who sees what of a case, asked through every function that reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine import ProcessEngine, commands, queries
from engine.errors import Conflict, EngineError, Forbidden, NotFound
from engine.models import Document, ProcessDefinition, Task
from tests.engine.conftest import MakeTown
from tests.support.cases import (
    ADMIN,
    CLERK,
    EVERYBODY,
    FIXER,
    GUARD,
    HEAD,
    KEEPER,
    OTHER_FIXER,
    STORE,
    VICE,
    Town,
)
from tests.support.diagrams import Drawing

WHOLE, PART, NOTHING = "whole", "part", "nothing"
SECRET = "机密内容"

# Who sees what of the case below: its starter and the posts named all, who was asked or did something that.
SIGHT = {
    CLERK: WHOLE,
    HEAD: WHOLE,
    KEEPER: PART,
    STORE: PART,
    FIXER: PART,
    VICE: NOTHING,
    GUARD: NOTHING,
    OTHER_FIXER: NOTHING,
    ADMIN: NOTHING,
}


def drawing() -> Drawing:
    drawing = Drawing("x", "领料", 可见岗位="主管", 公开变量="密").start("s")
    drawing.user("a", fields={"密": "textfield", "附件": "filepicker"}).document("d", "单.html", "案卷的单")
    drawing.user("b", "核对", groups="仓库管理员", fields={"结论": "textfield"}).user(
        "c", users="${'jiliu'}"
    ).end("e")
    return drawing.template("单.html", "{{ 密 }}").flow("s a d b c e")


@pytest.fixture
def town(make_town: MakeTown) -> Town:
    return make_town(drawing())


@pytest.fixture
def case(town: Town) -> str:
    """A case whose first two tasks are done, the second by one of two who were asked; the third is open."""
    case = town.start()
    town.do(case, "a", 密=SECRET, 附件=[town.upload()])
    town.do(case, "b", KEEPER, 结论="库存够")
    return case


def answer(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except EngineError as error:
        return type(error)


def test_everybody_sees_what_is_theirs(town: Town, case: str) -> None:
    assert {login: queries.may_see(town.engine, login, case) for login in EVERYBODY} == SIGHT


def test_the_page_of_a_case(town: Town, case: str) -> None:
    for login, sight in SIGHT.items():
        view = answer(lambda login=login: queries.case_view(town.engine, login, case))
        if sight == NOTHING:
            assert view is NotFound, login
            continue
        assert (view.title, view.state) == ("领料", "active")
        assert view.elements["x"]["a"] == "done"
        assert (SECRET in str(view.variables)) is (sight == WHOLE)
        assert len(view.documents) == (1 if sight == WHOLE else 0)
        assert [task.name for task in view.open_tasks] == (["c"] if sight == WHOLE or login == FIXER else [])


def test_lists_of_cases_and_tasks(town: Town, case: str) -> None:
    for login, sight in SIGHT.items():
        listed = [line.id for line in queries.list_cases(town.engine, login).items]
        assert listed == ([case] if sight != NOTHING else []), login
        assert len(queries.list_cases(town.engine, login, q="领料").items) == len(listed)
        assert [item.name for item in queries.inbox(town.engine, login).items] == (
            ["c"] if login == FIXER else []
        )
        done = {CLERK: ["a"], KEEPER: ["核对"]}.get(login, [])
        assert [item.name for item in queries.done_tasks(town.engine, login).items] == done
        assert queries.inbox_counts(town.engine, login)["open"] == (1 if login == FIXER else 0)


def test_the_history(town: Town, case: str) -> None:
    for login, sight in SIGHT.items():
        lines = answer(lambda login=login: queries.history_of(town.engine, login, case))
        if sight == NOTHING:
            assert lines is NotFound, login
            continue
        text = str([line.body for line in lines])
        assert (SECRET in text) is (sight == WHOLE), login
        assert ("库存够" in text) is (login in (CLERK, HEAD, KEEPER, STORE)), login


def test_each_task(town: Town, case: str) -> None:
    seen = {"a": (CLERK, HEAD), "b": (CLERK, HEAD, KEEPER, STORE), "c": (CLERK, HEAD, FIXER)}
    for element, people in seen.items():
        (task,) = town.rows(Task, element=element)
        for login in EVERYBODY:
            view = answer(lambda login=login, task=task: queries.task_view(town.engine, login, task.id))
            if login not in people:
                assert view is NotFound, (element, login)
                assert (
                    answer(lambda login=login, task=task: queries.task_page(town.engine, login, task.id))
                    is NotFound
                )
                continue
            assert view.mine is (element == "c" and login == FIXER)
            assert (SECRET in str(view.values)) is (element == "a")


def test_documents_and_files(town: Town, case: str) -> None:
    (document,) = town.rows(Document)
    for login, sight in SIGHT.items():
        found = answer(lambda login=login: queries.document_view(town.engine, login, document.id))
        assert (found is NotFound) is (sight != WHOLE), login
        files = answer(lambda login=login: queries.case_attachments(town.engine, login, case))
        assert files is NotFound if sight == NOTHING else len(files) == (1 if sight == WHOLE else 0), login


def test_the_diagram(town: Town, case: str) -> None:
    definition = town.rows(ProcessDefinition)[0].id
    for login, sight in SIGHT.items():
        found = answer(lambda login=login: queries.diagram_xml(town.engine, login, case, definition))
        assert (found is NotFound) is (sight == NOTHING), login
    assert answer(lambda: queries.diagram_xml(town.engine, CLERK, case, definition + 1)) is NotFound


COMMANDS: dict[str, Callable[[ProcessEngine, str, str, str], Any]] = {
    "complete": lambda engine, login, case, task: commands.complete_user_task(engine, login, task, {}),
    "claim": lambda engine, login, case, task: commands.claim_task(engine, login, task),
    "unclaim": lambda engine, login, case, task: commands.unclaim_task(engine, login, task),
    "draft": lambda engine, login, case, task: commands.save_draft(engine, login, task, {}),
    "transfer": lambda engine, login, case, task: commands.transfer_task(engine, login, task, VICE, "忙"),
    "urge": lambda engine, login, case, task: commands.urge_task(engine, login, task),
    "copy": lambda engine, login, case, task: commands.copy_case(engine, login, case, [VICE]),
    "button": lambda engine, login, case, task: commands.press_button(engine, login, case, "a", {}),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_what_one_may_not_see_one_cannot_even_be_refused(town: Town, case: str, name: str) -> None:
    before = town.everything()
    task = town.task(case, "c")
    for login in (VICE, GUARD, OTHER_FIXER, ADMIN):
        assert answer(lambda login=login: COMMANDS[name](town.engine, login, case, task)) is NotFound, login
    # The keeper sees the case, but not this task.
    refused = answer(lambda: COMMANDS[name](town.engine, KEEPER, case, task))
    assert refused in {"copy": (Forbidden,), "button": (Conflict,), "urge": (NotFound, Forbidden)}.get(
        name, (NotFound,)
    )
    assert town.everything() == before


def test_nobody_outside_the_organisation_sees_anything(town: Town, case: str) -> None:
    assert queries.may_see(town.engine, "stranger", case) == NOTHING
    assert queries.list_cases(town.engine, "stranger").items == []
    assert queries.inbox(town.engine, "stranger").items == []


def test_incidents_are_shown_without_the_values(town: Town, case: str) -> None:
    for login in EVERYBODY:
        found = answer(lambda login=login: queries.incidents(town.engine, login))
        assert found == [] if login == ADMIN else found is Forbidden, login


def test_an_open_task_shows_its_data_only_to_those_who_see_it(town: Town) -> None:
    case = town.start()
    town.do(case, "a", 密=SECRET, 附件=[])
    (task,) = town.rows(Task, instance_id=case, element="b")
    for login in (KEEPER, STORE, HEAD, CLERK):
        assert queries.task_view(town.engine, login, task.id).state == "open"
    commands.claim_task(town.engine, KEEPER, task.id)
    # Who was asked may still look back, though somebody else has taken it.
    assert not queries.task_view(town.engine, STORE, task.id).mine
    assert answer(lambda: queries.task_view(town.engine, FIXER, task.id)) is NotFound


def test_a_case_that_another_started_by_a_message_is_not_seen_by_its_people(make_town: MakeTown) -> None:
    sender = (
        Drawing("fa")
        .start("s")
        .user("a")
        .throw("t", message="转", payload="密 = '机密内容'")
        .end("e")
        .flow("s a t e")
    )
    receiver = (
        Drawing("jie", 可见岗位="门卫")
        .start("s", message="转")
        .user("b", users="${'jiliu'}")
        .end("e")
        .flow("s b e")
    )
    town = make_town(sender, receiver)
    case = town.start("fa")
    town.do(case, "a")
    (other,) = town.cases("jie")
    assert [queries.may_see(town.engine, login, other.id) for login in (CLERK, GUARD, FIXER, HEAD)] == [
        NOTHING,
        WHOLE,
        PART,
        NOTHING,
    ]


def with_a_button() -> Drawing:
    """Two people may press its button: the guard, and whoever started it."""
    drawing = Drawing("an", 可见岗位="主管", 公开变量="密").start("s").user("a", fields={"密": "textfield"})
    drawing.user("b", "核对", groups="仓库管理员").boundary(
        "m", "b", message="改期", name="改期", operators="门卫,${发起人}"
    )
    return drawing.end("e").end("f").flow("s a b e").flow("m f")


def test_who_may_press_a_button_sees_the_case_but_nothing_of_what_was_filled_in(make_town: MakeTown) -> None:
    town = make_town(with_a_button())
    case = town.start("an")
    assert queries.may_see(town.engine, GUARD, case) == NOTHING
    town.do(case, "a", 密=SECRET)
    assert queries.may_see(town.engine, GUARD, case) == PART
    assert queries.may_see(town.engine, FIXER, case) == NOTHING
    view = queries.case_view(town.engine, GUARD, case)
    assert [each.name for each in view.buttons] == ["改期"]
    assert view.title
    assert view.diagrams
    assert (list(view.open_tasks), list(view.documents), view.variables) == ([], [], {})
    assert queries.history_of(town.engine, GUARD, case) == []
    assert queries.submitted_sheets(town.engine, GUARD, case) == {}
    assert queries.case_attachments(town.engine, GUARD, case) == []
    assert answer(lambda: queries.task_view(town.engine, GUARD, town.task(case, "b"))) is NotFound
    assert [line.id for line in queries.list_cases(town.engine, GUARD).items] == [case]
    assert queries.list_cases(town.engine, FIXER).items == []


def test_with_the_button_goes_the_sight_but_a_repetition_gets_its_answer(make_town: MakeTown) -> None:
    town = make_town(with_a_button())
    case = town.start("an")
    town.do(case, "a", 密=SECRET)
    pressed = commands.press_button(town.engine, GUARD, case, "m", {}, idempotency_key="k")
    assert queries.may_see(town.engine, GUARD, case) == NOTHING
    assert queries.list_cases(town.engine, GUARD).items == []
    assert commands.press_button(town.engine, GUARD, case, "m", {}, idempotency_key="k") == pressed
    for key in (None, "other"):
        repeated = answer(lambda key=key: commands.press_button(town.engine, GUARD, case, "m", {}, (), key))
        assert repeated is NotFound
