"""运行统计: how many cases and tasks, how punctual, how long; per procedure, per step, and on the drawing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.clock import CN
from engine.counting import CaseCounts, Counting, OldCase, StepStatistics
from engine.errors import Forbidden, Invalid, NotFound
from engine.models import ProcessDefinition
from engine.process_engine import SHARED, LoadedPack, ProcessEngine

CAPABILITY = "statistics"


@dataclass(frozen=True)
class ProcedureStatistics:
    """A procedure, or all of them (`key` empty)."""

    key: str
    name: str
    started: int
    """Cases begun in the period."""
    done: int
    """Cases completed in the period."""
    open: int
    """Cases under way now."""
    late: int
    """Cases under way with a task past its due date now."""
    with_due: int
    """Tasks with a due date completed in the period, drawn in this procedure."""
    on_time: int
    oldest: OldCase | None

    @property
    def on_time_rate(self) -> float | None:
        """The part of those with a due date that was completed by then, from 0 to 1."""
        return self.on_time / self.with_due if self.with_due else None


@dataclass(frozen=True)
class Statistics:
    """The numbers of a period of days, both included."""

    begin: date
    end: date
    total: ProcedureStatistics
    procedures: Sequence[ProcedureStatistics]
    steps: Sequence[StepStatistics]
    """Those that took longest first."""


def statistics(
    engine: ProcessEngine,
    login: str,
    process: str | None = None,
    begin: date | None = None,
    end: date | None = None,
) -> Statistics:
    """The numbers of the person's pack, of all procedures or one; without days from the first of the month to today.

    For holders of a post with the capability `statistics`. Raises Forbidden, Invalid.
    """
    with engine.database.reading() as session:
        pack = _require(engine, session, login)
        begin, end = _period(engine, begin, end)
        names = _names(engine, session, pack)
        if process is not None and process not in names:
            raise Invalid({"process": "没有这个流程，请从列出的里面选。"})
        counting = Counting(engine, session, pack, begin, end)
        steps = counting.steps(process)
        cases = counting.cases(login, process)
    punctual: dict[str, tuple[int, int]] = {}
    for step in steps:
        with_due, on_time = punctual.get(step.process, (0, 0))
        punctual[step.process] = (with_due + step.with_due, on_time + step.on_time)
    procedures = [
        ProcedureStatistics(
            key,
            names.get(key, key),
            *cases.get(key, NO_CASES)[:4],
            *punctual.get(key, (0, 0)),
            cases.get(key, NO_CASES)[4],
        )
        for key in sorted(
            {*cases, *punctual}, key=lambda key: (-cases.get(key, NO_CASES)[2], names.get(key, key))
        )
    ]
    return Statistics(begin, end, _total(procedures), procedures, steps)


NO_CASES: CaseCounts = (0, 0, 0, 0, None)


def _total(procedures: Sequence[ProcedureStatistics]) -> ProcedureStatistics:
    oldest = max((p.oldest for p in procedures if p.oldest), key=lambda each: each.days, default=None)
    sums = {
        name: sum(getattr(each, name) for each in procedures)
        for name in ("started", "done", "open", "late", "with_due", "on_time")
    }
    return ProcedureStatistics(key="", name="", oldest=oldest, **sums)


@dataclass(frozen=True)
class HeatMap:
    """The drawing of one version of a procedure with the numbers of its steps in a period."""

    key: str
    name: str
    definition_id: int
    version: int
    versions: Sequence[tuple[int, int]]
    """Definition id and number of every version, newest first."""
    begin: date
    end: date
    steps: Sequence[StepStatistics]


def heat_map(
    engine: ProcessEngine,
    login: str,
    process: str,
    version: int | None = None,
    begin: date | None = None,
    end: date | None = None,
) -> HeatMap:
    """How the steps of a version (default: the current one) fared. Raises Forbidden, NotFound, Invalid."""
    with engine.database.reading() as session:
        pack = _require(engine, session, login)
        begin, end = _period(engine, begin, end)
        versions = session.execute(
            select(ProcessDefinition.id, ProcessDefinition.version, ProcessDefinition.current)
            .where(ProcessDefinition.key == process, ProcessDefinition.pack.in_((pack.key, SHARED)))
            .order_by(ProcessDefinition.version.desc())
        ).all()
        chosen = next(
            (each for each in versions if (each.current if version is None else each.version == version)),
            None,
        )
        if chosen is None:
            raise NotFound()
        definition = engine.definitions.get(session, chosen.id)
        steps = Counting(engine, session, pack, begin, end).steps(process, chosen.id)
    drawn = definition.diagram.elements
    return HeatMap(
        key=process,
        name=definition.name,
        definition_id=chosen.id,
        version=chosen.version,
        versions=[(each.id, each.version) for each in versions],
        begin=begin,
        end=end,
        steps=[step for step in steps if step.element in drawn],
    )


def statistics_diagram(engine: ProcessEngine, login: str, definition_id: int) -> str:
    """The drawing of a version of a procedure of the person's pack. Raises Forbidden, NotFound."""
    with engine.database.reading() as session:
        pack = _require(engine, session, login)
        definition = engine.definitions.get(session, definition_id)
        if definition.pack not in (pack.key, SHARED):
            raise NotFound()
        return str(definition.files[f"{definition.key}.bpmn"])


def _require(engine: ProcessEngine, session: Session, login: str) -> LoadedPack:
    pack = engine.pack_of(session, login)
    if not pack.organisation.may(CAPABILITY, login, engine.now().astimezone(CN).date()):
        raise Forbidden("您的岗位没有这项权限。如有需要，请联系系统管理员。")
    return pack


def _period(engine: ProcessEngine, begin: date | None, end: date | None) -> tuple[date, date]:
    today = engine.now().astimezone(CN).date()
    end = end or today
    begin = begin or min(end, today).replace(day=1)
    if begin > end:
        raise Invalid({"from": "开始的日期要在结束的日期之前，请改正。"})
    return begin, end


def _names(engine: ProcessEngine, session: Session, pack: LoadedPack) -> Mapping[str, str]:
    """Process key → name of what runs in the pack."""
    every = engine.definitions.all_current(session)
    return {each.key: each.name for each in every if each.pack in (pack.key, SHARED)}


__all__ = [
    "HeatMap",
    "OldCase",
    "ProcedureStatistics",
    "Statistics",
    "StepStatistics",
    "heat_map",
    "statistics",
    "statistics_diagram",
]
