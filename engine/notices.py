"""Notifications inside the application: one line for each person addressed."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from engine.models import Notification

if TYPE_CHECKING:
    from engine.case import Case


def people_of(case: "Case", principals: Iterable[str]) -> list[str]:
    """Logins behind principals (`user:…`, `post:<pack>/<post>`) today, each once."""
    found: list[str] = []
    for principal in principals:
        kind, _, name = principal.partition(":")
        if kind == "user":
            found.append(name)
        else:
            post = name.partition("/")[2]
            found.extend(p.login for p in case.pack.organisation.holders(post, case.tx.today))
    return list(dict.fromkeys(found))


def notify(
    case: "Case", principals: Iterable[str], kind: str, text: str, task_id: str | None = None
) -> list[str]:
    """Write the line for everyone addressed; returns their logins."""
    logins = people_of(case, principals)
    case.tx.session.add_all(
        Notification(
            login=login, at=case.tx.now, kind=kind, text=text, instance_id=case.row.id, task_id=task_id
        )
        for login in logins
    )
    case.tx.session.flush()
    return logins
