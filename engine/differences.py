"""What differs between two versions of a procedure, in words and by what it is about rather than by line."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.definitions import Bundle
from engine.diagram import Diagram, Element, Flow
from engine.errors import BadDiagram
from engine.gate.scenarios import Unreadable, read_scenarios

BPMNDI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
DI = "{http://www.omg.org/spec/DD/20100524/DI}"

KINDS = {
    "startEvent": "开始事件",
    "endEvent": "结束事件",
    "intermediateCatchEvent": "中间等待事件",
    "intermediateThrowEvent": "中间发送事件",
    "boundaryEvent": "边界事件",
    "task": "任务",
    "userTask": "任务",
    "manualTask": "手工任务",
    "scriptTask": "脚本任务",
    "serviceTask": "服务任务",
    "sendTask": "发送任务",
    "receiveTask": "接收任务",
    "businessRuleTask": "决策任务",
    "callActivity": "调用",
    "subProcess": "子流程",
    "exclusiveGateway": "分支",
    "parallelGateway": "并行",
    "inclusiveGateway": "多选分支",
    "eventBasedGateway": "事件分支",
}
ATTRIBUTES = {
    "assignee": "办理人",
    "candidateUsers": "候选人",
    "candidateGroups": "办理岗位",
    "candidateStarterGroups": "发起岗位",
    "dueDate": "办理时限",
    "followUpDate": "跟进日期",
    "formKey": "表单",
    "topic": "服务",
    "decisionRef": "决策表",
    "resultVariable": "结果变量",
    "clause": "制度依据",
}
FILES = {"documents/": "文书模板", "decisions/": "决策表"}


@dataclass(frozen=True)
class Change:
    """One difference: `kind` is added, removed, changed or moved; `about` says what: element, flow, process, form, field,
    decision, document, scenario, parameter or file. `id` is the element's or flow's, or the path of the file.

    `words` are sentences that say what was and what is.
    """

    kind: str
    about: str
    id: str
    name: str
    words: tuple[str, ...]
    file: str

    @property
    def element(self) -> str:
        """The element or flow to be shown in the diagram, or empty."""
        return self.id if self.about in ("element", "flow") else ""

    @property
    def text(self) -> str:
        """All of it in one line."""
        return f"“{self.name or self.id}”：{'；'.join(self.words)}"


def differences(before: Bundle | None, after: Bundle) -> list[Change]:
    """Everything that differs, diagram first; a diagram that cannot be read is told as a changed file."""
    old = before or Bundle(after.key, after.pack, {})
    return [
        *_diagrams(old, after),
        *_forms(old, after),
        *_scenarios(old, after),
        *_other_files(old, after),
    ]


def parameter_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """The same for rule parameters: name → value."""
    return [
        Change("changed", "parameter", name, name, (_turn("值", before.get(name), value),), "")
        for name, value in after.items()
        if before.get(name) != value
    ]


def _turn(what: str, old: object, new: object) -> str:
    if old in (None, ""):
        return f"{what}：写为“{new}”"
    if new in (None, ""):
        return f"{what}：删去“{old}”"
    return f"{what}：由“{old}”改为“{new}”"


# -- the diagram


def _diagrams(old: Bundle, new: Bundle) -> Iterator[Change]:
    file = f"{new.key}.bpmn"
    if old.files.get(file) == new.files.get(file):
        return
    try:
        before = old.diagram if file in old.files else None
        after = new.diagram
    except BadDiagram as error:
        yield Change("changed", "file", file, file, (str(error),), file)
        return
    if before is None:
        yield Change("added", "process", new.key, after.name, ("新的流程",), file)
    else:
        yield from _process(before, after, file)
    old_elements: Mapping[str, Element] = before.elements if before else {}
    for id, element in old_elements.items():
        if id not in after.elements:
            yield Change("removed", "element", id, element.name, (f"删去{_kind(element)}",), file)
    places = (_places(before) if before else {}), _places(after)
    for id, element in after.elements.items():
        if id not in old_elements:
            yield Change(
                "added", "element", id, element.name, (f"新增{_kind(element)}", *_facts(element)), file
            )
            continue
        words = tuple(_element(old_elements[id], element, before, after))
        if words:
            yield Change("changed", "element", id, element.name or old_elements[id].name, words, file)
        elif places[0].get(id) != places[1].get(id):
            yield Change("moved", "element", id, element.name, ("在图上换了位置",), file)
    yield from _flows(before, after, file)


def _process(before: Diagram, after: Diagram, file: str) -> Iterator[Change]:
    words = [_turn("流程名称", before.name, after.name)] if before.name != after.name else []
    words += _mappings(before.properties, after.properties)
    words += [f"新增泳道“{lane}”" for lane in after.lanes if lane not in before.lanes]
    words += [f"删去泳道“{lane}”" for lane in before.lanes if lane not in after.lanes]
    if words:
        yield Change("changed", "process", after.key, after.name, tuple(words), file)


def _kind(element: Element) -> str:
    return KINDS.get(element.kind, element.kind)


def _facts(element: Element) -> Iterator[str]:
    if element.lane:
        yield f"泳道：“{element.lane}”"
    yield from (f"{ATTRIBUTES.get(k, k)}：“{v}”" for k, v in _plain(element).items())


def _plain(element: Element) -> dict[str, str]:
    """Everything written on the element, as texts by name."""
    found = {name: value for name, value in element.extensions.items() if isinstance(value, str)}
    return {**found, **element.properties}


def _element(old: Element, new: Element, before: Diagram | None, after: Diagram) -> Iterator[str]:
    if old.kind != new.kind:
        yield f"类型：由{_kind(old)}改为{_kind(new)}"
    plain = {
        "名称": (old.name, new.name),
        "泳道": (old.lane, new.lane),
        "所在子流程": (_named(before, old.parent), _named(after, new.parent)),
        "附着于": (_named(before, old.attached_to), _named(after, new.attached_to)),
        "消息": (old.message, new.message),
        "定时": (old.timer, new.timer),
        "脚本": (old.script, new.script),
        "逐项办理的名单": (old.collection, new.collection),
        "每一项的变量": (old.variable, new.variable),
        "结束条件": (old.completion, new.completion),
        "调用的流程": (old.called, new.called),
        "默认分支": (_flow_name(before, old.default), _flow_name(after, new.default)),
    }
    for what, (a, b) in plain.items():
        if (a or "") != (b or ""):
            yield _turn(what, a, b)
    if old.interrupting != new.interrupting:
        yield "改为中断" if new.interrupting else "改为不中断"
    yield from _mappings(_plain(old), _plain(new))
    if _rest(old) != _rest(new):
        yield "其他设置有改动"


def _rest(element: Element) -> Any:
    """What is written on the element in more than a text: mappings in and out, for instance."""
    return {k: v for k, v in element.extensions.items() if not isinstance(v, str) and k != "properties"}


def _mappings(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    return [
        _turn(ATTRIBUTES.get(name, name), old.get(name), new.get(name))
        for name in dict.fromkeys([*old, *new])
        if old.get(name) != new.get(name)
    ]


def _named(diagram: Diagram | None, id: str | None) -> str:
    found = diagram.elements.get(id or "") if diagram else None
    return (found.name or found.id) if found else (id or "")


def _flow_name(diagram: Diagram | None, id: str | None) -> str:
    flow = next((each for each in diagram.flows if each.id == id), None) if diagram and id else None
    return (flow.name or _named(diagram, flow.target)) if flow and diagram else ""


def _flows(before: Diagram | None, after: Diagram, file: str) -> Iterator[Change]:
    old = {flow.id: flow for flow in before.flows} if before else {}
    new = {flow.id: flow for flow in after.flows}
    for id, flow in old.items():
        if id not in new:
            yield Change("removed", "flow", id, flow.name, (f"删去连线：{_ends(before, flow)}",), file)
    for id, flow in new.items():
        if id not in old:
            words = [
                f"新增连线：{_ends(after, flow)}",
                *([f"条件：“{flow.condition}”"] if flow.condition else []),
            ]
            yield Change("added", "flow", id, flow.name, tuple(words), file)
            continue
        words = []
        if _ends(before, old[id]) != _ends(after, flow) and (old[id].source, old[id].target) != (
            flow.source,
            flow.target,
        ):
            words.append(_turn("走向", _ends(before, old[id]), _ends(after, flow)))
        if (old[id].condition or "") != (flow.condition or ""):
            words.append(_turn("条件", old[id].condition, flow.condition))
        if old[id].name != flow.name:
            words.append(_turn("名称", old[id].name, flow.name))
        if words:
            yield Change("changed", "flow", id, flow.name or _ends(after, flow), tuple(words), file)


def _ends(diagram: Diagram | None, flow: Flow) -> str:
    return f"{_named(diagram, flow.source)} → {_named(diagram, flow.target)}"


def _places(diagram: Diagram) -> dict[str, tuple[str, ...]]:
    """Where each element is drawn."""
    found = {}
    for shape in diagram.root.iter(f"{BPMNDI}BPMNShape"):
        bounds = shape.find(f"{DC}Bounds")
        if bounds is not None:
            found[shape.get("bpmnElement", "")] = tuple(
                str(bounds.get(a)) for a in ("x", "y", "width", "height")
            )
    return found


# -- the rest


def _forms(old: Bundle, new: Bundle) -> Iterator[Change]:
    for path in _paths(old, new, "forms/"):
        a, b = old.files.get(path), new.files.get(path)
        if a == b:
            continue
        name = _title(b or a or "") or path
        if a is None or b is None:
            word = "新增" if a is None else "删去"
            about = "表单" if path.endswith(".form") else "样例"
            yield Change("added" if a is None else "removed", "form", path, name, (f"{word}{about}",), path)
        elif path.endswith(".form"):
            yield from _fields(a, b, path, name)
        else:
            yield Change("changed", "form", path, path, tuple(_lines(a, b)), path)


def _title(text: str) -> str:
    try:
        return str(json.loads(text).get("title", ""))
    except (ValueError, AttributeError):
        return ""


def _fields(a: str, b: str, path: str, name: str) -> Iterator[Change]:
    try:
        old, new = _components(json.loads(a)), _components(json.loads(b))
    except (ValueError, AttributeError, TypeError):
        yield Change("changed", "form", path, name, tuple(_lines(a, b)), path)
        return
    found = False
    for key in dict.fromkeys([*old, *new]):
        if old.get(key) == new.get(key):
            continue
        found = True
        label = str((new.get(key) or old[key]).get("label") or key)
        if key not in old or key not in new:
            word, kind = ("新增", "added") if key not in old else ("删去", "removed")
            yield Change(kind, "field", path, label, (f"{word}栏目“{label}”",), path)
        else:
            words = _values(old[key], new[key])
            yield Change("changed", "field", path, label, tuple(words), path)
    if [key for key in old if key in new] != [key for key in new if key in old]:
        yield Change("moved", "form", path, name, ("栏目的顺序有改动",), path)
    elif not found:
        yield Change("changed", "form", path, name, ("表单的说明或版式有改动",), path)


def _components(form: Any, before: str = "") -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for number, each in enumerate(form.get("components", [])):
        nameless = f"{each.get('type')} {number}"
        key = f"{before}{each.get('key') or nameless}"
        found[key] = {name: value for name, value in each.items() if name != "components"}
        inner = f"{key} / " if each.get("key") else before
        found |= _components(each, inner)
    return found


def _values(old: Mapping[str, Any], new: Mapping[str, Any], before: str = "") -> list[str]:
    words = []
    for name in dict.fromkeys([*old, *new]):
        a, b = old.get(name), new.get(name)
        if a == b:
            continue
        if isinstance(a, dict) and isinstance(b, dict):
            words += _values(a, b, f"{before}{name} ")
        else:
            words.append(_turn(f"{before}{name}", _shown(a), _shown(b)))
    return words


def _shown(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False)


def _scenarios(old: Bundle, new: Bundle) -> Iterator[Change]:
    if old.features == new.features:
        return
    try:
        before = {each.id: each for each in read_scenarios(old.features)}
        after = {each.id: each for each in read_scenarios(new.features)}
    except Unreadable as error:
        yield Change(
            "changed", "scenario", error.file, error.file, (str(error),), new.feature_path(error.file)
        )
        return
    for id, scenario in before.items():
        if id not in after:
            path = new.feature_path(scenario.file)
            yield Change("removed", "scenario", id, scenario.title, ("删去场景",), path)
    for id, scenario in after.items():
        path = new.feature_path(scenario.file)
        if id not in before:
            yield Change("added", "scenario", id, scenario.title, ("新增场景",), path)
            continue
        was = before[id]
        words = list(_lines(was.words, scenario.words))
        words += [f"去掉标签 @{tag}" for tag in sorted(was.tags - scenario.tags)]
        words += [f"加上标签 @{tag}" for tag in sorted(scenario.tags - was.tags)]
        tables = [[step.table for step in each.steps] for each in (was, scenario)]
        if not words and (tables[0] != tables[1] or was.examples != scenario.examples):
            words.append("表格的内容有改动")
        if words:
            yield Change("changed", "scenario", id, scenario.title, tuple(words), path)


def _other_files(old: Bundle, new: Bundle) -> Iterator[Change]:
    seen = (f"{new.key}.bpmn", "forms/", "features/")
    for path in _paths(old, new, ""):
        a, b = old.files.get(path), new.files.get(path)
        if a == b or path.startswith(seen):
            continue
        start = next((each for each in FILES if path.startswith(each)), "")
        about = {"documents/": "document", "decisions/": "decision"}.get(start, "file")
        word = FILES.get(start, "文件")
        if a is None or b is None:
            kind, verb = ("added", "新增") if a is None else ("removed", "删去")
            yield Change(kind, about, path, path, (f"{verb}{word}",), path)
        else:
            yield Change("changed", about, path, path, tuple(_lines(a, b)), path)


def _paths(old: Bundle, new: Bundle, start: str) -> Sequence[str]:
    return [path for path in sorted({*old.files, *new.files}) if path.startswith(start)]


MOST_LINES = 20


def _lines(old: str, new: str) -> list[str]:
    """The lines that went and came, at most so many."""
    found = []
    for line in difflib.unified_diff(old.split("\n"), new.split("\n"), lineterm="", n=0):
        if line.startswith(("+++", "---", "@@")) or not line[1:].strip():
            continue
        found.append(("新增：" if line[0] == "+" else "删去：") + line[1:].strip())
    if len(found) > MOST_LINES:
        return [*found[:MOST_LINES], f"另有 {len(found) - MOST_LINES} 行改动"]
    return found


__all__ = ["Change", "differences", "parameter_changes"]
