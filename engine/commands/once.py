"""A submission repeated with the same idempotency key gets the first answer and changes nothing."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine.errors import Conflict
from engine.models import Idempotency
from engine.transaction import Transaction

Result = dict[str, Any]


def answered(session: Session, actor: str, key: str | None, command: str, **target: str | int) -> bool:
    """Whether this very submission has been answered before."""
    row = session.get(Idempotency, (actor, key[:100])) if key else None
    return (
        row is not None
        and row.command == command
        and all(row.result.get(name) == value for name, value in target.items())
    )


def once(
    tx: Transaction, command: str, key: str | None, do: Callable[[], Result], **target: str | int
) -> Result:
    """Run `do` unless this person has already sent `key`.

    `target` is what the command acts on, as its result names it. Raises Conflict when the key was for another command or
    another target: answering as if it had been done would lose the submission.
    """
    if not key or tx.actor is None:
        return do()
    key = key[:100]
    row = Idempotency(login=tx.actor, key=key, command=command, result={}, at=tx.now)
    before = tx.session.get(Idempotency, (tx.actor, key))
    if before is None:
        try:
            # Taken before the work is done: a repetition that runs at the same moment waits here for the first.
            with tx.session.begin_nested():
                tx.session.add(row)
        except IntegrityError:
            before = tx.session.get_one(Idempotency, (tx.actor, key), populate_existing=True)
    if before is None:
        row.result = do()
        return row.result
    other = any(before.result.get(name) != value for name, value in target.items())
    if before.command != command or other:
        raise Conflict("这个提交标识已用于另一项操作，请刷新页面后重试。")
    return before.result
