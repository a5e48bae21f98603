"""Writes docs/functions.md: `python -m engine.functions > docs/functions.md`."""

from engine.functions.catalogue import as_markdown

print(as_markdown(), end="")
