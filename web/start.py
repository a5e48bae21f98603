"""What a person can start, and starting it."""

from uuid import uuid4

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import commands, queries
from web.session import drain, engine, me
from web.words import frame, tell

blueprint = Blueprint("start", __name__)


@blueprint.get("/start")
def page() -> str:
    pack = frame().person
    offered = []
    for definition, may in queries.startable_definitions(engine(), me()):
        if may and pack is not None:
            clauses = definition.diagram.properties.get("clause", "").replace("，", ",").split(",")
            texts = queries.clause_texts(engine(), pack.pack, [each.strip() for each in clauses])
            offered.append((definition, description(definition.files.get("README.md", "")), texts))
    return render_template("start/page.html", offered=offered, key=uuid4().hex)


def description(readme: str) -> str:
    """The first paragraph of what the procedure's folder says about it."""
    paragraphs = [
        part.strip() for part in readme.split("\n\n") if part.strip() and not part.lstrip().startswith("#")
    ]
    return " ".join(paragraphs[0].split()) if paragraphs else ""


@blueprint.post("/start/<key>")
def start(key: str) -> Response:
    """Start, and go on to the first task when it is this person's."""
    given = request.form.get("_key")
    started = commands.start_process_instance(engine(), me(), key, idempotency_key=given)
    drain()
    case = queries.case_view(engine(), me(), str(started["instance"]))
    mine = next((task.id for task in case.open_tasks if task.mine), None)
    target = url_for("tasks.page", task_id=mine) if mine else url_for("cases.case", instance_id=case.id)
    return tell(redirect(target), "started")
