"""Brings together the rows of a table that were entered with the rows the system gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from engine.forms.model import ROW_LIMIT, Component
from engine.forms.values import is_blank, option_key, row_text

Row = Mapping[str, object]


@dataclass
class Pairing:
    """The rows of a table: what was entered for each, and the row it started as (None for an added one)."""

    rows: list[tuple[Row, Row | None]] = field(default_factory=list)
    fault: str = ""
    key: str | None = None

    def repeated(self, values: list[object]) -> Iterator[tuple[int, str, int]]:
        """Each row whose key an earlier row has: its index, the key column, the index of the earlier row."""
        seen: dict[str, int] = {}
        for index, row in enumerate(values):
            if self.key is None or not isinstance(row, dict) or is_blank(row.get(self.key)):
                continue
            earlier = seen.setdefault(option_key(row[self.key]), index)
            if earlier != index:
                yield index, self.key, earlier


def paired(
    table: Component, entered: object, originals: list[dict[str, object]], missing: object, keep_empty: bool
) -> Pairing:
    """The rows of `table` from what was `entered` (`missing` when nothing was) and its initial rows.

    Rows added but left empty are dropped unless `keep_empty`: a person who added one too many means
    nothing by it.
    """
    rules = table.rules
    pairing = Pairing(key=rules.row_key)
    if entered is missing:
        pairing.rows = [({}, original) for original in originals]
        return pairing
    rows = _entered_rows(table, entered, pairing)
    if rules.row_key is not None:
        _by_key(table, rules.row_key, rows, originals, pairing, keep_empty)
    elif rules.fixed_rows:
        if len(rows) > len(originals):
            pairing.fault = _mismatch(table)
        padded = [*rows, *({} for _ in originals)]
        pairing.rows = list(zip(padded, originals, strict=False))
    else:
        pairing.rows = [(row, None) for row in rows if keep_empty or not _empty(row)]
    return pairing


def _entered_rows(table: Component, entered: object, pairing: Pairing) -> list[Row]:
    if entered is None or entered == "":
        return []
    if not isinstance(entered, list | tuple):
        pairing.fault = f"“{table.label}”要给出若干行。"
        return []
    if len(entered) > ROW_LIMIT:
        pairing.fault = f"“{table.label}”最多 {ROW_LIMIT} 行，现在有 {len(entered)} 行，请分开提交。"
        return []
    if not all(isinstance(row, Mapping) for row in entered):
        pairing.fault = f"“{table.label}”的每一行都要写明各列的值。"
    return [row if isinstance(row, Mapping) else {} for row in entered]


def _by_key(
    table: Component,
    key: str,
    rows: list[Row],
    originals: list[dict[str, object]],
    pairing: Pairing,
    keep_empty: bool,
) -> None:
    """Match by the key column: a row keeps what only the system decides wherever it was moved."""
    rules = table.rules
    waiting = {row_text(original, key): index for index, original in enumerate(originals)}
    by_system = not rows_may_be_added(table)
    matched: dict[int, Row] = {}
    placed: list[tuple[Row, int | None]] = []
    for position, row in enumerate(rows):
        text = row_text(row, key)
        index = waiting.pop(text, None) if text else None
        if index is None and not text and rules.fixed_rows and not rules.sortable:
            # A table that keeps its order needs no key to tell which row is meant.
            index = position if position < len(originals) and position in waiting.values() else None
            if index is not None:
                waiting.pop(row_text(originals[index], key))
        if index is not None:
            matched[index] = row
            placed.append((row, index))
        elif not by_system and (keep_empty or not _empty(row)):
            placed.append((row, None))
        elif by_system and not _empty(row):
            pairing.fault = pairing.fault or _mismatch(table)
    if rules.fixed_rows:
        left = [index for index in range(len(originals)) if index not in matched]
        order = [index for _, index in placed if index is not None] if rules.sortable else []
        order = [*order, *left] if rules.sortable else list(range(len(originals)))
        pairing.rows = [(matched.get(index, {}), originals[index]) for index in order]
    else:
        pairing.rows = [(row, None if index is None else originals[index]) for row, index in placed]


def rows_may_be_added(table: Component) -> bool:
    """Whether a person may add rows: not when the rows, or what identifies them, come from the system."""
    key = table.rules.row_key
    return not table.rules.fixed_rows and not any(
        column.name == key and column.rules.readonly for column in table.components
    )


def _mismatch(table: Component) -> str:
    return f"“{table.label}”的行与系统给出的不一致，可能已有变化，请刷新后再填。"


def _empty(row: Row) -> bool:
    return all(
        is_blank(value) or value is False or (isinstance(value, str) and not value.strip())
        for value in row.values()
    )
