"""Drafts of procedures: opened, changed by several people, taken back, brought along as files, thrown away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import quoteattr

from sqlalchemy import select

from engine import history
from engine.access import name_of
from engine.brought_along import with_usable_ids
from engine.clock import CN
from engine.commands.once import Result, once
from engine.database import queue_for
from engine.definitions import Bundle
from engine.diagram import read_diagram
from engine.drafts import (
    KEY_HINT,
    add_drafter,
    bundle_of,
    check_files,
    check_key,
    current_row,
    is_key,
    own_pack,
    read_uploads,
    require_draft,
    require_procedure,
)
from engine.errors import BadDiagram, Conflict, Invalid, NotFound
from engine.gate.scenarios import certain, follow, renamed
from engine.models import DraftChange, ProcessDefinition, ProcessDraft
from engine.parameters import ParametersError, Value, read_value
from engine.process_engine import SHARED, ProcessEngine
from engine.transaction import Transaction, begin

KEPT_CHANGES = 200
"""How many savings of a draft can be taken back."""

EMPTY = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"
    xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"
    xmlns:di="http://www.omg.org/spec/DD/20100524/DI"
    xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="{key}_definitions" targetNamespace="http://bpmn.io/schema/bpmn">
<bpmn:process id="{key}" name={name} isExecutable="true">
<bpmn:startEvent id="{key}_start" name="开始" />
</bpmn:process>
<bpmndi:BPMNDiagram id="{key}_diagram"><bpmndi:BPMNPlane id="{key}_plane" bpmnElement="{key}">
<bpmndi:BPMNShape id="{key}_start_di" bpmnElement="{key}_start"><dc:Bounds x="180" y="160" width="36" height="36" /></bpmndi:BPMNShape>
</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
</bpmn:definitions>
"""


def _answer(draft: ProcessDraft) -> Result:
    return {"process": draft.key, "key": draft.key, "revision": draft.revision}


def _keys(tx: Transaction) -> set[str]:
    return set(tx.session.scalars(select(ProcessDefinition.key).distinct()))


def _begin_draft(
    tx: Transaction,
    key: str,
    pack: str,
    base: ProcessDefinition | None,
    files: Mapping[str, str],
    kind: str,
    note: str = "",
    **about: Any,
) -> ProcessDraft:
    """Write a new draft. Raises Conflict when there is one already."""
    queue_for(tx.session, f"draft {key}")
    open_one = tx.session.get(ProcessDraft, key, populate_existing=True)
    if open_one is not None:
        who = name_of(tx, open_one.updated_by)
        raise Conflict(
            f"流程“{key}”已有打开的草稿，最近由{who}于 {open_one.updated_at.astimezone(CN):%m-%d %H:%M} 修改。请接着那份改，或先放弃它。"
        )
    check_files(key, files, _keys(tx))
    draft = ProcessDraft(
        key=key,
        pack=pack,
        base_id=base.id if base else None,
        files=dict(files),
        parameters={},
        drafters=[],
        opened_at=tx.now,
        revision=1,
        updated_by=tx.actor,
        updated_at=tx.now,
        note=note,
    )
    tx.session.add(draft)
    tx.session.flush()
    tx.record(history.SYSTEM, kind, {"process": key, "base": base.version if base else None, **about})
    return draft


def open_process_draft(
    engine: ProcessEngine, actor: str, key: str, idempotency_key: str | None = None
) -> Result:
    """Begin to change a published procedure, or join those who do already: the answer names the draft's revision.

    Who only opens it is not yet one of its drafters. Raises Forbidden, NotFound.
    """
    with begin(engine, actor) as tx:

        def do() -> Result:
            pack = own_pack(engine, tx.session, actor)
            queue_for(tx.session, f"draft {key}")
            draft = tx.session.get(ProcessDraft, key)
            if draft is not None and draft.pack in (pack, SHARED):
                return _answer(draft)
            base = require_procedure(tx.session, key, pack)
            return _answer(_begin_draft(tx, key, base.pack, base, base.files, "draft.opened"))

        return once(tx, "open_process_draft", idempotency_key, do, process=key)


