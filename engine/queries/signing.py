"""Who signs a task besides its doer, who prepares it for whom, and the rounds of a case that can still be changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine import signing
from engine.access import oversees, sight
from engine.case import Case
from engine.clock import parse_moment
from engine.commands.delegating import ENTRUSTED
from engine.commands.instances import choices, may_change
from engine.errors import Forbidden, NotFound
from engine.forms import Form, FormContext, initial
from engine.models import ProcessInstance, Task
from engine.process_engine import ProcessEngine
from engine.sheets import form_context
from engine.spiff import OpenTask
from engine.transaction import Transaction


@dataclass(frozen=True)
class SignerLine:
    """One person asked to sign. `due`: it is their turn; `removable`: by the person who looks."""

    login: str
    place: str
    state: str
    asked_by: str
    asked_at: datetime
    reason: str
    opinion: str | None
    answered_at: datetime | None
    due: bool
    removable: bool


@dataclass(frozen=True)
class SigningView:
    """What a task's page says of signers and of entrusting."""

    signers: Sequence[SignerLine]
    turn: SignerLine | None
    """The place at which the person who looks has to sign now: their own, or that of one whose deputy they are."""
    submitted_by: str | None
    """Who has submitted the sheet for which signatures are still missing, and when."""
    submitted_at: datetime | None
    shown: bool
    """The person may read the sheet that waits: they have submitted it or are to sign it."""
    owner: str | None
    """Who has entrusted the task to its assignee, and the words that went with it."""
    words: str
    owned: bool
    """The person who looks is the owner, and may call it back."""
    prepares: bool
    """The person who looks prepares it for the owner."""

    @property
    def open(self) -> list[SignerLine]:
        return [each for each in self.signers if each.state == signing.OPEN]

    @property
    def given(self) -> list[SignerLine]:
        return [each for each in self.signers if each.state in (signing.AGREED, signing.OBJECTED)]


def signing_view(tx: Transaction, row: Task, instance: ProcessInstance, mine: bool) -> SigningView:
    """The signers of a task as the actor sees them; `mine`: the actor may do the task."""
    engine, session, login = tx.engine, tx.session, str(tx.actor)
    principals = engine.principals(session, login)
    overseeing = oversees(engine, session, login, instance)
    due = {each.id for each in signing.due_signers(session, row)} if row.state == "open" else set()
    lines, turns = [], []
    for each in signing.signers(session, row.id):
        concerned = {f"user:{each.asked_by}", f"user:{row.assignee}"}
        line = SignerLine(
            login=each.login,
            place=each.place,
            state=each.state,
            asked_by=each.asked_by,
            asked_at=each.asked_at,
            reason=each.reason,
            opinion=each.opinion,
            answered_at=each.answered_at,
            due=each.id in due,
            removable=each.state == signing.OPEN and (overseeing or bool(principals & concerned)),
        )
        lines.append(line)
        if line.due and f"user:{each.login}" in principals:
            turns.append(line)
    turns.sort(key=lambda line: line.login != login)
    held = row.submitted if row.state == "open" else None
    owner = row.owner if row.state == "open" else None
    return SigningView(
        signers=lines,
        turn=turns[0] if turns else None,
        submitted_by=held["by"] if held else None,
        submitted_at=parse_moment(held["at"]) if held else None,
        shown=held is not None
        and (bool(turns) or bool(principals & {f"user:{held['by']}", f"user:{row.acted_for}"})),
        owner=owner,
        words=str(row.why.get(ENTRUSTED, {}).get("reason", "")) if owner else "",
        owned=f"user:{owner}" in principals and not mine,
        prepares=owner is not None and mine,
    )


def sheet_to_read(case: Case, row: Task, task: OpenTask, form: Form) -> tuple[dict[str, Any], FormContext]:
    """What a signer reads: the sheet as submitted, and before that the form as it opens, without anybody's draft."""
    doer = row.submitted["by"] if row.submitted else row.assignee
    context = form_context(case, str(doer or case.tx.actor), task.data, task.scope, row.acted_for)
    values = dict(row.submitted["data"]) if row.submitted else initial(form, context, None)
    return values, context


# ---- rounds


@dataclass(frozen=True)
class RoundItem:
    """A person or unit of a round; `task_id` is None in a sequence until its turn comes."""

    item: Any
    task_id: str | None
    open: bool


@dataclass(frozen=True)
class RoundLine:
    """A multi-instance under way which the person may change. `task_id` is any open task of it."""

    task_id: str
    instance_id: str
    case: str
    name: str
    items: Sequence[RoundItem]
    sequential: bool
    may_remove: bool
    choices: Sequence[tuple[str, str]]
    """Who could be added, as value and label."""


def case_rounds(engine: ProcessEngine, login: str, instance_id: str) -> list[RoundLine]:
    """The rounds of a case that this person may add to or take off. Raises NotFound."""
    with engine.database.reading() as session:
        row = session.get(ProcessInstance, instance_id)
        sight(engine, session, login, row)
        assert row is not None
        if row.state not in ("active", "incident"):
            return []
        case = Case.view(Transaction(engine, session, engine.now(), login), row)
        found: dict[str, RoundLine] = {}
        for task in case.live.open_tasks():
            if task.activation not in found and (line := _round_line(case, login, task)) is not None:
                found[task.activation] = line
        return list(found.values())


def round_page(engine: ProcessEngine, login: str, task_id: str) -> RoundLine:
    """The round an open task belongs to. Raises NotFound, Forbidden when the person may not change it."""
    with engine.database.reading() as session:
        row = session.get(Task, task_id)
        instance = session.get(ProcessInstance, row.instance_id) if row is not None else None
        seen = sight(engine, session, login, instance)
        assert instance is not None
        case = Case.view(Transaction(engine, session, engine.now(), login), instance)
        task = case.live.open_task(task_id)
        line = _round_line(case, login, task) if task is not None else None
        if line is None and not seen.of_task(task_id):
            raise NotFound()
        if line is None:
            raise Forbidden("只有看得到整个案卷的岗位和上一步的办理人可以加办、减办正在分头办理的环节。")
        return line


def _round_line(case: Case, login: str, task: OpenTask) -> RoundLine | None:
    found = case.live.round_of(task.id)
    tx = case.tx
    if found is None or not may_change(tx.engine, tx.session, login, case, task.id):
        return None
    open_tasks = [each for each in case.live.open_tasks() if each.activation == task.activation]
    left = [(each.item, each.id) for each in open_tasks]
    waiting = list(found.open)
    items = []
    for item in found.items:
        now_open = item in waiting
        if now_open:
            waiting.remove(item)
        task_id = next((key for value, key in left if value == item), None) if now_open else None
        items.append(RoundItem(item, task_id, now_open))
    drawn = case.versions[task.process].diagram.elements[task.element]
    return RoundLine(
        task_id=task.id,
        instance_id=case.row.id,
        case=case.row.title,
        name=task.name,
        items=items,
        sequential=found.sequential,
        may_remove=not drawn.hard and len(found.open) > 1,
        choices=choices(case, found),
    )
