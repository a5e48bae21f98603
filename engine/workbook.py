"""Writes a table as an Excel workbook, row by row, so that its length costs no memory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, BinaryIO

import xlsxwriter

from engine.clock import CN

LONGEST = 32_000
"""Characters of a cell; Excel takes 32,767."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a text begins that a spreadsheet may take for a formula when the table is pasted or saved as something else."""
_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\']")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
EXPLANATION = "说明"


@dataclass(frozen=True)
class Heading:
    """A column: its title and its width in Chinese characters."""

    title: str
    width: int


def write_workbook(
    target: BinaryIO,
    name: str,
    headings: Sequence[Heading],
    rows: Iterable[Sequence[Any]],
    explained: Mapping[str, str],
    made_at: datetime,
) -> None:
    """Write a workbook with the table under a heading that stays in sight, and a sheet that explains it.

    Cells are texts, numbers, truth values, days, moments with offset, or None. `explained` is read after the last row,
    so what is only known then can be put into it. Texts are never formulas, numbers or links.
    """
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    book = xlsxwriter.Workbook(target, options)
    book.set_properties({"title": name, "created": made_at.astimezone(CN).replace(tzinfo=None)})
    table = _Sheet(book, name)
    for index, heading in enumerate(headings):
        table.sheet.set_column(index, index, 2 * heading.width + 2)
    table.sheet.freeze_panes(1, 0)
    table.sheet.set_landscape()
    table.sheet.set_paper(9)
    table.sheet.fit_to_pages(1, 0)
    table.sheet.repeat_rows(0)
    table.heading([heading.title for heading in headings])
    for row in rows:
        table.row(row)
    table.sheet.autofilter(0, 0, max(table.written - 1, 0), max(len(headings) - 1, 0))
    explanation = _Sheet(book, EXPLANATION)
    explanation.sheet.set_column(0, 0, 16)
    explanation.sheet.set_column(1, 1, 90)
    for title, text in explained.items():
        explanation.row([title, text])
    book.close()


class _Sheet:
    """One sheet, written downwards."""

    def __init__(self, book: Any, name: str):
        self.sheet = book.add_worksheet(_IN_SHEET_NAMES.sub(" ", name)[:31])
        frame = {"valign": "top", "text_wrap": True}
        self._bold = book.add_format({**frame, "bold": True, "bg_color": "#E6EEF8", "bottom": 1})
        self._text = book.add_format({**frame, "num_format": "@"})
        # Shown as a text also when somebody edits the cell.
        self._quoted = book.add_format({**frame, "num_format": "@", "quote_prefix": True})
        self._number = book.add_format({**frame})
        self._day = book.add_format({**frame, "num_format": "yyyy-mm-dd", "align": "left"})
        self._moment = book.add_format({**frame, "num_format": "yyyy-mm-dd hh:mm", "align": "left"})
        self.written = 0

    def heading(self, titles: Sequence[str]) -> None:
        for index, title in enumerate(titles):
            self.sheet.write_string(self.written, index, _clean(title), self._bold)
        self.written += 1

    def row(self, values: Sequence[Any]) -> None:
        for index, value in enumerate(values):
            self._cell(index, value)
        self.written += 1

    def _cell(self, column: int, value: Any) -> None:
        row, sheet = self.written, self.sheet
        if value is None or value == "":
            sheet.write_blank(row, column, None, self._text)
        elif isinstance(value, bool):
            sheet.write_string(row, column, "是" if value else "否", self._text)
        elif isinstance(value, int | float):
            sheet.write_number(row, column, value, self._number)
        elif isinstance(value, datetime):
            sheet.write_datetime(row, column, value.astimezone(CN).replace(tzinfo=None), self._moment)
        elif isinstance(value, date):
            sheet.write_datetime(row, column, value, self._day)
        else:
            text = _clean(str(value))
            sheet.write_string(row, column, text, self._quoted if text.startswith(FORMULA) else self._text)


def _clean(text: str) -> str:
    text = _CONTROL.sub("", text)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
