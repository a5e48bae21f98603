"""The town before each sentence that moves a case, kept while the scenarios are played on the procedures as they are.

A mutant makes no difference before its place is reached: it is enough to play it from there.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import zstandard
from pytest_bdd.parser import Step

from engine.definitions import Definitions
from features.beginnings import Node, grow
from features.moments import Moment, keep, restore
from features.runner import Outcome, Run, Sentences, Stage

DATABASE, PACKED, NOTES = "town.db", "town.db.zst", "notes"


def marks(run: Run) -> list[str]:
    """What stands for the town before each of the scenario's sentences, and after the last: a hash of all said before."""
    digest = hashlib.sha256(run.pack.encode())
    found = [digest.hexdigest()[:24]]
    for step in run.steps:
        table = step.datatable.raw() if step.datatable else None
        digest.update(f"\n{step.type} {step.name} {table}".encode())
        found.append(digest.hexdigest()[:24])
    return found


@dataclass
class Shelf:
    """Towns by the mark of all that was said before, each in a folder of its own below `folder`, its database compressed.

    `remembered` is what an engine knows of the town before the first sentence.
    """

    folder: Path
    remembered: Any

    def holds(self, mark: str) -> bool:
        return (self.folder / mark).exists()

    def put(self, mark: str, moment: Moment) -> None:
        """Keep the moment; its folder is the shelf's from now on."""
        path = moment.folder / DATABASE
        (moment.folder / PACKED).write_bytes(zstandard.ZstdCompressor(level=1).compress(path.read_bytes()))
        path.unlink()
        (moment.folder / NOTES).write_bytes(pickle.dumps((moment.now, moment.noted)))
        with suppress(
            OSError
        ):  # Another process, which plays scenarios that begin alike, may have kept it, too.
            moment.folder.rename(self.folder / mark)
            return
        moment.forget()

    def take(self, mark: str, stage: Stage) -> None:
        """Set the town of a stage to the moment."""
        kept, unpacked = self.folder / mark, stage.folder / f"taken-{mark}"
        unpacked.mkdir()
        (unpacked / DATABASE).write_bytes(zstandard.decompress((kept / PACKED).read_bytes()))
        if (kept / "attachments").exists():
            shutil.copytree(kept / "attachments", unpacked / "attachments")
        now, noted = pickle.loads((kept / NOTES).read_bytes())
        restore(stage.town, Moment(unpacked, now, self.remembered, noted))
        shutil.rmtree(unpacked)


class Gathering(Stage):
    """A stage that fills a shelf."""

    def __init__(
        self, template: Path, folder: Path, processes: Path, definitions: Definitions, shelf: Shelf
    ) -> None:
        super().__init__(template, folder, processes, definitions)
        self._shelf = shelf
        self._before: dict[int, str] = {}

    def play(self, runs: Sequence[Run], tell: Callable[[Outcome], None]) -> None:
        for pack, root in grow(runs).items():
            self._before = {}
            self._mark(root)
            self._begin(pack)
            self._below(root, [], tell)

    def _mark(self, node: Node) -> None:
        for run in node.all_runs():
            found = marks(run)
            for number, step in enumerate(run.steps):
                self._before[id(step)] = found[number]

    def _do(self, step: Step) -> str:
        mark = self._before.get(id(step))
        moment = None
        if mark is not None and step.type != "then" and not self._shelf.holds(mark):
            moment = keep(self.town, self._shelf.folder / f"{mark}-{os.getpid()}")
        message = super()._do(step)
        if moment is not None and mark is not None:
            if self.passed and not message:
                self._shelf.put(mark, moment)
            else:
                moment.forget()
        return message


class Trying(Stage):
    """A stage on which scenarios go on from the shelf."""

    def __init__(
        self, template: Path, folder: Path, processes: Path, definitions: Definitions, sentences: Sentences
    ) -> None:
        super().__init__(template, folder, processes, definitions)
        self.sentences = sentences

    def go_on(self, runs: Sequence[tuple[Run, int]], shelf: Shelf, tell: Callable[[Outcome], None]) -> None:
        """Play each scenario from the sentence of this number on."""
        groups: dict[tuple[str, str], list[Run]] = {}
        for run, number in runs:
            mark = marks(run)[number]
            kept = number > 0 and shelf.holds(mark)
            rest = replace(run, steps=run.steps[number:]) if kept else run
            groups.setdefault((run.pack, mark if kept else ""), []).append(rest)
        for (pack, mark), rests in groups.items():
            self._begin(pack)
            if mark:
                shelf.take(mark, self)
            for root in grow(rests).values():
                self._below(root, [], tell)
