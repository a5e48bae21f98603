"""催办, 抄送, and notifications."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select, update

from engine.access import name_of, sight
from engine.case import Case
from engine.clock import CN
from engine.commands.once import Result, once
from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.models import HistoryEvent, InboxEntry, Notification, ProcessInstance, Task
from engine.notices import notify
from engine.process_engine import ProcessEngine
from engine.readers import add_readers
from engine.suspension import require_running
from engine.transaction import Transaction, begin

URGE_AGAIN = timedelta(hours=1)
"""How long one person waits before urging the same task again."""


def urge_task(
    engine: ProcessEngine, actor: str, task_id: str, text: str = "", idempotency_key: str | None = None
) -> Result:
    """催办: remind whoever has this open task; recorded in the history. Everyone who sees the whole case may."""
    with begin(engine, actor) as tx:

        def do() -> Result:
            row = tx.session.get(Task, task_id)
            if row is None:
                raise NotFound()
            instance = tx.session.get(ProcessInstance, row.instance_id)
            seen = sight(engine, tx.session, actor, instance)
            if not seen.of_task(task_id):
                raise NotFound()
            if not seen.whole:
                raise Forbidden("只有看得到整个案卷的人可以催办。")
            if row.state != "open":
                raise Conflict("这项任务已经办理完毕，不用再催办。")
            case = Case.open(tx, row.instance_id)
            require_running(case)
            _require_patience(tx, row)
            principals = tx.session.scalars(select(InboxEntry.principal).where(InboxEntry.task_id == task_id))
            words = text.strip() or "请抓紧办理。"
            people = notify(
                case,
                principals,
                "urge",
                f"{name_of(tx, actor)}催办“{case.row.title}”的任务“{row.name}”：{words}",
                task_id,
            )
            tx.record(
                row.instance_id, "task.urged", {"task": row.name, "people": people, "text": words}, task_id
            )
            return {"task": task_id, "people": people}

        return once(tx, "urge_task", idempotency_key, do, task=task_id)


def _require_patience(tx: Transaction, row: Task) -> None:
    """Raises Conflict when the actor has urged the same task within the hour."""
    last = tx.session.scalar(
        select(HistoryEvent.at)
        .where(
            HistoryEvent.chain == row.instance_id,
            HistoryEvent.kind == "task.urged",
            HistoryEvent.task_id == row.id,
            HistoryEvent.actor == tx.actor,
            HistoryEvent.at > tx.now - URGE_AGAIN,
        )
        .order_by(HistoryEvent.seq.desc())
        .limit(1)
    )
    if last is not None:
        raise Conflict(
            f"您在 {last.astimezone(CN):%H:%M} 已经催办过这项任务，一小时以内不能再催。请稍后再试，或直接联系办理人。"
        )


def copy_case(
    engine: ProcessEngine,
    actor: str,
    instance_id: str,
    logins: Sequence[str],
    text: str = "",
    idempotency_key: str | None = None,
) -> Result:
    """抄送: let other people of the pack read the whole case. Only who sees the whole case can pass it on."""
    with begin(engine, actor) as tx:

        def do() -> Result:
            if not sight(engine, tx.session, actor, tx.session.get(ProcessInstance, instance_id)).whole:
                raise Forbidden("只有看得到整个案卷的人可以抄送。")
            case = Case.open(tx, instance_id)
            people = list(dict.fromkeys(logins))
            unknown = [login for login in people if case.pack.organisation.find_person(login) is None]
            if not people or unknown:
                raise Invalid({"people": "请从名单中选择至少一位抄送人员。"})
            add_readers(tx.session, case.row, [f"user:{login}" for login in people])
            words = f"：{text.strip()}" if text.strip() else "。"
            notify(
                case,
                [f"user:{login}" for login in people],
                "copy",
                f"{name_of(tx, actor)}把“{case.row.title}”抄送给您{words}",
            )
            tx.record(instance_id, "case.copied", {"people": people, "text": text.strip()})
            return {"instance": instance_id, "people": people}

        return once(tx, "copy_case", idempotency_key, do, instance=instance_id)


def read_notification(engine: ProcessEngine, actor: str, notification_id: int | None) -> None:
    """Mark one of one's own notifications as read, or all (None). Raises NotFound."""
    with begin(engine, actor) as tx:
        mine = update(Notification).where(Notification.login == actor, Notification.read_at.is_(None))
        if notification_id is not None:
            row = tx.session.get(Notification, notification_id)
            if row is None or row.login != actor:
                raise NotFound("没有这条消息。")
            mine = mine.where(Notification.id == notification_id)
        tx.session.execute(mine.values(read_at=tx.now))
