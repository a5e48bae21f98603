"""Notifications inside the application: one line for each person addressed."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import insert

from engine.models import Notification, Task

if TYPE_CHECKING:
    from engine.case import Case
    from engine.transaction import Transaction


def people_of(case: "Case", principals: Iterable[str], deputies: bool = False) -> list[str]:
    """Logins behind principals (`user:…`, `post:<pack>/<post>`) today, each once; their deputies, if asked for, last."""
    organisation, today = case.pack.organisation, case.tx.today
    running = {post.name for post in organisation.posts() if post.system}
    found: list[str] = []
    acting: list[str] = []
    for principal in principals:
        kind, _, name = principal.partition(":")
        post = "" if kind == "user" else name.partition("/")[2]
        logins = [name] if kind == "user" else [p.login for p in organisation.holders(post, today)]
        found.extend(logins)
        if deputies and post not in running:
            acting.extend(each.login for login in logins for each in organisation.deputies(login, today))
    return list(dict.fromkeys([*found, *acting]))


def _personal(case: "Case", task_id: str) -> bool:
    row = case.tx.session.get(Task, task_id)
    if row is None:
        return False
    # The case may have come to a version in which a finished element is no more.
    definition = case.tx.engine.definitions.get(case.tx.session, row.definition_id)
    return definition.diagram.elements[row.element].personal


def tell(
    tx: "Transaction",
    login: str,
    kind: str,
    text: str,
    instance_id: str | None = None,
    task_id: str | None = None,
) -> None:
    """Write a line for this person and nobody else."""
    line = Notification(
        login=login, at=tx.now, kind=kind, text=text, instance_id=instance_id, task_id=task_id
    )
    tx.session.add(line)
    tx.session.flush()


def notify(
    case: "Case", principals: Iterable[str], kind: str, text: str, task_id: str | None = None
) -> list[str]:
    """Write the line for everyone addressed and for their deputies; returns their logins.

    A task that no deputy may do is no deputy's concern.
    """
    logins = people_of(case, principals, deputies=not (task_id and _personal(case, task_id)))
    line = {"at": case.tx.now, "kind": kind, "text": text, "instance_id": case.row.id, "task_id": task_id}
    if logins:
        # One statement for all of them; nobody needs the numbers of the lines.
        case.tx.session.execute(insert(Notification), [{"login": login, **line} for login in logins])
    return logins
