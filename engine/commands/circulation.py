"""传阅: hand a case round to be read, confirm having read it, remind those who have not."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from engine.access import name_of, sight
from engine.case import Case
from engine.clock import CN
from engine.commands.notices import URGE_AGAIN
from engine.commands.once import Result, once
from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.models import Circulation, HistoryEvent, ProcessInstance
from engine.notices import notify, tell
from engine.process_engine import ProcessEngine
from engine.readers import add_readers
from engine.transaction import Transaction, begin

LONGEST = 500


def circulate_case(
    engine: ProcessEngine,
    actor: str,
    instance_id: str,
    people: Sequence[str],
    note: str = "",
    idempotency_key: str | None = None,
) -> Result:
    """传阅: let these people of the pack read the whole case from now on, and tell when they have.

    Only who sees the whole case can hand it round. Raises NotFound, Forbidden, and Invalid for somebody unknown, for
    oneself, and for somebody who has not yet read it since it was handed to them before.
    """
    with begin(engine, actor) as tx:

        def do() -> Result:
            case = _whole(tx, instance_id)
            chosen = list(dict.fromkeys(people))
            in_office = {person.login for person in case.pack.organisation.people(tx.today)}
            if not chosen or not in_office.issuperset(chosen):
                raise Invalid({"people": "请从名单中选择至少一位传阅人员。"})
            if actor in chosen:
                raise Invalid({"people": "传阅人员里不用包括您自己。"})
            if len(note.strip()) > LONGEST:
                raise Invalid({"note": f"附言最长 {LONGEST} 字。"})
            unread = [each.login for each in _unread(tx, instance_id) if each.login in chosen]
            if unread:
                names = "、".join(name_of(tx, each) for each in unread)
                raise Invalid({"people": f"{names}还没有阅上一次传阅，不用再送；可以催阅。"})
            add_readers(tx.session, case.row, [f"user:{login}" for login in chosen])
            tx.session.add_all(
                Circulation(
                    instance_id=instance_id, login=login, sent_by=actor, sent_at=tx.now, note=note.strip()
                )
                for login in chosen
            )
            words = f"：{note.strip()}" if note.strip() else "，请阅。"
            text = f"{name_of(tx, actor)}把“{case.row.title}”传阅给您{words}"
            notify(case, [f"user:{login}" for login in chosen], "circulate", text)
            tx.record(instance_id, "case.circulated", {"people": chosen, "text": note.strip()})
            return {"instance": instance_id, "people": chosen}

        return once(tx, "circulate_case", idempotency_key, do, instance=instance_id)


def confirm_reading(
    engine: ProcessEngine,
    actor: str,
    circulation_id: int,
    words: str = "",
    idempotency_key: str | None = None,
) -> Result:
    """已阅: confirm having read what was handed to oneself, with or without words; no deputy can.

    Raises NotFound, Forbidden, Conflict, Invalid.
    """
    with begin(engine, actor) as tx:

        def do() -> Result:
            row = tx.session.get(Circulation, circulation_id, with_for_update=True, populate_existing=True)
            instance = tx.session.get(ProcessInstance, row.instance_id) if row is not None else None
            if row is None or instance is None:
                raise NotFound("没有这次传阅，请刷新页面。")
            if row.login != actor:
                if not sight(engine, tx.session, actor, instance).whole:
                    raise NotFound("没有这次传阅，请刷新页面。")
                raise Forbidden(f"这是传阅给{name_of(tx, row.login)}的，只能由本人确认已阅。")
            if row.read_at is not None:
                raise Conflict(f"您已于{_moment(row.read_at)}确认已阅，不用再确认。")
            said = words.strip()
            if len(said) > LONGEST:
                raise Invalid({"words": f"阅后意见最长 {LONGEST} 字。"})
            row.read_at, row.words = tx.now, said or None
            tx.record(row.instance_id, "case.read", {"text": said, "circulation": circulation_id})
            heard = f"{name_of(tx, actor)}已阅“{instance.title}”{f'：{said}' if said else '。'}"
            tell(tx, row.sent_by, "read", heard, row.instance_id)
            return {"circulation": circulation_id, "instance": row.instance_id}

        return once(tx, "confirm_reading", idempotency_key, do, circulation=circulation_id)


def urge_readers(
    engine: ProcessEngine,
    actor: str,
    instance_id: str,
    people: Sequence[str] = (),
    text: str = "",
    idempotency_key: str | None = None,
) -> Result:
    """催阅: remind those who have not read the case yet, or those of `people` among them.

    Whom the actor reminded within the hour is left out. Raises NotFound, Forbidden, and Conflict when nobody is left.
    """
    with begin(engine, actor) as tx:

        def do() -> Result:
            case = _whole(tx, instance_id)
            unread = [each.login for each in _unread(tx, instance_id) if not people or each.login in people]
            if not unread:
                raise Conflict("传阅人员都已阅，不用再催。")
            recent = _reminded(tx, instance_id)
            left = [login for login in dict.fromkeys(unread) if login not in recent]
            if not left:
                raise Conflict("一小时以内已经催过，请稍后再催。")
            words = text.strip() or "请尽快阅。"
            said = f"{name_of(tx, actor)}请您阅“{case.row.title}”：{words}"
            notify(case, [f"user:{login}" for login in left], "circulate", said)
            tx.record(instance_id, "case.reading_urged", {"people": left, "text": words})
            return {"instance": instance_id, "people": left}

        return once(tx, "urge_readers", idempotency_key, do, instance=instance_id)


def _whole(tx: Transaction, instance_id: str) -> Case:
    """The case, locked. Raises NotFound, Forbidden."""
    row = tx.session.get(ProcessInstance, instance_id)
    if not sight(tx.engine, tx.session, str(tx.actor), row).whole:
        raise Forbidden("只有看得到整个案卷的人可以传阅和催阅。")
    return Case.open(tx, instance_id)


def _unread(tx: Transaction, instance_id: str) -> list[Circulation]:
    return list(
        tx.session.scalars(
            select(Circulation)
            .where(Circulation.instance_id == instance_id, Circulation.read_at.is_(None))
            .order_by(Circulation.id)
        )
    )


def _reminded(tx: Transaction, instance_id: str) -> set[str]:
    """Whom the actor has reminded within the hour."""
    events = tx.session.scalars(
        select(HistoryEvent).where(
            HistoryEvent.chain == instance_id,
            HistoryEvent.kind == "case.reading_urged",
            HistoryEvent.actor == tx.actor,
            HistoryEvent.at > tx.now - URGE_AGAIN,
        )
    )
    return {str(login) for event in events for login in event.body.get("people", [])}


def _moment(value: datetime) -> str:
    local = value.astimezone(CN)
    return f"{local.month}月{local.day}日 {local:%H:%M}"
