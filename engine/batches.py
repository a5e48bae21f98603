"""Several open tasks of one element done with one sheet: what is asked once, and what is each task's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.access import may_do, sight
from engine.case import Case
from engine.diagram import Element
from engine.errors import NotFound, Refused
from engine.forms import FieldView, Form, initial, validate, view
from engine.models import ProcessInstance, Task
from engine.sheets import TaskSheet, task_sheet
from engine.transaction import Transaction

MOST = 100
"""So many tasks may be done at once."""
NOTHING_TO_FILL = ("text", "documentPreview")


@dataclass(frozen=True)
class BatchTask:
    """One task of a batch with its sheet."""

    row: Task
    case: Case
    sheet: TaskSheet

    def values(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """What would be submitted: `data`, else the person's draft; what neither has, the form computes."""
        draft = {
            key: value for key, value in (self.sheet.draft or {}).items() if key in self.sheet.form.by_key
        }
        return {**draft, **data}


def drawn(tx: Transaction, row: Task) -> Element:
    """The element of a task."""
    return tx.engine.definitions.get(tx.session, row.definition_id).diagram.elements[row.element]


def open_in_batch(tx: Transaction, task_id: str) -> Task:
    """The row of a task that may be done with others. Raises NotFound, Refused when its element is none of these."""
    row = tx.session.get(Task, task_id)
    if row is None:
        raise NotFound()
    instance = tx.session.get(ProcessInstance, row.instance_id)
    if not sight(tx.engine, tx.session, str(tx.actor), instance).of_task(task_id):
        raise NotFound()
    if not drawn(tx, row).in_batches:
        raise Refused(f"“{row.name}”不能批量办理，请逐件办理。")
    return row


def batch_task(tx: Transaction, row: Task) -> BatchTask | None:
    """A task with its sheet; None when it cannot be done now by the actor."""
    instance = tx.session.get_one(ProcessInstance, row.instance_id)
    if row.state != "open" or not may_do(tx.engine, tx.session, str(tx.actor), row):
        return None
    case = Case.view(tx, instance)
    task = case.live.open_task(row.id)
    if task is None:
        return None
    return BatchTask(row, case, task_sheet(case, str(tx.actor), task, row))


def shared_keys(tasks: Sequence[BatchTask]) -> frozenset[str]:
    """The fields to be filled in once: the same entry is expected in every task, from the same choices."""
    if not tasks:
        return frozenset()
    opened = [_fillable(each.sheet.form, each) for each in tasks]
    same = set(opened[0])
    for other in opened[1:]:
        same = {key for key in same if other.get(key) == opened[0][key]}
    # What is hidden or read-only everywhere may be asked for by an entry made once.
    own = set().union(*opened) - same
    return frozenset(set(tasks[0].sheet.form.by_key) - own)


def _fillable(form: Form, task: BatchTask) -> dict[str, tuple[Any, ...]]:
    """What decides whether a field of a freshly opened form is the same elsewhere, by the field's key."""
    values = initial(form, task.sheet.context, task.sheet.draft)
    found: dict[str, tuple[Any, ...]] = {}
    for each in flat(view(form, values, task.sheet.context)):
        if each.visible and not each.readonly:
            options = tuple((str(option.value), option.label) for option in each.options)
            found[each.component.name] = (each.value, options, each.required)
    return found


def flat(fields: Sequence[FieldView]) -> list[FieldView]:
    """The fields that have a value, those of groups among them."""
    found: list[FieldView] = []
    for each in fields:
        if each.component.type == "group":
            found += flat(each.children)
        elif each.component.type not in NOTHING_TO_FILL:
            found.append(each)
    return found


def check(task: BatchTask, data: Mapping[str, Any], confirmed: frozenset[str]) -> Mapping[str, str]:
    """The sentences a submission of these entries would be refused with, by path."""
    sheet = validate(task.sheet.form, task.values(data), task.sheet.context, confirmed)
    return {**sheet.warnings, **sheet.errors}
