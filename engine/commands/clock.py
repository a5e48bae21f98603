"""The demo clock: moves forward through everything that falls due on the way."""

from datetime import datetime

from sqlalchemy import select

from engine import history
from engine.clock import CN, FixedClock, iso
from engine.commands.run import drain, next_due
from engine.errors import Invalid, Refused
from engine.models import ProcessInstance, Setting
from engine.process_engine import DEMO_CLOCK, ProcessEngine
from engine.transaction import begin

EARLIEST, LATEST = datetime(2024, 1, 1, tzinfo=CN), datetime(2100, 1, 1, tzinfo=CN)


def set_demo_clock(engine: ProcessEngine, actor: str | None, moment: datetime) -> datetime:
    """Set the clock of a demo town; returns when all that fell due has run, each at its own moment.

    Before there is any case any time from 2024 on will do, afterwards only forward. Raises Refused outside demo mode,
    Invalid for a time that is not allowed.
    """
    clock = engine.clock
    if not engine.demo or not isinstance(clock, FixedClock):
        raise Refused("只有演示模式可以拨动时钟。")
    moment = moment.astimezone(CN)
    with engine.database.reading() as session:
        used = session.scalar(select(ProcessInstance.id).limit(1)) is not None
    if moment < EARLIEST:
        raise Invalid({"now": "演示时钟不能早于 2024 年。"})
    if moment >= LATEST:
        raise Invalid({"now": "演示时钟不能晚于 2099 年。"})
    if used and moment < clock.now():
        raise Invalid({"now": f"演示镇已有案卷，时钟只能往后拨；现在是 {iso(clock.now())}。"})
    if used:
        drain(engine)
        while (due := next_due(engine, moment)) is not None:
            # A timer fires at its own moment, so what it computes from the present time is right.
            clock.set(max(due[1], clock.now()))
            drain(engine)
    clock.set(moment)
    drain(engine)
    with begin(engine, actor) as tx:
        row = tx.session.get(Setting, DEMO_CLOCK)
        if row is None:
            tx.session.add(Setting(key=DEMO_CLOCK, value=iso(moment)))
        else:
            row.value = iso(moment)
        tx.record(history.SYSTEM, "demo.clock", {"now": iso(moment)})
    return moment
