"""Multi-instances collect one outcome for each child, survive restarts, and can be gone through again."""

from __future__ import annotations

import pytest

from engine.spiff import LiveInstance
from tests.support.bare import Around, Bare
from tests.support.diagrams import Drawing

SEQUENCES = pytest.mark.parametrize("sequential", [False, True], ids=["parallel", "sequential"])


def tasks(sequential: bool) -> Drawing:
    drawing = Drawing("pandian", **{"公开变量": ""}).start("s").script("list", "货架 = ['甲', '乙', '丙']")
    drawing.user("count", each="架", of="${货架}", sequential=sequential)
    return drawing.user("sum").end("e").flow("s list count sum e")


def blocks(sequential: bool) -> Drawing:
    drawing = Drawing("pandian").start("s").script("list", "货架 = ['甲', '乙', '丙']")
    with drawing.sub("block", each="架", of="${货架}", sequential=sequential):
        drawing.start("bs").user("count").script("set", "结果 = 架 + 数").end("be").flow("bs count set be")
    return drawing.user("sum").end("e").flow("s list block sum e")


def calls(sequential: bool) -> tuple[Drawing, Drawing]:
    outer = Drawing("pandian").start("s").script("list", "货架 = ['甲', '乙', '丙']")
    outer.call(
        "call", "qingdian", {"名": "架"}, {"结果": "得"}, each="架", of="${货架}", sequential=sequential
    )
    outer.user("sum").end("e").flow("s list call sum e")
    inner = Drawing("qingdian").start("cs").user("count").script("set", "得 = 名 + 数").end("ce")
    return outer, inner.flow("cs count set ce")


@SEQUENCES
def test_a_multi_instance_over_user_tasks_gives_item_and_form_of_each(sequential: bool) -> None:
    case = Bare(tasks(sequential))
    for shelf in ("甲", "乙", "丙") if sequential else ("丙", "甲", "乙"):
        case.do("count", shelf, 数=shelf * 2)
    results = case.data("sum")["count_results"]
    assert results == {str(n): {"架": shelf, "数": shelf * 2} for n, shelf in enumerate("甲乙丙")}
    # Whatever the order of completion, they are in the order of the collection.
    assert list(results) == ["0", "1", "2"]
    assert "数" not in case.data("sum")
    assert "架" not in case.data("sum")
    case.do("sum")
    assert case.live.ended


@SEQUENCES
def test_sub_processes_hand_up_their_result(sequential: bool) -> None:
    case = Bare(blocks(sequential))
    for shelf in ("甲", "乙", "丙"):
        case.do("count", shelf, 数="1")
    assert case.data("sum")["block_results"] == {"0": "甲1", "1": "乙1", "2": "丙1"}
    assert "结果" not in case.data("sum")


@SEQUENCES
def test_calls_hand_up_their_result(sequential: bool) -> None:
    case = Bare(*calls(sequential))
    for _ in range(3):
        case.do("count", 数="2")
    assert case.data("sum")["call_results"] == {"0": "甲2", "1": "乙2", "2": "丙2"}


@SEQUENCES
def test_an_empty_collection_passes_at_once(sequential: bool) -> None:
    drawing = Drawing("pandian").start("s").user("count", each="架", of="${[]}", sequential=sequential)
    drawing.user("sum").end("e").flow("s count sum e")
    case = Bare(drawing)
    assert case.open() == ["sum"]
    assert case.data("sum")["count_results"] == {}


@SEQUENCES
def test_a_second_round_starts_with_empty_results(sequential: bool) -> None:
    drawing = Drawing("pandian").start("s").script("list", "货架 = ['甲', '乙']")
    drawing.user("count", each="架", of="${货架}", sequential=sequential).user("check")
    drawing.xor("again", default="e").end("e").flow("s list count check again e").flow("again list", "还要")
    case = Bare(drawing)
    for shelf in "甲乙":
        case.do("count", shelf, 数=1)
    case.do("check", 还要=True)
    assert case.open() == (["count"] if sequential else ["count", "count"])
    assert case.tasks("count")[0].item == "甲"
    for shelf in "甲乙":
        case.do("count", shelf, 数=2)
    assert case.data("check")["count_results"] == {"0": {"架": "甲", "数": 2}, "1": {"架": "乙", "数": 2}}
    case.do("check", 还要=False)
    assert case.live.ended


@SEQUENCES
def test_an_element_variable_may_have_the_name_of_a_variable_and_be_used_inside_again(
    sequential: bool,
) -> None:
    drawing = Drawing("pandian").start("s").script("list", "架 = '外'\n货架 = ['甲', '乙']")
    with drawing.sub("block", each="架", of="${货架}", sequential=sequential):
        drawing.start("bs").user("count", each="架", of="${[架 + '1', 架 + '2']}", sequential=sequential)
        drawing.script("set", "结果 = [架, 值(count_results)]").end("be").flow("bs count set be")
    drawing.user("sum").end("e").flow("s list block sum e")
    case = Bare(drawing)
    for item in ("甲1", "甲2", "乙1", "乙2"):
        case.do("count", item, 数=item)
    rows = case.data("sum")["block_results"]
    assert [rows["0"][0], *(row["架"] for row in rows["0"][1])] == ["甲", "甲1", "甲2"]
    assert [rows["1"][0], *(row["数"] for row in rows["1"][1])] == ["乙", "乙1", "乙2"]
    assert case.data("sum")["架"] == "外"


