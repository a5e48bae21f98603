"""Tells a history what a case has decided by itself: decision tables asked, rounds of a multi-instance that ended early."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.access import name_of
from engine.models import InboxEntry, Task
from engine.notices import notify, people_of
from engine.spiff.views import Passed

if TYPE_CHECKING:
    from engine.case import Case

MOST_NAMES = 4
"""How many people a notification names before it only counts them."""


def note_outcomes(case: "Case", passed: Iterable[Passed]) -> None:
    """One line for each table asked and each round ended early, in order; who is no longer asked is told.

    Called before the rows of open tasks are brought up to date, while it is still known who has them.
    """
    for each in passed:
        if each.decided is None and each.cut_short is None:
            continue
        name = case.versions[each.process].diagram.elements[each.element].name or each.element
        about = {"task": name, "process": each.process, "element": each.element}
        if each.decided is not None:
            case.tx.record(case.row.id, "decision.made", {**about, **each.decided})
        if each.cut_short is not None:
            spared = _spare(case, each.id, name)
            case.tx.record(case.row.id, "round.cut_short", {**about, **each.cut_short, "people": spared})


def _spare(case: "Case", activation: str, name: str) -> list[str]:
    """Tell everyone whose task of this round is still open that they need not do it; returns their logins."""
    session = case.tx.session
    rows = list(
        session.scalars(
            select(Task)
            .where(
                Task.instance_id == case.row.id,
                Task.activation == activation,
                Task.state.in_(("open", "done")),
            )
            .order_by(Task.closed_at)
        )
    )
    done = list(
        dict.fromkeys(row.completed_by for row in rows if row.state == "done" and row.undone_at is None)
    )
    doers = "、".join(name_of(case.tx, login) for login in done[:MOST_NAMES])
    if len(done) > MOST_NAMES:
        doers += f"等 {len(done)} 人"
    spared: list[str] = []
    for row in rows:
        if row.state != "open":
            continue
        asked = session.scalars(
            select(InboxEntry.principal).where(InboxEntry.task_id == row.id, InboxEntry.role == "do")
        ).all()
        spared += people_of(case, asked)
        notify(
            case,
            asked,
            "spared",
            f"“{case.row.title}”的任务“{name}”已由{doers}办理，达到结束条件，无需再办。",
            task_id=row.id,
        )
    return list(dict.fromkeys(spared))
