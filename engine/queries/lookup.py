"""Finding things by the names people use, for scenarios, documentation and command lines."""

import html
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import or_, select

from engine.access import sight
from engine.case import Case
from engine.errors import NotFound
from engine.forms import (
    Component,
    Form,
    FormContext,
    as_posted,
    display,
    initial,
    read_example,
    validate,
    view,
)
from engine.functions.dates import as_text
from engine.models import Document, ProcessInstance, Subscription, Task
from engine.process_engine import SHARED, ProcessEngine
from engine.queries.cases import CaseLine, case_lines
from engine.rules import Rules
from engine.sheets import form_context, task_sheet
from engine.transaction import Transaction

Upload = Callable[[str], str]


def login_of(engine: ProcessEngine, pack: str, name: str, missing_ok: bool = False) -> str:
    """The login of the person of this name; raises NotFound (or returns "" if `missing_ok`)."""
    with engine.database.reading() as session:
        people = engine.pack(session, pack).organisation.people()
    found = [person.login for person in people if name in (person.name, person.login)]
    if not found and not missing_ok:
        raise NotFound(f"组织里没有“{name}”。")
    return found[0] if found else ""


def rules_of(engine: ProcessEngine, pack: str) -> Rules:
    with engine.database.reading() as session:
        return engine.pack(session, pack).rules


def process_key(engine: ProcessEngine, pack: str, name: str) -> str:
    """The key of the published procedure with this name or key. Raises NotFound."""
    with engine.database.reading() as session:
        for definition in engine.definitions.all_current(session):
            if definition.pack in (pack, SHARED) and name in (definition.name, definition.key):
                return definition.key
    raise NotFound(f"没有名为“{name}”的流程。")


def find_cases(engine: ProcessEngine, pack: str, name: str) -> list[CaseLine]:
    """Cases whose business key, title or procedure is `name` (a title may merely contain it), newest first."""
    with engine.database.reading() as session:
        keys = [d.key for d in engine.definitions.all_current(session) if d.name == name]
        pattern = f"%{name}%"
        rows = session.scalars(
            select(ProcessInstance)
            .where(
                ProcessInstance.pack == pack,
                or_(
                    ProcessInstance.business_key == name,
                    ProcessInstance.title.like(pattern),
                    ProcessInstance.key.in_(keys),
                ),
            )
            .order_by(ProcessInstance.started_at.desc(), ProcessInstance.id)
        )
        found = list(rows)
        # A title that merely contains the words comes after what is called exactly so.
        found.sort(key=lambda row: name not in (row.title, row.business_key))
        return case_lines(engine, session, found)


def active_cases(engine: ProcessEngine, pack: str, key: str) -> list[CaseLine]:
    """Cases of a procedure that are under way, oldest first."""
    with engine.database.reading() as session:
        rows = session.scalars(
            select(ProcessInstance)
            .where(
                ProcessInstance.pack == pack,
                ProcessInstance.key == key,
                ProcessInstance.state.in_(("active", "suspended", "incident")),
            )
            .order_by(ProcessInstance.started_at, ProcessInstance.id)
        )
        return case_lines(engine, session, list(rows))


def open_tasks_named(engine: ProcessEngine, pack: str, name: str) -> list[str]:
    """Ids of open tasks of this name anywhere in the pack."""
    with engine.database.reading() as session:
        return list(
            session.scalars(
                select(Task.id)
                .join(ProcessInstance, ProcessInstance.id == Task.instance_id)
                .where(Task.name == name, Task.state == "open", ProcessInstance.pack == pack)
            )
        )


def open_task_of(engine: ProcessEngine, instance_id: str, name: str) -> str:
    """The first open task of this name in a case. Raises NotFound."""
    with engine.database.reading() as session:
        found = session.scalar(
            select(Task.id)
            .where(Task.instance_id == instance_id, Task.name == name, Task.state == "open")
            .order_by(Task.opened_at)
            .limit(1)
        )
    if found is None:
        raise NotFound(f"案卷里没有待办“{name}”。")
    return found


def may_see(engine: ProcessEngine, login: str, instance_id: str) -> str:
    """`whole`, `part` or `nothing`."""
    with engine.database.reading() as session:
        try:
            seen = sight(engine, session, login, session.get(ProcessInstance, instance_id))
        except NotFound:
            return "nothing"
    return "whole" if seen.whole else "part"


def passed_names(engine: ProcessEngine, instance_id: str) -> list[str]:
    """Names of the elements a case, or a procedure it called, has completed."""
    with engine.database.reading() as session:
        row = session.get(ProcessInstance, instance_id)
        if row is None:
            raise NotFound()
        versions = engine.definitions.called(session, engine.definitions.get(session, row.definition_id))
        return [
            versions[process].diagram.elements[element].name or element
            for process, elements in row.elements.items()
            for element, state in elements.items()
            if state == "done" and element in versions[process].diagram.elements
        ]


