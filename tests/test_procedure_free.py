"""The program knows no procedure: none of the names drawn in processes/ stands in its Python."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from engine.bpmn_xml import BPMN
from engine.definitions import Bundle, read_bundles
from engine.rules import parse_rules

ROOT = Path(__file__).parents[1]
PROCESSES = ROOT / "processes"
FILES = sorted(
    path
    for folder in ("engine", "web", "features/steps")
    for path in (ROOT / folder).rglob("*.py")
    if "node_modules" not in path.parts
)


@cache
def bundles() -> tuple[Bundle, ...]:
    return tuple(read_bundles(PROCESSES))


@cache
def names_anywhere() -> frozenset[str]:
    """Names of processes, participants, lanes and tasks of three or more characters, and keys with an underscore."""
    found: set[str] = set()
    for bundle in bundles():
        diagram = bundle.diagram
        named = [diagram.name, *diagram.lanes]
        named += [pool.get("name", "") for pool in diagram.root.iter(BPMN + "participant")]
        named += [e.name for e in diagram.elements.values() if e.kind.endswith("Task")]
        found.update(name for name in named if len(name) >= 3)
        if "_" in bundle.key:
            found.add(bundle.key)
    return frozenset(found)


@cache
def whole_constants() -> frozenset[str]:
    """What no string constant may be: other process keys, element, form and clause ids, message names."""
    found: set[str] = set()
    for bundle in bundles():
        found.add(bundle.key)
        found.update(bundle.diagram.elements)
        found.update(bundle.diagram.messages.values())
        found.update(Path(path).name.partition(".")[0] for path in bundle.files if path.endswith(".form"))
    for path in PROCESSES.glob("*/rules.yml"):
        found.update(
            key
            for c in parse_rules(path.read_text("utf-8"), path.parent.name).clauses
            for key in (c.id, c.tag)
        )
    return frozenset(found) - {""}


@cache
def field_keys() -> frozenset[str]:
    """Keys of form fields and columns of three or more characters."""

    def keys(components: list[dict[str, object]]) -> Iterator[str]:
        for component in components:
            if isinstance(component.get("key"), str):
                yield str(component["key"])
            yield from keys(component.get("components", []))  # type: ignore[arg-type]

    return frozenset(
        key
        for bundle in bundles()
        for path, text in bundle.files.items()
        if path.endswith(".form")
        for key in keys(json.loads(text)["components"])
        if len(key) >= 3
    )


def looked_up(tree: ast.AST) -> Iterator[ast.Constant]:
    """String constants that are a subscript, a dictionary key or an operand of a comparison."""
    for node in ast.walk(tree):
        parts: list[ast.expr | None] = []
        if isinstance(node, ast.Subscript):
            parts = [node.slice]
        elif isinstance(node, ast.Dict):
            parts = list(node.keys)
        elif isinstance(node, ast.Compare):
            parts = [node.left, *node.comparators]
            parts += [
                each
                for part in parts
                if isinstance(part, (ast.Tuple, ast.List, ast.Set))
                for each in part.elts
            ]
        yield from (part for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_procedure_is_named(path: Path) -> None:
    text = path.read_text("utf-8")
    assert [name for name in sorted(names_anywhere()) if name in text] == []
    tree = ast.parse(text)
    constants = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    assert sorted(constants & whole_constants()) == []
    assert sorted({c.value for c in looked_up(tree)} & field_keys()) == []


def test_there_is_something_to_look_for() -> None:
    assert len(FILES) > 50
    assert len(names_anywhere()) > 40
    assert len(whole_constants()) > 200
    assert len(field_keys()) > 100
