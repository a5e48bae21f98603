"""Settles what each field holds: entered by the person, computed by the system, or hidden and blank."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from engine.expressions.errors import shown as printable
from engine.forms.context import FormContext
from engine.forms.evaluation import Evaluation, Names
from engine.forms.model import ORDINAL, ROW_LIMIT, Component, Form
from engine.forms.rows import Pairing, paired
from engine.forms.values import Wrong, is_blank, is_unfilled, option_key, read_value
from engine.nearest import suggestion

MISSING: Final = object()
UNKNOWN_LIMIT = 20  # Unknown names that are told one by one; finding the nearest name takes time.
ECHO_LIMIT = 20_000  # Characters of a wrong entry that are shown again.


@dataclass(frozen=True)
class Cell:
    """One settled field, or one cell of a table, with what later rules need to know about it."""

    component: Component
    path: str
    visible: bool
    readonly: bool
    table: Component | None = None
    row: Mapping[str, object] | None = None
    prefix: str = ""
    """`表.0.` for a cell of the first row, empty for a field."""


class Settling:
    """One pass over all fields in the order in which they depend on each other.

    `entered` is what the person gave; a field it does not name takes its initial value, as a person who
    leaves it alone would. What the system decides (hidden, read-only) is never taken from it. After the
    pass: `values` has a value of the right type for every field, `shown` what a page should show (a wrong
    entry as it was typed), `errors` a sentence for each wrong entry, `cells` all fields and cells. Raises
    FormError when an expression fails.
    """

    def __init__(
        self, form: Form, context: FormContext, entered: Mapping[str, object], opening: bool
    ) -> None:
        self.form, self.context, self.opening = form, context, opening
        self.evaluation = Evaluation(form, context)
        self.errors: dict[str, str] = {}
        self.cells: list[Cell] = []
        self._shown: dict[str, object] = {}
        self._group_shown: dict[int, bool] = {}
        self._unknown_told = 0
        self._tell_unknown(entered, form.by_key, "", "表单")
        for component, groups in form.order:
            raw = entered.get(component.name, MISSING)
            visible = all(self._group_visible(group) for group in groups)
            settle = self._table if component.type == "dynamiclist" else self._field
            value, show = settle(component, raw, visible)
            self.evaluation.fields[component.name] = value
            self._shown[component.name] = show

    @property
    def values(self) -> dict[str, object]:
        """The value of every declared field, in the order of the document."""
        return {key: self.evaluation.fields[key] for key in self.form.by_key}

    @property
    def shown(self) -> dict[str, object]:
        """What to show for every declared field, in the order of the document."""
        return {key: self._shown[key] for key in self.form.by_key}

    def _tell_unknown(
        self, entered: Mapping[str, object], known: Collection[str], prefix: str, where: str
    ) -> None:
        for name in entered:
            if name in known:
                continue
            if self._unknown_told == UNKNOWN_LIMIT:
                self.errors[""] = f"表单里没有的项太多，只列出前 {UNKNOWN_LIMIT} 个，请都去掉。"
                return
            self._unknown_told += 1
            near = suggestion(name, known) if len(name) <= 64 else ""
            said = printable(name, 40)
            self.errors[f"{prefix}{said}"] = f"{where}里没有“{said}”这一项{near}，请去掉或改正。"

    def _group_visible(self, group: Component) -> bool:
        if id(group) not in self._group_shown:
            names = self.evaluation.after()
            shown = group.rules.shown
            visible = shown is None or self.evaluation.condition(group, "显示条件", shown, names)
            self._group_shown[id(group)] = visible
        return self._group_shown[id(group)]

    # -- one field

    def _field(self, component: Component, raw: object, visible: bool) -> tuple[object, object]:
        return self._leaf(
            component,
            raw,
            visible,
            self.evaluation.before(component),
            Cell(component, component.name, True, False),
        )

    def _leaf(
        self,
        component: Component,
        raw: object,
        visible: bool,
        names: Names,
        cell: Cell,
        original: Mapping[str, object] | None = None,
        locked: bool = False,
    ) -> tuple[object, object]:
        """The value of a field or cell and what to show; `original` is the row a table started with."""
        rules, table, path = component.rules, cell.table, cell.path
        evaluation = self.evaluation
        if visible and rules.shown is not None:
            visible = evaluation.condition(component, "显示条件", rules.shown, names, table)
        readonly = visible and (
            locked
            or rules.readonly
            or evaluation.condition(component, "只读条件", rules.readonly_when, names, table)
        )
        self.cells.append(Cell(component, path, visible, readonly, table, cell.row, cell.prefix))
        if not visible:
            return component.blank(), component.blank()
        given = not is_blank((original or {}).get(component.name))
        if readonly:
            own = rules.has_initial or not given
            value = evaluation.initial(component, names, table) if own else (original or {})[component.name]
            if component.required and is_unfilled(component, value) and not self.opening:
                self.errors[path] = _system_required(component)
            return value, value
        options = evaluation.options(component, names, table)
        if raw is MISSING:
            raw = (original or {})[component.name] if given else evaluation.initial(component, names, table)
            raw = _among(component, raw, {option_key(option.value) for option in options})
        try:
            value = read_value(component, raw, options, self.context.attachment)
        except Wrong as wrong:
            self.errors[path] = str(wrong)
            return component.blank(), echo(component, raw)
        if component.required and is_unfilled(component, value):
            self.errors[path] = required_sentence(component)
        return value, value

    # -- one table

    def _table(self, table: Component, raw: object, visible: bool) -> tuple[object, object]:
        rules, evaluation = table.rules, self.evaluation
        names = evaluation.before(table)
        if visible and rules.shown is not None:
            visible = evaluation.condition(table, "显示条件", rules.shown, names)
        readonly = visible and (
            rules.readonly or evaluation.condition(table, "只读条件", rules.readonly_when, names)
        )
        self.cells.append(Cell(table, table.name, visible, readonly))
        if not visible:
            return [], []
        entered = MISSING if readonly else raw
        pairing = paired(table, entered, evaluation.initial_rows(table), MISSING, self.opening)
        if pairing.fault:
            self.errors[table.name] = pairing.fault
        least = evaluation.count(table, "最少行", rules.least)
        if self.opening and not readonly and not rules.fixed_rows:
            # A person who has to give rows finds them open instead of having to add the first one.
            pairing.rows.extend(({}, None) for _ in range(least - len(pairing.rows)))
        values: list[object] = []
        shown: list[object] = []
        for index, (row, original) in enumerate(pairing.rows):
            value, show = self._row(table, index, row, original, readonly)
            values.append(value)
            shown.append(show)
        self._check_rows(table, pairing, values, least, readonly)
        if not readonly and not rules.fixed_rows:
            # Empty rows count for nothing, but somebody who still has to give them must find them on the page again.
            shown.extend(_empty_row(table, index) for index in range(len(shown), least))
        return values, shown

    def _row(
        self,
        table: Component,
        index: int,
        entered: Mapping[str, object],
        original: Mapping[str, object] | None,
        locked: bool,
    ) -> tuple[dict[str, object], dict[str, object]]:
        prefix = f"{table.name}.{index}."
        self._tell_unknown(entered, table.column_names, prefix, f"表格“{table.label}”")
        row: dict[str, object] = {}
        show: dict[str, object] = {}
        final: dict[str, object] = {}  # The row in the order of the columns; it is what the cells refer to.
        for column in table.column_order:
            if column.key == ORDINAL and table.rules.sortable:
                row[ORDINAL] = show[ORDINAL] = index + 1
                self.cells.append(Cell(column, prefix + ORDINAL, True, True, table, final, prefix))
                continue
            raw = entered.get(column.name, MISSING)
            names = self.evaluation.before(column, row, original or {})
            cell = Cell(column, prefix + column.name, True, False, table, final, prefix)
            row[column.name], show[column.name] = self._leaf(column, raw, True, names, cell, original, locked)
        final.update({column.name: row[column.name] for column in table.components})
        return final, {column.name: show[column.name] for column in table.components}

    def _check_rows(
        self, table: Component, pairing: Pairing, values: list[object], least: int, readonly: bool
    ) -> None:
        most = self.evaluation.count(table, "最多行", table.rules.most)
        if table.name in self.errors or self.opening:
            return
        if table.required and not values:
            self.errors[table.name] = (
                _system_required(table)
                if readonly or table.rules.fixed_rows
                else f"请填写“{table.label}”，至少一行。"
            )
        elif len(values) < least:
            self.errors[table.name] = f"“{table.label}”至少要有 {least} 行，现在有 {len(values)} 行。"
        elif len(values) > most:
            self.errors[table.name] = (
                f"“{table.label}”最多 {most} 行，现在有 {len(values)} 行，请删去多余的。"
            )
        for index, key, earlier in pairing.repeated(values):
            self.errors.setdefault(
                f"{table.name}.{index}.{key}", f"与第 {earlier + 1} 行重复，同一项只能有一行。"
            )


def _empty_row(table: Component, index: int) -> dict[str, object]:
    numbered = {ORDINAL: index + 1} if table.rules.sortable and ORDINAL in table.column_names else {}
    return {column.name: column.blank() for column in table.components} | numbered


def required_sentence(component: Component) -> str:
    """What to tell a person who left out a field that has to be filled in."""
    if component.is_choice:
        verb = "请选择"
    else:
        verb = {"filepicker": "请上传", "checkbox": "请勾选"}.get(component.type, "请填写")
    return f"{verb}“{component.label}”。"


def _system_required(component: Component) -> str:
    return (
        f"“{component.label}”由系统填写，现在还没有内容，不能提交；请先办完产生它的环节，或与流程管理员联系。"
    )


def _among(component: Component, value: object, keys: Collection[str]) -> object:
    """A prefilled choice without what can no longer be chosen, so that the person chooses anew."""
    if not component.is_choice:
        return value
    if isinstance(value, list):
        return [each for each in value if option_key(each) in keys]
    return value if option_key(value) in keys else None


def echo(component: Component, raw: object) -> object:
    """A wrong entry as it can be shown again: bounded, and of the shape the field has."""
    if component.is_list:
        items = raw[:ROW_LIMIT] if isinstance(raw, list) else []
        return [each for item in items if isinstance(each := _echoed(item), str | int | float)]
    value = None if component.type == "checkbox" else _echoed(raw)
    return component.blank() if value is None else value


def _echoed(raw: object) -> str | int | float | None:
    if isinstance(raw, str):
        return raw[:ECHO_LIMIT].encode("utf-8", "replace").decode("utf-8").replace("\0", "")
    if isinstance(raw, bool):
        return None
    return raw if isinstance(raw, int | float) and abs(raw) < 1e15 else None


__all__ = ["MISSING", "Cell", "Settling", "echo", "required_sentence"]
