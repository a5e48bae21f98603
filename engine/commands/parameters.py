"""规则参数: change a value the written rules leave to the town."""

from engine import history
from engine.access import require_capability
from engine.commands.once import Result, once
from engine.errors import Invalid
from engine.models import Job, Pack
from engine.parameters import ParametersError, Value, read_value
from engine.process_engine import ProcessEngine
from engine.transaction import Transaction, begin


def set_parameter(
    engine: ProcessEngine,
    actor: str | None,
    pack: str,
    name: str,
    value: str | None,
    reason: str,
    idempotency_key: str | None = None,
) -> Result:
    """Set a parameter of the pack from now on, in all open cases, or with `value` None back to what its file says.

    `value` is written as in the file, a yes or no as 是 or 否. All deadlines are computed again. `actor` None is a person
    at the machine; else the actor's own pack counts. Raises Forbidden, Invalid: a hard one, an unknown one, a value that
    does not fit, no reason.
    """
    with begin(engine, actor) as tx:

        def do() -> Result:
            key = pack if actor is None else require_capability(tx, "parameters")
            if not reason.strip():
                raise Invalid({"reason": "请写明更改的理由。"})
            before, after = apply_parameter(tx, key, name, value)
            tx.record(
                history.SYSTEM,
                "parameter.set",
                {"pack": key, "name": name, "before": before, "after": after, "reason": reason.strip()},
            )
            tx.session.add(Job(kind="recompute", arguments={"watches": "*"}, made_at=tx.now))
            return {"name": name, "value": after}

        return once(tx, "set_parameter", idempotency_key, do, name=name)


def apply_parameter(
    tx: Transaction, key: str, name: str, text: str | None, given: Value | None = None
) -> tuple[object, object]:
    """Set the parameter to what is written, or `given`, or with neither to what its file says: before and after.

    Raises Invalid.
    """
    row = tx.session.get_one(Pack, key, with_for_update=True, populate_existing=True)
    loaded = tx.engine.pack(tx.session, key)
    try:
        before = loaded.parameters.parameter(name)
        written = loaded.written_parameters.parameter(name)
        value = written.value if text is None else read_value(written, text)
        value = value if given is None else given
        loaded.written_parameters.with_value(name, value)
    except ParametersError as error:
        raise Invalid({"value": " ".join(error.faults)}) from error
    if value == before.value and given is None:
        raise Invalid({"value": f"参数“{name}”现在就是这个值，没有更改。"})
    values = {each: set_to for each, set_to in row.parameter_values.items() if each != name}
    if value != written.value:
        values[name] = value
    row.parameter_values, row.revision = values, row.revision + 1
    tx.session.flush()
    tx.engine.forget_packs(tx.session)
    return before.value, value


__all__ = ["apply_parameter", "set_parameter"]
