"""Outlines: every element once, whatever the drawing; forks, circles, boundary events and sub-processes where one looks for them."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from engine.definitions import Bundle
from engine.outline import Item, Leap, Outline, Step, outline
from engine.outline_facts import Surroundings, surroundings
from tests.support.diagrams import Drawing
from tests.support.outlines import flows_drawn, flows_told, leaps


def read(drawing: Drawing, around: Surroundings | None = None) -> Outline:
    bundle = Bundle(drawing.key, drawing.pack, {f"{drawing.key}.bpmn": drawing.bpmn(), **drawing.files})
    return outline(bundle, around or surroundings({}, {"提前天数": "2"}, bundle.diagram))


def plain(items: Sequence[Item]) -> list[object]:
    """The outline as nested lists: ids, leaps as texts, branches as lists below."""
    found: list[object] = []
    for item in items:
        if isinstance(item, Leap):
            found.append(f"{'back' if item.back else 'on'} {item.element}")
            continue
        found.append(item.id)
        below = [plain(item.inside)] if item.inside else []
        below += [plain(each) for each in item.events] + [plain(each.steps) for each in item.branches]
        if below:
            found.append(below)
    return found


def facts(step: Step) -> dict[str, str]:
    return {fact.about: fact.text for fact in step.facts}


def by_id(found: Outline) -> dict[str, Step]:
    return {step.id: step for step in found.steps()}


def test_branches_stand_below_the_fork_and_meet_behind_it() -> None:
    drawing = (
        Drawing("lingliao").start("s").user("fill").xor("急用？", default="b").user("a").user("b").end("e")
    )
    drawing.flow("s fill 急用？").flow("急用？ a", when="急用").flow("急用？ b").flow("a e").flow("b e")
    found = read(drawing)
    assert plain(found.items) == ["s", "fill", "急用？", [["a", "on e"], ["b", "on e"]], "e"]
    fork = by_id(found)["急用？"]
    assert [each.condition for each in fork.branches] == ["“急用”为是", "其他情况"]
    assert [step.number for step in found.steps()] == [1, 2, 3, 4, 5, 6]


def test_the_default_is_told_last_and_a_circle_goes_back() -> None:
    drawing = Drawing("lingliao").start("s").user("fill").user("check").xor("ok", default="fill").end("e")
    drawing.flow("s fill check ok").flow("ok fill").flow("ok e", when="结论 == '同意'")
    found = read(drawing)
    assert plain(found.items) == ["s", "fill", "check", "ok", [["e"], ["back fill"]]]
    leap = by_id(found)["ok"].branches[1].steps[0]
    assert isinstance(leap, Leap)
    assert (leap.number, leap.name, leap.back) == (2, "fill", True)


def test_a_long_branch_goes_on_below_the_fork() -> None:
    drawing = Drawing("lingliao").start("s").xor("w", default="n").end("n")
    for name in "abcd":
        drawing.user(name)
    drawing.end("e").flow("s w").flow("w n").flow("w a b c d e", when="办")
    found = read(drawing)
    assert plain(found.items) == ["s", "w", [["on a"], ["n"]], "a", "b", "c", "d", "e"]


def test_boundary_events_and_sub_processes_hold_what_is_theirs() -> None:
    drawing = Drawing("lingliao").start("s")
    with drawing.sub("work"):
        drawing.start("ws").user("a").end("we").flow("ws a we")
    drawing.boundary(
        "late", on="work", timer="${工作日后(日期, 参数('提前天数'))}", interrupting=False, 重复="${日期}"
    )
    drawing.notify("tell", "主管", "请查看${编码}").end("told")
    drawing.boundary("off", on="work", message="撤回", operators="主管", form="off", 确认语="不能恢复")
    drawing.form("off", {"理由": "textarea"}).script("note", "状态 = '撤回'\n次数 = 1").end("e")
    drawing.flow("s work e").flow("late tell told").flow("off note e")
    found = read(drawing)
    inside, late, off = ["ws", "a", "we"], ["late", "tell", "told"], ["off", "note", "on e"]
    assert plain(found.items) == ["s", "work", [inside, late, off], "e"]
    steps = by_id(found)
    assert facts(steps["late"]) == {
        "timer": "“日期”后第 2 个工作日",
        "again": "每次之后，下一次：“日期”",
        "stops": "“work”照常办理，另外办下面的",
    }
    assert facts(steps["tell"]) == {"told": "主管", "words": "请查看〔编码〕"}
    assert facts(steps["off"]) == {
        "stops": "“work”到此为止",
        "received": "“撤回”",
        "pressed": "主管在案卷页上进行",
        "form": "理由",
        "confirm": "不能恢复",
    }
    assert facts(steps["note"]) == {"computed": "状态、次数"}


def test_parallel_branches_meet_and_what_nothing_leads_to_is_not_lost() -> None:
    drawing = Drawing("lingliao").start("s").parallel("fork").user("a").user("b").parallel("join").end("e")
    drawing.user("lost").user("round").user("about")
    drawing.flow("s fork a join e").flow("fork b join").flow("round about round")
    found = read(drawing)
    assert plain(found.items) == [
        "s", "fork", [["a", "on join"], ["b", "on join"]], "join", "e", "lost", "round", "about", "back round",
    ]  # fmt: skip
    steps = by_id(found)
    assert (facts(steps["fork"])["kind"], facts(steps["join"])["kind"]) == (
        "各支同时办理",
        "各支都到齐再往下办",
    )
    assert (steps["fork"].name, steps["join"].name) == ("同时办理", "各项都办完")


def test_what_a_task_says() -> None:
    drawing = Drawing("lingliao").start("s")
    drawing.user(
        "a", "清点", {"数量": "number", "备注": "textfield"}, groups="库管,主管", due="${工作日前(日期, 1)}",
        each="库", of="${仓库}", sequential=True, enough="${已办人数 >= 2}",
        clause="LX-1，LX-2", 硬约束="是", 不得代理="是", 可批量="是",
    ).end("e").flow("s a e")  # fmt: skip
    step = by_id(read(drawing))["a"]
    assert facts(step) == {
        "who": "库管、主管",
        "due": "“日期”前第 1 个工作日",
        "form": "数量、备注",
        "personal": "只能由本人办理，受托人不能代办",
        "batch": "几件可以一次填写、逐件提交",
        "each": "“仓库”里的每一个（每一个叫“库”）各办一次，依次办理",
        "until": "“已办人数”不小于 2",
    }
    assert (step.clauses, step.hard) == (("LX-1", "LX-2"), True)


def test_messages_and_calls_name_the_other_procedures() -> None:
    other = Drawing("caigou", "采购").start("s", message="要货").end("e", message="货到").flow("s e")
    drawing = Drawing("lingliao", "领料").start("s")
    drawing.throw("ask", "要货", payload="数量; 单位 = 库['单位']").catch("wait", message="货到")
    drawing.call("order", "caigou", {"数量": "${数量}"}, {"结果": "结果"}).end("e").flow("s ask wait order e")
    known = Bundle("caigou", "lianxi", {"caigou.bpmn": other.bpmn()}).diagram
    own = Bundle("lingliao", "lianxi", {"lingliao.bpmn": drawing.bpmn()}).diagram
    around = surroundings({"caigou": known}, {}, own)
    steps = by_id(read(drawing, around))
    assert facts(steps["ask"]) == {"sent": "“要货”，给“采购”", "carried": "数量、单位"}
    assert facts(steps["wait"]) == {"received": "“货到”，由“采购”发出"}
    assert facts(steps["order"]) == {"called": "采购", "given": "数量", "returned": "结果"}
    start = read(other, around)
    assert [fact.text for fact in start.facts] == ["收到消息“要货”时自动发起，由“领料”发出"]


def test_what_cannot_be_read_is_given_as_it_stands() -> None:
    drawing = (
        Drawing("lingliao")
        .start("s")
        .user("a", due="工作日前（日期，2）")
        .xor("w")
        .script("x", "1 +")
        .end("e")
    )
    drawing.files["forms/a.form"] = "{"
    drawing.flow("s a w").flow("w x e", when="结论 = '同意'").flow("w e", when="not 结论")
    found = by_id(read(drawing))
    assert facts(found["a"])["due"] == "工作日前（日期，2）"
    assert facts(found["a"])["form"] == "没有要填的栏目"
    assert found["w"].branches[0].condition == "结论 = '同意'"


@given(st.data())
def test_every_element_stands_once_in_any_drawing(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 9))
    ids = [f"n{each}" for each in range(count)]
    drawing = Drawing("suiji").start("s")
    for each in ids:
        if data.draw(st.booleans()):
            drawing.xor(each)
        else:
            drawing.user(each)
    hosts = data.draw(st.lists(st.sampled_from(ids), max_size=3))
    events = [f"b{number}" for number in range(len(hosts))]
    for event, host in zip(events, hosts, strict=True):
        drawing.boundary(event, on=host, timer="${日期}")
    pairs = st.tuples(st.sampled_from(["s", *ids, *events]), st.sampled_from(ids))
    flows = data.draw(st.lists(pairs, max_size=16, unique=True))
    for source, target in flows:
        drawing.flow(f"{source} {target}")
    found = read(drawing)
    steps = list(found.steps())
    assert sorted(step.id for step in steps) == sorted(["s", *ids, *events])
    assert [step.number for step in steps] == list(range(1, len(steps) + 1))
    diagram = Bundle("suiji", "lianxi", {"suiji.bpmn": drawing.bpmn()}).diagram
    assert flows_told(found, diagram) == flows_drawn(diagram)
    numbers = {step.id: step.number for step in steps}
    for _before, leap in leaps(found.items):
        assert numbers[leap.element] == leap.number
