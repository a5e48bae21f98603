"""Builds the front-end assets into a wheel; a checkout builds them when its server starts."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class AssetsBuildHook(BuildHookInterface[Any]):
    """Runs web/assets.py as a program, because the project is not installed while its wheel is built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the assets for a real wheel only.

        Installers re-use a cached editable build without this hook, so a checkout must never rely on it.
        """
        if self.target_name == "wheel" and version != "editable":
            subprocess.run([sys.executable, str(Path(self.root) / "web" / "assets.py")], check=True)
