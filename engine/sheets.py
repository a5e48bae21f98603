"""The sheet of a user task or of a case button: its form with everything its expressions may use."""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from engine.access import deputy_of
from engine.case import Case
from engine.forms import AttachmentInfo, Form, FormContext, Option, computed_digest
from engine.functions import bind
from engine.models import Attachment, AttachmentUse, Draft, Task
from engine.process_engine import LoadedPack
from engine.spiff import OpenTask

DOER, ACTED_FOR = "办理人", "代谁"
"""Who fills the sheet in, and whose deputy they are in this; None when it is their own."""
SIGNERS = "加签"
"""Under this name a document made by a task finds who has signed the task."""


@dataclass(frozen=True)
class TaskSheet:
    """An open task's form as one person sees it now."""

    form: Form
    context: FormContext
    draft: Mapping[str, Any] | None
    revision: int


def people_options(pack: LoadedPack, today: date) -> list[Option]:
    """Everybody of the pack in office on this day, posts that run the program left out."""
    posts = {post.name for post in pack.organisation.posts() if post.system}
    return [
        Option(person.login, f"{person.name}，{person.title}" if person.title else person.name)
        for person in pack.organisation.people(today)
        if set(pack.organisation.posts_of(person.login, today)) - posts
    ]


def form_context(
    case: Case, login: str, names: Mapping[str, Any], scope: str, acted_for: str | None = None
) -> FormContext:
    """What the expressions and choices of a form see for this person at this place of the case."""
    organisation = case.pack.organisation

    def person_name(each: str) -> str:
        person = organisation.find_person(each)
        return person.name if person else each

    return FormContext(
        names={**names, **case.names(), DOER: login, ACTED_FOR: acted_for},
        functions=bind(case.scope(scope)),
        people=lambda: people_options(case.pack, case.tx.today),
        units=lambda: [Option(unit.name, unit.name) for unit in organisation.units()],
        posts=lambda: [Option(post.name, post.name) for post in organisation.posts() if not post.system],
        attachment=lambda key: attachment_info(case, login, key),
        person_name=person_name,
    )


def attachment_info(case: Case, login: str, key: str) -> AttachmentInfo | None:
    """An attachment this person uploaded, or that has been submitted in this case."""
    row = case.tx.session.get(Attachment, key)
    if row is None:
        return None
    used = case.tx.session.scalar(
        select(AttachmentUse.task_id)
        .where(AttachmentUse.attachment_id == key, AttachmentUse.instance_id == case.row.id)
        .limit(1)
    )
    if row.uploaded_by != login and used is None:
        return None
    return AttachmentInfo(row.id, row.name, row.size, row.mime)


def use_attachments(case: Case, form: Form, data: Mapping[str, Any], task_id: str) -> None:
    """Note the files a form was submitted with; `task_id` is `""` for what belongs to the case and to no task."""
    note_attachments(case, files_of(form, data), task_id)


def files_of(form: Form, data: Mapping[str, Any]) -> set[str]:
    """The ids that stand in the file fields of a sheet, which need not have been checked."""
    found: set[str] = set()

    def add(value: object) -> None:
        found.update(each for each in (value if isinstance(value, list) else ()) if isinstance(each, str))

    for field in form.fields():
        if field.type == "filepicker":
            add(data.get(str(field.key)))
        elif field.type == "dynamiclist":
            rows = data.get(str(field.key))
            for row in rows if isinstance(rows, list) else ():
                for column in field.components:
                    if column.type == "filepicker" and isinstance(row, Mapping):
                        add(row.get(column.key))
    return found


def note_attachments(case: Case, attachments: Iterable[str], task_id: str = "") -> None:
    """Note that these files are used in the case, each once however often it comes."""
    for each in sorted(set(attachments)):
        case.tx.session.merge(AttachmentUse(attachment_id=each, instance_id=case.row.id, task_id=task_id))


def task_sheet(case: Case, login: str, task: OpenTask, row: Task) -> TaskSheet:
    """The sheet of an open task for `login`. Raises FormError, NotFound when the bundle lacks the form."""
    definition = case.versions[task.process]
    form = definition.form_of(task.element)
    giver = deputy_of(case.tx.engine, case.tx.session, login, [row.id]).get(row.id)
    context = form_context(case, login, task.data, task.scope, giver)
    own = case.tx.session.get(Draft, (row.id, login))
    others = case.tx.session.scalars(
        select(Draft.saved_at).where(Draft.task_id == row.id, Draft.login != login).order_by(Draft.login)
    )
    mark = f"{[moment.isoformat() for moment in others]} {computed_digest(form, context)}"
    # One whole number tells whether anything changed since the page was opened: the row's own counter above, what is
    # computed on reading below. It stays far under 2^53, so every JSON reader keeps it exact.
    revision = (row.revision << 24) | (zlib.crc32(mark.encode()) & 0xFFFFFF)
    return TaskSheet(form, context, own.data if own else None, revision)


__all__ = [
    "ACTED_FOR",
    "DOER",
    "SIGNERS",
    "TaskSheet",
    "attachment_info",
    "files_of",
    "form_context",
    "note_attachments",
    "task_sheet",
    "use_attachments",
]
