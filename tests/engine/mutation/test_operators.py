"""What each operator changes, on small invented procedures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.definitions import Bundle, read_bundle
from engine.diagram import Diagram, read_diagram
from engine.mutation import OPERATORS, Mutant, mutants
from engine.mutation.conditions import wrong
from engine.mutation.times import one_day_off
from tests.support.diagrams import Drawing

TOY = Path(__file__).parents[2] / "support" / "toy_pack" / "lianxi"


def bundle_of(drawing: Drawing) -> Bundle:
    return Bundle(drawing.key, drawing.pack, {f"{drawing.key}.bpmn": drawing.bpmn(), **drawing.files})


def made(drawing: Drawing, operator: str) -> dict[str, Mutant]:
    """The mutants of one operator by what they change."""
    found = mutants(bundle_of(drawing), [operator])
    assert {each.operator for each in found} <= {operator}
    return {":".join(filter(None, (each.element, each.detail))): each for each in found}


def drawn(mutant: Mutant) -> Diagram:
    return read_diagram(mutant.text.encode())


def condition(mutant: Mutant, flow: str) -> str | None:
    return next(each.condition for each in drawn(mutant).flows if each.id == flow)


def choice() -> Drawing:
    drawing = Drawing("pandian", "盘点").start("s").user("a", "清点", fields={"数量": "number"})
    drawing.xor("g", default="c").user("b", "复核").user("c", "登记").end("e")
    drawing.flow("s a g").flow("g b", when="${数量 > 3 and not 免复核}").flow("g c").flow("b c").flow("c e")
    return drawing


def test_a_branch_that_is_dropped_is_never_taken() -> None:
    found = made(choice(), "drop_branch")
    assert set(found) == {"f_g__b", "f_g__c"}
    assert condition(found["f_g__b"], "f_g__b") == "${False}"
    without = found["f_g__c"]
    assert (condition(without, "f_g__c"), condition(without, "f_g__b")) == ("${False}", None)
    assert drawn(without).elements["g"].default == "f_g__b"
    assert {"a", "g"} <= without.near
    assert "s" not in without.near


def test_a_parallel_branch_goes_with_all_that_only_it_leads_to() -> None:
    drawing = Drawing("fahuo", "发货").start("s").parallel("p").user("a").user("b")
    drawing.boundary("late", on="b", timer="${现在()}").user("c").parallel("j").end("e").end("e2")
    drawing.flow("s p a j e").flow("p b j").flow("late c e2")
    found = made(drawing, "drop_branch")
    left = drawn(found["f_p__b"])
    assert set(left.elements) == {"s", "p", "a", "j", "e"}
    assert {each.id for each in left.flows} == {"f_s__p", "f_p__a", "f_a__j", "f_j__e"}
    assert 'bpmnElement="late"' not in found["f_p__b"].text


def test_the_default_branch_changes_places_with_the_first_other() -> None:
    found = made(choice(), "swap_default")
    flows = {each.id: each.target for each in drawn(found["g"]).flows}
    assert (flows["f_g__b"], flows["f_g__c"]) == ("c", "b")


def test_two_steps_in_a_row_change_places() -> None:
    drawing = Drawing("jie", "借用").start("s").user("a").script("b", "数量 = 1").user("c").xor("g").end("e")
    drawing.flow("s a b c g e")
    found = made(drawing, "swap_tasks")
    assert set(found) == {"a:b", "b:c"}
    order = drawn(found["a:b"])
    path, at = [], "s"
    while order.outgoing[at]:
        at = order.outgoing[at][0].target
        path.append(at)
    assert path == ["b", "a", "c", "g", "e"]
    listed = order.elements["a"].node
    assert listed is not None
    assert [child.text for child in listed if child.tag.endswith("incoming")] == ["f_a__b"]


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("${数量 >= 3}", ["${数量 > 3}", "${数量 >= 2}"]),
        ("${个数(名单) == 0}", ["${个数(名单) != 0}", "${个数(名单) == 1}"]),
        ("${甲 or not 乙}", ["${甲 and (not 乙)}", "${甲 or 乙}"]),
        ("${结论 in ['同意', '原则同意']}", ["${结论 not in ['同意', '原则同意']}"]),
        ("${急件}", ["${not 急件}"]),
        ("${急件 == True}", ["${急件 != True}"]),
        ("${达到比例(到场, 应到, 2, 3)}", ["${达到比例(到场, 应到, 1, 3)}", "${达到比例(到场, 应到, 2, 2)}"]),
    ],
)
def test_each_part_of_a_condition_is_wrong_once(text: str, changed: list[str]) -> None:
    assert wrong(text) == changed


def test_a_condition_that_always_holds_is_tried_where_there_are_three_branches() -> None:
    drawing = choice().user("d").flow("g d", when="${数量 == 0}").flow("d c")
    found = made(drawing, "relax_condition")
    assert {"f_g__b:always", "f_g__d:always", "f_g__b:1", "f_g__b:2", "f_g__b:3", "f_g__b:4"} <= set(found)
    assert "f_g__b:always" not in made(choice(), "relax_condition")


def test_the_end_of_a_multi_instance_is_a_condition_too() -> None:
    drawing = Drawing("hui", "会签").start("s").user("a", each="谁", of="${名单}", enough="${已办人数 >= 1}")
    drawing.end("e").flow("s a e")
    found = made(drawing, "relax_condition")
    assert drawn(found["a:1"]).elements["a"].completion == "${已办人数 > 1}"
    assert set(found) == {"a:1", "a:2", "a:always", "a:never"}


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("${工作日前(领用日期, 2)}", "${工作日前(领用日期, 2 + 1)}"),
        ("${工作日后(今天(), 参数('天数'), '09:00')}", "${工作日后(今天(), 参数('天数') + 1, '09:00')}"),
        ("${归还期限}", "${工作日后(日期部分(归还期限), 1)}"),
    ],
)
def test_dates_are_one_working_day_off(text: str, changed: str) -> None:
    assert one_day_off(text) == changed


def test_timers_are_dropped_and_shifted() -> None:
    drawing = Drawing("gui", "归还").start("s").catch("w", timer="${工作日后(今天(), 1)}")
    drawing.user("a", due="${归还期限}").boundary("late", on="a", timer="${归还期限}").end("e").end("e2")
    drawing.flow("s w a e").flow("late e2")
    dropped = made(drawing, "drop_timer")
    assert set(drawn(dropped["w"]).elements) == {"s", "a", "late", "e", "e2"}
    assert drawn(dropped["w"]).outgoing["s"][0].target == "a"
    assert set(drawn(dropped["late"]).elements) == {"s", "w", "a", "e"}
    shifted = made(drawing, "shift_date")
    assert set(shifted) == {"w:timer", "late:timer", "a:due"}
    assert drawn(shifted["w:timer"]).elements["w"].timer == "${工作日后(今天(), 1 + 1)}"
    assert drawn(shifted["a:due"]).elements["a"].extensions["dueDate"] == "${工作日后(日期部分(归还期限), 1)}"
    assert not shifted["a:due"].redrawn
    assert dropped["w"].redrawn


def test_one_field_does_not_cross() -> None:
    drawing = Drawing("bao", "上报").start("s").throw("t", "报送", payload="名称; 数量 = 个数(物品)")
    drawing.call("c", "gui", {"期限": "${今天()}"}, {"结果": "结论"}).end("e").flow("s t c e")
    found = made(drawing, "drop_payload")
    assert set(found) == {"t:名称", "t:数量", "c:in-期限", "c:out-结果"}
    assert drawn(found["t:名称"]).elements["t"].properties["payload"] == "数量 = 个数(物品)"
    assert drawn(found["c:in-期限"]).elements["c"].extensions["in"] == []


def test_one_line_of_a_script_is_not_there() -> None:
    drawing = Drawing("suan", "计算").start("s").script("a", "数量 = 1\n\n# 说明\n数量 = 数量 + 1").end("e")
    found = made(drawing.flow("s a e"), "skip_line")
    assert set(found) == {"a:数量", "a:数量-2"}
    assert "数量 = 数量 + 1" not in (drawn(found["a:数量-2"]).elements["a"].script or "")
    assert "数量 = 1" in (drawn(found["a:数量-2"]).elements["a"].script or "")


def test_somebody_else_gets_the_task() -> None:
    bundle = read_bundle(TOY / "requisition", "lianxi", scenarios=False)
    lanes = {each.id: each.lane for each in bundle.diagram.of_kind("userTask")}
    for mutant in mutants(bundle, ["drop_assignment"]):
        if not mutant.detail and not bundle.diagram.elements[mutant.element].extensions.get("candidateUsers"):
            assert drawn(mutant).elements[mutant.element].lane != lanes[mutant.element]


def test_a_deputy_may_do_what_only_the_person_may() -> None:
    drawing = Drawing("qian", "签字").start("s").user("a", "签字", 不得代理="是").end("e").flow("s a e")
    found = made(drawing, "drop_assignment")
    assert bundle_of(drawing).diagram.elements["a"].personal
    assert not drawn(found["a:personal"]).elements["a"].personal


def test_forms_demand_one_thing_less() -> None:
    field = {
        "type": "number",
        "validate": {"required": True, "max": 9},
        "properties": {"校验": "${数量 > 0}", "提示": "要大于零。", "只读条件": "${急件}"},
    }
    drawing = Drawing("biao", "填表").start("s").user("a", fields={"数量": field}).end("e").flow("s a e")
    found = made(drawing, "drop_check")
    path = "forms/a.form"
    assert set(found) == {f"{path}:数量:{name}" for name in ("required", "max", "校验")}
    component = json.loads(found[f"{path}:数量:max"].text)["components"][0]
    assert component["validate"] == {"required": True}
    unchecked = json.loads(found[f"{path}:数量:校验"].text)["components"][0]
    assert unchecked["properties"] == {"只读条件": "${急件}"}
    assert all(each.near == {"a", "s"} and each.by_refusal for each in found.values())


def test_mutants_are_the_same_each_time_and_each_has_a_name_of_its_own() -> None:
    for folder in ("requisition", "repair"):
        bundle = read_bundle(TOY / folder, "lianxi", scenarios=False)
        once, again = mutants(bundle), mutants(bundle)
        assert once == again
        assert len({each.id for each in once}) == len(once) > 10
        for each in once:
            assert each.text != bundle.files[each.path]
            assert each.near <= set(bundle.diagram.elements)
            assert each.near
            if each.path.endswith(".bpmn"):
                ids = set(drawn(each).elements)
                assert all(flow.source in ids and flow.target in ids for flow in drawn(each).flows)


def test_every_operator_says_what_it_does() -> None:
    assert all(each.meaning for each in OPERATORS.values())
    assert list(OPERATORS) == [each.name for each in OPERATORS.values()]
