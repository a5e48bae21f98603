"""The linter: what a process owner must put right before a procedure can be deployed.

One rule is one function with a code; the codes are listed in docs/checks.md. Every finding names the file and the
element, says what is wrong and what to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.definitions import Bundle
from engine.lint import (
    calls,
    clauses,
    documents,
    drawing,
    events,
    expressions,
    flows,
    forms,
    gateways,
    messages,
    people,
    structure,
)
from engine.lint.procedure import Procedure
from engine.lint.reading import read_world
from engine.lint.registry import RULES, Finding, Note, Rule
from engine.lint.world import Pack, World

__all__ = ["RULES", "Finding", "Pack", "World", "check_bundle", "check_folder", "check_path", "read_world"]
SUBJECTS = (
    *(structure, flows, events, gateways, people, expressions, messages),
    *(calls, forms, documents, clauses, drawing),
)


def check_folder(processes: Path, features: Path | None = None) -> list[Finding]:
    """Everything wrong in a processes folder and, when given, in the feature files below `features`."""
    world, findings = read_world(processes)
    for bundle in world.bundles:
        findings += _procedure(Procedure(bundle, world))
    return sorted(set(findings))


def check_path(path: Path) -> list[Finding]:
    """What is wrong with a processes folder, a pack, a procedure's folder or one file, seen among all packs."""
    return check_folder(path)


def check_bundle(bundle: Bundle, world: World) -> list[Finding]:
    """What is wrong with one procedure, which stands in `world` for any other of its key."""
    return sorted(set(_procedure(Procedure(bundle, world.with_bundle(bundle)))))


def _procedure(procedure: Procedure) -> Iterator[Finding]:
    first = [each for each in RULES.values() if each.first]
    found = [finding for each in first for finding in _apply(each, procedure)]
    yield from found
    if not found:
        for each in RULES.values():
            if not each.first:
                yield from _apply(each, procedure)


def _apply(rule: Rule, procedure: Procedure) -> Iterator[Finding]:
    if rule.procedure is None:
        return
    folder = f"{procedure.bundle.pack}/{procedure.key}"
    for note in rule.procedure(procedure):
        yield Finding(f"{folder}/{note.file or procedure.key + '.bpmn'}", note.element, rule.code, note.message)
