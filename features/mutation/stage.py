"""A town in which everything is deployed once; every mutant is played in a copy of this process and of its database."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import multiprocessing
import os
import shutil
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import select

import engine
from engine.definitions import Bundle, Definitions
from engine.errors import EngineError
from engine.limits import limit_process
from engine.models import Incident
from features.gate import prepare
from features.mutation.shelf import DATABASE, Gathering, Shelf, Trying
from features.runner import Outcome, Run, Sentences, Stage
from features.steps.town import Town

ENGINE, FEATURES = Path(engine.__file__).parent, Path(__file__).parents[1]
AnyStage = TypeVar("AnyStage", bound=Stage)
BYTES = 3 << 30
SECONDS = 600
"""CPU time of one mutant; one that needs more goes round in circles."""
DIED = "执行到这里程序中断：用时或内存超过限制。"


class Noticed(BaseException):
    """A scenario has failed, which is all that is to be known. Not an Exception, so that no sentence takes it for its own."""


@dataclass
class Verdict:
    """What became of a mutant: `by` is the scenario that noticed it, `""` when none of those `run` did."""

    by: str = ""
    sentence: str = ""
    message: str = ""
    run: int = 0


@dataclass
class Theatre:
    """Everything mutants are played with, in `folder`, which holds copies of `processes` and `features`.

    What was gathered lies in the folder `kept` for as long as program and procedures stay the same.
    """

    folder: Path
    kept: Path
    town: Town = field(init=False)
    sentences: Sentences = field(init=False)
    shelf: Shelf = field(init=False)

    def __post_init__(self) -> None:
        self.town = prepare(self.folder, {})
        self.sentences = Sentences()
        state = self._state()
        if (self.kept / "state").exists() and (self.kept / "state").read_text("utf-8") != state:
            shutil.rmtree(self.kept)
        (self.kept / "shelf").mkdir(parents=True, exist_ok=True)
        (self.kept / "state").write_text(state, "utf-8")
        self.shelf = Shelf(self.kept / "shelf", self.town.engine.remembered())

    def _state(self) -> str:
        """A hash of all that a kept town depends on: the program and everything deployed."""
        digest = hashlib.sha256()
        program = [
            path
            for path in (*ENGINE.rglob("*.py"), *FEATURES.glob("*.py"), *FEATURES.glob("steps/*.py"))
            if path.parent.name != "mutation"
        ]
        data = [
            path
            for path in self.folder.glob("processes/**/*")
            if path.suffix in (".bpmn", ".form", ".yml", ".html", ".dmn")
        ]
        for path in sorted([*program, *data]):
            name = path.name if path in program else path.relative_to(self.folder).as_posix()
            digest.update(f"{name}\0".encode() + path.read_bytes() + b"\0")
        return digest.hexdigest()

    @property
    def definitions(self) -> Definitions:
        return self.town.engine.definitions

    @contextlib.contextmanager
    def _stage(
        self, kind: Callable[..., AnyStage], definitions: Definitions, more: Any
    ) -> Iterator[AnyStage]:
        own = self.folder / f"stage-{os.getpid()}"
        own.mkdir()
        try:
            stage = kind(
                self.folder / "template" / DATABASE, own, self.folder / "processes", definitions, more
            )
            yield stage
            stage.town.engine.close()
        finally:
            shutil.rmtree(own, ignore_errors=True)

    def play(self, runs: Sequence[Run], tell: Callable[[Outcome], None]) -> None:
        """Play scenarios on the procedures as they are, and fill the shelf."""
        with self._stage(Gathering, self.definitions, self.shelf) as stage:
            stage.sentences = self.sentences
            stage.play(runs, _with_incidents(stage, tell))

    def judge(self, bundle: Bundle, batches: Sequence[Sequence[tuple[Run, int]]]) -> Verdict:
        """Play the scenarios, each from the sentence of that number on, on a procedure changed like this, until one fails."""
        verdict = Verdict()

        def tell(outcome: Outcome) -> None:
            verdict.run += 1
            if outcome["outcome"] == "failed":
                verdict.by, verdict.sentence = str(outcome["id"]), str(outcome["sentence"])
                verdict.message = str(outcome["message"])
                raise Noticed

        changed = self.definitions.instead(bundle)
        with contextlib.suppress(Noticed), self._stage(Trying, changed, self.sentences) as stage:
            for runs in batches:
                stage.go_on(runs, self.shelf, _with_incidents(stage, tell))
        return verdict


def _with_incidents(stage: Stage, tell: Callable[[Outcome], None]) -> Callable[[Outcome], None]:
    """A scenario that leaves behind something gone wrong has failed."""

    def told(outcome: Outcome) -> None:
        if outcome["outcome"] == "passed" and (wrong := incidents(stage.town)):
            outcome = {**outcome, "outcome": "failed", "message": f"发生了异常：{wrong[0]}"}
        tell(outcome)

    return told


def incidents(town: Town) -> list[str]:
    """What has gone wrong and is not settled."""
    with town.engine.database.reading() as session:
        return list(session.scalars(select(Incident.reason).where(Incident.resolved_at.is_(None))))


def fails_to_load(theatre: Theatre, bundle: Bundle) -> str:
    """Why the changed procedure, or one that calls it, could not be deployed, or `""`."""
    changed = theatre.definitions.instead(bundle)
    town = theatre.town.engine
    try:
        with town.database.reading() as session:
            for each in changed.all_current(session):
                if each.files is not theatre.definitions.get(session, each.id).files:
                    changed.parsed(session, each)
                    for path in each.files:
                        if path.startswith("forms/") and path.endswith(".form"):
                            each.form(path.removeprefix("forms/").removesuffix(".form"))
    except EngineError as error:
        return str(error)
    finally:
        town.close()
    return ""


Task = Callable[[], Mapping[str, Any]]


def in_copies(tasks: Sequence[Task], jobs: int) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Do each task in a process of its own, `jobs` at a time; number and answer, in the order in which they come.

    A task that dies or takes too long answers with what it seems to have died of under `died`. Raises RuntimeError with the
    text of what a task has raised: then it is the program that is wrong.
    """
    context = multiprocessing.get_context("fork")
    # What is there already is shared with the copies; looking for garbage in it would copy it.
    gc.collect()
    gc.freeze()
    waiting = list(enumerate(tasks))[::-1]
    running: dict[Any, tuple[int, Any]] = {}
    while waiting or running:
        while waiting and len(running) < jobs:
            number, task = waiting.pop()
            ours, theirs = context.Pipe(duplex=False)

            def work(task: Task = task, out: Any = theirs) -> None:
                limit_process(SECONDS, BYTES)
                sys.stdout = open(os.devnull, "w")  # noqa: SIM115  It lives as long as the process.
                try:
                    answer = task()
                except MemoryError:
                    answer = {"died": DIED}
                except Exception:
                    answer = {"broken": traceback.format_exc()}
                out.send(answer)

            process = context.Process(target=work, daemon=True)
            process.start()
            theirs.close()
            running[ours] = (number, process)
        for ready in multiprocessing.connection.wait(list(running)):
            end: Any = ready
            number, process = running.pop(end)
            answer: Mapping[str, Any]
            try:
                answer = end.recv()
            except EOFError:
                answer = {"died": DIED}
            process.join()
            if "broken" in answer:
                raise RuntimeError(str(answer["broken"]))
            yield number, answer
