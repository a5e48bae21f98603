"""The page on which several tasks of one element are done with one sheet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from engine import batches
from engine.batches import BatchTask
from engine.errors import Invalid, NotFound, Refused
from engine.forms import FieldView, Form, initial, validate, view
from engine.models import ProcessInstance
from engine.process_engine import ProcessEngine
from engine.queries.sheets import Entered, FilledForm
from engine.transaction import Transaction


@dataclass(frozen=True)
class BatchLine:
    """A task of the batch; `own` are label and value of the fields that are its own and not asked."""

    id: str
    case: str
    instance_id: str
    business_key: str | None
    item: Any
    due_at: datetime | None
    own: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class BatchPage:
    """The tasks that can be done now with the fields to be filled in once; `skipped` are ids that cannot."""

    name: str
    process_name: str
    pack: str
    clauses: tuple[str, ...]
    submit_label: str
    tasks: Sequence[BatchLine]
    skipped: Sequence[str]
    form: Form | None
    filled: FilledForm | None


def batch_page(
    engine: ProcessEngine, login: str, tasks: Sequence[str], entered: Entered | None = None
) -> BatchPage:
    """The common sheet of these tasks. Raises Invalid when they are none, too many, or of different elements, Refused
    when their element is not for batches, NotFound when the person may not know of any of them."""
    ids = list(dict.fromkeys(tasks))
    if not ids or len(ids) > batches.MOST:
        raise Invalid({"tasks": f"请选择 1 至 {batches.MOST} 项任务。"})
    with engine.database.reading() as session:
        tx = Transaction(engine, session, engine.now(), login)
        rows, skipped = [], []
        refused: Refused | None = None
        for task_id in ids:
            try:
                rows.append(batches.open_in_batch(tx, task_id))
            except Refused as error:
                refused = error
                skipped.append(task_id)
            except NotFound:
                skipped.append(task_id)
        if not rows:
            raise refused or NotFound()
        kinds = {(row.definition_id, row.element): row.name for row in rows}
        if len(kinds) > 1:
            names = "”“".join(kinds.values())
            raise Invalid({"tasks": f"“{names}”不是同一个流程版本的同一个环节，请分别选择。"})
        found: list[BatchTask] = []
        for row in rows:
            task = batches.batch_task(tx, row)
            if task is None:
                skipped.append(row.id)
            else:
                found.append(task)
        drawn = batches.drawn(tx, rows[0])
        definition = engine.definitions.get(session, rows[0].definition_id)
        shared = batches.shared_keys(found)
        return BatchPage(
            name=rows[0].name,
            process_name=definition.name,
            pack=session.get_one(ProcessInstance, rows[0].instance_id).pack,
            clauses=drawn.clauses,
            submit_label=drawn.properties.get("提交按钮", "提交"),
            tasks=[_line(each, shared) for each in found],
            skipped=skipped,
            form=found[0].sheet.form if found else None,
            filled=_filled(found, shared, entered) if found else None,
        )


def _line(task: BatchTask, shared: frozenset[str]) -> BatchLine:
    values = initial(task.sheet.form, task.sheet.context, task.sheet.draft)
    fields = batches.flat(view(task.sheet.form, values, task.sheet.context))
    return BatchLine(
        id=task.row.id,
        case=task.case.row.title,
        instance_id=task.row.instance_id,
        business_key=task.case.row.business_key,
        item=task.row.item,
        due_at=task.row.due_at,
        own=[
            (each.component.label, each.text)
            for each in fields
            if each.visible and not each.readonly and each.component.name not in shared
        ],
    )


def _filled(tasks: Sequence[BatchTask], shared: frozenset[str], entered: Entered | None) -> FilledForm:
    data: Mapping[str, Any] = entered.data if entered else {}
    confirmed = entered.confirmed if entered else frozenset[str]()
    # The sentences are those of the first task that would be refused.
    shown = tasks[0]
    if entered and entered.check:
        shown = next((each for each in tasks if batches.check(each, data, confirmed)), tasks[0])
    errors: dict[str, str] = dict(entered.errors) if entered else {}
    warnings: dict[str, str] = {}
    form, context = shown.sheet.form, shown.sheet.context
    if entered and entered.check:
        sheet = validate(form, shown.values(data), context, confirmed)
        values, errors, warnings = sheet.shown, {**sheet.errors, **errors}, sheet.warnings
    else:
        values = initial(form, context, shown.values(data))
    errors = {path: text for path, text in errors.items() if path.partition(".")[0] in {*shared, ""}}
    warnings = {path: text for path, text in warnings.items() if path.partition(".")[0] in shared}
    same = set.intersection(*(_texts(each, data) for each in tasks))
    fields = _asked(view(form, values, context, errors, warnings, confirmed), shared, same)
    return FilledForm(form.title, "", fields, errors, warnings)


def _texts(task: BatchTask, data: Mapping[str, Any]) -> set[str]:
    """The sentences of the form; those that name something of one case are of no use for the others."""
    values = initial(task.sheet.form, task.sheet.context, task.values(data))
    return set(_sentences(view(task.sheet.form, values, task.sheet.context)))


def _sentences(fields: Sequence[FieldView]) -> list[str]:
    found: list[str] = []
    for each in fields:
        if each.component.type == "text" and each.visible:
            found.append(each.text)
        found += _sentences(each.children)
    return found


def _asked(fields: Sequence[FieldView], shared: frozenset[str], same: set[str]) -> list[FieldView]:
    """The part of a form that is the same for all tasks and can be filled in."""
    found = []
    for each in fields:
        if each.component.type == "group":
            inner = _asked(each.children, shared, same)
            if inner:
                found.append(replace(each, children=tuple(inner)))
        elif each.component.type == "text":
            if each.text in same:
                found.append(each)
        elif each.component.type != "documentPreview" and each.component.name in shared and not each.readonly:
            found.append(each)
    return found


__all__ = ["BatchLine", "BatchPage", "batch_page"]
