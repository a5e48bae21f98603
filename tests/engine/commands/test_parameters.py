"""规则参数 changed in the program: who may, what fits, and that open cases follow at once."""

from __future__ import annotations

import pytest

from engine import commands, queries
from engine.errors import Forbidden, Invalid
from engine.models import HistoryEvent, Task
from tests.engine.conftest import MakeTown
from tests.support.cases import CLERK, HEAD, Town
from tests.support.diagrams import Drawing

WHY = "试行一个月"


def drawing() -> Drawing:
    return (
        Drawing("x").start("s").user("a", due="${工作日后(今天(), 参数('维修期限'))}").end("e").flow("s a e")
    )


def value(town: Town, name: str) -> object:
    return queries.parameter(town.engine, HEAD, name).parameter.value


def test_a_change_holds_at_once_and_moves_open_deadlines(make_town: MakeTown) -> None:
    town = make_town(drawing())
    case = town.start()
    due = town.rows(Task, instance_id=case)[0].due_at
    written = value(town, "维修期限")
    assert isinstance(written, int)
    commands.set_parameter(town.engine, HEAD, "", "维修期限", str(written + 1), WHY)
    commands.drain(town.engine)
    moved = town.rows(Task, instance_id=case)[0].due_at
    assert moved is not None
    assert due is not None
    assert moved > due
    line = queries.parameter(town.engine, HEAD, "维修期限")
    assert (line.parameter.value, line.written) == (written + 1, written)
    events = [event.body for event in town.rows(HistoryEvent, kind="parameter.set")]
    assert [(e["name"], e["before"], e["after"], e["reason"]) for e in events] == [
        ("维修期限", written, written + 1, WHY)
    ]
    # A newer file of the pack does not undo it; taking it back does.
    town.deploy()
    assert value(town, "维修期限") == written + 1
    commands.set_parameter(town.engine, HEAD, "", "维修期限", None, WHY)
    commands.drain(town.engine)
    assert queries.parameter(town.engine, HEAD, "维修期限").written is None
    assert town.rows(Task, instance_id=case)[0].due_at == due


@pytest.mark.parametrize(
    ("name", "text", "reason", "field"),
    [
        ("维修期限", "两天", WHY, "value"),
        ("维修期限", "", WHY, "value"),
        ("维修期限", "-1", WHY, "value"),
        ("维修期限", "3", " ", "reason"),
        ("没有的参数", "3", WHY, "value"),
        ("核对期限", "3", WHY, "value"),
    ],
)
def test_what_does_not_fit_is_refused(
    make_town: MakeTown, name: str, text: str, reason: str, field: str
) -> None:
    town = make_town(drawing())
    before = town.everything()
    with pytest.raises(Invalid) as refused:
        commands.set_parameter(town.engine, HEAD, "", name, text, reason)
    assert list(refused.value.errors) == [field]
    assert town.everything() == before


def test_only_who_looks_after_parameters_may(make_town: MakeTown) -> None:
    town = make_town(drawing())
    with pytest.raises(Forbidden):
        commands.set_parameter(town.engine, CLERK, "", "维修期限", "3", WHY)
    assert queries.parameters(town.engine, CLERK)
