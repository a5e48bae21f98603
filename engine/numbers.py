"""Numbers of series: gapless per pack and year, because a number is given in the transaction that uses it."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from engine.models import NumberGiven, NumberSeries
from engine.transaction import Transaction

ASIDE = "undone:"
"""How the place of a number begins whose call or sub-process was undone by a return."""


def give(tx: Transaction, pack: str, instance_id: str, element: str, series: str, pattern: str) -> str:
    """The number of `series` for this element of this case: the one given before, or the next one.

    `pattern` has `{年}` and `{序}` for the year and the running number.
    """
    given = tx.session.get(NumberGiven, (instance_id, element, series)) or _taken_up(
        tx, instance_id, element, series
    )
    if given is None:
        year = tx.today.year
        text = pattern.replace("{年}", str(year)).replace("{序}", str(_next(tx, pack, series, year)))
        given = NumberGiven(instance_id=instance_id, element=element, series=series, value=text)
        tx.session.add(given)
        tx.session.flush()
    return given.value


def put_aside(tx: Transaction, instance_id: str, scopes: Collection[str]) -> None:
    """Keep the numbers given in calls and sub-processes that are being undone, for when they are done again."""
    for given in tx.session.scalars(select(NumberGiven).where(NumberGiven.instance_id == instance_id)):
        scope, _, place = given.element.partition("/")
        if scope in scopes:
            # Several rounds of the same element: the earliest is taken up first.
            given.element = f"{ASIDE}{scope}/{place}"
    tx.session.flush()


def _taken_up(tx: Transaction, instance_id: str, element: str, series: str) -> NumberGiven | None:
    """The number the same element had before it was undone."""
    place = element.partition("/")[2]
    given: NumberGiven | None = tx.session.scalars(
        select(NumberGiven)
        .where(
            NumberGiven.instance_id == instance_id,
            NumberGiven.series == series,
            NumberGiven.element.startswith(ASIDE, autoescape=True),
            NumberGiven.element.endswith(f"/{place}", autoescape=True),
        )
        .order_by(NumberGiven.element)
        .limit(1)
    ).first()
    if given is not None:
        given.element = element
        tx.session.flush()
    return given


def _next(tx: Transaction, pack: str, series: str, year: int) -> int:
    dialect = sqlite if tx.engine.database.sqlite else postgresql
    # Insert the first row of a year only if nobody else has; then everybody queues for its lock.
    tx.session.execute(
        dialect.insert(NumberSeries)
        .values(pack=pack, series=series, year=year, last=0)
        .on_conflict_do_nothing()
    )
    row = tx.session.scalars(
        select(NumberSeries)
        .where(NumberSeries.pack == pack, NumberSeries.series == series, NumberSeries.year == year)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    row.last += 1
    tx.session.flush()
    return row.last
