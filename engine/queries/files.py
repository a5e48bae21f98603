"""Attachments and documents, for those who see what they belong to."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from engine.access import sight
from engine.commands.attachments import path_of
from engine.errors import NotFound
from engine.models import Attachment, AttachmentUse, Document, ProcessInstance, Task
from engine.process_engine import ProcessEngine


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
            raise NotFound("附件不存在，或者您无权查看。")
        if row.uploaded_by != login and not _reaches(engine, login, attachment_id):
            raise NotFound("附件不存在，或者您无权查看。")
        return AttachmentFile(row.name, row.mime, row.size, path_of(engine.attachments, row.sha256))


def _reaches(engine: ProcessEngine, login: str, attachment_id: str) -> bool:
    with engine.database.reading() as session:
        uses = session.scalars(select(AttachmentUse).where(AttachmentUse.attachment_id == attachment_id))
        for use in uses:
            try:
                seen = sight(engine, session, login, session.get(ProcessInstance, use.instance_id))
            except NotFound:
                continue
            if seen.of_task(use.task_id):
                return True
    return False


def document_view(engine: ProcessEngine, login: str, document_id: int) -> Document:
    """A frozen document, for those who see the task it was made in or the whole case. Raises NotFound."""
    with engine.database.reading() as session:
        row = session.get(Document, document_id)
        if row is None:
            raise NotFound("文书不存在，或者您无权查看。")
        seen = sight(engine, session, login, session.get(ProcessInstance, row.instance_id))
        if not seen.of_task(row.task_id):
            raise NotFound("文书不存在，或者您无权查看。")
        return row


@dataclass(frozen=True)
class AttachmentLine:
    """A file of a case; `task` is the name of the task it was submitted with."""

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
            select(Attachment, Task)
            .join(AttachmentUse, AttachmentUse.attachment_id == Attachment.id)
            .join(Task, Task.id == AttachmentUse.task_id)
            .where(AttachmentUse.instance_id == instance_id)
            .order_by(Attachment.uploaded_at, Attachment.id)
        )
        return [
            AttachmentLine(file.id, file.name, file.size, file.uploaded_by, file.uploaded_at, task.name)
            for file, task in rows
            if seen.of_task(task.id)
        ]
