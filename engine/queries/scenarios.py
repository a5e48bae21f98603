"""The scenarios of a procedure as officials read them: beside their clauses, with how each went the last time."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.definitions import Bundle
from engine.drafts import bundle_of, candidate_of, current_row, name_of_bundle, own_pack, require_draft
from engine.errors import NotFound
from engine.gate import Published, published, soft_changes, state_of
from engine.gate.candidate import readable
from engine.gate.scenarios import named
from engine.gate.typeset import FeatureText, typeset
from engine.models import GateRun, ProcessDefinition, ProcessDraft
from engine.process_engine import SHARED, ProcessEngine
from engine.queries.drafts import READ
from engine.queries.findings import DraftFinding, feature_findings
from engine.rules import Clause

DRAFT, RELEASED = "draft", "released"
LOOKED_THROUGH = 40
"""How many runs are looked through for the last result of each scenario."""
_SCENARIO = re.compile(r"^\s*(?:场景|场景大纲|剧本|剧本大纲):", re.MULTILINE)


@dataclass(frozen=True)
class ScenarioCard:
    """A procedure with how many scenarios it has; `gate` is how they went before the version was published, maybe empty."""

    key: str
    name: str
    version: int | None
    drafted: bool
    scenarios: int
    gate: Mapping[str, Any]


def scenario_cards(engine: ProcessEngine, login: str) -> list[ScenarioCard]:
    """The procedures of the person's pack and the shared ones, by name. Raises Forbidden."""
    with engine.database.reading() as session:
        mine = (own_pack(engine, session, login, *READ), SHARED)
        drafts = {
            each.key: each
            for each in session.scalars(select(ProcessDraft).where(ProcessDraft.pack.in_(mine)))
        }
        rows = {
            each.key: each
            for each in session.scalars(
                select(ProcessDefinition).where(ProcessDefinition.current, ProcessDefinition.pack.in_(mine))
            )
        }
        cards = []
        for key in {*drafts, *rows}:
            row, draft = rows.get(key), drafts.get(key)
            bundle = Bundle(key, row.pack, row.files) if row else bundle_of(drafts[key])
            texts = _own_features(bundle, mine[0]).values()
            cards.append(
                ScenarioCard(
                    key,
                    row.name if row else name_of_bundle(bundle),
                    row.version if row else None,
                    draft is not None,
                    sum(len(_SCENARIO.findall(text)) for text in texts),
                    row.gate if row else {},
                )
            )
        return sorted(cards, key=lambda card: (card.scenarios == 0, card.key))


@dataclass(frozen=True)
class LastOutcome:
    """How a scenario went the last time, in run `run`; of an outline the first row that failed, else its first.

    `result` is the id by which it can be played back. `stale`: the draft, or what is around it, has changed since.
    """

    run: int
    result: str
    passed: bool
    sentence: str
    message: str
    by: str | None
    at: datetime
    stale: bool


@dataclass(frozen=True)
class LastRun:
    """The run that was begun last, of whatever scenarios; `version` None: of the draft."""

    id: int
    state: str
    done: int
    total: int
    by: str | None
    at: datetime
    only: Sequence[str]
    version: int | None
    refusals: Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class ScenarioPage:
    """The scenarios of the draft or of the published version (`side`), with the results of both.

    `outcomes`: scenario id → side → result, where there is one. `clauses`: tag → title of the rules and clause. `changes`:
    scenario id → new or altered, for a draft. `revision` is that of the draft, None for the published version.
    """

    key: str
    name: str
    pack: str
    side: str
    version: int | None
    revision: int | None
    drafted: bool
    features: Sequence[FeatureText]
    clauses: Mapping[str, tuple[str, Clause]]
    changes: Mapping[str, str]
    outcomes: Mapping[str, Mapping[str, LastOutcome]]
    findings: Sequence[DraftFinding]
    last: LastRun | None