def new_process_draft(
    engine: ProcessEngine,
    actor: str,
    key: str,
    name: str,
    pack: str | None = None,
    idempotency_key: str | None = None,
) -> Result:
    """Begin a procedure that does not exist yet; `pack` is the actor's own, or `shared`.

    Raises Forbidden, Conflict, Invalid for a key that cannot be one or is taken.
    """
    with begin(engine, actor) as tx:

        def do() -> Result:
            own = own_pack(engine, tx.session, actor)
            target = pack or own
            check_key(key)
            if target not in (own, SHARED):
                raise Invalid({"pack": "只能在本镇的制度包或共享流程里新建。"})
            if not name.strip() or len(name) > 100:
                raise Invalid({"name": "请写明流程名称，100 字以内。"})
            if key in _keys(tx):
                raise Invalid({"key": f"流程键“{key}”已经用过，请换一个。"})
            text = EMPTY.format(key=key, name=quoteattr(name.strip()))
            draft = _begin_draft(
                tx, key, target, None, {f"{key}.bpmn": text}, "draft.opened", name=name.strip()
            )
            add_drafter(draft, actor, tx.now)
            return _answer(draft)

        return once(tx, "new_process_draft", idempotency_key, do, process=key)


def save_process_draft(
    engine: ProcessEngine,
    actor: str,
    key: str,
    changes: Mapping[str, str | None],
    revision: int,
    parameters: Mapping[str, Value | None] | None = None,
    note: str | None = None,
    idempotency_key: str | None = None,
) -> Result:
    """Write changed files (None takes one away) over the draft as it was at `revision`.

    `parameters` are rule parameters to change when it is published, as values or as they are written, None takes one back;
    `note` says what is changed.
    Raises Conflict, naming who changed it meanwhile, Invalid for what cannot stand in a draft, Forbidden, NotFound.
    """
    with begin(engine, actor) as tx:

        def do() -> Result:
            pack = own_pack(engine, tx.session, actor)
            draft = require_draft(tx.session, key, pack, lock=True)
            _require_revision(tx, draft, revision)
            files = {k: v for k, v in {**draft.files, **changes}.items() if v is not None}
            if f"{key}.bpmn" not in files:
                raise Invalid({f"{key}.bpmn": "流程图不能删去。"}, "草稿没有保存：流程图不能删去。")
            check_files(key, files, _keys(tx))
            values = _parameters(tx, pack, {**draft.parameters, **(parameters or {})})
            before = {
                path: draft.files.get(path) for path in changes if draft.files.get(path) != changes[path]
            }
            if not before and values == draft.parameters and note in (None, draft.note):
                return _answer(draft)
            if note is not None and len(note) > 2000:
                raise Invalid({"note": "说明不能超过 2000 字。"})
            draft.files, draft.parameters = dict(sorted(files.items())), values
            draft.note = draft.note if note is None else note
            add_drafter(draft, actor, tx.now)
            if before:
                _remember(tx, draft, before)
            return _answer(draft)

        return once(tx, "save_process_draft", idempotency_key, do, process=key)


def _require_revision(tx: Transaction, draft: ProcessDraft, revision: int) -> None:
    if draft.revision != revision:
        moment = draft.updated_at.astimezone(CN)
        raise Conflict(
            f"草稿已由{name_of(tx, draft.updated_by)}于 {moment:%m-%d %H:%M} 改过，您的改动没有保存，也没有丢：请核对两边的内容后再保存。"
        )


def _parameters(tx: Transaction, pack: str, given: Mapping[str, Value | None]) -> dict[str, Value]:
    """The values to be set; what is given as text is read as a person would write it."""
    written = tx.engine.pack(tx.session, pack).written_parameters
    values: dict[str, Value] = {}
    faults: dict[str, str] = {}
    for name, value in given.items():
        if value is None:
            continue
        try:
            values[name] = read_value(written.parameter(name), value) if isinstance(value, str) else value
            written.with_value(name, values[name])
        except ParametersError as error:
            faults[name] = " ".join(error.faults)
    if faults:
        raise Invalid(faults, f"草稿没有保存：{' '.join(faults.values())}")
    return values


