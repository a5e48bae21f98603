"""Several tasks of one element completed with one sheet, each in its own transaction."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from engine import batches
from engine.commands.once import Result
from engine.commands.tasks import complete_user_task
from engine.errors import Conflict, EngineError, Forbidden, Invalid, NotFound, Refused
from engine.process_engine import ProcessEngine
from engine.transaction import Transaction

OUTCOMES: tuple[tuple[type[EngineError], str], ...] = (
    (NotFound, "not_found"),
    (Forbidden, "forbidden"),
    (Conflict, "conflict"),
    (Invalid, "invalid"),
    (Refused, "refused"),
)


def complete_batch(
    engine: ProcessEngine,
    actor: str,
    tasks: Sequence[str],
    data: Mapping[str, Any],
    own: Mapping[str, Mapping[str, Any]] | None = None,
    confirmed: Collection[str] = (),
    idempotency_key: str | None = None,
) -> Result:
    """批量办理: complete open tasks of one element, and of one version of its procedure, with the same entries.

    Each is opened anew; what the form computes and what differs from task to task is the task's own, `data` is entered
    into the rest, `own` by task id on top. One that cannot be completed stays as it is and keeps no other back. Returns
    `{"items": [{"task", "outcome", "instance", "state", "detail", "errors"}]}` in the order given; the outcome is done,
    not_found, forbidden, conflict, invalid or refused. Raises Invalid when there is none, too many, or the tasks are of
    different elements. Repeated with the same idempotency key, what was done is not done again.
    """
    ids = list(dict.fromkeys(tasks))
    if not ids:
        raise Invalid({"tasks": "请至少选择一项任务。"})
    if len(ids) > batches.MOST:
        raise Invalid({"tasks": f"一次最多办理 {batches.MOST} 项，请分几次办理。"})
    _require_one_element(engine, actor, ids)
    items = []
    for task_id in ids:
        key = f"{task_id}:{idempotency_key}" if idempotency_key else None
        entered = {**data, **(own or {}).get(task_id, {})}
        items.append(_complete(engine, actor, task_id, entered, confirmed, key))
    return {"items": items}


def _require_one_element(engine: ProcessEngine, actor: str, ids: Sequence[str]) -> None:
    found: dict[tuple[int, str], str] = {}
    with engine.database.reading() as session:
        tx = Transaction(engine, session, engine.now(), actor)
        for task_id in ids:
            try:
                row = batches.open_in_batch(tx, task_id)
            except (NotFound, Refused):
                continue
            found.setdefault((row.definition_id, row.element), row.name)
    if len(found) > 1:
        names = "”“".join(found.values())
        raise Invalid({"tasks": f"“{names}”不是同一个流程版本的同一个环节，请分别办理。"})


def _complete(
    engine: ProcessEngine,
    actor: str,
    task_id: str,
    entered: Mapping[str, Any],
    confirmed: Collection[str],
    key: str | None,
) -> dict[str, Any]:
    item: dict[str, Any] = {
        "task": task_id,
        "outcome": "done",
        "instance": None,
        "state": None,
        "detail": None,
        "errors": {},
    }
    try:
        with engine.database.reading() as session:
            tx = Transaction(engine, session, engine.now(), actor)
            row = batches.open_in_batch(tx, task_id)
            item["instance"] = row.instance_id
            opened = batches.batch_task(tx, row)
            values = opened.values(entered) if opened else dict(entered)
        # What cannot be done by this person any more is refused by the command, which also knows what was done before.
        done = complete_user_task(engine, actor, task_id, values, confirmed=confirmed, idempotency_key=key)
        item["state"] = done["state"]
    except EngineError as error:
        item["outcome"] = next((name for kind, name in OUTCOMES if isinstance(error, kind)), None)
        if item["outcome"] is None:
            raise
        item["detail"] = str(error)
        if isinstance(error, Invalid):
            item["errors"] = dict(error.errors)
    return item
