"""What the outline of a procedure says about one element: who, until when, with which form, what is sent and received."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.definitions import Bundle
from engine.diagram import BY_HAND, NAMED_AS, NO, Diagram, Element, Flow, split
from engine.differences import KINDS
from engine.expressions import ExpressionError, compile_script
from engine.forms import Component, FormError, parse_form
from engine.wording import Wording

STARTING, SENDING = "startEvent", ("intermediateThrowEvent", "endEvent", "sendTask")
OTHERWISE = "其他情况"
MOST_NAMES = 12
"""How many computed names are told before the rest are only counted."""


@dataclass(frozen=True)
class Fact:
    """One thing to know: `about` is one of ABOUT, `text` its words; `target` the form, decision table or procedure it names."""

    about: str
    text: str
    target: str = ""


ABOUT = (
    "who",
    "named",
    "due",
    "form",
    "personal",
    "batch",
    "each",
    "until",
    "received",
    "sent",
    "carried",
    "timer",
    "again",
    "stops",
    "pressed",
    "confirm",
    "told",
    "words",
    "document",
    "computed",
    "decision",
    "result",
    "called",
    "given",
    "returned",
    "starters",
    "readers",
    "public",
    "kind",
)
"""What a fact may be about."""


@dataclass(frozen=True)
class Surroundings:
    """What the words of an outline name beside the procedure itself.

    `procedures` key → name; `starting`, `waiting`, `sending`: message → names of the procedures that it starts, that wait
    for it, that send it; `parameters` name → value in words.
    """

    procedures: Mapping[str, str] = field(default_factory=dict)
    starting: Mapping[str, Sequence[str]] = field(default_factory=dict)
    waiting: Mapping[str, Sequence[str]] = field(default_factory=dict)
    sending: Mapping[str, Sequence[str]] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    elements: Mapping[str, str] = field(default_factory=dict)

    @property
    def wording(self) -> Wording:
        return Wording(
            self.parameters,
            lambda key: self.procedures.get(key, key),
            lambda id: self.elements.get(id) or id,
        )


def surroundings(
    diagrams: Mapping[str, Diagram], parameters: Mapping[str, str], diagram: Diagram
) -> Surroundings:
    """Those of `diagram` among all procedures by key."""
    starting: dict[str, list[str]] = {}
    waiting: dict[str, list[str]] = {}
    sending: dict[str, list[str]] = {}
    for each in {**diagrams, diagram.key: diagram}.values():
        for element in each.elements.values():
            if not element.message:
                continue
            if element.kind in SENDING:
                where = sending
            else:
                where = starting if element.kind == STARTING else waiting
            names = where.setdefault(element.message, [])
            if each.name not in names:
                names.append(each.name)
    return Surroundings(
        {key: each.name for key, each in {**diagrams, diagram.key: diagram}.items()},
        starting,
        waiting,
        sending,
        parameters,
        {id: each.name for id, each in diagram.elements.items()},
    )


# ---- names and conditions


def step_name(diagram: Diagram, element: Element) -> str:
    """How the outline calls an element: by its name, else by what it does."""
    if element.name:
        return element.name
    several = len(diagram.outgoing[element.id]) > 1
    unnamed = {
        "exclusiveGateway": "按情况分办" if several else "各种情况汇到这里",
        "parallelGateway": "同时办理" if several else "各项都办完",
        "inclusiveGateway": "按情况同时办理" if several else "要办的各项都办完",
        "eventBasedGateway": "等候，先到先办",
        "endEvent": "结束",
        "startEvent": "开始",
    }
    if element.event == "timer":
        return "到时"
    return element.message or unnamed.get(element.kind, KINDS.get(element.kind, element.kind))


def condition_of(element: Element, flow: Flow, around: Surroundings) -> str:
    """When the flow is followed; empty where all are."""
    if element.default == flow.id:
        return OTHERWISE
    return around.wording.condition(flow.condition) if flow.condition else ""


# ---- facts


def process_facts(diagram: Diagram, around: Surroundings) -> Iterator[Fact]:
    """What is known of the procedure as a whole."""
    starters = str(diagram.extensions.get("candidateStarterGroups") or "")
    start = diagram.none_start()
    if diagram.properties.get(BY_HAND) == NO:
        yield Fact("starters", "不能人工发起，由别的流程带起")
    elif start is not None:
        yield Fact("starters", _people(starters, around.wording) or start.lane or "")
    for message in diagram.message_starts():
        yield Fact("starters", f"收到消息“{message}”时自动发起{_by(around.sending.get(message))}")
    for about, name in (("readers", "可见岗位"), ("public", "公开变量")):
        listed = split(diagram.properties.get(name, ""))
        if listed:
            yield Fact(about, "、".join(listed))


def element_facts(diagram: Diagram, element: Element, bundle: Bundle, around: Surroundings) -> Iterator[Fact]:
    """What is known of an element, the most important first."""
    yield from _kind(diagram, element)
    say = around.wording
    if element.kind == "userTask":
        yield from _task(element, bundle, say)
    yield from _several(element, say)
    if element.kind == STARTING and element.properties.get("发起人"):
        yield Fact("starters", f"发起人为{say.value(element.properties['发起人'])}")
    if element.timer:
        yield Fact("timer", say.value(element.timer))
    if element.properties.get("重复"):
        yield Fact("again", f"每次之后，下一次：{say.value(element.properties['重复'])}")
    if element.kind == "boundaryEvent":
        host = diagram.elements.get(element.attached_to or "")
        name = step_name(diagram, host) if host else ""
        yield Fact(
            "stops", f"“{name}”到此为止" if element.interrupting else f"“{name}”照常办理，另外办下面的"
        )
    yield from _messages(element, bundle, around)
    yield from _work(element, around)


def _kind(diagram: Diagram, element: Element) -> Iterator[Fact]:
    several = len(diagram.outgoing[element.id]) > 1
    words = {
        "parallelGateway": "各支同时办理" if several else "各支都到齐再往下办",
        "inclusiveGateway": "符合条件的各支同时办理" if several else "已经开始的各支都到齐再往下办",
        "eventBasedGateway": "哪一样先到，就走哪一支",
        "manualTask": "规程不办理手工任务",
    }.get(element.kind, "")
    if element.kind == "endEvent" and element.event == "terminate":
        words = "整个流程到此结束，没有办完的一并停止"
    if words:
        yield Fact("kind", words)


def _task(element: Element, bundle: Bundle, say: Wording) -> Iterator[Fact]:
    rules = ("candidateUsers", "assignee", "candidateGroups")
    people = [_people(str(element.extensions.get(each) or ""), say) for each in rules]
    yield Fact("who", "；或者".join(each for each in people if each) or element.lane or "没有写明")
    if element.properties.get(NAMED_AS):
        yield Fact("named", say.template(element.properties[NAMED_AS]))
    due = str(element.extensions.get("dueDate") or "")
    if due:
        yield Fact("due", say.value(due))
    form = str(element.extensions.get("formKey") or element.id)
    labels = _labels(bundle, form)
    if labels is not None:
        yield Fact("form", "、".join(labels) or "没有要填的栏目", form)
    if element.personal:
        yield Fact("personal", "只能由本人办理，受托人不能代办")
    if element.in_batches:
        yield Fact("batch", "几件可以一次填写、逐件提交")


def _people(text: str, say: Wording) -> str:
    """Posts separated by commas, or an expression for people, in words."""
    if not text:
        return ""
    return say.value(text) if text.startswith("${") else "、".join(split(text))


def _labels(bundle: Bundle, form: str) -> list[str] | None:
    """The labels of what is to be filled in, in the order of the form; None without such a form."""
    text = bundle.form_text(form)
    if text is None:
        return None
    try:
        components = parse_form(text, form).components
    except FormError:
        return []
    return list(dict.fromkeys(_named(components)))


def _named(components: Sequence[Component]) -> Iterator[str]:
    for each in components:
        if each.key and each.label:
            yield each.label
        elif each.components:
            yield from _named(each.components)


def _several(element: Element, say: Wording) -> Iterator[Fact]:
    if element.collection is None:
        return
    loop: Any = element.node.find("{*}multiInstanceLoopCharacteristics") if element.node is not None else None
    one_by_one = loop is not None and loop.get("isSequential") == "true"
    what = f"（每一个叫“{element.variable}”）" if element.variable else ""
    yield Fact(
        "each",
        f"{say.value(element.collection)}里的每一个{what}各办一次，{'依次办理' if one_by_one else '同时办理'}",
    )
    if element.completion:
        yield Fact("until", say.condition(element.completion))


def _messages(element: Element, bundle: Bundle, around: Surroundings) -> Iterator[Fact]:
    say, properties = around.wording, element.properties
    if element.message and element.kind in SENDING:
        to = [*around.starting.get(element.message, ()), *around.waiting.get(element.message, ())]
        yield Fact("sent", f"“{element.message}”{_to(to)}")
        carried = [each.split("=")[0].strip() for each in properties.get("payload", "").split(";")]
        if any(carried):
            yield Fact("carried", "、".join(each for each in carried if each))
    elif element.message:
        yield Fact("received", f"“{element.message}”{_by(around.sending.get(element.message))}")
    if properties.get("operators"):
        yield Fact("pressed", f"{_people(properties['operators'], say)}在案卷页上进行")
        labels = _labels(bundle, properties.get("form", ""))
        if labels:
            yield Fact("form", "、".join(labels), properties["form"])
    if properties.get("确认语"):
        yield Fact("confirm", properties["确认语"])


def _by(names: Sequence[str] | None) -> str:
    return f"，由{_quoted(names)}发出" if names else ""


def _to(names: Sequence[str]) -> str:
    return f"，给{_quoted(list(dict.fromkeys(names)))}" if names else "，现在没有流程接收"


def _quoted(names: Sequence[str]) -> str:
    return "、".join(f"“{name}”" for name in names)


def _work(element: Element, around: Surroundings) -> Iterator[Fact]:
    """What the system does by itself."""
    say, properties = around.wording, element.properties
    if properties.get("通知对象"):
        yield Fact("told", _people(properties["通知对象"], say))
        yield Fact("words", say.template(properties.get("通知内容", "")))
    if properties.get("模板"):
        yield Fact("document", say.template(properties.get("文书名称", properties["模板"])))
    if element.script:
        try:
            targets = [each.name for each in compile_script(element.script)]
        except ExpressionError:
            targets = []
        if targets:
            names = list(dict.fromkeys(targets))
            more = f"等 {len(names)} 项" if len(names) > MOST_NAMES else ""
            yield Fact("computed", "、".join(names[:MOST_NAMES]) + more)
    if element.kind == "businessRuleTask":
        decision = str(element.extensions.get("decisionRef") or "")
        yield Fact("decision", decision, decision)
        yield Fact("result", str(element.extensions.get("resultVariable") or ""))
    if element.called:
        name = around.procedures.get(element.called, element.called)
        yield Fact("called", name, element.called)
        for about, way in (("given", "in"), ("returned", "out")):
            pairs: Any = element.extensions.get(way) or ()
            names = [str(each["target"]) for each in pairs if each.get("target")]
            if names:
                yield Fact(about, "、".join(names))


__all__ = [
    "ABOUT",
    "Fact",
    "Surroundings",
    "condition_of",
    "element_facts",
    "process_facts",
    "step_name",
    "surroundings",
]
