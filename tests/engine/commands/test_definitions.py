"""Changed things get a version, running cases keep theirs, and what is faulty changes nothing."""

from __future__ import annotations

import pytest

from engine import commands
from engine.errors import EngineError
from engine.models import ProcessDefinition, Task
from tests.engine.conftest import MakeTown
from tests.support.cases import CLERK, Town
from tests.support.diagrams import Drawing


def inner(name: str) -> Drawing:
    return Drawing("nei").start("s").user("a", name).script("r", "得 = 1").end("e").flow("s a r e")


def outer(name: str = "开头") -> Drawing:
    return (
        Drawing("wai").start("s").user("b", name).call("c", "nei", {}, {"得": "得"}).end("e").flow("s b c e")
    )


def versions(town: Town) -> dict[str, int]:
    return {row.key: row.version for row in town.rows(ProcessDefinition, current=True)}


def names(town: Town, case: str) -> list[str]:
    return sorted(task.name for task in town.rows(Task, instance_id=case, state="open"))


def test_what_has_not_changed_is_not_deployed_again(make_town: MakeTown) -> None:
    town = make_town(outer(), inner("甲"))
    again = town.deploy()
    assert (again.deployed, sorted(again.unchanged), again.packs) == ([], ["nei", "wai"], [])
    assert len(town.rows(ProcessDefinition)) == 2


def test_a_changed_procedure_and_its_callers_get_a_version(make_town: MakeTown) -> None:
    town = make_town(outer(), inner("甲"), Drawing("lie").start("s").user("a").end("e").flow("s a e"))
    assert sorted(town.deploy(inner("乙")).deployed) == ["nei", "wai"]
    assert versions(town) == {"nei": 2, "wai": 2, "lie": 1}
    assert town.deploy(outer("新开头")).deployed == ["wai"]
    assert versions(town) == {"nei": 2, "wai": 3, "lie": 1}


def test_a_running_case_keeps_its_version_and_the_one_it_calls(make_town: MakeTown) -> None:
    town = make_town(outer(), inner("甲"))
    before = town.start("wai")
    town.deploy(inner("乙"), outer("新开头"))
    after = town.start("wai")
    assert (names(town, before), names(town, after)) == (["开头"], ["新开头"])
    town.do(before, "b")
    town.do(after, "b")
    assert (names(town, before), names(town, after)) == (["甲"], ["乙"])
    # Also in a process that has parsed neither.
    again = Town(town.url, town.folder, [])
    for case in (before, after):
        again.do(case, "a")
        assert again.case(case).state == "completed"
    again.engine.close()


def test_a_form_alone_makes_a_version_and_a_running_case_keeps_the_old_form(make_town: MakeTown) -> None:
    from engine.errors import Invalid

    def drawing(field: str) -> Drawing:
        return Drawing("x").start("s").user("a", fields={field: "textfield"}).end("e").flow("s a e")

    town = make_town(drawing("旧"))
    case = town.start()
    town.deploy(drawing("新"))
    with pytest.raises(Invalid):
        town.do(case, "a", 新="1")
    town.do(case, "a", 旧="1")
    assert town.value(case, "旧") == "1"


BROKEN = {
    "no XML": "<bpmn:definitions",
    "an entity": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
    "a call of nothing": outer().bpmn().replace('calledElement="nei"', 'calledElement="meiyou"'),
    "no start": Drawing("zz").user("a").end("e").flow("a e").bpmn(),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_faulty_procedure_keeps_everything_from_being_deployed(make_town: MakeTown, kind: str) -> None:
    town = make_town(outer(), inner("甲"))
    before = town.everything()
    folder = town.engine.processes / "lianxi" / "zz"
    folder.mkdir()
    (folder / "zz.bpmn").write_text(BROKEN[kind], "utf-8")
    with pytest.raises(EngineError):
        town.deploy(inner("乙"))
    assert town.everything() == before
    # And what comes next is what is deployed then, not what was refused.
    (folder / "zz.bpmn").unlink()
    folder.rmdir()
    town.deploy(inner("丙"), outer("再开头"))
    case = town.start("wai")
    assert names(town, case) == ["再开头"]
    town.do(case, "b")
    assert names(town, case) == ["丙"]


def test_procedures_that_call_each_other_in_a_circle_are_refused(make_small_town: MakeTown) -> None:
    town = make_small_town()
    circle = Drawing("nei").start("s").call("c", "wai", {}, {}).end("e").flow("s c e")
    with pytest.raises(EngineError, match="成了圈"):
        town.deploy(circle, outer())
    assert town.rows(ProcessDefinition) == []


def test_only_the_posts_named_may_start(make_small_town: MakeTown) -> None:
    from engine.errors import Forbidden, NotFound, Refused

    drawing = Drawing("x").start("s").user("a").end("e").flow("s a e")
    started = Drawing("y").start("s", message="开始").user("a").end("e").flow("s a e")
    town = make_small_town(drawing, started)
    with pytest.raises(Forbidden):
        commands.start_process_instance(town.engine, "jiayi", "x")
    with pytest.raises(NotFound):
        commands.start_process_instance(town.engine, CLERK, "meiyou")
    with pytest.raises(Refused, match="不能人工发起"):
        commands.start_process_instance(town.engine, CLERK, "y")
