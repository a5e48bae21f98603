"""Reads a processes folder into a world, with a finding for every file that cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from engine.definitions import Bundle, read_bundle
from engine.errors import BadDiagram
from engine.lint.features import Feature
from engine.lint.registry import Finding, folder_rule
from engine.lint.world import Pack, World
from engine.located_yaml import PackFileError
from engine.organisation import parse_organisation
from engine.parameters import Parameters, parse_parameters
from engine.registers import Registers, parse_registers
from engine.rules import parse_rules

PACK_FILE = folder_rule(
    "pack-file", "制度包的 organisation.yml、rules.yml、parameters.yml 缺失，或它们和 registers.yml 写错"
)
FOLDER = folder_rule("folder", "流程文件夹里没有同名的 .bpmn，或文件不是 UTF-8 文本，或文件放错了地方")
SAME_KEY = folder_rule("same-key", "两个流程用了同一个流程键")
Parsed = TypeVar("Parsed")
NO_PROCEDURES = ("calendar",)
PLACES = {".form": "forms", ".html": "documents", ".dmn": "decisions"}


def read_world(processes: Path) -> tuple[World, list[Finding]]:
    """Everything below `processes`, and what could not be read."""
    findings: list[Finding] = []
    shared = None
    if (processes / "shared" / "parameters.yml").is_file():
        shared = _parsed(
            processes,
            processes / "shared" / "parameters.yml",
            lambda text: parse_parameters(text, "shared"),
            findings,
        )
    registers = _registers(processes, processes / "shared", None, findings)
    packs = {}
    bundles: list[Bundle] = []
    for folder in _folders(processes):
        if folder.name in NO_PROCEDURES:
            continue
        if (folder / "organisation.yml").is_file():
            packs[folder.name] = _pack(processes, folder, shared, registers, findings)
        for inner in _folders(folder):
            bundle = _bundle(inner, folder.name, findings)
            if bundle is not None:
                bundles.append(bundle)
    findings += _same_keys(bundles)
    return World(tuple(bundles), packs), findings


def _folders(folder: Path) -> list[Path]:
    return sorted(each for each in folder.iterdir() if each.is_dir() and each.name[0] not in "._")


def _pack(
    processes: Path,
    folder: Path,
    shared: Parameters | None,
    registers: Registers | None,
    findings: list[Finding],
) -> Pack:
    key = folder.name
    return Pack(
        key,
        _parsed(processes, folder / "organisation.yml", lambda text: parse_organisation(text, key), findings),
        _parsed(processes, folder / "rules.yml", lambda text: parse_rules(text, key), findings),
        _parsed(
            processes, folder / "parameters.yml", lambda text: parse_parameters(text, key, shared), findings
        ),
        _registers(processes, folder, registers, findings),
    )


def _registers(
    processes: Path, folder: Path, shared: Registers | None, findings: list[Finding]
) -> Registers | None:
    """The registers of a folder; one that keeps none has those that are shared."""
    path = folder / "registers.yml"
    if not path.is_file():
        return Registers(folder.name, {}, shared)
    return _parsed(processes, path, lambda text: parse_registers(text, folder.name, shared), findings)


def _parsed(
    processes: Path, path: Path, parse: Callable[[str], Parsed], findings: list[Finding]
) -> Parsed | None:
    name = path.relative_to(processes).as_posix()
    try:
        return parse(path.read_text("utf-8"))
    except FileNotFoundError:
        findings.append(Finding(name, "", PACK_FILE, "没有这个文件。每个制度包都要有它，请补上。"))
    except UnicodeDecodeError:
        findings.append(Finding(name, "", PACK_FILE, "不是 UTF-8 文本。请另存为 UTF-8。"))
    except PackFileError as error:
        findings += [Finding(name, "", PACK_FILE, fault) for fault in error.faults]
    return None


def _bundle(folder: Path, pack: str, findings: list[Finding]) -> Bundle | None:
    name = f"{pack}/{folder.name}"
    try:
        # Feature files are read, and their faults told, by themselves.
        bundle = read_bundle(folder, pack, scenarios=False)
    except BadDiagram as error:
        findings.append(Finding(name, "", FOLDER, str(error).partition("：")[2]))
        return None
    if not bundle.files:
        return None
    if f"{folder.name}.bpmn" not in bundle.files:
        text = f"文件夹里没有 {folder.name}.bpmn。图文件要与文件夹同名，请改名或补上。"
        findings.append(Finding(name, "", FOLDER, text))
        return None
    return bundle


def _same_keys(bundles: list[Bundle]) -> list[Finding]:
    first: dict[str, Bundle] = {}
    findings = []
    for bundle in bundles:
        other = first.setdefault(bundle.key, bundle)
        if other is not bundle:
            text = (
                f"流程键“{bundle.key}”已由 {other.pack}/{other.key} 使用。流程键不能重复，请给其中一个改名。"
            )
            findings.append(Finding(f"{bundle.pack}/{bundle.key}", "", SAME_KEY, text))
    return findings


def read_features(features: Path, world: World) -> tuple[list[Feature], list[Finding]]:
    """The feature files below a folder, and those that cannot be read."""
    found: list[Feature] = []
    findings: list[Finding] = []
    for path in sorted(features.rglob("*.feature")):
        name = path.relative_to(features.parent).as_posix()
        try:
            found.append(Feature(name, path.read_text("utf-8"), world))
        except UnicodeDecodeError:
            findings.append(Finding(name, "", FOLDER, "不是 UTF-8 文本。请另存为 UTF-8。"))
    return found, findings


def surrounding(path: Path) -> Path | None:
    """The processes folder a path belongs to: itself, one above it, or the one beside its feature files."""
    for folder in (path, *path.parents):
        if folder.is_dir():
            if _holds_packs(folder):
                return folder
            if _holds_packs(folder / "processes"):
                return folder / "processes"
    return None


def _holds_packs(folder: Path) -> bool:
    return folder.is_dir() and any(folder.glob("*/organisation.yml"))


def bundle_folder(path: Path) -> Bundle:
    """The bundle a file or folder outside every processes folder belongs to. Raises BadDiagram."""
    folder = (
        path if path.is_dir() else path.parent.parent if path.parent.name in PLACES.values() else path.parent
    )
    bundle = read_bundle(folder, folder.parent.name, scenarios=False)
    if path.suffix == ".bpmn" and f"{bundle.key}.bpmn" not in bundle.files:
        # A diagram on its own, kept anywhere: its name is its key.
        return Bundle(path.stem, folder.name, {path.name: bundle.files[path.name]})
    return bundle
