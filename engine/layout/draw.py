"""Puts the drawing of all pools onto a page, with the frames of pools and lanes around it."""

from __future__ import annotations

from collections.abc import Iterator

from .model import Box, Drawing, Lane, Page

HEADER = 30
"""Width of the strip that holds the name of a pool or a lane."""
MARGIN_LEFT, MARGIN_TOP = 160, 80


def frame_page(page: Page, inner: Drawing) -> Drawing:
    """The drawing of a page, given that of its scope."""
    depth = max(
        (len(lane.enclosing) + bool(lane.id) for pool in page.pools for lane in pool.lanes), default=0
    )
    pooled = any(pool.id for pool in page.pools)
    left = MARGIN_LEFT + HEADER * (pooled + depth)
    drawing = Drawing(w=left + inner.w, h=inner.h)
    first = 0
    for pool in page.pools:
        bands = inner.bands[first : first + len(pool.lanes)]
        first += len(pool.lanes)
        if pool.id:
            top, bottom = bands[0][0], bands[-1][1]
            drawing.shapes[pool.id] = (MARGIN_LEFT, MARGIN_TOP + top, drawing.w - MARGIN_LEFT, bottom - top)
        drawing.shapes |= dict(_lane_boxes(pool.lanes, bands, MARGIN_LEFT + HEADER * pooled, drawing.w))
    drawing.take(inner, left, MARGIN_TOP)
    return drawing


def _lane_boxes(
    lanes: tuple[Lane, ...], bands: list[tuple[float, float]], x: float, right: float
) -> Iterator[tuple[str, Box]]:
    """Enclosing lanes first, every level one header further to the right."""
    extent: dict[str, tuple[int, float, float]] = {}
    for lane, (top, bottom) in zip(lanes, bands, strict=True):
        names = [*lane.enclosing, lane.id] if lane.id else []
        for level, key in enumerate(names):
            start = extent.get(key, (level, top, bottom))[1]
            extent[key] = level, start, bottom
    for key, (level, top, bottom) in sorted(extent.items(), key=lambda item: item[1][0]):
        left = x + HEADER * level
        yield key, (left, MARGIN_TOP + top, right - left, bottom - top)
