"""A version of a procedure beside the one in force."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.definitions import Bundle
from engine.differences import Change, differences
from engine.drafts import own_pack, require_procedure
from engine.errors import NotFound
from engine.models import ProcessDefinition
from engine.process_engine import ProcessEngine
from engine.queries.drafts import READ


@dataclass(frozen=True)
class VersionComparison:
    """What has changed from version number `version` to `current`; `before` and `after` are their diagrams as text."""

    key: str
    name: str
    version: int
    current: int
    changes: Sequence[Change]
    before: str
    after: str


def compare_version(engine: ProcessEngine, login: str, key: str, definition_id: int) -> VersionComparison:
    """Compare a version with the one in force. Raises Forbidden, NotFound."""
    with engine.database.reading() as session:
        now = require_procedure(session, key, own_pack(engine, session, login, *READ))
        old = session.get(ProcessDefinition, definition_id)
        if old is None or old.key != key:
            raise NotFound("没有这个版本。请从版本页重新进入。")
        before, after = (Bundle(row.key, row.pack, row.files) for row in (old, now))
        return VersionComparison(
            key,
            now.name,
            old.version,
            now.version,
            differences(before, after),
            before.files[f"{key}.bpmn"],
            after.files[f"{key}.bpmn"],
        )


__all__ = ["VersionComparison", "compare_version"]