def scenario_page(engine: ProcessEngine, login: str, key: str, side: str) -> ScenarioPage:
    """Read the scenarios of a procedure. Raises Forbidden, NotFound when there is no draft or nothing published."""
    with engine.database.reading() as session:
        pack = own_pack(engine, session, login, *READ)
        draft, row = session.get(ProcessDraft, key), current_row(session, key)
        shown = draft if side == DRAFT else row
        if shown is None or shown.pack not in (pack, SHARED):
            raise NotFound(f"没有流程“{key}”的场景。")
        now = published(engine, session)
        bundle = bundle_of(draft) if draft and side == DRAFT else Bundle(key, shown.pack, shown.files)
        features = [typeset(name, text) for name, text in sorted(_own_features(bundle, pack).items())]
        ids = [each.id for feature in features for each in feature.scenarios]
        tags = [tag for feature in features for each in feature.scenarios for tag in each.tags]
        last = session.scalars(
            select(GateRun).where(GateRun.key == key).order_by(GateRun.id.desc()).limit(1)
        ).first()
        return ScenarioPage(
            key,
            name_of_bundle(bundle),
            bundle.pack,
            side,
            row.version if row else None,
            draft.revision if draft and side == DRAFT else None,
            draft is not None,
            features,
            clauses_of(now, pack, tags),
            soft_changes(candidate_of(draft, pack), now) if draft and side == DRAFT else {},
            _outcomes(session, now, draft, row, pack, ids),
            feature_findings(bundle, now.world) if side == DRAFT else [],
            _last(last) if last else None,
        )


def _own_features(bundle: Bundle, pack: str) -> dict[str, str]:
    """The scenario files of a procedure that play in the person's town."""
    return {
        name: text for name, text in bundle.features.items() if name.partition("/")[0] in (pack, bundle.pack)
    }


def _last(run: GateRun) -> LastRun:
    return LastRun(
        run.id,
        run.state,
        run.done,
        run.total,
        run.started_by,
        run.started_at,
        run.only,
        run.version,
        run.refusals,
    )


def clauses_of(now: Published, pack: str, names: Iterable[str]) -> dict[str, tuple[str, Clause]]:
    """Tag or id → title of the rules and clause, from the person's pack first."""
    packs = sorted(now.world.packs.values(), key=lambda each: each.key != pack)
    found: dict[str, tuple[str, Clause]] = {}
    for name in dict.fromkeys(names):
        for each in packs:
            clause = each.rules.find(name) if each.rules else None
            if clause is not None and each.rules is not None:
                found[name] = (each.rules.title, clause)
                break
    return found


def _outcomes(
    session: Session,
    now: Published,
    draft: ProcessDraft | None,
    row: ProcessDefinition | None,
    pack: str,
    ids: Sequence[str],
) -> dict[str, dict[str, LastOutcome]]:
    """The last result of each scenario on both sides; the newest runs are looked at first, and no more than needed."""
    found: dict[str, dict[str, LastOutcome]] = {each: {} for each in ids}
    key = draft.key if draft else row.key if row else ""
    state = state_of(candidate_of(draft, pack), now) if draft else ""
    let_through = (row.gate or {}).get("run") if row else None
    wanted = [side for side, there in ((DRAFT, draft), (RELEASED, row)) if there]
    numbers = list(
        session.scalars(
            select(GateRun.id)
            .where(GateRun.key == key, GateRun.id != (let_through or 0), GateRun.state != "running")
            .order_by(GateRun.id.desc())
            .limit(LOOKED_THROUGH)
        )
    )
    for number in [*numbers, *([let_through] if let_through else [])]:
        missing = [side for side in wanted if any(side not in each for each in found.values())]
        if not missing:
            break
        run = session.get(GateRun, number)
        side = _side(run, draft, row, let_through) if run else ""
        if run is not None and side in missing:
            stale = side == DRAFT and run.draft_hash != state
            for each, outcome in outcomes_in(run, stale).items():
                if each in found:
                    found[each].setdefault(side, outcome)
    return found


def _side(
    run: GateRun, draft: ProcessDraft | None, row: ProcessDefinition | None, let_through: int | None
) -> str:
    """Of what a run tells something: of the draft, of the published version, or of what is no more."""
    if run.id == let_through:
        return RELEASED
    tried = draft if run.version is None else row
    if tried is None or any(tried.files.get(path) != text for path, text in run.files.items()):
        return ""
    if run.version is None:
        return DRAFT if draft is not None and run.started_at >= draft.opened_at else ""
    return RELEASED if row is not None and row.version == run.version else ""


