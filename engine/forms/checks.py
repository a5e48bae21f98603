"""What is checked besides a submission: names that do not exist, and whether queried values have changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator

from engine.expressions import Expression, unknown
from engine.forms.context import FormContext
from engine.forms.evaluation import Evaluation
from engine.forms.model import Component, Form, FormError
from engine.forms.texts import Text
from engine.forms.vocabulary import RESERVED_KEYS
from engine.functions import CATALOGUE

FIXED_NAMES = RESERVED_KEYS - {"typename"}
DIGEST_BYTES = 3


def problems(form: Form, known_names: Collection[str], known_functions: Collection[str]) -> list[str]:
    """A Chinese sentence for each name or function in the form's expressions that does not exist.

    `known_names` are the variables of the case; the fields of the form and the names that always exist
    are added here.
    """
    names = {*known_names, *FIXED_NAMES, *form.by_key}
    found: list[str] = []
    for component, table in _everything(form.components):
        seen = names | table.column_names if table else names
        place = (
            f"表格“{table.label}”的列“{component.label}”"
            if table
            else f"“{component.label or component.type}”"
        )
        for rule, expression in component.rules.written():
            for problem in unknown(expression, seen, known_functions):
                found.append(f"{place}的“{rule}”：{problem.message}")
    for expression in form.note_text.expressions if form.note_text else ():
        found.extend(f"“说明”：{problem.message}" for problem in unknown(expression, names, known_functions))
    return list(dict.fromkeys(found))


def computed_digest(form: Form, context: FormContext) -> int:
    """A number below 2^24 that changes when a queried value changes; 0 for a form without queries.

    It covers every 初值 and 可选值 that calls a function whose answer depends on other cases. They are
    computed as for an untouched sheet, so that what a person fills in does not count. One that cannot be
    computed counts as it fails.
    """
    evaluation = Evaluation(form, context)
    results: list[object] = []
    for component, table in _everything(form.components):
        for expression in _queries(component):
            row = {column.name: column.blank() for column in table.components} if table else None
            try:
                names = evaluation.before(component, row, None if row is None else {})
                results.append([component.name, evaluation.value(component, "", expression, names, table)])
            except FormError as error:
                results.append([component.name, str(error)])
    if not results:
        return 0
    text = json.dumps(results, ensure_ascii=True, sort_keys=True, default=str)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:DIGEST_BYTES], "big") or 1


def _queries(component: Component) -> list[Expression]:
    rules = component.rules
    initial = rules.initial.expressions if isinstance(rules.initial, Text) else (rules.initial,)
    return [
        expression
        for expression in (*initial, rules.options)
        if expression is not None
        and any(call.name in CATALOGUE and CATALOGUE[call.name].queries for call in expression.calls)
    ]


def _everything(
    components: Collection[Component], table: Component | None = None
) -> Iterator[tuple[Component, Component | None]]:
    """Every component with the table it is a column of."""
    for component in components:
        yield component, table
        yield from _everything(component.components, component if component.type == "dynamiclist" else table)
