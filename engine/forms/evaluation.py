"""Evaluates the expressions of a form; one that fails becomes a FormError naming field and rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain

from engine.expressions import Expression, ExpressionError
from engine.expressions.errors import shown
from engine.forms.context import FormContext
from engine.forms.model import ROW_LIMIT, Component, Form, FormError, Option, RuleFailed
from engine.forms.texts import Text
from engine.forms.values import Wrong, computed_value, is_blank, option_key
from engine.functions.dates import as_text

Names = Mapping[str, object]
_MISSING = object()


class Layers(Mapping[str, object]):
    """Several mappings read as one; the first that has a name gives its value."""

    def __init__(self, *layers: Names) -> None:
        self._layers = layers

    def __getitem__(self, key: str) -> object:
        for layer in self._layers:
            if key in layer:
                return layer[key]
        raise KeyError(key)

    def get(self, key: str, default: object = None) -> object:
        for layer in self._layers:
            value = layer.get(key, _MISSING)
            if value is not _MISSING:
                return value
        return default

    def __contains__(self, key: object) -> bool:
        return any(key in layer for layer in self._layers)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(chain.from_iterable(self._layers)))

    def __len__(self) -> int:
        return len(dict.fromkeys(chain.from_iterable(self._layers)))


class Evaluation:
    """The expressions of one form at one moment. `fields` holds the values of the fields that are settled.

    Names are looked up in the row of a table, then in the fields, then in the variables of the case; a field
    without any of them is blank.
    """

    def __init__(self, form: Form, context: FormContext, fields: Mapping[str, object] | None = None) -> None:
        self.form, self.context = form, context
        self.fields: dict[str, object] = dict(fields or {})
        self._blank = form.blank()
        self._organisation: dict[str, tuple[Option, ...]] = {}
        self._column_options: dict[str, tuple[Option, ...]] = {}

    # -- names

    def after(self, row: Names | None = None) -> Names:
        """The names for rules on what was entered: a field's own name means its new value."""
        rows = () if row is None else (row,)
        return Layers(*rows, self.fields, self.context.names, self._blank)

    def before(self, component: Component, row: Names | None = None, original: Names | None = None) -> Names:
        """The names for what decides on a field: its own name means the value before this form.

        That is the variable of the case, or in a table what the row had at first.
        """
        known = self.context.names if original is None else original
        own = {component.name: known.get(component.name, component.blank())} if component.key else {}
        return Layers(own, self.after(row))

    # -- values

    def value(
        self,
        component: Component,
        rule: str,
        expression: Expression,
        names: Names,
        table: Component | None = None,
    ) -> object:
        """The value of an expression. Raises FormError."""
        try:
            return expression.evaluate(names, self.context.functions)
        except ExpressionError as error:
            raise self.fault(component, rule, error.reason, table, expression.source) from error

    def condition(
        self,
        component: Component,
        rule: str,
        expression: Expression | None,
        names: Names,
        table: Component | None = None,
    ) -> bool:
        """Whether a condition holds; a missing one does not. Raises FormError, also for a text like “否”."""
        if expression is None:
            return False
        value = self.value(component, rule, expression, names, table)
        if isinstance(value, str) and value:
            reason = f"得到的是文字“{shown(value, 20)}”，不是真假；请写成“… == '{shown(value, 20)}'”的样子。"
            raise self.fault(component, rule, reason, table, expression.source)
        return bool(value)

    def check(
        self, component: Component, rule: str, expression: Expression, names: Names, table: Component | None
    ) -> bool:
        """Whether a 校验 or 警示 holds. Raises FormError, with advice when the field is empty."""
        try:
            return self.condition(component, rule, expression, names, table)
        except FormError as error:
            if component.name in expression.names and is_blank(names.get(component.name)):
                advice = f"“{component.label}”此时没有填写，请写成“空({component.name}) or …”的样子。"
                raise FormError(f"{error}{advice}") from error
            raise

    def text(
        self, component: Component, text: Text | None, names: Names, table: Component | None = None
    ) -> str:
        """A sentence with its expressions filled in; an empty text when there is none. Raises FormError."""
        if text is None:
            return ""
        return text.filled(lambda part: self.value(component, text.name, part, names, table))

    def initial(self, component: Component, names: Names, table: Component | None = None) -> object:
        """The initial value of a field other than a table, blank without one. Raises FormError."""
        rules = component.rules
        if rules.initial is None:
            return component.blank() if rules.preset is None else rules.preset
        if isinstance(rules.initial, Text):
            return self.text(component, rules.initial, names, table) or component.blank()
        value = self.value(component, "初值", rules.initial, names, table)
        try:
            return computed_value(component, value)
        except Wrong as wrong:
            raise self.fault(component, "初值", f"{wrong}。", table, rules.initial.source) from None

    def initial_rows(self, table: Component) -> list[dict[str, object]]:
        """The rows a table starts with, each with the declared columns it has. Raises FormError."""
        expression = table.rules.initial
        if not isinstance(expression, Expression):
            return []
        value = self.value(table, "初值", expression, self.before(table))
        rows = [] if value is None else value
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise self.fault(table, "初值", "得到的不是表（若干行）。", None, expression.source)
        if len(rows) > ROW_LIMIT:
            reason = f"得到 {len(rows)} 行，最多 {ROW_LIMIT} 行。"
            raise self.fault(table, "初值", reason, None, expression.source)
        return [self._row(table, row) for row in rows]

    def _row(self, table: Component, row: Mapping[str, object]) -> dict[str, object]:
        result: dict[str, object] = {}
        for column in table.components:
            if column.name in row:
                try:
                    result[column.name] = computed_value(column, row[column.name])
                except Wrong as wrong:
                    raise self.fault(column, "初值", f"{wrong}。", table) from None
        return result

    def count(self, table: Component, rule: str, bound: Expression | int) -> int:
        """The least or largest number of rows. Raises FormError."""
        if isinstance(bound, int):
            return bound
        value = self.value(table, rule, bound, self.before(table))
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.fault(table, rule, "得到的不是整数。", None, bound.source)
        return max(0, min(value, ROW_LIMIT))

    # -- options

    def options(
        self, component: Component, names: Names, table: Component | None = None
    ) -> tuple[Option, ...]:
        """What can be chosen now. Raises FormError."""
        if not component.is_choice:
            return ()
        expression = component.rules.options
        if table is None or (expression is not None and expression.names & table.column_names):
            return self._options(component, names, table)
        place = f"{table.name}.{component.name}"
        if place not in self._column_options:
            self._column_options[place] = self._options(component, names, table)
        return self._column_options[place]

    def _options(self, component: Component, names: Names, table: Component | None) -> tuple[Option, ...]:
        everything = self._of_organisation(component.properties.get("选择", ""))
        expression = component.rules.options
        if expression is None:
            return component.options or everything or ()
        found = self._found(component, expression, names, table)
        if everything is None:
            return tuple(found.values())
        known = {option_key(option.value): option for option in everything}
        return tuple(known[key] for key in found if key in known)

    def _found(
        self, component: Component, expression: Expression, names: Names, table: Component | None
    ) -> dict[str, Option]:
        value = self.value(component, "可选值", expression, names, table)
        items = value if isinstance(value, list) else [] if value is None else [value]
        value_column = component.properties.get("值列", "").strip()
        label_column = component.properties.get("显示列", "").strip() or value_column
        found: dict[str, Option] = {}
        for item in items:
            label = item
            if isinstance(item, dict):
                missing = next((name for name in (value_column, label_column) if name not in item), None)
                if missing is not None:
                    reason = (
                        f"行里没有“{missing}”一列。"
                        if missing
                        else "得到的是行的列表，请用“值列”指明取哪一列。"
                    )
                    raise self.fault(component, "可选值", reason, table, expression.source)
                item, label = item[value_column], item[label_column]
            if isinstance(item, list | dict):
                raise self.fault(component, "可选值", "选项的值不能是列表或字典。", table, expression.source)
            if item is not None and item != "":
                found.setdefault(option_key(item), Option(item, as_text(label)))
        return found

    def _of_organisation(self, choice: str) -> tuple[Option, ...] | None:
        """Everything of one kind in the organisation, None when the field does not choose from it."""
        sources: dict[str, Callable[[], list[Option]]] = {
            "人员": self.context.people,
            "单位": self.context.units,
            "岗位": self.context.posts,
        }
        if choice not in sources:
            return None
        if choice not in self._organisation:
            self._organisation[choice] = tuple(sources[choice]())
        return self._organisation[choice]

    # -- faults

    def fault(
        self, component: Component, rule: str, reason: str, table: Component | None = None, source: str = ""
    ) -> FormError:
        """The error that says which rule of which field cannot be computed, and why."""
        field = f"表格“{table.label}”的列“{component.label}”" if table else f"“{component.label}”"
        shown_source = f"（{shown(source)}）" if source else ""
        return RuleFailed(
            f"表单“{self.form.title or self.form.key}”中{field}的“{rule}”{shown_source}算不出来：{reason}",
            component,
            rule,
        )
