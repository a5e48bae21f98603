"""Attachments and documents, for those who see what they belong to."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from engine.access import sight
from engine.commands.attachments import path_of
from engine.errors import NotFound
from engine.models import Attachment, AttachmentUse, Document, ProcessInstance
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