@SEQUENCES
def test_the_collection_is_asked_for_once(sequential: bool) -> None:
    around = Around(live_list=["甲", "乙", "丙"])
    drawing = Drawing("pandian").start("s").user("count", each="架", of="${现有()}", sequential=sequential)
    case = Bare(drawing.user("sum").end("e").flow("s count sum e"), around=around)
    around.asked.clear()
    for shelf in "甲乙丙":
        # What is waiting elsewhere changes while the round is under way.
        around.live_list = []
        case.do("count", shelf)
    assert around.asked == []
    assert [row["架"] for row in case.data("sum")["count_results"].values()] == ["甲", "乙", "丙"]
    assert len(case.data("sum")["count_results"]) == 3


@SEQUENCES
def test_a_form_field_named_like_the_result_stays_a_field(sequential: bool) -> None:
    case = Bare(tasks(sequential))
    for shelf in "甲乙丙":
        case.do("count", shelf, 结果="相符")
    assert case.data("sum")["count_results"]["0"] == {"架": "甲", "结果": "相符"}


@SEQUENCES
def test_a_result_of_the_outside_does_not_hide_that_of_a_sub_process(sequential: bool) -> None:
    drawing = Drawing("pandian").start("s").script("list", "货架 = ['甲', '乙']\n结果 = '外'")
    with drawing.sub("block", each="架", of="${货架}", sequential=sequential):
        drawing.start("bs").user("count").script("set", "结果 = 架 + 数").end("be").flow("bs count set be")
    case = Bare(drawing.user("sum").end("e").flow("s list block sum e"))
    for shelf in "甲乙":
        case.do("count", shelf, 数="1")
    assert case.data("sum")["block_results"] == {"0": "甲1", "1": "乙1"}
    assert case.data("sum")["结果"] == "外"


@SEQUENCES
def test_an_empty_item_is_an_item(sequential: bool) -> None:
    drawing = (
        Drawing("pandian")
        .start("s")
        .user("count", each="架", of="${['甲', None, '']}", sequential=sequential)
    )
    case = Bare(drawing.user("sum").end("e").flow("s count sum e"))
    for number in range(3):
        case.do("count", 数=number)
    assert [row["架"] for row in case.data("sum")["count_results"].values()] == ["甲", None, ""]


@SEQUENCES
@pytest.mark.parametrize("interrupting", [True, False])
@pytest.mark.parametrize("between", ["", "script", "user"])
def test_a_multi_instance_may_follow_a_boundary_event(
    sequential: bool, interrupting: bool, between: str
) -> None:
    drawing = Drawing("pandian").start("s").user("a").end("e").flow("s a e")
    drawing.boundary("moved", "a", message="改期", interrupting=interrupting)
    drawing.user("count", each="架", of="${['甲', '乙']}", sequential=sequential).end("e2")
    if between == "script":
        drawing.script("between", "x = 1")
    if between == "user":
        drawing.user("between")
    drawing.flow(f"moved {'between ' if between else ''}count e2")
    case = Bare(drawing)
    case.send("改期")
    if between == "user":
        case.do("between")
    for shelf in "甲乙":
        case.do("count", shelf)
    if not interrupting:
        case.do("a")
    assert case.live.ended


@SEQUENCES
def test_a_send_task_sends_one_message_for_each_item(sequential: bool) -> None:
    drawing = Drawing("pandian").start("s").script("list", "货架 = ['甲', '乙']")
    drawing.send(
        "tell", "通知货架", each="架", of="${货架}", correlationKey="${架}", payload="名 = 架 + '号'"
    )
    case = Bare(drawing.user("sum").end("e").flow("s list tell sum e"))
    assert case.around.thrown == [("通知货架", "甲", {"名": "甲号"}), ("通知货架", "乙", {"名": "乙号"})]
    assert case.open() == ["sum"]


def test_the_children_of_one_round_share_their_activation_and_know_their_item() -> None:
    case = Bare(blocks(False))
    assert {task.item for task in case.tasks("count")} == {"甲", "乙", "丙"}
    assert {task.item_name for task in case.tasks("count")} == {"架"}
    assert len({task.scope for task in case.tasks("count")}) == 3
    many = Bare(tasks(False)).tasks("count")
    assert len({task.activation for task in many}) == 1
    assert len({task.id for task in many}) == 3


def test_an_instance_read_on_a_fresh_spec_finishes_each_kind() -> None:
    for drawings in (
        (tasks(False),),
        (blocks(False),),
        calls(False),
        (tasks(True),),
        (blocks(True),),
        calls(True),
    ):
        case = Bare(*drawings, reload=False)
        case.do("count", 数="1")
        state = case.live.dump()
        case.live = LiveInstance.load(state, case.parse(), case.around)
        case.do("count", 数="1")
        case.do("count", 数="1")
        case.do("sum")
        assert case.live.ended
