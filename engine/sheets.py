"""The sheet of a user task or of a case button: its form with everything its expressions may use."""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from engine.case import Case
from engine.forms import AttachmentInfo, Form, FormContext, Option, computed_digest
from engine.functions import bind
from engine.models import Attachment, AttachmentUse, Draft, Task
from engine.process_engine import LoadedPack
from engine.spiff import OpenTask

DOER = "办理人"


@dataclass(frozen=True)
class TaskSheet:
    """An open task's form as one person sees it now."""

    form: Form
    context: FormContext
    draft: Mapping[str, Any] | None
    revision: int


def people_options(pack: LoadedPack, case: Case) -> list[Option]:
    """Everybody of the pack in office today, posts that run the program left out."""
    posts = {post.name for post in pack.organisation.posts() if post.system}
    return [
        Option(person.login, f"{person.name}，{person.title}" if person.title else person.name)
        for person in pack.organisation.people(case.tx.today)
        if set(pack.organisation.posts_of(person.login, case.tx.today)) - posts
    ]


def form_context(case: Case, login: str, names: Mapping[str, Any], scope: str) -> FormContext:
    """What the expressions and choices of a form see for this person at this place of the case."""
    organisation = case.pack.organisation

    def person_name(each: str) -> str:
        person = organisation.find_person(each)
        return person.name if person else each

    return FormContext(
        names={**names, **case.names(), DOER: login},
        functions=bind(case.scope(scope)),
        people=lambda: people_options(case.pack, case),
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
    used: set[str] = set()
    for field in form.fields():
        if field.type == "filepicker":
            used.update(data.get(str(field.key)) or [])
        elif field.type == "dynamiclist":
            for column in field.components:
                if column.type == "filepicker":
                    used.update(
                        each for row in data.get(str(field.key)) or [] for each in row.get(column.key) or []
                    )
    note_attachments(case, used, task_id)


def note_attachments(case: Case, attachments: Iterable[str], task_id: str = "") -> None:
    """Note that these files are used in the case, each once however often it comes."""
    for each in sorted(set(attachments)):
        case.tx.session.merge(AttachmentUse(attachment_id=each, instance_id=case.row.id, task_id=task_id))


def task_sheet(case: Case, login: str, task: OpenTask, row: Task) -> TaskSheet:
    """The sheet of an open task for `login`. Raises FormError, NotFound when the bundle lacks the form."""
    definition = case.versions[task.process]
    form = definition.form_of(task.element)
    context = form_context(case, login, task.data, task.scope)
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
    "DOER",
    "TaskSheet",
    "attachment_info",
    "form_context",
    "note_attachments",
    "task_sheet",
    "use_attachments",
]
