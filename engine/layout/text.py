"""Text as the diagram viewer measures and wraps it: 11 px for labels, 12 px inside shapes."""

from __future__ import annotations

from collections.abc import Iterable

LABEL_SIZE = 11
LABEL_LINE = 14
NAME_SIZE = 12
NAME_LINE = 14.4
LABEL_LIMIT = 90
"""The width at which the viewer wraps a label whose bounds it chooses itself."""

TASK_WIDTHS = (124, 112, 136, 100)
"""Room for nine, eight, ten and seven characters a line, the preferred width first."""

TASK_PADDING = 14
_FULL_WIDTH_FROM = 0x2E7F
_WIDE_SYMBOLS = "≥≤×→…“”"
_NARROW = 0.58
_NOT_AT_LINE_START = "，、；：）。"


def text_width(text: str, size: float) -> float:
    """The width of one line in pixels; Latin letters count a little over half a Chinese character."""
    return sum(size if ord(c) > _FULL_WIDTH_FROM or c in _WIDE_SYMBOLS else size * _NARROW for c in text)


def wrap(text: str, size: float, limit: float) -> list[str]:
    """The lines of a text no wider than `limit` pixels, broken at a space where one fits, else anywhere."""
    lines: list[str] = []
    for rest in (part.strip() for part in text.splitlines()):
        while rest:
            line = _first_line(rest, size, limit)
            lines.append(line)
            rest = rest[len(line) :].strip()
    return lines


def _first_line(text: str, size: float, limit: float) -> str:
    line = text
    while (width := text_width(line, size)) > limit and len(line) > 1:
        fits = max(len(line) * limit / width, 1)
        space = line.rfind(" ", 1, int(fits) + 1)
        line = line[:space] if space > 0 else line[: max(round(fits - 1), 1)]
    return line


def label_size(text: str, limit: float = LABEL_LIMIT) -> tuple[int, int]:
    """Width and height in pixels of the name of an event, a gateway or a flow."""
    lines = wrap(text, LABEL_SIZE, limit)
    return round(max((text_width(line, LABEL_SIZE) for line in lines), default=0)) + 2, LABEL_LINE * len(
        lines
    )


def task_width(names: Iterable[str]) -> int:
    """The one width for all tasks of a document that leaves the fewest lines of a single character."""
    wanted = [name for name in names if name]

    def flaws(width: int) -> int:
        total = 0
        for name in wanted:
            lines = wrap(name, NAME_SIZE, width - TASK_PADDING)
            total += 3 * (len(lines[-1]) == 1 if lines else 0) + (len(lines) > 2)
            total += 3 * any(line[0] in _NOT_AT_LINE_START for line in lines)
        return total

    return min(TASK_WIDTHS, key=lambda width: (flaws(width), TASK_WIDTHS.index(width)))
