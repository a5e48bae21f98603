"""Drafts of procedures: what may stand in one, where it is kept, and how it is seen by gate and linter."""

from __future__ import annotations

import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import PurePosixPath

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.definitions import Bundle, owner_of
from engine.errors import BadDiagram, Forbidden, Invalid, NotFound
from engine.gate import Candidate
from engine.models import ProcessDefinition, ProcessDraft
from engine.parameters import Value
from engine.process_engine import SHARED, ProcessEngine

CAPABILITY = "definitions"
MAX_FILE, MAX_ALL, MAX_FILES = 2_000_000, 20_000_000, 500
# zipfile has no error of its own for all of it: a wrong directory or checksum; an encrypted file (RuntimeError) or an unknown
# packing (NotImplementedError, which is one too); and what its unpackers raise for nonsense or an early end.
UNREADABLE = (zipfile.BadZipFile, RuntimeError, zlib.error, lzma.LZMAError, OSError, EOFError)
KEY = re.compile(r"[a-z][a-z0-9_]{0,63}\Z")
_NAME = r"[^/\\\x00-\x1f]{1,120}"
_PLACES = re.compile(
    rf"(forms/{_NAME}\.(form|example\.yml)|decisions/{_NAME}\.dmn|documents/{_NAME}\.html"
    rf"|features/({_NAME}/)?{_NAME}\.feature|README\.md|mutants\.yml)\Z"
)
RESERVED = ("start", "end", "root")
KEY_HINT = "以小写英文字母开头，只用小写字母、数字和下划线，例如 stock_check。"


def own_pack(engine: ProcessEngine, session: Session, login: str, *capabilities: str) -> str:
    """The person's pack. Raises Forbidden unless they have one of the capabilities there."""
    try:
        pack = engine.pack_of(session, login)
    except NotFound:
        raise Forbidden("您的岗位没有这项权限。如有需要，请联系系统管理员。") from None
    today = engine.now().date()
    if not any(pack.organisation.may(each, login, today) for each in capabilities or (CAPABILITY,)):
        raise Forbidden("您的岗位没有这项权限。如有需要，请联系系统管理员。")
    return pack.key


def current_row(session: Session, key: str) -> ProcessDefinition | None:
    """The published version of a procedure."""
    return session.scalars(
        select(ProcessDefinition).where(ProcessDefinition.key == key, ProcessDefinition.current)
    ).one_or_none()


def require_procedure(session: Session, key: str, pack: str) -> ProcessDefinition:
    """The published version, of this pack or shared. Raises NotFound."""
    row = current_row(session, key)
    if row is None or row.pack not in (pack, SHARED):
        raise NotFound(f"没有已发布的流程“{key}”。")
    return row


def require_draft(session: Session, key: str, pack: str, lock: bool = False) -> ProcessDraft:
    """The open draft, of this pack or shared. Raises NotFound."""
    row = session.get(ProcessDraft, key, with_for_update=lock or None, populate_existing=lock)
    if row is None or row.pack not in (pack, SHARED):
        raise NotFound(f"流程“{key}”没有打开的草稿。请从流程列表重新进入。")
    return row


def bundle_of(draft: ProcessDraft) -> Bundle:
    return Bundle(draft.key, draft.pack, dict(sorted(draft.files.items())))


def candidate_of(draft: ProcessDraft, pack: str) -> Candidate:
    """What publishing the draft would publish; its parameters are those of the pack of whoever asks."""
    values: dict[str, Value] = dict(draft.parameters)
    return Candidate((bundle_of(draft),), {pack: values} if values else {})


def candidate_tried(
    session: Session, key: str, pack: str, version: int | None, files: Mapping[str, str]
) -> Candidate | None:
    """What a run of the scenarios tries: the draft, or the published version when `version` names it, with `files` in it.

    None when that is not there any more.
    """
    if version is None:
        draft = session.get(ProcessDraft, key)
        if draft is None:
            return None
        whole = candidate_of(draft, pack)
    else:
        row = current_row(session, key)
        if row is None or row.version != version:
            return None
        whole = Candidate((Bundle(row.key, row.pack, row.files),))
    if not files:
        return whole
    bundle = whole.bundles[0]
    changed = Bundle(bundle.key, bundle.pack, dict(sorted({**bundle.files, **files}.items())))
    return Candidate((changed,), whole.parameters)


def name_of_bundle(bundle: Bundle) -> str:
    """The name in its diagram, or its key while that cannot be read."""
    try:
        return bundle.diagram.name
    except BadDiagram:
        return bundle.key


