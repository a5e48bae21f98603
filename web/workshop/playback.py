"""A scenario that was run, played back sentence by sentence over the diagrams, beside the clauses."""

from typing import Any

from flask import Blueprint, Response, render_template, request, url_for

from engine import queries
from engine.queries import Playback
from web.session import engine, me

blueprint = Blueprint("playback", __name__, url_prefix="/procedures")


@blueprint.get("/<key>/scenarios/runs/<int(max=2147483647):run_id>")
def page(key: str, run_id: int) -> str:
    """The result `result` of a run."""
    found = queries.playback(engine(), me(), key, run_id, request.args.get("result", ""))
    own = list({found.clauses[tag][1].id: tag for tag in found.tags if tag in found.clauses}.values())
    return render_template(
        "workshop/playback.html",
        found=found,
        own=own,
        others=[each for each in clause_ids(found) if each not in {found.clauses[tag][1].id for tag in own}],
        data=frames_of(found),
        diagram=lambda process: url_for("playback.diagram", key=key, run_id=run_id, process=process),
    )


def clause_ids(found: Playback) -> list[str]:
    """The clauses of the elements that were passed, each once, in the order of passing."""
    ids = [clause for frame in found.frames for each in frame.passed for clause in each.clauses]
    return [each for each in dict.fromkeys(ids) if each in found.clauses]


def frames_of(found: Playback) -> dict[str, Any]:
    """What the script of the page needs: for each sentence what it passed, and its clauses."""
    return {
        "key": found.key,
        "passed": found.passed,
        "frames": [
            [
                {"process": each.process, "element": each.element, "clauses": list(each.clauses)}
                for each in frame.passed
            ]
            for frame in found.frames
        ],
        "standing": [{"process": each.process, "element": each.element} for each in found.standing],
    }


@blueprint.get("/<key>/scenarios/runs/<int(max=2147483647):run_id>/<process>.bpmn")
def diagram(key: str, run_id: int, process: str) -> Response:
    """A diagram as the run saw it."""
    xml = queries.playback_diagram(engine(), me(), key, run_id, process)
    return Response(xml, mimetype="application/xml")
