"""The buttons of a case: messages it waits for, which some people may send with a form."""

from __future__ import annotations

from engine import commands, queries
from web import session
from web.api.cases import BUTTON, TAG
from web.api.operations import Answer, Call, operation
from web.api.schema import DATA, ID, define, listed, nullable, page_of, record, text
from web.api.shapes import CHANGED_CASE, CLAUSE, FORM, clauses, form

BUTTON_SHEET = define(
    "ButtonSheet",
    record(
        {
            "element": text(),
            "name": text(),
            "instance": ID,
            "confirmation": nullable({**text(), "description": "按之前要给人看的话"}),
            "clauses": listed(CLAUSE),
            **FORM,
        }
    ),
)


@operation("GET", "/process-instances/{id}/buttons", TAG, "我现在可以按的按钮", page_of("Buttons", BUTTON))
def case_buttons(call: Call, instance_id: str) -> Answer:
    """The buttons of the case for this person."""
    found = queries.case_view(call.engine, call.login, instance_id)
    return {
        "items": [{"element": each.element, "name": each.name} for each in found.buttons],
        "next_cursor": None,
    }


@operation(
    "GET",
    "/process-instances/{id}/buttons/{element}",
    TAG,
    "一个按钮的表单",
    BUTTON_SHEET,
    refusals=(403, 409),
)
def button_view(call: Call, instance_id: str, element: str) -> Answer:
    """The button with its form; a button without one answers no fields."""
    found, filled = queries.button_page(call.engine, call.login, instance_id, element)
    return {
        "element": found.element,
        "name": found.name,
        "instance": found.instance_id,
        "confirmation": found.confirmation,
        "clauses": clauses(call.engine, found.pack, found.clauses),
        **form(found.form_text, filled.note if filled else "", found.values, filled.fields if filled else ()),
    }


@operation(
    "POST",
    "/process-instances/{id}/buttons/{element}",
    TAG,
    "按按钮",
    define("PressedButton", record({"element": text(), **CHANGED_CASE})),
    body=define(
        "ButtonBody",
        record({"data": DATA, "confirmed": listed(text(400), 500)}, optional=("data", "confirmed")),
    ),
    body_required=False,
    repeatable=True,
    refusals=(403, 409),
)
def press_button(call: Call, instance_id: str, element: str) -> Answer:
    """Send the message the case waits for, with the form as its content."""
    done = commands.press_button(
        call.engine,
        call.login,
        instance_id,
        element,
        call.body.get("data", {}),
        call.body.get("confirmed", ()),
        call.key,
    )
    session.drain()
    return done
