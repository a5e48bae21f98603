"""A town at one moment, to come back to: what scenarios begin with in common is then played only once."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from features.steps.hands import EngineHands
from features.steps.town import Town

NOTED = ("visited", "taken", "clauses", "refusal", "logins", "prepared", "taken_out")
"""What a scenario has noted about the town so far."""


@dataclass(frozen=True)
class Moment:
    """The town as it was: database and files in a folder of their own, the clock, and what the scenario had noted."""

    folder: Path
    now: Any
    remembered: Any
    noted: Mapping[str, Any]

    def forget(self) -> None:
        """Throw it away."""
        shutil.rmtree(self.folder)


def keep(town: Town, folder: Path) -> Moment:
    """Keep the town as it is now in `folder`, which must not exist yet."""
    folder.mkdir()
    # Closing the last connection brings everything into the one file.
    town.engine.close()
    shutil.copy(town.folder / "town.db", folder / "town.db")
    if town.engine.attachments.exists():
        shutil.copytree(town.engine.attachments, folder / "attachments")
    noted = {name: copy.deepcopy(getattr(town, name)) for name in NOTED}
    return Moment(folder, town.clock.now(), town.engine.remembered(), noted)


def restore(town: Town, moment: Moment) -> None:
    """Set a town back to a moment that was kept of it, or of another town with the same processes and pack.

    Files handed in since stay in the folder: nothing in the database points to them any more.
    """
    town.engine.close()
    for file in town.folder.glob("town.db*"):
        file.unlink()
    shutil.copy(moment.folder / "town.db", town.folder / "town.db")
    if (moment.folder / "attachments").exists():
        shutil.copytree(moment.folder / "attachments", town.engine.attachments, dirs_exist_ok=True)
    for name, value in moment.noted.items():
        setattr(town, name, copy.deepcopy(value))
    town.clock.set(moment.now)
    town.engine.remember(moment.remembered)
    town.hands = EngineHands(town.engine)
