"""运行统计: numbers and bars of a period, and a drawing coloured by how its steps fared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext as _

from engine import queries
from engine.clock import CN
from engine.errors import Invalid
from engine.queries import StepStatistics
from web.session import engine, me

blueprint = Blueprint("statistics", __name__)
Page = str | tuple[str, int]
MEASURES = ("days", "count", "late")
HEATS = 4
"""How many colours there are; a step nothing happened at has none."""
LEAST_DAYS = 2.0
"""Working days below which no step takes the last colour."""


@dataclass(frozen=True)
class Period:
    """The days in the address, and the usual choices."""

    begin: date | None
    end: date | None

    @property
    def asked(self) -> dict[str, str]:
        given = {"from": self.begin, "to": self.end}
        return {name: day.isoformat() for name, day in given.items() if day}


@blueprint.get("/statistics")
def page() -> Page:
    errors: Mapping[str, str] = {}
    key = request.args.get("process", "")
    try:
        period = read_period()
        found = queries.statistics(engine(), me(), key or None, period.begin, period.end)
    except Invalid as error:
        errors, key, period = error.errors, "", Period(None, None)
        found = queries.statistics(engine(), me())
    names = {each.key: each.name for each, _may in queries.startable_definitions(engine(), me())}
    shown = render_template(
        "statistics/page.html",
        found=found,
        names=names,
        process=key,
        asked=period.asked,
        months=months(),
        errors=errors,
        longest=max((each.median_days or 0 for each in found.steps), default=0),
        busiest=max((each.open for each in found.procedures), default=0),
    )
    return shown, 422 if errors else 200


@blueprint.get("/statistics/<process>")
def heat(process: str) -> Page:
    errors: Mapping[str, str] = {}
    version = request.args.get("version", type=int)
    measure = request.args.get("by", "")
    measure = measure if measure in MEASURES else MEASURES[0]
    try:
        period = read_period()
        found = queries.heat_map(engine(), me(), process, version, period.begin, period.end)
    except Invalid as error:
        errors, period = error.errors, Period(None, None)
        found = queries.heat_map(engine(), me(), process, version)
    values = {each.element: value(each, measure) for each in found.steps}
    levels = heats(values, measure)
    labels = {
        element: {"level": levels[element], "text": words(number, measure)}
        for element, number in values.items()
        if number is not None
    }
    shown = render_template(
        "statistics/heat.html",
        found=found,
        measure=measure,
        measures={"days": _("用时"), "count": _("次数"), "late": _("逾期")},
        labels=labels,
        legend=legend(values, measure),
        address=url_for("statistics.diagram", definition_id=found.definition_id),
        asked=period.asked,
        months=months(),
        errors=errors,
    )
    return shown, 422 if errors else 200


@blueprint.get("/statistics/diagrams/<int:definition_id>.bpmn")
def diagram(definition_id: int) -> Response:
    xml = queries.statistics_diagram(engine(), me(), definition_id)
    return Response(xml, mimetype="application/xml")


def read_period() -> Period:
    """The days of the address. Raises Invalid for what is none."""
    days: dict[str, date | None] = {}
    for name in ("from", "to"):
        text = request.args.get(name, "").strip()
        try:
            days[name] = date.fromisoformat(text) if text else None
        except ValueError as error:
            raise Invalid({name: _("请写成 2026-01-31 这样的日期。")}) from error
    return Period(days["from"], days["to"])


def months() -> Sequence[tuple[str, dict[str, str]]]:
    """Usual periods: this month, last month, this year."""
    today = engine().now().astimezone(CN).date()
    first = today.replace(day=1)
    last = first - timedelta(days=1)
    return [
        (_("本月"), {"from": first.isoformat(), "to": today.isoformat()}),
        (_("上月"), {"from": last.replace(day=1).isoformat(), "to": last.isoformat()}),
        (_("今年"), {"from": today.replace(month=1, day=1).isoformat(), "to": today.isoformat()}),
    ]


# ---- colours of the drawing


def value(step: StepStatistics, measure: str) -> float | None:
    """The number that colours a step; None where there is none to show."""
    if measure == "days":
        return step.median_days
    return step.done + step.open if measure == "count" else step.late


def hottest(values: Mapping[str, float | None], measure: str) -> float:
    """The number the last colour stands for; steps that take minutes are not hot, whatever the others take."""
    most = max((number or 0 for number in values.values()), default=0)
    return max(most, LEAST_DAYS) if measure == "days" and most else most


def heats(values: Mapping[str, float | None], measure: str) -> dict[str, int]:
    """Element → colour from 1 to 4 in equal steps up to the hottest; 0 for none and for nothing."""
    most = hottest(values, measure)
    return {
        element: min(HEATS, ceil(number / most * HEATS)) if number and most else 0
        for element, number in values.items()
    }


def legend(values: Mapping[str, float | None], measure: str) -> Sequence[tuple[int, str]]:
    """Each colour with the greatest number it stands for; nothing to explain where all numbers are nought."""
    most = hottest(values, measure)
    bounds = [(level, most * level / HEATS) for level in range(1, HEATS + 1)]
    if measure != "days":
        bounds = [(level, float(int(bound))) for level, bound in bounds]
    # Of few whole numbers there are fewer than colours.
    fewest = {bound: level for level, bound in reversed(bounds) if bound}
    return [
        (level, _("至 %(number)s", number=words(bound, measure))) for bound, level in sorted(fewest.items())
    ]


def words(number: float, measure: str) -> str:
    """4.1 天, 12 次."""
    if measure == "days":
        return str(_("%(number)s 天", number="<0.1" if 0 < number < 0.05 else f"{number:.1f}"))
    return str(_("%(number)s 次", number=f"{number:.1f}".removesuffix(".0")))
