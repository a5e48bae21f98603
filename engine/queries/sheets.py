"""Forms ready for a page: of open tasks, of case buttons, as submitted; and previews of documents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jinja2 import TemplateError
from sqlalchemy import select

from engine import documents
from engine.access import sight
from engine.case import Case
from engine.clock import CN
from engine.errors import NotFound, Refused
from engine.forms import FieldView, Form, FormContext, form_note, initial, submitted_view, validate, view
from engine.functions import bind
from engine.models import ProcessInstance, Task
from engine.process_engine import ProcessEngine
from engine.queries.tasks import ButtonView, TaskView, read_button, read_task
from engine.services import fill
from engine.sheets import DOER, form_context, task_sheet
from engine.transaction import Transaction


@dataclass(frozen=True)
class Entered:
    """What a page has sent: `check` asks for the sentences of a submission, `errors` adds the page's own.

    `told` are the paths something was wrong at when the sheet was last submitted; without `check` the sentences at
    these are given as far as they still hold, and no others.
    """

    data: Mapping[str, Any]
    confirmed: frozenset[str] = frozenset()
    check: bool = False
    errors: Mapping[str, str] = field(default_factory=dict)
    told: frozenset[str] = frozenset()


@dataclass(frozen=True)
class FilledForm:
    """A form's fields with `errors` and `warnings` by path; the path `""` is the whole sheet."""

    title: str
    note: str
    fields: Sequence[FieldView]
    errors: Mapping[str, str]
    warnings: Mapping[str, str]


def task_page(
    engine: ProcessEngine, login: str, task_id: str, entered: Entered | None = None
) -> tuple[TaskView, FilledForm | None]:
    """A task with its form: as opened, as `entered`, or as submitted when it is done. Raises NotFound.

    There is no form for a task that was cancelled, and none for an open one that is somebody else's: who has to sign
    one, and who waits for signatures, reads it as a sheet.
    """
    with engine.database.reading() as session:
        tx = Transaction(engine, session, engine.now(), login)
        task = read_task(tx, task_id)
        if task.form is None or task.context is None:
            return task, None
        if task.state == "done":
            fields = submitted_view(task.form, task.values, task.context)
            return task, FilledForm(task.form.title, "", fields, {}, {})
        if task.state == "open" and not task.mine and (task.signing.turn or task.signing.shown):
            return task, FilledForm(
                task.form.title, "", submitted_view(task.form, task.values, task.context), {}, {}
            )
        if task.state != "open" or not task.mine:
            return task, None
        return task, filled_form(task.form, task.values, task.context, entered)


def button_page(
    engine: ProcessEngine, login: str, instance_id: str, element: str, entered: Entered | None = None
) -> tuple[ButtonView, FilledForm | None]:
    """A case button with its form. Raises NotFound, Forbidden, Conflict."""
    with engine.database.reading() as session:
        button = read_button(Transaction(engine, session, engine.now(), login), instance_id, element)
        if button.form is None:
            return button, None
        return button, filled_form(button.form, button.values, button.context, entered)


def filled_form(
    form: Form, values: Mapping[str, Any], context: FormContext, entered: Entered | None
) -> FilledForm:
    errors: dict[str, str] = {}
    warnings: dict[str, str] = {}
    confirmed: frozenset[str] = frozenset()
    if entered is not None:
        errors, confirmed = dict(entered.errors), entered.confirmed
        if entered.check:
            sheet = validate(form, entered.data, context, confirmed)
            values, errors, warnings = sheet.shown, {**sheet.errors, **errors}, sheet.warnings
        else:
            values = initial(form, context, entered.data)
        if entered.told and not entered.check:
            sheet = validate(form, entered.data, context, confirmed)
            errors = {**_at(entered.told, sheet.errors), **errors}
            warnings = _at(entered.told, sheet.warnings)
    fields = view(form, values, context, errors, warnings, confirmed)
    return FilledForm(form.title, form_note(form, context, values), fields, errors, warnings)


def _at(paths: frozenset[str], sentences: Mapping[str, str]) -> dict[str, str]:
    return {path: text for path, text in sentences.items() if path in paths}


def submitted_sheets(engine: ProcessEngine, login: str, instance_id: str) -> dict[str, list[FieldView]]:
    """Task id → its form as submitted, for the tasks whose content the person may see. Raises NotFound."""
    with engine.database.reading() as session:
        instance = session.get(ProcessInstance, instance_id)
        seen = sight(engine, session, login, instance)
        assert instance is not None
        case = Case.view(Transaction(engine, session, engine.now(), login), instance)
        found: dict[str, list[FieldView]] = {}
        tasks = session.scalars(select(Task).where(Task.instance_id == instance_id, Task.state == "done"))
        for task in tasks:
            if seen.of_task(task.id):
                form = engine.definitions.get(session, task.definition_id).form_of(task.element)
                context = form_context(case, login, {}, task.scope)
                found[task.id] = [
                    each for each in submitted_view(form, task.data or {}, context) if each.visible
                ]
        return found


def document_preview(engine: ProcessEngine, login: str, task_id: str, number: int) -> tuple[str, str]:
    """Name and HTML of the `number`-th document of an open task, with the values of the person's draft.

    Raises NotFound when there is no such document or the task is not this person's, Refused when the template
    cannot be filled in yet.
    """
    with engine.database.reading() as session:
        tx = Transaction(engine, session, engine.now(), login)
        task = read_task(tx, task_id)
        row = session.get(Task, task_id)
        if row is None or not task.mine or task.form is None or number >= len(task.form.documents()):
            raise NotFound()
        case = Case.view(tx, session.get_one(ProcessInstance, task.instance_id))
        live = case.live.open_task(task_id)
        if live is None:
            raise NotFound()
        sheet = task_sheet(case, login, live, row)
        component = task.form.documents()[number]
        entered = validate(sheet.form, sheet.draft or task.values, sheet.context).data
        names = {**case.row.variables, **live.data, **entered, DOER: login, **case.names()}
        names["制作时间"] = tx.now.astimezone(CN).isoformat(timespec="seconds")
        try:
            template = case.versions[live.process].template(component.properties.get("模板", ""))
            html = documents.render(template, names, bind(case.scope(live.scope)))
            title = component.properties.get("文书名称", component.label)
            name = fill(title, lambda expression: case.evaluate(expression, names, live.scope)[0])
        except (TemplateError, ValueError, TypeError) as error:
            raise Refused(f"文书“{component.label}”暂时无法预览，请先填好相关内容。（{error}）") from error
        return name, html


__all__ = ["Entered", "FilledForm", "button_page", "document_preview", "submitted_sheets", "task_page"]
