"""A submission repeated with the same idempotency key gets the first answer and changes nothing."""

from collections.abc import Callable
from typing import Any

from engine.errors import Conflict
from engine.models import Idempotency
from engine.transaction import Transaction

Result = dict[str, Any]


def once(tx: Transaction, command: str, key: str | None, do: Callable[[], Result], **target: str) -> Result:
    """Run `do` unless this person has already sent `key`.

    `target` is what the command acts on, as its result names it. Raises Conflict when the key was for another command or
    another target: answering as if it had been done would lose the submission.
    """
    if not key or tx.actor is None:
        return do()
    key = key[:100]
    before = tx.session.get(Idempotency, (tx.actor, key))
    if before is not None:
        other = any(before.result.get(name) != value for name, value in target.items())
        if before.command != command or other:
            raise Conflict("这个提交标识已用于另一项操作，请刷新页面后重试。")
        return before.result
    result = do()
    tx.session.add(Idempotency(login=tx.actor, key=key, command=command, result=result, at=tx.now))
    return result
