"""Deploy what lies in the processes folder: packs first, then procedures, those that are called before their callers."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update

from engine import history, lint
from engine.commands.drafts import offer_draft
from engine.database import queue_for
from engine.definitions import Bundle, read_bundles
from engine.errors import BadDiagram
from engine.models import Pack, ProcessDefinition, Setting
from engine.organisation import parse_organisation
from engine.parameters import parse_parameters
from engine.process_engine import ProcessEngine
from engine.registers import parse_registers
from engine.rules import parse_rules
from engine.transaction import Transaction, begin
from engine.unpublished import note_in_force


@dataclass(frozen=True)
class By:
    """Who answers for what is deployed, and how its scenarios went."""

    drafter: str | None = None
    publisher: str | None = None
    gate: Mapping[str, Any] = field(default_factory=dict)

    def as_body(self) -> dict[str, Any]:
        """For the history."""
        if self.publisher is None:
            return {}
        return {"drafters": [self.drafter], "publisher": self.publisher, "gate": self.gate.get("run")}


@dataclass
class Deployment:
    """What a deployment did: `deployed` and `unchanged` procedures by key, `kept` ones edited in the browser."""

    deployed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    packs: list[str] = field(default_factory=list)
    offered: list[str] = field(default_factory=list)
    """Of those kept: what the folder holds was laid out as a draft."""


def deploy_packs(
    engine: ProcessEngine,
    actor: str | None = None,
    folder: Path | None = None,
    check: bool = True,
    by: By | None = None,
) -> Deployment:
    """Bring packs and procedures of `folder` (default: the engine's processes folder) into the database, scenarios unrun.

    A procedure gets a new version when a file of it, or a procedure it calls, has changed; running cases keep theirs. What
    was published from a draft is not replaced: another text in the folder is laid out as a draft. `by` says who answers
    for the new versions. Raises BadDiagram with all findings when anything is wrong; then nothing is deployed.
    """
    folder = folder or engine.processes
    bundles = read_bundles(folder)
    if check:
        findings = [each for each in lint.check_folder(folder) if not each.warning]
        if findings:
            raise BadDiagram(
                f"processes 文件夹里有 {len(findings)} 处问题，没有发布。",
                [str(finding) for finding in findings],
            )
    result = Deployment()
    new: list[int] = []
    try:
        with begin(engine, actor) as tx:
            queue_for(tx.session, "deploy")
            for pack in sorted(path for path in folder.iterdir() if (path / "organisation.yml").exists()):
                if _deploy_pack(tx, pack):
                    result.packs.append(pack.name)
            for bundle in in_call_order(bundles):
                _deploy(tx, bundle, result, new, by or By())
            if folder.resolve() == engine.processes.resolve():
                note_in_force(tx)
    except BaseException:
        engine.definitions.forget(new)
        raise
    return result


def pack_texts(folder: Path) -> tuple[dict[str, str], str]:
    """The files of a pack, and their hash."""
    texts = {
        name: (folder / f"{name}.yml").read_text("utf-8") for name in ("organisation", "rules", "parameters")
    }
    # A town need not keep registers.
    registers = folder / "registers.yml"
    texts["registers"] = registers.read_text("utf-8") if registers.exists() else ""
    return texts, hashlib.sha256("\0".join(texts.values()).encode()).hexdigest()


def _deploy_pack(tx: Transaction, folder: Path) -> bool:
    texts, digest = pack_texts(folder)
    row = tx.session.get(Pack, folder.name)
    if row is not None and row.files_hash == digest:
        return False
    organisation = parse_organisation(texts["organisation"], folder.name)
    parse_rules(texts["rules"], folder.name)
    parse_parameters(texts["parameters"], folder.name, tx.engine.shared_parameters())
    parse_registers(texts["registers"], folder.name, tx.engine.shared_registers())
    if row is None:
        tx.session.add(
            Pack(
                key=folder.name,
                revision=1,
                organisation=organisation.to_document(),
                rules=texts["rules"],
                parameters=texts["parameters"],
                registers=texts["registers"],
                parameter_values={},
                files_hash=digest,
                edited=False,
            )
        )
    else:
        row.rules, row.parameters, row.registers = texts["rules"], texts["parameters"], texts["registers"]
        row.files_hash = digest
        row.revision += 1
        if not row.edited:
            # An organisation changed in the program is the town's own; the file is only its beginning.
            row.organisation = organisation.to_document()
    tx.session.flush()
    tx.engine.forget_packs(tx.session)
    tx.record(history.SYSTEM, "pack.deployed", {"pack": folder.name, "hash": digest})
    return True


def next_version(tx: Transaction, key: str) -> int:
    """Retire the current version of a procedure; returns the number of the one that takes its place."""
    latest = tx.session.scalar(
        select(func.max(ProcessDefinition.version)).where(ProcessDefinition.key == key)
    )
    tx.session.execute(update(ProcessDefinition).where(ProcessDefinition.key == key).values(current=False))
    return (latest or 0) + 1


def _deploy(tx: Transaction, bundle: Bundle, result: Deployment, new: list[int], by: By) -> None:
    pins: dict[str, int] = {}
    for called in bundle.diagram.called:
        pinned = tx.session.scalar(
            select(ProcessDefinition.id).where(ProcessDefinition.key == called, ProcessDefinition.current)
        )
        if pinned is None:
            raise BadDiagram(f"流程“{bundle.diagram.name}”调用的流程“{called}”不存在。")
        pins[called] = pinned
    current = tx.session.scalars(
        select(ProcessDefinition).where(ProcessDefinition.key == bundle.key, ProcessDefinition.current)
    ).one_or_none()
    if current is not None and current.hash == bundle.hash and current.pins == pins:
        result.unchanged.append(bundle.key)
        return
    if current is not None and current.origin != "file" and current.hash != bundle.hash:
        result.kept.append(bundle.key)
        # What was deployed once and has been changed in the program since is no news.
        known = select(ProcessDefinition.id).where(
            ProcessDefinition.key == bundle.key, ProcessDefinition.hash == bundle.hash
        )
        if tx.session.scalars(known).first() is None and _not_offered_before(tx, bundle):
            note = "来自流程文件夹：与网页上发布的版本不同。"
            if offer_draft(tx, bundle, by.drafter, note):
                result.offered.append(bundle.key)
        if current.pins == pins:
            return
        bundle = Bundle(current.key, current.pack, current.files)
    version = next_version(tx, bundle.key)
    row = ProcessDefinition(
        key=bundle.key,
        version=version,
        name=bundle.diagram.name,
        pack=bundle.pack,
        hash=bundle.hash,
        files=dict(bundle.files),
        pins=pins,
        origin=current.origin if current is not None and current.hash == bundle.hash else "file",
        deployed_at=tx.now,
        current=True,
        drafted_by=[by.drafter] if by.drafter else [],
        published_by=by.publisher,
        published_at=tx.now if by.publisher else None,
        gate=dict(by.gate),
    )
    tx.session.add(row)
    tx.session.flush()
    new.append(row.id)
    # Parsing now shows an unexecutable diagram before anybody's case meets it.
    tx.engine.definitions.parsed(tx.session, tx.engine.definitions.get(tx.session, row.id))
    tx.record(
        history.SYSTEM,
        "process.deployed",
        {"process": bundle.key, "version": row.version, "hash": bundle.hash, **by.as_body()},
    )
    result.deployed.append(bundle.key)


def _not_offered_before(tx: Transaction, bundle: Bundle) -> bool:
    """Whether this text is offered for the first time; then that is noted: what was thrown away does not come back."""
    name = f"offered {bundle.key}"[:64]
    before = tx.session.get(Setting, name)
    if before is not None and before.value == bundle.hash:
        return False
    if before is None:
        tx.session.add(Setting(key=name, value=bundle.hash))
    else:
        before.value = bundle.hash
    return True


def in_call_order(bundles: Sequence[Bundle]) -> list[Bundle]:
    """Called procedures before their callers; raises BadDiagram for a circle."""
    by_key = {bundle.key: bundle for bundle in bundles}
    ordered: list[Bundle] = []
    state: dict[str, int] = {}

    def visit(bundle: Bundle, path: tuple[str, ...]) -> None:
        if state.get(bundle.key) == 2:
            return
        if bundle.key in path:
            raise BadDiagram("流程互相调用成了圈：" + " → ".join((*path, bundle.key)) + "。")
        for called in bundle.diagram.called:
            if called in by_key:
                visit(by_key[called], (*path, bundle.key))
        state[bundle.key] = 2
        ordered.append(bundle)

    for bundle in bundles:
        visit(bundle, ())
    return ordered


__all__ = ["By", "Deployment", "deploy_packs", "in_call_order", "pack_texts"]
