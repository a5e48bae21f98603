"""A sheet being filled in: what it shows at first, and whether what was entered may be submitted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from engine.expressions import Expression
from engine.forms.context import FormContext
from engine.forms.model import Form
from engine.forms.settling import Cell, Settling, required_sentence
from engine.forms.values import is_unfilled


@dataclass(frozen=True)
class Sheet:
    """What became of a submission. It may be accepted when there are neither errors nor warnings.

    Paths are `字段`, or `表.0.列` with rows counted from 0; the path `""` stands for the whole sheet.
    """

    data: dict[str, object]
    """Every declared field with a value of its type; blank where the entry was wrong."""
    errors: dict[str, str]
    warnings: dict[str, str]
    """What the person has to confirm before it can be submitted."""
    confirmations: dict[str, str] = field(default_factory=dict)
    """The warnings that the person has confirmed, for the history."""
    shown: dict[str, object] = field(default_factory=dict)
    """What a page should show again: like `data`, with wrong entries as they were typed."""


def initial(form: Form, context: FormContext, draft: Mapping[str, object] | None = None) -> dict[str, object]:
    """The values to show when the form is opened, by field; raises FormError when an expression fails.

    What the person may fill in comes from the draft, where it has the field, else from the initial value.
    What is read-only or hidden never comes from the draft. An entry of the draft that is not (yet) right
    is kept as typed.
    """
    known = {key: value for key, value in (draft or {}).items() if key in form.by_key}
    return Settling(form, context, known, opening=True).shown


def validate(
    form: Form, posted: Mapping[str, object], context: FormContext, confirmed: Collection[str] = ()
) -> Sheet:
    """Check a submission and give the data to be stored; raises FormError when an expression fails.

    The rules are tried in three rounds, the next one only where the earlier ones found nothing: types,
    options, bounds and what is always required; then 必填条件 (unless a field it reads is wrong); then,
    when the whole sheet is right so far, 校验 of all visible fields (also of empty and read-only ones)
    and 警示.
    """
    if not isinstance(posted, Mapping):
        return Sheet(form.blank(), {"": "提交的内容要写明各字段的值。"}, {}, {}, form.blank())
    settling = Settling(form, context, posted, opening=False)
    _require(settling)
    warnings: dict[str, str] = {}
    confirmations: dict[str, str] = {}
    if not settling.errors:
        for cell in settling.cells:
            if cell.visible:
                _check(settling, cell, confirmations if cell.path in confirmed else warnings)
    return Sheet(settling.values, settling.errors, warnings, confirmations, settling.shown)


def _require(settling: Settling) -> None:
    """Add an error for each blank field whose 必填条件 holds."""
    wrong = set(settling.errors)
    for cell in settling.cells:
        expression = cell.component.rules.required
        if expression is None or not cell.visible or cell.readonly or cell.path in wrong:
            continue
        if _reads_wrong(cell, expression, wrong) or not is_unfilled(cell.component, _value(settling, cell)):
            continue
        names = settling.evaluation.after(cell.row)
        if settling.evaluation.condition(cell.component, "必填条件", expression, names, cell.table):
            settling.errors[cell.path] = required_sentence(cell.component)


def _reads_wrong(cell: Cell, expression: Expression, wrong: Collection[str]) -> bool:
    """Whether the expression reads a field that has an error: it would judge by a value nobody meant."""
    tops = {path.split(".")[0] for path in wrong}
    in_row = cell.row or {}
    return any(
        f"{cell.prefix}{name}" in wrong if name in in_row else name in tops for name in expression.names
    )


def _check(settling: Settling, cell: Cell, warned: dict[str, str]) -> None:
    component, evaluation = cell.component, settling.evaluation
    names = evaluation.after(cell.row)
    for check in component.rules.checks:
        if not evaluation.check(component, check.name, check.expression, names, cell.table):
            settling.errors[cell.path] = evaluation.text(component, check.text, names, cell.table)
            return
    warning = component.rules.warning
    if warning and evaluation.check(component, warning.name, warning.expression, names, cell.table):
        warned[cell.path] = evaluation.text(component, warning.text, names, cell.table)


def _value(settling: Settling, cell: Cell) -> object:
    return (settling.evaluation.fields if cell.row is None else cell.row).get(cell.component.name)
