"""How the scenarios are run: live progress, stopping, limits, what is told of each sentence, and which files are touched."""

# ruff: noqa: E501  A piece of a diagram is easier to find on one line.

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from engine import ProcessEngine, commands, queries
from engine.errors import Conflict, Forbidden, NotFound
from engine.gate import Candidate, Running, plan, published, run_scenarios
from engine.models import GateRun
from tests.support import toy
from tests.support.workshop import (
    DIAGRAM,
    DRAFTER,
    HARD,
    KEY,
    PUBLISHER,
    REVIEWER,
    SCENARIOS,
    edit,
    open_workshop,
    run_gate,
)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ProcessEngine]:
    engine = open_workshop(tmp_path / "town")
    yield engine
    engine.close()


def test_each_sentence_tells_what_it_passed(town: ProcessEngine) -> None:
    run = run_gate(town, login=REVIEWER)
    (hard,) = [each for each in run.results if each["scenario"] == HARD]
    assert [each["sentence"] for each in hard["steps"]][:3] == [
        "假如 现在是“2026-12-01 09:00”",
        "当 “戊五”发起“领料”",
        "而且 “戊五”办理“填写领料单”，填写：",
    ]
    passed = {each["sentence"]: each["elements"] for each in hard["steps"]}
    assert passed["当 “戊五”发起“领料”"] == [[KEY, "r_start"]]
    assert passed["当 “丁四”办理“核对库存”"] == [[KEY, "r_stock"], [KEY, "r_join"], [KEY, "r_gate"]]
    assert passed["那么 “丁四”的待办里有“发料”"] == []
    assert (hard["rule"], hard["tags"], hard["hard"]) == (
        "第二条 未经主管同意，不得发料",
        ["LX_2", "硬约束"],
        True,
    )
    assert "LX-2" in hard["clauses"]
    rows = [each for each in run.results if each["name"] == "急用的写明原因"]
    assert [each["id"].rpartition("[")[2] for each in rows] == ["1]", "2]"]
    assert len({each["scenario"] for each in rows}) == 1


def test_some_alone_can_be_run_by_reviewers_too(town: ProcessEngine) -> None:
    run = run_gate(town, login=REVIEWER, only=[HARD])
    assert (run.state, run.total, [each["scenario"] for each in run.results]) == ("passed", 1, [HARD])
    with pytest.raises(Forbidden):
        commands.start_gate(town, toy.CLERK, KEY)
    with pytest.raises(NotFound):
        commands.start_gate(town, DRAFTER, "unknown")
    assert queries.gate_run(town, DRAFTER, KEY) is None


def test_only_one_run_at_a_time_and_it_can_be_stopped(town: ProcessEngine) -> None:
    commands.open_process_draft(town, DRAFTER, KEY)
    # Enough to be still running when it is stopped.
    many = SCENARIOS + "".join(
        f"\n    @LX_1\n    场景: 第{n}次\n      当 “甲一”办理“主管审批”\n      而且 “丁四”办理“核对库存”\n      那么 “丁四”的待办里有“发料”\n"
        for n in range(300)
    ).replace("      例子", "      例子")
    commands.save_process_draft(town, DRAFTER, KEY, {"features/requisition_多.feature": many}, 1)
    run = int(commands.start_gate(town, DRAFTER, KEY)["run"])
    with pytest.raises(Conflict, match="正在试跑"):
        commands.start_gate(town, PUBLISHER, KEY)
    seen = set()
    end = time.monotonic() + 60
    while time.monotonic() < end:
        view = queries.gate_run(town, DRAFTER, KEY, run)
        assert view is not None
        seen.add((view.done, view.total))
        if 0 < view.done < view.total:
            break
    commands.stop_gate(town, PUBLISHER, KEY)
    assert commands.wait_for_gate(town, run, 60) == "stopped"
    view = queries.gate_run(town, DRAFTER, KEY, run)
    assert view is not None
    assert 0 < view.done < view.total
    assert view.results
    with pytest.raises(NotFound):
        commands.stop_gate(town, PUBLISHER, KEY)
    # Another run may begin.
    commands.discard_process_draft(town, DRAFTER, KEY)
    assert run_gate(town).state == "passed"


def test_a_run_of_a_program_that_has_ended_is_over(town: ProcessEngine) -> None:
    run = int(commands.start_gate(town, DRAFTER, KEY)["run"])
    assert commands.wait_for_gate(town, run) == "passed"
    with town.database.writing() as session:
        session.get_one(GateRun, run).state = "running"
    commands.settle_gates(town)
    view = queries.gate_run(town, DRAFTER, KEY, run)
    assert view is not None
    assert view.state == "stopped"


def test_a_sentence_nobody_knows_and_a_clause_not_passed_fail(town: ProcessEngine) -> None:
    edit(
        town,
        "features/requisition.feature",
        "      当 “丁四”办理“核对库存”\n      而且",
        "      当 “丁四”跳过“核对库存”\n      而且",
    )
    edit(town, "features/requisition.feature", "    @LX_1\n", "    @LX_1 @LX_3\n")
    run = run_gate(town)
    told = {each["name"]: each["message"] for each in run.results if each["outcome"] == "failed"}
    assert "没有““丁四”跳过“核对库存””这样的句子" in told["主管不同意，不发料"]
    assert told["急用的写明原因"] == "标了 LX_3，却没有经过载有 LX-3 的环节。"


# -- which are run


def files(engine: ProcessEngine, key: str) -> set[str]:
    with engine.database.reading() as session:
        now = published(engine, session)
        return set(plan(Candidate((now.bundles[key],)), now).files)


