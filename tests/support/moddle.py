"""Opens diagrams with the libraries of desktop modellers for Camunda 7, in one Node.js process for all files.

`python -m tests.support.moddle` installs the libraries into .cache; the tests themselves fetch nothing.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from web import assets

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "tests" / "processes" / "moddle"
CACHE = ROOT / ".cache" / "moddle"
_PACKAGE = ("package.json", "package-lock.json", ".npmrc")
REMEDY = "The libraries that open diagrams like a desktop modeller are missing or outdated: run ./run setup."


@dataclass(frozen=True)
class Opened:
    """What a modeller makes of a diagram."""

    original: str
    """The text it has read."""
    warnings: tuple[str, ...]
    saved: str
    """The text it would save."""
    difference: str
    """Where the model read from the saved text first differs from the first one; empty when nowhere."""


class NotInstalledError(RuntimeError):
    """The libraries are missing; the message is the remedy."""


def prepare() -> None:
    """Install the locked libraries unless they are there already. Raises web.assets.AssetsError."""
    CACHE.mkdir(parents=True, exist_ok=True)
    for name in _PACKAGE:
        shutil.copy(SOURCE / name, CACHE)
    assets.npm_ci(CACHE)


def open_diagrams(paths: Sequence[Path]) -> dict[Path, Opened]:
    """Open, save and open again each diagram. Raises NotInstalledError."""
    lock = CACHE / "package-lock.json"
    installed = (CACHE / "node_modules" / "bpmn-moddle").is_dir()
    if not installed or lock.read_bytes() != (SOURCE / "package-lock.json").read_bytes():
        raise NotInstalledError(REMEDY)
    # The script looks for the libraries beside itself.
    script = shutil.copy(SOURCE / "check.mjs", CACHE)
    done = subprocess.run(
        [*assets.find_node().node, str(script)],
        input=json.dumps([str(path) for path in paths]),
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=120,
    )
    found = json.loads(done.stdout)
    return {path: _opened(found[str(path)]) for path in paths}


def _opened(found: dict[str, Any]) -> Opened:
    return Opened(found["original"], tuple(found["warnings"]), found["saved"], found["difference"])


def main() -> int:
    """Install the libraries."""
    try:
        prepare()
    except assets.AssetsError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
