"""Cases under way to try things on: a procedure published anew meanwhile, and a step that fails."""

from __future__ import annotations

from pathlib import Path

from engine import ProcessEngine, commands, queries
from engine.errors import Refused
from tests.support import toy
from tests.support.interface import open_towns
from tests.support.workshop import DRAFTER, KEY

RENAMED = ('name="主管审批"', 'name="主管审核"')
GONE = (('"r_approve"', '"r_other"'), (">r_approve<", ">r_other<"))
STEP = '<bpmn:userTask id="k_again" name="复核" camunda:formKey="k_count"/>'
FLOW = '<bpmn:sequenceFlow id="f3" sourceRef="k_share" targetRef="k_end" />'


def renew(town: ProcessEngine, *changes: tuple[str, str]) -> int:
    """Publish the procedure of the workshop with these texts replaced in its diagram; the id of the new version."""
    path = town.processes / toy.PACK / KEY / f"{KEY}.bpmn"
    text = path.read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, "utf-8")
    commands.deploy_packs(town, check=False)
    return queries.versions(town, DRAFTER, KEY)[0].id


def open_failing(folder: Path) -> ProcessEngine:
    """A town with a stocktake whose computed step fails when divided by 0, and a step behind it.

    Its keepers see the whole case, and look after failures too.
    """
    engine = open_towns(folder)
    path = engine.processes / toy.PACK / "stocktake" / "stocktake.bpmn"
    text = path.read_text("utf-8")
    assert FLOW in text
    more = FLOW.replace("k_end", "k_again") + FLOW.replace("f3", "f4").replace("k_share", "k_again")
    path.write_text(text.replace(FLOW, STEP + more), "utf-8")
    organisation = engine.processes / toy.PACK / "organisation.yml"
    text = organisation.read_text("utf-8")
    organisation.write_text(text.replace("incidents: [维护员]", "incidents: [维护员, 仓库管理员]"), "utf-8")
    commands.deploy_packs(engine, check=False)
    return engine


def failed(town: ProcessEngine) -> tuple[str, int]:
    """A stocktake that has failed, and its incident."""
    done = commands.start_process_instance(town, toy.KEEPER, "stocktake", {"仓库": "甲"})
    case = str(done["instance"])
    try:
        commands.complete_user_task(
            town, toy.KEEPER, queries.open_task_of(town, case, "清点"), {"件数": 12, "架数": 0}
        )
    except Refused:
        return case, queries.incidents(town, toy.ADMIN)[-1].id
    raise AssertionError("dividing by 0 does not fail")
