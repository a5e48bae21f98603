"""Deployed versions of procedures, loaded once per process: diagram, forms, templates, parsed spec."""

import hashlib
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.diagram import Diagram, read_diagram
from engine.errors import BadDiagram, NotFound
from engine.forms import Form, parse_form
from engine.models import ProcessDefinition
from engine.spiff import ParsedProcess, parse_bundle

TEXT_SUFFIXES = (".bpmn", ".form", ".yml", ".html", ".dmn", ".md")


@dataclass(frozen=True)
class Bundle:
    """The files of one procedure's folder, as text by relative path."""

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

    def form_text(self, form: str) -> str | None:
        return self.files.get(f"forms/{form}.form")

    def example_text(self, form: str) -> str | None:
        return self.files.get(f"forms/{form}.example.yml")


def read_bundle(folder: Path, pack: str) -> Bundle:
    """Read one procedure's folder; raises BadDiagram for a file that is no UTF-8 text."""
    files: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and path.suffix in TEXT_SUFFIXES and not any(p.startswith(".") for p in path.parts):
            try:
                files[name] = path.read_text("utf-8")
            except UnicodeDecodeError as error:
                raise BadDiagram(f"{pack}/{folder.name}/{name}：不是 UTF-8 文本，请另存为 UTF-8。") from error
    return Bundle(folder.name, pack, files)


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
                diagrams = {
                    key: each.files[f"{key}.bpmn"].encode()
                    for key, each in self.called(session, definition).items()
                }
                self._parsed[definition.id] = parse_bundle(definition.key, diagrams)
            return self._parsed[definition.id]
