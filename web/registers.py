"""台账: the lists a town keeps of its cases, on the screen, on paper and as a workbook."""

import tempfile
from collections.abc import Mapping
from datetime import date
from typing import BinaryIO, cast

from flask import Blueprint, render_template, request, send_file
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import ProcessEngine, commands, queries
from engine.commands.registers import words_of
from engine.errors import Invalid, Refused
from engine.queries import RegisterFilter
from web.session import engine, me

blueprint = Blueprint("registers", __name__)
Page = str | tuple[str, int] | Response
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
IN_MEMORY = 2_000_000
"""Bytes of a workbook; a larger one is put into a temporary file."""


@blueprint.get("/registers")
def page() -> str:
    names = {each.key: each.name for each, _may in queries.startable_definitions(engine(), me())}
    return render_template("register/list.html", registers=queries.registers(engine(), me()), names=names)


@blueprint.get("/registers/<name>")
def register(name: str) -> Page:
    return show(name)


def show(name: str, refused: str = "") -> Page:
    """The page of a register; what is wrong with the filter, or why something was refused, is told on it."""
    errors: Mapping[str, str] = {}
    try:
        found = queries.register_page(engine(), me(), name, wanted(), cursor=request.args.get("cursor"))
    except Invalid as error:
        errors = error.errors
        found = queries.register_page(engine(), me(), name)
    shown = render_template(
        "register/page.html",
        page=found,
        head=found.head,
        given=given(),
        asked={each: value for each, value in given().items() if value},
        errors=errors,
        refused=refused,
    )
    return shown, 422 if errors or refused else 200


@blueprint.get("/registers/<name>/print")
def paper(name: str) -> Page:
    try:
        looked_for = wanted()
        head, rows, sentence = commands.print_register(engine(), me(), name, looked_for)
    except Invalid:
        return show(name)
    except Refused as error:
        return show(name, str(error))
    return render_template(
        "register/print.html",
        head=head,
        rows=rows,
        sentence=sentence,
        condition=words_of(looked_for, head),
        widths=widths([column.width for column in head.columns]),
    )


@blueprint.get("/registers/<name>/export")
def export(name: str) -> Page:
    try:
        return workbook(engine(), me(), name, wanted())
    except Invalid:
        return show(name)
    except Refused as error:
        return show(name, str(error))


def workbook(town: ProcessEngine, login: str, name: str, looked_for: RegisterFilter) -> Response:
    """The workbook of a register as a download; the headers tell how many rows it has and how many it lacks."""
    # The response closes it.
    target = cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=IN_MEMORY))  # noqa: SIM115
    done = commands.export_register(town, login, name, looked_for, target)
    target.seek(0)
    response: Response = send_file(target, mimetype=XLSX, as_attachment=True, download_name=done["file"])
    response.headers["X-Rows"], response.headers["X-Left-Out"] = str(done["rows"]), str(done["left_out"])
    return response


def given() -> dict[str, str]:
    """What stands in the fields of the filter."""
    names = ("q", "state", "column", "begin", "end", "unit", "person")
    return {name: request.args.get(name, "").strip() for name in names}


def wanted() -> RegisterFilter:
    """The filter of the address. Raises Invalid for something that is no date."""
    texts = given()
    days: dict[str, date | None] = {}
    for name in ("begin", "end"):
        text = texts.pop(name)
        try:
            days[name] = date.fromisoformat(text) if text else None
        except ValueError as error:
            raise Invalid({name: _("请写成 2026-01-31 这样的日期。")}) from error
    if days["begin"] and days["end"] and days["begin"] > days["end"]:
        raise Invalid({"begin": _("开始的日期要在结束的日期之前，请改正。")})
    return RegisterFilter(**texts, **days)  # type: ignore[arg-type]  # Texts and days by their names.


def widths(columns: list[int]) -> list[int]:
    """The parts of the width of a sheet of paper in percent."""
    whole = sum(columns)
    return [max(1, round(100 * each / whole)) for each in columns]
