"""Writes docs/mutation.md: every mutant of each procedure judged, and which scenario noticed it."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from engine.definitions import Bundle
from engine.mutation import OPERATORS
from features.mutation.round import KILLED, REFUSED, UNVISITED, Result
from features.mutation.visits import mark_of_files

SHARE = 0.05
"""More equivalent mutants than this part of all count as not noticed."""

HEAD = """# 变异检查

场景通过，不等于场景管用。变异检查在流程里故意改错一处，再跑验收场景：有场景不通过，这一处错就被发现了；没有，就是场景还缺一句。
（这一页由 `guicheng mutate 流程键…` 生成，只换本次运行的流程那一节。）

- 一次只改一处，改法固定，见下表；同一个流程每次得出同样的变异。
- 先看 `guicheng check` 和硬约束：通不过的，任何人都发布不了，记作“检查拒绝”。流程图的画法不算。
- 再跑场景，先跑最可能发现的，有一个不通过就停，最多跑 24 个。只跑走得到那一处的场景，从走到那里的那一句跑起；
  去掉表单的一项要求，只跑有“试图”的场景，因为别的场景里没有什么被拒绝。
- 改了和没改办起来没有分别的，是等效的变异，在 `features/<制度包>/mutants.yml` 写明理由，不计入总数；
  超过全部变异 5% 的部分，仍按没有发现计算。
- 不改的有：文书和通知的文字、只读和显示条件、决策表（决策表由检查逐格证明）。

| 改法 | 含义 |
|---|---|
"""
SUMMARY = "\n## 汇总\n\n| 流程 | 变异 | 检查拒绝 | 场景发现 | 等效 | 没有发现 | 发现率 |\n|---|---|---|---|---|---|---|\n"
COUNTS = re.compile(
    r"^变异 (\d+)，检查拒绝 (\d+)，场景发现 (\d+)，等效 (\d+)，没有发现 (\d+)，发现率 ([\d.]+%)。", re.M
)
SECTION = re.compile(r"(?m)^## (?=.+（`\w+`）$)")
STATES = {UNVISITED: "**没有发现**：没有场景走到"}


@dataclass(frozen=True)
class Tally:
    """The counts of one procedure. `equivalent` are at most SHARE of all; the others with a reason count as not noticed."""

    all: int
    refused: int
    killed: int
    equivalent: int

    @property
    def unnoticed(self) -> int:
        return self.all - self.refused - self.killed - self.equivalent

    @property
    def rate(self) -> float:
        """The part noticed of those that could have been."""
        counted = self.all - self.equivalent
        return (self.refused + self.killed) / counted if counted else 1.0


def tally(results: Sequence[Result], reasons: Mapping[str, str]) -> Tally:
    """Count what became of the mutants."""
    states = Counter(each.state for each in results)
    excused = sum(each.state not in (KILLED, REFUSED) and each.id in reasons for each in results)
    allowed = min(excused, int(len(results) * SHARE))
    return Tally(len(results), states[REFUSED], states[KILLED], allowed)


def read_reasons(features: Path, key: str) -> dict[str, str]:
    """Why mutants of the procedure make no difference, by their id, from the files `<pack>/mutants.yml`."""
    found: dict[str, str] = {}
    for path in sorted(features.glob("*/mutants.yml")):
        content = yaml.safe_load(path.read_text("utf-8")) or {}
        found |= {str(id): str(reason or "") for id, reason in (content.get(key) or {}).items()}
    return found


def faults(results: Sequence[Result], reasons: Mapping[str, str]) -> list[str]:
    """What is wrong with the reasons: of no mutant, empty, or of one that was noticed."""
    known = {each.id: each for each in results}
    told = []
    for id, reason in reasons.items():
        if id not in known:
            told.append(f"mutants.yml 里的 {id} 不是这个流程的变异，请删去。")
        elif not reason.strip():
            told.append(f"mutants.yml 里的 {id} 没有写理由。")
        elif known[id].state in (KILLED, REFUSED):
            told.append(f"{id} 已被发现，请从 mutants.yml 删去。")
    return told


def section(
    bundle: Bundle, results: Sequence[Result], reasons: Mapping[str, str], commit: str, all: int = 0
) -> str:
    """One procedure's part of the report; with `all` it says that the results are of some of so many mutants only."""
    counts = tally(results, reasons)
    made = f"{date.today().isoformat()}，提交 {commit}" if commit else date.today().isoformat()
    sample = f"共有 {all} 个变异，这里是其中运行了的 {len(results)} 个。" if all > len(results) else ""
    lines = [
        f"## {bundle.diagram.name}（`{bundle.key}`）\n",
        f"变异 {counts.all}，检查拒绝 {counts.refused}，场景发现 {counts.killed}，等效 {counts.equivalent}，"
        f"没有发现 {counts.unnoticed}，发现率 {counts.rate:.1%}。{made}，流程校验值 {mark_of_files(bundle.files)}。"
        f"{sample}\n",
        "| 变异 | 改法 | 元素 | 结果 |\n|---|---|---|---|",
    ]
    lines += [
        f"| {_cell(each.label)} | {each.operator} | `{each.element}` | {_outcome(each, reasons)} |"
        for each in results
    ]
    return "\n".join(lines) + "\n"


def _outcome(result: Result, reasons: Mapping[str, str]) -> str:
    if result.state == REFUSED:
        return f"检查拒绝：{_cell(result.message)[:80]}"
    if result.state == KILLED:
        file, _, title = result.by.partition("::")
        return f"{_cell(title)}（{Path(file).stem}）" if title else _cell(result.message)
    if result.id in reasons:
        return f"等效：{_cell(reasons[result.id])}"
    return STATES.get(result.state, f"**没有发现**：跑了 {result.run} 个场景") + f" `{result.id}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def whole(existing: str, sections: Mapping[str, str]) -> str:
    """The report in which these sections, by procedure key, stand for those of before."""
    found = {_key(each): each.strip() + "\n" for each in _sections(existing)}
    found |= {key: text.strip() + "\n" for key, text in sections.items()}
    operators = "".join(f"| {each.name} | {each.meaning} |\n" for each in OPERATORS.values())
    rows = []
    for text in found.values():
        counts = COUNTS.search(text)
        if counts is not None:
            name = text.partition("\n")[0].removeprefix("## ")
            rows.append(f"| {name} | {' | '.join(counts.groups())} |\n")
    return HEAD + operators + SUMMARY + "".join(rows) + "\n" + "\n".join(found.values())


def _sections(text: str) -> list[str]:
    parts = SECTION.split(text)
    return [f"## {part}" for part in parts[1:]]


def _key(section: str) -> str:
    return section.partition("\n")[0].rpartition("（`")[2].removesuffix("`）")


def commit_of(folder: Path) -> str:
    """The short name of the commit checked out, or `""` where there is none."""
    try:
        done = subprocess.run(
            ["git", "log", "-1", "--format=%h"], cwd=folder, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()
