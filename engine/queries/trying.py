"""What a deadline would give, tried out with sample values while somebody writes its expression."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from engine.clock import CN
from engine.deadlines import due_moment, facts
from engine.definitions import Bundle
from engine.drafts import bundle_of, own_pack, require_draft
from engine.errors import BadDiagram, Invalid
from engine.explain import due_sentence
from engine.expressions import Expression, ExpressionError, compile_expression, compile_script
from engine.functions import CATALOGUE, Call, Scope, bind
from engine.functions.dates import chinese_day
from engine.located_yaml import Document, PackFileError
from engine.process_engine import ProcessEngine
from engine.queries.modelling import FORMS, packs_of_draft

DAYS_AHEAD = 14
"""How far ahead the sample date lies when no example sheet gives one."""


@dataclass(frozen=True)
class DuePreview:
    """What an expression for a moment gives for sample values; `sentence` says it, or what is wrong with it."""

    ok: bool
    sentence: str
    due: str = ""
    """As `2026-09-29 17:30`; empty when the values leave it open."""
    names: Sequence[str] = ()
    """The dates it starts from, to try another day with."""
    day: str = ""
    """The sample date used, when it needed one that no example gives."""


class _Anything:
    """Stands for a value nothing is known of: it meets every condition."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]  # What equals everything has no hash.


class _Row(dict[str, Any]):
    """A case that fits whatever is asked for."""

    def get(self, key: str, default: Any = None) -> Any:
        return self[key] if key in self else _Anything()


class _Sampled:
    """Other cases as a preview sees them: one of each procedure, with the sample values."""

    def __init__(self, values: Mapping[str, Any]):
        self.values = values

    def waiting(self, _message: str) -> list[dict[str, Any]]:
        return [_Row(self.values)]

    def instances(self, _key: str, ended: bool) -> list[dict[str, Any]]:
        return [] if ended else [_Row(self.values)]

    def submissions(self, _element: str) -> list[dict[str, Any]]:
        return [_Row(self.values)]

    def last_value(self, field: str) -> Any:
        return self.values.get(field)


def due_preview(
    engine: ProcessEngine, login: str, key: str, expression: str, day: str | None = None
) -> DuePreview:
    """What a due date or timer would be: values come from the example sheets, dates from `day` when it is given.

    Raises NotFound, Forbidden, and Invalid for a `day` that is none.
    """
    chosen = _day(day)
    with engine.database.reading() as session:
        draft = require_draft(session, key, own_pack(engine, session, login))
        packs = packs_of_draft(engine, session, login, draft)
        trace: list[Call] = []
        scope = Scope(
            engine.now(),
            engine.calendar(session),
            packs[0].organisation,
            packs[0].parameters,
            packs[0].key,
            _Sampled({}),
            trace=trace,
        )
        bundles = [bundle_of(draft), *(each.bundle for each in engine.definitions.all_current(session))]
    if not expression.strip():
        return DuePreview(True, "没有时限。")
    try:
        compiled = compile_expression(expression)
        samples = _samples(bundles, compiled, scope)
        wanted = chosen or _first_day(samples.values()) or scope.today + timedelta(days=DAYS_AHEAD)
        values = {name: _value(samples.get(name), wanted, chosen) for name in _asked(compiled)}
        scope.cases = _Sampled(values)
        trace.clear()
        known = {name: values[name] for name in compiled.names}
        result = _evaluated(compiled, known, scope, [name for name in compiled.names if name not in samples])
        moment = due_moment(result, scope)
        why = due_sentence(facts(expression, known, trace, result), moment) or "待定"
    except ExpressionError as error:
        return DuePreview(False, str(error))
    except _Unknown as error:
        return DuePreview(True, f"案卷里有了“{'”“'.join(error.names)}”才算得出，这里没有样例可以试算。")
    except (ValueError, TypeError):
        return DuePreview(False, "结果不是日期或时刻。请检查这个表达式，例如 ${工作日前(日期, 2)}。")
    dated = [name for name, value in values.items() if _is_day(value)]
    return DuePreview(
        True,
        _words(why, moment, {name: values[name] for name in dated}),
        f"{moment.astimezone(CN):%Y-%m-%d %H:%M}" if moment else "",
        dated,
        wanted.isoformat() if dated else "",
    )


