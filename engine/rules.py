"""The clauses of a rule pack, word for word, with the ids and tags by which diagrams and scenarios name them.

`rules.yml` is a mapping with these keys:

    title, note    the name of the written rules and a remark
    clauses        list of {id, tag, kind, label, heading, lines, text, hard, note}
    pending        clause id → why no procedure carries it yet
    exceptions     clause id → how it is kept although no procedure carries it

`text` is verbatim; `lines` are the lines of the original it comes from. Where several clauses share a line,
their texts in the order of the file make up the line; a clause of several lines (a row of a table) writes
them with ` ｜ ` between. `hard: true` marks what nobody may ever be excused from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from engine.located_yaml import Document, Entry, Fault, PackFileError
from engine.nearest import suggestion

KINDS = ("metadata", "heading", "preamble", "principle", "norm", "missing")
"""Only a `norm` asks somebody to do or not to do something; `missing` is text lost in the original."""

CELL = " ｜ "
"""Stands between the lines of the original that one clause joins."""

_ID = re.compile(r"[\w-]+\Z")
_TAG = re.compile(r"[A-Z][A-Za-z0-9_]*\Z", re.ASCII)


class RulesError(PackFileError):
    """The clauses of a pack are wrong, or a clause asked for is not among them."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One numbered unit of the written rules."""

    id: str
    tag: str
    """The id in ASCII letters: usable in file names and as a scenario tag."""
    kind: str
    label: str
    """The number as it stands in the text, empty when there is none."""
    heading: str
    """The place in words, for pages above a form."""
    text: str
    lines: tuple[int, ...]
    hard: bool
    """Nobody may be excused from it."""
    note: str


@dataclass(frozen=True)
class Rules:
    """The written rules of one pack, in the order of the text."""

    pack: str
    title: str
    note: str
    clauses: tuple[Clause, ...]
    pending: Mapping[str, str]
    exceptions: Mapping[str, str]

    def clause(self, key: str) -> Clause:
        """Return the clause with this id or tag. Raises RulesError that names the nearest one."""
        found = self.find(key)
        if found is None:
            raise RulesError([f"《{self.title}》里没有条款“{key}”{suggestion(key, self._by_key)}。"])
        return found

    def find(self, key: str) -> Clause | None:
        """Return the clause with this id or tag, or None."""
        return self._by_key.get(key)

    def norms(self) -> tuple[Clause, ...]:
        """Return the clauses that must be carried by a procedure, pending or excepted."""
        return tuple(clause for clause in self.clauses if clause.kind == "norm")

    @cached_property
    def _by_key(self) -> dict[str, Clause]:
        return {key: clause for clause in self.clauses for key in (clause.tag, clause.id)}


def parse_rules(text: str, pack: str) -> Rules:
    """Read the YAML `text` of the pack `pack`. Raises RulesError: one located sentence per fault."""
    document = Document.from_text(text)
    root = document.root()
    root.only("title", "note", "clauses", "pending", "exceptions")
    rules = Rules(
        pack=pack,
        title=root.text("title"),
        note=root.text("note", ""),
        clauses=tuple(_clause(entry) for entry in root.entries("clauses")),
        pending=_reasons(root.within("pending")),
        exceptions=_reasons(root.within("exceptions")),
    )
    # Ids can only be compared once every clause could be read: otherwise one slip would be told many times.
    faults = document.faults or [*_twice(rules), *_lists(rules)]
    if faults:
        raise RulesError(document.located(faults))
    return rules


def unfaithful_lines(rules: Rules, original: str) -> tuple[str, ...]:
    """Compare the clauses with the `original` text; return a sentence for each line that differs.

    Every line that is not blank must be made up by the clauses that name it; white space at its ends is free.
    """
    pieces: dict[int, str] = {}
    problems = []
    for clause in rules.clauses:
        parts = clause.text.split(CELL) if len(clause.lines) > 1 else [clause.text]
        if len(parts) != len(clause.lines):
            problems.append(f"条款“{clause.id}”写了 {len(clause.lines)} 个行号，正文却有 {len(parts)} 段。")
        for line, part in zip(clause.lines, parts, strict=False):
            pieces[line] = pieces.get(line, "") + part
    for number, original_line in enumerate(original.splitlines(), start=1):
        written = pieces.pop(number, "")
        if written != original_line.strip():
            problems.append(f"第 {number} 行原文是“{original_line.strip()}”，条款里却是“{written}”。")
    problems.extend(
        f"条款里的第 {number} 行“{text}”在原文中没有。" for number, text in sorted(pieces.items())
    )
    return tuple(problems)


def _clause(entry: Entry) -> Clause:
    entry.only("id", "tag", "kind", "label", "heading", "lines", "text", "hard", "note")
    clause = Clause(
        id=entry.text("id"),
        tag=entry.text("tag"),
        kind=entry.text("kind"),
        label=entry.text("label", ""),
        heading=entry.text("heading"),
        text=entry.text("text"),
        lines=entry.whole_numbers("lines"),
        hard=entry.flag("hard"),
        note=entry.text("note", ""),
    )
    if clause.id and not _ID.match(clause.id):
        entry.fault(f"条款号“{clause.id}”只能用汉字、字母、数字和短横线", "id")
    if clause.tag and not _TAG.match(clause.tag):
        entry.fault(f"条款标签“{clause.tag}”只能用英文字母、数字和下划线，以大写字母开头", "tag")
    if clause.kind and clause.kind not in KINDS:
        entry.fault(f"条款种类“{clause.kind}”不对，只能是：{'、'.join(KINDS)}", "kind")
    if not clause.lines:
        entry.fault(f"条款“{clause.id}”缺少原文行号 lines", "lines")
    return clause


def _reasons(table: Entry) -> dict[str, str]:
    return {key: table.text(key) for key in table}


def _twice(rules: Rules) -> Iterable[Fault]:
    seen: set[str] = set()
    for index, clause in enumerate(rules.clauses):
        for key, what in (("id", "条款号"), ("tag", "条款标签")):
            name = getattr(clause, key)
            if name in seen:
                yield Fault(("clauses", index, key), f"{what}“{name}”重复了，请改成不同的")
            seen.add(name)


def _lists(rules: Rules) -> Iterable[Fault]:
    kinds = {clause.id: clause.kind for clause in rules.clauses}
    for section in ("pending", "exceptions"):
        for key in getattr(rules, section):
            if key not in kinds:
                yield Fault((section, key), f"没有条款“{key}”{suggestion(key, kinds)}。请改正或删去")
            elif kinds[key] != "norm":
                yield Fault((section, key), f"“{key}”不是规范条款，不需要列在这里，请删去")
    for key in rules.exceptions.keys() & rules.pending.keys():
        yield Fault(("pending", key), f"“{key}”同时列为待上线和例外，请只留一处")
