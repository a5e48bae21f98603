"""Deployed versions of procedures, loaded once per process: diagram, forms, templates, parsed spec."""

import hashlib
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.diagram import Diagram, read_diagram
from engine.errors import BadDiagram, NotFound
from engine.forms import Form, parse_form
from engine.models import ProcessDefinition
from engine.spiff import ParsedProcess, parse_bundle

DECISIONS = "decisions/"
FEATURES, FEATURE = "features/", ".feature"
SHARED = "shared"
TEXT_SUFFIXES = (".bpmn", ".form", ".yml", ".html", ".dmn", ".md")


@dataclass(frozen=True)
class Bundle:
    """The files of one procedure, as text by relative path: those of its folder, and its scenarios.

    A scenario file of the procedure's own pack stands under `features/`, one of another pack, which only a shared procedure
    has, under `features/<pack>/`.
    """

    key: str
    pack: str
    files: Mapping[str, str]

    @property
    def hash(self) -> str:
        digest = hashlib.sha256()
        for path in sorted(self.files):
            digest.update(f"{path}\0{len(self.files[path])}\0{self.files[path]}".encode())
        return digest.hexdigest()

    @cached_property
    def diagram(self) -> Diagram:
        path = f"{self.key}.bpmn"
        if path not in self.files:
            raise BadDiagram(f"{self.pack}/{self.key}：文件夹里没有 {path}。")
        return read_diagram(self.files[path].encode(), f"{self.pack}/{self.key}/{path}")

    @property
    def decisions(self) -> dict[str, str]:
        """The decision tables of the folder as DMN text, by the name of their file."""
        return {
            path.removeprefix(DECISIONS).removesuffix(".dmn"): text
            for path, text in self.files.items()
            if path.startswith(DECISIONS) and path.endswith(".dmn")
        }

    @property
    def features(self) -> dict[str, str]:
        """The scenario files by `<pack>/<name>`, as they lie below a folder `features`."""
        found = {}
        for path, text in self.files.items():
            if path.startswith(FEATURES) and path.endswith(FEATURE):
                name = path.removeprefix(FEATURES)
                found[name if "/" in name else f"{self.pack}/{name}"] = text
        return found

    def feature_path(self, name: str) -> str:
        """Where the scenario file `<pack>/<name>` stands among the files."""
        return FEATURES + name.removeprefix(f"{self.pack}/")

    def form_text(self, form: str) -> str | None:
        return self.files.get(f"forms/{form}.form")

    def example_text(self, form: str) -> str | None:
        return self.files.get(f"forms/{form}.example.yml")


def read_bundle(folder: Path, pack: str, scenarios: bool = True) -> Bundle:
    """Read one procedure's folder, and its scenarios; raises BadDiagram for a file that is no UTF-8 text."""
    files: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and path.suffix in TEXT_SUFFIXES and not _hidden(path.relative_to(folder)):
            try:
                files[name] = _text(path)
            except UnicodeDecodeError as error:
                raise BadDiagram(f"{pack}/{folder.name}/{name}：不是 UTF-8 文本，请另存为 UTF-8。") from error
    for name, path in feature_files(folder).items() if scenarios else ():
        try:
            files[FEATURES + name.removeprefix(f"{pack}/")] = _text(path)
        except UnicodeDecodeError as error:
            raise BadDiagram(
                f"{pack}/{folder.name}/{path.name}：不是 UTF-8 文本，请另存为 UTF-8。"
            ) from error
    return Bundle(folder.name, pack, dict(sorted(files.items())))


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _text(path: Path) -> str:
    # Ends of lines stay as they are, so that what is written back is what was read.
    return path.read_bytes().decode("utf-8")


def feature_files(folder: Path) -> dict[str, Path]:
    """The scenario files of the procedure whose folder this is, by `<pack>/<name>`.

    They lie in the folder `features` beside the processes folder, by pack. A file belongs to the procedure whose key is the
    longest one that its name begins with.
    """
    processes = folder.parent.parent
    features = processes.parent / "features"
    if not features.is_dir() or not folder.name:
        return {}
    keys = {path.name for path in processes.glob("*/*") if (path / f"{path.name}.bpmn").exists()}
    packs = ["*"] if folder.parent.name == SHARED else [folder.parent.name]
    return {
        path.relative_to(features).as_posix(): path
        for pack in packs
        for path in sorted(features.glob(f"{pack}/{folder.name}*{FEATURE}"))
        if owner_of(path.stem, keys) == folder.name
    }


def owner_of(stem: str, keys: Iterable[str]) -> str | None:
    """The key of the procedure to which a scenario file of this name belongs, without its ending."""
    fitting = [key for key in keys if stem == key or stem.startswith(f"{key}_")]
    return max(fitting, key=len, default=None)


