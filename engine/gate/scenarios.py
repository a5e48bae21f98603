"""Scenarios as written: read, compared with those of another version, and followed through renamings."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from engine.definitions import Bundle
from engine.errors import EngineError
from engine.forms import FormError, parse_form

HARD = "硬约束"
Names = Mapping[str, frozenset[str]]
"""A name in the version before → what the same things are called now. One that was nothing's name is not in it."""
_QUOTED = re.compile(r"“([^“”]*)”")


class Unreadable(EngineError):
    """A scenario file cannot be parsed; `file` is `<pack>/<name>`."""

    def __init__(self, file: str, reason: str):
        super().__init__(f"场景文件 {file} 解析不了：{reason}")
        self.file = file


@dataclass(frozen=True)
class Step:
    """A sentence with the table below it; `kind` is what its keyword means, so that 而且 may become 并且."""

    kind: str
    text: str
    table: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Scenario:
    """A scenario with what comes before it in its file; `tags` include those of its rule and feature."""

    file: str
    rule: str
    title: str
    line: int
    tags: frozenset[str]
    steps: tuple[Step, ...]
    examples: tuple[tuple[tuple[str, ...], ...], ...] = ()
    first: int = 0
    """The lines `first` to `last` of the file are its own, tags and comments above it included."""
    last: int = 0

    @property
    def id(self) -> str:
        """Names it among all scenarios."""
        return f"{self.file}::{self.title}"

    @property
    def pack(self) -> str:
        return self.file.partition("/")[0]

    @property
    def hard(self) -> bool:
        return HARD in self.tags

    @property
    def words(self) -> str:
        """Everything its sentences say."""
        return "\n".join(step.text for step in self.steps)


def read_scenarios(features: Mapping[str, str]) -> list[Scenario]:
    """The scenarios of the files `<pack>/<name>` → text, in order. Raises Unreadable."""
    return [scenario for file in sorted(features) for scenario in _read(file, features[file])]


# One run of the gate looks at the same files a dozen times, and parsing is slow.
@lru_cache(maxsize=256)
def _read(file: str, text: str) -> tuple[Scenario, ...]:
    # Imported here: only installations that publish need it, and it is slow to import.
    from gherkin import Parser
    from gherkin.errors import ParserError

    try:
        document: Any = Parser().parse(text)
    except ParserError as error:
        raise Unreadable(file, str(error).splitlines()[-1]) from error
    feature = document.get("feature") or {"children": [], "tags": []}
    lines = text.split("\n")
    return tuple(_walk(feature["children"], file, "", _tags(feature), (), lines))


def _walk(
    children: Sequence[Any],
    file: str,
    rule: str,
    tags: frozenset[str],
    before: tuple[Step, ...],
    lines: Sequence[str],
) -> Iterator[Scenario]:
    for child in children:
        if "background" in child:
            before = (*before, *_steps(child["background"]))
        elif "rule" in child:
            inner = child["rule"]
            yield from _walk(inner["children"], file, inner["name"], tags | _tags(inner), before, lines)
        else:
            inner = child["scenario"]
            head = min([inner["location"]["line"], *(tag["location"]["line"] for tag in inner["tags"])])
            examples = tuple(
                (_row(each.get("tableHeader")), *map(_row, each["tableBody"])) for each in inner["examples"]
            )
            yield Scenario(
                file,
                rule,
                inner["name"],
                inner["location"]["line"],
                tags | _tags(inner),
                (*before, *_steps(inner)),
                examples,
                head,
                _end(lines, inner["location"]["line"]),
            )


_NEXT = re.compile(r"\s*(@|(规则|场景|场景大纲|剧本|剧本大纲|背景)\s*:)")


def _end(lines: Sequence[str], line: int) -> int:
    """The last line of the scenario whose heading stands at `line`: before the next heading or its tags."""
    for number in range(line, len(lines)):
        if _NEXT.match(lines[number]):
            return number
    return len(lines)


def _steps(node: Any) -> tuple[Step, ...]:
    found: list[Step] = []
    for step in node["steps"]:
        kind = step.get("keywordType", "")
        kind = found[-1].kind if kind == "Conjunction" and found else kind
        table = tuple(map(_row, step.get("dataTable", {}).get("rows", ())))
        found.append(Step(kind, step["text"], table))
    return tuple(found)


def _row(node: Any) -> tuple[str, ...]:
    return tuple(cell["value"] for cell in node["cells"]) if node else ()


