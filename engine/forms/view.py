"""What a page needs to show a sheet: for each component its state, value and sentences, without any HTML."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from engine.forms.context import AttachmentInfo, FormContext
from engine.forms.display import display, entry_text
from engine.forms.evaluation import Evaluation, Names
from engine.forms.model import ORDINAL, WITHOUT_VALUE, Component, Form, Option
from engine.forms.rows import rows_may_be_added
from engine.forms.values import Wrong, is_blank, read_value, row_text


@dataclass(frozen=True)
class FieldView:
    """One component as a page shows it. `name` is the name of its input; other names derive from it.

    A page writes the input `name` for what is visible and not read-only, and a hidden input `name` for
    what is `carried`; beside each box, list of boxes and list of files it writes a hidden input `_shown`
    with the path, since browsers send nothing when none is ticked; for what is `prefilled` a hidden input
    `_was.<name>` with `entry`; in a table a hidden input
    `_rows.<name>` with the number of rows. A warning is confirmed by a box `_confirm.<path>`. Rows are
    changed by buttons `_add.<name>`, `_remove.<name>.<row>`, `_up.<name>.<row>`, `_down.<name>.<row>`.
    `engine.forms.html` reads all of these.
    """

    component: Component
    path: str
    name: str
    value: object
    text: str
    """The value as a person reads it; for a text its sentences, for a document its name."""
    entry: str = ""
    """The value as the input holds it."""
    description: str = ""
    options: tuple[Option, ...] = ()
    visible: bool = True
    required: bool = False
    readonly: bool = False
    prefilled: bool = False
    """It holds what it would be prefilled with, and that depends on other entries: until somebody changes it, it
    follows them."""
    carried: bool = False
    """Read-only, but sent along: it tells which row the others belong to."""
    error: str = ""
    warning: str = ""
    confirmed: bool = False
    rows: tuple[tuple[FieldView, ...], ...] = ()
    can_add: bool = False
    can_remove: bool = False
    can_sort: bool = False
    attachments: tuple[AttachmentInfo, ...] = ()
    children: tuple[FieldView, ...] = ()


def view(
    form: Form,
    values: Mapping[str, object],
    context: FormContext,
    errors: Mapping[str, str] | None = None,
    warnings: Mapping[str, str] | None = None,
    confirmed: Collection[str] = (),
) -> list[FieldView]:
    """The components of the form with `values` as `initial` or `Sheet.shown` gives them; raises FormError.

    `values` may hold wrong entries: they are shown as typed and count as blank in expressions.
    """
    return _Viewing(form, values, context, errors or {}, warnings or {}, confirmed).components(
        form.components, True
    )


def form_note(form: Form, context: FormContext, values: Mapping[str, object] | None = None) -> str:
    """The explanation to show above the form; raises FormError when an expression in it fails."""
    if form.note_text is None:
        return form.note
    evaluation = Evaluation(form, context, values)
    names = evaluation.after()
    whole = Component(None, form.title or form.key, "form")
    return evaluation.text(whole, form.note_text, names)


def submitted_view(form: Form, data: Mapping[str, object], context: FormContext) -> list[FieldView]:
    """A finished sheet to be read: nothing is evaluated, the case has moved on; empty fields are hidden."""
    return [_finished(each, data, context) for each in form.components]


class _Viewing:
    def __init__(
        self,
        form: Form,
        values: Mapping[str, object],
        context: FormContext,
        errors: Mapping[str, str],
        warnings: Mapping[str, str],
        confirmed: Collection[str],
    ) -> None:
        self.values, self.context = values, context
        self.errors, self.warnings, self.confirmed = errors, warnings, confirmed
        self.evaluation = Evaluation(
            form, context, {each.name: typed(each, values.get(each.name)) for each in form.fields()}
        )
        self.following = form.following
        self._originals: dict[str, list[dict[str, object]]] = {}

    def components(self, components: Sequence[Component], visible: bool) -> list[FieldView]:
        return [self._component(component, visible) for component in components]

    def _component(self, component: Component, visible: bool) -> FieldView:
        rules, evaluation = component.rules, self.evaluation
        names = evaluation.before(component)
        if visible and rules.shown is not None:
            visible = evaluation.condition(component, "显示条件", rules.shown, names)
        if component.type == "group":
            children = tuple(self.components(component.components, visible))
            return FieldView(component, "", "", None, "", visible=visible, children=children)
        if component.type in WITHOUT_VALUE:
            text = evaluation.text(component, rules.body, evaluation.after()) if visible else ""
            path = component.name
            description = self._description(component, evaluation.after()) if visible else ""
            return FieldView(component, path, path, None, text, description=description, visible=visible)
        if component.type == "dynamiclist":
            return self._table(component, names, visible)
        value = self.values.get(component.name, component.blank())
        return self._field(component, component.name, value, names, evaluation.after(), visible)

    def _field(
        self,
        component: Component,
        path: str,
        value: object,
        names: Names,
        after: Names,
        visible: bool,
        table: Component | None = None,
        locked: bool = False,
    ) -> FieldView:
        if not visible:
            return FieldView(component, path, path, component.blank(), "", visible=False)
        rules, evaluation = component.rules, self.evaluation
        readonly = (
            locked
            or rules.readonly
            or evaluation.condition(component, "只读条件", rules.readonly_when, names, table)
        )
        options = evaluation.options(component, names, table)
        attachments: tuple[AttachmentInfo, ...] = ()
        if component.type == "filepicker" and isinstance(value, list):
            found = (self.context.attachment(each) for each in value if isinstance(each, str))
            attachments = tuple(each for each in found if each is not None)
        return FieldView(
            component,
            path,
            path,
            value,
            display(component, value, self.context, options),
            entry=entry_text(component, value),
            description=self._description(component, after, table),
            options=options,
            required=not readonly and self._required(component, after, table),
            readonly=readonly,
            prefilled=not readonly
            and path in self.following
            and value == evaluation.initial(component, names, table),
            carried=readonly and table is not None and table.rules.row_key == component.key,
            error=self.errors.get(path, ""),
            warning=self.warnings.get(path, ""),
            confirmed=path in self.confirmed,
            attachments=attachments,
        )

    def _description(self, component: Component, names: Names, table: Component | None = None) -> str:
        text = component.rules.description
        return component.description if text is None else self.evaluation.text(component, text, names, table)

    def _required(self, component: Component, names: Names, table: Component | None = None) -> bool:
        expression = component.rules.required
        return component.required or self.evaluation.condition(
            component, "必填条件", expression, names, table
        )

    def _table(self, table: Component, names: Names, visible: bool) -> FieldView:
        path = table.name
        if not visible:
            return FieldView(table, path, path, [], "", visible=False)
        rules, evaluation = table.rules, self.evaluation
        readonly = rules.readonly or evaluation.condition(table, "只读条件", rules.readonly_when, names)
        value = self.values.get(path)
        rows = [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
        least = evaluation.count(table, "最少行", rules.least)
        most = evaluation.count(table, "最多行", rules.most)
        may_add = not readonly and rows_may_be_added(table)
        return FieldView(
            table,
            path,
            path,
            value,
            display(table, rows, self.context),
            description=self._description(table, evaluation.after()),
            required=not readonly and (least > 0 or self._required(table, evaluation.after())),
            readonly=readonly,
            error=self.errors.get(path, ""),
            warning=self.warnings.get(path, ""),
            confirmed=path in self.confirmed,
            rows=tuple(self._row(table, index, row, readonly) for index, row in enumerate(rows)),
            can_add=may_add and len(rows) < most,
            can_remove=not readonly and not rules.fixed_rows,
            can_sort=not readonly and rules.sortable,
        )

    def _row(
        self, table: Component, index: int, row: Mapping[str, object], locked: bool
    ) -> tuple[FieldView, ...]:
        plain = {column.name: typed(column, row.get(column.name)) for column in table.components}
        original = self._original(table, index, plain)
        after = self.evaluation.after(plain)
        views = []
        for column in table.components:
            path = f"{table.name}.{index}.{column.name}"
            numbered = column.key == ORDINAL and table.rules.sortable
            names = self.evaluation.before(column, plain, original)
            shown = column.rules.shown
            visible = (
                numbered
                or shown is None
                or self.evaluation.condition(column, "显示条件", shown, names, table)
            )
            value = row.get(column.name, column.blank())
            views.append(self._field(column, path, value, names, after, visible, table, locked or numbered))
        return tuple(views)

    def _original(self, table: Component, index: int, row: Mapping[str, object]) -> Mapping[str, object]:
        """The row as the table started, looked up only where a condition of a column reads its own column."""
        if not any(column.name in column.rules.reads for column in table.components):
            return {}
        if table.name not in self._originals:
            self._originals[table.name] = self.evaluation.initial_rows(table)
        originals, key = self._originals[table.name], table.rules.row_key
        if key is not None:
            text = row_text(row, key)
            return next((each for each in originals if row_text(each, key) == text), {})
        return originals[index] if table.rules.fixed_rows and index < len(originals) else {}


def typed(component: Component, value: object) -> object:
    """A value as expressions may use it: a wrong entry is blank."""
    if component.type == "dynamiclist":
        rows = value if isinstance(value, list) else []
        return [
            {column.name: typed(column, row.get(column.name)) for column in component.components}
            for row in rows
            if isinstance(row, Mapping)
        ]
    try:
        return read_value(component, value, component.options or None)
    except Wrong:
        return component.blank()


def _finished(
    component: Component, data: Mapping[str, object], context: FormContext, prefix: str = ""
) -> FieldView:
    path = prefix + component.name
    if component.type == "group":
        children = tuple(_finished(each, data, context) for each in component.components)
        return FieldView(
            component, "", "", None, "", visible=any(each.visible for each in children), children=children
        )
    if component.type in WITHOUT_VALUE:
        return FieldView(component, path, path, None, "", visible=False)
    value = data.get(component.name, component.blank())
    rows: list[tuple[FieldView, ...]] = []
    if component.type == "dynamiclist" and isinstance(value, list):
        for index, row in enumerate(value):
            cells = row if isinstance(row, Mapping) else {}
            lead = f"{path}.{index}."
            rows.append(tuple(_finished(column, cells, context, lead) for column in component.components))
    files = (
        [context.attachment(str(each)) for each in value]
        if component.type == "filepicker" and isinstance(value, list)
        else []
    )
    return FieldView(
        component,
        path,
        path,
        value,
        display(component, value, context),
        visible=component.type == "checkbox" or not is_blank(value),
        readonly=True,
        rows=tuple(rows),
        attachments=tuple(each for each in files if each is not None),
    )


__all__ = ["FieldView", "form_note", "submitted_view", "typed", "view"]
