"""Measures the gate of every procedure: a first run, and runs after the whole, one step or one scenario has changed.

The step is the user task in the middle of the file. The floor is a run that plays nothing again.
Run: `python -m bench.gate [procedure …]`.
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from pathlib import Path

from engine import ProcessEngine, commands, queries
from engine.models import PassedScenario

PROCESSES = Path(__file__).parents[1] / "processes"
DRAFTER = "fanghuitu"


def run(engine: ProcessEngine, key: str) -> tuple[float, int, int]:
    """Seconds, scenarios played, scenarios recalled."""
    begun = time.perf_counter()
    number = int(commands.start_gate(engine, DRAFTER, key)["run"])
    commands.wait_for_gate(engine, number)
    seconds = time.perf_counter() - begun
    found = queries.gate_run(engine, DRAFTER, key, number)
    assert found is not None
    # A scenario of another name is a hard one dropped; it is played all the same.
    assert not {"broken", "lint"} & {each["rule"] for each in found.refusals}, (key, found.refusals)
    recalled = sum("recalled" in each for each in found.results)
    return seconds, len(found.results) - recalled, recalled


def edit(engine: ProcessEngine, key: str, path: str, old: str, new: str) -> None:
    """Change a file of the draft."""
    draft = queries.process_draft(engine, DRAFTER, key)
    text = draft.files[path].replace(old, new, 1)
    commands.save_process_draft(engine, DRAFTER, key, {path: text}, draft.revision)


def steps(engine: ProcessEngine, key: str) -> list[str]:
    """How the user tasks of the draft begin in its file."""
    text = queries.process_draft(engine, DRAFTER, key).files[f"{key}.bpmn"]
    return re.findall(r'<bpmn:userTask (id="\w+")', text)


def describe(engine: ProcessEngine, key: str, place: str) -> None:
    """Give the element that begins like this a description, which changes nothing of what happens."""
    text = queries.process_draft(engine, DRAFTER, key).files[f"{key}.bpmn"]
    opening = re.search(rf"<bpmn:(?:process|userTask)[^>]*\b{re.escape(place)}[^>]*>", text)
    assert opening, place
    edit(engine, key, f"{key}.bpmn", opening[0], f"{opening[0]}<bpmn:documentation>说明</bpmn:documentation>")


def main(keys: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        engine = ProcessEngine(f"sqlite:///{folder}/town.db", PROCESSES, Path(folder), demo=True)
        engine.start()
        known = commands.deploy_packs(engine, check=False).deployed
        print(
            f"{'procedure':<20}{'first run':>16}{'whole changed':>20}{'one step changed':>20}"
            f"{'one scenario changed':>22}{'nothing':>10}"
        )
        for key in keys or sorted(known):
            with engine.database.writing() as session:
                session.query(PassedScenario).delete()
            commands.open_process_draft(engine, DRAFTER, key)
            first = run(engine, key)
            tasks = [f'id="{key}"', *steps(engine, key)]
            changed = []
            for place in (tasks[0], tasks[1 + len(tasks) // 2] if len(tasks) > 2 else tasks[-1]):
                describe(engine, key, place)
                changed.append(run(engine, key))
            files = queries.process_draft(engine, DRAFTER, key).files
            features = sorted(path for path in files if path.endswith(".feature"))
            told = ""
            if features:
                edit(engine, key, features[0], "    场景: ", "    场景: 又，")
                seconds, played, _ = run(engine, key)
                told = f"{seconds:8.1f} s ({played})"
            nothing = run(engine, key)
            commands.discard_process_draft(engine, DRAFTER, key)
            print(
                f"{key:<20}{first[0]:8.1f} s ({first[1]:>3})"
                + "".join(f"{each[0]:12.1f} s ({each[1]:>3})" for each in changed)
                + f"{told:>22}{nothing[0]:8.1f} s",
                flush=True,
            )
        engine.close()


if __name__ == "__main__":
    main(sys.argv[1:])