# -- what may stand in one


def check_path(key: str, path: str, keys: Iterable[str]) -> str | None:
    """What is wrong with a file of this name in the draft of `key`; `keys` are those of all procedures."""
    if path == f"{key}.bpmn":
        return None
    if not _PLACES.match(path) or ".." in path or any(part.startswith(".") for part in path.split("/")):
        return f"草稿里不能有文件“{path}”。可以有 {key}.bpmn、forms/、decisions/、documents/、features/ 里的文件和 README.md。"
    if path.startswith("features/") and owner_of(PurePosixPath(path).stem, {*keys, key}) != key:
        return f"场景文件“{path}”的名称要与流程键“{key}”相同，或以“{key}_”开头。"
    return None


def check_files(key: str, files: Mapping[str, str], keys: Iterable[str]) -> None:
    """Raises Invalid with a sentence for each file that may not stand in the draft."""
    known = list(keys)
    faults: dict[str, str] = {}
    for path, text in files.items():
        fault = check_path(key, path, known)
        if fault is None and len(text) > MAX_FILE:
            fault = f"文件“{path}”太大，最多 {MAX_FILE // 1_000_000} 兆。"
        if fault is None and not _storable(text):
            fault = f"文件“{path}”里有不能保存的字符。"
        if fault:
            faults[path] = fault
    if len(files) > MAX_FILES or sum(map(len, files.values())) > MAX_ALL:
        faults[""] = f"草稿太大：最多 {MAX_FILES} 个文件，共 {MAX_ALL // 1_000_000} 兆。"
    if faults:
        raise Invalid(faults, "草稿没有保存：" + " ".join(faults.values()))


def _storable(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def check_key(key: str) -> None:
    """Raises Invalid for what cannot be the key of a procedure."""
    if not is_key(key):
        raise Invalid({"key": f"流程键要{KEY_HINT}"})


def is_key(text: str) -> bool:
    """Whether a procedure may be called by this key."""
    return bool(KEY.match(text)) and text not in RESERVED


# -- reading what somebody brings along


def read_uploads(files: Mapping[str, bytes]) -> dict[str, str]:
    """The texts of one or several files, or of a zip archive, by their place in a bundle. Raises Invalid."""
    found: dict[str, bytes] = {}
    for name, content in files.items():
        found |= (
            _unpacked(name, content) if name.lower().endswith(".zip") else {PurePosixPath(name).name: content}
        )
    texts: dict[str, str] = {}
    for path, content in found.items():
        if len(content) > MAX_FILE:
            raise Invalid({"file": f"文件“{path}”太大，最多 {MAX_FILE // 1_000_000} 兆。"})
        try:
            texts[path] = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise Invalid({"file": f"文件“{path}”不是 UTF-8 文本，请另存为 UTF-8。"}) from error
    diagrams = [path for path in texts if path.endswith(".bpmn")]
    if len(diagrams) != 1:
        raise Invalid({"file": f"要有一个 .bpmn 流程图文件，现在有 {len(diagrams)} 个。"})
    base = diagrams[0].rpartition("/")[0]
    # An archive may hold the folder of the procedure or only what is in it.
    return {path.removeprefix(f"{base}/") if base else path: text for path, text in texts.items()}


def _unpacked(name: str, content: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [each for each in archive.infolist() if not each.is_dir()]
            # The sizes an archive states are checked before anything is unpacked, and kept to while it is.
            if len(entries) > MAX_FILES or sum(each.file_size for each in entries) > MAX_ALL:
                raise Invalid(
                    {"file": f"压缩包“{name}”太大：最多 {MAX_FILES} 个文件，共 {MAX_ALL // 1_000_000} 兆。"}
                )
            for entry in entries:
                path = entry.filename.replace("\\", "/")
                if ".." in path.split("/"):
                    raise Invalid({"file": f"压缩包“{name}”里的“{path}”不在流程文件夹之内。"})
                if any(part.startswith((".", "__MACOSX")) for part in path.split("/")):
                    continue
                with archive.open(entry) as stream:
                    found[path] = stream.read(MAX_FILE + 1)
    except UNREADABLE as error:
        raise Invalid({"file": f"压缩包“{name}”打不开，请重新打包后再导入。"}) from error
    return found


def add_drafter(draft: ProcessDraft, login: str | None, at: datetime) -> None:
    """Note who has changed it, and count the change."""
    if login is not None and login not in draft.drafters:
        draft.drafters = [*draft.drafters, login]
    draft.revision += 1
    draft.updated_by, draft.updated_at = login, at
