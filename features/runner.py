"""Runs scenarios without pytest, each common beginning of several only once: what follows starts from a copy of the town.

The files are parsed, outlines filled in and sentences matched by pytest-bdd itself, so a scenario means the same here and
in the test suite. Sentences marked `web` act through the engine here, too: the pages are not what is being changed.
"""

from __future__ import annotations

import importlib
import pkgutil
import shutil
import signal
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import signature
from pathlib import Path
from typing import Any

import pytest_bdd.steps
from pytest_bdd.parser import FeatureParser, Scenario, Step

import features.steps
from engine.errors import EngineError
from features.beginnings import Node, grow
from features.moments import Moment, keep, restore
from features.steps.town import Town, open_town

HARD = "硬约束"
STEP_SECONDS = 20.0
"""A sentence that takes longer has failed: something in the diagram runs for ever."""
Outcome = dict[str, Any]
"""What is told of a scenario; see `Run.outcome`."""


class TooLong(BaseException):
    """A sentence ran out of time. Not an Exception, so that nothing on the way takes it for an error of the case."""


@dataclass
class Run:
    """One scenario, with one row of its examples: `file` is `<pack>/<name>`, `tags` include those of rule and feature."""

    file: str
    rule: str
    name: str
    line: int
    tags: tuple[str, ...]
    own_tags: tuple[str, ...]
    steps: Sequence[Step]
    row: int = 0
    fault: str = ""
    """Why it cannot be run at all."""

    @property
    def scenario(self) -> str:
        """What names it among all: the same for every row of its examples."""
        return f"{self.file}::{self.name}"

    @property
    def pack(self) -> str:
        return self.file.partition("/")[0]

    def outcome(self, state: str, **more: Any) -> Outcome:
        """The line that is told of it; `state` is passed or failed."""
        return {
            "kind": "scenario",
            "id": f"{self.scenario}[{self.row}]" if self.row else self.scenario,
            "scenario": self.scenario,
            "file": self.file,
            "rule": self.rule,
            "name": self.name,
            "line": self.line,
            "tags": list(self.tags),
            "hard": HARD in self.tags,
            "outcome": state,
            "sentence": "",
            "message": "",
            "at": [],
            "clauses": [],
            "steps": [],
            **more,
        }


def read_runs(folder: Path) -> list[Run]:
    """Every scenario below `folder` (`<pack>/<name>.feature`); a file that cannot be parsed is one that has failed."""
    found: list[Run] = []
    for path in sorted(folder.glob("*/*.feature")):
        file = path.relative_to(folder).as_posix()
        try:
            feature = FeatureParser(str(path.parent), path.name).parse()
        except Exception as error:  # The parsers raise whatever they like; all of it is the writer's mistake.
            lines = str(error).splitlines() or [type(error).__name__]
            found.append(Run(file, "", path.stem, 1, (), (), (), fault=f"文件解析不了：{lines[0]}"))
            continue
        for template in feature.scenarios.values():
            above = feature.tags | (template.rule.tags if template.rule else set())
            rows = [context for each in template.examples for context in each.as_contexts()] or [{}]
            for number, context in enumerate(rows, 1):
                scenario = template.render(context)
                found.append(
                    Run(
                        file,
                        template.rule.name if template.rule else "",
                        template.name,
                        template.line_number,
                        tuple(sorted(scenario.tags | above)),
                        tuple(sorted(scenario.tags)),
                        scenario.steps,
                        number if template.templated else 0,
                        _fault(scenario),
                    )
                )
    return found


def _fault(scenario: Scenario) -> str:
    if not scenario.steps:
        return "没有任何步骤，请检查关键字。"
    stray = (scenario.description or "").strip()
    return f"有不是步骤的文字：{stray[:40]}" if stray else ""


# -- sentences


class Sentences:
    """All sentences of the kit."""

    def __init__(self) -> None:
        for module in pkgutil.iter_modules(features.steps.__path__):
            importlib.import_module(f"features.steps.{module.name}")
        contexts = list(pytest_bdd.steps.step_function_context_registry.values())
        # Where several fit, the one with the most words of its own is meant.
        self._contexts = sorted(contexts, key=lambda each: -len(str(each.parser.name)))
        self._found: dict[tuple[str, str], Callable[[Town, Step], None] | None] = {}

    def find(self, step: Step) -> Callable[[Town, Step], None] | None:
        """What the sentence does, or None when it is not in the kit."""
        key = (step.type, step.name)
        if key not in self._found:
            self._found[key] = self._search(step)
        return self._found[key]

    def _search(self, step: Step) -> Callable[[Town, Step], None] | None:
        for context in self._contexts:
            if context.type in (step.type, None) and context.parser.is_matching(step.name):
                return _bound(context.step_func, context.parser.parse_arguments(step.name) or {})
        return None


def _bound(do: Callable[..., object], arguments: Mapping[str, Any]) -> Callable[[Town, Step], None]:
    names = signature(do).parameters

    def act(town: Town, step: Step) -> None:
        given: dict[str, Any] = {k: v for k, v in arguments.items() if k in names}
        if "datatable" in names:
            if step.datatable is None:
                raise AssertionError("这句话下面要跟一张表。")
            given["datatable"] = step.datatable.raw()
        do(town, **given)

    return act


# -- sharing out


