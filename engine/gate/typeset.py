"""Scenario files as people read them: rules, scenarios, sentences and tables in the order of the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from engine.gate.scenarios import HARD

Row = tuple[str, ...]


@dataclass(frozen=True)
class Sentence:
    """One sentence with its keyword and the table below it; `line` counts from 1."""

    line: int
    keyword: str
    text: str
    table: tuple[Row, ...] = ()


@dataclass(frozen=True)
class Examples:
    """The rows an outline is filled in with; the first is the heading."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class ScenarioText:
    """A scenario; `tags` are its own and those of its rule and feature, in the order of the file."""

    id: str
    title: str
    line: int
    tags: tuple[str, ...]
    description: str
    sentences: tuple[Sentence, ...]
    examples: tuple[Examples, ...] = ()

    @property
    def hard(self) -> bool:
        return HARD in self.tags


@dataclass(frozen=True)
class RuleText:
    """A rule with its scenarios; those that stand before any rule are under one without a title."""

    title: str
    line: int
    description: str
    background: tuple[Sentence, ...]
    scenarios: tuple[ScenarioText, ...]

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags of its scenarios, each once."""
        return tuple(dict.fromkeys(tag for each in self.scenarios for tag in each.tags))


@dataclass(frozen=True)
class FeatureText:
    """A scenario file, `<pack>/<name>`. `fault` says why it cannot be read; then there is nothing else."""

    file: str
    title: str
    description: str
    background: tuple[Sentence, ...]
    rules: tuple[RuleText, ...]
    fault: str = ""

    @property
    def scenarios(self) -> Iterator[ScenarioText]:
        for rule in self.rules:
            yield from rule.scenarios


@lru_cache(maxsize=256)
def typeset(file: str, text: str) -> FeatureText:
    """Read a scenario file; one that cannot be parsed has a `fault`."""
    # Imported here: it is slow to import, and only pages about scenarios need it.
    from gherkin import Parser
    from gherkin.errors import ParserError

    try:
        document: Any = Parser().parse(text)
    except ParserError as error:
        return FeatureText(file, "", "", (), (), str(error).splitlines()[-1])
    feature = document.get("feature")
    if feature is None:
        return FeatureText(file, "", "", (), ())
    tags = _tags(feature)
    loose = _rule(file, {"name": "", "description": "", **feature, "tags": []}, tags, title="")
    rules = [
        _rule(file, child["rule"], tags, title=child["rule"]["name"])
        for child in feature["children"]
        if "rule" in child
    ]
    shown = [loose, *rules] if loose.scenarios else rules
    # What the feature lays down for all its scenarios stands above the first rule, not in it.
    if loose.scenarios:
        shown[0] = RuleText("", loose.line, "", (), loose.scenarios)
    return FeatureText(file, feature["name"], _prose(feature), loose.background, tuple(shown))


def _rule(file: str, node: Any, tags: Row, title: str) -> RuleText:
    inherited = (*tags, *_tags(node))
    background: tuple[Sentence, ...] = ()
    scenarios = []
    for child in node["children"]:
        if "background" in child:
            background = _sentences(child["background"]["steps"])
        elif "scenario" in child:
            scenarios.append(_scenario(file, child["scenario"], inherited))
    return RuleText(
        title, node["location"]["line"], _prose(node) if title else "", background, tuple(scenarios)
    )


def _scenario(file: str, node: Any, tags: Row) -> ScenarioText:
    examples = tuple(
        Examples(
            each["name"], tuple(_row(row) for row in (each.get("tableHeader"), *each["tableBody"]) if row)
        )
        for each in node["examples"]
    )
    every = tuple(dict.fromkeys((*_tags(node), *tags)))
    return ScenarioText(
        f"{file}::{node['name']}",
        node["name"],
        node["location"]["line"],
        every,
        _prose(node),
        _sentences(node["steps"]),
        examples,
    )


def _sentences(steps: Sequence[Any]) -> tuple[Sentence, ...]:
    return tuple(
        Sentence(
            step["location"]["line"],
            step["keyword"].strip(),
            step["text"],
            tuple(_row(row) for row in step.get("dataTable", {}).get("rows", ())),
        )
        for step in steps
    )


def _row(node: Any) -> Row:
    return tuple(cell["value"] for cell in node["cells"])


def _tags(node: Any) -> Row:
    return tuple(tag["name"].removeprefix("@") for tag in node.get("tags", ()))


def _prose(node: Any) -> str:
    return "\n".join(line.strip() for line in (node.get("description") or "").strip().splitlines())


__all__ = ["Examples", "FeatureText", "RuleText", "ScenarioText", "Sentence", "typeset"]
