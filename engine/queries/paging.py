"""What lists share: cursors that say where to go on, and the search box."""

import base64
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, or_

from engine.errors import Invalid

MOST_WORDS = 5


def encode_cursor(moment: datetime, key: str) -> str:
    """The place after the line with this moment and id, as opaque text."""
    return base64.urlsafe_b64encode(orjson.dumps([moment.isoformat(), key])).decode()


def decode_cursor(cursor: str) -> tuple[datetime, str]:
    """The moment and id of `encode_cursor`; raises Invalid for anything else."""
    try:
        moment, key = orjson.loads(base64.urlsafe_b64decode(cursor.encode()))
        return datetime.fromisoformat(moment).astimezone(UTC), str(key)
    except (ValueError, TypeError, OverflowError) as error:
        raise Invalid({"cursor": "翻页标记无效，请从第一页重新开始。"}) from error


def encode_place(value: str, key: str) -> str:
    """The place after the line with this text and id, as opaque text."""
    return base64.urlsafe_b64encode(orjson.dumps([value, key])).decode()


def decode_place(cursor: str) -> tuple[str, str]:
    """The text and id of `encode_place`; raises Invalid for anything else."""
    try:
        value, key = orjson.loads(base64.urlsafe_b64decode(cursor.encode()))
        return str(value), str(key)
    except (ValueError, TypeError) as error:
        raise Invalid({"cursor": "翻页标记无效，请从第一页重新开始。"}) from error


def containing(q: str, *columns: Any) -> list[ColumnElement[bool]]:
    """One condition for each word of `q`: some column contains it, whatever the case of letters."""
    return [contains(word, *columns) for word in words(q)]


def words(q: str) -> list[str]:
    """The words of a search, at most five."""
    return q.split()[:MOST_WORDS]


def contains(word: str, *columns: Any) -> ColumnElement[bool]:
    """The condition that some column contains the word, whatever the case of letters."""
    pattern = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    return or_(*(column.ilike(pattern, escape="\\") for column in columns))
