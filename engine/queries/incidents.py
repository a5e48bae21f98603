"""One failure of a case, for those who look after such: what, where, with which values, and where the case may be moved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.access import require_capability, sight
from engine.case import Case
from engine.errors import EngineError, NotFound
from engine.incidents import movable, open_incident
from engine.process_engine import ProcessEngine
from engine.spiff import Immovable
from engine.suspension import SUSPENDED
from engine.transaction import Transaction


@dataclass(frozen=True)
class Place:
    """An element the case could be moved to; `why_not` says why it cannot, else it is empty."""

    element: str
    name: str
    why_not: str


@dataclass(frozen=True)
class IncidentView:
    """An incident with its remedies.

    `values` are those the expression saw, None for who does not see the whole case, and so is `title` for who sees nothing
    of it. `key` is the procedure's, `process` its name. `standing` is the element the case stands at; with `immovable` the
    case cannot be moved at all, for this reason.
    """

    id: int
    instance_id: str
    title: str | None
    key: str
    process: str
    version: int
    command: str
    element: str
    element_name: str
    expression: str
    reason: str
    values: Mapping[str, Any] | None
    at: datetime
    suspended: bool
    standing: str
    places: Sequence[Place]
    immovable: str


def incident_view(engine: ProcessEngine, login: str, incident_id: int) -> IncidentView:
    """An open incident of the person's own pack. Raises Forbidden, NotFound."""
    with engine.database.reading() as session:
        tx = Transaction(engine, session, engine.now(), login)
        incident, row = open_incident(session, require_capability(tx, "incidents"), incident_id)
        definition = engine.definitions.get(session, row.definition_id)
        try:
            seen, title = sight(engine, session, login, row), row.title
        except NotFound:
            seen, title = None, None
        standing, places, immovable = "", list[Place](), ""
        try:
            token = movable(Case.view(tx, row), incident)
            standing = token.name
            places = [Place(element, name, why) for element, (name, why) in token.targets.items()]
        except Immovable as error:
            immovable = str(error)
        except EngineError as error:
            immovable = str(error).rstrip("。")
        return IncidentView(
            incident.id,
            row.id,
            title,
            row.key,
            definition.name,
            definition.version,
            incident.command,
            incident.element,
            incident.element_name,
            incident.expression,
            incident.reason,
            incident.values if seen is not None and seen.whole else None,
            incident.at,
            row.state == SUSPENDED,
            standing,
            sorted(places, key=lambda place: bool(place.why_not)),
            immovable,
        )


__all__ = ["IncidentView", "Place", "incident_view"]