def _tags(node: Any) -> frozenset[str]:
    return frozenset(tag["name"].removeprefix("@") for tag in node["tags"])


# -- names


def named(bundle: Bundle) -> dict[tuple[str, ...], str]:
    """Everything of a procedure that has a name scenarios use, by what stays the same when it is renamed."""
    diagram = bundle.diagram
    found: dict[tuple[str, ...], str] = {("process",): diagram.name}
    found |= {("element", each.id): each.name for each in diagram.elements.values() if each.name}
    for path, text in bundle.files.items():
        if path.startswith("forms/") and path.endswith(".form"):
            try:
                form = parse_form(text, path)
            except FormError:
                continue
            for field in form.fields():
                found["field", path, field.name] = field.label
                for column in field.components:
                    found["field", path, field.name, column.name] = column.label
    return {key: name for key, name in found.items() if name}


def renamed(before: Bundle | None, after: Bundle) -> Names:
    """What everything that had a name before is called after. Raises BadDiagram when a diagram cannot be read."""
    if before is None:
        return {}
    now, found = named(after), defaultdict[str, set[str]](set)
    for key, name in named(before).items():
        if key in now:
            found[name].add(now[key])
    return {name: frozenset(new) for name, new in found.items()}


def certain(names: Names) -> dict[str, str]:
    """Those that have changed and mean one thing only."""
    return {old: next(iter(new)) for old, new in names.items() if len(new) == 1 and old not in new}


def follow(text: str, names: Mapping[str, str]) -> str:
    """The text of a scenario file with the names changed that stand in quotes, or head a row or column of a table."""
    if not names:
        return text
    lines, table = [], False
    for line in text.split("\n"):
        if line.lstrip().startswith("|"):
            line = _follow_row(line, names, heading=not table)
            table = True
        else:
            line = _QUOTED.sub(lambda found: f"“{names.get(found[1], found[1])}”", line)
            table = False
        lines.append(line)
    return "\n".join(lines)


def _follow_row(line: str, names: Mapping[str, str], heading: bool) -> str:
    cells = line.split("|")
    for number in range(1, len(cells) - 1 if heading else min(2, len(cells) - 1)):
        word = cells[number].strip()
        if word in names:
            cells[number] = cells[number].replace(word, names[word])
    return "|".join(cells)


# -- comparing


def same(old: Scenario, new: Scenario, names: Names) -> bool:
    """Whether `new` says what `old` said, but for names that have changed; further tags may have been added."""
    return (
        old.tags <= new.tags
        and len(old.steps) == len(new.steps)
        and all(_same_step(a, b, names) for a, b in zip(old.steps, new.steps, strict=True))
        and len(old.examples) == len(new.examples)
        and all(a == b for a, b in zip(old.examples, new.examples, strict=True))
    )


def same_title(old: str, new: str, names: Names) -> bool:
    return _same_text(old, new, names)


def _same_step(old: Step, new: Step, names: Names) -> bool:
    return (
        old.kind == new.kind
        and _same_text(old.text, new.text, names)
        and len(old.table) == len(new.table)
        and all(
            len(a) == len(b)
            and all(
                _same_cell(x, y, names, row == 0 or column == 0)
                for column, (x, y) in enumerate(zip(a, b, strict=True))
            )
            for row, (a, b) in enumerate(zip(old.table, new.table, strict=True))
        )
    )


def _same_text(old: str, new: str, names: Names) -> bool:
    before, after = _QUOTED.split(old), _QUOTED.split(new)
    return len(before) == len(after) and all(
        b in names.get(a, {a}) if number % 2 else a == b
        for number, (a, b) in enumerate(zip(before, after, strict=True))
    )


def _same_cell(old: str, new: str, names: Names, naming: bool) -> bool:
    return new in names.get(old, {old}) if naming else old == new


def counterpart(old: Scenario, among: Sequence[Scenario], names: Names) -> Scenario | None:
    """The scenario of the same pack and title, in whatever file."""
    return next(
        (each for each in among if each.pack == old.pack and same_title(old.title, each.title, names)), None
    )


def only(text: str, kept: Sequence[Scenario], every: Sequence[Scenario]) -> str:
    """The file's text without those of its scenarios `every` that are not among `kept`."""
    dropped = {
        number
        for scenario in every
        if scenario not in kept
        for number in range(scenario.first, scenario.last + 1)
    }
    return "\n".join(line for number, line in enumerate(text.split("\n"), 1) if number not in dropped)
