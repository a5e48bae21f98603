"""What the modeller can put right by itself: a mistyped expression, a drawing with defects."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from lxml import etree

from engine import lint
from engine.bpmn_xml import parse_xml
from engine.errors import BadDiagram
from engine.expressions import ExpressionError, compile_expression
from engine.process_engine import ProcessEngine
from engine.queries.drafts import process_draft
from engine.queries.findings import DraftFinding, draft_findings

ADVICE = "应写成："
OPENING, CLOSING = "${", "}"


@dataclass(frozen=True)
class Fix:
    """A safe way out of a finding: `layout` draws the diagram anew, `replace` writes `new` where `old` stands."""

    kind: str
    label: str
    old: str = ""
    new: str = ""


def findings_with_fixes(
    engine: ProcessEngine, login: str, key: str, files: Mapping[str, str | None] | None = None
) -> list[dict[str, Any]]:
    """`draft_findings` as mappings, each with its `fix`: a mapping, or None. Raises Forbidden, NotFound."""
    found = draft_findings(engine, login, key, files)
    path = f"{key}.bpmn"
    text = (files or {}).get(path) or process_draft(engine, login, key).files[path]
    values = _values(text) if any(ADVICE in each.message for each in found) else {}
    return [{**asdict(each), "fix": _fix(each, path, values)} for each in found]


def _fix(finding: DraftFinding, path: str, values: Mapping[str, Sequence[str]]) -> dict[str, str] | None:
    if finding.path != path:
        return None
    if finding.code == "drawing" and lint.RULES[finding.code].group == "drawing":
        return asdict(Fix("layout", "整理布局"))
    for old in values.get(finding.element, ()):
        new = _corrected(old)
        if new is not None and f"{ADVICE}{_bare(new)}" in finding.message:
            return asdict(Fix("replace", f"改成“{new}”", old, new))
    return None


def _values(xml: str) -> dict[str, list[str]]:
    """Element id → every text written at it, without those of the elements inside it."""
    try:
        root = parse_xml(xml.encode())
    except BadDiagram:
        return {}
    return {node.get("id", ""): list(_written(node)) for node in root.iter() if node.get("id")}


def _written(node: etree._Element) -> Iterator[str]:
    yield from (str(value) for value in node.attrib.values())
    if node.text and node.text.strip():
        yield node.text
    for child in node:
        if isinstance(child.tag, str) and (not child.get("id") or child.tag.endswith("EventDefinition")):
            yield from _written(child)


def _corrected(text: str) -> str | None:
    """The expression as it should read, when it is one and that can be told."""
    try:
        compile_expression(text)
    except ExpressionError as error:
        if error.corrected is None:
            return None
        bare = _bare(error.corrected)
        return f"{OPENING}{bare}{CLOSING}" if text.strip().startswith(OPENING) else bare
    return None


def _bare(text: str) -> str:
    stripped = text.strip()
    if stripped.startswith(OPENING) and stripped.endswith(CLOSING):
        return stripped[len(OPENING) : -len(CLOSING)]
    return stripped


__all__ = ["Fix", "findings_with_fixes"]
