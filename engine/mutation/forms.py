"""The operator on forms: a field that need not be filled, or a check of it that is not made."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

from engine.definitions import Bundle
from engine.diagram import Diagram, before
from engine.mutation.mutant import Mutant, words_of

CHECKS = re.compile(r"校验\d*|警示\d*|必填条件|最少行")
LIMITS = ("required", "min", "max", "pattern")
WORDS = {"required": "必填", "min": "最小值", "max": "最大值", "pattern": "格式"}


def drop_check(bundle: Bundle) -> Iterator[Mutant]:
    """One thing a form demands of a field is not demanded."""
    diagram = bundle.diagram
    for path, text in bundle.files.items():
        if not (path.startswith("forms/") and path.endswith(".form")):
            continue
        users = _users(diagram, path.removeprefix("forms/").removesuffix(".form"))
        near = {each for user in users for each in before(diagram, user)}
        names = tuple(word for user in users for word in words_of(diagram.elements[user]))
        document = json.loads(text)
        for trail, component in _components(document, ()):
            field = str(component.get("label") or component.get("key") or component.get("text") or "")
            for part, name in _demands(component):
                changed = copy.deepcopy(document)
                target = _follow(changed, trail)
                del target[part][name]
                target[part].pop(_told_with(name), None)
                key = ".".join(filter(None, (_keys(document, trail))))
                yield Mutant(
                    "drop_check",
                    path,
                    f"{key or len(trail)}:{name}",
                    f"表单 {path.removeprefix('forms/')} 的“{field[:20]}”不再要求“{WORDS.get(name, name)}”",
                    path,
                    json.dumps(changed, ensure_ascii=False, indent=2) + "\n",
                    frozenset(near),
                    (f"| {component['key']} ", f"“{field}”", *names),
                    by_refusal=True,
                )


def _users(diagram: Diagram, form: str) -> list[str]:
    """The elements that show the form: tasks, and events that are buttons."""
    return [
        each.id
        for each in diagram.elements.values()
        if form == (each.extensions.get("formKey") or each.properties.get("form") or each.id)
    ]


def _components(
    node: dict[str, Any], trail: tuple[int, ...]
) -> Iterator[tuple[tuple[int, ...], dict[str, Any]]]:
    for index, component in enumerate(node.get("components", ())):
        yield (*trail, index), component
        yield from _components(component, (*trail, index))


def _demands(component: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if component.get("key") is None:
        return
    for name in LIMITS:
        if component.get("validate", {}).get(name) not in (None, False):
            yield "validate", name
    for name in component.get("properties", {}):
        if CHECKS.fullmatch(name):
            yield "properties", name


def _told_with(name: str) -> str:
    """The property that holds what people are told by a check: it goes with it."""
    return name.replace("校验", "提示").replace("警示", "警示语")


def _follow(document: dict[str, Any], trail: tuple[int, ...]) -> dict[str, Any]:
    for index in trail:
        document = document["components"][index]
    return document


def _keys(document: dict[str, Any], trail: tuple[int, ...]) -> Iterator[str]:
    for index in trail:
        document = document["components"][index]
        yield str(document.get("key") or "")
