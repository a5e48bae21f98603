"""Which clause is carried by which element and covered by which scenario; as a program it writes the report.

Only files are read. That a scenario really passes an element with its clause is checked as it runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from gherkin import Parser

from engine.definitions import Bundle, read_bundles
from engine.diagram import Element, split
from engine.rules import Clause, Rules, parse_rules

ROOT = Path(__file__).parents[2]
REPORT = ROOT / "docs" / "coverage.md"
SHARED = "shared"
HARD = "硬约束"

HEAD = """# 条款、环节、场景对照

先列每一条规范条款由哪些环节承载，由哪些验收场景验证；再列每个流程的环节和分支各由哪些场景走到。
（这一页在场景全部运行以后由 `python -m tests.support.coverage` 生成，测试核对它与图、场景一致。）

标了条款的场景，运行时必须真的经过载有这一条的环节，否则不通过；所以这里列出的场景都是走到了的。
"""


@dataclass(frozen=True)
class Scenario:
    """One scenario as written, with the tags of its rule and feature."""

    file: str
    pack: str
    title: str
    tags: frozenset[str]
    steps: tuple[str, ...]
    line: int = 0
    runs: int = 1
    """How often it runs: an outline once for each of its examples."""

    @property
    def label(self) -> str:
        """Procedure and title."""
        return f"{Path(self.file).stem}：{self.title}"

    @property
    def place(self) -> str:
        """Where it stands: pack, file and line of its heading."""
        return f"{self.pack}/{self.file}:{self.line}"


@dataclass(frozen=True)
class Place:
    """An element that carries clauses; `element` is None for the process as a whole."""

    bundle: Bundle
    element: Element | None
    clauses: tuple[str, ...]

    @property
    def hard(self) -> bool:
        """Whether nobody may get around it."""
        return self.element is not None and self.element.hard

    @property
    def label(self) -> str:
        """The element by name and id."""
        if self.element is None:
            return f"{self.bundle.diagram.name}（整个流程）"
        return f"{self.element.name or self.element.id}（`{self.element.id}`）"


@dataclass(frozen=True)
class Coverage:
    """Rules, diagrams and scenarios of all packs."""

    rules: Mapping[str, Rules]
    bundles: tuple[Bundle, ...]
    scenarios: tuple[Scenario, ...]

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Every process and element that names a clause, and every hard element."""
        return tuple(place for bundle in self.bundles for place in _places(bundle))

    def carriers(self, pack: str, clause: str) -> list[Place]:
        """The elements of the pack's and the shared procedures that carry the clause."""
        near = (pack, SHARED)
        return [each for each in self.places if each.bundle.pack in near and clause in each.clauses]

    def tagged(self, pack: str, clause: Clause, hard: bool = False) -> list[Scenario]:
        """The scenarios of the pack tagged with the clause; with `hard` only those marked hard, too."""
        wanted = {clause.tag, HARD} if hard else {clause.tag}
        return [each for each in self.scenarios if each.pack == pack and wanted <= each.tags]

    def proved(self, pack: str, clause: Clause) -> bool:
        """Whether an element carries the clause and a scenario covers it, marked hard when the clause is."""
        return bool(self.carriers(pack, clause.id)) and bool(self.tagged(pack, clause, clause.hard))

    def hard_scenarios(self, pack: str, place: Place) -> list[Scenario]:
        """The scenarios of the pack marked hard that are tagged with a clause of this element."""
        found = [self.rules[pack].find(clause) for clause in place.clauses]
        tags = {clause.tag for clause in found if clause is not None}
        return [
            each for each in self.scenarios if each.pack == pack and HARD in each.tags and tags & each.tags
        ]

    def near(self, pack: str) -> list[Bundle]:
        """The procedures of the pack, then the shared ones."""
        return [bundle for owner in (pack, SHARED) for bundle in self.bundles if bundle.pack == owner]


def read_coverage(processes: Path = ROOT / "processes", features: Path = ROOT / "features") -> Coverage:
    """Read everything below two folders."""
    rules = {
        path.parent.name: parse_rules(path.read_text("utf-8"), path.parent.name)
        for path in sorted(processes.glob("*/rules.yml"))
    }
    scenarios = [each for path in sorted(features.glob("*/*.feature")) for each in read_scenarios(path)]
    return Coverage(rules, tuple(read_bundles(processes)), tuple(scenarios))


