"""Checks what somebody is writing in a scenario: whether its sentences are known, and whom and what they name."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from engine.lint.features import STEPS
from engine.nearest import nearest, suggestion
from features.sentences import Sentence, every_sentence

Names = Mapping[str, Collection[str]]
"""Kind of name → those there are: `people`, `tasks`, `procedures`, `posts`, `fields`, … A kind that is missing is not checked."""

KINDS = {
    "person": "people",
    "other": "people",
    "people": "people",
    "giver": "people",
    "receiver": "people",
    "task": "tasks",
    "step": "tasks",
    "elements": "elements",
    "button": "elements",
    "process": "procedures",
    "register": "registers",
    "post": "posts",
    "line": "lines",
    "table": "fields",
    "field": "fields",
    "case": "procedures",
}
"""Place of a sentence → the kind of name that stands there; also what is offered there."""
CHECKED = {
    "people": "人员",
    "tasks": "环节",
    "elements": "环节",
    "procedures": "流程",
    "registers": "台账",
    "posts": "岗位",
    "lines": "条线",
}
"""Kinds whose names are all known, with what they are called. Fields are not: cases have values no form shows."""
SEVERAL = ("people", "elements")
FREE = ("case", "table", "field")
"""Places where other words may stand as well."""
_HEADING = re.compile(r"(场景大纲|剧本大纲|场景|剧本|背景|规则|功能|例子)\s*:")
_OUTLINE = re.compile(r"(场景大纲|剧本大纲)\s*:")
_EXAMPLES = re.compile(r"例子\s*:")
_HOLE = re.compile(r"<([^<>]+)>")


@dataclass(frozen=True)
class Remark:
    """Something about a line, counted from 1. A warning may be right all the same, for names made up in the scenario."""

    line: int
    message: str
    warning: bool = False


@dataclass
class _Written:
    """A sentence as it stands in the text, with what its scenario fills it in with."""

    line: int
    kind: str
    text: str
    table: bool = False
    values: dict[str, str] = field(default_factory=dict)

    @property
    def filled(self) -> str:
        return _HOLE.sub(lambda hole: self.values.get(hole[1], hole[0]), self.text)


def remarks(text: str, names: Names) -> list[Remark]:
    """What is wrong with the sentences of a scenario file or of a piece of one, by line."""
    found: list[Remark] = []
    newcomers = _newcomers(text)
    for written in _sentences(text):
        sentence, values = _meaning(written)
        if sentence is None:
            found.append(Remark(written.line, _unknown(written)))
            continue
        if sentence.wants_table and not written.table:
            found.append(
                Remark(written.line, f"“{_short(written.text)}”下面要跟一张表，每行以“|”开头和结尾。")
            )
        found += _unnamed(written, sentence, values, names, newcomers)
    return sorted(found, key=lambda each: each.line)


def _sentences(text: str) -> Iterator[_Written]:
    """The sentences of a text in order; those of an outline know its first row of examples."""
    pending: list[_Written] = []
    kind, inside, outline, examples = "given", False, False, False
    rows: list[list[str]] = []
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.strip()
        if not line or line.startswith(("#", "@")):
            continue
        if line.startswith("|"):
            if examples:
                rows.append([cell.strip() for cell in line.strip("|").split("|")])
                if len(rows) == 2:
                    values = dict(zip(rows[0], rows[1], strict=False))
                    for each in pending:
                        each.values.update(values)
            elif pending:
                pending[-1].table = True
            continue
        if _HEADING.match(line):
            examples = bool(_EXAMPLES.match(line))
            if examples:
                rows = []
                continue
            yield from pending
            pending, kind = [], "given"
            outline = bool(_OUTLINE.match(line))
            inside = outline or not line.startswith(("规则", "功能"))
            continue
        keyword = next((word for word in STEPS if line.startswith(word)), None)
        # What is no sentence is told by the check of the lines.
        if keyword is None or examples or not inside:
            continue
        kind = kind if STEPS[keyword] in ("and", "but") else STEPS[keyword]
        pending.append(_Written(number, kind, line.removeprefix(keyword).strip()))
    yield from pending


_BY_KEYWORD = {"given": "假如", "when": "当", "then": "那么"}


def _meaning(written: _Written) -> tuple[Sentence | None, Mapping[str, str]]:
    """The sentence meant, the one with the most words of its own where several fit."""
    keyword = _BY_KEYWORD[written.kind]
    for sentence in sorted(every_sentence(), key=lambda each: -len(each.text)):
        if sentence.keyword == keyword:
            values = sentence.read(written.filled)
            if values is not None:
                return sentence, values
    return None, {}


def _unknown(written: _Written) -> str:
    """A sentence that is not in the kit: what was meant perhaps."""
    for sentence in every_sentence():
        if sentence.read(written.filled) is not None:
            return f"这句话要以“{sentence.keyword}”开头，或接在“{sentence.keyword}”的句子后面：{_short(written.text)}"
    bare = _without_names(written.text)
    known = {_without_names(each.text): each for each in every_sentence()}
    near = nearest(bare, known)
    if near is not None:
        return f"没有这样的句子：{_short(written.text)}。是不是：{known[near].keyword} {known[near].shown}"
    return f"没有这样的句子：{_short(written.text)}。请对照句子清单改写。"


def _without_names(text: str) -> str:
    return re.sub(r"“[^“”]*”|\{[^}]*\}", "“”", text)


def _short(text: str) -> str:
    return text if len(text) <= 24 else f"{text[:24]}…"


def _newcomers(text: str) -> set[str]:
    """People the text itself gives a post: they need not be in the organisation."""
    return set(re.findall(r"“([^“”]+)”自“[^“”]*”起任", text)) | set(re.findall(r"起由“([^“”]+)”分管", text))


def _unnamed(
    written: _Written,
    sentence: Sentence,
    values: Mapping[str, str],
    names: Names,
    newcomers: Collection[str],
) -> Iterator[Remark]:
    """The names in a sentence that are nobody's and nothing's."""
    for place in sentence.places:
        kind = KINDS.get(place.partition(":")[0], "")
        known = names.get(kind)
        if known is None or kind not in CHECKED or place in FREE:
            continue
        value = values.get(place, "")
        for name in value.split("、") if place in SEVERAL else [value]:
            if name and name not in known and name not in newcomers and not _HOLE.search(name):
                near = suggestion(name, known)
                yield Remark(written.line, f"没有{CHECKED[kind]}“{name}”{near}。", warning=True)


__all__ = ["CHECKED", "KINDS", "Names", "Remark", "remarks"]
