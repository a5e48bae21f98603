"""Reads the form a person has sent: entries, confirmed warnings, uploaded files and the button pressed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Protocol, cast

from flask import render_template, request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from engine import commands, queries
from engine.errors import Invalid, NotFound
from engine.forms import Component, FieldView, Form, from_html, row_action, without_prefilled
from engine.queries import Entered, FilledForm
from web.session import engine, me

REFRESH, PART = "_refresh", "part"
"""The button that shows the sheet again with what depends on the entries, and changes nothing; the value the page's
script sends for it: the fields alone come back, not a whole page."""
ROW_BUTTONS = ("_add.", "_remove.", "_up.", "_down.")
FILES = "_files."
BROAD = 4
"""So many columns do not fit beside the history."""
PAGE_WIDTH = 740
"""The pixels a table has on a page 1440 pixels wide, beside the menu and the list of tasks."""
COLUMN_WIDTHS = {
    "textfield": 167,
    "textarea": 207,
    "number": 107,
    "select": 137,
    "radio": 113,
    "datetime": 167,
}
READ_WIDTH, OTHER_WIDTH = 92, 197
"""The pixels a column needs: one that is only read, and one of a type not named."""


@dataclass(frozen=True)
class Posted:
    """A form as sent. `action` is the name of the button, `""` for submitting.

    `told` are the paths something was wrong at when it was last submitted; `part` asks for the fields alone.
    """

    data: dict[str, Any]
    confirmed: frozenset[str]
    errors: Mapping[str, str]
    action: str
    told: frozenset[str] = frozenset()
    part: bool = False
    fresh: Mapping[str, Any] = field(default_factory=dict)
    """The entries without what nobody has changed since the page prefilled it: that follows the others."""

    def after_button(self, form: Form) -> Entered:
        """The entries after a button that only changes the sheet. What was told to be wrong goes on being told while it is."""
        told = self.told if self.action == REFRESH else frozenset[str]()
        return Entered(
            after_button(form, self), self.confirmed if told else frozenset(), False, self.errors, told
        )

    def entered(self, check: bool, errors: Mapping[str, str] | None = None) -> Entered:
        return Entered(self.data, self.confirmed, check, {**self.errors, **(errors or {})})


def posted(form: Form) -> Posted:
    """The form of this request. Files are stored first, so that a mistake elsewhere does not lose them."""
    fields = MultiDict([(key, value) for key, value in request.form.items(multi=True) if key != "csrf_token"])
    data, confirmed = from_html(form, fields)
    errors = store_files(data)
    action = next((key for key in fields if key in ("_draft", REFRESH) or key.startswith(BUTTONS)), "")
    told = frozenset(request.form.getlist("_told"))
    fresh = without_prefilled(form, data, fields)
    return Posted(data, frozenset(confirmed), errors, action, told, request.form.get(REFRESH) == PART, fresh)


BUTTONS = (*ROW_BUTTONS, "_preview.", "_phrase.", "_keep.")


def store_files(data: dict[str, Any]) -> dict[str, str]:
    """Upload what came along, put the numbers into `data`; returns a sentence by path for what was refused."""
    errors: dict[str, str] = {}
    for name in request.files:
        if not name.startswith(FILES):
            continue
        path = name.removeprefix(FILES)
        for file in request.files.getlist(name):
            if not file.filename:
                continue
            try:
                stored = commands.upload_attachment(
                    engine(), me(), file.filename, cast(BinaryIO, file.stream)
                )
            except Invalid as error:
                errors[path] = error.errors.get("file", str(error))
            else:
                _append(data, path, str(stored["id"]))
    return errors


def _append(data: dict[str, Any], path: str, number: str) -> None:
    holder, key = _place(data, path)
    if holder is not None:
        before = holder.get(key)
        holder[key] = [*(before if isinstance(before, list) else []), number]


def _place(data: dict[str, Any], path: str) -> tuple[dict[str, Any] | None, str]:
    """The mapping and key a path stands for: the data itself, or a row of a table."""
    table, dot, rest = path.partition(".")
    if not dot:
        return data, path
    index, _dot, column = rest.partition(".")
    rows = data.get(table)
    if isinstance(rows, list) and index.isascii() and index.isdigit() and int(index) < len(rows):
        return rows[int(index)], column
    return None, column


def after_button(form: Form, sent: Posted) -> dict[str, Any]:
    """The entries after a button that only changes the sheet: rows, or a common opinion put in or kept."""
    verb, _dot, path = sent.action.partition(".")
    if sent.action.startswith(ROW_BUTTONS):
        return row_action(form, sent.fresh, sent.action)
    if verb == REFRESH:
        return dict(sent.fresh)
    data = dict(sent.data)
    holder, key = _place(data, path)
    if holder is None:
        return data
    text = str(holder.get(key) or "")
    if verb == "_phrase":
        holder[key] = text + phrase_text(request.form.get(sent.action, ""))
    elif verb == "_keep":
        commands.add_phrase(engine(), me(), text)
    return data


def phrase_text(number: str) -> str:
    """One of the person's own common opinions. Raises NotFound."""
    for phrase in queries.phrases(engine(), me()):
        if str(phrase.id) == number:
            return phrase.text
    raise NotFound(_("这条常用意见已经删除，请刷新页面。"))


