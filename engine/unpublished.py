"""What the processes folder holds and is not in force: kept so that those who look after procedures see it and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from engine import history
from engine.clock import CN
from engine.definitions import Bundle
from engine.drafts import CAPABILITY, name_of_bundle
from engine.models import Setting
from engine.notices import tell
from engine.process_engine import SHARED
from engine.transaction import Transaction

_KEY = "folder unpublished"
MOST_NAMES = 5


def unpublished(session: Session) -> Mapping[str, Any]:
    """What was noted: `at`, `procedures` ({key, name, pack}), `run` of the scenarios, `message` and `findings` once it has failed.

    Empty when the folder is in force.
    """
    row = session.get(Setting, _KEY)
    return dict(row.value) if row is not None else {}


def note_begun(tx: Transaction, bundles: Iterable[Bundle], run: int, state: str) -> None:
    """These procedures of the folder are being tried; `state` is the hash of what is tried."""
    _write(
        tx,
        {
            "at": tx.now.isoformat(),
            "procedures": [
                {"key": each.key, "name": name_of_bundle(each), "pack": each.pack} for each in bundles
            ],
            "run": run,
            "state": state,
            # Who has been told of the same failure is not told again at the next start.
            "told": unpublished(tx.session).get("told", ""),
        },
    )


def note_failed(tx: Transaction, message: str, findings: Iterable[str]) -> None:
    """They were not put into force; those who may edit procedures in the towns concerned are told, once for each state."""
    known = dict(unpublished(tx.session))
    lines = list(findings)
    procedures = known.get("procedures", [])
    if known.get("told") != known.get("state"):
        names = "、".join(f"“{each['name']}”" for each in procedures[:MOST_NAMES])
        text = f"流程文件夹里的改动没有发布（{names}），原来的版本继续使用。原因请到“流程工坊”查看。"
        for login in _owners(tx, {each["pack"] for each in procedures}):
            tell(tx, login, "workshop", text)
    _write(
        tx,
        {
            **known,
            "at": tx.now.isoformat(),
            "message": message,
            "findings": lines,
            "told": known.get("state"),
        },
    )
    keys = [each["key"] for each in procedures]
    tx.record(
        history.SYSTEM, "folder.refused", {"processes": keys, "run": known.get("run"), "reason": message}
    )


def note_in_force(tx: Transaction) -> None:
    """What the folder holds is in force, or lies in the workshop as a draft."""
    row = tx.session.get(Setting, _KEY)
    if row is not None:
        tx.session.delete(row)


def _write(tx: Transaction, value: Mapping[str, Any]) -> None:
    row = tx.session.get(Setting, _KEY)
    if row is None:
        tx.session.add(Setting(key=_KEY, value=dict(value)))
    else:
        row.value = dict(value)


def _owners(tx: Transaction, packs: set[str]) -> list[str]:
    today = tx.now.astimezone(CN).date()
    return [
        person.login
        for pack in tx.engine.packs(tx.session)
        if SHARED in packs or pack.key in packs
        for person in pack.organisation.people(today)
        if pack.organisation.may(CAPABILITY, person.login, today)
    ]


__all__ = ["note_begun", "note_failed", "note_in_force", "unpublished"]
