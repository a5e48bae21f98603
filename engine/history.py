"""What happened, as hash chains: one per case and one for the system. A change of any line breaks its chain."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from engine.database import queue_for
from engine.models import HistoryEvent

SYSTEM = "system"
ALGORITHMS = {"sha256": hashlib.sha256, "sm3": lambda data: hashlib.new("sm3", data)}


def _digest(event: HistoryEvent) -> str:
    """The hash over the previous hash and everything the line says, as canonical JSON."""
    content = [
        event.previous,
        event.chain,
        event.seq,
        int(event.at.astimezone(UTC).timestamp() * 1_000_000),
        event.actor,
        event.kind,
        event.task_id,
        event.body,
    ]
    return str(ALGORITHMS[event.algorithm](orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest())


_LAST = (
    select(HistoryEvent.seq, HistoryEvent.hash)
    .where(HistoryEvent.chain == bindparam("chain"))
    .order_by(HistoryEvent.seq.desc())
    .limit(1)
)


def append(
    session: Session,
    chain: str,
    at: datetime,
    actor: str | None,
    kind: str,
    body: dict[str, Any],
    task_id: str | None = None,
    algorithm: str = "sha256",
) -> HistoryEvent:
    """Add a line to a chain; two transactions that write into the same chain do so one after the other."""
    ends = _ends(session)
    if chain not in ends:
        # A lock on the newest line would not do: who waits for it reads that line, and not the one added meanwhile.
        queue_for(session, f"history {chain}")
        last = session.execute(_LAST, {"chain": chain}).first()
        ends[chain] = (last.seq, last.hash) if last else (0, "")
    seq, previous = ends[chain]
    event = HistoryEvent(
        chain=chain,
        seq=seq + 1,
        at=at,
        actor=actor,
        kind=kind,
        task_id=task_id,
        # A round through JSON now, so that what is hashed is what will be read back.
        body=orjson.loads(orjson.dumps(body)),
        algorithm=algorithm,
        previous=previous,
        hash="",
    )
    event.hash = _digest(event)
    session.add(event)
    session.flush()
    ends[chain] = (event.seq, event.hash)
    return event


def _ends(session: Session) -> dict[str, tuple[int, str]]:
    """Number and hash of the last line of each chain this transaction has written into; nobody else can meanwhile."""
    transaction = session.get_transaction()
    known, ends = session.info.get("history_ends", (None, {}))
    if transaction is None or known is not transaction:
        ends = {}
        session.info["history_ends"] = (transaction, ends)
    found: dict[str, tuple[int, str]] = ends
    return found


@dataclass(frozen=True)
class Break:
    """The first line of a chain that does not fit."""

    chain: str
    seq: int
    reason: str


def verify(session: Session) -> Iterator[Break]:
    """Yield the first break of every broken chain; nothing when all is untouched."""
    for chain in session.scalars(
        select(HistoryEvent.chain).group_by(HistoryEvent.chain).order_by(HistoryEvent.chain)
    ):
        previous, expected = "", 1
        for event in session.scalars(
            select(HistoryEvent).where(HistoryEvent.chain == chain).order_by(HistoryEvent.seq)
        ):
            if event.seq != expected:
                yield Break(chain, expected, "缺少这一条记录")
                break
            if (
                event.previous != previous
                or event.algorithm not in ALGORITHMS
                or _digest(event) != event.hash
            ):
                yield Break(chain, event.seq, "内容与校验值不符")
                break
            previous, expected = event.hash, expected + 1


def length(session: Session, chain: str) -> int:
    return (
        session.scalar(select(func.count()).select_from(HistoryEvent).where(HistoryEvent.chain == chain)) or 0
    )
