"""One round: every mutant of a procedure is judged by the check first, then by the scenarios; results are kept as they come."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from engine import lint
from engine.definitions import Bundle
from engine.gate.candidate import Candidate, Published, readable, users
from engine.gate.rules import hard_elements
from engine.lint import World, read_world
from engine.mutation import Mutant, mutants
from features.mutation.stage import Theatre, fails_to_load, in_copies
from features.mutation.visits import Likely, gather, mark_of, mark_of_files, touching
from features.runner import read_runs

INNER = ("relax_condition", "shift_date", "drop_assignment", "drop_check")
"""Operators that change nothing another procedure could see."""
KILLED, REFUSED, SURVIVED, UNVISITED = "killed", "refused", "survived", "unvisited"


@dataclass(frozen=True)
class Result:
    """What became of one mutant: noticed by the scenario `by` or refused by the check, or not; `run` scenarios were played.

    `of` is a hash of the mutant; `seen` a hash of the scenario that noticed it, or of all that could have.
    """

    id: str
    operator: str
    element: str
    label: str
    state: str
    by: str = ""
    message: str = ""
    run: int = 0
    seconds: float = 0.0
    of: str = ""
    seen: str = ""


@dataclass(frozen=True)
class Asked:
    """Which mutants are wanted: of these operators, so many of them chosen by the seed (0: all)."""

    only: Collection[str] = ()
    sample: int = 0
    seed: int = 1
    fresh: bool = False
    quick: bool = False
    """Only the likeliest scenarios are played; what they do not notice is judged again in the next round."""


@contextmanager
def copied(processes: Path, features: Path) -> Iterator[Path]:
    """A temporary folder with what the round needs, so that changes made meanwhile do not matter."""
    with tempfile.TemporaryDirectory(prefix="guicheng-mutation-") as name:
        folder = Path(name)
        shutil.copytree(processes, folder / "processes")
        for path in features.glob("*/*"):
            if path.suffix in (".feature", ".yml"):
                target = folder / "features" / path.parent.name / path.name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target)
        yield folder


class Round:
    """Judges mutants; `kept` is the folder in which results are kept from one round to the next."""

    def __init__(self, folder: Path, kept: Path, jobs: int) -> None:
        self.kept, self.jobs = kept, jobs
        self.theatre = Theatre(folder, kept / "gathered")
        self.world: World = read_world(folder / "processes")[0]
        self.bundles: dict[str, Bundle] = {each.key: each for each in self.world.bundles}
        self.diagrams = readable(self.bundles)
        self.runs = [run for run in read_runs(folder / "features") if not run.fault]
        with self.theatre.town.engine.database.reading() as session:
            current = self.theatre.definitions.all_current(session)
        self.theatre.town.engine.close()
        self._published = Published({each.key: each for each in current}, self.world, {}, {})
        self._found_before: dict[str, set[tuple[str, str, str]]] = {}

    def judge(self, key: str, asked: Asked, tell: Callable[[Result], None]) -> list[Result]:
        """Judge the mutants of one procedure and tell of each as soon as it is known; all results in the mutants' order."""
        bundle = self.bundles[key]
        every = chosen(bundle, asked)
        runs = touching(key, self.diagrams, self.runs)
        visits = gather(self.theatre, runs, self.jobs)
        rules = [pack.rules for pack in self.world.packs.values() if pack.rules is not None]
        likely = Likely(key, visits, {clause.id: clause.tag for each in rules for clause in each.clauses})
        marks = {visit.id: mark_of(visit.run) for visit in visits}
        path = self.kept / f"{key}.jsonl"
        known = {} if asked.fresh else read_results(path)
        found: dict[str, Result] = {}
        waiting: list[Mutant] = []
        for mutant in every:
            near = likely.near(mutant)
            before = known.get(mutant.id)
            if before is not None and still_true(before, bundle, mutant, marks, [visit.id for visit in near]):
                found[mutant.id] = before
                tell(before)
                if before.state == KILLED:
                    likely.learn(mutant, before.by)
            else:
                waiting.append(mutant)
        self.kept.mkdir(parents=True, exist_ok=True)
        tasks = [partial(self._judge, bundle, each, likely, marks, asked.quick) for each in waiting]
        with path.open("a", encoding="utf-8") as out:
            for number, answer in in_copies(tasks, self.jobs):
                mutant = waiting[number]
                result = self._result(bundle, mutant, answer)
                found[mutant.id] = result
                if result.state == KILLED:
                    likely.learn(mutant, result.by)
                out.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")
                out.flush()
                tell(result)
        return [found[mutant.id] for mutant in every]

    def _judge(
        self, bundle: Bundle, mutant: Mutant, likely: Likely, marks: Mapping[str, str], quick: bool
    ) -> Mapping[str, Any]:
        """In a process of its own: what the check says, else what the scenarios do."""
        begun = time.monotonic()
        changed = mutant.changed(bundle)
        refused = self.refusal(bundle, changed, mutant.operator not in INNER) or fails_to_load(
            self.theatre, changed
        )
        if refused:
            return {"state": REFUSED, "message": refused, "seconds": time.monotonic() - begun}
        batches = likely.batches(mutant, quick)
        verdict = self.theatre.judge(changed, batches)
        seconds = time.monotonic() - begun
        if verdict.by:
            message = f"{verdict.sentence}：{verdict.message}" if verdict.sentence else verdict.message
            told = {"state": KILLED, "by": verdict.by, "message": message[:300], "seen": marks[verdict.by]}
        else:
            ids = [visit.id for visit in likely.near(mutant)]
            # What only the likeliest have not noticed is to be judged again.
            seen = "" if quick else together(ids, marks)
            told = {"state": SURVIVED if ids else UNVISITED, "seen": seen}
        return {**told, "run": verdict.run, "seconds": seconds}

    def _result(self, bundle: Bundle, mutant: Mutant, answer: Mapping[str, Any]) -> Result:
        if "died" in answer:
            answer = {"state": KILLED, "by": "", "message": answer["died"]}
        given = {**answer, "seconds": round(float(answer.get("seconds", 0.0)), 1)}
        return Result(
            mutant.id, mutant.operator, mutant.element, mutant.label, **given, of=content_of(bundle, mutant)
        )

    def refusal(self, bundle: Bundle, changed: Bundle, outside: bool = True) -> str:
        """What would keep it from being published without any scenario, or `""`; the drawing does not count.

        With `outside` the procedures that call it or start it are looked at, too.
        """
        after = self.world.with_bundle(changed)
        for key in (bundle.key, *(sorted(users(bundle.key, self.diagrams)) if outside else ())):
            other = changed if key == bundle.key else self.bundles[key]
            if key not in self._found_before:
                self._found_before[key] = _findings(self.bundles[key], self.world)
            new = _findings(other, after) - self._found_before[key]
            if new:
                return min(new)[2]
        for lost in hard_elements(Candidate((changed,)), self._published):
            return lost.message
        return ""


