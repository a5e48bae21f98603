"""The history cannot be changed unseen, the tables are what the models say, the mirrors can be made anew."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import delete, select, update

from engine import commands
from engine.database import Database
from engine.history import SYSTEM
from engine.maintenance import verify_history
from engine.models import Base, HistoryEvent, InboxEntry, Subscription, Task, TaskCandidate, TimerRow
from tests.engine.conftest import MakeTown
from tests.support.cases import CLERK, KEEPER, MONDAY, Town, migrate
from tests.support.diagrams import Drawing

HAS_SM3 = "sm3" in hashlib.algorithms_available


def simple() -> Drawing:
    drawing = (
        Drawing("x", 可见岗位="主管")
        .start("s")
        .user("a", fields={"数": "number"})
        .user("b", groups="仓库管理员")
        .end("e")
    )
    return drawing.flow("s a b e")


def change(town: Town, statement: Any) -> None:
    with town.session() as session:
        session.execute(statement)
        session.commit()


@pytest.mark.parametrize("algorithm", ["sha256", *(["sm3"] if HAS_SM3 else [])])
def test_an_untouched_history_is_sound(make_town: MakeTown, algorithm: str) -> None:
    town = make_town(simple(), hash_algorithm=algorithm)
    case = town.start()
    town.do(case, "a", 数="1")
    breaks, lines = verify_history(town.engine)
    assert breaks == []
    assert lines == len(town.rows(HistoryEvent)) > 4
    assert {event.algorithm for event in town.rows(HistoryEvent)} == {algorithm}
    assert all(event.at == MONDAY for event in town.rows(HistoryEvent))


CHANGES: dict[str, Callable[[Any], Any]] = {
    "what was said": lambda line: update(HistoryEvent).where(line(2)).values(body={"别的": 1}),
    "who did it": lambda line: update(HistoryEvent).where(line(2)).values(actor="jiayi"),
    "the kind": lambda line: update(HistoryEvent).where(line(2)).values(kind="别的"),
    "the task": lambda line: update(HistoryEvent).where(line(2)).values(task_id="0" * 32),
    "when": lambda line: update(HistoryEvent).where(line(2)).values(at=MONDAY.replace(hour=8)),
    "how it is checked": lambda line: update(HistoryEvent).where(line(2)).values(algorithm="md5"),
    "the first line removed": lambda line: delete(HistoryEvent).where(line(1)),
    "a line removed": lambda line: delete(HistoryEvent).where(line(2)),
    "a line under another number": lambda line: update(HistoryEvent).where(line(3)).values(seq=99),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_a_changed_line_is_found(make_town: MakeTown, kind: str) -> None:
    town = make_town(simple())
    case, other = town.start(), town.start()
    town.do(case, "a", 数="1")
    assert other

    def line(number: int) -> Any:
        return (HistoryEvent.chain == case) & (HistoryEvent.seq == number)

    change(town, CHANGES[kind](line))
    (broken,) = verify_history(town.engine)[0]
    assert broken.chain == case
    assert broken.reason


def test_two_lines_that_change_places_are_found(make_town: MakeTown) -> None:
    town = make_town(simple())
    case = town.start()
    town.do(case, "a", 数="1")
    for before, after in ((2, 99), (3, 2), (99, 3)):
        change(
            town,
            update(HistoryEvent)
            .where(HistoryEvent.chain == case, HistoryEvent.seq == before)
            .values(seq=after),
        )
    (broken,) = verify_history(town.engine)[0]
    assert (broken.chain, broken.seq) == (case, 2)


def test_a_line_moved_to_another_chain_is_found(make_town: MakeTown) -> None:
    town = make_town(simple())
    case, other = town.start(), town.start()
    change(town, delete(HistoryEvent).where(HistoryEvent.chain == other))
    change(town, update(HistoryEvent).where(HistoryEvent.chain == case).values(chain=other))
    assert [each.chain for each in verify_history(town.engine)[0]] == [other]
    assert other != SYSTEM


# ---- tables


def test_the_migrations_make_the_tables_of_the_models(database_url: str) -> None:
    database = Database(database_url)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    database.close()


def test_migrating_again_changes_nothing(make_town: MakeTown) -> None:
    town = make_town(simple())
    town.start()
    before = town.everything()
    migrate(town.url)
    assert town.everything() == before


# ---- mirrors


def busy() -> tuple[Drawing, Drawing]:
    """Open tasks, a multi-instance, timers, a gateway and a boundary that wait for messages, a call."""
    drawing = (
        Drawing("x", 可见岗位="主管")
        .start("s")
        .script("n", "架 = ['甲', '乙']")
        .parallel("f")
        .user("a", due="${工作日后(今天(), 2)}")
    )
    drawing.user("b", each="一", of="${架}", groups="仓库管理员").call("c", "nei", {"号": "${7}"}, {}).race(
        "g"
    ).end("e")
    drawing.boundary("t", "a", timer="${'2026-12-01T09:00:00+08:00'}", interrupting=False).end("te").flow(
        "t te"
    )
    drawing.boundary(
        "m", "a", message="改期", correlationKey="${'k'}", operators="主管,${发起人}", 确认语="真的？"
    ).flow("m te")
    drawing.catch("answer", message="答复", operators="仓库管理员").catch(
        "late", timer="${'2026-12-02T09:00:00+08:00'}"
    )
    drawing.flow("s n f a e").flow("f b e").flow("f c e").flow("f g answer e").flow("g late e")
    inner = (
        Drawing("nei")
        .start("s")
        .parallel("f")
        .user("d", users="${'jiliu'}")
        .catch("w", message="到货", correlationKey="${号}")
    )
    return drawing, inner.end("e").flow("s f d e").flow("f w e")


def mirrors(town: Town) -> dict[str, list[str]]:
    tables = (Task, TaskCandidate, InboxEntry, TimerRow, Subscription)
    with town.session() as session:
        return {
            model.__tablename__: sorted(map(repr, session.execute(select(model.__table__)).all()))
            for model in tables
        }


def test_mirrors_made_anew_are_what_they_were(make_town: MakeTown) -> None:
    town = make_town(*busy())
    case = town.start()
    town.at("2026-11-24T09:00:00+08:00")
    commands.claim_task(town.engine, KEEPER, town.task(case, "b", "甲"))
    commands.transfer_task(town.engine, CLERK, town.task(case, "a"), "xinba", "出差")
    town.do(case, "b", KEEPER, item="乙")
    before, elements = mirrors(town), town.case(case).elements
    assert len(town.rows(TimerRow)) == 2
    assert len(town.rows(Subscription)) == 3
    commands.rebuild_projections(town.engine, case)
    assert mirrors(town) == before
    assert town.case(case).elements == elements


def test_mirrors_that_were_lost_or_wrong_come_back(make_town: MakeTown) -> None:
    town = make_town(*busy())
    case = town.start()
    before = mirrors(town)
    for model in (InboxEntry, TimerRow, Subscription):
        change(town, delete(model))
    commands.rebuild_projections(town.engine, case)
    assert mirrors(town) == before
    change(town, update(TimerRow).values(due_at=MONDAY))
    change(town, update(Subscription).values(correlation_key="falsch", operators=None))
    change(town, update(InboxEntry).values(principal="user:falsch"))
    commands.rebuild_projections(town.engine, case)
    assert mirrors(town) == before


def test_a_finished_case_has_no_mirrors(make_town: MakeTown) -> None:
    town = make_town(simple())
    case = town.start()
    town.do(case, "a", 数="1")
    town.do(case, "b", KEEPER)
    commands.rebuild_projections(town.engine, case)
    assert (town.rows(InboxEntry), town.rows(TimerRow), town.rows(Subscription)) == ([], [], [])
    assert {task.state for task in town.rows(Task)} == {"done"}
