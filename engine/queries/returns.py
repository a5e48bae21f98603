"""Ways back from a task, for the person who decides."""

from engine.access import may_do, sight
from engine.case import Case
from engine.commands.returns import held_fast, way_to_withdraw
from engine.errors import Conflict, Forbidden, NotFound
from engine.models import ProcessInstance, Task
from engine.process_engine import ProcessEngine
from engine.returning import WayBack
from engine.returning import ways_back as ways_back_of
from engine.signing import turns_of
from engine.transaction import Transaction


def ways_back(engine: ProcessEngine, login: str, task_id: str) -> list[WayBack]:
    """The finished steps this open task can be returned to, latest first. Raises NotFound, Forbidden, Conflict."""
    with engine.database.reading() as session:
        tx = Transaction(engine, session, engine.now(), login)
        row = session.get(Task, task_id)
        if row is None:
            raise NotFound()
        instance = session.get(ProcessInstance, row.instance_id)
        if not sight(engine, session, login, instance).of_task(task_id):
            raise NotFound()
        if row.state != "open":
            raise Conflict("这项任务已经办理完毕或已经撤销，不能再退回。")
        if not may_do(engine, session, login, row):
            raise Forbidden("您可以查看这项任务，但不是它的办理人，不能退回。")
        assert instance is not None
        return ways_back_of(Case.view(tx, instance), task_id)


def unread(engine: ProcessEngine, login: str, task_id: str) -> bool:
    """Whether nobody has opened the open task yet of those, this person among them, who could do it or have to sign it."""
    with engine.database.reading() as session:
        row = session.get(Task, task_id)
        if row is None or row.state != "open":
            return False
        turns = turns_of(session, row, engine.principals(session, login))
        return any(each.read_at is None for each in turns) or (
            row.read_at is None and may_do(engine, session, login, row)
        )


def may_withdraw(engine: ProcessEngine, login: str, task_id: str) -> bool:
    """Whether this person may take the finished task back now."""
    with engine.database.reading() as session:
        tx = Transaction(engine, session, engine.now(), login)
        row = session.get(Task, task_id)
        held = row is not None and row.state == "open" and row.submitted is not None
        if row is None or not (held or (row.state, row.completed_by, row.undone_at) == ("done", login, None)):
            return False
        instance = session.get(ProcessInstance, row.instance_id)
        if instance is None or instance.state != "active":
            return False
        if held:
            return not held_fast(Case.view(tx, instance), row)
        return way_to_withdraw(Case.view(tx, instance), row)[0] is not None


__all__ = ["WayBack", "may_withdraw", "unread", "ways_back"]
