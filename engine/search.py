"""The text a case is found by, for those who see all of it."""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine.models import Task

if TYPE_CHECKING:
    from engine.case import Case

MOST = 100_000
"""Characters kept of one case."""
_NOISE = re.compile(r"[0-9a-f]{32}|\d{4}-\d{2}-\d{2}T[0-9:.]+(Z|[+-][0-9:]+)")
"""Ids of files and moments: nobody types these into a search box."""


def search_text(case: "Case") -> str:
    """Title, key, public variables and all that was ever submitted, one text a line; people also by their names.

    The rows of the submissions must have been flushed.
    """
    row = case.row
    submitted = case.tx.session.scalars(
        select(Task.data)
        .where(Task.instance_id == row.id, Task.data.is_not(None))
        .order_by(Task.opened_at, Task.id)
    )
    found: dict[str, None] = {}
    for value in (row.title, row.business_key, row.public, *submitted):
        for text in _texts(value):
            found[text] = None
            person = case.pack.organisation.find_person(text)
            if person is not None:
                found[person.name] = None
    return "\n".join(found)[:MOST]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        text = value.strip()
        if text and not _NOISE.fullmatch(text):
            yield text
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)
