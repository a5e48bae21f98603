"""The rule parameters a draft changes: they are tried with it and come into force when it is published."""

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import commands, queries
from engine.errors import Conflict, Invalid
from engine.queries import DraftView, ParameterLine
from web.session import engine, me
from web.words import tell
from web.workshop.drafts import pages_of, require_definitions

blueprint = Blueprint("draft_parameters", __name__, url_prefix="/workshop")
Page = str | tuple[str, int] | Response
FIELD = "value-"


@blueprint.get("/<key>/parameters")
def page(key: str) -> Page:
    require_definitions()
    return show(key, {})


def show(key: str, errors: Mapping[str, str]) -> str:
    """The page; `errors` are by field, or under an empty name for the whole."""
    draft = queries.process_draft(engine(), me(), key)
    lines = queries.parameters(engine(), me())
    everything = "all" in request.args or not any(_used(line, draft) for line in lines)
    return render_template(
        "workshop/parameters.html",
        draft=draft,
        name=draft.name,
        lines=[line for line in lines if everything or _used(line, draft)],
        more=not everything,
        errors=errors,
        given=request.form,
        field=FIELD,
        pages_of=pages_of,
    )


def _used(line: ParameterLine, draft: DraftView) -> bool:
    """The draft's files name it, or it is among those changed."""
    name = line.parameter.name
    named = any(f"'{name}'" in text for path, text in draft.files.items() if not path.startswith("features/"))
    return named or name in draft.parameters


@blueprint.post("/<key>/parameters")
def save(key: str) -> Page:
    require_definitions()
    revision = request.form.get("revision", "")
    given = {
        name.removeprefix(FIELD): value.strip() or None
        for name, value in request.form.items()
        if name.startswith(FIELD)
    }
    try:
        commands.save_process_draft(
            engine(), me(), key, {}, int(revision) if revision.isdecimal() else 0, given
        )
    except Invalid as error:
        return show(key, {FIELD + name: text for name, text in error.errors.items()}), 422
    except Conflict as error:
        return show(key, {"": str(error)}), 409
    return tell(redirect(url_for("draft_parameters.page", key=key)), "saved")
