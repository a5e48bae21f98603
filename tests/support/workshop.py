"""The toy town with process owners and scenarios: what is needed to try drafts, gate and publishing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine import ProcessEngine, commands, queries
from tests.support import toy

DRAFTER, PUBLISHER, REVIEWER = toy.STORE, toy.HEAD, toy.GUARD
KEY, CALLED = "requisition", "repair"
DIAGRAM = f"{KEY}.bpmn"
FEATURE, OTHER = f"features/{KEY}.feature", f"features/{CALLED}.feature"
CAPABILITIES = "capabilities:\n  definitions: [主管, 科长]\n  review: [门卫]\n"
HARD = "lianxi/requisition.feature::库存没有核对，不能发料"
SOFT = "lianxi/requisition.feature::主管不同意，不发料"
FAST_ENOUGH = 120.0

SCENARIOS = """# language: zh-CN
功能: 领料

  背景:
    假如 现在是“2026-12-01 09:00”
    当 “戊五”发起“领料”
    而且 “戊五”办理“填写领料单”，填写：
      | 字段     | 值         |
      | 领用日期 | 2026-12-01 |

  规则: 第二条 未经主管同意，不得发料

    @LX_2 @硬约束
    场景: 库存没有核对，不能发料
      当 “甲一”办理“主管审批”
      那么 谁的待办里都没有“发料”
      当 “丁四”办理“核对库存”
      那么 “丁四”的待办里有“发料”

    @LX_2
    场景: 主管不同意，不发料
      当 “丁四”办理“核对库存”
      而且 “甲一”办理“主管审批”，填写：
        | 字段     | 值     |
        | 审批结论 | 不同意 |
      那么 案卷“领料”已办结
      而且 案卷“领料”没有经过“发料”

  规则: 第一条 领料须填写领料单

    @LX_1
    场景大纲: 急用的写明原因
      那么 “甲一”的待办里有“主管审批”
      当 “甲一”办理“主管审批”，填写：
        | 字段     | 值     |
        | 审批意见 | <意见> |
      那么 谁的待办里都没有“发料”

      例子:
        | 意见     |
        | 情况属实 |
        | 请从速   |
"""
REPAIR = """# language: zh-CN
功能: 报修

  规则: 第三条 报修应当当日派给维修工

    @LX_3
    场景: 派给两个人，各修各的
      假如 现在是“2026-12-01 09:00”
      当 “戊五”发起“报修”
      而且 “戊五”办理“登记报修”，填写：
        | 字段   | 值         |
        | 维修人 | 己六、庚七 |
      那么 “己六、庚七”的待办里都有“维修”
"""


def open_workshop(
    folder: Path, url: str | None = None, features: Mapping[str, str] | None = None
) -> ProcessEngine:
    """The engine of the toy town with everything deployed, scenarios included: `<pack>/<name>` → text."""
    given = {"lianxi/requisition.feature": SCENARIOS, "lianxi/repair.feature": REPAIR}
    for name, text in (given if features is None else features).items():
        path = folder / "features" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    organisation = toy.original("organisation.yml").replace("capabilities:\n", CAPABILITIES)
    return toy.open_toy(folder, url, files={"organisation.yml": organisation})


def edit(engine: ProcessEngine, path: str, old: str, new: str, login: str = DRAFTER, key: str = KEY) -> int:
    """Open the draft, replace a text that stands once in one of its files, save: the new revision."""
    commands.open_process_draft(engine, login, key)
    draft = queries.process_draft(engine, login, key)
    assert draft.files[path].count(old) == 1, (path, old, draft.files[path].count(old))
    changed = draft.files[path].replace(old, new)
    return int(commands.save_process_draft(engine, login, key, {path: changed}, draft.revision)["revision"])


def run_gate(engine: ProcessEngine, key: str = KEY, login: str = DRAFTER, **options: Any) -> queries.GateView:
    """Run the scenarios and wait: how it went."""
    run = int(commands.start_gate(engine, login, key, **options)["run"])
    commands.wait_for_gate(engine, run, FAST_ENOUGH)
    found = queries.gate_run(engine, login, key, run)
    assert found is not None
    assert found.state != "running", "the run takes too long"
    return found


def rules(run: queries.GateView) -> set[str]:
    """The rules that refuse."""
    return {each["rule"] for each in run.refusals}
