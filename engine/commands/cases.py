"""Cases: start one, press one of its buttons, cancel one."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select, update

from engine.access import holds_any, require_capability, sight
from engine.case import Case
from engine.commands.once import Result, answered, once
from engine.commands.settled import on_settled_case
from engine.definitions import Definition
from engine.diagram import BY_HAND, NO, split
from engine.errors import Conflict, ElementFailed, Forbidden, Invalid, NotFound, Refused
from engine.forms import validate
from engine.incidents import raise_incident
from engine.models import HistoryEvent, Incident, ProcessInstance, Subscription, Task
from engine.organisation import Organisation
from engine.process_engine import SHARED, ProcessEngine
from engine.sheets import form_context, use_attachments
from engine.suspension import release_messages, require_running
from engine.transaction import Transaction, begin


def starters(definition: Definition, organisation: Organisation) -> tuple[str, ...] | None:
    """Principals who may start a procedure by hand; None when it cannot be started by hand at all."""
    diagram = definition.diagram
    start = diagram.none_start()
    if start is None or diagram.properties.get(BY_HAND) == NO:
        return None
    named = diagram.extensions.get("candidateStarterGroups")
    if named:
        posts = split(str(named))
    elif start.lane:
        lane = organisation.lane(start.lane)
        posts = lane.posts
    else:
        return None
    return tuple(f"post:{organisation.pack}/{post}" for post in posts) or None


def start_process_instance(
    engine: ProcessEngine,
    actor: str,
    key: str,
    variables: Mapping[str, Any] | None = None,
    idempotency_key: str | None = None,
) -> Result:
    """Start a procedure by hand. Returns `{"instance", "definition"}`. Raises NotFound, Forbidden, Invalid, Refused."""
    with begin(engine, actor) as tx:

        def do() -> Result:
            definition = engine.definitions.current(tx.session, key)
            pack = engine.pack_of(tx.session, actor)
            if definition.pack not in (pack.key, SHARED):
                raise NotFound(f"没有已发布的流程“{key}”。")
            allowed = starters(definition, pack.organisation)
            if allowed is None:
                raise Refused(f"“{definition.name}”由其他流程自动发起，不能人工发起。")
            if not holds_any(engine, tx.session, actor, allowed):
                raise Forbidden(f"您的岗位不能发起“{definition.name}”。")
            given = dict(variables or {})
            declared = split(definition.diagram.properties.get("启动变量", ""))
            wrong = {
                name: f"这个流程发起时不接受变量“{name}”，请去掉它。"
                for name in given
                if name not in declared
            }
            if wrong:
                raise Invalid(wrong)
            case = Case.create(tx, definition, pack.key, given)
            case.save("instance.advanced", {})
            return {"instance": case.row.id, "definition": key}

        try:
            return once(tx, "start_process_instance", idempotency_key, do, definition=key)
        except ElementFailed as error:
            raise Refused(f"没有发起成功：{str(error).rstrip('。')}。请联系流程管理员。") from error


def press_button(
    engine: ProcessEngine,
    actor: str,
    instance_id: str,
    element: str,
    data: Mapping[str, Any],
    confirmed: Collection[str] = (),
    idempotency_key: str | None = None,
) -> Result:
    """Send the message a case waits for by the button of an event; its form is the message's payload."""

    def do(tx: Transaction, case: Case) -> Result:
        def press() -> Result:
            require_running(case)
            case.live.fire_timers()
            waiting = next(
                (
                    each
                    for each in case.live.waiting_messages()
                    if each.element == element and each.properties.get("operators")
                ),
                None,
            )
            if waiting is None:
                if not any(element in each.diagram.elements for each in case.versions.values()):
                    raise NotFound("案卷没有这个操作。请刷新案卷页。")
                raise Conflict("案卷已经不在这一步，这个操作不再可用。请刷新案卷页。")
            row = tx.session.get(Subscription, (waiting.id, element))
            if row is None or not holds_any(engine, tx.session, actor, row.operators or []):
                raise Forbidden(f"您的岗位不能进行“{waiting.element_name}”。")
            result = dict(data)
            if row.form:
                form = case.versions[waiting.process].form(row.form)
                sheet = validate(form, data, form_context(case, actor, waiting.data, ""), confirmed)
                if sheet.errors or sheet.warnings:
                    raise Invalid({**sheet.warnings, **sheet.errors}, warnings=sheet.warnings)
                result = sheet.data
                use_attachments(case, form, result, "")
            elif result:
                raise Invalid(dict.fromkeys(result, "这个操作没有表单，不接受字段。"))
            case.live.catch(waiting.id, waiting.name, result)
            case.save(
                "button.pressed",
                {"button": waiting.element_name, "element": [waiting.process, element], "data": result},
            )
            return {"instance": instance_id, "element": element, "state": case.row.state}

        return once(tx, "press_button", idempotency_key, press, instance=instance_id, element=element)

    with engine.database.reading() as session:
        # Who had nothing but the button sees no case any more, and a repetition still gets its answer.
        if not answered(session, actor, idempotency_key, "press_button", instance=instance_id):
            sight(engine, session, actor, session.get(ProcessInstance, instance_id))
    try:
        return on_settled_case(engine, actor, instance_id, do)
    except ElementFailed as error:
        with begin(engine, actor) as tx:
            raise_incident(tx, instance_id, "press_button", {"element": element, "actor": actor}, error)
        raise Refused(
            f"操作没有成功：{str(error).rstrip('。')}。系统管理员会看到这个异常，处理后请再试。"
        ) from error


