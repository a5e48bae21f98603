"""The procedures as their owners see them: what is published, what is being edited, and by whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from engine.drafts import bundle_of, current_row, name_of_bundle, own_pack, require_draft
from engine.errors import NotFound
from engine.models import GateRun, ProcessDefinition, ProcessDraft
from engine.process_engine import SHARED, ProcessEngine
from engine.unpublished import unpublished


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


@dataclass(frozen=True)
class FolderChanges:
    """Procedures of the processes folder that are not in force: being tried (`running`), or refused at `at`.

    `refusals` are what nobody can waive, `failed` the scenarios that failed, as in a run's results; `findings` tell the same
    in sentences where there was no run.
    """

    at: datetime
    names: Sequence[str]
    running: bool
    done: int
    total: int
    message: str
    findings: Sequence[str]
    refusals: Sequence[Mapping[str, str]]
    failed: Sequence[Mapping[str, Any]]


def folder_changes(engine: ProcessEngine, login: str) -> FolderChanges | None:
    """What the processes folder holds for this town and is not in force, None for nothing. Raises Forbidden."""
    with engine.database.reading() as session:
        mine = (own_pack(engine, session, login), SHARED)
        noted = unpublished(session)
        names = [each["name"] for each in noted.get("procedures", ()) if each["pack"] in mine]
        if not names:
            return None
        others = {each["key"] for each in noted["procedures"] if each["pack"] not in mine}
        run = session.get(GateRun, noted["run"])
        results = run.results if run is not None else []
        refusals = [each for each in run.refusals if each["process"] not in others] if run is not None else []
        return FolderChanges(
            at=datetime.fromisoformat(noted["at"]),
            names=names,
            running=_under_way(run) and "message" not in noted,
            done=run.done if run is not None else 0,
            total=run.total if run is not None else 0,
            message=noted.get("message", "") or ("" if _under_way(run) else "场景没有跑完，下次启动时再跑。"),
            findings=[] if results or refusals else noted.get("findings", []),
            # A hard scenario that failed stands among those that failed.
            refusals=[each for each in refusals if each["rule"] != "hard-failed"],
            failed=[
                each
                for each in results
                if each["outcome"] == "failed" and str(each["file"]).partition("/")[0] in mine
            ],
        )


def _under_way(run: GateRun | None) -> bool:
    # After the last scenario what has passed is put into force at once.
    return run is not None and run.state in ("running", "passed")


def published_diagram(engine: ProcessEngine, login: str, key: str) -> str:
    """The diagram of the version that is published now. Raises NotFound when there is none or no draft, Forbidden."""
    with engine.database.reading() as session:
        require_draft(session, key, own_pack(engine, session, login))
        current = current_row(session, key)
        if current is None:
            raise NotFound("这个流程还没有已发布的版本。")
        return str(current.files[f"{key}.bpmn"])


__all__ = ["FolderChanges", "ProcedureCard", "folder_changes", "published_diagram", "workshop"]