def element_names(engine: ProcessEngine, instance_id: str) -> set[str]:
    """Names of all elements of a case's procedure and of the procedures it calls, passed or not."""
    with engine.database.reading() as session:
        row = session.get(ProcessInstance, instance_id)
        if row is None:
            raise NotFound()
        versions = engine.definitions.called(session, engine.definitions.get(session, row.definition_id))
        return {
            each.name or each.id
            for version in versions.values()
            for each in version.diagram.elements.values()
        }


def variable_text(engine: ProcessEngine, instance_id: str, name: str) -> str:
    """A variable of a case as a person would write it; people by name."""
    with engine.database.reading() as session:
        row = session.get(ProcessInstance, instance_id)
        if row is None:
            raise NotFound()
        organisation = engine.pack(session, row.pack).organisation
        value = row.variables.get(name)

    def named(each: Any) -> Any:
        person = organisation.find_person(each) if isinstance(each, str) else None
        return person.name if person else each

    return as_text([named(each) for each in value] if isinstance(value, list) else named(value))


def document_names(engine: ProcessEngine, instance_id: str) -> list[str]:
    with engine.database.reading() as session:
        return list(
            session.scalars(
                select(Document.name).where(Document.instance_id == instance_id).order_by(Document.id)
            )
        )


def void_document_names(engine: ProcessEngine, instance_id: str) -> list[str]:
    """The names of the documents that no longer hold, in the order they were made."""
    with engine.database.reading() as session:
        return list(
            session.scalars(
                select(Document.name)
                .where(Document.instance_id == instance_id, Document.void_at.is_not(None))
                .order_by(Document.id)
            )
        )


def document_text(engine: ProcessEngine, instance_id: str, name: str) -> str:
    """The words of the newest document that holds and whose name contains `name`, without markup. Raises NotFound."""
    with engine.database.reading() as session:
        rows = session.scalars(
            select(Document)
            .where(Document.instance_id == instance_id, Document.void_at.is_(None))
            .order_by(Document.id.desc())
        )
        for row in rows:
            if name in row.name:
                return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row.html)))
    raise NotFound(f"案卷里没有文书“{name}”。")


def button_element(engine: ProcessEngine, instance_id: str, name: str) -> str:
    """The element behind a case button of this name. Raises NotFound."""
    with engine.database.reading() as session:
        found = session.scalar(
            select(Subscription.element).where(
                Subscription.instance_id == instance_id,
                Subscription.element_name == name,
                Subscription.operators.is_not(None),
            )
        )
    if found is None:
        raise NotFound(f"案卷现在没有操作“{name}”。")
    return found


@contextmanager
def _sheet(engine: ProcessEngine, login: str, task_id: str, upload: Upload | None = None) -> Any:
    with engine.database.reading() as session:
        row = session.get(Task, task_id)
        if row is None:
            raise NotFound()
        instance = session.get(ProcessInstance, row.instance_id)
        assert instance is not None
        case = Case.view(Transaction(engine, session, engine.now(), login), instance)
        task = case.live.open_task(task_id)
        if task is None:
            raise NotFound()
        sheet = task_sheet(case, login, task, row)
        example = case.versions[task.process].bundle.example_text(sheet.form.key)
        context = replace(sheet.context, example_attachment=upload) if upload else sheet.context
        yield sheet.form, context, example or ""


def filled_sheet(
    engine: ProcessEngine,
    login: str,
    task_id: str,
    words: Mapping[str, str],
    prepared: Mapping[str, Any],
    upload: Upload,
) -> dict[str, Any]:
    """A whole form: fields given as words (names, 是/否, lists with 、, file names) or `prepared` as data, the rest as it
    stands in the form already, and where it is empty as in the example sheet.
    """
    with _sheet(engine, login, task_id, upload) as (form, context, text):
        named = as_posted(form, words, context) if words else {}
        return {**_filled(form, context, text, {*prepared, *named}), **prepared, **named}


def entered_sheet(
    engine: ProcessEngine, login: str, task_id: str, words: Mapping[str, str], upload: Upload
) -> dict[str, Any]:
    """Only the fields given as words, as data: what somebody fills in once for several tasks."""
    with _sheet(engine, login, task_id, upload) as (form, context, _text):
        return dict(as_posted(form, words, context))


def _filled(form: Form, context: FormContext, text: str, given: Collection[str] = ()) -> dict[str, Any]:
    """The form as it opens, its gaps filled from the example sheet; cells of prefilled tables too."""
    values = initial(form, context)
    example = read_example(form, text, context) if text else {}
    for component in form.fields():
        key = component.name
        if key in given or key not in example:
            continue
        if component.type == "dynamiclist" and values.get(key):
            values[key] = _with_cells(component, values[key], example[key])
        elif values.get(key) in (None, "", [], False):
            values[key] = example[key]
    return values


