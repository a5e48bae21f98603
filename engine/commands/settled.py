"""Runs a command on a case after everything the case has sent has arrived."""

from collections.abc import Callable
from typing import TypeVar

from engine.case import Case
from engine.commands.run import next_message, settle
from engine.errors import Conflict
from engine.process_engine import ProcessEngine
from engine.transaction import Transaction, begin

Result = TypeVar("Result")
ATTEMPTS = 5


class _Unsettled(Exception):
    """The case sent something between settling and locking; never leaves this module."""


def on_settled_case(
    engine: ProcessEngine, actor: str | None, instance_id: str, do: Callable[[Transaction, Case], Result]
) -> Result:
    """Lock the case when none of its own messages is under way, and run `do` in one transaction."""
    for _ in range(ATTEMPTS):
        settle(engine, instance_id)
        try:
            with begin(engine, actor) as tx:
                case = Case.open(tx, instance_id)
                if next_message(tx.session, instance_id) is not None:
                    raise _Unsettled
                return do(tx, case)
        except _Unsettled:
            continue
    raise Conflict("案卷正在处理其他消息，请稍候再提交；您填写的内容没有丢失。")
