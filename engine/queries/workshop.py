"""The procedures as their owners see them: what is published, what is being edited, and by whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from engine.drafts import bundle_of, current_row, name_of_bundle, own_pack, require_draft
from engine.errors import NotFound
from engine.models import ProcessDefinition, ProcessDraft
from engine.process_engine import SHARED, ProcessEngine


@dataclass(frozen=True)
class ProcedureCard:
    """One procedure. `version` is None before it is first published; `drafted_…` are None while nobody edits it."""

    key: str
    name: str
    pack: str
    version: int | None
    published_at: datetime | None
    drafted_by: str | None
    drafted_at: datetime | None
    drafters: Sequence[str]


def workshop(engine: ProcessEngine, login: str) -> list[ProcedureCard]:
    """The procedures of the person's pack and the shared ones, those being edited first. Raises Forbidden."""
    with engine.database.reading() as session:
        mine = (own_pack(engine, session, login), SHARED)
        drafts = {
            each.key: each
            for each in session.scalars(select(ProcessDraft).where(ProcessDraft.pack.in_(mine)))
        }
        published = {
            each.key: each
            for each in session.scalars(
                select(ProcessDefinition).where(ProcessDefinition.current, ProcessDefinition.pack.in_(mine))
            )
        }
        cards = [_card(key, drafts.get(key), published.get(key)) for key in sorted({*drafts, *published})]
        return sorted(cards, key=lambda card: (card.drafted_at is None, card.pack == SHARED, card.key))


def _card(key: str, draft: ProcessDraft | None, published: ProcessDefinition | None) -> ProcedureCard:
    name = name_of_bundle(bundle_of(draft)) if draft else published.name if published else key
    return ProcedureCard(
        key,
        name,
        draft.pack if draft else published.pack if published else SHARED,
        published.version if published else None,
        (published.published_at or published.deployed_at) if published else None,
        draft.updated_by if draft else None,
        draft.updated_at if draft else None,
        list(draft.drafters) if draft else [],
    )


def published_diagram(engine: ProcessEngine, login: str, key: str) -> str:
    """The diagram of the version that is published now. Raises NotFound when there is none or no draft, Forbidden."""
    with engine.database.reading() as session:
        require_draft(session, key, own_pack(engine, session, login))
        current = current_row(session, key)
        if current is None:
            raise NotFound("这个流程还没有已发布的版本。")
        return str(current.files[f"{key}.bpmn"])


__all__ = ["ProcedureCard", "published_diagram", "workshop"]
