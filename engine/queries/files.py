"""Attachments and documents, for those who see what they belong to."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.access import Sight, sight
from engine.case import Case
from engine.commands.attachments import path_of
from engine.errors import NotFound
from engine.forms import initial
from engine.models import Attachment, AttachmentUse, Document, ProcessInstance, Task
from engine.process_engine import ProcessEngine
from engine.sheets import task_sheet
from engine.transaction import Transaction


@dataclass(frozen=True)
class AttachmentFile:
    name: str
    mime: str
    size: int
    path: Path


def attachment_file(engine: ProcessEngine, login: str, attachment_id: str) -> AttachmentFile:
    """The file, for its uploader and for who sees a task or case it was submitted in. Raises NotFound."""
    with engine.database.reading() as session:
        row = session.get(Attachment, attachment_id)
        if row is None:
            raise NotFound()
        if row.uploaded_by != login and not _reaches(engine, login, attachment_id):
            raise NotFound()
        return AttachmentFile(row.name, row.mime, row.size, path_of(engine.attachments, row.sha256))


def _reaches(engine: ProcessEngine, login: str, attachment_id: str) -> bool:
    """It was submitted in a task this person sees, or stands in the form of one that is open."""
    with engine.database.reading() as session:
        uses = session.scalars(select(AttachmentUse).where(AttachmentUse.attachment_id == attachment_id))
        for use in uses:
            instance = session.get(ProcessInstance, use.instance_id)
            try:
                seen = sight(engine, session, login, instance)
            except NotFound:
                continue
            if seen.of_task(use.task_id) or _stands_in_a_form(
                engine, session, login, instance, seen, attachment_id
            ):
                return True
    return False


def _stands_in_a_form(
    engine: ProcessEngine,
    session: Session,
    login: str,
    instance: ProcessInstance | None,
    seen: Sight,
    attachment_id: str,
) -> bool:
    if instance is None:
        return False
    case = Case.view(Transaction(engine, session, engine.now(), login), instance)
    for task in case.live.open_tasks():
        row = session.get(Task, task.id)
        if row is not None and seen.of_task(task.id):
            sheet = task_sheet(case, login, task, row)
            if attachment_id in str(initial(sheet.form, sheet.context)):
                return True
    return False


def document_view(engine: ProcessEngine, login: str, document_id: int) -> Document:
    """A frozen document, for those who see the task it was made in or the whole case. Raises NotFound."""
    with engine.database.reading() as session:
        row = session.get(Document, document_id)
        if row is None:
            raise NotFound()
        seen = sight(engine, session, login, session.get(ProcessInstance, row.instance_id))
        if not seen.of_task(row.task_id):
            raise NotFound()
        return row


@dataclass(frozen=True)
class AttachmentLine:
    """A file of a case; `task` is the name of the task it was first submitted with, `""` when it came another way."""

    id: str
    name: str
    size: int
    uploaded_by: str
    uploaded_at: datetime
    task: str


def case_attachments(engine: ProcessEngine, login: str, instance_id: str) -> list[AttachmentLine]:
    """The files submitted in a case, as far as the person may see its tasks. Raises NotFound."""
    with engine.database.reading() as session:
        seen = sight(engine, session, login, session.get(ProcessInstance, instance_id))
        rows = session.execute(
            select(Attachment, AttachmentUse.task_id, Task.name)
            .join(AttachmentUse, AttachmentUse.attachment_id == Attachment.id)
            .outerjoin(Task, Task.id == AttachmentUse.task_id)
            .where(AttachmentUse.instance_id == instance_id)
            .order_by(Attachment.uploaded_at, Attachment.id, Task.closed_at, Task.opened_at)
        )
        found: dict[str, AttachmentLine] = {}
        for file, task_id, task in rows:
            # Later steps only show it again.
            if seen.of_task(task_id) and file.id not in found:
                found[file.id] = AttachmentLine(
                    file.id, file.name, file.size, file.uploaded_by, file.uploaded_at, task or ""
                )
        return list(found.values())
