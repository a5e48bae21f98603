"""Writes the list of checks into docs/checks.md: `python -m engine.lint`."""

from __future__ import annotations

from pathlib import Path

from engine.lint import list_of_checks

LIST = Path(__file__).parents[2] / "docs" / "checks.md"

if __name__ == "__main__":
    LIST.write_text(list_of_checks(), "utf-8")