def _findings(bundle: Bundle, world: World) -> set[tuple[str, str, str]]:
    return {
        (each.element, each.code, each.message)
        for each in lint.check_bundle(bundle, world)
        if not each.warning and lint.RULES[each.code].group != "drawing"
    }


def chosen(bundle: Bundle, asked: Asked) -> list[Mutant]:
    """The mutants that are wanted, in their fixed order."""
    every = mutants(bundle, asked.only)
    if not asked.sample or asked.sample >= len(every):
        return every
    numbers = random.Random(asked.seed).sample(range(len(every)), asked.sample)
    return [every[number] for number in sorted(numbers)]


# -- results that are kept


def content_of(bundle: Bundle, mutant: Mutant) -> str:
    return mark_of_files(mutant.changed(bundle).files)


def together(ids: Sequence[str], marks: Mapping[str, str]) -> str:
    """One hash for several scenarios."""
    return hashlib.sha256("".join(sorted(marks[each] for each in ids)).encode()).hexdigest()[:16]


def read_results(path: Path) -> dict[str, Result]:
    """The last result of each mutant, as kept by earlier rounds."""
    if not path.exists():
        return {}
    lines = path.read_text("utf-8").splitlines()
    return {each.id: each for each in (Result(**json.loads(line)) for line in lines if line.endswith("}"))}


def still_true(
    result: Result, bundle: Bundle, mutant: Mutant, marks: Mapping[str, str], near: Sequence[str]
) -> bool:
    """Whether the same mutant was judged before, and the scenarios that count for it say what they said then."""
    if result.of != content_of(bundle, mutant):
        return False
    if result.state == KILLED:
        return marks.get(result.by) == result.seen
    return result.state == REFUSED or result.seen == together(near, marks)
