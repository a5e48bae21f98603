"""The tour names real things: every name in it exists in the code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TOUR = (ROOT / "docs" / "tour.md").read_text("utf-8")
NAMES = sorted(set(re.findall(r"`([A-Za-z_.]+)`", TOUR)))


def defined() -> set[str]:
    """Every function, class, method and module name of the program."""
    found: set[str] = set()
    for folder in ("engine", "web"):
        for path in (ROOT / folder).rglob("*.py"):
            if "node_modules" in path.parts:
                continue
            found.add(path.stem)
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                    found.add(node.name)
                if isinstance(node, ast.ClassDef):
                    found.update(f"{node.name}.{m.name}" for m in node.body if isinstance(m, ast.FunctionDef))
    return found


DEFINED = defined()


@pytest.mark.parametrize("name", NAMES)
def test_the_name_exists(name: str) -> None:
    assert name in DEFINED or name.rpartition(".")[2] in DEFINED


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:engine|web)/[\w/.]+\.py)`", TOUR))))
def test_the_file_exists(path: str) -> None:
    assert (ROOT / path).is_file()
