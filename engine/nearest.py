"""Find the known name that a mistyped one was meant to be, also among names of two or three characters."""

from __future__ import annotations

from collections.abc import Iterable

_LEAST_SIMILARITY = 0.5  # Chinese names are short: of two characters, one may be wrong.


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most similar to `name`, or None when none has at least half of it right.

    The first of several equally similar ones is taken. The measure is the edit distance with swaps of
    neighbours: counting shared characters, as difflib does, takes 首个 for as near to 个书 as 个数 is.
    """
    best: str | None = None
    best_similarity = 0.0
    for candidate in known:
        longer = max(len(candidate), len(name))
        if candidate == name or min(len(candidate), len(name)) < longer * _LEAST_SIMILARITY:
            continue
        similarity = 1 - _distance(name.casefold(), candidate.casefold()) / max(longer, 1)
        if similarity >= _LEAST_SIMILARITY and similarity > best_similarity:
            best, best_similarity = candidate, similarity
    return best


def _distance(left: str, right: str) -> int:
    """How many characters to insert, delete, replace or swap with a neighbour to turn one into the other."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        two_before, before, row = before, row, [i]
        for j, b in enumerate(right, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, two_before[j - 2] + 1)
            row.append(cost)
    return row[-1]


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return “；最接近的是“…”” ready to follow a sentence, or an empty text when nothing resembles `name`."""
    match = nearest(name, known)
    return f"；最接近的是“{match}”" if match else ""
