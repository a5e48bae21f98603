"""Who sees a whole case: written in its row, and mirrored in rows that lists are asked with."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session

from engine.models import CaseReader, ProcessInstance, Task, TaskCandidate
from engine.process_engine import ProcessEngine


def add_readers(session: Session, row: ProcessInstance, principals: Iterable[str]) -> None:
    """Let these principals see the whole case, besides those who do already."""
    row.readers = list(dict.fromkeys([*row.readers, *principals]))
    mirror_readers(session, row)


def mirror_readers(session: Session, row: ProcessInstance) -> None:
    """Make the mirror rows equal to what the case says."""
    wanted = set(row.readers)
    mirrored = set(session.scalars(select(CaseReader.principal).where(CaseReader.instance_id == row.id)))
    session.add_all(CaseReader(instance_id=row.id, principal=each) for each in sorted(wanted - mirrored))
    if mirrored - wanted:
        session.execute(
            delete(CaseReader).where(
                CaseReader.instance_id == row.id, CaseReader.principal.in_(mirrored - wanted)
            )
        )
    session.flush()


def sees_whole(engine: ProcessEngine, session: Session, login: str) -> ColumnElement[bool]:
    """The condition for cases all of which this person sees: the same as `sight` says of a single one."""
    principals = engine.principals(session, login)
    reads = select(CaseReader.instance_id).where(
        CaseReader.instance_id == ProcessInstance.id, CaseReader.principal.in_(principals)
    )
    return or_(ProcessInstance.started_by == login, reads.exists())


def has_part(engine: ProcessEngine, session: Session, login: str) -> ColumnElement[bool]:
    """The condition for cases of which this person has, or had, a task; see `sight`."""
    principals = engine.principals(session, login)
    did = select(Task.id).where(
        Task.instance_id == ProcessInstance.id, or_(Task.completed_by == login, Task.assignee == login)
    )
    asked = (
        select(TaskCandidate.task_id)
        .join(Task, Task.id == TaskCandidate.task_id)
        .where(Task.instance_id == ProcessInstance.id, TaskCandidate.principal.in_(principals))
    )
    return or_(did.exists(), asked.exists())
