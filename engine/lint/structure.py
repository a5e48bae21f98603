"""What a diagram may consist of: supported elements, identifiers, attributes and extension properties."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

from lxml import etree

from engine.bpmn_xml import BPMN, CAMUNDA
from engine.lint.procedure import Procedure
from engine.lint.registry import Note, Notes, rule
from engine.lint.vocabulary import (
    ATTRIBUTES,
    KIND_NAMES,
    PLAIN,
    PROCESS_PROPERTIES,
    SUPPORTED,
    UNSUPPORTED,
    properties_of,
)
from engine.nearest import suggestion

ID_LIMIT = 64  # characters; ids are kept in columns of this width
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
RESERVED = ("Start", "End", "Root", "StartEventSplit", "StartEventJoin")
PROCESS_PARTS = ("process", "subProcess", "transaction", "adHocSubProcess")
DEFINITIONS = ("process", "collaboration", "message", "extensionElements", "documentation")
LOOPS = ("userTask", "sendTask", "subProcess")


@rule("unreadable", "图文件不是格式正确的 BPMN，或含有 DOCTYPE，或没有唯一的流程", first=True)
def unreadable(procedure: Procedure) -> Notes:
    if procedure.unreadable is not None:
        where = f"{procedure.bundle.pack}/{procedure.key}/{procedure.key}.bpmn"
        yield procedure.note(None, procedure.unreadable.removeprefix(where).removeprefix("："))


@rule("duplicate-id", "两个元素用了同一个 id", first=True)
def duplicate_id(procedure: Procedure) -> Notes:
    ids = Counter(node.get("id") for node in _bpmn_nodes(procedure.diagram.root) if node.get("id"))
    for key, count in ids.items():
        if count > 1:
            yield Note(key, f"“{key}”用作 {count} 个元素的 id。id 不能重复，请改掉其余的。")


@rule("missing-id", "元素、连线或消息没有 id", first=True)
def missing_id(procedure: Procedure) -> Notes:
    for node in _bpmn_nodes(procedure.diagram.root):
        kind = etree.QName(node).localname
        if kind in (*SUPPORTED, *UNSUPPORTED, "sequenceFlow", "message") and not node.get("id"):
            name = node.get("name")
            what = f"名为“{name}”的" if name else "一个"
            yield Note(
                "",
                f"{what}{KIND_NAMES.get(kind, kind)}没有 id。请在建模器里补上，只用英文字母、数字、下划线。",
            )


@rule("process-id", "流程的 id 与文件夹名不同")
def process_id(procedure: Procedure) -> Notes:
    if procedure.diagram.key != procedure.key:
        yield procedure.note(
            None,
            f"流程的 id 是“{procedure.diagram.key}”，与文件夹名“{procedure.key}”不同。请把两处改成一样的。",
        )


@rule("executable", "流程没有标为可执行")
def executable(procedure: Procedure) -> Notes:
    process = procedure.process
    if process.get("isExecutable") != "true":
        yield procedure.note(
            None, '流程没有标为可执行。请在流程上写 isExecutable="true"（建模器里勾选“可执行”）。'
        )


@rule("identifier", "id 含有英文字母、数字、下划线以外的字符，或太长，或是保留的")
def identifier(procedure: Procedure) -> Notes:
    for node in _bpmn_nodes(procedure.diagram.root):
        key = node.get("id")
        kind = etree.QName(node).localname
        if not key or kind not in (*SUPPORTED, *UNSUPPORTED, "sequenceFlow", "message", "process"):
            continue
        if key in RESERVED or key.endswith(".EndJoin"):
            yield Note(key, f"id“{key}”是保留的，用了流程会直接结束或走错。请换一个。")
        elif not IDENTIFIER.match(key):
            yield Note(
                key, f"id“{key}”只能用英文字母、数字、下划线，不能以数字开头。请换一个，中文写在名称里。"
            )
        elif len(key) > ID_LIMIT:
            yield Note(key, f"id“{key}”有 {len(key)} 个字符，最多 {ID_LIMIT} 个。请改短。")


@rule("unsupported", "用了不支持的元素")
def unsupported(procedure: Procedure) -> Notes:
    for node in _bpmn_nodes(procedure.diagram.root):
        kind = etree.QName(node).localname
        parent = node.getparent()
        above = etree.QName(parent).localname if parent is not None else ""
        label = _named(node, kind)
        if above in PROCESS_PARTS and kind not in (*SUPPORTED, *PLAIN):
            advice = UNSUPPORTED.get(kind, "请删去，或换成支持的元素")
            yield Note(node.get("id") or "", f"{label}不受支持：{advice}。")
        elif above == "definitions" and kind not in DEFINITIONS:
            yield Note(node.get("id") or "", f"{label}不受支持：请删去。")
        elif kind in ("ioSpecification", "property", "standardLoopCharacteristics") and above in SUPPORTED:
            advice = (
                "循环请画成连回前面的线，或用多实例" if kind.startswith("standard") else UNSUPPORTED[kind]
            )
            yield Note(parent.get("id") or "", f"{_named(parent, above)}上的 {kind} 不受支持：{advice}。")
        elif kind == "messageFlow":
            yield Note(
                node.get("id") or "", f"{label}不起作用：一张图只画一个池，消息写在事件和发送任务上。请删去。"
            )


@rule("pools", "一张图画了两个以上的池")
def pools(procedure: Procedure) -> Notes:
    found = list(procedure.diagram.root.iter(BPMN + "participant"))
    if len(found) > 1:
        names = "、".join(f"“{node.get('name') or node.get('id')}”" for node in found)
        yield procedure.note(
            None, f"图里有 {len(found)} 个池：{names}。一个流程只画一个池，其余请删去或另存为流程。"
        )
    for node in found:
        reference = node.get("processRef")
        if len(found) == 1 and reference != procedure.diagram.key:
            yield Note(
                node.get("id") or "",
                f"池“{node.get('name') or ''}”没有指向流程“{procedure.diagram.key}”。请改 processRef。",
            )


@rule("nesting", "子流程里又画了子流程")
def nesting(procedure: Procedure) -> Notes:
    for element in procedure.diagram.of_kind("subProcess"):
        if element.parent:
            text = "子流程里不能再画子流程，只许一层。请移到外面，或存成单独的流程用调用活动来调。"
            yield procedure.note(element, text)


@rule("event-sub-process", "用了事件子流程")
def event_sub_process(procedure: Procedure) -> Notes:
    for element in procedure.diagram.of_kind("subProcess"):
        if element.node is not None and element.node.get("triggeredByEvent") == "true":
            text = "不支持事件子流程：它空等时案卷永远不能办结。请改用边界事件，后面画要做的事。"
            yield procedure.note(element, text)


@rule("multi-instance", "多实例缺集合或元素变量，或写在不支持多实例的元素上")
def multi_instance(procedure: Procedure) -> Notes:
    for element in procedure.elements:
        loop = (
            element.node.find(BPMN + "multiInstanceLoopCharacteristics") if element.node is not None else None
        )
        if loop is None:
            continue
        kind = KIND_NAMES.get(element.kind, element.kind)
        if element.kind not in LOOPS:
            yield procedure.note(
                element, f"{kind}不能多实例，只有用户任务、发送任务和子流程可以。请放进多实例子流程。"
            )
        if loop.find(BPMN + "loopCardinality") is not None:
            yield procedure.note(
                element, "不支持按次数的多实例（loopCardinality）。请删去，改写 camunda:collection。"
            )
        elif not element.collection or not element.collection.strip():
            yield procedure.note(element, '多实例没有写集合。请写 camunda:collection="${…}"。')
        if not element.variable or not element.variable.strip():
            yield procedure.note(element, '多实例没有写元素变量。请写 camunda:elementVariable="…"。')
        if element.completion is not None and element.kind != "userTask":
            yield procedure.note(
                element, f"{kind}的多实例不能写提前结束条件，只有用户任务可以。请删去，用边界定时事件截止。"
            )


@rule("attribute", "写了不起作用的建模器属性或扩展元素")
def attribute(procedure: Procedure) -> Notes:
    for node in procedure.diagram.root.iter():
        if not isinstance(node.tag, str) or not node.tag.startswith(BPMN):
            continue
        kind = etree.QName(node).localname
        known = _attributes(kind)
        for name in map(str, node.attrib):
            local = etree.QName(name).localname
            if name.startswith(CAMUNDA) and local not in known:
                near = suggestion(local, known)
                yield Note(
                    node.get("id") or "",
                    f"{_named(node, kind)}上的属性 camunda:{local} 不起作用{near}。请删去或改正。",
                )
        if kind == "extensionElements":
            yield from _extensions(node)


def _attributes(kind: str) -> tuple[str, ...]:
    return (
        ("collection", "elementVariable")
        if kind == "multiInstanceLoopCharacteristics"
        else ATTRIBUTES.get(kind, ())
    )


def _extensions(node: etree._Element) -> Iterator[Note]:
    owner = node.getparent()
    kind = etree.QName(owner).localname
    if kind in UNSUPPORTED:
        return  # The whole element is told.
    known = [CAMUNDA + "properties"] if kind in (*SUPPORTED, "process") else []
    known += [CAMUNDA + "in", CAMUNDA + "out"] if kind == "callActivity" else []
    for child in node:
        if isinstance(child.tag, str) and child.tag not in known:
            text = f"{_named(owner, kind)}上的扩展元素 {etree.QName(child).localname} 不起作用。请删去。"
            yield Note(owner.get("id") or "", text)


@rule("property", "扩展特性的名称不认识，写了不会起作用")
def unknown_property(procedure: Procedure) -> Notes:
    for name in procedure.properties(None):
        if name not in PROCESS_PROPERTIES:
            near = suggestion(name, PROCESS_PROPERTIES)
            yield procedure.note(None, f"流程没有名为“{name}”的特性{near}。请改正或删去。")
    for element in procedure.elements:
        if element.kind not in SUPPORTED:
            continue
        known = properties_of(element.kind, element.event, procedure.attribute(element, "topic"))
        for name in procedure.properties(element):
            if name not in known:
                kind = KIND_NAMES[element.kind]
                near = suggestion(name, known)
                yield procedure.note(element, f"{kind}没有名为“{name}”的特性{near}。请改正或删去。")


@rule("name", "用户任务没有名称")
def name(procedure: Procedure) -> Notes:
    for element in procedure.diagram.of_kind("userTask"):
        if not element.name.strip():
            yield procedure.note(element, "用户任务没有名称，办理人看不出要做什么。请写上名称。")


@rule("stable-name", "变量名或字段名含有全角等会被改写的字符，或用了 typename")
def stable_name(procedure: Procedure) -> Notes:
    for element, what, word in procedure.declared:
        plain = unicodedata.normalize("NFKC", word)
        if plain != word:
            yield procedure.note(
                element, f"{what}“{word}”含有全角或不规范的字符，取用时会找不到。请写成“{plain}”。"
            )
        elif word == "typename":
            yield procedure.note(element, f"{what}不能叫 typename，案卷会读不回来。请换一个名称。")


def _bpmn_nodes(root: etree._Element) -> Iterator[etree._Element]:
    return (node for node in root.iter() if isinstance(node.tag, str) and node.tag.startswith(BPMN))


def _named(node: etree._Element, kind: str) -> str:
    name, key = node.get("name"), node.get("id")
    what = KIND_NAMES.get(kind, kind)
    return f"{what}“{name}”（{key}）" if name else f"{what}“{key}”" if key else what
