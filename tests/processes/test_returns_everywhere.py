"""Wherever a case stands and wherever it is returned to from there, it can still be brought to its end.

Every procedure that can be started by hand is walked by itself. At each task that comes up on the way, for each way
back, a copy of the town goes back there and walks on: the case ends, and so do the others begun with it. A way that
is closed says why, and going there all the same is refused.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import func, select

from engine import commands, queries
from engine.definitions import read_bundles
from engine.diagram import BY_HAND, NO
from engine.errors import Conflict, EngineError
from engine.models import HistoryEvent, Task
from engine.returning import WayBack
from features.steps.town import Town, open_town
from tests.support.by_itself import Answers, ByItself, fork, incidents
from tests.support.counts import FULL

PROCESSES = Path(__file__).parents[2] / "processes"
PACK = "zhuanqiao"
SAMPLE = 2
"""How many ways back of each walk are gone in the usual run."""


@dataclass(frozen=True)
class Walk:
    """Procedures to be begun: those in one pair of brackets at the same time, the next ones when they have ended.

    `starters` says who begins one, where the first who may would not do; `answers`, and `first` for the first time
    only, what is written where the example sheet does not lead the way this walk is about.
    """

    name: str
    parts: tuple[tuple[str, ...], ...]
    starters: Mapping[str, str] = field(default_factory=dict)
    answers: Answers = field(default_factory=dict)
    first: Answers = field(default_factory=dict)

    def through(self, town: Town, before: Callable[[str, str], None] = lambda task, login: None) -> ByItself:
        """Somebody who walks this way in a town."""
        return ByItself(town, self.answers, self.first, before)


UNIT = {"request_document": "尤乙二"}
WALKS = [
    # A topic waits for a meeting, and what is told of a meeting needs signed minutes.
    Walk("议题和会议", (("mayor_meeting", "topic_submission"), ("minutes_excerpt",))),
    Walk(
        "议题会签、补正",
        (("mayor_meeting", "topic_submission"),),
        {"topic_submission": "尤乙二"},
        first={
            "a1_fill": {"其他涉及部门": "财政所", "协调结果": "未协调"},
            "a1_review": {
                "材料审核结论": "退回补正",
                "审核意见": "请补资金测算表。",
                "审核清单": [
                    {"审核项": "材料齐全", "审核结果": "不符合", "理由及补正要求": "缺资金测算表。"}
                ],
            },
        },
    ),
    Walk("请示件", (("request_document",),), UNIT),
    Walk(
        "请示件会签、明确牵头、报镇长",
        (("request_document",),),
        UNIT,
        {
            "b_propose": {"会签部门": "财政所", "另请副镇长": "李虚构", "跨分管重点": "是"},
            "b_vice": {"分管审批意见": "报镇长审批"},
        },
    ),
    Walk(
        "请示件上会",
        (("mayor_meeting", "request_document"),),
        UNIT,
        {"b_vice": {"分管审批意见": "提交镇长办公会议"}},
    ),
    Walk("请示件开专题会议", (("request_document",),), UNIT, {"b_vice": {"分管审批意见": "召开专题会议"}}),
]


def walks() -> list[Walk]:
    """The walks above, and one for each other procedure that is started by hand."""
    every = [bundle for bundle in read_bundles(PROCESSES) if bundle.diagram.none_start()]
    by_hand = [each.key for each in every if each.diagram.properties.get(BY_HAND) != NO]
    known = {key for walk in WALKS for part in walk.parts for key in part}
    return [*WALKS, *(Walk(key, ((key,),)) for key in by_hand if key not in known)]


@dataclass(frozen=True)
class Way:
    """A way back from a task, with the copy of the town in which it is gone."""

    town: Town
    task: str
    login: str
    way: WayBack
    cases: tuple[str, ...]
    label: str


@dataclass
class Looking:
    """Notes every way back at every task of a walk, and keeps the town as it is then."""

    town: Town
    folder: Path
    cases: list[str]
    seen: set[str]
    open_ways: list[Way]

    def __call__(self, task: str, login: str) -> None:
        if task in self.seen:
            return
        ways = queries.ways_back(self.town.engine, login, task)
        self.seen.add(task)
        copy = None
        for way in ways:
            if way.blocked:
                self.closed(task, login, way)
                continue
            if copy is None:
                copy = fork(self.town, self.folder, f"at{len(self.seen)}")
                copy.engine.close()
            with self.town.engine.database.reading() as session:
                row = session.get_one(Task, task)
                label = f"{row.process}：“{row.name}”退回到“{way.name}”"
                cases = tuple(dict.fromkeys([row.instance_id, *self.cases]))
            self.open_ways.append(Way(copy, task, login, way, cases, label))

    def closed(self, task: str, login: str, way: WayBack) -> None:
        """A way that is closed is refused with the reason that was shown, and nothing is written."""
        before = written(self.town)
        with pytest.raises(Conflict, match=re.escape(way.blocked)):
            commands.return_task(self.town.engine, login, task, way.task_id, "请重新办理。")
        assert written(self.town) == before


def written(town: Town) -> int:
    """How many lines of history there are."""
    with town.engine.database.reading() as session:
        return session.scalar(select(func.count()).select_from(HistoryEvent)) or 0


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Town:
    town = open_town(tmp_path_factory.mktemp("town"), PROCESSES, PACK)
    town.deploy()
    return town


@pytest.mark.long
@pytest.mark.parametrize("walk", walks(), ids=lambda walk: walk.name)
def test_a_case_ends_wherever_it_is_returned_to(deployed: Town, tmp_path: Path, walk: Walk) -> None:
    town = fork(deployed, tmp_path, "walk")
    looking = Looking(town, tmp_path, [], set(), [])
    walking = walk.through(town, looking)
    for part in walk.parts:
        looking.cases = [walking.start(key, walk.starters.get(key, "")) for key in part]
        for case in looking.cases:
            walking.until_ended(case)
            assert walking.state(case) == "completed"
    assert incidents(town) == []
    assert len(looking.seen) > 1
    assert looking.open_ways, "一路上没有一处可以退回"
    done = {case: counted(town, case) for way in looking.open_ways for case in way.cases}
    town.engine.close()
    ways = looking.open_ways
    if not FULL:
        ways = random.Random(20261201).sample(ways, min(SAMPLE, len(ways)))
    told = [gone_back(way, walk, tmp_path, number, done) for number, way in enumerate(ways)]
    assert [problem for problem in told if problem] == []


def counted(town: Town, case: str) -> set[tuple[str, str]]:
    """What has been done in a case and was not taken back."""
    with town.engine.database.reading() as session:
        done = select(Task.process, Task.element).where(
            Task.instance_id == case, Task.state == "done", Task.undone_at.is_(None)
        )
        return {(process, element) for process, element in session.execute(done)}


def lapsed_at_once(town: Town, way: Way) -> set[tuple[str, str]] | str:
    """The step gone back to when its own deadline has ended it again at once, else nothing; or what went wrong."""
    with town.engine.database.reading() as session:
        left = session.get_one(Task, way.task)
        target = session.get_one(Task, way.way.task_id)
        open_now = select(Task.element).where(Task.instance_id == left.instance_id, Task.state == "open")
        again = set(session.scalars(open_now))
        diagram = town.engine.definitions.get(session, target.definition_id).diagram
    if left.state == "open":
        return "退回以后，退回的任务还在办"
    if target.element in again:
        return set()
    around = {target.element, diagram.elements[target.element].parent}
    ends = [
        each.id
        for each in diagram.of_kind("boundaryEvent")
        if each.attached_to in around and each.event == "timer" and each.interrupting
    ]
    return {(target.process, target.element)} if ends and again else f"退回以后在办的是 {sorted(again)}"


def gone_back(
    way: Way, walk: Walk, folder: Path, number: int, done: Mapping[str, set[tuple[str, str]]]
) -> str:
    """Go back in a copy and walk on; says what went wrong.

    In the end the same tasks have been done as on the straight way (`done`): none was skipped by going back, unless
    its time was up.
    """
    town = fork(way.town, folder, f"back{number}")
    walking = walk.through(town)
    try:
        commands.return_task(town.engine, way.login, way.task, way.way.task_id, "请重新办理。")
        lapsed = lapsed_at_once(town, way)
        if isinstance(lapsed, str):
            return f"{way.label}：{lapsed}"
        commands.drain(town.engine)
        for case in way.cases:
            walking.until_ended(case)
            if walking.state(case) != "completed":
                return f"{way.label}：案卷没有办结，是 {walking.state(case)}"
            if other := (counted(town, case) ^ done[case]) - lapsed:
                return f"{way.label}：办过的与不退回时不同，{other}"
        return f"{way.label}：{'；'.join(wrong)}" if (wrong := incidents(town)) else ""
    except (AssertionError, EngineError) as problem:
        return f"{way.label}：{problem}"
    finally:
        town.engine.close()
