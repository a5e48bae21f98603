"""Taking a register out of the house: as a workbook or on paper. Undecided matters stay; every time is recorded."""

from collections.abc import Iterator
from typing import BinaryIO

from engine import history
from engine.clock import CN
from engine.commands.once import Result
from engine.errors import Refused
from engine.process_engine import ProcessEngine
from engine.queries.registers import RegisterHead, head_of
from engine.register_rows import RegisterFilter, RegisterReader, RegisterRow, find_register
from engine.registers import DAY, MOMENT, NUMBER
from engine.transaction import begin
from engine.workbook import Heading, write_workbook

MOST_ROWS = 50_000
MOST_PRINTED = 2_000


class _Outgoing:
    """The rows that may leave the house; counts them and those left out."""

    def __init__(self, reader: RegisterReader, most: int):
        self._reader, self._most = reader, most
        self.rows = self.left_out = 0

    def __iter__(self) -> Iterator[RegisterRow]:
        for row in self._reader.rows():
            if row.undecided:
                self.left_out += 1
                continue
            self.rows += 1
            if self.rows > self._most:
                raise Refused(f"符合条件的超过 {self._most} 行，一次取不完。请缩小日期、状态的范围后再试。")
            yield row

    @property
    def sentence(self) -> str:
        """How many rows were left out and why; empty when none was."""
        if not self.left_out:
            return ""
        return f"另有 {self.left_out} 行是未决事项，按规定不得导出，没有列入。"


def export_register(
    engine: ProcessEngine, actor: str, name: str, wanted: RegisterFilter, target: BinaryIO
) -> Result:
    """导出: write the rows that fit and may leave the house into `target`, an Excel workbook of at most 50,000 rows.

    The answer tells how many rows it has, how many undecided matters were left out, and what to call the file. Raises
    NotFound, Invalid, Refused.
    """
    made_at = engine.now()
    with engine.database.reading() as session:
        pack, register = find_register(engine, session, actor, name)
        reader = RegisterReader(engine, session, actor, pack, register, wanted)
        outgoing, head = _Outgoing(reader, MOST_ROWS), head_of(engine, pack, register, reader.restricted)
        person = pack.organisation.find_person(actor)
        explained = {
            "单位": head.town,
            "台账": name,
            "条件": words_of(wanted, head),
            "导出人": person.name if person else actor,
            "导出时间": f"{made_at.astimezone(CN):%Y-%m-%d %H:%M}",
        }

        def cells() -> Iterator[list[object]]:
            for row in outgoing:
                yield [
                    cell.value if column.kind in (DAY, MOMENT, NUMBER) else cell.text
                    for cell, column in zip(row.cells, head.columns, strict=True)
                ]
            explained["行数"] = str(outgoing.rows)
            if outgoing.sentence:
                explained["未列入"] = outgoing.sentence

        headings = [Heading(column.title, column.width) for column in head.columns]
        write_workbook(target, name, headings, cells(), explained, made_at)
    _record(engine, actor, name, wanted, outgoing, "xlsx")
    return {
        "register": name,
        "rows": outgoing.rows,
        "left_out": outgoing.left_out,
        "sentence": outgoing.sentence,
        "file": f"{name}_{made_at.astimezone(CN):%Y-%m-%d}.xlsx",
    }


def print_register(
    engine: ProcessEngine, actor: str, name: str, wanted: RegisterFilter
) -> tuple[RegisterHead, list[RegisterRow], str]:
    """打印: the register, the rows that fit and may go on paper (at most 2,000), and what is said of those left out.

    Raises NotFound, Invalid, Refused.
    """
    with engine.database.reading() as session:
        pack, register = find_register(engine, session, actor, name)
        reader = RegisterReader(engine, session, actor, pack, register, wanted)
        outgoing, head = (
            _Outgoing(reader, MOST_PRINTED),
            head_of(engine, pack, register, reader.restricted),
        )
        rows = list(outgoing)
    _record(engine, actor, name, wanted, outgoing, "print")
    return head, rows, outgoing.sentence


def _record(
    engine: ProcessEngine, actor: str, name: str, wanted: RegisterFilter, outgoing: _Outgoing, form: str
) -> None:
    """Written before anything is handed out."""
    with begin(engine, actor) as tx:
        body = {
            "pack": engine.pack_of(tx.session, actor).key,
            "register": name,
            "form": form,
            "filter": wanted.facts(),
            "rows": outgoing.rows,
            "left_out": outgoing.left_out,
        }
        tx.record(history.SYSTEM, "register.exported", body)


def words_of(wanted: RegisterFilter, head: RegisterHead) -> str:
    """The filter in words, for the heading of what is taken out."""
    names = dict(head.people)
    column = wanted.column or (head.date_columns[0] if head.date_columns else "")
    days = f"{column} {wanted.begin or '…'} 至 {wanted.end or '…'}" if wanted.begin or wanted.end else ""
    parts = (
        f"查找“{wanted.q}”" if wanted.q else "",
        head.states.get(wanted.state, ""),
        days,
        wanted.unit,
        names.get(wanted.person, wanted.person),
    )
    return "；".join(part for part in parts if part) or "全部"


__all__ = ["MOST_ROWS", "export_register", "print_register", "words_of"]
