"""What keeps a change from being published, whoever wants it: one function for each rule."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from engine import lint
from engine.definitions import Bundle
from engine.diagram import Diagram, Element, split
from engine.errors import BadDiagram
from engine.gate.candidate import Candidate, Published, parameter_faults, readable, repealed, users
from engine.gate.scenarios import (
    HARD,
    Scenario,
    Unreadable,
    counterpart,
    read_scenarios,
    renamed,
    same,
)
from engine.lint.features import Feature
from engine.parameters import Parameters, ParametersError, parse_parameters
from engine.process_engine import SHARED

Outcome = Mapping[str, Any]


@dataclass(frozen=True)
class Refusal:
    """Why something may not be published. `rule` is one of RULES, `file` a path in the procedure's bundle."""

    rule: str
    message: str
    process: str = ""
    scenario: str = ""
    element: str = ""
    file: str = ""

    def as_json(self) -> dict[str, str]:
        return asdict(self)


RULES = {
    "lint": "检查有错误",
    "hard-scenario": "硬约束场景被删改",
    "hard-failed": "硬约束场景没有通过",
    "hard-element": "硬约束环节被删去或去掉标记",
    "hard-parameter": "硬约束参数被更改",
    "parameter": "参数不能这样更改",
    "clause": "条款失去了环节或场景",
    "broken": "试跑不起来",
}
"""The rules by the name a refusal carries, in words."""


def without_running(candidate: Candidate, now: Published) -> list[Refusal]:
    """Everything that can be told without running a scenario."""
    found = list(lint_errors(candidate, now))
    readable_all = readable(candidate.by_key).keys() == candidate.by_key.keys()
    if readable_all:
        found += hard_elements(candidate, now)
    found += parameters(candidate, now)
    if readable_all:
        try:
            found += hard_scenarios(candidate, now)
            found += uncovered(candidate, now)
        except Unreadable as error:
            # Of a draft's file the linter has told it already, with the line.
            if not any(each.rule == "lint" for each in found):
                found.append(Refusal("broken", str(error)))
    return found


def lint_errors(candidate: Candidate, now: Published) -> Iterator[Refusal]:
    """What the linter finds in the change itself, and what it newly finds in those that use it."""
    if candidate.folder is not None:
        for each in lint.check_folder(candidate.folder):
            if not each.warning:
                yield Refusal(
                    "lint", str(each), each.file.split("/")[1] if "/" in each.file else "", "", each.element
                )
        for bundle in candidate.bundles:
            yield from _features(bundle, candidate, now)
        return
    world = candidate.world(now)
    for bundle in candidate.bundles:
        for finding in lint.check_bundle(bundle, world):
            if not finding.warning:
                file = finding.file.removeprefix(f"{bundle.pack}/{bundle.key}/")
                yield Refusal("lint", finding.message, bundle.key, "", finding.element, file)
        yield from _features(bundle, candidate, now)
    diagrams = readable(candidate.after(now))
    for key in sorted({user for each in candidate.by_key for user in users(each, diagrams)}):
        if key in candidate.by_key:
            continue
        other = now.bundles[key]
        before = {(f.element, f.code, f.message) for f in lint.check_bundle(other, now.world)}
        for finding in lint.check_bundle(other, world):
            if not finding.warning and (finding.element, finding.code, finding.message) not in before:
                message = f"改了以后，流程“{other.diagram.name}”会有错：{finding.message}"
                yield Refusal("lint", message, key, "", finding.element)


def _features(bundle: Bundle, candidate: Candidate, now: Published) -> Iterator[Refusal]:
    world = candidate.world(now)
    for name, text in bundle.features.items():
        for finding in lint.feature_findings(Feature(f"features/{name}", text, world)):
            yield Refusal("lint", finding.message, bundle.key, "", "", bundle.feature_path(name))


def hard_elements(candidate: Candidate, now: Published) -> Iterator[Refusal]:
    """An element marked 硬约束 stays, as what it is, and stays marked, while a clause it carries stands in the rules."""
    for bundle in candidate.bundles:
        before = now.bundles.get(bundle.key)
        for element in before.diagram.elements.values() if before else ():
            after = bundle.diagram.elements.get(element.id)
            lost = element.hard and (after is None or not after.hard or after.kind != element.kind)
            if lost and not repealed(candidate, now, element.clauses):
                yield Refusal("hard-element", _lost(element, after), bundle.key, "", element.id)


def _lost(element: Element, after: Element | None) -> str:
    if after is None:
        return f"环节{element.label}是硬约束，不能删去。请把它画回来。"
    if not after.hard:
        return f"环节{element.label}是硬约束，不能去掉标记。请恢复“硬约束”。"
    return f"环节{element.label}是硬约束，不能换成另一种环节。请恢复原来的类型。"


def parameters(candidate: Candidate, now: Published) -> Iterator[Refusal]:
    """A parameter fixed by the written rules stays as it is while its clause stays as it is."""
    for name, message in parameter_faults(candidate, now):
        hard = any(_is_hard(pack.parameters, name) for pack in now.world.packs.values())
        yield Refusal("hard-parameter" if hard else "parameter", message)
    if candidate.folder is None:
        return
    rules = candidate.rules(now)
    for pack, texts in candidate.texts(now).items():
        loaded = now.world.packs.get(pack)
        if loaded is None or loaded.parameters is None or loaded.rules is None or pack not in rules:
            continue
        try:
            after = parse_parameters(texts.get("parameters", ""), pack, loaded.parameters.shared)
        except ParametersError:
            continue
        for each in loaded.parameters.parameters():
            new = {p.name: p for p in after.parameters()}.get(each.name)
            if not each.hard or (new is not None and new.hard and new.value == each.value):
                continue
            old_clause, new_clause = loaded.rules.find(each.source), rules[pack].find(each.source)
            if old_clause is not None and new_clause is not None and old_clause.text == new_clause.text:
                message = f"参数“{each.name}”由条款 {each.source} 规定，条款没有改，参数不能改。"
                yield Refusal("hard-parameter", message)


