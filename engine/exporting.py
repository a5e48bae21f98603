"""Writes published procedures back as files, byte for byte as they were taken in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.definitions import FEATURE, FEATURES, TEXT_SUFFIXES, Bundle, owner_of
from engine.process_engine import SHARED, ProcessEngine


def export_bundles(engine: ProcessEngine, processes: Path) -> list[str]:
    """Write every published procedure below `processes` and its scenarios below the folder `features` beside it.

    A file that says the same already is left alone, one that a procedure has no longer is taken away; what is no text of
    the procedure (pictures, hidden files) stays. What was changed is given back, relative to the folder that holds both.
    """
    with engine.database.reading() as session:
        bundles = [each.bundle for each in engine.definitions.all_current(session)]
    base = processes.parent
    keys = {bundle.key for bundle in bundles}
    changed = []
    for bundle in bundles:
        wanted = dict(_files(bundle, processes))
        for path, content in wanted.items():
            if not path.exists() or path.read_bytes() != content:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
                changed.append(path.relative_to(base).as_posix())
        for path in _there(bundle, processes, keys):
            if path not in wanted:
                path.unlink()
                changed.append(path.relative_to(base).as_posix())
    return sorted(changed)


def _files(bundle: Bundle, processes: Path) -> Iterator[tuple[Path, bytes]]:
    folder = processes / bundle.pack / bundle.key
    for path, text in bundle.files.items():
        if not path.startswith(FEATURES):
            yield folder / path, text.encode()
    for name, text in bundle.features.items():
        yield processes.parent / "features" / name, text.encode()


def _there(bundle: Bundle, processes: Path, keys: set[str]) -> Iterator[Path]:
    """The files of the procedure that lie there now."""
    folder = processes / bundle.pack / bundle.key
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and path.suffix in TEXT_SUFFIXES and not hidden:
            yield path
    pack = "*" if bundle.pack == SHARED else bundle.pack
    for path in sorted((processes.parent / "features").glob(f"{pack}/{bundle.key}*{FEATURE}")):
        if owner_of(path.stem, keys) == bundle.key:
            yield path


__all__ = ["export_bundles"]