def _with_cells(table: Component, rows: Any, example: Any) -> list[dict[str, Any]]:
    """Rows whose empty cells are taken from the example's row of the same key, else of the same place."""
    by_key = table.rules.row_key
    filled = []
    for index, row in enumerate(rows):
        if by_key:
            model: Mapping[str, Any] = next((e for e in example if e.get(by_key) == row.get(by_key)), {})
        else:
            model = example[index] if index < len(example) else {}
        gaps = {key: value for key, value in model.items() if row.get(key) in (None, "", [], False)}
        filled.append({**row, **gaps})
    return filled


def table_rows(
    engine: ProcessEngine,
    login: str,
    task_id: str,
    field: str,
    rows: Sequence[Mapping[str, str]],
    upload: Upload,
) -> list[dict[str, Any]]:
    """Rows written as words, for a table field; prefilled rows are matched by the first column given."""
    with _sheet(engine, login, task_id, upload) as (form, context, text):
        return _changed_rows(form, context, text, field, rows)


def _changed_rows(
    form: Form, context: FormContext, text: str, field: str, rows: Sequence[Mapping[str, str]]
) -> list[dict[str, Any]]:
    if field not in form.by_key:
        raise NotFound(f"表单里没有表格“{field}”。")
    written: Any = as_posted(form, {field: [dict(row) for row in rows]}, context)[field]
    start: Any = _filled(form, context, text).get(field) or []
    if not initial(form, context).get(field):
        return list(written)
    column = next(iter(rows[0]))
    merged = [dict(row) for row in start]
    for change in written:
        matching = [row for row in merged if row.get(column) == change.get(column)]
        if not matching and form.by_key[field].rules.fixed_rows:
            raise NotFound(f"表格“{field}”里没有“{column}”为“{change.get(column)}”的行。")
        for row in matching:
            row.update(change)
        if not matching:
            merged.append(change)
    return merged


def warnings_of(engine: ProcessEngine, login: str, task_id: str, data: Mapping[str, Any]) -> list[str]:
    """Paths of the warnings a person would have to tick for this data."""
    with _sheet(engine, login, task_id) as (form, context, _):
        return list(validate(form, data, context).warnings)


def _field_view(form: Form, context: FormContext, field: str) -> Any:
    def search(views: Sequence[Any]) -> Any:
        for each in views:
            if each.component.key == field or each.component.label == field:
                return each
            found = search(each.children or ())
            if found is not None:
                return found
        return None

    found = search(view(form, initial(form, context), context))
    if found is None:
        raise NotFound(f"表单里没有“{field}”。")
    return found


def shown_value(engine: ProcessEngine, login: str, task_id: str, field: str) -> str:
    """What the form shows in a field when it is opened, as words; a table row by row."""
    with _sheet(engine, login, task_id) as (form, context, _):
        found = _field_view(form, context, field)
        if found.rows:
            return "；".join("，".join(cell.text for cell in row) for row in found.rows)
        return str(found.text or display(found.component, found.value, context))


def sheet_words(engine: ProcessEngine, login: str, task_id: str) -> str:
    """The sentences that stand between the fields when the form is opened, as one text."""
    with _sheet(engine, login, task_id) as (form, context, _):

        def sentences(views: Sequence[Any]) -> list[str]:
            found: list[str] = []
            for each in views:
                if each.visible and each.component.type == "text":
                    found.append(each.text)
                found += sentences(each.children)
            return found

        return "\n".join(sentences(view(form, initial(form, context), context)))


def offered_labels(engine: ProcessEngine, login: str, task_id: str, field: str) -> list[str]:
    """What may be chosen in a field; of a table, the values standing in its rows."""
    with _sheet(engine, login, task_id) as (form, context, _):
        found = _field_view(form, context, field)
        if found.rows is not None and found.component.type == "dynamiclist":
            return [cell.text for row in found.rows for cell in row]
        return [option.label.partition("，")[0] for option in found.options]


def button_words(
    engine: ProcessEngine,
    login: str,
    instance_id: str,
    element: str,
    values: Mapping[str, str],
    upload: Upload,
    tables: Mapping[str, Sequence[Mapping[str, str]]] | None = None,
) -> dict[str, Any]:
    """A case button's form filled from words, rows of its tables changed, the rest from its example sheet."""
    with engine.database.reading() as session:
        instance = session.get(ProcessInstance, instance_id)
        assert instance is not None
        case = Case.view(Transaction(engine, session, engine.now(), login), instance)
        waiting = next(each for each in case.live.waiting_messages() if each.element == element)
        key = waiting.properties.get("form")
        if not key:
            return {}
        bundle = case.versions[waiting.process].bundle
        form = case.versions[waiting.process].form(key)
        context = replace(form_context(case, login, waiting.data, ""), example_attachment=upload)
        text = bundle.example_text(key) or ""
        named = as_posted(form, values, context)
        for name, rows in (tables or {}).items():
            named[name] = _changed_rows(form, context, text, name, rows)
        return {**_filled(form, context, text, set(named)), **named}
