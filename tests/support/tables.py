"""Decision files in tests, as dmn-js writes them: columns and rows in, DMN text out."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

DMN = "https://www.omg.org/spec/DMN/20191111/MODEL/"

Column = tuple[str, str] | tuple[str, str, str]
"""Expression or name, typeRef, values."""


def _text(text: str) -> str:
    return f"<text>{escape(text)}</text>"


def table(
    inputs: Sequence[Column],
    outputs: Sequence[Column],
    rows: Sequence[Sequence[str]],
    policy: str = "UNIQUE",
    key: str = "route",
    name: str = "发货方式",
    namespace: str = DMN,
) -> str:
    """A DMN file with one table; every row has its input cells, then its output cells."""
    parts = []
    for number, (expression, kind, *values) in enumerate(inputs):
        listed = f"<inputValues>{_text(values[0])}</inputValues>" if values else ""
        parts.append(
            f'<input id="i{number}"><inputExpression id="e{number}" typeRef="{kind}">{_text(expression)}'
            f"</inputExpression>{listed}</input>"
        )
    for number, (title, kind, *values) in enumerate(outputs):
        listed = f"<outputValues>{_text(values[0])}</outputValues>" if values else ""
        parts.append(f'<output id="o{number}" name={quoteattr(title)} typeRef="{kind}">{listed}</output>')
    for number, row in enumerate(rows):
        cells = "".join(f"<inputEntry>{_text(cell)}</inputEntry>" for cell in row[: len(inputs)])
        cells += "".join(f"<outputEntry>{_text(cell)}</outputEntry>" for cell in row[len(inputs) :])
        parts.append(f'<rule id="r{number}">{cells}</rule>')
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<definitions xmlns="{namespace}" id="d" name="d" namespace="n">'
        f'<decision id="{key}" name={quoteattr(name)}><decisionTable id="t" hitPolicy="{policy}">'
        f"{''.join(parts)}</decisionTable></decision></definitions>"
    )
