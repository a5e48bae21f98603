"""Reads a sheet as people write it, with names of people and files, into posted data."""

from __future__ import annotations

import re
from collections.abc import Mapping

from engine.expressions import ExpressionError, compile_expression, lone_placeholder
from engine.forms.context import FormContext
from engine.forms.evaluation import Evaluation
from engine.forms.model import Component, Form, FormError
from engine.forms.texts import compile_text
from engine.forms.values import option_key
from engine.located_yaml import Document, Fault, Path
from engine.nearest import suggestion

_BETWEEN_ITEMS = re.compile(r"[、，,；;]")
YES_NO = {"是": True, "否": False, "true": True, "false": False}


def read_example(form: Form, text: str, context: FormContext) -> dict[str, object]:
    """The posted data that the `.example.yml` of the form describes; raises FormError with every fault.

    Fields it does not name are not in the result: they take their initial value when it is validated.
    """
    document = Document.from_text(text)
    root = document.root()
    reading = _Reading(form, context, document)
    data = reading.fields({key: root.raw(key) for key in root})
    if document.faults:
        raise FormError([f"表单“{form.key}”的样例：{each}" for each in document.located(document.faults)])
    return data


def as_posted(form: Form, written: Mapping[str, object], context: FormContext) -> dict[str, object]:
    """Posted data from values as people write them, read like an example; raises FormError likewise."""
    document = Document(written)
    data = _Reading(form, context, document).fields(written)
    if document.faults:
        raise FormError(
            [f"表单“{form.title or form.key}”：{each}" for each in document.located(document.faults)]
        )
    return data


class _Reading:
    def __init__(self, form: Form, context: FormContext, document: Document) -> None:
        self.form, self.context, self.document = form, context, document
        self.evaluation = Evaluation(form, context)

    def fields(self, written: Mapping[str, object]) -> dict[str, object]:
        """The posted data, in the order of the form, so that options may depend on earlier fields."""
        for key in written:
            if key not in self.form.by_key:
                near = suggestion(key, self.form.by_key)
                self._fault((key,), f"表单没有“{key}”这个字段{near}")
        data: dict[str, object] = {}
        for component in self.form.fields():
            if component.name in written:
                value = self._value(component, written[component.name], (component.name,))
                data[component.name] = value
                self.evaluation.fields[component.name] = value
        return data

    def _value(
        self, component: Component, written: object, path: Path, row: Mapping[str, object] | None = None
    ) -> object:
        if isinstance(written, str) and "${" in written:
            return self._computed(written, path)
        if component.type == "dynamiclist":
            return self._rows(component, written, path)
        if component.is_list:
            return [
                self._single(component, each, (*path, index), row)
                for index, each in enumerate(self._items(written))
            ]
        return self._single(component, written, path, row)

    def _rows(self, table: Component, written: object, path: Path) -> list[dict[str, object]]:
        if written is None:
            return []
        if not isinstance(written, list) or not all(isinstance(each, Mapping) for each in written):
            self._fault(path, f"“{table.label}”是表格，要写成若干行，每行以“- ”开头写各列")
            return []
        rows = []
        for index, each in enumerate(written):
            row: dict[str, object] = {}
            for key in each:
                if key not in table.column_names:
                    near = suggestion(key, table.column_names)
                    self._fault((*path, index, key), f"表格“{table.label}”没有“{key}”这一列{near}")
            for column in table.components:
                if column.name in each:
                    place = (*path, index, column.name)
                    row[column.name] = self._value(column, each[column.name], place, row)
            rows.append(row)
        return rows

    def _items(self, written: object) -> list[object]:
        if written is None or written == "":
            return []
        if isinstance(written, str):
            return [part.strip() for part in _BETWEEN_ITEMS.split(written) if part.strip()]
        return list(written) if isinstance(written, list) else [written]

    def _single(
        self, component: Component, written: object, path: Path, row: Mapping[str, object] | None
    ) -> object:
        if isinstance(written, str) and "${" in written:
            return self._computed(written, path)
        if component.type == "checkbox" and isinstance(written, str):
            return YES_NO.get(written.strip(), written)
        if component.type in ("textfield", "textarea") and isinstance(written, int):
            # An unquoted number of a YAML file is meant as the text it looks like.
            return ("是" if written else "否") if isinstance(written, bool) else str(written)
        if written is None or written == "":
            return None
        if component.type == "filepicker":
            return self._file(str(written), path)
        if component.properties.get("选择") == "人员":
            return self._person(str(written), path)
        if component.is_choice:
            return self._option(component, written, row)
        return written

    def _computed(self, written: str, path: Path) -> object:
        names, functions = self.evaluation.after(), self.context.functions
        try:
            if lone_placeholder(written):
                return compile_expression(written).evaluate(names, functions)
            text = compile_text(written, "样例")
            return text.filled(lambda part: part.evaluate(names, functions))
        except ExpressionError as error:
            self._fault(path, str(error).rstrip("。"))
            return None

    def _file(self, name: str, path: Path) -> object:
        identifier = self.context.example_attachment(name)
        if identifier is None:
            self._fault(path, f"没有名为“{name}”的样例附件")
        return identifier

    def _person(self, name: str, path: Path) -> object:
        logins = [option.value for option in self.context.people()]
        found = [
            login for login in logins if isinstance(login, str) and self.context.person_name(login) == name
        ]
        if len(found) == 1:
            return found[0]
        if name in logins:
            return name
        names = [self.context.person_name(login) for login in logins if isinstance(login, str)]
        if found:
            self._fault(path, f"姓名“{name}”有 {len(found)} 人，请写登录名：{'、'.join(found)}")
        else:
            self._fault(path, f"没有名为“{name}”的人员{suggestion(name, names)}")
        return None

    def _option(self, component: Component, written: object, row: Mapping[str, object] | None) -> object:
        """The option whose value, or else label, is written; others are left for `validate` to refuse."""
        try:
            options = self.evaluation.options(component, self.evaluation.before(component, row))
        except FormError:  # Its options depend on what an example does not know, such as other cases.
            return written
        by_value = [option.value for option in options if option_key(option.value) == option_key(written)]
        by_label = [option.value for option in options if option.label == written]
        found = by_value or by_label
        return found[0] if len(found) == 1 else written

    def _fault(self, path: Path, message: str) -> None:
        self.document.faults.append(Fault(path, message))
