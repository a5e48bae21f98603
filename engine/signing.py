"""Added signers of a task (加签): who has been asked, who has answered, and whose turn it is."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from engine.clock import iso
from engine.models import AddedSigner, Task, TaskCandidate
from engine.notices import notify

if TYPE_CHECKING:
    from engine.case import Case

BEFORE, AFTER = "before", "after"
OPEN, AGREED, OBJECTED, WITHDRAWN = "open", "agreed", "objected", "withdrawn"


_SIGNERS = select(AddedSigner).where(AddedSigner.task_id == bindparam("task")).order_by(AddedSigner.id)


def signers(session: Session, task_id: str) -> list[AddedSigner]:
    """Everyone ever asked to sign the task, in the order they were asked."""
    # Nearly every task has none, and a command asks several times.
    unsigned: set[str] = session.info.setdefault("unsigned", set())
    if task_id in unsigned:
        return []
    found = list(session.scalars(_SIGNERS, {"task": task_id}))
    if not found:
        unsigned.add(task_id)
    return found


def ask(session: Session, signer: AddedSigner) -> None:
    """Add a signer to a task."""
    session.info.get("unsigned", set()).discard(signer.task_id)
    session.add(signer)


def open_signers(session: Session, task_id: str, place: str | None = None) -> list[AddedSigner]:
    """Who has still to answer, of one place or of both."""
    return [each for each in signers(session, task_id) if each.state == OPEN and place in (None, each.place)]


def due_signers(session: Session, row: Task) -> list[AddedSigner]:
    """Whose turn it is now: after the doer one can only sign what the doer has submitted."""
    return [
        each for each in open_signers(session, row.id) if each.place == BEFORE or row.submitted is not None
    ]


def turns_of(session: Session, row: Task, principals: Collection[str]) -> list[AddedSigner]:
    """The places at which somebody who stands for these principals has to sign now."""
    return [each for each in due_signers(session, row) if f"user:{each.login}" in principals]


def let_see(session: Session, task_id: str, login: str) -> None:
    """Let a person look back at a task as its candidates do, without being one of them."""
    if session.get(TaskCandidate, (task_id, f"user:{login}")) is None:
        session.add(TaskCandidate(task_id=task_id, principal=f"user:{login}", role="see"))
        session.flush()


def let_do(session: Session, task_id: str, login: str) -> None:
    """Make a person a candidate of the task, also one who until now was only let see it."""
    candidate = session.get(TaskCandidate, (task_id, f"user:{login}"))
    if candidate is None:
        session.add(TaskCandidate(task_id=task_id, principal=f"user:{login}"))
    else:
        candidate.role = "do"
    session.flush()


def answers(session: Session, task_id: str) -> list[dict[str, Any]]:
    """Who has signed, as it stands in the history and in documents."""
    return [
        {
            "signer": each.login,
            "place": each.place,
            "agree": each.state == AGREED,
            "opinion": each.opinion,
            "at": iso(each.answered_at) if each.answered_at else None,
        }
        for each in signers(session, task_id)
        if each.state in (AGREED, OBJECTED)
    ]


def withdraw(case: "Case", row: Task) -> None:
    """The task closes without them: nobody who has still to answer needs to any more."""
    left = open_signers(case.tx.session, row.id)
    if not left:
        return
    for each in left:
        each.state = WITHDRAWN
    people = [each.login for each in left]
    case.tx.record(case.row.id, "task.signers_withdrawn", {"task": row.name, "people": people}, row.id)
    notify(
        case,
        principals(left),
        "sign",
        f"“{case.row.title}”的任务“{row.name}”已经结束，不用再加签。",
        task_id=row.id,
    )


def principals(people: Sequence[AddedSigner]) -> list[str]:
    return [f"user:{each.login}" for each in people]


__all__ = [
    "AFTER",
    "AGREED",
    "BEFORE",
    "OBJECTED",
    "OPEN",
    "WITHDRAWN",
    "answers",
    "ask",
    "due_signers",
    "let_do",
    "let_see",
    "open_signers",
    "principals",
    "signers",
    "turns_of",
    "withdraw",
]
