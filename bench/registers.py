"""Measures a register of many cases: its first page, a search that finds one of the last rows, and one that finds none.

A search that finds nothing reads every case. Run: `python -m bench.registers [cases]`.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from engine import ProcessEngine, queries
from engine.ids import new_id
from engine.models import CaseReader, ProcessInstance
from engine.register_rows import RegisterFilter
from tests.support import toy

CASES, VARIABLES = 20_000, 60
"""A case of a real procedure has about so many variables, three kilobytes of them."""


def multiply(engine: ProcessEngine, case: str, cases: int) -> None:
    """Copy a case until there are so many; only what lists read is copied."""
    with Session(engine.database.engine) as session, session.begin():
        row = session.get_one(ProcessInstance, case)
        base = {each.key: getattr(row, each.key) for each in ProcessInstance.__table__.columns}
        readers = list(session.scalars(select(CaseReader.principal).where(CaseReader.instance_id == case)))
        more = {f"栏目{number}": "一段办理中填写的文字，二十来个字长短。" for number in range(VARIABLES)}
        copies = [
            {
                **base,
                "id": new_id(),
                "business_key": f"LL-2026-{number}",
                "started_at": base["started_at"] + timedelta(minutes=number),
                "variables": {**base["variables"], **more, "领料单号": f"LL-2026-{number}"},
            }
            for number in range(2, cases + 1)
        ]
        session.execute(insert(ProcessInstance), copies)
        session.execute(
            insert(CaseReader),
            [{"instance_id": each["id"], "principal": principal} for each in copies for principal in readers],
        )


def main(cases: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        engine = toy.open_toy(Path(folder))
        multiply(engine, toy.filled_requisition(engine), cases)
        name = queries.registers(engine, toy.HEAD)[0].name
        for title, words in (
            ("first page", ""),
            ("one of the last rows", f"LL-2026-{cases}"),
            ("none", "没有这个词"),
        ):
            best = 1e9
            for _ in range(3):
                start = time.perf_counter()
                found = queries.register_page(engine, toy.HEAD, name, RegisterFilter(q=words)).items
                best = min(best, time.perf_counter() - start)
            print(f"{title:22} {len(found):3} rows {best * 1000:8.0f} ms")
        engine.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else CASES)
