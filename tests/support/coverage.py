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
CHOOSING = ("exclusiveGateway", "inclusiveGateway", "eventBasedGateway")
_WORKED = re.compile(r"办理“([^”]+)”")

HEAD = """# 条款、环节、场景对照

每一条规范条款由哪些环节承载，由哪些验收场景验证。
（这一页由 `python -m tests.support.coverage` 生成，测试核对它与图、场景一致。）

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

    @property
    def label(self) -> str:
        """Procedure and title."""
        return f"{Path(self.file).stem}：{self.title}"

    @cached_property
    def works_on(self) -> frozenset[str]:
        """The names of the tasks it completes or tries to complete."""
        return frozenset(name for step in self.steps for name in _WORKED.findall(step))


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
                yield Scenario(path.name, path.parent.name, scenario["name"], every, steps)

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


def as_markdown(coverage: Coverage) -> str:
    """The report as it stands in docs/coverage.md."""
    parts = [HEAD]
    for pack, rules in coverage.rules.items():
        parts += [f"\n## {rules.title}\n", *_summary(coverage, pack), *_clauses(coverage, pack)]
        parts += [*_hard(coverage, pack), *_procedures(coverage, pack)]
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


def _procedures(coverage: Coverage, pack: str) -> Iterator[str]:
    own = [scenario for scenario in coverage.scenarios if scenario.pack == pack]
    for bundle in coverage.near(pack):
        diagram = bundle.diagram
        yield f"\n### {diagram.name}（`{bundle.key}`）\n\n| 任务 | 办理它的场景 |\n|---|---|"
        for element in diagram.of_kind("userTask"):
            yield f"| {element.name} | {sum(element.name in each.works_on for each in own) or '尚无'} |"
        yield "\n| 判断 | 分支 |\n|---|---|"
        for element in diagram.of_kind(*CHOOSING):
            branches = diagram.outgoing[element.id]
            if len(branches) > 1:
                names = [flow.name or diagram.elements[flow.target].name or flow.target for flow in branches]
                yield f"| {element.name or element.id} | {'；'.join(_cell(name) for name in names)} |"


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|")


if __name__ == "__main__":
    REPORT.write_text(as_markdown(read_coverage()), "utf-8")