def _remember(tx: Transaction, draft: ProcessDraft, before: Mapping[str, str | None]) -> None:
    tx.session.add(
        DraftChange(
            key=draft.key,
            revision=draft.revision,
            before=dict(before),
            saved_by=tx.actor,
            saved_at=tx.now,
        )
    )
    old = tx.session.get(DraftChange, (draft.key, draft.revision - KEPT_CHANGES))
    if old is not None:
        tx.session.delete(old)


def undo_process_draft(
    engine: ProcessEngine, actor: str, key: str, revision: int, idempotency_key: str | None = None
) -> Result:
    """Take back the last saving, which gave the draft this revision; it counts as a change of its own.

    Raises Conflict when somebody has saved since, NotFound when there is nothing to take back.
    """
    with begin(engine, actor) as tx:

        def do() -> Result:
            draft = require_draft(tx.session, key, own_pack(engine, tx.session, actor), lock=True)
            _require_revision(tx, draft, revision)
            change = tx.session.scalars(
                select(DraftChange)
                .where(DraftChange.key == key)
                .order_by(DraftChange.revision.desc())
                .limit(1)
            ).first()
            if change is None:
                raise NotFound("没有可以撤销的修改。")
            files = {k: v for k, v in {**draft.files, **change.before}.items() if v is not None}
            draft.files = dict(sorted(files.items()))
            tx.session.delete(change)
            add_drafter(draft, actor, tx.now)
            return _answer(draft)

        return once(tx, "undo_process_draft", idempotency_key, do, process=key)


def discard_process_draft(
    engine: ProcessEngine,
    actor: str,
    key: str,
    revision: int | None = None,
    idempotency_key: str | None = None,
) -> Result:
    """Throw the draft away; the published version stays. Raises Conflict when it has another revision than given."""
    with begin(engine, actor) as tx:

        def do() -> Result:
            draft = require_draft(tx.session, key, own_pack(engine, tx.session, actor), lock=True)
            if revision is not None:
                _require_revision(tx, draft, revision)
            body = {"process": key, "hash": bundle_of(draft).hash, "drafters": draft.drafters}
            remove_draft(tx, draft)
            tx.record(history.SYSTEM, "draft.discarded", body)
            return {"process": key, "key": key}

        return once(tx, "discard_process_draft", idempotency_key, do, process=key)


def remove_draft(tx: Transaction, draft: ProcessDraft) -> None:
    """Delete it with what could be taken back."""
    for change in tx.session.scalars(select(DraftChange).where(DraftChange.key == draft.key)):
        tx.session.delete(change)
    tx.session.flush()
    tx.session.delete(draft)
    tx.session.flush()


def rebase_process_draft(
    engine: ProcessEngine, actor: str, key: str, idempotency_key: str | None = None
) -> Result:
    """Measure the draft against the version that was published meanwhile: its files stay as they are.

    What that version brought and the draft lacks then shows as a difference.
    """
    with begin(engine, actor) as tx:

        def do() -> Result:
            draft = require_draft(tx.session, key, own_pack(engine, tx.session, actor), lock=True)
            current = current_row(tx.session, key)
            if current is not None and draft.base_id != current.id:
                draft.base_id = current.id
                add_drafter(draft, actor, tx.now)
            return _answer(draft)

        return once(tx, "rebase_process_draft", idempotency_key, do, process=key)