def read_scenarios(path: Path) -> Iterator[Scenario]:
    """The scenarios of one feature file. Raises the parser's error when it is not one."""
    document: Any = Parser().parse(path.read_text("utf-8"))
    feature = document["feature"]

    def walk(children: Sequence[Any], tags: frozenset[str], before: tuple[str, ...]) -> Iterator[Scenario]:
        for child in children:
            if "background" in child:
                before = (*before, *(step["text"] for step in child["background"]["steps"]))
            elif "rule" in child:
                yield from walk(child["rule"]["children"], tags | _tags(child["rule"]), before)
            else:
                scenario = child["scenario"]
                steps = (*before, *(step["text"] for step in scenario["steps"]))
                every = tags | _tags(scenario)
                line = scenario["location"]["line"]
                runs = sum(len(each["tableBody"]) for each in scenario["examples"]) or 1
                yield Scenario(path.name, path.parent.name, scenario["name"], every, steps, line, runs)

    yield from walk(feature["children"], _tags(feature), ())


def _tags(node: Any) -> frozenset[str]:
    return frozenset(tag["name"].removeprefix("@") for tag in node["tags"])


def _places(bundle: Bundle) -> Iterator[Place]:
    whole = split(bundle.diagram.properties.get("clause", ""))
    if whole:
        yield Place(bundle, None, whole)
    for element in bundle.diagram.elements.values():
        if element.clauses or element.hard:
            yield Place(bundle, element, element.clauses)


# -- the report


def first_part(coverage: Coverage) -> str:
    """The first part of docs/coverage.md: clauses. The second is written by `tests.support.visits`."""
    parts = [HEAD]
    for pack, rules in coverage.rules.items():
        parts += [f"\n## {rules.title}\n", *_summary(coverage, pack), *_clauses(coverage, pack)]
        parts += [*_hard(coverage, pack)]
    return "\n".join(parts) + "\n"


def _summary(coverage: Coverage, pack: str) -> Iterator[str]:
    rules = coverage.rules[pack]
    proved = [clause for clause in rules.norms() if coverage.proved(pack, clause)]
    yield (
        f"规范条款 {len(rules.norms())} 条：有环节承载并有场景验证 {len(proved)} 条；"
        f"暂缺 {len(rules.pending)} 条；"
        f"不由流程承载 {len(rules.exceptions)} 条。"
    )


def _clauses(coverage: Coverage, pack: str) -> Iterator[str]:
    rules = coverage.rules[pack]
    yield "\n### 条款\n\n| 条款 | 出处 | 环节 | 场景 |\n|---|---|---|---|"
    for clause in rules.norms():
        places = "<br>".join(place.label for place in coverage.carriers(pack, clause.id)) or "—"
        titles = "<br>".join(_cell(scenario.label) for scenario in coverage.tagged(pack, clause))
        reason = rules.pending.get(clause.id) or rules.exceptions.get(clause.id) or "—"
        yield f"| {clause.id} | {clause.heading} | {places} | {titles or reason} |"


def _hard(coverage: Coverage, pack: str) -> Iterator[str]:
    yield "\n### 硬约束\n\n| 环节 | 条款 | 标了“硬约束”的场景 |\n|---|---|---|"
    near = {bundle.key for bundle in coverage.near(pack)}
    for place in coverage.places:
        if place.hard and place.bundle.key in near:
            titles = "<br>".join(_cell(each.label) for each in coverage.hard_scenarios(pack, place)) or "尚无"
            yield f"| {place.label} | {'、'.join(place.clauses)} | {titles} |"


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|")


if __name__ == "__main__":
    from tests.support import visits

    read = read_coverage()
    if visits.fresh():
        REPORT.write_text(visits.whole_report(read, visits.saved(read)), "utf-8")
    else:
        # What the scenarios pass is only known after they have run; the clauses can be read at any time.
        _, heading, second = REPORT.read_text("utf-8").partition(visits.SECOND)
        REPORT.write_text(first_part(read) + heading + second, "utf-8")
        print("只更新了条款部分；环节和分支部分要先运行全部场景（./run test features）。")