def read_bundles(processes: Path) -> list[Bundle]:
    """All procedures under `processes/`: every folder two levels down that holds a diagram of its own name."""
    bundles = []
    for pack in sorted(
        path for path in processes.iterdir() if path.is_dir() and not path.name.startswith(".")
    ):
        for folder in sorted(
            path for path in pack.iterdir() if path.is_dir() and not path.name.startswith(".")
        ):
            if (folder / f"{folder.name}.bpmn").exists():
                bundles.append(read_bundle(folder, pack.name))
    return bundles


@dataclass(frozen=True)
class Definition:
    """One deployed version."""

    id: int
    key: str
    version: int
    name: str
    pack: str
    files: Mapping[str, str]
    pins: Mapping[str, int]

    @cached_property
    def bundle(self) -> Bundle:
        return Bundle(self.key, self.pack, self.files)

    @property
    def diagram(self) -> Diagram:
        return self.bundle.diagram

    @cached_property
    def _forms(self) -> dict[str, Form]:
        return {}

    def form(self, key: str) -> Form:
        """The form of this version; raises NotFound when the bundle has none of that key."""
        if key not in self._forms:
            text = self.bundle.form_text(key)
            if text is None:
                raise NotFound(f"流程“{self.name}”第 {self.version} 版里没有表单“{key}”。")
            self._forms[key] = parse_form(text, f"{self.key}/forms/{key}.form")
        return self._forms[key]

    def form_of(self, element: str) -> Form:
        """The form of a user task: its form key, or the element's own id."""
        return self.form(str(self.diagram.elements[element].extensions.get("formKey") or element))

    def template(self, name: str) -> str:
        text = self.files.get(f"documents/{name}")
        if text is None:
            raise NotFound(f"流程“{self.name}”第 {self.version} 版里没有文书模板“{name}”。")
        return text


class Definitions:
    """Caches versions by id; they never change, so nothing is ever evicted."""

    def __init__(self) -> None:
        self._by_id: dict[int, Definition] = {}
        self._parsed: dict[int, ParsedProcess] = {}
        self._lock = threading.Lock()

    def forget(self, definition_ids: Iterable[int]) -> None:
        """Drop versions that were not deployed after all: their ids will be given to others."""
        with self._lock:
            for each in definition_ids:
                self._by_id.pop(each, None)
                self._parsed.pop(each, None)

    def instead(self, bundle: Bundle) -> "Definitions":
        """What is loaded now, but with other files in the versions of this key; for trials that leave the database alone."""
        tried = Definitions()
        tried._by_id = {
            id: replace(each, files=bundle.files) if each.key == bundle.key else each
            for id, each in self._by_id.items()
        }
        changed = {id for id, each in self._by_id.items() if each.key == bundle.key}
        # A parsed version holds those it calls.
        while (
            users := {id for id, each in self._by_id.items() if changed & set(each.pins.values())} - changed
        ):
            changed |= users
        tried._parsed = {id: each for id, each in self._parsed.items() if id not in changed}
        return tried

    def get(self, session: Session, definition_id: int) -> Definition:
        """The version of this id; raises NotFound."""
        found = self._by_id.get(definition_id)
        if found is None:
            row = session.get(ProcessDefinition, definition_id)
            if row is None:
                raise NotFound()
            found = Definition(row.id, row.key, row.version, row.name, row.pack, row.files, row.pins)
            self._by_id[definition_id] = found
        return found

    def current(self, session: Session, key: str) -> Definition:
        """The version new instances of `key` get; raises NotFound."""
        found = session.scalar(
            select(ProcessDefinition.id).where(ProcessDefinition.key == key, ProcessDefinition.current)
        )
        if found is None:
            raise NotFound(f"没有已发布的流程“{key}”。")
        return self.get(session, found)

    def all_current(self, session: Session) -> list[Definition]:
        """Every published procedure, by key."""
        ids = session.scalars(
            select(ProcessDefinition.id).where(ProcessDefinition.current).order_by(ProcessDefinition.key)
        )
        return [self.get(session, each) for each in ids]

    def called(self, session: Session, definition: Definition) -> dict[str, Definition]:
        """Process key → version, of this one and everything it calls, all pinned."""
        found = {definition.key: definition}
        queue = [definition]
        while queue:
            for key, pinned in queue.pop().pins.items():
                if key not in found:
                    found[key] = self.get(session, pinned)
                    queue.append(found[key])
        return found

    def parsed(self, session: Session, definition: Definition) -> ParsedProcess:
        """The executable spec of a version with the versions it calls."""
        with self._lock:
            if definition.id not in self._parsed:
                called = self.called(session, definition)
                self._parsed[definition.id] = parse_bundle(
                    definition.key,
                    {key: each.files[f"{key}.bpmn"].encode() for key, each in called.items()},
                    {key: each.bundle.decisions for key, each in called.items()},
                )
            return self._parsed[definition.id]
