"""Where boxes and segments meet; boxes are (left, top, width, height) in pixels."""

from __future__ import annotations

from itertools import pairwise

from .model import Box, Point

SAMPLES = 50


def overlap(a: Box, b: Box, slack: float = 0) -> bool:
    """Whether two boxes share an area more than `slack` pixels wide and high."""
    return (
        min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0]) > slack
        and min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1]) > slack
    )


def inside(a: Box, b: Box, slack: float = 0.5) -> bool:
    """Whether `a` lies in `b`, or leaves it by no more than `slack` pixels."""
    return (
        a[0] >= b[0] - slack
        and a[1] >= b[1] - slack
        and a[0] + a[2] <= b[0] + b[2] + slack
        and a[1] + a[3] <= b[1] + b[3] + slack
    )


def passes(p: Point, q: Point, box: Box, shrink: float = 1) -> bool:
    """Whether a segment touches the inside of a box made smaller on all sides; a slanted one is sampled."""
    left, top = box[0] + shrink, box[1] + shrink
    right, bottom = box[0] + box[2] - shrink, box[1] + box[3] - shrink
    if p[0] != q[0] and p[1] != q[1]:
        at = (
            (p[0] + (q[0] - p[0]) * i / SAMPLES, p[1] + (q[1] - p[1]) * i / SAMPLES)
            for i in range(SAMPLES + 1)
        )
        return any(left < x < right and top < y < bottom for x, y in at)
    return (
        min(p[0], q[0]) < right
        and max(p[0], q[0]) > left
        and min(p[1], q[1]) < bottom
        and max(p[1], q[1]) > top
    )


def line_passes(points: list[Point], box: Box, shrink: float = 1) -> bool:
    """Whether any segment of a polyline touches the inside of a box."""
    return any(passes(p, q, box, shrink) for p, q in pairwise(points))


def gap(a: Box, b: Box) -> float:
    """The horizontal plus the vertical distance of two boxes; 0 when they touch."""
    return max(0, a[0] - b[0] - b[2], b[0] - a[0] - a[2]) + max(0, a[1] - b[1] - b[3], b[1] - a[1] - a[3])


def meetings(first: list[Point], second: list[Point]) -> list[str]:
    """How two polylines meet, segment by segment: they `cross`, run `along` or `touch` each other."""
    if gap(extent(first), extent(second)) > 0:
        return []
    found = (_meet(a, b, c, d) for a, b in pairwise(first) for c, d in pairwise(second))
    return [how for how in found if how]


def extent(points: list[Point]) -> Box:
    """The smallest box around some points."""
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)


def _turn(p: Point, q: Point, r: Point) -> int:
    value = (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])
    return (value > 0) - (value < 0)


def _meet(a: Point, b: Point, c: Point, d: Point) -> str:
    """`cross`, `along`, `touch` or nothing, for the segments a–b and c–d."""
    if max(a[0], b[0]) < min(c[0], d[0]) or max(c[0], d[0]) < min(a[0], b[0]):
        return ""
    if max(a[1], b[1]) < min(c[1], d[1]) or max(c[1], d[1]) < min(a[1], b[1]):
        return ""
    turns = _turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b)
    if turns == (0, 0, 0, 0):
        axis = 0 if a[0] != b[0] else 1
        shared = min(max(a[axis], b[axis]), max(c[axis], d[axis])) - max(
            min(a[axis], b[axis]), min(c[axis], d[axis])
        )
        return "along" if shared > 0 else ""
    if turns[0] * turns[1] < 0 and turns[2] * turns[3] < 0:
        return "cross"
    return "touch" if turns[0] * turns[1] <= 0 and turns[2] * turns[3] <= 0 else ""
