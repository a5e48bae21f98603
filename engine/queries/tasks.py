"""A task's page: its form as this person sees it, why it is theirs and when it is due; and a case button's form."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.access import deputy_of, may_do, sight
from engine.case import Case
from engine.errors import Conflict, Forbidden, NotFound
from engine.explain import due_sentence, why_sentences
from engine.forms import Form, FormContext, initial
from engine.models import Draft, ProcessInstance, Subscription, Task
from engine.process_engine import ProcessEngine
from engine.queries.signing import SigningView, sheet_to_read, signing_view
from engine.queries.suspension import SuspensionView, suspension_view
from engine.sheets import form_context, task_sheet
from engine.transaction import Transaction


@dataclass(frozen=True)
class TaskView:
    """Everything a task's page says. `form`, `values` and `context` are None when the task is closed."""

    id: str
    name: str
    state: str
    instance_id: str
    case: str
    business_key: str | None
    process: str
    process_name: str
    element: str
    definition_id: int
    lane: str | None
    item: Any
    assignee: str | None
    mine: bool
    claimable: bool
    due_at: datetime | None
    due_sentence: str | None
    due_facts: Mapping[str, Any] | None
    """The expression of the due date, the names it saw and the functions it called with their results."""
    provisional: bool
    why: list[str]
    clauses: tuple[str, ...]
    pack: str
    hard: bool
    submit_label: str
    opened_at: datetime
    closed_at: datetime | None
    completed_by: str | None
    whole_case: bool
    acting_for: str | None
    """Whose deputy the person is in doing it, or the doer was."""
    personal: bool
    """No deputy may do it."""
    in_batches: bool
    signing: SigningView
    suspension: SuspensionView | None
    """Under which the case stands still: nothing of it can be done now."""
    revision: int
    form: Form | None
    form_text: str | None
    """The form as deployed, in JSON."""
    context: FormContext | None
    values: Mapping[str, Any]
    draft_saved_at: datetime | None


def task_view(engine: ProcessEngine, login: str, task_id: str) -> TaskView:
    """The task as `login` sees it now. Raises NotFound."""
    with engine.database.reading() as session:
        return read_task(Transaction(engine, session, engine.now(), login), task_id)


def read_task(tx: Transaction, task_id: str) -> TaskView:
    """Like `task_view`, inside a transaction: the context it gives can be used until that ends."""
    engine, session, login = tx.engine, tx.session, str(tx.actor)
    row = session.get(Task, task_id)
    if row is None:
        raise NotFound()
    instance = session.get(ProcessInstance, row.instance_id)
    seen = sight(engine, session, login, instance)
    assert instance is not None
    if not seen.of_task(task_id):
        raise NotFound()
    definition = engine.definitions.get(session, row.definition_id)
    drawn = definition.diagram.elements[row.element]
    mine = row.state == "open" and may_do(engine, session, login, row)
    giver = deputy_of(engine, session, login, [task_id]).get(task_id)
    signing = signing_view(tx, row, instance, mine)
    sheet, values, saved_at = None, dict(row.data or {}), None
    revision = row.revision << 24
    form: Form | None = None
    context: FormContext | None = None
    if row.state == "open":
        case = Case.view(tx, instance)
        task = case.live.open_task(task_id)
        if task is not None:
            sheet = task_sheet(case, login, task, row)
            form, context, revision = sheet.form, sheet.context, sheet.revision
            values = initial(form, context, sheet.draft)
            draft = session.get(Draft, (task_id, login))
            saved_at = draft.saved_at if draft else None
            if not mine and (signing.turn or signing.shown):
                values, context = sheet_to_read(case, row, task, form)
    else:
        case = Case.view(tx, instance)
        form = definition.form_of(row.element)
        context = form_context(case, login, {**instance.variables, **values}, row.scope, row.acted_for)
    pack = engine.pack(session, instance.pack)
    return TaskView(
        id=row.id,
        name=row.name,
        state=row.state,
        instance_id=instance.id,
        case=instance.title,
        business_key=instance.business_key,
        process=row.process,
        process_name=definition.name,
        element=row.element,
        definition_id=row.definition_id,
        lane=row.lane,
        item=row.item,
        assignee=row.assignee,
        mine=mine,
        claimable=mine and row.assignee is None,
        due_at=row.due_at,
        due_sentence=due_sentence(row.due_why, row.due_at),
        due_facts=row.due_why,
        provisional=any(call.get("provisional") for call in (row.due_why or {}).get("calls", [])),
        why=why_sentences(row.why, pack.organisation, login, tx.today),
        clauses=drawn.clauses,
        pack=instance.pack,
        hard=drawn.hard,
        submit_label=drawn.properties.get("提交按钮", "提交"),
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        completed_by=row.completed_by,
        whole_case=seen.whole,
        acting_for=row.acted_for if row.state == "done" else giver,
        personal=drawn.personal,
        in_batches=drawn.in_batches,
        signing=signing,
        suspension=suspension_view(session, instance),
        revision=revision,
        form=form,
        form_text=definition.bundle.form_text(form.key) if form else None,
        context=context,
        values=values,
        draft_saved_at=saved_at,
    )


@dataclass(frozen=True)
class ButtonView:
    """The page of a case button: its form, and what it asks before it is pressed."""

    element: str
    name: str
    instance_id: str
    case: str
    confirmation: str | None
    clauses: tuple[str, ...]
    pack: str
    form: Form | None
    form_text: str | None
    context: FormContext
    values: Mapping[str, Any]


def button_view(engine: ProcessEngine, login: str, instance_id: str, element: str) -> ButtonView:
    """The form of a case button. Raises NotFound, Forbidden, Conflict when the case is past it."""
    with engine.database.reading() as session:
        return read_button(Transaction(engine, session, engine.now(), login), instance_id, element)


def read_button(tx: Transaction, instance_id: str, element: str) -> ButtonView:
    """Like `button_view`, inside a transaction: the context it gives can be used until that ends."""
    engine, session, login = tx.engine, tx.session, str(tx.actor)
    instance = session.get(ProcessInstance, instance_id)
    sight(engine, session, login, instance)
    assert instance is not None
    case = Case.view(tx, instance)
    waiting = next((w for w in case.live.waiting_messages() if w.element == element), None)
    if waiting is None:
        if not any(element in each.diagram.elements for each in case.versions.values()):
            raise NotFound("案卷没有这个操作。请刷新案卷页。")
        raise Conflict("案卷已经不在这一步，这个操作不再可用。请刷新案卷页。")
    row = session.get(Subscription, (waiting.id, element))
    if row is None or not engine.principals(session, login) & set(row.operators or []):
        raise Forbidden(f"您的岗位不能进行“{waiting.element_name}”。")
    form = case.versions[waiting.process].form(row.form) if row.form else None
    context = form_context(case, login, waiting.data, "")
    drawn = case.versions[waiting.process].diagram.elements[element]
    return ButtonView(
        element=element,
        name=row.element_name,
        instance_id=instance_id,
        case=instance.title,
        confirmation=row.confirmation,
        clauses=drawn.clauses,
        pack=instance.pack,
        form=form,
        form_text=case.versions[waiting.process].bundle.form_text(form.key) if form else None,
        context=context,
        values=initial(form, context) if form else {},
    )
