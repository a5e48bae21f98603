"""Scenarios that need not be played again: nothing they came across has changed since they passed."""

from __future__ import annotations

import hashlib
import importlib.metadata
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import orjson
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from engine.definitions import FEATURES, Bundle
from engine.gate.candidate import readable
from engine.gate.rules import Outcome
from engine.gate.scenarios import Scenario, Unreadable, read_scenarios
from engine.gate.slices import slices_of
from engine.models import PassedScenario

_Each = TypeVar("_Each")
_QUOTED, _LISTED = re.compile(r"“([^“”]*)”"), re.compile(r"[、,，;；]")
KEPT = 4
"""Of each scenario so many passes are remembered, such as on the published version and on drafts of some procedures."""
ROOT = Path(__file__).resolve().parents[2]
PLAYED_BY = ("engine", "features")
LIBRARIES = ("spiffworkflow", "simpleeval", "pytest-bdd")


@dataclass(frozen=True)
class Surroundings:
    """What every scenario of a run depends on (`hash`), and what only those that come across it do.

    `procedures` are the procedures with the hash of their files without scenarios, `names` what sentences call them.
    """

    hash: str
    procedures: Mapping[str, tuple[Bundle, str]]
    names: Mapping[str, str]

    def used_by(self, scenario: Scenario, outcomes: Iterable[Outcome]) -> dict[str, Any]:
        """What a scenario depends on: of the procedures it passed an element of all it came near, of those it only names all.

        key → {files: hash of all files, passed: elements, near: hash of what lies there}
        """
        passed: dict[str, set[str]] = {}
        for each in outcomes:
            for step in each["steps"]:
                for process, element in step["elements"]:
                    passed.setdefault(process, set()).add(element)
        named = {key for key, name in self.names.items() if f"“{name}”" in scenario.words}
        return {
            key: self._use(key, sorted(passed.get(key, ())), scenario)
            for key in sorted(passed.keys() | named)
            if key in self.procedures
        }

    def _use(self, key: str, passed: list[str], scenario: Scenario) -> dict[str, Any]:
        bundle, files = self.procedures[key]
        near = slices_of(bundle).near(passed, _names_in(scenario)) if passed else ""
        return {"files": files, "passed": passed, "near": near}

    def still_fits(self, scenario: Scenario, uses: Mapping[str, Any]) -> bool:
        """Whether nothing of what the scenario depended on has changed."""
        for key, use in uses.items():
            if key not in self.procedures:
                return False
            bundle, files = self.procedures[key]
            if use["files"] == files:
                continue
            if not use["passed"] or slices_of(bundle).near(use["passed"], _names_in(scenario)) != use["near"]:
                return False
        return True


def surroundings(folder: Path, bundles: Mapping[str, Bundle]) -> Surroundings:
    """Of a run whose folder has been prepared (see `engine.gate.stage`) with these procedures.

    A procedure no case of which comes into being can matter to a scenario only by the messages that would start it.
    """
    digest = hashlib.sha256(software().encode())
    packs = folder / "processes"
    for path in sorted(packs.rglob("*.yml")):
        place = path.relative_to(packs)
        if not (len(place.parts) > 2 and place.parts[1] in bundles):
            digest.update(f"{place.as_posix()}\0".encode() + path.read_bytes() + b"\0")
    digest.update(orjson.dumps(orjson.loads((folder / "gate.json").read_bytes())["parameters"]))
    diagrams = readable(bundles)
    starts = {key: [each.name, sorted(each.message_starts())] for key, each in sorted(diagrams.items())}
    digest.update(orjson.dumps(starts))
    return Surroundings(
        digest.hexdigest(),
        {key: (bundle, _hash_of(bundle)) for key, bundle in bundles.items() if key in diagrams},
        {key: diagram.name for key, diagram in diagrams.items()},
    )


def _hash_of(bundle: Bundle) -> str:
    files = {path: text for path, text in bundle.files.items() if not path.startswith(FEATURES)}
    return hashlib.sha256(orjson.dumps(files, option=orjson.OPT_SORT_KEYS)).hexdigest()


