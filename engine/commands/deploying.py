"""Deploying from files, tested: what a change of the processes folder has to pass before it replaces anything."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from sqlalchemy import select

from engine.commands.deploy import By, Deployment, deploy_packs, pack_texts
from engine.commands.gating import begin_run_for, gate
from engine.commands.publishing import summary
from engine.definitions import Bundle, read_bundles
from engine.drafts import name_of_bundle
from engine.errors import BadDiagram, EngineError, Invalid
from engine.gate import Candidate, Published, failures, published, state_of
from engine.models import GateRun, Pack, ProcessDefinition
from engine.process_engine import ProcessEngine
from engine.transaction import begin
from engine.unpublished import note_begun, note_failed

WHOLE_FOLDER = "*"
"""The key of runs that try what a folder holds."""


def deploy_tested(
    engine: ProcessEngine,
    folder: Path | None = None,
    drafter: str | None = None,
    publisher: str | None = None,
) -> Deployment:
    """Deploy a folder (default: the engine's processes folder) after running the scenarios that its changes touch.

    Into an empty database everything goes as it is. Otherwise two people answer for a change, given by login: who made it
    and who lets it into force. Raises BadDiagram with everything that is wrong (then nothing is deployed), Invalid.
    """
    changed, now, first = _changes(engine, folder)
    if first:
        return deploy_packs(engine, folder=folder)
    if changed is None:
        return deploy_packs(engine, folder=folder, check=False)
    if not drafter or not publisher:
        raise Invalid({}, "流程有改动：请用 --drafter 和 --publisher 写明起草人和发布人的登录名。")
    _require_two(engine, drafter, publisher)
    return _gated(engine, changed, now, folder, drafter, publisher)


def _require_two(engine: ProcessEngine, drafter: str, publisher: str) -> None:
    if drafter == publisher:
        raise Invalid({"publisher": "起草人和发布人不能是同一个人。"}, "起草人和发布人不能是同一个人。")
    with engine.database.reading() as session:
        today = engine.now().date()
        for login, capability in ((drafter, ""), (publisher, "definitions")):
            try:
                organisation = engine.pack_of(session, login).organisation
            except EngineError as error:
                raise Invalid({"": str(error)}, str(error)) from error
            if capability and not organisation.may(capability, login, today):
                message = f"“{login}”的岗位不能发布流程。"
                raise Invalid({"publisher": message}, message)


def _gated(
    engine: ProcessEngine,
    changed: Candidate,
    now: Published,
    folder: Path | None,
    drafter: str | None,
    publisher: str | None,
    begun: Callable[[int], None] | None = None,
) -> Deployment:
    run_id = begin_run_for(engine, WHOLE_FOLDER, state_of(changed, now))
    if begun is not None:
        begun(run_id)
    state = gate(engine, run_id, changed, now)
    with engine.database.reading() as session:
        run = session.get_one(GateRun, run_id)
    if state != "passed":
        raise BadDiagram("场景没有全部通过，没有发布。", _told(run))
    with engine.database.reading() as session:
        if state_of(changed, published(engine, session)) != run.draft_hash:
            raise BadDiagram("试跑期间又发布了别的改动，没有发布。请再来一次。")
    gated = {**summary(run), "folder": True}
    return deploy_packs(engine, folder=folder, check=False, by=By(drafter, publisher, gated))


def _told(run: GateRun) -> list[str]:
    failed = [
        each
        for each in run.results
        if each["outcome"] == "failed" and each["scenario"] in failures(run.results)
    ]
    return [
        *(str(each["message"]) for each in run.refusals),
        *(
            f"{each['file']} 场景“{each['name']}”没有通过：{each['sentence']} {each['message']}"
            for each in failed
        ),
    ]


def _changes(engine: ProcessEngine, folder: Path | None) -> tuple[Candidate | None, Published, bool]:
    """What the folder would change, None for nothing; whether nothing has been deployed yet."""
    source = folder or engine.processes
    with engine.database.reading() as session:
        now = published(engine, session)
        web = set(
            session.scalars(
                select(ProcessDefinition.key).where(
                    ProcessDefinition.current, ProcessDefinition.origin != "file"
                )
            )
        )
        hashes: Mapping[str, str] = {row.key: row.files_hash for row in session.scalars(select(Pack))}
    if not now.definitions:
        return None, now, True
    bundles: list[Bundle] = []
    kept = 0
    for bundle in read_bundles(source):
        before = now.bundles.get(bundle.key)
        if before is not None and before.hash == bundle.hash:
            continue
        if bundle.key in web:
            # Laid out as a draft: the gate waits there.
            kept += 1
            continue
        bundles.append(bundle)
    packs = [
        path.parent.name
        for path in sorted(source.glob("*/organisation.yml"))
        if hashes.get(path.parent.name) != _hash(path.parent)
    ]
    if packs and not bundles:
        # Its procedures stand for the pack: what changes in it they must still pass.
        bundles = [each for each in now.bundles.values() if each.pack in packs]
    if not bundles and not packs:
        return None, now, False
    return Candidate(tuple(bundles), folder=source), now, False


def _hash(folder: Path) -> str:
    with suppress(OSError, UnicodeDecodeError):
        return pack_texts(folder)[1]
    return ""


def deploy_at_start(
    engine: ProcessEngine, untested: bool = False
) -> tuple[Deployment, threading.Thread | None]:
    """What a server does with its processes folder: into an empty database at once, a change after its scenarios have passed.

    They run in the background thread that is given back; until they have passed the old versions go on, and when they
    fail they stay, and `queries.folder_changes` tells why. `untested` is the explicit setting to deploy changes at once,
    checked but unrun. Raises BadDiagram for what the linter finds at once.
    """
    changed, now, first = _changes(engine, None)
    if first or untested:
        return deploy_packs(engine), None
    if changed is None:
        return deploy_packs(engine, check=False), None
    names = "、".join(f"“{name_of_bundle(each)}”" for each in changed.bundles[:5])
    log = logging.getLogger("guicheng.gate")

    def begun(run_id: int) -> None:
        with begin(engine, None) as tx:
            note_begun(tx, changed.bundles, run_id, state_of(changed, now))

    def work() -> None:
        try:
            done = _gated(engine, changed, now, None, None, None, begun)
        except BadDiagram as error:
            log.error("流程文件夹里的改动没有发布，原来的版本继续使用：%s", error)
            for finding in error.findings:
                log.error("%s", finding)
            _note_failed(engine, str(error), error.findings)
        except Exception:
            log.exception("what the processes folder holds was not deployed")
            _note_failed(engine, "试跑时系统出了意外，没有发布。请把时间告诉系统管理员。", [])
        else:
            log.info("场景全部通过，已发布：%s", "、".join(done.deployed) or "没有改动")

    log.info("流程文件夹里有改动：%s。场景全部通过以后才发布，期间原来的版本继续使用。", names)
    thread = threading.Thread(target=work, name="deploy", daemon=True)
    thread.start()
    return Deployment(unchanged=sorted(now.definitions)), thread


def _note_failed(engine: ProcessEngine, message: str, findings: Sequence[str]) -> None:
    with begin(engine, None) as tx:
        note_failed(tx, message, findings)


__all__ = ["deploy_at_start", "deploy_tested"]
