"""Proves that of a UNIQUE table exactly one row matches whatever the inputs are, or says where that fails.

Every column is divided into pieces on which all cells say the same (see `partition`), so that a row is a box of
pieces: two rows overlap when their boxes do, and the table is complete when the boxes cover everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from engine.decisions.model import UNIQUE, Decision
from engine.decisions.partition import Axis, divide

STEP_LIMIT = 5_000
"""Sub-tables looked at before a proof is given up; each has at most as many pieces and rows as the table."""
MOST_TOLD = 5
Box = dict[int, frozenset[int]]
"""Column → pieces; a column that is missing stands for all its pieces."""


@dataclass(frozen=True)
class Proof:
    """What a proof has found, in words; with all three empty the table is right."""

    overlaps: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


class _TooLarge(Exception):
    pass


def prove(decision: Decision) -> Proof:
    """Whether a UNIQUE table is disjoint and complete; nothing is asked of other tables."""
    if decision.hit_policy != UNIQUE:
        return Proof()
    axes = [
        divide(column, [row.cells[n] for row in decision.rows]) for n, column in enumerate(decision.inputs)
    ]
    overlaps, doubtful_pairs = _overlaps(axes, [row.number for row in decision.rows])
    doubts = [f"第 {one} 行与第 {other} 行会不会同时符合" for one, other in doubtful_pairs]
    gaps: list[str] = []
    try:
        boxes = uncovered(axes, [axis.may for axis in axes])
        certain = [each for each in (_occurring(axes, box) for box in boxes) if each is not None]
        gaps = [f"缺：{_tell(axes, box)}" for box in certain]
        if not certain and (boxes or uncovered(axes, [axis.must for axis in axes])):
            doubts.append("是不是任何情况都有一行符合")
    except _TooLarge:
        doubts.append("是不是任何情况都有一行符合（表太大）")
    why = "；".join(dict.fromkeys(axis.doubt for axis in axes if axis.doubt))
    return Proof(
        tuple(_some(overlaps)),
        tuple(_some(gaps)),
        tuple(f"{each}{f'：{why}' if why else ''}" for each in _some(doubts)),
    )


def _some(found: list[str]) -> list[str]:
    more = len(found) - MOST_TOLD
    return found if more <= 0 else [*found[:MOST_TOLD], f"此外还有 {more} 处"]


def _overlaps(axes: Sequence[Axis], numbers: Sequence[int]) -> tuple[list[str], list[tuple[int, int]]]:
    """The pairs of rows that surely match together, with an example each, and those that may."""
    found, doubtful = [], []
    for one, other in combinations(range(len(numbers)), 2):
        both = [axis.occurring(axis.must[one] & axis.must[other]) for axis in axes]
        if all(both):
            example = {n: pieces for n, pieces in enumerate(both) if pieces != axes[n].every}
            when = f"，如{_tell(axes, example)}" if example else ""
            found.append(f"第 {numbers[one]} 行与第 {numbers[other]} 行会同时符合{when}")
        elif all(axis.may[one] & axis.may[other] for axis in axes):
            doubtful.append((numbers[one], numbers[other]))
    return found, doubtful


def uncovered(axes: Sequence[Axis], rows: Sequence[Sequence[frozenset[int]]]) -> list[Box]:
    """Boxes that together are what no row covers; `rows` holds for each column the pieces of every row.

    Raises _TooLarge when there are too many cases to tell apart.
    """
    known: dict[tuple[int, frozenset[int]], list[Box]] = {}

    def search(column: int, left: frozenset[int]) -> list[Box]:
        if not left:
            return [{}]
        if column == len(axes):
            return []
        if (column, left) not in known:
            if len(known) >= STEP_LIMIT:
                raise _TooLarge
            alike: dict[frozenset[int], set[int]] = {}
            for piece in axes[column].every:
                matching = frozenset(row for row in left if piece in rows[column][row])
                alike.setdefault(matching, set()).add(piece)
            known[column, left] = _joined(
                column,
                axes[column].every,
                [(frozenset(pieces), search(column + 1, matching)) for matching, pieces in alike.items()],
            )
        return known[column, left]

    return search(0, frozenset(range(len(rows[0]) if rows else 0)))


def _joined(column: int, every: frozenset[int], parts: list[tuple[frozenset[int], list[Box]]]) -> list[Box]:
    """Boxes of this column and those after it, those that differ in this column alone put together."""
    together: dict[frozenset[tuple[int, frozenset[int]]], frozenset[int]] = {}
    for pieces, boxes in parts:
        for box in boxes:
            rest = frozenset(box.items())
            together[rest] = together.get(rest, frozenset()) | pieces
    if len(together) > STEP_LIMIT:
        raise _TooLarge
    return [
        dict(rest) if pieces == every else {column: pieces, **dict(rest)} for rest, pieces in together.items()
    ]


def _occurring(axes: Sequence[Axis], box: Box) -> Box | None:
    """The part of a box whose values certainly occur, None when there is none."""
    found = {}
    for column, pieces in box.items():
        sure = axes[column].occurring(pieces)
        if not sure:
            return None
        found[column] = sure
    return found


def _tell(axes: Sequence[Axis], box: Box) -> str:
    return "、".join(axes[column].tell(box[column]) for column in sorted(box)) or "任何情况"
