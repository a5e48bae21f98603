"""The operator on conditions: each comparison, and, or, not and number in turn is a little wrong."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

from engine.bpmn_xml import BPMN
from engine.definitions import Bundle
from engine.diagram import Diagram, before
from engine.expressions.tokens import unwrapped
from engine.mutation.mutant import Mutant, Sketch, flow_label, words_of

ALWAYS = "${True}"
OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
"""What a comparison becomes: the same with or without equality, or the contrary."""


def relax_condition(bundle: Bundle) -> Iterator[Mutant]:
    """A condition of a branch, or of the end of a multi-instance, that holds too often, too seldom or the wrong way round."""
    diagram = bundle.diagram
    for flow in diagram.flows:
        if not flow.condition:
            continue
        label = f"改条件：{flow_label(flow, diagram)}"
        near, words = before(diagram, flow.source), (flow.name, *words_of(diagram.elements[flow.target]))
        for number, text in enumerate(wrong(flow.condition), 1):
            sketch = Sketch(bundle)
            sketch.condition(flow.id, text)
            told = f"{label}，写成 {text}"
            yield sketch.mutant("relax_condition", flow.id, told, near, words, str(number))
        # With two branches, one that is always taken is the other one dropped.
        if len(diagram.outgoing[flow.source]) > 2:
            sketch = Sketch(bundle)
            sketch.condition(flow.id, ALWAYS)
            yield sketch.mutant("relax_condition", flow.id, f"{label}，总是成立", near, words, "always")
    yield from _endings(bundle, diagram)


def _endings(bundle: Bundle, diagram: Diagram) -> Iterator[Mutant]:
    for element in diagram.elements.values():
        if not element.completion:
            continue
        label = f"改结束条件：{element.name or element.id}"
        texts = {str(number): text for number, text in enumerate(wrong(element.completion), 1)}
        for detail, text in {**texts, "always": ALWAYS, "never": "${False}"}.items():
            sketch = Sketch(bundle)
            node = sketch.node(element.id).find(
                f"{BPMN}multiInstanceLoopCharacteristics/{BPMN}completionCondition"
            )
            assert node is not None
            node.text = text
            told = f"{label}，写成 {text}"
            yield sketch.mutant(
                "relax_condition", element.id, told, before(diagram, element.id), words_of(element), detail
            )


def wrong(condition: str) -> list[str]:
    """The condition with one part changed, once for each part in reading order; its contrary where no part can be.

    >>> wrong("${数量 > 3 and not 急件}")
    ['${数量 > 3 or not 急件}', '${数量 >= 3 and (not 急件)}', '${数量 > 2 and (not 急件)}', '${数量 > 3 and 急件}']
    """
    tree = ast.parse(unwrapped(condition), mode="eval").body
    found = []
    for number, node in enumerate(_in_order(tree)):
        if _changeable(node):
            fresh = copy.deepcopy(tree)
            found.append(_text(_changed(fresh, _in_order(fresh)[number])))
    return found or [_text(ast.UnaryOp(ast.Not(), tree))]


def _in_order(tree: ast.expr) -> list[ast.AST]:
    found: list[ast.AST] = []

    def visit(node: ast.AST) -> None:
        found.append(node)
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(tree)
    return found


def _changeable(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        # Numbers are thresholds; True and False are numbers to Python, but not here.
        return type(node.value) is int
    return isinstance(node, ast.BoolOp | ast.Compare) or _is_not(node)


def _is_not(node: ast.AST) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)


def _changed(tree: ast.expr, node: ast.AST) -> ast.expr:
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        node.value = node.value - 1 if node.value > 0 else 1
    elif isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    elif isinstance(node, ast.Compare):
        node.ops = [OPPOSITE[type(node.ops[0])](), *node.ops[1:]]
    elif isinstance(node, ast.UnaryOp):
        return _without(tree, node)
    return tree


def _without(tree: ast.expr, negation: ast.UnaryOp) -> ast.expr:
    class Remover(ast.NodeTransformer):
        def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
            return node.operand if node is negation else self.generic_visit(node)

    plain: ast.expr = Remover().visit(tree)
    return plain


def _text(tree: ast.expr) -> str:
    return "${" + ast.unparse(ast.fix_missing_locations(tree)) + "}"
