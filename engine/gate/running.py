"""Runs the scenarios a change touches, in processes of their own that hold nothing but the procedures and a clock."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import yaml

from engine.definitions import Bundle
from engine.gate.candidate import Candidate, Published, readable, repealed, users
from engine.gate.rules import Outcome
from engine.gate.scenarios import (
    Scenario,
    Unreadable,
    certain,
    counterpart,
    follow,
    named,
    only,
    read_scenarios,
    renamed,
    same,
)
from engine.parameters import NO, YES, Value
from engine.process_engine import SHARED

ROOT = Path(__file__).resolve().parents[2]
WALL_SECONDS = 900.0
CPU_SECONDS = 600
BYTES = 2 << 30
PASSED_ON = frozenset(
    [
        "HOME",
        "LANG",
        "LC_ALL",
        "PATH",
        "PYTHONHOME",
        "PYTHONPATH",
        "SYSTEMROOT",
        "TEMP",
        "TMP",
        "TMPDIR",
        "TZ",
    ]
)
RUNNER = (sys.executable, "-m", "features.gate")
"""The scenarios' steps need libraries of their own, and a faulty procedure must not take the server with it."""


@dataclass(frozen=True)
class Plan:
    """What is to be run: `files` to be written, `<pack>/<name>` → text, and which of their scenarios."""

    files: Mapping[str, str]
    scenarios: tuple[str, ...] = ()
    renamed: Mapping[str, str] | None = None
    """Of procedures that do not change: scenario files whose names follow the change, with their new text."""

    @property
    def nothing(self) -> bool:
        return not self.files


def plan(candidate: Candidate, now: Published, asked: Collection[str] = ()) -> Plan:
    """Which scenarios a change touches.

    Its own, and of the other files every scenario that starts the procedure or one that calls it or starts it by message, by
    whatever way: without one of these no case of it comes into being. A hard scenario of the published version that the
    change has dropped or altered runs as it was. With `asked` only those.
    """
    own = {name: text for bundle in candidate.bundles for name, text in bundle.features.items()}
    before, after = readable(now.bundles), readable(candidate.after(now))
    started: set[str] = set()
    for key in candidate.by_key:
        for diagrams in (before, after):
            started |= {diagrams[each].name for each in {key, *users(key, diagrams)} if each in diagrams}
    changed = moved_names(candidate, now)
    others, following = {}, {}
    for key, bundle in now.bundles.items():
        if key in candidate.by_key:
            continue
        for name, text in bundle.features.items():
            new = follow(text, _elsewhere(changed, key, now))
            if new != text:
                following[name] = new
            if any(f"发起“{each}”" in text or f"发起“{each}”" in new for each in started):
                others[name] = new
    files = {**others, **own, **_as_they_were(candidate, now)}
    if asked:
        wanted = {each.partition("::")[0] for each in asked}
        files = {name: text for name, text in files.items() if name in wanted}
        return Plan(files, tuple(sorted(asked)), following)
    return Plan(files, _starting(files, others, started), following)


def _starting(
    files: Mapping[str, str], others: Mapping[str, str], started: Collection[str]
) -> tuple[str, ...]:
    """The ids of all scenarios, without those of other procedures that start none of these; nothing means all."""
    try:
        every = read_scenarios(files)
    except Unreadable:
        return ()
    words = [f"发起“{name}”" for name in started]
    chosen = [
        each.id for each in every if each.file not in others or any(word in each.words for word in words)
    ]
    return tuple(chosen) if len(chosen) < len(every) else ()


def moved_names(candidate: Candidate, now: Published) -> dict[str, str]:
    """Old → new for everything the change renames without doubt."""
    found: dict[str, str] = {}
    for bundle in candidate.bundles:
        found |= certain(renamed(now.bundles.get(bundle.key), bundle))
    return found


def _elsewhere(names: Mapping[str, str], key: str, now: Published) -> dict[str, str]:
    """Those of the names that nothing of the procedure `key` itself bears."""
    if not names:
        return {}
    own = set(named(now.bundles[key]).values())
    return {old: new for old, new in names.items() if old not in own}


def _as_they_were(candidate: Candidate, now: Published) -> dict[str, str]:
    """Files with the published hard scenarios that the change has dropped or altered, names followed."""
    found = {}
    for bundle in candidate.bundles:
        before = now.bundles.get(bundle.key)
        if before is None:
            continue
        names = renamed(before, bundle)
        after = [each for other in candidate.bundles for each in _read(other)]
        for name, text in before.features.items():
            every = [each for each in _read(before) if each.file == name]
            lost = [
                each
                for each in every
                if each.hard
                and not _kept(each, after, names)
                # What a clause demanded that is no longer a rule need not hold any more.
                and not repealed(candidate, now, each.tags)
            ]
            if lost:
                kept = follow(only(text, lost, every), certain(names))
                found[name.removesuffix(".feature") + "（已发布）.feature"] = kept
    return found


def _read(bundle: Bundle) -> list[Scenario]:
    try:
        return read_scenarios(bundle.features)
    except Unreadable:
        return []


def _kept(old: Scenario, after: Sequence[Scenario], names: Any) -> bool:
    new = counterpart(old, after, names)
    return new is not None and same(old, new, names)


# -- the folder


