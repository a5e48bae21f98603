"""What the check says of a draft: by file, line or cell, and element."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine import lint
from engine.definitions import DECISIONS, Bundle
from engine.drafts import bundle_of, own_pack, require_draft
from engine.errors import BadDiagram
from engine.gate import published
from engine.lint.features import Feature
from engine.process_engine import ProcessEngine

READ = ("definitions", "review")
_LINE = re.compile(r"第 (\d+) 行")
_CELL = re.compile(r"第 (\d+) 行“([^”]+)”列")


@dataclass(frozen=True)
class DraftFinding:
    """What the linter says: `file` as it names it, `path` that in the draft, `line` where the message tells one.

    Of a decision table `line` is the row and `column` the name of the cell's column, empty for the whole row.
    """

    file: str
    path: str
    line: int | None
    element: str
    code: str
    message: str
    warning: bool
    column: str = ""

    @property
    def rule(self) -> str:
        return self.code


def draft_findings(
    engine: ProcessEngine, login: str, key: str, files: Mapping[str, str | None] | None = None
) -> list[DraftFinding]:
    """Everything the linter finds in the draft, with `files` in the place of those saved; errors first.

    Raises Forbidden, NotFound.
    """
    with engine.database.reading() as session:
        draft = require_draft(session, key, own_pack(engine, session, login, *READ))
        world = published(engine, session).world
        saved = bundle_of(draft)
    texts = {k: str(v) for k, v in {**saved.files, **(files or {})}.items() if v is not None}
    return bundle_findings(Bundle(saved.key, saved.pack, texts), world)


def bundle_findings(bundle: Bundle, world: lint.World) -> list[DraftFinding]:
    """What the linter finds in a procedure and its scenarios, among what is published."""
    found = [
        _in_table(_finding(each, each.file.removeprefix(f"{bundle.pack}/{bundle.key}/")), bundle)
        for each in lint.check_bundle(bundle, world)
    ]
    found += feature_findings(bundle, world)
    return sorted(found, key=lambda each: (each.warning, each.path, each.line or 0, each.element))


def feature_findings(bundle: Bundle, world: lint.World) -> list[DraftFinding]:
    """What the linter finds in the scenario files of a procedure alone, by file and line."""
    changed = world.with_bundle(bundle)
    found = [
        _finding(each, bundle.feature_path(name))
        for name, text in bundle.features.items()
        for each in lint.feature_findings(Feature(f"features/{name}", text, changed))
    ]
    return sorted(found, key=lambda each: (each.path, each.line or 0))


def _finding(each: lint.Finding, path: str) -> DraftFinding:
    line, cell = _LINE.search(each.message), _CELL.search(each.message)
    column = cell[2] if cell and path.endswith(".dmn") else ""
    number = int(cell[1]) if cell and column else int(line[1]) if line else None
    return DraftFinding(each.file, path, number, each.element, each.code, each.message, each.warning, column)


def _in_table(found: DraftFinding, bundle: Bundle) -> DraftFinding:
    """What is told of the task that asks a decision table, at the cell of the table it is about."""
    cell = _CELL.search(found.message)
    if not found.element or cell is None:
        return found
    try:
        element = bundle.diagram.elements.get(found.element)
    except BadDiagram:
        return found
    decision = str(element.extensions.get("decisionRef") or "") if element is not None else ""
    path = f"{DECISIONS}{decision}.dmn"
    if path not in bundle.files:
        return found
    return replace(found, path=path, line=int(cell[1]), column=cell[2])


__all__ = ["DraftFinding", "bundle_findings", "draft_findings", "feature_findings"]