def outcomes_in(run: GateRun, stale: bool) -> dict[str, LastOutcome]:
    """Scenario id → how it went in a run."""
    found: dict[str, LastOutcome] = {}
    for each in run.results:
        if each["outcome"] == "removed":
            continue
        known = found.get(each["scenario"])
        passed = each["outcome"] == "passed"
        if known is None or (known.passed and not passed):
            found[each["scenario"]] = LastOutcome(
                run.id,
                each["id"],
                passed,
                each["sentence"],
                each["message"],
                run.started_by,
                run.started_at,
                stale,
            )
    return found


# -- while somebody writes


def scenario_findings(
    engine: ProcessEngine, login: str, key: str, path: str, text: str
) -> list[DraftFinding]:
    """What the check says of a scenario file of the draft, if it read so. Raises Forbidden, NotFound."""
    with engine.database.reading() as session:
        draft = require_draft(session, key, own_pack(engine, session, login, *READ))
        bundle = bundle_of(draft)
        world = published(engine, session).world
    alone = Bundle(bundle.key, bundle.pack, {f"{key}.bpmn": bundle.files[f"{key}.bpmn"], path: text})
    return feature_findings(alone, world)


def scenario_names(engine: ProcessEngine, login: str, key: str) -> dict[str, list[str]]:
    """The names a scenario may use, by kind; those of the draft come first. Raises Forbidden, NotFound."""
    with engine.database.reading() as session:
        pack = own_pack(engine, session, login, *READ)
        bundle = bundle_of(require_draft(session, key, pack))
        now = published(engine, session)
    own = now.world.packs.get(pack)
    others = [each for other, each in now.bundles.items() if other != key]
    shown = [bundle, *(each for each in others if each.pack in (pack, SHARED))]
    diagrams = readable({each.key: each for each in shown})
    elements = [each for diagram in diagrams.values() for each in diagram.elements.values()]
    labels = [named(each) for each in shown if each.key in diagrams]
    organisation = own.organisation if own else None
    registers = own.registers if own else None
    return {
        "people": [each.name for each in organisation.people()] if organisation else [],
        "posts": [each.name for each in organisation.posts()] if organisation else [],
        "lines": list(organisation.lines(now.world.today)) if organisation else [],
        "procedures": _once(each.name for each in diagrams.values()),
        "tasks": _once(each.name for each in elements if each.kind in TASKS),
        "elements": _once(each.name for each in elements),
        "fields": _once(label for each in labels for about, label in each.items() if about[0] == "field"),
        "registers": [each.name for each in registers.all()] if registers else [],
    }


def scenario_files(engine: ProcessEngine, login: str, key: str) -> list[str]:
    """The paths of the draft's scenario files that play in the person's town, or the one to begin with.

    Raises Forbidden, NotFound.
    """
    with engine.database.reading() as session:
        pack = own_pack(engine, session, login, *READ)
        bundle = bundle_of(require_draft(session, key, pack))
    names = sorted(_own_features(bundle, pack)) or [f"{pack}/{key}.feature"]
    return [bundle.feature_path(name) for name in names]


def scenario_clauses(engine: ProcessEngine, login: str, key: str) -> list[tuple[str, Clause]]:
    """Title of the rules and clause, for all that a scenario of the draft may be about. Raises Forbidden, NotFound."""
    with engine.database.reading() as session:
        pack = own_pack(engine, session, login, *READ)
        require_draft(session, key, pack)
        rules = engine.pack(session, pack).rules
    return [(rules.title, each) for each in rules.clauses if each.kind not in ("metadata", "heading")]


TASKS = ("userTask", "manualTask", "receiveTask")


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(name for name in names if name))


__all__ = [
    "DRAFT",
    "RELEASED",
    "LastOutcome",
    "LastRun",
    "ScenarioCard",
    "ScenarioPage",
    "scenario_cards",
    "scenario_clauses",
    "scenario_files",
    "scenario_findings",
    "scenario_names",
    "scenario_page",
]
