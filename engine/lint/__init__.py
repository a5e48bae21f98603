"""The linter: what a process owner must put right before a procedure can be deployed.

One rule is one function with a code; docs/checks.md lists the codes. Every finding names the file and the
element, says what is wrong and what to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.definitions import Bundle
from engine.errors import BadDiagram
from engine.lint import (  # noqa: F401  Importing a module registers its rules, in this order.
    calls,
    clauses,
    decisions,
    documents,
    drawing,
    events,
    expressions,
    flows,
    forms,
    gateways,
    messages,
    people,
    registers,
    structure,
)
from engine.lint.features import Feature
from engine.lint.procedure import Procedure
from engine.lint.reading import FOLDER, bundle_folder, read_features, read_world, surrounding
from engine.lint.registry import RULES, Finding, Rule
from engine.lint.world import Pack, World

__all__ = [
    "GROUPS",
    "RULES",
    "Finding",
    "Pack",
    "World",
    "check_bundle",
    "check_folder",
    "check_path",
    "check_world",
    "feature_findings",
    "list_of_checks",
    "read_world",
]
GROUPS = {
    "reading": "文件",
    "structure": "图的组成",
    "flows": "连线",
    "events": "事件",
    "gateways": "网关",
    "people": "人员",
    "expressions": "表达式",
    "messages": "消息",
    "calls": "调用",
    "forms": "表单",
    "documents": "服务任务和文书",
    "decisions": "决策表",
    "clauses": "条款",
    "registers": "台账",
    "drawing": "画法",
    "features": "场景",
}
"""What each module of rules is about, in the order of the list of checks."""


def check_folder(processes: Path, features: Path | None = None) -> list[Finding]:
    """Everything wrong in a processes folder and, when given, in the feature files below `features`."""
    world, findings = read_world(processes)
    findings += check_world(world)
    if features is not None:
        found, unread = read_features(features, world)
        findings += unread
        findings += [finding for feature in found for finding in feature_findings(feature)]
    return sorted(set(findings))


def check_world(world: World) -> list[Finding]:
    """What is wrong with all procedures; while a diagram cannot be read only that: others would miss it."""
    unreadable = [finding for each in world.every for finding in _apply(RULES["unreadable"], each)]
    if unreadable:
        return sorted(set(unreadable))
    found = {finding for each in world.every for finding in _procedure(each)}
    return sorted(found | {finding for pack in world.packs.values() for finding in _pack(pack, world)})


def check_path(path: Path) -> list[Finding]:
    """What is wrong with `path`, seen among all packs and procedures around it.

    `path` is a processes folder (the feature files beside it are checked, too), a pack, a procedure's folder,
    or one file of them. A diagram that lies outside every processes folder is checked by itself.
    """
    path = path.resolve()
    processes = surrounding(path)
    if processes is None:
        return _alone(path)
    features = processes.parent / "features"
    findings = check_folder(processes, features if features.is_dir() else None)
    base = processes.parent if path.is_relative_to(features) else processes
    below = path.relative_to(base).as_posix() if path.is_relative_to(base) else "."
    if below == ".":
        return findings
    return [each for each in findings if each.file == below or each.file.startswith(f"{below}/")]


def check_bundle(bundle: Bundle, world: World) -> list[Finding]:
    """What is wrong with one procedure, which stands in `world` for any other of its key."""
    changed = world.with_bundle(bundle)
    return sorted(set(_procedure(next(each for each in changed.every if each.bundle is bundle))))


def _alone(path: Path) -> list[Finding]:
    if path.suffix == ".feature":
        return sorted(set(feature_findings(Feature(path.name, path.read_text("utf-8", "replace"), World()))))
    try:
        bundle = bundle_folder(path)
    except BadDiagram as error:
        return [Finding(path.name, "", FOLDER, str(error).partition("：")[2] or str(error))]
    findings = check_bundle(bundle, World())
    return findings if path.is_dir() else [each for each in findings if each.file.endswith(f"/{path.name}")]


def _procedure(procedure: Procedure) -> Iterator[Finding]:
    """What all rules say; of a diagram that cannot be trusted to be what it seems only that."""
    for rule in sorted(RULES.values(), key=lambda rule: not rule.first):
        found = list(_apply(rule, procedure))
        yield from found
        if found and rule.first:
            return


def _apply(rule: Rule, procedure: Procedure) -> Iterator[Finding]:
    if rule.procedure is not None:
        folder = f"{procedure.bundle.pack}/{procedure.key}"
        for note in rule.procedure(procedure):
            yield Finding(
                f"{folder}/{note.file or procedure.key + '.bpmn'}",
                note.element,
                rule.code,
                note.message,
                rule.warning,
            )


def _pack(pack: Pack, world: World) -> Iterator[Finding]:
    """What is wrong with the registers of a pack, told in the file they stand in."""
    for rule in RULES.values():
        for note in rule.pack(pack, world) if rule.pack is not None else ():
            own = pack.registers is not None and note.register.name in pack.registers.own
            file = f"{pack.key if own else 'shared'}/registers.yml"
            text = f"第 {note.line} 行，台账“{note.register.name}”：{note.message}"
            yield Finding(file, note.register.name, rule.code, text)


def feature_findings(feature: Feature) -> Iterator[Finding]:
    """What is wrong with one feature file."""
    for rule in RULES.values():
        if rule.feature is not None:
            for note in rule.feature(feature):
                yield Finding(feature.file, note.element, rule.code, note.message)


def list_of_checks() -> str:
    """The list of all rules as Markdown, kept in docs/checks.md."""
    lines = [
        "# 检查些什么",
        "",
        "`guicheng check` 逐条检查制度包、流程图、表单、文书和场景；发布前也会检查，有一处不合就不发布。",
        (
            "每条发现写明文件、元素、错在哪里、怎么改。"
            "这一份由程序生成，改了规则用 `python -m engine.lint` 重写。"
        ),
    ]
    for group, title in GROUPS.items():
        lines += ["", f"## {title}", "", "| 代号 | 不许 |", "|---|---|"]
        lines += [
            f"| `{rule.code}` | {rule.meaning}{'（只提醒，不拦发布）' if rule.warning else ''} |"
            for rule in RULES.values()
            if rule.group == group
        ]
    return "\n".join(lines) + "\n"
