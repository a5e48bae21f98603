"""Finds the known name nearest to a mistyped one, for messages that say what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the name in `known` most similar to `name`, or None when nothing resembles it."""
    matches = get_close_matches(name, list(known), n=1, cutoff=0.4)
    return matches[0] if matches else None


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return “；最接近的是“…”” ready to follow a sentence, or an empty text when nothing resembles `name`."""
    match = nearest(name, known)
    return f"；最接近的是“{match}”" if match else ""