class Phrase(Protocol):
    """A common opinion as the engine gives it."""

    @property
    def id(self) -> int: ...
    @property
    def text(self) -> str: ...


@dataclass(frozen=True)
class FormParts:
    """What the template of a form needs besides its fields: common opinions, and the documents to preview."""

    phrases: Sequence[Phrase]
    documents: Sequence[Component]
    broad: bool
    """Whether a table of it needs the whole width of the page."""
    cards: frozenset[str]
    """The tables that are too wide to be shown as such."""
    watched: Sequence[str]
    """The fields and columns on whose entries something else of the form depends."""

    def number(self, component: Component) -> int:
        return self.documents.index(component)


def form_parts(form: Form | None) -> FormParts:
    fields = form.fields() if form else ()
    broad = any(each.type == "dynamiclist" and len(each.components) >= BROAD for each in fields)
    return FormParts(
        queries.phrases(engine(), me()),
        form.documents() if form else (),
        broad,
        frozenset(
            each.name for each in fields if each.type == "dynamiclist" and table_width(each) > PAGE_WIDTH
        ),
        sorted(form.watched) if form else (),
    )


def table_width(table: Component) -> int:
    """About how many pixels the columns of a table need side by side."""
    read = table.rules.readonly
    return sum(
        READ_WIDTH if read or each.rules.readonly else COLUMN_WIDTHS.get(each.type, OTHER_WIDTH)
        for each in table.components
    )


def fields_alone(form: Form, filled: FilledForm | None) -> str:
    """What the page's script asked for: the fields, and the summary of what is still wrong."""
    return render_template("form/part.html", filled=filled, problems=problems(filled), parts=form_parts(form))


@dataclass(frozen=True)
class Problem:
    """A line of the summary above a form: where it leads, and the sentence."""

    path: str
    text: str


def problems(filled: FilledForm | None) -> list[Problem]:
    """All that is wrong with a sheet in the order of its fields, sentences for the whole sheet first."""
    if filled is None:
        return []
    wrong = {**filled.warnings, **filled.errors}
    places = dict(_places(filled.fields))
    rest = [Problem("", wrong[path]) for path in wrong if path not in places]
    return rest + [Problem(path, place + wrong[path]) for path, place in places.items() if path in wrong]


def told(filled: FilledForm | None, entered: Entered | None) -> list[str]:
    """The paths at which something is wrong, or was when the sheet was last submitted."""
    wrong = {path for path in (*filled.errors, *filled.warnings) if path} if filled else set()
    return sorted(wrong | (entered.told if entered else frozenset()))


def _places(fields: Sequence[FieldView]) -> Iterator[tuple[str, str]]:
    """Every path of a sheet, with the words that tell the row it lies in."""
    for each in fields:
        yield each.path, ""
        yield from _places(each.children)
        for number, row in enumerate(each.rows, 1):
            words = _("“%(table)s”第 %(row)d 行：", table=each.component.label, row=number)
            yield from ((path, words) for path, _words in _places(row))


def typed_words(fields: Mapping[str, Any], form: Form) -> list[tuple[str, str]]:
    """What a person has typed, as label and text, for a page that has no form any more."""
    found = []
    for component in form.fields():
        value = fields.get(component.name)
        if component.type == "dynamiclist" and isinstance(value, list):
            labels = {column.name: column.label for column in component.components}
            lines = ["；".join(f"{labels.get(k, k)}：{v}" for k, v in row.items() if v) for row in value]
            found.append((component.label, "\n".join(line for line in lines if line)))
        elif isinstance(value, str | list) and value and component.type != "filepicker":
            found.append((component.label, "、".join(value) if isinstance(value, list) else value))
    return [(label, text) for label, text in found if text]
