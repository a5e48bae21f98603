"""Changes of the organisation: posts, portfolios. Every change is in the system history."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from engine import history
from engine.access import require_capability
from engine.errors import Invalid
from engine.models import Job, Pack
from engine.notices import tell
from engine.organisation import Organisation, OrganisationError
from engine.process_engine import ProcessEngine
from engine.transaction import Transaction, begin


def change_organisation(
    engine: ProcessEngine,
    actor: str | None,
    pack: str,
    permitted: Callable[[Transaction], str],
    kind: str,
    body: dict[str, Any],
    change: Callable[[Organisation], Organisation],
    told: Callable[[Organisation], Mapping[str, str]] | None = None,
) -> None:
    """Change the pack that `permitted` gives for the actor; `told` gives texts by login, from what it was before."""
    with begin(engine, actor) as tx:
        if actor is not None:
            pack = permitted(tx)
        row = tx.session.get(Pack, pack, with_for_update=True, populate_existing=True)
        if row is None:
            raise Invalid({"pack": f"没有制度包“{pack}”。"})
        # Not the pack as it was when leave was asked: somebody else may have changed it until the row was locked.
        before = Organisation.from_document(row.organisation, pack)
        try:
            changed = change(before)
        except OrganisationError as error:
            raise Invalid({"": str(error)}) from error
        row.organisation, row.revision, row.edited = changed.to_document(), row.revision + 1, True
        tx.record(history.SYSTEM, kind, {"pack": pack, **body})
        for login, text in (told(before) if told else {}).items():
            if login != actor:
                tell(tx, login, "delegation", text)
        # Due dates may count by people or portfolios; assignments stay with whom a task was given.
        tx.session.add(Job(kind="recompute", arguments={"watches": "*"}, made_at=tx.now))


def whoever_may(capability: str) -> Callable[[Transaction], str]:
    return lambda tx: require_capability(tx, capability)


def appoint(
    engine: ProcessEngine,
    actor: str | None,
    pack: str,
    login: str,
    post: str,
    begins: date,
    ends: date | None = None,
    leader: bool = False,
    unit: str = "",
    name: str | None = None,
    title: str = "",
) -> None:
    """Give a person a post from a day on; a new person when `name` is given and the login is not known.

    `actor` None is the installation itself (set-up, scenarios); then `pack` says which town. Raises Invalid, Forbidden.
    """

    def change(organisation: Organisation) -> Organisation:
        if name is not None and organisation.find_person(login) is None:
            organisation = organisation.with_person(login, name, title, unit)
        return organisation.with_appointment(login, post, begins, ends, unit=unit, leader=leader)

    body = {
        "person": login,
        "post": post,
        "from": begins.isoformat(),
        "to": ends.isoformat() if ends else None,
    }
    permitted = whoever_may("organisation")
    change_organisation(
        engine, actor, pack, permitted, "organisation.appointed", {**body, "leader": leader}, change
    )


def end_appointment(
    engine: ProcessEngine, actor: str | None, pack: str, login: str, post: str, last_day: date
) -> None:
    """End a person's post after `last_day`. Raises Invalid, Forbidden."""
    change_organisation(
        engine,
        actor,
        pack,
        whoever_may("organisation"),
        "organisation.ended",
        {"person": login, "post": post, "last_day": last_day.isoformat()},
        lambda organisation: organisation.with_appointment_ended(login, post, last_day),
    )


def assign_portfolio(
    engine: ProcessEngine,
    actor: str | None,
    pack: str,
    line: str,
    leader: str | None,
    begins: date,
    units: Sequence[str] | None = None,
) -> None:
    """Put a leader (None: nobody) in charge of a line from a day on; `units` None keeps its units."""
    change_organisation(
        engine,
        actor,
        pack,
        whoever_may("organisation"),
        "organisation.portfolio",
        {"line": line, "leader": leader, "from": begins.isoformat(), "units": list(units) if units else None},
        lambda organisation: organisation.with_portfolio(line, leader, begins, units=units),
    )
