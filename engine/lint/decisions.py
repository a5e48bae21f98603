"""Decision tables: whether they can be read, are used, and give exactly one answer in every case."""

from __future__ import annotations

from collections.abc import Iterator

from engine.decisions import FIRST, Decision
from engine.definitions import DECISIONS
from engine.diagram import Element
from engine.expressions.grammar import is_name
from engine.lint.procedure import Procedure
from engine.lint.registry import Note, Notes, rule
from engine.nearest import suggestion


@rule("decision-table", "决策表读不懂，或用了不支持的写法")
def decision_table(procedure: Procedure) -> Notes:
    for key, faults in procedure.decision_faults.items():
        for fault in faults:
            yield Note("", f"{fault.rstrip('。')}。请改正。", _path(key))


@rule("missing-decision", "业务规则任务没有写决策表，或没有这张表")
def missing_decision(procedure: Procedure) -> Notes:
    for task in _tasks(procedure):
        key = procedure.attribute(task, "decisionRef")
        if not key:
            yield procedure.note(
                task, '没有写用哪张决策表。请写 camunda:decisionRef="…"（decisions/ 里的文件名）。'
            )
        elif key not in procedure.bundle.decisions:
            near = suggestion(key, procedure.bundle.decisions)
            yield procedure.note(task, f"没有决策表 {_path(key)}{near}。请补上，或改 camunda:decisionRef。")


@rule("unused-decision", "决策表没有被用到，或放错了地方")
def unused_decision(procedure: Procedure) -> Notes:
    used = {procedure.attribute(task, "decisionRef") for task in _tasks(procedure)}
    for path in procedure.files("", ".dmn"):
        key = path.removeprefix(DECISIONS).removesuffix(".dmn")
        if not path.startswith(DECISIONS) or "/" in key:
            yield Note("", "决策表要放在 decisions 文件夹里。请移过去。", path)
        elif key not in used:
            yield Note("", f'没有业务规则任务用到它。请删去，或在图上写 camunda:decisionRef="{key}"。', path)


@rule("result-variable", "业务规则任务没有写结果变量，或不能作变量名")
def result_variable(procedure: Procedure) -> Notes:
    for task in _tasks(procedure):
        name = procedure.attribute(task, "resultVariable")
        if not name:
            yield procedure.note(
                task, '没有写结果放在哪个变量，查出来的结果会丢掉。请写 camunda:resultVariable="…"。'
            )
        elif not is_name(name):
            yield procedure.note(task, f"结果变量“{name}”不能作变量名。请换一个。")


@rule("result-mapping", "mapDecisionResult 与决策表给出的结果不符")
def result_mapping(procedure: Procedure) -> Notes:
    for task in _tasks(procedure):
        written = procedure.attribute(task, "mapDecisionResult")
        decision = procedure.decisions.get(procedure.attribute(task, "decisionRef"))
        if written and decision is not None and written != decision.mapping:
            text = (
                f"写的是 camunda:mapDecisionResult={written}，而{decision.label}给出的是 {decision.mapping}。"
                "请改成一样的，或删去。"
            )
            yield procedure.note(task, text)


@rule("decision-first", "FIRST 决策表的最后一行不是总能命中")
def decision_first(procedure: Procedure) -> Notes:
    for key, decision in procedure.decisions.items():
        if decision.hit_policy == FIRST and not decision.rows[-1].free:
            text = (
                f"{decision.label}：最后一行（第 {len(decision.rows)} 行）还有条件，都不符合时案卷会卡住。"
                "请加一行，输入格全写“-”。"
            )
            yield Note("", text, _path(key))


@rule("decision-overlap", "UNIQUE 决策表有两行会同时命中")
def decision_overlap(procedure: Procedure) -> Notes:
    for key, decision, told in _proved(procedure, "overlaps"):
        yield Note("", f"{decision.label}：{told}。请改成互斥的，或改用 FIRST。", _path(key))


@rule("decision-gap", "UNIQUE 决策表缺一种情况")
def decision_gap(procedure: Procedure) -> Notes:
    for key, decision, told in _proved(procedure, "gaps"):
        yield Note("", f"{decision.label}：{told}。请补上一行。", _path(key))


@rule("decision-doubt", "UNIQUE 决策表证明不了恰好命中一行", warning=True)
def decision_doubt(procedure: Procedure) -> Notes:
    for key, decision, told in _proved(procedure, "doubts"):
        text = f"{decision.label}：证明不了{told}。能写定值和可选值的请写上，否则请自己核对。"
        yield Note("", text, _path(key))


def _proved(procedure: Procedure, what: str) -> Iterator[tuple[str, Decision, str]]:
    for key, decision in procedure.decisions.items():
        for told in getattr(procedure.proofs[key], what):
            yield key, decision, told


def _tasks(procedure: Procedure) -> Iterator[Element]:
    return procedure.diagram.of_kind("businessRuleTask")


def _path(key: str) -> str:
    return f"{DECISIONS}{key}.dmn"