@contextmanager
def stage(processes: Path, candidate: Candidate, now: Published, plan: Plan) -> Iterator[Path]:
    """A temporary folder with everything the run needs; it is removed afterwards."""
    source = candidate.folder or processes
    with tempfile.TemporaryDirectory(prefix="guicheng-gate-") as name:
        folder = Path(name)
        target = folder / "processes"
        for bundle in candidate.after(now).values():
            for path, text in bundle.files.items():
                if not path.startswith("features/"):
                    _write(target / bundle.pack / bundle.key / path, text)
        for pack, texts in candidate.texts(now).items():
            for each, text in texts.items():
                _write(target / pack / f"{each}.yml", text)
            _write(target / pack / "organisation.yml", _organisation(source, pack, now))
        for file in source.glob(f"{SHARED}/*.yml"):
            _write(target / SHARED / file.name, file.read_bytes().decode())
        if (source / "calendar").is_dir():
            shutil.copytree(source / "calendar", target / "calendar")
        for each, text in plan.files.items():
            _write(folder / "features" / each, text)
        asked = {
            "files": sorted(plan.files),
            "scenarios": list(plan.scenarios),
            "parameters": _parameters(candidate, now),
            "jobs": os.cpu_count() or 1,
            "seconds": CPU_SECONDS,
            "bytes": BYTES,
        }
        _write(folder / "gate.json", orjson.dumps(asked).decode())
        yield folder


def leave_out(folder: Path, plan: Plan, known: Collection[str]) -> bool:
    """Take scenarios (ids) out of what is to be run in a prepared folder; whether any is left."""
    if not known:
        return True
    every = plan.scenarios or tuple(each.id for each in read_scenarios(plan.files))
    asked = orjson.loads((folder / "gate.json").read_bytes())
    asked["scenarios"] = [each for each in every if each not in known]
    _write(folder / "gate.json", orjson.dumps(asked).decode())
    return bool(asked["scenarios"])


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def _organisation(source: Path, pack: str, now: Published) -> str:
    """The organisation the scenarios were written for: that of the file, not of today."""
    path = source / pack / "organisation.yml"
    if path.exists():
        return path.read_text("utf-8")
    organisation = now.world.packs[pack].organisation
    assert organisation is not None
    return str(yaml.safe_dump(organisation.to_document(), allow_unicode=True, sort_keys=False))


def _parameters(candidate: Candidate, now: Published) -> dict[str, dict[str, str]]:
    """What is set in the program, changed as the candidate wants, in the words a person would write."""
    found: dict[str, dict[str, str]] = {}
    for pack in {*now.values, *candidate.parameters}:
        values = {**now.values.get(pack, {}), **candidate.parameters.get(pack, {})}
        loaded = now.world.packs.get(pack)
        written = loaded.parameters if loaded else None
        for name, value in values.items():
            known = {each.name: each for each in written.parameters()} if written else {}
            if name in known and not known[name].hard:
                found.setdefault(pack, {})[name] = as_words(value)
    return found


def as_words(value: Value) -> str:
    """A parameter's value as people write it."""
    return (YES if value else NO) if isinstance(value, bool) else str(value)


# -- the process


@dataclass
class Running:
    """A run under way; `stop` may be called from any thread."""

    process: subprocess.Popen[bytes]
    stopped: bool = False

    def stop(self) -> None:
        self.stopped = True
        self.kill()

    def kill(self) -> None:
        # The runner has started processes itself, all in a group of its own.
        try:
            os.killpg(self.process.pid, 9)
        except (ProcessLookupError, PermissionError, AttributeError):
            self.process.kill()


def run_scenarios(
    folder: Path,
    tell: Callable[[Mapping[str, Any]], None],
    started: Callable[[Running], None] = lambda running: None,
    seconds: float = WALL_SECONDS,
    command: Sequence[str] = RUNNER,
) -> str:
    """Run what lies in the folder; `tell` gets every line. What kept it from coming to its end, or `""`."""
    # Nothing of the server's surroundings that might hold a secret goes along.
    environment = {key: value for key, value in os.environ.items() if key.upper() in PASSED_ON}
    path = [str(ROOT), *environment.get("PYTHONPATH", "").split(os.pathsep)]
    environment |= {"PYTHONPATH": os.pathsep.join(filter(None, path)), "PYTHONIOENCODING": "utf-8"}
    # The folder the run lies in must not be looked into for modules.
    environment["PYTHONSAFEPATH"] = "1"
    errors = tempfile.TemporaryFile()  # noqa: SIM115  It is closed at the end, after it has been read.
    process = subprocess.Popen(
        [*command, str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=errors,
        cwd=folder,
        env=environment,
        start_new_session=True,
    )
    running = Running(process)
    started(running)
    late = threading.Timer(seconds, running.kill)
    late.daemon = True
    late.start()
    begun, ended, broken = time.monotonic(), False, ""
    try:
        assert process.stdout is not None
        for line in process.stdout:
            try:
                said = orjson.loads(line)
            except orjson.JSONDecodeError:
                continue
            if said.get("kind") == "end":
                ended = True
            elif said.get("kind") == "broken":
                broken = str(said["message"])
            else:
                tell(said)
        process.wait()
    finally:
        late.cancel()
        running.kill()
        process.wait()
        errors.seek(0)
        last = errors.read()[-2000:].decode("utf-8", "replace").strip().splitlines()
        errors.close()
    if running.stopped or (ended and not broken):
        return ""
    if broken:
        return broken
    if time.monotonic() - begun >= seconds:
        return f"试跑超过 {seconds:.0f} 秒，已经停止。流程可能没完没了地转。"
    return "试跑的程序中断：用时或内存超过限制。" + (f"（{last[-1]}）" if last else "")


__all__ = [
    "Outcome",
    "Plan",
    "Running",
    "as_words",
    "leave_out",
    "moved_names",
    "plan",
    "run_scenarios",
    "stage",
]
