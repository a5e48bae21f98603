"""What a form may ask of its surroundings: variables, functions, the organisation and uploaded files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.forms.model import Option


@dataclass(frozen=True)
class AttachmentInfo:
    """An uploaded file: its number, its name, its size in bytes and its media type."""

    id: str
    name: str
    size: int
    mime: str


def _no_options() -> list[Option]:
    return []


def _no_attachment(identifier: str) -> AttachmentInfo | None:
    return None


def _login(login: str) -> str:
    return login


def _no_example(name: str) -> str | None:
    return None


@dataclass(frozen=True)
class FormContext:
    """One person's view of one place in a case, from which a form is filled and checked.

    `names` are the variables of the case and the names that always exist. `people`, `units` and `posts`
    give all that can be chosen of the organisation. `attachment` gives None for a file that does not
    exist or that this person may not use. `example_attachment` gives the number of a sample file by its
    name; only examples need it.
    """

    names: Mapping[str, object]
    functions: Mapping[str, Callable[..., object]]
    people: Callable[[], list[Option]] = _no_options
    units: Callable[[], list[Option]] = _no_options
    posts: Callable[[], list[Option]] = _no_options
    attachment: Callable[[str], AttachmentInfo | None] = _no_attachment
    person_name: Callable[[str], str] = _login
    example_attachment: Callable[[str], str | None] = _no_example
