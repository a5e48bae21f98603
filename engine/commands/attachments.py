"""Uploaded files, stored once by their content's hash."""

import hashlib
import os
import re
import tempfile
import unicodedata
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from engine.commands.once import Result, once
from engine.errors import Invalid
from engine.models import Attachment
from engine.process_engine import ProcessEngine
from engine.transaction import begin

MAX_BYTES = 50_000_000
CHUNK = 1 << 20
# By the first bytes, because a name can say anything. Office files are ZIP archives, the older ones OLE containers.
KINDS: dict[str, tuple[str, tuple[bytes, ...]]] = {
    "pdf": ("application/pdf", (b"%PDF-",)),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", (b"PK\x03\x04",)),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (b"PK\x03\x04",)),
    "pptx": ("application/vnd.openxmlformats-officedocument.presentationml.presentation", (b"PK\x03\x04",)),
    "ofd": ("application/ofd", (b"PK\x03\x04",)),
    "wps": ("application/vnd.ms-works", (b"\xd0\xcf\x11\xe0", b"PK\x03\x04")),
    "doc": ("application/msword", (b"\xd0\xcf\x11\xe0",)),
    "xls": ("application/vnd.ms-excel", (b"\xd0\xcf\x11\xe0",)),
    "ppt": ("application/vnd.ms-powerpoint", (b"\xd0\xcf\x11\xe0",)),
    "jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "png": ("image/png", (b"\x89PNG\r\n\x1a\n",)),
    "mp3": ("audio/mpeg", (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2")),
    "wav": ("audio/wav", (b"RIFF",)),
    "m4a": ("audio/mp4", ()),
    "zip": ("application/zip", (b"PK\x03\x04",)),
    "txt": ("text/plain", ()),
}


def upload_attachment(
    engine: ProcessEngine, actor: str, name: str, stream: BinaryIO, idempotency_key: str | None = None
) -> Result:
    """Store a file. Returns `{"id", "name", "size", "mime"}`.

    Raises Invalid for a kind that is not allowed, content that does not match its name, an empty or too large file
    (at most 50 MB).
    """
    name = clean_name(name)
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    if suffix not in KINDS:
        allowed = "、".join(sorted(KINDS))
        raise Invalid({"file": f"不能上传“{name}”：只接受 {allowed} 文件。"})
    mime, signatures = KINDS[suffix]
    path, digest, size = _store(engine.attachments, stream, name, suffix, signatures)
    del path

    with begin(engine, actor) as tx:

        def do() -> Result:
            row = Attachment(
                id=uuid4().hex,
                sha256=digest,
                name=name,
                mime=mime,
                size=size,
                uploaded_by=actor,
                uploaded_at=tx.now,
            )
            tx.session.add(row)
            return {"id": row.id, "name": name, "size": size, "mime": mime}

        return once(tx, "upload_attachment", idempotency_key, do, name=name)


def clean_name(name: str) -> str:
    """The file name without path, control characters and excess length."""
    name = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    name = re.sub(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069<>:\"|?*]", "", name).strip(" .")
    stem, dot, suffix = name.rpartition(".")
    return f"{stem[:150]}{dot}{suffix[:10]}" if dot else name[:150]


def path_of(folder: Path, digest: str) -> Path:
    """Where content with this SHA-256 lies."""
    return folder / digest[:2] / digest


def _store(
    folder: Path, stream: BinaryIO, name: str, suffix: str, signatures: tuple[bytes, ...]
) -> tuple[Path, str, int]:
    folder.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    handle, temporary = tempfile.mkstemp(dir=folder)
    try:
        with os.fdopen(handle, "wb") as out:
            while chunk := stream.read(CHUNK):
                if size == 0:
                    _check_content(name, suffix, signatures, chunk)
                size += len(chunk)
                if size > MAX_BYTES:
                    raise Invalid({"file": f"“{name}”超过 50 MB，请压缩或拆分后上传。"})
                digest.update(chunk)
                out.write(chunk)
            if size == 0:
                raise Invalid({"file": f"“{name}”是空文件，请重新选择。"})
            out.flush()
            os.fsync(out.fileno())
        target = path_of(folder, digest.hexdigest())
        target.parent.mkdir(exist_ok=True)
        os.replace(temporary, target)
        return target, digest.hexdigest(), size
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _check_content(name: str, suffix: str, signatures: tuple[bytes, ...], start: bytes) -> None:
    fits = not signatures or start.startswith(signatures)
    if suffix == "m4a":
        fits = start[4:8] == b"ftyp"
    if suffix == "txt":
        fits = b"\x00" not in start
    if not fits:
        raise Invalid({"file": f"“{name}”的内容与扩展名 .{suffix} 不符，请确认文件没有损坏或改名。"})
