"""Forms, sheets and templates of a draft as they are opened, edited and saved by the pages of the form editor."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask import request
from flask_babel import gettext as _

from engine import commands, queries
from engine.errors import Conflict, NotFound
from engine.forms import FormError
from engine.forms.editing import FormFile, Place, form_faults
from engine.queries import DraftView
from web.session import engine, me
from web.texts import moment, person_name
from web.workshop.drafts import require_definitions

SEEN = "_seen"
"""The hidden input that tells which text of a file the page was made of."""
ATTEMPTS = 3


class Changed(Conflict):
    """Somebody else has saved the same file since the page was opened."""


@dataclass(frozen=True)
class OpenForm:
    """A form of a draft. `file` is None when it is no form at all, then `faults` say why."""

    draft: DraftView
    form: str
    text: str
    file: FormFile | None
    faults: Sequence[str]
    used_at: Sequence[str] = ()
    """The names of the elements that show it."""

    @property
    def path(self) -> str:
        return form_path(self.form)

    @property
    def example(self) -> str:
        return str(self.draft.files.get(example_path(self.form), ""))

    @property
    def title(self) -> str:
        return (self.file.title if self.file else "") or next(iter(self.used_at), self.form)

    def require(self) -> FormFile:
        """The file. Raises NotFound for one that can only be edited as text."""
        if self.file is None:
            raise NotFound(_("这张表单读不出来，请先改正文件的文字。"))
        return self.file


def form_path(form: str) -> str:
    return f"forms/{form}.form"


def example_path(form: str) -> str:
    return f"forms/{form}.example.yml"


def document_path(name: str) -> str:
    return f"documents/{name}"


def open_draft(key: str) -> DraftView:
    """The draft, for those who may change it. Raises Forbidden, NotFound."""
    require_definitions()
    return queries.process_draft(engine(), me(), key)


def open_form(key: str, form: str) -> OpenForm:
    """A form of the draft. Raises Forbidden, NotFound."""
    draft = open_draft(key)
    text = draft.files.get(form_path(form))
    if text is None:
        raise NotFound(_("草稿里没有表单“%(form)s”。", form=form))
    used_at = queries.form_places(engine(), me(), key, form)
    try:
        file = FormFile.read(text)
    except FormError as error:
        return OpenForm(draft, form, text, None, error.problems, used_at)
    return OpenForm(draft, form, text, file, form_faults(text, form_path(form)), used_at)


def mark(text: str) -> str:
    """A short mark of a text, for the page to tell which one it was made of."""
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def save_files(
    key: str, watched: str, change: Callable[[DraftView], Mapping[str, str | None]], seen: str | None = None
) -> None:
    """Save what `change` makes of the draft. Others may have saved other files meanwhile, but not `watched`.

    Raises Changed when the file is not as the page has `seen` it, Invalid for what cannot stand in a draft.
    """
    seen = request.form.get(SEEN, "") if seen is None else seen
    for attempt in range(ATTEMPTS):
        draft = open_draft(key)
        if mark(str(draft.files.get(watched, ""))) != seen:
            raise Changed(
                _(
                    "%(name)s于%(when)s改过这个文件。您填的内容还在，没有保存；请核对后再保存一次。",
                    name=person_name(draft.updated_by),
                    when=moment(draft.updated_at),
                )
            )
        try:
            commands.save_process_draft(engine(), me(), key, change(draft), draft.revision)
            return
        except Conflict:
            # Another file was saved in between: only the count of the draft is not as it was.
            if attempt == ATTEMPTS - 1:
                raise


def place_of(text: str) -> Place:
    """`3` or `3-1` → (3,) or (3, 1). Raises NotFound."""
    parts = text.split("-") if text else []
    if len(parts) > 5 or not all(part.isascii() and part.isdigit() and len(part) < 4 for part in parts):
        raise NotFound
    return tuple(int(part) for part in parts)


def place_name(place: Place) -> str:
    return "-".join(str(each) for each in place)
