"""The rows that mirror a case: open tasks, inboxes, timers, subscriptions. All can be rebuilt from its state."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, literal, select, union_all

from engine import signing
from engine.assignment import Assignment, assign
from engine.clock import iso
from engine.deadlines import due_expression, due_moment, facts, later, watched_process
from engine.diagram import NAMED_AS, split
from engine.errors import ElementFailed
from engine.expressions import ExpressionError, lone_placeholder
from engine.models import InboxEntry, Job, Subscription, Task, TaskCandidate, TimerRow
from engine.notices import notify
from engine.organisation import OrganisationError
from engine.services import fill
from engine.spiff import OpenTask
from engine.spiff.views import NEVER
from engine.suspension import SUSPENDED

if TYPE_CHECKING:
    from engine.case import Case

NO_DUE = datetime(9999, 1, 1, tzinfo=UTC)
"""The place of tasks without a due date in an inbox that is ordered by due date."""


# Asked after every step of every case, so these are put together only once.
_OPEN_TASKS = select(Task).where(Task.instance_id == bindparam("case"), Task.state == "open")
_TIMERS = select(TimerRow).where(TimerRow.instance_id == bindparam("case"))
_SUBSCRIPTIONS = select(Subscription).where(Subscription.instance_id == bindparam("case"))


def refresh(case: "Case") -> None:
    """Make the mirror rows equal to the live instance."""
    _refresh_tasks(case)
    _refresh_timers(case)
    _refresh_subscriptions(case)


# ---- tasks


def _refresh_tasks(case: "Case") -> None:
    session = case.tx.session
    live = {} if case.row.state == "cancelled" else {task.id: task for task in case.live.open_tasks()}
    rows = {row.id: row for row in session.scalars(_OPEN_TASKS, {"case": case.row.id})}
    for key, row in rows.items():
        if key not in live:
            close(case, row, "cancelled")
    for key, row in rows.items():
        if key in live:
            redate(case, live[key], row)
    _enter(case, [_opened(case, task) for key, task in live.items() if key not in rows])


def assignment_of(case: "Case", task: OpenTask) -> Assignment:
    """Who is to do an open task by the diagram. Raises ElementFailed."""
    try:
        return assign(
            task,
            case.pack.organisation,
            lambda expression: case.evaluate(expression, task.data, task.scope),
        )
    except ExpressionError as error:
        raise ElementFailed(task.element, task.name, error.source, error.reason) from error
    except OrganisationError as error:
        raise ElementFailed(task.element, task.name, task.lane or "", str(error).rstrip("。")) from error


def name_of_task(case: "Case", task: OpenTask) -> str:
    """What an open task is called: as it is drawn, or by its property 待办名称. Raises ElementFailed."""
    drawn = case.versions[task.process].diagram.elements[task.element]
    text = drawn.properties.get(NAMED_AS, "")
    try:
        said = fill(text, lambda expression: case.evaluate(expression, task.data, task.scope)[0])
    except ExpressionError as error:
        raise ElementFailed(task.element, task.name, error.source, error.reason) from error
    return said.strip()[:200] or task.name


def _opened(case: "Case", task: OpenTask) -> tuple[Task, Sequence[str]]:
    """The row of a task that has just opened, and who may do it. Raises ElementFailed."""
    assignment = assignment_of(case, task)
    row = Task(
        id=task.id,
        instance_id=case.row.id,
        definition_id=case.versions[task.process].id,
        process=task.process,
        element=task.element,
        name=name_of_task(case, task),
        lane=task.lane,
        scope=task.scope,
        activation=task.activation,
        item=task.item,
        item_name=task.item_name,
        state="open",
        assignee=assignment.assignee,
        why=assignment.why,
        revision=1,
        opened_at=case.tx.now,
    )
    row.due_at, row.due_why, row.watches = _due(case, task, case.tx.now)
    return row, assignment.principals


def _enter(case: "Case", opened: Sequence[tuple[Task, Sequence[str]]]) -> None:
    """Write tasks that have just opened, together: a round may open one for each of a hundred people."""
    session = case.tx.session
    session.add_all(row for row, _ in opened)
    session.flush()
    for row, principals in opened:
        session.add_all(TaskCandidate(task_id=row.id, principal=each) for each in principals)
        doers = [f"user:{row.assignee}"] if row.assignee else principals
        session.add_all(_entries(case, row, doers))
    session.flush()
    for row, principals in opened:
        if not principals:
            notify(
                case,
                case.row.readers or ([f"user:{case.row.started_by}"] if case.row.started_by else []),
                "attention",
                f"“{case.row.title}”的环节“{row.name}”没有找到办理人，请打开案卷转办给合适的人员。",
                task_id=row.id,
            )


def _due(
    case: "Case", task: OpenTask, opened: datetime, extra_days: int = 0
) -> tuple[datetime | None, dict[str, Any] | None, str | None]:
    expression = due_expression(task)
    if expression is None:
        return None, None, None
    try:
        # Seen from when the task was opened: a period that counts from that day must not begin anew every day.
        value, calls, names = case.evaluate(expression, task.data, task.scope, opened)
    except ExpressionError as error:
        raise ElementFailed(task.element, task.name, expression, error.reason) from error
    moment = due_moment(value, case.scope(task.scope))
    why = facts(expression, names, calls, value)
    if moment is not None and extra_days:
        why["suspended"] = {"days": extra_days, "before": iso(moment)}
        moment = later(case.tx.calendar, moment, extra_days)
    return moment, why, watched_process(expression)


def redate(case: "Case", task: OpenTask, row: Task) -> bool:
    """Compute the due date of an open task again; a change is recorded and moves it in the inboxes."""
    if row.due_why is None and due_expression(task) is None:
        return False
    moment, why, row.watches = _due(case, task, row.opened_at, row.extra_days)
    if moment == row.due_at:
        # The same date for another reason, such as a calendar that is no longer provisional.
        row.due_why = why
        return False
    before = row.due_at
    row.due_at, row.due_why, row.revision = moment, why, row.revision + 1
    case.tx.record(
        case.row.id,
        "task.due_changed",
        {
            "task": row.name,
            "before": before.isoformat() if before else None,
            "after": moment.isoformat() if moment else None,
            "why": why,
        },
        row.id,
    )
    enter_inboxes(case, row)
    return True


def enter_inboxes(case: "Case", row: Task) -> None:
    """Put an open task into the inboxes of its assignee, or of all its candidates while nobody has claimed it.

    Besides those who do it, it stands in the inboxes of the signers whose turn it is. What its doer has submitted is
    only theirs, until all have signed.
    """
    session = case.tx.session
    session.execute(delete(InboxEntry).where(InboxEntry.task_id == row.id))
    if row.state != "open":
        return
    if row.submitted is not None:
        principals: list[str] = []
    elif row.assignee and row.acted_for and row.owner is None:
        # A deputy's claim is the other's: it ends with the deputyship, and whoever is the deputy then goes on with it.
        principals = [f"user:{row.acted_for}"]
    elif row.assignee:
        principals = [f"user:{row.assignee}"]
    else:
        principals = list(
            session.scalars(
                select(TaskCandidate.principal).where(
                    TaskCandidate.task_id == row.id, TaskCandidate.role == "do"
                )
            )
        )
    session.add_all(_entries(case, row, principals))
    session.add_all(
        _entries(
            case,
            row,
            [p for p in signing.principals(signing.due_signers(session, row)) if p not in principals],
            role="sign",
        )
    )
    session.flush()


def _entries(case: "Case", row: Task, principals: Iterable[str], role: str = "do") -> Iterator[InboxEntry]:
    # While the case stands still nothing of it is late or soon due.
    due = row.due_at if row.due_at and case.row.state != SUSPENDED else NO_DUE
    # That no deputy may do it concerns those who do it, not who only gives an opinion on it.
    personal = role == "do" and case.versions[row.process].diagram.elements[row.element].personal
    for each in principals:
        yield InboxEntry(principal=each, due_at=due, task_id=row.id, personal=personal, role=role)


def close(case: "Case", row: Task, state: str) -> None:
    """Take a task out of all inboxes as done or cancelled; who has still to sign it is told."""
    row.state, row.closed_at, row.revision = state, case.tx.now, row.revision + 1
    signing.withdraw(case, row)
    case.tx.session.execute(delete(InboxEntry).where(InboxEntry.task_id == row.id))
    case.tx.session.flush()


# ---- timers and messages


def _refresh_timers(case: "Case") -> None:
    session = case.tx.session
    live = {} if case.row.state == "cancelled" else {timer.id: timer for timer in case.live.timers()}
    rows = {row.id: row for row in session.scalars(_TIMERS, {"case": case.row.id})}
    for key, row in rows.items():
        if key not in live:
            session.delete(row)
        elif row.due_at != live[key].due:
            before, row.due_at = row.due_at, live[key].due
            case.tx.record(
                case.row.id,
                "timer.due_changed",
                {
                    "task": row.name,
                    "element": [row.process, row.element],
                    "before": None if before == NEVER else iso(before),
                    "after": None if row.due_at == NEVER else iso(row.due_at),
                },
            )
    for key, timer in live.items():
        if key not in rows:
            session.add(
                TimerRow(
                    id=key,
                    instance_id=case.row.id,
                    process=timer.process,
                    element=timer.element,
                    name=timer.element_name,
                    due_at=timer.due,
                    watches=watched_process(timer.expression),
                )
            )
    session.flush()


def _refresh_subscriptions(case: "Case") -> None:
    session = case.tx.session
    waiting = [] if case.row.state == "cancelled" else case.live.waiting_messages()
    live = {(each.id, each.element): each for each in waiting}
    rows = {(row.task_id, row.element): row for row in session.scalars(_SUBSCRIPTIONS, {"case": case.row.id})}
    for key, row in rows.items():
        if key not in live:
            session.delete(row)
        elif row.correlation_key != live[key].key:
            row.correlation_key = live[key].key
    for key, each in live.items():
        if key in rows:
            continue
        operators = None
        if each.properties.get("operators"):
            try:
                operators = _operators(case, each.properties["operators"], each.data)
            except ExpressionError as error:
                raise ElementFailed(each.element, each.element_name, error.source, error.reason) from error
        session.add(
            Subscription(
                task_id=each.id,
                element=each.element,
                instance_id=case.row.id,
                definition_id=case.versions[each.process].id,
                process=each.process,
                element_name=each.element_name,
                name=each.name,
                correlation_key=each.key,
                since=case.tx.now,
                operators=operators,
                form=each.properties.get("form"),
                confirmation=each.properties.get("确认语"),
            )
        )
    session.flush()


def _operators(case: "Case", text: str, names: Any) -> list[str]:
    """Principals who get a button: posts by comma, `${…}` entries are expressions that give people or posts."""
    posts = {post.name for post in case.pack.organisation.posts()}
    found: list[str] = []
    for part in [text] if lone_placeholder(text) else split(text):
        values: Any = [part]
        if lone_placeholder(part):
            values = case.evaluate(part, names)[0]
        for value in values if isinstance(values, list) else [values]:
            if value in posts:
                found.append(f"post:{case.row.pack}/{value}")
            elif value:
                found.append(f"user:{value}")
    return list(dict.fromkeys(found))


_WATCHED = union_all(
    select(literal(1)).where(Task.state == "open", Task.watches.in_(bindparam("watched", expanding=True))),
    select(literal(1)).where(TimerRow.watches.in_(bindparam("watched", expanding=True))),
).limit(1)


def wake_watchers(case: "Case") -> None:
    """Other cases' due dates and timers that ask for this process must be computed again."""
    if case.tx.session.scalar(_WATCHED, {"watched": [case.row.key, "*"]}) is None:
        return
    case.tx.session.add(Job(kind="recompute", arguments={"watches": case.row.key}, made_at=case.tx.now))
    case.tx.session.flush()
