"""What `guicheng mutate` does: judge the mutants of some procedures, tell of each, write the report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from engine.errors import NotFound
from engine.mutation import OPERATORS
from features.mutation.report import commit_of, faults, read_reasons, section, tally, whole
from features.mutation.round import KILLED, REFUSED, UNVISITED, Asked, Result, Round, copied

KEPT = Path(".cache") / "mutation"
REPORT = Path("docs") / "mutation.md"
WORDS = {KILLED: "发现", REFUSED: "检查拒绝", UNVISITED: "没有发现（没有场景走到）"}


def mutate_procedures(
    processes: Path, keys: Sequence[str], asked: Asked, jobs: int, say: Callable[[str], None]
) -> int:
    """Judge the mutants; how many were noticed by nobody. Raises NotFound, and BadDiagram or Invalid when nothing can run.

    Results are kept in `.cache/mutation` beside the processes folder, the report is written to `docs/mutation.md` when every
    mutant of the procedures was judged by every scenario.
    """
    base = processes.parent
    features = base / "features"
    for name in asked.only:
        if name not in OPERATORS:
            raise NotFound(f"没有改法“{name}”。有：{'、'.join(OPERATORS)}。")
    unnoticed, sections = 0, {}
    with copied(processes, features) as folder:
        round = Round(folder, base / KEPT, jobs)
        for key in keys:
            if key not in round.bundles:
                raise NotFound(f"没有流程“{key}”。有：{'、'.join(sorted(round.bundles))}。")
            reasons = read_reasons(folder / "features", key)
            results = round.judge(key, asked, lambda result: say(line(result)))
            counts = tally(results, reasons)
            unnoticed += counts.unnoticed
            say(f"{key}：{counts.all} 个变异，没有发现 {counts.unnoticed} 个，发现率 {counts.rate:.1%}。")
            if not (asked.only or asked.sample or asked.quick):
                for fault in faults(results, reasons):
                    say(fault)
                sections[key] = section(round.bundles[key], results, reasons, commit_of(base))
                report = base / REPORT
                report.parent.mkdir(exist_ok=True)
                before = report.read_text("utf-8") if report.exists() else ""
                report.write_text(whole(before, sections), "utf-8")
    return unnoticed


def line(result: Result) -> str:
    """One result as it is told while others are still running."""
    by = f"：{result.by}" if result.by else f"：{result.message[:60]}" if result.message else ""
    return f"{WORDS.get(result.state, '没有发现')} {result.id} {result.label}{by}"