def _words(why: str, moment: datetime | None, days: Mapping[str, str]) -> str:
    """E.g. “如“会议日期”为 2026年10月8日，则为 2026年9月29日 17:30（跨国庆节）”."""
    if moment is None or not days:
        return why
    given = "、".join(f"“{name}”为 {chinese_day(date.fromisoformat(day[:10]))}" for name, day in days.items())
    local = moment.astimezone(CN)
    notes = f"（{why.rpartition('（')[2]}" if why.endswith("）") else ""
    return f"如{given}，则为 {chinese_day(local.date())} {local:%H:%M}{notes}"


def _day(day: str | None) -> date | None:
    try:
        return date.fromisoformat(day) if day else None
    except ValueError as error:
        raise Invalid({"day": "请填写日期，例如 2026-10-08。"}) from error


def _evaluated(compiled: Expression, known: Mapping[str, Any], scope: Scope, guessed: Sequence[str]) -> Any:
    """The result. Raises _Unknown when it fails and some of the values had to be guessed, else ExpressionError."""
    try:
        return compiled.evaluate(known, bind(scope))
    except ExpressionError as error:
        if guessed and set(compiled.names) <= known.keys() and _callable(compiled):
            raise _Unknown(guessed) from error
        raise


class _Unknown(Exception):
    """It cannot be computed without values of these names."""

    def __init__(self, names: Sequence[str]):
        super().__init__(*names)
        self.names = sorted(names)


def _callable(compiled: Expression) -> bool:
    """Whether all functions it calls exist, so that only a value can be at fault."""
    return all(call.name in CATALOGUE for call in compiled.calls)


def _asked(compiled: Expression) -> list[str]:
    """The names it uses, and those it asks other cases or the history for."""
    found = set(compiled.names)
    for call in compiled.calls:
        entry = CATALOGUE.get(call.name)
        if entry is not None and entry.queries:
            # The first argument names the process or the message that is asked; one's own case has no such name.
            asked = call.arguments if entry.queries == "case" else call.arguments[1:]
            found |= {text for text in asked if isinstance(text, str)}
    return sorted(found)


def _samples(bundles: Sequence[Bundle], compiled: Expression, scope: Scope) -> dict[str, Any]:
    """What the example sheets say for the names of the expression, the draft's own first; then what scripts set."""
    found: dict[str, Any] = {}
    wanted = set(_asked(compiled))
    for bundle in bundles:
        for path, text in sorted(bundle.files.items()):
            if path.startswith(FORMS) and path.endswith(".yml") and wanted - set(found):
                for name, value in _sheet(text).items():
                    if name in wanted:
                        found.setdefault(name, _settled(value, scope))
    for name in sorted(wanted - set(found)):
        value = _set_by_script(bundles[0], name, found, scope)
        if value is not None:
            found[name] = value
    return {name: value for name, value in found.items() if value is not None}


def _set_by_script(bundle: Bundle, name: str, samples: Mapping[str, Any], scope: Scope) -> Any:
    """What a script of the diagram gives a variable, when that can be told from the samples."""
    try:
        elements = bundle.diagram.elements.values()
    except BadDiagram:
        return None
    for element in elements:
        try:
            for line in compile_script(element.script or ""):
                if line.name == name:
                    return line.expression.evaluate(samples, bind(scope))
        except (ExpressionError, ValueError, TypeError):
            continue
    return None


def _sheet(text: str) -> Mapping[str, Any]:
    try:
        root = Document.from_text(text).root()
    except PackFileError:
        return {}
    return {key: root.raw(key) for key in root}


def _settled(value: Any, scope: Scope) -> Any:
    """A value of a sheet; one that is computed is, as far as that is possible without a case."""
    if not (isinstance(value, str) and value.startswith("${")):
        return value.isoformat() if isinstance(value, date | datetime) else value
    try:
        return compile_expression(value).evaluate({}, bind(scope))
    except (ExpressionError, ValueError, TypeError):
        return None


def _first_day(values: Iterable[Any]) -> date | None:
    return next((date.fromisoformat(str(value)[:10]) for value in values if _is_day(value)), None)


def _is_day(value: Any) -> bool:
    try:
        date.fromisoformat(str(value)[:10])
    except ValueError:
        return False
    return isinstance(value, str)


def _value(sample: Any, wanted: date, chosen: date | None) -> Any:
    """The sample, on the day that was asked for when it is a date; what nothing is known of is taken for a date."""
    if sample is None or (chosen is not None and _is_day(sample)):
        return wanted.isoformat()
    return sample


__all__ = ["DuePreview", "due_preview"]
