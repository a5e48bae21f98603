"""How the diagram is drawn: the defects the layout checker sees, and how many lines cross."""

from __future__ import annotations

import re
from functools import lru_cache

from engine.layout import LayoutError, Report, check
from engine.lint.procedure import Procedure
from engine.lint.registry import Note, Notes, rule

CROSSINGS = 2
"""How many crossings a reader can follow; a README may ask for more with a reason."""
CROSSINGS_AT_MOST = 8
_LIMIT = re.compile(r"^\s*(?:[-*>]\s*)?交叉线上限[：:]\s*(\d{1,3})", re.MULTILINE)


@rule("drawing", "图画得有毛病：没有图形、重叠、出界、连线不通、名称被压")
def drawing(procedure: Procedure) -> Notes:
    report = _report(procedure.bundle.files[f"{procedure.key}.bpmn"])
    if isinstance(report, str):
        yield procedure.note(None, report)
        return
    for defect in report.defects:
        element = defect.element_ids[0] if defect.element_ids else ""
        yield Note(element, defect.message)


@rule("crossings", "交叉线超过两处，或超过 README 里写的“交叉线上限”")
def crossings(procedure: Procedure) -> Notes:
    limit = CROSSINGS
    written = _LIMIT.search(procedure.bundle.files.get("README.md", ""))
    if written:
        limit = int(written[1])
        if not CROSSINGS < limit <= CROSSINGS_AT_MOST:
            text = (
                f"“交叉线上限”写的是 {limit}，只能是 {CROSSINGS + 1} 到 {CROSSINGS_AT_MOST}。"
                "请改正，不需要的请删去。"
            )
            yield Note("", text, "README.md")
            return
    report = _report(procedure.bundle.files[f"{procedure.key}.bpmn"])
    if not isinstance(report, str) and report.figures.crossings > limit:
        text = (
            f"有 {report.figures.crossings} 处交叉线，最多 {limit} 处。请调整泳道和元素的次序后重新整理布局；"
            "实在不行的，在 README.md 写一行“交叉线上限：N，因为……”"
            f"（N 为 {CROSSINGS + 1} 到 {CROSSINGS_AT_MOST}）。"
        )
        yield procedure.note(None, text)


@lru_cache(maxsize=64)
def _report(text: str) -> Report | str:
    """The verdict on a drawing, or why there is none."""
    try:
        return check(text.encode())
    except LayoutError as error:
        return str(error)
