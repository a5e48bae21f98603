"""Forms on the server: read from files, filled with initial values, validated and prepared for a page.

What a form may say is described in docs/forms.md. Nothing of it depends on JavaScript, and nothing the
system decides is taken from a browser.
"""

from engine.forms.checks import computed_digest, problems
from engine.forms.context import AttachmentInfo, FormContext
from engine.forms.display import display
from engine.forms.examples import as_posted, read_example
from engine.forms.html import from_html, row_action, without_prefilled
from engine.forms.model import Component, Form, FormError, Option
from engine.forms.parsing import parse_form
from engine.forms.sheet import Sheet, initial, validate
from engine.forms.view import FieldView, form_note, submitted_view, view

__all__ = [
    "AttachmentInfo",
    "Component",
    "FieldView",
    "Form",
    "FormContext",
    "FormError",
    "Option",
    "Sheet",
    "as_posted",
    "computed_digest",
    "display",
    "form_note",
    "from_html",
    "initial",
    "parse_form",
    "problems",
    "read_example",
    "row_action",
    "submitted_view",
    "validate",
    "view",
    "without_prefilled",
]
