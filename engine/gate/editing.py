"""Scenario files changed at one place: a scenario taken out to be written anew, put back, added or struck out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.gate.scenarios import Unreadable, read_scenarios

HEAD = "# language: zh-CN\n功能: {title}\n"
IN_RULE, IN_FEATURE = "    ", "  "
_RULE = re.compile(r"\s*规则\s*:\s*(.*)")
_SCENARIO = re.compile(r"\s*(?:场景|场景大纲|剧本|剧本大纲)\s*:\s*(.*)")


@dataclass(frozen=True)
class Place:
    """Where a piece of a file stands: lines `first` to `last` counted from 1, moved in by `margin`."""

    first: int
    last: int
    margin: str

    def taken_from(self, text: str) -> str:
        """The piece without its margin and without blank lines at its end."""
        lines = text.split("\n")[self.first - 1 : self.last]
        return "\n".join(line.removeprefix(self.margin) for line in lines).rstrip()

    def with_piece(self, text: str, piece: str) -> str:
        """The file with another piece there; blank lines after it stay. An empty piece strikes it out."""
        lines = text.split("\n")
        old = lines[self.first - 1 : self.last]
        blank = len(old) - len("\n".join(old).rstrip().split("\n"))
        new = moved_in(piece, self.margin)
        after = old[len(old) - blank :] if new else []
        return "\n".join([*lines[: self.first - 1], *new, *after, *lines[self.last :]])


def moved_in(piece: str, margin: str) -> list[str]:
    """The lines of a piece, as they were written, behind a margin; blank lines around it are dropped."""
    lines = [line.rstrip() for line in piece.replace("\r\n", "\n").split("\n")]
    while lines and not lines[0]:
        lines.pop(0)
    while lines and not lines[-1]:
        lines.pop()
    return [margin + line if line else "" for line in lines]


def find(file: str, text: str, scenario: str) -> Place | None:
    """Where a scenario stands in the text of `<pack>/<name>`; None when it is not there or the file cannot be read."""
    try:
        every = read_scenarios({file: text})
    except Unreadable:
        return None
    found = next((each for each in every if each.id == scenario), None)
    if found is None:
        return None
    heading = text.split("\n")[found.line - 1]
    return Place(found.first, found.last, heading[: len(heading) - len(heading.lstrip())])


def added(text: str, piece: str, rule: int | None) -> tuple[str, Place]:
    """The file with a piece at the end of the rule whose heading stands at line `rule`, or at its own end; and where."""
    lines = text.rstrip().split("\n")
    end = len(lines)
    if rule is not None:
        following = (n for n in range(rule, len(lines)) if _RULE.match(lines[n]))
        end = next(following, len(lines))
        # Tags of the next rule belong to it.
        while end > rule and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("@")):
            end -= 1
    starts_rule = any(_RULE.match(line) for line in piece.split("\n"))
    inside = rule is not None or (not starts_rule and any(_RULE.match(line) for line in lines))
    margin = IN_RULE if inside else IN_FEATURE
    new = moved_in(piece, margin)
    whole = "\n".join([*lines[:end], "", *new, *lines[end:]]).rstrip() + "\n"
    return whole, Place(end + 2, end + 1 + len(new), margin)


def title_in(piece: str) -> str:
    """The title of the first scenario of a piece, `""` when it has none."""
    found = (_SCENARIO.match(line) for line in piece.split("\n"))
    return next((each[1].strip() for each in found if each), "")


def skeleton(tags: Sequence[str], rule: str = "") -> str:
    """What a new scenario begins with; with `rule` a new rule around it."""
    own = [" ".join(f"@{tag}" for tag in tags)] if tags else []
    scenario = [*own, "场景: ", "  假如 现在是“”", "  当 “”发起“”", "  那么 “”的待办里有“”"]
    if not rule:
        return "\n".join(scenario)
    return "\n".join([f"规则: {rule}", "", *(f"  {line}" for line in scenario)])


__all__ = ["HEAD", "Place", "added", "find", "moved_in", "skeleton", "title_in"]
