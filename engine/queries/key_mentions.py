"""Where a draft uses the key of a field: what has to be changed along with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.bpmn_xml import parse_xml
from engine.definitions import Bundle
from engine.drafts import bundle_of, own_pack, require_draft
from engine.errors import BadDiagram
from engine.forms import FormError, parse_form
from engine.process_engine import ProcessEngine
from engine.queries.modelling import DOCUMENTS, FORMS
from engine.queries.samples import FORM


@dataclass(frozen=True)
class Mention:
    """A place that uses the key of a field: the file, and the element or field there."""

    path: str
    place: str


_INSIDE = re.compile(r"\$\{(.*?)\}", re.DOTALL)
_LISTS = frozenset({"公开变量", "启动变量", "payload"})
_WHOLE = frozenset({"source", "target", "resultVariable", "elementVariable"})


def key_mentions(engine: ProcessEngine, login: str, key: str, form_key: str, name: str) -> list[Mention]:
    """Where the draft uses the key of a field: diagram, forms, documents, tables, scenarios. Raises NotFound, Forbidden.

    The field's own line in its form is left out; what its own form reads of it is not.
    """
    with engine.database.reading() as session:
        bundle = bundle_of(require_draft(session, key, own_pack(engine, session, login)))
    return list(dict.fromkeys(_mentions(bundle, form_key, name)))


def _mentions(bundle: Bundle, form_key: str, name: str) -> Iterator[Mention]:
    if not name:
        return
    word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    yield from _in_diagram(bundle, word)
    for path, text in sorted(bundle.files.items()):
        if path.startswith(FORMS) and path.endswith(FORM):
            yield from (Mention(path, place) for place in _in_form(text, path, word))
        elif path.startswith((DOCUMENTS, "decisions/", "features/")) and word.search(text):
            yield Mention(path, "")


def _in_diagram(bundle: Bundle, word: re.Pattern[str]) -> Iterator[Mention]:
    path = f"{bundle.key}.bpmn"
    try:
        root = parse_xml(bundle.files[path].encode())
        diagram = bundle.diagram
    except (BadDiagram, UnicodeEncodeError):
        return
    for node in root.iter():
        if not isinstance(node.tag, str):
            continue
        tag = node.tag.rpartition("}")[2]
        texts = [value for name, value in node.attrib.items() if name in _WHOLE]
        named = str(node.get("name", ""))
        if tag == "property" and named in _LISTS:
            texts.append(str(node.get("value", "")))
        if tag in ("script", "conditionExpression") and node.text:
            texts.append(node.text)
        for value in (*node.attrib.values(), node.text or ""):
            texts += _INSIDE.findall(str(value))
        if any(word.search(str(each)) for each in texts):
            owner = next(
                (up for up in (node, *node.iterancestors()) if up.get("id") in diagram.elements), None
            )
            label = diagram.elements[str(owner.get("id"))].label if owner is not None else diagram.name
            yield Mention(path, label)


def _in_form(text: str, path: str, word: re.Pattern[str]) -> Iterator[str]:
    """The labels of the fields whose rules use the word."""
    try:
        form = parse_form(text, path)
    except FormError:
        if word.search(text):
            yield ""
        return
    for each in form.everything():
        if any(word.search(rule.source) for _, rule in each.rules.written()):
            yield each.label or each.type


__all__ = ["Mention", "key_mentions"]