def rename_in_scenarios(
    engine: ProcessEngine, actor: str, key: str, revision: int, idempotency_key: str | None = None
) -> Result:
    """Let the draft's scenarios name what the draft has renamed as it is called now; `files` are those that changed.

    Raises Conflict when somebody has saved since `revision`.
    """
    with begin(engine, actor) as tx:

        def do() -> Result:
            draft = require_draft(tx.session, key, own_pack(engine, tx.session, actor), lock=True)
            _require_revision(tx, draft, revision)
            base = tx.session.get(ProcessDefinition, draft.base_id) if draft.base_id else None
            before = Bundle(base.key, base.pack, base.files) if base else None
            names = certain(renamed(before, bundle_of(draft)))
            scenarios = {path: text for path, text in draft.files.items() if path.endswith(".feature")}
            changed = {path: new for path, text in scenarios.items() if (new := follow(text, names)) != text}
            if changed:
                was = {path: draft.files[path] for path in changed}
                draft.files = {**draft.files, **changed}
                add_drafter(draft, actor, tx.now)
                _remember(tx, draft, was)
            return {**_answer(draft), "files": sorted(changed)}

        return once(tx, "rename_in_scenarios", idempotency_key, do, process=key)


def restore_version(
    engine: ProcessEngine, actor: str, definition_id: int, idempotency_key: str | None = None
) -> Result:
    """Open a draft that says what an earlier version said. Raises Conflict while there is another draft."""
    with begin(engine, actor) as tx:

        def do() -> Result:
            pack = own_pack(engine, tx.session, actor)
            row = tx.session.get(ProcessDefinition, definition_id)
            if row is None or row.pack not in (pack, SHARED):
                raise NotFound("没有这个版本。")
            base = current_row(tx.session, row.key)
            draft = _begin_draft(
                tx,
                row.key,
                row.pack,
                base,
                row.files,
                "draft.opened",
                f"恢复为第 {row.version} 版的内容。",
                restored=row.version,
            )
            add_drafter(draft, actor, tx.now)
            return {**_answer(draft), "version": definition_id}

        return once(tx, "restore_version", idempotency_key, do, version=definition_id)


def import_process_draft(
    engine: ProcessEngine,
    actor: str,
    files: Mapping[str, bytes],
    name: str = "",
    key: str = "",
    idempotency_key: str | None = None,
) -> Result:
    """Open a draft from a .bpmn file, a .zip of a procedure's folder, or several files, by file name.

    `key`, or without it the diagram's process id, says which procedure it is; of a published one files that are not brought
    along stay. Ids we cannot use are changed. `name` is that of a new procedure whose diagram has none. What cannot be
    executed is told by the draft's findings.
    Raises Invalid for what cannot be read, Conflict while there is another draft.
    """
    texts = read_uploads(files)
    path, text = next((path, text) for path, text in texts.items() if path.endswith(".bpmn"))
    try:
        process = read_diagram(text.encode(), path).key
    except BadDiagram as error:
        raise Invalid({"file": str(error)}) from error
    if not key and not is_key(process):
        raise Invalid({"key": f"图里的流程号“{process}”不能作流程键。请另填一个：{KEY_HINT}"})
    key = key or process
    texts[path] = with_usable_ids(text, process, key)
    with begin(engine, actor) as tx:

        def do() -> Result:
            pack = own_pack(engine, tx.session, actor)
            check_key(key)
            base = current_row(tx.session, key)
            if base is not None and base.pack not in (pack, SHARED):
                raise Invalid({"file": f"流程键“{key}”已由别的制度包使用，请在图里改一个。"})
            brought = {(f"{key}.bpmn" if each == path else each): content for each, content in texts.items()}
            everything = {**(base.files if base else {}), **brought}
            target = base.pack if base else pack
            draft = _begin_draft(
                tx,
                key,
                target,
                base,
                dict(sorted(everything.items())),
                "draft.imported",
                name,
                brought=sorted(brought),
            )
            add_drafter(draft, actor, tx.now)
            return _answer(draft)

        return once(tx, "import_process_draft", idempotency_key, do)


def offer_draft(tx: Transaction, bundle: Bundle, drafter: str | None, note: str) -> bool:
    """Lay out what the processes folder holds as a draft, unless there is one; whether it was done."""
    if tx.session.get(ProcessDraft, bundle.key) is not None:
        return False
    base = current_row(tx.session, bundle.key)
    draft = _begin_draft(tx, bundle.key, bundle.pack, base, bundle.files, "draft.offered", note)
    draft.drafters = [drafter] if drafter else []
    return True
