"""The linter: what a process owner must put right before a procedure can be deployed.

One rule is one function with a code; the codes are listed in docs/checks.md. Every finding names the file and the
element, says what is wrong and what to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.definitions import Bundle
from engine.errors import BadDiagram
from engine.lint import (
    calls,
    clauses,
    documents,
    drawing,
    events,
    expressions,
    features,
    flows,
    forms,
    gateways,
    messages,
    people,
    structure,
)
from engine.lint.features import Feature
from engine.lint.procedure import Procedure
from engine.lint.reading import FOLDER, bundle_folder, read_features, read_world, surrounding
from engine.lint.registry import RULES, Finding, Rule
from engine.lint.world import Pack, World

__all__ = ["RULES", "Finding", "Pack", "World", "check_bundle", "check_folder", "check_path", "read_world"]
SUBJECTS = (
    *(structure, flows, events, gateways, people, expressions, messages),
    *(calls, forms, documents, clauses, drawing, features),
)
"""The modules that hold the rules, in the order of the list of checks."""


def check_folder(processes: Path, features: Path | None = None) -> list[Finding]:
    """Everything wrong in a processes folder and, when given, in the feature files below `features`."""
    world, findings = read_world(processes)
    for bundle in world.bundles:
        findings += _procedure(Procedure(bundle, world))
    if features is not None:
        found, unread = read_features(features, world)
        findings += unread
        findings += [finding for feature in found for finding in feature_findings(feature)]
    return sorted(set(findings))


def check_path(path: Path) -> list[Finding]:
    """What is wrong with `path`, seen among all packs and procedures around it.

    `path` is a processes folder (the feature files beside it are checked, too), a pack, a procedure's folder, or one
    file of them. A diagram that lies outside every processes folder is checked by itself.
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
    return sorted(set(_procedure(Procedure(bundle, world.with_bundle(bundle)))))


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
    found = [finding for rule in RULES.values() if rule.first for finding in _apply(rule, procedure)]
    yield from found
    if not found:
        for rule in RULES.values():
            if not rule.first:
                yield from _apply(rule, procedure)


def _apply(rule: Rule, procedure: Procedure) -> Iterator[Finding]:
    if rule.procedure is not None:
        folder = f"{procedure.bundle.pack}/{procedure.key}"
        for note in rule.procedure(procedure):
            yield Finding(f"{folder}/{note.file or procedure.key + '.bpmn'}", note.element, rule.code, note.message)


def feature_findings(feature: Feature) -> Iterator[Finding]:
    for rule in RULES.values():
        if rule.feature is not None:
            for note in rule.feature(feature):
                yield Finding(feature.file, note.element, rule.code, note.message)