def _is_hard(found: Parameters | None, name: str) -> bool:
    return found is not None and any(each.name == name and each.hard for each in found.parameters())


def hard_scenarios(candidate: Candidate, now: Published) -> Iterator[Refusal]:
    """A scenario marked 硬约束 stays, word for word but for names the change itself changes, while its clause stands.

    Raises Unreadable.
    """
    after = read_all(candidate.by_key)
    for bundle in candidate.bundles:
        before = now.bundles.get(bundle.key)
        if before is None:
            continue
        names = renamed(before, bundle)
        for old in read_scenarios(before.features):
            if not old.hard or repealed(candidate, now, old.tags):
                continue
            new = counterpart(old, after, names)
            file = before.feature_path(old.file)
            if new is None:
                message = f"硬约束场景“{old.title}”不能删去。请恢复。"
                yield Refusal("hard-scenario", message, bundle.key, old.id, "", file)
            elif not same(old, new, names):
                what = "去掉了标签" if not old.tags <= new.tags else "改了内容"
                message = f"硬约束场景“{old.title}”{what}。除了随图改名的名称，一个字也不能动，请恢复。"
                yield Refusal("hard-scenario", message, bundle.key, old.id, "", bundle.feature_path(new.file))


def uncovered(candidate: Candidate, now: Published) -> Iterator[Refusal]:
    """A clause that elements carried and scenarios covered still is. Raises Unreadable."""
    before, after = now.bundles, candidate.after(now)
    rules_after = candidate.rules(now)
    scenarios = read_all(before), read_all(after)
    diagrams = readable(before), readable(after)
    for pack, rules in ((key, each.rules) for key, each in now.world.packs.items()):
        if rules is None:
            continue
        carried = [
            _carried(each, bundles, pack) for each, bundles in zip(diagrams, (before, after), strict=True)
        ]
        tagged = [{tag for each in found if each.pack == pack for tag in each.tags} for found in scenarios]
        for clause in rules.norms():
            if clause.id not in carried[0] or clause.tag not in tagged[0]:
                continue
            if pack in rules_after and rules_after[pack].find(clause.id) is None:
                continue
            if clause.id not in carried[1]:
                message = f"条款 {clause.id} 再没有环节承载。请在办理它的环节写上“制度依据”。"
                yield Refusal("clause", message)
            elif clause.tag not in tagged[1]:
                yield Refusal("clause", f"条款 {clause.id} 再没有场景验证。请恢复标有 @{clause.tag} 的场景。")


def _carried(diagrams: Mapping[str, Diagram], bundles: Mapping[str, Bundle], pack: str) -> set[str]:
    found: set[str] = set()
    for key, diagram in diagrams.items():
        if bundles[key].pack in (pack, SHARED):
            found.update(split(diagram.properties.get("clause", "")))
            found.update(clause for each in diagram.elements.values() for clause in each.clauses)
    return found


def read_all(bundles: Mapping[str, Bundle]) -> list[Scenario]:
    """The scenarios of all these. Raises Unreadable."""
    return [each for bundle in bundles.values() for each in read_scenarios(bundle.features)]


def still_refused(outcomes: Sequence[Outcome]) -> list[Refusal]:
    """What the run itself refuses: a scenario marked hard that failed."""
    return [
        Refusal(
            "hard-failed",
            f"硬约束场景“{each['name']}”没有通过：{each['message']}",
            scenario=str(each["scenario"]),
        )
        for each in outcomes
        if each["outcome"] == "failed" and each["hard"]
    ]


def failures(outcomes: Sequence[Outcome], waived: Collection[str] = ()) -> list[str]:
    """The scenarios that failed and for which the publisher has to give a reason, without those in `waived`."""
    found = [str(each["scenario"]) for each in outcomes if each["outcome"] == "failed" and not each["hard"]]
    return [each for each in dict.fromkeys(found) if each not in waived]


def soft_changes(candidate: Candidate, now: Published) -> dict[str, str]:
    """Scenario → removed, altered or new, of those without the mark; whoever publishes sees it."""
    found: dict[str, str] = {}
    try:
        after = read_all(candidate.by_key)
    except Unreadable:
        return {}
    known: set[str] = set()
    for bundle in candidate.bundles:
        before = now.bundles.get(bundle.key)
        try:
            names = renamed(before, bundle)
            old_ones = read_scenarios(before.features) if before else []
        except (BadDiagram, Unreadable):
            continue
        for old in old_ones:
            new = counterpart(old, after, names)
            if new is None:
                found[old.id] = "removed"
            else:
                known.add(new.id)
                unchanged = (old.tags, old.steps, old.examples) == (new.tags, new.steps, new.examples)
                if not unchanged and not (same(old, new, names) and same(new, old, _inverse(names))):
                    found[new.id] = "altered"
    return {**found, **{each.id: "new" for each in after if each.id not in known}}


def _inverse(names: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for old, news in names.items():
        for new in news:
            found.setdefault(new, set()).add(old)
    return {new: frozenset(old) for new, old in found.items()}


__all__ = ["HARD", "RULES", "Refusal", "failures", "soft_changes", "still_refused", "without_running"]
