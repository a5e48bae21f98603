"""Lays out a whole document: the same semantic bytes with fresh diagrams."""

from __future__ import annotations

from .arranging import choose_arrangement
from .check import check
from .draw import frame_page
from .grid import Spacing
from .model import BPMN, SUB_PROCESSES, Drawing, LayoutError, Page
from .reading import Element, describe, local, parse, read_pages
from .routing import Costs
from .scopes import draw_content
from .search import NoRoute
from .writing import DI, replace_diagrams

ATTEMPTS = (
    (Spacing(), Costs()),
    (Spacing(tracks=6, x_gap=52, y_gap=44, lane_pad=28), Costs(touch=1500, overlap=4000)),
    (Spacing(tracks=9, x_gap=100, y_gap=80, lane_pad=50), Costs(touch=3000, overlap=9000)),
)
"""Ever more generous; the first drawing without a defect is taken."""


def layout(xml: bytes, *, forgiving: bool = False) -> bytes:
    """The same document with fresh diagrams; everything outside the diagram elements keeps its bytes.

    Sub-processes that the old diagram shows collapsed stay so and get a plane of their own; all others are
    expanded. The same bytes always give the same result, and laying out the result again changes nothing.
    Raises LayoutError, naming the elements, when the document is not readable or holds something that cannot
    be drawn: nothing that an old diagram shows is ever dropped without a word. A `forgiving` one leaves out data objects,
    data stores and groups that no diagram shows yet: they stay in the document, and the check lists them.
    """
    root = parse(xml)
    shown = _shown_elements(root)
    pages = read_pages(root, _collapsed(root), shown if forgiving else None)
    best: tuple[int, bytes] | None = None
    for number, (spacing, costs) in enumerate(ATTEMPTS):
        drawings = _redraw(pages, spacing, costs) if number else _arrange(pages, spacing, costs)
        if drawings is None:
            continue
        _refuse_losses(root, shown, drawings)
        result = replace_diagrams(xml, root, drawings)
        defects = len(check(result).defects)
        if best is None or defects < best[0]:
            best = defects, result
        if not defects:
            break
    if best is None:
        raise LayoutError(
            "这张图的连线太密，整理布局找不到不穿过图形的走法。请拆分流程，或者在建模器里手工排版。"
        )
    return best[1]


def _arrange(pages: list[Page], spacing: Spacing, costs: Costs) -> list[tuple[str, Drawing]] | None:
    """Chooses all rows and columns; answers the drawings this takes anyway, unless an edge found no way."""
    chosen = [(page, choose_arrangement(page.scope, spacing, costs)) for page in pages]
    found = [(page.plane, frame_page(page, drawing)) for page, drawing in chosen if drawing]
    return found if len(found) == len(pages) else None


def _redraw(pages: list[Page], spacing: Spacing, costs: Costs) -> list[tuple[str, Drawing]] | None:
    """The same rows and columns with other distances."""
    try:
        return [(page.plane, frame_page(page, draw_content(page.scope, spacing, costs))) for page in pages]
    except NoRoute:
        return None


def _shown_elements(root: Element) -> set[str]:
    return {el.get("bpmnElement") for tag in ("BPMNShape", "BPMNEdge") for el in root.iter(DI + tag)} - {None}


def _collapsed(root: Element) -> set[str]:
    """Sub-processes whose shape in the old diagram is collapsed, as the viewer decides it."""
    kinds = {el.get("id"): local(el) for el in root.iter(BPMN + "*") if el.get("id")}
    shapes = [el for el in root.iter(DI + "BPMNShape") if kinds.get(el.get("bpmnElement")) in SUB_PROCESSES]
    return {el.get("bpmnElement") for el in shapes if el.get("isExpanded") != "true"}


def _refuse_losses(root: Element, shown: set[str], drawings: list[tuple[str, Drawing]]) -> None:
    """What an old diagram shows and the new one does not would be lost."""
    drawn = {key for _, drawing in drawings for key in (*drawing.shapes, *drawing.edges)}
    lost = [el for el in root.iter(BPMN + "*") if el.get("id") in shown and el.get("id") not in drawn]
    if lost:
        listed = "；".join(describe(el) for el in lost)
        raise LayoutError(f"原图里的这些内容整理布局画不了：{listed}。请删去或改画，或者在建模器里手工排版。")