CALLER = """# language: zh-CN
功能: 别的
  规则: 一
    场景: 顺带领料
      假如 现在是“2026-12-01 09:00”
      当 “戊五”发起“{name}”
      那么 “戊五”的待办里有“{task}”
"""


def test_its_own_files_and_those_that_start_it_are_touched(tmp_path: Path) -> None:
    features = {
        "lianxi/requisition.feature": SCENARIOS,
        "lianxi/requisition_急用.feature": CALLER.format(name="领料", task="填写领料单"),
        "lianxi/repair.feature": CALLER.format(name="领料", task="填写领料单"),
        "lianxi/repair_修.feature": CALLER.format(name="报修", task="登记报修"),
    }
    engine = open_workshop(tmp_path / "town", features=features)
    own = {"lianxi/requisition.feature", "lianxi/requisition_急用.feature"}
    assert files(engine, "requisition") == own | {"lianxi/repair.feature"}
    assert files(engine, "repair") == {"lianxi/repair.feature", "lianxi/repair_修.feature"}
    engine.close()


# -- limits


def limited(body: str, seconds: int | None, size: int | None) -> subprocess.CompletedProcess[str]:
    program = f"from engine.limits import limit_process\nlimit_process({seconds}, {size})\n{body}"
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no such limits")
def test_a_process_that_loops_or_allocates_is_ended() -> None:
    assert limited("while True: pass", 1, None).returncode < 0
    assert "MemoryError" in limited("x = bytearray(10 ** 10)", None, 1 << 30).stderr
    assert limited("print('ok')", 5, 1 << 30).stdout == "ok\n"


def told(
    folder: Path, program: str, seconds: float = 30.0, stop: bool = False
) -> tuple[str, list[Mapping[str, Any]]]:
    lines: list[Mapping[str, Any]] = []

    def started(running: Running) -> None:
        if stop:
            running.stop()

    command = (
        sys.executable,
        "-c",
        f"import json, sys, time\ndef say(x): print(json.dumps(x), flush=True)\n{program}",
    )
    return run_scenarios(folder, lines.append, started, seconds, command), lines


def test_a_runner_that_breaks_off_is_told_and_what_it_said_stays(tmp_path: Path) -> None:
    line = {"kind": "scenario", "id": "x"}
    assert told(tmp_path, f"say({line}); say({{'kind': 'end'}})") == ("", [line])
    fault, lines = told(tmp_path, f"say({line}); sys.exit('boom')")
    assert "中断" in fault
    assert "boom" in fault
    assert lines == [line]
    assert "没有流程" in told(tmp_path, "say({'kind': 'broken', 'message': '没有流程'})")[0]
    assert told(tmp_path, "print('noise'); say({'kind': 'end'})") == ("", [])


def test_a_runner_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    begun = time.monotonic()
    fault, _ = told(tmp_path, "time.sleep(60)", seconds=0.5)
    assert "超过" in fault
    assert time.monotonic() - begun < 20
    assert told(tmp_path, "time.sleep(60)", stop=True) == ("", [])


LOOP = """<bpmn:scriptTask id="r_loop" name="转圈" scriptFormat="guicheng"><bpmn:incoming>f_r_start__r_fill</bpmn:incoming><bpmn:incoming>f_back</bpmn:incoming><bpmn:outgoing>f_loop</bpmn:outgoing><bpmn:script>圈 = 1</bpmn:script></bpmn:scriptTask>"""


def test_a_diagram_that_goes_round_for_ever_fails_its_scenarios_and_no_more(town: ProcessEngine) -> None:
    commands.open_process_draft(town, DRAFTER, KEY)
    text = queries.process_draft(town, DRAFTER, KEY).files[DIAGRAM]
    text = text.replace('sourceRef="r_start" targetRef="r_fill"', 'sourceRef="r_start" targetRef="r_loop"')
    text = text.replace(
        "<bpmn:incoming>f_r_start__r_fill</bpmn:incoming><bpmn:outgoing>f_r_fill__r_number",
        "<bpmn:incoming>f_on</bpmn:incoming><bpmn:outgoing>f_r_fill__r_number",
    )
    text = text.replace(
        '<bpmn:parallelGateway id="r_split"',
        LOOP
        + '<bpmn:exclusiveGateway id="r_turn" name="够了？" default="f_back"><bpmn:incoming>f_loop</bpmn:incoming><bpmn:outgoing>f_back</bpmn:outgoing><bpmn:outgoing>f_on</bpmn:outgoing></bpmn:exclusiveGateway>'
        + '<bpmn:parallelGateway id="r_split"',
    )
    text = text.replace(
        '<bpmn:sequenceFlow id="f_r_fill__r_number"',
        '<bpmn:sequenceFlow id="f_loop" sourceRef="r_loop" targetRef="r_turn" /><bpmn:sequenceFlow id="f_back" name="没有" sourceRef="r_turn" targetRef="r_loop" />'
        '<bpmn:sequenceFlow id="f_on" name="够了" sourceRef="r_turn" targetRef="r_fill"><bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">${圈 == 2}</bpmn:conditionExpression></bpmn:sequenceFlow>'
        '<bpmn:sequenceFlow id="f_r_fill__r_number"',
    )
    from engine.layout import layout

    commands.save_process_draft(town, DRAFTER, KEY, {DIAGRAM: layout(text.encode()).decode()}, 1)
    errors = [each for each in queries.draft_findings(town, DRAFTER, KEY) if not each.warning]
    assert errors == []
    run = run_gate(town)
    assert run.state == "refused"
    assert {each["outcome"] for each in run.results} == {"failed"}
    assert len(run.results) == 4