def share_out(runs: Sequence[Run], parts: int) -> list[list[Run]]:
    """Split the scenarios into parts that take about equally long, keeping together what begins alike."""
    if parts <= 1:
        return [list(runs)]
    groups = [(node.weight, 0, node) for node in grow(runs).values()]
    limit = sum(weight for weight, _, _ in groups) / parts / 3
    while groups and len(groups) < 60:
        weight, depth, node = heaviest = max(groups, key=lambda each: each[0])
        if weight <= limit or not node.children:
            break
        groups.remove(heaviest)
        # Each part has to do again what comes before.
        groups += [(depth + child.weight, depth + 1, child) for child in node.children.values()]
        if node.runs:
            groups.append((depth, depth, Node(node.step, {}, node.runs)))
    shares: list[tuple[float, list[Run]]] = [(0.0, []) for _ in range(parts)]
    for weight, _, node in sorted(groups, key=lambda each: -each[0]):
        number = min(range(parts), key=lambda each: shares[each][0])
        shares[number] = (shares[number][0] + weight, [*shares[number][1], *node.all_runs()])
    return [part for _, part in shares if part]


# -- running


class Stage:
    """One town on which scenarios are played, set back to an earlier moment as often as needed."""

    def __init__(self, template: Path, folder: Path, processes: Path, definitions: Any) -> None:
        self.folder, self.processes, self.definitions = folder, processes, definitions
        self.sentences = Sentences()
        self._beginning = template
        self._taken = 0
        self.town: Town = self._open("")
        self.passed: list[list[str]] = []
        self.standing: list[list[str]] = []

    def play(self, runs: Sequence[Run], tell: Callable[[Outcome], None]) -> None:
        """Run the scenarios and tell of each as soon as it is known."""
        for run in runs:
            if run.fault:
                tell(run.outcome("failed", message=run.fault))
        for pack, root in grow([run for run in runs if not run.fault]).items():
            self._begin(pack)
            self._below(root, [], tell)

    def _begin(self, pack: str) -> None:
        self.town.engine.close()
        for file in self.folder.glob("town.db*"):
            file.unlink()
        shutil.copy(self._beginning, self.folder / "town.db")
        self.town = self._open(pack)

    def _open(self, pack: str) -> Town:
        town = open_town(self.folder, self.processes, pack, durable=False)
        town.engine.definitions = self.definitions
        town.engine.observers.append(self._watch)
        return town

    def _watch(self, case: Any, passed: Any) -> None:
        self.passed += [[each.process, each.element] for each in passed]
        self.standing = [
            [process, element]
            for process, states in case.elements.items()
            for element, state in states.items()
            if state in ("now", "open")
        ]

    def _below(self, node: Node, told: list[Outcome], tell: Callable[[Outcome], None]) -> None:
        for run in node.runs:
            tell(self._finish(run, told))
        several = len(node.children) > 1
        before = self._keep() if several else None
        for number, child in enumerate(node.children.values()):
            if number and before is not None:
                self._restore(before)
            assert child.step is not None
            self.passed = []
            message = self._do(child.step)
            # The last one stands where it stood before when the sentence has not moved anything.
            line = {"sentence": _words(child.step), "elements": self.passed}
            if message:
                for run in child.all_runs():
                    tell(
                        run.outcome(
                            "failed",
                            sentence=_words(child.step),
                            message=message,
                            at=self.standing,
                            steps=[*told, line],
                        )
                    )
            else:
                self._below(child, [*told, line], tell)
        if before is not None:
            before.forget()

    def _do(self, step: Step) -> str:
        """Do what a sentence says; what is wrong, or `""`."""
        act = self.sentences.find(step)
        if act is None:
            return f"没有“{step.name}”这样的句子，请对照句子清单改写。"
        try:
            with time_limit(STEP_SECONDS):
                act(self.town, step)
        except (AssertionError, EngineError) as error:
            return str(error).strip() or "结果与这句话不符。"
        except TooLong:
            self._leave()
            return f"这句话执行超过 {STEP_SECONDS:.0f} 秒，流程可能没完没了地转。"
        except MemoryError:
            self._leave()
            return "执行这句话用的内存超过限制。"
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            return f"执行出错：{type(error).__name__}：{error}（{Path(where.filename).name}:{where.lineno}）"
        return ""

    def _leave(self) -> None:
        """Close what an interrupted sentence may have left open."""
        self.town.engine.close()

    def _finish(self, run: Run, steps: list[Outcome]) -> Outcome:
        """A scenario tagged with a clause must have passed an element that carries it."""
        rules = self.town.rules()
        carried = {found.id for each in self.town.clauses if (found := rules.find(each)) is not None}
        for tag in run.own_tags:
            clause = rules.find(tag)
            if clause is not None and clause.id not in carried and clause.id not in rules.exceptions:
                message = f"标了 {clause.tag}，却没有经过载有 {clause.id} 的环节。"
                return run.outcome("failed", message=message, steps=steps, clauses=sorted(carried))
        return run.outcome("passed", steps=steps, clauses=sorted(carried))

    def _keep(self) -> Moment:
        self._taken += 1
        return keep(self.town, self.folder / f"kept-{self._taken}")

    def _restore(self, moment: Moment) -> None:
        restore(self.town, moment)
        self.standing = []


def _words(step: Step) -> str:
    return f"{step.keyword.strip()} {step.name}"


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TooLong in this thread, which must be the main one, when the block takes longer."""

    def stop(number: int, frame: Any) -> None:
        raise TooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
