"""What would be published, and what is published now: the two sides the gate compares."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.definitions import Bundle, Definition
from engine.diagram import Diagram
from engine.errors import BadDiagram
from engine.lint import Pack as LintPack
from engine.lint import World, read_world
from engine.models import Pack
from engine.parameters import ParametersError, Value
from engine.process_engine import ProcessEngine
from engine.rules import Rules, RulesError, parse_rules

PACK_FILES = ("rules", "parameters", "registers")


@dataclass(frozen=True)
class Published:
    """Everything as the database has it: procedures by key, packs as read, texts of their files."""

    definitions: Mapping[str, Definition]
    world: World
    texts: Mapping[str, Mapping[str, str]]
    values: Mapping[str, Mapping[str, Value]]
    """Pack → parameters set in the program."""

    @cached_property
    def bundles(self) -> dict[str, Bundle]:
        return {key: each.bundle for key, each in self.definitions.items()}

    @property
    def marks(self) -> list[Any]:
        """What changes whenever anything here does that the scenarios could notice."""
        versions = [[key, each.id, each.bundle.hash] for key, each in sorted(self.definitions.items())]
        return [
            versions,
            {k: dict(v) for k, v in self.texts.items()},
            {k: dict(v) for k, v in self.values.items()},
        ]


@dataclass(frozen=True)
class Candidate:
    """Procedures that would take the place of those of their keys, and parameters by pack that would be set with them.

    With `folder` the files of the packs are taken from it too, else they stay as they are.
    """

    bundles: tuple[Bundle, ...]
    parameters: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    folder: Path | None = None

    @cached_property
    def by_key(self) -> dict[str, Bundle]:
        return {bundle.key: bundle for bundle in self.bundles}

    def texts(self, now: Published) -> dict[str, Mapping[str, str]]:
        """The texts of the packs' files if it were published."""
        if self.folder is None:
            return dict(now.texts)
        found: dict[str, Mapping[str, str]] = dict(now.texts)
        for path in sorted(self.folder.glob("*/organisation.yml")):
            found[path.parent.name] = {
                name: file.read_text("utf-8")
                for name in PACK_FILES
                if (file := path.with_name(f"{name}.yml")).exists()
            }
        return found

    def rules(self, now: Published) -> dict[str, Rules]:
        """The clauses of each pack if it were published; a pack whose file is wrong is left out."""
        found = {}
        for pack, texts in self.texts(now).items():
            with suppress(RulesError):
                found[pack] = parse_rules(texts.get("rules", ""), pack)
        return found

    def after(self, now: Published) -> dict[str, Bundle]:
        """All procedures if it were published."""
        return {**now.bundles, **self.by_key}

    def world(self, now: Published) -> World:
        """What the linter looks at."""
        if self.folder is not None:
            return read_world(self.folder)[0]
        return World(tuple(self.after(now).values()), now.world.packs, now.world.today)


def published(engine: ProcessEngine, session: Session) -> Published:
    """Read everything that is published now."""
    definitions = {each.key: each for each in engine.definitions.all_current(session)}
    packs, texts, values = {}, {}, {}
    for row in session.scalars(select(Pack).order_by(Pack.key)):
        loaded = engine.pack(session, row.key)
        packs[row.key] = LintPack(
            row.key, loaded.organisation, loaded.rules, loaded.parameters, loaded.registers
        )
        texts[row.key] = {name: getattr(row, name) for name in PACK_FILES if getattr(row, name)}
        values[row.key] = dict(row.parameter_values)
    bundles = tuple(each.bundle for each in definitions.values())
    return Published(definitions, World(bundles, packs, engine.now().date()), texts, values)


def repealed(candidate: Candidate, now: Published, clauses: Iterable[str]) -> bool:
    """Whether the written rules these ids or tags stand for are gone with the change: what they demanded need not stay.

    Only a change of files can change the rules, and names that the published rules do not know say nothing.
    """
    if candidate.folder is None:
        return False
    before = {key: pack.rules for key, pack in now.world.packs.items() if pack.rules is not None}
    known = [each for each in clauses if any(rules.find(each) for rules in before.values())]
    # Rules that cannot be read are no rules taken away.
    after = {**before, **candidate.rules(now)}
    return bool(known) and not any(rules.find(each) for each in known for rules in after.values())


def state_of(candidate: Candidate, now: Published) -> str:
    """A hash of what would be published and of all around it: a run of scenarios is worth something while it stays."""
    content = [
        [[each.key, each.pack, each.hash] for each in sorted(candidate.bundles, key=lambda each: each.key)],
        {pack: dict(values) for pack, values in candidate.parameters.items()},
        {pack: dict(texts) for pack, texts in candidate.texts(now).items()},
        now.marks,
    ]
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def readable(bundles: Mapping[str, Bundle]) -> dict[str, Diagram]:
    """The diagrams of those that can be read."""
    found = {}
    for key, bundle in bundles.items():
        with suppress(BadDiagram):
            found[key] = bundle.diagram
    return found


def users(key: str, diagrams: Mapping[str, Diagram]) -> set[str]:
    """The keys of all procedures that call this one or start it by a message, and of those that do so to them."""
    found: set[str] = set()
    waiting = [key]
    while waiting:
        each = waiting.pop()
        starts = set(diagrams[each].message_starts()) if each in diagrams else set()
        for other, diagram in diagrams.items():
            if other in found or other == key:
                continue
            thrown = {e.message for e in diagram.elements.values() if e.message and e.kind in THROWING}
            if each in diagram.called or starts & thrown:
                found.add(other)
                waiting.append(other)
    return found


THROWING = ("intermediateThrowEvent", "endEvent", "sendTask")


def parameter_faults(candidate: Candidate, now: Published) -> Iterator[tuple[str, str]]:
    """Name and sentence for each parameter that cannot be set."""
    for pack, values in candidate.parameters.items():
        loaded = now.world.packs.get(pack)
        for name, value in values.items():
            try:
                if loaded is None or loaded.parameters is None:
                    raise ParametersError([f"没有制度包“{pack}”，不能更改参数“{name}”。"])
                loaded.parameters.with_value(name, value)
            except ParametersError as error:
                yield name, " ".join(error.faults)


__all__ = [
    "Candidate",
    "Published",
    "parameter_faults",
    "published",
    "readable",
    "repealed",
    "state_of",
    "users",
]
