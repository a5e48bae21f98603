"""The list of procedures: what is published, what is being edited and by whom; new ones and those brought along."""

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import commands, queries
from engine.errors import BadDiagram, Conflict, Invalid, Refused
from web.session import engine, me
from web.words import frame
from web.workshop.bundles import uploaded
from web.workshop.drafts import require_definitions

blueprint = Blueprint("workshop", __name__, url_prefix="/workshop")
Page = str | tuple[str, int] | Response


@blueprint.get("")
def page() -> Page:
    require_definitions()
    return show()


def show(section: str = "", errors: Mapping[str, str] | None = None) -> str:
    """The page; `errors` belong to the form of `section`."""
    folder = queries.folder_changes(engine(), me())
    return render_template(
        "workshop/list.html",
        cards=queries.workshop(engine(), me()),
        folder=folder,
        labels=queries.element_labels(engine(), me()) if folder and folder.failed else {},
        section=section,
        errors=errors or {},
        given=request.form,
        town=frame().town,
    )


@blueprint.post("/new")
def new_draft() -> Page:
    """A procedure that does not exist yet."""
    require_definitions()
    key, name = request.form.get("key", "").strip(), request.form.get("name", "").strip()
    try:
        commands.new_process_draft(engine(), me(), key, name, request.form.get("pack") or None)
    except Invalid as error:
        return show("new", error.errors), 422
    except (Conflict, Refused) as error:
        return show("new", {"key": str(error)}), 422
    return redirect(url_for("modeller.page", key=key))


@blueprint.post("/import")
def import_draft() -> Page:
    """A procedure from a diagram or an archive of a bundle."""
    require_definitions()
    try:
        name, content = uploaded()
        given = request.form.get("name", "").strip(), request.form.get("key", "").strip()
        key = commands.import_process_draft(engine(), me(), {name: content}, *given)["key"]
    except Invalid as error:
        return show("import", error.errors), 422
    except (BadDiagram, Conflict, Refused) as error:
        return show("import", {"file": str(error)}), 422
    return redirect(url_for("modeller.page", key=key))
