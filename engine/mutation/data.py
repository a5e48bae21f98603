"""Operators on data: a field that does not cross with a message or a call, a line of a script that is skipped."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn_xml import BPMN, CAMUNDA
from engine.definitions import Bundle
from engine.diagram import before
from engine.expressions import ExpressionError
from engine.expressions.script import compile_script
from engine.expressions.tokens import split
from engine.mutation.mutant import Mutant, Sketch, properties_of, words_of

PAYLOAD = "payload"


def drop_payload(bundle: Bundle) -> Iterator[Mutant]:
    """One field is not sent with a message, not handed to a called procedure, or not taken back from it."""
    diagram = bundle.diagram
    for element in diagram.elements.values():
        parts = [part.strip() for part in split(element.properties.get(PAYLOAD, ""), ";")]
        for part in filter(None, parts):
            name = part.partition("=")[0].strip()
            sketch = Sketch(bundle)
            kept = [each for each in parts if each and each is not part]
            properties_of(sketch.node(element.id))[PAYLOAD].set("value", "; ".join(kept))
            label = f"消息少带“{name}”：{element.name or element.id}"
            yield sketch.mutant(
                "drop_payload",
                element.id,
                label,
                before(diagram, element.id),
                (name, *words_of(element)),
                name,
            )
        for way in ("in", "out"):
            for index, passed in enumerate(_crossing(element.extensions.get(way))):
                sketch = Sketch(bundle)
                node = sketch.node(element.id).findall(f"{BPMN}extensionElements/{CAMUNDA}{way}")[index]
                above = node.getparent()
                assert above is not None
                above.remove(node)
                direction = "不传入" if way == "in" else "不取回"
                yield sketch.mutant(
                    "drop_payload",
                    element.id,
                    f"调用时{direction}“{passed}”：{element.name or element.id}",
                    before(diagram, element.id),
                    (passed, *words_of(element)),
                    f"{way}-{passed}",
                )


def _crossing(mappings: object) -> list[str]:
    """The names on the called procedure's or the caller's side, in order."""
    if not isinstance(mappings, list):
        return []
    return [str(each.get("target") or each.get("variables") or "") for each in mappings]


def skip_line(bundle: Bundle) -> Iterator[Mutant]:
    """One line of a script is not there."""
    diagram = bundle.diagram
    for element in diagram.elements.values():
        lines = (element.script or "").splitlines()
        for number, line in enumerate(lines):
            name = _assigned(line)
            if name is None:
                continue
            sketch = Sketch(bundle)
            script = sketch.node(element.id).find(BPMN + "script")
            assert script is not None
            script.text = "\n".join(lines[:number] + lines[number + 1 :])
            # The same variable may be set twice in one script.
            again = sum(_assigned(each) == name for each in lines[:number])
            yield sketch.mutant(
                "skip_line",
                element.id,
                f"脚本少一行“{name} = …”：{element.name or element.id}",
                before(diagram, element.id),
                (name, *words_of(element)),
                f"{name}-{again + 1}" if again else name,
            )


def _assigned(line: str) -> str | None:
    try:
        found = compile_script(line)
    except ExpressionError:
        return None
    return found[0].name if found else None
