"""What each scenario passes of the procedures as they are, and which of them are likely to notice a mutant."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

from engine.definitions import owner_of
from engine.diagram import Diagram
from engine.gate.candidate import users
from engine.mutation import Mutant
from features.mutation.stage import Theatre, in_copies
from features.runner import Outcome, Run, share_out

FIRST, THEN, AT_MOST = 3, 7, 24
"""How many of the likeliest scenarios are tried before others are, and how many at all."""
ATTEMPT = "试图"
"""What every sentence says after which something may be refused."""


@dataclass(frozen=True)
class Visit:
    """One scenario that succeeds on the procedures as they are, and what each of its sentences passes: (process, element)."""

    run: Run
    steps: tuple[frozenset[tuple[str, str]], ...]

    @cached_property
    def passed(self) -> frozenset[tuple[str, str]]:
        """Everything it passes."""
        return frozenset[tuple[str, str]]().union(*self.steps)

    @cached_property
    def words(self) -> str:
        """What it says."""
        return words(self.run)

    def first(self, key: str, mutant: Mutant) -> int:
        """The number of the first sentence that can be different, given that a case goes on in the changed procedure."""
        for number, passed in enumerate(self.steps):
            if any(
                process == key and (mutant.redrawn or element in mutant.near) for process, element in passed
            ):
                return number
        return 0

    @property
    def id(self) -> str:
        return run_id(self.run)


def run_id(run: Run) -> str:
    """What names it among all, its examples told apart."""
    return str(run.outcome("")["id"])


def words(run: Run) -> str:
    """Everything it says, a table's rows as they are written."""
    lines = []
    for step in run.steps:
        lines.append(step.name)
        if step.datatable:
            lines += [f"| {' | '.join(map(str, row))} |" for row in step.datatable.raw()]
    return "\n".join(lines)


def mark_of(run: Run) -> str:
    """A hash of what it says."""
    return hashlib.sha256(f"{run_id(run)}\n{run.tags}\n{words(run)}".encode()).hexdigest()[:16]


def touching(key: str, diagrams: Mapping[str, Diagram], runs: Sequence[Run]) -> list[Run]:
    """The scenarios of the procedure's own files, and those that start it or one that leads to it."""
    names = {diagrams[each].name for each in {key, *users(key, diagrams)}}
    starts = [f"发起“{name}”" for name in names]

    def own(run: Run) -> bool:
        return owner_of(Path(run.file).stem, diagrams) == key

    return [run for run in runs if own(run) or any(start in words(run) for start in starts)]


def gather(theatre: Theatre, runs: Sequence[Run], jobs: int) -> list[Visit]:
    """Play the scenarios on the procedures as they are, unless that was done before; those that fail are left out."""
    path = theatre.kept / "visits.json"
    known: dict[str, list[list[list[str]]] | None]
    known = json.loads(path.read_text("utf-8")) if path.exists() else {}
    missing = [run for run in runs if mark_of(run) not in known]

    def play(part: Sequence[Run]) -> dict[str, list[list[list[str]]] | None]:
        by_id = {run_id(run): mark_of(run) for run in part}
        found: dict[str, list[list[list[str]]] | None] = {}

        def tell(outcome: Outcome) -> None:
            passed = [step["elements"] for step in outcome["steps"]]
            found[by_id[outcome["id"]]] = passed if outcome["outcome"] == "passed" else None

        theatre.play(part, tell)
        return found

    parts = share_out(missing, jobs) if missing else []
    for _, answer in in_copies([partial(play, part) for part in parts], jobs):
        known.update(answer)
        path.write_text(json.dumps(known, ensure_ascii=False), "utf-8")
    return [
        Visit(run, tuple(frozenset((each[0], each[1]) for each in step) for step in steps))
        for run in runs
        if (steps := known.get(mark_of(run))) is not None
    ]


@dataclass
class Likely:
    """Orders scenarios by how likely they are to notice a mutant, and learns from those that did."""

    key: str
    visits: Sequence[Visit]
    tags: Mapping[str, str] = field(default_factory=dict)
    """Clause → tag of the scenarios about it."""
    noticed: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(element, id of a scenario) → how many mutants of the element it has noticed."""

    def learn(self, mutant: Mutant, by: str) -> None:
        self.noticed[mutant.element, by] += 1

    def near(self, mutant: Mutant) -> list[Visit]:
        """The scenarios that come close enough to notice it at all."""
        places = {(self.key, element) for element in mutant.near}
        return [
            visit
            for visit in self.visits
            if visit.passed & places and (not mutant.by_refusal or ATTEMPT in visit.words)
        ]

    def batches(self, mutant: Mutant, quick: bool = False) -> list[list[tuple[Run, int]]]:
        """The scenarios to be played and from which sentence on, the likeliest first; with `quick` only those.

        After the first few, scenarios that go on differently from there have their turns, and of them those of different rules;
        ways that few scenarios go come first.
        """
        order = sorted(self.near(mutant), key=lambda each: -self._likelihood(mutant, each))
        ways = {visit.id: self._way(mutant, visit) for visit in order}
        travelled = Counter(ways.values())
        turns: Counter[tuple[object, ...]] = Counter()
        places: dict[str, tuple[int, int, int]] = {}
        for place, visit in enumerate(order):
            alike = (ways[visit.id], visit.run.file, visit.run.rule)
            places[visit.id] = (
                (turns[alike], travelled[ways[visit.id]], place) if place >= FIRST else (-1, 0, place)
            )
            turns[alike] += 1
        order.sort(key=lambda each: places[each.id])
        runs = [(visit.run, visit.first(self.key, mutant)) for visit in order]
        parts = [runs[:FIRST], runs[FIRST : FIRST + THEN], [] if quick else runs[FIRST + THEN : AT_MOST]]
        return [part for part in parts if part]

    def _way(self, mutant: Mutant, visit: Visit) -> frozenset[tuple[str, int]]:
        """Which elements behind the changed place a scenario comes to, once or again."""
        passed = Counter(element for step in visit.steps for process, element in step if process == self.key)
        return frozenset((element, min(passed[element], 2)) for element in mutant.onward if passed[element])

    def _likelihood(self, mutant: Mutant, visit: Visit) -> float:
        mentioned = sum(
            4.0 / (place + 1)
            for place, word in enumerate(mutant.words)
            if len(word) > 1 and word in visit.words
        )
        own = visit.run.file.partition("/")[2].startswith(self.key)
        passes = (self.key, mutant.element) in visit.passed
        about = sum(self.tags.get(clause) in visit.run.own_tags for clause in mutant.clauses)
        before = min(self.noticed[mutant.element, visit.id], 3)
        return (
            mentioned
            + 2.0 * own
            + 3.0 * passes
            + 2.0 * min(about, 2)
            + 2.0 * before
            - len(visit.run.steps) / 20
        )


def mark_of_files(files: Mapping[str, str]) -> str:
    """A hash of a procedure's files, without its scenarios and its description."""
    digest = hashlib.sha256()
    for path in sorted(files):
        if not path.startswith("features/") and not path.endswith(".md"):
            digest.update(f"{path}\0{files[path]}\0".encode())
    return digest.hexdigest()[:16]
