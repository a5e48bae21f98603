"""催办, 抄送, notifications, and a person's own common opinions."""

from collections.abc import Sequence

from sqlalchemy import select, update

from engine.access import name_of, sight
from engine.case import Case
from engine.commands.once import Result, once
from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.models import InboxEntry, Notification, Phrase, ProcessInstance, Task
from engine.notices import notify
from engine.process_engine import ProcessEngine
from engine.transaction import begin


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
            case.row.readers = list(
                dict.fromkeys([*case.row.readers, *(f"user:{login}" for login in people)])
            )
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


def add_phrase(engine: ProcessEngine, actor: str, text: str) -> None:
    """Keep a common opinion for oneself (at most 200 characters, each once)."""
    words = text.strip()
    if not words:
        raise Invalid({"text": "请先写下常用意见的内容。"})
    if len(words) > 200:
        raise Invalid({"text": "常用意见最长 200 字。"})
    with begin(engine, actor) as tx:
        known = tx.session.scalar(select(Phrase.id).where(Phrase.login == actor, Phrase.text == words))
        if known is None:
            tx.session.add(Phrase(login=actor, text=words))


def remove_phrase(engine: ProcessEngine, actor: str, phrase_id: int) -> None:
    """Drop one of one's own common opinions; raises NotFound."""
    with begin(engine, actor) as tx:
        phrase = tx.session.get(Phrase, phrase_id)
        if phrase is None or phrase.login != actor:
            raise NotFound()
        tx.session.delete(phrase)
