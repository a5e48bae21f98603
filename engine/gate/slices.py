"""The part of a procedure that a scenario came near: what is written elsewhere cannot matter to it.

A token comes to an element only from those before it, so a scenario that has passed none of these has neither been there nor
waited there. What holds for a procedure as a whole, such as its properties, lanes and messages, matters to all; so does what
a scenario calls by its name.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Collection, Iterable
from functools import lru_cache
from pathlib import PurePosixPath

from lxml import etree

from engine.bpmn_xml import BPMN
from engine.definitions import FEATURES, Bundle
from engine.diagram import NODES, before

DRAWING = "{http://www.omg.org/spec/BPMN/20100524/DI}BPMNDiagram"
FLOW = BPMN + "sequenceFlow"
FLOW_ELEMENTS = frozenset({FLOW, *(BPMN + kind for kind in NODES)})
UNPLAYED = frozenset({DRAWING, *(BPMN + name for name in ("association", "group", "textAnnotation"))})
CHOSEN_WHILE_PLAYED = ('formKey="${', 'decisionRef="${')
"""A reference that is an expression may name any file."""


class Slices:
    """What is written at each place of one procedure."""

    def __init__(self, bundle: Bundle) -> None:
        diagram = bundle.diagram
        self._before = {id: frozenset(before(diagram, id)) for id in diagram.elements}
        self._starts = frozenset(each.id for each in diagram.of_kind("startEvent") if not each.parent)
        self._names = {id: each.name or id for id, each in diagram.elements.items()}
        flows: dict[str, list[str]] = {}
        for node in diagram.root.iter(FLOW):
            flows.setdefault(node.get("sourceRef", ""), []).append(_written(node))
        self._elements = {
            id: "\n".join([each.lane or "", _written(each.node), *flows.get(id, ())])
            for id, each in diagram.elements.items()
        }
        self._frame = _written(diagram.root, UNPLAYED | {BPMN + "flowNodeRef"})
        self._files = {
            path: (PurePosixPath(path).name.partition(".")[0], text)
            for path, text in sorted(bundle.files.items())
            if path != f"{bundle.key}.bpmn" and not path.startswith(FEATURES) and not path.endswith(".md")
        }

    def near(self, passed: Collection[str], named: Collection[str] = ()) -> str:
        """A hash of all that can matter to a scenario that has passed these elements and names others like this."""
        there = frozenset(passed)
        # A sentence may also say that something was not passed: it must still be there to be named.
        reached = [
            id
            for id in self._elements
            if id in self._starts or self._before[id] & there or (self._names[id] in named)
        ]
        texts = [self._frame, *(f"{id}\n{self._elements[id]}" for id in reached)]
        digest = hashlib.sha256()
        for text in [*texts, *self._named_in(texts)]:
            digest.update(text.encode() + b"\0")
        return digest.hexdigest()

    def _named_in(self, texts: Iterable[str]) -> list[str]:
        """Forms, decision tables and templates that are named there, and those named in them."""
        waiting, found = list(texts), dict[str, str]()
        everything = any(mark in text for text in waiting for mark in CHOSEN_WHILE_PLAYED)
        while waiting:
            text = waiting.pop()
            for path, (name, content) in self._files.items():
                if path not in found and (everything or name in text):
                    found[path] = content
                    waiting.append(content)
        return [f"{path}\n{found[path]}" for path in sorted(found)]


def slices_of(bundle: Bundle) -> Slices:
    """The places of a procedure. Raises BadDiagram."""
    return _slices(bundle.key, bundle.pack, tuple(sorted(bundle.files.items())))


@lru_cache(maxsize=64)
def _slices(key: str, pack: str, files: tuple[tuple[str, str], ...]) -> Slices:
    return Slices(Bundle(key, pack, dict(files)))


def _written(node: etree._Element | None, without: Collection[str] = ()) -> str:
    """An element as canonical text, without what lies in it and has a place of its own."""
    assert node is not None
    own = copy.deepcopy(node)
    own.tail = None
    for each in [*own.iter()]:
        if each is not own and (each.tag in FLOW_ELEMENTS or each.tag in without):
            parent = each.getparent()
            if parent is not None:
                parent.remove(each)
            continue
        each.text = each.text if each.text and each.text.strip() else None
        each.tail = each.tail if each.tail and each.tail.strip() else None
    return bytes(etree.tostring(own, method="c14n", exclusive=True, with_comments=False)).decode()


__all__ = ["Slices", "slices_of"]
