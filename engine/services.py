"""Service tasks by topic. Each only writes rows in the command's transaction; nothing leaves the server here."""

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from engine import documents
from engine.diagram import split
from engine.errors import ElementFailed
from engine.expressions import lone_placeholder
from engine.functions.dates import as_text
from engine.notices import notify
from engine.spiff.script_engine import Place

if TYPE_CHECKING:
    from engine.case import Case

Evaluate = Callable[[str], Any]
Data = Mapping[str, Any]
PLACEHOLDER = re.compile(r"\$\{((?:[^{}]|\{[^{}]*\})*)\}")


def fill(text: str, evaluate: Evaluate) -> str:
    """A text with every `${…}` replaced by its value as a person would write it."""
    return PLACEHOLDER.sub(lambda match: as_text(evaluate(match.group(1))), text)


def _notify(case: "Case", properties: dict[str, str], evaluate: Evaluate, place: Place, data: Data) -> None:
    posts = {post.name for post in case.pack.organisation.posts()}
    principals: list[str] = []
    text = properties.get("通知对象", "")
    for part in [text] if lone_placeholder(text) else split(text):
        values = evaluate(part) if lone_placeholder(part) else part
        for value in values if isinstance(values, list) else [values]:
            if value:
                principals.append(f"post:{case.row.pack}/{value}" if value in posts else f"user:{value}")
    message = fill(properties.get("通知内容", ""), evaluate)
    logins = notify(case, principals, "reminder", message)
    case.tx.record(case.row.id, "notified", {"element": place.element, "people": logins, "text": message})


def _document(case: "Case", properties: dict[str, str], evaluate: Evaluate, place: Place, data: Data) -> None:
    documents.make(
        case,
        process=place.process,
        template=properties.get("模板", ""),
        name=fill(properties.get("文书名称", ""), evaluate),
        scope=place.scope,
        names=data,
        made_by=place.task_id,
    )


TOPICS: dict[str, Callable[["Case", dict[str, str], Evaluate, Place, Data], None]] = {
    "notify": _notify,
    "document": _document,
}
REQUIRED = {"notify": ("通知对象", "通知内容"), "document": ("模板", "文书名称")}


def serve(
    case: "Case", topic: str, properties: dict[str, str], evaluate: Evaluate, place: Place, data: Data
) -> None:
    """Do the service task; raises ElementFailed for an unknown topic."""
    if topic not in TOPICS:
        raise ElementFailed(place.element, place.name, topic, f"没有名为“{topic}”的服务")
    TOPICS[topic](case, properties, evaluate, place, data)
