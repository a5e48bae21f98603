"""Archives that cannot be unpacked are refused with a sentence, whatever is wrong with them."""

from __future__ import annotations

import io
import zipfile

import pytest

from engine.drafts import read_uploads
from engine.errors import Invalid

DIAGRAM = b"<definitions/>" * 200


def packed(method: int) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        archive.writestr("stock.bpmn", DIAGRAM)
    return target.getvalue()


def spoilt(method: int) -> bytes:
    """An archive whose packed bytes are nonsense, while its directory is whole."""
    content = packed(method)
    begin, end = content.index(b"stock.bpmn") + 10, content.index(b"PK\x01\x02")
    return content[:begin] + b"\xff" * (end - begin) + content[end:]


def marked(flags: int, method: int) -> bytes:
    """An archive that says of its file that it is encrypted, or packed in a way nobody knows."""
    content = bytearray(packed(zipfile.ZIP_DEFLATED))
    for place in (content.index(b"PK\x03\x04") + 6, content.index(b"PK\x01\x02") + 8):
        content[place], content[place + 2] = flags, method
    return bytes(content)


@pytest.mark.parametrize(
    "content",
    [
        b"PK",
        packed(zipfile.ZIP_DEFLATED)[:-30],
        spoilt(zipfile.ZIP_STORED),
        spoilt(zipfile.ZIP_DEFLATED),
        spoilt(zipfile.ZIP_BZIP2),
        spoilt(zipfile.ZIP_LZMA),
        marked(1, zipfile.ZIP_DEFLATED),
        marked(0, 97),
    ],
    ids=["no archive", "cut off", "stored", "deflated", "bzip2", "lzma", "encrypted", "unknown packing"],
)
def test_an_archive_that_cannot_be_unpacked_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid) as error:
        read_uploads({"盘点.zip": content})
    assert "打不开" in error.value.errors["file"]


def test_one_that_can_is_read() -> None:
    assert read_uploads({"盘点.zip": packed(zipfile.ZIP_DEFLATED)}) == {"stock.bpmn": DIAGRAM.decode()}
