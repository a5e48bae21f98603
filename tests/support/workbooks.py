"""Reads the cells of an Excel workbook the way a test wants to see them."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from io import BytesIO

from lxml import etree

NS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


@dataclass(frozen=True)
class Value:
    """A cell: `kind` is `text`, `number` or `formula`; `format` the number format it is shown in."""

    text: str
    kind: str
    format: str
    quoted: bool


@dataclass(frozen=True)
class Book:
    """The sheets by name, each a list of rows; `frozen` tells whose first row stays in sight."""

    sheets: dict[str, list[list[Value]]]
    frozen: dict[str, bool]

    def texts(self, sheet: str) -> list[list[str]]:
        return [[cell.text for cell in row] for row in self.sheets[sheet]]


def read_workbook(content: bytes) -> Book:
    """The whole workbook; raises when the file is none."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        formats, quoted = _formats(etree.fromstring(archive.read("xl/styles.xml")))
        names = etree.fromstring(archive.read("xl/workbook.xml")).xpath("//m:sheet/@name", namespaces=NS)
        shared = (
            etree.fromstring(archive.read("xl/sharedStrings.xml")).xpath("//m:si", namespaces=NS)
            if "xl/sharedStrings.xml" in archive.namelist()
            else []
        )
        texts = ["".join(each.itertext()) for each in shared]
        sheets, frozen = {}, {}
        for number, name in enumerate(names, 1):
            root = etree.fromstring(archive.read(f"xl/worksheets/sheet{number}.xml"))
            sheets[str(name)] = [
                [_value(cell, texts, formats, quoted) for cell in row.xpath("m:c", namespaces=NS)]
                for row in root.xpath("//m:row", namespaces=NS)
            ]
            frozen[str(name)] = bool(root.xpath("//m:pane[@state='frozen'][@ySplit='1']", namespaces=NS))
    return Book(sheets, frozen)


def _formats(styles: etree._Element) -> tuple[list[str], list[bool]]:
    own = {each.get("numFmtId"): each.get("formatCode") for each in styles.xpath("//m:numFmt", namespaces=NS)}
    cells = styles.xpath("//m:cellXfs/m:xf", namespaces=NS)
    return (
        [own.get(each.get("numFmtId"), {"49": "@"}.get(each.get("numFmtId"), "")) for each in cells],
        [each.get("quotePrefix") == "1" for each in cells],
    )


def _value(cell: etree._Element, texts: list[str], formats: list[str], quoted: list[bool]) -> Value:
    style = int(cell.get("s", "0"))
    if cell.find("m:f", NS) is not None:
        return Value("".join(cell.find("m:f", NS).itertext()), "formula", formats[style], quoted[style])
    if cell.get("t") == "inlineStr":
        return Value("".join(cell.itertext()), "text", formats[style], quoted[style])
    number = cell.findtext("m:v", default="", namespaces=NS)
    if cell.get("t") == "s":
        return Value(texts[int(number)], "text", formats[style], quoted[style])
    return Value(number, "number" if number else "text", formats[style], quoted[style])
