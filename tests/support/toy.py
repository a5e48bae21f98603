"""A small invented town for tests: the process engine with the procedures of tests/support/toy_pack."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from engine import ProcessEngine, commands, queries
from engine.clock import CN, FixedClock

HERE = Path(__file__).parent
PACK = "lianxi"
START = datetime(2026, 11, 24, 9, 0, tzinfo=CN)
"""A Tuesday in a year whose working days are published."""

HEAD, VICE, STORE, KEEPER = "jiayi", "yier", "bingsan", "dingsi"
CLERK, FIXER, OTHER_FIXER, GUARD, ADMIN = "wuwu", "jiliu", "gengqi", "xinba", "renjiu"
EVERYBODY = (HEAD, VICE, STORE, KEEPER, CLERK, FIXER, OTHER_FIXER, GUARD, ADMIN)

FILLED: dict[str, Any] = {
    "用途": "更换走廊灯管",
    "领用日期": "2026-11-24",
    "紧急": False,
    "物品": [{"名称": "灯管", "数量": "4", "单位": "个"}],
}
"""What a clerk enters into the first form."""


def make_processes(folder: Path) -> Path:
    """A processes folder with the toy pack and the real calendar."""
    target = folder / "processes"
    shutil.copytree(HERE / "toy_pack", target)
    shutil.copytree(HERE.parents[1] / "processes" / "calendar", target / "calendar")
    return target


def open_toy(
    folder: Path,
    url: str | None = None,
    demo: bool = True,
    now: datetime = START,
    files: Mapping[str, str] | None = None,
) -> ProcessEngine:
    """The engine with everything deployed, its data in `folder`, its clock standing at `now`.

    `files` replaces files of the toy pack: path in the pack, such as `repair/forms/p_fix.form` → its content.
    """
    folder.mkdir(parents=True, exist_ok=True)
    processes = make_processes(folder)
    for path, content in (files or {}).items():
        (processes / PACK / path).write_text(content, "utf-8")
    engine = ProcessEngine(url or f"sqlite:///{folder / 'toy.db'}", processes, folder / "data", demo=demo)
    engine.start()
    engine.clock = FixedClock(now)
    commands.deploy_packs(engine, check=False)
    return engine


def original(path: str) -> str:
    """What a file of the toy pack says."""
    return (HERE / "toy_pack" / PACK / path).read_text("utf-8")


def open_task(engine: ProcessEngine, login: str, name: str) -> str:
    """The id of the first open task of this name in a person's inbox."""
    return next(item.id for item in queries.inbox(engine, login).items if item.name == name)


def start_requisition(engine: ProcessEngine, login: str = CLERK) -> tuple[str, str]:
    """A new 领料 case: its id and the id of its first task."""
    instance = str(commands.start_process_instance(engine, login, "requisition")["instance"])
    commands.drain(engine)
    return instance, queries.open_task_of(engine, instance, "填写领料单")


def filled_requisition(engine: ProcessEngine, login: str = CLERK) -> str:
    """A 领料 case whose form is filled in; it waits for the store and the head."""
    instance, task = start_requisition(engine, login)
    commands.complete_user_task(engine, login, task, FILLED)
    commands.drain(engine)
    return instance


def reported_repair(engine: ProcessEngine, login: str = CLERK) -> str:
    """A 报修 case with a task for each of the two fixers."""
    instance = str(commands.start_process_instance(engine, login, "repair")["instance"])
    task = queries.open_task_of(engine, instance, "登记报修")
    data = {"地点": "二楼走廊", "故障": "灯不亮。", "维修人": [FIXER, OTHER_FIXER]}
    commands.complete_user_task(engine, login, task, data)
    commands.drain(engine)
    return instance