def _looks_after(tx: Transaction, case: Case) -> bool:
    """Whether the actor looks after the incidents of the town this case belongs to."""
    try:
        return require_capability(tx, "incidents") == case.row.pack
    except (Forbidden, NotFound):
        return False


def _begun_by_hand(tx: Transaction, instance_id: str) -> bool:
    """Whether a person began the case, and not a message of another one."""
    first = select(HistoryEvent.actor).where(HistoryEvent.chain == instance_id).order_by(HistoryEvent.seq)
    return tx.session.scalar(first.limit(1)) is not None


def cancel_process_instance(
    engine: ProcessEngine, actor: str, instance_id: str, reason: str, idempotency_key: str | None = None
) -> Result:
    """End a case without completing it.

    Who began it by hand may as long as nobody has completed a task of it; later, and when a message began it, only those
    who look after incidents, because other cases may be waiting for it.
    """
    with begin(engine, actor) as tx:

        def do() -> Result:
            case = Case.open(tx, instance_id)
            if case.row.started_by == actor:
                done = tx.session.scalar(
                    select(Task.id).where(Task.instance_id == instance_id, Task.state == "done").limit(1)
                )
                if not _begun_by_hand(tx, instance_id):
                    raise Forbidden(
                        "这个案卷由别的案卷送来的消息发起，不能自行撤销。确需撤销的，请联系流程管理员。"
                    )
                if done is not None:
                    raise Forbidden("案卷已经有人办理，不能自行撤销。确需撤销的，请联系流程管理员。")
            elif not _looks_after(tx, case):
                sight(engine, tx.session, actor, case.row)
                raise Forbidden("只有发起人可以撤销案卷。确需撤销的，请联系流程管理员。")
            if case.row.state in ("completed", "cancelled"):
                raise Conflict("案卷已经办结，不能撤销。")
            if not reason.strip():
                raise Invalid({"reason": "请写明撤销的理由。"})
            case.live.cancel()
            release_messages(case)
            case.row.state, case.row.ended_at = "cancelled", tx.now
            case.save("instance.cancelled", {"reason": reason.strip()})
            tx.session.execute(
                # A message that could not be delivered here still has to go somewhere else.
                update(Incident)
                .where(
                    Incident.instance_id == instance_id,
                    Incident.resolved_at.is_(None),
                    Incident.command != "deliver_message",
                )
                .values(resolved_at=tx.now)
            )
            return {"instance": instance_id, "state": "cancelled"}

        return once(tx, "cancel_process_instance", idempotency_key, do, instance=instance_id)
