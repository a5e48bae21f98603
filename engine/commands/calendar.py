"""The working-day arrangement of a year, imported when it is published or corrected."""

from engine import history
from engine.access import require_capability
from engine.calendar import CalendarError, parse_year
from engine.errors import Invalid
from engine.models import CalendarYear, Job
from engine.process_engine import ProcessEngine
from engine.transaction import begin


def import_calendar_year(engine: ProcessEngine, actor: str | None, text: str) -> int:
    """Take over a year's arrangement (YAML, see processes/calendar) and compute all deadlines again.

    Returns the year. Raises Invalid with located sentences, Forbidden.
    """
    with begin(engine, actor) as tx:
        if actor is not None:
            require_capability(tx, "calendar")
        try:
            arrangement = parse_year(text)
        except CalendarError as error:
            raise Invalid({"text": "\n".join(error.problems)}) from error
        row = tx.session.get(CalendarYear, arrangement.year)
        if row is None:
            tx.session.add(CalendarYear(year=arrangement.year, text=text, imported_at=tx.now))
        else:
            row.text, row.imported_at = text, tx.now
        tx.record(
            history.SYSTEM,
            "calendar.imported",
            {"year": arrangement.year, "status": str(arrangement.status), "source": arrangement.source},
        )
        tx.session.add(Job(kind="recompute", arguments={"watches": "*"}, made_at=tx.now))
    return arrangement.year