@lru_cache(maxsize=1)
def software() -> str:
    """What stands for the program itself: scenarios are played anew under another one."""
    digest = hashlib.sha256()
    for package in PLAYED_BY:
        for path in sorted((ROOT / package).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest() + " ".join(map(importlib.metadata.version, LIBRARIES))


def recall(
    session: Session, around: Surroundings, features: Mapping[str, str], chosen: Sequence[str]
) -> list[Outcome]:
    """The outcomes of those of the `chosen` scenarios (all when empty) that would pass again."""
    scenarios = _scenarios(features, chosen)
    by_words = {(each.id, _words_of(each)): each for each in scenarios}
    ids = {
        each.scenario: each.id
        for each in _passes(session, around, scenarios)
        if (scenario := by_words.get((each.scenario, each.hash))) is not None
        and around.still_fits(scenario, each.uses)
    }
    outcomes = _outcomes(session, list(ids.values()))
    return [
        {**each, "line": scenario.line, "recalled": True}
        for scenario in scenarios
        if scenario.id in ids
        for each in outcomes[ids[scenario.id]]
    ]


def remember(
    session: Session, around: Surroundings, features: Mapping[str, str], played: Sequence[Outcome]
) -> None:
    """Note what passed; of one scenario all rows of its examples."""
    outcomes: dict[str, list[Outcome]] = {}
    for each in played:
        outcomes.setdefault(each["scenario"], []).append(dict(each))
    scenarios = _scenarios(features, tuple(outcomes) or ("",))
    known = {(each.scenario, each.hash, _mark(each.uses)) for each in _passes(session, around, scenarios)}
    noted: list[str] = []
    for scenario in scenarios:
        mine, words = outcomes[scenario.id], _words_of(scenario)
        rows = sum(len(table) - 1 for table in scenario.examples) or 1
        if len(mine) != rows or any(each["outcome"] != "passed" for each in mine):
            continue
        uses = around.used_by(scenario, mine)
        if (scenario.id, words, _mark(uses)) in known:
            continue
        session.add(
            PassedScenario(
                scenario=scenario.id, hash=words, surroundings=around.hash, uses=uses, outcomes=mine
            )
        )
        noted.append(scenario.id)
    session.flush()
    for part in _parts(noted):
        place = func.row_number().over(
            partition_by=PassedScenario.scenario, order_by=PassedScenario.id.desc()
        )
        placed = (
            select(PassedScenario.id, place.label("place"))
            .where(PassedScenario.scenario.in_(part))
            .subquery()
        )
        older = select(placed.c.id).where(placed.c.place > KEPT)
        session.execute(
            delete(PassedScenario)
            .where(PassedScenario.id.in_(older))
            .execution_options(synchronize_session=False)
        )


def _mark(uses: Mapping[str, Any]) -> bytes:
    return orjson.dumps(uses, option=orjson.OPT_SORT_KEYS)


def _parts(found: Sequence[_Each]) -> Iterator[Sequence[_Each]]:
    """As many at a time as every database takes in one statement."""
    for start in range(0, len(found), 500):
        yield found[start : start + 500]


def _passes(session: Session, around: Surroundings, scenarios: Sequence[Scenario]) -> Iterator[Any]:
    """What is remembered of them in these surroundings, the oldest first, without the outcomes, which are large."""
    for part in _parts([each.id for each in scenarios]):
        yield from session.execute(
            select(PassedScenario.id, PassedScenario.scenario, PassedScenario.hash, PassedScenario.uses)
            .where(PassedScenario.scenario.in_(part), PassedScenario.surroundings == around.hash)
            .order_by(PassedScenario.id)
        )


def _outcomes(session: Session, ids: Sequence[int]) -> dict[int, list[Outcome]]:
    found: dict[int, list[Outcome]] = {}
    for part in _parts(ids):
        rows = select(PassedScenario.id, PassedScenario.outcomes).where(PassedScenario.id.in_(part))
        found.update((each.id, each.outcomes) for each in session.execute(rows))
    return found


def _scenarios(features: Mapping[str, str], chosen: Sequence[str]) -> list[Scenario]:
    try:
        every = read_scenarios(features)
    except Unreadable:
        return []
    return [each for each in every if not chosen or each.id in chosen]


def _names_in(scenario: Scenario) -> frozenset[str]:
    """All that may be a name in it: what stands in quotation marks, in its tables and examples, and each part of a list."""
    tables = [step.table for step in scenario.steps]
    cells = [cell for table in (*tables, *scenario.examples) for row in table for cell in row]
    quoted = _QUOTED.findall("\n".join([scenario.words, *cells]))
    parts = [part.strip() for text in (*quoted, *cells) for part in _LISTED.split(text)]
    return frozenset([*quoted, *cells, *parts])


def _words_of(scenario: Scenario) -> str:
    """Of everything in a scenario but where it stands in its file."""
    content = [
        scenario.rule,
        sorted(scenario.tags),
        [[step.kind, step.text, step.table] for step in scenario.steps],
        scenario.examples,
    ]
    return hashlib.sha256(orjson.dumps(content)).hexdigest()


__all__ = ["Surroundings", "recall", "remember", "surroundings"]
